// Runs a suite in Node and prints its rows as one line of JSON: node node.mjs core|npm [--quick] [--scalar FOLDER]
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import * as stateledger from 'stateledger';

import { FULL, SMALL } from './contests.mjs';
import { Disagreement, run } from './harness.mjs';
import * as suites from './suites.mjs';
import { inProcess, starts } from './starts.mjs';
import { installed } from './versions.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, scalar: { type: 'string' }, only: { type: 'string' } },
});
const [suite] = positionals;
const options = { rounds: values.quick ? 1 : 11, sampleMs: values.quick ? 1 : undefined, log: (name) => console.error(`     ${name} ...`) };
const amounts = values.quick ? SMALL : FULL;

try {
  await stateledger.init();
  const scalar = values.scalar && (await load(values.scalar));
  const versions = installed();
  const contests = await suites[suite]({ stateledger, scalar, versions, amounts, host: `Node ${process.version}`, inNode: true });
  const chosen = contests.filter(({ name }) => name.includes(values.only ?? ''));
  const rows = await run(chosen, options);
  if (suite === 'npm') rows.push(...(await starts({ where: 'in a fresh process', versions, rounds: options.rounds, start: inProcess })));
  console.log(JSON.stringify(rows));
} catch (error) {
  if (!(error instanceof Disagreement)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** Another build of the package, started. */
async function load(folder) {
  const other = await import(pathToFileURL(join(folder, 'node.js')));
  await other.init();
  return other;
}
