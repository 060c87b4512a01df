/** What is appended: checked, and brought into the exact bytes that the ledger commits to. */
import { bytes, describe, isBytes, list, options, text } from '../arguments.js';
import { canonicalJson } from '../commitment.js';
import { VerificationError } from '../errors.js';
import { toBase64, toHex } from './answer.js';

/** As many records as one request takes. */
export const MAX_BATCH = 1_000;

/** An author's signature over a record's statement. */
export interface RecordSignature {
  /** The public key, base64url of 32 bytes. */
  key: string;
  /** The signature, base64url of 64 bytes. */
  sig: string;
}

/** A record to append. */
export interface NewRecord {
  /** What kind of record it is, 1 to 256 bytes. */
  type: string;
  /** Who or what writes it, 1 to 256 bytes. */
  source: string;
  /** What it is about, to 1,024 bytes. */
  subject?: string | undefined;
  /** The payload's media type; default: `application/json`, for bytes `application/octet-stream`. */
  contentType?: string | undefined;
  /** Any JSON value, or a `Uint8Array` for bytes as they are. */
  payload: unknown;
  /** Salts the payload's commitment: 32 bytes, else the server draws them. */
  salt?: Uint8Array | undefined;
  /** Author signatures over the statement; they need `salt`. */
  sigs?: readonly RecordSignature[] | undefined;
  /** How the payload is committed to; default `sha256-salted-v1`. */
  commitment?: 'sha256-salted-v1' | 'sha256-fields-v1' | undefined;
  /** Names this record, so that sending it again changes nothing; else the client draws one. */
  idempotencyKey?: string | undefined;
}

/** A record as it is sent, with what its receipt has to show. */
export interface Outgoing {
  /** The record's JSON. */
  json: string;
  idempotencyKey: string;
  /** The committed bytes. */
  payload: Uint8Array;
  type: string;
  source: string;
  subject: string | undefined;
  contentType: string;
  salt: string | undefined;
  commitment: string;
  /** Keys of the signatures, base64url. */
  authors: readonly string[];
}

const MEMBERS = ['type', 'source', 'subject', 'contentType', 'payload', 'salt', 'sigs', 'commitment', 'idempotencyKey'] as const;

/** Reads a record once; what the server decides (lengths, reserved types, rules) is left to it. */
export function outgoing(name: string, record: unknown): Outgoing {
  const given = options(name, record, MEMBERS);
  const named = (member: (typeof MEMBERS)[number]) => (given[member] === undefined ? undefined : text(`${name}.${member}`, given[member]));
  const raw = isBytes(given.payload);
  const body = raw ? bytes(`${name}.payload`, given.payload).slice() : jsonBytes(`${name}.payload`, given.payload);
  const salt = given.salt === undefined ? undefined : toBase64(bytes(`${name}.salt`, given.salt, 32));
  const sigs = given.sigs === undefined ? undefined : list(`${name}.sigs`, given.sigs, signature);
  const fields = {
    type: text(`${name}.type`, given.type),
    source: text(`${name}.source`, given.source),
    subject: named('subject'),
    contentType: named('contentType') ?? (raw ? 'application/octet-stream' : 'application/json'),
    commitment: named('commitment') ?? 'sha256-salted-v1',
    idempotencyKey: named('idempotencyKey') ?? drawKey(),
    salt,
  };
  const members = JSON.stringify({ ...fields, sigs }).slice(1, -1);
  const payload = raw ? `"payloadBase64":"${toBase64(body)}"` : `"payload":${new TextDecoder().decode(body)}`;
  return { ...fields, json: `{${members},${payload}}`, payload: body, authors: (sigs ?? []).map(({ key }) => key) };
}

/** The RFC 8785 form of what `JSON.stringify` would send, where that says what the value holds. */
function jsonBytes(name: string, value: unknown): Uint8Array {
  let json: string | undefined;
  let misread: string | undefined;
  try {
    json = JSON.stringify(value, (_, part: unknown) => {
      misread ??= misreadKind(part);
      return part;
    });
  } catch (cause) {
    throw new TypeError(`${name} must be a JSON value`, { cause });
  }
  if (misread !== undefined) throw new TypeError(`${name} must be a JSON value, or a Uint8Array by itself: it holds ${misread}`);
  if (json === undefined) throw new TypeError(`${name} must be a JSON value or a Uint8Array, got ${describe(value)}`);
  try {
    return canonicalJson(json);
  } catch (cause) {
    // Half a surrogate pair, or nested too deep: the caller's own value, so no verdict about anybody.
    if (cause instanceof VerificationError) throw new RangeError(`${name} is not taken: ${cause.message}`, { cause });
    throw cause;
  }
}

/**
 * What `JSON.stringify` would write as something else, and an append cannot be taken back: `{}` for a Map, `null` for NaN,
 * an object of numbers for other views of memory.
 */
function misreadKind(part: unknown): string | undefined {
  if (typeof part === 'number') return Number.isFinite(part) ? undefined : String(part);
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return undefined;
  const kind = Object.prototype.toString.call(part).slice(8, -1);
  return WRITTEN.includes(kind) ? undefined : `a ${kind}`;
}

/** Objects that JSON shows as what they are; a `Date` is a string before it comes here. */
const WRITTEN = ['Object', 'Number', 'String', 'Boolean'];

function signature(name: string, value: unknown): RecordSignature {
  const { key, sig } = options(name, value, ['key', 'sig']);
  return { key: text(`${name}.key`, key), sig: text(`${name}.sig`, sig) };
}

/** 128 random bits: no two requests of anybody draw the same. */
function drawKey(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}
