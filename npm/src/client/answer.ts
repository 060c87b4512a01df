/** Answers of a server, read with suspicion: every member has its type, or `VerificationError` (`answer-malformed`). */
import { VerificationError } from '../errors.js';

const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** A JSON object of an answer. */
export type Members = Record<string, unknown>;

/** Refuses an answer. */
export function malformed(what: string): VerificationError {
  return new VerificationError('answer-malformed', `the server's answer: ${what}`, undefined);
}

/** Refuses an answer that is well-formed but about something else. */
export function mismatch(what: string): VerificationError {
  return new VerificationError('answer-mismatch', `the server's answer: ${what}`, undefined);
}

/** UTF-8 that is nothing else. */
export function decoded(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw malformed('it is not UTF-8');
  }
}

/** A body that is one JSON object. */
export function objectOf(body: Uint8Array): Members {
  let value: unknown;
  try {
    value = JSON.parse(decoded(body));
  } catch (error) {
    throw error instanceof VerificationError ? error : malformed('it is not JSON');
  }
  return asObject(value, 'it');
}

export function asObject(value: unknown, name: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${name} is no object`);
  return value as Members;
}

export function arrayOf(of: Members, name: string): unknown[] {
  const value = own(of, name);
  if (!Array.isArray(value)) throw malformed(`${name} is no array`);
  return value;
}

export function textOf(of: Members, name: string): string {
  const value = own(of, name);
  if (typeof value !== 'string') throw malformed(`${name} is no string`);
  return value;
}

/** A string that may be absent. */
export function optionalText(of: Members, name: string): string | undefined {
  return own(of, name) === undefined ? undefined : textOf(of, name);
}

/** A u64 as a decimal string. */
export function u64Of(of: Members, name: string): bigint {
  const digits = textOf(of, name);
  const value = /^(0|[1-9][0-9]{0,19})$/.test(digits) ? BigInt(digits) : -1n;
  if (value < 0n || value > U64_MAX) throw malformed(`${name} is no index or size`);
  return value;
}

/** A member itself, never one of the prototype's. */
export function own(of: Members, name: string): unknown {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

/** Standard base64 with padding, and nothing else. */
export function fromBase64(text: string, name: string): Uint8Array {
  try {
    const binary = atob(text);
    // atob forgives white space, missing padding and stray bits; what it read must be what was written.
    if (btoa(binary) === text) {
      const bytes = new Uint8Array(binary.length);
      for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
      return bytes;
    }
  } catch {
    // Not base64 at all.
  }
  throw malformed(`${name} is not base64`);
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // String.fromCharCode takes its bytes as arguments, of which an engine has room for some tens of thousands.
  for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(binary);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Two lowercase digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
