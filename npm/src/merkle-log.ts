/// <reference lib="esnext.disposable" preserve="true" />
import { entryBytes, flatten, list, u64, words } from './arguments.js';
import { judged } from './errors.js';
import * as wasm from './stateledger_wasm.js';
import { started } from './wasm.js';

/**
 * An RFC 6962 tree in the module's memory: leaf hashes in, roots and proofs out. It keeps 64 bytes a leaf and no
 * entries. `free` gives the memory back; a `using` declaration does so at the end of its block.
 */
export class MerkleLog {
  #inner: wasm.MerkleLog | undefined;

  private constructor(inner: wasm.MerkleLog) {
    started();
    if (!(inner instanceof wasm.MerkleLog)) throw new TypeError('a MerkleLog is made by fromEntries or fromLeafHashes');
    this.#inner = inner;
  }

  /** A log of these entries in order: at most 1,048,576, each of at most 65,535 bytes. */
  static fromEntries(entries: readonly Uint8Array[]): MerkleLog {
    started();
    const { bytes: joined, lengths } = flatten('entries', list('entries', entries, entryBytes));
    return new MerkleLog(judged(() => wasm.MerkleLog.from_entries(joined, lengths)));
  }

  /** A log of these leaf hashes: n * 32 bytes, joined, at most 256 MiB. */
  static fromLeafHashes(flat: Uint8Array): MerkleLog {
    started();
    const hashes = words('flat', flat);
    return new MerkleLog(judged(() => wasm.MerkleLog.from_leaf_hashes(hashes)));
  }

  /** Appends one entry of at most 65,535 bytes and answers its index. */
  append(entry: Uint8Array): bigint {
    const log = this.#live();
    const leaf = entryBytes('entry', entry);
    return judged(() => log.append(leaf));
  }

  /** The number of leaves. */
  get size(): bigint {
    return this.#live().size;
  }

  /** The root, 32 bytes, of the log as it is or as it was at `size` leaves. */
  root(size?: bigint): Uint8Array {
    const log = this.#live();
    const at = size === undefined ? log.size : u64('size', size);
    return judged(() => log.root(at));
  }

  /** The audit path of a leaf, joined, in the tree of `size` leaves (default: all). */
  proveInclusion(index: bigint, size?: bigint): Uint8Array {
    const log = this.#live();
    const leaf = u64('index', index);
    const at = size === undefined ? log.size : u64('size', size);
    return judged(() => log.prove_inclusion(leaf, at));
  }

  /** The consistency path, joined, from `oldSize` leaves to `newSize` (default: all). */
  proveConsistency(oldSize: bigint, newSize?: bigint): Uint8Array {
    const log = this.#live();
    const before = u64('oldSize', oldSize);
    const after = newSize === undefined ? log.size : u64('newSize', newSize);
    return judged(() => log.prove_consistency(before, after));
  }

  /** The batch proof, as bytes, of these leaves (ascending, at most 1,048,576) in the tree of `size` leaves (default: all). */
  proveBatch(indexes: readonly bigint[], size?: bigint): Uint8Array {
    this.#live();
    const leaves = BigUint64Array.from(list('indexes', indexes, u64));
    // Afresh: behind a proxy a list can run code, which can free this.
    const log = this.#live();
    const at = size === undefined ? log.size : u64('size', size);
    return judged(() => log.prove_batch(leaves, at));
  }

  /** The range proof, joined, of the leaves from `start` to before `end` in the tree of `size` leaves (default: all). */
  proveRange(start: bigint, end: bigint, size?: bigint): Uint8Array {
    const log = this.#live();
    const [from, to] = [u64('start', start), u64('end', end)];
    const at = size === undefined ? log.size : u64('size', size);
    return judged(() => log.prove_range(from, to, at));
  }

  /** Gives the memory back; a second call does nothing, any other call after it throws. */
  free(): void {
    this.#inner?.free();
    this.#inner = undefined;
  }

  /** The same as `free`, for `using`. */
  [Symbol.dispose](): void {
    this.free();
  }

  #live(): wasm.MerkleLog {
    if (this.#inner === undefined) throw new TypeError('this MerkleLog was freed');
    return this.#inner;
  }
}
