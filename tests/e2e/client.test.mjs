// The package's client against the real server: append, read, list, follow, audit, and a restart in between.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileStore, init, LedgerClient, LedgerError, memoryStore, VerificationError } from "stateledger";
import { clientOf } from "../support/client.mjs";
import { startServer, temporaryDirectory } from "../support/server.mjs";

const deployment = (number) => ({
  type: "deployment",
  source: "ci",
  subject: `service ${number % 3}`,
  payload: { number, ratio: 0.1 * number, text: "\u20ac \ud83d\ude00" },
});

test("a ledger, followed", async (t) => {
  await init();
  const server = await startServer(t);
  const http = clientOf(server);
  const store = fileStore(temporaryDirectory(t));
  const { verifierKey: key, origin } = await http.createLedger("demo", "proofs");
  const { url, token } = server;
  const client = new LedgerClient({ url, key, token, store });
  assert.equal(client.origin, origin);

  await t.test("an empty ledger has a head, no records, and passes an audit", async () => {
    const head = await client.checkpoint();
    assert.deepEqual([head.size, head.outcome], [0n, "first"]);
    assert.equal((await client.audit()).size, 0n);
    for await (const record of client.list()) assert.fail(`record ${record.index}`);
  });

  await t.test("what was appended is proven, once, however often it is sent", async () => {
    const one = await client.append(deployment(0));
    assert.deepEqual([one.index, one.replayed, one.verdict.payload], [0n, false, "verified"]);
    const again = await client.append({ ...deployment(0), idempotencyKey: one.idempotencyKey });
    assert.deepEqual([again.index, again.replayed, again.time], [0n, true, one.time]);
    const bytes = await client.append({ type: "blob", source: "ci", payload: Uint8Array.of(0, 255) });
    assert.deepEqual([bytes.index, bytes.verdict.record.contentType], [1n, "application/octet-stream"]);
    const { records, size } = await client.appendBatch(Array.from({ length: 598 }, (_, number) => deployment(number)));
    assert.deepEqual([size, records.length, records.at(-1).index], [600n, 598, 599n]);
    assert.equal((await client.checkpoint()).outcome, "unchanged");
  });

  await t.test("a refusal has the server's code", async () => {
    const refused = async (code, work) => {
      const error = await work.then(() => assert.fail("it passed"), (thrown) => thrown);
      assert.ok(error instanceof LedgerError, String(error));
      assert.equal(error.code, code);
    };
    const again = { ...deployment(1), idempotencyKey: "k" };
    await client.append(again);
    await refused("idempotency-conflict", client.append({ ...again, payload: 2 }));
    await refused("expected-size-mismatch", client.append(deployment(1), { expectedSize: 3n }));
    await refused("unauthorized", new LedgerClient({ url, key }).append(deployment(1)));
    await refused("unauthorized", new LedgerClient({ url, key, token: "wrong" }).get(0n));
    await refused("record-not-found", client.get(10_000n));
  });

  await t.test("records are read with their payloads, and by others without", async () => {
    const record = await client.get(2n);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(record.payload)), deployment(0).payload);
    assert.deepEqual([...(await client.get(1n)).payload], [0, 255]);
    const stranger = new LedgerClient({ url: `${url}/log/demo`, key });
    const seen = await stranger.get(2n);
    assert.deepEqual([seen.payload, seen.verdict.payload, seen.verdict.record.subject], [undefined, "absent", "service 0"]);
    const { receipt, verdict } = await client.receipt(2n);
    assert.deepEqual([verdict.index, typeof receipt.payload], [2n, "string"]);
  });

  await t.test("a list is whole in both orders, and filtered", async () => {
    const listed = async (options) => {
      const indexes = [];
      for await (const record of client.list(options)) indexes.push(Number(record.index));
      return indexes;
    };
    const all = Array.from({ length: 601 }, (_, index) => index);
    assert.deepEqual(await listed({ pageSize: 250 }), all);
    assert.deepEqual(await listed({ pageSize: 250, order: "desc" }), [...all].reverse());
    assert.deepEqual(await listed({ type: "blob" }), [1]);
    assert.equal((await listed({ subject: "service 1", pageSize: 1000 })).length, 200);
    assert.deepEqual(await listed({ until: new Date(0) }), []);
  });

  await t.test("the audit verifies every entry, with threads and without", async () => {
    for (const workers of [0, 2]) {
      const report = await client.audit({ workers });
      assert.deepEqual([report.size, report.verified], [601n, 601n]);
    }
  });

  await t.test("a head outlives its client; another ledger under the name is found out", async () => {
    const later = new LedgerClient({ url, key, token, store });
    assert.equal((await later.kept()).size, 601n);
    await later.append(deployment(7));
    const other = await http.createLedger("other");
    const crossed = new LedgerClient({ url: `${url}/api/v1/ledgers/other`, key, token, store: memoryStore() });
    const error = await crossed.checkpoint().catch((thrown) => thrown);
    assert.ok(error instanceof VerificationError && error.code === "origin-mismatch", String(error));
    assert.notEqual(other.verifierKey, key);
  });
});
