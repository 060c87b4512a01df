// Which verifier key this browser trusts for a ledger.
//
// Kept under the ledger's name at this site's origin, never under a name the server sends: a
// server that swaps its key, or its ledger, meets the pin and fails.
import { useEffect, useState } from "preact/hooks";
import { keyProblem } from "../verify.ts";

/** A trusted key and how it came to be trusted. */
export interface Pin {
  /** C2SP verifier key, `name+hash+base64`. */
  key: string;
  /** `first-use`: taken from the server when the ledger was first opened here. */
  how: "first-use" | "pasted";
  /** When it was pinned, RFC 3339. */
  since: string;
}

/** Before a ledger’s name, the name of its slot. */
export const PREFIX = "stateledger.pin/";
const slot = (ledger: string) => `${PREFIX}${ledger}`;

/** The pin of a ledger, if this browser has one whose key can be checked with. */
export async function readPin(ledger: string): Promise<Pin | undefined> {
  const pin = storedPin(ledger);
  if (!pin) return undefined;
  // Where the verifier cannot be loaded the key is not judged, and nothing takes its place.
  const problem = await keyProblem(pin.key).catch(() => undefined);
  return problem === undefined ? pin : undefined;
}

export function storedPin(ledger: string): Pin | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(slot(ledger)) ?? "null");
    return isPin(value) ? value : undefined;
  } catch {
    return undefined; // a value that is not ours counts as none
  }
}

function isPin(value: unknown): value is Pin {
  const { key, how, since } = (value ?? {}) as Record<keyof Pin, unknown>;
  const known = how === "first-use" || how === "pasted";
  return typeof key === "string" && known && typeof since === "string" && !Number.isNaN(Date.parse(since));
}

/** Trusts `key` for a ledger from now on. */
export function writePin(ledger: string, key: string, how: Pin["how"]): Pin {
  const pin: Pin = { key, how, since: new Date().toISOString() };
  try {
    localStorage.setItem(slot(ledger), JSON.stringify(pin));
  } catch {
    // Storage may be full or switched off: the pin then lasts as long as this page.
  }
  return pin;
}

export function forgetPin(ledger: string): void {
  try {
    localStorage.removeItem(slot(ledger));
  } catch {
    // Nothing was stored.
  }
}

/** The pin of a log and the ways to change it. */
export interface Pinned {
  pin: Pin | undefined;
  paste(key: string): void;
  forget(): void;
}

/**
 * The pin of a ledger, or of another log under its URL, which presents no key; the first key the server presents is pinned where there is none.
 * The component that calls it is mounted anew for each ledger, so no key reaches another's slot.
 */
export function usePin(ledger: string, presented: string | undefined): Pinned {
  const [pin, setPin] = useState<Pin>();
  useEffect(() => {
    // A key that is trusted stays so, also where storage is off and another one is presented.
    if (pin) return;
    let current = true;
    void readPin(ledger).then((kept) => {
      const first = kept ?? (presented === undefined ? undefined : writePin(ledger, presented, "first-use"));
      if (current && first) setPin(first);
    });
    return () => {
      current = false;
    };
  }, [ledger, presented, pin]);
  return {
    pin,
    paste: (key: string) => setPin(writePin(ledger, key, "pasted")),
    forget: () => {
      forgetPin(ledger);
      setPin(presented === undefined ? undefined : writePin(ledger, presented, "first-use"));
    },
  };
}
