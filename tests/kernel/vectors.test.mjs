// Every vector through the kernel itself, as one WebAssembly module in each kind of host. The folder that the environment
// variable KERNEL_VECTORS names has the module and its bindings.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Miniflare } from "miniflare";
import { launch, newPage } from "../support/chromium.mjs";
import { POLICY, serve } from "../support/package-page.mjs";

const NAME = "stateledger_kernel_vectors";
const folder = process.env.KERNEL_VECTORS;
const module = () => readFile(join(folder, `${NAME}_bg.wasm`));
const vectors = new URL("../vectors/", import.meta.url);

/** Files by name, and the same with one case that expects another code. */
let files;
let wrong;

before(async () => {
  const names = (await readdir(vectors)).filter((name) => name.endsWith(".json"));
  files = await Promise.all(names.map(async (name) => [name.replace(".json", ""), await readFile(new URL(name, vectors), "utf8")]));
  wrong = files.map(([name, text]) => [name, name === "tile-path" ? text.replace('"expect":"ok"', '"expect":"note-malformed"') : text]);
});

/** What a host has to answer for good files and for those with one wrong expectation. */
function verify([good, bad]) {
  const cases = files.map(([, text]) => JSON.parse(text).cases.length);
  assert.ok(cases.every((count) => count > 0));
  assert.deepEqual(good.map((file) => file.length), cases);
  assert.deepEqual(good.flat().filter((complaint) => complaint !== ""), []);
  const [complaint, ...more] = bad.flat().filter((complaint) => complaint !== "");
  assert.match(complaint, /^tile-path: .*: expected note-malformed, got ok$/);
  assert.deepEqual(more, []);
}

const judged = (judge, sets) => sets.map((set) => set.map(([name, text]) => judge(name, text)));

test("Node", async () => {
  const kernel = await import(pathToFileURL(join(folder, `${NAME}.js`)));
  kernel.initSync({ module: await module() });
  verify(judged(kernel.judge, [files, wrong]));
});

test("Chromium", async (t) => {
  const site = await mkdtemp(join(tmpdir(), "kernel-vectors-"));
  t.after(() => rm(site, { recursive: true }));
  await cp(folder, site, { recursive: true });
  await writeFile(join(site, "index.html"), '<!doctype html><script type="module" src="app.js"></script>');
  await writeFile(join(site, "sets.json"), JSON.stringify([files, wrong]));
  await writeFile(join(site, "app.js"), `import init, { judge } from './${NAME}.js';
    const judged = ${judged};
    globalThis.answer = Promise.all([fetch('sets.json').then((sets) => sets.json()), init({ module_or_path: '${NAME}_bg.wasm' })])
      .then(([sets]) => judged(judge, sets));`);
  const page = await newPage(await launch(t));
  await page.goto(await serve(t, site, POLICY));
  verify(await page.evaluate(() => globalThis.answer));
  assert.deepEqual(page.troubles, []);
});

test("workerd", async (t) => {
  const host = new Miniflare({
    compatibilityDate: "2026-04-01",
    modules: [
      { type: "ESModule", path: "worker.js", contents: `import module from './${NAME}_bg.wasm';
        import { initSync, judge } from './${NAME}.js';
        const judged = ${judged};
        initSync({ module });
        export default { async fetch(request) { return Response.json(judged(judge, await request.json())); } };` },
      { type: "ESModule", path: `${NAME}.js`, contents: await readFile(join(folder, `${NAME}.js`), "utf8") },
      { type: "CompiledWasm", path: `${NAME}_bg.wasm`, contents: await module() },
    ],
  });
  t.after(() => host.dispose());
  const answer = await host.dispatchFetch("http://worker.example/", { method: "POST", body: JSON.stringify([files, wrong]) });
  verify(await answer.json());
});
