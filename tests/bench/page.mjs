/** The npm suite in a page. */
import * as stateledger from 'stateledger';

import { FULL, SMALL } from './contests.mjs';
import { Disagreement, run } from './harness.mjs';
import { npm } from './suites.mjs';

export async function report({ quick, rounds, host, versions }) {
  await stateledger.init();
  const contests = await npm({ stateledger, versions, amounts: quick ? SMALL : FULL, host, inNode: false });
  try {
    return { rows: await run(contests, { rounds, sampleMs: quick ? 1 : undefined, log: (name) => console.log(`     ${name} ...`) }) };
  } catch (error) {
    if (error instanceof Disagreement) return { disagreement: error.message };
    throw error;
  }
}
