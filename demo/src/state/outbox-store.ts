// The outbox of each ledger: records that wait to be appended. Every change is one transaction, so that tabs which
// change it at the same time lose nothing of each other's.
import { within } from "../database.ts";
import type { Outgoing } from "../thread/record-body.ts";
import type { Trouble } from "./delivery.ts";

/** A record that waits, and what became of it when it was last sent. */
export interface Waiting extends Outgoing {
  /** When it was kept, in milliseconds since 1970: records go out in this order. */
  since: number;
  /** Whether it may have been appended by a call whose answer did not come, this page's or that of one which was closed. */
  unsettled: boolean;
  trouble?: Trouble;
}

const NAME = "stateledger-outbox";
const OUTBOX = { database: NAME, table: "records" };

/** Keys are (ledger, idempotency key); an array sorts after every text. */
const allOf = (ledger: string) => IDBKeyRange.bound([ledger], [ledger, []]);

/** Whether anything waits for a ledger. */
export async function waits(ledger: string): Promise<boolean> {
  return (await within<number>(OUTBOX, "readonly", (records) => records.count(allOf(ledger)))) > 0;
}

/** What waits for a ledger, the oldest first. */
export async function stored(ledger: string): Promise<Waiting[]> {
  const records = await within<Waiting[]>(OUTBOX, "readonly", (all) => all.getAll(allOf(ledger)));
  return records.sort((a, b) => a.since - b.since);
}

/** Whether a record still waits. */
export async function stillWaits(ledger: string, key: string): Promise<boolean> {
  return (await within<number>(OUTBOX, "readonly", (records) => records.count([ledger, key]))) > 0;
}

/** Keeps a record; one that waits already stays as it is. Answers whether it waited already. */
export async function keep(ledger: string, record: Outgoing): Promise<boolean> {
  return (await change(ledger, record.idempotencyKey, (now) => now ?? { ...record, since: Date.now(), unsettled: true })) !== undefined;
}

/** Writes down what became of a record, if it still waits. Only of one that was `fresh` does an answer settle what calls before it did. */
export async function note(ledger: string, key: string, trouble: Trouble, { fresh }: { fresh: boolean }): Promise<void> {
  await change(ledger, key, (now) => now && { ...now, trouble, unsettled: trouble.kind === "unknown" || (now.unsettled && !fresh) });
}

export async function remove(ledger: string, key: string): Promise<void> {
  await change(ledger, key, () => undefined);
}

/** Puts what `next` makes of a record in its place, nothing where that is nothing; answers what was there. */
async function change(ledger: string, key: string, next: (now: Waiting | undefined) => Waiting | undefined): Promise<Waiting | undefined> {
  const before = await within<Waiting | undefined>(OUTBOX, "readwrite", (records) => {
    const found: IDBRequest<Waiting | undefined> = records.get([ledger, key]);
    found.addEventListener("success", () => {
      const after = next(found.result);
      if (after === undefined) records.delete([ledger, key]);
      else if (after !== found.result) records.put(after, [ledger, key]);
    });
    return found;
  });
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(ledger);
  channel.close();
  return before;
}

/** Calls `changed` after each change, of this tab or another; answers how to end that. */
export function watch(ledger: string, changed: () => void): () => void {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => data === ledger && changed();
  return () => channel.close();
}

/**
 * Runs `send` while no other tab sends for this ledger; with `ifFree` not at all where one does. An insecure origin has no
 * locks: there the idempotency keys alone keep a record from being appended twice.
 */
export async function asSender<T>(ledger: string, { ifFree }: { ifFree: boolean }, send: () => Promise<T>): Promise<T | undefined> {
  if (!("locks" in navigator)) return send();
  return navigator.locks.request(`${NAME}/${ledger}`, { ifAvailable: ifFree }, (lock) => (lock ? send() : undefined));
}
