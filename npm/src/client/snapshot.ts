/** The state of a ledger at a moment: the last record of each type and subject, under a signed head. */
import { options, text, u64 } from '../arguments.js';
import { verifyConsistency } from '../tree.js';
import { arrayOf, fromBase64, malformed, mismatch, optionalText, textOf, u64Of, type Members } from './answer.js';
import { MAX_PAGE_BYTES, moment } from './list.js';
import type { Head } from './heads.js';
import { servedPage, type LedgerRecord, type ServedRecord } from './records.js';
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

/** What a snapshot needs of its client. */
export interface SnapshotAccess {
  page(query: URLSearchParams, limit: number, signal: AbortSignal | undefined): Promise<Members>;
  /** Verifies a signed note and holds it against the kept head. */
  head(checkpoint: string, signal: AbortSignal | undefined): Promise<Head>;
  /** The newest head. */
  newest(signal: AbortSignal | undefined): Promise<Head>;
  record(index: bigint, head: Head, signal: AbortSignal | undefined): Promise<LedgerRecord>;
  prove(served: readonly ServedRecord[], head: Head, signal: AbortSignal | undefined): Promise<LedgerRecord[]>;
}

/** Fetches the first page and proves its tree; the records follow as they are asked for. */
export async function snapshot(given: SnapshotOptions, access: SnapshotAccess): Promise<LedgerSnapshot> {
  const call = snapshotCall(given);
  const page = await access.page(call.query, MAX_PAGE_BYTES, call.signal);
  const size = u64Of(page, 'size');
  if (call.size !== undefined && size !== call.size) throw mismatch(`it is of size ${size}, not ${call.size}`);
  const rootHash = hashOf(page, 'rootHash');
  const checkpoint = await access.head(textOf(page, 'checkpoint'), call.signal);
  demandTree(page, size, rootHash, checkpoint);
  if (call.time !== undefined) await demandMoment(call.time, size, access, call.signal);
  return { size, rootHash, checkpoint, withoutSubject: u64Of(page, 'withoutSubject'), records: walk(page, { size, checkpoint, call, access }) };
}

/** The moment's tree is the signed one, or its prefix. */
function demandTree(page: Members, size: bigint, rootHash: Uint8Array, head: Head): void {
  const hashes = arrayOf(page, 'consistency').map((hash) => {
    if (typeof hash !== 'string') throw malformed('consistency holds something else than hashes');
    return hashBytes(hash, 'consistency');
  });
  const proof = new Uint8Array(hashes.length * 32);
  hashes.forEach((hash, at) => proof.set(hash, at * 32));
  verifyConsistency({ oldSize: size, oldRoot: rootHash, newSize: head.size, newRoot: head.rootHash, proof });
}

/** Times never decrease along the log, so two records show that a size is that of a time: the last one in and the first one out. */
async function demandMoment(time: number, size: bigint, access: SnapshotAccess, signal: AbortSignal | undefined): Promise<void> {
  const newest = await access.newest(signal);
  const timeOf = async (index: bigint) => Date.parse((await access.record(index, newest, signal)).verdict.record.time);
  if (size > 0n && (await timeOf(size - 1n)) > time) throw mismatch(`record ${size - 1n} is later than the moment`);
  if (size < newest.size && (await timeOf(size)) <= time) throw mismatch(`record ${size} is of the moment, too`);
}

interface Walk {
  size: bigint;
  checkpoint: Head;
  call: SnapshotCall;
  access: SnapshotAccess;
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
    const cursor = optionalText(page, 'nextCursor');
    if (cursor === undefined) return;
    // A page may be empty; one that leads to itself would have no end.
    if (cursor === call.query.get('cursor')) throw mismatch('a page is followed by itself');
    call.query.set('cursor', cursor);
    page = await access.page(call.query, MAX_PAGE_BYTES, call.signal);
  }
}

/** Order of UTF-8 bytes, which is that of code points; neither a type nor a subject holds the character between them. */
function before(a: string, b: string): boolean {
  const [left, right] = [Array.from(a), Array.from(b)];
  const at = left.findIndex((character, place) => character !== right[place]);
  if (at < 0) return left.length < right.length;
  return (left[at]?.codePointAt(0) ?? 0) < (right[at]?.codePointAt(0) ?? -1);
}

function hashOf(of: Members, name: string): Uint8Array {
  return hashBytes(textOf(of, name), name);
}

function hashBytes(value: string, name: string): Uint8Array {
  const hash = fromBase64(value, name);
  if (hash.length !== 32) throw malformed(`${name} is no hash`);
  return hash;
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
  const { pageSize } = told;
  if (pageSize !== undefined && typeof pageSize !== 'number') throw new TypeError('pageSize must be a number');
  if (pageSize !== undefined && !(Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= 1_000)) throw new RangeError('pageSize must be 1 to 1,000');
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
