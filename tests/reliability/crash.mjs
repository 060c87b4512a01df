// `cargo xtask crash`: 16 writers against a real workerd that is killed with -9 at random moments and
// started again; all that was unanswered is sent again. After each round everything that was
// acknowledged is there once, and in the end the whole ledger is audited from outside and inside.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "../support/client.mjs";
import { serverIn } from "../support/server.mjs";
import { assertWhole, LEDGER, startWriters } from "./load.mjs";
import { auditAll, main } from "./run.mjs";

const WRITERS = 16;
/** A kill comes this long after the start of the writers, or of the server, at most. */
const LONGEST_MS = 1_500;

await main(async ({ rounds, stateDir, secrets, log }) => {
  const server = serverIn(stateDir, secrets, "server");
  let url = await server.start();
  let client = clientOf({ url, token: secrets.token });
  const { verifierKey } = await client.createLedger(LEDGER);
  const all = new Map();
  let repeated = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const writers = startWriters({ count: WRITERS, url: () => url, token: secrets.token, round });
      const finished = writers.finished();
      await Promise.race([finished, sleep(Math.random() * LONGEST_MS)]);
      url = undefined;
      await server.kill();
      url = await server.start();
      writers.stop();
      const { acknowledged, unanswered } = await finished;
      repeated += unanswered;
      for (const [index, record] of acknowledged) {
        assert.ok(!all.has(index), `index ${index} was acknowledged twice`);
        all.set(index, record);
      }
      client = clientOf({ url, token: secrets.token });
      const size = await assertWhole(client, all);
      log(`round ${round + 1} of ${rounds}: ${size} records, ${unanswered} requests sent again`);
    }
    // Killed requests are the point: without any, nothing was tested.
    assert.ok(repeated > 0, "no request was ever interrupted");
    return await auditAll({ url, verifierKey, stateDir, server });
  } finally {
    await server.kill();
  }
});
