// Operations at the edge: metrics that repeat no series and that no restart sets back, and lines that say why a write was refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import parsePrometheus from "parse-prometheus-text-format";
import { clientOf } from "../support/client.mjs";
import { freshSecrets, restartable, serverIn, startServer, temporaryDirectory } from "../support/server.mjs";

const LEDGER = "measured";

test("what is counted survives a restart", async (t) => {
  const { start, token } = restartable(t);
  const seen = [];
  for (let round = 1; round <= 2; round++) {
    const server = await start();
    const client = clientOf(server);
    if (round === 1) await client.createLedger(LEDGER, "private");
    await client.append(LEDGER, { type: "reading", source: "test", payload: round });
    const answer = await fetch(`${server.url}/metrics?ledger=${LEDGER}`, { headers: { Authorization: `Bearer ${token}` } });
    const text = await answer.text();
    const samples = samplesOf(text);
    readAlike(text, samples);
    seen.push(samples);
  }
  for (const name of ["stateledger_records", "stateledger_sequencer_records", "stateledger_records_appended_total"]) {
    const series = `${name}{ledger="${LEDGER}"}`;
    assert.deepEqual(seen.map((samples) => samples.get(series)), [1, 2], series);
  }
  assert.equal(seen[1].get(`stateledger_sequencer_halted{ledger="${LEDGER}"}`), 0);
});

test("a page that is posted to names its methods, as every route does", async (t) => {
  const { url } = await restartable(t).start();
  for (const path of ["/", "/docs", "/favicon.svg", "/livez"]) {
    const answer = await fetch(`${url}${path}`, { method: "POST" });
    assert.deepEqual([answer.status, answer.headers.get("allow")?.replaceAll(" ", "")], [405, "GET,HEAD"], path);
  }
});

/** The front writes the line; the refusal is the sequencer's, and comes to it as an answer like any other. */
test("the log says why a sequencer refused, and the client's answer has nothing more", async (t) => {
  const secrets = freshSecrets();
  let server;
  const stateDir = temporaryDirectory(t, () => server?.end("SIGTERM"));
  server = serverIn(stateDir, secrets, "server", ["--verbose"]);
  const client = clientOf({ url: await server.start(), token: secrets.token });
  await client.createLedger(LEDGER);
  const refused = await client.call("POST", `/api/v1/ledgers/${LEDGER}/records`, {
    records: [{ type: "reading", source: "test", payload: 1 }],
    expectedSize: "7",
  });
  assert.deepEqual([refused.status, refused.body.code], [409, "expected-size-mismatch"]);
  assert.deepEqual([...refused.headers.keys()].filter((name) => name.startsWith("stateledger")), []);
  await server.end("SIGTERM");
  const lines = readFileSync(join(stateDir, "server.log"), "utf8").split("\n").filter((line) => line.startsWith("{"));
  const line = lines.map((text) => JSON.parse(text)).find(({ event, status }) => event === "request" && status === 409);
  assert.equal(line?.code, "expected-size-mismatch");
});

/** A sequencer's answer says what it varies by, and the front's cross-origin rules add to that. */
test("where origins are configured, every answer varies by who asks and from which page", async (t) => {
  const page = "https://app.example";
  const { url, token } = await startServer(t, { variables: { STATELEDGER_CORS_ORIGINS: page } });
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Origin: page };
  const created = await fetch(`${url}/api/v1/ledgers`, { method: "POST", headers, body: JSON.stringify({ ledger: LEDGER }) });
  const read = await fetch(`${url}/api/v1/ledgers/${LEDGER}`, { headers });
  for (const [answer, status] of [[created, 201], [read, 200]]) {
    const names = ["vary", "access-control-allow-origin", "cross-origin-resource-policy"];
    const told = names.map((name) => answer.headers.get(name));
    assert.deepEqual([answer.status, ...told], [status, "Authorization, Origin", page, "cross-origin"]);
  }
});

/** Another's parser finds the same samples, each in a family that says its type and what it is. */
function readAlike(text, samples) {
  let count = 0;
  for (const { name, help, type, metrics } of parsePrometheus(text)) {
    assert.ok(["COUNTER", "GAUGE"].includes(type) && help.length > 0, `${name} is ${type}: ${help}`);
    for (const { value, labels = {} } of metrics) {
      const inner = Object.entries(labels).map(([label, said]) => `${label}="${said}"`).join(",");
      assert.equal(samples.get(inner === "" ? name : `${name}{${inner}}`), Number(value), `${name}{${inner}}`);
      count++;
    }
  }
  assert.equal(count, samples.size);
}

/** The samples by series; each line must be a comment or a sample, and no series may come twice. */
function samplesOf(text) {
  const samples = new Map();
  for (const line of text.split("\n").filter((line) => line !== "" && !line.startsWith("# "))) {
    const [, series, value] = /^([a-z_]+(?:\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})?) ([0-9]+)$/.exec(line) ?? [];
    assert.ok(series, `no sample: ${line}`);
    assert.ok(!samples.has(series), `twice: ${series}`);
    samples.set(series, Number(value));
  }
  return samples;
}
