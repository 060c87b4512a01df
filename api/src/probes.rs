//! Health, build and interface description.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use axum::extract::{Extension, State};
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use stateledger_ledger::limits::READ_DEADLINE_MS;
use stateledger_ledger::overview::Schema;
use stateledger_ledger::platform::Platform;
use stateledger_ledger::{Caller, LedgerId};
use utoipa::ToSchema;

use crate::answers;
use crate::front::Front;
use crate::headers::{self, Freshness};
use crate::host::Host;
use crate::problem::{self, Problem};
use crate::sequencer::StatusAnswer;

/// The sequencer that is asked whether sequencers answer; whether there is such a ledger does not matter.
const PROBE: &str = "readyz";

/// How long an anonymous answer holds. Once there is one, strangers ask the database one question at a time, and never more often than
/// this.
const CACHE_MS: u64 = 5_000;

/// Strangers that ask at a time while none has been answered.
const MAX_ASKING: u32 = 4;

/// What strangers are answered without asking the database.
#[derive(Debug, Default)]
pub(crate) struct LastProbe(Mutex<Option<Known>>);

#[derive(Debug)]
struct Known {
    /// The last answer; `None` before the first one, and where whoever asked for the next one has gone away.
    answer: Option<Result<(), Problem>>,
    /// When that was answered, or when somebody began to ask for the next answer.
    since_ms: u64,
    /// How many ask for the next answer.
    asking: u32,
}

impl Known {
    fn holds(&self, now_ms: u64) -> bool {
        // Whoever asks longer has gone away: every read of the store has come to its end by then.
        let ms = if self.asking > 0 { READ_DEADLINE_MS } else { CACHE_MS };
        now_ms.checked_sub(self.since_ms).is_some_and(|age| age < ms)
    }
}

impl LastProbe {
    /// What is known, or else the answer of `ask`. Nobody waits for another's question, which a platform gives up with the
    /// request that asked it: meanwhile the answer from before is given.
    async fn known_or(
        &self,
        ask: impl Future<Output = Result<(), Problem>>,
        now_ms: impl Fn() -> u64,
    ) -> Result<(), Problem> {
        if let Some(answer) = self.known(now_ms()) {
            return answer;
        }
        let answer = ask.await;
        let known = Known { answer: Some(answer.clone()), since_ms: now_ms(), asking: 0 };
        *self.last() = Some(known);
        answer
    }

    /// What is known at this time. If nothing is, the caller has to ask, and counts among those who do.
    fn known(&self, now_ms: u64) -> Option<Result<(), Problem>> {
        let mut last = self.last();
        match last.as_mut().filter(|known| known.holds(now_ms)) {
            Some(Known { answer: Some(answer), .. }) => Some(answer.clone()),
            Some(known) if known.asking < MAX_ASKING => {
                known.asking = known.asking.saturating_add(1);
                None
            }
            Some(_) => {
                Some(Err(Problem::new("storage-unavailable", "the database has not answered")))
            }
            None => {
                let before = last.take().filter(|known| known.asking == 0);
                let answer = before.and_then(|known| known.answer);
                *last = Some(Known { answer, since_ms: now_ms, asking: 1 });
                None
            }
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The process, or the process and its storage, answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alive {
    /// Always `ok`; anything else is a problem.
    status: &'static str,
}

/// Which build answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// The release, as semantic version.
    version: &'static str,
    /// The commit it was built from, if the host knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
}

/// One thing that the server needs, and whether it answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// `database`, `values` or `sequencer`.
    name: &'static str,
    /// Whether it answered as it should.
    ok: bool,
    /// How long that took, in milliseconds.
    ms: u64,
    /// The code of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

/// The answer to a token holder.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ok`, or `unavailable` if a check failed.
    status: &'static str,
    /// Every thing that the server needs; to a stranger it is not said.
    #[schema(required = false)]
    checks: Vec<Check>,
}

/// Whether the process answers at all.
#[utoipa::path(get, path = "/livez", tag = "operation",
    responses((status = 200, description = "It does", body = Alive)))]
pub(crate) async fn livez() -> Response {
    answers::json(StatusCode::OK, &Alive { status: "ok" })
}

/// Whether the storage answers too, and has the schema that this version needs. With a token, every part with its latency.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "It does; `checks` are there with a token only", body = Readiness),
        (status = 503, description = "`storage-unavailable`, `database-schema-mismatch`; with a token, the checks", content(
            (problem::ProblemBody = "application/problem+json"),
            (Readiness = "application/json"),
        )),
    ))]
pub(crate) async fn readyz<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    if caller == Caller::Anonymous {
        let now_ms = || front.host.platform().now_ms();
        front.probe.known_or(database(&*front.host), now_ms).await?;
        return Ok(answers::json(StatusCode::OK, &Alive { status: "ok" }));
    }
    let host = &*front.host;
    let probe = LedgerId::parse(PROBE)?;
    let checks = vec![
        timed(host, "database", database(host)).await,
        timed(host, "values", values(host)).await,
        timed(host, "sequencer", async { sequencer(host, &probe).await.map(|_| ()) }).await,
    ];
    let ok = checks.iter().all(|check| check.ok);
    if ok {
        return Ok(answers::json(StatusCode::OK, &Readiness { status: "ok", checks }));
    }
    let told = Readiness { status: "unavailable", checks };
    let mut response = answers::json(StatusCode::SERVICE_UNAVAILABLE, &told);
    let seconds = HeaderValue::from_static(problem::RETRY_AFTER_SECONDS);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    Ok(response)
}

async fn timed<H: Host>(
    host: &H,
    name: &'static str,
    check: impl Future<Output = Result<(), Problem>>,
) -> Check {
    let began = host.platform().now_ms();
    let answer = check.await;
    let ms = host.platform().now_ms().saturating_sub(began);
    Check { name, ok: answer.is_ok(), ms, code: answer.err().map(|problem| problem.code()) }
}

async fn database<H: Host>(host: &H) -> Result<(), Problem> {
    match host.overview().schema().await? {
        Schema::Known => Ok(()),
        Schema::Other(found) => Err(Problem::new(
            "database-schema-mismatch",
            format!("the database has a schema that this version does not know: {found}"),
        )),
    }
}

async fn values<H: Host>(host: &H) -> Result<(), Problem> {
    let answers = host.probe_values().await;
    answers
        .then_some(())
        .ok_or_else(|| Problem::new("storage-unavailable", "the value store did not answer"))
}

/// What the sequencer of a ledger says about itself.
pub(crate) async fn sequencer<H: Host>(
    host: &H,
    ledger: &LedgerId,
) -> Result<StatusAnswer, Problem> {
    let silent = || Problem::new("storage-unavailable", "the sequencer did not answer");
    let body = host.status(ledger).await.ok_or_else(silent)?;
    serde_json::from_slice(&body).map_err(|_| silent())
}

/// Which build answers.
#[utoipa::path(get, path = "/version", tag = "operation",
    responses((status = 200, description = "Version and commit", body = Version)))]
pub(crate) async fn version<H: Host>(State(front): State<Front<H>>) -> Response {
    let commit = front.host.commit().map(str::to_owned);
    answers::json(StatusCode::OK, &Version { version: env!("CARGO_PKG_VERSION"), commit })
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
pub(crate) async fn document() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| crate::openapi().to_string());
    headers::answer(StatusCode::OK, headers::JSON, Freshness::None, TEXT.as_str())
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use futures_executor::block_on;
    use futures_util::FutureExt;
    use futures_util::future::poll_immediate;

    use super::*;

    /// A database that answers when it is told to, and a clock.
    #[derive(Default)]
    struct Held {
        probe: LastProbe,
        now_ms: Cell<u64>,
        asked: Cell<u32>,
        answers: RefCell<Option<Result<(), Problem>>>,
    }

    impl Held {
        async fn stranger(&self) -> Result<(), &'static str> {
            let ask = async {
                self.asked.set(self.asked.get() + 1);
                let answered = || self.answers.borrow().clone();
                poll_fn(|_| answered().map_or(Poll::Pending, Poll::Ready)).await
            };
            let answer = self.probe.known_or(ask, || self.now_ms.get()).await;
            answer.map_err(|problem| problem.code())
        }

        fn answers(&self, answer: Option<Result<(), Problem>>) {
            *self.answers.borrow_mut() = answer;
        }

        fn pass(&self, ms: u64) {
            self.now_ms.set(self.now_ms.get() + ms);
        }
    }

    #[test]
    fn one_stranger_at_a_time_asks_a_slow_database() {
        let held = Held::default();
        let mut first = pin!(held.stranger());
        assert_eq!(block_on(poll_immediate(&mut first)), None, "it waits for the database");
        let other = || held.stranger().now_or_never();
        let asked = || held.asked.get();
        assert_eq!([other(), other(), other()], [None, None, None], "nothing is known yet");
        assert_eq!((other(), asked()), (Some(Err("storage-unavailable")), MAX_ASKING));
        held.pass(CACHE_MS + 1_000);
        assert_eq!(other(), Some(Err("storage-unavailable")), "still asking");
        held.answers(Some(Ok(())));
        assert_eq!(block_on(first), Ok(()));
        held.answers(None);
        held.pass(CACHE_MS - 1);
        assert_eq!(other(), Some(Ok(())), "it holds from when it came");
        assert_eq!(asked(), MAX_ASKING);

        held.pass(1);
        let mut second = pin!(held.stranger());
        assert_eq!(block_on(poll_immediate(&mut second)), None);
        assert_eq!(other(), Some(Ok(())), "what was known before");
        assert_eq!(asked(), MAX_ASKING + 1);
    }

    #[test]
    fn a_question_that_was_given_up_is_asked_again_and_what_was_known_is_forgotten() {
        let held = Held::default();
        held.answers(Some(Ok(())));
        assert_eq!(block_on(held.stranger()), Ok(()));
        held.answers(None);
        held.pass(CACHE_MS);
        let other = || held.stranger().now_or_never();
        assert_eq!(other(), None, "it asks, and goes away");
        held.pass(READ_DEADLINE_MS - 1);
        assert_eq!(other(), Some(Ok(())));
        held.pass(1);
        assert_eq!([other(), other(), other(), other()], [None; 4]);
        assert_eq!(other(), Some(Err("storage-unavailable")));
        assert_eq!(held.asked.get(), 2 + MAX_ASKING);
    }
}
