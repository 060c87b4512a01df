// What an entry says, for lists, charts and snapshots. It was proven before; reading it decides nothing.
import { decodeEntry } from "stateledger";
import { strictText, toHex } from "./bytes.ts";

/** An entry of this ledger's format, or the beginning of one that is not. */
export type Content =
  | { kind: "record"; type: string; source: string; subject?: string; time: string }
  | { kind: "opaque"; preview: string };

const PREVIEW = 120;

export function contentOf(entry: Uint8Array): Content {
  try {
    const { statement, time } = decodeEntry(entry);
    const { type, source, subject } = statement;
    return { kind: "record", type, source, time, ...(subject !== undefined && { subject }) };
  } catch {
    return { kind: "opaque", preview: preview(entry) };
  }
}

/** The entry's first characters where it is text, else its first bytes. */
function preview(entry: Uint8Array): string {
  const text = strictText(entry)?.replace(/\s+/g, " ").trim();
  return (text === undefined || /[\u0000-\u001f]/.test(text) ? toHex(entry.subarray(0, PREVIEW / 2)) : text).slice(0, PREVIEW);
}
