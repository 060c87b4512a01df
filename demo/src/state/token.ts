// The access token: in memory, and in sessionStorage only if the visitor asks for it.

const SLOT = "stateledger.token";

/** The token kept for this tab, or the empty string. */
export function keptToken(): string {
  try {
    return sessionStorage.getItem(SLOT) ?? "";
  } catch {
    return "";
  }
}

/** Keeps `token` until the tab is closed; the empty string forgets it. */
export function keepToken(token: string): void {
  try {
    if (token === "") sessionStorage.removeItem(SLOT);
    else sessionStorage.setItem(SLOT, token);
  } catch {
    // Without storage the token lives in memory alone.
  }
}
