// What wrangler.toml schedules deletes values of long payloads that no row names, and no others.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";
import { clientOf } from "../support/client.mjs";
import { query } from "../support/database.mjs";
import { restartable } from "../support/server.mjs";
import { root } from "../support/xtask.mjs";

const LEDGER = "swept";
const DAY_MS = 24 * 60 * 60 * 1000;
const { crons } = readConfig({ config: join(root, "wrangler.toml") }).triggers;

test("the schedule deletes what no row needs and leaves the rest", async (t) => {
  assert.equal(crons.length, 1);
  const { stateDir, start, stop } = restartable(t);
  let server = await start();
  const records = ["stays", "goes"].map((word) => ({
    type: "reading",
    source: "sweep-test",
    payload: { text: word.padEnd(40_000, "x") },
  }));
  const client = clientOf(server);
  await client.createLedger(LEDGER);
  await client.append(LEDGER, { records });
  await stop();

  // An erasure after which the server died: the rows are gone, the value is not.
  const [{ name: left }] = await query(stateDir, "select name from sealed_payloads where idx = 1");
  const [{ name: needed }] = await query(stateDir, "select name from sealed_payloads where idx = 0");
  await query(stateDir, "insert into blob_deletions select tenant, ledger, name from sealed_payloads where idx = 1");
  await query(stateDir, "delete from sealed_payloads where idx = 1");

  server = await start();
  const payloads = await server.payloads();
  const namesOf = async () => (await payloads.list()).keys.map(({ name }) => name).sort();
  assert.deepEqual(await namesOf(), [left, needed].sort());
  // Values of appends that never landed: one that may still, and one that may not.
  const orphan = (letter) => `payload/${letter.repeat(64)}/${letter.repeat(64)}/${letter.repeat(32)}`;
  await payloads.put(orphan("a"), "x", { metadata: Date.now() - 30 * DAY_MS });
  await payloads.put(orphan("b"), "x", { metadata: Date.now() - 32 * DAY_MS });
  // However old a value is that a row names.
  const { value } = await payloads.getWithMetadata(needed, "arrayBuffer");
  await payloads.put(needed, value, { metadata: 1 });

  const { outcome } = await server.scheduled(crons[0]);
  assert.equal(outcome, "ok");
  assert.deepEqual(await namesOf(), [orphan("a"), needed].sort());
  const again = clientOf(server);
  assert.equal((await again.record(LEDGER, 0)).payload.text, records[0].payload.text);
  await stop();
  assert.deepEqual(await query(stateDir, "select * from blob_deletions"), []);
});
