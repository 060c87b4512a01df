// `cargo xtask dev` from start to stop, twice on one state: what it says, how fast, what it leaves.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf, temporaryDirectory } from "../support/server.mjs";
import { finished, spawnXtask } from "../support/xtask.mjs";

/** A second start takes at most this. */
const SECOND_START_MS = 20_000;

test("cargo xtask dev starts, serves, and leaves no process behind", async (t) => {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const readyFile = join(directory, "ready.json");
  const args = ["dev", "--watch=false", "--port", String(port), "--state", join(directory, "state"), "--ready-file", readyFile];

  const first = await start(t, args, readyFile);
  assert.equal(first.facts.url, `http://127.0.0.1:${port}`);
  assert.equal((await fetch(`${first.facts.url}/readyz`)).status, 200);
  const page = await fetch(first.facts.url);
  assert.match(await page.text(), /<div id="app">/);
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  await stopped(first, readyFile);

  const second = await start(t, args, readyFile);
  assert.ok(second.milliseconds < SECOND_START_MS, `the second start took ${second.milliseconds} ms`);
  assert.equal(second.facts.adminToken, first.facts.adminToken);
  await stopped(second, readyFile);
});

/** Starts dev and waits for its ready file; the first time it is there it must be whole. */
async function start(t, args, readyFile) {
  const began = Date.now();
  const child = spawnXtask(args);
  const end = finished(child);
  t.after(() => child.exitCode === null && child.signalCode === null && child.kill("SIGTERM"));
  while (!existsSync(readyFile)) {
    if (child.exitCode !== null) assert.fail(`dev ended: ${(await end).stderr}`);
    await sleep(20);
  }
  const facts = JSON.parse(readFileSync(readyFile, "utf8"));
  assert.deepEqual(Object.keys(facts).sort(), ["adminToken", "pid", "url"]);
  return { facts, end, milliseconds: Date.now() - began };
}

/** SIGTERM to the named process ends it, with exit 0, and everything below it. */
async function stopped({ facts, end }, readyFile) {
  const family = descendantsOf(facts.pid);
  assert.ok(family.length > 0, "dev has no children to leave behind");
  process.kill(facts.pid, "SIGTERM");
  const { code, stderr } = await end;
  assert.equal(code, 0, stderr);
  assert.ok(!existsSync(readyFile), "the ready file outlives the server");
  for (const deadline = Date.now() + 2_000; family.some(runs) && Date.now() < deadline; ) await sleep(50);
  assert.deepEqual(family.filter(runs), [], "processes are left");
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
