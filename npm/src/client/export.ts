/** Records fetched, put into an audit bundle under one batch proof, and verified as their reader will. */
import { bytes, describe, list, options, u64 } from '../arguments.js';
import { encodeBundle, verifyBundle, type BundlePart } from '../bundle.js';
import type { Trust } from '../types.js';
import type { Head } from './heads.js';
import { fetchParts, type PartsAccess } from './parts.js';
import { signalOf } from './signal.js';

/** The most leaves of a batch proof (FORMAT.md). */
const MAX_RECORDS = 1 << 20;

/** Which records a bundle gets. */
export interface ExportOptions {
  /** These records, in any order. */
  indexes?: readonly bigint[] | undefined;
  /** Or all from this one, default 0, */
  start?: bigint | undefined;
  /** to the one before this; default: the ledger's size. */
  end?: bigint | undefined;
  /** False leaves payloads out, and reads the log's tiles alone; default true. */
  payloads?: boolean | undefined;
  /** The exporter's Ed25519 private key, 32 bytes, if he signs the bundle. */
  seed?: Uint8Array | undefined;
  /** Called with the number of records that are in, and of all. */
  onProgress?: ((progress: { records: number; of: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What an export needs of its client. */
export interface ExportAccess extends PartsAccess {
  /** Without authors: whose signatures a record needs, its reader says. */
  trust: Trust;
  /** Whether the ledger's own records may be added, which have no authors. */
  witnesses: boolean;
  head(signal: AbortSignal | undefined): Promise<Head>;
}

/** Makes the bundle, and verifies it as its reader will: until then nothing of it is believed. */
export async function exportBundle(given: ExportOptions, access: ExportAccess): Promise<Uint8Array> {
  const told = exportCall(given);
  const { signal } = told;
  const head = await access.head(signal);
  const parts = new Map<bigint, BundlePart>();
  const fetched = async (indexes: readonly bigint[]) => {
    const of = parts.size + indexes.length;
    const report = () => told.onProgress?.({ records: parts.size, of });
    return fetchParts(indexes, { access, size: head.size, payloads: told.payloads, signal }, (index, part) => parts.set(index, part), report);
  };
  const erasures = await fetched(told.indexes ?? range(told.start, told.end ?? head.size));
  // With an erased record goes the one that says so.
  const witnesses = ascending(erasures.filter((index) => index < head.size && !parts.has(index)));
  if (access.witnesses && witnesses.length > 0) await fetched(witnesses);

  const indexes = ascending([...parts.keys()]);
  const proof = await access.tiles.proveBatch(indexes, head.size, signal);
  const records = indexes.map((index) => parts.get(index) as BundlePart);
  const bundle = encodeBundle({ checkpoint: head.text, proof, records, seed: told.seed });
  try {
    verifyBundle(bundle, access.trust);
  } catch (error) {
    access.tiles.forget();
    throw error;
  }
  return bundle;
}

function range(start: bigint, end: bigint): bigint[] {
  if (end <= start) throw new RangeError(`there is no record from ${start} to ${end}`);
  if (end - start > BigInt(MAX_RECORDS)) throw new RangeError(`a bundle holds at most ${MAX_RECORDS} records`);
  return Array.from({ length: Number(end - start) }, (_, at) => start + BigInt(at));
}

type ExportCall = Omit<ExportOptions, 'start' | 'payloads'> & { start: bigint; payloads: boolean };

function exportCall(value: unknown): ExportCall {
  const given = options('options', value, ['indexes', 'start', 'end', 'payloads', 'seed', 'onProgress', 'signal']);
  const { onProgress, payloads = true } = given;
  if (given.indexes !== undefined && (given.start !== undefined || given.end !== undefined)) throw new TypeError('give indexes, or start and end');
  if (typeof payloads !== 'boolean') throw new TypeError(`payloads must be a boolean, got ${describe(payloads)}`);
  if (onProgress !== undefined && typeof onProgress !== 'function') throw new TypeError(`onProgress must be a function, got ${describe(onProgress)}`);
  return {
    indexes: given.indexes === undefined ? undefined : indexList(given.indexes),
    start: given.start === undefined ? 0n : u64('start', given.start),
    end: given.end === undefined ? undefined : u64('end', given.end),
    payloads,
    seed: given.seed === undefined ? undefined : bytes('seed', given.seed, 32),
    onProgress: onProgress as ExportOptions['onProgress'],
    signal: signalOf(given.signal),
  };
}

function indexList(value: unknown): bigint[] {
  const indexes = ascending(list('indexes', value, u64));
  if (indexes.length === 0) throw new RangeError('indexes must name at least one record');
  return indexes;
}

/** Sorted, each once. */
function ascending(indexes: readonly bigint[]): bigint[] {
  return [...new Set(indexes)].sort((a, b) => (a < b ? -1 : 1));
}
