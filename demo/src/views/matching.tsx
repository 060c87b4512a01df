// The records that fit a filter, newest first.
import { useMemo, useState } from "preact/hooks";
import type { ListOptions } from "stateledger";
import { inWords } from "../bytes.ts";
import type { LogPlace } from "../state/client.ts";
import { utcOf, type Filter } from "../state/filter.ts";
import type { Source } from "../state/route.ts";
import { STEP, useWalked } from "../state/walked.ts";
import { thread } from "../thread/start.ts";
import { Failure } from "./parts.tsx";
import { Row } from "./record-list.tsx";

export interface MatchingProps {
  source: Source;
  place: LogPlace | undefined;
  open: string | undefined;
  filter: Filter;
  /** Records of the newest head that was seen. */
  size: bigint;
}

export function Matching({ source, place, open, filter, size }: MatchingProps) {
  const [again, setAgain] = useState(0);
  const begin = useMemo(() => place && (async () => (await thread()).list(place, { ...listOptions(filter), order: "desc", pageSize: STEP })), [place, filter, again]);
  const newer = size - useMemo(() => size, [begin]);
  const { found: records, more, loading, error, next, retry } = useWalked(begin);
  return (
    <>
      <p class="hint" role="status">
        {loading && records.length === 0 ? "Looking…" : `${inWords(records.length, "record")} so far. Each is proven; that none was left out is the server’s word.`}
      </p>
      {newer > 0n && (
        <button type="button" class="button" onClick={() => setAgain(again + 1)}>
          {inWords(newer, "newer record")} in the ledger: read again
        </button>
      )}
      {records.length > 0 && (
        <ol class="rows matches">
          {records.map(({ index, entry }) => (
            <li key={index}>
              <Row source={source} index={index} entry={entry} open={String(index) === open} filter={filter} />
            </li>
          ))}
        </ol>
      )}
      {error && <Failure error={error} what="The list could not be read" retry={retry} />}
      {records.length === 0 && !loading && !error && <p class="empty">No record fits.</p>}
      {more && (
        <button type="button" class="button" onClick={next} aria-disabled={loading}>
          {loading ? "Reading…" : "Show more"}
        </button>
      )}
    </>
  );
}

/** What the server is asked for. */
function listOptions({ type, source, subject, since, until }: Filter): ListOptions {
  return {
    ...(type !== "" && { type }),
    ...(source !== "" && { source }),
    ...(subject !== "" && { subject }),
    ...(since !== "" && { since: utcOf(since) }),
    ...(until !== "" && { until: utcOf(until) }),
  };
}
