// What a soak must show, out of the samples that were taken while it ran.

/** An append that takes longer is stalled: the database's deadline is 10 s, and an append may meet it once. */
export const STALLED_MS = 15_000;
/** How much more the Worker may hold at the end than after the warm-up: requests under way come and go. */
const GROWTH = 1.2;
/** What it may hold at all; the platform ends it at 128 MB. */
const MOST_BYTES = 100e6;
/** The first part of the run, in which caches fill and code is compiled. */
const WARM_UP = 0.25;
/** Samples that each end of the rest is judged by, as a part of it. */
const END = 0.25;

/**
 * Answers what does not hold, as sentences; none is good. `samples` are `{ heldBytes, waiting }`, in order;
 * `slowestMs` is the slowest append, `waitingAfter` what waited once all clients had stopped.
 */
export function judge({ samples, slowestMs, waitingAfter }) {
  const settled = samples.slice(Math.floor(samples.length * WARM_UP));
  const part = Math.max(1, Math.floor(settled.length * END));
  const [first, last] = [settled.slice(0, part), settled.slice(-part)];
  const ends = (member) => [first, last].map((end) => median(end.map((sample) => sample[member])));
  const found = [];
  const [before, after] = ends("heldBytes");
  if (after > before * GROWTH) found.push(`memory grew from ${megabytes(before)} to ${megabytes(after)}`);
  const most = Math.max(...samples.map(({ heldBytes }) => heldBytes));
  if (most > MOST_BYTES) found.push(`memory reached ${megabytes(most)}`);
  const [waiting, waitingLater] = ends("waiting");
  // Clients wait for their answers, so a queue of their number is none.
  if (waitingLater > waiting * 2 + 16) found.push(`the queue grew from ${waiting} to ${waitingLater}`);
  if (waitingAfter > 0) found.push(`${waitingAfter} appends still waited after the end`);
  if (slowestMs > STALLED_MS) found.push(`an append took ${Math.round(slowestMs)} ms`);
  return found;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
