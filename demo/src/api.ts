// The HTTP API as this page uses it: one function per call, one error type for every refusal.

/** A ledger as the API describes it. */
export interface LedgerInfo {
  ledger: string;
  origin: string;
  verifierKey: string;
  /** Number of records, decimal. */
  size: string;
  /** Base64 of 32 bytes. */
  rootHash: string;
  rules: { visibility: Visibility };
}

export type Visibility = "public" | "proofs" | "private";

/** A record as a list shows it. The server says so; only a verified receipt proves it. */
export interface ListedRecord {
  index: string;
  time: string;
  type: string;
  source: string;
  subject?: string;
}

export interface RecordPage {
  records: ListedRecord[];
  nextCursor?: string;
}

/** What the append form collects; `json` is the payload's own text, sent as it was typed. */
export interface NewRecord {
  type: string;
  source: string;
  subject: string;
  payload: { kind: "json"; json: string } | { kind: "text"; base64: string };
}

/** A refusal (RFC 9457) or a failed request, with the code that names its cause. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

const PAGE = 25;
const base = "/api/v1/ledgers";

/** 404 `ApiError` where the ledger is unknown, or private and the token may not see it. */
export function readLedger(ledger: string, token: string): Promise<LedgerInfo> {
  return json(`${base}/${ledger}`, { token });
}

/** One page of records, newest first. */
export function listRecords(ledger: string, token: string, cursor?: string): Promise<RecordPage> {
  const query = new URLSearchParams({ order: "desc", limit: String(PAGE) });
  if (cursor !== undefined) query.set("cursor", cursor);
  return json(`${base}/${ledger}/records?${query}`, { token });
}

/** The receipt exactly as the server spelled it: strictness would be lost by parsing it here. */
export async function readReceipt(ledger: string, index: string, token: string): Promise<string> {
  return (await send(`${base}/${ledger}/records/${index}/receipt`, { token })).text();
}

export function createLedger(ledger: string, visibility: Visibility, token: string): Promise<LedgerInfo> {
  return json(base, { token, body: JSON.stringify({ ledger, rules: { visibility } }) });
}

/** Appends one record and answers its index. The same `idempotencyKey` never appends it twice. */
export async function appendRecord(
  ledger: string,
  record: NewRecord,
  token: string,
  idempotencyKey: string,
): Promise<string> {
  const answer = await json<{ records: { index: string }[] }>(`${base}/${ledger}/records`, {
    token,
    body: recordBody(record),
    headers: { "Idempotency-Key": idempotencyKey },
  });
  const index = answer.records[0]?.index;
  if (index === undefined) throw new ApiError(0, "unexpected-answer", "The server's answer names no record.");
  return index;
}

// A JSON payload is spliced in as text: JSON.parse would round large integers and drop repeated
// members in silence, and refusing those is the server's business.
function recordBody({ type, source, subject, payload }: NewRecord): string {
  const members = JSON.stringify(subject === "" ? { type, source } : { type, source, subject }).slice(0, -1);
  return payload.kind === "json"
    ? `${members},"payload":${payload.json}}`
    : `${members},"contentType":"text/plain;charset=utf-8","payloadBase64":"${payload.base64}"}`;
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
  return new ApiError(response.status, said("code") ?? `http-${response.status}`, message);
}
