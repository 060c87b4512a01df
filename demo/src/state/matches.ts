// Records that fit a filter, newest first, page by page; each was proven in the signed tree.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { LedgerClient, LedgerRecord, ListOptions } from "stateledger";

/** What a visitor filters by; an empty text means any. Times are what a `datetime-local` field holds, in UTC. */
export interface Filter {
  type: string;
  source: string;
  subject: string;
  since: string;
  until: string;
}

export const NO_FILTER: Filter = { type: "", source: "", subject: "", since: "", until: "" };

export function isFiltered(filter: Filter): boolean {
  return Object.values(filter).some((value) => value !== "");
}

/** Records that are shown before the visitor asks for more. */
const STEP = 50;

export interface Matches {
  records: LedgerRecord[];
  /** Whether there may be more. */
  more: boolean;
  loading: boolean;
  error: Error | undefined;
  next(): void;
}

/** Lists what fits `filter`. That nothing that fits was left out is the server's word; the page says so. */
export function useMatches(client: LedgerClient | undefined, filter: Filter): Matches {
  const [records, setRecords] = useState<LedgerRecord[]>([]);
  const [more, setMore] = useState(true);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<Error>();
  const walk = useRef<AsyncGenerator<LedgerRecord, void, undefined>>(undefined);

  const next = useCallback(async () => {
    const walked = walk.current;
    if (!walked) return;
    setLoading(true);
    try {
      const found: LedgerRecord[] = [];
      let done = false;
      while (found.length < STEP && !done) {
        const step = await walked.next();
        if (step.done) done = true;
        else found.push(step.value);
      }
      if (walk.current !== walked) return;
      setRecords((now) => [...now, ...found]);
      setMore(!done);
    } catch (thrown) {
      if (walk.current !== walked) return;
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
      setMore(false);
    }
    setLoading(false);
  }, []);

  useEffect(() => {
    const stopped = new AbortController();
    setRecords([]);
    setMore(true);
    setError(undefined);
    walk.current = client?.list({ ...listOptions(filter), order: "desc", pageSize: STEP, signal: stopped.signal });
    void next();
    return () => {
      walk.current = undefined;
      stopped.abort();
    };
  }, [client, filter, next]);

  return { records, more, loading, error, next: () => void next() };
}

function listOptions({ type, source, subject, since, until }: Filter): ListOptions {
  const utc = (local: string) => `${local.length === 16 ? `${local}:00` : local}Z`;
  return {
    ...(type !== "" && { type }),
    ...(source !== "" && { source }),
    ...(subject !== "" && { subject }),
    ...(since !== "" && { since: utc(since) }),
    ...(until !== "" && { until: utc(until) }),
  };
}
