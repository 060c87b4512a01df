// The way from a leaf to the root, recomputed for the drawing (RFC 9162 §2.1.3.2). The verdict is the kernel's
// alone: this shows what it computed, and where a changed receipt leaves the signed tree.
import { fromBase64, toHex } from "./bytes.ts";

/** One step up: two nodes, in their order, and the node above them. */
export interface PathStep {
  /** Which of the two the receipt brings along. */
  sibling: "left" | "right";
  left: string;
  right: string;
  parent: string;
}

/** What a receipt says of its place in the tree, with every hash on the way as 64 hex digits. */
export interface MerklePath {
  index: bigint;
  size: bigint;
  leaf: string;
  steps: PathStep[];
  /** Where the steps end. */
  computedRoot: string;
  /** What the checkpoint says. */
  signedRoot: string;
}

/** The numbers and hashes of a receipt's texts, before any is hashed. */
export interface PathInput {
  entry: Uint8Array;
  index: bigint;
  size: bigint;
  root: Uint8Array;
  siblings: Uint8Array[];
}

const HASH_BYTES = 32;
const MAX_STEPS = 64;
const DECIMAL = /^(0|[1-9][0-9]{0,19})$/;

/** Reads a receipt for the drawing; undefined where it has no path that could be drawn. */
export function pathInput(receipt: string): PathInput | undefined {
  const { entry, proof } = members(receipt);
  const bytes = typeof entry === "string" ? fromBase64(entry) : undefined;
  if (!bytes || typeof proof !== "string") return undefined;
  const [head, note] = splitOnce(proof, "\n\n");
  const lines = head.split("\n").slice(1).filter((line) => !line.startsWith("extra "));
  const index = /^index (.*)$/.exec(lines[0] ?? "")?.[1] ?? "";
  const [, size = "", root = ""] = note.split("\n");
  const hashes = [root, ...lines.slice(1)].map(fromBase64);
  if (!DECIMAL.test(index) || !DECIMAL.test(size) || hashes.length > MAX_STEPS) return undefined;
  const [signed, ...siblings] = hashes.filter((hash) => hash?.length === HASH_BYTES) as Uint8Array[];
  if (!signed || siblings.length !== hashes.length - 1) return undefined;
  return { entry: bytes, index: BigInt(index), size: BigInt(size), root: signed, siblings };
}

/** Hashes the way up. */
export async function merklePath({ entry, index, size, root, siblings }: PathInput): Promise<MerklePath> {
  let node = await hash(0x00, entry);
  const leaf = toHex(node);
  const steps: PathStep[] = [];
  let [place, last] = [index, size - 1n];
  for (const other of siblings) {
    const fromLeft = (place & 1n) === 1n || place === last;
    const [left, right] = fromLeft ? [other, node] : [node, other];
    node = await hash(0x01, left, right);
    steps.push({ sibling: fromLeft ? "left" : "right", left: toHex(left), right: toHex(right), parent: toHex(node) });
    // A node without a sibling on its level is carried up unchanged.
    while (fromLeft && (place & 1n) === 0n && place > 0n) [place, last] = [place >> 1n, last >> 1n];
    [place, last] = [place >> 1n, last >> 1n];
  }
  return { index, size, leaf, steps, computedRoot: toHex(node), signedRoot: toHex(root) };
}

async function hash(prefix: number, ...parts: Uint8Array[]): Promise<Uint8Array> {
  const joined = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0));
  joined[0] = prefix;
  let at = 1;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

function members(receipt: string): { entry?: unknown; proof?: unknown } {
  try {
    return (JSON.parse(receipt) as object | null) ?? {};
  } catch {
    return {};
  }
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + by.length)];
}
