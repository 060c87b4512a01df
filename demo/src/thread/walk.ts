// What is proven step by step in the page's worker and walked from the page.
import { decodeEntry, type LedgerClient, type LedgerRecord, type ListOptions } from "stateledger";
import { fromBase64, toHex } from "../bytes.ts";

/** Something to walk, and what is known `about` it before the first step. */
export class Walk<T, About = undefined> {
  readonly #cut: AbortController;
  readonly #found: AsyncGenerator<T, void, undefined>;
  readonly #about: About;

  constructor(cut: AbortController, found: AsyncGenerator<T, void, undefined>, about: About) {
    this.#cut = cut;
    this.#found = found;
    this.#about = about;
  }

  about(): About {
    return this.#about;
  }

  /** What comes next, at most `count`; `done` where there is no more. */
  async next(count: number): Promise<{ found: T[]; done: boolean }> {
    const found: T[] = [];
    while (found.length < count) {
      const step = await this.#found.next();
      if (step.done) return { found, done: true };
      found.push(step.value);
    }
    return { found, done: false };
  }

  end(): void {
    this.#cut.abort();
  }
}

/** A record that was proven. */
export interface Listed {
  index: bigint;
  /** The entry's bytes. */
  entry: Uint8Array | undefined;
}

/** Records that fit. */
export function walkList(client: LedgerClient, options: ListOptions): Walk<Listed> {
  const cut = new AbortController();
  const records = client.list({ ...options, signal: cut.signal });
  return new Walk(cut, mapped(records, ({ index, receipt }) => ({ index, entry: fromBase64(receipt.entry) })), undefined);
}

/** The tree of a moment, a proven prefix of a signed one. */
export interface MomentTree {
  size: number;
  /** 64 hex digits. */
  root: string;
  /** Milliseconds since 1970, of its last record. */
  time: number | undefined;
}

/** The last record of a subject, says the server; that it is one of the moment is proven. */
export interface CurrentRow {
  type: string;
  subject: string;
  index: number;
}

export interface SnapshotAbout {
  tree: MomentTree;
  /** The size of the signed head that covers it. */
  signed: number;
  /** Records without a subject: the server's word. */
  unnamed: number;
}

/** Which moment: a size, or up to and including a time, RFC 3339. */
export type MomentAsked = { size: number } | { time: string };

/** The state at a moment, as the server answers it. */
export async function walkSnapshot(client: LedgerClient, asked: MomentAsked): Promise<Walk<CurrentRow, SnapshotAbout>> {
  const cut = new AbortController();
  const moment = "size" in asked ? { size: BigInt(asked.size) } : asked;
  const { size, rootHash, checkpoint, withoutSubject, records } = await client.snapshot({ ...moment, signal: cut.signal });
  const about = { tree: await treeOf(client, size, rootHash), signed: Number(checkpoint.size), unnamed: Number(withoutSubject) };
  return new Walk(cut, mapped(records, rowOf), about);
}

export interface ChangedRow {
  type: string;
  subject: string;
  before?: number;
  after: number;
}

/** What changed between two sizes, as the server answers it; `about` is the earlier tree. */
export async function walkDiff(client: LedgerClient, from: number, to: number): Promise<Walk<ChangedRow, MomentTree>> {
  const cut = new AbortController();
  const diff = await client.diff({ from: BigInt(from), to: BigInt(to), signal: cut.signal });
  const changed = mapped(diff.changes, ({ before, after }) => {
    const { index, ...pair } = rowOf(after);
    return { ...pair, after: index, ...(before && { before: Number(before.index) }) };
  });
  return new Walk(cut, changed, await treeOf(client, diff.from.size, diff.from.rootHash));
}

function rowOf({ index, verdict }: LedgerRecord): CurrentRow {
  const { type, subject = "" } = verdict.record;
  return { type, subject, index: Number(index) };
}

async function treeOf(client: LedgerClient, size: bigint, rootHash: Uint8Array): Promise<MomentTree> {
  const [last] = size === 0n ? [] : await client.entries({ start: size - 1n, end: size });
  return { size: Number(size), root: toHex(rootHash), time: last && Date.parse(decodeEntry(last.entry).time) };
}

async function* mapped<T, R>(found: AsyncGenerator<T, void, undefined>, map: (value: T) => R): AsyncGenerator<R, void, undefined> {
  for await (const value of found) yield map(value);
}
