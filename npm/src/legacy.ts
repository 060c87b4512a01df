import { flatten, i64, list, options, text, utf8 } from './arguments.js';
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

/** What a hash chain was shown to be. */
export interface LegacyVerdict {
  /** The number of rows, all of which follow from the row before. */
  rows: bigint;
  /** The last row's hash; of no rows, the empty text. Compare it with one that you kept. */
  head: string;
  /** Rows with a `|` in a field, from 0: other fields have the same hash, because the old format escapes nothing. */
  ambiguous: bigint[];
}

/**
 * Verifies the hash chain of the first StateLedger from its first row on, at most 1,048,576 rows in one call. A chain
 * shows order and completeness up to its head, no more: nobody signed it.
 *
 * Throws `VerificationError` (`legacy-chain-broken`, with the row's number in `index`).
 */
export function verifyLegacyChain(rows: readonly LegacyRow[]): LegacyVerdict {
  started();
  const given = list('rows', rows, rowOf);
  const timestamps = BigInt64Array.from(given, ({ ts }) => ts);
  const { bytes, lengths } = flatten('rows', given.flatMap(({ texts }) => texts));
  const ambiguous = judged(() => wasm.verify_legacy_chain(timestamps, bytes, lengths));
  return { rows: BigInt(given.length), head: given.at(-1)?.hash ?? '', ambiguous: Array.from(ambiguous) };
}

function rowOf(name: string, row: unknown): { ts: bigint; texts: Uint8Array[]; hash: string } {
  const given = options<keyof LegacyRow>(name, row, ['ts', 'type', 'source', 'payload', 'hash']);
  const ts = i64(`${name}.ts`, given.ts);
  const hash = text(`${name}.hash`, given.hash);
  const texts = (['type', 'source', 'payload'] as const).map((member) => utf8(`${name}.${member}`, text(`${name}.${member}`, given[member])));
  return { ts, texts: [...texts, utf8(`${name}.hash`, hash)], hash };
}
