// The entries of a log, read from its bundles as they come into sight; each was proven in the signed tree.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { LedgerClient, ProvenEntry } from "stateledger";
import { asError } from "../as-error.ts";
import type { LogHead } from "./log.ts";

/** Entries in a bundle (C2SP tlog-tiles). */
const BUNDLE = 256n;
/** Bundles that are kept: 64 of some 100 KiB. */
const KEPT = 64;

export interface Entries {
  /** The entry at an index; undefined while it is on its way. */
  at(index: bigint): ProvenEntry | undefined;
  /** Reads what lies between two indexes, both included. */
  want(first: bigint, last: bigint): void;
  error: Error | undefined;
  retry(): void;
}

type Bundles = ReadonlyMap<bigint, readonly ProvenEntry[]>;

/** Entries of the tree that `known` signed. */
export function useEntries(client: LedgerClient | undefined, known: LogHead): Entries {
  const [bundles, setBundles] = useState<Bundles>(new Map());
  const [error, setError] = useState<Error>();
  const asked = useRef(new Set<string>());
  const held = useRef<Bundles>(bundles);
  const size = known.head.size;

  // Another client is another log, or another visitor of it. At once: the list's own effects, which read, come before ours.
  const of = useRef(client);
  if (of.current !== client) {
    of.current = client;
    asked.current = new Set();
    held.current = new Map();
  }
  useEffect(() => {
    setBundles(held.current);
    setError(undefined);
  }, [client]);

  const read = useCallback(
    async (index: bigint) => {
      const [start, end] = [index * BUNDLE, min((index + 1n) * BUNDLE, size)];
      const name = `${index}/${end}`;
      const under = asked.current;
      const whole = held.current.get(index)?.length === Number(end - start);
      if (!client || start >= end || whole || under.has(name)) return;
      under.add(name);
      try {
        const entries = await client.entries({ start, end });
        // Of another log by now.
        if (under !== asked.current) return;
        held.current = kept(held.current, index, entries);
        setBundles(held.current);
        setError(undefined);
      } catch (thrown) {
        if (under === asked.current) setError(asError(thrown));
      } finally {
        under.delete(name);
      }
    },
    [client, size],
  );

  const seen = useRef<[bigint, bigint]>(undefined);
  const want = useCallback(
    (first: bigint, last: bigint) => {
      seen.current = [first, last];
      for (let index = first / BUNDLE; index <= last / BUNDLE; index++) void read(index);
    },
    [read],
  );

  return {
    at: (index) => bundles.get(index / BUNDLE)?.[Number(index % BUNDLE)],
    want,
    error,
    retry: () => {
      setError(undefined);
      if (seen.current) want(...seen.current);
    },
  };
}

/** The bundles with one more; the one that was read longest ago goes when there are too many. */
function kept(now: Bundles, index: bigint, entries: readonly ProvenEntry[]): Bundles {
  const next = new Map(now);
  next.delete(index);
  next.set(index, entries);
  const oldest = next.size > KEPT ? next.keys().next().value : undefined;
  if (oldest !== undefined) next.delete(oldest);
  return next;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
