// Where the outbox of a ledger is kept between visits.
import type { Outgoing } from "../thread/record-body.ts";

/** A record that waits, or that the server refused. */
export interface Waiting extends Outgoing {
  refused?: { code: string; message: string };
}

const slot = (ledger: string) => `stateledger.outbox/${ledger}`;

/** Whether anything is in the outbox. */
export function waits(ledger: string): boolean {
  return stored(ledger).length > 0;
}

export function stored(ledger: string): Waiting[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(slot(ledger)) ?? "[]");
    return Array.isArray(value) ? value.filter(isWaiting) : [];
  } catch {
    return [];
  }
}

function isWaiting(value: unknown): value is Waiting {
  const { idempotencyKey, body, payload, title } = (value ?? {}) as Record<keyof Waiting, unknown>;
  return [idempotencyKey, body, payload, title].every((member) => typeof member === "string");
}

export function store(ledger: string, waiting: Waiting[]): void {
  try {
    if (waiting.length === 0) localStorage.removeItem(slot(ledger));
    else localStorage.setItem(slot(ledger), JSON.stringify(waiting));
  } catch {
    // Storage may be full or switched off: what waits then lasts as long as this page.
  }
}
