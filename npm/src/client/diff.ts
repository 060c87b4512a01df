/** What changed between two moments of a ledger: the types and subjects whose last record became another one. */
import { options, text, u64 } from '../arguments.js';
import { arrayOf, asObject, mismatch, own, textOf, u64Of, type Members } from './answer.js';
import type { Head } from './heads.js';
import { MAX_PAGE_BYTES, moment, pageSizeOf } from './list.js';
import { demandPrefix, demandTime, nextPage, signedTree, treeOf, type MomentAccess, type Tree } from './moment.js';
import { servedRecord, type LedgerRecord, type ServedRecord } from './records.js';
import { signalOf } from './signal.js';

/** Which moments. */
export interface DiffOptions {
  /** The earlier moment: so many records, or up to and including a time (a `Date`, or RFC 3339 with an offset). */
  from: bigint | Date | string;
  /** The later moment. Default: now. */
  to?: bigint | Date | string | undefined;
  /** Only this type. */
  type?: string | undefined;
  /** Changes a page, 1 to 1,000; default 100. */
  pageSize?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What changed for one type and subject. */
export interface LedgerChange {
  /** Its last record at the earlier moment; undefined where it had none. */
  before: LedgerRecord | undefined;
  /** Its last record at the later moment. */
  after: LedgerRecord;
}

/** Two moments of a ledger, and what changed between them. */
export interface LedgerDiff {
  /** The earlier tree, shown to be a prefix of the later one. */
  from: Tree;
  /** The later tree, shown to be a prefix of the signed one. */
  to: Tree;
  /** The signed head that covers both: of the later size, or of one after it. */
  checkpoint: Head;
  /** Records between the moments that have no subject: the server's word. */
  withoutSubject: bigint;
  /**
   * One for each type and subject, by the later record's index; both records are proven, and each is on its side of the
   * earlier moment. That they are the last ones there, and that no change was left out, is the server's word: an audit, or
   * an unfiltered list, shows it.
   */
  changes: AsyncGenerator<LedgerChange, void, undefined>;
}

/** Fetches the first page and proves both trees; the changes follow as they are asked for. */
export async function diff(given: DiffOptions, access: MomentAccess): Promise<LedgerDiff> {
  const call = diffCall(given);
  const page = await access.page(call.query, MAX_PAGE_BYTES, call.signal);
  const from = treeOf(asObject(own(page, 'from'), 'from'));
  const { checkpoint, ...to } = await signedTree(asObject(own(page, 'to'), 'to'), access, call.signal);
  demandPrefix(from, to, page, 'proof');
  await demandAsked(call.from, from.size, access, call.signal);
  if (call.to !== undefined) await demandAsked(call.to, to.size, access, call.signal);
  return { from, to, checkpoint, withoutSubject: u64Of(page, 'withoutSubject'), changes: walk(page, { from, to, checkpoint, call, access }) };
}

/** The moment is the one that was asked for. */
async function demandAsked(asked: Asked, size: bigint, access: MomentAccess, signal: AbortSignal | undefined): Promise<void> {
  if (asked.size === undefined) await demandTime(asked.time, size, access, signal);
  else if (asked.size !== size) throw mismatch(`it is of size ${size}, not ${asked.size}`);
}

interface Walk {
  from: Tree;
  to: Tree;
  checkpoint: Head;
  call: DiffCall;
  access: MomentAccess;
}

async function* walk(first: Members, { from, to, checkpoint, call, access }: Walk): AsyncGenerator<LedgerChange, void, undefined> {
  let last = -1n;
  for (let page: Members | undefined = first; page !== undefined; page = await nextPage(page, call.query, access, call.signal)) {
    const sizes = [own(page, 'from'), own(page, 'to')].map((tree) => u64Of(asObject(tree, 'a moment'), 'size'));
    if (sizes[0] !== from.size || sizes[1] !== to.size) throw mismatch('the next page is of other moments');
    const pairs = arrayOf(page, 'changes').map((value) => pairOf(value));
    for (const { before, after } of pairs) {
      demandPair(before, after, { from: from.size, to: to.size, type: call.type });
      if (after.index <= last) throw mismatch(`record ${after.index} is out of order`);
      last = after.index;
    }
    const served = pairs.flatMap(({ before, after }) => (before === undefined ? [after] : [before, after]));
    const records = served.length > 0 ? await access.prove(served, checkpoint, call.signal) : [];
    for (const { before } of pairs) {
      const earlier = before && records.shift();
      yield { before: earlier, after: records.shift() as LedgerRecord };
    }
  }
}

interface Pair {
  before: ServedRecord | undefined;
  after: ServedRecord;
}

function pairOf(value: unknown): Pair {
  const change = asObject(value, 'a change');
  const before = own(change, 'before');
  return { before: before === undefined ? undefined : servedRecord(before), after: servedRecord(own(change, 'after')) };
}

/** Both records are of one type and subject, and each is on its side of the earlier moment. */
function demandPair(before: ServedRecord | undefined, after: ServedRecord, { from, to, type }: { from: bigint; to: bigint; type: string | undefined }): void {
  if (after.index < from || after.index >= to) throw mismatch(`record ${after.index} is not between the moments`);
  const subject = textOf(after.members, 'subject');
  if (type !== undefined && after.members.type !== type) throw mismatch(`record ${after.index} has another type than was asked for`);
  if (before === undefined) return;
  if (before.index >= from) throw mismatch(`record ${before.index} is not before the earlier moment`);
  if (before.members.type !== after.members.type || before.members.subject !== subject) throw mismatch(`records ${before.index} and ${after.index} are of two subjects`);
}

/** A moment as it was asked for: a size, or a time in milliseconds since 1970. */
type Asked = { text: string } & ({ size: bigint; time?: undefined } | { size?: undefined; time: number });

interface DiffCall {
  from: Asked;
  to: Asked | undefined;
  type: string | undefined;
  query: URLSearchParams;
  signal: AbortSignal | undefined;
}

function diffCall(given: unknown): DiffCall {
  const told = options('options', given, ['from', 'to', 'type', 'pageSize', 'signal']);
  const from = asked('from', told.from);
  if (from === undefined) throw new TypeError('from must be a bigint, a Date or a string, got undefined');
  const to = asked('to', told.to);
  const type = told.type === undefined ? undefined : text('type', told.type);
  const pageSize = pageSizeOf(told.pageSize);
  const query = new URLSearchParams({
    from: from.text,
    ...(to !== undefined && { to: to.text }),
    ...(type !== undefined && { type }),
    ...(pageSize !== undefined && { limit: `${pageSize}` }),
  });
  return { from, to, type, query, signal: signalOf(told.signal) };
}

function asked(name: string, value: unknown): Asked | undefined {
  if (typeof value === 'bigint') return { size: u64(name, value), text: `${value}` };
  // The server would take it for a size.
  if (typeof value === 'string' && /^[0-9]*$/.test(value)) throw new RangeError(`${name} must be a bigint, a Date or RFC 3339 with an offset`);
  return moment(name, value);
}
