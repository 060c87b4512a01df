/** What a command answers: to people, or as the last line of standard output. */
import { ForkError, LedgerError, NetworkError, RollbackError, VerificationError } from '../node.js';

/** What is wrong with the caller's own keys or policy judges nobody. */
const TRUST = new Set<string>(['key-id-mismatch', 'key-kind-mismatch', 'key-malformed', 'key-type-unsupported', 'log-key-missing', 'policy-malformed', 'public-key-invalid']);

/** What a command found. */
export interface Finding {
  /** For people: what holds. */
  text: string;
  /** For programs. */
  json: Record<string, unknown>;
}

/** Prints a finding; exit code 0. */
export function verified({ text, json }: Finding, asJson: boolean): number {
  console.log(asJson ? line({ ok: true, ...json }) : text);
  return 0;
}

/** Prints why it did not hold (exit code 1), or could not be found out (2). `about` is what was known by then. */
export function failed(error: unknown, asJson: boolean, about: Record<string, unknown> = {}): number {
  const refused = error instanceof VerificationError && !TRUST.has(error.code);
  const message = error instanceof Error ? error.message : String(error);
  const code = refused ? error.code : 'could-not-run';
  const place = refused && error.index !== undefined ? { index: `${error.index}` } : {};
  const step = refused && error.step !== undefined ? { step: error.step } : {};
  const evidence = error instanceof ForkError || error instanceof RollbackError ? { evidence: error.evidence } : {};
  const known = error instanceof LedgerError || error instanceof NetworkError || error instanceof VerificationError;
  const cause = known && !refused ? { cause: error.code } : {};
  if (asJson) console.log(line({ ok: false, ...about, code, ...place, ...step, ...cause, message, ...evidence }));
  else console.error(refused ? `refused: ${code}${place.index === undefined ? '' : ` at index ${place.index}`}: ${message}` : `could not run: ${message}`);
  return refused ? 1 : 2;
}

/** One line: indexes and sizes as decimal strings, bytes as base64. */
function line(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return `${member}`;
    return member instanceof Uint8Array ? Buffer.from(member).toString('base64') : member;
  });
}
