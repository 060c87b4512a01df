// A record as it is sent, and the exact bytes it commits to, so that its receipt can be held against them.
import { canonicalJson, commitPayload, encodeStatement, type AuthorSignature } from "stateledger";
import { toBase64, utf8 } from "../bytes.ts";

/** What the append form collects; a JSON payload is its own text, sent as it was typed. */
export interface NewRecord {
  type: string;
  source: string;
  subject: string;
  payload: { kind: "json" | "text"; text: string };
}

/** A request that can be repeated: the same key never appends twice. */
export interface Outgoing {
  idempotencyKey: string;
  /** The request's JSON. */
  body: string;
  /** Base64 of the committed bytes. */
  payload: string;
  /** What it is about, for lists. */
  title: string;
}

/** Signs statements as an author. */
export interface Author {
  sign(statement: Uint8Array): Promise<AuthorSignature>;
}

const TEXT_TYPE = "text/plain;charset=utf-8";
const SALT_BYTES = 32;

/** Makes the request; with an author its statement is signed for the ledger of this `origin`. Throws what the payload's text is refused with. */
export async function outgoing(record: NewRecord, idempotencyKey: string, author?: { author: Author; origin: string }): Promise<Outgoing> {
  const { type, source, subject, payload } = record;
  const json = payload.kind === "json";
  const committed = json ? canonicalJson(payload.text) : utf8(payload.text);
  const about = subject === "" ? {} : { subject };
  const contentType = json ? "application/json" : TEXT_TYPE;
  const signed = author && (await signature({ type, source, ...about, contentType, origin: author.origin }, committed, author.author));
  const members = JSON.stringify({ type, source, ...about, contentType, ...signed }).slice(0, -1);
  // A JSON payload is spliced in as text: JSON.parse would round large integers and drop repeated members in silence.
  const last = json ? `"payload":${payload.text}` : `"payloadBase64":"${toBase64(committed)}"`;
  return { idempotencyKey, body: `${members},${last}}`, payload: toBase64(committed), title: [type, source, subject].filter(Boolean).join(" · ") };
}

interface Stated {
  type: string;
  source: string;
  subject?: string;
  contentType: string;
  origin: string;
}

/** A signed statement fixes the commitment, so its salt is drawn here and not by the server. */
async function signature(stated: Stated, payload: Uint8Array, author: Author): Promise<{ salt: string; sigs: AuthorSignature[] }> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const statement = encodeStatement({ ...stated, commit: commitPayload({ payload, salt }) });
  return { salt: toBase64(salt), sigs: [await author.sign(statement)] };
}
