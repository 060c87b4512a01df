// The client of a log, in whichever thread it is needed.
import { LedgerClient, indexedDBStore, memoryStore, type HeadStore } from "stateledger";
import type { Source } from "./route.ts";

/** Where a log is, under which key it is checked, and the visitor's token for it. Plain data: it goes to the page's worker as it is. */
export interface LogPlace {
  source: Source;
  /** C2SP verifier key. */
  key: string;
  /** Empty: the visitor reads anonymously. */
  token: string;
}

// One for all logs: a slot is named by the trusted key. Where the browser keeps nothing, neither does the page.
const store: HeadStore = typeof indexedDB === "undefined" ? memoryStore() : indexedDBStore("stateledger-explorer");

/** Throws where the key is none. */
export function clientOf({ source, key, token }: LogPlace): LedgerClient {
  const url = source.kind === "own" ? `${location.origin}/log/${source.ledger}` : source.url;
  // The token is this server's: another log must not see it.
  return new LedgerClient({ url, key, store, retries: 1, ...(source.kind === "own" && token !== "" && { token }) });
}
