// Something that the page's worker proves step by step, shown as far as the visitor asked for.
import type { Remote } from "comlink";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asError } from "../as-error.ts";
import type { Walk } from "../thread/walk.ts";

/** How many are shown before the visitor asks for more. */
export const STEP = 50;

export interface Walked<T, About> {
  /** What is known of it before its first step; absent until then. */
  about: About | undefined;
  found: T[];
  /** Whether there may be more. */
  more: boolean;
  loading: boolean;
  error: Error | undefined;
  next(): void;
  /** Begins again, after an error. */
  retry(): void;
}

/** Walks what `begin` begins; another one begins anew. */
export function useWalked<T, About>(begin: (() => Promise<Remote<Walk<T, About>>>) | undefined): Walked<T, About> {
  const [about, setAbout] = useState<About>();
  const [found, setFound] = useState<T[]>([]);
  const [more, setMore] = useState(true);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<Error>();
  const [tries, setTries] = useState(0);
  const walk = useRef<Promise<Remote<Walk<T, About>>>>(undefined);
  /** The walk of which a step is running: its steps come one after the other. */
  const stepping = useRef(walk.current);

  const next = useCallback(async () => {
    const walked = walk.current;
    if (!walked || stepping.current === walked) return;
    stepping.current = walked;
    const current = () => walk.current === walked;
    setLoading(true);
    try {
      const remote = await walked;
      const told = (await remote.about()) as About;
      if (current()) setAbout(() => told);
      const step = (await remote.next(STEP)) as { found: T[]; done: boolean };
      if (!current()) return;
      setFound((now) => [...now, ...step.found]);
      setMore(!step.done);
    } catch (thrown) {
      if (!current()) return;
      setError(asError(thrown));
      setMore(false);
    }
    stepping.current = undefined;
    setLoading(false);
  }, []);

  useEffect(() => {
    setAbout(undefined);
    setFound([]);
    setMore(true);
    setError(undefined);
    const walked = begin?.();
    walk.current = walked;
    void next();
    return () => {
      walk.current = undefined;
      void walked?.then((remote) => remote.end()).catch(() => {});
    };
  }, [begin, next, tries]);

  return { about, found, more, loading, error, next: () => void next(), retry: () => setTries((n) => n + 1) };
}
