import { bytes, flatten, list, options, u64, words } from './arguments.js';
import { judged } from './errors.js';
import * as wasm from './stateledger_wasm.js';
import { started } from './wasm.js';

/** One leaf, one proof, one root. */
export interface Inclusion {
  /** The leaf's hash, 32 bytes. */
  leafHash: Uint8Array;
  /** The leaf's position, from 0. */
  index: bigint;
  /** The tree's number of leaves, up to 2^64-1. */
  size: bigint;
  /** The tree's root, 32 bytes. */
  rootHash: Uint8Array;
  /** The audit path, leaf to root, 32 bytes a hash, joined. */
  proof: Uint8Array;
}

/** Many leaves of one tree. */
export interface Inclusions {
  /** The tree's root, 32 bytes. */
  rootHash: Uint8Array;
  /** The tree's number of leaves. */
  size: bigint;
  /** One position a leaf. */
  indexes: readonly bigint[];
  /** One hash a leaf, joined: n * 32 bytes. */
  leafHashes: Uint8Array;
  /** One audit path a leaf, each joined like `Inclusion.proof`. */
  proofs: readonly Uint8Array[];
}

/** Two heads of one tree. */
export interface Consistency {
  /** The earlier number of leaves. */
  oldSize: bigint;
  /** The earlier root, 32 bytes. */
  oldRoot: Uint8Array;
  /** The later number of leaves. */
  newSize: bigint;
  /** The later root, 32 bytes. */
  newRoot: Uint8Array;
  /** The consistency path, 32 bytes a hash, joined. */
  proof: Uint8Array;
}

/** Many leaves of one tree, under one proof. */
export interface BatchInclusion {
  /** The tree's root, 32 bytes. */
  rootHash: Uint8Array;
  /** The tree's number of leaves, up to 2^64-1. */
  size: bigint;
  /** One hash a leaf, joined, in the order of the proof's indexes. */
  leafHashes: Uint8Array;
  /** The proof's bytes, `application/vnd.stateledger.batch-proof`: which leaves, and the hashes. */
  proof: Uint8Array;
}

/** Leaves that follow each other. */
export interface RangeInclusion {
  /** The tree's root, 32 bytes. */
  rootHash: Uint8Array;
  /** The tree's number of leaves, up to 2^64-1. */
  size: bigint;
  /** The first leaf's position, from 0. */
  start: bigint;
  /** One hash a leaf, joined: 1 to 1,048,576 of 32 bytes. */
  leafHashes: Uint8Array;
  /** The proof, 32 bytes a hash, joined; of one leaf, its inclusion proof. */
  proof: Uint8Array;
}

/** One leaf, in a subtree of its log. */
export interface SubtreeInclusion {
  /** The leaf's hash, 32 bytes. */
  leafHash: Uint8Array;
  /** The leaf's position in the log, from 0. */
  index: bigint;
  /** The subtree's first leaf: a multiple of the smallest power of two that is at least `end - start`. */
  start: bigint;
  /** The leaf after its last. */
  end: bigint;
  /** The subtree's root, 32 bytes. */
  subtreeRoot: Uint8Array;
  /** The audit path, leaf to the subtree's root, 32 bytes a hash, joined. */
  proof: Uint8Array;
}

/** A subtree, and a tree that it is part of. */
export interface SubtreeConsistency {
  /** The subtree's first leaf: a multiple of the smallest power of two that is at least `end - start`. */
  start: bigint;
  /** The leaf after its last. */
  end: bigint;
  /** The subtree's root, 32 bytes. */
  subtreeRoot: Uint8Array;
  /** The tree's number of leaves. */
  size: bigint;
  /** The tree's root, 32 bytes. */
  rootHash: Uint8Array;
  /** The subtree consistency proof, 32 bytes a hash, joined. */
  proof: Uint8Array;
}

/**
 * Verifies that a leaf is in a tree (RFC 9162 §2.1.3.2). Returns nothing; a proof that does not hold throws
 * `VerificationError` (`proof-ragged`, `index-out-of-range`, `inclusion-invalid`).
 */
export function verifyInclusion(inclusion: Inclusion): void {
  started();
  const given = options('inclusion', inclusion, ['leafHash', 'index', 'size', 'rootHash', 'proof']);
  const leafHash = bytes('leafHash', given.leafHash, 32);
  const index = u64('index', given.index);
  const size = u64('size', given.size);
  const rootHash = bytes('rootHash', given.rootHash, 32);
  const proof = bytes('proof', given.proof);
  judged(() => wasm.verify_inclusion(leafHash, index, size, rootHash, proof));
}

/** Judges many leaves of one tree, at most 1,048,576, each by itself as `verifyInclusion` would: one byte a leaf, 1 = valid. */
export function verifyInclusions(inclusions: Inclusions): Uint8Array {
  started();
  const given = options('inclusions', inclusions, ['rootHash', 'size', 'indexes', 'leafHashes', 'proofs']);
  const indexes = BigUint64Array.from(list('indexes', given.indexes, u64));
  const size = u64('size', given.size);
  const proofs = flatten('proofs', list('proofs', given.proofs, bytes));
  const rootHash = bytes('rootHash', given.rootHash, 32);
  const leafHashes = bytes('leafHashes', given.leafHashes);
  sameCount('leafHashes', leafHashes.length / 32, indexes.length);
  sameCount('proofs', proofs.lengths.length, indexes.length);
  return judged(() => wasm.verify_inclusions(rootHash, size, indexes, leafHashes, proofs.bytes, proofs.lengths));
}

/**
 * Verifies that the later tree extends the earlier one (RFC 9162 §2.1.4.2). From size 0 the answer is `trivial`:
 * every tree extends the empty one, so nothing was shown. Refusals throw `VerificationError` (`proof-ragged`,
 * `sizes-reversed`, `consistency-invalid`).
 */
export function verifyConsistency(consistency: Consistency): 'verified' | 'trivial' {
  started();
  const given = options('consistency', consistency, ['oldSize', 'oldRoot', 'newSize', 'newRoot', 'proof']);
  const oldSize = u64('oldSize', given.oldSize);
  const newSize = u64('newSize', given.newSize);
  const oldRoot = bytes('oldRoot', given.oldRoot, 32);
  const newRoot = bytes('newRoot', given.newRoot, 32);
  const proof = bytes('proof', given.proof);
  const trivial = judged(() => wasm.verify_consistency(oldSize, oldRoot, newSize, newRoot, proof));
  return trivial ? 'trivial' : 'verified';
}

/**
 * Verifies many leaves of one tree under one proof, and answers their positions: the proof names them, so compare them
 * with those that you mean. Throws `VerificationError` (`batch-proof-malformed`, `batch-leaves-invalid`,
 * `index-out-of-range`, `inclusion-invalid`).
 */
export function verifyBatchProof(inclusion: BatchInclusion): bigint[] {
  started();
  const given = options('inclusion', inclusion, ['rootHash', 'size', 'leafHashes', 'proof']);
  const rootHash = bytes('rootHash', given.rootHash, 32);
  const size = u64('size', given.size);
  const leafHashes = words('leafHashes', given.leafHashes);
  const proof = bytes('proof', given.proof);
  return Array.from(judged(() => wasm.verify_batch_proof(rootHash, size, leafHashes, proof)));
}

/**
 * Verifies leaves that follow each other, from `start` on. Returns nothing; refusals throw `VerificationError`
 * (`proof-ragged`, `batch-leaves-invalid`, `index-out-of-range`, `inclusion-invalid`).
 */
export function verifyRange(inclusion: RangeInclusion): void {
  started();
  const given = options('inclusion', inclusion, ['rootHash', 'size', 'start', 'leafHashes', 'proof']);
  const rootHash = bytes('rootHash', given.rootHash, 32);
  const [size, start] = [u64('size', given.size), u64('start', given.start)];
  const leafHashes = words('leafHashes', given.leafHashes);
  const proof = bytes('proof', given.proof);
  judged(() => wasm.verify_range(rootHash, size, start, leafHashes, proof));
}

/**
 * Verifies that a leaf is in a subtree: what a cosignature of a part of a log speaks of, and a Merkle Tree Certificate's
 * proof leads to (draft-ietf-plants-merkle-tree-certs section 4.3). Returns nothing; refusals throw `VerificationError`
 * (`proof-ragged`, `subtree-invalid`, `index-out-of-range`, `inclusion-invalid`).
 */
export function verifySubtreeInclusion(inclusion: SubtreeInclusion): void {
  started();
  const given = options('inclusion', inclusion, ['leafHash', 'index', 'start', 'end', 'subtreeRoot', 'proof']);
  const leafHash = bytes('leafHash', given.leafHash, 32);
  const [index, start, end] = [u64('index', given.index), u64('start', given.start), u64('end', given.end)];
  const subtreeRoot = bytes('subtreeRoot', given.subtreeRoot, 32);
  const proof = bytes('proof', given.proof);
  judged(() => wasm.verify_subtree_inclusion(leafHash, index, start, end, subtreeRoot, proof));
}

/**
 * Verifies that a subtree is part of a tree (the same draft, section 4.4). Returns nothing; refusals throw
 * `VerificationError` (`proof-ragged`, `subtree-invalid`, `sizes-reversed`, `consistency-invalid`).
 */
export function verifySubtreeConsistency(consistency: SubtreeConsistency): void {
  started();
  const given = options('consistency', consistency, ['start', 'end', 'subtreeRoot', 'size', 'rootHash', 'proof']);
  const [start, end, size] = [u64('start', given.start), u64('end', given.end), u64('size', given.size)];
  const subtreeRoot = bytes('subtreeRoot', given.subtreeRoot, 32);
  const rootHash = bytes('rootHash', given.rootHash, 32);
  const proof = bytes('proof', given.proof);
  judged(() => wasm.verify_subtree_consistency(start, end, subtreeRoot, size, rootHash, proof));
}

function sameCount(name: string, count: number, indexes: number): void {
  if (count !== indexes) throw new RangeError(`${name} must hold one for each of ${indexes} indexes, got ${count}`);
}
