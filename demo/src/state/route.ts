// The address of a view: `#/<ledger>` or `#/<ledger>/<index>`. Everything a visitor sees can be linked to.
import { useEffect, useState } from "preact/hooks";

export interface Route {
  ledger: string;
  /** Decimal index of the open record. */
  index?: string;
}

/** The ledger that is opened when the address names none: the one that `cargo xtask dev` creates. */
export const DEFAULT_LEDGER = "quickstart";

/** Reads a location hash; anything that is no address of ours opens the default ledger. */
export function parseRoute(hash: string): Route {
  const match = /^#\/([a-z0-9][a-z0-9-]{0,62})(?:\/(0|[1-9][0-9]{0,19}))?$/.exec(hash);
  if (!match?.[1]) return { ledger: DEFAULT_LEDGER };
  return match[2] === undefined ? { ledger: match[1] } : { ledger: match[1], index: match[2] };
}

/** The location hash of a route. */
export function toHash({ ledger, index }: Route): string {
  return index === undefined ? `#/${ledger}` : `#/${ledger}/${index}`;
}

/** The title of a route's view, as tabs, bookmarks and screen readers name it. */
export function titleOf({ ledger, index }: Route): string {
  return `${index === undefined ? ledger : `Record ${index} · ${ledger}`} · StateLedger Explorer`;
}

/** The route of the page's address, followed as it changes, and the document's title with it. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => {
    document.title = titleOf(route);
  }, [route]);
  return route;
}
