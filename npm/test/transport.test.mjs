/** Servers that are slow, huge, down, busy or absent: bounded time, bounded memory, and errors that tell them apart. */
import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:http';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { init, LedgerClient, LedgerError, NetworkError, VerificationError } from 'stateledger';

import { entry, LOG } from './fixtures.mjs';
import { entriesOf, filesOf } from './static-log.mjs';

before(() => init());

/** A server on loopback, and a client of it. */
async function serving(t, handler, options = {}) {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  return new LedgerClient({ url, key: LOG.vkey, retries: 0, ...options });
}

const CHECKPOINT = filesOf([entry()]).get('checkpoint');
const rejected = (work) => work.then(() => assert.fail('it passed'), (error) => error);

test('nobody there', async () => {
  const client = new LedgerClient({ url: 'http://127.0.0.1:1', key: LOG.vkey, retries: 0 });
  const error = await rejected(client.checkpoint());
  assert.ok(error instanceof NetworkError);
  assert.equal(error.code, 'unreachable');
});

test('an answer that never comes, or stops in the middle, ends in time', async (t) => {
  const silent = await serving(t, () => {}, { timeoutMs: 200 });
  assert.equal((await rejected(silent.checkpoint())).code, 'timeout');
  const slow = await serving(t, (request, response) => void response.write('ledger'), { timeoutMs: 200 });
  assert.equal((await rejected(slow.checkpoint())).code, 'timeout');
  const cut = await serving(t, (request, response) => {
    response.writeHead(200, { 'content-length': '500' }).write('ledger');
    setTimeout(() => response.destroy(), 50);
  });
  assert.equal((await rejected(cut.checkpoint())).code, 'interrupted');
});

test('a huge answer is not read to its end, said or unsaid', async (t) => {
  for (const announced of [true, false]) {
    let written = 0;
    const client = await serving(t, async (request, response) => {
      response.writeHead(200, announced ? { 'content-length': `${1 << 30}` } : {});
      const block = Buffer.alloc(1 << 16);
      while (!response.destroyed && written < 1 << 28) {
        written += block.length;
        if (!response.write(block)) await sleep(1);
      }
    });
    const error = await rejected(client.checkpoint());
    assert.ok(error instanceof VerificationError);
    assert.equal(error.code, 'answer-too-large');
    assert.ok(written < 1 << 26, `${written} bytes were taken`);
  }
});

test('a refusal has its code, status and pause; what is no problem document has its status', async (t) => {
  const client = await serving(t, (request, response) => {
    response.writeHead(409, { 'content-type': 'application/problem+json', 'retry-after': '7' });
    response.end(JSON.stringify({ code: 'expected-size-mismatch', title: 'Expected size mismatch', detail: 'the size is 3', status: 409 }));
  });
  const error = await rejected(client.checkpoint());
  assert.ok(error instanceof LedgerError);
  const { code, status, title, detail, retryAfterSeconds } = error;
  assert.deepEqual([code, status, title, detail, retryAfterSeconds], ['expected-size-mismatch', 409, 'Expected size mismatch', 'the size is 3', 7]);
  for (const [type, body] of [['text/html', '<h1>'], ['application/problem+json', '{'], ['application/problem+json', '{"code":"<script>"}'], ['application/problem+json', Buffer.alloc(1 << 20)]]) {
    const other = await serving(t, (request, response) => response.writeHead(502, { 'content-type': type }).end(body));
    assert.equal((await rejected(other.checkpoint())).code, 'http-502');
  }
});

test('no token follows a redirect', async (t) => {
  const elsewhere = [];
  const target = createServer((request, response) => (elsewhere.push(request.headers), response.end()));
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  t.after(() => target.close());
  const client = await serving(t, (request, response) => response.writeHead(302, { location: `http://127.0.0.1:${target.address().port}/` }).end(), { token: 'secret' });
  assert.equal((await rejected(client.checkpoint())).code, 'http-302');
  assert.deepEqual(elsewhere, []);
});

test('what may pass is tried again, with the same keys; what may not is not', async (t) => {
  const bodies = [];
  const busy = await serving(t, (request, response) => {
    let body = '';
    request.on('data', (part) => (body += part)).on('end', () => {
      bodies.push(body);
      if (bodies.length === 1) return request.socket.destroy();
      response.writeHead(bodies.length === 3 ? 522 : bodies.length < 4 ? 503 : 422, { 'content-type': 'application/problem+json', ...(bodies.length === 2 && { 'retry-after': '1' }) });
      response.end(JSON.stringify({ code: bodies.length < 4 ? 'overloaded' : 'idempotency-conflict' }));
    });
  }, { retries: 5, token: 'x' });
  const began = Date.now();
  const error = await rejected(busy.append({ type: 't', source: 's', payload: 1 }));
  assert.equal(error.code, 'idempotency-conflict');
  assert.equal(bodies.length, 4);
  assert.equal(new Set(bodies).size, 1, 'another key was drawn');
  assert.ok(Date.now() - began >= 1_000, 'Retry-After was not kept');

  let asked = 0;
  const halted = await serving(t, (request, response) => (asked++, response.writeHead(503, { 'content-type': 'application/problem+json' }).end('{"code":"ledger-halted"}')), { retries: 5 });
  assert.equal((await rejected(halted.checkpoint())).code, 'ledger-halted');
  assert.equal(asked, 1);

  asked = 0;
  const long = await serving(t, (request, response) => (asked++, response.writeHead(429, { 'retry-after': '3600' }).end()), { retries: 5 });
  assert.equal((await rejected(long.checkpoint())).retryAfterSeconds, 3600);
  assert.equal(asked, 1);
});

test('a signal ends a call at once: before, while it waits and between two tries', async (t) => {
  const silent = await serving(t, () => {});
  await assert.rejects(silent.checkpoint({ signal: AbortSignal.abort(new Error('never')) }), /never/);
  const waiting = new AbortController();
  setTimeout(() => waiting.abort(new Error('enough')), 50);
  await assert.rejects(silent.checkpoint({ signal: waiting.signal }), /enough/);
  const busy = await serving(t, (request, response) => response.writeHead(503, { 'retry-after': '30' }).end(), { retries: 5 });
  const pausing = new AbortController();
  setTimeout(() => pausing.abort(new Error('no more')), 50);
  await assert.rejects(busy.checkpoint({ signal: pausing.signal }), /no more/);
});

test('one signal serves any number of calls, and nobody warns of a leak', async (t) => {
  const files = filesOf(entriesOf(4_000));
  const client = await serving(t, (request, response) => setTimeout(() => response.end(files.get(request.url.slice('/log/demo/'.length))), 5));
  const warnings = [];
  const note = ({ name, message }) => warnings.push(`${name}: ${message}`);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, () => client.checkpoint({ signal })));
  await Promise.all([client.entries({ start: 0n, end: 4_000n, signal }), client.audit({ signal }), client.audit({ signal, workers: 2 })]);
  await sleep(0); // Warnings are told in their own turn.
  assert.deepEqual(warnings, []);
  assert.equal(getEventListeners(signal, 'abort').length, 0, 'a listener was left');

  const cut = new AbortController();
  const calls = Array.from({ length: 30 }, () => rejected(client.checkpoint({ signal: cut.signal })));
  cut.abort(new Error('enough'));
  for (const error of await Promise.all(calls)) assert.match(error.message, /enough/);
});

test('a fetch that knows no signals does not hold a call', async () => {
  const deaf = new LedgerClient({ url: 'https://ledger.example', key: LOG.vkey, retries: 0, timeoutMs: 50, fetch: () => new Promise(() => {}) });
  assert.equal((await rejected(deaf.checkpoint())).code, 'timeout');
});

test('where a ledger is can be said in each way', async () => {
  const asked = [];
  const fetch = async (url) => (asked.push(String(url)), new Response(CHECKPOINT));
  const urls = ['https://ledger.example', 'https://ledger.example/', new URL('https://ledger.example/api/v1/ledgers/demo'), 'https://ledger.example/log/demo/'];
  for (const url of urls) await new LedgerClient({ url, key: LOG.vkey, fetch }).checkpoint();
  await new LedgerClient({ url: 'https://proxy.example/below/', key: LOG.vkey, fetch }).checkpoint();
  assert.deepEqual([...new Set(asked)], ['https://ledger.example/log/demo/checkpoint', 'https://proxy.example/below/log/demo/checkpoint']);
});

test('misuse names the option', () => {
  const good = { url: 'https://ledger.example', key: LOG.vkey };
  const cases = [
    [{ ...good, url: 'ledger.example' }, TypeError, /url/], [{ ...good, url: 'ftp://ledger.example' }, TypeError, /url/], [{ ...good, url: 'https://u:p@ledger.example' }, TypeError, /url/],
    [{ ...good, key: undefined }, TypeError, /key/], [{ ...good, policy: 'x' }, TypeError, /key/], [{ ...good, key: 1 }, TypeError, /key/], [{ ...good, key: [LOG.vkey, 'other+0+x'] }, RangeError, /key/],
    [{ ...good, token: 'a b' }, TypeError, /token/], [{ ...good, fetch: 1 }, TypeError, /fetch/], [{ ...good, store: {} }, TypeError, /store/],
    [{ ...good, retries: -1 }, RangeError, /retries/], [{ ...good, timeoutMs: 1.5 }, RangeError, /timeoutMs/], [{ ...good, timeoutMs: 2 ** 31 }, RangeError, /timeoutMs/], [{ ...good, tokn: 'x' }, TypeError, /tokn/],
  ];
  for (const [options, kind, name] of cases) assert.throws(() => new LedgerClient(options), (error) => error.constructor === kind && name.test(error.message), JSON.stringify(Object.keys(options)));
});

test('tiles under another prefix: they are read there, and another host gets no token', async (t) => {
  const asked = [];
  const files = filesOf(entriesOf(3));
  const mirror = (request, response) => {
    asked.push([request.url, request.headers.authorization]);
    response.end(files.get(request.url.slice('/mirrors/one/'.length)));
  };
  const server = createServer(mirror).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const log = `http://127.0.0.1:${server.address().port}/mirrors/one`;
  const options = { key: LOG.vkey, token: 'secret', retries: 0, log };
  const elsewhere = new LedgerClient({ ...options, url: 'https://ledger.example' });
  assert.equal((await elsewhere.audit()).size, 3n);
  assert.deepEqual(asked.find(([, token]) => token !== undefined), undefined);
  assert.ok(asked.some(([path]) => path === '/mirrors/one/checkpoint'));
  asked.length = 0;
  assert.equal((await new LedgerClient({ ...options, url: log }).audit()).size, 3n);
  assert.ok(asked.every(([, token]) => token === 'Bearer secret'));
});
