import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { misused } from './expect.mjs';
import { AUTHOR, LOG, PAYLOAD, checkpoint, keyPair, receipt } from './fixtures.mjs';
import { init, MerkleLog, openCheckpoint, verifyConsistency, verifyInclusion, verifyInclusions, verifyLegacyChain, verifyReceipt, verifySignature, verifySignatures } from 'stateledger';

before(() => init());

const word = new Uint8Array(32);
const inclusion = { leafHash: word, index: 0n, size: 1n, rootHash: word, proof: new Uint8Array() };
const inclusions = { rootHash: word, size: 1n, indexes: [0n], leafHashes: word, proofs: [new Uint8Array()] };
const consistency = { oldSize: 1n, oldRoot: word, newSize: 1n, newRoot: word, proof: new Uint8Array() };
const signature = { publicKey: keyPair(9).publicKey, message: PAYLOAD, signature: new Uint8Array(64) };
const signatures = { publicKey: signature.publicKey, messages: [PAYLOAD], signatures: [signature.signature] };
const trust = { key: LOG.vkey };
const authors = { keys: [AUTHOR.publicKey], threshold: 1 };

const calls = {
  inclusion: (change) => verifyInclusion({ ...inclusion, ...change }),
  inclusions: (change) => verifyInclusions({ ...inclusions, ...change }),
  consistency: (change) => verifyConsistency({ ...consistency, ...change }),
  signature: (change) => verifySignature({ ...signature, ...change }),
  signatures: (change) => verifySignatures({ ...signatures, ...change }),
  receipt: (change) => verifyReceipt(receipt(), { ...trust, ...change }),
  authors: (change) => verifyReceipt(receipt(), { ...trust, authors: { ...authors, ...change } }),
  checkpoint: (change) => openCheckpoint(checkpoint([Buffer.from(word)]), { ...trust, ...change }),
};

/** Which of each call's members is what. */
const members = {
  bytes: { inclusion: ['leafHash', 'rootHash', 'proof'], inclusions: ['rootHash', 'leafHashes'], consistency: ['oldRoot', 'newRoot', 'proof'], signature: ['publicKey', 'message', 'signature'], signatures: ['publicKey'] },
  words: { inclusion: ['leafHash', 'rootHash'], inclusions: ['rootHash'], consistency: ['oldRoot', 'newRoot'], signature: ['publicKey'], signatures: ['publicKey'] },
  bigints: { inclusion: ['index', 'size'], inclusions: ['size'], consistency: ['oldSize', 'newSize'] },
  lists: { inclusions: ['indexes', 'proofs'], signatures: ['messages', 'signatures'], authors: ['keys'] },
};

function each(kind, body) {
  for (const [call, names] of Object.entries(members[kind])) for (const name of names) body(calls[call], name);
}

test('what is no Uint8Array is a TypeError that names the argument', () => {
  const wrong = [undefined, null, 0, 1n, 'aa', [], [1], {}, new ArrayBuffer(32), new DataView(new ArrayBuffer(32)), new Uint8ClampedArray(32), new Uint16Array(16), { length: 32 }, Object.create(Uint8Array.prototype)];
  each('bytes', (call, name) => {
    for (const value of wrong) if (!(name === 'publicKey' && value === undefined)) misused(TypeError, name, () => call({ [name]: value }));
  });
});

test('a hash or key that is not 32 bytes is a RangeError', () => {
  each('words', (call, name) => {
    for (const length of [0, 31, 33, 64]) misused(RangeError, name, () => call({ [name]: new Uint8Array(length) }));
  });
});

test('an index or size is a bigint inside u64', () => {
  each('bigints', (call, name) => {
    for (const value of [undefined, null, 0, 1, 2 ** 53 + 1, NaN, '1', {}, Object(1n)]) misused(TypeError, name, () => call({ [name]: value }));
    for (const value of [-1n, 2n ** 64n, 2n ** 64n + 3n, -(2n ** 64n), 10n ** 100n]) misused(RangeError, name, () => call({ [name]: value }));
  });
  misused(TypeError, 'indexes[0]', () => calls.inclusions({ indexes: [0] }));
  misused(RangeError, 'indexes[0]', () => calls.inclusions({ indexes: [2n ** 64n] }));
});

test('lists are arrays, of the right things, one for each', () => {
  each('lists', (call, name) => {
    for (const value of [null, 0, 'aa', {}, new Uint8Array(32), new Set()]) misused(TypeError, name, () => call({ [name]: value }));
    misused(TypeError, `${name}[0]`, () => call({ [name]: [, 1] }));
    misused(TypeError, `${name}[0]`, () => call({ [name]: ['aa'] }));
  });
  misused(RangeError, 'leafHashes', () => calls.inclusions({ leafHashes: new Uint8Array(33) }));
  misused(RangeError, 'leafHashes', () => calls.inclusions({ leafHashes: new Uint8Array(64) }));
  misused(RangeError, 'proofs', () => calls.inclusions({ proofs: [] }));
  misused(RangeError, 'signatures', () => calls.signatures({ signatures: [] }));
  misused(RangeError, 'publicKeys', () => calls.signatures({ publicKey: undefined, publicKeys: [] }));
  misused(RangeError, 'publicKeys[0]', () => calls.signatures({ publicKey: undefined, publicKeys: [new Uint8Array(31)] }));
  misused(TypeError, 'publicKey', () => calls.signatures({ publicKeys: [signature.publicKey] }));
  misused(TypeError, 'publicKey', () => calls.signatures({ publicKey: undefined }));
});

test('a list holds at most 2^20 elements, however long it says it is', () => {
  const most = 2 ** 20;
  const everywhere = (value, kind) => {
    each('lists', (call, name) => misused(kind, name, () => call({ [name]: value })));
    misused(kind, 'entries', () => MerkleLog.fromEntries(value));
    misused(kind, 'publicKeys', () => calls.signatures({ publicKey: undefined, publicKeys: value }));
    misused(kind, 'key', () => calls.receipt({ key: value }));
  };
  everywhere(new Array(most + 1), RangeError);
  everywhere(new Array(2 ** 32 - 1), RangeError);
  // The elements of the longest list are looked at, and these are none.
  everywhere(new Array(most), TypeError);
  for (const length of [Infinity, NaN, '1', 1n, most + 1]) everywhere(new Proxy([], { get: (_, name) => (name === 'length' ? length : PAYLOAD) }), RangeError);
  let grown = 1;
  const growing = new Proxy([], { get: (_, name) => (name === 'length' ? grown++ : PAYLOAD) });
  assert.equal(MerkleLog.fromEntries(growing).size, 1n);
  assert.equal(MerkleLog.fromEntries(new Array(most).fill(new Uint8Array())).size, BigInt(most));
});

test('options are objects whose members are all known and readable', () => {
  for (const call of [verifyInclusion, verifyInclusions, verifyConsistency, verifySignature, verifySignatures]) {
    for (const value of [undefined, null, 1, 'x']) misused(TypeError, 'must be an object', () => call(value));
  }
  for (const call of Object.values(calls)) misused(TypeError, '"maxAgeSecond"', () => call({ maxAgeSecond: 1 }));
  const angry = { get leafHash() { throw 'a string'; } };
  misused(TypeError, 'leafHash', () => verifyInclusion(angry));
});

test('trust is a key, keys or a policy', () => {
  misused(TypeError, 'trust', () => verifyReceipt(receipt()));
  for (const wrong of [new TextEncoder().encode('{}'), new Uint16Array(2), new DataView(new ArrayBuffer(2))]) misused(TypeError, 'receipt', () => verifyReceipt(wrong, trust));
  misused(TypeError, 'trust', () => verifyReceipt(receipt(), LOG.vkey));
  for (const call of [calls.receipt, calls.checkpoint]) {
    misused(TypeError, 'key', () => call({ policy: 'log x' }));
    misused(TypeError, 'key', () => call({ key: undefined }));
    for (const key of [1, {}, AUTHOR.publicKey]) misused(TypeError, 'key', () => call({ key }));
    misused(TypeError, 'key[1]', () => call({ key: [LOG.vkey, 1] }));
    misused(TypeError, 'policy', () => call({ key: undefined, policy: 1 }));
  }
});

test('authors, ages and moments have their ranges', () => {
  misused(TypeError, 'authors', () => calls.receipt({ authors: [AUTHOR.publicKey] }));
  misused(RangeError, 'authors.keys[0]', () => calls.authors({ keys: [new Uint8Array(31)] }));
  for (const threshold of [undefined, 1n, '1']) misused(TypeError, 'authors.threshold', () => calls.authors({ threshold }));
  for (const threshold of [-1, 0.5, NaN, Infinity, 2 ** 32]) misused(RangeError, 'authors.threshold', () => calls.authors({ threshold }));
  for (const maxAgeSeconds of [null, '60', 60n]) misused(TypeError, 'maxAgeSeconds', () => calls.receipt({ maxAgeSeconds }));
  for (const maxAgeSeconds of [-1, NaN, Infinity]) misused(RangeError, 'maxAgeSeconds', () => calls.receipt({ maxAgeSeconds }));
  for (const now of [null, 0, '2026-11-23', {}]) misused(TypeError, 'now', () => calls.receipt({ now }));
  for (const now of [new Date(NaN), new Date(-1)]) misused(RangeError, 'now', () => calls.receipt({ now }));
});

test('a receipt is an object of plain members, or text', () => {
  for (const value of [undefined, null, 1, 1n, true, () => {}]) misused(TypeError, 'receipt', () => verifyReceipt(value, trust));
  let ran = false;
  const tricky = { ...receipt(), get payload() { ran = true; return ''; } };
  misused(TypeError, 'receipt.payload', () => verifyReceipt(tricky, trust));
  assert.equal(ran, false);
  for (const payload of [null, 'x', [1], new ArrayBuffer(1)]) misused(TypeError, 'payload', () => verifyReceipt(receipt(), trust, payload));
  for (const value of [undefined, null, 1, {}]) misused(TypeError, 'checkpoint', () => openCheckpoint(value, trust));
});

test('a log takes bytes: whole hashes, and entries up to 65,535 of them', () => {
  misused(TypeError, 'entries', () => MerkleLog.fromEntries(new Uint8Array(3)));
  misused(TypeError, 'entries[0]', () => MerkleLog.fromEntries(['a']));
  misused(RangeError, 'entries[0]', () => MerkleLog.fromEntries([new Uint8Array(65_536)]));
  misused(RangeError, 'flat', () => MerkleLog.fromLeafHashes(new Uint8Array(33)));
  const log = MerkleLog.fromEntries([]);
  assert.equal(log.append(new Uint8Array(65_535)), 0n);
  misused(RangeError, 'entry', () => log.append(new Uint8Array(65_536)));
  misused(TypeError, 'size', () => log.root(1));
  misused(RangeError, 'size', () => log.root(2n ** 64n));
  misused(TypeError, 'index', () => log.proveInclusion(0));
  misused(TypeError, 'oldSize', () => log.proveConsistency(0));
  misused(RangeError, 'newSize', () => log.proveConsistency(0n, -1n));
  for (const inner of [undefined, {}, log]) misused(TypeError, 'fromEntries', () => new MerkleLog(inner));
  assert.equal(log.size, 1n);
});

test('an old chain goes on after a number of rows and the hash of the last one', () => {
  const head = 'a'.repeat(64);
  assert.deepEqual(verifyLegacyChain([], { rows: 7n, head }), { rows: 7n, head, ambiguous: [] });
  const wrong = [{ rows: 0n, head }, { rows: 1n, head: '' }, { rows: 1n, head: head.toUpperCase() }, { rows: 1n, head: `${head}a` }, { rows: 1n, head: `${head}\n` }];
  for (const after of wrong) misused(RangeError, 'after.head', () => verifyLegacyChain([], after));
  misused(TypeError, 'after.rows', () => verifyLegacyChain([], { rows: 1, head }));
});
