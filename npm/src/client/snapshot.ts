/** The state of a ledger at a moment: the last record of each type and subject, under a signed head. */
import { options, text, u64 } from '../arguments.js';
import { mismatch, textOf, u64Of, type Members } from './answer.js';
import type { Head } from './heads.js';
import { MAX_PAGE_BYTES, moment, pageSizeOf } from './list.js';
import { demandTime, nextPage, signedTree, type MomentAccess } from './moment.js';
import { servedPage, type LedgerRecord } from './records.js';
import { signalOf } from './signal.js';

/** Which moment. */
export interface SnapshotOptions {
  /** When the ledger had so many records; */
  size?: bigint | undefined;
  /** or up to and including this time: a `Date`, or RFC 3339 with an offset. Default: now. */
  time?: Date | string | undefined;
  /** Only this type. */
  type?: string | undefined;
  /** Records a page, 1 to 1,000; default 100. */
  pageSize?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** A ledger at a moment. */
export interface LedgerSnapshot {
  /** The number of records at the moment. */
  size: bigint;
  /** The root of that tree, 32 bytes, shown to be a prefix of the signed one. */
  rootHash: Uint8Array;
  /** The signed head that covers it: of that size or a later one. */
  checkpoint: Head;
  /** Records up to the moment that have no subject and stand in no state: the server's word. */
  withoutSubject: bigint;
  /**
   * The last record of each type and subject, by type, then subject; each is proven and of the moment. That no later one
   * was left out is the server's word: an audit, or an unfiltered list, shows it.
   */
  records: AsyncGenerator<LedgerRecord, void, undefined>;
}

/** Fetches the first page and proves its tree; the records follow as they are asked for. */
export async function snapshot(given: SnapshotOptions, access: MomentAccess): Promise<LedgerSnapshot> {
  const call = snapshotCall(given);
  const page = await access.page(call.query, MAX_PAGE_BYTES, call.signal);
  const { size, rootHash, checkpoint } = await signedTree(page, access, call.signal);
  if (call.size !== undefined && size !== call.size) throw mismatch(`it is of size ${size}, not ${call.size}`);
  if (call.time !== undefined) await demandTime(call.time, size, access, call.signal);
  return { size, rootHash, checkpoint, withoutSubject: u64Of(page, 'withoutSubject'), records: walk(page, { size, checkpoint, call, access }) };
}

interface Walk {
  size: bigint;
  checkpoint: Head;
  call: SnapshotCall;
  access: MomentAccess;
}

async function* walk(first: Members, { size, checkpoint, call, access }: Walk): AsyncGenerator<LedgerRecord, void, undefined> {
  let last: string | undefined;
  for (let page = first; ; ) {
    if (u64Of(page, 'size') !== size) throw mismatch('the next page is of another moment');
    const served = servedPage(page);
    for (const { index, members } of served) {
      if (index >= size) throw mismatch(`record ${index} is later than the moment`);
      if (call.type !== undefined && members.type !== call.type) throw mismatch(`record ${index} has another type than was asked for`);
      const pair = `${textOf(members, 'type')}\u0000${textOf(members, 'subject')}`;
      if (last !== undefined && !before(last, pair)) throw mismatch(`record ${index} is out of order`);
      last = pair;
    }
    if (served.length > 0) yield* await access.prove(served, checkpoint, call.signal);
    const next = await nextPage(page, call.query, access, call.signal);
    if (next === undefined) return;
    page = next;
  }
}

/** Order of UTF-8 bytes, which is that of code points; neither a type nor a subject holds the character between them. */
function before(a: string, b: string): boolean {
  const [left, right] = [Array.from(a), Array.from(b)];
  const at = left.findIndex((character, place) => character !== right[place]);
  if (at < 0) return left.length < right.length;
  return (left[at]?.codePointAt(0) ?? 0) < (right[at]?.codePointAt(0) ?? -1);
}

interface SnapshotCall {
  size: bigint | undefined;
  time: number | undefined;
  type: string | undefined;
  query: URLSearchParams;
  signal: AbortSignal | undefined;
}

function snapshotCall(given: unknown): SnapshotCall {
  const told = options('options', given, ['size', 'time', 'type', 'pageSize', 'signal']);
  if (told.size !== undefined && told.time !== undefined) throw new TypeError('give size or time, not both');
  const pageSize = pageSizeOf(told.pageSize);
  const size = told.size === undefined ? undefined : u64('size', told.size);
  const time = moment('time', told.time);
  const type = told.type === undefined ? undefined : text('type', told.type);
  const query = new URLSearchParams({
    ...(size !== undefined && { size: `${size}` }),
    ...(time !== undefined && { time: time.text }),
    ...(type !== undefined && { type }),
    ...(pageSize !== undefined && { limit: `${pageSize}` }),
  });
  return { size, time: time?.time, type, query, signal: signalOf(told.signal) };
}
