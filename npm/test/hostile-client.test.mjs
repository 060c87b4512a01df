/**
 * Hostile arguments to the client and the stores: a typed error before anything is sent, and the next call works. The
 * methods are found, not listed: one without a row in the table fails.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { fileStore, indexedDBStore, init, LedgerClient, LedgerError, memoryStore, NetworkError, VerificationError } from 'stateledger';

import { AUTHOR, LOG, ORIGIN, PAYLOAD, SALT } from './fixtures.mjs';
import { BIGINTS, TEXTS, kindOf, places, replaced, wrongFor } from './hostile.mjs';
import { json, Ledger } from './lying-ledger.mjs';

const salt = Uint8Array.from(SALT);
const { signal } = new AbortController();
let ledger;
let asked = 0;

/** Answers reads and appends; who administers is told no. */
async function fetched(url, request = {}) {
  asked++;
  if (['GET', 'POST', undefined].includes(request.method)) return ledger.fetch()(url, request);
  return json({ code: 'forbidden' }, 403, { 'content-type': 'application/problem+json' });
}

const settings = () => ({
  url: 'https://ledger.example', key: LOG.vkey, token: 'token', fetch: fetched, store: memoryStore(), authors: { keys: [AUTHOR.publicKey], threshold: 1 },
  maxAgeSeconds: 60, rollbackAfterSeconds: 60, retries: 0, timeoutMs: 1_000,
});
const record = () => ({ type: 'deployment', source: 'ci', subject: 'item 4', contentType: 'application/json', payload: JSON.parse(PAYLOAD), salt, commitment: 'sha256-salted-v1', idempotencyKey: 'k', sigs: [] });
const signed = () => ({ ...record(), sigs: [{ key: 'a', sig: 'b' }] });
const walked = async (pages) => {
  const indexes = [];
  for await (const { index } of pages) indexes.push(index);
  return indexes;
};

/** For each method a good call, or several; `optional` places may be left out, in `any` place any value may stand. */
const TABLE = {
  append: [{ args: () => [record(), { expectedSize: 4n, signal }], optional: ['0.subject', '0.contentType', '0.salt', '0.commitment', '0.idempotencyKey', '0.sigs', '1', '1.expectedSize', '1.signal'], any: ['0.payload'] }, { args: () => [signed()], optional: ['0.subject', '0.contentType', '0.salt', '0.commitment', '0.idempotencyKey', '0.sigs'], any: ['0.payload'] }],
  appendBatch: { args: () => [[record()], { expectedSize: 4n, signal }], optional: ['0.0.subject', '0.0.contentType', '0.0.salt', '0.0.commitment', '0.0.idempotencyKey', '0.0.sigs', '1', '1.expectedSize', '1.signal'], any: ['0.0.payload'] },
  audit: { args: () => [{ onProgress() {}, signal, workers: 0, resume: { origin: ORIGIN, entries: '0', lastTime: '0', levels: [] }, entries: 'stateledger' }], optional: ['0', '0.onProgress', '0.signal', '0.workers', '0.resume', '0.resume.lastTime', '0.entries'] },
  checkpoint: { args: () => [{ signal }], optional: ['0', '0.signal'] },
  diff: [
    { call: async (client, ...args) => walked((await client.diff(...args)).changes), args: () => [{ from: 1n, to: 5n, type: 'deployment', pageSize: 10, signal }], optional: ['0.to', '0.type', '0.pageSize', '0.signal'], any: ['0.from', '0.to'] },
    { args: () => [{ from: '2026-11-23T10:00:00Z', to: '2026-11-23T10:00:00Z' }], optional: ['0.to'], any: ['0.from', '0.to'] },
  ],
  entries: { args: () => [{ start: 0n, end: 2n, signal }], optional: ['0.signal'] },
  erase: { args: () => [0n, { signal }], optional: ['1', '1.signal'] },
  exportBundle: [
    { args: () => [{ indexes: [1n], payloads: true, seed: salt, onProgress() {}, signal }], optional: ['0', '0.indexes', '0.payloads', '0.seed', '0.onProgress', '0.signal'] },
    { args: () => [{ start: 0n, end: 2n }], optional: ['0', '0.start', '0.end'] },
  ],
  get: { args: () => [0n, { signal }], optional: ['1', '1.signal'] },
  getArtifact: [{ args: () => [salt, { signal }], optional: ['1', '1.signal'] }, { args: () => ['00'.repeat(32)] }],
  hold: { args: () => [0n, { signal }], optional: ['1', '1.signal'] },
  list: { call: (client, ...args) => walked(client.list(...args)), args: () => [{ type: 'deployment', source: 'ci', subject: 'item 1', since: '2026-01-01T00:00:00Z', until: '2027-01-01T00:00:00Z', order: 'asc', pageSize: 10, signal }], optional: ['0', '0.type', '0.source', '0.subject', '0.since', '0.until', '0.order', '0.pageSize', '0.signal'] },
  observe: { args: () => [ledger.receipt(0).proof.split('\n\n').slice(1).join('\n\n'), { signal }], optional: ['1', '1.signal'] },
  prove: { args: () => [0n, { signal }], optional: ['1', '1.signal'] },
  putArtifact: { args: () => [salt, { signal }], optional: ['1', '1.signal'] },
  receipt: { args: () => [0n, { signal, size: 5n, payload: true }], optional: ['1', '1.signal', '1.size', '1.payload'] },
  release: { args: () => [0n, { signal }], optional: ['1', '1.signal'] },
  snapshot: [
    { args: () => [{ size: 5n, type: 'deployment', pageSize: 10, signal }], optional: ['0', '0.size', '0.type', '0.pageSize', '0.signal'] },
    { args: () => [{ time: '2026-11-23T10:00:00Z' }], optional: ['0', '0.time'] },
  ],
};
/** What takes no argument. */
const WITHOUT = ['forks', 'kept', 'origin'];

const rows = Object.entries(TABLE).flatMap(([name, given]) => [given].flat().map((row) => ({ name, call: (client, ...args) => client[name](...args), any: [], ...row })));
const client = () => new LedgerClient({ url: 'https://ledger.example', key: LOG.vkey, fetch: fetched, retries: 0 });
const at = (list, path) => list.includes(path.join('.'));
const below = (list, path) => list.some((from) => `${path.join('.')}.`.startsWith(`${from}.`));

before(async () => {
  await init();
  ledger = new Ledger(5);
});

/** Runs one call: its typed error, or nothing. Anything else that is thrown fails the test. */
async function refusal(what, work) {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    const typed = [TypeError, RangeError, VerificationError, LedgerError, NetworkError].some((kind) => thrown?.constructor === kind);
    assert.ok(typed, `${what}: ${thrown?.constructor?.name ?? 'no error object'}: ${String(thrown)}`);
    return thrown;
  }
}

const misused = (error) => [TypeError, RangeError].includes(error?.constructor);

/** A refusal of an argument, with nothing sent. */
async function demandMisuse(what, work) {
  const before = asked;
  const error = await refusal(what, work);
  // An engine's own words name no argument: the value came further than it should.
  assert.ok(misused(error) && !/is not a function|[Cc]annot read|Cannot convert/.test(error.message), `${what}: ${error ?? 'taken'}`);
  assert.equal(asked, before, `${what}: something was sent`);
}

test('every method has a row', () => {
  const methods = Object.getOwnPropertyNames(LedgerClient.prototype).filter((name) => name !== 'constructor');
  assert.deepEqual(methods.sort(), [...Object.keys(TABLE), ...WITHOUT].sort());
});

test('the good calls are good: what is refused below is refused for what was changed', async () => {
  for (const { name, call, args } of rows) {
    const error = await refusal(name, () => call(client(), ...args()));
    assert.ok(error === undefined || ['forbidden', 'answer-mismatch'].includes(error.code), `${name}: ${error}`);
  }
});

test('another type, in any place of any method, is told before anything is sent', async () => {
  const one = client();
  for (const { name, call, args, optional = [], any } of rows) {
    for (const { path, value } of places(args())) {
      if (path.length === 0 || below(any, path)) continue;
      for (const other of at(optional, path) ? wrongFor(value) : [undefined, ...wrongFor(value)]) {
        await demandMisuse(`${name}: ${path.join('.')} = ${typeof other}`, () => call(one, ...replaced(args(), path, other)));
      }
    }
  }
  assert.equal((await one.get(0n)).index, 0n);
});

test('bigints outside u64 are told before anything is sent; those inside it, and odd texts, get a typed answer', async () => {
  const one = client();
  for (const { name, call, args, any } of rows) {
    for (const { path, value } of places(args())) {
      if (path.length === 0 || below(any, path)) continue;
      const what = `${name}: ${path.join('.')}`;
      if (kindOf(value) === 'bigint') {
        for (const other of BIGINTS.outside) await demandMisuse(what, () => call(one, ...replaced(args(), path, other)));
        for (const other of BIGINTS.inside) await refusal(what, () => call(one, ...replaced(args(), path, other)));
      }
      if (kindOf(value) === 'string') for (const other of TEXTS) await refusal(what, () => call(one, ...replaced(args(), path, other)));
    }
  }
});

test('options that run code, throw, or have strange members get a typed error; a list that lies is read once', async () => {
  const one = client();
  for (const { name, call, args, any } of rows) {
    for (const { path, value } of places(args())) {
      if (path.length === 0 || below(any, path) || value === signal) continue;
      const what = `${name}: ${path.join('.')}`;
      const replacedBy = (other) => () => call(one, ...replaced(args(), path, other));
      if (kindOf(value) === 'object') {
        for (const member of Object.keys(value)) await demandMisuse(`${what}.${member}`, replacedBy(Object.defineProperty({ ...value }, member, { enumerable: true, get() { throw 'no error object'; } })));
        for (const stranger of ['__proto__', 'constructor', 'toString', 'Type', '']) await demandMisuse(what, replacedBy(Object.defineProperty({ ...value }, stranger, { enumerable: true, value: 1 })));
        // Re-entrancy: another call of the same client, within a getter of this one's arguments.
        const again = Object.fromEntries(Object.entries(value));
        for (const member of Object.keys(value)) Object.defineProperty(again, member, { enumerable: true, get: () => (one.kept(), value[member]) });
        const error = await refusal(what, replacedBy(again));
        assert.ok(!misused(error), `${what}: ${error}`);
      }
      if (kindOf(value) === 'array') {
        for (const length of [2 ** 53, -1, '1', NaN]) await demandMisuse(what, replacedBy(new Proxy(value, { get: (list, member) => (member === 'length' ? length : list[member]) })));
        await demandMisuse(what, replacedBy(new Proxy(value, { get: () => { throw 'no error object'; } })));
        await demandMisuse(what, replacedBy(new Array(2 ** 32 - 1)));
      }
    }
  }
});

test('a payload is any JSON value: what is none is told, what hides code is read once', async () => {
  const one = client();
  const send = (payload) => () => one.append({ ...record(), payload });
  const circular = {};
  circular.self = circular;
  let deep = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const angry = new Proxy({}, { get() { throw 'no error object'; }, ownKeys() { throw 'no error object'; }, getPrototypeOf() { throw 'no error object'; } });
  const shared = new Uint8Array(new SharedArrayBuffer(8));
  for (const payload of [undefined, () => 0, Symbol('s'), 1n, circular, deep, '\ud800', { '\udc00': 1 }, revoked.proxy, angry, shared, { toJSON() { throw 'no error object'; } }, NaN, new Map()]) {
    await demandMisuse(`payload ${typeof payload}`, send(payload));
  }
  for (const payload of [null, 2 ** 53 + 1, new Date(NaN), '__proto__', JSON.parse('{"__proto__":1}')]) await refusal('payload', send(payload));
});

test('the options of a client, another type in any place', async () => {
  const optional = ['0.token', '0.fetch', '0.store', '0.authors', '0.maxAgeSeconds', '0.rollbackAfterSeconds', '0.retries', '0.timeoutMs'];
  const make = (args) => async () => new LedgerClient(...args);
  await make([settings()])();
  for (const { path, value } of places([settings()])) {
    if (path.length === 0) continue;
    for (const other of at(optional, path) ? wrongFor(value) : [undefined, ...wrongFor(value)]) await demandMisuse(`${path.join('.')} = ${typeof other}`, make(replaced([settings()], path, other)));
    if (kindOf(value) === 'number') for (const other of [-1, NaN, Infinity, 2 ** 60]) await demandMisuse(`${path}`, make(replaced([settings()], path, other)));
    if (kindOf(value) === 'string') for (const other of TEXTS) await refusal(`${path}`, make(replaced([settings()], path, other)));
    if (kindOf(value) === 'object' && path.at(-1) !== 'store') {
      for (const member of Object.keys(value)) await demandMisuse(`${path}.${member}`, make(replaced([settings()], path, Object.defineProperty({ ...value }, member, { enumerable: true, get() { throw 'no error object'; } }))));
      for (const stranger of ['__proto__', 'constructor', 'Url', '']) await demandMisuse(`${path}`, make(replaced([settings()], path, Object.defineProperty({ ...value }, stranger, { enumerable: true, value: 1 }))));
    }
  }
});

test('the stores take a name, and nothing else', async () => {
  for (const wrong of wrongFor('x')) {
    await demandMisuse('fileStore', async () => fileStore(wrong));
    await demandMisuse('indexedDBStore', async () => indexedDBStore(wrong));
  }
  for (const slot of TEXTS) assert.equal(await memoryStore().read(slot), undefined);
});
