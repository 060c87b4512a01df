import { bytes, entryBytes, flatten, list, options, textBytes } from './arguments.js';
import { judged } from './errors.js';
import { receiptBytes } from './receipt.js';
import { withTrust } from './trust.js';
import type { BundleRecord, BundleVerdict, Receipt, Trust } from './types.js';
import * as wasm from './stateledger_wasm.js';
import { started } from './wasm.js';

/** In a record's flags: it has a salt, it has a payload. */
const [HAS_SALT, HAS_PAYLOAD] = [1, 2];

/** The type that only a ledger itself appends: the subject is the index of the record whose payload is gone. */
export const ERASED = 'stateledger.erased';

/** One record to put into a bundle. */
export interface BundlePart {
  /** The leaf's exact bytes. */
  entry: Uint8Array;
  /** The payload, where the reader may have it. */
  payload?: Uint8Array | undefined;
  /** The 32 bytes that salt the payload's commitment. */
  salt?: Uint8Array | undefined;
}

/** What a bundle is made of. */
export interface BundleParts {
  /** The signed checkpoint, as it was served. */
  checkpoint: string | Uint8Array;
  /** The batch proof's bytes, which say which leaves the records are. */
  proof: Uint8Array;
  /** One record for each index of the proof, in its order. */
  records: readonly BundlePart[];
  /** The exporter's private key, 32 bytes, if he signs. */
  seed?: Uint8Array | undefined;
}

/**
 * Verifies an audit bundle (`application/vnd.stateledger.audit-bundle`) with no network: its exporter, its checkpoint,
 * that its records are leaves of the signed tree, and each record as `verifyReceipt` does.
 *
 * Throws `VerificationError` with the code of the first step that fails; `index` names the record, if it is about one.
 *
 * @param bundle The file's bytes, at most 256 MiB.
 * @param options Whom to believe.
 * @param exporters Public keys, 32 bytes each, of which one must have signed the bundle. Without them nobody must have.
 */
export function verifyBundle(bundle: Uint8Array, options: Trust, exporters?: readonly Uint8Array[]): BundleVerdict {
  started();
  const file = bytes('bundle', bundle);
  const keys = exporters === undefined ? [] : list('exporters', exporters, (name, key) => bytes(name, key, 32));
  const joined = flatten('exporters', keys).bytes;
  const verdict = withTrust(options, (trust) => wasm.verify_bundle(file, trust, joined) as BundleVerdict);
  noteErasures(verdict.records);
  return verdict;
}

/** Types of this prefix are the ledger's own: nobody else appends that a payload was erased. */
function noteErasures(records: readonly BundleRecord[]): void {
  const told = records.filter(({ record }) => record.type === ERASED);
  const erasures = new Map(told.map(({ index, record: { subject, time } }) => [subject, { index, time }]));
  for (const record of records) {
    const erased = erasures.get(`${record.index}`);
    if (record.payload === undefined && erased !== undefined && erased.index > record.index) record.erased = erased;
  }
}

/**
 * Makes an audit bundle of receipts that carry the same checkpoint, in any order, and signs it if there is a private
 * key. Nothing is verified: verify the bundle.
 *
 * Throws `VerificationError` (`checkpoint-mismatch`, `batch-leaves-invalid`, or what is wrong with a receipt, whose
 * place in the list is its `index`).
 */
export function bundleReceipts(receipts: readonly (Receipt | string)[], seed?: Uint8Array): Uint8Array {
  started();
  const jsons = flatten('receipts', list('receipts', receipts, receiptBytes));
  const secret = seed === undefined ? undefined : bytes('seed', seed, 32);
  return judged(() => wasm.bundle_receipts(jsons.bytes, jsons.lengths, secret));
}

/**
 * Makes an audit bundle of its parts, and signs it if there is a private key. Nothing is verified: verify the bundle.
 *
 * Throws `VerificationError` for parts that make no bundle.
 */
export function encodeBundle(parts: BundleParts): Uint8Array {
  started();
  const given = options('parts', parts, ['checkpoint', 'proof', 'records', 'seed']);
  const checkpoint = textBytes('checkpoint', given.checkpoint);
  const proof = bytes('proof', given.proof);
  const records = list('records', given.records, recordOf);
  const secret = given.seed === undefined ? undefined : bytes('seed', given.seed, 32);
  const entries = flatten('records', records.map(({ entry }) => entry));
  const salts = flatten('records', records.flatMap(({ salt }) => salt ?? [])).bytes;
  const payloads = flatten('records', records.flatMap(({ payload }) => payload ?? []));
  const flags = Uint8Array.from(records, ({ salt, payload }) => (salt === undefined ? 0 : HAS_SALT) | (payload === undefined ? 0 : HAS_PAYLOAD));
  return judged(() => wasm.encode_bundle(checkpoint, proof, entries.bytes, entries.lengths, flags, salts, payloads.bytes, payloads.lengths, secret));
}

function recordOf(name: string, record: unknown): { entry: Uint8Array; salt: Uint8Array | undefined; payload: Uint8Array | undefined } {
  const given = options<keyof BundlePart>(name, record, ['entry', 'payload', 'salt']);
  return {
    entry: entryBytes(`${name}.entry`, given.entry),
    payload: given.payload === undefined ? undefined : bytes(`${name}.payload`, given.payload),
    salt: given.salt === undefined ? undefined : bytes(`${name}.salt`, given.salt, 32),
  };
}
