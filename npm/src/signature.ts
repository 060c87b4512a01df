import { bytes, flatten, list, options } from './arguments.js';
import { judged } from './errors.js';
import * as wasm from './stateledger_wasm.js';
import { started } from './wasm.js';

/** One Ed25519 signature. */
export interface Signature {
  /** 32 bytes. */
  publicKey: Uint8Array;
  /** The signed bytes. */
  message: Uint8Array;
  /** 64 bytes; another length is refused like any bad signature. */
  signature: Uint8Array;
}

/** Many Ed25519 signatures, by one key or by one key each. */
export type Signatures = ({ publicKey: Uint8Array; publicKeys?: never } | { publicKeys: readonly Uint8Array[]; publicKey?: never }) & {
  /** One message a signature. */
  messages: readonly Uint8Array[];
  /** The signatures. */
  signatures: readonly Uint8Array[];
};

/**
 * Verifies one signature strictly: canonical encodings, no low-order key or R, no cofactor. WebCrypto accepts other
 * signatures and is never asked. A refusal throws `VerificationError` (`signature-invalid`).
 */
export function verifySignature(signature: Signature): void {
  started();
  const given = options('signature', signature, ['publicKey', 'message', 'signature']);
  const publicKey = bytes('publicKey', given.publicKey, 32);
  const message = bytes('message', given.message);
  const signed = bytes('signature', given.signature);
  judged(() => wasm.verify_signature(publicKey, message, signed));
}

/** Judges many signatures, at most 1,048,576, with exactly the verdicts of `verifySignature`: one byte each, 1 = valid. */
export function verifySignatures(signatures: Signatures): Uint8Array {
  started();
  const given = options('signatures', signatures, ['publicKey', 'publicKeys', 'messages', 'signatures']);
  const parts = list('messages', given.messages, bytes);
  const messages = flatten('messages', parts);
  const signed = flatten('signatures', list('signatures', given.signatures, bytes));
  const publicKeys = signers(given.publicKey, given.publicKeys, parts.length);
  if (signed.lengths.length !== parts.length) {
    throw new RangeError(`signatures must hold one for each of ${parts.length} messages, got ${signed.lengths.length}`);
  }
  return judged(() => wasm.verify_signatures(publicKeys, messages.bytes, messages.lengths, signed.bytes, signed.lengths));
}

/** One key for all, or one each, joined. */
function signers(publicKey: unknown, publicKeys: unknown, messages: number): Uint8Array {
  if ((publicKey === undefined) === (publicKeys === undefined)) throw new TypeError('give exactly one of publicKey and publicKeys');
  if (publicKey !== undefined) return bytes('publicKey', publicKey, 32);
  const keys = list('publicKeys', publicKeys, (name, key) => bytes(name, key, 32));
  if (keys.length !== messages) throw new RangeError(`publicKeys must hold one for each of ${messages} messages, got ${keys.length}`);
  return flatten('publicKeys', keys).bytes;
}
