// The Explorer for everyone: axe's rules in both themes, the keyboard alone, and what it looks like.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { launch, newPage } from "../support/chromium.mjs";
import { clientOf } from "../support/client.mjs";
import { explorer } from "../support/explorer.mjs";
import { startServer } from "../support/server.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const artifacts = fileURLToPath(new URL("../artifacts/", import.meta.url));
const THEMES = ["light", "dark"];
const WIDTHS = [360, 768, 1280];
const RECORDS = [
  { type: "deployment", source: "ci", subject: "api", payload: { version: "1.4.2", approved: true } },
  { type: "approval", source: "change-board", subject: "release 1.4", payload: { by: "Ann" } },
  { type: "sensor.reading", source: "cold-room-3", payload: { celsius: -18.5 } },
];

/** The states of the page that are looked at: each opens one. */
const STATES = {
  ledgers: async ({ page }) => {
    await page.goto(page.serverUrl);
    await page.getByRole("link", { name: /^demo/ }).waitFor();
  },
  ledger: async ({ page, visitor }) => {
    await visitor.open("demo");
    await page.getByRole("link", { name: /sensor/ }).waitFor();
  },
  verified: async ({ visitor }) => {
    assert.ok((await visitor.openRecord("demo", 0)).verified);
  },
  refused: async ({ visitor }) => {
    await visitor.openRecord("demo", 0);
    assert.equal((await visitor.flip("Entry", 100)).failed, "inclusion");
  },
  filtered: async ({ page }) => {
    await page.goto(`${page.serverUrl}/#/demo?type=approval`);
    await page.getByText("1 record so far", { exact: false }).waitFor();
    const [form, field] = await page.locator(".filter form, #filter-since").evaluateAll((drawn) => drawn.map((one) => one.getBoundingClientRect().right));
    assert.ok(field <= form, "a field is wider than its form");
  },
  time: async ({ page }) => {
    await page.goto(`${page.serverUrl}/#/demo/time`);
    await page.getByRole("heading", { name: "State as of 3 records" }).waitFor();
  },
  answered: async ({ page }) => {
    await page.goto(`${page.serverUrl}/#/large/time?size=5000&from=4995`);
    await page.getByTestId("snapshot").getByText("3 subjects, each proven", { exact: true }).waitFor();
    await page.getByTestId("changed").getByText("3 subjects changed, each proven").waitFor();
  },
  audit: async ({ page }) => {
    await page.goto(`${page.serverUrl}/#/demo/audit`);
    await page.getByRole("button", { name: "Audit the whole ledger" }).click();
    await page.getByText("The ledger holds: 3 records").waitFor();
  },
  file: async ({ page }) => {
    await page.goto(`${page.serverUrl}/#verify`);
    await page.getByRole("heading", { name: "Verify a file" }).waitFor();
  },
  foreign: async ({ page }) => {
    await page.goto(`${page.serverUrl}/#/@${encodeURIComponent("https://log.example/plain/")}`);
    await page.getByRole("heading", { name: "Whose signature counts?" }).waitFor();
  },
  trust: async ({ page, visitor }) => {
    await visitor.open("demo");
    await page.getByText("Pinned on first use").click();
    await page.getByRole("textbox", { name: "Verifier key" }).waitFor();
  },
  append: async ({ page, visitor }) => {
    await visitor.open("demo");
    await visitor.unfold();
    await page.getByLabel("Sign as an author").check();
    await page.getByText("Your public key:", { exact: false }).waitFor();
  },
  outbox: async ({ page, visitor }) => {
    await visitor.open("waiting");
    await page.getByText("No record yet").waitFor();
    await page.route("**/waiting/records", (route) => route.abort());
    await visitor.append({ token: "any", type: "note", source: "field", subject: "one", json: "1" });
    await page.locator(".outbox").getByText("It is unknown whether it was appended.", { exact: false }).waitFor();
    await page.unroute("**/waiting/records");
  },
  empty: async ({ page, visitor }) => {
    await visitor.open("empty");
    await page.getByText("No record yet").waitFor();
  },
  missing: async ({ page, visitor }) => {
    await visitor.open("missing");
    await page.getByRole("heading", { name: /no ledger “missing”/ }).waitFor();
  },
  failed: async ({ page }) => {
    await page.goto("about:blank");
    await page.route("**/api/v1/ledgers/demo", (route) => route.abort());
    await page.goto(`${page.serverUrl}/#/demo`);
    await page.getByText("could not be opened").waitFor();
    await page.unroute("**/api/v1/ledgers/demo");
  },
};

test("the Explorer is for everyone", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  await client.createLedger("demo");
  await client.createLedger("empty");
  await client.createLedger("waiting");
  // One after the other: a chart over time has something to show.
  for (const record of RECORDS) await client.append("demo", record);
  // More records than the time machine reads without being asked.
  await client.createLedger("large");
  for (let n = 0; n < 6; n++) {
    await client.append("large", { records: Array.from({ length: 900 }, (_, m) => ({ type: "reading", source: "sensor", subject: `room ${m % 3}`, payload: n })) });
  }
  const browser = await launch(t);
  mkdirSync(artifacts, { recursive: true });

  const visit = async (options) => {
    const page = await newPage(browser, options);
    page.serverUrl = server.url;
    return { page, visitor: explorer(page, server.url) };
  };

  for (const colorScheme of THEMES) {
    await t.test(`axe finds nothing in ${colorScheme}`, async () => {
      const { page, visitor } = await visit({ colorScheme, reducedMotion: "reduce" });
      for (const [name, open] of Object.entries(STATES)) {
        await open({ page, visitor });
        assert.deepEqual(await axe(page), [], `${name}, ${colorScheme}`);
      }
      await page.close();
    });

    for (const width of WIDTHS) {
      await t.test(`fits ${width} px in ${colorScheme}`, async () => {
        const { page, visitor } = await visit({ colorScheme, reducedMotion: "reduce", viewport: { width, height: 900 } });
        for (const [name, open] of Object.entries(STATES)) {
          await open({ page, visitor });
          const needed = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(needed <= width, `${name} needs ${needed} px`);
          await page.evaluate(() => {
            document.activeElement?.blur();
            scrollTo(0, 0);
          });
          await page.screenshot({ path: `${artifacts}explorer-${name}-${width}-${colorScheme}.png`, fullPage: true });
        }
        await page.close();
      });
    }
  }

  await t.test("tells the chosen option where the visitor's own colours rule", async () => {
    const { page, visitor } = await visit({ forcedColors: "active" });
    await visitor.openRecord("demo", 0);
    const [chosen, bar] = await page.getByRole("radio", { name: "Payload", exact: true }).evaluate((radio) =>
      [radio.nextElementSibling, radio.closest(".choice-bar")].map((drawn) => getComputedStyle(drawn).backgroundColor),
    );
    assert.notEqual(chosen, bar);
    await page.close();
  });

  await t.test("works by keyboard alone", async () => {
    const { page, visitor } = await visit();
    await visitor.open("demo");
    await page.getByRole("link", { name: /sensor/ }).waitFor();
    const { keyboard } = page;

    await keyboard.press("Tab");
    await focusIs(page, "Skip to the ledger");
    await keyboard.press("Enter");
    await tabTo(page, "Append a record");
    await keyboard.press("Enter");
    await page.getByLabel("Access token").waitFor();
    await tabTo(page, "Access token");
    await keyboard.type(server.token);
    await tabTo(page, "Type");
    await keyboard.press("ControlOrMeta+A");
    await keyboard.type("keyed");
    await tabTo(page, "Append");
    await keyboard.press("Enter");

    await page.getByRole("heading", { name: "Record 3" }).waitFor();
    await focusIs(page, "Record 3");
    assert.ok((await visitor.verdict()).verified);

    await tabTo(page, "Payload");
    await keyboard.press("ArrowRight");
    await focusIs(page, "Entry");
    await focusShows(page, "Entry");
    await tabTo(page, "Byte,");
    await keyboard.press("ControlOrMeta+A");
    await keyboard.type("12");
    await keyboard.press("Enter");
    const refused = await visitor.verdict();
    assert.deepEqual([refused.failed, refused.code], ["inclusion", "inclusion-invalid"]);
    await focusIs(page, "Byte,");
    await tabTo(page, "Reset");
    await keyboard.press("Space");
    assert.ok((await visitor.verdict()).verified);

    await page.reload();
    await page.getByRole("heading", { name: "Record 3" }).waitFor();
    await focusIs(page, "Record 3");
    await tabTo(page, "1approval", "Shift+Tab");
    await keyboard.press("Enter");
    await focusIs(page, "Record 1");
    assert.deepEqual(page.troubles, []);
    await page.close();
  });
});

/** Runs axe inside the page, and answers its findings in a few words each. */
async function axe(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  });
}

/** What the focused element is called: its label, its own text or its accessible name; nothing where none has the focus. */
const focusedName = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (element === document.body) return "";
    const label = element.labels?.[0]?.textContent;
    return (element.getAttribute("aria-label") ?? label ?? element.textContent ?? "").trim();
  });

async function focusIs(page, name) {
  for (const deadline = Date.now() + 3_000; Date.now() < deadline; ) {
    if ((await focusedName(page)).startsWith(name)) return;
    await page.waitForTimeout(20);
  }
  assert.fail(`the focus is on ${JSON.stringify(await focusedName(page))}, not on ${name}`);
}

/** Presses Tab, or Shift+Tab, until an element of that name has the focus. */
async function tabTo(page, name, key = "Tab") {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press(key);
    if ((await focusedName(page)).startsWith(name)) return focusShows(page, name);
  }
  assert.fail(`no ${key} leads to ${name}`);
}

/** The focused element is drawn with an outline; one that is itself not drawn, a radio button, has it on its label's text. */
async function focusShows(page, name) {
  const outline = await page.evaluate(() => {
    const element = document.activeElement;
    const drawn = getComputedStyle(element).opacity === "0" ? element.nextElementSibling : element;
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(drawn);
    return { style: outlineStyle, width: parseFloat(outlineWidth), color: outlineColor };
  });
  const shows = outline.style === "solid" && outline.width >= 2 && !/, 0\)$|^transparent$/.test(outline.color);
  assert.ok(shows, `${name} has the focus, and nothing shows it: ${JSON.stringify(outline)}`);
}
