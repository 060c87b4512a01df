// What crash.mjs and split-brain.mjs share: arguments, a state directory, exit codes, the last audit.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freshSecrets } from "../support/server.mjs";
import { xtask } from "../support/xtask.mjs";
import { LEDGER } from "./load.mjs";

/**
 * Runs `work` and ends the process: 0 if what it checks holds, 1 if an assertion does not hold (the state
 * is kept then), 2 if something else went wrong. The last line of stdout is one JSON object.
 */
export async function main(work) {
  const { values } = parseArgs({ options: { rounds: { type: "string" } } });
  const rounds = Number(values.rounds);
  const stateDir = mkdtempSync(join(tmpdir(), "stateledger-torn-"));
  const secrets = freshSecrets();
  // Where fsck looks for it.
  mkdirSync(join(stateDir, "secrets"), { mode: 0o700 });
  writeFileSync(join(stateDir, "secrets", "seed"), `${secrets.seed}\n`, { mode: 0o600 });
  const started = Date.now();
  try {
    const result = await work({ rounds, stateDir, secrets, log: (line) => console.error(`     ${line}`) });
    const seconds = (Date.now() - started) / 1000;
    console.log(JSON.stringify({ ok: true, rounds, ...result, seconds }));
    rmSync(stateDir, { recursive: true, force: true });
    process.exit(0);
  } catch (error) {
    console.error(`${error.stack}\n     the state is kept in ${stateDir}`);
    process.exit(error.code === "ERR_ASSERTION" ? 1 : 2);
  }
}

/** The ledger verified from outside; then, with the server stopped, all of its stores. */
export async function auditAll({ url, verifierKey, stateDir, server }) {
  const audit = await xtask(["audit", "--url", url, "--ledger", LEDGER, "--key", verifierKey, "--json"]);
  assert.equal(audit.code, 0, audit.stdout + audit.stderr);
  await server.kill();
  const fsck = await xtask(["fsck", "--state", stateDir, "--ledger", LEDGER, "--json"]);
  assert.equal(fsck.code, 0, fsck.stdout + fsck.stderr);
  const [outside, inside] = [audit, fsck].map(({ stdout }) => JSON.parse(stdout.trim().split("\n").at(-1)));
  assert.deepEqual([inside.size, inside.rootHash], [outside.size, outside.rootHash]);
  return { size: inside.size, rootHash: inside.rootHash };
}
