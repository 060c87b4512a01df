/** Pages of records, walked as one sequence and held against what was asked. */
import { options, reading, text } from '../arguments.js';
import { mismatch, optionalText, type Members } from './answer.js';
import { VerificationError } from '../errors.js';
import type { Head } from './heads.js';
import { signalOf } from './signal.js';
import { servedPage, type LedgerRecord, type ServedRecord } from './records.js';

/** A page ends early where records are long; the server's own bound is 12 MiB of payloads, here with their base64 and entries. */
export const MAX_PAGE_BYTES = 128 << 20;

/** Which records to list. */
export interface ListOptions {
  type?: string | undefined;
  source?: string | undefined;
  subject?: string | undefined;
  /** Not earlier than this: a `Date`, or RFC 3339 with an offset. */
  since?: Date | string | undefined;
  /** Earlier than this. */
  until?: Date | string | undefined;
  /** `asc` (default) or `desc`. */
  order?: 'asc' | 'desc' | undefined;
  /** Records a page, 1 to 1,000; default 100. How many come in all is the loop's to end. */
  pageSize?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What a listing needs of its client. */
export interface ListAccess {
  page(query: URLSearchParams, limit: number, signal: AbortSignal | undefined): Promise<Members>;
  prove(served: readonly ServedRecord[], signal: AbortSignal | undefined): Promise<LedgerRecord[]>;
  head(signal: AbortSignal | undefined): Promise<Head>;
}

const FILTERS = ['type', 'source', 'subject'] as const;

/**
 * Walks the pages. Every record is proven, is what was asked for, and comes in order. Where nothing is filtered the
 * list is complete, too: no index is missing up to the size signed before the walk. That a filtered list is complete
 * can't be seen from it.
 */
export async function* listRecords(given: ListOptions, access: ListAccess): AsyncGenerator<LedgerRecord, void, undefined> {
  const { filters, query, signal } = listCall(given);
  const descending = filters.order === 'desc';
  const whole = FILTERS.every((name) => filters[name] === undefined) && !query.has('since') && !query.has('until');
  const { size } = await access.head(signal);
  // Where an unfiltered list begins, if the ledger did not grow meanwhile; from the other end it may have.
  let before: bigint | undefined = whole && !descending ? -1n : undefined;
  for (;;) {
    const page = await access.page(query, MAX_PAGE_BYTES, signal);
    const served = servedPage(page);
    for (const record of served) {
      demandAsked(record, filters);
      demandNext(before, record.index, { descending, whole });
      if (whole && descending && before === undefined && record.index + 1n < size) throw incomplete(size - 1n);
      before = record.index;
    }
    if (served.length > 0) yield* await access.prove(served, signal);
    const cursor = optionalText(page, 'nextCursor');
    if (cursor === undefined) break;
    if (served.length === 0) throw mismatch('an empty page has a cursor');
    query.set('cursor', cursor);
  }
  if (whole) demandEnd(before, size, descending);
}

function demandAsked({ index, members }: ServedRecord, filters: Record<string, unknown>): void {
  for (const name of FILTERS) {
    if (filters[name] !== undefined && members[name] !== filters[name]) throw mismatch(`record ${index} has another ${name} than was asked for`);
  }
  const time = Date.parse(String(members.time));
  if (typeof filters.since === 'number' && time < filters.since) throw mismatch(`record ${index} is earlier than was asked for`);
  if (typeof filters.until === 'number' && time >= filters.until) throw mismatch(`record ${index} is later than was asked for`);
}

function demandNext(before: bigint | undefined, index: bigint, { descending, whole }: { descending: boolean; whole: boolean }): void {
  if (before === undefined) return;
  const step = descending ? before - index : index - before;
  if (step <= 0n) throw mismatch(`record ${index} is out of order`);
  if (whole && step !== 1n) throw incomplete(descending ? before - 1n : before + 1n);
}

function demandEnd(last: bigint | undefined, size: bigint, descending: boolean): void {
  if (size === 0n) return;
  const missing = descending ? (last ?? size) - 1n : (last ?? -1n) + 1n;
  if (descending ? missing >= 0n : missing < size) throw incomplete(missing);
}

function incomplete(index: bigint): VerificationError {
  return new VerificationError('list-incomplete', `the list leaves out record ${index}`, undefined, index);
}

function listCall(given: unknown): { filters: Record<string, unknown>; query: URLSearchParams; signal: AbortSignal | undefined } {
  const told = options('options', given, ['type', 'source', 'subject', 'since', 'until', 'order', 'pageSize', 'signal']);
  const { order } = told;
  if (order !== undefined && order !== 'asc' && order !== 'desc') throw new TypeError('order must be "asc" or "desc"');
  const pageSize = pageSizeOf(told.pageSize);
  const [since, until] = [moment('since', told.since), moment('until', told.until)];
  const query = new URLSearchParams();
  const asked = { type: told.type, source: told.source, subject: told.subject };
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) query.set(name, text(name, value));
  if (since !== undefined) query.set('since', since.text);
  if (until !== undefined) query.set('until', until.text);
  if (order !== undefined) query.set('order', order);
  if (pageSize !== undefined) query.set('limit', `${pageSize}`);
  return { filters: { ...asked, order, since: since?.time, until: until?.time }, query, signal: signalOf(told.signal) };
}

/** How many records a page may hold. */
export function pageSizeOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw new TypeError('pageSize must be a number');
  if (!(Number.isInteger(value) && value >= 1 && value <= 1_000)) throw new RangeError('pageSize must be 1 to 1,000');
  return value;
}

/** A moment as it is asked for, and in milliseconds since 1970. */
export function moment(name: string, value: unknown): { text: string; time: number } | undefined {
  if (value === undefined) return undefined;
  const written = reading(name, () => value instanceof Date) ? rfc3339(name, value) : text(name, value);
  // RFC 3339 with an offset is among what Date.parse must know; the rest the server refuses.
  const time = Date.parse(written);
  if (Number.isNaN(time)) throw new RangeError(`${name} must be a Date or RFC 3339 with an offset`);
  // Records have whole milliseconds, and Date.parse drops what is below them.
  const finer = name === 'until' && /\.[0-9]{4}/.test(written);
  return { text: written, time: finer ? time + 1 : time };
}

function rfc3339(name: string, date: unknown): string {
  // A subclass may answer anything for its time.
  const time = reading(name, () => Date.prototype.getTime.call(date));
  if (Number.isNaN(time)) throw new RangeError(`${name} must be a valid date`);
  return new Date(time).toISOString();
}
