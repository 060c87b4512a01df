/** Records fetched, proven under one head, and put into an audit bundle. */
import { bytes, describe, list, options, u64 } from '../arguments.js';
import { bundleReceipts, verifyBundle } from '../bundle.js';
import type { Receipt, Trust } from '../types.js';
import type { Head } from './heads.js';
import type { LedgerRecord } from './records.js';
import { signalOf } from './signal.js';

/** The most leaves of a batch proof (FORMAT.md). */
const MAX_RECORDS = 1 << 20;
/** Records that are fetched and proven together. */
const AT_ONCE = 256;

/** Which records a bundle gets. */
export interface ExportOptions {
  /** These records, in any order. */
  indexes?: readonly bigint[] | undefined;
  /** Or all from this one, default 0, */
  start?: bigint | undefined;
  /** to the one before this; default: the ledger's size. */
  end?: bigint | undefined;
  /** The exporter's Ed25519 private key, 32 bytes, if he signs the bundle. */
  seed?: Uint8Array | undefined;
  /** Called with the number of records that are in, and of all. */
  onProgress?: ((progress: { records: number; of: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What an export needs of its client. */
export interface ExportAccess {
  trust: Trust;
  head(signal: AbortSignal | undefined): Promise<Head>;
  records(indexes: readonly bigint[], head: Head, signal: AbortSignal | undefined): Promise<LedgerRecord[]>;
}

/** Makes the bundle, and verifies it as its reader will. */
export async function exportBundle(given: ExportOptions, access: ExportAccess): Promise<Uint8Array> {
  const told = exportCall(given);
  const head = await access.head(told.signal);
  const indexes = told.indexes ?? range(told.start, told.end ?? head.size);
  const receipts: Receipt[] = [];
  for (let at = 0; at < indexes.length; at += AT_ONCE) {
    const records = await access.records(indexes.slice(at, at + AT_ONCE), head, told.signal);
    receipts.push(...records.map(({ receipt }) => receipt));
    told.onProgress?.({ records: receipts.length, of: indexes.length });
  }
  const bundle = bundleReceipts(receipts, told.seed);
  verifyBundle(bundle, access.trust);
  return bundle;
}

function range(start: bigint, end: bigint): bigint[] {
  if (end <= start) throw new RangeError(`there is no record from ${start} to ${end}`);
  if (end - start > BigInt(MAX_RECORDS)) throw new RangeError(`a bundle holds at most ${MAX_RECORDS} records`);
  return Array.from({ length: Number(end - start) }, (_, at) => start + BigInt(at));
}

type ExportCall = Omit<ExportOptions, 'start'> & { start: bigint };

function exportCall(value: unknown): ExportCall {
  const given = options('options', value, ['indexes', 'start', 'end', 'seed', 'onProgress', 'signal']);
  const { onProgress } = given;
  if (given.indexes !== undefined && (given.start !== undefined || given.end !== undefined)) throw new TypeError('give indexes, or start and end');
  if (onProgress !== undefined && typeof onProgress !== 'function') throw new TypeError(`onProgress must be a function, got ${describe(onProgress)}`);
  return {
    indexes: given.indexes === undefined ? undefined : indexList(given.indexes),
    start: given.start === undefined ? 0n : u64('start', given.start),
    end: given.end === undefined ? undefined : u64('end', given.end),
    seed: given.seed === undefined ? undefined : bytes('seed', given.seed, 32),
    onProgress: onProgress as ExportOptions['onProgress'],
    signal: signalOf(given.signal),
  };
}

/** Sorted, each once. */
function indexList(value: unknown): bigint[] {
  const indexes = [...new Set(list('indexes', value, u64))].sort((a, b) => (a < b ? -1 : 1));
  if (indexes.length === 0) throw new RangeError('indexes must name at least one record');
  return indexes;
}
