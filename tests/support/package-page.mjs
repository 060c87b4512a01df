// The installed package in a page: what its script does, and who serves it under which policy.
import { once } from "node:events";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LOG } from "../../npm/test/fixtures.mjs";
import { installTarball } from "../../npm/test/installed.mjs";
import { entriesOf, filesOf } from "../../npm/test/static-log.mjs";
import { vectorCalls } from "../../npm/test/vectors.mjs";

const judge = fileURLToPath(new URL("../../npm/test/judge.mjs", import.meta.url));

/** Allows WebAssembly, and nothing else that a page does not need. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

/** Entries of the log that is in a project, to be audited. */
export const LOG_SIZE = 1_000;

/**
 * The tarball installed in a project, with the judge and what it judges: `calls.json`, and `wrong.json` with one wrong
 * expectation. Beside them a log, as files below `log/demo`.
 */
export async function judgedProject(t) {
  const { project, installed, remove } = await installTarball();
  t.after(remove);
  const calls = vectorCalls();
  await copyFile(judge, join(project, "judge.mjs"));
  await writeFile(join(project, "calls.json"), JSON.stringify(calls));
  await writeFile(join(project, "wrong.json"), JSON.stringify(withOneWrong(calls)));
  for (const [path, bytes] of filesOf(entriesOf(LOG_SIZE))) {
    const file = join(project, "log/demo", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  return { project, installed, calls: calls.length };
}

/** The calls, one of which is refused and is now expected to pass. */
function withOneWrong(calls) {
  const at = calls.findIndex(({ expect }) => expect === "signature-invalid");
  return calls.with(at, { ...calls[at], expect: "ok" });
}

/**
 * A page's script: judges the calls that the address names. The report is a promise, so that the test can wait for it.
 * `audit` audits the project's log with so many threads, and answers how many entries hold.
 */
export function script({ from, imports = "", source = "" }, judgeAt) {
  return `${imports}
    import * as stateledger from '${from}';
    import { judge } from '${judgeAt}';
    async function report() {
      await stateledger.init(${source});
      const calls = await (await fetch('/' + location.search.slice(1) + '.json')).json();
      return { calls: calls.length, complaints: await judge(stateledger, calls) };
    }
    globalThis.report = report().catch((error) => ({ failed: String(error) }));
    globalThis.audit = async (workers) => {
      const client = new stateledger.LedgerClient({ url: location.origin, key: ${JSON.stringify(LOG.vkey)}, retries: 0 });
      return Number((await client.audit({ workers })).verified);
    };`;
}

/** What a page's script reports. */
export async function reportOf(page, address) {
  await page.goto(address);
  return page.evaluate(() => globalThis.report);
}

/** Serves a folder on loopback under a Content-Security-Policy, as long as the test runs; answers its origin. */
export async function serve(t, folder, policy) {
  const server = createServer(async (request, response) => {
    // URL resolves every "..", so no path leaves the folder.
    const { pathname } = new URL(request.url, "http://localhost");
    const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    try {
      const body = await readFile(join(folder, path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": policy }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
