// Records over time by type, as the bars of a chart.
import type { PastRecord } from "./state/history.ts";

/** Types that have a bar of their own; the others share one. */
const TYPES = 4;
const OTHERS = "others";

export interface Bin {
  /** Milliseconds since 1970: from `start` to below `end`. */
  start: number;
  end: number;
  /** Records of each type, in the order of `Chart.types`. */
  counts: number[];
}

export interface Chart {
  /** The most frequent types first; the last may be `others`. */
  types: string[];
  bins: Bin[];
  /** Records in the highest bin. */
  highest: number;
}

/** Sorts events into `bins` spans of equal length. */
export function chartOf(events: readonly (PastRecord | undefined)[], bins: number): Chart {
  const known = events.filter((event) => event !== undefined);
  const first = known[0]?.time ?? 0;
  const span = Math.max(1, (known.at(-1)?.time ?? 0) - first + 1);
  const types = typesOf(known);
  const chart: Chart = {
    types,
    bins: Array.from({ length: bins }, (_, n) => ({ start: first + (span * n) / bins, end: first + (span * (n + 1)) / bins, counts: types.map(() => 0) })),
    highest: 0,
  };
  for (const { type, time } of known) {
    const bin = chart.bins[Math.min(bins - 1, Math.floor(((time - first) / span) * bins))];
    const at = types.includes(type) ? types.indexOf(type) : types.length - 1;
    if (bin) bin.counts[at] = (bin.counts[at] ?? 0) + 1;
  }
  chart.highest = Math.max(0, ...chart.bins.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0)));
  return chart;
}

function typesOf(events: readonly PastRecord[]): string[] {
  const counts = new Map<string, number>();
  for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
  const byCount = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([type]) => type);
  return byCount.length <= TYPES ? byCount : [...byCount.slice(0, TYPES - 1), OTHERS];
}
