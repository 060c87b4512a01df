// Runs the verification in WebAssembly and keeps its answer as a value.
import { decodeEntry, init, verifyReceipt, VerificationError, type Verdict, type VerificationStep } from "stateledger";
import { fromBase64 } from "./bytes.ts";
import { statesOf, statesUntil, type StepState } from "./steps.ts";

/** The answer of one verification. */
export type Outcome = { states: StepState[]; /** Time it took. */ milliseconds: number } & (
  | { verified: true; verdict: Verdict }
  /** `included`: only the entry's format is not ours. */
  | { verified: false; included?: true; step: VerificationStep | undefined; code: string; message: string }
);

/** Checks a receipt under one verifier key. `init` of the package comes first. */
export function check(receipt: string, key: string): Outcome {
  const began = performance.now();
  const took = () => performance.now() - began;
  try {
    const verdict = verifyReceipt(receipt, { key });
    return { verified: true, verdict, milliseconds: took(), states: statesOf(verdict) };
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    const milliseconds = took();
    const { step, code, message } = error;
    return { verified: false, step, code, message, milliseconds, states: statesUntil(step, step === "payload" && !isSigned(receipt)) };
  }
}

/** Whether a receipt whose entry was read has author signatures. */
function isSigned(receipt: string): boolean {
  const { entry } = JSON.parse(receipt) as { entry: string };
  return decodeEntry(fromBase64(entry) ?? new Uint8Array()).sigs.length > 0;
}

/**
 * The outcome for another log, whose entries are none of ours: where only the entry's format was refused, the entry is
 * in the signed tree, and what it holds is for others to read.
 */
export function ofOtherLog(outcome: Outcome): Outcome {
  if (outcome.verified || outcome.step !== "entry") return outcome;
  const at = outcome.states.indexOf("failed");
  return { ...outcome, included: true, states: outcome.states.map((state, n) => (n < at ? state : "skipped")) };
}

/** What is wrong with a verifier key, or undefined. A key is read before a receipt: with a good one, `{}` fails as a receipt. */
export async function keyProblem(key: string): Promise<string | undefined> {
  await init();
  const outcome = check("{}", key);
  return outcome.verified || outcome.step === "receipt" ? undefined : outcome.message;
}
