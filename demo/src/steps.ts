// The order in which a receipt is checked (FORMAT.md, "Verification"), in the words of the page.
import type { BundleVerdict, Verdict, VerificationStep } from "stateledger";

/** A step of the verification. The first that fails names the refusal; later ones are not reached. */
export interface Step {
  id: VerificationStep;
  title: string;
  /** What holds when the step passed. */
  proves: string;
  /** Why there may be nothing to check. */
  idle?: string;
}

/** `skipped`: the step had nothing to check, and the verdict says so. */
export type StepState = "passed" | "failed" | "skipped" | "unreached";

export const STEPS: readonly Step[] = [
  { id: "receipt", title: "Receipt JSON", proves: "The receipt has exactly the members it must have." },
  { id: "proof", title: "Proof", proves: "The proof text is well formed, every hash is 32 bytes." },
  { id: "checkpoint", title: "Checkpoint", proves: "The signed note names an origin, a size and a root." },
  { id: "origin", title: "Origin & key", proves: "The checkpoint is this ledger’s, and names the key you trust." },
  { id: "signatures", title: "Signatures", proves: "That key signed exactly this checkpoint (Ed25519, strict)." },
  { id: "quorum", title: "Quorum", proves: "Enough witnesses have seen the same checkpoint.", idle: "This page asks no witnesses." },
  { id: "inclusion", title: "Inclusion", proves: "The entry’s hash leads to the signed root (RFC 6962)." },
  { id: "entry", title: "Entry", proves: "The entry is canonical, and is meant for this ledger." },
  { id: "authors", title: "Author signatures", proves: "Every author signature over the statement is valid.", idle: "The record carries none." },
  { id: "payload", title: "Payload", proves: "The payload and its salt open the entry’s commitment.", idle: "The receipt holds no payload." },
];

/** What each step did in a verification that passed. */
export function statesOf(verdict: Verdict): StepState[] {
  const skipped: Partial<Record<VerificationStep, boolean>> = {
    quorum: verdict.notChecked.includes("witness"),
    authors: verdict.record.authors.length === 0,
    payload: verdict.payload === "absent",
  };
  return STEPS.map(({ id }) => (skipped[id] ? "skipped" : "passed"));
}

/** What each step did in a verification that was refused at `failed`, or before any step, and that asked for no witnesses; `unsigned`: the record has no author signature. */
export function statesUntil(failed: VerificationStep | undefined, unsigned = false): StepState[] {
  const at = STEPS.findIndex(({ id }) => id === failed);
  return STEPS.map(({ id }, n) => {
    if (n === at) return "failed";
    if (n > at) return "unreached";
    return id === "quorum" || (id === "authors" && unsigned) ? "skipped" : "passed";
  });
}

/** What a verdict's `notChecked` means to a reader. */
export const NOT_CHECKED: Record<BundleVerdict["notChecked"][number], string> = {
  witness: "No witnesses were asked whether they saw the same tree head.",
  author: "No author keys were expected, so nobody in particular had to sign this record.",
  payload: "The receipt holds no payload, so only its commitment is proven.",
  freshness: "A checkpoint carries no time: this tree head may be an old one.",
  "append-only": "One tree head can’t show that later ones extend it.",
  completeness: "The ledger has records that are not in the bundle.",
  exporter: "Nobody signed the bundle as its maker; the ledger’s own signature was checked.",
};
