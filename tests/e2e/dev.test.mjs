// `cargo xtask dev` from start to stop, twice on one state: what it says, how fast, what it leaves.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { childrenOf, hasEnded, temporaryDirectory } from "../support/server.mjs";
import { finished, spawnXtask } from "../support/xtask.mjs";

/** A first start takes at most this: it may have everything to build. */
const START_MS = 900_000;

/** A second start takes at most this. */
const SECOND_START_MS = 20_000;

test("cargo xtask dev starts, serves, and leaves no process behind", async (t) => {
  const dev = { port: await freePort(), runs: [] };
  const directory = temporaryDirectory(t, () => Promise.all(dev.runs.map(ended)));
  dev.state = join(directory, "state");
  dev.readyFile = join(directory, "ready.json");

  const first = await start(dev);
  assert.equal(first.facts.url, `http://127.0.0.1:${dev.port}`);
  assert.equal((await fetch(`${first.facts.url}/readyz`)).status, 200);
  const page = await fetch(first.facts.url);
  assert.match(await page.text(), /<div id="app">/);
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  secretsArePrivate(dev);
  assert.equal((await appended(first.said.curl)).index, "0");
  await stopped(first, dev, "SIGTERM");

  const second = await start(dev);
  assert.ok(second.milliseconds < SECOND_START_MS, `the second start took ${second.milliseconds} ms`);
  assert.equal(second.facts.adminToken, first.facts.adminToken);
  assert.equal((await appended(second.said.curl)).index, "1");
  await stopped(second, dev, "SIGINT");
});

/** Starts dev and waits for its ready file; the first time it is there it must be whole. */
async function start({ port, state, readyFile, runs }) {
  const began = Date.now();
  const child = spawnXtask(["dev", "--watch=false", "--port", String(port), "--state", state, "--ready-file", readyFile]);
  const run = { child, end: finished(child) };
  runs.push(run);
  let stdout = "";
  child.stdout.on("data", (text) => (stdout += text));

  await until(run, () => existsSync(readyFile));
  const milliseconds = Date.now() - began;
  const facts = JSON.parse(readFileSync(readyFile, "utf8"));
  assert.deepEqual(Object.keys(facts).sort(), ["adminToken", "pid", "url"]);

  await until(run, () => /^curl .*\n/m.test(stdout)); // printed before, but it comes through a pipe
  const said = announced(stdout);
  assert.deepEqual([said.url, said.token], [facts.url, facts.adminToken]);
  return { ...run, facts, said, milliseconds };
}

/** Waits for a condition, for as long as dev runs. */
async function until({ child, end }, condition) {
  for (const deadline = Date.now() + START_MS; !condition(); await sleep(20)) {
    if (hasEnded(child)) assert.fail(`dev ended with ${child.exitCode ?? child.signalCode}: ${await lastWords(end)}`);
    assert.ok(Date.now() < deadline, `dev was not ready within ${START_MS} ms`);
  }
}

/** What it said on stderr; whoever outlives it may hold its pipe open. */
async function lastWords(end) {
  return (await Promise.race([end, sleep(2_000)]))?.stderr ?? "";
}

/** What dev tells whoever started it. */
function announced(stdout) {
  const [, url] = /^StateLedger is at (\S+)$/m.exec(stdout) ?? [];
  const [, token] = /^Admin token: (\S+)$/m.exec(stdout) ?? [];
  const [curl] = /^curl .+$/m.exec(stdout) ?? [];
  return { url, token, curl };
}

/** Runs the printed line as a visitor would, and answers the record that it appended. */
async function appended(line) {
  const { stdout } = await promisify(execFile)("bash", ["-c", line], { timeout: 30_000 });
  const answer = JSON.parse(stdout);
  assert.equal(answer.ledger, "quickstart", stdout);
  assert.equal(answer.records.length, 1);
  const [record] = answer.records;
  assert.equal(BigInt(answer.size), BigInt(record.index) + 1n);
  assert.deepEqual([record.replayed, typeof record.receipt], [false, "object"]);
  return record;
}

/** Nobody else on the machine reads the seed or the token. */
function secretsArePrivate({ state, readyFile }) {
  const secrets = join(state, "secrets");
  const mode = (path) => (statSync(path).mode & 0o777).toString(8);
  assert.equal(mode(secrets), "700");
  for (const path of [readyFile, ...["seed", "admin-token", "worker.env"].map((name) => join(secrets, name))]) {
    assert.equal(mode(path), "600", path);
  }
}

/** The signal to the named process ends it, with exit 0, and everything below it. */
async function stopped({ facts, end }, { readyFile }, signal) {
  const family = descendantsOf(facts.pid);
  assert.ok(family.length > 0, "dev has no children to leave behind");
  process.kill(facts.pid, signal);
  const { code, stderr } = await end;
  assert.equal(code, 0, stderr);
  assert.ok(!existsSync(readyFile), "the ready file outlives the server");
  for (const deadline = Date.now() + 2_000; family.some(runs) && Date.now() < deadline; ) await sleep(50);
  assert.deepEqual(family.filter(runs), [], "processes are left");
}

/** Ends a run that its test has not ended. */
async function ended({ child }) {
  if (hasEnded(child)) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exit;
}

function descendantsOf(pid) {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Whether a process is there; a zombie has ended. */
function runs(pid) {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
