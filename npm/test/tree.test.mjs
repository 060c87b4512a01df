import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { consistency, leafHash, path, root } from './fixtures.mjs';
import { refused } from './expect.mjs';
import { init, MerkleLog, verifyConsistency, verifyInclusion, verifyInclusions } from 'stateledger';

const LARGEST = 34;
const entries = Array.from({ length: LARGEST }, (_, i) => Buffer.from(`entry ${i}`));
const leaves = entries.map(leafHash);
const U64_MAX = 2n ** 64n - 1n;

before(() => init());

test('every proof of every small tree is RFC 6962\'s, verifies, and fails with any hash flipped', () => {
  const log = MerkleLog.fromEntries(entries);
  for (let size = 1; size <= LARGEST; size++) {
    const rootHash = Uint8Array.from(root(leaves.slice(0, size)));
    assert.deepEqual(log.root(BigInt(size)), rootHash);
    for (let index = 0; index < size; index++) {
      const proof = log.proveInclusion(BigInt(index), BigInt(size));
      assert.deepEqual(Buffer.from(proof), Buffer.concat(path(index, leaves.slice(0, size))));
      const claim = { leafHash: leaves[index], index: BigInt(index), size: BigInt(size), rootHash, proof };
      verifyInclusion(claim);
      for (const bad of flips(proof)) refused('inclusion-invalid', () => verifyInclusion({ ...claim, proof: bad }));
      refused('proof-ragged', () => verifyInclusion({ ...claim, proof: Buffer.concat([proof, Buffer.alloc(1)]) }));
      refused('inclusion-invalid', () => verifyInclusion({ ...claim, proof: Buffer.concat([proof, Buffer.alloc(32)]) }));
    }
  }
});

test('every consistency proof of every small tree is RFC 6962\'s, verifies, and fails with any hash flipped', () => {
  const log = MerkleLog.fromLeafHashes(Buffer.concat(leaves));
  for (let newSize = 1; newSize <= LARGEST; newSize++) {
    for (let oldSize = 1; oldSize <= newSize; oldSize++) {
      const proof = log.proveConsistency(BigInt(oldSize), BigInt(newSize));
      assert.deepEqual(Buffer.from(proof), Buffer.concat(consistency(oldSize, leaves.slice(0, newSize))));
      const heads = { oldSize: BigInt(oldSize), oldRoot: log.root(BigInt(oldSize)), newSize: BigInt(newSize), newRoot: log.root(BigInt(newSize)), proof };
      assert.equal(verifyConsistency(heads), 'verified');
      for (const bad of flips(proof)) refused('consistency-invalid', () => verifyConsistency({ ...heads, proof: bad }));
    }
  }
});

test('from the empty tree everything is consistent, which is called trivial', () => {
  const empty = Uint8Array.from(root([]));
  const heads = { oldSize: 0n, oldRoot: empty, newSize: 5n, newRoot: Uint8Array.from(root(leaves.slice(0, 5))), proof: new Uint8Array() };
  assert.equal(verifyConsistency(heads), 'trivial');
  refused('consistency-invalid', () => verifyConsistency({ ...heads, oldRoot: new Uint8Array(32) }));
  refused('consistency-invalid', () => verifyConsistency({ ...heads, proof: new Uint8Array(32) }));
  refused('sizes-reversed', () => verifyConsistency({ ...heads, oldSize: 6n }));
});

test('sizes up to 2^64-1 are judged, at once', () => {
  const claim = { leafHash: leaves[0], rootHash: leaves[1], proof: new Uint8Array(64 * 32) };
  refused('inclusion-invalid', () => verifyInclusion({ ...claim, index: U64_MAX - 1n, size: U64_MAX }));
  refused('index-out-of-range', () => verifyInclusion({ ...claim, index: U64_MAX, size: U64_MAX }));
  refused('consistency-invalid', () => verifyConsistency({ oldSize: 2n ** 63n, oldRoot: leaves[0], newSize: U64_MAX, newRoot: leaves[1], proof: claim.proof }));
});

test('many leaves at once get the verdicts of one by one', () => {
  const log = MerkleLog.fromEntries(entries);
  const size = log.size;
  const indexes = entries.map((_, i) => BigInt(i));
  const proofs = indexes.map((index) => log.proveInclusion(index));
  const rootHash = log.root();
  const leafHashes = Buffer.concat(leaves);
  const all = { rootHash, size, indexes, leafHashes, proofs };
  assert.deepEqual(verifyInclusions(all), new Uint8Array(LARGEST).fill(1));

  const odd = { ...all, indexes: replaced(indexes, 3, size), proofs: replaced(replaced(proofs, 5, new Uint8Array(33)), 7, new Uint8Array()) };
  const verdicts = verifyInclusions(odd);
  for (const [i, verdict] of verdicts.entries()) {
    const one = { leafHash: leaves[i], index: odd.indexes[i], size, rootHash, proof: odd.proofs[i] };
    assert.equal(verdict === 1, holds(() => verifyInclusion(one)), `leaf ${i}`);
  }
  assert.deepEqual([...verdicts].flatMap((verdict, i) => (verdict ? [] : [i])), [3, 5, 7]);
  assert.deepEqual(verifyInclusions({ rootHash, size, indexes: [], leafHashes: new Uint8Array(), proofs: [] }), new Uint8Array());
});

test('a log grows, remembers every size, and proves no leaf that it does not have', () => {
  const log = MerkleLog.fromEntries([]);
  assert.deepEqual(Buffer.from(log.root()), root([]));
  for (const [i, entry] of entries.entries()) {
    assert.equal(log.append(entry), BigInt(i));
    assert.equal(log.size, BigInt(i + 1));
    assert.deepEqual(Buffer.from(log.root()), root(leaves.slice(0, i + 1)));
  }
  assert.deepEqual(Buffer.from(log.root(3n)), root(leaves.slice(0, 3)));
  refused('index-out-of-range', () => log.proveInclusion(log.size));
  refused('node-missing', () => log.proveInclusion(log.size, log.size + 1n));
  refused('node-missing', () => log.proveConsistency(1n, log.size + 1n));
  refused('node-missing', () => log.root(U64_MAX));
  refused('sizes-reversed', () => log.proveConsistency(3n, 2n));
  log[Symbol.dispose]();
  log.free();
  assert.throws(() => log.size, { name: 'TypeError', message: /freed/ });
  assert.throws(() => log.append(entries[0]), { name: 'TypeError', message: /freed/ });
});

function* flips(proof) {
  for (let at = 0; at < proof.length; at += 32) {
    const flipped = Uint8Array.from(proof);
    flipped[at] ^= 1;
    yield flipped;
  }
}

function replaced(array, at, value) {
  return array.map((old, i) => (i === at ? value : old));
}

function holds(check) {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
