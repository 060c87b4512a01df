// The API's own page at /docs: the server's description, and calls that are really made.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { launch, newPage } from "../support/chromium.mjs";
import { startServer } from "../support/server.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

test("the API's page", async (t) => {
  const server = await startServer(t);
  const browser = await launch(t);
  const document = await (await fetch(`${server.url}/openapi.json`)).json();

  await t.test("lists every call of the description, and asks nobody else", async () => {
    const page = await newPage(browser);
    await page.goto(`${server.url}/docs`);
    await page.getByRole("heading", { name: "Every call, and what it answers" }).waitFor();
    await page.locator(".operation").first().waitFor();
    const shown = await page.locator(".operation").evaluateAll((items) => items.map(({ id }) => id));
    const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method}-${path}`));
    assert.deepEqual([...shown].sort(), described.sort());
    assert.deepEqual(page.asked.filter((url) => new URL(url).origin !== server.url), []);
    assert.deepEqual(page.troubles, []);
    await page.close();
  });

  await t.test("makes calls: creates a ledger, appends, and shows a refusal", async () => {
    const page = await newPage(browser);
    await page.goto(`${server.url}/docs`);
    const call = async (id, fill, status) => {
      const operation = page.locator(`[id="${id}"]`);
      await operation.locator(":scope > summary").click();
      await fill(operation);
      await operation.getByRole("button", { name: /^Send/ }).click();
      await operation.getByTestId("answer").getByText(String(status), { exact: true }).waitFor();
      return operation.getByLabel("Answer", { exact: true }).innerText();
    };
    const body = (json) => async (operation) => operation.getByLabel(/^Body/).fill(json);
    const refused = await call("post-/api/v1/ledgers", body('{"ledger":"tried"}'), 401);
    assert.equal(JSON.parse(refused).code, "unauthorized");

    await page.getByLabel("Access token").fill(server.token);
    const create = page.locator('[id="post-/api/v1/ledgers"]');
    await create.getByRole("button", { name: /^Send/ }).click();
    await create.getByTestId("answer").getByText("201", { exact: true }).waitFor();
    const appended = await call(
      "post-/api/v1/ledgers/{ledger}/records",
      async (operation) => {
        await operation.getByLabel("ledger (path)").fill("tried");
        await body('{"type":"note","source":"docs","payload":{"n":1}}')(operation);
      },
      201,
    );
    assert.equal(JSON.parse(appended).records[0].index, "0");
    const read = await call(
      "get-/api/v1/ledgers/{ledger}/records/{index}",
      async (operation) => {
        await operation.getByLabel("ledger (path)").fill("tried");
        await operation.getByLabel("index (path)").fill("0");
      },
      200,
    );
    assert.equal(JSON.parse(read).source, "docs");
    await page.close();
  });

  for (const colorScheme of ["light", "dark"]) {
    await t.test(`axe finds nothing in ${colorScheme}, and it fits 360 px`, async () => {
      const page = await newPage(browser, { colorScheme, viewport: { width: 360, height: 800 } });
      await page.goto(`${server.url}/docs`);
      await page.locator('[id="post-/api/v1/ledgers"] > summary').click();
      await page.evaluate(axeSource);
      const violations = await page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ["violations"] })).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`));
      assert.deepEqual(violations, []);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
      await page.screenshot({ path: new URL(`../artifacts/docs-360-${colorScheme}.png`, import.meta.url).pathname });
      await page.close();
    });
  }
});
