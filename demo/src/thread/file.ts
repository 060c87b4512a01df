// A file that a visitor brings: a receipt or an audit bundle.
import { verifyBundle, type BundleVerdict } from "stateledger";
import { strictText, toHex } from "../bytes.ts";
import { check, type Outcome } from "../verify.ts";

/** Records of a bundle that are told one by one; it may hold a million. */
const TOLD = 200;

/** What a bundle was shown to hold. */
export interface BundleFacts {
  origin: string;
  size: bigint;
  /** 64 hex digits. */
  root: string;
  signers: string[];
  notChecked: BundleVerdict["notChecked"];
  /** How many records it holds, and the first of them. */
  count: number;
  first: { index: string; type: string; source: string; subject: string; time: string; payload: "verified" | "erased" | "absent" }[];
}

/** A receipt is answered with its text: the parts of it that hold are shown. */
export type FileVerdict = { kind: "receipt"; receipt: string; outcome: Outcome } | { kind: "bundle"; facts: BundleFacts };

/** Verifies a file under one verifier key; a bundle that does not hold is thrown. */
export function verifyFile(bytes: Uint8Array, key: string): FileVerdict {
  const text = strictText(bytes);
  if (text?.trimStart().startsWith("{") && isReceipt(text)) return { kind: "receipt", receipt: text, outcome: check(text, key) };
  return { kind: "bundle", facts: factsOf(verifyBundle(bytes, { key })) };
}

function factsOf({ origin, size, rootHash, signers, notChecked, records }: BundleVerdict): BundleFacts {
  const first = records.slice(0, TOLD).map(({ index, record: { type, source, subject = "", time }, payload, erased }) => {
    const state = payload ? ("verified" as const) : erased ? ("erased" as const) : ("absent" as const);
    return { index: String(index), type, source, subject, time, payload: state };
  });
  return { origin, size, root: toHex(rootHash), signers: signers.map(({ name, kind }) => `${name} (${kind})`), notChecked, count: records.length, first };
}

/** Only which of the two it may be: each is read strictly by the module. */
function isReceipt(text: string): boolean {
  try {
    return "proof" in (JSON.parse(text) as object) && "entry" in (JSON.parse(text) as object);
  } catch {
    return true;
  }
}
