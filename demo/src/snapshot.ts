// The state of a ledger as of a size: the last record of each (type, subject), folded from its verified entries.
import type { PastRecord } from "./state/history.ts";

/** What is current for one (type, subject). */
export interface Current {
  type: string;
  subject: string;
  /** Index of the last record. */
  index: number;
}

export interface Snapshot {
  current: Map<string, Current>;
  /** Records without a subject, by type: they replace nothing. */
  unnamed: Map<string, number>;
}

/** Folds the first `size` records. */
export function snapshotAt(events: readonly (PastRecord | undefined)[], size: number): Snapshot {
  const current = new Map<string, Current>();
  const unnamed = new Map<string, number>();
  for (let index = 0; index < size; index++) {
    const event = events[index];
    if (!event) continue;
    const { type, subject } = event;
    if (subject === undefined) unnamed.set(type, (unnamed.get(type) ?? 0) + 1);
    else current.set(keyOf(type, subject), { type, subject, index });
  }
  return { current, unnamed };
}

/** One (type, subject) that differs between two moments. */
export interface Change {
  type: string;
  subject: string;
  /** Index of the record that was current at the earlier moment; absent where there was none. */
  before?: number;
  after: number;
}

/** What changed from one snapshot to a later one; nothing ever goes away. */
export function changes(earlier: Snapshot, later: Snapshot): Change[] {
  const found: Change[] = [];
  for (const [key, { type, subject, index }] of later.current) {
    const before = earlier.current.get(key)?.index;
    if (before !== index) found.push({ type, subject, after: index, ...(before !== undefined && { before }) });
  }
  return found.sort((a, b) => b.after - a.after);
}

// Neither may hold a control character, so one can stand between them.
function keyOf(type: string, subject: string): string {
  return `${type}\u0000${subject}`;
}
