// The Explorer's other views: time machine, audit, files, signing, payloads.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { launch } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { visitIn } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";

/** Five deployments of two subjects, and two readings without one. */
const PAST = [
  { type: "deployment", source: "ci", subject: "api", payload: { version: 1 } },
  { type: "deployment", source: "ci", subject: "web", payload: { version: 1 } },
  { type: "reading", source: "sensor", payload: 20 },
  { type: "deployment", source: "ci", subject: "api", payload: { version: 2 } },
  { type: "reading", source: "sensor", payload: 21 },
  { type: "deployment", source: "ci", subject: "api", payload: { version: 3 } },
  { type: "approval", source: "board", subject: "api", payload: { yes: true } },
];

test("the Explorer's views", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  const browser = await launch(t);
  await client.createLedger("past");
  for (const record of PAST) await client.append("past", record);
  await client.createLedger("long");
  for (let n = 0; n < 4; n++) {
    await client.append("long", { records: Array.from({ length: 1000 }, (_, m) => ({ type: "reading", source: "sensor", subject: `s-${m % 7}`, payload: n * 1000 + m })) });
  }

  const visit = (sub, options) => visitIn(sub, browser, server.url, { acceptDownloads: true, ...options });

  await t.test("the time machine shows the state of any moment, and what changed between two", async (sub) => {
    const { page } = await visit(sub);
    await page.goto(`${server.url}/#/past/time`);
    const snapshot = page.getByRole("region", { name: "Last record of each subject" });
    const subjects = async () => (await snapshot.locator("tbody tr").allInnerTexts()).map((row) => row.split(/\s+/).join(" "));
    await page.getByText("3 subjects; without a subject: 2 reading").waitFor();
    assert.deepEqual(await subjects(), ["approval api 6", "deployment api 5", "deployment web 1"]);
    await page.getByTestId("changed").getByText("3 subjects changed.").waitFor();

    await page.locator("#at-size").fill("4");
    await page.getByRole("heading", { name: "State as of 4 records" }).waitFor();
    assert.deepEqual(await subjects(), ["deployment api 3", "deployment web 1"]);
    await page.locator("#since-size").fill("2");
    await page.getByTestId("changed").getByText("1 subject changed.").waitFor();
    const changed = page.getByRole("region", { name: "What changed" });
    assert.match(await changed.locator("tbody").innerText(), /deployment\s+api\s+0\s+3/);
    assert.match(page.url(), /#\/past\/time\?size=4&from=2$/);

    await page.locator(".moment .digest").nth(1).waitFor();
    const roots = await page.locator(".moment .digest code").evaluateAll((codes) => codes.map((code) => code.title));
    await page.reload();
    await page.getByRole("heading", { name: "State as of 4 records" }).waitFor();
    await page.locator(".moment .digest").nth(1).waitFor();
    assert.deepEqual(await page.locator(".moment .digest code").evaluateAll((codes) => codes.map((code) => code.title)), roots);
    await changed.getByRole("link", { name: "3" }).click();
    await page.getByRole("heading", { name: "Record 3" }).waitFor();
  });

  await t.test("a ledger too long to be read at once answers its moments, each record proven, and can still be read whole", async (sub) => {
    await client.createLedger("large");
    for (let n = 0; n < 6; n++) {
      await client.append("large", { records: Array.from({ length: 900 }, (_, m) => ({ type: "reading", source: "sensor", subject: `s-${(n * 900 + m) % 120}`, payload: n })) });
    }
    await client.append("large", { type: "note", source: "test", payload: 1 });
    const { page } = await visit(sub);
    await page.goto(`${server.url}/#/large/time`);
    const [snapshot, changed] = [page.getByTestId("snapshot"), page.getByTestId("changed")];
    await snapshot.getByText("50 subjects so far, each proven; without a subject, says the server: 1 record").waitFor();
    await changed.getByText("50 subjects changed so far, each proven").waitFor();
    await page.getByText("It does not prove that the server left nothing out", { exact: false }).waitFor();
    assert.equal(page.asked.filter((url) => url.includes("/tile/entries/")).length < 12, true, "the ledger was read");
    for (const shown of ["100", "120"]) {
      await page.getByRole("button", { name: "Show more subjects" }).click();
      await snapshot.getByText(new RegExp(`^${shown} subjects`)).waitFor();
    }

    // Records 0 to 69 are of the subjects s-0 to s-69.
    await page.locator("#at-size").fill("70");
    await snapshot.getByText("50 subjects so far").waitFor();
    await page.locator("#since-size").fill("60");
    await changed.getByText("10 subjects changed, each proven", { exact: true }).waitFor();
    assert.match(page.url(), /#\/large\/time\?size=70&from=60$/);
    assert.match(await page.getByRole("region", { name: "What changed" }).locator("tbody tr").first().innerText(), /reading\s+s-60\s+new\s+60/);
    const root = page.locator(".moment .digest code").first();
    const { body } = await client.call("GET", "/api/v1/ledgers/large/snapshot?size=70");
    assert.equal(await root.getAttribute("title"), Buffer.from(body.rootHash, "base64").toString("hex"));
    await page.locator("#at-time").fill("2999-01-01T00:00:00.000");
    await page.getByRole("heading", { name: "State as of 5,401 records" }).waitFor();

    await page.getByRole("button", { name: "Read 5,401 records" }).click();
    await snapshot.getByText("120 subjects; without a subject: 1 note").waitFor();
    await page.getByText("The server answers no snapshot", { exact: false }).waitFor();
  });

  const [subjects, changes] = [["snapshot", "50 subjects so far, each proven"], ["changed", "10 subjects changed, each proven"]];
  for (const { answered, lie, what, region, refused, holds } of [
    { answered: "snapshot", lie: ({ records: [first, second] }) => (first.entry = second.entry), what: "subjects", region: "Last record of each subject", refused: subjects, holds: changes },
    { answered: "diff", lie: ({ changes: [first, second] }) => (first.after.entry = second.after.entry), what: "changes", region: "What changed", refused: changes, holds: subjects },
  ]) {
    await t.test(`a record that the server puts into a ${answered} falsely is refused, and none of the answer is shown`, async (sub) => {
      const { page } = await visit(sub);
      const told = ([testId, words]) => page.getByTestId(testId).getByText(words, { exact: false });
      await page.route(`**/large/${answered}?*`, async (route) => {
        const response = await route.fetch();
        const answer = await response.json();
        lie(answer);
        await route.fulfill({ response, json: answer });
      });
      await page.goto(`${server.url}/#/large/time?size=100&from=90`);
      await page.getByText(`The ${what} could not be proven`).waitFor();
      await page.getByText("inclusion-invalid").waitFor();
      assert.equal(await page.getByRole("region", { name: region, exact: true }).count(), 0);
      await told(holds).waitFor();
      await page.unrouteAll();
      await page.getByRole("button", { name: "Try again" }).click();
      await told(refused).waitFor();
    });
  }

  await t.test("an audit can be stopped, resumed, and taken along as a bundle", async (sub) => {
    const { page } = await visit(sub);
    let held = 0;
    let go;
    const gate = new Promise((resolve) => (go = resolve));
    await page.route("**/tile/entries/**", async (route) => {
      if (held++ >= 6) await gate;
      await route.continue().catch(() => {});
    });
    await page.goto(`${server.url}/#/long/audit`);
    await page.getByRole("button", { name: "Audit the whole ledger" }).click();
    await page.getByTestId("progress").getByText(/^(256|512|768|1,024|1,280|1,536) of 4,000 entries verified/).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    const stopped = await page.getByText("What was verified stays verified.", { exact: false }).innerText();
    const verified = Number(stopped.match(/^Stopped after ([\d,]+) of 4,000/)[1].replace(",", ""));
    const before = page.asked.length;
    go();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByTestId("audit-result").getByText("The ledger holds: 4,000 records").waitFor();
    const bundles = page.asked.slice(before).flatMap((url) => url.match(/\/tile\/entries\/(\d{3})/)?.[1] ?? []).map(Number);
    const [still, of] = [Math.floor(verified / 256), Math.ceil(4_000 / 256)];
    assert.ok(still > 0);
    assert.deepEqual(bundles.sort((a, b) => a - b), Array.from({ length: of - still }, (_, n) => still + n), "the audit began again");

    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download the bundle" }).click();
    const bundle = readFileSync(await (await download).path());
    const { verifierKey } = await client.readLedger("long");
    const taken = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download the verifier" }).click();
    assert.equal((await taken).suggestedFilename(), "stateledger-verify.html");
    assert.deepEqual(readFileSync(await (await taken).path()), readFileSync(new URL("../../npm/dist/verify.html", import.meta.url)));

    await drop(page.locator("h1"), "long.bundle", bundle);
    await page.getByLabel("Verifier key that you trust").fill(verifierKey);
    const asked = page.asked.length;
    await page.getByLabel("Verifier key that you trust").blur();
    const choose = (name, buffer) => page.locator("#verify-file").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await page.getByTestId("bundle-result").getByText("long.bundle holds: 4,000 records").waitFor();
    assert.equal(await page.getByRole("region", { name: "Records of the bundle" }).locator("tbody tr").count(), 200);
    await page.locator(".not-checked code", { hasText: "append-only" }).waitFor();
    const changed = Buffer.from(bundle);
    changed[changed.length - 200] ^= 1;
    await choose("changed.bundle", changed);
    await page.getByText("changed.bundle is refused").waitFor();
    assert.deepEqual(page.asked.slice(asked).filter((url) => /\/(api|log)\//.test(url)), [], "a server was asked about a file");
  });

  await t.test("a dropped receipt is verified with no server", async (sub) => {
    const { context, page } = await visit(sub);
    const { verifierKey } = await client.readLedger("past");
    const receipt = await (await fetch(`${server.url}/api/v1/ledgers/past/records/3/receipt`)).text();
    await page.goto(`${server.url}/#verify`);
    await page.getByLabel("Verifier key that you trust").fill(verifierKey);
    await page.locator("#verify-file").setInputFiles({ name: "warm-up.json", mimeType: "application/json", buffer: Buffer.from("{}") });
    await page.getByText("warm-up.json is refused").waitFor(); // the module is there now
    await context.setOffline(true);
    await drop(page.getByTestId("drop"), "receipt.json", receipt);
    await page.getByText("Verified: record 3 is in the signed ledger").waitFor();
    await page.locator(".json-name", { hasText: "version" }).waitFor();
    assert.equal(await page.getByText("Not in this receipt").count(), 0);
  });

  await t.test("a file dropped on any view is verified, under a key that this browser knows already", async (sub) => {
    const { page, visitor } = await visit(sub);
    const { verifierKey } = await client.readLedger("past");
    const receipt = await (await fetch(`${server.url}/api/v1/ledgers/past/records/2/receipt`)).text();
    await visitor.open("past");
    await page.locator(".badge").first().waitFor();
    await drop(page.locator("h1"), "dropped.json", receipt);
    await page.getByText("Enter the verifier key of the ledger that dropped.json is said to be of", { exact: false }).waitFor();
    assert.deepEqual(await page.locator("#pinned-keys option").evaluateAll((options) => options.map(({ value }) => value)), [verifierKey]);
    await page.getByLabel("Verifier key that you trust").fill(verifierKey);
    await page.getByLabel("Verifier key that you trust").blur();
    await page.getByText("Verified: record 2 is in the signed ledger").waitFor();
    await page.getByLabel("Verifier key that you trust").fill((await client.readLedger("long")).verifierKey);
    await page.getByLabel("Verifier key that you trust").blur();
    await page.getByText("origin-mismatch").waitFor();
  });

  await t.test("signs as an author with a key of this browser, and the signature is verified", async (sub) => {
    await client.createLedger("signed");
    const { page, visitor } = await visit(sub);
    await visitor.open("signed");
    await visitor.unfold();
    await page.getByLabel("Sign as an author").check();
    await page.getByText("Your public key:", { exact: false }).waitFor();
    await visitor.append({ token: server.token, type: "approval", source: "board", subject: "release", json: '{"yes":true}' });
    await page.getByRole("heading", { name: "Record 0" }).waitFor();
    const verdict = await visitor.verdict();
    assert.ok(verdict.verified, verdict.code);
    assert.equal(verdict.states[8], "passed", "the author's signature was not checked");
    const shown = await page.locator(".author .digest code").getAttribute("title");
    assert.equal(await page.locator(".authors .digest code").getAttribute("title"), shown);

    await page.reload();
    await visitor.unfold();
    await page.getByLabel("Sign as an author").check();
    assert.equal(await page.locator(".author .digest code").getAttribute("title"), shown, "the key is another one after a reload");
  });

  await t.test("shows payloads in the forms that suit them, and the proof as a picture", async (sub) => {
    await client.createLedger("forms");
    const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    await client.append("forms", { type: "picture", source: "camera", contentType: "image/png", payloadBase64: pixel });
    await client.append("forms", { type: "config", source: "ops", payload: { limits: { cpu: 2, names: ["a", "b"] } } });
    const { page, visitor } = await visit(sub);
    await visitor.openRecord("forms", 0);
    const image = page.getByRole("img", { name: "The payload, as a picture" });
    await image.waitFor();
    assert.equal(await image.evaluate((drawn) => drawn.decode().then(() => drawn.naturalWidth)), 1);
    await page.getByRole("radio", { name: "Hex" }).check();
    await page.getByText("89 50 4e 47", { exact: false }).waitFor();

    await visitor.openRecord("forms", 1);
    await page.locator(".json-name", { hasText: "cpu" }).waitFor();
    const station = (name) => page.locator(`[data-station="${name}"]`).getAttribute("data-state");
    assert.equal(await station("checkpoint"), "passed");
    const refusals = [
      ["Signature", 40, "signatures", "signature-invalid", "checkpoint"],
      ["Entry", 30, "inclusion", "inclusion-invalid", "path"],
      ["Payload", 4, "payload", "payload-mismatch", "payload"],
    ];
    // Nobody signed it, whichever check comes after.
    for (const [part, position, step, code, drawn] of refusals) {
      const refused = await visitor.flip(part, position);
      assert.deepEqual([refused.failed, refused.code], [step, code], part);
      assert.notEqual(refused.states[8], "passed");
      if (drawn !== "path") assert.equal(await station(drawn), "failed", part);
      else await page.locator(".path-broken").first().waitFor();
      // The way under a head that nobody signed is not drawn as one that was verified.
      assert.equal((await page.locator(".path-open").count()) > 0, step === "signatures", part);
      assert.ok((await visitor.reset()).verified);
    }
    const key = await visitor.flip("Key", 3);
    assert.deepEqual([key.verified, await station("key")], [false, "failed"]);
  });
});

/** Drops a file of these contents on an element. */
async function drop(target, name, contents) {
  const given = [name, [...Buffer.from(contents)]];
  await target.evaluate((element, [named, bytes]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(bytes)], named));
    element.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, given);
}
