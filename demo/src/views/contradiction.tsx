import type { HeadEvidence } from "stateledger";
import { save } from "../save.ts";
import { Notice } from "./parts.tsx";

/** A log that signed two heads of which one cannot follow the other; both are the evidence. */
export function Contradiction({ message, evidence }: { message: string; evidence: HeadEvidence }) {
  return (
    <Notice tone="refused" title="The log contradicts what it signed before">
      <p>
        {message} Both signed heads are kept in this browser: they prove it to anybody.
      </p>
      <button type="button" class="button" onClick={() => save(JSON.stringify(evidence, null, 2), "evidence.json", "application/json")}>
        Download the evidence
      </button>
    </Notice>
  );
}
