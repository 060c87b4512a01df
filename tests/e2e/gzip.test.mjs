// Entry bundles go out as gzip to who accepts that (C2SP tlog-tiles allows it), and as they are to everybody else.
import assert from "node:assert/strict";
import { get } from "node:http";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { clientOf } from "../support/client.mjs";
import { startServer } from "../support/server.mjs";

const LEDGER = "bundled";

test("bundles are compressed for who accepts it, and nothing else is", async (t) => {
  const server = await startServer(t);
  const client = clientOf(server);
  await client.createLedger(LEDGER);
  const records = Array.from({ length: 300 }, (_, n) => ({ type: "reading", source: "test", payload: n }));
  await client.append(LEDGER, { records });
  for (const path of ["tile/entries/000", "tile/entries/001.p/44"]) {
    const at = new URL(`/log/${LEDGER}/${path}`, server.url);
    const plain = await ask(at, { "Accept-Encoding": "identity" });
    const short = await ask(at, { "Accept-Encoding": "gzip" });
    assert.deepEqual([plain.status, plain.headers["content-encoding"]], [200, undefined]);
    assert.deepEqual([short.status, short.headers["content-encoding"]], [200, "gzip"]);
    assert.deepEqual(gunzipSync(short.body), plain.body);
    assert.ok(short.body.length * 2 < plain.body.length, `${short.body.length} of ${plain.body.length} bytes`);
    for (const { headers } of [plain, short]) assert.match(headers.vary, /Accept-Encoding/i);
    assert.equal(short.headers.etag, `W/${plain.headers.etag}`);
    assert.equal(short.headers["cache-control"], plain.headers["cache-control"]);
    for (const encoding of ["gzip", "identity"]) {
      for (const tag of [plain.headers.etag, short.headers.etag]) {
        const known = await ask(at, { "Accept-Encoding": encoding, "If-None-Match": tag });
        assert.deepEqual([known.status, known.body.length], [304, 0], `${encoding}, ${tag}`);
      }
    }
    const head = await ask(at, { "Accept-Encoding": "gzip" }, "HEAD");
    assert.deepEqual([head.status, head.body.length], [200, 0]);
  }
  const hashes = await ask(new URL(`/log/${LEDGER}/tile/0/000`, server.url), { "Accept-Encoding": "gzip" });
  assert.deepEqual([hashes.status, hashes.headers["content-encoding"], hashes.body.length], [200, undefined, 256 * 32]);
});

/** One request whose answer nobody decodes on the way. */
function ask(url, headers, method = "GET") {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, method }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.on("error", reject);
  });
}
