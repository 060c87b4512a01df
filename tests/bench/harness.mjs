/**
 * Measures contestants against each other in one interleaved run, in any host: no Node, no DOM.
 *
 * A contest is `{ name, unit, work, good, bad, ours, peers }`: `work` units are done by one call; `ours` and each peer
 * are `{ name, version, good, bad }`, functions that answer their result on good input and on a tampered one. Nothing
 * is timed before every contestant gave the answers `good` and `bad` of the contest.
 *
 * In each round every contestant works for about the same time, in another order than in the round before, and a ratio
 * compares two of the same round: what slows a machine for a while slows both. Reported is the median of the ratios.
 */

/** How long one contestant works in one round, in milliseconds, unless a single call takes longer. */
const SAMPLE_MS = 25;

/**
 * Runs the contests. Answers one row for each peer: `ours` and `theirs` are median rates in `unit`; `ratio` above 1
 * means that ours is faster.
 */
export async function run(contests, { rounds, sampleMs = SAMPLE_MS, log = () => {} }) {
  const rows = [];
  for (const contest of contests) {
    log(contest.name);
    await check(contest);
    rows.push(...(await measure(contest, rounds, sampleMs)));
  }
  return rows;
}

/** Throws `Disagreement` unless each contestant gives the expected answers, and they differ. */
async function check({ name, good, bad, ours, peers }) {
  const [expectedGood, expectedBad] = [fingerprint(good), fingerprint(bad)];
  if (expectedGood === expectedBad) throw new Disagreement(`${name}: the tampered input has the good one's answer`);
  for (const contestant of [ours, ...peers]) {
    for (const [input, expected] of [['good', expectedGood], ['bad', expectedBad]]) {
      const got = fingerprint(await contestant[input]());
      if (got !== expected) throw new Disagreement(`${name}: ${contestant.name} answers ${shortened(got)} on the ${input} input, not ${shortened(expected)}`);
    }
  }
}

/** Two contestants that do not agree: the comparison means nothing. */
export class Disagreement extends Error {}

async function measure({ name, unit, work, ours, peers }, rounds, sampleMs) {
  const contestants = [ours, ...peers];
  const calls = [];
  for (const contestant of contestants) {
    // The first call compiles, the second is warm.
    await timed(contestant.good, 1);
    const once = await timed(contestant.good, 1);
    calls.push(Math.max(1, Math.round(sampleMs / Math.max(once, 0.001))));
  }
  const seconds = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const who = (turn + round) % contestants.length;
      seconds[who].push((await timed(contestants[who].good, calls[who])) / 1000 / calls[who]);
    }
  }
  return peers.map((peer, i) => compare({ name, unit, work, peer, ours: seconds[0], theirs: seconds[i + 1] }));
}

/** The row of one peer, from the seconds that a call took in each round. */
export function compare({ name, unit, work, peer, ours, theirs }) {
  const rate = (seconds) => significant(work / median(seconds));
  return {
    name,
    ours: rate(ours),
    peer: peer.name,
    peerVersion: peer.version,
    ratio: significant(median(ours.map((seconds, round) => theirs[round] / seconds))),
    unit,
    samples: ours.length,
    theirs: rate(theirs),
  };
}

/** Milliseconds of `calls` calls. */
async function timed(work, calls) {
  const started = performance.now();
  for (let i = 0; i < calls; i++) {
    const answer = work();
    if (answer instanceof Promise) await answer;
  }
  return performance.now() - started;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function significant(value) {
  return Number(value.toPrecision(3));
}

/** An answer as text: bytes as hex, whatever view they come in. */
function fingerprint(answer) {
  if (ArrayBuffer.isView(answer)) return Array.from(new Uint8Array(answer.buffer, answer.byteOffset, answer.byteLength), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return String(answer);
}

function shortened(text) {
  return text.length > 80 ? `${text.slice(0, 80)}… (${text.length} characters)` : text;
}
