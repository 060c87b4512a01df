// The HTTP API as this page uses it: one function per call, one error type for every refusal.
import type { Receipt } from "stateledger";

/** A ledger as the API describes it. */
export interface LedgerInfo {
  ledger: string;
  origin: string;
  verifierKey: string;
  /** Number of records, decimal. */
  size: string;
  /** Base64 of 32 bytes. */
  rootHash: string;
  rules: Rules;
}

/** What a ledger demands and shows. Members that this page does not use are left out. */
export interface Rules {
  visibility: Visibility;
  /** The accepted types; absent: any. */
  types?: string[];
  authors?: { keys: string[]; threshold: number };
  payloadLimit?: number;
  /** JSON Schema by type. */
  schemas?: Record<string, unknown>;
}

export type Visibility = "public" | "proofs" | "private";

/** A refusal (RFC 9457) or a failed request, with the code that names its cause. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** How long the server asks to wait, in milliseconds. */
    readonly wait = 0,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Whether a call may have been carried out although it failed: the connection broke, or the server did. */
export function outcomeUnknown(cause: unknown): boolean {
  return !(cause instanceof ApiError) || cause.status === 408 || cause.status < 400 || cause.status >= 500;
}

const base = "/api/v1/ledgers";

/** A page of the ledgers that this token may read, by id; `cursor` continues it. */
export function listLedgers(token: string, cursor?: string): Promise<{ ledgers: LedgerInfo[]; nextCursor?: string }> {
  return json(cursor === undefined ? base : `${base}?${new URLSearchParams({ cursor })}`, { token });
}

/** 404 `ApiError` where the ledger is unknown, or private and the token may not see it. */
export function readLedger(ledger: string, token: string): Promise<LedgerInfo> {
  return json(`${base}/${ledger}`, { token });
}

/**
 * The receipt exactly as the server spelled it: strictness would be lost by parsing it here. Where the payload's value is
 * not there, or not yet, it is the receipt without one: what is proven does not depend on it.
 */
export async function readReceipt(ledger: string, index: string, token: string): Promise<string> {
  const path = `${base}/${ledger}/records/${index}/receipt`;
  const answer = await send(path, { token }).catch((cause: ApiError) => {
    if (cause.code === "payload-unavailable") return send(`${path}?payload=false`, { token });
    throw cause;
  });
  return answer.text();
}

export function createLedger(ledger: string, visibility: Visibility, token: string): Promise<LedgerInfo> {
  return json(base, { token, body: JSON.stringify({ ledger, rules: { visibility } }) });
}

/** Appends one record and answers its index and receipt. The same `idempotencyKey` never appends it twice. */
export async function appendRecord(ledger: string, body: string, token: string, idempotencyKey: string): Promise<{ index: string; receipt: Receipt }> {
  const headers = { "Idempotency-Key": idempotencyKey };
  const answer = await json<{ records: { index: string; receipt: Receipt }[] }>(`${base}/${ledger}/records`, { token, body, headers });
  const record = answer.records[0];
  if (record === undefined) throw new ApiError(0, "unexpected-answer", "The server's answer names no record.");
  return record;
}

interface Call {
  token: string;
  body?: string;
  headers?: Record<string, string>;
}

async function json<T>(path: string, call: Call): Promise<T> {
  return (await send(path, call)).json() as Promise<T>;
}

async function send(path: string, { token, body, headers = {} }: Call): Promise<Response> {
  const all: Record<string, string> = { ...headers };
  if (token !== "") all["Authorization"] = `Bearer ${token}`;
  if (body !== undefined) all["Content-Type"] = "application/json";
  const method = body === undefined ? "GET" : "POST";
  const response = await fetch(path, { method, headers: all, body: body ?? null, cache: "no-store" }).catch(() => {
    throw new ApiError(0, "unreachable", "The server did not answer. It may be starting, or the network is down.");
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<ApiError> {
  const problem: unknown = await response.json().catch(() => undefined);
  const said = (name: string) => {
    const value = (problem as Record<string, unknown> | undefined)?.[name];
    return typeof value === "string" ? value : undefined;
  };
  const message = said("detail") ?? said("title") ?? `The server answered ${response.status}.`;
  // RFC 9110: seconds, or a date, which this API does not answer.
  const wait = Number(response.headers.get("Retry-After")) * 1000 || 0;
  return new ApiError(response.status, said("code") ?? `http-${response.status}`, message, wait);
}
