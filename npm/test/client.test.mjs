/** The client against servers that answer wrongly: each lie has its code, and nothing unverified gets through. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import vm from 'node:vm';

import { ForkError, init, LedgerClient, LedgerError, memoryStore, RollbackError, VerificationError } from 'stateledger';

import { checkpoint, entry, LOG, noteKey, ORIGIN, PAYLOAD, POLICY, root as rootOf } from './fixtures.mjs';
import { base64, json, Ledger } from './lying-ledger.mjs';
import { fetchOf, filesOf } from './static-log.mjs';

const SERVER = 'https://ledger.example';
const make = (fetch, more = {}) => new LedgerClient({ url: SERVER, key: LOG.vkey, fetch, retries: 0, ...more });
const problem = (code, status, headers) => json({ type: `https://ledger.example/problems/${code}`, code, title: 'T', status, detail: 'D' }, status, { 'content-type': 'application/problem+json', ...headers });

before(() => init());

const sent = (number, more = {}) => ({ type: 'deployment', source: 'ci', subject: `item ${number}`, payload: JSON.parse(PAYLOAD), ...more });

async function refused(code, work) {
  const thrown = await work.then(() => assert.fail(`expected ${code}, but it passed`), (error) => error);
  assert.ok(thrown instanceof VerificationError, String(thrown?.stack));
  assert.equal(thrown.code, code, thrown.message);
  return thrown;
}

test('append: the receipt has to prove what was sent, where the answer says it is', async () => {
  const ledger = new Ledger(5);
  const good = await make(ledger.fetch()).append(sent(4));
  assert.equal(good.index, 4n);
  assert.equal(good.verdict.payload, 'verified');
  assert.match(good.idempotencyKey, /^[0-9a-f]{32}$/);

  const lies = {
    'payload-mismatch': sent(4, { payload: { commit: 'abc1235' } }),
    'answer-mismatch': [sent(3), sent(4, { type: 'x' }), sent(4, { source: 'x' }), sent(4, { contentType: 'text/json' }), sent(4, { subject: undefined }), sent(4, { salt: new Uint8Array(32) }), sent(4, { commitment: 'sha256-fields-v1' }), sent(4, { sigs: [{ key: 'A', sig: 'B' }] })],
  };
  for (const [code, records] of Object.entries(lies)) {
    for (const record of [records].flat()) await refused(code, make(ledger.fetch()).append(record));
  }
  const changed = (change) => make(ledger.fetch((answer) => (answer && change(answer.records[0]), answer))).append(sent(4));
  await refused('answer-mismatch', changed((record) => (record.index = '3')));
  await refused('answer-mismatch', changed((record) => (record.time = '2026-11-23T10:00:00.001Z')));
  await refused('answer-mismatch', changed((record) => (record.leafHash = base64(ledger.leaves[3]))));
  await refused('inclusion-invalid', changed((record) => (record.receipt.proof = record.receipt.proof.replace('index 4', 'index 3'))));
  await refused('answer-malformed', changed((record) => delete record.replayed));
  await refused('answer-malformed', changed((record) => (record.index = 4)));
  await refused('salt-missing', changed((record) => delete record.receipt.salt));
});

test('a batch: one answer for each record, in order', async () => {
  const ledger = new Ledger(5);
  const { records, size } = await make(ledger.fetch()).appendBatch([sent(3), sent(4)]);
  assert.deepEqual([size, ...records.map(({ index }) => index)], [5n, 3n, 4n]);
  const changed = (change) => make(ledger.fetch((answer) => (answer && change(answer), answer))).appendBatch([sent(3), sent(4)]);
  await refused('answer-mismatch', changed((answer) => answer.records.pop()));
  await refused('answer-mismatch', changed((answer) => answer.records.reverse()));
  for (const count of [0, 1001]) await assert.rejects(make(ledger.fetch()).appendBatch(Array(count).fill(sent(0))), RangeError);
});

test('the payload is sent in its canonical form, bytes as base64', async () => {
  const bodies = [];
  const fetch = async (url, { body }) => (bodies.push(JSON.parse(body)), problem('overloaded', 503));
  const client = make(fetch);
  await assert.rejects(client.append(sent(0, { payload: { b: 1e21, a: [-0, '\u20ac', { z: null, y: true }], '\ud83d\ude00': 2, '\ufb33': 1 } })), LedgerError);
  await assert.rejects(client.append(sent(0, { payload: Uint8Array.of(1, 2) })), LedgerError);
  assert.equal(JSON.stringify(bodies[0].records[0].payload), '{"a":[0,"€",{"y":true,"z":null}],"b":1e+21,"\ud83d\ude00":2,"\ufb33":1}');
  assert.equal(bodies[1].records[0].payloadBase64, 'AQI=');
  assert.equal(bodies[1].records[0].contentType, 'application/octet-stream');
  for (const payload of [undefined, () => 0, 1n, Symbol('x')]) await assert.rejects(client.append(sent(0, { payload })), TypeError);
  // JSON.stringify would write something else in silence, and an append cannot be taken back.
  for (const payload of [NaN, -Infinity, new Map([[1, 2]]), new Set(), new ArrayBuffer(2), Uint16Array.of(1), new Blob(['x']), Promise.resolve(1), /x/]) {
    for (const within of [payload, [payload], { a: { b: payload } }]) await assert.rejects(client.append(sent(0, { payload: within })), TypeError);
  }
  await assert.rejects(client.append(sent(0, { payload: { at: new Date(0), bytes: [new Number(1), Object.create(null)] } })), LedgerError);
  assert.equal(bodies.length, 3);
  assert.equal(JSON.stringify(bodies[2].records[0].payload), '{"at":"1970-01-01T00:00:00.000Z","bytes":[1,{}]}');
  await assert.rejects(client.append(sent(0, { payload: vm.runInNewContext('Uint8Array.of(1, 2)') })), LedgerError);
  assert.equal(bodies[3].records[0].payloadBase64, 'AQI=');
  let deep = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  await assert.rejects(client.append(sent(0, { payload: deep })), (error) => error instanceof RangeError || error instanceof TypeError);
});

test('a failed append says under which keys it can be repeated', async () => {
  const bodies = [];
  const overloaded = make(async (url, { body }) => (bodies.push(JSON.parse(body)), problem('overloaded', 503)));
  const away = make(async (url, { body }) => { bodies.push(JSON.parse(body)); throw new TypeError('fetch failed'); });
  const keysOf = (call) => call.then(() => assert.fail('it failed'), ({ idempotencyKeys }) => idempotencyKeys);
  for (const client of [overloaded, away]) {
    const keys = await keysOf(client.appendBatch([sent(0, { idempotencyKey: 'mine' }), sent(1, { idempotencyKey: undefined })]));
    assert.deepEqual(keys, bodies.at(-1).records.map(({ idempotencyKey }) => idempotencyKey));
    assert.equal(keys[0], 'mine');
    assert.match(keys[1], /^[0-9a-f]{32}$/);
  }
  assert.equal(await keysOf(overloaded.get(0n)), undefined);
});

test('get: the record is proven under a verified head', async () => {
  const ledger = new Ledger(700);
  const record = await make(ledger.fetch()).get(300n);
  assert.equal(record.verdict.record.subject, 'item 300');
  assert.equal(Buffer.from(record.payload).toString(), PAYLOAD.toString());
  const changed = (change) => make(ledger.fetch((answer) => (answer && change(answer), answer))).get(300n);
  await refused('answer-mismatch', changed((record) => Object.assign(record, ledger.record(301))));
  await refused('inclusion-invalid', changed((record) => Object.assign(record, ledger.record(301), { index: '300' })));
  await refused('payload-mismatch', changed((record) => (record.payload.commit = 'x')));
  for (const name of ['type', 'source', 'subject', 'contentType', 'time']) await refused('answer-mismatch', changed((record) => (record[name] = 'x')));
  await refused('answer-malformed', changed((record) => (record.entry += '\n')));
  await refused('salt-missing', changed((record) => delete record.salt));
  const withheld = await changed((record) => (delete record.payload, delete record.salt));
  assert.deepEqual([withheld.verdict.payload, withheld.payload, withheld.erased], ['absent', undefined, undefined]);
  for (const index of [3, '3', -1n, 2n ** 64n]) await assert.rejects(make(ledger.fetch()).get(index), (error) => error instanceof TypeError || error instanceof RangeError);
});

test('receipt: of the record and the size that were asked for', async () => {
  const ledger = new Ledger(20);
  const { verdict } = await make(ledger.fetch()).receipt(7n);
  assert.equal(verdict.index, 7n);
  await refused('answer-mismatch', make(ledger.fetch(() => undefined ?? ledger.receipt(8))).receipt(7n));
  await refused('answer-mismatch', make(ledger.fetch()).receipt(7n, { size: 19n }));
  await refused('answer-malformed', make(ledger.fetch((answer) => ({ ...answer, more: 1 }))).receipt(7n));
});

test('list: all pages, and each lie has its code', async () => {
  const ledger = new Ledger(25);
  const all = async (change, options = { pageSize: 10 }) => {
    const records = [];
    for await (const record of make(ledger.fetch(change)).list(options)) records.push(record.index);
    return records;
  };
  const indexes = Array.from({ length: 25 }, (_, index) => BigInt(index));
  assert.deepEqual(await all(), indexes);
  assert.deepEqual(await all(undefined, { pageSize: 10, order: 'desc' }), indexes.toReversed?.() ?? [...indexes].reverse());
  const pages = (change) => (answer) => (answer?.records && change(answer), answer);
  assert.equal((await refused('list-incomplete', all(pages((page) => page.records.splice(3, 1))))).index, 3n);
  assert.equal((await refused('list-incomplete', all(pages((page) => delete page.nextCursor)))).index, 10n);
  assert.equal((await refused('list-incomplete', all(pages((page) => page.records.shift()), { order: 'desc' }))).index, 24n);
  assert.equal((await refused('list-incomplete', all(pages((page) => page.records.pop()), { order: 'desc' }))).index, 0n);
  await refused('answer-mismatch', all(pages((page) => page.records.reverse()), { type: 'deployment' }));
  await refused('answer-mismatch', all(pages((page) => (page.records = []))));
  await refused('answer-mismatch', all(undefined, { type: 'approval' }));
  await refused('answer-mismatch', all(undefined, { since: '2027-01-01T00:00:00Z' }));
  await refused('answer-mismatch', all(undefined, { until: new Date(0) }));
  await refused('payload-mismatch', all(pages((page) => (page.records[2].payload = 1))));
  await refused('inclusion-invalid', all(pages((page) => (page.records[2].entry = page.records[3].entry))));
  // A filtered list may have gaps.
  assert.deepEqual(await all(pages((page) => page.records.splice(3, 1)), { type: 'deployment', pageSize: 100 }), indexes.filter((index) => index !== 3n));
});

test('a snapshot: its tree is a prefix of the signed one, its records are of the moment, and each lie has its code', async () => {
  const ledger = new Ledger(12);
  const all = async (change, options = { size: 7n, pageSize: 3 }) => {
    const { records, size } = await make(ledger.fetch(change)).snapshot(options);
    const seen = [];
    for await (const { index } of records) seen.push(Number(index));
    return [Number(size), ...seen];
  };
  assert.deepEqual(await all(), [7, 0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await all(undefined, {}), [12, 0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await all(undefined, { size: 0n }), [0]);
  assert.deepEqual(await all(undefined, { time: '2026-11-23T10:00:00Z' }), [12, 0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]);
  const pages = (change) => (answer) => (answer?.consistency && change(answer), answer);
  await refused('consistency-invalid', all(pages((page) => (page.rootHash = base64(rootOf(ledger.leaves.slice(0, 6)))))));
  await refused('consistency-invalid', all(pages((page) => page.consistency.pop())));
  await refused('answer-mismatch', all(pages((page) => Object.assign(page, ledger.snapshot(new URLSearchParams({ size: '6' }))))));
  await refused('answer-mismatch', all(pages((page) => (page.records[0] = ledger.record(9)))));
  await refused('answer-mismatch', all(pages((page) => page.records.reverse())));
  await refused('answer-mismatch', all(undefined, { type: 'approval' }));
  await refused('answer-mismatch', all(undefined, { time: new Date(0) }));
  await refused('answer-mismatch', all((answer, path) => (path.endsWith('/snapshot') ? ledger.snapshot(new URLSearchParams({ size: '11' })) : answer), { time: '2026-11-23T10:00:00Z' }));
  await refused('payload-mismatch', all(pages((page) => (page.records[1].payload = 1))));
  await refused('answer-malformed', all(pages((page) => (page.consistency = ['AAAA']))));
  await refused('answer-mismatch', all(pages((page) => Object.assign(page, { records: [], nextCursor: '3' }))));
  const other = new Ledger(12, () => 'other');
  const client = make(ledger.fetch(pages((page) => Object.assign(page, other.snapshot(new URLSearchParams())))));
  await client.checkpoint();
  await refused('fork', client.snapshot());
  for (const options of [{ size: 1 }, { size: 1n, time: new Date() }, { time: 'yesterday' }, { pageSize: 0 }]) {
    await assert.rejects(make(ledger.fetch()).snapshot(options), (error) => error instanceof TypeError || error instanceof RangeError);
  }
});

test('a difference: both trees are prefixes of the signed one, each record is on its side, and each lie has its code', async () => {
  const ledger = new Ledger(12, (number) => `item ${number % 5}`);
  const all = async (change, options = { from: 4n, to: 11n, pageSize: 2 }) => {
    const { changes, from, to } = await make(ledger.fetch(change)).diff(options);
    const seen = [];
    for await (const { before, after } of changes) seen.push(`${before?.index ?? 'new'}>${after.index}`);
    return [Number(from.size), Number(to.size), ...seen];
  };
  assert.deepEqual(await all(), [4, 11, '1>6', '2>7', '3>8', 'new>9', '0>10']);
  assert.deepEqual(await all(undefined, { from: 0n }), [0, 12, 'new>7', 'new>8', 'new>9', 'new>10', 'new>11']);
  assert.deepEqual(await all(undefined, { from: 12n, to: new Date('2026-11-23T10:00:00Z') }), [12, 12]);
  const pages = (change) => (answer) => (answer?.proof && answer.to && change(answer), answer);
  const whole = { from: 4n, to: 11n };
  const changed = (change, at = 0) => all(pages(({ changes }) => change(changes.at(at))), whole);
  await refused('consistency-invalid', all(pages((page) => (page.from.rootHash = ledger.tree(5).rootHash))));
  await refused('consistency-invalid', all(pages((page) => (page.to.rootHash = ledger.tree(10).rootHash))));
  await refused('consistency-invalid', all(pages((page) => page.proof.pop())));
  await refused('answer-mismatch', all(pages((page) => Object.assign(page, ledger.diff(new URLSearchParams({ from: '3', to: '11' })))), whole));
  await refused('answer-mismatch', all(pages((page) => Object.assign(page, ledger.diff(new URLSearchParams({ from: '4', to: '10' })))), whole));
  await refused('answer-mismatch', all((answer) => (answer?.to && answer.changes[0].after.index !== '6' ? { ...answer, to: ledger.tree(10) } : answer)));
  await refused('answer-mismatch', changed((change) => Object.assign(change, { before: undefined, after: ledger.record(3) })));
  await refused('answer-mismatch', changed((change) => Object.assign(change, { before: undefined, after: ledger.record(11) }), -1));
  await refused('answer-mismatch', changed((change) => (change.before = ledger.record(4)), 3));
  await refused('answer-mismatch', changed((change) => (change.before = ledger.record(0))));
  await refused('answer-mismatch', all(pages((page) => page.changes.reverse())));
  await refused('answer-mismatch', all(pages((page) => Object.assign(page, { changes: [], nextCursor: '2' }))));
  await refused('answer-mismatch', all(undefined, { from: 0n, type: 'approval' }));
  await refused('answer-mismatch', all(undefined, { from: new Date(0) }));
  await refused('payload-mismatch', changed((change) => (change.before.payload = 1)));
  await refused('inclusion-invalid', changed((change) => (change.after.entry = ledger.record(8).entry)));
  await refused('answer-malformed', changed((change) => delete change.after));
  for (const options of [{}, { from: 4 }, { from: '4' }, { from: 'yesterday' }, { from: 0n, to: '' }, { from: 0n, pageSize: 0 }]) {
    await assert.rejects(make(ledger.fetch()).diff(options), (error) => error instanceof TypeError || error instanceof RangeError);
  }
});

test('a head is kept, extended, and found stale, rolled back or forked', async () => {
  const [small, large, other] = [new Ledger(10), new Ledger(700), new Ledger(800, (number) => (number < 5 ? `item ${number}` : 'other'))];
  const store = memoryStore();
  const of = (ledger, more) => make(ledger.fetch(), { store, ...more });
  assert.equal((await of(small).checkpoint()).outcome, 'first');
  assert.equal((await of(small).checkpoint()).outcome, 'unchanged');
  assert.equal((await of(large).checkpoint()).outcome, 'extended');

  // The tiles of the larger tree are still there, as at a replica whose checkpoint lags.
  const lagging = make(large.fetch((answer, path) => (path.endsWith('/checkpoint') ? new Response(small.files.get('checkpoint')) : answer)), { store });
  const stale = await lagging.checkpoint();
  assert.deepEqual([stale.outcome, stale.size], ['stale', 700n]);
  assert.equal((await of(large).checkpoint()).outcome, 'unchanged');
  const strict = make(large.fetch((answer, path) => (path.endsWith('/checkpoint') ? new Response(small.files.get('checkpoint')) : answer)), { store, rollbackAfterSeconds: 0 });
  const rollback = await refused('rollback', strict.checkpoint());
  assert.ok(rollback instanceof RollbackError);
  assert.equal(rollback.evidence.served, small.files.get('checkpoint').toString());

  // A server that fell back has only the tiles of then. What was seen before needs no proof; another size has none.
  assert.equal((await of(large).checkpoint()).outcome, 'unchanged');
  assert.equal((await of(small).checkpoint()).outcome, 'stale');
  await refused('rollback', of(small, { rollbackAfterSeconds: 0 }).checkpoint());
  await refused('tile-missing', of(new Ledger(400)).checkpoint());
  await refused('rollback', of(new Ledger(400), { rollbackAfterSeconds: 0 }).checkpoint());
  await refused('fork', of(new Ledger(10, () => 'x')).checkpoint());

  const fork = await refused('fork', of(other).checkpoint());
  assert.ok(fork instanceof ForkError);
  const evidence = JSON.parse(JSON.stringify(fork.evidence));
  assert.deepEqual([evidence.kept, evidence.served], [large, other].map(({ files }) => files.get('checkpoint').toString()));
  assert.deepEqual(evidence.keys, [LOG.vkey]);
  // What was seen stays seen; the kept head is the first one still.
  assert.equal((await of(large).forks()).length, 2);
  assert.equal((await of(large).kept()).size, 700n);
  await refused('fork', of(new Ledger(700, () => 'x')).checkpoint());
});

test('a head that came another way is held against the kept one', async () => {
  const [small, large, other] = [new Ledger(10), new Ledger(700), new Ledger(700, () => 'other')];
  const headOf = (ledger) => ledger.files.get('checkpoint').toString();
  const client = make(large.fetch());
  assert.equal((await client.observe(headOf(small))).outcome, 'first');
  assert.equal((await client.observe(headOf(large))).outcome, 'extended');
  const older = await client.observe(headOf(small));
  assert.deepEqual([older.outcome, older.size], ['stale', 10n]);
  assert.equal((await client.kept()).size, 700n);
  const fork = await refused('fork', client.observe(headOf(other)));
  assert.deepEqual([fork.evidence.kept, fork.evidence.served], [headOf(large), headOf(other)]);
  await refused('signature-invalid', client.observe(headOf(large).replace('\n700\n', '\n701\n')));
});

test('a tile that was damaged once is no fork', async () => {
  const [small, large] = [new Ledger(300), new Ledger(700)];
  const store = memoryStore();
  await make(small.fetch(), { store }).checkpoint();
  let damaged = 0;
  const once = (answer, path) => {
    if (damaged > 0 || !path.includes('/tile/0/')) return answer;
    damaged++;
    return new Response(Uint8Array.from(large.files.get(path.slice(path.indexOf('tile/'))), (byte) => byte ^ 1));
  };
  const client = make(large.fetch(once), { store });
  assert.equal((await client.checkpoint()).outcome, 'extended');
  assert.deepEqual([damaged, await client.forks()], [1, []]);
});

test('a head inside a receipt is held against the kept one, too', async () => {
  const [ledger, other] = [new Ledger(20), new Ledger(20, () => 'other')];
  const client = make(ledger.fetch((answer, path) => (path.endsWith('/receipt') ? other.receipt(7) : answer)));
  await client.checkpoint();
  assert.ok((await refused('fork', client.receipt(7n))) instanceof ForkError);
  // An older one is no fault of a receipt: its size was asked for.
  const older = make(ledger.fetch((answer, path) => (path.endsWith('/receipt') ? ledger.receipt(7, { size: 9 }) : answer)), { rollbackAfterSeconds: 0 });
  await older.checkpoint();
  assert.equal((await older.receipt(7n, { size: 9n })).verdict.size, 9n);
  assert.equal((await older.checkpoint()).outcome, 'unchanged');
});

test('of two updates at once one wins, and the other is held against it', async () => {
  const [base, left, right] = [new Ledger(5), new Ledger(9), new Ledger(9, (number) => (number < 5 ? `item ${number}` : 'other'))];
  const inner = memoryStore();
  let waiting = [];
  // Both read before either writes.
  const store = {
    swap: (...given) => inner.swap(...given),
    read: (slot) => new Promise((resolve) => {
      waiting.push(() => resolve(inner.read(slot)));
      if (waiting.length >= 2 || settled) waiting.splice(0).forEach((go) => go());
    }),
  };
  let settled = true;
  await make(base.fetch(), { store }).checkpoint();
  settled = false;
  const outcomes = await Promise.allSettled([left, right].map(async (ledger) => {
    const outcome = make(ledger.fetch(), { store }).checkpoint();
    return outcome.finally(() => (settled = true));
  }).concat(new Promise((resolve) => setTimeout(() => ((settled = true), waiting.splice(0).forEach((go) => go()), resolve()), 300))));
  const kinds = outcomes.slice(0, 2).map(({ status, value, reason }) => (status === 'fulfilled' ? value.outcome : reason.code)).sort();
  assert.deepEqual(kinds, ['extended', 'fork']);
});

test('a slot is named by what was configured, never by what a server sends', async () => {
  const slots = [];
  const store = { ...memoryStore(), read: async (slot) => (slots.push(slot), undefined), swap: async () => true };
  await make(new Ledger(3).fetch(), { store }).checkpoint();
  assert.deepEqual([...new Set(slots)], [LOG.vkey]);
  const stranger = noteKey('ledger.example/log/other', 9);
  const files = filesOf([entry()], { log: stranger, origin: stranger.name });
  await refused('origin-mismatch', make(fetchOf(files), { store }).checkpoint());
  const impostor = noteKey(ORIGIN, 9);
  await refused('key-unknown', make(fetchOf(filesOf([entry()], { log: impostor })), { store }).checkpoint());
});

test('what is not ours in a store is no empty slot', async () => {
  const store = { read: async () => 'not JSON', swap: async () => true };
  await assert.rejects(make(new Ledger(3).fetch(), { store }).checkpoint(), /the store holds something else/);
  const forged = { read: async () => JSON.stringify({ checkpoint: checkpoint([], { log: noteKey(ORIGIN, 9) }) }), swap: async () => true };
  await refused('key-unknown', make(new Ledger(3).fetch(), { store: forged }).checkpoint());
});

test('a policy is demanded of every served head', async () => {
  const ledger = new Ledger(3);
  const witnessed = checkpoint(ledger.leaves, { witnessed: true });
  const fetch = ledger.fetch((answer, path) => (path.endsWith('/checkpoint') ? new Response(witnessed) : answer));
  const client = (fetch) => new LedgerClient({ url: SERVER, policy: POLICY, fetch, retries: 0 });
  assert.equal((await client(fetch).checkpoint()).signers.length, 2);
  // Blanks before a word are the format's, and only a newline ends a line.
  const indented = POLICY.replace(/^log /m, '\t log ').replace(/^/, '# \u2028log other.example+0+x\n');
  assert.equal((await new LedgerClient({ url: SERVER, policy: indented, fetch, retries: 0 }).checkpoint()).signers.length, 2);
  await refused('quorum-not-met', client(ledger.fetch()).checkpoint());
  const late = new LedgerClient({ url: SERVER, policy: POLICY, fetch, retries: 0, maxAgeSeconds: 1 });
  await refused('checkpoint-stale', late.checkpoint());
});

