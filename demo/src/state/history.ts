// The past of a log, read and proven by the page's worker.
import { proxy, type Remote } from "comlink";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asError } from "../as-error.ts";
import type { Past as Tree } from "../thread/past.ts";
import { task } from "../thread/start.ts";
import type { LogPlace } from "./client.ts";
import type { LogHead } from "./log.ts";

/** What the time machine needs of a record. */
export interface PastRecord {
  type: string;
  source: string;
  subject: string | undefined;
  /** Milliseconds since 1970. */
  time: number;
}

/** Entries that are read without being asked for. More are some ten megabytes, so the visitor says so. */
export const AUTOMATIC = 5_000n;

export type History =
  | { kind: "idle" }
  | { kind: "stopped" }
  | { kind: "reading"; read: number; size: number }
  | { kind: "failed"; error: Error; read: number }
  | { kind: "ready"; past: Past };

/** Everything up to one signed head; the tree is the worker's. */
export class Past {
  readonly #tree: Remote<Tree>;

  constructor(
    readonly events: readonly (PastRecord | undefined)[],
    tree: Remote<Tree>,
  ) {
    this.#tree = tree;
  }

  /** The root at an earlier size, proven to be a prefix of the signed head: 64 hex digits. */
  provenRoot(size: number): Promise<string> {
    return this.#tree.provenRoot(size);
  }

  /** How many entries there were at a time: times never fall within a ledger. */
  sizeAt(time: number): number {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.events[middle]?.time ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  free(): void {
    void this.#tree.free();
  }
}

/** Reads a log's past: small ones at once, others when `start` is called; `stop` ends it. */
export function useHistory(place: LogPlace | undefined, known: LogHead): { history: History; start(): void; stop(): void } {
  const [history, setHistory] = useState<History>({ kind: "idle" });
  const running = useRef<AbortController>(undefined);

  const start = useCallback(async () => {
    if (!place) return;
    running.current?.abort();
    const run = (running.current = new AbortController());
    const show = (next: History) => running.current === run && setHistory(next);
    let read = 0;
    const told = (count: number) => {
      read = count;
      if (!run.signal.aborted) show({ kind: "reading", read, size: Number(known.head.size) });
    };
    told(0);
    try {
      const tree = await task(run.signal, (remote, id) => remote.readPast(id, place, known.head, proxy(told)));
      const past = new Past(await tree.events(), tree);
      if (running.current === run) show({ kind: "ready", past });
      else past.free();
    } catch (thrown) {
      if (run.signal.aborted) show({ kind: "stopped" });
      else show({ kind: "failed", read, error: asError(thrown) });
    }
  }, [place, known.head]);

  useEffect(() => {
    if (known.head.size > 0n && known.head.size <= AUTOMATIC) void start();
    return () => {
      running.current?.abort();
      running.current = undefined;
    };
  }, [start, known.head]);
  // The tree lies in the worker's memory, which no collector of this thread sees.
  useEffect(() => (history.kind === "ready" ? () => history.past.free() : undefined), [history]);

  return { history, start: () => void start(), stop: () => running.current?.abort() };
}
