// The address of a view. Everything a visitor sees can be linked to:
//
//   (nothing)         the ledgers of this server
//   #/demo            the ledger `demo` of this server     #/@https%3A%2F%2Flog.example/        another log, by its URL
//   #/demo/7          its record 7                         #/@https%3A%2F%2Flog.example/7       its entry 7
//   #/demo?type=note&subject=a     records that fit, also with a record open: #/demo/7?type=note
//   #/demo/time?size=100&from=40    the time machine       #/demo/audit    the audit
//   #verify           a receipt or bundle from a file
import { useEffect, useState } from "preact/hooks";
import { isFiltered, NO_FILTER, type Filter } from "./filter.ts";

/** Where a log is read: a ledger of the server that this page came from, or any C2SP tlog-tiles log. */
export type Source = { kind: "own"; ledger: string } | { kind: "foreign"; url: string };

/** What is shown of a log. */
export type View =
  | { kind: "records"; index?: string; filter?: Filter }
  /** Snapshot as of `size`, and the difference since `from`; both decimal. */
  | { kind: "time"; size?: string; from?: string }
  | { kind: "audit" };

export type Route = { kind: "ledgers" } | { kind: "log"; source: Source; view: View } | { kind: "verify" };

/** The location hash of the list of ledgers. */
export const ALL_LEDGERS = "#/";

const DECIMAL = "0|[1-9][0-9]{0,19}";
const LOG = /^#\/(?:([a-z0-9][a-z0-9-]{0,62})|@([^/?]+))(?:\/([^?]*))?(?:\?(.*))?$/;
const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/;
const INDEX = new RegExp(`^(?:${DECIMAL})$`);

/** Reads a location hash; anything that is no address of ours opens the list of ledgers. */
export function parseRoute(hash: string): Route {
  if (hash === "#verify") return { kind: "verify" };
  const [, ledger, encoded, path = "", query = ""] = LOG.exec(hash) ?? [];
  const source = ledger !== undefined ? ({ kind: "own", ledger } as const) : foreign(encoded);
  return source ? { kind: "log", source, view: parseView(path, new URLSearchParams(query)) } : { kind: "ledgers" };
}

function foreign(encoded: string | undefined): Source | undefined {
  try {
    const url = new URL(decodeURIComponent(encoded ?? ""));
    const usable = url.protocol === "https:" || url.origin === location.origin;
    return usable ? { kind: "foreign", url: url.href } : undefined;
  } catch {
    return undefined;
  }
}

function parseView(path: string, asked: URLSearchParams): View {
  if (path === "audit") return { kind: "audit" };
  if (path !== "time") return { kind: "records", ...(INDEX.test(path) && { index: path }), ...filterOf(asked) };
  const [size, from] = [asked.get("size") ?? "", asked.get("from") ?? ""];
  return { kind: "time", ...(INDEX.test(size) && { size }), ...(INDEX.test(from) && { from }) };
}

function filterOf(asked: URLSearchParams): { filter?: Filter } {
  const entries = Object.keys(NO_FILTER).map((name) => {
    const value = asked.get(name) ?? "";
    const usable = (name !== "since" && name !== "until") || LOCAL_TIME.test(value);
    return [name, usable ? value : ""];
  });
  const filter = Object.fromEntries(entries) as Filter;
  return isFiltered(filter) ? { filter } : {};
}

/** The location hash of a log's view. */
export function toHash(source: Source, view: View = { kind: "records" }): string {
  const log = source.kind === "own" ? source.ledger : `@${encodeURIComponent(source.url)}`;
  return `#/${log}${pathOf(view)}`;
}

function pathOf(view: View): string {
  if (view.kind === "audit") return "/audit";
  if (view.kind === "time") return `/time${queryOf({ size: view.size, from: view.from })}`;
  return `${view.index === undefined ? "" : `/${view.index}`}${queryOf({ ...view.filter })}`;
}

function queryOf(members: Record<string, string | undefined>): string {
  const given = Object.entries(members).filter((member): member is [string, string] => !!member[1]);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** A log in a few words: the ledger's id, or where the other log is. */
export function nameOf(source: Source): string {
  return source.kind === "own" ? source.ledger : source.url.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

/** The title of a route's view, as tabs, bookmarks and screen readers name it. */
export function titleOf(route: Route): string {
  const site = "StateLedger Explorer";
  if (route.kind === "verify") return `Verify a file · ${site}`;
  if (route.kind === "ledgers") return `Ledgers · ${site}`;
  const { source, view } = route;
  const what = { records: view.kind === "records" && view.index !== undefined ? `Record ${view.index}` : "", time: "Time machine", audit: "Audit" }[view.kind];
  return [what, nameOf(source), site].filter(Boolean).join(" · ");
}

/** The next route; while it is of the same log its source is the same value, so that nothing of the log is read again. */
function within(now: Route, next: Route): Route {
  const same = now.kind === "log" && next.kind === "log" && toHash(now.source) === toHash(next.source);
  return same ? { ...next, source: now.source } : next;
}

/** The route of the page's address, followed as it changes, and the document's title with it. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute((now) => within(now, parseRoute(location.hash)));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => {
    document.title = titleOf(route);
  }, [route]);
  return route;
}
