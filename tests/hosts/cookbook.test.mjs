// The cookbook's recipes, compiled against the packed package and run where they belong.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build as bundle } from "esbuild";
import { Miniflare } from "miniflare";
import { build as vite } from "vite";
import { LOG, ORIGIN, receipt } from "../../npm/test/fixtures.mjs";
import { installTarball } from "../../npm/test/installed.mjs";
import { launch, newPage } from "../support/chromium.mjs";
import { POLICY, serve } from "../support/package-page.mjs";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../", import.meta.url));
const RECEIPT = "application/vnd.stateledger.receipt+json";
const GOOD = JSON.stringify(receipt());
const CHANGED = JSON.stringify({ ...receipt(), payload: Buffer.from('{"commit":"abc1235"}').toString("base64") });

let project;
let installed;
let remove;

before(async () => {
  ({ project, installed, remove } = await installTarball());
  const modules = join(project, "node_modules");
  for (const name of ["express", "hono", "react", "react-dom"]) await symlink(join(import.meta.dirname, "node_modules", name), join(modules, name));
  await mkdir(join(modules, "@types"));
  for (const [name, from] of [["express", import.meta.dirname], ["react", import.meta.dirname], ["node", repository]]) {
    await symlink(join(from, "node_modules/@types", name), join(modules, "@types", name));
  }
  const text = await readFile(join(repository, "npm/COOKBOOK.md"), "utf8");
  const recipes = [...text.matchAll(/<!-- recipe: (\S+) -->\n```tsx?\n(.*?)```/gs)];
  assert.deepEqual(recipes.map(([, name]) => name), ["verified-record.tsx", "route.ts", "middleware.ts", "worker.ts", "author.ts"]);
  for (const [, name, code] of recipes) await writeFile(join(project, name), code);
  await compile();
});

after(() => remove?.());

/** Compiles all of them as strictly as the package itself. */
async function compile() {
  const compilerOptions = {
    strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noPropertyAccessFromIndexSignature: true, skipLibCheck: true,
    module: "nodenext", target: "es2022", lib: ["es2022", "dom"], jsx: "react-jsx", types: ["node"], outDir: "js",
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts", "*.tsx"] }));
  await run(process.execPath, [join(repository, "node_modules/typescript/lib/tsc.js")], { cwd: project }).catch(({ stdout }) => assert.fail(stdout));
}

const compiled = (name) => import(pathToFileURL(join(project, "js", name)));

test("a recipe with a mistake does not compile", async () => {
  await writeFile(join(project, "mistake.ts"), "import { verifyReceipt } from 'stateledger';\nverifyReceipt('{}', { keys: 'k' });\n");
  await assert.rejects(compile(), /mistake\.ts/);
  await writeFile(join(project, "mistake.ts"), "export {};\n");
});

test("the Next.js route, built and served by Next.js", async (t) => {
  const app = await nextApp(t);
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", LEDGER_KEY: LOG.vkey };
  const next = join(import.meta.dirname, "node_modules/next/dist/bin/next");
  // The receipt's key is read when a request comes: the build must do without.
  await run(process.execPath, [next, "build"], { cwd: app, env: { ...env, LEDGER_KEY: "" } }).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
  const server = spawn(process.execPath, [next, "start", "--port", "0", "--hostname", "127.0.0.1"], { cwd: app, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  t.after(async () => {
    server.kill("SIGTERM");
    await ended;
  });
  const url = await addressIn(server.stdout);
  const answer = async (body) => {
    const response = await fetch(`${url}/api/verify`, { method: "POST", headers: { connection: "close" }, body });
    return [response.status, await response.json()];
  };
  assert.deepEqual(await answer(GOOD), [200, { type: "deployment", index: "2" }]);
  assert.deepEqual(await answer(CHANGED), [422, { code: "payload-mismatch" }]);
});

/** An app of that one route. Below this folder, because Next.js follows no link out of it; the package is the packed one. */
async function nextApp(t) {
  const app = await mkdtemp(join(import.meta.dirname, "next-app-"));
  t.after(() => rm(app, { recursive: true, force: true }));
  await mkdir(join(app, "app/api/verify"), { recursive: true });
  await cp(join(project, "js/route.js"), join(app, "app/api/verify/route.js"));
  await cp(installed, join(app, "node_modules/stateledger"), { recursive: true });
  await writeFile(join(app, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const options = { serverExternalPackages: ["stateledger"], turbopack: { root: import.meta.dirname } };
  await writeFile(join(app, "next.config.js"), `export default ${JSON.stringify(options)};`);
  return app;
}

/** The first address that a server prints, once it is ready. */
function addressIn(output) {
  return new Promise((resolve, reject) => {
    let printed = "";
    output.on("data", (part) => {
      printed += part;
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? [];
      if (address !== undefined && printed.includes("Ready")) resolve(address);
    });
    output.on("end", () => reject(new Error(`no server: ${printed}`)));
  });
}

test("the Express middleware", async (t) => {
  const { requireReceipt } = await compiled("middleware.js");
  const { default: express } = await import("express");
  const app = express().post("/orders", ...requireReceipt(LOG.vkey), (_, response) => response.json({ index: String(response.locals.verdict.index) }));
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const answer = async (body, type = RECEIPT) => {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/orders`, { method: "POST", headers: { "content-type": type, connection: "close" }, body });
    return [response.status, await response.json()];
  };
  assert.deepEqual(await answer(GOOD), [200, { index: "2" }]);
  assert.deepEqual(await answer(CHANGED), [422, { code: "payload-mismatch" }]);
  assert.deepEqual(await answer(GOOD, "text/plain"), [415, { code: "content-type-unsupported" }]);
});

test("the Hono handler, in workerd", async (t) => {
  const external = { name: "keep the module beside the code", setup: ({ onResolve }) => onResolve({ filter: /\.wasm$/ }, () => ({ path: "./stateledger.wasm", external: true })) };
  const { outputFiles } = await bundle({
    entryPoints: ["js/worker.js"], absWorkingDir: project, bundle: true, write: false, format: "esm", conditions: ["workerd"], plugins: [external], logLevel: "error",
  });
  const host = new Miniflare({
    compatibilityDate: "2026-04-01",
    bindings: { LEDGER_KEY: LOG.vkey },
    modules: [
      { type: "ESModule", path: "worker.js", contents: outputFiles[0].text },
      { type: "CompiledWasm", path: "stateledger.wasm", contents: await readFile(join(installed, "dist/stateledger.wasm")) },
    ],
  });
  t.after(() => host.dispose());
  const answer = async (body) => {
    const response = await host.dispatchFetch("http://worker.example/verify", { method: "POST", body });
    return [response.status, await response.json()];
  };
  assert.deepEqual(await answer(GOOD), [200, { type: "deployment", index: "2" }]);
  assert.deepEqual(await answer(CHANGED), [422, { code: "payload-mismatch" }]);
});

test("the React component, in Chromium", async (t) => {
  const source = join(project, "page-source");
  await cp(join(project, "js/verified-record.js"), join(source, "verified-record.js"));
  await writeFile(join(source, "index.html"), '<!doctype html><div id="root"></div><script type="module" src="./main.js"></script>');
  await writeFile(join(source, "main.js"), `import { createElement } from 'react';
    import { createRoot } from 'react-dom/client';
    import { VerifiedRecord } from './verified-record.js';
    const receipts = { good: ${GOOD}, changed: ${CHANGED} };
    createRoot(document.getElementById('root')).render(createElement(VerifiedRecord, { receipt: receipts[location.search.slice(1)], verifierKey: ${JSON.stringify(LOG.vkey)} }));`);
  await vite({ root: source, base: "/page/", configFile: false, logLevel: "error", build: { outDir: join(project, "page"), emptyOutDir: true, modulePreload: false } });
  const url = await serve(t, project, POLICY);
  const page = await newPage(await launch(t));
  const shown = async (which) => {
    await page.goto(`${url}/page/?${which}`);
    return page.locator("p", { hasNotText: "Verifying" }).textContent();
  };
  assert.equal(await shown("good"), "deployment: record 2 of 5");
  assert.equal(await shown("changed"), "Do not believe this record: payload-mismatch");
  assert.deepEqual(page.troubles, []);
});

test("the author's signature is over what the ledger stores", async () => {
  const { signedRecord } = await compiled("author.js");
  const { commitPayload, encodeStatement, verifyStatement } = await import(pathToFileURL(join(installed, "dist/node.js")));
  const { author, body } = await signedRecord(new Uint8Array(32).fill(3), ORIGIN, { b: 1, a: "é" });
  const { type, source, contentType, salt, sigs: [signature] } = body;
  assert.equal(signature.key, Buffer.from(author).toString("base64url"));
  // What a server does: the payload's RFC 8785 form, committed to under the record's salt.
  const commit = (payload) => commitPayload({ payload: new TextEncoder().encode(payload), salt: new Uint8Array(Buffer.from(salt, "base64")) });
  const statement = (payload) => encodeStatement({ type, source, contentType, commit: commit(payload), origin: ORIGIN });
  verifyStatement({ statement: statement('{"a":"é","b":1}'), signature });
  assert.throws(() => verifyStatement({ statement: statement('{"a":"e","b":1}'), signature }), { code: "author-signature-invalid" });
});
