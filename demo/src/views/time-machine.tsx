// The ledger as it was: a snapshot at any size, and what changed between two.
import { useEffect, useMemo, useState } from "preact/hooks";
import { inWords } from "../bytes.ts";
import type { LogPlace } from "../state/client.ts";
import { AUTOMATIC, useHistory, type Past } from "../state/history.ts";
import type { LogHead } from "../state/log.ts";
import { toHash, type Source } from "../state/route.ts";
import { changes, snapshotAt, type Change, type Snapshot } from "../snapshot.ts";
import { Digest, Failure, Mark } from "./parts.tsx";
import { Progress } from "./progress.tsx";
import { TimeChart } from "./time-chart.tsx";
import "../proof.css";
import "../time.css";

/** Rows of a table that are drawn at once; the count above it says how many there are. */
const ROWS = 200;

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
  const records = inWords(known.head.size, "record");
  return (
    <section class="card stack" aria-labelledby="time-title">
      <h2 id="time-title">Time machine</h2>
      <p class="soft">
        Every state below is folded here from entries that this browser has verified. The server answers no snapshot, so it can’t
        answer a wrong one.
      </p>
      {known.head.size === 0n && <p class="empty">No record yet, so there is no past.</p>}
      {history.kind === "idle" && known.head.size > AUTOMATIC && (
        <>
          <p>The past of this ledger is {records}. Reading and verifying them takes a while.</p>
          <button type="button" class="button button-primary" onClick={start}>
            Read {records}
          </button>
        </>
      )}
      {history.kind === "reading" && <Progress done={history.read} of={history.size} what="records verified" cancel={stop} />}
      {history.kind === "failed" && <Failure error={history.error} what="The past could not be verified" retry={start} />}
      {newest.head.size > known.head.size && history.kind !== "reading" && (
        <button type="button" class="button" onClick={() => setKnown(newest)}>
          Read {inWords(newest.head.size - known.head.size, "newer record")}
        </button>
      )}
      {history.kind === "ready" && <Moments source={source} past={history.past} size={size} from={from} />}
    </section>
  );
}

function Moments({ source, past, size, from }: { source: Source; past: Past; size: string | undefined; from: string | undefined }) {
  const last = past.events.length;
  const now = within(size, last) ?? last;
  const earlier = within(from, now) ?? 0;
  const go = (next: { size?: number; from?: number }) => {
    const [at, since] = [next.size ?? now, next.from ?? earlier];
    const view = { kind: "time", size: String(at), from: String(Math.min(since, at)) } as const;
    history.replaceState(null, "", toHash(source, view));
    dispatchEvent(new HashChangeEvent("hashchange"));
  };
  const later = useMemo(() => snapshotAt(past.events, now), [past, now]);
  const changed = useMemo(() => changes(snapshotAt(past.events, earlier), later), [past, earlier, later]);
  return (
    <>
      <TimeChart events={past.events} size={now} pick={(time) => go({ size: past.sizeAt(time) })} />
      <div class="moments">
        <MomentPicker id="at" label="As of" past={past} size={now} last={last} set={(at) => go({ size: at })} />
        <MomentPicker id="since" label="Compared with" past={past} size={earlier} last={now} set={(at) => go({ from: at })} />
      </div>
      <Changed source={source} changed={changed} from={earlier} to={now} />
      <SnapshotTable source={source} snapshot={later} size={now} />
    </>
  );
}

/** A slider over sizes, a field for a time, and the checkpoint of the moment. */
function MomentPicker(props: { id: string; label: string; past: Past; size: number; last: number; set: (size: number) => void }) {
  const { id, label, past, size, last, set } = props;
  const root = useProvenRoot(past, size);
  const time = past.events[size - 1]?.time;
  const pick = (value: string) => {
    const chosen = Date.parse(`${value.length === 16 ? `${value}:00` : value}Z`);
    if (!Number.isNaN(chosen)) set(Math.min(last, past.sizeAt(chosen)));
  };
  return (
    <fieldset class="moment stack">
      <legend>{label}</legend>
      <label for={`${id}-size`}>
        Size <output data-testid={`${id}-value`}>{size.toLocaleString("en")}</output>
      </label>
      <input id={`${id}-size`} type="range" min="0" max={last} step="1" value={size} onInput={(event) => set(Number(event.currentTarget.value))} />
      <label for={`${id}-time`}>Time, UTC</label>
      <input
        id={`${id}-time`}
        type="datetime-local"
        step="0.001"
        value={time === undefined ? "" : new Date(time).toISOString().slice(0, -1)}
        onChange={(event) => pick(event.currentTarget.value)}
      />
      {root.error && <Failure error={root.error} what="The root of that moment could not be proven" />}
      {!root.error && !root.hash && <p class="roots soft">Proving the root of that moment…</p>}
      {root.hash && (
        <>
          <p class="roots">
            <Mark state="passed" /> Root of that moment, a proven prefix of the signed head
          </p>
          <Digest value={root.hash} what={`root at size ${size}`} />
        </>
      )}
    </fieldset>
  );
}

/** The root at a size, which the worker proves; nothing until it has. */
function useProvenRoot(past: Past, size: number): { hash?: string; error?: Error } {
  const [root, setRoot] = useState<{ of: number; hash?: string; error?: Error }>({ of: -1 });
  useEffect(() => {
    let current = true;
    past.provenRoot(size).then(
      (hash) => current && setRoot({ of: size, hash }),
      (error: Error) => current && setRoot({ of: size, error }),
    );
    return () => {
      current = false;
    };
  }, [past, size]);
  return root.of === size ? root : {};
}

function Changed({ source, changed, from, to }: { source: Source; changed: Change[]; from: number; to: number }) {
  return (
    <section class="stack" aria-labelledby="changed-title">
      <h3 id="changed-title">
        What changed from {from.toLocaleString("en")} to {to.toLocaleString("en")}
      </h3>
      <p class="soft" data-testid="changed">
        {inWords(changed.length, "subject")} changed.
      </p>
      {changed.length > 0 && (
        <Table label="What changed" heads={["Type", "Subject", "Before", "After"]} count={changed.length}>
          {changed.slice(0, ROWS).map(({ type, subject, before, after }) => (
            <tr key={after}>
              <td>{type}</td>
              <th scope="row">{subject}</th>
              <td>{before === undefined ? "new" : <RecordLink source={source} index={before} />}</td>
              <td>
                <RecordLink source={source} index={after} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function SnapshotTable({ source, snapshot, size }: { source: Source; snapshot: Snapshot; size: number }) {
  const rows = [...snapshot.current.values()].sort((a, b) => b.index - a.index);
  const unnamed = [...snapshot.unnamed];
  return (
    <section class="stack" aria-labelledby="snapshot-title">
      <h3 id="snapshot-title">State as of {inWords(size, "record")}</h3>
      <p class="soft" data-testid="snapshot">
        {inWords(rows.length, "subject")}
        {unnamed.length > 0 && `; without a subject: ${unnamed.map(([type, count]) => `${count.toLocaleString("en")} ${type}`).join(", ")}`}
      </p>
      {rows.length > 0 && (
        <Table label="Last record of each subject" heads={["Type", "Subject", "Record"]} count={rows.length}>
          {rows.slice(0, ROWS).map(({ type, subject, index }) => (
            <tr key={`${type}\n${subject}`}>
              <td>{type}</td>
              <th scope="row">{subject}</th>
              <td>
                <RecordLink source={source} index={index} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function Table({ label, heads, count, children }: { label: string; heads: string[]; count: number; children: preact.ComponentChildren }) {
  return (
    <>
      <div class="table-box" tabIndex={0} role="region" aria-label={label}>
        <table>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </div>
      {count > ROWS && <p class="hint">The newest {ROWS} of {count.toLocaleString("en")}; narrow the moments to see the others.</p>}
    </>
  );
}

function RecordLink({ source, index }: { source: Source; index: number }) {
  return <a href={toHash(source, { kind: "records", index: String(index) })}>{index.toLocaleString("en")}</a>;
}

/** A size out of an address, if the log has reached it. */
function within(text: string | undefined, last: number): number | undefined {
  const size = text === undefined ? NaN : Number(text);
  return size >= 0 && size <= last ? size : undefined;
}
