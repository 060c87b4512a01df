// `cargo xtask soak --only edge`: mixed load on real workerd for a while. The Worker's memory stays flat, no append
// stalls, no queue grows, and in the end there is exactly what was acknowledged.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { init } from "stateledger";
import { start } from "../harness/server.mjs";
import { clientOf } from "../support/client.mjs";
import { freshSecrets } from "../support/server.mjs";
import { xtask } from "../support/xtask.mjs";
import { openIsolate } from "./isolate.mjs";
import { judge, median, megabytes } from "./judge.mjs";
import { persistent, startClients } from "./mixed-load.mjs";

const LEDGER = "soak";
const SAMPLES_A_MINUTE = 30;

/** Runs the load for so many minutes; answers what was done, and what does not hold. */
export async function soak({ minutes, log = () => {} }) {
  await init();
  const stateDir = mkdtempSync(join(tmpdir(), "stateledger-soak-"));
  const secrets = freshSecrets();
  const { url, runtime } = await start({ stateDir, ...secrets, inspected: true });
  let isolate;
  try {
    isolate = await openIsolate(await runtime.getInspectorURL());
    const client = clientOf({ url, token: secrets.token });
    const { verifierKey } = await client.createLedger(LEDGER);
    const waiting = () => waitingOf(url, secrets.token);
    const load = startClients({ client, ledger: LEDGER, verifierKey, url });
    const samples = await sampled({ minutes, load, log, sample: async () => ({ heldBytes: await isolate.heldBytes(), waiting: await waiting() }) });
    load.state.stopping = true;
    await load.finished;
    const { records, calls, broken, slowestMs } = load.state;
    const found = judge({ samples, slowestMs, waitingAfter: await waiting() });
    const audit = await xtask(["audit", "--url", url, "--ledger", LEDGER, "--key", verifierKey, "--json"]);
    assert.equal(audit.code, 0, audit.stdout + audit.stderr);
    const { size } = JSON.parse(audit.stdout.trim().split("\n").at(-1));
    if (size !== String(records)) found.push(`${records} records were acknowledged, ${size} are there`);
    return { records, calls, broken, slowestMs, memory: megabytes(median(samples.slice(-5).map((one) => one.heldBytes))), found };
  } finally {
    isolate?.close();
    await runtime.dispose();
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** Samples at a steady pace until the time is over, or a client has ended. */
async function sampled({ minutes, load, log, sample }) {
  const samples = [];
  const pace = 60_000 / SAMPLES_A_MINUTE;
  const ended = load.finished.then(() => "ended");
  const started = Date.now();
  while (Date.now() - started < minutes * 60_000) {
    if ((await Promise.race([ended, sleep(pace)])) === "ended") break;
    samples.push(await sample());
    if (samples.length % SAMPLES_A_MINUTE === 0) {
      const { heldBytes, waiting } = samples.at(-1);
      log(`${samples.length / SAMPLES_A_MINUTE} min: ${load.state.records} records, ${megabytes(heldBytes)}, ${waiting} waiting`);
    }
  }
  return samples;
}

async function waitingOf(url, token) {
  const headers = { Authorization: `Bearer ${token}` };
  const text = await persistent(async () => (await fetch(new URL(`/metrics?ledger=${LEDGER}`, url), { headers })).text());
  const [, waiting] = /^stateledger_sequencer_waiting\{.*\} (\d+)$/m.exec(text);
  return Number(waiting);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { minutes: { type: "string" } } });
  const { found, ...result } = await soak({ minutes: Number(values.minutes), log: (line) => console.error(`     ${line}`) });
  found.forEach((sentence) => console.error(`     ${sentence}`));
  console.log(JSON.stringify({ ok: found.length === 0, ...result }));
  process.exitCode = found.length === 0 ? 0 : 1;
}
