import type { VerificationError } from './errors.js';

/**
 * `WebAssembly.Module`, also for a compiler with Node's types alone, which lack it. The language's own declaration is an
 * empty interface: without `object` it would take a string.
 */
type WasmModule = object & (typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } } ? Module : unknown);

/** What `init` takes: where the module's bytes are, the bytes, or the compiled `WebAssembly.Module`. */
export type InitSource = URL | Request | Response | ArrayBuffer | ArrayBufferView | WasmModule;

/** A receipt as it travels, `application/vnd.stateledger.receipt+json`. */
export interface Receipt {
  /** The entry's exact bytes, standard base64 with padding. */
  entry: string;
  /** A C2SP tlog-proof text: index, inclusion proof and signed checkpoint. */
  proof: string;
  /** The payload, standard base64 with padding. */
  payload?: string | undefined;
  /** The 32 bytes that salt the payload's commitment, standard base64 with padding. */
  salt?: string | undefined;
}

/** Whom the caller believes, from the caller's own configuration and never from the sender. */
export type Trust = ({ key: string | readonly string[]; policy?: never } | { policy: string; key?: never }) & {
  /** Authors of whom `threshold` must have signed the record; keys of 32 bytes. */
  authors?: { keys: readonly Uint8Array[]; threshold: number } | undefined;
  /** Refuse a checkpoint that no trusted witness cosigned within this time. */
  maxAgeSeconds?: number | undefined;
  /** The moment that `maxAgeSeconds` counts back from; default: the clock. */
  now?: Date | undefined;
};

/** Who signed a checkpoint, of those whom the caller trusts. */
export interface Signer {
  /** The key's name. */
  name: string;
  /** The log itself, or a witness. */
  kind: 'log' | 'witness';
  /** When a witness cosigned, in seconds since 1970. */
  time?: bigint;
}

/** What a verification did not look at. */
export type NotChecked = 'witness' | 'author' | 'payload' | 'freshness' | 'append-only';

/** What the verification of a bundle did not look at. */
export type BundleNotChecked = NotChecked | 'completeness' | 'exporter';

/** How a payload is committed to: the whole of it, or field by field. */
export type CommitAlgorithm = 'sha256-salted-v1' | 'sha256-fields-v1';

/** What an entry says about its payload, which is not in it. */
export interface Commit {
  /** How the digest was made. */
  alg: CommitAlgorithm;
  /** 32 bytes. */
  digest: Uint8Array;
  /** The payload's bytes; 0 with `sha256-fields-v1`, where it would tell of the fields that are not shown. */
  size: bigint;
}

/** The part of a record that its author fixes, and may sign. */
export interface Statement {
  /** What kind of record it is, 1 to 256 bytes. */
  type: string;
  /** Who or what wrote it, 1 to 256 bytes. */
  source: string;
  /** What it is about, 1 to 1,024 bytes. */
  subject?: string | undefined;
  /** The payload's media type, 1 to 255 bytes. */
  contentType: string;
  /** The commitment to the payload. */
  commit: Commit;
  /** The origin of the ledger that it is meant for, 1 to 512 bytes; needed where it is signed. */
  origin?: string | undefined;
}

/** An author's signature of a statement, as it travels in `sigs`. */
export interface AuthorSignature {
  /** The Ed25519 public key, base64url of 32 bytes. */
  key: string;
  /** The signature, base64url of 64 bytes. */
  sig: string;
}

/** An entry that was read and not verified. */
export interface Entry {
  /** What the author fixed. */
  statement: Statement;
  /** The author signatures, sorted by key, not verified. */
  sigs: AuthorSignature[];
  /** The ledger's clock, RFC 3339 in UTC with milliseconds. */
  time: string;
}

/** One field of a payload, as a disclosure shows it. */
export interface Field {
  /** The names of members and the positions in arrays that lead to it; of a payload that is one field, none. */
  path: (string | number)[];
  /** What is there: it holds no other value, so an array or object is empty. */
  value: null | boolean | number | string | [] | Record<string, never>;
}

/** A verifier key of C2SP signed-note. */
export interface VerifierKey {
  /** The key's name; of a log key, the origin of its ledger. */
  name: string;
  /** The Ed25519 public key, 32 bytes. */
  publicKey: Uint8Array;
  /** The key as text. */
  text: string;
}

/** A C2SP tlog-policy. */
export interface Policy {
  /** The logs, each of which is accepted. */
  logs: VerifierKey[];
  /** The witnesses. */
  witnesses: VerifierKey[];
  /** Whether cosignatures are demanded. */
  hasQuorum: boolean;
}

/** The record inside a verified entry. */
export interface RecordView {
  /** What kind of record it is, 1 to 256 bytes. */
  type: string;
  /** Who or what wrote it, 1 to 256 bytes. */
  source: string;
  /** What it is about, 1 to 1,024 bytes. */
  subject?: string;
  /** The payload's media type, 1 to 255 bytes. */
  contentType: string;
  /** The sequencer's clock, RFC 3339 in UTC with milliseconds. */
  time: string;
  /** What the entry says about its payload. */
  commit: Commit;
  /** Authors whose signatures were verified. */
  authors: { key: Uint8Array }[];
}

/** What a receipt was shown to prove. */
export interface Verdict {
  /** The ledger's name, `<host>/log/<ledger>`. */
  origin: string;
  /** The record's position, from 0. */
  index: bigint;
  /** The number of records under the checkpoint. */
  size: bigint;
  /** The checkpoint's root, 32 bytes. */
  rootHash: Uint8Array;
  /** The record's leaf hash, 32 bytes. */
  leafHash: Uint8Array;
  /** The record. */
  record: RecordView;
  /** The trusted keys that signed the checkpoint. */
  signers: Signer[];
  /** Whether the payload was there to be compared with its commitment. */
  payload: 'verified' | 'absent';
  /** What was not checked; `append-only` always, because one receipt can't show it. */
  notChecked: NotChecked[];
}

/** What became of one receipt of many. */
export type ReceiptOutcome = { status: 'verified'; verdict: Verdict } | { status: 'refused'; error: VerificationError };

/** One record of an audit bundle, verified. */
export interface BundleRecord {
  /** The record's position, from 0. */
  index: bigint;
  /** The record's leaf hash, 32 bytes. */
  leafHash: Uint8Array;
  /** The record. */
  record: RecordView;
  /** The payload's bytes, verified against the record's commitment; absent if the bundle has none. */
  payload?: Uint8Array;
  /** Which record of the bundle says that the payload was erased, and when. */
  erased?: { index: bigint; time: string };
}

/** What an audit bundle was shown to prove. */
export interface BundleVerdict {
  /** The ledger's name, `<host>/log/<ledger>`. */
  origin: string;
  /** The number of records under the checkpoint, of which the bundle may hold some. */
  size: bigint;
  /** The checkpoint's root, 32 bytes. */
  rootHash: Uint8Array;
  /** The trusted keys that signed the checkpoint. */
  signers: Signer[];
  /** The public key of who signed the bundle, if somebody did. */
  exporter?: Uint8Array;
  /** The bundle's records by index: all of them hold. */
  records: BundleRecord[];
  /** What was not checked; `completeness` where the ledger has records that the bundle has not. */
  notChecked: BundleNotChecked[];
}

/** A signed head that was verified. */
export interface Checkpoint {
  /** The ledger's name, `<host>/log/<ledger>`. */
  origin: string;
  /** The number of records. */
  size: bigint;
  /** The root, 32 bytes. */
  rootHash: Uint8Array;
  /** The trusted keys that signed it. */
  signers: Signer[];
}
