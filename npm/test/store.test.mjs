/** The stores of heads that Node has. tests/browser/client.test.mjs runs IndexedDB. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';

import { fileStore, init, memoryStore } from 'stateledger';

const run = promisify(execFile);

before(() => init());

async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'stateledger-store-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('a slot is swapped only from what it holds', async (t) => {
  for (const store of [memoryStore(), fileStore(join(await folder(t), 'not there yet'))]) {
    assert.equal(await store.read('a'), undefined);
    assert.equal(await store.swap('a', 'x', 'y'), false);
    assert.equal(await store.swap('a', undefined, 'one'), true);
    assert.equal(await store.swap('a', undefined, 'two'), false);
    assert.equal(await store.read('b'), undefined);
    assert.equal(await store.swap('a', 'one', 'two'), true);
    assert.equal(await store.swap('a', 'one', 'three'), false);
    assert.equal(await store.read('a'), 'two');
  }
});

test('a file store outlives its process, and keeps one file a slot', async (t) => {
  const path = await folder(t);
  const first = fileStore(path);
  await first.swap('a/../b+c', undefined, 'one');
  await first.swap('a/../b+c', 'one', 'two');
  assert.equal(await fileStore(path).read('a/../b+c'), 'two');
  assert.equal((await readdir(path)).length, 1);
});

test('processes that write at once lose nothing', async (t) => {
  const path = await folder(t);
  const script = `
    import { fileStore, init } from 'stateledger';
    await init();
    const store = fileStore(${JSON.stringify(path)});
    for (let done = 0; done < 25; ) {
      const before = await store.read('count');
      if (await store.swap('count', before, String(Number(before ?? 0) + 1))) done++;
    }`;
  const cwd = import.meta.dirname;
  await Promise.all(Array.from({ length: 3 }, () => run(process.execPath, ['--input-type=module', '-e', script], { cwd })));
  assert.equal(await fileStore(path).read('count'), '75');
});
