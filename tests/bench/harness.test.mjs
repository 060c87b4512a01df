// The harness refuses to time what does not agree, and its medians are of ratios.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as stateledger from 'stateledger';

import { SMALL } from './contests.mjs';
import { Disagreement, compare, median, run } from './harness.mjs';
import { inProcess, starts } from './starts.mjs';
import { npm } from './suites.mjs';
import { installed } from './versions.mjs';

const contestant = (name, good = 1, bad = 0) => ({ name, version: '1', good: () => good, bad: () => bad });
const contest = (peers) => ({ name: 'c', unit: 'calls/s', work: 1, good: 1, bad: 0, ours: contestant('ours'), peers });
const quick = { rounds: 3, sampleMs: 0.01 };

test('a row for each peer, with its shape', async () => {
  const rows = await run([contest([contestant('a'), contestant('b')])], quick);
  assert.deepEqual(rows.map(({ peer, samples }) => [peer, samples]), [['a', 3], ['b', 3]]);
  assert.deepEqual(Object.keys(rows[0]), ['name', 'ours', 'peer', 'peerVersion', 'ratio', 'unit', 'samples', 'theirs']);
});

test('nothing is timed that does not agree, on the good or on the tampered input', async () => {
  for (const wrong of [contestant('a', 2), contestant('a', 1, 1), { ...contestant('a'), bad: async () => 1 }]) {
    await assert.rejects(run([contest([wrong])], quick), Disagreement);
  }
  await assert.rejects(run([{ ...contest([]), bad: 1 }], quick), /tampered/);
});

test('the ratio is the median of the rounds, so that one slow round does not count', () => {
  const row = compare({ name: 'c', unit: 'calls/s', work: 10, peer: contestant('a'), ours: [1, 1, 50], theirs: [2, 3, 100] });
  assert.equal(row.ratio, 2);
  assert.equal(row.ours, 10);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test('an answer that comes later is awaited', async () => {
  let done = 0;
  const later = { ...contestant('a'), good: () => new Promise((resolve) => setTimeout(() => resolve((done += 1) && 1), 1)) };
  const [row] = await run([contest([later])], quick);
  assert.ok(done >= 6 && row.ratio > 1, JSON.stringify(row));
});

test('all contestants of the npm suite agree, on little of everything', async () => {
  await stateledger.init();
  const versions = installed();
  const contests = await npm({ stateledger, versions, amounts: SMALL, host: 'Node', inNode: true });
  const rows = await run(contests, quick);
  assert.ok(rows.length > 10 && rows.every(({ peerVersion }) => peerVersion !== undefined), JSON.stringify(rows));
  const started = await starts({ where: 'here', versions, rounds: 1, start: inProcess });
  assert.deepEqual(started.map(({ peer }) => peer), ['libsodium-wrappers', '@noble/curves']);
});

test('a start with another verdict is a disagreement', async () => {
  const start = async () => ({ verdicts: [1, 1], seconds: 1 });
  await assert.rejects(starts({ where: 'here', versions: {}, rounds: 1, start }), Disagreement);
});
