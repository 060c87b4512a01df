// Records that fit a filter, newest first, page by page; each was proven in the signed tree.
import type { Remote } from "comlink";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ListOptions } from "stateledger";
import { thread } from "../thread/start.ts";
import type { Listed, Walk } from "../thread/walk.ts";
import type { LogPlace } from "./client.ts";
import type { Filter } from "./filter.ts";

/** Records that are shown before the visitor asks for more. */
const STEP = 50;

export interface Matches {
  records: Listed[];
  /** Whether there may be more. */
  more: boolean;
  loading: boolean;
  error: Error | undefined;
  next(): void;
}

/** Lists what fits `filter`. That nothing that fits was left out is the server's word; the page says so. */
export function useMatches(place: LogPlace | undefined, filter: Filter): Matches {
  const [records, setRecords] = useState<Listed[]>([]);
  const [more, setMore] = useState(true);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<Error>();
  const walk = useRef<Promise<Remote<Walk>>>(undefined);

  const next = useCallback(async () => {
    const walked = walk.current;
    if (!walked) return;
    setLoading(true);
    try {
      const { records: found, done } = await (await walked).next(STEP);
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
    setRecords([]);
    setMore(true);
    setError(undefined);
    const walked = place && thread().then((remote) => remote.list(place, { ...listOptions(filter), order: "desc", pageSize: STEP }));
    walk.current = walked;
    void next();
    return () => {
      walk.current = undefined;
      void walked?.then((remote) => remote.end()).catch(() => {});
    };
  }, [place, filter, next]);

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
