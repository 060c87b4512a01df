import { text, utf8 } from './arguments.js';
import { judged } from './errors.js';
import type { Policy } from './types.js';
import * as wasm from './stateledger_wasm.js';
import { started } from './wasm.js';

/**
 * Reads a C2SP tlog-policy: to show whom it names, or to check it before it is stored. Calls that take `trust` read it
 * by themselves.
 *
 * Throws `VerificationError` (`policy-malformed`, or what is wrong with a key).
 */
export function parsePolicy(policy: string): Policy {
  started();
  const given = utf8('policy', text('policy', policy));
  return judged(() => wasm.parse_policy(given) as Policy);
}
