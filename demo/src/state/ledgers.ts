// The ledgers of this server that the visitor may read, page by page. What is said of them is the server's word.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { listLedgers, type ApiError, type LedgerInfo } from "../api.ts";
import { reading, type Access } from "./access.ts";
import { asApiError } from "./ledger.ts";

export interface Ledgers {
  ledgers: LedgerInfo[];
  /** Whether there are more. */
  more: boolean;
  loading: boolean;
  error: ApiError | undefined;
  /** Reads the next page, or the same one again after an error. */
  next(): void;
}

export function useLedgers(access: Access): Ledgers {
  const [ledgers, setLedgers] = useState<LedgerInfo[]>([]);
  const [cursor, setCursor] = useState<string>();
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<ApiError>();
  /** What is under way; an answer that was overtaken by another visitor's token is dropped. */
  const asked = useRef<object>(undefined);

  const read = useCallback(
    async (from: string | undefined) => {
      const call = (asked.current = {});
      setLoading(true);
      setError(undefined);
      try {
        const page = await reading(access, (token) => listLedgers(token, from));
        if (asked.current !== call) return;
        setLedgers((now) => (from === undefined ? page.ledgers : [...now, ...page.ledgers]));
        setCursor(page.nextCursor);
      } catch (cause) {
        if (asked.current !== call) return;
        setError(asApiError(cause));
      }
      setLoading(false);
    },
    [access],
  );
  useEffect(() => {
    void read(undefined);
    return () => {
      asked.current = undefined;
    };
  }, [read]);

  return { ledgers, more: cursor !== undefined, loading, error, next: () => void read(cursor) };
}
