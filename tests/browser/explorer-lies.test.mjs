// What a server is caught at that signs more than one truth: the Explorer over a log whose key the test has.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LOG, ORIGIN, noteKey } from "../../npm/test/fixtures.mjs";
import { Ledger } from "../../npm/test/lying-ledger.mjs";
import { launch } from "../support/chromium.mjs";
import { visitIn } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";

const LEDGER = "demo";

test("the Explorer finds a fork", async (t) => {
  const server = await startServer(t);
  const browser = await launch(t);
  const [honest, forked] = [new Ledger(40), new Ledger(40, () => "another history")];

  const visit = (sub) => visitIn(sub, browser, server.url, { acceptDownloads: true });
  /** Answers for the ledger from one history, and its receipts from one. */
  const serve = async (page, log, { receipts = log, key = LOG.vkey } = {}) => {
    await page.unrouteAll();
    const answer = async (route, from) => {
      const response = await from.fetch()(route.request().url());
      return route.fulfill({ status: response.status, body: Buffer.from(await response.arrayBuffer()) });
    };
    await page.route(`**/log/${LEDGER}/**`, (route) => answer(route, log));
    await page.route(`**/api/v1/ledgers/${LEDGER}/records/*/receipt`, (route) => answer(route, receipts));
    const rules = { visibility: "public" };
    await page.route(`**/api/v1/ledgers/${LEDGER}`, (route) => route.fulfill({ json: { ledger: LEDGER, origin: ORIGIN, verifierKey: key, size: "40", rootHash: "", rules } }));
  };
  const evidenceOf = async (page) => {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download the evidence" }).click();
    return JSON.parse(readFileSync(await (await download).path(), "utf8"));
  };
  const headOf = (ledger) => ledger.files.get("checkpoint").toString();

  await t.test("between two visits, and keeps saying so", async (sub) => {
    const { page, visitor } = await visit(sub);
    await serve(page, honest);
    await visitor.open(LEDGER);
    await page.getByTestId("since").getByText("First visit", { exact: false }).waitFor();
    await serve(page, forked);
    await page.reload();
    await page.getByText("The log contradicts what it signed before").waitFor();
    const evidence = await evidenceOf(page);
    assert.deepEqual([evidence.kept, evidence.served, evidence.keys], [headOf(honest), headOf(forked), [LOG.vkey]]);

    await serve(page, honest);
    await page.reload();
    await page.getByText("This browser saw it on", { exact: false }).waitFor();
    await page.locator(".badge").first().waitFor();
    assert.deepEqual(await evidenceOf(page), evidence);
  });

  await t.test("in a receipt that holds by itself", async (sub) => {
    const { page, visitor } = await visit(sub);
    await serve(page, honest);
    assert.ok((await visitor.openRecord(LEDGER, 3)).verified);
    await page.getByTestId("held").getByText("are of one log", { exact: false }).waitFor();
    await serve(page, honest, { receipts: forked });
    await page.reload();
    assert.ok((await visitor.verdict()).verified);
    const record = page.locator(".record");
    await record.getByText("The log contradicts what it signed before").waitFor();
    assert.equal(await page.getByTestId("held").count(), 0);
  });

  await t.test("and shows it whatever the server answers from then on", async (sub) => {
    const { page, visitor } = await visit(sub);
    const contradicted = page.getByText("The log contradicts what it signed before");
    await serve(page, honest);
    await visitor.open(LEDGER);
    await page.locator(".badge").first().waitFor();
    await serve(page, forked);
    await contradicted.waitFor();
    let refused = 0;
    await page.route(`**/log/${LEDGER}/checkpoint`, (route) => {
      refused++;
      return route.fulfill({ status: 503 });
    });
    await page.getByLabel("Live").uncheck();
    while (refused < 2) await page.waitForTimeout(50);
    await page.waitForTimeout(200);
    assert.equal(await contradicted.count(), 1);
    assert.ok((await page.locator(".badge").count()) > 0, "the records are gone");

    await page.reload();
    await page.getByText("The signed head could not be verified").waitFor();
    await contradicted.waitFor();
    const evidence = await evidenceOf(page);
    assert.deepEqual([evidence.kept, evidence.served], [headOf(honest), headOf(forked)]);
  });

  await t.test("a key that is none is not pinned, and the name of one that is puts no code into a snippet", async (sub) => {
    const { page, visitor } = await visit(sub);
    const pins = () => page.evaluate(() => ({ ...localStorage }));
    await serve(page, honest, { key: LOG.vkey.replace("+", "+0") });
    await visitor.open(LEDGER);
    await page.getByText("The server presents a key that nobody can check with").waitFor();
    assert.deepEqual(await pins(), {});

    const odd = noteKey('ledger"});process.exit()//', 1);
    await serve(page, honest, { key: odd.vkey });
    await page.goto(`${server.url}/#/${LEDGER}/3`);
    await page.reload();
    await page.getByTestId("code").getByText("origin-mismatch").waitFor();
    await page.getByText("As npm").click();
    const code = await page.getByLabel("npm snippet", { exact: true }).innerText();
    const [, given] = /\{ key: (".*") \}\);$/m.exec(code);
    assert.equal(JSON.parse(given), odd.vkey);
  });
});
