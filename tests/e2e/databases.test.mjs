// More than one database: copies of one that lag, and ledgers that are spread over several.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clientOf } from "../support/client.mjs";
import { restartable, startServer } from "../support/server.mjs";
import { root, xtask } from "../support/xtask.mjs";

const LEDGER = "copied";
const record = (payload) => ({ type: "reading", source: "test", payload });

test("strangers read from a copy that lags, and never hear 404 from it", async (t) => {
  const entry = join(root, "tests/support/lagging.mjs");
  const server = await startServer(t, { entry, databases: ["REPLICA"] });
  const client = clientOf(server);
  const stranger = async (path) => {
    const before = await sessions(server);
    const answer = await fetch(new URL(path, server.url));
    return { status: answer.status, text: await answer.text(), began: difference(before, await sessions(server)) };
  };
  await client.createLedger(LEDGER);
  await client.append(LEDGER, record(0));
  const near = { "first-unconstrained": 1 };
  const both = { ...near, "first-primary": 1 };
  const checkpoint = `/log/${LEDGER}/checkpoint`;
  const first = await stranger(checkpoint);
  assert.deepEqual([first.status, first.began], [200, both], "the copy has nothing of it yet");

  await copy(server.runtime);
  await client.append(LEDGER, record(1));
  const older = await stranger(checkpoint);
  assert.deepEqual([older.status, older.text, older.began], [200, first.text, near], "a true head, if not the newest");
  assert.equal((await client.readLedger(LEDGER)).size, "2", "who has a token reads what was acknowledged");
  const receipts = `/api/v1/ledgers/${LEDGER}/records`;
  const [known, fresh, missing] = await Promise.all([0, 1, 2].map((n) => fetch(new URL(`${receipts}/${n}/receipt`, server.url))));
  assert.deepEqual([known.status, fresh.status, missing.status], [200, 200, 404]);
  // A receipt takes several queries, all of one session.
  assert.deepEqual((await stranger(`${receipts}/0/receipt`)).began, near);
  assert.deepEqual((await stranger(`${receipts}/1/receipt`)).began, both);
});

test("ledgers are spread over databases, keep their places, and are checked together", async (t) => {
  const { stateDir, seed, start, stop } = restartable(t);
  mkdirSync(join(stateDir, "secrets"));
  writeFileSync(join(stateDir, "secrets", "seed"), `${seed}\n`);
  const alone = clientOf(await start());
  await alone.createLedger("before");
  await alone.append("before", record(0));
  const names = ["a", "b", "c", "d", "e", "f"];
  const databases = ["DB_1"];
  const server = await start({ databases });
  const client = clientOf(server);
  for (const name of names) {
    await client.createLedger(name);
    await client.append(name, record(name));
  }
  const inSecond = await ledgersOf(server.runtime, "DB_1");
  assert.ok(inSecond.length > 0 && inSecond.length < names.length && !inSecond.includes("before"), inSecond.join());
  const again = clientOf(await start({ databases }));
  for (const name of ["before", ...names]) await again.append(name, record("again"));
  const { body } = await again.call("GET", "/api/v1/ledgers");
  assert.deepEqual(body.ledgers.map(({ ledger, size }) => [ledger, size]), [...names, "before"].sort().map((name) => [name, "2"]));
  await stop();
  const whole = await xtask(["fsck", "--state", stateDir, "--json"]);
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  assert.equal(JSON.parse(whole.stdout.trim().split("\n").at(-1)).ledgers.length, names.length + 1);
  const one = await xtask(["fsck", "--state", stateDir, "--ledger", inSecond[0]]);
  assert.equal(one.code, 0, one.stdout + one.stderr);
});

async function sessions({ url }) {
  return (await fetch(new URL("/api/sessions", url))).json();
}

function difference(before, after) {
  const changed = Object.entries(after).map(([first, count]) => [first, count - (before[first] ?? 0)]);
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}

async function ledgersOf(runtime, binding) {
  const database = await runtime.getD1Database(binding);
  return (await database.prepare("select id from ledgers order by id").all()).results.map(({ id }) => id);
}

/** Brings the copy to where the database is. */
async function copy(runtime) {
  const [from, to] = await Promise.all(["DB", "REPLICA"].map((name) => runtime.getD1Database(name)));
  for (const table of ["ledgers", "heads", "records", "payloads", "tiles"]) {
    const { results } = await from.prepare(`select * from ${table}`).all();
    for (const row of results) {
      const columns = Object.keys(row);
      const places = columns.map((_, n) => `?${n + 1}`);
      const values = Object.values(row).map((value) => (Array.isArray(value) ? new Uint8Array(value) : value));
      await to.prepare(`insert into ${table} (${columns}) values (${places})`).bind(...values).run();
    }
  }
}
