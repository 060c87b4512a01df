// The npm package as its users have it: the tarball installed, loaded in each way that a page can load it, and every
// vector judged in Chromium under a policy that allows WebAssembly and nothing else.
import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { build } from "esbuild";
import { installTarball } from "../../npm/test/installed.mjs";
import { vectorCalls } from "../../npm/test/vectors.mjs";
import { launch, newPage } from "../support/chromium.mjs";

const judge = fileURLToPath(new URL("../../npm/test/judge.mjs", import.meta.url));
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

/** Each way's imports, what it hands to `init`, and how its page is made; `fetches` the module's file, or has it in its code. */
const WAYS = {
  "the files as they are": { from: "/node_modules/stateledger/dist/browser.js", make: writePage, fetches: true },
  "a bundle, the module's file copied beside it": { from: "stateledger", make: bundleBesideModule, fetches: true },
  "a bundle, the module's file emitted by the bundler": {
    from: "stateledger/slim",
    imports: "import file from 'stateledger/stateledger.wasm';",
    source: "new URL(file, import.meta.url)",
    make: bundle,
    fetches: true,
  },
  "a bundle that holds the module": { from: "stateledger/inline", make: bundle, fetches: false },
};

test("the installed package in a browser", async (t) => {
  const { project, installed, remove } = await installTarball();
  t.after(remove);
  const calls = vectorCalls();
  await copyFile(judge, join(project, "judge.mjs"));
  await writeFile(join(project, "calls.json"), JSON.stringify(calls));
  await writeFile(join(project, "wrong.json"), JSON.stringify(withOneWrong(calls)));
  for (const [number, way] of Object.values(WAYS).entries()) {
    way.path = `/page-${number}`;
    const folder = join(project, way.path);
    await mkdir(folder);
    await way.make({ project, installed, folder, ...way });
  }
  const browser = await launch(t);
  const url = await serve(t, project, POLICY);

  for (const [name, { path, fetches }] of Object.entries(WAYS)) {
    await t.test(`judges every vector as Node does: ${name}`, async () => {
      const page = await newPage(browser);
      assert.deepEqual(await reportOf(page, `${url}${path}/?calls`), { calls: calls.length, complaints: [] });
      assert.deepEqual(page.troubles, []);
      assert.equal(page.asked.some((asked) => asked.endsWith(".wasm")), fetches);
      assert.deepEqual(page.asked.filter((asked) => !asked.startsWith(`${url}/`)), [], "the page asked somebody else");
      await page.close();
    });
  }
  console.log(`${calls.length} calls, ${Object.keys(WAYS).length} ways`);

  await t.test("one wrong expectation is one complaint", async () => {
    const page = await newPage(browser);
    const { complaints } = await reportOf(page, `${url}/page-0/?wrong`);
    assert.equal(complaints.length, 1);
    assert.match(complaints[0], /expected ok, got signature-invalid/);
    await page.close();
  });

  await t.test("the policy is at work: without wasm-unsafe-eval nothing starts", async () => {
    const stricter = await serve(t, project, POLICY.replace("'wasm-unsafe-eval'", ""));
    const page = await newPage(browser);
    const { failed } = await reportOf(page, `${stricter}/page-0/?calls`);
    assert.match(failed, /^CompileError.*Content Security Policy/);
    await page.close();
  });
});

/** The calls, one of which is refused and is now expected to pass. */
function withOneWrong(calls) {
  const at = calls.findIndex(({ expect }) => expect === "signature-invalid");
  return calls.with(at, { ...calls[at], expect: "ok" });
}

/** A page's script: judges the calls that the address names. The report is a promise, so that the test can wait for it. */
function script({ from, imports = "", source = "" }, judgeAt) {
  return `${imports}
    import * as stateledger from '${from}';
    import { judge } from '${judgeAt}';
    async function report() {
      await stateledger.init(${source});
      const calls = await (await fetch('/' + location.search.slice(1) + '.json')).json();
      return { calls: calls.length, complaints: judge(stateledger, calls) };
    }
    globalThis.report = report().catch((error) => ({ failed: String(error) }));`;
}

async function writePage({ folder, ...way }) {
  await writeFile(join(folder, "index.html"), '<!doctype html><script type="module" src="app.js"></script>');
  await writeFile(join(folder, "app.js"), script(way, "/judge.mjs"));
}

async function bundle({ project, folder, ...way }) {
  await writePage({ folder, ...way });
  const contents = script(way, "./judge.mjs");
  await build({
    stdin: { contents, resolveDir: project },
    outfile: join(folder, "app.js"),
    absWorkingDir: project,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    loader: { ".wasm": "file" },
    logLevel: "error",
  });
}

async function bundleBesideModule({ installed, folder, ...way }) {
  await bundle({ folder, ...way });
  await copyFile(join(installed, "dist/stateledger.wasm"), join(folder, "stateledger.wasm"));
}

async function reportOf(page, address) {
  await page.goto(address);
  return page.evaluate(() => globalThis.report);
}

/** Serves a folder on loopback under a Content-Security-Policy, as long as the test runs; answers its origin. */
async function serve(t, folder, policy) {
  const server = createServer(async (request, response) => {
    // URL resolves every "..", so no path leaves the folder.
    const { pathname } = new URL(request.url, "http://localhost");
    const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    try {
      const body = await readFile(join(folder, path));
      response.writeHead(200, { "content-type": TYPES[extname(path)], "content-security-policy": policy }).end(body);
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
