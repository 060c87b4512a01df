// `cargo xtask` as a child process, and a git history to feed it.
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

// XTASK_BIN names a built xtask: cargo would wait for another build's lock.
const [program, ...leading] = process.env.XTASK_BIN ? [process.env.XTASK_BIN] : ["cargo", "xtask"];

/** Starts `cargo xtask ...`. */
export function spawnXtask(args, options = {}) {
  return spawn(program, [...leading, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
}

/** Runs `cargo xtask ...` to its end: {code, signal, stdout, stderr}. */
export function xtask(args, { env } = {}) {
  return finished(spawnXtask(args, { env: { ...process.env, ...env } }));
}

/** The end of a child process, with what it printed. */
export async function finished(child) {
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  });
  return { code, signal, stdout, stderr };
}

/** Writes a git repository of `count` empty commits: a history long enough to be interrupted. */
export function syntheticHistory(directory, count) {
  const git = (args, input) => {
    const { status, stderr } = spawnSync("git", ["-C", directory, ...args], { input, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
  };
  git(["init", "--quiet", "--initial-branch=main"]);
  const commits = Array.from({ length: count }, (_, n) => {
    const message = `Commit number ${n}`;
    return `commit refs/heads/main\ncommitter A Committer <committer@example.org> ${1_700_000_000 + n} +0000\ndata ${message.length}\n${message}\n`;
  });
  git(["fast-import", "--quiet"], commits.join("\n"));
}
