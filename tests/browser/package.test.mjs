// The npm package as its users have it: the tarball installed, loaded in each way that a page can load it, and every
// vector judged in Chromium under a policy that allows WebAssembly and nothing else.
import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { launch, newPage } from "../support/chromium.mjs";
import { POLICY, judgedProject, reportOf, script, serve } from "../support/package-page.mjs";

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
  const { project, installed, calls } = await judgedProject(t);
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
      assert.deepEqual(await reportOf(page, `${url}${path}/?calls`), { calls, complaints: [] });
      assert.deepEqual(page.troubles, []);
      assert.equal(page.asked.some((asked) => asked.endsWith(".wasm")), fetches);
      assert.deepEqual(page.asked.filter((asked) => !asked.startsWith(`${url}/`)), [], "the page asked somebody else");
      await page.close();
    });
  }
  console.log(`${calls} calls, ${Object.keys(WAYS).length} ways`);

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
