// verify.html of the package: one file, opened from disk in a Chromium without network, verifies what is dropped on it.
import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { test } from "node:test";
import { bundleReceipts, init } from "stateledger";
import { COSIGNED, LOG, noteKey, POLICY, receipt } from "../../npm/test/fixtures.mjs";
import { launch, newPage } from "../support/chromium.mjs";
import { temporaryDirectory } from "../support/server.mjs";

const built = fileURLToPath(new URL("../../npm/dist/verify.html", import.meta.url));
const artifacts = fileURLToPath(new URL("../artifacts", import.meta.url));
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

test("the page that verifies a dropped file", async (t) => {
  await init();
  const folder = temporaryDirectory(t);
  const file = async (name, content) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  await copyFile(built, join(folder, "verify.html"));
  const good = await file("receipt.json", JSON.stringify(receipt()));
  const browser = await launch(t);

  const open = async (options) => {
    const context = await browser.newContext({ offline: true, ...options });
    const page = await newPage(context);
    await page.goto(pathToFileURL(join(folder, "verify.html")).href);
    await page.getByText("Give a file.").waitFor();
    return page;
  };
  /** Gives key and file as a person would; answers the result's text. */
  const check = async (page, key, path) => {
    await page.getByLabel("Verifier key of the ledger").fill(key);
    await page.getByLabel("Choose a file").setInputFiles([]);
    await page.getByLabel("Choose a file").setInputFiles(path);
    await page.locator(".banner").waitFor();
    return page.locator("#result").innerText();
  };

  await t.test("asks nobody, and its policy would let it reach nobody", async () => {
    const page = await open();
    assert.match(await check(page, LOG.vkey, good), /Verified: record 2 is in the signed ledger/);
    assert.deepEqual(page.asked.filter((url) => !url.startsWith("file:")), []);
    assert.deepEqual(page.troubles, []);
    const html = await readFile(built, "utf8");
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html);
    assert.match(policy, /^default-src 'none'; script-src 'wasm-unsafe-eval' 'sha256-[^']*'; style-src 'sha256-[^']*'; base-uri 'none'/);
    assert.doesNotMatch(html.replace(/<script type="module">.*<\/script>/s, ""), /\b(src|href|url)\s*[=(]/);
    const reached = await page.evaluate(() => fetch("https://example.com/").then(() => "reached", (error) => error.name));
    assert.equal(reached, "TypeError");
    assert.ok(page.troubles.some((text) => /Content Security Policy|violates/i.test(text)), "the policy did not refuse");
    await page.close();
  });

  await t.test("a receipt: what it proves, its payload, and what was not checked", async () => {
    const page = await open();
    const text = await check(page, LOG.vkey, good);
    for (const part of ["deployment", "ci", "api", "2, in a tree of 5 records", '"commit": "abc1234"', "append-only", LOG.name]) assert.ok(text.includes(part), part);
    await page.getByText("The payload came in a file of its own").click();
    const bare = await file("bare.json", JSON.stringify(receipt({ withPayload: false })));
    assert.doesNotMatch(await check(page, LOG.vkey, bare), /abc1234/);
    await page.getByLabel("Payload of the receipt").setInputFiles(await file("payload", '{"commit":"abc1234"}'));
    await page.getByText('"commit": "abc1234"').waitFor();
    await page.close();
  });

  await t.test("a refusal names its code; a key is judged before any file", async () => {
    const page = await open();
    const refusals = [
      [LOG.vkey, JSON.stringify({ ...receipt(), payload: "AAAA" }), "payload-mismatch"],
      [LOG.vkey, "{", "receipt-malformed"],
      [noteKey(LOG.name, 9).vkey, JSON.stringify(receipt()), "key-unknown"],
      ["nonsense", JSON.stringify(receipt()), "key-malformed"],
      [POLICY, JSON.stringify(receipt()), "quorum-not-met"],
    ];
    for (const [key, content, code] of refusals) {
      const text = await check(page, key, await file("refused.json", content));
      assert.match(text, /Refused: do not believe it/, code);
      assert.equal(await page.locator("#code").innerText(), code);
    }
    await page.getByLabel("Verifier key of the ledger").fill("nonsense");
    assert.match(await page.locator("#key-state").innerText(), /Not usable: .*\(key-malformed\)/);
    await page.getByLabel("Verifier key of the ledger").fill(LOG.vkey);
    assert.equal(await page.locator("#key-state").innerText(), `Key of ${LOG.name}.`);
    assert.match(await check(page, LOG.vkey, await file("image.png", Buffer.from([0x89, 0x50, 0xff]))), /no text and no audit bundle/);
    await page.close();
  });

  await t.test("a policy with a witness, and text that only looks like markup", async () => {
    const page = await open();
    const witnessed = await file("witnessed.json", JSON.stringify(receipt({ witnessed: true, payload: Buffer.from('"<img src=x onerror=alert(1)>"') })));
    const text = await check(page, POLICY, witnessed);
    assert.ok(text.includes("witness.example (witness)") && text.includes("<img src=x onerror=alert(1)>"), `${COSIGNED} ${text}`);
    assert.equal(await page.locator("img").count(), 0);
    await page.close();
  });

  await t.test("an audit bundle, dropped", async () => {
    const page = await open();
    await page.getByLabel("Verifier key of the ledger").fill(LOG.vkey);
    const bytes = [...bundleReceipts([receipt()], new Uint8Array(32).fill(5))];
    await page.evaluate((content) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(content)], "records.bundle"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }, bytes);
    await page.getByText("Verified: 1 of 5 records are in the signed ledger").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 1);
    assert.match(await page.locator("#result").innerText(), /completeness/);
    await page.close();
  });

  await t.test("accessible by axe's rules and by keyboard, light and dark, narrow and wide", async () => {
    await mkdir(artifacts, { recursive: true });
    for (const [name, options] of Object.entries({
      light: { colorScheme: "light" },
      dark: { colorScheme: "dark" },
      narrow: { colorScheme: "light", viewport: { width: 320, height: 720 } },
    })) {
      const page = await open(options);
      await check(page, LOG.vkey, good);
      // The page's own policy refuses scripts; the debugger's world is not under it.
      await page.evaluate(await readFile(axe, "utf8"));
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), [], name);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(overflow <= 0, `${name}: the page is ${overflow} px too wide`);
      await page.screenshot({ path: join(artifacts, `verify-page-${name}.png`), fullPage: true });
      if (name === "narrow") {
        await check(page, LOG.vkey, await file("refused.json", "{"));
        await page.screenshot({ path: join(artifacts, "verify-page-refused.png"), fullPage: true });
      }
      await page.close();
    }
    const page = await open();
    const focused = [];
    for (let step = 0; step < 4; step++) {
      await page.keyboard.press("Tab");
      focused.push(await page.evaluate(() => document.activeElement.id || document.activeElement.tagName));
    }
    assert.deepEqual(focused.slice(0, 3), ["key", "file", "SUMMARY"]);
    await page.close();
  });
});
