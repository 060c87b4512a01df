// Runs the verification in WebAssembly and keeps its answer as a value.
import { init, verifyReceipt, VerificationError, type Verdict, type VerificationStep } from "stateledger";
import { statesOf, statesUntil, type StepState } from "./steps.ts";

/** The answer of one verification. */
export type Outcome = { states: StepState[]; /** Time it took. */ milliseconds: number } & (
  | { verified: true; verdict: Verdict }
  | { verified: false; step: VerificationStep | undefined; code: string; message: string }
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
    return { verified: false, step, code, message, milliseconds, states: statesUntil(step) };
  }
}

/** What is wrong with a verifier key, or undefined. A key is read before a receipt: with a good one, `{}` fails as a receipt. */
export async function keyProblem(key: string): Promise<string | undefined> {
  await init();
  const outcome = check("{}", key);
  return outcome.verified || outcome.step === "receipt" ? undefined : outcome.message;
}
