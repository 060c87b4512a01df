// What becomes of a record that is sent.
import { init, verifyReceipt, VerificationError } from "stateledger";
import { appendRecord, outcomeUnknown, type ApiError } from "../api.ts";
import { fromBase64 } from "../bytes.ts";
import type { Outgoing } from "../thread/record-body.ts";
import { asApiError } from "./ledger.ts";

/**
 * Why a record is not known to be in the ledger.
 * `unknown`: the request may have been carried out. `token`: this token may not append here. `later`: the server asks to
 * wait. `refused`: it will never be taken. `unproven`: the server says that it is in, and its receipt does not prove it.
 */
export interface Trouble {
  kind: "unknown" | "token" | "later" | "refused" | "unproven";
  code: string;
  message: string;
}

export type Delivery = { index: string } | { trouble: Trouble };

/** Appends one record and verifies its receipt under the trusted key before its index is believed. */
export async function deliver(ledger: string, record: Outgoing, token: string, trusted: string): Promise<Delivery> {
  try {
    const { index, receipt } = await appendRecord(ledger, record.body, token, record.idempotencyKey);
    await init();
    const verdict = verifyReceipt(receipt, { key: trusted }, fromBase64(record.payload));
    if (String(verdict.index) === index) return { index };
    return { trouble: { kind: "unproven", code: "unexpected-answer", message: "The receipt is of another record." } };
  } catch (cause) {
    const { code, message } = asApiError(cause);
    return { trouble: { kind: kindOf(cause), code, message } };
  }
}

function kindOf(cause: unknown): Trouble["kind"] {
  if (cause instanceof VerificationError) return "unproven";
  if (outcomeUnknown(cause)) return "unknown";
  const { status } = cause as ApiError;
  if (status === 429) return "later";
  // A ledger that a token may not see is answered as one that does not exist.
  return [401, 403, 404].includes(status) ? "token" : "refused";
}
