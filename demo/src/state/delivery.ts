// What becomes of a record that is sent.
import { decodeEntry, init, verifyReceipt, VerificationError, type AuthorSignature, type Receipt } from "stateledger";
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
  /** How long the server asks to wait, in milliseconds. */
  wait?: number;
}

export type Delivery = { index: string } | { trouble: Trouble };

/** Appends one record and verifies its receipt under the trusted key before its index is believed. */
export async function deliver(ledger: string, record: Outgoing, token: string, trusted: string): Promise<Delivery> {
  try {
    const { index, receipt } = await appendRecord(ledger, record.body, token, record.idempotencyKey);
    await init();
    const verdict = verifyReceipt(receipt, { key: trusted }, fromBase64(record.payload));
    if (String(verdict.index) === index && isOf(receipt, record.body)) return { index };
    return { trouble: { kind: "unproven", code: "unexpected-answer", message: "The receipt is of another record." } };
  } catch (cause) {
    const { code, message, wait } = asApiError(cause);
    return { trouble: { kind: kindOf(cause), code, message, wait } };
  }
}

/** What a sender fixes of a record beside its payload, which the receipt was verified with, and its author signatures. */
const STATED = ["type", "source", "subject", "contentType"] as const;

/** Whether a verified receipt is of the record that was sent: another one may have the same payload. */
function isOf({ entry }: Receipt, body: string): boolean {
  const { statement, sigs } = decodeEntry(fromBase64(entry) ?? new Uint8Array());
  const sent = JSON.parse(body) as Record<(typeof STATED)[number], unknown> & { sigs?: AuthorSignature[] };
  const spelled = (signatures: AuthorSignature[] = []) => signatures.map(({ key, sig }) => `${key} ${sig}`).join();
  return STATED.every((name) => statement[name] === sent[name]) && spelled(sigs) === spelled(sent.sigs);
}

function kindOf(cause: unknown): Trouble["kind"] {
  if (cause instanceof VerificationError) return "unproven";
  if (outcomeUnknown(cause)) return "unknown";
  const { status } = cause as ApiError;
  if (status === 429) return "later";
  // A ledger that a token may not see is answered as one that does not exist.
  return [401, 403, 404].includes(status) ? "token" : "refused";
}
