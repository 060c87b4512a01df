// The parts of the evidence whose bytes can be flipped, and the evidence with one byte flipped.
import { fromBase64, text, toBase64, utf8 } from "./bytes.ts";

export type PartId = "payload" | "salt" | "entry" | "proof" | "checkpoint" | "signature" | "key" | "receipt";

/** What a verification takes: a receipt as it was spelled, and the verifier key that judges it. */
export interface Evidence {
  receipt: string;
  key: string;
}

export interface Part {
  id: PartId;
  title: string;
  /** What the bytes are, in a few words. */
  about: string;
  bytes: Uint8Array;
  /** The evidence with this part replaced. */
  replace(bytes: Uint8Array): Evidence;
}

/** One flipped byte: what was changed, where, and the evidence that results. */
export interface Flip {
  part: Part;
  position: number;
  before: number;
  after: number;
  evidence: Evidence;
}

/** The changed bit: the lowest. It keeps ASCII within ASCII, so the change reaches the check it is aimed at. */
export const FLIPPED_BIT = 0x01;

/**
 * The parts of the evidence. A receipt that is no JSON object has one: its own text.
 *
 * `proof` in a receipt is one text: the inclusion proof, an empty line, the signed checkpoint, which ends
 * with its signatures. They are parts of their own here because different steps check them.
 */
export function partsOf({ receipt, key }: Evidence): Part[] {
  const whole: Part = {
    id: "receipt",
    title: "Receipt JSON",
    about: "the receipt as the server spelled it",
    bytes: utf8(receipt),
    replace: (bytes) => ({ receipt: text(bytes), key }),
  };
  const trusted: Part = {
    id: "key",
    title: "Key",
    about: "the verifier key that this browser trusts",
    bytes: utf8(key),
    replace: (bytes) => ({ receipt, key: text(bytes) }),
  };
  const members = objectOf(receipt);
  if (!members) return [trusted, whole];

  const parts: Part[] = [];
  const binary = (id: "payload" | "salt" | "entry", title: string, about: string) => {
    const value = members[id];
    const bytes = typeof value === "string" ? fromBase64(value) : undefined;
    if (!bytes || bytes.length === 0) return;
    const replace = (changed: Uint8Array) => ({ receipt: JSON.stringify({ ...members, [id]: toBase64(changed) }), key });
    parts.push({ id, title, about, bytes, replace });
  };
  binary("payload", "Payload", "the application’s own bytes");
  binary("entry", "Entry", "the bytes that are the leaf of the tree");
  const proof = members["proof"];
  if (typeof proof === "string") parts.push(...proofParts(proof, (changed) => ({ receipt: JSON.stringify({ ...members, proof: changed }), key })));
  binary("salt", "Salt", "what hides the payload in its commitment");
  parts.push(trusted, whole);
  return parts;
}

/** Flips the lowest bit of one byte. `position` is taken into range. */
export function flip(part: Part, position: number): Flip {
  const at = Math.min(Math.max(0, Math.trunc(position)), part.bytes.length - 1);
  const bytes = part.bytes.slice();
  const before = bytes[at] ?? 0;
  const after = before ^ FLIPPED_BIT;
  bytes[at] = after;
  return { part, position: at, before, after, evidence: part.replace(bytes) };
}

function proofParts(proof: string, put: (proof: string) => Evidence): Part[] {
  const end = proof.indexOf("\n\n") + 2;
  if (end < 2) return [];
  const [head, note] = [proof.slice(0, end), proof.slice(end)];
  const parts: Part[] = [
    {
      id: "proof",
      title: "Proof",
      about: "index and hashes that lead from the leaf to the root",
      bytes: utf8(head),
      replace: (bytes) => put(text(bytes) + note),
    },
    {
      id: "checkpoint",
      title: "Checkpoint",
      about: "origin, size, root and signatures",
      bytes: utf8(note),
      replace: (bytes) => put(head + text(bytes)),
    },
  ];
  const signed = signatureIn(note);
  if (signed) {
    const { before, bytes, after } = signed;
    const replace = (changed: Uint8Array) => put(head + before + toBase64(changed) + after);
    parts.push({ id: "signature", title: "Signature", about: "key id (4 bytes) and Ed25519 signature (64)", bytes, replace });
  }
  return parts;
}

/** The bytes of a note's first signature, and the text around them (C2SP signed-note). */
function signatureIn(note: string): { before: string; bytes: Uint8Array; after: string } | undefined {
  const match = /^([^]*?\n\n\u2014 \S+ )([A-Za-z0-9+/=]+)(\n[^]*)$/.exec(note);
  const bytes = match?.[2] === undefined ? undefined : fromBase64(match[2]);
  return match && bytes ? { before: match[1] ?? "", bytes, after: match[3] ?? "" } : undefined;
}

function objectOf(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
