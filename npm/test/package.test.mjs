/** What is in the tarball, and that it works in Node and in workerd. tests/browser/package.test.mjs runs it in Chromium. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { LOG, receipt } from './fixtures.mjs';
import { installTarball } from './installed.mjs';
import { complaintsOf } from './sizes.mjs';
import { entriesOf, filesOf } from './static-log.mjs';
import { vectorCalls } from './vectors.mjs';

const run = promisify(execFile);
const room = dirname(import.meta.dirname);
const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));
let project;
let installed;
let packed;
let remove;

before(async () => {
  ({ project, installed, packed, remove } = await installTarball());
});

after(() => remove?.());

test('the tarball holds one module, the loaders, types, licence, README and cookbook, and nothing else', async () => {
  const files = packed.files.map(({ path }) => path).sort();
  assert.deepEqual(files.filter((path) => path.endsWith('.wasm')), ['dist/stateledger.wasm']);
  const expected = /^(LICENSE|README\.md|COOKBOOK\.md|package\.json|bin\/stateledger\.mjs|dist\/verify\.html|dist\/([a-z-]+\/)*[a-z_-]+\.(js|d\.ts)|dist\/stateledger\.wasm(\.base64\.js)?)$/;
  assert.deepEqual(files.filter((path) => !expected.test(path)), []);
  // An entry point reads itself and one more file: each costs a start about a millisecond.
  const scripts = ['browser', 'cli/main', 'inline', 'late', 'node', 'shared', 'slim', 'stateledger.wasm.base64', 'worker', 'workerd'];
  assert.deepEqual(files.filter((path) => path.endsWith('.js')), scripts.map((name) => `dist/${name}.js`));
  for (const text of ['README.md', 'COOKBOOK.md']) assert.ok(files.includes(text), text);
  const licence = (folder) => readFile(join(folder, 'LICENSE'), 'utf8');
  assert.equal(await licence(installed), await licence(dirname(room)));
});

test('the manifest promises what the bar asks', async () => {
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.sideEffects, false);
  assert.equal(manifest.publishConfig.provenance, true);
  assert.deepEqual(Object.keys(manifest.exports['.']), ['types', 'workerd', 'node', 'browser', 'default']);
  assert.deepEqual(Object.keys(manifest.exports), ['.', './slim', './inline', './worker.js', './stateledger.wasm', './verify.html', './package.json']);
  assert.deepEqual(Object.keys(manifest.scripts).filter((name) => /install|prepare/.test(name)), []);
});

test('every file stays under its cap, and would be missed without one', async () => {
  const sizes = {};
  for (const { path } of packed.files) sizes[path] = gzipSync(await readFile(join(installed, path)), { level: 9 }).length;
  assert.deepEqual(complaintsOf(sizes), []);
  const scripts = Object.entries(sizes).filter(([path]) => !path.endsWith('.d.ts'));
  console.log('bytes of gzip:', JSON.stringify(Object.fromEntries(scripts)));
  assert.deepEqual(complaintsOf({ ...sizes, 'dist/new.js': 1, 'dist/node.js': 9_999 }), ['dist/node.js: 9999 bytes of gzip, cap 650', 'dist/new.js has no cap']);
  const { 'dist/worker.js': _, ...fewer } = sizes;
  assert.deepEqual(complaintsOf(fewer), ['dist/worker.js is not in the package']);
});

test('inline carries the same bytes as the file', async () => {
  const { BASE64 } = await import(join(installed, 'dist/stateledger.wasm.base64.js'));
  assert.deepEqual(Buffer.from(BASE64, 'base64'), await readFile(join(installed, 'dist/stateledger.wasm')));
});

test('loaders are short, and no file needs more than wasm-unsafe-eval', async () => {
  const loaders = ['browser', 'node', 'workerd', 'slim', 'inline'];
  for (const name of await readdir(join(installed, 'dist'))) {
    if (!name.endsWith('.js') || name.includes('base64')) continue;
    const text = await readFile(join(installed, 'dist', name), 'utf8');
    assert.doesNotMatch(text, /\beval\s*\(|new\s+Function|\bFunction\s*\(/, name);
    if (loaders.includes(name.slice(0, -3))) assert.ok(text.split('\n').length < 100, name);
  }
});

const CHECK = `
  await init();
  const verdict = verifyReceipt(${JSON.stringify(JSON.stringify(receipt()))}, { key: ${JSON.stringify(LOG.vkey)} });
  let code;
  try { verifyReceipt('{}', { key: ${JSON.stringify(LOG.vkey)} }); } catch (error) { code = error instanceof VerificationError && error.code; }
  const said = [verdict.origin, String(verdict.index), verdict.payload, code].join(' ');`;
const SAID = 'ledger.example/log/demo 2 verified receipt-malformed';

test('Node imports it as an ES module, by every entry', async () => {
  for (const entry of ['stateledger', 'stateledger/inline']) {
    await writeFile(join(project, 'main.mjs'), `import { init, verifyReceipt, VerificationError } from '${entry}';${CHECK} console.log(said);`);
    assert.equal((await run(process.execPath, ['main.mjs'], { cwd: project })).stdout, `${SAID}\n`);
  }
});

test('a bundle has no more of the module than what is called: a bundler drops the rest of the bindings', async () => {
  const { build } = await import('esbuild');
  const named = async (code) => {
    const stdin = { contents: `${code} await init();`, resolveDir: project };
    const { outputFiles: [{ text }] } = await build({ stdin, bundle: true, format: 'esm', minify: true, write: false, logLevel: 'error' });
    const module = await WebAssembly.compile(await readFile(join(installed, 'dist/stateledger.wasm')));
    return WebAssembly.Module.exports(module).map(({ name }) => name).filter((name) => !name.startsWith('__') && name !== 'memory' && text.includes(`.${name}(`));
  };
  const trust = ['trust_expect_age', 'trust_expect_authors', 'trust_from_keys', 'trust_from_policy'];
  assert.deepEqual((await named("import { init, verifyReceipt } from 'stateledger'; verifyReceipt('', { key: '' });")).sort(), [...trust, 'verify_receipt']);
  assert.deepEqual(await named("import { init, verifySignature } from 'stateledger'; verifySignature({});"), ['verify_signature']);
});

test('workerd runs it and every vector: the module comes compiled, and nothing compiles code at run time', async () => {
  const { Miniflare } = await import('miniflare');
  const { build } = await import('esbuild');
  await copyFile(join(import.meta.dirname, 'judge.mjs'), join(project, 'judge.mjs'));
  await writeFile(join(project, 'calls.json'), JSON.stringify(vectorCalls()));
  await writeFile(join(project, 'worker.mjs'), `import * as stateledger from 'stateledger';
    import { judge } from './judge.mjs';
    import calls from './calls.json';
    const { init, verifyReceipt, VerificationError } = stateledger;
    export default { async fetch() { ${CHECK} return Response.json({ said, calls: calls.length, complaints: await judge(stateledger, calls) }); } };`);
  const external = { name: 'keep the module beside the code', setup: ({ onResolve }) => onResolve({ filter: /\.wasm$/ }, () => ({ path: './stateledger.wasm', external: true })) };
  const options = { bundle: true, format: 'esm', conditions: ['workerd'], plugins: [external], absWorkingDir: project };
  await build({ ...options, entryPoints: ['worker.mjs'], outfile: join(project, 'out/worker.js') });
  const contents = await readFile(join(installed, 'dist/stateledger.wasm'));
  const script = await readFile(join(project, 'out/worker.js'), 'utf8');
  const host = new Miniflare({
    compatibilityDate: '2026-04-01',
    modules: [{ type: 'ESModule', path: 'worker.js', contents: script }, { type: 'CompiledWasm', path: 'stateledger.wasm', contents }],
  });
  try {
    const response = await host.dispatchFetch('http://worker.example/');
    assert.deepEqual(await response.json(), { said: SAID, calls: vectorCalls().length, complaints: [] });
  } finally {
    await host.dispose();
  }
});

test('an audit has threads in a bundle of esbuild that has their file as an entry, and without it an error that says so', async () => {
  const { build } = await import('esbuild');
  const files = [...filesOf(entriesOf(600))].map(([path, bytes]) => [path, bytes.toString('base64')]);
  await writeFile(join(project, 'threads.mjs'), `import { init, LedgerClient } from 'stateledger/inline';
    const files = new Map(${JSON.stringify(files)});
    const fetch = async (url) => new Response(Buffer.from(files.get(new URL(url).pathname.slice('/log/demo/'.length)), 'base64'));
    await init();
    const client = new LedgerClient({ url: 'https://ledger.example', key: ${JSON.stringify(LOG.vkey)}, fetch });
    console.log(await client.audit({ workers: 2 }).then(({ verified }) => String(verified), ({ name, code }) => [name, code].join(' ')));`);
  const said = async (entryPoints, outdir) => {
    await build({ entryPoints, outdir: join(project, outdir), absWorkingDir: project, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' });
    return (await run(process.execPath, [join(project, outdir, 'threads.js')])).stdout;
  };
  assert.equal(await said({ threads: 'threads.mjs', worker: 'stateledger/worker.js' }, 'with'), '600\n');
  assert.equal(await said({ threads: 'threads.mjs' }, 'without'), 'StartError worker-unreachable\n');
});

test('types hold, with the DOM\'s types and with Node\'s alone, and refuse a number for an index', async () => {
  await symlink(join(modules, '@types'), join(project, 'node_modules/@types'));
  await writeFile(join(project, 'types.ts'), await readFile(join(import.meta.dirname, 'types.ts'), 'utf8'));
  const common = { noEmit: true, strict: true, exactOptionalPropertyTypes: true, module: 'nodenext', target: 'es2022' };
  for (const surroundings of [{ lib: ['es2022', 'dom'], types: [] }, { lib: ['es2022'], types: ['node'] }]) {
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...common, ...surroundings }, files: ['types.ts'] }));
    await run(process.execPath, [join(modules, 'typescript/lib/tsc.js')], { cwd: project }).catch(({ stdout }) => assert.fail(stdout));
  }
});
