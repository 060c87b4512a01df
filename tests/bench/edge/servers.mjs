/** The servers of `bench edge`, each a workerd process of its own with its state in a folder of its own. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Log, LogLevel, Miniflare } from 'miniflare';

import { migrate, start } from '../../harness/server.mjs';
import { freshSecrets, withProcess } from '../../support/server.mjs';
import { clientOf } from './http.mjs';

const floorWorker = fileURLToPath(new URL('../floor/build/index.js', import.meta.url));
/** The ledger that is filled. */
export const LEDGER = 'bench';

/**
 * The edge server with an empty public ledger: `{ url, token, verifierKey, client, database, stop }`. `entry` names
 * another main module around the built Worker.
 */
export async function edge({ entry } = {}) {
  const { seed, token } = freshSecrets();
  const { stateDir, remove } = folder();
  const { runtime, pid } = await withProcess(() => start({ stateDir, seed, token, entry }));
  const url = (await runtime.ready).origin;
  const client = clientOf(url, token);
  const stop = async () => {
    client.close();
    await runtime.dispose();
    remove();
  };
  const created = await client.post('/api/v1/ledgers', JSON.stringify({ ledger: LEDGER, rules: { visibility: 'public' } }));
  const { verifierKey } = JSON.parse(created.body);
  // Answered by counting.mjs and by weighed.mjs.
  const asked = (what) => async () => (await fetch(new URL('/livez', url), { headers: { [what]: 'yes' } })).json();
  const [counts, memory] = [asked('counts'), asked('memory')];
  const database = await runtime.getD1Database('DB');
  return { url, token, pid, verifierKey, client, counts, memory, database, stop };
}

/** The bare Worker of tests/bench/floor over the same schema. */
export async function floor() {
  if (!existsSync(floorWorker)) throw new Error(`${floorWorker} is missing: run cargo xtask bench edge`);
  const { stateDir, remove } = folder();
  const options = {
    modules: true,
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }, { type: 'ESModule', include: ['**/*.js'] }],
    scriptPath: floorWorker,
    compatibilityDate: '2026-04-26',
    d1Databases: { DB: 'floor' },
    d1Persist: join(stateDir, 'd1'),
    durableObjects: { FLOOR: { className: 'Floor', useSQLite: true } },
    durableObjectsPersist: join(stateDir, 'do'),
    cf: false,
    host: '127.0.0.1',
    log: new Log(LogLevel.ERROR),
  };
  const { runtime, pid } = await withProcess(async () => ({ runtime: new Miniflare(options) }));
  const database = await runtime.getD1Database('DB');
  await migrate(database);
  await database.batch(ROWS.map((sql) => database.prepare(sql)));
  const client = clientOf((await runtime.ready).origin);
  const stop = async () => {
    client.close();
    await runtime.dispose();
    remove();
  };
  return { client, pid, database, stop };
}

/** What the rows of records refer to, and a tile to read. */
const ROWS = [
  `insert into ledgers (tenant, id, uid, origin, verifier_key, rules, created, mac)
   values ('default', 'floor', zeroblob(32), 'localhost/log/floor', '', zeroblob(2), 0, zeroblob(32))`,
  `insert into tiles (tenant, ledger, level, idx, hashes) values ('default', 'floor', 0, 0, zeroblob(8192))`,
];

function folder() {
  const stateDir = mkdtempSync(join(tmpdir(), `stateledger-bench-${randomBytes(3).toString('hex')}-`));
  const remove = () => rmSync(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  return { stateDir, remove };
}
