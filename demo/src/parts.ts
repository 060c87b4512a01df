// The parts of a receipt whose bytes can be flipped, and the receipt with one byte flipped.
import { fromBase64, text, toBase64, utf8 } from "./bytes.ts";

export type PartId = "payload" | "salt" | "entry" | "proof" | "checkpoint" | "receipt";

export interface Part {
  id: PartId;
  title: string;
  /** What the bytes are, in a few words. */
  about: string;
  bytes: Uint8Array;
  /** The receipt's JSON with this part replaced. */
  replace(bytes: Uint8Array): string;
}

/** One flipped byte: what was changed, where, and the receipt that results. */
export interface Flip {
  part: PartId;
  position: number;
  before: number;
  after: number;
  bytes: Uint8Array;
  receipt: string;
}

/** The changed bit: the lowest. It keeps ASCII within ASCII, so the change reaches the check it is aimed at. */
export const FLIPPED_BIT = 0x01;

/**
 * The parts that a receipt has. A receipt that is no JSON object has one: its own text.
 *
 * `proof` in a receipt is one text: the inclusion proof, an empty line, the signed checkpoint. They are
 * two parts here because different steps check them.
 */
export function partsOf(receipt: string): Part[] {
  const whole: Part = {
    id: "receipt",
    title: "Receipt JSON",
    about: "the receipt as the server spelled it",
    bytes: utf8(receipt),
    replace: text,
  };
  const members = objectOf(receipt);
  if (!members) return [whole];

  const parts: Part[] = [];
  const binary = (id: "payload" | "salt" | "entry", title: string, about: string) => {
    const value = members[id];
    const bytes = typeof value === "string" ? fromBase64(value) : undefined;
    if (!bytes || bytes.length === 0) return;
    parts.push({ id, title, about, bytes, replace: (changed) => JSON.stringify({ ...members, [id]: toBase64(changed) }) });
  };
  binary("payload", "Payload", "the application’s own bytes");
  binary("entry", "Entry", "the bytes that are the leaf of the tree");
  const proof = members["proof"];
  if (typeof proof === "string") parts.push(...proofParts(members, proof));
  binary("salt", "Salt", "what hides the payload in its commitment");
  parts.push(whole);
  return parts;
}

/** Flips the lowest bit of one byte. `position` is taken into range. */
export function flip(part: Part, position: number): Flip {
  const at = Math.min(Math.max(0, Math.trunc(position)), part.bytes.length - 1);
  const bytes = part.bytes.slice();
  const before = bytes[at] ?? 0;
  const after = before ^ FLIPPED_BIT;
  bytes[at] = after;
  return { part: part.id, position: at, before, after, bytes, receipt: part.replace(bytes) };
}

function proofParts(members: Record<string, unknown>, proof: string): Part[] {
  const end = proof.indexOf("\n\n") + 2;
  if (end < 2) return [];
  const [head, note] = [proof.slice(0, end), proof.slice(end)];
  const replace = (changed: string) => JSON.stringify({ ...members, proof: changed });
  return [
    {
      id: "proof",
      title: "Proof",
      about: "index and hashes that lead from the leaf to the root",
      bytes: utf8(head),
      replace: (bytes) => replace(text(bytes) + note),
    },
    {
      id: "checkpoint",
      title: "Checkpoint",
      about: "origin, size, root and signatures",
      bytes: utf8(note),
      replace: (bytes) => replace(head + text(bytes)),
    },
  ];
}

function objectOf(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
