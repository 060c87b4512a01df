/** What a client is told: checked once, when it is made. */
import { bytes, describe, list, options, reading, text } from '../arguments.js';
import { authorsOf as demandAuthors, seconds } from '../trust.js';
import type { Trust } from '../types.js';
import { memoryStore, type HeadStore } from './store.js';

/** What `LedgerClient` takes. */
export type LedgerClientOptions = ({ key: string | readonly string[]; policy?: never } | { policy: string; key?: never }) & {
  /**
   * Where the ledger is: the server (`https://ledger.example`; the ledger is then the last part of the key's name), the
   * ledger itself (`.../api/v1/ledgers/demo` or `.../log/demo`), or the prefix of any C2SP tlog-tiles log, of which only
   * what is read from tiles works.
   */
  url: string | URL;
  /** The prefix of the log's tiles, where they are elsewhere than `url` says: on a mirror, or under another path. Another host gets no token. */
  log?: string | URL | undefined;
  /** A bearer token, for what not everybody may do. */
  token?: string | undefined;
  /** Used instead of the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Where the last head is kept; default: in memory. */
  store?: HeadStore | undefined;
  /** Authors of whom `threshold` must have signed each record; keys of 32 bytes. */
  authors?: { keys: readonly Uint8Array[]; threshold: number } | undefined;
  /** Refuse heads that no trusted witness cosigned within this time. */
  maxAgeSeconds?: number | undefined;
  /** For how long older heads are only stale; default 300. */
  rollbackAfterSeconds?: number | undefined;
  /** How often a request is repeated; default 4. */
  retries?: number | undefined;
  /** For one try, the whole answer included; default 30,000. */
  timeoutMs?: number | undefined;
};

/** The options, checked and completed. */
export interface Settings {
  /** The origin (scheme, host, port) of `url`; nobody else gets the token. */
  server: string;
  /** The ledger's resource of the HTTP API; none for a log that is no ledger of ours. */
  api: URL | undefined;
  /** The prefix of the tiles. */
  log: URL;
  /** Judges served heads and receipts. */
  trust: Trust;
  /** The configured log keys, all of one name. */
  keys: string[];
  /** That name: the log's origin. */
  origin: string;
  store: HeadStore;
  rollbackAfterMs: number;
  token: string | undefined;
  fetch: typeof fetch;
  retries: number;
  timeoutMs: number;
}

/** Timers count in 31 bits; a longer one would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const MEMBERS = ['url', 'log', 'key', 'policy', 'token', 'fetch', 'store', 'authors', 'maxAgeSeconds', 'rollbackAfterSeconds', 'retries', 'timeoutMs'] as const;

/** Checks what a client is told; throws `TypeError` or `RangeError` that names the member. */
export function settings(given: LedgerClientOptions): Settings {
  const told = options('options', given, MEMBERS);
  const keys = logKeys(told.key, told.policy);
  const origin = originOf(keys);
  const { store, fetch: fetcher } = told;
  if (store !== undefined && !isStore(store)) throw new TypeError('store must have read and swap');
  if (fetcher !== undefined && typeof fetcher !== 'function') throw new TypeError(`fetch must be a function, got ${describe(fetcher)}`);
  return {
    ...places(told.url, told.log, origin),
    trust: trustOf(told, keys),
    keys,
    origin,
    store: store ?? memoryStore(),
    rollbackAfterMs: whole('rollbackAfterSeconds', told.rollbackAfterSeconds, 300) * 1_000,
    token: told.token === undefined ? undefined : tokenOf(told.token),
    // Called on nothing: browsers refuse their own fetch on another object.
    fetch: (fetcher as typeof fetch | undefined) ?? ((input, init) => fetch(input, init)),
    retries: whole('retries', told.retries, 4),
    timeoutMs: whole('timeoutMs', told.timeoutMs, 30_000, LONGEST_TIMER_MS),
  };
}

/** The log keys of either form. The module parses them and says what is wrong with one; here their names are needed. */
function logKeys(key: unknown, policy: unknown): string[] {
  if ((key === undefined) === (policy === undefined)) throw new TypeError('options must have exactly one of key and policy');
  if (policy !== undefined) return text('policy', policy).split('\n').flatMap((line) => /^[ \t]*log[ \t]+(\S+)/.exec(line)?.[1] ?? []);
  if (typeof key !== 'string' && !Array.isArray(key)) throw new TypeError(`key must be a string or an array of strings, got ${describe(key)}`);
  return list('key', Array.isArray(key) ? key : [key], text);
}

/** A client follows one ledger, so that a server can't answer with another one that is trusted too. */
function originOf(keys: readonly string[]): string {
  const names = new Set(keys.map((key) => key.split('+', 1)[0] ?? ''));
  if (names.size !== 1) throw new RangeError('key or policy must name exactly one log; one client follows one ledger');
  return [...names][0] ?? '';
}

function trustOf(told: Record<(typeof MEMBERS)[number], unknown>, keys: string[]): Trust {
  const { policy, authors, maxAgeSeconds } = told;
  if (maxAgeSeconds !== undefined) seconds(maxAgeSeconds);
  const demands = { ...(authors !== undefined && { authors: authorsOf(authors) }), ...(maxAgeSeconds !== undefined && { maxAgeSeconds: maxAgeSeconds as number }) };
  return policy === undefined ? { key: keys, ...demands } : { policy: policy as string, ...demands };
}

function authorsOf(value: unknown): { keys: Uint8Array[]; threshold: number } {
  const { keys, threshold } = options('authors', value, ['keys', 'threshold']);
  demandAuthors({ keys, threshold });
  return { keys: list('authors.keys', keys, (name, key) => bytes(name, key, 32).slice()), threshold: threshold as number };
}

type Places = Pick<Settings, 'server' | 'api' | 'log'>;

/** Where a ledger's API and its log are, from whichever of them was named. */
function places(url: unknown, log: unknown, origin: string): Places {
  const base = address('url', url);
  const server = base.origin;
  const path = prefix(base);
  const at = (rest: string) => new URL(`${rest}/`, server);
  const elsewhere = log === undefined ? undefined : address('log', log);
  const tiles = (rest: string) => (elsewhere === undefined ? at(rest) : new URL(`${prefix(elsewhere)}/`, elsewhere.origin));
  const named = /^(.*)\/(?:api\/v1\/ledgers|log)\/([a-z0-9][a-z0-9-]{0,62})$/.exec(path);
  const ours = /\/log\/([a-z0-9][a-z0-9-]{0,62})$/.exec(origin);
  const [root, ledger] = named ? [named[1], named[2]] : [path, ours?.[1]];
  if (ledger === undefined) return { server, api: undefined, log: tiles(path) };
  return { server, api: at(`${root}/api/v1/ledgers/${ledger}`), log: tiles(`${root}/log/${ledger}`) };
}

function prefix({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '');
}

function address(name: string, url: unknown): URL {
  if (typeof url !== 'string' && !reading(name, () => url instanceof URL)) throw new TypeError(`${name} must be a URL or a string, got ${describe(url)}`);
  let parsed: URL;
  try {
    parsed = new URL(url as string | URL);
  } catch {
    throw new TypeError(`${name} must be an absolute URL`);
  }
  if (!/^https?:$/.test(parsed.protocol)) throw new TypeError(`${name} must be http or https`);
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') {
    throw new TypeError(`${name} must have no user, query or fragment`);
  }
  return parsed;
}

function tokenOf(value: unknown): string {
  // RFC 6750, b64token; anything else would be another header.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(text('token', value))) throw new TypeError('token must be a bearer token');
  return value as string;
}

function isStore(value: unknown): value is HeadStore {
  const store = value as Partial<HeadStore> | null;
  return reading('store', () => typeof store === 'object' && store !== null && typeof store.read === 'function' && typeof store.swap === 'function');
}

/** A number of things or a time that may be left out. */
function whole(name: string, value: unknown, otherwise: number, most = Number.MAX_SAFE_INTEGER): number {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < 0 || value > most) throw new RangeError(`${name} must be a whole number from 0 to ${most}, got ${value}`);
  return value;
}
