/** From the import to the first verdict where nothing is loaded yet: what a page, a command-line tool or a cold function waits for. */
import { execFileSync } from 'node:child_process';

import { Disagreement, compare } from './harness.mjs';

/** The contestants, ours first, and the script of each in starts/. */
export const STARTS = { stateledger: 'stateledger', 'libsodium-wrappers': 'libsodium-wrappers', '@noble/curves': 'noble-curves' };

/** What to run where the script at `path` is not loaded yet; answers its verdicts and how long the first one took. */
export async function timedStart(path) {
  const started = performance.now();
  const { start } = await import(path);
  const { verdicts, at } = await start();
  return { verdicts, seconds: (at - started) / 1000 };
}

/** Rows of the peers, as harness.mjs gives them. `start(script)` runs one contestant afresh, as `timedStart` does. */
export async function starts({ where, versions, rounds, start }) {
  const names = Object.keys(STARTS);
  const seconds = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length];
      const { verdicts, seconds: taken } = await start(STARTS[name]);
      if (String(verdicts) !== '1,0') throw new Disagreement(`start of ${name}: verdicts ${verdicts} on a good and a tampered signature`);
      seconds[name].push(taken);
    }
  }
  const [ours, ...peers] = names;
  const contest = { name: `import to first verdict, ${where}`, unit: 'starts/s', work: 1, ours: seconds[ours] };
  return peers.map((name) => compare({ ...contest, peer: { name, version: versions[name] }, theirs: seconds[name] }));
}

/** In a Node process of its own. */
export async function inProcess(script) {
  const path = JSON.stringify(new URL(`starts/${script}.mjs`, import.meta.url));
  const program = `${timedStart}\nconsole.log(JSON.stringify(await timedStart(${path})));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }));
}
