// One real server per test file: the built Worker in workerd, on a state directory of its own.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "../harness/server.mjs";

const serve = fileURLToPath(new URL("../harness/serve.mjs", import.meta.url));

/** Fresh secrets, as `start` and the environment of serve.mjs take them. */
export function freshSecrets() {
  return { seed: randomBytes(32).toString("hex"), token: randomBytes(24).toString("base64url") };
}

/** A directory that goes away with the test, after `stop` has ended whoever still writes there. */
export function temporaryDirectory(t, stop = async () => {}) {
  const directory = mkdtempSync(join(tmpdir(), "stateledger-test-"));
  // One hook for both: of two, Node 20 runs first the one that was registered first.
  t.after(async () => {
    try {
      await stop();
    } finally {
      rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
  });
  return directory;
}

/**
 * A server in this process that may be stopped and started again on the same state; it ends with the test `t`. `start` takes
 * further options of the harness and answers the running server.
 */
export function restartable(t) {
  const secrets = freshSecrets();
  let server;
  const stop = async () => {
    const running = server;
    server = undefined;
    await running?.stop();
  };
  const stateDir = temporaryDirectory(t, stop);
  const startAgain = async (options) => {
    await stop();
    server = await start({ stateDir, ...secrets, ...options });
    return { ...server, token: secrets.token };
  };
  return { ...secrets, stateDir, start: startAgain, stop };
}

/** Starts a server in this process, with further `options` of the harness; it ends with the test `t`. */
export async function startServer(t, options) {
  const { stateDir, start: begin, stop } = restartable(t);
  return { ...(await begin(options)), stateDir, stop };
}

/**
 * A server as processes of its own, which can be killed and started again on the same state.
 * `start` answers its URL; `kill` ends node and workerd with SIGKILL, as a power cut would.
 */
export function serverProcess(t) {
  const stateDir = temporaryDirectory(t, () => server.end("SIGTERM"));
  const secrets = freshSecrets();
  const server = serverIn(stateDir, secrets);
  return { token: secrets.token, start: server.start, kill: server.kill };
}

/**
 * The same on a state directory and with secrets of the caller's. With a `name`, which tells two of them
 * apart, all that it prints goes to a file of that name. `options` go to serve.mjs.
 */
export function serverIn(stateDir, { seed, token }, name, options = []) {
  const readyFile = join(stateDir, `${name ?? "ready"}.json`);
  const log = name === undefined ? "inherit" : openSync(join(stateDir, `${name}.log`), "a");
  let child;

  async function startProcess() {
    const env = { ...process.env, STATELEDGER_SEED: seed, STATELEDGER_ADMIN_TOKEN: token };
    child = spawn(process.execPath, [serve, "--state", stateDir, "--ready-file", readyFile, ...options], {
      env,
      stdio: ["ignore", name === undefined ? "ignore" : log, log],
    });
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(50)) {
      const facts = readIfThere(readyFile);
      if (facts?.pid === child.pid) return facts.url;
      if (hasEnded(child)) throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}`);
    }
    throw new Error("the server was not ready within 60 s");
  }

  async function end(signal) {
    if (!child || hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // Listed first: the children of a killed parent are nobody's, and could not be found any more.
    const orphans = signal === "SIGKILL" ? childrenOf(child.pid) : [];
    child.kill(signal);
    for (const pid of orphans) process.kill(pid, signal);
    await ended;
  }

  return { start: startProcess, kill: () => end("SIGKILL"), end };
}

function readIfThere(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether a child process has ended, by itself or by a signal. */
export function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

/** What `starting` answers, a Miniflare as `runtime` in it, with the id of the workerd process that it started. */
export async function withProcess(starting) {
  const before = new Set(childrenOf(process.pid));
  const started = await starting();
  await started.runtime.ready;
  const nameOf = (pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  const pid = childrenOf(process.pid).find((child) => !before.has(child) && nameOf(child) === "workerd");
  return { ...started, pid };
}

/** The process ids of a process's children, through /proc. */
export function childrenOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.split(" ").filter(Boolean).map(Number);
}
