// The Explorer as a visitor uses it: by labels, roles and what the page says.
import assert from "node:assert/strict";
import { newPage } from "./chromium.mjs";

/** A visitor in a browser of his own until `sub` ends: `{ context, page, visitor }`. His page must have met no trouble. */
export async function visitIn(sub, browser, url, options) {
  const context = await browser.newContext(options);
  const page = await newPage(context);
  sub.after(async () => {
    await context.close();
    assert.deepEqual(page.troubles, []);
  });
  return { context, page, visitor: explorer(page, url) };
}

/** Drives one page. */
export function explorer(page, url) {
  const banner = page.getByTestId("banner");

  return {
    open: (ledger) => page.goto(`${url}/#/${ledger}`),

    /** Opens a record and answers its verdict. */
    async openRecord(ledger, index) {
      await page.goto(`${url}/#/${ledger}/${index}`);
      await page.getByRole("heading", { name: `Record ${index}`, exact: true }).waitFor();
      return this.verdict();
    },

    /** The verdict on the screen: {verified, title, code, failed, states}. */
    async verdict() {
      await banner.waitFor();
      const title = await banner.locator(".banner-title").innerText();
      const code = page.getByTestId("code");
      const steps = await page.locator("li[data-step]").evaluateAll((items) =>
        items.map((item) => ({ step: item.dataset.step, state: item.dataset.state })),
      );
      return {
        title,
        verified: title.startsWith("Verified"),
        code: (await code.count()) === 0 ? undefined : await code.innerText(),
        failed: steps.find(({ state }) => state === "failed")?.step,
        states: steps.map(({ state }) => state),
      };
    },

    /** Flips one byte of a part ("Payload", "Entry", ...) and answers the verdict. */
    async flip(part, position) {
      await page.getByRole("radio", { name: part, exact: true }).check();
      await page.getByLabel(/^Byte,/).fill(String(position));
      await page.getByRole("button", { name: "Flip this byte" }).click();
      return this.verdict();
    },

    async reset() {
      await page.getByRole("button", { name: "Reset" }).click();
      return this.verdict();
    },

    /** Unfolds the form that appends, where it is folded. */
    async unfold() {
      const fold = page.locator("details.append");
      await fold.waitFor();
      if ((await fold.getAttribute("open")) === null) await fold.locator("summary").click();
      await page.getByLabel("Access token").waitFor();
    },

    /** Gives the page a token to read with. */
    async useToken(token) {
      await this.unfold();
      await page.getByLabel("Access token").fill(token);
      await page.getByLabel("Access token").blur();
    },

    /** Fills the append form and sends it. */
    async append({ token, type, source, subject = "", json }) {
      await this.unfold();
      await page.getByLabel("Access token").fill(token);
      await page.getByLabel("Type", { exact: true }).fill(type);
      await page.getByLabel("Source", { exact: true }).fill(source);
      await page.getByLabel("Subject").fill(subject);
      await page.getByLabel("Payload as JSON").fill(json);
      await page.getByRole("button", { name: "Append", exact: true }).click();
    },
  };
}
