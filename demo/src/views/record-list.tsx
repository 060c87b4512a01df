import type { ListedRecord } from "../api.ts";
import type { useRecords } from "../state/records.ts";
import { toHash } from "../state/route.ts";
import { Failure, Moment } from "./parts.tsx";

interface Props {
  ledger: string;
  records: ReturnType<typeof useRecords>;
  open: string | undefined;
  live: boolean;
  setLive: (live: boolean) => void;
}

/** The ledger's records, newest first. */
export function RecordList({ ledger, records, open, live, setLive }: Props) {
  const { rows, cursor, loading, error, arrived, older, retry } = records;
  return (
    <section class="card stack" aria-labelledby="records-title">
      <div class="split">
        <h2 id="records-title">Records</h2>
        <label class="check">
          <input type="checkbox" checked={live} onChange={(event) => setLive(event.currentTarget.checked)} />
          Live
        </label>
      </div>
      <p class="unseen" role="status">
        {arrived > 0 && `${arrived} new ${arrived === 1 ? "record" : "records"}`}
      </p>
      {rows.length > 0 && (
        <ol class="rows">
          {rows.map((row) => (
            <Row key={row.index} row={row} ledger={ledger} open={row.index === open} />
          ))}
        </ol>
      )}
      {error && <Failure error={error} what="The list could not be read" retry={retry} />}
      {rows.length === 0 && !error && <p class="empty">{loading ? "Reading…" : "No record yet. Append the first one above."}</p>}
      {cursor !== undefined && (
        <button type="button" class="button" onClick={older} aria-disabled={loading}>
          {loading ? "Reading…" : "Show older records"}
        </button>
      )}
    </section>
  );
}

function Row({ row, ledger, open }: { row: ListedRecord; ledger: string; open: boolean }) {
  return (
    <li>
      <a class="row" href={toHash({ ledger, index: row.index })} aria-current={open ? "true" : undefined}>
        <span class="row-index">{row.index}</span>
        <span class="row-what">
          <strong>{row.type}</strong>
          <span class="soft">
            {row.source}
            {row.subject !== undefined && ` · ${row.subject}`}
          </span>
        </span>
        <span class="row-when">
          <Moment time={row.time} />
        </span>
      </a>
    </li>
  );
}
