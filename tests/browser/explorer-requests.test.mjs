// Nobody is asked for anything that the visitor did not ask for; and what the page says where its worker does not start.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, newPage } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { explorer } from "../support/explorer.mjs";
import { plainName } from "../support/page-budget.mjs";
import { startServer } from "../support/server.mjs";

/** What every view opens with. */
const SHELL = ["/", "/favicon.svg", "/assets/index.css", "/assets/index.js", "/assets/common.css", "/assets/common.js", "/assets/stateledger.js", "/assets/verifier.wasm"];
/** A ledger's description and its signed head. */
const HEAD = ["/api/v1/ledgers/demo", "/log/demo/checkpoint"];
/** The entries in sight and the tiles that prove them. */
const LIST = ["/log/demo/tile/0/*", "/log/demo/tile/entries/*"];
/** The page's worker. */
const WORKER = ["/assets/start.js", "/assets/stateledger.wasm", "/assets/thread.js"];

const FOREIGN = "https://log.example/plain/";

/** Each view as it is opened cold, what shows that it is there, and all that it may ask for. */
const VIEWS = {
  "the site": {
    hash: "",
    ready: (page) => page.getByRole("link", { name: /^demo .* 3 records/ }),
    allowed: [...SHELL, "/api/v1/ledgers", "/assets/ledgers-view.js", "/assets/token-field.js"],
  },
  "a ledger": { hash: "#/demo", ready: (page) => page.locator(".badge").first(), allowed: [...SHELL, ...HEAD, ...LIST] },
  "a record": {
    hash: "#/demo/1",
    ready: (page) => page.getByTestId("banner"),
    allowed: [...SHELL, ...HEAD, ...LIST, "/api/v1/ledgers/demo/records/1/receipt", "/assets/proof.css", "/assets/record-view.js", "/assets/verdict.js"],
  },
  "the time machine": {
    hash: "#/demo/time",
    ready: (page) => page.locator(".moment .digest").nth(1),
    allowed: [...SHELL, ...HEAD, ...LIST, ...WORKER, "/assets/progress.js", "/assets/proof.css", "/assets/time.css", "/assets/time-machine.js", "/assets/walked.js"],
  },
  "an audit that was not begun": {
    hash: "#/demo/audit",
    ready: (page) => page.getByRole("button", { name: "Audit the whole ledger" }),
    allowed: [...SHELL, ...HEAD, "/assets/audit-view.js", "/assets/progress.js", "/assets/start.js"],
  },
  "the form that appends": {
    hash: "#/demo",
    ready: async (page) => {
      await page.getByText("Append a record").click();
      return page.getByLabel("Payload as JSON");
    },
    allowed: [...SHELL, ...HEAD, ...LIST, ...WORKER, "/assets/append-form.js", "/assets/token-field.js"],
  },
  "a file": {
    hash: "#verify",
    ready: (page) => page.getByTestId("drop"),
    allowed: [...SHELL, ...WORKER, "/assets/proof.css", "/assets/time.css", "/assets/verdict.js", "/assets/verify-file.js"],
  },
  "another log without a key": {
    hash: `#/@${encodeURIComponent(FOREIGN)}`,
    ready: (page) => page.getByRole("heading", { name: "Whose signature counts?" }),
    allowed: [...SHELL, "/assets/paste-key.js"],
  },
  "a ledger that is not there": {
    hash: "#/nobody",
    ready: (page) => page.getByRole("heading", { name: /no ledger “nobody”/ }),
    allowed: [...SHELL, "/api/v1/ledgers/nobody", "/assets/create-ledger.js", "/assets/token-field.js"],
  },
};

/** Longer than the page waits between two looks at a live ledger's head. */
const QUIET_MS = 3_500;

test("what the Explorer asks for", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  await client.createLedger("demo");
  await client.append("demo", { records: Array.from({ length: 3 }, (_, n) => ({ type: "reading", source: "sensor", subject: `s-${n}`, payload: n })) });
  const browser = await launch(t);

  const visit = async (sub) => {
    const context = await browser.newContext();
    sub.after(() => context.close());
    return newPage(context);
  };
  /** What was asked, without what tells one build or one tile from another. */
  const asked = (page) => {
    const paths = page.asked.map((url) => (url.startsWith(`${server.url}/`) ? url.slice(server.url.length).split("#")[0] : url));
    const plain = paths.map((path) => `/${plainName(path.slice(1))}`.replace(/^(\/log\/demo\/tile\/(entries|\d+))\/.*/, (_, tile, level) => (level === "entries" ? `${tile}/*` : "/log/demo/tile/0/*")));
    return [...new Set(plain)].sort();
  };

  /** What a server was asked more than once, but for the head that is looked at again and again. */
  const again = ({ asked: urls }) => urls.filter((url, n) => /\/(api|log)\//.test(url) && !url.endsWith("/checkpoint") && urls.indexOf(url) < n);

  for (const [name, { hash, ready, allowed }] of Object.entries(VIEWS)) {
    await t.test(`opening ${name} asks for what it shows`, async (sub) => {
      const page = await visit(sub);
      await page.goto(`${server.url}/${hash}`);
      await (await ready(page)).waitFor();
      await page.waitForTimeout(QUIET_MS);
      assert.deepEqual(asked(page).filter((path) => !allowed.includes(path)), []);
      assert.deepEqual(again(page), []);
      assert.ok(asked(page).includes("/assets/index.js"));
      assert.deepEqual(page.troubles, []);
    });
  }

  await t.test("a page that is not live, or not seen, asks for nothing more", async (sub) => {
    const page = await visit(sub);
    await page.goto(`${server.url}/#/demo`);
    await page.locator(".badge").first().waitFor();
    const look = () => page.waitForRequest("**/log/demo/checkpoint");
    const quiet = async () => {
      await page.waitForTimeout(500);
      const before = page.asked.length;
      await page.waitForTimeout(QUIET_MS);
      assert.deepEqual(page.asked.slice(before), []);
    };
    const hide = (hidden) => page.evaluate((value) => Object.defineProperty(document, "hidden", { value, configurable: true }), hidden);
    await page.getByLabel("Live").uncheck();
    await quiet();
    await Promise.all([look(), page.getByLabel("Live").check()]);
    await hide(true);
    await quiet();
    await Promise.all([look(), hide(false)]);
  });

  await t.test("a page whose head does not come asks less and less often", async (sub) => {
    const page = await visit(sub);
    await page.goto(`${server.url}/#/demo`);
    await page.locator(".badge").first().waitFor();
    let looks = 0;
    await page.route("**/log/demo/checkpoint", (route) => {
      looks++;
      return route.abort();
    });
    await page.getByText("What you see may be out of date").waitFor();
    const before = looks;
    await page.waitForTimeout(3 * QUIET_MS);
    // A look is a request and its repetition; every three seconds they would be six more.
    assert.ok(looks - before <= 2, `${looks - before} requests`);
  });

  await t.test("says that its worker did not start, and tries again when it is asked", async (sub) => {
    const page = await visit(sub);
    await page.route(/\/assets\/thread-[^/]*\.js$/, (route) => route.abort());
    await page.goto(`${server.url}/#/demo/audit`);
    await page.getByRole("button", { name: "Audit the whole ledger" }).click();
    await page.getByText("The audit could not be finished").waitFor();
    await page.getByText("The page’s worker could not be started.", { exact: false }).waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByTestId("audit-result").getByText("The ledger holds: 3 records").waitFor();
  });

  await t.test("says that a view did not come, and loads it when it is asked", async (sub) => {
    const page = await visit(sub);
    await page.route(/\/assets\/audit-view-[^/]*\.js$/, (route) => route.abort());
    await page.goto(`${server.url}/#/demo`);
    await page.locator(".badge").first().waitFor();
    await page.getByRole("link", { name: "Audit" }).click();
    await page.getByText("This view could not be loaded").waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("button", { name: "Audit the whole ledger" }).waitFor();
  });

  await t.test("an error keeps its code and its step on the way out of the worker", async (sub) => {
    const page = await visit(sub);
    const { verifierKey } = await client.readLedger("demo");
    await page.goto(`${server.url}/#verify`);
    await page.getByLabel("Verifier key that you trust").fill(verifierKey);
    await page.locator("#verify-file").setInputFiles({ name: "none.bundle", mimeType: "application/octet-stream", buffer: Buffer.from("no bundle") });
    await page.getByText("none.bundle is refused").waitFor();
    await page.getByText("bundle-malformed").waitFor();
  });
});
