/** Audit bundles of many records: few requests, bounded at any time, and nothing that does not hold gets in. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { init, LedgerClient, publicKey, verifyBundle, VerificationError } from 'stateledger';

import { LOG, PAYLOAD } from './fixtures.mjs';
import { Ledger } from './lying-ledger.mjs';

const SIZE = 6_000;
const trust = { key: LOG.vkey };
let ledger;

before(async () => {
  await init();
  ledger = new Ledger(SIZE);
});

const make = (fetch) => new LedgerClient({ url: 'https://ledger.example', key: LOG.vkey, fetch, retries: 0 });
const exported = (options, change) => make(ledger.fetch(change)).exportBundle(options);

/** A client whose requests are noted, with the most that were under way at once. */
function watched() {
  const seen = { api: [], tiles: [], most: 0 };
  const fetch = ledger.fetch();
  let underWay = 0;
  const client = make(async (url, init) => {
    const { pathname, search } = new URL(url);
    (pathname.startsWith('/api/') ? seen.api : seen.tiles).push(pathname + search);
    seen.most = Math.max(seen.most, ++underWay);
    await new Promise(setImmediate);
    return fetch(url, init).finally(() => underWay--);
  });
  return { client, seen };
}

async function refused(code, index, work) {
  const thrown = await work.then(() => assert.fail(`expected ${code}, but it passed`), (error) => error);
  assert.ok(thrown instanceof VerificationError, String(thrown?.stack));
  assert.deepEqual([thrown.code, thrown.index], [code, index]);
}

test('thousands of records take a request for each thousand, and one proof', async () => {
  const { client, seen } = watched();
  const steps = [];
  const bundle = await client.exportBundle({ onProgress: (step) => steps.push(step) });
  const { records, notChecked } = verifyBundle(bundle, trust);
  assert.equal(records.length, SIZE);
  assert.deepEqual(Buffer.from(records.at(-1).payload), PAYLOAD);
  assert.ok(!notChecked.includes('completeness'));
  assert.equal(seen.api.length, SIZE / 1_000);
  // Each full tile of the lowest level, the two of the level above, the partial one, the checkpoint.
  assert.ok(seen.tiles.length <= SIZE / 256 + 5, seen.tiles.join());
  assert.ok(seen.most <= 8, `${seen.most} requests at once`);
  assert.deepEqual([steps.at(-1), steps.length], [{ records: SIZE, of: SIZE }, SIZE / 1_000]);
  assert.ok(steps.every(({ records }, at) => at === 0 || records > steps[at - 1].records));
});

test('records that stand apart are asked for one by one, those that stand close together', async () => {
  const { client, seen } = watched();
  const indexes = [5_999n, 0n, 300n, 2n, 1n, 308n, 2n];
  const { records } = verifyBundle(await client.exportBundle({ indexes, seed: new Uint8Array(32).fill(3) }), trust, [publicKey(new Uint8Array(32).fill(3))]);
  assert.deepEqual(records.map(({ index }) => index), [0n, 1n, 2n, 300n, 308n, 5_999n]);
  assert.deepEqual(seen.api, ['/api/v1/ledgers/demo/records?start=0&end=3&limit=1000', '/api/v1/ledgers/demo/records?start=300&end=309&limit=1000', '/api/v1/ledgers/demo/records/5999']);
});

test('without payloads, the log alone is read', async () => {
  const { client, seen } = watched();
  const { records, notChecked } = verifyBundle(await client.exportBundle({ payloads: false, start: 10n }), trust);
  assert.deepEqual([records.length, seen.api], [SIZE - 10, []]);
  assert.ok(notChecked.includes('payload') && notChecked.includes('completeness'));
});

test('pages that end early go on where they ended', async () => {
  const short = (answer) => (answer?.records ? { records: answer.records.slice(0, 300) } : answer);
  assert.equal(verifyBundle(await exported({ end: 2_000n }, short), trust).records.length, 2_000);
});

test('each lie has its code', async () => {
  const pages = (change) => (answer) => (answer?.records?.length > 0 && change(answer.records), answer);
  await refused('list-incomplete', 7n, exported({ end: 10n }, pages((records) => records.splice(7, 1))));
  await refused('list-incomplete', 0n, exported({ end: 10n }, pages((records) => records.splice(0))));
  await refused('answer-mismatch', undefined, exported({ end: 10n }, pages((records) => records.splice(7, 0, records[3]))));
  await refused('answer-mismatch', undefined, exported({ end: 10n }, pages((records) => records.push(ledger.record(10)))));
  await refused('inclusion-invalid', undefined, exported({ end: 10n }, pages((records) => (records[3].entry = records[4].entry))));
  await refused('payload-mismatch', 3n, exported({ end: 10n }, pages((records) => (records[3].payload = 1))));
  await refused('salt-missing', 3n, exported({ end: 10n }, pages((records) => delete records[3].salt)));
  await refused('answer-malformed', undefined, exported({ end: 10n }, pages((records) => (records[3].salt = '!'))));
});

test('a signal ends it between requests', async () => {
  const cut = new AbortController();
  let steps = 0;
  const onProgress = () => ++steps === 2 && cut.abort(new Error('enough'));
  await assert.rejects(make(ledger.fetch()).exportBundle({ onProgress, signal: cut.signal }), /enough/);
  assert.ok(steps < SIZE / 1_000, 'it went on');
});

test('what is not there, or misspelt, is told before anything is fetched but the head', async () => {
  const { client, seen } = watched();
  const wrong = [[{ indexes: [6_000n] }, RangeError], [{ indexes: [] }, RangeError], [{ start: 5n, end: 5n }, RangeError], [{ end: 6_001n }, RangeError], [{ indexes: [1] }, TypeError], [{ indexes: [1n], start: 0n }, TypeError], [{ payloads: 1 }, TypeError], [{ seed: 'x' }, TypeError]];
  for (const [options, kind] of wrong) await assert.rejects(client.exportBundle(options), (error) => error.constructor === kind, String(Object.keys(options)));
  assert.deepEqual([...seen.api, ...seen.tiles.filter((path) => !path.endsWith('/checkpoint'))], []);
});
