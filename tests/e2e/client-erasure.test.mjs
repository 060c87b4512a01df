// The package's client and payloads against the real server: long ones, erased ones, held ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { init, LedgerClient, LedgerError, publicKey, verifyBundle, verifyReceipt } from "stateledger";
import { clientOf } from "../support/client.mjs";
import { startServer } from "../support/server.mjs";

const LONGEST = 8 * 2 ** 20;

const refused = async (code, work) => {
  const error = await work.then(() => assert.fail(`expected ${code}, but it passed`), (thrown) => thrown);
  assert.ok(error instanceof LedgerError, String(error?.stack));
  assert.equal(error.code, code);
};

test("payloads, long and erased", async (t) => {
  await init();
  const server = await startServer(t);
  const { url, token } = server;
  const { verifierKey: key } = await clientOf(server).createLedger("demo", "proofs");
  const client = new LedgerClient({ url, key, token });
  const stranger = new LedgerClient({ url, key });
  const about = { type: "file", source: "desk" };

  await t.test("the longest payload goes in and comes back, verified; one byte more is refused", async () => {
    const long = new Uint8Array(LONGEST).map((_, at) => at * 31);
    const { index, verdict, receipt } = await client.append({ ...about, payload: long });
    assert.deepEqual([index, verdict.payload, verdict.record.commit.size], [0n, "verified", BigInt(LONGEST)]);
    assert.equal(verifyReceipt(receipt, { key }, long).payload, "verified");
    assert.deepEqual((await client.get(0n)).payload, long);
    const text = "\u20ac".repeat(LONGEST / 3 - 1);
    assert.equal((await client.append({ ...about, payload: text })).index, 1n);
    assert.equal(JSON.parse(new TextDecoder().decode((await client.get(1n)).payload)), text);
    await refused("payload-too-large", client.append({ ...about, payload: new Uint8Array(LONGEST + 1) }));
  });

  const kept = { ...about, subject: "s", payload: { secret: 1 }, idempotencyKey: "k" };
  let before;

  await t.test("what is held is not erased", async () => {
    assert.equal((await client.append(kept)).index, 2n);
    before = (await client.receipt(2n)).receipt;
    await client.hold(2n);
    await refused("legal-hold", client.erase(2n));
    await refused("unauthorized", stranger.erase(2n));
    await client.release(2n);
  });

  await t.test("an erasure answers the ledger's signed word; a second one the same", async () => {
    for (let time = 0; time < 2; time++) {
      const { index, erased, verdict } = await client.erase(2n);
      assert.deepEqual([index, erased.index, verdict.index, verdict.record.type, verdict.record.subject], [2n, 3n, 3n, "stateledger.erased", "2"]);
    }
    await client.erase(0n); // A long one, whose value is not in the database.
    await refused("payload-erased", client.hold(2n));
    await refused("not-erasable", client.erase(3n));
    await refused("record-not-found", client.erase(99n));
  });

  await t.test("an erased payload is known as such, to everybody; a withheld one is another thing", async () => {
    const { payload, erased, verdict, receipt } = await client.get(2n);
    assert.deepEqual([payload, erased.index, verdict.payload, receipt.salt], [undefined, 3n, "absent", undefined]);
    assert.deepEqual((await stranger.get(2n)).erased, erased);
    const withheld = await stranger.get(1n);
    assert.deepEqual([withheld.payload, withheld.erased], [undefined, undefined]);
    assert.equal(verifyReceipt(before, { key }).payload, "verified");
    const listed = [];
    for await (const one of client.list()) listed.push([Number(one.index), one.payload !== undefined, one.erased?.index]);
    assert.deepEqual(listed, [[0, false, 4n], [1, true, undefined], [2, false, 3n], [3, true, undefined], [4, true, undefined]]);
    const again = await client.append(kept);
    assert.deepEqual([again.index, again.replayed, again.verdict.payload], [2n, true, "absent"]);
  });

  await t.test("the log still holds, and a bundle tells which payloads were erased", async () => {
    assert.equal((await client.audit()).size, 5n);
    const bundle = await client.exportBundle({ indexes: [1n, 2n] });
    const { records } = verifyBundle(bundle, { key });
    assert.deepEqual(records.map(({ index, payload, erased }) => [index, payload !== undefined, erased?.index]), [[1n, true, undefined], [2n, false, 3n], [3n, true, undefined]]);
    const foreign = verifyBundle(await stranger.exportBundle({ indexes: [1n, 2n] }), { key });
    assert.deepEqual(foreign.records.map(({ payload, erased }) => [payload, erased?.index]), [[undefined, undefined], [undefined, 3n], [undefined, undefined]]);
  });

  await t.test("where authors are demanded, the ledger's own word needs none", async () => {
    const someone = { keys: [publicKey(new Uint8Array(32).fill(3))], threshold: 1 };
    const strict = new LedgerClient({ url, key, token, authors: someone });
    await assert.rejects(strict.get(1n), { code: "author-threshold-not-met" });
    assert.equal((await strict.get(3n)).verdict.record.type, "stateledger.erased");
    assert.equal((await strict.erase(2n)).erased.index, 3n);
  });

  await t.test("thousands of records make one bundle", async () => {
    const batch = (from) => Array.from({ length: 1_000 }, (_, at) => ({ ...about, payload: { number: from + at } }));
    for (let from = 0; from < 3_000; from += 1_000) await client.appendBatch(batch(from));
    const steps = [];
    const { records, notChecked } = verifyBundle(await client.exportBundle({ start: 5n, onProgress: ({ records }) => steps.push(records) }), { key });
    assert.deepEqual([records.length, steps.at(-1), notChecked.includes("payload")], [3_000, 3_000, false]);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(records.at(-1).payload)), { number: 2_999 });
  });
});
