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
  return pin && (await problemOf(pin.key)) === undefined ? pin : undefined;
}

/** Where the verifier cannot be loaded the key is not judged, and nothing takes its place. */
const problemOf = (key: string) => keyProblem(key).catch(() => undefined);

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
  /** What is wrong with the key that the server presents, where there is no other. */
  problem: Error | undefined;
  paste(key: string): void;
  forget(): void;
}

/**
 * The pin of a ledger, or of another log under its URL, which presents no key; the first key the server presents is pinned where there is none.
 * The component that calls it is mounted anew for each ledger, so no key reaches another's slot.
 */
export function usePin(ledger: string, presented: string | undefined): Pinned {
  const [{ pin, problem }, setHeld] = useState<Partial<Judged>>({});
  useEffect(() => {
    // A key that is trusted stays so, also where storage is off and another one is presented.
    if (pin) return;
    let current = true;
    void readPin(ledger)
      .then((kept) => (kept ? { pin: kept } : firstUse(ledger, presented)))
      .then((held) => current && setHeld(held));
    return () => {
      current = false;
    };
  }, [ledger, presented, pin]);
  return {
    pin,
    problem,
    paste: (key: string) => setHeld({ pin: writePin(ledger, key, "pasted") }),
    forget: () => {
      forgetPin(ledger);
      void firstUse(ledger, presented).then(setHeld);
    },
  };
}

type Judged = Pick<Pinned, "pin" | "problem">;

/** Pins the key that the server presents, if it is one. */
async function firstUse(ledger: string, presented: string | undefined): Promise<Partial<Judged>> {
  if (presented === undefined) return {};
  const problem = await problemOf(presented);
  return problem === undefined ? { pin: writePin(ledger, presented, "first-use") } : { problem: new Error(`${problem}.`) };
}
