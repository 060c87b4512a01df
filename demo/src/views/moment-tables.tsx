// What was current at a moment, and what changed between two, as tables.
import type { ComponentChildren } from "preact";
import type { Change, Current } from "../snapshot.ts";
import { inWords } from "../bytes.ts";
import { NO_FILTER } from "../state/filter.ts";
import { toHash, type Source } from "../state/route.ts";

interface TableProps<Row> {
  source: Source;
  rows: readonly Row[];
  /** How many there are, in words, and whatever stands between that and the table. */
  children: ComponentChildren;
}

export function ChangedTable({ source, rows, from, to, children }: TableProps<Change> & { from: number; to: number }) {
  return (
    <section class="stack" aria-labelledby="changed-title">
      <h3 id="changed-title">
        What changed from {from.toLocaleString("en")} to {to.toLocaleString("en")}
      </h3>
      {children}
      {rows.length > 0 && (
        <Table label="What changed" heads={["Type", "Subject", "Before", "After"]}>
          {rows.map(({ type, subject, before, after }) => (
            <tr key={after}>
              <td>{type}</td>
              <th scope="row">
                <SubjectLink source={source} type={type} subject={subject} />
              </th>
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

export function SnapshotTable({ source, rows, size, children }: TableProps<Current> & { size: number }) {
  return (
    <section class="stack" aria-labelledby="snapshot-title">
      <h3 id="snapshot-title">State as of {inWords(size, "record")}</h3>
      {children}
      {rows.length > 0 && (
        <Table label="Last record of each subject" heads={["Type", "Subject", "Record"]}>
          {rows.map(({ type, subject, index }) => (
            <tr key={`${type}\n${subject}`}>
              <td>{type}</td>
              <th scope="row">
                <SubjectLink source={source} type={type} subject={subject} />
              </th>
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

function Table({ label, heads, children }: { label: string; heads: string[]; children: ComponentChildren }) {
  return (
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
  );
}

function RecordLink({ source, index }: { source: Source; index: number }) {
  return <a href={toHash(source, { kind: "records", index: String(index) })}>{index.toLocaleString("en")}</a>;
}

/** A subject leads to its records, where somebody can be asked for them. */
function SubjectLink({ source, type, subject }: { source: Source; type: string; subject: string }) {
  if (source.kind !== "own") return <>{subject}</>;
  return <a href={toHash(source, { kind: "records", filter: { ...NO_FILTER, type, subject } })}>{subject}</a>;
}
