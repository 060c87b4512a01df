// The receipt of the open record, and the module that checks it.
import { useCallback, useEffect, useState } from "preact/hooks";
import { init, type LedgerClient } from "stateledger";
import { readReceipt, type ApiError } from "../api.ts";
import { reading, type Access } from "./access.ts";
import { asApiError } from "./ledger.ts";
import type { Source } from "./route.ts";

export type ReceiptState =
  | { kind: "loading" }
  | { kind: "failed"; error: ApiError }
  /** `receipt` is the server's own spelling, and the module is ready to check it. */
  | { kind: "ready"; receipt: string };

/** Fetches a record's receipt, or makes it from another log's tiles, and loads the verifier beside it. */
export function useReceipt(source: Source, index: string, access: Access, client: LedgerClient | undefined): { state: ReceiptState; retry(): void } {
  const [state, setState] = useState<ReceiptState>({ kind: "loading" });
  const [attempt, setAttempt] = useState(0);
  const maker = source.kind === "foreign" ? client : undefined;

  useEffect(() => {
    if (source.kind === "foreign" && !maker) return;
    let current = true;
    setState({ kind: "loading" });
    Promise.all([receiptOf(source, index, access, maker), init()]).then(
      ([text]) => current && setState({ kind: "ready", receipt: text }),
      (cause: unknown) => current && setState({ kind: "failed", error: asApiError(cause) }),
    );
    return () => {
      current = false;
    };
  }, [source, index, access, maker, attempt]);

  return { state, retry: useCallback(() => setAttempt((n) => n + 1), []) };
}

async function receiptOf(source: Source, index: string, access: Access, maker: LedgerClient | undefined): Promise<string> {
  if (source.kind === "own") return reading(access, (token) => readReceipt(source.ledger, index, token));
  await init();
  return JSON.stringify(await maker?.prove(BigInt(index)));
}
