// The keys that this browser trusts already, to choose from.
import { PREFIX, storedPin } from "./pin.ts";

export function pinnedKeys(): string[] {
  try {
    const ledgers = Object.keys(localStorage).flatMap((slot) => (slot.startsWith(PREFIX) ? [slot.slice(PREFIX.length)] : []));
    return [...new Set(ledgers.flatMap((ledger) => storedPin(ledger)?.key ?? []))].sort();
  } catch {
    return []; // storage is switched off
  }
}
