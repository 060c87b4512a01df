// The Explorer's outbox: what could not be sent waits, is given up by no answer that is not final, and goes out once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, newPage } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { explorer } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";

const POST = "**/api/v1/ledgers/*/records";
const NOTE = { type: "note", source: "field", subject: "one", json: '{"n":1}' };

test("the Explorer's outbox", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  const browser = await launch(t);
  const size = async (ledger) => (await client.readLedger(ledger)).size;

  /** A ledger of its own, and a visitor of it whose form is open. */
  const visit = async (sub, ledger) => {
    await client.createLedger(ledger);
    const context = await browser.newContext();
    const tab = async () => {
      const page = await newPage(context);
      const visitor = explorer(page, server.url);
      // Who fills in the form has what it needs, also when the network goes.
      const worker = page.waitForResponse(/\/stateledger-[^/]*\.wasm$/);
      await visitor.open(ledger);
      await page.getByText("No record yet", { exact: false }).waitFor();
      await visitor.unfold();
      await (await worker).finished();
      return { page, visitor, outbox: page.locator(".outbox") };
    };
    const first = await tab();
    sub.after(async () => {
      await context.close();
      assert.deepEqual(first.page.troubles, []);
    });
    return { context, tab, ...first };
  };
  /** Answers appends itself, the first `times` of them, once the server has done them or not. */
  const answering = (page, { done, status, headers, times = Infinity }) => {
    const keys = [];
    return page.route(POST, async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      keys.push(route.request().headers()["idempotency-key"]);
      if (keys.length > times) return route.continue();
      if (done) await route.fetch();
      if (status === undefined) return route.abort("connectionreset");
      const problem = { code: `http-${status}`, title: "As the test says", status };
      return route.fulfill({ status, headers, contentType: "application/problem+json", body: JSON.stringify(problem) });
    }).then(() => keys);
  };

  await t.test("what was appended offline goes out once, when the server is there again", async (sub) => {
    const { context, page, visitor, outbox } = await visit(sub, "offline");
    await context.setOffline(true);
    await visitor.append({ token: server.token, ...NOTE });
    await outbox.getByText("note · field · one: It is unknown whether it was appended.", { exact: false }).waitFor();
    await outbox.getByText("the same idempotency key", { exact: false }).waitFor();
    assert.equal(await page.getByText("Nothing was appended").count(), 0);
    assert.equal(await size("offline"), "0");
    await context.setOffline(false);
    await outbox.getByText("receipt verified", { exact: false }).waitFor();
    await outbox.getByRole("link", { name: "record 0" }).click();
    assert.ok((await visitor.verdict()).verified);
    assert.equal(await size("offline"), "1");
    assert.equal((await client.record("offline", 0)).subject, "one");
  });

  for (const [name, how] of [["a broken connection", {}], ["a 500", { status: 500 }], ["a 503", { status: 503 }]]) {
    await t.test(`${name} after the record was appended: the same key goes out again, and appends nothing twice`, async (sub) => {
      const ledger = `lost-${how.status ?? "answer"}`;
      const { page, visitor, outbox } = await visit(sub, ledger);
      const keys = await answering(page, { done: true, times: 1, ...how });
      await visitor.append({ token: server.token, ...NOTE });
      await outbox.getByText("It is unknown whether it was appended.", { exact: false }).waitFor();
      assert.equal(await page.getByText("Nothing was appended").count(), 0);
      await outbox.getByRole("button", { name: "Send now" }).click();
      await outbox.getByText("receipt verified", { exact: false }).waitFor();
      assert.equal(keys.length, 2);
      assert.equal(keys[0], keys[1]);
      assert.equal(await size(ledger), "1");
    });
  }

  await t.test("a record that waits is kept under a token that may not append, and goes out under one that may", async (sub) => {
    const { page, visitor, outbox } = await visit(sub, "denied");
    const keys = await answering(page, { times: 1 });
    await visitor.append({ token: server.token, ...NOTE });
    await outbox.getByText("It is unknown whether it was appended.", { exact: false }).waitFor();

    await page.reload();
    await outbox.getByText("It is unknown whether it was appended.", { exact: false }).waitFor();
    await outbox.getByText("It waits for a token that may append: set one above.", { exact: false }).waitFor();
    const { body: reader } = await client.call("POST", "/api/v1/tokens", { scopes: ["read"], ledger: "denied" });
    for (const [token, code] of [["not-the-token", "unauthorized"], [reader.token, "forbidden"]]) {
      await visitor.useToken(token);
      await outbox.getByText(code, { exact: true }).waitFor();
      // The call before may have appended it: no refusal of a token settles that.
      await outbox.getByText(/It is unknown whether .* It waits for a token/).waitFor();
      assert.equal(await outbox.getByRole("button", { name: "Discard" }).count(), 1);
    }
    const sent = keys.length;
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.waitForTimeout(500);
    assert.equal(keys.length, sent, "it was sent again under a token that was refused");

    await visitor.useToken(server.token);
    await outbox.getByText("receipt verified", { exact: false }).waitFor();
    assert.equal(new Set(keys).size, 1);
    assert.equal(await size("denied"), "1");
  });

  await t.test("a refusal of a new record leaves it in the form; one that waited can be discarded", async (sub) => {
    const { page, visitor, outbox } = await visit(sub, "final");
    await visitor.append({ token: "not-the-token", ...NOTE });
    await page.getByText("Nothing was appended").waitFor();
    assert.equal(await outbox.count(), 0);
    await answering(page, { times: 1 });
    await visitor.append({ token: server.token, ...NOTE, type: "stateledger.system" });
    await outbox.getByText("It is unknown whether it was appended.", { exact: false }).waitFor();
    await outbox.getByRole("button", { name: "Send now" }).click();
    await outbox.getByText("Refused, and not appended.", { exact: false }).waitFor();
    await outbox.getByText("type-reserved").waitFor();
    await outbox.getByRole("button", { name: "Discard" }).click();
    await outbox.waitFor({ state: "detached" });
    assert.equal(await size("final"), "0");
  });

  await t.test("the same content is another record once the one that waited has gone out", async (sub) => {
    const { page, visitor, outbox } = await visit(sub, "twice");
    const keys = await answering(page, { times: 1 });
    await visitor.append({ token: server.token, ...NOTE });
    await outbox.getByText("It is unknown whether it was appended.", { exact: false }).waitFor();
    await outbox.getByRole("button", { name: "Send now" }).click();
    await outbox.getByText("receipt verified", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Append", exact: true }).click();
    await page.getByRole("heading", { name: "Record 1" }).waitFor();
    assert.equal(await size("twice"), "2");
    assert.deepEqual(keys.map((key) => key === keys[0]), [true, true, false]);
  });

  await t.test("nothing goes out unsigned while the key that is to sign it is on its way", async (sub) => {
    await client.createLedger("unsigned");
    const page = await newPage(await browser.newContext());
    sub.after(() => page.context().close());
    const visitor = explorer(page, server.url);
    let start;
    const started = new Promise((resolve) => (start = resolve));
    let broken = true;
    await page.route(/\/assets\/thread-[^/]*\.js$/, async (route) => {
      if (broken) return route.abort();
      await started;
      return route.continue();
    });
    await visitor.open("unsigned");
    await visitor.unfold();
    const sign = page.getByLabel("Sign as an author");
    for (const _ of ["once", "and again"]) {
      await sign.click();
      await page.getByText(/could not be reached: The page’s worker could not be started/).waitFor();
      assert.equal(await sign.isChecked(), false);
    }
    broken = false;
    await sign.click();
    await page.getByText("Getting the key of this browser").waitFor();
    assert.equal(await page.getByText("could not be reached").count(), 0);
    await visitor.useToken(server.token);
    const append = page.getByRole("button", { name: "Append", exact: true });
    await append.evaluate((button) => button.click());
    start();
    await page.getByText("Your public key:", { exact: false }).waitFor();
    await page.waitForTimeout(300);
    assert.equal(await size("unsigned"), "0");
    await append.click();
    assert.equal((await visitor.verdict()).states[8], "passed");
  });

  await t.test("two tabs share one outbox: nothing is lost, and one of them sends", async (sub) => {
    const { context, tab, ...a } = await visit(sub, "shared");
    const b = await tab();
    await context.setOffline(true);
    await Promise.all([
      a.visitor.append({ token: server.token, ...NOTE, subject: "from a" }),
      b.visitor.append({ token: server.token, ...NOTE, subject: "from b" }),
    ]);
    for (const { outbox } of [a, b]) {
      await outbox.getByText("from a: It is unknown", { exact: false }).waitFor();
      await outbox.getByText("from b: It is unknown", { exact: false }).waitFor();
    }
    const posts = () => [a, b].flatMap(({ page }) => page.sent);
    for (const { page } of [a, b]) {
      page.sent = [];
      page.on("request", (request) => request.method() === "POST" && page.sent.push(request.headers()["idempotency-key"]));
    }
    await context.setOffline(false);
    await Promise.all([a, b].map(({ page }) => page.evaluate(() => dispatchEvent(new Event("online")))));
    for (const { outbox } of [a, b]) await outbox.getByText("It is unknown", { exact: false }).first().waitFor({ state: "detached" });
    await a.page.waitForTimeout(500);
    assert.equal(await size("shared"), "2");
    assert.equal(posts().length, 2, "a record was sent by both tabs");
    assert.deepEqual((await client.allRecords("shared")).map(({ subject }) => subject).sort(), ["from a", "from b"]);
  });

  await t.test("what waits goes out while another view of the ledger is open", async (sub) => {
    const { page, visitor, outbox } = await visit(sub, "elsewhere");
    await answering(page, { times: 1 });
    await visitor.append({ token: server.token, ...NOTE });
    await outbox.getByText("It is unknown whether it was appended.", { exact: false }).waitFor();
    await page.getByRole("link", { name: "Audit" }).click();
    await page.getByRole("button", { name: "Audit the whole ledger" }).waitFor();
    await page.getByTestId("size").getByText("1", { exact: true }).waitFor();
    assert.equal(await size("elsewhere"), "1");
  });

  await t.test("what the server keeps putting off goes out again, less and less often", async (sub) => {
    const { page, visitor, outbox } = await visit(sub, "busy");
    await page.clock.install();
    const keys = await answering(page, { status: 429 });
    await visitor.append({ token: server.token, ...NOTE });
    await outbox.getByText("Not appended. The server asks to wait; it is sent again.", { exact: false }).waitFor();
    const before = keys.length;
    for (let seconds = 0; seconds < 120; seconds += 10) {
      await page.clock.fastForward(10_000);
      await page.waitForTimeout(100);
    }
    // After 10 s, 20 s more, 40 s more; the next is due 60 s after that.
    assert.ok([3, 4].includes(keys.length - before), `${keys.length - before} tries in two minutes`);
    assert.equal(new Set(keys).size, 1);
  });

  await t.test("what the server asks to send later does not go out earlier", async (sub) => {
    const { page, visitor, outbox } = await visit(sub, "asked");
    await page.clock.install();
    const keys = await answering(page, { status: 429, headers: { "Retry-After": "90" } });
    await visitor.append({ token: server.token, ...NOTE });
    await outbox.getByText("Not appended. The server asks to wait; it is sent again.", { exact: false }).waitFor();
    const wait = async (seconds) => {
      for (let passed = 0; passed < seconds; passed += 10) {
        await page.clock.fastForward(10_000);
        await page.waitForTimeout(100);
      }
    };
    const before = keys.length;
    await wait(80);
    assert.equal(keys.length, before);
    await wait(60);
    assert.equal(keys.length, before + 1);
  });

  /** How a server answers that lies of an append: what it makes of the request, or of its own answer beside that of another record. */
  const LIES = {
    "a changed entry": { code: "inclusion-invalid", answer: ({ receipt, ...own }) => ({ ...own, receipt: { ...receipt, entry: flipped(receipt.entry) } }) },
    "another index": { code: "unexpected-answer", answer: (own) => ({ ...own, index: "0" }) },
    "another record of the same payload": { code: "unexpected-answer", answer: (_, other) => other },
    "a record that lost its author’s signature": { code: "unexpected-answer", request: ({ sigs: _, ...body }) => body },
  };
  const flipped = (base64) => {
    const bytes = Buffer.from(base64, "base64");
    bytes[40] ^= 1;
    return bytes.toString("base64");
  };
  for (const [n, [lie, { code, request = (body) => body, answer = (own) => own }]] of Object.entries(LIES).entries()) {
    await t.test(`an append that is answered with ${lie} is not believed, and the record stays`, async (sub) => {
      const ledger = `unproven-${n}`;
      const { page, visitor, outbox } = await visit(sub, ledger);
      const { records: [other] } = await client.append(ledger, { type: "note", source: "field", subject: "other", payload: JSON.parse(NOTE.json) });
      let posts = 0;
      await page.route(POST, async (route) => {
        if (route.request().method() !== "POST") return route.continue();
        posts++;
        const response = await route.fetch({ postData: JSON.stringify(request(route.request().postDataJSON())) });
        const { records: [own], ...rest } = await response.json();
        return route.fulfill({ response, json: { ...rest, records: [answer(own, other)] } });
      });
      await page.getByLabel("Sign as an author").check();
      await page.getByText("Your public key:", { exact: false }).waitFor();
      await visitor.append({ token: server.token, ...NOTE });
      await outbox.getByText("The server says that it was appended, and its receipt is refused.", { exact: false }).waitFor();
      await outbox.getByText(code).waitFor();
      assert.equal(await page.getByRole("heading", { name: /^Record \d/ }).count(), 0);
      await page.evaluate(() => dispatchEvent(new Event("online")));
      await page.waitForTimeout(500);
      assert.equal(posts, 1, "it was sent again without being asked for");
    });
  }
});
