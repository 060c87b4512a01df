/** The tree of a ledger at a moment, and the pages that are answered for it. */
import { verifyConsistency } from '../tree.js';
import { arrayOf, fromBase64, malformed, mismatch, optionalText, textOf, u64Of, type Members } from './answer.js';
import type { Head } from './heads.js';
import { MAX_PAGE_BYTES } from './list.js';
import type { LedgerRecord, ServedRecord } from './records.js';

/** A tree that was shown to be a prefix of a signed one. */
export interface Tree {
  /** Its number of records. */
  size: bigint;
  /** Its root, 32 bytes. */
  rootHash: Uint8Array;
}

/** What a moment needs of its client. */
export interface MomentAccess {
  page(query: URLSearchParams, limit: number, signal: AbortSignal | undefined): Promise<Members>;
  /** Verifies a signed note and holds it against the kept head. */
  head(checkpoint: string, signal: AbortSignal | undefined): Promise<Head>;
  /** The newest head. */
  newest(signal: AbortSignal | undefined): Promise<Head>;
  record(index: bigint, head: Head, signal: AbortSignal | undefined): Promise<LedgerRecord>;
  prove(served: readonly ServedRecord[], head: Head, signal: AbortSignal | undefined): Promise<LedgerRecord[]>;
}

/** The tree that an answer states, shown to be that of the checkpoint beside it, or its prefix. */
export async function signedTree(of: Members, access: MomentAccess, signal: AbortSignal | undefined): Promise<Tree & { checkpoint: Head }> {
  const tree = treeOf(of);
  const checkpoint = await access.head(textOf(of, 'checkpoint'), signal);
  demandPrefix(tree, checkpoint, of, 'consistency');
  return { ...tree, checkpoint };
}

/** A tree as it is stated, not yet shown to be anybody's. */
export function treeOf(of: Members): Tree {
  return { size: u64Of(of, 'size'), rootHash: hash(textOf(of, 'rootHash'), 'rootHash') };
}

/** The consistency proof in the member `name` leads from one tree to the other. */
export function demandPrefix(older: Tree, newer: Tree, of: Members, name: string): void {
  const hashes = arrayOf(of, name).map((one) => {
    if (typeof one !== 'string') throw malformed(`${name} holds something else than hashes`);
    return hash(one, name);
  });
  const proof = new Uint8Array(hashes.length * 32);
  hashes.forEach((one, at) => proof.set(one, at * 32));
  verifyConsistency({ oldSize: older.size, oldRoot: older.rootHash, newSize: newer.size, newRoot: newer.rootHash, proof });
}

/** Times never decrease along the log, so two records show that a size is that of a time: the last one in and the first one out. */
export async function demandTime(time: number, size: bigint, access: MomentAccess, signal: AbortSignal | undefined): Promise<void> {
  const newest = await access.newest(signal);
  const timeOf = async (index: bigint) => Date.parse((await access.record(index, newest, signal)).verdict.record.time);
  if (size > 0n && (await timeOf(size - 1n)) > time) throw mismatch(`record ${size - 1n} is later than the moment`);
  if (size < newest.size && (await timeOf(size)) <= time) throw mismatch(`record ${size} is of the moment, too`);
}

/** The page after this one; nothing after the last. */
export async function nextPage(page: Members, query: URLSearchParams, access: MomentAccess, signal: AbortSignal | undefined): Promise<Members | undefined> {
  const cursor = optionalText(page, 'nextCursor');
  if (cursor === undefined) return undefined;
  // A page may be empty; one that leads to itself would have no end.
  if (cursor === query.get('cursor')) throw mismatch('a page is followed by itself');
  query.set('cursor', cursor);
  return access.page(query, MAX_PAGE_BYTES, signal);
}

function hash(value: string, name: string): Uint8Array {
  const bytes = fromBase64(value, name);
  if (bytes.length !== 32) throw malformed(`${name} is no hash`);
  return bytes;
}
