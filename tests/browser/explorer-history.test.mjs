// The Explorer over a real history: this repository's, as `cargo xtask seed` appends it. A shallow clone's is short.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { launch, newPage } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { explorer } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";
import { xtask } from "../support/xtask.mjs";

/** Records that a filtered list shows before more are asked for, and rows that a table of the time machine draws. */
const [STEP, ROWS] = [50, 200];

const counted = (n, thing) => `${n.toLocaleString("en")} ${thing}${n === 1 ? "" : "s"}`;

test("the Explorer over this repository's history", async (t) => {
  const server = await startServer(t);
  const seeded = await xtask(["seed", "--url", server.url, "--token", server.token, "--ledger", "history"]);
  assert.equal(seeded.code, 0, seeded.stderr);
  const client = clientOf(server);
  const commits = await client.allRecords("history");
  const [count, newest] = [commits.length, commits.at(-1)];
  assert.ok(count > 0, "there is no history");
  const browser = await launch(t);

  const visit = async (sub) => {
    const page = await newPage(browser, { acceptDownloads: true });
    sub.after(async () => {
      await page.close();
      assert.deepEqual(page.troubles, []);
    });
    return { page, visitor: explorer(page, server.url) };
  };

  await t.test("lists every commit, newest first, each proven before it is drawn", async (sub) => {
    const { page, visitor } = await visit(sub);
    await visitor.open("history");
    const list = page.getByRole("region", { name: `${counted(count, "record")}, newest first` });
    await list.getByText(newest.subject).waitFor();
    assert.equal(await page.getByTestId("size").innerText(), count.toLocaleString("en"));
    const drawn = await list.locator(".row").evaluateAll((rows) => rows.map((row) => [row.querySelector(".row-index").textContent, row.textContent]));
    drawn.forEach(([index, text], n) => {
      assert.equal(Number(index), count - 1 - n);
      assert.ok(text.includes(commits[count - 1 - n].subject), `row ${n} is of another commit`);
    });
    await list.evaluate((box) => (box.scrollTop = box.scrollHeight));
    await list.getByText(commits[0].subject).waitFor();
    assert.equal(await list.locator(".badge").count(), await list.locator(".row").count());
  });

  await t.test("shows a commit as what it is, and proves it", async (sub) => {
    const { page, visitor } = await visit(sub);
    const verdict = await visitor.openRecord("history", newest.index);
    assert.equal(verdict.title, `Verified: record ${newest.index} is in the signed ledger`);
    await page.locator(".json-leaf", { hasText: "author" }).getByText(JSON.stringify(newest.payload.author)).waitFor();
    await page.locator(".json-leaf", { hasText: newest.payload.commit }).first().waitFor();
    const refused = await visitor.flip("Payload", 12);
    assert.deepEqual([refused.failed, refused.code], ["payload", "payload-mismatch"]);
  });

  await t.test("filters by commit, source and time", async (sub) => {
    const { page, visitor } = await visit(sub);
    await visitor.open("history");
    await page.getByText("Filter", { exact: true }).click();
    const filtered = async (fields, expected) => {
      await page.getByRole("button", { name: "Clear" }).click();
      for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
      await page.getByRole("button", { name: "Apply" }).click();
      const shown = Math.min(expected.length, STEP);
      if (shown === 0) return page.getByText("No record fits.").waitFor();
      await page.getByText(`${counted(shown, "record")} so far`, { exact: false }).waitFor();
      assert.equal(await page.locator(".matches .badge").count(), shown);
      assert.equal(await page.locator(".matches .row-index").first().innerText(), String(expected.at(-1).index));
    };
    const middle = commits[count >> 1];
    await filtered({ About: middle.subject }, [middle]);
    await filtered({ "Only of type": "code", "Only from source": newest.source }, commits);
    await filtered({ "Only of type": "approval" }, []);
    const local = middle.time.replace("Z", "");
    await filtered({ "From, UTC": local }, commits.filter(({ time }) => time >= middle.time));
    await filtered({ "Before, UTC": local }, commits.filter(({ time }) => time < middle.time));
  });

  await t.test("the time machine folds any moment of it", async (sub) => {
    const { page } = await visit(sub);
    const [now, earlier] = [Math.ceil(count / 2), count >> 2];
    await page.goto(`${server.url}/#/history/time?size=${now}&from=${earlier}`);
    await page.getByTestId("snapshot").getByText(counted(now, "subject"), { exact: true }).waitFor();
    await page.getByTestId("changed").getByText(`${counted(now - earlier, "subject")} changed.`).waitFor();
    await page.locator(".moment .digest").nth(1).waitFor();
    const state = page.getByRole("region", { name: "Last record of each subject" });
    const rows = await state.locator("tbody tr").allInnerTexts();
    assert.equal(rows.length, Math.min(now, ROWS));
    assert.match(rows[0], new RegExp(`code\\s+${commits[now - 1].subject}\\s+${now - 1}`));
    const head = await page.locator(".moment .digest code").first().getAttribute("title");
    const { body: proof } = await client.call("GET", `/api/v1/ledgers/history/snapshot?size=${now}`);
    assert.equal(head, Buffer.from(proof.rootHash, "base64").toString("hex"));
  });

  await t.test("an audit of it holds, and its bundle says so without the server", async (sub) => {
    const { page } = await visit(sub);
    await page.goto(`${server.url}/#/history/audit`);
    await page.getByRole("button", { name: "Audit the whole ledger" }).click();
    await page.getByTestId("audit-result").getByText(`The ledger holds: ${counted(count, "record")}`).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download the bundle" }).click();
    const bundle = readFileSync(await (await download).path());
    await page.goto(`${server.url}/#verify`);
    await page.getByLabel("Verifier key that you trust").fill((await client.readLedger("history")).verifierKey);
    await page.locator("#verify-file").setInputFiles({ name: "history.bundle", mimeType: "application/octet-stream", buffer: bundle });
    await page.getByTestId("bundle-result").getByText(`history.bundle holds: ${counted(count, "record")}`).waitFor();
  });
});
