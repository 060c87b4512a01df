// This repository's own history: appended, audited, and checked in a real browser.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { launch, newPage } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { explorer } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";
import { tamperingsOf } from "../support/tamperings.mjs";
import { xtask } from "../support/xtask.mjs";

const LEDGER = "history";
const RECEIPTS = 10;

test("this repository's history is appended, audited and verified in Chromium", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  const seed = () => xtask(["seed", "--url", server.url, "--ledger", LEDGER], { env: { STATELEDGER_TOKEN: server.token } });

  await t.test("seed appends every commit, and a second seed none", async () => {
    const first = await seed();
    assert.equal(first.code, 0, first.stderr);
    const { size } = await client.readLedger(LEDGER);
    assert.ok(BigInt(size) > 1n, `only ${size} commits: the clone has no history`);
    assert.match(first.stdout, new RegExp(`\\b${size} appended\\b`));

    const second = await seed();
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /\b0 appended\b/);
    assert.equal((await client.readLedger(LEDGER)).size, size);
  });

  const { size, verifierKey } = await client.readLedger(LEDGER);

  await t.test("audit verifies every entry and the root through the public read side", async () => {
    const audit = await xtask(["audit", "--url", server.url, "--ledger", LEDGER, "--key", verifierKey, "--json"]);
    assert.equal(audit.code, 0, audit.stderr);
    const report = JSON.parse(audit.stdout.trim().split("\n").at(-1));
    assert.deepEqual([report.ok, report.size, report.entries], [true, size, size]);
  });

  const page = await newPage(await launch(t));
  const visitor = explorer(page, server.url);

  await t.test(`${RECEIPTS} random receipts verify in Chromium`, async () => {
    for (let n = 0; n < RECEIPTS; n++) {
      const index = randomInt(Number(size));
      const verdict = await visitor.openRecord(LEDGER, index);
      assert.ok(verdict.verified, `record ${index}: ${verdict.title} ${verdict.code}`);
      assert.match(verdict.title, new RegExp(`record ${index} `));
    }
  });

  // An even index below the last: flipping its lowest bit names another record of the tree.
  const index = 2 * randomInt(Math.floor(Number(size) / 2));
  const receipt = await (await fetch(`${server.url}/api/v1/ledgers/${LEDGER}/records/${index}/receipt`)).text();
  const order = await stepOrder(visitor, page, index);

  for (const { name, part, position, step, code } of tamperingsOf(receipt)) {
    await t.test(`a flipped byte in ${name} is ${code}`, async () => {
      const verdict = await visitor.flip(part, position);
      assert.deepEqual([verdict.failed, verdict.code], [step, code], `record ${index}, ${part} byte ${position}`);
      const at = order.indexOf(step);
      assert.ok(verdict.states.slice(0, at).every((state) => state === "passed" || state === "skipped"));
      assert.ok(verdict.states.slice(at + 1).every((state) => state === "unreached"));
      assert.ok((await visitor.reset()).verified);
    });
  }

  assert.deepEqual(page.troubles, []);
});

async function stepOrder(visitor, page, index) {
  assert.ok((await visitor.openRecord(LEDGER, index)).verified);
  return page.locator("li[data-step]").evaluateAll((items) => items.map((item) => item.dataset.step));
}
