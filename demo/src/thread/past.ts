// The whole log as an index in memory: what each entry says, and a tree that proves any earlier size.
import { MerkleLog, verifyConsistency, type LedgerClient } from "stateledger";
import { contentOf } from "../content.ts";
import { toHex } from "../bytes.ts";
import type { LogHead } from "../state/log.ts";
import type { PastRecord } from "../state/history.ts";

/** Entries a request reads: four bundles. */
const STEP = 1_024n;

/** Everything up to one signed head, entry by entry verified. */
export class Past {
  readonly #events: readonly (PastRecord | undefined)[];
  readonly #tree: MerkleLog;
  readonly #head: LogHead["head"];

  constructor(events: readonly (PastRecord | undefined)[], tree: MerkleLog, head: LogHead["head"]) {
    this.#events = events;
    this.#tree = tree;
    this.#head = head;
  }

  /** What each entry says; undefined for entries of another format. */
  events(): readonly (PastRecord | undefined)[] {
    return this.#events;
  }

  /** The root at an earlier size, proven to be a prefix of the signed head: 64 hex digits. */
  provenRoot(size: number): string {
    const oldSize = BigInt(size);
    const { size: newSize, rootHash: newRoot } = this.#head;
    const oldRoot = this.#tree.root(oldSize);
    verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof: this.#tree.proveConsistency(oldSize, newSize) });
    return toHex(oldRoot);
  }

  free(): void {
    this.#tree.free();
  }
}

/** Reads the log up to `head` and holds the tree of what was read against it. */
export async function readPast(client: LedgerClient, head: LogHead["head"], signal: AbortSignal, progress: (read: number) => void): Promise<Past> {
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
