// An upgrade puts the new Worker up first and applies the migrations after that. In between it works with the schema that the
// database has: every one that ledger/migrations/FINGERPRINTS lists.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clientOf } from "../support/client.mjs";
import { restartable } from "../support/server.mjs";
import { root, xtask } from "../support/xtask.mjs";

const LEDGER = "upgraded";
const CRON = "17 * * * *";

const fingerprints = readFileSync(join(root, "ledger/migrations/FINGERPRINTS"), "utf8").trim().split("\n");
const schemas = fingerprints.map((line) => line.split(" ")[0]);
const newest = schemas.pop();

const artifact = "an artifact";
const place = `/api/v1/ledgers/${LEDGER}/artifacts/${createHash("sha256").update(artifact).digest("hex")}`;

/** What each later schema brought; before it, a call is refused and nothing is half done. */
const BROUGHT = { "0005_artifacts.sql": { method: "PUT", path: place, body: artifact } };

test("there is an earlier schema to work with", () => {
  assert.ok(schemas.length > 0);
  assert.ok(schemas.every((name) => name < newest));
});

for (const schema of schemas) {
  test(`this Worker works with the schema of ${schema}, and the migrations follow`, async (t) => {
    const { stateDir, token, start, stop } = restartable(t);
    let server = await start({ until: schema });
    await ready(server.url);
    const client = clientOf(server);
    const { verifierKey } = await client.createLedger(LEDGER);
    for (let n = 0; n < 3; n++) await client.append(LEDGER, recordOf(`before-${n}`), { "Idempotency-Key": `before-${n}` });
    await client.append(LEDGER, { ...recordOf("long"), payload: "x".repeat(40_000) });
    const erased = await client.call("DELETE", `/api/v1/ledgers/${LEDGER}/records/0/payload`);
    assert.equal(erased.status, 200);
    const before = await client.readLedger(LEDGER);
    const { leafHash } = await client.record(LEDGER, 1);
    const byLeaf = `/api/v1/ledgers/${LEDGER}/records/by-leaf/${Buffer.from(leafHash, "base64").toString("hex")}`;
    assert.equal((await client.call("GET", byLeaf)).body.index, "1");
    for (const { method, path, body } of brought(schema)) {
      const answer = await raw(server.url, token, method, path, body);
      assert.deepEqual([answer.status, answer.body.code], [503, "storage-unavailable"], `${method} ${path}`);
    }
    assert.equal((await server.scheduled(CRON)).outcome, "ok");
    await stop();

    server = await start();
    await ready(server.url);
    const later = clientOf(server);
    assert.deepEqual(await later.readLedger(LEDGER), before);
    assert.equal(before.verifierKey, verifierKey);
    assert.equal((await later.call("GET", byLeaf)).body.index, "1");
    const again = await later.call("POST", `/api/v1/ledgers/${LEDGER}/records`, recordOf("before-1"), {
      "Idempotency-Key": "before-1",
    });
    assert.deepEqual([again.status, again.body.records[0].index], [200, "1"]);
    assert.equal((await later.record(LEDGER, 3)).payload.length, 40_000);
    await later.append(LEDGER, recordOf("after"));
    for (const { method, path, body } of brought(schema)) {
      assert.equal((await raw(server.url, token, method, path, body)).status, 201, `${method} ${path}`);
    }
    assert.equal((await server.scheduled(CRON)).outcome, "ok");
    await stop();
    const check = await xtask(["fsck", "--state", stateDir, "--ledger", LEDGER, "--key", verifierKey]);
    assert.equal(check.code, 0, check.stdout + check.stderr);
  });
}

function brought(schema) {
  return Object.entries(BROUGHT).filter(([name]) => name > schema).map(([, call]) => call);
}

async function ready(url) {
  const answer = await fetch(`${url}/readyz`);
  assert.equal(answer.status, 200, await answer.text());
}

async function raw(url, token, method, path, body) {
  const answer = await fetch(new URL(path, url), { method, body, headers: { Authorization: `Bearer ${token}` } });
  return { status: answer.status, body: await answer.json() };
}

function recordOf(subject) {
  return { type: "reading", source: "test", subject, payload: { subject } };
}
