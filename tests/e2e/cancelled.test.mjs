// Clients that go away: whatever moment they choose, an append happens whole or not at all, and the same key finds it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "../support/client.mjs";
import { startServer, withProcess } from "../support/server.mjs";

const LEDGER = "left";
/** Requests that are given up, some in every millisecond that an append takes. */
const CANCELLED = 120;
const LONGEST_MS = 30;

/** Sends a request and destroys its connection after `afterMs`; answers whether an answer came before. */
function sendAndLeave({ url, token }, method, path, body, { afterMs, cut = body.length, key }) {
  return new Promise((resolve) => {
    const sent = request(new URL(path, url), {
      method,
      agent: false,
      headers: {
        Authorization: `Bearer ${token}`,
        "Content-Type": "application/json",
        "Content-Length": body.length,
        ...(key === undefined ? {} : { "Idempotency-Key": key }),
      },
    });
    let answered = false;
    sent.on("response", () => (answered = true));
    sent.on("error", () => {});
    sent.on("close", () => resolve(answered));
    sent.write(body.subarray(0, cut), () => setTimeout(() => sent.destroy(), afterMs));
  });
}

function recordOf(subject) {
  return { type: "reading", source: "test", subject, payload: { subject } };
}

test("an append whose client leaves is there once, or not at all and then once", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  await client.createLedger(LEDGER);
  const path = `/api/v1/ledgers/${LEDGER}/records`;
  const names = Array.from({ length: CANCELLED }, (_, n) => `left-${n}`);
  // Beside them, clients that stay: nobody waits for an answer that another's leaving has lost.
  const staying = Array.from({ length: 40 }, async (_, n) => {
    await sleep(n * 5);
    const { records } = await client.append(LEDGER, recordOf(`stayed-${n}`));
    return records[0].index;
  });
  let left = 0;
  await Promise.all(
    names.map(async (name, n) => {
      await sleep(n * 2);
      const body = Buffer.from(JSON.stringify(recordOf(name)));
      const options = { afterMs: (n * LONGEST_MS) / CANCELLED, key: name };
      if (!(await sendAndLeave(server, "POST", path, body, options))) left++;
    }),
  );
  assert.ok(left > 0, "every answer came before its client left: nothing was cancelled");
  const indexes = await Promise.all(staying);
  assert.equal(new Set(indexes).size, indexes.length);

  const found = new Map();
  for (const name of names) {
    const answers = [];
    for (let again = 0; again < 2; again++) {
      const { status, body } = await client.call("POST", path, recordOf(name), { "Idempotency-Key": name });
      assert.ok([200, 201].includes(status), `${name}: ${status} ${JSON.stringify(body)}`);
      answers.push(body.records[0]);
    }
    assert.deepEqual([answers[1].index, answers[1].leafHash], [answers[0].index, answers[0].leafHash], name);
    found.set(name, answers[0].index);
  }
  const records = await client.allRecords(LEDGER);
  assert.equal(records.length, CANCELLED + staying.length, "each is there once");
  for (const { subject, index } of records) {
    if (found.has(subject)) assert.equal(found.get(subject), index, subject);
  }
});

test("a body that breaks off leaves nothing behind", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  await client.createLedger(LEDGER);
  const long = { ...recordOf("half"), payload: "x".repeat(1 << 20) };
  const append = Buffer.from(JSON.stringify(long));
  const artifact = Buffer.alloc(1 << 20, "y");
  const place = `/api/v1/ledgers/${LEDGER}/artifacts/${createHash("sha256").update(artifact).digest("hex")}`;
  for (const share of [0.1, 0.5, 0.999]) {
    for (const [method, path, body] of [
      ["POST", `/api/v1/ledgers/${LEDGER}/records`, append],
      ["POST", `/log/${LEDGER}/add?type=reading&source=test`, artifact],
      ["PUT", place, artifact],
    ]) {
      const options = { afterMs: 50, cut: Math.floor(body.length * share) };
      assert.equal(await sendAndLeave(server, method, path, body, options), false, `${method} ${path} was answered`);
    }
  }
  // Whatever of it the server still had in hand has come to its end by the time that an append has.
  await client.append(LEDGER, recordOf("whole"));
  assert.deepEqual((await client.allRecords(LEDGER)).map(({ subject }) => subject), ["whole"]);
  const { keys } = await (await server.payloads()).list();
  assert.deepEqual(keys, [], "no value was written for them");
  assert.equal((await client.call("GET", place)).body.code, "artifact-not-found");
});

test("strangers who do not end what they send hold little of it", async (t) => {
  const { url, pid } = await withProcess(() => startServer(t));
  const heldBytes = () => 1024 * Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
  const body = Buffer.alloc(1 << 20, "x");
  const strangers = Array.from({ length: 150 }, () => {
    const headers = { "Content-Type": "application/json", "Content-Length": body.length };
    const sent = request(new URL(`/api/v1/ledgers/${LEDGER}/records`, url), { method: "POST", agent: false, headers });
    sent.on("response", () => assert.fail("a refusal comes after the body"));
    sent.on("error", () => {});
    sent.write(body.subarray(1));
    return sent;
  });
  // Until all has come: the runtime's memory no longer grows.
  let held = 0;
  for (let now = heldBytes(); now > held; now = heldBytes()) {
    held = now;
    await sleep(2_000);
  }
  for (const sent of strangers) sent.destroy();
  // Garbage stays, more or less of it; what requests hold goes with them.
  await sleep(1_000);
  const freed = held - heldBytes();
  assert.ok(freed < 40e6, `${freed} bytes were held`);
});
