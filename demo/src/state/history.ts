// The whole log as an index in memory: what each entry says, and a tree that proves any earlier size.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { MerkleLog, verifyConsistency, type LedgerClient } from "stateledger";
import { contentOf } from "../content.ts";
import { toHex } from "../bytes.ts";
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
/** Entries a request reads: four bundles. */
const STEP = 1_024n;

export type History =
  | { kind: "idle" }
  | { kind: "reading"; read: number; size: number }
  | { kind: "failed"; error: Error; read: number }
  | { kind: "ready"; past: Past };

/** Everything up to one signed head, entry by entry verified. */
export class Past {
  constructor(
    readonly events: readonly (PastRecord | undefined)[],
    readonly tree: MerkleLog,
    readonly head: LogHead["head"],
  ) {}

  /** The root at an earlier size, proven to be a prefix of the signed head. */
  provenRoot(size: number): string {
    const oldSize = BigInt(size);
    const { size: newSize, rootHash: newRoot } = this.head;
    const oldRoot = this.tree.root(oldSize);
    verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof: this.tree.proveConsistency(oldSize, newSize) });
    return toHex(oldRoot);
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
}

/** Reads a log's past: small ones at once, others when `start` is called; `stop` ends it. */
export function useHistory(client: LedgerClient | undefined, known: LogHead): { history: History; start(): void; stop(): void } {
  const [history, setHistory] = useState<History>({ kind: "idle" });
  const running = useRef<AbortController>(undefined);

  const start = useCallback(async () => {
    if (!client) return;
    running.current?.abort();
    const run = (running.current = new AbortController());
    const show = (next: History) => running.current === run && setHistory(next);
    let read = 0;
    try {
      const past = await readPast(client, known.head, run.signal, (count) => {
        read = count;
        show({ kind: "reading", read, size: Number(known.head.size) });
      });
      if (running.current === run) show({ kind: "ready", past });
      else past.tree.free();
    } catch (thrown) {
      if (run.signal.aborted) show({ kind: "idle" });
      else show({ kind: "failed", read, error: thrown instanceof Error ? thrown : new Error(String(thrown)) });
    }
  }, [client, known.head]);

  useEffect(() => {
    if (known.head.size > 0n && known.head.size <= AUTOMATIC) void start();
    return () => {
      running.current?.abort();
      running.current = undefined;
    };
  }, [start, known.head]);

  return { history, start: () => void start(), stop: () => running.current?.abort() };
}

async function readPast(client: LedgerClient, head: LogHead["head"], signal: AbortSignal, progress: (read: number) => void): Promise<Past> {
  const events: (PastRecord | undefined)[] = [];
  const tree = MerkleLog.fromEntries([]);
  try {
    for (let start = 0n; start < head.size; start += STEP) {
      const end = start + STEP < head.size ? start + STEP : head.size;
      progress(Number(start));
      for (const { entry } of await client.entries({ start, end, signal })) {
        tree.append(entry);
        events.push(eventOf(entry));
      }
    }
    const past = new Past(events, tree, head);
    past.provenRoot(events.length);
    return past;
  } catch (error) {
    tree.free();
    throw error;
  }
}

/** An entry of another format is counted, and nothing else is known of it. */
function eventOf(entry: Uint8Array): PastRecord | undefined {
  const content = contentOf(entry);
  if (content.kind === "opaque") return undefined;
  const { type, source, subject, time } = content;
  return { type, source, subject, time: Date.parse(time) };
}
