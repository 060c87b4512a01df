import { bytes, describe, flatten, list, reading, textBytes, utf8 } from './arguments.js';
import { refused, type Refusal } from './errors.js';
import type { Checkpoint, Receipt, ReceiptOutcome, Trust, Verdict } from './types.js';
import { withTrust } from './trust.js';
import * as wasm from './stateledger_wasm.js';
import { started } from './wasm.js';

/**
 * Checks one receipt with no network: that the record is in the ledger that the trusted keys signed, that its author
 * signatures hold, and that the payload is the committed one. Answers what was checked, and what was not.
 *
 * Throws `VerificationError` with the code of the first step that fails.
 *
 * @param receipt The receipt, parsed or as JSON text; both take the same strict path.
 * @param options Whom to believe.
 * @param payload The payload, where it came another way; needs the receipt's salt.
 */
export function verifyReceipt(receipt: Receipt | string, options: Trust, payload?: Uint8Array): Verdict {
  started();
  const json = receiptBytes('receipt', receipt);
  const own = payload === undefined ? undefined : bytes('payload', payload);
  return withTrust(options, (trust) => wasm.verify_receipt(json, trust, own) as Verdict);
}

/**
 * Checks many receipts, at most 1,048,576, each by itself as `verifyReceipt` would: one outcome for each, in order.
 * Receipts of one checkpoint share its signatures' verification, which is most of the work.
 *
 * Throws `VerificationError` only where `options` themselves are refused.
 *
 * @param receipts The receipts, parsed or as JSON text.
 * @param options Whom to believe.
 * @param payloads For each receipt the payload, where it came another way, or undefined.
 */
export function verifyReceipts(
  receipts: readonly (Receipt | string)[],
  options: Trust,
  payloads?: readonly (Uint8Array | undefined)[],
): ReceiptOutcome[] {
  started();
  const jsons = flatten('receipts', list('receipts', receipts, receiptBytes));
  const own = payloads === undefined ? [] : list('payloads', payloads, (name, one) => (one === undefined ? undefined : bytes(name, one)));
  if (payloads !== undefined && own.length !== jsons.lengths.length) {
    throw new RangeError(`payloads must hold one for each of ${jsons.lengths.length} receipts, got ${own.length}`);
  }
  const given = Uint8Array.from(jsons.lengths, (_, at) => (own[at] === undefined ? 0 : 1));
  const flat = flatten('payloads', own.filter((one) => one !== undefined));
  const outcomes = withTrust(options, (trust) => wasm.verify_receipts(jsons.bytes, jsons.lengths, trust, given, flat.bytes, flat.lengths));
  return (outcomes as ({ verdict: Verdict } | { refusal: Refusal })[]).map((one) =>
    'verdict' in one ? { status: 'verified', verdict: one.verdict } : { status: 'refused', error: refused(one.refusal) },
  );
}

/**
 * Opens a signed checkpoint: its signatures are verified under the trusted keys, its origin is the log key's name, and
 * a quorum and an age hold where they are asked for. A checkpoint has no authors, so `trust.authors` has no say.
 *
 * Throws `VerificationError` with the code of the first step that fails.
 */
export function openCheckpoint(checkpoint: string | Uint8Array, trust: Trust): Checkpoint {
  started();
  const note = textBytes('checkpoint', checkpoint);
  return withTrust(trust, (inner) => wasm.open_checkpoint(note, inner) as Checkpoint);
}

/**
 * JSON of an object's own members, so that the strict parser judges them: unknown names and other types are the
 * sender's. Values are looked at once; code behind a getter is not run.
 */
export function receiptBytes(name: string, receipt: unknown): Uint8Array {
  if (typeof receipt === 'string') return utf8(name, receipt);
  if (typeof receipt !== 'object' || receipt === null || ArrayBuffer.isView(receipt)) throw new TypeError(`${name} must be an object or a string, got ${describe(receipt)}`);
  const members: string[] = [];
  for (const own of reading(name, () => Object.keys(receipt))) {
    const member = reading(`${name}.${own}`, () => Object.getOwnPropertyDescriptor(receipt, own));
    if (member === undefined || !('value' in member)) throw new TypeError(`${name}.${own} must be a plain member, not a getter`);
    // As in JSON, an undefined member is none. No other type is a receipt's, so its content does not matter.
    if (member.value === undefined) continue;
    members.push(`${JSON.stringify(own)}:${typeof member.value === 'string' ? JSON.stringify(member.value) : 'null'}`);
  }
  return utf8(name, `{${members.join(',')}}`);
}
