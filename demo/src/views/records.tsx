// The records of a log: all of them as one list, or those that fit a filter.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { LedgerClient } from "stateledger";
import type { LogPlace } from "../state/client.ts";
import { isFiltered, NO_FILTER, type Filter } from "../state/filter.ts";
import type { LogHead } from "../state/log.ts";
import { toHash, type Source } from "../state/route.ts";
import { later } from "./later.tsx";
import type { MatchingProps } from "./matching.tsx";
import { Field } from "./parts.tsx";
import { RecordList } from "./record-list.tsx";

const Matching = later<MatchingProps>(() => import("./matching.tsx").then((module) => module.Matching));

interface Props {
  source: Source;
  client: LedgerClient | undefined;
  place: LogPlace | undefined;
  known: LogHead;
  open: string | undefined;
  filter: Filter | undefined;
  live: boolean;
  setLive: (live: boolean) => void;
}

export function Records(props: Props) {
  const { source, place, open, live, setLive } = props;
  // The same filter is the same value, whatever else the address says: the list is not read again.
  const filter = useMemo(() => props.filter ?? NO_FILTER, [JSON.stringify(props.filter)]);
  const apply = (next: Filter) => {
    location.hash = toHash(source, { kind: "records", ...(open !== undefined && { index: open }), filter: next });
  };
  return (
    <section class="card stack" aria-labelledby="records-title">
      <div class="split">
        <h2 id="records-title">Records</h2>
        <label class="check">
          <input type="checkbox" checked={live} onChange={(event) => setLive(event.currentTarget.checked)} />
          Live
        </label>
      </div>
      {source.kind === "own" && <FilterForm filter={filter} apply={apply} />}
      {isFiltered(filter) ? <Matching source={source} place={place} open={open} filter={filter} size={props.known.head.size} /> : <RecordList {...props} />}
    </section>
  );
}

function FilterForm({ filter, apply }: { filter: Filter; apply: (filter: Filter) => void }) {
  const [draft, setDraft] = useState(filter);
  const [unfolded, setUnfolded] = useState(isFiltered(filter));
  useEffect(() => setDraft(filter), [filter]);
  const set = (name: keyof Filter) => (value: string) => setDraft({ ...draft, [name]: value });
  const moment = { type: "datetime-local", step: 0.001 };
  return (
    <details class="filter" open={unfolded} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
      <summary>
        Filter{isFiltered(filter) && <span class="soft">: {Object.values(filter).filter(Boolean).join(", ")}</span>}
      </summary>
      <form
        class="stack"
        aria-label="Filter the records"
        onSubmit={(event) => {
          event.preventDefault();
          apply(draft);
        }}
        onReset={() => {
          setDraft(NO_FILTER);
          apply(NO_FILTER);
        }}
      >
        <div class="pair">
          <Field id="filter-type" label="Only of type" value={draft.type} set={set("type")} optional="untold" />
          <Field id="filter-source" label="Only from source" value={draft.source} set={set("source")} optional="untold" />
        </div>
        <Field id="filter-subject" label="About" value={draft.subject} set={set("subject")} optional="untold" />
        <Field id="filter-since" label="From, UTC" value={draft.since} set={set("since")} optional="untold" input={moment} />
        <Field id="filter-until" label="Before, UTC" value={draft.until} set={set("until")} optional="untold" input={moment} />
        <div class="buttons">
          <button type="submit" class="button button-primary">
            Apply
          </button>
          <button type="reset" class="button">
            Clear
          </button>
        </div>
      </form>
    </details>
  );
}
