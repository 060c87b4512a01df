import { bytes, describe, flatten, list, options, text, utf8 } from './arguments.js';
import { judged } from './errors.js';
import * as wasm from './stateledger_wasm.js';

/** What crosses whole; which thresholds the keys can meet is for the module to say. */
const MAX_THRESHOLD = 0xffff_ffff;

/** Hands `trust` to the module for the length of one call. */
export function withTrust<T>(trust: unknown, call: (trust: wasm.Trust) => T): T {
  const given = options('trust', trust, ['key', 'policy', 'authors', 'maxAgeSeconds', 'now']);
  // All of the caller's mistakes before anything is allocated in the module.
  const signers = signersOf(given.key, given.policy);
  const authors = given.authors === undefined ? undefined : authorsOf(given.authors);
  const maxAge = given.maxAgeSeconds === undefined ? undefined : seconds(given.maxAgeSeconds);
  const now = moment(given.now);
  const made = judged(() => ('policy' in signers ? wasm.Trust.from_policy(signers.policy) : wasm.Trust.from_keys(signers.bytes, signers.lengths)));
  try {
    if (authors !== undefined) judged(() => made.expect_authors(authors.keys, authors.threshold));
    if (maxAge !== undefined) made.expect_age(maxAge, now);
    return judged(() => call(made));
  } finally {
    made.free();
  }
}

function signersOf(key: unknown, policy: unknown): { policy: Uint8Array } | { bytes: Uint8Array; lengths: Uint32Array } {
  if ((key === undefined) === (policy === undefined)) throw new TypeError('trust must have exactly one of key and policy');
  if (policy !== undefined) return { policy: utf8('policy', text('policy', policy)) };
  if (typeof key !== 'string' && !Array.isArray(key)) throw new TypeError(`key must be a string or an array of strings, got ${describe(key)}`);
  const keys = list('key', Array.isArray(key) ? key : [key], (name, one) => utf8(name, text(name, one)));
  return flatten('key', keys);
}

/** Authors of whom so many must have signed, checked. */
export function authorsOf(authors: unknown): { keys: Uint8Array; threshold: number } {
  const given = options('authors', authors, ['keys', 'threshold']);
  const keys = list('authors.keys', given.keys, (name, key) => bytes(name, key, 32));
  const threshold = given.threshold;
  if (typeof threshold !== 'number') throw new TypeError(`authors.threshold must be a number, got ${describe(threshold)}`);
  if (!Number.isInteger(threshold) || threshold < 0 || threshold > MAX_THRESHOLD) {
    throw new RangeError(`authors.threshold must be a whole number below 2^32, got ${threshold}`);
  }
  return { keys: flatten('authors.keys', keys).bytes, threshold };
}

/** Cosignatures count whole seconds, so a fraction can't change an answer. */
export function seconds(value: unknown): bigint {
  if (typeof value !== 'number') throw new TypeError(`maxAgeSeconds must be a number, got ${describe(value)}`);
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw new RangeError(`maxAgeSeconds must be from 0 to 2^53-1, got ${value}`);
  return BigInt(Math.floor(value));
}

function moment(now: unknown): bigint {
  const time = now === undefined ? Date.now() : dateTime(now);
  if (!(time >= 0)) throw new RangeError('now must be a valid date since 1970');
  return BigInt(Math.floor(time / 1000));
}

function dateTime(now: unknown): number {
  try {
    return Date.prototype.getTime.call(now);
  } catch {
    throw new TypeError(`now must be a Date, got ${describe(now)}`);
  }
}
