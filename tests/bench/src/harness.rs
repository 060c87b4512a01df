//! One interleaved run of contestants, as tests/bench/harness.mjs does it: what slows the machine
//! for a while slows all of them, and a ratio compares two of one round.

use std::fmt::Debug;
use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

/// How long a contestant works in one round, unless one call takes longer.
const SAMPLE: Duration = Duration::from_millis(25);

/// Work on a good and on a tampered input.
pub(crate) struct Contestant<'a, Answer> {
    pub(crate) name: &'static str,
    /// As Cargo.lock has it.
    pub(crate) version: &'static str,
    pub(crate) good: Box<dyn FnMut() -> Answer + 'a>,
    pub(crate) bad: Box<dyn FnMut() -> Answer + 'a>,
}

/// The first contestant is ours.
pub(crate) struct Contest<'a, Answer> {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    /// How many units one call does.
    pub(crate) work: usize,
    pub(crate) contestants: Vec<Contestant<'a, Answer>>,
}

/// A row for each peer.
///
/// # Errors
/// Two contestants that do not agree, or a tampered input that has the good one's answer.
pub(crate) fn run<Answer: PartialEq + Debug>(
    mut contest: Contest<'_, Answer>,
    rounds: usize,
) -> Result<Vec<Json>, String> {
    eprintln!("     {} ...", contest.name);
    check(&mut contest)?;
    let mut calls = Vec::new();
    for one in &mut contest.contestants {
        let once = timed(one, 1).max(Duration::from_nanos(1));
        calls.push((SAMPLE.as_nanos() / once.as_nanos()).clamp(1, 1 << 20) as u32);
    }
    let count = contest.contestants.len();
    let mut seconds = vec![Vec::new(); count];
    for round in 0..rounds {
        for turn in 0..count {
            let who = (round + turn) % count;
            let taken = timed(&mut contest.contestants[who], calls[who]);
            seconds[who].push(taken.as_secs_f64() / f64::from(calls[who]));
        }
    }
    let peers = contest.contestants.iter().zip(&seconds).skip(1);
    Ok(peers.map(|(peer, theirs)| row(&contest, &seconds[0], peer, theirs)).collect())
}

fn row<Answer>(
    contest: &Contest<'_, Answer>,
    ours: &[f64],
    peer: &Contestant<'_, Answer>,
    theirs: &[f64],
) -> Json {
    let rate = |seconds: &[f64]| significant(contest.work as f64 / median(seconds.to_vec()));
    let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| theirs / ours).collect();
    json!({
        "name": contest.name,
        "ours": rate(ours),
        "peer": peer.name,
        "peerVersion": peer.version,
        "ratio": significant(median(ratios)),
        "unit": contest.unit,
        "samples": ours.len(),
        "theirs": rate(theirs),
    })
}

fn check<Answer: PartialEq + Debug>(contest: &mut Contest<'_, Answer>) -> Result<(), String> {
    let mut answers =
        contest.contestants.iter_mut().map(|one| (one.name, (one.good)(), (one.bad)()));
    let Some((_, good, bad)) = answers.next() else { return Err("no contestants".into()) };
    if good == bad {
        return Err(format!("{}: the tampered input has the good one's answer", contest.name));
    }
    for (name, their_good, their_bad) in answers {
        if (&their_good, &their_bad) != (&good, &bad) {
            return Err(format!("{}: {name} does not agree with us", contest.name));
        }
    }
    Ok(())
}

fn timed<Answer>(contestant: &mut Contestant<'_, Answer>, calls: u32) -> Duration {
    let started = Instant::now();
    for _ in 0..calls {
        black_box((contestant.good)());
    }
    started.elapsed()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let upper = values.len() / 2;
    if values.len() % 2 == 1 { values[upper] } else { (values[upper - 1] + values[upper]) / 2.0 }
}

/// Three digits are more than a machine repeats.
fn significant(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contest(answers: &[(u8, u8)]) -> Contest<'static, u8> {
        let contestant = |&(good, bad): &(u8, u8)| Contestant {
            name: "one",
            version: "1",
            good: Box::new(move || good),
            bad: Box::new(move || bad),
        };
        let contestants = answers.iter().map(contestant).collect();
        Contest { name: "c".into(), unit: "calls/s", work: 1, contestants }
    }

    #[test]
    fn only_who_agrees_is_timed() {
        assert_eq!(run(contest(&[(1, 0), (1, 0), (1, 0)]), 3).unwrap().len(), 2);
        for disagree in [[(1, 0), (2, 0)], [(1, 0), (1, 1)], [(1, 1), (1, 1)]] {
            assert!(run(contest(&disagree), 3).is_err());
        }
    }

    #[test]
    fn medians_and_digits() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![9.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(significant(123_456.0), 123_000.0);
        assert_eq!(significant(0.001_239), 0.001_24);
    }
}
