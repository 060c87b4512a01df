import { bytes, describe, utf8 } from './arguments.js';
import type { Checkpoint, Receipt, Trust, Verdict } from './types.js';
import { withTrust } from './trust.js';
import { engine } from './wasm.js';

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
  const wasm = engine();
  const json = utf8('receipt', typeof receipt === 'string' ? receipt : receiptText(receipt));
  const own = payload === undefined ? undefined : bytes('payload', payload);
  return withTrust(wasm, options, (trust) => wasm.verify_receipt(json, trust, own) as Verdict);
}

/**
 * Opens a signed checkpoint: its signatures are verified under the trusted keys, its origin is the log key's name, and
 * a quorum and an age hold where they are asked for. A checkpoint has no authors, so `trust.authors` has no say.
 *
 * Throws `VerificationError` with the code of the first step that fails.
 */
export function openCheckpoint(checkpoint: string | Uint8Array, trust: Trust): Checkpoint {
  const wasm = engine();
  const note = typeof checkpoint === 'string' ? utf8('checkpoint', checkpoint) : bytes('checkpoint', checkpoint);
  return withTrust(wasm, trust, (inner) => wasm.open_checkpoint(note, inner) as Checkpoint);
}

/**
 * JSON of an object's own members, so that the strict parser judges them: unknown names and other types are the
 * sender's. Values are looked at once; code behind a getter is not run.
 */
function receiptText(receipt: unknown): string {
  if (typeof receipt !== 'object' || receipt === null) throw new TypeError(`receipt must be an object or a string, got ${describe(receipt)}`);
  const members: string[] = [];
  for (const name of Object.keys(receipt)) {
    const member = Object.getOwnPropertyDescriptor(receipt, name);
    if (member === undefined || !('value' in member)) throw new TypeError(`receipt.${name} must be a plain member, not a getter`);
    // As in JSON, an undefined member is none. No other type is a receipt's, so its content does not matter.
    if (member.value === undefined) continue;
    members.push(`${JSON.stringify(name)}:${typeof member.value === 'string' ? JSON.stringify(member.value) : 'null'}`);
  }
  return `{${members.join(',')}}`;
}
