/** A whole log from its tiles: what holds, what does not and where, cancel and resume, threads, memory. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, test } from 'node:test';
import { promisify } from 'node:util';

import { init, LedgerClient, VerificationError } from 'stateledger';

import { entry, LOG, ORIGIN } from './fixtures.mjs';
import { entriesOf, fetchOf, filesOf } from './static-log.mjs';

const URL_OF_LOG = 'https://ledger.example/log/demo';
const clientOf = (fetch, more = {}) => new LedgerClient({ url: URL_OF_LOG, key: LOG.vkey, fetch, retries: 0, ...more });
const SIZE = 66_000;
let files;

before(async () => {
  await init();
  files = filesOf(entriesOf(SIZE));
});

async function found(files, hostile, options = {}) {
  const thrown = await clientOf(fetchOf(files, hostile)).audit(options).then(() => assert.fail('the audit passed'), (error) => error);
  assert.ok(thrown instanceof VerificationError, String(thrown?.stack));
  return [thrown.code, thrown.index];
}

test('a log that holds: every size around the edges of tiles', async () => {
  for (const size of [0, 1, 2, 255, 256, 257, 511, 512, 700]) {
    const report = await clientOf(fetchOf(filesOf(entriesOf(size)))).audit();
    assert.equal(report.size, BigInt(size));
    assert.equal(report.verified, BigInt(size));
    assert.equal(report.origin, ORIGIN);
    assert.deepEqual(report.signers, [{ name: ORIGIN, kind: 'log' }]);
  }
});

test('three levels of tiles, with two threads and with none, and each tile is asked for once', async () => {
  for (const workers of [0, 2]) {
    const asked = [];
    const report = await clientOf(fetchOf(files, (path, bytes) => (asked.push(path), bytes))).audit({ workers });
    assert.equal(report.verified, BigInt(SIZE));
    assert.deepEqual(asked.sort(), [...files.keys()].sort());
  }
});

test('one changed bit is found at its entry, wherever it is', async () => {
  const flipped = (path, at) => (asked, bytes) => {
    if (asked !== path) return bytes;
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    return changed;
  };
  for (const workers of [0, 2]) {
    assert.deepEqual(await found(files, flipped('tile/0/001', 7 * 32), { workers }), ['leaf-mismatch', 263n]);
    assert.deepEqual(await found(files, flipped('tile/entries/002', 40), { workers }), ['leaf-mismatch', 512n]);
  }
  assert.deepEqual(await found(files, flipped('tile/1/000', 5 * 32 + 1)), ['tile-mismatch', 1280n]);
  assert.deepEqual(await found(files, flipped('tile/2/000.p/1', 0)), ['tile-mismatch', 0n]);
  assert.deepEqual(await found(files, flipped('tile/0/257.p/208', 207 * 32)), ['leaf-mismatch', 65_999n]);
});

test('a log that signed something else than its entries is found with its root', async () => {
  const other = filesOf([...entriesOf(299), entry()]);
  const mixed = new Map([...filesOf(entriesOf(300)), ['checkpoint', other.get('checkpoint')]]);
  assert.deepEqual(await found(mixed), ['root-mismatch', undefined]);
});

test('what entries have to satisfy: each breach has its code and index', async () => {
  const good = [...entriesOf(600)];
  const at = (index, bytes) => filesOf(good.with(index, bytes));
  assert.deepEqual(await found(at(300, Buffer.from('{}'))), ['missing-member', 300n]);
  assert.deepEqual(await found(at(256, good[10])), ['time-decreasing', 256n]);
  assert.deepEqual(await found(at(300, good[10])), ['time-decreasing', 300n]);
  const foreign = entry({ authored: true }).toString().replaceAll(ORIGIN, 'ledger.example/log/else');
  assert.deepEqual(await found(filesOf([Buffer.from(foreign)])), ['wrong-ledger', 0n]);
  const signed = entry({ authored: true }).toString().replace('"source":"ci"', '"source":"cj"');
  assert.deepEqual(await found(filesOf([Buffer.from(signed)])), ['author-signature-invalid', 0n]);
});

test('another log\'s entries are opaque: hashes are checked, contents are not', async () => {
  const opaque = filesOf(Array.from({ length: 300 }, (_, number) => Buffer.from(`any bytes ${number}`)));
  assert.equal((await clientOf(fetchOf(opaque)).audit({ entries: 'opaque' })).size, 300n);
  assert.deepEqual(await found(opaque), ['invalid-json', 0n]);
});

test('hostile answers: missing, short, long and cut', async () => {
  const instead = (path, answer) => (asked, bytes) => (asked === path ? answer(bytes) : bytes);
  assert.deepEqual(await found(files, instead('tile/entries/003', () => undefined)), ['tile-missing', undefined]);
  assert.deepEqual(await found(files, instead('tile/0/003', (bytes) => bytes.subarray(0, 64))), ['tile-malformed', undefined]);
  assert.deepEqual(await found(files, instead('tile/entries/003', (bytes) => bytes.subarray(0, -1))), ['bundle-malformed', 768n]);
  assert.deepEqual(await found(files, instead('tile/0/003', () => new Uint8Array(8193))), ['answer-too-large', undefined]);
  assert.deepEqual(await found(files, instead('checkpoint', (bytes) => `${bytes}x`)), ['note-malformed', undefined]);
});

test('a full tile and bundle serve where the partial ones are gone', async () => {
  const grown = filesOf(entriesOf(512));
  const before = filesOf(entriesOf(300));
  const moved = new Map([...grown, ['checkpoint', before.get('checkpoint')], ['tile/1/000.p/1', before.get('tile/1/000.p/1')]]);
  assert.equal((await clientOf(fetchOf(moved)).audit()).size, 300n);
});

test('cancelled and resumed: nothing is verified twice, and a state crosses as JSON', async () => {
  for (const workers of [0, 2]) {
    const cut = new AbortController();
    let state;
    const onProgress = (progress) => {
      state = progress.state();
      if (progress.entries >= 10_240n) cut.abort(new Error('enough'));
    };
    await assert.rejects(clientOf(fetchOf(files)).audit({ workers, signal: cut.signal, onProgress }), /enough/);
    const resume = JSON.parse(JSON.stringify(state));
    assert.equal(resume.entries, '10240');
    const asked = [];
    const report = await clientOf(fetchOf(files, (path, bytes) => (asked.push(path), bytes))).audit({ resume, workers });
    assert.equal(report.verified, BigInt(SIZE) - 10_240n);
    assert.ok(!asked.includes('tile/0/039') && asked.includes('tile/0/040'));
  }
});

test('a resumed state that was changed does not pass', async () => {
  let state;
  await clientOf(fetchOf(files)).audit({ onProgress: (progress) => (state ??= progress.entries >= 2_560n ? progress.state() : undefined) });
  const levels = [Buffer.from(state.levels[0], 'base64').fill(1, 0, 1).toString('base64')];
  assert.deepEqual(await found(files, undefined, { resume: { ...state, levels } }), ['tile-mismatch', 0n]);
  for (const resume of [{ ...state, entries: '2561' }, { ...state, entries: '5120' }, { ...state, levels: [] }, { ...state, levels: ['!'] }, { ...state, origin: 'x' }]) {
    await assert.rejects(clientOf(fetchOf(files)).audit({ resume }), RangeError);
  }
  await assert.rejects(clientOf(fetchOf(files)).audit({ resume: { ...state, entries: 2560 } }), TypeError);
});

test('what was only hashed is not taken for verified', async () => {
  const states = [];
  const onProgress = (progress) => states.push(progress.state());
  await clientOf(fetchOf(files)).audit({ entries: 'opaque', onProgress });
  await assert.rejects(clientOf(fetchOf(files)).audit({ resume: states[0] }), RangeError);
  await clientOf(fetchOf(files)).audit({ onProgress });
  assert.ok(states.at(-1).lastTime !== undefined);
  states.length = 0;
  await clientOf(fetchOf(files)).audit({ entries: 'opaque', onProgress });
  assert.equal(states.at(-1).lastTime, undefined);
});

test('misuse names the option, before anything is fetched', async () => {
  const client = clientOf(() => assert.fail('fetched'));
  const cases = [[{ workers: -1 }, RangeError, /workers/], [{ workers: '2' }, TypeError, /workers/], [{ entries: 'x' }, TypeError, /entries/], [{ onProgress: 1 }, TypeError, /onProgress/], [{ signal: {} }, TypeError, /signal/], [{ worker: 1 }, TypeError, /worker/]];
  for (const [options, kind, name] of cases) {
    await assert.rejects(client.audit(options), (error) => error.constructor === kind && name.test(error.message));
  }
});

test('threads start in a process with flags of its own', async () => {
  const script = `
    import { init, LedgerClient } from 'stateledger';
    import { LOG } from './fixtures.mjs';
    import { entriesOf, fetchOf, filesOf } from './static-log.mjs';
    await init();
    const client = new LedgerClient({ url: ${JSON.stringify(URL_OF_LOG)}, key: LOG.vkey, fetch: fetchOf(filesOf(entriesOf(300))) });
    console.log(String((await client.audit({ workers: 1 })).verified));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname });
  assert.equal(stdout, '300\n');
});

test('what onProgress throws ends the audit', async () => {
  const onProgress = () => {
    throw new Error('no more');
  };
  await assert.rejects(clientOf(fetchOf(files)).audit({ onProgress, workers: 1 }), /no more/);
});
