// Records over time by type. Types differ by pattern as well as by shade, and the numbers are there as a table.
import { useMemo } from "preact/hooks";
import { chartOf, type Bin } from "../chart.ts";
import { inWords } from "../bytes.ts";
import type { PastRecord } from "../state/history.ts";

const WIDTH = 720;
const HEIGHT = 140;
const BINS = 48;
const GAP = 2;
/** A time in words, as exact as the chart is. */
type Said = (time: number) => string;

export function TimeChart({ events, size, pick }: { events: readonly (PastRecord | undefined)[]; size: number; pick: (time: number) => void }) {
  const chart = useMemo(() => chartOf(events, BINS), [events]);
  const now = events[size - 1]?.time;
  const [first, last] = [chart.bins[0]?.start ?? 0, chart.bins.at(-1)?.end ?? 1];
  const at = now === undefined ? undefined : ((now - first) / Math.max(1, last - first)) * WIDTH;
  const said = saidOver(last - first);
  const [from, to] = [said(first), said(last)];
  if (chart.types.length === 0) return <p class="soft">These entries state no time, so there is nothing to draw over it.</p>;
  if (last - first <= 1) return <p class="soft">All of this is of one moment, {from} UTC, so there is nothing to draw over time.</p>;
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${inWords(events.length, "record")} over time, by type`}>
        <Patterns />
        {chart.bins.map((bin, n) => (
          <Column key={n} bin={bin} n={n} highest={chart.highest} types={chart.types} said={said} pick={pick} />
        ))}
        {at !== undefined && <line class="chart-now" x1={at} x2={at} y1="0" y2={HEIGHT} />}
      </svg>
      <figcaption>
        <span>{from}</span>
        <span>{to.startsWith(from.slice(0, DAY)) ? to.slice(DAY) : to}</span>
        <ul class="legend">
          {chart.types.map((type, n) => (
            <li key={type}>
              <svg viewBox="0 0 16 16" aria-hidden="true">
                <rect class={`series series-${n}`} width="16" height="16" />
              </svg>
              {type}
            </li>
          ))}
          <li>up to {chart.highest.toLocaleString("en")} a bar</li>
        </ul>
      </figcaption>
      <Numbers bins={chart.bins} types={chart.types} said={said} />
    </figure>
  );
}

function Column({ bin, n, highest, types, said, pick }: { bin: Bin; n: number; highest: number; types: string[]; said: Said; pick: (time: number) => void }) {
  const width = WIDTH / BINS;
  let y = HEIGHT;
  const title = `${said(bin.start)}: ${types.map((type, t) => `${bin.counts[t] ?? 0} ${type}`).join(", ")}`;
  return (
    <g onClick={() => pick(bin.end - 1)}>
      <title>{title}</title>
      <rect class="chart-target" x={n * width} y="0" width={width} height={HEIGHT} />
      {bin.counts.map((count, t) => {
        const height = (count / Math.max(1, highest)) * HEIGHT;
        y -= height;
        return count > 0 && <rect class={`series series-${t}`} x={n * width + GAP / 2} y={y} width={width - GAP} height={height} />;
      })}
    </g>
  );
}

/** What tells the types apart where colours don't: plain, stripes, dots, bars. */
function Patterns() {
  return (
    <defs>
      <pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="pattern-ground" width="6" height="6" />
        <rect class="pattern-ink" width="3" height="6" />
      </pattern>
      <pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">
        <rect class="pattern-ground" width="6" height="6" />
        <circle class="pattern-ink" cx="3" cy="3" r="1.5" />
      </pattern>
      <pattern id="bars" width="6" height="6" patternUnits="userSpaceOnUse">
        <rect class="pattern-ground" width="6" height="6" />
        <rect class="pattern-ink" width="6" height="2" />
      </pattern>
    </defs>
  );
}

function Numbers({ bins, types, said }: { bins: Bin[]; types: string[]; said: Said }) {
  return (
    <details class="snippet">
      <summary>As numbers</summary>
      <div class="table-box" tabIndex={0} role="region" aria-label="Records over time, as numbers">
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              {types.map((type) => (
                <th key={type} scope="col">
                  {type}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {bins
              .filter(({ counts }) => counts.some((count) => count > 0))
              .map(({ start, counts }) => (
                <tr key={start}>
                  <th scope="row">{said(start)}</th>
                  {counts.map((count, n) => (
                    <td key={n}>{count}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** How far they reach in RFC 3339; the day with what follows it. */
const [DAY, MINUTE, SECOND, MILLISECOND] = [11, 16, 19, 23];

/** Tells the bars of a span apart, in milliseconds. */
function saidOver(span: number): Said {
  const end = span >= BINS * 60_000 ? MINUTE : span >= BINS * 1_000 ? SECOND : MILLISECOND;
  return (time) => new Date(time).toISOString().slice(0, end).replace("T", " ");
}
