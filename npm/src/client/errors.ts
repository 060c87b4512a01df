import { VerificationError } from '../errors.js';

/**
 * The server understood and said no (RFC 9457), or answered what no ledger answers. What it says about records is not
 * believed; that it refused is.
 */
export class LedgerError extends Error {
  /** The problem's stable code, or `http-<status>` where the answer was no problem document. */
  readonly code: string;
  /** The HTTP status. */
  readonly status: number;
  /** The problem's title, if it has one. */
  readonly title: string | undefined;
  /** What went wrong with this request, if the server said. */
  readonly detail: string | undefined;
  /** After how many seconds the server wants to be asked again. */
  readonly retryAfterSeconds: number | undefined;
  /** Of an append: the key of each record, also of those that the client drew. The same records under them are appended once. */
  idempotencyKeys: readonly string[] | undefined;

  /** Made by this package; an application only catches it. */
  constructor(code: string, status: number, about: { title?: string | undefined; detail?: string | undefined; retryAfterSeconds?: number | undefined } = {}) {
    super(about.detail ?? about.title ?? `the server answered ${status}`);
    this.name = 'LedgerError';
    this.code = code;
    this.status = status;
    this.title = about.title;
    this.detail = about.detail;
    this.retryAfterSeconds = about.retryAfterSeconds;
    this.idempotencyKeys = undefined;
  }
}

/** Why there was no whole answer: nobody answered, not in time, or the answer broke off. */
export type NetworkErrorCode = 'unreachable' | 'timeout' | 'interrupted';

/** No whole answer came. Nothing is known about the ledger, and of an append not whether it happened: `idempotencyKeys` make a repetition safe. */
export class NetworkError extends Error {
  /** What happened. */
  readonly code: NetworkErrorCode;
  /** Of an append: the key of each record, also of those that the client drew. The same records under them are appended once. */
  idempotencyKeys: readonly string[] | undefined;

  /** Made by this package; an application only catches it. */
  constructor(code: NetworkErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'NetworkError';
    this.code = code;
    this.idempotencyKeys = undefined;
  }
}

/** Two signed heads, as texts that anybody with the ledger's key can verify. Plain JSON: send it, keep it. */
export interface HeadEvidence {
  /** Where the second one came from. */
  url: string;
  /** The configured verifier keys. */
  keys: readonly string[];
  /** The signed checkpoint that this client kept. */
  kept: string;
  /** The signed checkpoint that was served. */
  served: string;
  /** When the client saw it, RFC 3339. */
  seen: string;
}

/**
 * The ledger signed two heads of which neither extends the other (`fork`): it showed different histories to different
 * readers, or to one at different times. The evidence stands by itself.
 */
export class ForkError extends VerificationError {
  /** Both signed heads. */
  readonly evidence: HeadEvidence;

  /** Made by this package; an application only catches it. */
  constructor(message: string, evidence: HeadEvidence) {
    super('fork', message, 'checkpoint');
    this.name = 'ForkError';
    this.evidence = evidence;
  }
}

/** The server went on answering an older head than it had before (`rollback`), for longer than caches and replicas lag. */
export class RollbackError extends VerificationError {
  /** Both signed heads; the served one is a prefix of the kept one. */
  readonly evidence: HeadEvidence;

  /** Made by this package; an application only catches it. */
  constructor(message: string, evidence: HeadEvidence) {
    super('rollback', message, 'checkpoint');
    this.name = 'RollbackError';
    this.evidence = evidence;
  }
}
