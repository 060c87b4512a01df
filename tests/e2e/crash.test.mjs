// A power cut in the middle of appending: nothing that was acknowledged is lost, nothing is there twice.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "../support/client.mjs";
import { serverProcess, temporaryDirectory } from "../support/server.mjs";
import { finished, spawnXtask, syntheticHistory, xtask } from "../support/xtask.mjs";

const LEDGER = "history";
const COMMITS = 3_000;

test("kill -9 during seed loses no acknowledged record", async (t) => {
  const repository = join(temporaryDirectory(t), "repository");
  mkdirSync(repository);
  syntheticHistory(repository, COMMITS);

  const server = serverProcess(t);
  const env = { ...process.env, STATELEDGER_TOKEN: server.token };
  const seedArguments = (url) => ["seed", "--url", url, "--ledger", LEDGER, "--git", repository];

  let url = await server.start();
  let client = clientOf({ url, token: server.token });
  await client.createLedger(LEDGER);

  const seeding = spawnXtask(seedArguments(url), { env });
  const seeded = finished(seeding);
  const acknowledged = acknowledge(client);
  await sizeReaches(client, COMMITS / 6);
  await server.kill();
  assert.equal(seeding.exitCode, null, "seed ended before the server did: nothing was interrupted");
  seeding.kill(); // it would go on asking for the server for a while
  await seeded;
  const answers = await acknowledged;
  assert.ok(answers.length > 0, "no single append was acknowledged before the kill");

  url = await server.start();
  client = clientOf({ url, token: server.token });
  const survived = BigInt((await client.readLedger(LEDGER)).size);
  assert.ok(survived < BigInt(COMMITS), `all ${survived} records were in before the kill`);

  for (const { index, leafHash, subject } of answers) {
    const record = await client.record(LEDGER, index);
    assert.deepEqual([record.leafHash, record.subject], [leafHash, subject]);
  }

  const again = await xtask(seedArguments(url), { env });
  assert.equal(again.code, 0, again.stderr);

  const records = await client.allRecords(LEDGER);
  const commits = records.filter(({ type }) => type === "code").map(({ subject }) => subject);
  assert.equal(commits.length, COMMITS);
  assert.equal(new Set(commits).size, COMMITS, "a commit is there twice");
  const subjects = records.map(({ subject }) => subject);
  for (const { subject } of answers) assert.equal(subjects.filter((other) => other === subject).length, 1);

  const { verifierKey } = await client.readLedger(LEDGER);
  const audit = await xtask(["audit", "--url", url, "--ledger", LEDGER, "--key", verifierKey]);
  assert.equal(audit.code, 0, audit.stdout + audit.stderr);
});

/** Appends single records until the server is gone, and answers those it acknowledged. */
async function acknowledge(client) {
  const answers = [];
  for (let n = 0; ; n++) {
    const subject = `single-${n}`;
    try {
      const body = { type: "probe", source: "crash-test", subject, payload: n };
      const answer = await client.append(LEDGER, body, { "Idempotency-Key": subject });
      answers.push({ ...answer.records[0], subject });
    } catch (error) {
      if (error.code === "ERR_ASSERTION") throw error; // refused: the server is up
      return answers;
    }
  }
}

async function sizeReaches(client, size) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(20)) {
    if (BigInt((await client.readLedger(LEDGER)).size) >= BigInt(size)) return;
  }
  throw new Error(`the ledger did not reach ${size} records within 60 s`);
}
