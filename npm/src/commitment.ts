import { bytes, flatten, list, options, text, textBytes, utf8 } from './arguments.js';
import { commitOf } from './author.js';
import { judged } from './errors.js';
import type { Commit, CommitAlgorithm, Field } from './types.js';
import * as wasm from './stateledger_wasm.js';
import { started } from './wasm.js';

const SALT_BYTES = 32;

/** A payload and what hides it. */
export interface Payload {
  /** The payload's bytes; of a JSON payload its canonical form (`canonicalJson`). */
  payload: Uint8Array;
  /** 32 random bytes, drawn afresh for each record. They open the commitment: keep them as secret as the payload. */
  salt: Uint8Array;
}

/**
 * Commits to a payload, as the ledger does when it is appended: `sha256-salted-v1`, the whole of it, or
 * `sha256-fields-v1`, a JSON payload of which single fields can be shown later.
 *
 * Throws `VerificationError`: `commitment-unsupported`, and for `sha256-fields-v1` what is wrong with the payload.
 */
export function commitPayload(options_: Payload & { alg?: CommitAlgorithm | undefined }): Commit {
  started();
  const given = options('options', options_, ['payload', 'salt', 'alg']);
  const [payload, salt] = [bytes('payload', given.payload), bytes('salt', given.salt, SALT_BYTES)];
  const alg = utf8('alg', given.alg === undefined ? 'sha256-salted-v1' : text('alg', given.alg));
  return judged(() => wasm.commit_payload(alg, salt, payload) as Commit);
}

/**
 * Verifies that this payload, under this salt, is the one that was committed to. Throws `VerificationError`
 * (`payload-mismatch`, or what is wrong with the payload).
 */
export function openCommitment(options_: Payload & { commit: Commit }): void {
  started();
  const given = options('options', options_, ['commit', 'payload', 'salt']);
  const { alg, digest, size } = commitOf('commit', given.commit);
  const [payload, salt] = [bytes('payload', given.payload), bytes('salt', given.salt, SALT_BYTES)];
  judged(() => wasm.open_commitment(alg, digest, size, salt, payload));
}

/**
 * Makes what shows single fields of a payload that was committed to with `sha256-fields-v1`, and nothing of the others:
 * one JSON text (`application/vnd.stateledger.disclosure+json`) for each JSON pointer. Hand over the text and the
 * receipt without payload and salt.
 *
 * Throws `VerificationError`: `pointer-malformed`, `field-missing`, and what is wrong with the payload.
 */
export function discloseFields(options_: Payload & { pointers: readonly string[] }): string[] {
  started();
  const given = options('options', options_, ['payload', 'salt', 'pointers']);
  const named = list('pointers', given.pointers, text);
  // Fields do not overlap, so each one once is bounded by the payload.
  if (new Set(named).size !== named.length) throw new RangeError('pointers must name each field once');
  const pointers = flatten('pointers', named.map((pointer, at) => utf8(`pointers[${at}]`, pointer)));
  const [payload, salt] = [bytes('payload', given.payload), bytes('salt', given.salt, SALT_BYTES)];
  return judged(() => wasm.disclose_fields(salt, payload, pointers.bytes, pointers.lengths));
}

/**
 * Verifies that the payload behind a digest (`commit.digest` of a verified record) has this field, and answers path and
 * value. That there is no second value at the same path is only seen by who verifies the whole payload.
 *
 * Throws `VerificationError` (`disclosure-malformed`, `disclosure-invalid`, `commitment-unsupported`).
 */
export function verifyDisclosure(options_: { disclosure: string | Uint8Array; digest: Uint8Array }): Field {
  started();
  const given = options('options', options_, ['disclosure', 'digest']);
  const disclosure = textBytes('disclosure', given.disclosure);
  const digest = bytes('digest', given.digest, 32);
  const [path, value] = JSON.parse(judged(() => wasm.verify_disclosure(disclosure, digest))) as [Field['path'], Field['value']];
  return { path, value };
}

/**
 * The RFC 8785 form of a JSON text, which is what a ledger commits to: members sorted, one spelling of each number and
 * string. It is strict where readers disagree: `JSON.parse` takes repeated members, this refuses them.
 *
 * Throws `VerificationError` (`duplicate-member`, `number-not-representable`, `lone-surrogate` and other codes of JSON).
 */
export function canonicalJson(json: string | Uint8Array): Uint8Array {
  started();
  const given = textBytes('json', json);
  return judged(() => wasm.canonical_json(given));
}
