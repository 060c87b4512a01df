/** The C2SP tlog-tiles read side of a log: tiles, bundles, and the proofs that are made from them. */
import { judged, VerificationError } from '../errors.js';
import * as wasm from '../stateledger_wasm.js';
import { started } from '../wasm.js';
import { LedgerError } from './errors.js';
import type { Transport } from './transport.js';

/** Hashes in a full tile, entries in a full bundle. */
export const FULL_WIDTH = 256;
const HASH_BYTES = 32;
/** 256 entries of 65,535 bytes, each with a length of 2 bytes. */
const MAX_BUNDLE_BYTES = FULL_WIDTH * (65_535 + 2);
/** core's limit of a signed note. */
const MAX_NOTE_BYTES = 256 << 10;
/** Full tiles that are kept: 64 * 8 KiB = 512 KiB; a page of 1,000 records needs five of the lowest level. */
const KEPT_TILES = 64;
/** Tiles under way at once. */
const AT_ONCE = 8;

/** The hash of a leaf, 32 bytes. */
export function leafHash(entry: Uint8Array): Uint8Array {
  started();
  return wasm.leaf_hash(entry);
}

/** One tile of a tree. */
export interface TileId {
  level: number;
  index: bigint;
  width: number;
}

/** Reads one log. Nothing that it answers is verified; its proofs are checked by those who use them. */
export class Tiles {
  readonly #transport: Transport;
  readonly #base: URL;
  /** Full tiles by level and index, the least recently used first. */
  readonly #kept = new Map<string, Uint8Array>();

  /** `base` is the log's prefix and ends in a slash. */
  constructor(transport: Transport, base: URL) {
    this.#transport = transport;
    this.#base = base;
  }

  /** The newest signed checkpoint's bytes. */
  async checkpoint(signal?: AbortSignal): Promise<Uint8Array> {
    const { body } = await this.#transport.send({ url: new URL('checkpoint', this.#base), limit: MAX_NOTE_BYTES, signal });
    return body;
  }

  /** The hashes of one tile, `width` of them, in a buffer that is the caller's. */
  async tile({ level, index, width }: TileId, signal?: AbortSignal): Promise<Uint8Array> {
    started();
    const path = (wide: number) => wasm.tile_path(level, index, wide);
    const bytes = await this.#resource(path, width, FULL_WIDTH * HASH_BYTES, signal);
    const wanted = width * HASH_BYTES;
    // A full tile may be answered where a part of it was due.
    if (bytes.length !== wanted && bytes.length !== FULL_WIDTH * HASH_BYTES) {
      throw new VerificationError('tile-malformed', `${path(width)} has ${bytes.length} bytes, not ${wanted}`, undefined);
    }
    return bytes.subarray(0, wanted);
  }

  /** The bytes of one entry bundle; whoever reads them parses them. */
  bundle(index: bigint, width: number, signal?: AbortSignal): Promise<Uint8Array> {
    started();
    return this.#resource((wide) => wasm.bundle_path(index, wide), width, MAX_BUNDLE_BYTES, signal);
  }

  /** The hashes of a consistency proof between two sizes, made from the tiles of the later one. */
  async proveConsistency(oldSize: bigint, newSize: bigint, signal?: AbortSignal): Promise<Uint8Array> {
    started();
    const needed = judged(() => wasm.tiles_for_consistency(oldSize, newSize));
    return this.#proved(needed, signal, (set) => set.prove_consistency(oldSize, newSize));
  }

  /** The hashes of an inclusion proof for each index. */
  async proveInclusions(indexes: readonly bigint[], size: bigint, signal?: AbortSignal): Promise<Uint8Array[]> {
    started();
    const needed = indexes.flatMap((index) => [...judged(() => wasm.tiles_for_inclusion(index, size))]);
    return this.#proved(BigUint64Array.from(needed), signal, (set) => indexes.map((index) => set.prove_inclusion(index, size)));
  }

  /** The bytes of a batch proof of these indexes, ascending. It holds the tiles that they lie in, 8 KiB each, until it is made. */
  async proveBatch(indexes: readonly bigint[], size: bigint, signal?: AbortSignal): Promise<Uint8Array> {
    started();
    // Leaves of one tile need the same tiles.
    const one = new Map(indexes.map((index) => [index / BigInt(FULL_WIDTH), index]));
    const needed = [...one.values()].flatMap((index) => [...judged(() => wasm.tiles_for_inclusion(index, size))]);
    return this.#proved(BigUint64Array.from(needed), signal, (set) => set.prove_batch(BigUint64Array.from(indexes), size));
  }

  /** Forgets every kept tile: after a proof that did not hold one of them may be bad. */
  forget(): void {
    this.#kept.clear();
  }

  async #proved<T>(needed: BigUint64Array, signal: AbortSignal | undefined, prove: (set: wasm.TileSet) => T): Promise<T> {
    const tiles = distinct(needed);
    const hashes = await inParallel(tiles, AT_ONCE, (id) => this.#keptTile(id, signal));
    const set = new wasm.TileSet();
    try {
      return judged(() => {
        tiles.forEach(({ level, index }, at) => set.insert(level, index, hashes[at] ?? new Uint8Array()));
        return prove(set);
      });
    } finally {
      set.free();
    }
  }

  /** A partial resource may be gone once the full one exists (tlog-tiles, "Partial Tiles"). */
  async #resource(path: (width: number) => string, width: number, limit: number, signal?: AbortSignal): Promise<Uint8Array> {
    const get = (wide: number) => this.#transport.send({ url: new URL(path(wide), this.#base), limit, signal });
    try {
      const answer = await get(width).catch((error: unknown) => {
        if (width < FULL_WIDTH && isMissing(error)) return get(FULL_WIDTH);
        throw error;
      });
      return answer.body;
    } catch (error) {
      if (isMissing(error)) throw new VerificationError('tile-missing', `the log does not have ${path(width)}, which its checkpoint covers`, undefined);
      throw error;
    }
  }

  /** A full tile never changes, so it is fetched once. */
  async #keptTile(id: TileId, signal?: AbortSignal): Promise<Uint8Array> {
    const name = `${id.level}/${id.index}`;
    const kept = this.#kept.get(name);
    if (kept === undefined && id.width < FULL_WIDTH) return this.tile(id, signal);
    const bytes = kept ?? (await this.tile(id, signal));
    this.#kept.delete(name);
    this.#kept.set(name, bytes);
    const oldest = this.#kept.size > KEPT_TILES ? this.#kept.keys().next().value : undefined;
    if (oldest !== undefined) this.#kept.delete(oldest);
    return bytes.subarray(0, id.width * HASH_BYTES);
  }
}

/** Runs `work` for each of `items`, some at once, and answers in their order. The first failure ends it. */
export async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}

/** The tiles of a list of (level, index, width), each once. */
function distinct(triples: BigUint64Array): TileId[] {
  const tiles = new Map<string, TileId>();
  for (let at = 0; at + 2 < triples.length; at += 3) {
    const [level = 0n, index = 0n, width = 0n] = triples.subarray(at, at + 3);
    tiles.set(`${level}/${index}`, { level: Number(level), index, width: Number(width) });
  }
  return [...tiles.values()];
}

function isMissing(error: unknown): boolean {
  return error instanceof LedgerError && (error.status === 404 || error.status === 410);
}
