// The Explorer on a log that our server knows nothing of: static C2SP tile files under another origin.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch } from "../support/chromium.mjs";
import { visitIn } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";
import { FOREIGN, FOREIGN_KEY, largeLog, serveTo, smallLog } from "../support/static-log.mjs";

const MILLION = 1_000_000;
const ADDRESS = `#/@${encodeURIComponent(FOREIGN)}`;

test("the Explorer reads any C2SP log", async (t) => {
  const server = await startServer(t);
  const browser = await launch(t);
  const entries = Array.from({ length: 700 }, (_, n) => Buffer.from(`line ${n} of another log`));
  const log = smallLog(entries);

  const visit = async (sub, served, hostile) => {
    const { page, visitor } = await visitIn(sub, browser, server.url, { acceptDownloads: true });
    const asked = await serveTo(page, served, hostile);
    return { page, asked, visitor };
  };
  const openLog = async (page) => {
    await page.goto(`${server.url}/`);
    await page.getByLabel("Ledger, or a log’s URL").fill(FOREIGN);
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByRole("heading", { name: "Whose signature counts?" }).waitFor();
  };
  const trust = async (page, key = FOREIGN_KEY) => {
    await page.getByLabel("Verifier key").fill(key);
    await page.getByRole("button", { name: "Open under this key" }).click();
  };

  await t.test("asks for the key before it asks the log", async (sub) => {
    const { page, asked, visitor } = await visit(sub, log);
    await openLog(page);
    assert.deepEqual(asked, []);
    await trust(page, FOREIGN_KEY.slice(0, -3));
    await page.getByText("This is no key to trust").waitFor();
    assert.deepEqual(asked, []);

    await trust(page);
    await page.getByText("line 699 of another log").waitFor();
    assert.equal(await page.getByTestId("size").innerText(), "700");
    assert.ok((await page.locator(".badge").count()) > 0);

    await page.goto(`${server.url}/${ADDRESS}/5`);
    await page.getByRole("heading", { name: "Record 5" }).waitFor();
    const verdict = await visitor.verdict();
    assert.equal(verdict.title, "In the log: entry 5 is in the signed tree");
    assert.equal(await page.getByTestId("roots").count(), 0);
    for (let step = 0; step < 12 && (await page.getByTestId("roots").count()) === 0; step++) await page.getByRole("button", { name: "Next step" }).click();
    await page.getByText("The way ends at the root that the checkpoint states.").waitFor();
    await page.getByText("line 5 of another log").first().waitFor();
  });

  await t.test("audits it", async (sub) => {
    const { page } = await visit(sub, log);
    await openLog(page);
    await trust(page);
    await page.getByRole("link", { name: "Audit" }).click();
    await page.getByRole("button", { name: "Audit the whole ledger" }).click();
    await page.getByText("The ledger holds: 700 records").waitFor();
    await page.getByText("A bundle is made of this server’s ledgers alone.", { exact: false }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Download the bundle" }).count(), 0);
    const taken = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download the verifier" }).click();
    assert.equal((await taken).suggestedFilename(), "stateledger-verify.html");
  });

  await t.test("refuses an entry of which one bit was changed, and so does an audit", async (sub) => {
    const flipped = (path, bytes) => {
      if (!path.startsWith("tile/entries/001")) return bytes;
      const changed = Buffer.from(bytes);
      changed[40] ^= 1; // within entry 257
      return changed;
    };
    const { page } = await visit(sub, log, flipped);
    await openLog(page);
    await trust(page);
    await page.getByText("line 699 of another log").waitFor();
    await page.goto(`${server.url}/${ADDRESS}/257`);
    await page.getByText("inclusion-invalid").first().waitFor();
    assert.equal(await page.getByText("line 257 of another log").count(), 0);

    await page.getByRole("link", { name: "Audit" }).click();
    await page.getByRole("button", { name: "Audit the whole ledger" }).click();
    await page.getByText("Refused: this ledger does not hold").waitFor();
    await page.getByText("leaf-mismatch").waitFor();
  });

  await t.test("scrolls through a million entries, and draws only those in sight", async (sub) => {
    const { page, asked } = await visit(sub, largeLog(MILLION));
    await openLog(page);
    await trust(page);
    await page.getByText("item 0999999").waitFor();
    const list = page.getByRole("region", { name: "1,000,000 records, newest first" });
    for (const [part, item] of [[1, "item 0000000"], [0.5, "item 0499"], [0, "item 0999999"]]) {
      await list.evaluate((box, to) => (box.scrollTop = to * (box.scrollHeight - box.clientHeight)), part);
      await page.getByText(item).first().waitFor();
      assert.ok((await page.locator(".row").count()) < 60, "more rows are drawn than can be seen");
    }
    await page.getByLabel("Go to record").fill("123456");
    await page.getByRole("button", { name: "Go", exact: true }).click();
    await page.getByRole("heading", { name: "Record 123456" }).waitFor();
    await page.locator('.row[aria-current="true"]', { hasText: "item 0123456" }).waitFor();
    assert.ok(asked.length < 200, `${asked.length} requests`);
  });

  await t.test("reads again what it had let go", async (sub) => {
    const { page, asked } = await visit(sub, largeLog(MILLION));
    await openLog(page);
    await trust(page);
    await page.getByText("item 0999999").waitFor();
    const list = page.getByRole("region", { name: "1,000,000 records, newest first" });
    const bundles = () => new Set(asked.filter((url) => url.includes("tile/entries/"))).size;
    const scroll = (part) => list.evaluate((box, to) => (box.scrollTop = to * (box.scrollHeight - box.clientHeight)), part);
    // More bundles than the page keeps, the newest one first.
    for (let stop = 1; stop <= 70; stop++) {
      const before = bundles();
      await scroll(stop / 70);
      for (let wait = 0; bundles() === before; wait++) {
        assert.ok(wait < 500, `nothing was read at ${stop}/70`);
        await page.waitForTimeout(20);
      }
    }
    await page.getByText("item 0000000").waitFor();
    await scroll(0);
    await page.getByText("item 0999999").waitFor();
  });
});
