// What the Explorer weighs, asks for and takes when it is opened, and that its smaller module is the same verifier.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { LOG, receipt } from "../../npm/test/fixtures.mjs";
import { launch, newPage } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { chainOf, gzipped, openingComplaints, plainName, RECORD_FILES, sizeComplaints, sizesOf } from "../support/page-budget.mjs";
import { startServer } from "../support/server.mjs";

const dist = fileURLToPath(new URL("../../demo/dist", import.meta.url));
const UNCALLED = JSON.parse(readFileSync(fileURLToPath(new URL("../../demo/bundling/uncalled.json", import.meta.url)), "utf8"));
const read = (path) => readFileSync(join(dist, path));
const assetNamed = (name) => `assets/${readdirSync(join(dist, "assets")).find((file) => plainName(`assets/${file}`) === `assets/${name}`)}`;
const exportsOf = (path) => WebAssembly.Module.exports(new WebAssembly.Module(read(path))).map(({ name }) => name);

/** How long each answer is held back, so that what waits for it is seen to wait. */
const HELD_MS = 250;

test("every built file stays under its cap, and would be missed without one", () => {
  const sizes = sizesOf(dist);
  assert.deepEqual(sizeComplaints(sizes), []);
  console.log("bytes of gzip:", JSON.stringify(sizes));
  const grown = { ...sizes, "assets/new-AAAAAAAA.js": 1, "index.html": 9_999 };
  assert.deepEqual(sizeComplaints(grown), ["index.html: 9999 bytes of gzip, cap 800", "assets/new.js has no cap"]);
  const { "docs.html": _, ...fewer } = sizes;
  assert.deepEqual(sizeComplaints(fewer), ["docs.html is not built"]);
});

test("the sheet that adds to the common one comes after it", () => {
  const sheets = [...read("index.html").toString().matchAll(/<link rel="stylesheet"[^>]* href="\/([^"]+)"/g)].map(([, path]) => plainName(path));
  assert.deepEqual(sheets, ["assets/common.css", "assets/index.css"]);
});

test("the page's own thread names no export that its module lacks, but those that it never calls", () => {
  const [whole, own] = [exportsOf(assetNamed("stateledger.wasm")), exportsOf(assetNamed("verifier.wasm"))];
  assert.deepEqual(own.filter((name) => !whole.includes(name)), []);
  assert.ok(whole.includes("check_bundle") && whole.includes("sign_statement"));
  for (const name of ["check_bundle", "sign", "sign_statement", "merklelog_append", "encode_bundle"]) assert.ok(!own.includes(name), name);
  const code = ownScripts().map((path) => read(path).toString()).join("\n");
  const named = (text) => whole.filter((name) => !name.startsWith("__") && new RegExp(`\\.${name}\\b`).test(text) && !own.includes(name));
  assert.deepEqual(named(code).sort(), [...UNCALLED].sort());
  assert.deepEqual(named(`${code};wasm.sign_statement(0)`).filter((name) => !UNCALLED.includes(name)), ["sign_statement"]);
});

test("the page's module verifies what the whole one verifies, and refuses what that refuses", async () => {
  const { init, openCheckpoint, verifyReceipt } = await import("stateledger/slim");
  await init(read(assetNamed("verifier.wasm")));
  const given = receipt();
  const verdict = verifyReceipt(given, { key: LOG.vkey });
  assert.equal(verdict.origin, "ledger.example/log/demo");
  assert.equal(openCheckpoint(given.proof.slice(given.proof.indexOf("\n\n") + 2), { key: LOG.vkey }).size, verdict.size);
  const entry = Buffer.from(given.entry, "base64");
  entry[40] ^= 1;
  assert.throws(() => verifyReceipt({ ...given, entry: entry.toString("base64") }, { key: LOG.vkey }), { code: "inclusion-invalid", step: "inclusion" });
  assert.throws(() => verifyReceipt(given, { key: `${LOG.vkey.slice(0, -4)}AAA=` }), { name: "VerificationError" });
});

test("opening the page stays within its budget", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  await client.createLedger("demo");
  await client.append("demo", { records: Array.from({ length: 300 }, (_, n) => ({ type: "reading", source: "sensor", subject: `s-${n}`, payload: n })) });
  const browser = await launch(t);

  await t.test("bytes, files, round trips, and how smoothly it opens", async () => {
    const opened = await open(browser, server.url);
    console.log("opening:", JSON.stringify({ ...opened, files: Object.fromEntries(opened.files.map(({ path, size }) => [plainName(path), size])) }));
    assert.deepEqual(openingComplaints(opened), []);
    assert.ok(opened.files.some(({ path }) => plainName(path) === "assets/verifier.wasm"));
    assert.ok(opened.largestPaint > 0, "nothing was measured");
  });

  await t.test("so does a record that is opened by its address", async () => {
    const opened = await open(browser, server.url, undefined, { hash: "#/demo/7", ready: (page) => page.getByText("Verified: record 7") });
    console.log("opening a record:", opened.files.reduce((sum, { size }) => sum + size, 0), "bytes of gzip in", opened.files.length, "files");
    assert.deepEqual(openingComplaints(opened, RECORD_FILES), []);
    assert.equal(openingComplaints(opened, RECORD_FILES - 1).length, 1);
  });

  await t.test("a page that does all of it badly is noticed", async () => {
    const opened = await open(browser, server.url, async (page) => {
      await page.evaluate(async (module) => {
        for (let more = 0; more < 6; more++) await (await fetch(`${module}?${more}`)).arrayBuffer();
        document.body.style.paddingTop = "400px";
        const end = performance.now() + 2_500;
        while (performance.now() < end);
        await new Promise((done) => setTimeout(done, 300));
      }, `/${assetNamed("stateledger.wasm")}`);
    });
    const complaints = openingComplaints({ ...opened, largestPaint: 10_001 });
    assert.deepEqual(complaints.map((text) => text.replace(/[\d.]+/g, "N")), [
      "N bytes of gzip, budget N", "N files, budget N", "N round trips, budget N", "a layout shift of N, budget N", "a task of N ms, budget N", "the largest paint after N ms, budget N",
    ]);
  });
});

/** Opens a ledger, or another view, as somebody who was never here, waits for what is proven first, and answers what that took. */
async function open(browser, url, also = async () => {}, { hash, ready } = { hash: "#/demo", ready: (page) => page.locator(".badge").first() }) {
  const context = await browser.newContext();
  const page = await newPage(context);
  await page.addInitScript(() => {
    const seen = (globalThis.seen = { layoutShift: 0, longestTask: 0, largestPaint: 0 });
    const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    watch("layout-shift", ({ value, hadRecentInput }) => (seen.layoutShift += hadRecentInput ? 0 : value));
    watch("longtask", ({ duration }) => (seen.longestTask = Math.max(seen.longestTask, duration)));
    watch("largest-contentful-paint", ({ startTime }) => (seen.largestPaint = startTime));
  });
  const requests = [];
  const bodies = [];
  await page.route("**/*", async (route) => {
    const request = { url: route.request().url(), from: performance.now(), to: Infinity };
    requests.push(request);
    const [response] = await Promise.all([route.fetch(), page.waitForTimeout(HELD_MS)]);
    const body = await response.body();
    bodies.push({ path: new URL(request.url).pathname.slice(1) || "index.html", size: gzipped(body) });
    request.to = performance.now();
    await route.fulfill({ response, body });
  });
  await page.goto(`${url}/${hash}`);
  await ready(page).waitFor();
  await also(page);
  const answered = requests.filter(({ to }) => to < Infinity);
  const files = bodies.filter(({ path }) => !/^(api|log)\//.test(path));
  const seen = await page.evaluate(() => globalThis.seen);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await context.close();
  assert.deepEqual(page.troubles, []);
  return { files, roundTrips: chainOf(answered), ...seen };
}

/** Scripts that run in the page's own thread: what its document names, and what these import, now or later. */
function ownScripts() {
  const html = read("index.html").toString();
  const found = new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path));
  for (const path of found) {
    const imports = read(path).toString().matchAll(/(?:from|import)\s*\(?\s*["'`]\.\/([^"'`]+\.js)["'`]/g);
    for (const [, name] of imports) found.add(`assets/${name}`);
  }
  return [...found];
}
