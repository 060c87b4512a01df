import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import vm from 'node:vm';

import { misused, refused } from './expect.mjs';
import { leafHash } from './fixtures.mjs';
import { init, MerkleLog, verifyInclusion } from 'stateledger';

before(() => init());

const leaf = Uint8Array.from(leafHash(Buffer.from('a')));
const claim = { leafHash: leaf, index: 0n, size: 1n, rootHash: leaf, proof: new Uint8Array() };

test('views of every honest kind are read where they lie', () => {
  const wide = new Uint8Array(64);
  wide.set(leaf, 7);
  const resizable = new ArrayBuffer(32, { maxByteLength: 64 });
  new Uint8Array(resizable).set(leaf);
  const foreign = vm.runInNewContext('Uint8Array.from(bytes)', { bytes: [...leaf] });
  for (const leafHash of [wide.subarray(7, 39), Buffer.from(leaf), new Uint8Array(resizable), foreign]) verifyInclusion({ ...claim, leafHash });
});

test('a view without its buffer, or on shared memory, is a TypeError', () => {
  const gone = Uint8Array.from(leaf);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  const shrunk = new ArrayBuffer(64, { maxByteLength: 64 });
  const outside = new Uint8Array(shrunk, 32, 32);
  shrunk.resize(16);
  const shared = new Uint8Array(new SharedArrayBuffer(32));
  for (const bad of [gone, outside, shared]) {
    misused(TypeError, 'leafHash', () => verifyInclusion({ ...claim, leafHash: bad }));
    misused(TypeError, 'proof', () => verifyInclusion({ ...claim, proof: bad }));
    misused(TypeError, 'entry', () => MerkleLog.fromEntries([]).append(bad));
  }
});

test('a subclass can lie about its length only to itself', () => {
  class Liar extends Uint8Array {
    get length() { return 2 ** 30; }
    get byteLength() { return 1; }
    get buffer() { return new ArrayBuffer(1); }
  }
  verifyInclusion({ ...claim, leafHash: new Liar(leaf) });
  const own = Object.defineProperty(Uint8Array.from(leaf), 'length', { value: 1 });
  verifyInclusion({ ...claim, leafHash: own });
});

test('a getter that takes a buffer away meanwhile changes no verdict', () => {
  const moved = Uint8Array.from(leaf);
  const thief = { ...claim, leafHash: moved, get proof() { structuredClone(moved.buffer, { transfer: [moved.buffer] }); return new Uint8Array(); } };
  misused(TypeError, 'leafHash', () => verifyInclusion(thief));
});

test('a proof of 100 MB is refused, a view of more than 256 MiB is too large, and the next call works', () => {
  refused('inclusion-invalid', () => verifyInclusion({ ...claim, proof: new Uint8Array(32 * 3_125_000) }));
  misused(RangeError, 'proof', () => verifyInclusion({ ...claim, proof: new Uint8Array(2 ** 28 + 1) }));
  verifyInclusion(claim);
});

test('answers are buffers of their own', () => {
  const log = MerkleLog.fromLeafHashes(leaf);
  const root = log.root();
  log.append(new Uint8Array(1));
  log.free();
  assert.deepEqual(root, leaf);
  assert.equal(root.buffer.byteLength, 32);
});
