// A stopped server's state directory is checked; one changed bit in any of its stores is named.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { test } from "node:test";
import { clientOf } from "../support/client.mjs";
import { query } from "../support/database.mjs";
import { restartable } from "../support/server.mjs";
import { xtask } from "../support/xtask.mjs";

const LEDGER = "checked";
// More than one tile, so that KV gets a copy of the full one.
const SIZE = 300;
// Bytes, more than a row holds.
const LONG = 40_000;

test("fsck passes over what a server left and names what was changed behind its back", async (t) => {
  const { stateDir, verifierKey, rootHash } = await stopped(t);
  const fsck = (...more) => check(["--state", stateDir, ...more]);

  const clean = await fsck("--ledger", LEDGER);
  assert.equal(clean.code, 0, clean.stderr);
  const { seconds, ledgers, ...result } = clean.result;
  assert.deepEqual(result, { ok: true, size: String(SIZE), rootHash, entries: String(SIZE) });
  assert.ok(seconds >= 0);
  assert.deepEqual(ledgers, [{ ledger: LEDGER, size: String(SIZE), rootHash, macsChecked: true }]);
  assert.match(clean.stderr, /[1-9][0-9]* copies in KV/);
  assert.equal((await fsck()).code, 0);
  assert.equal((await fsck("--ledger", LEDGER, "--key", verifierKey)).code, 0);

  const obstacles = [await fsck("--ledger", "unknown"), await check(["--state", join(stateDir, "nowhere")])];
  for (const { code, result } of obstacles) {
    assert.deepEqual([code, result.ok, result.code], [2, false, "could-not-run"]);
  }
  const other = verifierKey.replace(/^[^+]*/, "localhost/log/other");
  assert.equal((await fsck("--ledger", LEDGER, "--key", other)).code, 2, "its key hash is wrong");

  // The middle of an entry is a digit or a letter of JSON: another bit makes it another text.
  const flip = "cast(substr(entry, 1, 40) || x'00' || substr(entry, 42) as blob)";
  await query(stateDir, `update records set entry = ${flip} where idx = 260`);
  const found = await fsck();
  assert.equal(found.code, 1);
  const { code, index, table, key } = found.result;
  assert.deepEqual({ code, index, table, key }, { code: "leaf-mismatch", index: "260", table: "records", key: "260" });
  assert.match(found.stderr, /leaf-mismatch in records, row 260/);
});

test("fsck holds the database against the sequencer's kept head", async (t) => {
  const { stateDir } = await stopped(t);
  // What a restore to before the last commit leaves.
  for (const sql of [
    "delete from idempotency",
    "delete from payloads where idx >= 200",
    "delete from records where idx >= 200",
    "delete from heads where size > 200",
    "delete from tiles where level > 0 or idx > 0",
    "update tiles set hashes = substr(hashes, 1, 200 * 32)",
  ]) {
    await query(stateDir, sql);
  }
  const { code, result } = await check(["--state", stateDir]);
  assert.equal(code, 1);
  assert.deepEqual([result.code, result.table, result.key], ["row-missing", "heads", String(SIZE)]);
});

test("fsck opens long payloads and names a changed and a lost value", async (t) => {
  const { stateDir } = await stopped(t, async (client) => {
    await client.append(LEDGER, { records: [longRecord("stays"), longRecord("goes")] });
    const erased = await client.call("DELETE", `/api/v1/ledgers/${LEDGER}/records/${SIZE + 1}/payload`);
    assert.equal(erased.status, 200, JSON.stringify(erased.body));
    const held = await client.call("PUT", `/api/v1/ledgers/${LEDGER}/records/${SIZE}/hold`);
    assert.equal(held.status, 201, JSON.stringify(held.body));
  });
  assert.equal((await check(["--state", stateDir])).code, 0);

  const files = valuesAbove(stateDir, LONG);
  assert.equal(files.length, 1, "the erased payload's value is gone");
  const [file] = files;
  const value = readFileSync(file);
  value[LONG] ^= 1;
  writeFileSync(file, value);
  const faultOf = async () => {
    const { code, result } = await check(["--state", stateDir]);
    assert.equal(code, 1);
    return [result.code, result.table, result.index];
  };
  assert.deepEqual(await faultOf(), ["commitment-mismatch", "kv", String(SIZE)]);
  rmSync(file);
  assert.deepEqual(await faultOf(), ["row-missing", "kv", String(SIZE)]);
});

/** A record whose payload is too long for a row. */
function longRecord(word) {
  return { type: "reading", source: "fsck-test", payload: { text: word.padEnd(LONG, "x") } };
}

/** Files of KV values longer than this. */
function valuesAbove(stateDir, length) {
  const folder = join(stateDir, "v3", "kv");
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.split(sep).includes("blobs"));
  const paths = names.map((name) => join(folder, name));
  return paths.filter((path) => statSync(path).isFile() && statSync(path).size > length);
}

/** The state directory of a server that has stopped, with one ledger of two commits. */
async function stopped(t, more = () => {}, options = {}) {
  const { stateDir, seed, start, stop } = restartable(t);
  mkdirSync(join(stateDir, "secrets"));
  writeFileSync(join(stateDir, "secrets", "seed"), `${seed}\n`);
  const server = await start(options);
  try {
    const client = clientOf(server);
    const { verifierKey } = await client.createLedger(LEDGER);
    const record = (payload) => ({ type: "reading", source: "fsck-test", payload });
    const batch = (from, to) => Array.from({ length: to - from }, (_, n) => record(from + n));
    await client.append(LEDGER, { records: batch(0, 200) });
    await client.append(LEDGER, { records: batch(200, SIZE) });
    // A read of an early record puts the full tile into KV.
    await client.call("GET", `/api/v1/ledgers/${LEDGER}/records/0/receipt`);
    await more(client);
    const { rootHash } = await client.readLedger(LEDGER);
    return { stateDir, verifierKey, rootHash };
  } finally {
    await stop();
  }
}

/** Runs fsck with --json: its exit code and the last line of stdout. */
async function check(args) {
  const { code, stdout, stderr } = await xtask(["fsck", ...args, "--json"]);
  return { code, stderr, result: JSON.parse(stdout.trim().split("\n").at(-1)) };
}
