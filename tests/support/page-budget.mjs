// What the Explorer may weigh and do when it is opened: growth is decided on, not noticed later.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** All that is loaded when a ledger or a record is opened cold, in bytes of gzip: the promise. */
export const OPENING_BYTES = 150_000;

/** Bytes of gzip of each file that the build makes, a little above what it takes. A hash in a name is left out. */
const CAPS = {
  "index.html": 800,
  "docs.html": 700,
  // The package has its cap.
  "verify.html": 245_000,
  "favicon.svg": 400,
  _headers: 400,
  "assets/index.js": 13_000,
  "assets/index.css": 1_200,
  "assets/common.js": 7_500,
  "assets/common.css": 4_000,
  "assets/proof.css": 1_000,
  "assets/time.css": 1_200,
  "assets/_elsewhere.js": 400,
  "assets/stateledger.js": 15_000,
  "assets/verifier.wasm": 103_500,
  "assets/record-view.js": 6_500,
  "assets/verdict.js": 3_500,
  "assets/append-form.js": 4_500,
  "assets/audit-view.js": 2_500,
  "assets/create-ledger.js": 1_200,
  "assets/ledgers-view.js": 1_800,
  "assets/matching.js": 1_300,
  "assets/paste-key.js": 900,
  "assets/missing-payload.js": 1_200,
  "assets/progress.js": 600,
  "assets/start.js": 3_000,
  "assets/time-machine.js": 5_500,
  "assets/token-field.js": 700,
  "assets/verify-file.js": 2_500,
  "assets/walked.js": 600,
  "assets/docs.js": 3_000,
  "assets/docs.css": 500,
  "assets/thread.js": 22_000,
  "assets/late.js": 8_000,
  "assets/worker.js": 4_500,
  "assets/stateledger.wasm": 174_000,
};

/** Bytes of gzip by path below `dist`. */
export function sizesOf(dist) {
  const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map(({ parentPath, path, name }) => {
    const file = join(parentPath ?? path, name);
    return [file.slice(dist.length).replace(/^\//, ""), gzipped(readFileSync(file))];
  }));
}

export function gzipped(bytes) {
  return gzipSync(bytes, { level: 9 }).length;
}

/** A file's name without its hash. */
export function plainName(path) {
  return path.replace(/^(assets\/.+)-[\w-]{8}(\.\w+)$/, "$1$2");
}

/** What is too large, has no cap, or is not there, as sentences; `sizes` are bytes of gzip by path. */
export function sizeComplaints(sizes) {
  const names = new Set(Object.keys(sizes).map(plainName));
  return [
    ...Object.entries(sizes).flatMap(([path, size]) => {
      const cap = CAPS[plainName(path)];
      if (cap === undefined) return [`${plainName(path)} has no cap`];
      return size > cap ? [`${plainName(path)}: ${size} bytes of gzip, cap ${cap}`] : [];
    }),
    ...Object.keys(CAPS).filter((name) => !names.has(name)).map((name) => `${name} is not built`),
  ];
}

/** Files that opening a ledger loads from its own site: the document, 3 scripts, 2 sheets, the module, the icon. */
export const LEDGER_FILES = 8;
/** A record's view is two scripts and a sheet more. */
export const RECORD_FILES = 11;
/** Requests that wait for an answer one after the other until the first record is on the screen, proven. */
const ROUND_TRIPS = 5;
/** What a visitor sees move while it opens (the web's own bound of a good page). */
const LAYOUT_SHIFT = 0.1;
/** Milliseconds; the machine of a test may be busy, so these only catch what is out of all proportion. */
const LONGEST_TASK = 2_000;
const LARGEST_PAINT = 10_000;

/** What an opening did beyond its budget, as sentences; `most` is the number of files. */
export function openingComplaints({ files, roundTrips, layoutShift, longestTask, largestPaint }, most = LEDGER_FILES) {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return [
    ...(bytes > OPENING_BYTES ? [`${bytes} bytes of gzip, budget ${OPENING_BYTES}`] : []),
    ...(files.length > most ? [`${files.length} files, budget ${most}`] : []),
    ...(roundTrips > ROUND_TRIPS ? [`${roundTrips} round trips, budget ${ROUND_TRIPS}`] : []),
    ...(layoutShift > LAYOUT_SHIFT ? [`a layout shift of ${layoutShift.toFixed(3)}, budget ${LAYOUT_SHIFT}`] : []),
    ...(longestTask > LONGEST_TASK ? [`a task of ${Math.round(longestTask)} ms, budget ${LONGEST_TASK}`] : []),
    ...(largestPaint > LARGEST_PAINT ? [`the largest paint after ${Math.round(largestPaint)} ms, budget ${LARGEST_PAINT}`] : []),
  ];
}

/** The longest chain of requests of which each began after the one before had been answered: `{from, to}` in one clock. */
export function chainOf(requests) {
  const sorted = [...requests].sort((a, b) => a.from - b.from);
  const longest = sorted.map(() => 1);
  sorted.forEach((request, at) => {
    for (let before = 0; before < at; before++) {
      if (sorted[before].to <= request.from) longest[at] = Math.max(longest[at], longest[before] + 1);
    }
  });
  return Math.max(0, ...longest);
}
