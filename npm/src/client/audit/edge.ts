/** The right edge of a tree that is rebuilt: the unfinished tile of each level, however long the log is. */
import { VerificationError } from '../../errors.js';
import * as wasm from '../../stateledger_wasm.js';
import { fromBase64, toBase64 } from '../answer.js';
import { FULL_WIDTH, type TileId } from '../tiles.js';

const HASH_BYTES = 32;
const FULL_BYTES = FULL_WIDTH * HASH_BYTES;

/** A tile as the entries give it. */
export interface RebuiltTile extends TileId {
  hashes: Uint8Array;
}

/** Grows by full bundles, and ends with one that may be partial. */
export class Edge {
  /** Leaves that are in it, a multiple of 256. */
  #size: bigint;
  /** `#levels[l]` holds the hashes of the unfinished tile of level l + 1: roots of full tiles of level l. */
  readonly #levels: Uint8Array[];

  private constructor(size: bigint, levels: Uint8Array[]) {
    this.#size = size;
    this.#levels = levels;
  }

  /** Of no leaves. */
  static empty(): Edge {
    return new Edge(0n, []);
  }

  /** What `toJSON` wrote; another form is a `RangeError`, other hashes are found with the root. */
  static from(size: bigint, levels: readonly string[]): Edge {
    const hashes = levels.map(levelOf);
    const expected = (level: number) => Number((size >> (8n * BigInt(level + 1))) % 256n) * HASH_BYTES;
    const most = size.toString(2).length / 8;
    if (size % 256n !== 0n || levels.length > most || hashes.some((level, at) => level.length !== expected(at)) || size >> (8n * BigInt(levels.length + 1)) !== 0n) {
      throw new RangeError('resume.levels does not fit its size');
    }
    return new Edge(size, hashes);
  }

  /** The number of leaves. */
  get size(): bigint {
    return this.#size;
  }

  /** The unfinished tiles' hashes as base64, level 1 first: at most 8 KiB each, and seven of them. */
  toJSON(): string[] {
    return this.#levels.map(toBase64);
  }

  /** Adds a full bundle by the root of its leaves. Answers the tiles of higher levels that it completes. */
  push(root: Uint8Array): RebuiltTile[] {
    const completed: RebuiltTile[] = [];
    this.#size += 256n;
    let hash = root;
    for (let at = 0; ; at++) {
      const hashes = joined(this.#levels[at] ?? new Uint8Array(), hash);
      if (hashes.length < FULL_BYTES) {
        this.#levels[at] = hashes;
        return completed;
      }
      this.#levels[at] = new Uint8Array();
      // A full tile's root is one hash of the level above (tlog-tiles, "Merkle Tree").
      const index = (this.#size >> (8n * BigInt(at + 2))) - 1n;
      completed.push({ level: at + 1, index, width: FULL_WIDTH, hashes });
      hash = rootOf(hashes);
    }
  }

  /** The unfinished tiles of the higher levels. */
  unfinished(): RebuiltTile[] {
    const tiles = this.#levels.map((hashes, at) => {
      const index = this.#size >> (8n * BigInt(at + 2));
      return { level: at + 1, index, width: hashes.length / HASH_BYTES, hashes };
    });
    return tiles.filter(({ width }) => width > 0);
  }

  /** The root with `leaves` (n * 32 bytes, fewer than 256) after the full bundles. */
  root(leaves: Uint8Array): Uint8Array {
    const set = new wasm.TileSet();
    try {
      for (const { level, index, hashes } of this.unfinished()) set.insert(level, index, hashes);
      if (leaves.length > 0) set.insert(0, this.#size / 256n, leaves);
      return set.root(this.#size + BigInt(leaves.length / HASH_BYTES));
    } finally {
      set.free();
    }
  }
}

/** A served tile must be the rebuilt one, hash by hash; the first other hash names the first leaf below it. */
export function demandSameTile(rebuilt: RebuiltTile, served: Uint8Array): void {
  const place = Math.floor(rebuilt.hashes.findIndex((byte, at) => byte !== served[at]) / HASH_BYTES);
  if (place < 0) return;
  const leaf = (rebuilt.index * 256n + BigInt(place)) << (8n * BigInt(rebuilt.level));
  const message = `hash ${place} of tile ${rebuilt.index} at level ${rebuilt.level} is not what the entries give`;
  throw new VerificationError('tile-mismatch', message, 'inclusion', leaf);
}

function levelOf(text: string): Uint8Array {
  try {
    return fromBase64(text, 'resume.levels');
  } catch (cause) {
    throw new RangeError('resume.levels must hold base64', { cause });
  }
}

function rootOf(hashes: Uint8Array): Uint8Array {
  const log = wasm.MerkleLog.from_leaf_hashes(hashes);
  try {
    return log.root(BigInt(hashes.length / HASH_BYTES));
  } finally {
    log.free();
  }
}

function joined(before: Uint8Array, hash: Uint8Array): Uint8Array {
  const both = new Uint8Array(before.length + hash.length);
  both.set(before);
  both.set(hash, before.length);
  return both;
}
