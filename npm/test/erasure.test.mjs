/** Erased payloads: known as such, and by the ledger's own signed word. tests/e2e/client-erasure.test.mjs asks a real server. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { init, LedgerClient, verifyBundle, VerificationError } from 'stateledger';

import { checkpoint, LOG } from './fixtures.mjs';
import { Ledger } from './lying-ledger.mjs';

before(() => init());

const TIME = '2026-11-23T10:00:00.000Z';
const make = (fetch) => new LedgerClient({ url: 'https://ledger.example', key: LOG.vkey, fetch, retries: 0 });
/** Record 3 was erased by record 9, and record 700 by record 701. */
const ledger = () => new Ledger(702, undefined, new Map([[9, 3], [701, 700]]));

async function refused(code, work) {
  const thrown = await work.then(() => assert.fail(`expected ${code}, but it passed`), (error) => error);
  assert.ok(thrown instanceof VerificationError, String(thrown?.stack));
  assert.equal(thrown.code, code, thrown.message);
}

test('an erased record is proven, without payload, and so is the record that says so', async () => {
  const client = make(ledger().fetch());
  for (const [of, by] of [[3n, 9n], [700n, 701n]]) {
    const { payload, erased, verdict } = await client.get(of);
    assert.deepEqual([payload, erased, verdict.payload], [undefined, { index: by, time: TIME }, 'absent']);
  }
  const listed = [];
  for await (const { index, erased } of client.list({ pageSize: 500 })) if (erased !== undefined) listed.push([index, erased.index]);
  assert.deepEqual(listed, [[3n, 9n], [700n, 701n]]);
  assert.equal((await client.audit()).size, 702n);
});

test('a word that came after the head is read from its receipt', async () => {
  const whole = ledger();
  const before = checkpoint(whole.leaves.slice(0, 8));
  const asked = [];
  const client = make(whole.fetch((answer, path) => (asked.push(path), path.endsWith('/checkpoint') ? new Response(before) : answer)));
  assert.deepEqual((await client.get(3n)).erased, { index: 9n, time: TIME });
  assert.ok(asked.includes('/api/v1/ledgers/demo/records/9/receipt'));
});

test('what the ledger did not sign is no erasure', async () => {
  const said = (index, erased, more = {}) => make(ledger().fetch((answer) => (answer?.index === `${index}` ? { ...answer, payload: undefined, salt: undefined, erased, ...more } : answer))).get(BigInt(index));
  await refused('answer-mismatch', said(4, { index: '9', time: TIME })); // Of another record.
  await refused('answer-mismatch', said(4, { index: '5', time: TIME })); // No erasure at all.
  await refused('answer-mismatch', said(3, { index: '9', time: '2026-11-23T10:00:00.001Z' }));
  await refused('answer-mismatch', said(3, { index: '9', time: TIME }, { payload: { commit: 'abc1234' } }));
  await refused('answer-malformed', said(3, { index: 9, time: TIME }));
  await refused('answer-malformed', said(3, 'yes'));
  const changed = make(ledger().fetch((answer, path) => (path.includes('tile/entries/000') ? new Response(new Uint8Array(10)) : answer)));
  await refused('bundle-malformed', changed.get(3n));
});

test('a bundle carries the record that tells of an erasure, and its reader sees which payload was erased', async () => {
  const { records } = verifyBundle(await make(ledger().fetch()).exportBundle({ indexes: [2n, 3n] }), { key: LOG.vkey });
  assert.deepEqual(records.map(({ index, payload, erased }) => [index, payload !== undefined, erased]), [[2n, true, undefined], [3n, false, { index: 9n, time: TIME }], [9n, true, undefined]]);
  const without = await make(ledger().fetch()).exportBundle({ indexes: [2n, 3n], payloads: false });
  assert.deepEqual(verifyBundle(without, { key: LOG.vkey }).records.map(({ payload, erased }) => [payload, erased]), [[undefined, undefined], [undefined, undefined]]);
});
