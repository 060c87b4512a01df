// The form that appends: what a ledger's schemas say beside it, and the author key of a browser with and without Ed25519.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { visitIn } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";

const SCHEMAS = {
  deployment: {
    type: "object",
    required: ["version", "stage"],
    properties: {
      version: { type: "string", pattern: "^[0-9.]+$", description: "what is deployed" },
      stage: { enum: ["test", "live"] },
      share: { type: ["integer", "null"], minimum: 1, maximum: 100 },
    },
  },
  note: { type: "object", properties: { text: {} } },
};

const NOTE = { type: "note", source: "desk", subject: "one", json: '{"n":1}' };

/** What a browser says that was made before WebCrypto had Ed25519, put before the code of the page's worker. */
const WITHOUT_ED25519 = `
const generate = SubtleCrypto.prototype.generateKey;
SubtleCrypto.prototype.generateKey = function (algorithm, ...rest) {
  if ((algorithm.name ?? algorithm) === "Ed25519") return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
  return generate.call(this, algorithm, ...rest);
};
`;

test("the form that appends", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  const browser = await launch(t);

  /** A visitor of a ledger, in front of the unfolded form. */
  const visit = async (sub, ledger, { ed25519 = true } = {}) => {
    const { page, visitor } = await visitIn(sub, browser, server.url);
    if (!ed25519) {
      await page.route(/\/assets\/thread-[^/]*\.js$/, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: WITHOUT_ED25519 + (await response.text()) });
      });
    }
    await visitor.open(ledger);
    await visitor.unfold();
    return { page, visitor };
  };
  /** Ticks the box, and answers the public key that is shown. */
  const sign = async (page) => {
    await page.getByLabel("Sign as an author").check();
    const key = await page.locator(".author .digest code").getAttribute("title");
    assert.match(key, /^[0-9a-f]{64}$/);
    return key;
  };
  const forget = async (page) => {
    await page.getByRole("button", { name: "Forget this key" }).click();
    await page.locator(".author .digest").waitFor({ state: "detached" });
    assert.equal(await page.getByLabel("Sign as an author").isChecked(), false);
  };
  const warning = (page) => page.getByText("This browser’s WebCrypto has no Ed25519");

  await t.test("says what the ledger's schema wants of a type, and what the server says of a payload that is otherwise", async (sub) => {
    const rules = { visibility: "public", types: ["deployment", "note", "free"], schemas: SCHEMAS };
    assert.equal((await client.call("POST", "/api/v1/ledgers", { ledger: "strict", rules })).status, 201);
    const { page, visitor } = await visit(sub, "strict");
    const hint = page.getByTestId("schema");
    const lines = () => hint.locator("li").allInnerTexts();
    assert.equal(await page.getByLabel("Type", { exact: true }).inputValue(), "deployment");
    await hint.getByText("What this ledger wants in a “deployment”:").waitFor();
    assert.deepEqual((await lines()).sort(), [
      "share: integer or null, optional; from 1, to 100",
      'stage: "test" or "live"',
      "version: string; like ^[0-9.]+$, what is deployed",
    ]);
    await page.getByLabel("Type", { exact: true }).fill("note");
    await hint.getByText("What this ledger wants in a “note”:").waitFor();
    assert.deepEqual(await lines(), ["text: any, optional"]);
    await page.getByLabel("Type", { exact: true }).fill("free");
    await hint.waitFor({ state: "detached" });

    const deployment = { token: server.token, type: "deployment", source: "ci" };
    await visitor.append({ ...deployment, json: '{"version":"1.4","stage":"moon"}' });
    await page.getByText("Nothing was appended", { exact: true }).waitFor();
    await page.getByText("schema-mismatch").waitFor();
    await visitor.append({ ...deployment, json: '{"version":"1.4","stage":"live"}' });
    await page.getByRole("heading", { name: "Record 0" }).waitFor();
    assert.ok((await visitor.verdict()).verified);
  });

  await t.test("without Ed25519 in the browser the page holds the key, says so, and its signature holds", async (sub) => {
    await client.createLedger("old");
    const { page, visitor } = await visit(sub, "old", { ed25519: false });
    const key = await sign(page);
    await warning(page).waitFor();
    await page.getByText("where a script of this site could read it", { exact: false }).waitFor();
    await visitor.append({ token: server.token, ...NOTE });
    await page.getByRole("heading", { name: "Record 0" }).waitFor();
    const verdict = await visitor.verdict();
    assert.deepEqual([verdict.verified, verdict.states[8]], [true, "passed"], verdict.code);
    assert.equal(await page.locator(".authors .digest code").getAttribute("title"), key);

    await page.reload();
    await visitor.unfold();
    assert.equal(await sign(page), key, "the key is another one after a reload");
    await warning(page).waitFor();
    await forget(page);
    assert.notEqual(await sign(page), key, "a forgotten key came back");
  });

  await t.test("forgets a key that the browser holds, and what is appended then is signed by nobody", async (sub) => {
    await client.createLedger("forgotten");
    const { page, visitor } = await visit(sub, "forgotten");
    const key = await sign(page);
    await page.getByText("shows the private key to no script", { exact: false }).waitFor();
    assert.equal(await warning(page).count(), 0);
    await forget(page);
    await visitor.append({ token: server.token, ...NOTE });
    await page.getByRole("heading", { name: "Record 0" }).waitFor();
    const verdict = await visitor.verdict();
    assert.deepEqual([verdict.verified, verdict.states[8]], [true, "skipped"], verdict.code);
    await page.reload();
    await visitor.unfold();
    assert.notEqual(await sign(page), key, "a forgotten key came back");
  });
});
