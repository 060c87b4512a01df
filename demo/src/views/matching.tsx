// The records that fit a filter, newest first.
import { inWords } from "../bytes.ts";
import type { LogPlace } from "../state/client.ts";
import type { Filter } from "../state/filter.ts";
import { useMatches } from "../state/matches.ts";
import type { Source } from "../state/route.ts";
import { Failure } from "./parts.tsx";
import { Row } from "./record-list.tsx";

export interface MatchingProps {
  source: Source;
  place: LogPlace | undefined;
  open: string | undefined;
  filter: Filter;
}

export function Matching({ source, place, open, filter }: MatchingProps) {
  const { records, more, loading, error, next } = useMatches(place, filter);
  return (
    <>
      <p class="hint" role="status">
        {loading && records.length === 0 ? "Looking…" : `${inWords(records.length, "record")} so far. Each is proven; that none was left out is the server’s word.`}
      </p>
      {records.length > 0 && (
        <ol class="rows matches">
          {records.map(({ index, entry }) => (
            <li key={index}>
              <Row source={source} index={index} entry={entry} open={String(index) === open} />
            </li>
          ))}
        </ol>
      )}
      {error && <Failure error={error} what="The list could not be read" />}
      {records.length === 0 && !loading && !error && <p class="empty">No record fits.</p>}
      {more && (
        <button type="button" class="button" onClick={next} aria-disabled={loading}>
          {loading ? "Reading…" : "Show more"}
        </button>
      )}
    </>
  );
}
