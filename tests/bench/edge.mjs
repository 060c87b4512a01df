// Runs the edge server against the bare Worker and prints one line of JSON: node edge.mjs [--quick] [--only NAME]
import { parseArgs } from 'node:util';
import { init } from 'stateledger';

import { xtask } from '../support/xtask.mjs';
import { check } from './edge/checks.mjs';
import { FULL, SMALL, contests } from './edge/contests.mjs';
import * as costs from './edge/costs.mjs';
import { edge, floor } from './edge/servers.mjs';
import { Disagreement, run } from './harness.mjs';
import { installed } from './versions.mjs';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});

const servers = [];
try {
  await init();
  const ours = await edge();
  servers.push(ours);
  const bare = await floor();
  servers.push(bare);
  await check({ ours, floor: bare });
  const audit = async (ledger) => {
    const { code } = await xtask(['audit', '--url', ours.url, '--ledger', ledger, '--key', ours.verifierKey]);
    return code === 0 ? 'whole' : 'refused';
  };
  const all = contests({ ours, floor: bare, amounts: values.quick ? SMALL : FULL, version: installed().stateledger, audit });
  const chosen = all.filter(({ name }) => name.includes(values.only));
  const rows = await run(chosen, { rounds: values.quick ? 1 : 11, sampleMs: 1, log: (name) => console.error(`     ${name} ...`) });
  console.error('     what is billed ...');
  console.log(JSON.stringify({ rows, text: costs.table(await costs.count()) }));
} catch (error) {
  if (!(error instanceof Disagreement) && error.code !== 'ERR_ASSERTION') throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const { stop } of servers) await stop();
}
