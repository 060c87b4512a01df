// The Explorer against a real server: append, list, verify, tamper, and whom it trusts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { visitIn } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";

test("the Explorer", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  const browser = await launch(t);

  /** A page of a visitor who was never here, checked for troubles when its test is over. */
  const visit = async (sub, options) => {
    const { page, visitor } = await visitIn(sub, browser, server.url, options);
    sub.after(() => {
      const elsewhere = page.asked.filter((asked) => new URL(asked).origin !== server.url && !asked.startsWith("blob:"));
      assert.deepEqual(elsewhere, [], "the page asked somebody else");
    });
    return { page, visitor };
  };

  await t.test("creates the ledger that is not there, appends, lists, verifies, and refuses every flipped byte", async (sub) => {
    const { page, visitor } = await visit(sub);
    await visitor.open("first");
    await page.getByLabel("Access token").fill(server.token);
    await page.getByRole("button", { name: "Create “first”" }).click();
    await page.getByText("No record yet").waitFor();
    assert.equal(await page.title(), "first · StateLedger Explorer");

    await visitor.append({ token: server.token, type: "approval", source: "board", subject: "release", json: '{"by":"Ann","yes":true}' });
    await page.getByRole("heading", { name: "Record 0" }).waitFor();
    assert.equal(await page.title(), "Record 0 · first · StateLedger Explorer");
    const row = page.getByRole("link", { name: /approval.*board.*release/ });
    await row.waitFor();
    assert.equal(await row.getAttribute("aria-current"), "true");

    const verdict = await visitor.verdict();
    assert.equal(verdict.title, "Verified: record 0 is in the signed ledger");
    assert.deepEqual(verdict.states, ["passed", "passed", "passed", "passed", "passed", "skipped", "passed", "passed", "skipped", "passed"]);
    await page.locator(".json-name", { hasText: "by" }).waitFor();
    await page.getByRole("radio", { name: "Text", exact: true }).last().check();
    await page.getByText('{"by":"Ann","yes":true}').waitFor();
    for (const name of ["witness", "author", "freshness", "append-only"]) {
      await page.locator(".not-checked code", { hasText: name }).waitFor();
    }

    const refusals = [
      ["Payload", 3, "payload", "payload-mismatch"],
      ["Entry", 40, "inclusion", "inclusion-invalid"],
      ["Proof", 0, "proof", "proof-malformed"],
      ["Checkpoint", 0, "origin", "origin-mismatch"],
    ];
    for (const [part, position, step, code] of refusals) {
      const refused = await visitor.flip(part, position);
      assert.deepEqual([refused.verified, refused.failed, refused.code], [false, step, code], part);
      await page.getByText("none of it is shown as fact").waitFor();
      assert.ok((await visitor.reset()).verified, `${part} after reset`);
    }
    await page.getByRole("button", { name: "Flip a random byte" }).click();
    assert.equal((await visitor.verdict()).verified, false);
  });

  await t.test("begins with the ledgers of the server, the private ones for a token that may read them", async (sub) => {
    await client.createLedger("listed");
    await client.createLedger("unlisted", "private");
    const { page } = await visit(sub);
    await page.goto(server.url);
    const listed = (name) => page.getByRole("link", { name: new RegExp(`^${name} .* 0 records · `) });
    await listed("listed").waitFor();
    assert.equal(await page.title(), "Ledgers · StateLedger Explorer");
    assert.equal(await listed("unlisted").count(), 0);
    assert.deepEqual(page.asked.filter((url) => /\/(api|log)\//.test(url)), [`${server.url}/api/v1/ledgers`]);
    await page.getByText("A token also shows").click();
    await page.getByLabel("Access token").fill(server.token);
    await page.getByRole("button", { name: "Use this token" }).click();
    await listed("unlisted").click();
    await page.getByText("No record yet").waitFor();
    assert.match(page.url(), /#\/unlisted$/);
    await page.getByRole("link", { name: "All ledgers" }).click();
    await listed("listed").waitFor();
  });

  await t.test("walks through more ledgers than a page of the list holds", async (sub) => {
    const { page } = await visit(sub);
    await page.route("**/api/v1/ledgers", (route) => route.continue({ url: `${server.url}/api/v1/ledgers?limit=1` }));
    await page.route("**/api/v1/ledgers?cursor=*", (route) => route.continue({ url: `${route.request().url()}&limit=1` }));
    await page.goto(server.url);
    const rows = page.locator(".ledger");
    await rows.first().waitFor();
    assert.equal(await rows.count(), 1);
    const more = page.getByRole("button", { name: "Show more" });
    const names = () => rows.locator("strong").allInnerTexts();
    while ((await more.count()) > 0) {
      const before = await rows.count();
      await more.click();
      await rows.nth(before).waitFor();
      assert.equal(new Set(await names()).size, before + 1, "a ledger is listed twice");
    }
    const all = await names();
    assert.ok(all.includes("first") && all.includes("listed"), all.join());
    assert.deepEqual(all, [...all].sort());
  });

  await t.test("says where there is no ledger, and why there is no list", async (sub) => {
    const { page } = await visit(sub);
    await page.route("**/api/v1/ledgers", (route) => route.fulfill({ json: { ledgers: [] } }));
    await page.goto(server.url);
    await page.getByText("This server shows no ledger without a token.", { exact: false }).waitFor();
    await page.unrouteAll();
    await page.route("**/api/v1/ledgers", (route) => route.abort());
    await page.reload();
    await page.getByText("The ledgers could not be listed").waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("link", { name: /^listed / }).waitFor();
    await page.getByLabel("Ledger, or a log’s URL").fill("listed");
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByText("No record yet").waitFor();
  });

  await t.test("shows what others append, and proves every row before it is drawn", async (sub) => {
    await client.createLedger("many");
    const record = (n) => ({ type: "reading", source: "sensor", subject: `number-${n}`, payload: n });
    await client.append("many", { records: Array.from({ length: 600 }, (_, n) => record(n)) });

    const { page, visitor } = await visit(sub);
    await visitor.open("many");
    const rows = page.locator(".row");
    await page.getByText("number-599", { exact: false }).waitFor();
    assert.ok((await rows.count()) < 60, "rows out of sight are drawn");
    assert.equal(await page.locator(".badge").count(), await rows.count());
    await client.append("many", record(600));
    await page.getByText("number-600", { exact: false }).waitFor();

    const list = page.getByRole("region", { name: /newest first/ });
    await list.evaluate((box) => (box.scrollTop = box.scrollHeight));
    await page.getByText(/number-0$/).waitFor();
    await page.getByLabel("Go to record").fill("300");
    await page.getByRole("button", { name: "Go", exact: true }).click();
    await page.getByRole("heading", { name: "Record 300" }).waitFor();
    await page.locator('.row[aria-current="true"]', { hasText: "number-300" }).waitFor();
  });

  await t.test("draws no row of a bundle that was changed on its way", async (sub) => {
    const { page, visitor } = await visit(sub);
    await page.route("**/tile/entries/**", async (route) => {
      const body = await (await route.fetch()).body();
      body[body.length - 30] ^= 1;
      await route.fulfill({ body });
    });
    await visitor.open("many");
    await page.getByText("inclusion-invalid").first().waitFor();
    assert.equal(await page.locator(".badge").count(), 0);
  });

  await t.test("filters by type, source, subject and time", async (sub) => {
    await client.createLedger("mixed");
    const records = Array.from({ length: 120 }, (_, n) => ({ type: n % 3 === 0 ? "approval" : "reading", source: `s${n % 2}`, subject: `item-${n}`, payload: n }));
    await client.append("mixed", { records });
    const { page, visitor } = await visit(sub);
    await visitor.open("mixed");
    await page.getByText("Filter", { exact: true }).click();
    await page.getByLabel("Only of type").fill("approval");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("40 records so far", { exact: false }).waitFor();
    assert.equal(await page.locator(".matches .row").count(), 40);
    assert.equal(await page.locator(".matches .badge").count(), 40);
    await page.getByLabel("Only from source").fill("s1");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("20 records so far", { exact: false }).waitFor();
    assert.match(page.url(), /#\/mixed\?type=approval&source=s1$/);
    const asked = () => page.asked.filter((url) => url.includes("/records?")).length;
    const before = asked();
    await page.getByRole("link", { name: /item-117/ }).click();
    await page.getByRole("heading", { name: "Record 117" }).waitFor();
    assert.match(page.url(), /#\/mixed\/117\?type=approval&source=s1$/);
    assert.equal(asked(), before, "the list was read again");
    await page.reload();
    await page.getByText("20 records so far", { exact: false }).waitFor();
    await page.getByText("Verified: record 117").waitFor();
    await page.getByText("Filter: approval, s1", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Records that fit" }).click();
    await page.getByText("Open a record to check it").waitFor();
    await page.getByLabel("About").fill("item-3");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("1 record so far", { exact: false }).waitFor();
    await page.getByLabel("From, UTC").fill("2099-01-01T00:00:00");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("No record fits.").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("item-119", { exact: false }).waitFor();
  });

  await t.test("proves that the ledger only grew since the last visit", async (sub) => {
    const { page, visitor } = await visit(sub);
    await client.createLedger("visited");
    await client.append("visited", { records: Array.from({ length: 5 }, (_, n) => ({ type: "note", source: "test", payload: n })) });
    const since = page.getByTestId("since");
    await visitor.open("visited");
    await since.getByText("First visit", { exact: false }).waitFor();
    await client.append("visited", { records: Array.from({ length: 3 }, (_, n) => ({ type: "note", source: "test", payload: n })) });
    await page.reload();
    await since.getByText("Consistent with your last visit: 3 records added to 5", { exact: false }).waitFor();
    await page.reload();
    await since.getByText("The same head as at your last visit.").waitFor();
  });

  await t.test("sends a payload as it was typed, and shows the server's refusals", async (sub) => {
    await client.createLedger("refusals");
    const { page, visitor } = await visit(sub);
    await visitor.open("refusals");
    const record = { token: server.token, type: "reading", source: "sensor", json: "{}" };
    const refused = page.locator("form .notice-refused");

    await visitor.append({ ...record, token: "not-the-token" });
    await refused.getByText("unauthorized").waitFor();
    await page.getByText("The server does not know this token.").waitFor();
    await visitor.append({ ...record, json: '{"n":9007199254740993}' });
    await refused.getByText("number-not-representable").waitFor();
    await visitor.append({ ...record, json: '{"a":1,"a":2}' });
    await refused.getByText("duplicate-member").waitFor();
    await visitor.append({ ...record, type: "stateledger.system" });
    await refused.getByText("type-reserved").waitFor();
    await visitor.append({ ...record, json: "{" });
    await page.getByText("This is not JSON yet.").waitFor();
    assert.equal((await client.readLedger("refusals")).size, "0");

    await page.getByRole("radio", { name: "Text" }).check();
    await page.getByLabel("Payload as text").fill("grüezi\n");
    await page.getByRole("button", { name: "Append", exact: true }).click();
    assert.ok((await visitor.verdict()).verified);
    assert.equal((await client.record("refusals", 0)).payloadBase64, Buffer.from("grüezi\n").toString("base64"));
  });

  await t.test("shows a payload only to a visitor whose token may read it", async (sub) => {
    await client.createLedger("withheld", "proofs");
    await client.append("withheld", { type: "secret", source: "vault", payload: "told to few" });
    const { page, visitor } = await visit(sub);
    const anonymous = await visitor.openRecord("withheld", 0);
    assert.ok(anonymous.verified);
    assert.equal(anonymous.states.at(-1), "skipped");
    await page.getByText("This receipt holds no payload.").waitFor();
    await page.getByRole("button", { name: "Find out which" }).click();
    await page.getByText("Not in this receipt, and not erased", { exact: false }).waitFor();

    await visitor.useToken(server.token);
    await page.getByText('"told to few"').waitFor();
    assert.equal((await visitor.verdict()).states.at(-1), "passed");
  });

  await t.test("says of an erased payload which record erased it, and proves that", async (sub) => {
    await client.createLedger("erased");
    await client.append("erased", { type: "note", source: "test", payload: "to be forgotten" });
    const { status } = await client.call("DELETE", "/api/v1/ledgers/erased/records/0/payload");
    assert.equal(status, 200);
    const { page, visitor } = await visit(sub);
    assert.ok((await visitor.openRecord("erased", 0)).verified);
    await page.getByRole("button", { name: "Find out which" }).click();
    await page.getByTestId("erased").getByRole("link", { name: "record 1" }).click();
    await page.getByRole("heading", { name: "Record 1" }).waitFor();
    await page.getByText("stateledger.erased").first().waitFor();
  });

  await t.test("proves a record whose payload is not there now, and says so", async (sub) => {
    await client.createLedger("absent");
    await client.append("absent", { type: "note", source: "test", payload: "long" });
    const { page, visitor } = await visit(sub);
    const problem = { code: "payload-unavailable", title: "Payload not available yet", status: 503 };
    const unavailable = (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) });
    await page.route("**/absent/records/0/receipt", unavailable);
    await page.route("**/absent/records/0", unavailable);
    const verdict = await visitor.openRecord("absent", 0);
    assert.deepEqual([verdict.verified, verdict.states.at(-1)], [true, "skipped"]);
    await page.getByRole("button", { name: "Find out which" }).click();
    await page.getByText("payload-unavailable").waitFor();
  });

  await t.test("a private ledger looks like none until the token is there", async (sub) => {
    await client.createLedger("hidden", "private");
    await client.append("hidden", { type: "secret", source: "vault", payload: 1 });
    const { page, visitor } = await visit(sub);
    await visitor.open("hidden");
    await page.getByRole("heading", { name: "There is no ledger “hidden” here yet" }).waitFor();
    await page.getByLabel("Access token").fill(server.token);
    await page.getByLabel("Access token").blur();
    await page.getByRole("link", { name: /secret.*vault/ }).waitFor();
  });

  await t.test("does not take another record's receipt for the one that was asked for", async (sub) => {
    const { page } = await visit(sub);
    await page.route("**/many/records/7/receipt", (route) => route.continue({ url: `${server.url}/api/v1/ledgers/many/records/8/receipt` }));
    await page.goto(`${server.url}/#/many/7`);
    await page.getByText("Refused: this is not record 7").waitFor();
    assert.equal(await page.getByTestId("banner").count(), 0);
  });

  await t.test("keeps the key of the first use, and refuses what another key signed", async (sub) => {
    const [mine, other] = [await client.createLedger("pinned"), await client.createLedger("other")];
    await client.append("pinned", { type: "note", source: "test", payload: 1 });
    const { page, visitor } = await visit(sub);
    assert.ok((await visitor.openRecord("pinned", 0)).verified);
    const slot = "stateledger.pin/pinned";
    const pin = () => page.evaluate((name) => JSON.parse(localStorage.getItem(name)), slot);
    assert.deepEqual([(await pin()).key, (await pin()).how], [mine.verifierKey, "first-use"]);

    await page.getByText("Pinned on first use").click();
    await page.getByText("That trusts the server once", { exact: false }).waitFor();
    const trust = async (key) => {
      await page.getByRole("textbox", { name: "Verifier key" }).fill(key);
      await page.getByRole("button", { name: "Trust this key" }).click();
    };
    await trust(mine.verifierKey.slice(0, -2));
    await page.getByText("This is no key to trust").waitFor();
    assert.equal((await pin()).how, "first-use");
    await trust(other.verifierKey);
    await page.getByText("The server presents another key than the one you trust").waitFor();
    const refused = await visitor.verdict();
    assert.deepEqual([refused.failed, refused.code], ["origin", "origin-mismatch"]);

    await page.reload();
    assert.equal((await visitor.verdict()).code, "origin-mismatch");
    await page.getByText("Pinned by you").click();
    await page.getByRole("button", { name: "Take the server’s key again" }).click();
    await page.getByText("Verified: record 0").waitFor();

    const good = await pin();
    const otherId = mine.verifierKey.replace(/\+[0-9a-f]{8}\+/, "+00000000+");
    for (const damaged of [{ ...good, key: "" }, { ...good, key: otherId }, { ...good, how: "guessed" }, { key: good.key }, []]) {
      await page.evaluate(([name, value]) => localStorage.setItem(name, JSON.stringify(value)), [slot, damaged]);
      await page.reload();
      await page.getByText("Pinned on first use").waitFor();
      assert.ok((await visitor.verdict()).verified, `under the damaged pin ${JSON.stringify(damaged)}`);
      assert.deepEqual([(await pin()).key, (await pin()).how], [mine.verifierKey, "first-use"]);
    }
  });

  await t.test("keeps the token out of storage unless it is asked to keep it", async (sub) => {
    const { page, visitor } = await visit(sub);
    const stored = () => page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    await visitor.open("first");
    await visitor.useToken(server.token);
    await page.getByRole("link", { name: /approval/ }).waitFor();
    assert.ok(!(await stored()).includes(server.token));
    await page.getByLabel("Keep it until this tab is closed").check();
    assert.ok((await stored()).includes(server.token));
    await page.getByLabel("Keep it until this tab is closed").uncheck();
    assert.ok(!(await stored()).includes(server.token));
  });

  await t.test("says what went wrong, and goes on when it is over", async (sub) => {
    const { page, visitor } = await visit(sub);
    await page.route("**/records/0/receipt", (route) => route.abort());
    await page.goto(`${server.url}/#/first/0`);
    await page.getByText("The server did not answer.", { exact: false }).waitFor();
    await page.unroute("**/records/0/receipt");
    await page.getByRole("button", { name: "Try again" }).click();
    assert.ok((await visitor.verdict()).verified);
    await page.goto(`${server.url}/#/first/999`);
    await page.getByText("record-not-found").waitFor();
  });
});

test("the page's own policy is served with it", async (t) => {
  const server = await startServer(t);
  const page = await fetch(server.url);
  assert.equal(page.status, 200);
  assert.equal(
    page.headers.get("content-security-policy"),
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self' https:; img-src 'self' blob:; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  );
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.equal(page.headers.get("referrer-policy"), "no-referrer");
  const html = await page.text();
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\bon\w+=|style=/, "inline code or style");
});
