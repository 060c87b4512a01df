/** RFC 9162 over @noble/hashes: what a front-end engineer would write with that library, without a needless copy. */
import { sha256 } from '@noble/hashes/sha2.js';

const message = new Uint8Array(65);

/** SHA-256(0x01 || left || right). */
export function nodeHash(left, right) {
  message[0] = 1;
  message.set(left, 1);
  message.set(right, 33);
  return sha256(message);
}

/** Section 2.1.3.2, for sizes below 2^53. */
export function verifyInclusion(leaf, index, size, proof, root) {
  if (index >= size) return false;
  let [fn, sn, node] = [Number(index), Number(size) - 1, leaf];
  for (let at = 0; at < proof.length; at += 32) {
    if (sn === 0) return false;
    const sibling = proof.subarray(at, at + 32);
    if (fn % 2 === 1 || fn === sn) {
      node = nodeHash(sibling, node);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else {
      node = nodeHash(node, sibling);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && node.every((byte, i) => byte === root[i]);
}
