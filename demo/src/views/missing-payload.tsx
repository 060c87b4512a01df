// Why a receipt has no payload: it was erased, or it is shown to others only.
import { useState } from "preact/hooks";
import { asError } from "../as-error.ts";
import type { LogPlace } from "../state/client.ts";
import { toHash } from "../state/route.ts";
import { thread } from "../thread/start.ts";
import { Failure, Mark, Moment } from "./parts.tsx";

type Answer = { kind: "asking" } | { kind: "erased"; index: string; time: string } | { kind: "withheld" } | { kind: "failed"; error: Error };

/** Asks when the visitor does. `place` is absent for other logs, whose tiles hold no payloads. */
export function MissingPayload({ place, index }: { place: LogPlace | undefined; index: string }) {
  const [answer, setAnswer] = useState<Answer>();
  if (!place) return <p class="soft">A log’s tiles hold no payloads.</p>;
  const ask = async () => {
    setAnswer({ kind: "asking" });
    try {
      const erased = await (await thread()).erasure(place, index);
      setAnswer(erased ? { kind: "erased", ...erased } : { kind: "withheld" });
    } catch (thrown) {
      setAnswer({ kind: "failed", error: asError(thrown) });
    }
  };
  if (answer?.kind === "failed") return <Failure error={answer.error} what="It is not known why the payload is missing" retry={() => void ask()} />;
  if (answer?.kind === "withheld") return <p class="soft">Not in this receipt, and not erased: this ledger shows payloads to token holders. Use a token to read it.</p>;
  if (answer?.kind === "erased") {
    return (
      <p class="since" data-testid="erased">
        <Mark state="passed" />
        <span>
          Erased on <Moment time={answer.time} />: <a href={toHash(place.source, { kind: "records", index: answer.index })}>record {answer.index}</a> says so, and was proven here, too. Every proof of this record stays valid.
        </span>
      </p>
    );
  }
  return (
    <div class="split">
      <p class="soft">Not in this receipt: the payload was erased, or it is shown to token holders only.</p>
      <button type="button" class="button" onClick={() => void ask()} aria-disabled={answer?.kind === "asking"}>
        {answer ? "Asking…" : "Find out which"}
      </button>
    </div>
  );
}
