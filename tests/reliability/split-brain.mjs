// `cargo xtask split-brain`: two servers on one state directory, which nothing keeps apart but the
// constraints of the database and the swap of the kept head. Each server may refuse whatever it likes;
// what either of them acknowledges is there once, and there is one history.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "../support/client.mjs";
import { serverIn } from "../support/server.mjs";
import { assertWhole, LEDGER, startWriters } from "./load.mjs";
import { auditAll, main } from "./run.mjs";

const WRITERS = 8;
const ROUND_MS = 1_500;

await main(async ({ rounds, stateDir, secrets, log }) => {
  const servers = [serverIn(stateDir, secrets, "left"), serverIn(stateDir, secrets, "right")];
  // One after the other: the first one migrates.
  let urls = [await servers[0].start()];
  const { verifierKey } = await clientOf({ url: urls[0], token: secrets.token }).createLedger(LEDGER);
  urls.push(await servers[1].start());
  const all = new Map();
  const answersOf = new Map(urls.map((url) => [url, 0]));
  const onAnswer = (url) => answersOf.set(url, answersOf.get(url) + 1);
  try {
    for (let round = 0; round < rounds; round++) {
      // Every writer changes sides with each attempt.
      let turn = 0;
      const url = () => urls[turn++ % urls.length];
      const writers = startWriters({ count: WRITERS, url, token: secrets.token, round, onAnswer });
      const finished = writers.finished();
      await Promise.race([finished, sleep(ROUND_MS)]);
      writers.stop();
      const { acknowledged, unanswered } = await finished;
      for (const [index, record] of acknowledged) {
        assert.ok(!all.has(index), `index ${index} was acknowledged twice`);
        all.set(index, record);
      }
      const sizes = [];
      for (const of of urls) sizes.push(await assertWhole(clientOf({ url: of, token: secrets.token }), all));
      assert.equal(sizes[0], sizes[1], "the two servers show two histories");
      log(`round ${round + 1} of ${rounds}: ${sizes[0]} records, ${unanswered} requests sent again`);
    }
    // Were one of them idle, nothing would have been shown.
    for (const [url, answers] of answersOf) assert.ok(answers > 0, `${url} acknowledged nothing`);
    await servers[1].kill();
    return await auditAll({ url: urls[0], verifierKey, stateDir, server: servers[0] });
  } finally {
    for (const server of servers) await server.kill();
  }
});
