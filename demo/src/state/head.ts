// The signed head that came with a receipt, held against the one that this browser keeps of the log.
import { useEffect, useState } from "preact/hooks";
import { ForkError, RollbackError, type HeadEvidence, type LedgerClient } from "stateledger";
import { asError } from "../as-error.ts";

export type HeldHead =
  | { kind: "comparing" }
  /** One of the two is proven to be a prefix of the other. */
  | { kind: "consistent" }
  | { kind: "contradicts"; error: Error; evidence: HeadEvidence }
  /** It could not be compared. */
  | { kind: "open"; error: Error };

/** Compares the head of a receipt that holds; `receipt` is absent where there is none to compare. */
export function useHeldHead(client: LedgerClient | undefined, receipt: string | undefined): HeldHead {
  const [held, setHeld] = useState<HeldHead>({ kind: "comparing" });
  useEffect(() => {
    if (!client || receipt === undefined) return;
    let current = true;
    setHeld({ kind: "comparing" });
    client.observe(headOf(receipt)).then(
      () => current && setHeld({ kind: "consistent" }),
      (thrown: unknown) => current && setHeld(failed(thrown)),
    );
    return () => {
      current = false;
    };
  }, [client, receipt]);
  return held;
}

function failed(thrown: unknown): HeldHead {
  if (thrown instanceof ForkError || thrown instanceof RollbackError) return { kind: "contradicts", error: thrown, evidence: thrown.evidence };
  return { kind: "open", error: asError(thrown) };
}

/** The signed note inside a receipt's proof: all after the blank line that ends the hashes (C2SP tlog-proof). */
function headOf(receipt: string): string {
  const { proof } = JSON.parse(receipt) as { proof: string };
  return proof.slice(proof.indexOf("\n\n") + 2);
}
