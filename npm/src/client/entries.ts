/** Entries of any tlog-tiles log, read from its bundles and proven under a verified head. */
import { options, u64 } from '../arguments.js';
import { VerificationError } from '../errors.js';
import { verifyInclusions } from '../tree.js';
import type { Receipt } from '../types.js';
import { toBase64 } from './answer.js';
import type { Head } from './heads.js';
import { signalOf } from './signal.js';
import { FULL_WIDTH, inParallel, leafHash, type Tiles } from './tiles.js';

const BUNDLE = BigInt(FULL_WIDTH);
/** Bundles under way at once. */
const AT_ONCE = 4;
/** Entries of one call: at most 4,096 * 64 KiB = 256 MiB, mostly some megabytes. */
const MAX_ENTRIES = 4_096n;

/** Which entries to read. */
export interface EntriesOptions {
  /** The first index. */
  start: bigint;
  /** The index after the last; at most 4,096 more than `start`. */
  end: bigint;
  signal?: AbortSignal | undefined;
}

/** An entry that is in the signed tree. */
export interface ProvenEntry {
  /** Its position, from 0. */
  index: bigint;
  /** Its exact bytes; `decodeEntry` reads those of a StateLedger ledger. */
  entry: Uint8Array;
  /** The leaf's hash, 32 bytes. */
  leafHash: Uint8Array;
  /** What proves it under the head, n * 32 bytes. */
  proof: Uint8Array;
}

/** Reads entries `start` to below `end` and proves each in the tree of `head`. */
export async function provenEntries({ start, end, signal }: EntriesOptions, head: Head, tiles: Tiles): Promise<ProvenEntry[]> {
  if (end > head.size) throw new RangeError(`end must be at most the log's size, ${head.size}, got ${end}`);
  const indexes = Array.from({ length: Number(end - start) }, (_, at) => start + BigInt(at));
  return provenAt(indexes, head, tiles, signal);
}

/** Reads these entries (ascending, below the head's size) and proves each in the tree of `head`. */
export async function provenAt(indexes: readonly bigint[], head: Head, tiles: Tiles, signal?: AbortSignal): Promise<ProvenEntry[]> {
  const [entries, proofs] = await Promise.all([entriesAt(indexes, head.size, tiles, signal), tiles.proveInclusions(indexes, head.size, signal)]);
  const hashes = entries.map(leafHash);
  const verdicts = verifyInclusions({ rootHash: head.rootHash, size: head.size, indexes, leafHashes: joined(hashes), proofs });
  const refused = indexes[verdicts.indexOf(0)];
  if (refused !== undefined) {
    tiles.forget();
    throw new VerificationError('inclusion-invalid', `entry ${refused} is not in the signed tree`, 'inclusion', refused);
  }
  return indexes.map((index, at) => ({
    index,
    entry: entries[at] as Uint8Array,
    leafHash: hashes[at] as Uint8Array,
    proof: proofs[at] as Uint8Array,
  }));
}

/** The bytes of these entries (ascending, below `size`), each from its bundle and not verified. */
export async function entriesAt(indexes: readonly bigint[], size: bigint, tiles: Tiles, signal?: AbortSignal): Promise<Uint8Array[]> {
  const bundles = [...new Set(indexes.map((index) => index / BUNDLE))];
  const read = await inParallel(bundles, AT_ONCE, async (index) => {
    const rest = size - index * BUNDLE;
    const width = rest < BUNDLE ? Number(rest) : FULL_WIDTH;
    return split(await tiles.bundle(index, width, signal), width);
  });
  const entries = new Map(bundles.map((bundle, at) => [bundle, read[at] as Uint8Array[]]));
  return indexes.map((index) => entries.get(index / BUNDLE)?.[Number(index % BUNDLE)] as Uint8Array);
}

/** The receipt of a proven entry: a tlog-proof over the head's own text. It has no payload, which no tile holds. */
export function receiptFor({ index, entry, proof }: ProvenEntry, head: Head): Receipt {
  const hashes: string[] = [];
  for (let at = 0; at < proof.length; at += 32) hashes.push(`${toBase64(proof.subarray(at, at + 32))}\n`);
  return { entry: toBase64(entry), proof: `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes.join('')}\n${head.text}` };
}

/** What a call of `entries` names, checked. */
export function entriesCall(given: unknown): EntriesOptions {
  const { start, end, signal } = options('options', given, ['start', 'end', 'signal']);
  const [from, to] = [u64('start', start), u64('end', end)];
  if (to < from) throw new RangeError(`end must not be below start, got ${to}`);
  if (to - from > MAX_ENTRIES) throw new RangeError(`end must be at most ${MAX_ENTRIES} more than start, got ${to - from}`);
  return { start: from, end: to, signal: signalOf(signal) };
}

/** The entries of a bundle, each after its length in two bytes, big-endian (tlog-tiles); a full one may be longer than asked for. */
function split(bundle: Uint8Array, width: number): Uint8Array[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length; ) {
    const start = at + 2;
    const end = start <= bundle.length ? start + view.getUint16(at) : Infinity;
    if (end > bundle.length) throw bad('an entry bundle ends within an entry');
    entries.push(bundle.subarray(start, end));
    at = end;
  }
  if (entries.length !== width && entries.length !== FULL_WIDTH) throw bad(`an entry bundle has ${entries.length} entries, not ${width}`);
  return entries.slice(0, width);
}

function bad(message: string): VerificationError {
  return new VerificationError('bundle-malformed', message, undefined);
}

function joined(hashes: readonly Uint8Array[]): Uint8Array {
  const flat = new Uint8Array(hashes.length * 32);
  hashes.forEach((hash, at) => flat.set(hash, at * 32));
  return flat;
}
