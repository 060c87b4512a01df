// The ledger as it was: a snapshot at any size, and what changed between two.
import { useState } from "preact/hooks";
import { inWords } from "../bytes.ts";
import type { LogPlace } from "../state/client.ts";
import { AUTOMATIC, useHistory } from "../state/history.ts";
import type { LogHead } from "../state/log.ts";
import { toHash, type Source } from "../state/route.ts";
import { AnsweredPast } from "./answered-past.tsx";
import { Failure } from "./parts.tsx";
import { Progress } from "./progress.tsx";
import { WholePast, type Moments } from "./whole-past.tsx";
import "../proof.css";
import "../time.css";

/** How far back a ledger that was not read is compared, until the visitor says otherwise. */
const BACK = 1_000;

interface Props {
  source: Source;
  place: LogPlace | undefined;
  known: LogHead;
  size: string | undefined;
  from: string | undefined;
}

export function TimeMachine({ source, place, known: newest, size, from }: Props) {
  // The past of one head: a log that grows meanwhile is not read again and again.
  const [known, setKnown] = useState(newest);
  const { history, start, stop } = useHistory(place, known);
  const last = Number(known.head.size);
  const unread = history.kind === "stopped" || (history.kind === "idle" && known.head.size > AUTOMATIC);
  // Only a ledger of this server has somebody to ask for a moment.
  const answered = unread && source.kind === "own" && place !== undefined;
  const moments = momentsOf(source, { size, from, last, back: answered ? BACK : last });
  return (
    <section class="card stack" aria-labelledby="time-title">
      <h2 id="time-title">Time machine</h2>
      {!unread && (
        <p class="soft">
          Every state below is folded here from entries that this browser has verified. The server answers no snapshot, so it can’t
          answer a wrong one.
        </p>
      )}
      {last === 0 && <p class="empty">No record yet, so there is no past.</p>}
      {unread && <ReadAll records={inWords(known.head.size, "record")} start={start} answered={answered} />}
      {history.kind === "reading" && <Progress done={history.read} of={history.size} what="records verified" cancel={stop} />}
      {history.kind === "failed" && <Failure error={history.error} what="The past could not be verified" retry={start} />}
      {newest.head.size > known.head.size && history.kind !== "reading" && (
        <button type="button" class="button" onClick={() => setKnown(newest)}>
          {unread ? "Take" : "Read"} {inWords(newest.head.size - known.head.size, "newer record")}
        </button>
      )}
      {answered && <AnsweredPast source={source} place={place} last={last} moments={moments} />}
      {history.kind === "ready" && <WholePast source={source} past={history.past} moments={moments} />}
    </section>
  );
}

function ReadAll({ records, start, answered }: { records: string; start: () => void; answered: boolean }) {
  return (
    <>
      <p class="soft">
        The past of this ledger is {records}. Read and verified here, which takes a while, every state of it is complete.
        {answered && " Until then the server answers what you ask for, and each record of its answer is proven."}
      </p>
      <p>
        <button type="button" class="button button-primary" onClick={start}>
          Read {records}
        </button>
      </p>
    </>
  );
}

/** The moments that an address names, as far as the log has reached them. */
function momentsOf(source: Source, asked: { size: string | undefined; from: string | undefined; last: number; back: number }): Moments {
  const now = within(asked.size, asked.last) ?? asked.last;
  const earlier = within(asked.from, now) ?? Math.max(0, now - asked.back);
  const go = (next: { size?: number; from?: number }) => {
    const [at, since] = [next.size ?? now, next.from ?? earlier];
    const view = { kind: "time", size: String(at), from: String(Math.min(since, at)) } as const;
    history.replaceState(null, "", toHash(source, view));
    dispatchEvent(new HashChangeEvent("hashchange"));
  };
  return { now, earlier, go };
}

/** A size out of an address, if the log has reached it. */
function within(text: string | undefined, last: number): number | undefined {
  const size = text === undefined ? NaN : Number(text);
  return size >= 0 && size <= last ? size : undefined;
}
