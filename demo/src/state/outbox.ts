// Records on their way to the ledger. Each is kept in this browser before it is sent and until the server's answer is
// known and its receipt verified; it goes out under its own idempotency key, however often that takes.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Outgoing } from "../thread/record-body.ts";
import type { Access } from "./access.ts";
import { deliver, type Delivery, type Trouble } from "./delivery.ts";
import { asSender, keep, note, remove, stillWaits, stored, watch, type Waiting } from "./outbox-store.ts";

export interface Sent {
  index: string;
  title: string;
}

/** What a submission became; with a `trouble` the record may wait in the outbox now. */
export type Submitted = { index: string } | { trouble: Trouble; waits: boolean };

export interface Outbox {
  waiting: Waiting[];
  /** What went out from here since the page was opened, verified. */
  sent: Sent[];
  submit(record: Outgoing, token: string): Promise<Submitted>;
  drop(idempotencyKey: string): void;
  /** Sends now what may still be taken. */
  send(): void;
}

/** Time until the next try while something waits; after each that left something twice as long. */
const RETRY_MS = 10_000;
const MAX_RETRY_MS = 60_000;
/** The longest that a server may ask to wait. */
const MAX_WAIT_MS = 600_000;

/** Whether a record is sent again without being asked for. */
const goesAgain = ({ trouble }: Waiting) => trouble?.kind !== "refused" && trouble?.kind !== "unproven";

/** The outbox of a ledger; `appended` is told the idempotency key of a record that waited, when it went out. */
export function useOutbox(ledger: string, trusted: string | undefined, access: Access, appended: (idempotencyKey: string) => void): Outbox {
  const waiting = useStored(ledger);
  const [sent, setSent] = useState<Sent[]>([]);
  const [submitting, setSubmitting] = useState<string>();
  /** The token that may not append: what waits goes out under another one. */
  const denied = useRef<string>(undefined);
  /** Until when the server asked to wait. */
  const due = useRef(0);
  const told = useRef(appended);
  told.current = appended;
  const { token, refuse } = access;

  /** Sends one record; what is final leaves the outbox. */
  const attempt = useCallback(
    async (record: Outgoing, under: string, key: string): Promise<Delivery> => {
      const delivery = await deliver(ledger, record, under, key);
      if ("index" in delivery) await remove(ledger, record.idempotencyKey).catch(() => {});
      else if (delivery.trouble.kind === "token") denied.current = under;
      else due.current = Date.now() + Math.min(delivery.trouble.wait ?? 0, MAX_WAIT_MS);
      if ("trouble" in delivery && delivery.trouble.code === "unauthorized") refuse();
      return delivery;
    },
    [ledger, refuse],
  );

  const send = useCallback(
    (asked: boolean) => {
      if (trusted === undefined || token === "" || (!asked && (denied.current === token || Date.now() < due.current))) return;
      const all = async () => {
        for (const record of await stored(ledger)) {
          if (record.trouble?.kind === "refused" || (!asked && !goesAgain(record))) continue;
          if (!(await stillWaits(ledger, record.idempotencyKey))) continue;
          const delivery = await attempt(record, token, trusted);
          if ("index" in delivery) {
            setSent((now) => [...now, { index: delivery.index, title: record.title }]);
            told.current(record.idempotencyKey);
          } else {
            await note(ledger, record.idempotencyKey, delivery.trouble, { fresh: false });
            if (["unknown", "later", "token"].includes(delivery.trouble.kind)) return;
          }
        }
      };
      void asSender(ledger, { ifFree: true }, all).catch(() => {});
    },
    [ledger, trusted, token, attempt],
  );

  // At once when there is a token to send with; then again and again while something waits.
  useEffect(() => send(false), [send]);
  const pending = waiting.some(goesAgain);
  useEffect(() => {
    if (!pending) return;
    const now = () => send(false);
    let pause = RETRY_MS;
    const again = () => {
      now();
      pause = Math.min(2 * pause, MAX_RETRY_MS);
      timer = setTimeout(again, pause);
    };
    let timer = setTimeout(again, pause);
    addEventListener("online", now);
    return () => {
      clearTimeout(timer);
      removeEventListener("online", now);
    };
  }, [pending, send]);

  const submit = async (record: Outgoing, under: string): Promise<Submitted> => {
    if (trusted === undefined) throw new Error("The ledger’s key is not known yet.");
    setSubmitting(record.idempotencyKey);
    try {
      // Where the browser keeps nothing the form still holds it.
      const waited = await keep(ledger, record).catch(() => undefined);
      const delivery = (await asSender(ledger, { ifFree: false }, () => attempt(record, under, trusted))) as Delivery;
      if ("index" in delivery) return delivery;
      const { trouble } = delivery;
      // It was never sent before and is known not to be in the ledger: the form says why, and still holds it.
      const over = waited === false && (trouble.kind === "refused" || trouble.kind === "token");
      const written = over ? remove(ledger, record.idempotencyKey) : waited !== undefined && note(ledger, record.idempotencyKey, trouble, { fresh: !waited });
      await Promise.resolve(written).catch(() => {});
      return { trouble, waits: waited !== undefined && !over };
    } finally {
      setSubmitting(undefined);
    }
  };

  return {
    waiting: waiting.filter(({ idempotencyKey }) => idempotencyKey !== submitting),
    sent,
    submit,
    drop: (key) => void remove(ledger, key),
    send: () => send(true),
  };
}

/** What waits for a ledger, followed as this tab and others change it. */
function useStored(ledger: string): Waiting[] {
  const [waiting, setWaiting] = useState<Waiting[]>([]);
  useEffect(() => {
    let current = true;
    const look = () => void stored(ledger).then((now) => current && setWaiting(now), () => {});
    const unwatch = watch(ledger, look);
    look();
    return () => {
      current = false;
      unwatch();
    };
  }, [ledger]);
  return waiting;
}
