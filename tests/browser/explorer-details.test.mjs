// What the Explorer shows beside its verdicts: lines that check a record elsewhere, whole hashes, the steps of the
// computation, the chart, and what it says of its head.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { leafHash, root } from "../../npm/test/fixtures.mjs";
import { launch } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { visitIn } from "../support/explorer.mjs";
import { startServer, temporaryDirectory } from "../support/server.mjs";
import { tamperingsOf } from "../support/tamperings.mjs";
import { finished, root as repository } from "../support/xtask.mjs";

/** The record that is looked at: as a leaf of five it has siblings on both sides. */
const INDEX = 2;
/** Between two batches: together they are a chart of more than one bar. */
const PAUSE_MS = 100;

const reading = (n) => ({ type: "reading", source: "sensor", subject: `s-${n}`, payload: n });
const hex = (bytes) => Buffer.from(bytes).toString("hex");

test("the Explorer's details", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  const browser = await launch(t);
  for (const [ledger, visibility] of [["demo", "public"], ["secret", "private"]]) {
    await client.createLedger(ledger, visibility);
    await client.append(ledger, { records: [0, 1, 2].map(reading) });
    await sleep(PAUSE_MS);
    await client.append(ledger, { records: [3, 4].map(reading) });
  }
  const receiptOf = async (ledger, index) => {
    const headers = { Authorization: `Bearer ${server.token}` };
    return (await fetch(`${server.url}/api/v1/ledgers/${ledger}/records/${index}/receipt`, { headers })).text();
  };
  const receipts = await Promise.all([0, 1, 2, 3, 4].map((index) => receiptOf("demo", index)));
  const leaves = receipts.map((receipt) => leafHash(Buffer.from(JSON.parse(receipt).entry, "base64")));

  const visit = async (sub) => {
    const { page, visitor } = await visitIn(sub, browser, server.url, { acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"] });
    return { page, visitor, clipboard: () => page.evaluate(() => navigator.clipboard.readText()) };
  };
  const copy = async (page, what) => {
    await page.getByRole("button", { name: `Copy ${what}`, exact: true }).first().click();
    await page.getByText(`${what}: copied`).first().waitFor();
  };

  for (const [ledger, token] of [["demo", undefined], ["secret", server.token]]) {
    await t.test(`the lines for curl and npm get and check a record of the ledger ${ledger}`, async (sub) => {
      const { page, visitor, clipboard } = await visit(sub);
      if (token) {
        await visitor.open(ledger);
        await page.getByLabel("Access token").fill(token);
        await page.getByLabel("Access token").blur();
        await page.locator(".badge").first().waitFor();
      }
      assert.ok((await visitor.openRecord(ledger, INDEX)).verified);
      const snippet = async (title) => {
        await page.getByText(`As ${title}`, { exact: true }).click();
        const lines = await page.getByLabel(`${title} snippet`, { exact: true }).innerText();
        await copy(page, `${title} snippet`);
        assert.equal(await clipboard(), lines);
        assert.ok(!lines.includes(server.token), "the token stands in a line to copy");
        return lines;
      };
      const directory = temporaryDirectory(sub);
      const run = async (program, given) => {
        const child = spawn(program, given, { cwd: directory, env: { ...process.env, TOKEN: token ?? "" }, stdio: ["ignore", "pipe", "pipe"] });
        const { code, stdout, stderr } = await finished(child);
        assert.equal(code, 0, stderr);
        return stdout;
      };
      await run("sh", ["-c", await snippet("curl")]);
      assert.equal(readFileSync(join(directory, `${ledger}-${INDEX}.receipt.json`), "utf8"), await receiptOf(ledger, INDEX));
      symlinkSync(join(repository, "node_modules"), join(directory, "node_modules"));
      writeFileSync(join(directory, "check.mjs"), await snippet("npm"));
      assert.match(await run(process.execPath, ["check.mjs"]), /^reading 2n 5n \[/);
    });
  }

  await t.test("hands out the receipt as the server spelled it, as a file and to paste", async (sub) => {
    const { page, visitor, clipboard } = await visit(sub);
    assert.ok((await visitor.openRecord("demo", INDEX)).verified);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download receipt" }).click();
    assert.equal((await download).suggestedFilename(), "demo-2.receipt.json");
    assert.equal(readFileSync(await (await download).path(), "utf8"), receipts[INDEX]);
    await copy(page, "receipt");
    assert.equal(await clipboard(), receipts[INDEX]);
  });

  await t.test("shows a hash by its two ends, the whole on hover, and copies the whole", async (sub) => {
    const { page, visitor, clipboard } = await visit(sub);
    await visitor.open("demo");
    const whole = hex(root(leaves));
    const shown = page.locator(".bar-facts div").filter({ has: page.getByText("Root", { exact: true }) }).locator(".digest code");
    await shown.waitFor();
    assert.equal(await shown.innerText(), `${whole.slice(0, 10)}…${whole.slice(-10)}`);
    assert.equal(await shown.getAttribute("title"), whole);
    await copy(page, "root hash");
    assert.equal(await clipboard(), whole);
  });

  await t.test("computes the way from the leaf to the root as RFC 6962 does, step by step", async (sub) => {
    const { page, visitor } = await visit(sub);
    assert.ok((await visitor.openRecord("demo", INDEX)).verified);
    const computation = page.locator(".computation");
    const hashes = () => computation.locator(".digest code").evaluateAll((codes) => codes.map(({ title }) => title));
    const at = (step) => page.getByTestId("path-step").getByText(`Step ${step} of 3`, { exact: true }).waitFor();
    const next = async (step) => {
      await page.getByRole("button", { name: "Next step" }).click();
      await at(step);
    };
    const node = (from, end) => hex(root(leaves.slice(from, end)));
    await at(0);
    assert.match(await computation.innerText(), /SHA-256\(0x00 ‖ entry\)/);
    assert.deepEqual(await hashes(), [node(2, 3)]);
    const steps = [
      ["right", [node(2, 3), node(3, 4), node(2, 4)]],
      ["left", [node(0, 2), node(2, 4), node(0, 4)]],
      ["right", [node(0, 4), node(4, 5), node(0, 5)]],
    ];
    for (const [n, [side, expected]] of steps.entries()) {
      await next(n + 1);
      await computation.getByText(`Node ${n + 1} is SHA-256(0x01 ‖ left ‖ right); the receipt brings the ${side} one.`).waitFor();
      assert.deepEqual(await hashes(), expected);
    }
    await page.getByText("The way ends at the root that the checkpoint states.").waitFor();
    await page.getByRole("button", { name: "Step back" }).click();
    await at(2);
    assert.deepEqual(await hashes(), steps[1][1]);

    const drawn = await page.locator(".proof-picture title").allTextContents();
    assert.deepEqual(drawn.filter((title) => title.startsWith("Computed: ")), steps.map(([, [, , above]]) => `Computed: ${above}`));
    assert.ok(drawn.includes(`Leaf 2: ${node(2, 3)}`) && drawn.includes(`From the receipt, left: ${node(0, 2)}`) && drawn.includes(`Root: ${node(0, 5)}`));
    await page.locator(".proof-picture .path-step").first().click();
    await at(1);
  });

  await t.test("a bar of the chart sets the moment to its end", async (sub) => {
    const { page } = await visit(sub);
    await page.goto(`${server.url}/#/demo/time`);
    const bars = page.locator(".chart > svg > g");
    const size = (records) => page.getByRole("heading", { name: `State as of ${records} records`, exact: true }).waitFor();
    await size(5);
    for (const [pick, records] of [[bars.first(), 3], [bars.last(), 5], [bars.nth(20), 3]]) {
      await pick.click();
      await size(records);
      assert.match(page.url(), new RegExp(`\\?size=${records}&`));
    }
    assert.match(await bars.first().locator("title").textContent(), /: 3 reading$/);
  });

  await t.test("the time machine stays at its head until it is told to read the newer records", async (sub) => {
    await client.createLedger("growing");
    await client.append("growing", { records: [0, 1].map(reading) });
    const { page } = await visit(sub);
    await page.goto(`${server.url}/#/growing/time`);
    const state = (records) => page.getByRole("heading", { name: `State as of ${records} records`, exact: true });
    await state(2).waitFor();
    assert.equal(await page.getByRole("button", { name: /newer record/ }).count(), 0);
    await client.append("growing", { records: [2, 3, 4].map(reading) });
    const read = page.getByRole("button", { name: "Read 3 newer records" });
    await read.waitFor();
    await state(2).waitFor();
    await read.click();
    await state(5).waitFor();
    assert.equal(await read.count(), 0);
  });

  await t.test("says that nobody states the head's age, and keeps the newer head where the server answers an older one", async (sub) => {
    await client.createLedger("lagging");
    await client.append("lagging", reading(0));
    const older = await (await fetch(`${server.url}/log/lagging/checkpoint`)).text();
    await client.append("lagging", reading(1));
    const { page, visitor } = await visit(sub);
    await visitor.open("lagging");
    const size = page.getByTestId("size");
    await size.getByText("2", { exact: true }).waitFor();
    await page.locator(".bar-facts div", { hasText: "Age of the head" }).getByText("not stated", { exact: false }).waitFor();
    await page.route("**/log/lagging/checkpoint", (route) => route.fulfill({ body: older }));
    await page.reload();
    await page.getByTestId("since").getByText("an older head than this browser has seen", { exact: false }).waitFor();
    assert.equal(await size.innerText(), "2");
    await page.unrouteAll();
    await page.getByTestId("since").getByText("The same head as at your last visit.").waitFor();
  });

  await t.test("every tampering of the receipt is refused by the check that it is aimed at", async (sub) => {
    const { page, visitor } = await visit(sub);
    assert.ok((await visitor.openRecord("demo", INDEX)).verified);
    await page.getByRole("group", { name: "In the" }).waitFor();
    for (const { name, part, position, step, code } of tamperingsOf(receipts[INDEX])) {
      const refused = await visitor.flip(part, position);
      assert.deepEqual([refused.verified, refused.failed, refused.code], [false, step, code], name);
      await page.getByText(new RegExp(`^Byte ${position} of the ${part}`, "i")).first().waitFor();
      assert.ok((await visitor.reset()).verified, `${name}, after reset`);
    }
  });
});
