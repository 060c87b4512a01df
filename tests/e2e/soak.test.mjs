// The soak can fail: its judge finds what it is for. And it holds, for as long as a test may take.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, STALLED_MS } from "../reliability/judge.mjs";
import { soak } from "../reliability/soak.mjs";

const MB = 1e6;
/** Samples of a run in which one member of each sample is as `at(n)` says. */
const run = (at) => Array.from({ length: 60 }, (_, n) => ({ heldBytes: (20 + (n % 3)) * MB, waiting: n % 9, ...at(n) }));
const verdict = (at, rest) => judge({ samples: run(at), slowestMs: 900, waitingAfter: 0, ...rest });

test("a steady run holds, whatever the warm-up was like", () => {
  assert.deepEqual(verdict(() => ({})), []);
  assert.deepEqual(verdict((n) => (n < 15 ? { heldBytes: 2 * n * MB } : {})), []);
});

test("memory that grows, a queue that grows, and a stalled append are found", () => {
  assert.match(verdict((n) => ({ heldBytes: (20 + n / 5) * MB }))[0], /^memory grew from 2\d\.\d MB to 3\d\.\d MB$/);
  assert.deepEqual(verdict((n) => (n === 30 ? { heldBytes: 101 * MB } : {})), ["memory reached 101.0 MB"]);
  assert.match(verdict((n) => ({ waiting: 3 * n }))[0], /^the queue grew from \d+ to \d+$/);
  assert.deepEqual(verdict(() => ({}), { waitingAfter: 3 }), ["3 appends still waited after the end"]);
  assert.deepEqual(verdict(() => ({}), { slowestMs: STALLED_MS + 1 }), [`an append took ${STALLED_MS + 1} ms`]);
});

test("a few seconds of the load: every client is answered, and what was acknowledged is there", async () => {
  const { records, calls, found } = await soak({ minutes: 0.1 });
  // Memory is not judged: so short a run is all warm-up.
  assert.deepEqual(found.filter((sentence) => !sentence.startsWith("memory")), []);
  assert.ok(records > 0 && Object.keys(calls).length === 15, JSON.stringify(calls));
});
