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
  /** What the entry says about its payload: how the digest (32 bytes) was made, and the payload's bytes. */
  commit: { alg: string; digest: Uint8Array; size: bigint };
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
