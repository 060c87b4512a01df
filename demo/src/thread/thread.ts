// The page's worker: whole logs, bundles, and what an author signs, with the package's whole module.
import { expose, proxy, transfer, type ProxyMarked } from "comlink";
import { init, type AuditReport, type AuditState, type ListOptions } from "stateledger";
import { clientOf, type LogPlace } from "../state/client.ts";
import type { LogHead } from "../state/log.ts";
import { drawAuthor, forgetAuthor, storedAuthor, type AuthorFacts } from "./author.ts";
import { carryErrors } from "./errors.ts";
import { verifyFile } from "./file.ts";
import { readPast, type Past } from "./past.ts";
import { outgoing, type NewRecord, type Outgoing } from "./record-body.ts";
import { walkDiff, walkList, walkSnapshot, type ChangedRow, type CurrentRow, type Listed, type MomentAsked, type MomentTree, type SnapshotAbout, type Walk } from "./walk.ts";

/** How far an audit has come, and what it can be resumed from. */
export interface AuditStep {
  done: number;
  of: number;
  state: AuditState;
}

/** Who signs what is appended: the key that this browser keeps, for a ledger of this origin. */
export interface Signing {
  id: string;
  origin: string;
}

const running = new Map<string, AbortController>();

async function cancellable<T>(id: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const cut = new AbortController();
  running.set(id, cut);
  try {
    return await run(cut.signal);
  } finally {
    running.delete(id);
  }
}

const api = {
  /** Answers once the module is at work. */
  start: () => init(),

  /** Ends what runs under this name. */
  cancel(id: string): void {
    running.get(id)?.abort();
  },

  /** Lists records that fit, each proven. */
  list: (place: LogPlace, options: ListOptions): Walk<Listed> & ProxyMarked => proxy(walkList(clientOf(place), options)),

  /** Which record says that a record's payload was erased, and when; both are proven. Nothing where it was not. */
  async erasure(place: LogPlace, index: string): Promise<{ index: string; time: string } | undefined> {
    const { erased } = await clientOf(place).get(BigInt(index));
    return erased && { index: String(erased.index), time: erased.time };
  },

  /** The state at a moment, as the server answers it; each record is proven. */
  async snapshot(place: LogPlace, asked: MomentAsked): Promise<Walk<CurrentRow, SnapshotAbout> & ProxyMarked> {
    return proxy(await walkSnapshot(clientOf(place), asked));
  },

  /** What changed between two sizes, as the server answers it; each record is proven. */
  async diff(place: LogPlace, from: number, to: number): Promise<Walk<ChangedRow, MomentTree> & ProxyMarked> {
    return proxy(await walkDiff(clientOf(place), from, to));
  },

  /** Audits a log with `workers` threads more. Other logs' entries are only hashed: what they say is theirs. */
  audit(id: string, place: LogPlace, given: { workers: number; resume?: AuditState }, told: (step: AuditStep) => void): Promise<AuditReport> {
    const onProgress = ({ entries, size, state }: { entries: bigint; size: bigint; state: () => AuditState }) => {
      told({ done: Number(entries), of: Number(size), state: state() });
    };
    const entries = place.source.kind === "own" ? "stateledger" : "opaque";
    return cancellable(id, (signal) => clientOf(place).audit({ ...given, entries, signal, onProgress }));
  },

  /** Makes an audit bundle of the records from `start` to before `end`. */
  async exportBundle(place: LogPlace, range: { start: bigint; end: bigint }): Promise<Uint8Array> {
    const bundle = await clientOf(place).exportBundle(range);
    return transfer(bundle, [bundle.buffer as ArrayBuffer]);
  },

  verifyFile,

  /** Reads everything up to a signed head; the tree stays here. */
  async readPast(id: string, place: LogPlace, head: LogHead["head"], told: (read: number) => void): Promise<Past & ProxyMarked> {
    return proxy(await cancellable(id, (signal) => readPast(clientOf(place), head, signal, told)));
  },

  /** Makes the request that appends a record, signed if `signing` says so. */
  async outgoing(record: NewRecord, idempotencyKey: string, signing: Signing | undefined): Promise<Outgoing> {
    if (!signing) return outgoing(record, idempotencyKey);
    const author = await storedAuthor();
    if (author?.id !== signing.id) throw new Error("This browser has another author key by now. Load the page again.");
    return outgoing(record, idempotencyKey, { author, origin: signing.origin });
  },

  /** The author key that this browser has, if it has one. */
  async storedAuthor(): Promise<AuthorFacts | undefined> {
    const author = await storedAuthor();
    return author && { id: author.id, kept: author.kept };
  },

  /** Draws an author key. */
  async drawAuthor(): Promise<AuthorFacts> {
    const { id, kept } = await drawAuthor();
    return { id, kept };
  },

  forgetAuthor,
};

/** What the worker does for the page. */
export type Thread = typeof api;

carryErrors();
expose(api);
