// Starts the built Worker on the real runtime (workerd), with D1, KV and Durable Objects on disk.
//
// Bindings come from wrangler.toml and the state directory is laid out as `wrangler dev
// --persist-to` lays it out, so both can serve the same state, one after the other.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";

const root = fileURLToPath(new URL("../..", import.meta.url));
const migrationsDir = join(root, "ledger/migrations");
const builtWorker = join(root, "worker/build/index.js");

// The table and columns that wrangler keeps, so that each sees what the other has applied.
const MIGRATIONS_TABLE = `create table if not exists d1_migrations(
  id integer primary key autoincrement,
  name text unique,
  applied_at timestamp default current_timestamp not null
)`;

/**
 * Starts the server and resolves once it accepts requests.
 *
 * @param {object} options
 * @param {string} options.stateDir directory of the state; created when missing
 * @param {string} options.seed signing seed, 64 hex digits
 * @param {string} options.token the admin's bearer token
 * @param {number} [options.port] 0, the default, picks a free one
 * @param {string} [options.host] the host in origins; default as in wrangler.toml
 * @param {Record<string, string>} [options.variables] further variables of the Worker, which wrangler.toml may set
 * @param {string} [options.entry] the Worker's main module; default worker/entry.mjs
 * @param {string[]} [options.databases] names of D1 bindings beside `DB`, which get the same migrations
 * @param {string} [options.until] the last migration that is applied; default is all of them
 * @param {boolean} [options.inspected] open the runtime's inspector on loopback
 * @param {boolean} [options.verbose] print the runtime's own log lines
 * @returns {Promise<{url: string, runtime: Miniflare, stop: () => Promise<void>, payloads: () => Promise<object>,
 *   scheduled: (cron: string) => Promise<{outcome: string}>}>} `payloads` is the namespace of long payloads,
 *   `scheduled` runs what the Worker does at these times
 */
export async function start({ databases = [], until, ...options }) {
  if (!existsSync(builtWorker)) throw new Error(`${builtWorker} is missing: run cargo xtask build`);
  const server = new Miniflare(miniflareOptions({ ...options, databases }));
  try {
    const url = (await server.ready).origin;
    for (const name of ["DB", ...databases]) await migrate(await server.getD1Database(name), until);
    return {
      url,
      runtime: server,
      stop: () => server.dispose(),
      payloads: () => server.getKVNamespace("PAYLOADS"),
      scheduled: async (cron) => (await server.getWorker()).scheduled({ cron }),
    };
  } catch (error) {
    await server.dispose();
    throw error;
  }
}

function miniflareOptions({ stateDir, seed, token, port = 0, host, variables, entry, databases, inspected = false, verbose = false }) {
  const { workerOptions } = workerOptionsOf(join(root, "wrangler.toml"));
  const persist = (kind) => join(resolve(stateDir), "v3", kind);
  return {
    ...workerOptions,
    name: "stateledger",
    modules: true,
    modulesRoot: root,
    modulesRules: [{ type: "ESModule", include: ["**/*.js", "**/*.mjs"] }, ...workerOptions.modulesRules],
    scriptPath: entry ?? join(root, "worker/entry.mjs"),
    bindings: {
      ...workerOptions.bindings,
      ...(host === undefined ? {} : { STATELEDGER_HOST: host }),
      ...variables,
      STATELEDGER_SEED: seed,
      STATELEDGER_ADMIN_TOKEN: token,
    },
    d1Databases: { ...workerOptions.d1Databases, ...Object.fromEntries(databases.map((name) => [name, name])) },
    // A real `request.cf` would be fetched from the network.
    cf: false,
    ...(inspected ? { inspectorPort: 0 } : {}),
    host: "127.0.0.1",
    port,
    log: new Log(verbose ? LogLevel.INFO : LogLevel.ERROR),
    handleRuntimeStdio: (stdout, stderr) => printLines([stdout, stderr], verbose),
    d1Persist: persist("d1"),
    kvPersist: persist("kv"),
    durableObjectsPersist: persist("do"),
    cachePersist: persist("cache"),
  };
}

/** Prints the runtime's lines on stderr: all of them, or those that do not tell of a request. */
function printLines(streams, all) {
  for (const input of streams) {
    createInterface({ input }).on("line", (line) => {
      if (all || !line.includes('"event":"request"')) console.error(line);
    });
  }
}

/** Applies the migrations that this database does not have yet, up to `until`, each with its own mark. */
export async function migrate(database, until) {
  await database.prepare(MIGRATIONS_TABLE).run();
  const { results } = await database.prepare("select name from d1_migrations").all();
  const applied = new Set(results.map((row) => row.name));
  const files = readdirSync(migrationsDir).filter((name) => name.endsWith(".sql"));
  for (const name of files.sort()) {
    if (until !== undefined && name > until) break;
    if (applied.has(name)) continue;
    const sql = readFileSync(join(migrationsDir, name), "utf8");
    const mark = database.prepare("insert into d1_migrations (name) values (?1)").bind(name);
    await database.batch([database.prepare(sql), mark]);
  }
}
