// The open ledger: what the server says of it, kept current while the visitor watches.
import { useCallback, useEffect, useState } from "preact/hooks";
import { VerificationError } from "stateledger";
import { asError } from "../as-error.ts";
import { ApiError, readLedger, type LedgerInfo } from "../api.ts";
import { reading, type Access } from "./access.ts";

export type LedgerState =
  | { kind: "loading" }
  /** Unknown, or private and not shown to this visitor: the server does not say which. */
  | { kind: "missing" }
  | { kind: "failed"; error: ApiError }
  | { kind: "ready"; info: LedgerInfo };

export interface OpenLedger {
  state: LedgerState;
  reload(): void;
}

/** Reads how the server describes a ledger: whether it is there, its rules, the key it presents. Mounted anew for each ledger. */
export function useLedger(ledger: string, access: Access): OpenLedger {
  const [state, setState] = useState<LedgerState>({ kind: "loading" });
  const [asked, setAsked] = useState(0);
  const reload = useCallback(() => setAsked((n) => n + 1), []);

  useEffect(() => {
    let current = true;
    // What was read stays: a ledger's rules and key never change, and who is offline goes on with them.
    const keep = (now: LedgerState, next: LedgerState) => (next.kind === "failed" && now.kind === "ready" ? now : next);
    void nextState(ledger, access).then((next) => current && setState((now) => keep(now, next)));
    return () => {
      current = false;
    };
  }, [ledger, access, asked]);

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

/** Any failure as the error the page shows. */
export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  if (cause instanceof VerificationError) return new ApiError(0, cause.code, cause.message);
  return new ApiError(0, "unexpected", asError(cause).message);
}
