/** The command, as a child process from the packed tarball: exit codes, what it prints, and what it reads. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { bundleReceipts, init } from 'stateledger';

import { LOG, noteKey, POLICY, receipt } from './fixtures.mjs';
import { installTarball } from './installed.mjs';
import { entriesOf, filesOf } from './static-log.mjs';

let project;
let remove;
let url;
let server;
let files = filesOf(entriesOf(1_000));

before(async () => {
  await init();
  ({ project, remove } = await installTarball());
  server = createServer((request, response) => {
    const bytes = files.get(request.url.replace('/log/demo/', ''));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${server.address().port}`;
});

after(async () => {
  server?.close();
  server?.closeAllConnections();
  await remove?.();
});

/** Runs `npx stateledger ...` in the project, offline. */
async function command(args, input) {
  const child = spawn(join(project, 'node_modules/.bin/stateledger'), args, { cwd: project, stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.on('error', () => {}).end(input ?? '');
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/** The last line of standard output, and the exit code. */
async function asJson(args, input) {
  const { code, stdout } = await command([...args, '--json'], input);
  return { code, ...JSON.parse(stdout.trimEnd().split('\n').at(-1)) };
}

const KEY = ['--key', LOG.vkey];

test('a receipt from standard input and from a file', async () => {
  const text = JSON.stringify(receipt());
  const piped = await command(['verify-receipt', ...KEY], text);
  assert.deepEqual([piped.code, piped.stderr], [0, '']);
  assert.match(piped.stdout, /^verified: record 2 of 5 in ledger\.example\/log\/demo\n {2}deployment by ci about api/);
  await writeFile(join(project, 'r.json'), text);
  const { ok, index, size, rootHash, payload, record, notChecked } = await asJson(['verify-receipt', 'r.json', ...KEY]);
  assert.deepEqual([ok, index, size, payload, record.type], [true, '2', '5', 'verified', 'deployment']);
  assert.equal(Buffer.from(rootHash, 'base64').length, 32);
  assert.ok(notChecked.includes('append-only'));
});

test('a policy, a file of keys, and a payload that came another way', async () => {
  await writeFile(join(project, 'policy'), POLICY);
  await writeFile(join(project, 'keys'), `${noteKey('ledger.example/log/demo', 9).vkey}\n${LOG.vkey}\n`);
  await writeFile(join(project, 'payload'), '{"commit":"abc1234"}');
  const bare = JSON.stringify(receipt({ withPayload: false, witnessed: true }));
  assert.equal((await asJson(['verify-receipt', '-', '--policy', 'policy'], bare)).payload, 'absent');
  assert.equal((await asJson(['verify-receipt', '--key-file', 'keys', '--payload', 'payload'], bare)).payload, 'verified');
  assert.equal((await asJson(['verify-receipt', '--policy', 'policy', '--max-age', '1'], bare)).code, 'checkpoint-stale');
});

test('a refusal is exit code 1 with the code', async () => {
  const changed = JSON.stringify({ ...receipt(), payload: 'AAAA' });
  const { code, stdout, stderr } = await command(['verify-receipt', ...KEY], changed);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^refused: payload-mismatch: /);
  const told = await command(['verify-receipt', ...KEY, '--json'], changed);
  const { ok, code: named, step } = JSON.parse(told.stdout);
  assert.deepEqual([told.code, ok, named, step], [1, false, 'payload-mismatch', 'payload']);
  assert.equal((await command(['verify-receipt', ...KEY], '{')).code, 1);
});

test('a receipt that is no UTF-8 is refused, not repaired', async () => {
  const text = JSON.stringify(receipt());
  const end = text.indexOf('\\n"', text.indexOf('"checkpoint"'));
  const line = (name) => Buffer.concat([Buffer.from(`${text.slice(0, end)}\\n\u2014 `), name, Buffer.from(` AAAAAAAA${text.slice(end)}`)]);
  assert.equal((await command(['verify-receipt', ...KEY], line(Buffer.from('x')))).code, 0, 'a key that nobody asked about');
  assert.equal((await command(['verify-receipt', ...KEY], line(Buffer.of(0xff)))).code, 1);
});

test('what could not run is exit code 2, and says why', async () => {
  const cases = [
    [[], /no command/], [['verify'], /unknown command/], [['constructor'], /unknown command/],
    [['verify-receipt'], /--key, --key-file or --policy/], [['verify-receipt', ...KEY, '--policy', 'policy'], /--key, --key-file or --policy/],
    [['verify-receipt', 'not-there.json', ...KEY], /not-there\.json/], [['verify-receipt', 'a', 'b', ...KEY], /unexpected argument 'b'/],
    [['verify-receipt', ...KEY, '--max-age', 'x'], /--max-age/], [['verify-receipt', ...KEY, '--nonsense'], /nonsense/],
    [['verify-receipt', '--key', 'nonsense'], /key-malformed|verifier key/], [['audit', ...KEY], /--url/], [['audit', ...KEY, '--url', 'x'], /url/],
    [['audit', ...KEY, '--url', 'http://127.0.0.1:1', '--workers', '99'], /workers/], [['bundle', ...KEY, '--exporter', 'AA'], /--exporter/],
  ];
  for (const [args, why] of cases) {
    const { code, stdout, stderr } = await command(args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, why);
  }
  const { ok, code, message } = JSON.parse((await command(['audit', ...KEY, '--json'])).stdout);
  assert.deepEqual([ok, code], [false, 'could-not-run']);
  assert.match(message, /--url/);
});

test('help and version', async () => {
  const manifest = JSON.parse(await readFile(join(project, 'node_modules/stateledger/package.json'), 'utf8'));
  assert.equal((await command(['--version'])).stdout, `${manifest.version}\n`);
  for (const args of [['--help'], ['verify-receipt', '--help'], ['bundle', '-h'], ['export-bundle', '--help'], ['audit', '--help']]) {
    const { code, stdout } = await command(args);
    assert.equal(code, 0);
    assert.match(stdout, /usage: stateledger/);
    assert.match(stdout, /Exit codes: 0 verified; 1 refused/);
  }
});

test('an audit bundle: who exported it, and a changed one', async () => {
  const bundle = bundleReceipts([receipt()], new Uint8Array(32).fill(5));
  await writeFile(join(project, 'b.bundle'), bundle);
  const good = await asJson(['bundle', 'b.bundle', ...KEY]);
  assert.deepEqual([good.ok, good.size, good.records.length, good.records[0].index, good.records[0].payload], [true, '5', 1, '2', 'verified']);
  assert.equal((await asJson(['bundle', 'b.bundle', ...KEY, '--exporter', good.exporter])).ok, true);
  const other = await command(['bundle', 'b.bundle', ...KEY, '--exporter', Buffer.alloc(32, 1).toString('base64')]);
  assert.equal(other.code, 1);
  bundle[bundle.length - 100] ^= 1;
  const changed = await command(['bundle', ...KEY], bundle);
  assert.equal(changed.code, 1);
  assert.match(changed.stderr, /^refused: exporter-signature-invalid/);
});

test('an audit: threads, a changed entry, a kept head that is rolled back, a state to go on from', async () => {
  const good = await asJson(['audit', '--url', url, ...KEY, '--workers', '2']);
  assert.deepEqual([good.ok, good.size, good.entries, typeof good.seconds], [true, '1000', '1000', 'number']);
  assert.equal(good.rootHash, files.get('checkpoint').toString().split('\n')[2]);

  const whole = files;
  const bundle = Buffer.from(whole.get('tile/entries/002'));
  bundle[30] ^= 1;
  files = new Map([...whole, ['tile/entries/002', bundle]]);
  const told = await command(['audit', '--url', url, ...KEY, '--json', '--resume', 'state.json']);
  const { ok, code, index, entries } = JSON.parse(told.stdout);
  assert.deepEqual([told.code, ok, code, index, entries], [1, false, 'leaf-mismatch', '512', '512']);
  assert.match((await command(['audit', '--url', url, ...KEY])).stderr, /^refused: leaf-mismatch at index 512: /);
  // A state that could not be written hides no refusal, and is no success.
  const nowhere = ['audit', '--url', url, ...KEY, '--json', '--resume', 'no/such/folder/state.json'];
  const refusal = await command(nowhere);
  assert.deepEqual([refusal.code, JSON.parse(refusal.stdout).code], [1, 'leaf-mismatch']);
  files = whole;
  const unkept = await command(nowhere);
  assert.equal(unkept.code, 2);
  assert.match(unkept.stderr + unkept.stdout, /no\/such\/folder/);

  files = whole;
  assert.equal(JSON.parse(await readFile(join(project, 'state.json'), 'utf8')).entries, '512');
  assert.equal((await asJson(['audit', '--url', url, ...KEY, '--resume', 'state.json', '--store', 'heads'])).ok, true);
  files = filesOf([...entriesOf(999), Buffer.from('{}')]);
  const forked = await asJson(['audit', '--url', url, ...KEY, '--store', 'heads']);
  assert.deepEqual([forked.ok, forked.code, forked.evidence.kept], [false, 'fork', whole.get('checkpoint').toString()]);
  files = whole;
  const opaque = await asJson(['audit', '--url', `${url}/log/demo`, ...KEY, '--opaque']);
  assert.equal(opaque.ok, true);
});

test('nobody there is no refusal', async () => {
  const { code, stderr } = await command(['audit', '--url', 'http://127.0.0.1:1', ...KEY]);
  assert.equal(code, 2);
  assert.match(stderr, /could not run: no answer from 127\.0\.0\.1:1/);
});
