// The log's entries, newest first: any number of them, each proven in this browser before it is drawn.
import { useCallback, useMemo, useState } from "preact/hooks";
import type { LedgerClient } from "stateledger";
import { contentOf, type Content } from "../content.ts";
import { inWords } from "../bytes.ts";
import { useEntries } from "../state/entries.ts";
import type { Filter } from "../state/filter.ts";
import type { LogHead } from "../state/log.ts";
import { toHash, type Source } from "../state/route.ts";
import { Failure, Mark, Moment } from "./parts.tsx";
import { VirtualList } from "./virtual-list.tsx";

/** Height of a row in px; `.virtual-row` in list.css has the same. */
const ROW = 64;

interface Props {
  source: Source;
  client: LedgerClient | undefined;
  known: LogHead;
  open: string | undefined;
}

export function RecordList({ source, client, known, open }: Props) {
  const { size } = known.head;
  const entries = useEntries(client, known);
  const { want } = entries;
  // Row 0 is the newest entry. Beyond 2^53 rows nothing could be scrolled to.
  const count = Number(size);
  const newest = size - 1n;
  const drawn = useCallback((first: number, end: number) => end > first && want(newest - BigInt(end - 1), newest - BigInt(first)), [want, newest]);
  const reveal = open !== undefined && BigInt(open) < size ? Number(newest - BigInt(open)) : undefined;

  if (count === 0) return <p class="empty">No record yet. Append the first one.</p>;
  return (
    <>
      <GoTo source={source} size={size} />
      {entries.error && <Failure error={entries.error} what="Some entries could not be read" retry={entries.retry} />}
      <VirtualList
        label={`${inWords(size, "record")}, newest first`}
        count={count}
        rowHeight={ROW}
        reveal={reveal}
        drawn={drawn}
        idOf={(n) => newest - BigInt(n)}
        row={(n) => {
          const index = newest - BigInt(n);
          const entry = entries.at(index);
          return <Row source={source} index={index} entry={entry?.entry} open={String(index) === open} />;
        }}
      />
    </>
  );
}

interface RowProps {
  source: Source;
  index: bigint;
  /** The entry's bytes, proven; undefined while they are on their way. */
  entry: Uint8Array | undefined;
  open: boolean;
  /** What the list is filtered by: it stays so beside the open record. */
  filter?: Filter;
}

/** One record in a list. The badge stands for a proof that this browser has checked. */
export function Row({ source, index, entry, open, filter }: RowProps) {
  const content = useMemo(() => (entry ? contentOf(entry) : undefined), [entry]);
  return (
    <a class="row" href={toHash(source, { kind: "records", index: String(index), ...(filter && { filter }) })} aria-current={open ? "true" : undefined}>
      <span class="row-index">{String(index)}</span>
      {content ? <Said content={content} /> : <span class="row-what soft">Reading…</span>}
      {content && (
        <span class="badge" title="This browser proved that the entry is in the signed tree">
          <Mark state="passed" />
          <span class="unseen">verified</span>
        </span>
      )}
    </a>
  );
}

function Said({ content }: { content: Content }) {
  if (content.kind === "opaque") return <code class="row-what row-opaque">{content.preview}</code>;
  const { type, source, subject, time } = content;
  return (
    <>
      <span class="row-what">
        <strong>{type}</strong>{" "}
        <span class="soft">
          {source}
          {subject !== undefined && ` · ${subject}`}
        </span>
      </span>
      <span class="row-when">
        <Moment time={time} />
      </span>
    </>
  );
}

/** Opens a record by its number: the way through a long list that needs no scrolling. */
function GoTo({ source, size }: { source: Source; size: bigint }) {
  const [index, setIndex] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (/^\d{1,20}$/.test(index)) location.hash = toHash(source, { kind: "records", index: String(BigInt(index)) });
  };
  return (
    <form class="go-to" onSubmit={submit} aria-label="Go to a record">
      <label for="go-to">Go to record</label>
      <input id="go-to" type="number" min="0" max={String(size - 1n)} step="1" required value={index} onInput={(event) => setIndex(event.currentTarget.value)} />
      <button type="submit" class="button">
        Go
      </button>
    </form>
  );
}
