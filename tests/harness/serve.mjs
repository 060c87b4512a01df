// The harness as a process, for callers that are not JavaScript:
//
//   node tests/harness/serve.mjs --state DIR [--port N] [--env-file FILE] [--ready-file FILE]
//       [--entry FILE] [--verbose]
//
// Secrets come from --env-file (the format wrangler's option of that name reads) or from the
// environment, never from arguments: those show in the process list. FILE of --ready-file appears,
// whole, once /readyz answers 200. SIGTERM or SIGINT stops everything.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { parseArgs, parseEnv } from "node:util";
import { start } from "./server.mjs";

const { values: options } = parseArgs({
  options: {
    state: { type: "string" },
    port: { type: "string", default: "0" },
    "env-file": { type: "string" },
    "ready-file": { type: "string" },
    entry: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const env = options["env-file"] ? parseEnv(readFileSync(options["env-file"], "utf8")) : process.env;
const readyFile = options["ready-file"];

function required(value, name) {
  if (value) return value;
  console.error(`serve: ${name} is missing`);
  process.exit(2);
}

const server = await start({
  stateDir: required(options.state, "--state"),
  port: Number(options.port),
  seed: required(env.STATELEDGER_SEED, "STATELEDGER_SEED"),
  token: required(env.STATELEDGER_ADMIN_TOKEN, "STATELEDGER_ADMIN_TOKEN"),
  host: env.STATELEDGER_HOST,
  entry: options.entry,
  verbose: options.verbose,
});

let stopping;
function stop() {
  stopping ??= (async () => {
    if (readyFile) rmSync(readyFile, { force: true });
    await server.stop();
    process.exit(0);
  })();
}
for (const signal of ["SIGTERM", "SIGINT"]) {
  // Miniflare's own handler ends this process before the runtime has ended.
  process.removeAllListeners(signal);
  process.on(signal, stop);
}

const ready = await fetch(`${server.url}/readyz`);
if (!ready.ok) {
  console.error(`serve: /readyz answered ${ready.status}: ${await ready.text()}`);
  await server.stop();
  process.exit(1);
}
console.log(server.url);
if (readyFile) {
  const whole = `${readyFile}.${process.pid}`;
  const facts = { url: server.url, adminToken: env.STATELEDGER_ADMIN_TOKEN, pid: process.pid };
  writeFileSync(whole, JSON.stringify(facts), { mode: 0o600 });
  renameSync(whole, readyFile);
}
