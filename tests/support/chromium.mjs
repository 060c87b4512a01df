// A real Chromium, and pages that notice what a visitor would only see in the console.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** Where the browser is. */
export const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** What it is started with: it runs as root here, and asks nobody outside. */
export const launchArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Launches the browser; it closes with the test `t`. */
export async function launch(t) {
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: install the package chromium, or set CHROMIUM`);
  }
  const browser = await chromium.launch({ executablePath, args: launchArguments });
  t.after(() => browser.close());
  return browser;
}

/**
 * A page whose console errors and requests are kept: `page.troubles` must stay empty, and
 * `page.asked` lists every URL.
 */
export async function newPage(browser, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.troubles = [];
  page.asked = [];
  page.on("pageerror", (error) => page.troubles.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    // A refused request is the server's answer, not the page's fault; the page shows it.
    const refusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !refusal) page.troubles.push(message.text());
  });
  page.on("request", (request) => page.asked.push(request.url()));
  return page;
}
