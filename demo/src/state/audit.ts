// The audit of a whole log, which can be cancelled and resumed, and the bundle that shows its result offline.
import { proxy } from "comlink";
import { useEffect, useRef, useState } from "preact/hooks";
import { VerificationError, type AuditReport, type AuditState } from "stateledger";
import { asError } from "../as-error.ts";
import { task } from "../thread/start.ts";
import type { AuditStep } from "../thread/thread.ts";
import type { LogPlace } from "./client.ts";

/** Threads beside the page's worker. */
const WORKERS = 2;

export type Audit =
  | { kind: "idle" }
  | { kind: "running"; done: number; of: number; rate: number }
  /** `seconds`: what all runs until now took, each of which went on where the one before had ended. */
  | { kind: "paused"; done: number; of: number; resume: AuditState; seconds: number }
  | { kind: "holds"; report: AuditReport; seconds: number }
  /** `refused`: the log does not hold. Otherwise the audit could not be finished. */
  | { kind: "ended"; error: Error; refused: boolean; resume: AuditState | undefined; seconds: number };

export interface Auditing {
  audit: Audit;
  run(): void;
  cancel(): void;
}

/** Audits a log in the page's worker; `size` is what it is known to have before the audit says so itself. */
export function useAudit(place: LogPlace | undefined, size: number): Auditing {
  const [audit, setAudit] = useState<Audit>({ kind: "idle" });
  const running = useRef<AbortController>(undefined);

  const run = async ({ resume, seconds: before }: { resume?: AuditState | undefined; seconds: number }) => {
    if (!place || running.current) return;
    const cut = (running.current = new AbortController());
    const began = performance.now();
    let came: { done: number; of: number; state: AuditState | undefined } = { done: 0, of: size, state: resume };
    const seconds = () => before + (performance.now() - began) / 1000;
    const already = Number(resume?.entries ?? 0);
    setAudit({ kind: "running", done: already, of: size, rate: 0 });
    const told = (step: AuditStep) => {
      // The last word comes over another port than the steps, and may come first.
      if (running.current !== cut) return;
      came = step;
      const rate = ((step.done - already) / (performance.now() - began)) * 1000;
      setAudit({ kind: "running", done: step.done, of: step.of, rate });
    };
    try {
      const given = { workers: WORKERS, ...(resume && { resume }) };
      const report = await task(cut.signal, (remote, id) => remote.audit(id, place, given, proxy(told)));
      setAudit({ kind: "holds", report, seconds: seconds() });
    } catch (thrown) {
      const error = asError(thrown);
      if (cut.signal.aborted && came.state) setAudit({ kind: "paused", done: came.done, of: came.of, resume: came.state, seconds: seconds() });
      else if (cut.signal.aborted) setAudit({ kind: "idle" });
      else setAudit({ kind: "ended", error, refused: error instanceof VerificationError, resume: came.state, seconds: came.state ? seconds() : 0 });
    } finally {
      running.current = undefined;
    }
  };

  useEffect(() => () => running.current?.abort(), [place]);

  return {
    audit,
    run: () => void run("resume" in audit ? audit : { seconds: 0 }),
    cancel: () => running.current?.abort(),
  };
}
