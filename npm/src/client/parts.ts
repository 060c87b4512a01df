/** The contents of many records, read with as few requests as there are pages or bundles. Nothing here is verified. */
import type { BundlePart } from '../bundle.js';
import { fromBase64, mismatch, type Members } from './answer.js';
import { VerificationError } from '../errors.js';
import { entriesAt } from './entries.js';
import { MAX_PAGE_BYTES } from './list.js';
import { servedPage, type ServedRecord } from './records.js';
import { inParallel, type Tiles } from './tiles.js';

/** Records of one page, which is as many as a server answers. */
const PAGE = 1_000;
/** Pages, or single records, under way at once: at most 4 * 12 MiB of payloads in an answer's form, mostly far less. */
const AT_ONCE = 4;
/** Records that nobody asked for are read along where a request more would cost more. */
const GAP = 8n;
/** Bundles whose entries are read together, when nothing but entries is asked for. */
const ENTRIES_TOGETHER = 2_048;

/** What this needs of its client. */
export interface PartsAccess {
  tiles: Tiles;
  page(query: URLSearchParams, limit: number, signal: AbortSignal | undefined): Promise<Members>;
  record(index: bigint, signal: AbortSignal | undefined): Promise<ServedRecord>;
}

/** How it is asked. */
export interface PartsCall {
  access: PartsAccess;
  /** The tree's size. */
  size: bigint;
  payloads: boolean;
  signal: AbortSignal | undefined;
}

/**
 * Hands over the parts of these records (ascending) in no certain order, and calls `report` after each request. Answers
 * the indexes of the records that tell of an erasure.
 */
export async function fetchParts(
  indexes: readonly bigint[],
  { access, size, payloads, signal }: PartsCall,
  take: (index: bigint, part: BundlePart) => void,
  report: () => void,
): Promise<bigint[]> {
  const last = indexes.at(-1);
  if (last !== undefined && last >= size) throw new RangeError(`there is no record ${last}: the ledger has ${size}`);
  if (!payloads) {
    for (let at = 0; at < indexes.length; at += ENTRIES_TOGETHER) {
      const some = indexes.slice(at, at + ENTRIES_TOGETHER);
      const entries = await entriesAt(some, size, access.tiles, signal);
      some.forEach((index, place) => take(index, { entry: (entries[place] as Uint8Array).slice() }));
      report();
    }
    return [];
  }
  const erasures: bigint[] = [];
  const got = ({ index, entry, payload, salt, erased }: ServedRecord) => {
    if (erased !== undefined) erasures.push(erased.index);
    take(index, { entry, payload, salt: salt === undefined ? undefined : fromBase64(salt, 'salt') });
  };
  await inParallel(runs(indexes), AT_ONCE, async (run) => {
    if (run.length === 1) got(await access.record(run[0] as bigint, signal));
    else await pages(run, access, signal, got, report);
    report();
  });
  return erasures;
}

/** Indexes that stand so close that one page brings them. */
function runs(indexes: readonly bigint[]): bigint[][] {
  const found: bigint[][] = [];
  for (const index of indexes) {
    const run = found.at(-1);
    const [first, before] = [run?.[0], run?.at(-1)];
    if (run !== undefined && first !== undefined && before !== undefined && index - before <= GAP && index - first < PAGE) run.push(index);
    else found.push([index]);
  }
  return found;
}

/** Reads a run; a page ends early where its records are long, and the next one begins after it. */
async function pages(run: readonly bigint[], access: PartsAccess, signal: AbortSignal | undefined, got: (record: ServedRecord) => void, report: () => void): Promise<void> {
  const wanted = new Set(run);
  const end = (run.at(-1) as bigint) + 1n;
  for (let start = run[0] as bigint; start < end; ) {
    const query = new URLSearchParams({ start: `${start}`, end: `${end}`, limit: `${PAGE}` });
    const served = servedPage(await access.page(query, MAX_PAGE_BYTES, signal));
    if (served.length === 0) throw leftOut(start);
    for (const record of served) {
      if (record.index > start && record.index < end) throw leftOut(start);
      if (record.index !== start || start >= end) throw mismatch(`record ${record.index} is out of order`);
      if (wanted.has(start)) got(record);
      start++;
    }
    if (start < end) report();
  }
}

function leftOut(index: bigint): VerificationError {
  return new VerificationError('list-incomplete', `the list leaves out record ${index}`, undefined, index);
}
