// The list of records: newest first, one page at a time, joined with what arrives meanwhile.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { listRecords, type ApiError, type ListedRecord, type RecordPage } from "../api.ts";
import { reading, type Access } from "./access.ts";
import { asApiError } from "./ledger.ts";

export interface Records {
  rows: ListedRecord[];
  /** Present while older records exist. */
  cursor?: string;
  loading: boolean;
  error?: ApiError;
  /** How many rows the latest refresh added, for the announcement. */
  arrived: number;
}

const NONE: Records = { rows: [], loading: true, arrived: 0 };

/** Lists a ledger's records; reads the newest page again whenever `size` changes. */
export function useRecords(ledger: string, size: string, access: Access): Records & { older(): void; retry(): void } {
  const [records, setRecords] = useState<Records>(NONE);
  const [attempt, setAttempt] = useState(0);
  // Answers to questions asked with another token are dropped.
  const asker = useRef(access);
  asker.current = access;

  const load = useCallback(
    async (cursor?: string) => {
      setRecords((now) => ({ ...now, loading: true }));
      let join: (now: Records) => Records;
      try {
        const page = await reading(access, (token) => listRecords(ledger, token, cursor));
        join = (now) => (cursor === undefined ? withNewest(now, page) : withOlder(now, cursor, page));
      } catch (cause) {
        const error = asApiError(cause);
        join = (now) => ({ ...now, loading: false, error });
      }
      if (asker.current === access) setRecords(join);
    },
    [ledger, access],
  );

  // A second click comes before the first one's answer, often before the page is drawn again.
  const asked = useRef<string>(undefined);
  const older = async () => {
    const { cursor } = records;
    if (cursor === undefined || cursor === asked.current) return;
    asked.current = cursor;
    await load(cursor);
    if (asked.current === cursor) asked.current = undefined;
  };

  useEffect(() => setRecords(NONE), [access]);
  useEffect(() => void load(), [load, size, attempt]);

  return {
    ...records,
    older: () => void older(),
    retry: () => setAttempt((n) => n + 1),
  };
}

/** Puts the newest page on top; where it does not reach what is listed, it replaces the list. */
export function withNewest(now: Records, page: RecordPage): Records {
  const top = now.rows[0];
  const last = page.records.at(-1);
  const reaches = top && last && BigInt(last.index) <= BigInt(top.index) + 1n;
  if (!reaches) return settled(page.records, page.nextCursor, top ? page.records.length : 0);
  const fresh = page.records.filter(({ index }) => BigInt(index) > BigInt(top.index));
  return settled([...fresh, ...now.rows], now.cursor, fresh.length);
}

/** Adds the older page that was asked for at `cursor`, unless the list has been replaced since and ends elsewhere. */
export function withOlder(now: Records, cursor: string, page: RecordPage): Records {
  if (cursor !== now.cursor) return { ...now, loading: false };
  return settled([...now.rows, ...page.records], page.nextCursor, 0);
}

function settled(rows: ListedRecord[], cursor: string | undefined, arrived: number): Records {
  return { rows, loading: false, arrived, ...(cursor === undefined ? {} : { cursor }) };
}
