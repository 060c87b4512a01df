// The package's client against the real server: append, read, list, follow, audit, and a restart in between.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { fileStore, init, LedgerClient, LedgerError, memoryStore, VerificationError, verifyBundle } from "stateledger";
import { clientOf } from "../support/client.mjs";
import { startServer, temporaryDirectory } from "../support/server.mjs";
import { finished } from "../support/xtask.mjs";

const room = fileURLToPath(new URL("../../npm", import.meta.url));

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

  await t.test("a bundle of the ledger is verified offline, and tells what it leaves out", async () => {
    const some = verifyBundle(await client.exportBundle({ indexes: [300n, 2n, 1n, 2n] }), { key });
    assert.deepEqual(some.records.map(({ index, payload }) => [index, payload !== undefined]), [[1n, true], [2n, true], [300n, true]]);
    assert.ok(some.notChecked.includes("completeness"));
    const steps = [];
    const whole = await new LedgerClient({ url, key }).exportBundle({ onProgress: ({ records }) => steps.push(records) });
    const all = verifyBundle(whole, { key });
    assert.deepEqual([all.records.length, steps.at(-1)], [601, 601]);
    assert.ok(!all.notChecked.includes("completeness") && all.notChecked.includes("payload"));
    await assert.rejects(client.exportBundle({ start: 5n, end: 5n }), RangeError);
    await assert.rejects(client.exportBundle({ indexes: [601n] }), RangeError);
  });

  await t.test("the state at a moment is proven, whole and page by page", async () => {
    const state = async (options) => {
      const { records, ...rest } = await client.snapshot(options);
      const seen = [];
      for await (const { index, verdict } of records) seen.push([verdict.record.type, verdict.record.subject, index]);
      return { ...rest, seen };
    };
    const now = await state({ pageSize: 2 });
    assert.deepEqual([now.size, now.withoutSubject], [601n, 1n]);
    assert.deepEqual(now.seen, [["deployment", "service 0", 599n], ["deployment", "service 1", 600n], ["deployment", "service 2", 598n]]);
    const early = await state({ size: 3n });
    assert.deepEqual([early.size, early.checkpoint.size, early.seen], [3n, 600n, [["deployment", "service 0", 2n]]]);
    assert.deepEqual((await state({ size: 0n })).seen, []);
    assert.deepEqual((await state({ type: "blob" })).seen, []);
    const { verdict } = await client.get(1n);
    assert.equal((await state({ time: verdict.record.time })).size, 2n);
    assert.equal((await state({ time: new Date(0) })).size, 0n);
    await assert.rejects(client.snapshot({ size: 602n }), (error) => error instanceof LedgerError && error.code === "size-unknown");
  });

  await t.test("the command exports, verifies and audits", async () => {
    const folder = temporaryDirectory(t);
    const run = async (...args) => {
      const env = { ...process.env, STATELEDGER_TOKEN: token };
      const { code, stdout } = await finished(spawn(process.execPath, [join(room, "bin/stateledger.mjs"), ...args, "--key", key, "--json"], { cwd: folder, env }));
      return { exit: code, ...JSON.parse(stdout) };
    };
    assert.equal((await run("export-bundle", "--url", url, "--from", "3", "--to", "9", "--out", "b")).exit, 0);
    assert.equal((await run("export-bundle", "--url", url, "--out", "b")).exit, 2, "it wrote over a file");
    const { exit, records } = await run("bundle", "b");
    assert.deepEqual([exit, records.length, records[0].index, records[0].payload], [0, 6, "3", "verified"]);
    assert.equal((await run("export-bundle", "--url", url, "--to", "9", "--no-payloads", "--out", "c")).exit, 0);
    assert.deepEqual((await run("bundle", "c")).records.map(({ payload }) => payload), Array(9).fill("absent"));
    const audited = await run("audit", "--url", `${url}/log/demo`, "--workers", "1");
    assert.deepEqual([audited.exit, audited.ok, audited.size], [0, true, "601"]);
    const { verifierKey } = await http.createLedger("elsewhere");
    const wrong = await finished(spawn(process.execPath, [join(room, "bin/stateledger.mjs"), "bundle", "b", "--key", verifierKey], { cwd: folder }));
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /^refused: origin-mismatch/);
  });

  await t.test("the README's example, as a reader would run it", async () => {
    const folder = temporaryDirectory(t);
    const [, example] = /```js\n([^`]*LedgerClient[^]*?)```/.exec(readFileSync(join(room, "README.md"), "utf8"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(room, join(folder, "node_modules/stateledger"));
    writeFileSync(join(folder, "example.mjs"), example);
    const { verifierKey } = await http.createLedger("readme");
    const env = { ...process.env, LEDGER_URL: url, LEDGER_KEY: verifierKey, LEDGER_TOKEN: token };
    const once = () => finished(spawn(process.execPath, ["example.mjs"], { cwd: folder, env }));
    assert.match((await once()).stdout, /^record 0; .*\n0 deployment: {"commit":"abc1234","environment":"production"}\nall 1 entries hold\n$/);
    const second = await once();
    assert.equal(second.stderr, "");
    assert.match(second.stdout, /^record 1; .*\n0 deployment: .*\n1 deployment: .*\nall 2 entries hold\n$/);
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
