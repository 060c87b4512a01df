// The audit of a whole log, which can be cancelled and resumed, and the bundle that shows its result offline.
import { useEffect, useRef, useState } from "preact/hooks";
import { VerificationError, type AuditReport, type AuditState, type LedgerClient } from "stateledger";
import type { Source } from "./route.ts";

/** Threads beside the page's own. */
const WORKERS = 2;

export type Audit =
  | { kind: "idle" }
  | { kind: "running"; done: number; of: number; rate: number }
  | { kind: "paused"; done: number; of: number; resume: AuditState }
  | { kind: "holds"; report: AuditReport; seconds: number }
  /** `refused`: the log does not hold. Otherwise the audit could not be finished. */
  | { kind: "ended"; error: Error; refused: boolean; resume: AuditState | undefined };

export interface Auditing {
  audit: Audit;
  run(): void;
  cancel(): void;
}

/** Audits a log. Other logs' entries are only hashed: what they say is theirs. */
export function useAudit(client: LedgerClient | undefined, source: Source): Auditing {
  const [audit, setAudit] = useState<Audit>({ kind: "idle" });
  const running = useRef<AbortController>(undefined);

  const run = async (resume: AuditState | undefined) => {
    if (!client || running.current) return;
    const cut = (running.current = new AbortController());
    const began = performance.now();
    let came: { done: number; of: number; state: AuditState | undefined } = { done: 0, of: 1, state: resume };
    setAudit({ kind: "running", done: Number(resume?.entries ?? 0), of: 1, rate: 0 });
    const already = Number(resume?.entries ?? 0);
    try {
      const report = await client.audit({
        signal: cut.signal,
        workers: WORKERS,
        entries: source.kind === "own" ? "stateledger" : "opaque",
        ...(resume && { resume }),
        onProgress: ({ entries, size, state }) => {
          came = { done: Number(entries), of: Number(size), state: state() };
          const rate = ((came.done - already) / (performance.now() - began)) * 1000;
          setAudit({ kind: "running", done: came.done, of: came.of, rate });
        },
      });
      setAudit({ kind: "holds", report, seconds: (performance.now() - began) / 1000 });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (cut.signal.aborted && came.state) setAudit({ kind: "paused", done: came.done, of: came.of, resume: came.state });
      else if (cut.signal.aborted) setAudit({ kind: "idle" });
      else setAudit({ kind: "ended", error, refused: error instanceof VerificationError, resume: came.state });
    } finally {
      running.current = undefined;
    }
  };

  useEffect(() => () => running.current?.abort(), [client]);

  return {
    audit,
    run: () => void run("resume" in audit ? audit.resume : undefined),
    cancel: () => running.current?.abort(),
  };
}
