// The package's client in Chromium: heads kept in IndexedDB across pages, and an audit with Web Workers.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { LOG } from "../../npm/test/fixtures.mjs";
import { installTarball } from "../../npm/test/installed.mjs";
import { entriesOf, filesOf } from "../../npm/test/static-log.mjs";
import { launch, newPage } from "../support/chromium.mjs";
import { serveFolder } from "../support/folder-server.mjs";

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

/** What the pages call. Everything that comes back crosses as JSON. */
const SCRIPT = `
  import * as stateledger from '/node_modules/stateledger/dist/browser.js';
  const { init, LedgerClient, indexedDBStore } = stateledger;
  const ready = init();
  const client = async (store) => (await ready, new LedgerClient({ url: location.origin, key: ${JSON.stringify(LOG.vkey)}, retries: 0, store }));
  const told = (work) => work.catch(({ name, code, evidence }) => ({ name, code, evidence }));
  globalThis.checkpoint = () => told((async () => {
    const { size, outcome } = await (await client(indexedDBStore())).checkpoint();
    return { size: Number(size), outcome };
  })());
  globalThis.count = async (times) => {
    const store = indexedDBStore('count');
    for (let done = 0; done < times; ) {
      const before = await store.read('n');
      if (await store.swap('n', before, String(Number(before ?? 0) + 1))) done++;
    }
    return store.read('n');
  };
  globalThis.audit = (workers, cutAt, resume) => told((async () => {
    const cut = new AbortController();
    let state;
    const onProgress = (progress) => {
      if (cutAt === undefined || progress.entries < BigInt(cutAt)) return;
      state ??= progress.state();
      cut.abort(new DOMException('cut', 'AbortError'));
    };
    try {
      const report = await (await client()).audit({ workers, resume, onProgress, signal: cut.signal });
      return { size: Number(report.size), verified: Number(report.verified) };
    } catch (error) {
      return { name: error.name, code: error.code, index: error.index === undefined ? undefined : Number(error.index), message: error.message, state };
    }
  })());
  globalThis.started = true;`;

test("the client in a browser", async (t) => {
  const { project, remove } = await installTarball();
  t.after(remove);
  await writeFile(join(project, "index.html"), '<!doctype html><script type="module" src="app.js"></script>');
  await writeFile(join(project, "app.js"), SCRIPT);
  const [small, large] = [300, 20_000].map((size) => filesOf(entriesOf(size)));
  const fork = filesOf([...entriesOf(299), Buffer.from("{}")]);
  let files = large;
  const log = (path) => (path.startsWith("/log/demo/") ? (files.get(path.slice("/log/demo/".length)) ?? null) : undefined);
  const server = await serveFolder(project, { policy: POLICY, answer: log });
  t.after(server.close);
  const browser = await launch(t);
  // One profile: its pages share IndexedDB.
  const context = await browser.newContext();
  const open = async () => {
    const page = await newPage(context);
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.started);
    return page;
  };

  await t.test("heads are kept in IndexedDB: a later page knows what an earlier one was shown", async () => {
    files = small;
    const first = await open();
    assert.deepEqual(await first.evaluate(() => globalThis.checkpoint()), { size: 300, outcome: "first" });
    await first.close();
    files = large;
    const second = await open();
    assert.deepEqual(await second.evaluate(() => globalThis.checkpoint()), { size: 20_000, outcome: "extended" });
    files = fork;
    const seen = await second.evaluate(() => globalThis.checkpoint());
    assert.deepEqual([seen.name, seen.code], ["ForkError", "fork"]);
    assert.equal(seen.evidence.kept, large.get("checkpoint").toString());
    assert.equal(seen.evidence.served, fork.get("checkpoint").toString());
    await second.close();
  });

  await t.test("two pages that write at once lose nothing", async () => {
    const pages = await Promise.all([open(), open()]);
    await Promise.all(pages.map((page) => page.evaluate(() => globalThis.count(50))));
    assert.equal(await pages[0].evaluate(() => globalThis.count(0)), "100");
    await Promise.all(pages.map((page) => page.close()));
  });

  await t.test("an audit with and without workers; cut and resumed; a changed entry is found", async () => {
    files = large;
    const page = await open();
    for (const workers of [0, 2]) {
      assert.deepEqual(await page.evaluate((n) => globalThis.audit(n), workers), { size: 20_000, verified: 20_000 });
    }
    assert.ok(server.asked.some((path) => path.endsWith("/dist/worker.js")), "no worker was started");
    const { name, state } = await page.evaluate(() => globalThis.audit(2, 5_000));
    assert.deepEqual([name, state.entries], ["AbortError", "5120"]);
    assert.deepEqual(await page.evaluate((resume) => globalThis.audit(2, undefined, resume), state), { size: 20_000, verified: 14_880 });
    const bundle = Buffer.from(large.get("tile/entries/010"));
    bundle[bundle.length - 2] ^= 1;
    files = new Map([...large, ["tile/entries/010", bundle]]);
    const { code, index } = await page.evaluate(() => globalThis.audit(2));
    assert.deepEqual([code, index], ["leaf-mismatch", 2815]);
    assert.deepEqual(page.troubles, []);
    await page.close();
  });
});
