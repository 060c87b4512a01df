// Clients of every kind, side by side: each does its one thing over and over until it is told to stop. An
// answer that is not the expected one ends the run.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { verifyReceipt } from "stateledger";

/** Longest pause of a client between two calls; on average it waits half of it. */
const PAUSE_MS = 40;

/** How often one call is sent again over a new connection. */
const RETRIES = 3;

/** On a busy machine workerd closes connections that it did not get to read; the same call goes over another one. */
export async function persistent(call, broken = () => {}) {
  for (let retries = 0; ; retries++) {
    try {
      return await call();
    } catch (error) {
      if (retries === RETRIES || !["UND_ERR_SOCKET", "ECONNRESET"].includes(error.cause?.code)) throw error;
      broken();
    }
  }
}

/** Starts the clients against one ledger. `state` counts what they do, and keeps the slowest append. */
export function startClients({ client, ledger, verifierKey, url }) {
  const state = { size: 0, records: 0, calls: {}, broken: 0, slowestMs: 0, stopping: false };
  const path = `/api/v1/ledgers/${ledger}`;
  const kept = (call) => persistent(call, () => state.broken++);
  let serial = 0;
  const erasable = [];

  const record = () => {
    const n = serial++;
    return { type: n % 3 ? "reading" : "decision", source: "soak", subject: `thing-${n % 500}`, payload: { n, text: "x".repeat(n % 400) } };
  };
  async function append(records) {
    const started = performance.now();
    const key = { "Idempotency-Key": `soak-${serial++}` };
    const { status, body: answer } = await kept(() => client.call("POST", `${path}/records`, { records }, key));
    assert.ok(status === 201 || status === 200, JSON.stringify(answer));
    state.slowestMs = Math.max(state.slowestMs, performance.now() - started);
    state.size = Math.max(state.size, Number(answer.size));
    state.records += answer.records.length;
    erasable.push(answer.records[0].index);
    verifyReceipt(answer.records.at(-1).receipt, { key: verifierKey });
  }
  async function read(what) {
    const { status, body } = await kept(() => client.call("GET", `${path}/${what}`));
    assert.equal(status, 200, `${what}: ${JSON.stringify(body)}`);
    return body;
  }
  async function erase() {
    const index = erasable.pop();
    if (index === undefined) return;
    const { status, body } = await kept(() => client.call("DELETE", `${path}/records/${index}/payload`));
    assert.equal(status, 200, JSON.stringify(body));
    state.records++;
  }
  async function readLog(what, expected = 200) {
    const status = await kept(async () => {
      const response = await fetch(new URL(`/log/${ledger}/${what}`, url));
      await response.arrayBuffer();
      return response.status;
    });
    assert.equal(status, expected, what);
  }
  const any = () => Math.floor(Math.random() * state.size);

  const kinds = {
    single: [8, () => append([record()])],
    batch: [1, () => append(Array.from({ length: 50 }, record))],
    erasure: [1, erase],
    receipt: [4, async () => verifyReceipt(JSON.stringify(await read(`records/${any()}/receipt`)), { key: verifierKey })],
    record: [2, () => read(`records/${any()}`)],
    list: [2, () => read(`records?limit=100&order=desc&type=decision`)],
    inclusion: [1, () => read(`proofs/inclusion?index=${any()}&size=${state.size}`)],
    consistency: [1, () => read(`proofs/consistency?from=${any()}&to=${state.size}`)],
    range: [1, async () => {
      const start = Math.max(0, any() - 100);
      await read(`proofs/range?start=${start}&end=${Math.min(start + 100, state.size)}&size=${state.size}`);
    }],
    snapshot: [1, () => read(`snapshot?size=${any() + 1}&limit=100`)],
    verify: [1, () => read("verify?limit=200")],
    checkpoint: [1, () => readLog("checkpoint")],
    tile: [2, () => readLog(state.size >= 256 ? "tile/0/000" : `tile/0/000.p/${state.size}`)],
    bundle: [1, () => readLog(state.size >= 256 ? "tile/entries/000" : `tile/entries/000.p/${state.size}`)],
    absent: [1, () => readLog("tile/0/x999/999", 404)],
  };

  async function run(name, work) {
    while (!state.stopping) {
      await work();
      state.calls[name] = (state.calls[name] ?? 0) + 1;
      await sleep(Math.random() * PAUSE_MS);
    }
  }
  const start = async () => {
    await append([record()]);
    const all = Object.entries(kinds).flatMap(([name, [number, work]]) => Array.from({ length: number }, () => run(name, work)));
    try {
      await Promise.all(all);
    } finally {
      // The others stop too, whoever failed.
      state.stopping = true;
    }
  };
  return { state, finished: start() };
}
