/**
 * Hostile input to every exported function: a typed error and never a trap, and the next call works. The functions are
 * found, not listed: one without a row in the table fails.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';

import * as stateledger from 'stateledger';
import * as inline from 'stateledger/inline';
import * as slim from 'stateledger/slim';
import { AUTHOR, LOG, ORIGIN, PAYLOAD, SALT, checkpoint, entry, keyPair, leafHash, receipt } from './fixtures.mjs';
import { BIGINTS, JSONS, MEGABYTES, TEXTS, kindOf, places, replaced, wrongFor } from './hostile.mjs';

const { MerkleLog, VerificationError, commitPayload, encodeStatement, signStatement } = stateledger;

const leaf = Uint8Array.from(leafHash(Buffer.from('a')));
const salt = Uint8Array.from(SALT);
const payload = Uint8Array.from(PAYLOAD);
const seed = new Uint8Array(32).fill(3);
const trust = { key: LOG.vkey, authors: { keys: [AUTHOR.publicKey], threshold: 1 } };
const one = { rootHash: leaf, size: 1n, proof: new Uint8Array() };
const subtree = { start: 0n, end: 1n, subtreeRoot: leaf, proof: new Uint8Array() };
const signature = () => ({ publicKey: AUTHOR.publicKey, message: payload, signature: AUTHOR.sign(payload) });
const statement = () => ({ type: 't', source: 's', subject: 'u', contentType: 'c', commit: commitPayload({ payload, salt }), origin: ORIGIN });
const signed = () => {
  const bytes = encodeStatement(statement());
  return { statement: bytes, signature: signStatement({ seed, statement: bytes }) };
};
const ROW = { ts: 1000n, type: 'code', source: 'test', payload: '{"repo":"app","commit":"abc1234"}', hash: '3fc26ad27c912c403a65d3fe2e43da2e6fe05b37b07d2f813b0c365754f2cf8a' };
const log = (call) => ({ call: (...args) => withLog((one) => one[call](...args)) });

function withLog(body) {
  const made = MerkleLog.fromLeafHashes(leaf);
  try {
    return body(made);
  } finally {
    made.free();
  }
}

/**
 * For each export a good call. `optional` places may be left out; a `sender`'s places hold what a sender could choose,
 * so that their wrong types are a `VerificationError`; `json` places hold JSON text.
 */
const TABLE = {
  bundleReceipts: { args: () => [[receipt()], seed], optional: ['1'], sender: ['0.0'], json: ['0.0'] },
  canonicalJson: { args: () => ['{}'], json: ['0'] },
  commitPayload: { args: () => [{ payload, salt, alg: 'sha256-fields-v1' }], optional: ['0.alg'], json: ['0.payload'] },
  decodeEntry: { args: () => [Uint8Array.from(entry())], json: ['0'] },
  discloseFields: { args: () => [{ payload, salt, pointers: ['/commit'] }], json: ['0.payload'] },
  encodeBundle: { args: () => [bundleParts()], optional: ['0.seed', '0.records.0.salt', '0.records.0.payload'] },
  encodeEntry: { args: () => [{ statement: signed().statement, sigs: [signed().signature], time: '2026-11-23T10:00:00.000Z' }], optional: ['0.sigs'], json: ['0.statement'] },
  encodeStatement: { args: () => [statement()], optional: ['0.subject', '0.origin'] },
  openCheckpoint: { args: () => [checkpoint([leafHash('a')]), trust], optional: ['1.authors'] },
  openCommitment: { args: () => [{ commit: commitPayload({ payload, salt }), payload, salt }] },
  parsePolicy: { args: () => [`log ${LOG.vkey}\nquorum none\n`] },
  publicKey: { args: () => [seed] },
  sign: { args: () => [{ seed, message: payload }] },
  signStatement: { args: () => [{ seed, statement: signed().statement }], json: ['0.statement'] },
  verifyBatchProof: { args: () => [{ ...one, leafHashes: leaf, proof: withLog((made) => made.proveBatch([0n])) }] },
  verifyBundle: { args: () => [stateledger.encodeBundle(bundleParts()), { key: LOG.vkey }, [stateledger.publicKey(seed)]], optional: ['2'] },
  verifyConsistency: { args: () => [{ oldSize: 1n, oldRoot: leaf, newSize: 1n, newRoot: leaf, proof: new Uint8Array() }] },
  verifyDisclosure: { args: () => [fieldShown()], json: ['0.disclosure'] },
  verifyInclusion: { args: () => [{ ...one, leafHash: leaf, index: 0n }] },
  verifyInclusions: { args: () => [{ rootHash: leaf, size: 1n, indexes: [0n], leafHashes: leaf, proofs: [new Uint8Array()] }] },
  verifyLegacyChain: { args: () => [[ROW], { rows: 0n, head: '' }], signed: ['0.0.ts'], optional: ['1'] },
  verifyRange: { args: () => [{ ...one, start: 0n, leafHashes: leaf }] },
  verifyReceipt: { args: () => [receipt({ authored: true }), trust, payload], optional: ['2', '1.authors'], sender: ['0'], json: ['0'] },
  verifyReceipts: { args: () => [[receipt({ authored: true })], trust, [payload]], optional: ['2', '2.0', '1.authors'], sender: ['0.0'], json: ['0.0'] },
  verifySignature: { args: () => [signature()] },
  verifySignatures: { args: () => [{ publicKey: AUTHOR.publicKey, messages: [payload], signatures: [signature().signature] }] },
  verifyStatement: { args: () => [signed()], json: ['0.statement'] },
  verifySubtreeConsistency: { args: () => [{ ...subtree, size: 1n, rootHash: leaf }] },
  verifySubtreeInclusion: { args: () => [{ ...subtree, leafHash: leaf, index: 0n }] },
  'MerkleLog.fromEntries': { args: () => [[payload]] },
  'MerkleLog.fromLeafHashes': { args: () => [leaf] },
  'MerkleLog#append': { ...log('append'), args: () => [payload] },
  'MerkleLog#root': { ...log('root'), args: () => [1n], optional: ['0'] },
  'MerkleLog#proveInclusion': { ...log('proveInclusion'), args: () => [0n, 1n], optional: ['1'] },
  'MerkleLog#proveConsistency': { ...log('proveConsistency'), args: () => [1n, 1n], optional: ['1'] },
  'MerkleLog#proveBatch': { ...log('proveBatch'), args: () => [[0n], 1n], optional: ['1'] },
  'MerkleLog#proveRange': { ...log('proveRange'), args: () => [0n, 1n, 1n], optional: ['2'] },
};

/** Exports with no argument that could be hostile, or with rows in the file that is named; a class with all its methods. */
const ELSEWHERE = {
  LedgerClient: 'hostile-client.test.mjs', fileStore: 'hostile-client.test.mjs', indexedDBStore: 'hostile-client.test.mjs', memoryStore: 'hostile-client.test.mjs',
  ForkError: 'made by the package alone', LedgerError: 'made by the package alone', NetworkError: 'made by the package alone', RollbackError: 'made by the package alone', StartError: 'made by the package alone',
  init: 'init.test.mjs',
  VERIFICATION_CODES: 'a list of texts',
  VerificationError: 'made by the package alone',
};

/** What takes no argument. */
const WITHOUT = ['MerkleLog#free', 'MerkleLog#size'];

function bundleParts() {
  const own = Uint8Array.from(entry());
  const proof = MerkleLog.fromEntries([own]);
  const parts = { checkpoint: checkpoint([leafHash(own)]), proof: proof.proveBatch([0n]), records: [{ entry: own, payload, salt }], seed };
  proof.free();
  return parts;
}

function fieldShown() {
  const { digest } = commitPayload({ payload, salt, alg: 'sha256-fields-v1' });
  return { disclosure: stateledger.discloseFields({ payload, salt, pointers: ['/commit'] })[0], digest };
}

/** The names of everything that a caller can call: functions, and the methods of classes. */
function* exported(module) {
  for (const [name, value] of Object.entries(module)) {
    const ofClass = typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value)) && !(value.prototype instanceof Error);
    if (!ofClass) yield name;
    else {
      for (const method of Object.getOwnPropertyNames(value)) if (!['length', 'name', 'prototype'].includes(method)) yield `${name}.${method}`;
      for (const method of Object.getOwnPropertyNames(value.prototype)) if (method !== 'constructor') yield `${name}#${method}`;
    }
  }
}

function callOf(name) {
  if (TABLE[name].call !== undefined) return TABLE[name].call;
  const [owner, method] = name.split('.');
  return method === undefined ? stateledger[owner] : (...args) => {
    const made = stateledger[owner][method](...args);
    const { size } = made;
    made.free();
    return size;
  };
}

/** Runs one call: what it answered, or its typed error. Anything else that it throws fails the test. */
function outcome(name, what, args) {
  try {
    const answer = callOf(name)(...args);
    return answer?.[0]?.status === 'refused' ? { error: answer[0].error } : { answer };
  } catch (thrown) {
    const typed = [TypeError, RangeError, VerificationError].includes(thrown?.constructor);
    assert.ok(typed, `${name}: ${what}: ${thrown?.constructor?.name ?? 'no error object'}: ${String(thrown)}`);
    return { error: thrown };
  }
}

const label = (value) => (typeof value === 'function' || typeof value === 'object' ? Object.prototype.toString.call(safe(value)) : String(value).slice(0, 40));
const safe = (value) => {
  try {
    Object.prototype.toString.call(value);
    return value;
  } catch {
    return undefined;
  }
};

let good;

before(async () => {
  await stateledger.init();
  good = Object.fromEntries(Object.entries(TABLE).map(([name, { args }]) => [name, callOf(name)(...args())]));
});

/** Every row, with its answer to the good call; after `body` that call still answers the same. */
function each(body) {
  for (const [name, row] of Object.entries(TABLE)) {
    body(name, row, row.args());
    assert.deepEqual(callOf(name)(...row.args()), good[name], `${name} after hostile calls`);
  }
}

const at = (list, path) => (list ?? []).includes(path.join('.'));
const within = (list, path) => (list ?? []).some((from) => `${path.join('.')}.`.startsWith(`${from}.`));

test('every export has a row, in every entry point', () => {
  for (const module of [stateledger, slim, inline]) {
    const names = [...exported(module)].filter((name) => !(name.split(/[.#]/)[0] in ELSEWHERE) && !WITHOUT.includes(name)).sort();
    assert.deepEqual(names, Object.keys(TABLE).sort());
  }
});

test('what has its rows elsewhere is in the file that is named', () => {
  for (const [name, place] of Object.entries(ELSEWHERE).filter(([, place]) => place.endsWith('.mjs'))) {
    assert.ok(readFileSync(new URL(place, import.meta.url), 'utf8').includes(name), `${name} is not in ${place}`);
  }
});

test('a hundred megabytes are refused or taken, wherever a function takes bytes or text of any length', () => {
  const [bytes, text] = [new Uint8Array(MEGABYTES), 'x'.repeat(MEGABYTES)];
  each((name, _, args) => {
    for (const { path, value } of places(args)) {
      const kind = kindOf(value);
      if (kind !== 'bytes' && kind !== 'string') continue;
      const { error } = outcome(name, `${path.join('.')}: 100 MB`, replaced(args, path, kind === 'bytes' ? bytes : text));
      // One place is enough that let all of it into the module: it takes seconds.
      if (!(error instanceof RangeError)) break;
    }
  });
});

test('another type, in any place, is a TypeError that names the argument or what holds it', () => {
  each((name, { optional, sender }, args) => {
    for (const { path, value } of places(args)) {
      if (path.length === 0) continue;
      const wrong = at(optional, path) ? wrongFor(value) : [undefined, ...wrongFor(value)];
      for (const other of wrong) {
        const what = `${path.join('.')} = ${label(other)}`;
        const { error } = outcome(name, what, replaced(args, path, other));
        if (within(sender, path)) {
          // Whatever it is, a sender wrote it: it was typed, and it is not taken.
          assert.ok(error !== undefined || path.length > 1, `${name}: ${what}: taken`);
          continue;
        }
        // An array of strings is a good `key`, a missing key another mistake; elsewhere nothing else is taken.
        assert.ok(error !== undefined, `${name}: ${what}: taken`);
        const about = path.at(-1) === 'key' || path.at(-1) === 'alg' ? [TypeError, VerificationError] : [TypeError];
        assert.ok(about.includes(error.constructor), `${name}: ${what}: ${error}`);
      }
    }
  });
});

test('a bigint outside its range is a RangeError, inside it a verdict', () => {
  each((name, { signed: ofI64 }, args) => {
    for (const { path } of [...places(args)].filter(({ value }) => typeof value === 'bigint')) {
      const outside = at(ofI64, path) ? [2n ** 63n, -(2n ** 63n) - 1n, 10n ** 5_000n] : BIGINTS.outside;
      for (const value of outside) assert.equal(outcome(name, `${path}`, replaced(args, path, value)).error?.constructor, RangeError, `${name}: ${path}`);
      for (const value of BIGINTS.inside) outcome(name, `${path}`, replaced(args, path, value));
    }
  });
});

test('bytes of every length and texts of every kind are refused or taken, and never trap', () => {
  each((name, _, args) => {
    for (const { path, value } of places(args)) {
      const tries = kindOf(value) === 'bytes' ? [0, 1, 31, 33, 64, 65_536].map((length) => new Uint8Array(length).fill(0xff)) : typeof value === 'string' ? TEXTS : [];
      for (const other of tries) outcome(name, `${path.join('.')} = ${label(other)}`, replaced(args, path, other));
    }
  });
});

test('a resizable buffer is as good as another', () => {
  each((name, _, args) => {
    for (const { path, value } of [...places(args)].filter(({ value }) => kindOf(value) === 'bytes')) {
      const view = new Uint8Array(new ArrayBuffer(value.length, { maxByteLength: 1_000 + value.length }));
      view.set(value);
      assert.deepEqual(outcome(name, `${path}`, replaced(args, path, view)).answer, good[name], `${name}: ${path}`);
    }
  });
});

test('JSON that breaks trusting readers is refused, or is no trap', () => {
  const jsons = JSONS();
  each((name, { json = [] }, args) => {
    for (const place of json) {
      const path = place.split('.');
      const there = path.reduce((value, member) => value[member], args);
      for (const text of jsons) {
        if (kindOf(there) === 'bytes' && text.includes('\ud800')) continue; // It has no bytes.
        const hostile = kindOf(there) === 'bytes' ? new TextEncoder().encode(text) : text;
        const { error } = outcome(name, `${place} = ${text.slice(0, 30)}`, replaced(args, path, hostile));
        assert.ok(error !== undefined || TAKEN.test(text.slice(0, 30)), `${name}: ${place}: took ${text.slice(0, 30)}`);
      }
    }
  });
});

/** Odd JSON that is a value all the same, where any value is one: names of the prototype, and long ones. */
const TAKEN = /^(\{"__proto__"|\{"constructor"|"x)/;

test('an options object whose members run code gives its own verdict or a TypeError', () => {
  each((name, { sender }, args) => {
    for (const { path, value } of [...places(args)].filter(({ value }) => kindOf(value) === 'object')) {
      for (const member of Object.keys(value)) {
        const thrower = Object.defineProperty({ ...value }, member, { enumerable: true, get() { throw 'no error object'; } });
        assert.equal(outcome(name, `${path}.${member}`, replaced(args, path, thrower)).error?.constructor, TypeError, `${name}: ${path}.${member}`);
        // Re-entrancy: the same call, within a getter of its own arguments.
        const again = Object.defineProperty({ ...value }, member, { enumerable: true, get: () => (callOf(name)(...args), value[member]) });
        const { answer, error } = outcome(name, `${path}.${member}`, replaced(args, path, again));
        if (!within(sender, path)) assert.deepEqual(answer, good[name], `${name}: ${path}.${member}: ${error}`);
      }
      for (const stranger of ['__proto__', 'constructor', 'toString', 'Key', '']) {
        const more = Object.defineProperty({ ...value }, stranger, { enumerable: true, value: 1 });
        const { error } = outcome(name, `${path} with ${stranger}`, replaced(args, path, more));
        assert.equal(error?.constructor, within(sender, path) ? VerificationError : TypeError, `${name}: ${path} with ${stranger}`);
      }
    }
  });
});

test('a list that runs code, lies about its length or never ends is read once', () => {
  each((name, _, args) => {
    for (const { path, value } of [...places(args)].filter(({ path, value }) => path.length > 0 && kindOf(value) === 'array')) {
      const lists = [
        new Proxy(value, { get: (list, member) => { if (member !== 'length') callOf(name)(...args); return list[member]; } }),
        new Proxy(value, { get: (list, member) => (member === 'length' ? 2 ** 53 : list[member]) }),
        new Proxy(value, { get: (list, member) => (member === 'length' ? -1 : list[member]) }),
        new Proxy(value, { get: () => { throw 'no error object'; } }),
        new Array(2 ** 32 - 1),
        new Array(10),
      ];
      const [again] = lists.map((list) => outcome(name, `${path}`, replaced(args, path, list)));
      assert.deepEqual(again.answer, good[name], `${name}: ${path}: ${again.error}`);
    }
  });
});

test('a freed log refuses every call, also one that frees it meanwhile', () => {
  for (const name of Object.keys(TABLE).filter((name) => name.startsWith('MerkleLog#'))) {
    const made = MerkleLog.fromLeafHashes(leaf);
    made.free();
    made.free();
    assert.throws(() => made[name.slice(10)](...TABLE[name].args()), { name: 'TypeError', message: /freed/ });
  }
  const made = MerkleLog.fromLeafHashes(leaf);
  const freeing = new Proxy([0n], { get: (list, member) => { made.free(); return list[member]; } });
  assert.throws(() => made.proveBatch(freeing), { name: 'TypeError', message: /freed/ });
  withLog((other) => assert.equal(other.size, 1n));
});
