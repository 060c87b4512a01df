// An open log: its client, which verifies every answer, and the newest head it has seen.
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { ForkError, RollbackError, init, type HeadEvidence, type LedgerClient, type ObservedCheckpoint } from "stateledger";
import { asError } from "../as-error.ts";
import type { Access } from "./access.ts";
import { clientOf, type LogPlace } from "./client.ts";
import type { Source } from "./route.ts";

/** What this browser knows of a log's head. */
export interface LogHead {
  head: ObservedCheckpoint;
  /** When this page first saw it, in milliseconds since 1970. */
  since: number;
  /** The size that an earlier visit ended with; the head was proven to extend it. */
  visited: bigint | undefined;
  /** The newest evidence that the log contradicted itself, whenever this browser saw that. */
  fork: HeadEvidence | undefined;
}

export type LogState =
  | { kind: "opening" }
  | { kind: "open"; known: LogHead; /** Why the latest look failed. */ trouble?: Error }
  /** The log contradicts what it signed before; both heads are kept as evidence. */
  | { kind: "contradicted"; error: Error; evidence: HeadEvidence; known: LogHead | undefined }
  /** No head was seen; `fork` is what this browser keeps from earlier all the same. */
  | { kind: "failed"; error: Error; fork: HeadEvidence | undefined };

export interface Log {
  /** What the page's worker needs to make a client of its own. */
  place: LogPlace | undefined;
  client: LedgerClient | undefined;
  state: LogState;
  look(): void;
}

/** Time between two looks at the checkpoint; after a look that failed twice as long, and so on. */
const LIVE_MS = 3_000;
const MAX_MS = 60_000;

/** Follows a log under a trusted key; looks every few seconds while `live` and visible. */
export function useLog(source: Source, key: string | undefined, access: Access, live: boolean): Log {
  const token = access.refused ? "" : access.token;
  const place = useMemo(() => (key === undefined ? undefined : { source, key, token }), [source, key, token]);
  const client = useMemo(() => place && usable(place), [place]);
  const [state, setState] = useState<LogState>({ kind: "opening" });
  const [asked, setAsked] = useState(0);

  useEffect(() => {
    if (!client) return;
    const stopped = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pause = LIVE_MS;
    const once = async (first: boolean) => {
      if (first || !document.hidden) pause = (await lookAt(client, stopped.signal, setState)) ? LIVE_MS : Math.min(2 * pause, MAX_MS);
      if (!stopped.signal.aborted && live) timer = setTimeout(once, pause, false);
    };
    void once(true);
    return () => {
      stopped.abort();
      clearTimeout(timer);
    };
  }, [client, live, asked]);

  return { place: client && place, client, state, look: useCallback(() => setAsked((n) => n + 1), []) };
}

/** The client of a log; undefined while its key is none, which the view of the pin says. */
function usable(place: LogPlace): LedgerClient | undefined {
  try {
    return clientOf(place);
  } catch {
    return undefined;
  }
}

/** Answers whether the head was read and holds. */
async function lookAt(client: LedgerClient, signal: AbortSignal, set: (next: (now: LogState) => LogState) => void): Promise<boolean> {
  let holds = true;
  let next: (now: LogState) => LogState;
  let fork: HeadEvidence | undefined;
  try {
    // First, so that no server hides it by answering nothing.
    fork = (await client.forks()).at(-1);
    await init();
    const before = await client.kept();
    const head = await client.checkpoint({ signal });
    next = (now) => opened(now, head, { visited: before?.size, fork });
  } catch (thrown) {
    const error = asError(thrown);
    next = (now) => failed(now, error, fork);
    holds = false;
  }
  if (!signal.aborted) set(next);
  return holds;
}

function opened(now: LogState, head: ObservedCheckpoint, { visited, fork }: Pick<LogHead, "visited" | "fork">): LogState {
  if (now.kind !== "open") return { kind: "open", known: { head, since: Date.now(), visited, fork } };
  const unchanged = now.known.head.text === head.text;
  const since = unchanged ? now.known.since : Date.now();
  const same = unchanged && now.known.head.outcome === head.outcome && now.known.fork?.seen === fork?.seen && !now.trouble;
  return same ? now : { kind: "open", known: { head, since, visited: now.known.visited, fork } };
}

/** A look that fails keeps what is on the screen, and says that it is not current; a contradiction stays one. */
function failed(now: LogState, error: Error, fork: HeadEvidence | undefined): LogState {
  const known = "known" in now ? now.known : undefined;
  if (error instanceof ForkError || error instanceof RollbackError) return { kind: "contradicted", error, evidence: error.evidence, known };
  if (now.kind === "contradicted") return now;
  return now.kind === "open" ? { ...now, trouble: error } : { kind: "failed", error, fork };
}
