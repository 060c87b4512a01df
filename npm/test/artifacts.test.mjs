/** Artifacts: nothing is handed over whose hash is another one. tests/e2e/client-artifacts.test.mjs asks a real server. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';

import { init, LedgerClient, LedgerError, VerificationError } from 'stateledger';

import { LOG } from './fixtures.mjs';

before(() => init());

const CONTENT = Uint8Array.of(0, 1, 2, 255);
const HASH = createHash('sha256').update(CONTENT).digest();
const HEX = HASH.toString('hex');

/** A server that keeps blobs; `change` may lie about an answer's bytes or members. */
function keeping(change = (answer) => answer) {
  const kept = new Map();
  const requests = [];
  const fetch = async (url, { method = 'GET', body, headers }) => {
    const { pathname } = new URL(url);
    requests.push([method, pathname, headers['content-type']]);
    const [, sha256] = /^\/api\/v1\/ledgers\/demo\/artifacts\/([0-9a-f]{64})$/.exec(pathname);
    if (method === 'PUT') {
      kept.set(sha256, body);
      return Response.json(change({ ledger: 'demo', sha256, size: `${body.length}` }), { status: 201 });
    }
    return kept.has(sha256) ? new Response(change(kept.get(sha256))) : Response.json({ code: 'artifact-not-found' }, { status: 404, headers: { 'content-type': 'application/problem+json' } });
  };
  return { client: new LedgerClient({ url: 'https://ledger.example', key: LOG.vkey, fetch, retries: 0 }), requests };
}

async function refused(code, work) {
  const thrown = await work.then(() => assert.fail(`expected ${code}, but it passed`), (error) => error);
  assert.ok(thrown instanceof VerificationError || thrown instanceof LedgerError, String(thrown?.stack));
  assert.equal(thrown.code, code);
}

test('what was put is got, by either form of its hash', async () => {
  const { client, requests } = keeping();
  assert.deepEqual(await client.putArtifact(CONTENT), { sha256: HEX, size: 4n });
  for (const name of [HEX, Uint8Array.from(HASH)]) assert.deepEqual(await client.getArtifact(name), CONTENT);
  assert.deepEqual(requests[0], ['PUT', `/api/v1/ledgers/demo/artifacts/${HEX}`, 'application/octet-stream']);
  assert.deepEqual(await client.putArtifact(new Uint8Array()), { sha256: createHash('sha256').digest('hex'), size: 0n });
  await refused('artifact-not-found', client.getArtifact('00'.repeat(32)));
});

test('what is sent is what was hashed, whatever the caller does to it meanwhile', async () => {
  const { client } = keeping();
  const content = CONTENT.slice();
  const sending = client.putArtifact(content);
  content.fill(9);
  assert.equal((await sending).sha256, HEX);
  assert.deepEqual(await client.getArtifact(HEX), CONTENT);
});

test('each lie has its code', async () => {
  const put = (change) => keeping((answer) => ({ ...answer, ...change })).client.putArtifact(CONTENT);
  await refused('answer-mismatch', put({ sha256: '00'.repeat(32) }));
  await refused('answer-mismatch', put({ size: '5' }));
  await refused('answer-malformed', put({ size: 4 }));
  for (const [code, lie] of [['answer-mismatch', Uint8Array.of(0, 1, 2, 254)], ['answer-mismatch', new Uint8Array()], ['answer-too-large', new Uint8Array(20 * 2 ** 20 + 1)]]) {
    const { client } = keeping((answer) => (answer instanceof Uint8Array ? lie : answer));
    await client.putArtifact(CONTENT);
    await refused(code, client.getArtifact(HEX));
  }
});

test('what no server keeps is told before it is sent', async () => {
  const { client, requests } = keeping();
  await assert.rejects(client.putArtifact(new Uint8Array(20 * 2 ** 20 + 1)), RangeError);
  for (const name of [HEX.toUpperCase(), HEX.slice(1), '', HASH.subarray(1)]) await assert.rejects(client.getArtifact(name), RangeError);
  assert.deepEqual(requests, []);
});
