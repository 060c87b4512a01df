// Records that could not be sent yet. They wait in this browser, go out when the server can be reached again, each
// under its own idempotency key, and their receipts are verified like any other.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { init, verifyReceipt } from "stateledger";
import { ApiError, appendRecord } from "../api.ts";
import { fromBase64 } from "../bytes.ts";
import type { Outgoing } from "../thread/record-body.ts";
import type { Access } from "./access.ts";
import { asApiError } from "./ledger.ts";
import { store, stored, type Waiting } from "./outbox-store.ts";

export interface Sent {
  index: string;
  title: string;
}

export interface Outbox {
  waiting: Waiting[];
  /** What went out since the page was opened, verified. */
  sent: Sent[];
  keep(record: Outgoing): void;
  drop(idempotencyKey: string): void;
  send(): void;
}

/** Time between two tries while something waits. */
const RETRY_MS = 10_000;

/** Appends one record and verifies its receipt under the trusted key before its index is believed. */
export async function appendVerified(ledger: string, record: Outgoing, token: string, trusted: string): Promise<string> {
  const { index, receipt } = await appendRecord(ledger, record.body, token, record.idempotencyKey);
  await init();
  const verdict = verifyReceipt(receipt, { key: trusted }, fromBase64(record.payload));
  if (String(verdict.index) !== index) throw new ApiError(0, "unexpected-answer", "The receipt is of another record.");
  return index;
}

/** The outbox of a ledger. */
export function useOutbox(ledger: string, trusted: string | undefined, access: Access, appended: (index: string) => void): Outbox {
  const [waiting, setWaiting] = useState<Waiting[]>(() => stored(ledger));
  const [sent, setSent] = useState<Sent[]>([]);
  const sending = useRef(false);
  const latest = useRef(waiting);
  latest.current = waiting;

  const change = useCallback(
    (next: (now: Waiting[]) => Waiting[]) =>
      setWaiting((now) => {
        const changed = next(now);
        store(ledger, changed);
        return changed;
      }),
    [ledger],
  );
  const drop = useCallback((key: string) => change((now) => now.filter(({ idempotencyKey }) => idempotencyKey !== key)), [change]);

  const send = useCallback(async () => {
    if (sending.current || trusted === undefined || access.token === "") return;
    sending.current = true;
    try {
      for (const record of latest.current.filter(({ refused }) => !refused)) {
        try {
          const index = await appendVerified(ledger, record, access.token, trusted);
          drop(record.idempotencyKey);
          setSent((now) => [...now, { index, title: record.title }]);
          appended(index);
        } catch (cause) {
          const { code, message, status } = asApiError(cause);
          if (code === "unreachable" || status >= 500 || status === 429) return;
          change((now) => now.map((one) => (one.idempotencyKey === record.idempotencyKey ? { ...one, refused: { code, message } } : one)));
        }
      }
    } finally {
      sending.current = false;
    }
  }, [ledger, trusted, access.token, drop, change, appended]);

  const pending = waiting.some(({ refused }) => !refused);
  useEffect(() => {
    if (!pending) return;
    const now = () => void send();
    const timer = setInterval(now, RETRY_MS);
    addEventListener("online", now);
    return () => {
      clearInterval(timer);
      removeEventListener("online", now);
    };
  }, [pending, send]);

  return { waiting, sent, keep: (record) => change((now) => [...now, record]), drop, send: () => void send() };
}
