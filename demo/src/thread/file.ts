// A file that a visitor brings: a receipt or an audit bundle.
import { verifyBundle } from "stateledger";
import { strictText } from "../bytes.ts";
import { check, type Outcome } from "../verify.ts";

/** What a bundle was shown to hold. */
export interface BundleFacts {
  origin: string;
  size: bigint;
  records: number;
}

export type FileVerdict = { kind: "receipt"; outcome: Outcome } | { kind: "bundle"; facts: BundleFacts };

/** Verifies a file under one verifier key; a bundle that does not hold is thrown. */
export function verifyFile(bytes: Uint8Array, key: string): FileVerdict {
  const text = strictText(bytes);
  if (text?.trimStart().startsWith("{") && isReceipt(text)) return { kind: "receipt", outcome: check(text, key) };
  const { origin, size, records } = verifyBundle(bytes, { key });
  return { kind: "bundle", facts: { origin, size, records: records.length } };
}

/** Only which of the two it may be: each is read strictly by the module. */
function isReceipt(text: string): boolean {
  try {
    return "proof" in (JSON.parse(text) as object) && "entry" in (JSON.parse(text) as object);
  } catch {
    return true;
  }
}
