// Whatever the server prints, over appends, refusals, erasures and panics: no secret and no payload is in it.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clientOf } from "../support/client.mjs";
import { freshSecrets, serverIn, temporaryDirectory } from "../support/server.mjs";
import { root } from "../support/xtask.mjs";

/** The Worker with the feature `faults`. */
const ENTRY = join(root, "build/faults/entry.mjs");
const LEDGER = "a-ledger-whose-name-is-printed";

/** Text that stands for what an application keeps to itself; each call answers another one. */
const secret = (what) => `${what}-${randomBytes(12).toString("hex")}`;

/** Every form in which bytes could be printed. */
function formsOf(text) {
  const bytes = Buffer.from(text);
  // Without the last group, which depends on what follows.
  const base64 = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64").slice(4, -4));
  return [text, bytes.toString("hex"), ...base64];
}

test("no secret and no payload is printed", async (t) => {
  const secrets = freshSecrets();
  let server;
  const stateDir = temporaryDirectory(t, () => server?.end("SIGTERM"));
  server = serverIn(stateDir, secrets, "server", ["--verbose", "--entry", ENTRY]);
  const url = await server.start();
  const hidden = [secrets.seed, secrets.token];
  const hide = (text) => {
    hidden.push(text);
    return text;
  };
  const client = clientOf({ url, token: secrets.token });
  const records = `/api/v1/ledgers/${LEDGER}/records`;
  const expect = async (status, method, path, body, headers) => {
    const answer = await client.call(method, path, body, headers);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  /** Sends what need not be JSON and gets what need not be; answers the status. */
  const send = async (method, path, body, headers = {}) => {
    const authorization = { Authorization: `Bearer ${secrets.token}` };
    const answer = await fetch(new URL(path, url), { method, body, headers: { ...authorization, ...headers } });
    await answer.arrayBuffer();
    return answer.status;
  };
  const json = { "Content-Type": "application/json" };
  const recordOf = (payload) => ({ type: "reading", source: "test", payload });

  // What is taken: short and long payloads, a salt of the author's, raw bytes, an artifact, a token.
  await client.createLedger(LEDGER, "private");
  const salt = hide(randomBytes(32).toString("base64"));
  await client.append(LEDGER, { ...recordOf({ name: hide(secret("short")) }), salt });
  const long = `${hide(secret("long"))}${"x".repeat(40_000)}`;
  const { records: appended } = await client.append(LEDGER, recordOf(long));
  hide(appended[0].receipt.salt);
  assert.equal(await send("POST", `/log/${LEDGER}/add?type=reading&source=test`, hide(secret("raw"))), 200);
  const artifact = hide(secret("artifact"));
  const digest = createHash("sha256").update(artifact).digest("hex");
  assert.equal(await send("PUT", `/api/v1/ledgers/${LEDGER}/artifacts/${digest}`, artifact), 201);
  const token = hide((await expect(201, "POST", "/api/v1/tokens", { scopes: ["read"], ledger: LEDGER })).token);
  await expect(200, "GET", `${records}/1`, undefined, { Authorization: `Bearer ${token}` });
  await expect(200, "GET", `${records}/0/receipt`);
  await expect(200, "GET", `/api/v1/ledgers/${LEDGER}/verify`);

  // What is refused, with something in it that was not meant for a log.
  const other = { ...json, Authorization: `Bearer ${hide(secret("a-wrong-token-of-some-length"))}` };
  await expect(401, "GET", `/api/v1/ledgers/${LEDGER}`, undefined, other);
  await expect(401, "POST", records, recordOf(hide(secret("unauthorised"))), other);
  const key = { "Idempotency-Key": "key" };
  await expect(201, "POST", records, recordOf(hide(secret("first"))), key);
  await expect(422, "POST", records, recordOf(hide(secret("second"))), key);
  await expect(400, "POST", records, { ...recordOf(1), [hide(secret("member"))]: hide(secret("unknown")) });
  await expect(400, "POST", records, { ...recordOf(hide(secret("reserved"))), type: "stateledger.x" });
  assert.equal(await send("POST", records, `{"payload":"${hide(secret("broken"))}`, json), 400);
  assert.equal(await send("POST", records, `{"a":1,"a":"${hide(secret("twice"))}"}`, json), 400);
  assert.equal(await send("POST", records, hide(secret("text")), { "Content-Type": "text/plain" }), 415);
  assert.equal(await send("PUT", `/api/v1/ledgers/${LEDGER}/artifacts/${digest}`, hide(secret("other"))), 400);

  // What is destroyed, and what breaks.
  await expect(200, "DELETE", `${records}/1/payload`);
  for (const place of ["front", "object"]) {
    const body = JSON.stringify(recordOf(hide(secret(place))));
    assert.ok((await send("POST", records, body, { ...json, "stateledger-fault": place })) >= 500, place);
  }
  await client.append(LEDGER, recordOf(hide(secret("after"))));

  await server.end("SIGTERM");
  const printed = readFileSync(join(stateDir, "server.log"), "utf8");
  const shows = (text) => formsOf(text).find((form) => printed.includes(form));
  for (const text of hidden) assert.equal(shows(text), undefined, `${text} was printed`);
  // It is looked for in the right place.
  assert.equal(shows(LEDGER), LEDGER);
  const lines = printed.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const requests = lines.filter(({ event }) => event === "request");
  assert.ok(requests.length >= 20, `only ${requests.length} requests were logged`);
  assert.ok(requests.some(({ code }) => code === "unauthorized"), "refusals were logged with their codes");
  assert.ok(printed.includes("panicked at"), "panics were printed");
});
