/** Records whose payload was erased, and the ledger's own records that say so. */
import { decodeEntry } from '../author.js';
import { ERASED } from '../bundle.js';
import type { Receipt, Trust, Verdict } from '../types.js';
import { asObject, fromBase64, mismatch, own, textOf, u64Of, type Members } from './answer.js';
import { provenAt } from './entries.js';
import type { Head } from './heads.js';
import { demandSame, receiptOf, verified, type LedgerRecord } from './records.js';
import { inParallel, type Tiles } from './tiles.js';

/** Receipts under way at once. */
const AT_ONCE = 8;

/** What this needs of its client. */
export interface ErasureAccess {
  tiles: Tiles;
  /** A verified receipt: of a record that came after the head. */
  receipt(index: bigint, signal: AbortSignal | undefined): Promise<{ receipt: Receipt; verdict: Verdict }>;
}

/** Demands of each record that is said to be erased that the ledger signed so. */
export async function demandErasures(records: readonly LedgerRecord[], head: Head, access: ErasureAccess, signal?: AbortSignal): Promise<void> {
  const erased = records.flatMap((record) => (record.erased === undefined ? [] : [{ of: record.index, by: record.erased.index, time: record.erased.time }]));
  if (erased.length === 0) return;
  const covered = [...new Set(erased.map(({ by }) => by).filter((by) => by < head.size))].sort((a, b) => (a < b ? -1 : 1));
  const entries = new Map((await provenAt(covered, head, access.tiles, signal)).map(({ index, entry }) => [index, entry]));
  const later = [...new Set(erased.map(({ by }) => by).filter((by) => by >= head.size))];
  await inParallel(later, AT_ONCE, async (by) => {
    entries.set(by, fromBase64((await access.receipt(by, signal)).receipt.entry, 'entry'));
  });
  for (const { of, by, time } of erased) demandTells(entries.get(by) as Uint8Array, { of, by, time });
}

function demandTells(entry: Uint8Array, { of, by, time }: { of: bigint; by: bigint; time: string }): void {
  const told = decodeEntry(entry);
  if (told.statement.type !== ERASED || told.statement.subject !== `${of}`) throw mismatch(`record ${by} does not say that record ${of} was erased`);
  if (told.time !== time) throw mismatch(`record ${by} has another time than was said`);
}

/** What an erasure left. */
export interface Erasure {
  /** The record whose payload is gone. */
  index: bigint;
  /** The record that says so, and when: type `stateledger.erased`, with the other's index as its subject. */
  erased: { index: bigint; time: string };
  /** That record's receipt. */
  receipt: Receipt;
  /** What the receipt was shown to prove. */
  verdict: Verdict;
}

/** An erasure's answer: its receipt must prove the record that says so. */
export function erasureOf(answer: Members, index: bigint, trust: Trust): Erasure {
  const [erased, record] = [asObject(own(answer, 'erased'), 'erased'), asObject(own(answer, 'record'), 'record')];
  if (u64Of(answer, 'index') !== index) throw mismatch(`it is about record ${u64Of(answer, 'index')}, not ${index}`);
  const receipt = receiptOf(own(record, 'receipt'), 'receipt');
  const [verdict] = verified([receipt], trust) as [Verdict];
  demandSame(record, verdict);
  const by = { index: u64Of(erased, 'index'), time: textOf(erased, 'time') };
  const { type, subject, time } = verdict.record;
  if (verdict.index !== by.index || time !== by.time || type !== ERASED || subject !== `${index}`) throw mismatch(`its receipt does not say that record ${index} was erased`);
  return { index, erased: by, receipt, verdict };
}
