// The author key of this browser: made here, kept here, and where the browser can, never readable by any script.
import { publicKey, signStatement, type AuthorSignature } from "stateledger";
import { toBase64, toHex, utf8 } from "../bytes.ts";
import { within } from "../database.ts";
import type { Author } from "./record-body.ts";

/** An author key as the page shows it, and how well it is kept. */
export interface AuthorFacts {
  /** The public key, 64 hex digits. */
  id: string;
  /** `browser`: not extractable, signs inside the browser. `page`: the page itself holds the private key. */
  kept: "browser" | "page";
}

/** The key itself, which never leaves the worker. */
type AuthorKey = AuthorFacts & Author;

type Stored = { kind: "browser"; pair: CryptoKeyPair } | { kind: "page"; seed: Uint8Array };

const KEYS = { database: "stateledger-author", table: "keys" };
const SLOT = "author";
const PAYLOAD_TYPE = "application/vnd.stateledger.statement+json";

/** The key that this browser has, if it has one. */
export async function storedAuthor(): Promise<AuthorKey | undefined> {
  const stored = await within<Stored | undefined>(KEYS, "readonly", (keys) => keys.get(SLOT));
  return stored && authorOf(stored);
}

/** Draws a key: non-extractable where WebCrypto knows Ed25519, else one that the page holds. */
export async function drawAuthor(): Promise<AuthorKey> {
  const stored = await drawn();
  await within(KEYS, "readwrite", (keys) => keys.put(stored, SLOT));
  return authorOf(stored);
}

export async function forgetAuthor(): Promise<void> {
  await within(KEYS, "readwrite", (keys) => keys.delete(SLOT));
}

async function drawn(): Promise<Stored> {
  try {
    const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"])) as CryptoKeyPair;
    return { kind: "browser", pair };
  } catch {
    return { kind: "page", seed: crypto.getRandomValues(new Uint8Array(32)) };
  }
}

async function authorOf(stored: Stored): Promise<AuthorKey> {
  if (stored.kind === "page") {
    const { seed } = stored;
    return { id: toHex(publicKey(seed)), kept: "page", sign: async (statement) => signStatement({ seed, statement }) };
  }
  const { pair } = stored;
  const key = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const sign = async (statement: Uint8Array): Promise<AuthorSignature> => {
    const sig = await crypto.subtle.sign("Ed25519", pair.privateKey, preAuthentication(statement));
    return { key: toBase64Url(key), sig: toBase64Url(new Uint8Array(sig)) };
  };
  return { id: toHex(key), kept: "browser", sign };
}

/** DSSE's pre-authentication encoding: "DSSEv1" SP length SP type SP length SP body. */
function preAuthentication(statement: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = utf8(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${statement.length} `);
  const whole = new Uint8Array(head.length + statement.length);
  whole.set(head);
  whole.set(statement, head.length);
  return whole;
}

function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
