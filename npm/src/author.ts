import { bytes, list, options, text, u64, utf8 } from './arguments.js';
import { judged } from './errors.js';
import type { AuthorSignature, Commit, Entry, Statement } from './types.js';
import * as wasm from './stateledger_wasm.js';
import { started } from './wasm.js';

/** Bytes of a private key's seed, as RFC 8032 calls the private key itself. */
const SEED_BYTES = 32;

/**
 * The Ed25519 public key, 32 bytes, of a private key. The package draws no random numbers: make a private key with
 * `crypto.getRandomValues(new Uint8Array(32))`.
 *
 * @param seed The private key, 32 bytes.
 */
export function publicKey(seed: Uint8Array): Uint8Array {
  started();
  const secret = bytes('seed', seed, SEED_BYTES);
  return judged(() => wasm.public_key(secret));
}

/** Signs a message with Ed25519: 64 bytes, always the same for the same key and message. */
export function sign(options_: { seed: Uint8Array; message: Uint8Array }): Uint8Array {
  started();
  const given = options('options', options_, ['seed', 'message']);
  const secret = bytes('seed', given.seed, SEED_BYTES);
  const message = bytes('message', given.message);
  return judged(() => wasm.sign(secret, message));
}

/**
 * Signs a statement as one of its authors: DSSE over the bytes that `encodeStatement` answers, which are those that
 * the ledger stores. The answer is an element of `sigs`.
 *
 * Throws `VerificationError` for bytes that are no canonical statement.
 */
export function signStatement(options_: { seed: Uint8Array; statement: Uint8Array }): AuthorSignature {
  started();
  const given = options('options', options_, ['seed', 'statement']);
  const secret = bytes('seed', given.seed, SEED_BYTES);
  const statement = bytes('statement', given.statement);
  return judged(() => wasm.sign_statement(secret, statement) as AuthorSignature);
}

/**
 * Verifies one author's signature of a statement. Throws `VerificationError` (`author-signature-invalid`, or what is
 * wrong with the statement).
 */
export function verifyStatement(options_: { statement: Uint8Array; signature: AuthorSignature }): void {
  started();
  const given = options('options', options_, ['statement', 'signature']);
  const statement = bytes('statement', given.statement);
  const signature = signatureJson('signature', given.signature);
  judged(() => wasm.verify_statement(statement, utf8('signature', signature)));
}

/**
 * The canonical bytes of a statement: what its authors sign. `commit` comes from `commitPayload`, and `origin` is the
 * ledger's, without which a statement can't be signed.
 *
 * Throws `VerificationError` with the code of the first member that is out of its limits.
 */
export function encodeStatement(statement: Statement): Uint8Array {
  started();
  const given = options('statement', statement, ['type', 'source', 'subject', 'contentType', 'commit', 'origin']);
  const commit = commitOf('commit', given.commit);
  const member = (name: 'type' | 'source' | 'contentType') => utf8(name, text(name, given[name]));
  const optional = (name: 'subject' | 'origin') => (given[name] === undefined ? undefined : utf8(name, text(name, given[name])));
  const [type, source, contentType] = [member('type'), member('source'), member('contentType')];
  const [subject, origin] = [optional('subject'), optional('origin')];
  return judged(() => wasm.encode_statement(type, source, subject, contentType, commit.alg, commit.digest, commit.size, origin));
}

/**
 * The bytes of an entry, which are a ledger's leaf. `sigs` may come in any order, and are not verified; `time` is the
 * ledger's clock, as `2026-11-23T10:00:00.000Z`.
 *
 * Throws `VerificationError` for parts that are out of their limits.
 */
export function encodeEntry(entry: { statement: Uint8Array; sigs?: readonly AuthorSignature[] | undefined; time: string }): Uint8Array {
  started();
  const given = options('entry', entry, ['statement', 'sigs', 'time']);
  const statement = bytes('statement', given.statement);
  const sigs = given.sigs === undefined ? [] : list('sigs', given.sigs, signatureJson);
  const time = utf8('time', text('time', given.time));
  return judged(() => wasm.encode_entry(statement, utf8('sigs', `[${sigs.join(',')}]`), time));
}

/** Reads the bytes of an entry, strictly. It verifies no signature and no position: `verifyReceipt` does. */
export function decodeEntry(entry: Uint8Array): Entry {
  started();
  const leaf = bytes('entry', entry);
  return judged(() => wasm.decode_entry(leaf) as Entry);
}

/** A signature as JSON for the one strict reader of base64url. */
function signatureJson(name: string, signature: unknown): string {
  const given = options(name, signature, ['key', 'sig']);
  const member = (member: 'key' | 'sig') => JSON.stringify(text(`${name}.${member}`, given[member]));
  return `{"key":${member('key')},"sig":${member('sig')}}`;
}

/** A commitment, its members checked and ready to cross. */
export function commitOf(name: string, commit: unknown): { alg: Uint8Array; digest: Uint8Array; size: bigint } {
  const given = options<keyof Commit>(name, commit, ['alg', 'digest', 'size']);
  return {
    alg: utf8(`${name}.alg`, text(`${name}.alg`, given.alg)),
    digest: bytes(`${name}.digest`, given.digest, 32),
    size: u64(`${name}.size`, given.size),
  };
}
