import { flatten, i64, list, options, text, u64, utf8 } from './arguments.js';
import { judged } from './errors.js';
import * as wasm from './stateledger_wasm.js';
import { started } from './wasm.js';

/** One row of the first StateLedger's table, as it was exported. */
export interface LegacyRow {
  /** The `ts` column, a signed integer of 64 bits. */
  ts: bigint;
  /** The `type` column. */
  type: string;
  /** The `source` column. */
  source: string;
  /** The `payload` column, the exact text. */
  payload: string;
  /** The `hash` column, 64 lowercase hex digits. */
  hash: string;
}

/** How far a hash chain was verified. */
export interface LegacyHead {
  /** The number of rows from the first one on, all of which follow from the row before. */
  rows: bigint;
  /** The last row's hash; of no rows, the empty text. Compare it with one that you kept. */
  head: string;
}

/** What a hash chain was shown to be. */
export interface LegacyVerdict extends LegacyHead {
  /** Of these rows those with a `|` in a field, from 0: other fields have the same hash, because the old format escapes nothing. */
  ambiguous: bigint[];
}

/**
 * Verifies the hash chain of the first StateLedger from its first row on, at most 1,048,576 rows in one call. With the
 * verdict of earlier rows in `after`, `rows` are those that come next, and all are counted from the first one. A chain
 * shows order and completeness up to its head, no more: nobody signed it.
 *
 * Throws `VerificationError` (`legacy-chain-broken`, with the row's number in `index`).
 */
export function verifyLegacyChain(rows: readonly LegacyRow[], after?: LegacyHead): LegacyVerdict {
  started();
  const given = list('rows', rows, rowOf);
  const before = after === undefined ? { rows: 0n, head: '' } : headOf('after', after);
  const timestamps = BigInt64Array.from(given, ({ ts }) => ts);
  const { bytes, lengths } = flatten('rows', given.flatMap(({ texts }) => texts));
  const ambiguous = judged(() => wasm.verify_legacy_chain(timestamps, bytes, lengths, before.rows, utf8('after.head', before.head)));
  return { rows: before.rows + BigInt(given.length), head: given.at(-1)?.hash ?? before.head, ambiguous: Array.from(ambiguous) };
}

function rowOf(name: string, row: unknown): { ts: bigint; texts: Uint8Array[]; hash: string } {
  const given = options<keyof LegacyRow>(name, row, ['ts', 'type', 'source', 'payload', 'hash']);
  const ts = i64(`${name}.ts`, given.ts);
  const hash = text(`${name}.hash`, given.hash);
  const texts = (['type', 'source', 'payload'] as const).map((member) => utf8(`${name}.${member}`, text(`${name}.${member}`, given[member])));
  return { ts, texts: [...texts, utf8(`${name}.hash`, hash)], hash };
}

/** A verdict is one: what is ambiguous before does not matter after. */
function headOf(name: string, value: unknown): LegacyHead {
  const given = options<keyof LegacyVerdict>(name, value, ['rows', 'head', 'ambiguous']);
  const rows = u64(`${name}.rows`, given.rows);
  const head = text(`${name}.head`, given.head);
  if (!(rows === 0n ? /^$/ : /^[0-9a-f]{64}$/).test(head)) {
    throw new RangeError(`${name}.head must be the last row's hash, 64 lowercase hex digits, or empty after no rows`);
  }
  return { rows, head };
}
