// Moments of a log whose every entry was read here: what they show is complete.
import { useEffect, useMemo, useState } from "preact/hooks";
import { inWords } from "../bytes.ts";
import { utcOf } from "../state/filter.ts";
import type { Past } from "../state/history.ts";
import type { Source } from "../state/route.ts";
import { changes, snapshotAt } from "../snapshot.ts";
import { MomentPicker, type MomentRoot } from "./moment-picker.tsx";
import { ChangedTable, SnapshotTable } from "./moment-tables.tsx";
import { TimeChart } from "./time-chart.tsx";

/** Rows of a table that are drawn at once; the count above it says how many there are. */
const ROWS = 200;

/** The two moments that are looked at. */
export interface Moments {
  /** Number of records at the later one. */
  now: number;
  /** And at the earlier one. */
  earlier: number;
  go: (next: { size?: number; from?: number }) => void;
}

export function WholePast({ source, past, moments }: { source: Source; past: Past; moments: Moments }) {
  const { now, earlier, go } = moments;
  const last = past.events.length;
  const later = useMemo(() => snapshotAt(past.events, now), [past, now]);
  const changed = useMemo(() => changes(snapshotAt(past.events, earlier), later), [past, earlier, later]);
  const current = useMemo(() => [...later.current.values()].sort((a, b) => b.index - a.index), [later]);
  const unnamed = [...later.unnamed].map(([type, count]) => `${count.toLocaleString("en")} ${type}`);
  const sizeAt = (local: string, most: number) => Math.min(most, past.sizeAt(Date.parse(utcOf(local))));
  const moment = { past, time: (size: number) => past.events[size - 1]?.time };
  return (
    <>
      <TimeChart events={past.events} size={now} pick={(time) => go({ size: past.sizeAt(time) })} />
      <div class="moments">
        <Moment id="at" label="As of" {...moment} size={now} last={last} set={(size) => go({ size })} pick={(local) => go({ size: sizeAt(local, last) })} />
        <Moment id="since" label="Compared with" {...moment} size={earlier} last={now} set={(from) => go({ from })} pick={(local) => go({ from: sizeAt(local, now) })} />
      </div>
      <ChangedTable source={source} rows={changed.slice(0, ROWS)} from={earlier} to={now}>
        <Count rows={changed.length} testId="changed">
          {inWords(changed.length, "subject")} changed.
        </Count>
      </ChangedTable>
      <SnapshotTable source={source} rows={current.slice(0, ROWS)} size={now}>
        <Count rows={current.length} testId="snapshot">
          {inWords(current.length, "subject")}
          {unnamed.length > 0 && `; without a subject: ${unnamed.join(", ")}`}
        </Count>
      </SnapshotTable>
    </>
  );
}

function Count({ rows, testId, children }: { rows: number; testId: string; children: preact.ComponentChildren }) {
  return (
    <>
      <p class="soft" data-testid={testId}>
        {children}
      </p>
      {rows > ROWS && <p class="hint">The newest {ROWS} of {rows.toLocaleString("en")} are shown; narrow the moments to see the others.</p>}
    </>
  );
}

interface MomentProps {
  id: string;
  label: string;
  past: Past;
  time: (size: number) => number | undefined;
  size: number;
  last: number;
  set: (size: number) => void;
  pick: (local: string) => void;
}

function Moment({ past, time, ...props }: MomentProps) {
  const root = useProvenRoot(past, props.size);
  return <MomentPicker {...props} time={time(props.size)} root={root} />;
}

/** The root at a size, which the worker proves; nothing until it has. */
function useProvenRoot(past: Past, size: number): MomentRoot {
  const [root, setRoot] = useState<MomentRoot & { of: number }>({ of: -1 });
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
