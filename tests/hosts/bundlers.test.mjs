// The installed package through the bundlers that people use, each bundle run in Chromium under a policy that allows
// WebAssembly and nothing else. esbuild is in tests/browser.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build as vite } from "vite";
import webpack from "webpack";
import { launch, newPage } from "../support/chromium.mjs";
import { LOG_SIZE, POLICY, judgedProject, reportOf, script, serve } from "../support/package-page.mjs";

const BUNDLERS = {
  // Both find the module's file by themselves and emit it.
  "vite stateledger": { from: "stateledger", make: viteBundle, fetches: true },
  "vite stateledger/inline": { from: "stateledger/inline", make: viteBundle, fetches: false },
  "webpack stateledger": { from: "stateledger", make: webpackBundle, fetches: true },
  "webpack stateledger/inline": { from: "stateledger/inline", make: webpackBundle, fetches: false },
};

test("the installed package, bundled", async (t) => {
  const { project, calls } = await judgedProject(t);
  const browser = await launch(t);
  const url = await serve(t, project, POLICY);
  const stricter = await serve(t, project, POLICY.replace("'wasm-unsafe-eval'", ""));
  for (const [number, [name, { make, from, fetches }]] of Object.entries(BUNDLERS).entries()) {
    await t.test(`${name} judges every vector, audits with threads, and notices a wrong one`, async () => {
      const folder = join(project, `source-${number}`);
      await mkdir(folder);
      await writeFile(join(folder, "main.mjs"), script({ from }, "../judge.mjs"));
      await writeFile(join(folder, "index.html"), '<!doctype html><script type="module" src="./main.mjs"></script>');
      await make(folder, join(project, `page-${number}`), `/page-${number}/`);
      const page = await newPage(browser);
      const at = `/page-${number}/?`;
      assert.deepEqual(await reportOf(page, `${url}${at}calls`), { calls, complaints: [] });
      // Vite and webpack find the file of the threads by themselves, too.
      for (const workers of [0, 2]) assert.equal(await page.evaluate((count) => globalThis.audit(count), workers), LOG_SIZE);
      assert.deepEqual(page.troubles, []);
      assert.equal(page.asked.some((asked) => asked.endsWith(".wasm")), fetches);
      assert.equal((await reportOf(page, `${url}${at}wrong`)).complaints.length, 1);
      assert.match((await reportOf(page, `${stricter}${at}calls`)).failed, /^CompileError.*Content Security Policy/);
      await page.close();
    });
  }
});

async function viteBundle(root, outDir, base) {
  await vite({ root, base, configFile: false, logLevel: "error", build: { outDir, emptyOutDir: true, modulePreload: false } });
}

async function webpackBundle(context, path, publicPath) {
  const options = {
    context,
    mode: "production",
    entry: "./main.mjs",
    output: { path, publicPath, filename: "main.js", module: true },
    experiments: { outputModule: true },
    performance: false,
  };
  const stats = await new Promise((done, failed) => webpack(options, (error, stats) => (error ? failed(error) : done(stats))));
  assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }), { errors: [], warnings: [] });
  await writeFile(join(path, "index.html"), '<!doctype html><script type="module" src="main.js"></script>');
}
