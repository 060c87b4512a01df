/** What is measured, the same bytes in every run and host. */
import { ed25519 } from '@noble/curves/ed25519.js';

export const LEAVES = 131_072;
export const PROOFS = 10_000;
export const SIGNATURES = 1_024;

/** `length` bytes that differ from those of every other `seed`: xorshift32. */
export function noise(seed, length) {
  const bytes = new Uint8Array(length);
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** The bytes with one bit of byte `at` changed. */
export function tampered(bytes, at) {
  const copy = Uint8Array.from(bytes);
  copy[at] ^= 1;
  return copy;
}

/** `count` leaf hashes, one by one and joined. */
export function leafHashes(count) {
  const flat = noise(1, count * 32);
  return { flat, each: slices(flat, 32) };
}

export function slices(flat, width) {
  return Array.from({ length: flat.length / width }, (_, i) => flat.subarray(i * width, (i + 1) * width));
}

/** Inclusion proofs of leaves all over a tree, made by `MerkleLog` of the package; the peers judge them. */
export function inclusions({ MerkleLog }, leaves, count) {
  const log = MerkleLog.fromLeafHashes(leaves.flat);
  const indexes = Array.from({ length: count }, (_, i) => BigInt(Math.floor((i * leaves.each.length) / count)));
  const proofs = indexes.map((index) => log.proveInclusion(index));
  const given = { rootHash: log.root(), size: log.size, indexes, proofs, leaves: indexes.map((index) => leaves.each[Number(index)]) };
  log.free();
  return given;
}

/** Signatures of messages of 32 to 95 bytes, the lengths of what a ledger signs, by key number `key`. */
export function signatures(count, key) {
  const secret = noise(key, 32);
  const publicKey = ed25519.getPublicKey(secret);
  const messages = Array.from({ length: count }, (_, i) => noise(1000 + i, 32 + (i % 64)));
  return { publicKey, messages, signatures: messages.map((message) => ed25519.sign(message, secret)) };
}
