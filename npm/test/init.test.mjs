import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs `body` in a process of its own, where nothing was started yet. */
async function fresh(body, entry = 'stateledger', flags = []) {
  const code = `
    import assert from 'node:assert/strict';
    import { createServer } from 'node:http';
    import { readFile } from 'node:fs/promises';
    import { init, MerkleLog, verifyInclusion, verifyReceipt } from '${entry}';
    const file = new URL(import.meta.resolve('stateledger/stateledger.wasm'));
    const bytes = await readFile(file);
    const works = () => assert.equal(MerkleLog.fromEntries([new Uint8Array(1)]).size, 1n);
    ${body}
    console.log('reached the end');`;
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '--eval', code], { cwd: import.meta.dirname });
  assert.match(stdout, /reached the end/);
}

test('a call before init names init', () =>
  fresh(`
    for (const call of [() => verifyReceipt('{}', { key: 'k' }), () => verifyInclusion({}), () => MerkleLog.fromEntries([])]) assert.throws(call, { name: 'StartError', code: 'not-started', message: /await init\\(\\)/ });
    await init();
    works();`));

test('init is idempotent and takes calls that overlap', () =>
  fresh(`
    const promises = [init(), init(), init(bytes), init(new URL('http://127.0.0.1:1/'))];
    assert.deepEqual(await Promise.all(promises), [undefined, undefined, undefined, undefined]);
    works();
    assert.equal(await init('ignored once started'), undefined);`));

test('every source works: file and http URL, Request, Response of both types, bytes, module', async () => {
  const server = `
    const server = createServer((request, response) => {
      if (request.url === '/missing') return void response.writeHead(404).end();
      response.setHeader('content-type', request.url === '/typed' ? 'application/wasm' : 'application/octet-stream');
      response.end(bytes);
    }).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const base = 'http://127.0.0.1:' + server.address().port;`;
  const sources = ['file', 'new URL(base + "/typed")', 'new URL(base + "/plain")', 'new Request(base + "/typed")', 'fetch(base + "/typed")', 'new Response(bytes)', 'bytes', 'bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)', 'new DataView(Uint8Array.from(bytes).buffer)', 'new WebAssembly.Module(bytes)'];
  for (const source of sources) await fresh(`${server} await init(await ${source}); works(); server.close(); server.closeAllConnections();`);
  await fresh(`${server}
    await assert.rejects(init(new URL(base + '/missing')), { name: 'StartError', code: 'module-unreachable', message: /404/ });
    await init(new URL(base + '/typed')); works(); server.close(); server.closeAllConnections();`);
});

test('a failed start leaves nothing behind', () =>
  fresh(`
    await assert.rejects(init(new URL('http://127.0.0.1:1/')));
    await assert.rejects(init(new Uint8Array(8)), WebAssembly.CompileError);
    await assert.rejects(init(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)), { name: 'StartError', code: 'module-foreign', message: /not stateledger\\.wasm/ });
    for (const wrong of ['x.wasm', 1, null, {}, [], () => {}, new SharedArrayBuffer(8)]) await assert.rejects(init(wrong), { name: 'TypeError', message: /source/ });
    assert.throws(works, /await init\\(\\)/);
    await init();
    works();`));

test('where the engine has no SIMD, init says so with a code, and each time', () =>
  fresh(`
    for (let i = 0; i < 2; i++) await assert.rejects(init(), { name: 'StartError', code: 'simd-unsupported', message: /SIMD/ });
    await assert.rejects(init(new Uint8Array(8)), { code: 'simd-unsupported' });
    assert.throws(works, { code: 'not-started' });`, 'stateledger', ['--no-enable-sse4-1']));

test('a source is tried when the attempt under way fails', () =>
  fresh(`
    const failing = init(new URL('http://127.0.0.1:1/'));
    const good = init(bytes);
    await assert.rejects(failing);
    await good;
    works();`));

test('slim needs a source', () =>
  fresh(`
    await assert.rejects(init(), /slim.*source/);
    await init(bytes);
    works();`, 'stateledger/slim'));

test('inline needs no file', () => fresh('await init(); works();', 'stateledger/inline'));

test('the entry points share one instance', () =>
  fresh(`
    await (await import('stateledger/inline')).init();
    works();`));
