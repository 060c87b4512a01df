// What the Explorer's views show while a log grows under them, and what a visitor finds again who changes his mind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, newPage } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { explorer } from "../support/explorer.mjs";
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

  const visit = async (sub) => {
    const context = await browser.newContext();
    const page = await newPage(context);
    sub.after(async () => {
      await context.close();
      assert.deepEqual(page.troubles, []);
    });
    return { context, page, visitor: explorer(page, server.url) };
  };

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
});
