// The open ledger: what the server says of it, kept current while the visitor watches.
import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError, readLedger, type LedgerInfo } from "../api.ts";
import { reading, type Access } from "./access.ts";

export type LedgerState =
  | { kind: "loading" }
  /** Unknown, or private and not shown to this visitor: the server does not say which. */
  | { kind: "missing" }
  | { kind: "failed"; error: ApiError }
  | { kind: "ready"; info: LedgerInfo; /** Why the latest refresh failed. */ trouble?: ApiError };

export interface OpenLedger {
  state: LedgerState;
  reload(): void;
}

/** Time between two looks for new records. */
const LIVE_MS = 3000;

/**
 * Reads a ledger, and reads it again every few seconds while `live` and while the page is visible.
 * Mounted anew for each ledger.
 */
export function useLedger(ledger: string, access: Access, live: boolean): OpenLedger {
  const [state, setState] = useState<LedgerState>({ kind: "loading" });
  const [asked, setAsked] = useState(0);
  const reload = useCallback(() => setAsked((n) => n + 1), []);

  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (first: boolean) => {
      if (first || !document.hidden) {
        const next = await nextState(ledger, access);
        if (current) setState((now) => merge(now, next));
      }
      if (current && live) timer = setTimeout(look, LIVE_MS, false);
    };
    void look(true);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [ledger, access, live, asked]);

  return { state, reload };
}

async function nextState(ledger: string, access: Access): Promise<LedgerState> {
  try {
    return { kind: "ready", info: await reading(access, (token) => readLedger(ledger, token)) };
  } catch (cause) {
    const error = asApiError(cause);
    return error.status === 404 ? { kind: "missing" } : { kind: "failed", error };
  }
}

// A refresh that fails keeps what is on the screen and says that it is not current.
function merge(now: LedgerState, next: LedgerState): LedgerState {
  if (next.kind === "failed" && now.kind === "ready") return { ...now, trouble: next.error };
  if (now.kind === "ready" && next.kind === "ready" && !now.trouble && same(now.info, next.info)) return now;
  return next;
}

function same(a: LedgerInfo, b: LedgerInfo): boolean {
  return a.ledger === b.ledger && a.size === b.size && a.rootHash === b.rootHash && a.verifierKey === b.verifierKey;
}

/** Any failure as the error the page shows. */
export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  return new ApiError(0, "unexpected", cause instanceof Error ? cause.message : String(cause));
}
