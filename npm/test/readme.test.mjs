/** The README's example, as a reader would run it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { LOG, receipt } from './fixtures.mjs';

const run = promisify(execFile);
const room = dirname(import.meta.dirname);

test('the README verifies a receipt, and refuses a changed one', async (t) => {
  const readme = await readFile(join(room, 'README.md'), 'utf8');
  const [, example] = /```js\n(.*?)```/s.exec(readme);
  const project = await mkdtemp(join(tmpdir(), 'stateledger-readme-'));
  t.after(() => rm(project, { recursive: true, force: true }));
  await mkdir(join(project, 'node_modules'));
  await symlink(room, join(project, 'node_modules/stateledger'));
  await writeFile(join(project, 'example.mjs'), example);
  await writeFile(join(project, 'ledger.vkey'), LOG.vkey);

  await writeFile(join(project, 'receipt.json'), JSON.stringify(receipt()));
  const good = await run(process.execPath, ['example.mjs'], { cwd: project });
  assert.equal(good.stdout, 'deployment is record 2; not checked: witness,author,freshness,append-only\n');

  const changed = { ...receipt(), payload: Buffer.from('{"commit":"abc1235"}').toString('base64') };
  await writeFile(join(project, 'receipt.json'), JSON.stringify(changed));
  const bad = await run(process.execPath, ['example.mjs'], { cwd: project });
  assert.equal(bad.stderr, 'do not believe it: payload-mismatch at payload\n');
});
