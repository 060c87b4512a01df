import type { VerificationCode } from './codes.js';

/**
 * The checks of a receipt, in the order in which they are taken. Other calls name the step that theirs would be: a proof
 * between two roots is `inclusion`.
 */
export type VerificationStep =
  | 'receipt'
  | 'proof'
  | 'checkpoint'
  | 'origin'
  | 'signatures'
  | 'quorum'
  | 'inclusion'
  | 'entry'
  | 'authors'
  | 'payload';

/**
 * What every refusal of something that a sender could choose throws: a receipt, proof, checkpoint, key, policy or
 * signature that is malformed or does not hold.
 *
 * Misuse by the caller (a number where a `bigint` is due, a hash of 31 bytes) is a `TypeError` or a `RangeError`
 * instead, so a `VerificationError` always means: do not believe this.
 */
export class VerificationError extends Error {
  /** The stable kebab-case code, the same in Rust and over HTTP. */
  readonly code: VerificationCode;
  /**
   * The step that failed: those before it passed, later ones were not run. `undefined` if none was reached: keys, policy
   * and expected authors are read before what they are to judge.
   */
  readonly step: VerificationStep | undefined;
  /** Which one of many was refused, from 0: the first entry concerned, where an audit, a bundle or a list names one. */
  readonly index: bigint | undefined;

  /** Made by this package; an application only catches it. */
  constructor(code: VerificationCode, message: string, step: VerificationStep | undefined, index?: bigint) {
    super(message);
    this.name = 'VerificationError';
    this.code = code;
    this.step = step;
    this.index = index;
  }
}

/** Why something is not at work: the module, an audit's threads, a store. */
export type StartCode =
  | 'not-started'
  | 'simd-unsupported'
  | 'module-unreachable'
  | 'module-foreign'
  | 'workers-unsupported'
  | 'worker-unreachable'
  | 'files-unsupported'
  | 'hash-unsupported';

/**
 * The module is not at work: a call came before `init` had finished (`not-started`), or `init` failed because this
 * engine has no fixed-width SIMD (`simd-unsupported`), the file was not served (`module-unreachable`), or it is another
 * module (`module-foreign`). What the engine itself throws, as for bytes that are no WebAssembly, is thrown as it is.
 *
 * Or what an option asks for is not there: threads on a platform that has none (`workers-unsupported`), their file
 * `worker.js` beside the code (`worker-unreachable`; `workers: 0` needs neither), files (`files-unsupported`), hashes of artifacts (`hash-unsupported`).
 */
export class StartError extends Error {
  /** What is the matter. */
  readonly code: StartCode;

  /** Made by this package; an application only catches it. */
  constructor(code: StartCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
    this.code = code;
  }
}

/** The module's own form of a refusal; anything else that it throws is no verdict. */
export interface Refusal {
  code: VerificationCode;
  message: string;
  step?: VerificationStep;
  /** Of an entry in its bundle. */
  place?: number;
  index?: bigint;
}

/** A refusal in its class. */
export function refused({ code, message, step, index }: Refusal): VerificationError {
  return new VerificationError(code, message, step, index);
}

/** Runs one call into the module and gives its refusals their class. */
export function judged<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    if (isRefusal(thrown)) throw refused(thrown);
    throw thrown;
  }
}

/** Whether the module threw a verdict. */
export function isRefusal(thrown: unknown): thrown is Refusal {
  return typeof thrown === 'object' && thrown !== null && !(thrown instanceof Error) && 'code' in thrown && 'message' in thrown;
}
