/**
 * Bytes of gzip that each file of the package may take, a little above what it takes: growth is decided on, not noticed
 * later. A file without a cap fails the test, too.
 */
const CAPS = {
  LICENSE: 4_000,
  'README.md': 6_000,
  'COOKBOOK.md': 3_000,
  'package.json': 800,
  'bin/stateledger.mjs': 200,
  'dist/stateledger.wasm': 173_500,
  'dist/stateledger.wasm.base64.js': 229_000,
  'dist/shared.js': 31_200,
  'dist/late.js': 11_000,
  'dist/browser.js': 600,
  'dist/node.js': 650,
  'dist/workerd.js': 600,
  'dist/slim.js': 600,
  'dist/inline.js': 600,
  'dist/worker.js': 5_000,
  'dist/cli/main.js': 5_500,
  'dist/verify.html': 240_000,
};
/** Types are read by compilers alone; each file of them has this cap, and together they have the other. */
const TYPES = { each: 3_000, together: 40_000 };

/** What is too large, and what has no cap, as sentences; `sizes` are bytes of gzip by path. */
export function complaintsOf(sizes) {
  const types = Object.entries(sizes).filter(([path]) => path.endsWith('.d.ts'));
  const capOf = (path) => (path.endsWith('.d.ts') ? TYPES.each : CAPS[path]);
  const together = types.reduce((sum, [, size]) => sum + size, 0);
  return [
    ...Object.entries(sizes).flatMap(([path, size]) => {
      const cap = capOf(path);
      if (cap === undefined) return [`${path} has no cap`];
      return size > cap ? [`${path}: ${size} bytes of gzip, cap ${cap}`] : [];
    }),
    ...(together > TYPES.together ? [`types: ${together} bytes of gzip, cap ${TYPES.together}`] : []),
    ...Object.keys(CAPS).filter((path) => !(path in sizes)).map((path) => `${path} is not in the package`),
  ];
}
