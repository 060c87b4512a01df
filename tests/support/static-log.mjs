// Logs as static files, answered to a page as if another server had them: the page's own policy and requests are real.
import { LogWriter, filesOf } from "../../npm/test/static-log.mjs";
import { entry, noteKey } from "../../npm/test/fixtures.mjs";

/** Where the other log is; nobody is there. */
export const FOREIGN = "https://log.example/plain/";

const origin = "log.example/plain";
const log = noteKey(origin, 9);

/** The key that signs the logs made here. */
export const FOREIGN_KEY = log.vkey;

/** A log of these entries, each any bytes. */
export function smallLog(entries) {
  const files = filesOf(entries, { log, origin });
  return (path) => files.get(path);
}

/** Numbers keep their width, so that an entry can be made again from its number alone. */
const template = entry({ subject: "item 0000000" }).toString();
const entryAt = (number) => Buffer.from(template.replace("item 0000000", `item ${String(number).padStart(7, "0")}`));

/** A log of `count` entries. Its tiles are kept; its entry bundles are made when they are asked for. */
export function largeLog(count) {
  const files = new Map();
  const writer = new LogWriter((path, bytes) => path.startsWith("tile/entries/") || files.set(path, bytes));
  for (let number = 0; number < count; number++) writer.push(entryAt(number));
  writer.finish({ log, origin });
  return (path) => files.get(path) ?? bundleAt(path, count);
}

function bundleAt(path, count) {
  const match = /^tile\/entries\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
  if (!match) return undefined;
  const first = 256 * Number(match[1].replaceAll(/x|\//g, ""));
  const width = match[2] === undefined ? 256 : Number(match[2]);
  if (first + width > count) return undefined;
  const parts = Array.from({ length: width }, (_, n) => {
    const bytes = entryAt(first + n);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(parts);
}

/** Answers a page's requests below `FOREIGN` from a log; `hostile(path, bytes)` may answer other bytes. Lists the paths that were asked for. */
export async function serveTo(page, log, hostile = (path, bytes) => bytes) {
  const asked = [];
  await page.route(`${FOREIGN}**`, async (route) => {
    const path = route.request().url().slice(FOREIGN.length);
    asked.push(path);
    const body = await hostile(path, log(path));
    const headers = { "Access-Control-Allow-Origin": "*" };
    await route.fulfill(body === undefined ? { status: 404, headers, body: "" } : { status: 200, headers, body });
  });
  return asked;
}
