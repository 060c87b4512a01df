// A batch is one commit: one head in the database, whatever the number of its records.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf } from "../support/client.mjs";
import { query } from "../support/database.mjs";
import { startServer } from "../support/server.mjs";

test("a batch of 100 records is answered by one commit", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  await client.createLedger("batches");

  const records = Array.from({ length: 100 }, (_, n) => ({ type: "reading", source: "sensor", payload: { n } }));
  const answer = await client.append("batches", { records });
  assert.equal(answer.size, "100");
  assert.deepEqual(
    answer.records.map(({ index }) => index),
    records.map((_, n) => String(n)),
  );

  await client.append("batches", records[0]);
  await server.stop();

  const heads = await query(server.stateDir, "select cast(size as text) as size from heads where ledger = ?1 order by heads.size", "batches");
  assert.deepEqual(
    heads.map(({ size }) => size),
    ["0", "100", "101"],
  );
});
