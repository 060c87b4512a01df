import { VerificationError } from '../errors.js';
import { LedgerError, NetworkError } from './errors.js';
import { onAbort } from './signal.js';

/** Problem documents are a few hundred bytes. */
const MAX_PROBLEM_BYTES = 1 << 16;
/** The first pause of a repetition; it doubles from there, each time with a random part. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A server that asks for a longer pause is told to the caller instead. */
const LONGEST_RETRY_AFTER_S = 60;
/** Statuses after which the same request may succeed; those from 520 on are Cloudflare's own, where a Worker was not reached. */
const PASSING = new Set([408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527]);
/** Refusals with such a status that time does not mend. */
const LASTING = new Set(['ledger-halted', 'storage-corrupt', 'origin-unusable']);

/** How a client reaches its server. */
export interface TransportOptions {
  fetch: typeof fetch;
  token: string | undefined;
  /** The origin of the URLs that the token goes to. */
  server: string;
  /** How often a request is repeated after the first try. */
  retries: number;
  /** For one try, answer's body included. */
  timeoutMs: number;
}

/** One request; it may be sent more than once, so what it does must not depend on how often. */
export interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: URL;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** Bytes of an answer's body that are read; a longer one is refused. */
  limit: number;
  signal?: AbortSignal | undefined;
}

/** A 2xx answer. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

/** Requests with bounded answers, bounded time and bounded repetition. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Answers a 2xx; throws `LedgerError`, `NetworkError`, `VerificationError` (`answer-too-large`) or the signal's reason. */
  async send(request: Request): Promise<Answer> {
    for (let tried = 0; ; tried++) {
      request.signal?.throwIfAborted();
      try {
        return await this.#once(request);
      } catch (error) {
        const pause = tried < this.#options.retries ? pauseAfter(error, tried) : undefined;
        if (pause === undefined) throw error;
        await sleep(pause, request.signal);
      }
    }
  }

  async #once(request: Request): Promise<Answer> {
    const { timeoutMs } = this.#options;
    const token = request.url.origin === this.#options.server ? this.#options.token : undefined;
    const cut = new AbortController();
    const late = setTimeout(() => cut.abort(new NetworkError('timeout', `no whole answer within ${timeoutMs} ms: ${request.url}`)), timeoutMs);
    const release = onAbort(request.signal, () => cut.abort(request.signal?.reason));
    try {
      const headers = { ...request.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
      const response = await this.#fetch(request, headers, cut.signal);
      if (response.ok) return { status: response.status, headers: response.headers, body: await read(response, request.limit, cut.signal) };
      throw await refusal(response, cut.signal);
    } finally {
      clearTimeout(late);
      release();
    }
  }

  async #fetch(request: Request, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    try {
      const { fetch } = this.#options;
      const init = { method: request.method ?? 'GET', headers, body: request.body ?? null, signal };
      // A redirect could lead the token elsewhere. `error` would say so, but workerd knows `manual` alone.
      return await raced(fetch(request.url, { ...init, redirect: 'manual' }), signal);
    } catch (cause) {
      throw signal.aborted ? signal.reason : new NetworkError('unreachable', `no answer from ${request.url.host}`, cause);
    }
  }
}

/** What a refusal says, if it is a problem document; else only its status. */
async function refusal(response: Response, signal: AbortSignal): Promise<LedgerError> {
  const retryAfterSeconds = retryAfter(response.headers.get('retry-after'));
  const isProblem = (response.headers.get('content-type') ?? '').startsWith('application/problem+json');
  const body = await read(response, MAX_PROBLEM_BYTES, signal).catch((error) => {
    if (error instanceof VerificationError) return new Uint8Array();
    throw error;
  });
  const { code, title, detail } = isProblem ? problem(body) : {};
  return new LedgerError(code ?? `http-${response.status}`, response.status, { title, detail, retryAfterSeconds });
}

function problem(body: Uint8Array): { code?: string; title?: string; detail?: string } {
  try {
    const value = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
    const short = (name: string) => (typeof value[name] === 'string' ? { [name]: value[name].slice(0, 1_000) } : {});
    const known = typeof value.code === 'string' && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value.code);
    return { ...(known && short('code')), ...short('title'), ...short('detail') };
  } catch {
    return {};
  }
}

/** Reads a body that is at most `limit` bytes. */
async function read(response: Response, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  const tooLarge = () => new VerificationError('answer-too-large', `the answer has more than ${limit} bytes: ${response.url}`, undefined);
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  try {
    if (Number(response.headers.get('content-length') ?? 0) > limit) throw tooLarge();
    const parts: Uint8Array[] = [];
    for (let size = 0; ; ) {
      const { done, value } = await raced(reader.read(), signal);
      if (done) return joined(parts, size);
      size += value.length;
      if (size > limit) throw tooLarge();
      parts.push(value);
    }
  } catch (cause) {
    // Whoever sends more, or nothing any more, is not listened to.
    reader.cancel().catch(() => {});
    if (cause instanceof VerificationError) throw cause;
    throw signal.aborted ? signal.reason : new NetworkError('interrupted', 'the answer broke off', cause);
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A caller's `fetch` may not know about signals: the wait ends anyway. */
function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** How long to wait before the next try; undefined where another try would change nothing. */
function pauseAfter(error: unknown, tried: number): number | undefined {
  const backoff = Math.min(FIRST_PAUSE_MS * 2 ** tried, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
  if (error instanceof NetworkError) return backoff;
  if (!(error instanceof LedgerError) || !PASSING.has(error.status) || LASTING.has(error.code)) return undefined;
  const asked = error.retryAfterSeconds ?? 0;
  return asked > LONGEST_RETRY_AFTER_S ? undefined : Math.max(backoff, asked * 1_000);
}

/** Seconds, or an HTTP date (RFC 9110 section 10.2.3). */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Number(value);
  const seconds = Math.ceil((Date.parse(value) - Date.now()) / 1_000);
  return Number.isNaN(seconds) ? undefined : Math.max(seconds, 0);
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      release();
      resolve();
    }, milliseconds);
    const release = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason);
    });
  });
}
