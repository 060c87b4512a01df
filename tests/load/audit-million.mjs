// A long log, audited with two threads in Node and in a Chromium page (live progress, cut in the middle and resumed),
// while its memory is watched. Ends with exit code 1 if it is above the bound.
//
//   node tests/load/audit-million.mjs [--count N] [--most-mib N] [--only node|browser]
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, symlink, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { LOG } from "../../npm/test/fixtures.mjs";
import { executablePath, launchArguments } from "../support/chromium.mjs";
import { serveFolder } from "../support/folder-server.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({ options: { count: { type: "string", default: "1000000" }, "most-mib": { type: "string", default: "300" }, only: { type: "string" } } });
const [count, most] = [Number(values.count), Number(values["most-mib"])];

/** Audits with two workers and a bar, presses its button halfway, goes on from the state, and tells what came out. */
const PAGE = `
  import { init, LedgerClient } from '/node_modules/stateledger/dist/browser.js';
  const [bar, button] = ['bar', 'cut'].map((id) => document.getElementById(id));
  const client = new LedgerClient({ url: location.origin, key: ${JSON.stringify(LOG.vkey)} });
  let frames = 0;
  async function audit(resume) {
    const cut = new AbortController();
    button.onclick = () => cut.abort(new DOMException('cut', 'AbortError'));
    let state;
    const onProgress = (progress) => {
      [bar.max, bar.value] = [Number(progress.size), Number(progress.entries)];
      state = progress.state;
      if (resume === undefined && bar.position > 0.5) button.click();
    };
    try {
      return { verified: Number((await client.audit({ workers: 2, resume, onProgress, signal: cut.signal })).verified) };
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
      return { verified: Number(state().entries), state: state() };
    }
  }
  async function both() {
    await init();
    let last = -1;
    const look = () => {
      if (bar.position !== last) [frames, last] = [frames + 1, bar.position];
      requestAnimationFrame(look);
    };
    look();
    const first = await audit();
    if (first.state === undefined) throw new Error('the audit was over before it was cut');
    return { verified: first.verified + (await audit(first.state)).verified, frames };
  }
  const told = await both().catch((error) => ({ failed: String(error) }));
  await fetch('/result?' + encodeURIComponent(JSON.stringify(told)));`;

const folder = await mkdtemp(join(tmpdir(), "stateledger-million-"));
let tell;
const result = new Promise((resolve) => (tell = resolve));
const server = await serveFolder(folder, { answer: (path, query) => path === "/result" && (tell(JSON.parse(decodeURIComponent(query.slice(1)))), Buffer.from("told")) });
let held = true;
try {
  await promisify(execFile)(process.execPath, [at("../../npm/test/static-log.mjs"), join(folder, "log/demo"), String(count)]);
  await mkdir(join(folder, "node_modules"));
  await symlink(at("../../npm"), join(folder, "node_modules/stateledger"));
  if (values.only !== "browser") report("node", await inNode());
  if (values.only !== "node") report("browser", await inBrowser());
} finally {
  server.close();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = held ? 0 : 1;

function report(where, { verified, seconds, mib, frames }) {
  const good = verified === count && mib <= most;
  held &&= good;
  const rate = Math.round(verified / seconds).toLocaleString("en");
  console.log(`${good ? "ok  " : "FAIL"} ${where}: ${verified} entries in ${seconds.toFixed(1)} s (${rate}/s), peak ${Math.round(mib)} MiB of ${most}${frames ? `, the bar moved in ${frames} frames` : ""}`);
}

/** A process of its own: its peak is what the system counted, threads included. */
async function inNode() {
  const script = `
    import { init, LedgerClient } from 'stateledger';
    await init();
    const began = performance.now();
    const report = await new LedgerClient({ url: ${JSON.stringify(server.url)}, key: ${JSON.stringify(LOG.vkey)} }).audit({ workers: 2 });
    const seconds = (performance.now() - began) / 1000;
    console.log(JSON.stringify({ verified: Number(report.verified), seconds, mib: process.resourceUsage().maxRSS / 1024 }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const part of child.stdout) text += part;
  return JSON.parse(text);
}

/** No debugger is attached: it would keep what the page downloads. The page drives itself and reports with a request. */
async function inBrowser() {
  await writeFile(join(folder, "index.html"), '<!doctype html><progress id="bar" value="0"></progress><button id="cut">Cut</button><script type="module" src="app.js"></script>');
  await writeFile(join(folder, "app.js"), PAGE);
  const child = spawn(executablePath, [...launchArguments, "--headless", `--user-data-dir=${join(folder, "profile")}`, server.url], { stdio: "ignore" });
  let mib = 0;
  const watch = setInterval(async () => (mib = Math.max(mib, await rendererMib())), 250);
  try {
    const began = performance.now();
    const told = await Promise.race([result, once(child, "exit").then(() => ({ failed: "the browser ended" }))]);
    if (told.failed) throw new Error(told.failed);
    return { ...told, seconds: (performance.now() - began) / 1000, mib };
  } finally {
    clearInterval(watch);
    child.kill();
    await once(child, "exit").catch(() => {});
  }
}

/** The largest renderer below this process, workers included: what is its own and its share of what is not (Pss). */
async function rendererMib() {
  let largest = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name))) {
    try {
      if (!(await readFile(`/proc/${pid}/cmdline`, "utf8")).includes("--type=renderer")) continue;
      if (!(await descends(Number(pid)))) continue;
      const [, kib] = /^Pss:\s+([0-9]+) kB/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, "utf8"));
      largest = Math.max(largest, Number(kib) / 1024);
    } catch {
      // It has ended meanwhile.
    }
  }
  return largest;
}

async function descends(pid) {
  for (let at = pid; at > 1; ) {
    if (at === process.pid) return true;
    at = Number(/\) \S ([0-9]+)/.exec(await readFile(`/proc/${at}/stat`, "utf8"))[1]);
  }
  return false;
}
