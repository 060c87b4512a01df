// What the Explorer's views show while a log grows under them, and what a visitor finds again who changes his mind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { visitIn } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";

const LEDGER = "grows";
const reading = (n) => ({ type: "reading", source: "sensor", subject: `number-${n}`, payload: n });

test("the Explorer's states", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  const browser = await launch(t);
  let count = 0;
  const grow = async (by) => {
    await client.append(LEDGER, { records: Array.from({ length: by }, () => reading(count++)) });
  };
  await client.createLedger(LEDGER);
  await grow(300);

  const visit = (sub) => visitIn(sub, browser, server.url);

  await t.test("a list that is asked for more twice at once shows its records in order", async (sub) => {
    const { page } = await visit(sub);
    await page.goto(`${server.url}/#/${LEDGER}?type=reading`);
    await page.getByText("50 records so far", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Show more" }).evaluate((button) => {
      button.click();
      button.click();
    });
    await page.getByText("100 records so far", { exact: false }).waitFor();
    await page.waitForTimeout(500);
    const shown = await page.locator(".matches .row-index").allInnerTexts();
    assert.deepEqual(shown, Array.from({ length: 100 }, (_, n) => String(count - 1 - n)));
  });

  await t.test("a filtered list says that the ledger grew, and is read again when it is asked", async (sub) => {
    const { page } = await visit(sub);
    await page.goto(`${server.url}/#/${LEDGER}?type=reading`);
    await page.getByText("50 records so far", { exact: false }).waitFor();
    await grow(2);
    const again = page.getByRole("button", { name: "2 newer records in the ledger: read again" });
    await again.click();
    await page.locator(".matches").getByText(`number-${count - 1}`, { exact: false }).waitFor();
    assert.equal(await again.count(), 0);
  });

  await t.test("a list that grows keeps the focus and what is in sight", async (sub) => {
    const { page, visitor } = await visit(sub);
    await visitor.open(LEDGER);
    const row = page.getByRole("link", { name: new RegExp(`number-${count - 1} `) });
    await row.focus();
    await grow(2);
    await page.getByText(`number-${count - 1}`, { exact: false }).waitFor();
    assert.equal(await row.evaluate((element) => element === document.activeElement), true, "the focus is lost");

    const list = page.getByRole("region", { name: /newest first/ });
    const inSight = () => list.evaluate((box) => {
      const { left, top } = box.getBoundingClientRect();
      return document.elementFromPoint(left + 100, top + 32).closest("li").querySelector(".row-index").textContent;
    });
    await list.evaluate((box) => (box.scrollTop = 64 * 100));
    await page.getByText(`number-${count - 101}`, { exact: false }).waitFor();
    const before = await inSight();
    assert.equal(before, String(count - 101));
    await grow(9);
    await page.getByTestId("size").getByText(String(count), { exact: true }).waitFor();
    await page.waitForTimeout(300);
    assert.equal(await inSight(), before);
  });

  await t.test("a past whose reading is cancelled can be read after all", async (sub) => {
    const { page } = await visit(sub);
    let go;
    const gate = new Promise((resolve) => (go = resolve));
    await page.route("**/tile/entries/**", async (route) => {
      await gate;
      await route.continue().catch(() => {});
    });
    await page.goto(`${server.url}/#/${LEDGER}/time`);
    await page.getByRole("button", { name: "Cancel" }).click();
    const read = page.getByRole("button", { name: `Read ${count} records` });
    await read.waitFor();
    assert.equal(await page.getByText("Every state below", { exact: false }).count(), 0);
    go();
    await read.click();
    await page.getByTestId("snapshot").getByText(`${count} subjects`).waitFor();
    await page.getByText("Every state below", { exact: false }).waitFor();
  });

  await t.test("an audit in two runs says how long both took, and what it left open", async (sub) => {
    const { page } = await visit(sub);
    let go;
    const gate = new Promise((resolve) => (go = resolve));
    await page.route(/tile\/entries\/001/, async (route) => {
      await gate;
      await route.continue().catch(() => {});
    });
    await page.goto(`${server.url}/#/${LEDGER}/audit`);
    await page.getByRole("button", { name: "Audit the whole ledger" }).click();
    await page.getByTestId("progress").getByText(/^256 of/).waitFor();
    await page.waitForTimeout(5_000);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("What was verified stays verified.", { exact: false }).waitFor();
    go();
    await page.getByRole("button", { name: "Go on" }).click();
    const [, seconds] = /Verified here in ([\d.]+) s/.exec(await page.getByTestId("audit-result").innerText());
    assert.ok(Number(seconds) > 5, `${seconds} s`);
    assert.deepEqual(await page.locator(".not-checked code").allInnerTexts(), ["witness", "freshness", "payload"]);
  });

  await t.test("a verdict on a file goes while another key is typed, and is there again under its own", async (sub) => {
    const { page } = await visit(sub);
    const { verifierKey } = await client.readLedger(LEDGER);
    const receipt = await (await fetch(`${server.url}/api/v1/ledgers/${LEDGER}/records/3/receipt`)).text();
    await page.goto(`${server.url}/#verify`);
    const key = page.getByLabel("Verifier key that you trust");
    await key.fill(verifierKey);
    await page.locator("#verify-file").setInputFiles({ name: "receipt.json", mimeType: "application/json", buffer: Buffer.from(receipt) });
    const verified = page.getByText("Verified: record 3 is in the signed ledger");
    await verified.waitFor();
    await key.press("End");
    await key.press("x");
    await page.getByText("Under whose key?").waitFor();
    assert.equal(await verified.count(), 0);
    await key.press("Backspace");
    await verified.waitFor();
  });

  await t.test("a draft stays while the visitor looks at another view", async (sub) => {
    const { page, visitor } = await visit(sub);
    await visitor.open(LEDGER);
    await visitor.unfold();
    const payload = page.getByLabel("Payload as JSON");
    await payload.fill('{"draft":1}');
    for (const view of ["Time machine", "Audit", "Records"]) {
      await page.getByRole("link", { name: view, exact: true }).click();
      await page.getByRole("heading", { name: view, exact: true }).waitFor();
      assert.equal(await payload.isVisible(), view === "Records");
    }
    assert.equal(await payload.inputValue(), '{"draft":1}');
  });

  await t.test("the head grows older on the page, and a new one begins anew", async (sub) => {
    const { page, visitor } = await visit(sub);
    await page.clock.install();
    await visitor.open(LEDGER);
    const age = page.locator(".bar-facts div", { hasText: "Age of the head" });
    await age.getByText("Seen here for less than a minute", { exact: false }).waitFor();
    await page.clock.fastForward(181_000);
    await age.getByText("Seen here for 3 minutes", { exact: false }).waitFor();
    await grow(1);
    await page.clock.fastForward(4_000);
    await age.getByText("Seen here for less than a minute", { exact: false }).waitFor();
  });

  await t.test("the form says where a token and a record that waits are kept", async (sub) => {
    const { page, visitor } = await visit(sub);
    await visitor.open(LEDGER);
    await visitor.unfold();
    await page.getByText("A record lies in this browser’s storage", { exact: false }).waitFor();
    await page.getByText("It stays in this page’s memory.", { exact: false }).waitFor();
    await page.getByLabel("Keep it until this tab is closed").check();
    await page.getByText("It stays in this tab’s storage until the tab is closed.", { exact: false }).waitFor();
    assert.equal(await page.getByText("memory", { exact: false }).count(), 0);
  });
});
