// The HTTP API as the tests call it.
import assert from "node:assert/strict";

/** A client of one server. Every call answers {status, headers, body}; `ok` variants insist on success. */
export function clientOf({ url, token }) {
  async function call(method, path, body, headers = {}) {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
  }

  async function expect(status, method, path, body, headers) {
    const answer = await call(method, path, body, headers);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const ledger = (id) => `/api/v1/ledgers/${id}`;
  return {
    token,
    call,
    createLedger: (id, visibility = "public") =>
      expect(201, "POST", "/api/v1/ledgers", { ledger: id, rules: { visibility } }),
    readLedger: (id) => expect(200, "GET", ledger(id)),
    append: (id, body, headers) => expect(201, "POST", `${ledger(id)}/records`, body, headers),
    record: (id, index) => expect(200, "GET", `${ledger(id)}/records/${index}`),

    /** Every record of a ledger, oldest first, page by page. */
    async allRecords(id) {
      const records = [];
      let cursor;
      do {
        const query = new URLSearchParams({ limit: "1000", ...(cursor && { cursor }) });
        const page = await expect(200, "GET", `${ledger(id)}/records?${query}`);
        records.push(...page.records);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return records;
    },
  };
}
