// The receipt of the open record, and the module that checks it.
import { useCallback, useEffect, useState } from "preact/hooks";
import { init } from "stateledger";
import { readReceipt, type ApiError } from "../api.ts";
import { reading, type Access } from "./access.ts";
import { asApiError } from "./ledger.ts";

export type ReceiptState =
  | { kind: "loading" }
  | { kind: "failed"; error: ApiError }
  /** `receipt` is the server's own spelling, and the module is ready to check it. */
  | { kind: "ready"; receipt: string };

/** Fetches a record's receipt and loads the verifier beside it. */
export function useReceipt(ledger: string, index: string, access: Access): { state: ReceiptState; retry(): void } {
  const [state, setState] = useState<ReceiptState>({ kind: "loading" });
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let current = true;
    setState({ kind: "loading" });
    const receipt = reading(access, (token) => readReceipt(ledger, index, token));
    Promise.all([receipt, init()]).then(
      ([text]) => current && setState({ kind: "ready", receipt: text }),
      (cause: unknown) => current && setState({ kind: "failed", error: asApiError(cause) }),
    );
    return () => {
      current = false;
    };
  }, [ledger, index, access, attempt]);

  return { state, retry: useCallback(() => setAttempt((n) => n + 1), []) };
}
