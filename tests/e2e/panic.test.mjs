// A panic in one request, in the middle of many others. It replaces the one WebAssembly instance of the isolate: what waited
// inside the old one is never resumed, so only the guard of worker/entry.mjs answers it.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "../support/client.mjs";
import { startServer } from "../support/server.mjs";
import { root } from "../support/xtask.mjs";

/** The Worker with the feature `faults`. */
const FAULTY = "build/faults";
/** The header that it obeys, and no release does. */
const FAULT = "stateledger-fault";

/** The problem that an interrupted request is answered, without its detail. */
const UNAVAILABLE = {
  type: "https://stateledger.dev/problems/storage-unavailable",
  code: "storage-unavailable",
  title: "Storage unavailable",
  status: 503,
};

const LEDGER = "shaken";
const APPENDS = 100;
/** How long after the panic everything is answered, beyond what the same appends take without one: the machine may be busy. */
const LIMIT_MS = 2_000;
/** No answer at all by then is a hang. */
const HANG_MS = 30_000;

test("a panic under 100 appends answers them all, loses nothing and leaves nothing twice", async (t) => {
  const at = await startServer(t, { entry: join(root, FAULTY, "entry.mjs") });
  const client = clientOf(at);
  await client.createLedger(LEDGER);
  const calm = await round(at, "calm", undefined);
  assert.ok(calm.outcomes.every(({ status }) => status === 201), "without a panic every append is acknowledged");
  const limit = calm.elapsed + LIMIT_MS;
  const acknowledged = new Map(calm.outcomes.map(({ key, body }) => [key, body.records[0]]));
  let interrupted = 0;
  for (const place of ["front", "object"]) {
    for (const afterMs of [0, 10, 40]) {
      const name = `${place}-${afterMs}`;
      const { outcomes, longest } = await round(at, name, { place, afterMs });
      assert.ok(longest <= limit, `${name}: the last answer came ${longest} ms after the panic`);
      const next = await client.call("POST", `/api/v1/ledgers/${LEDGER}/records`, recordOf(`${name}-next`));
      assert.equal(next.status, 201, `${name}: the next request works`);
      acknowledged.set(`${name}-next`, next.body.records[0]);
      for (const { key, status, body, headers } of outcomes) {
        if (status === 201) {
          acknowledged.set(key, body.records[0]);
        } else {
          isUnavailable({ status, body, headers }, key);
          interrupted++;
        }
        const again = await append(at, key);
        assert.ok([200, 201].includes(again.status), `${key}: ${again.status} when sent again`);
        const record = again.body.records[0];
        const first = acknowledged.get(key) ?? record;
        assert.deepEqual([record.index, record.leafHash], [first.index, first.leafHash], key);
        acknowledged.set(key, record);
      }
    }
  }
  // Otherwise no panic met anything, and nothing was tested.
  assert.ok(interrupted > 0, "no append was interrupted");
  const records = await client.allRecords(LEDGER);
  assert.equal(records.length, acknowledged.size);
  for (const { subject, index, leafHash } of records) {
    const told = acknowledged.get(subject);
    assert.deepEqual([told?.index, told?.leafHash], [index, leafHash], subject);
  }
});

test("no release obeys the header", async (t) => {
  const wasm = (folder) => {
    const files = readdirSync(join(root, folder, "build")).filter((name) => name.endsWith(".wasm"));
    assert.equal(files.length, 1, files.join());
    return readFileSync(join(root, folder, "build", files[0]));
  };
  assert.ok(wasm(FAULTY).includes(FAULT), "what is looked for is there where it must be");
  assert.ok(!wasm("worker").includes(FAULT));
  const client = clientOf(await startServer(t));
  await client.createLedger(LEDGER);
  for (const place of ["front", "object"]) {
    await client.append(LEDGER, recordOf(place), { [FAULT]: place });
  }
});

/** Sends the appends of a round at once, and a request that panics a little later. */
async function round(at, name, panic) {
  const started = performance.now();
  let panicked = started;
  const appends = Array.from({ length: APPENDS }, async (_, n) => {
    const key = `${name}-${n}`;
    const answer = await append(at, key);
    return { key, ...answer, ended: performance.now() };
  });
  if (panic !== undefined) {
    await sleep(panic.afterMs);
    panicked = performance.now();
    const answer = await append(at, `${name}-panic`, { [FAULT]: panic.place });
    isUnavailable(answer, `the request that panics ${name}`);
  }
  const outcomes = await Promise.all(appends);
  for (const { key, status, body } of outcomes) assert.notEqual(status, 0, `${key} was not answered: ${body}`);
  const ended = Math.max(...outcomes.map((outcome) => outcome.ended));
  return { outcomes, elapsed: ended - started, longest: ended - panicked };
}

/** Asserts that a request that a panic interrupted was refused as every other one is: with a problem, and when to come back. */
function isUnavailable({ status, body, headers }, what) {
  assert.deepEqual([status, headers?.get("content-type")], [503, "application/problem+json"], `${what}: ${body}`);
  const names = ["retry-after", "cache-control"].map((name) => headers.get(name));
  assert.deepEqual([names[0], names[1].endsWith("no-store")], ["1", true], what);
  const { detail, ...problem } = JSON.parse(body);
  assert.equal(typeof detail, "string", what);
  assert.deepEqual(problem, UNAVAILABLE, what);
}

function recordOf(subject) {
  return { type: "reading", source: "test", subject, payload: { subject } };
}

/** One append under a key, which is the record's subject too. A refusal's body stays text; no answer at all has the status 0. */
async function append(at, key, headers = {}) {
  try {
    return await send(at, key, headers);
  } catch (error) {
    return { status: 0, body: `${error}: ${error.cause}` };
  }
}

async function send({ url, token }, key, headers) {
  const response = await fetch(new URL(`/api/v1/ledgers/${LEDGER}/records`, url), {
    method: "POST",
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      "Idempotency-Key": key,
      ...headers,
    },
    body: JSON.stringify(recordOf(key)),
    signal: AbortSignal.timeout(HANG_MS),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: response.ok ? JSON.parse(text) : text };
}
