// The D1 database of a stopped server, read from its state directory.
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";
import { root } from "./xtask.mjs";

/** Runs one query on the database that a server left behind, and answers its rows. */
export async function query(stateDir, sql, ...parameters) {
  const { workerOptions } = workerOptionsOf(join(root, "wrangler.toml"));
  const runtime = new Miniflare({
    modules: true,
    script: "export default {}",
    compatibilityDate: workerOptions.compatibilityDate,
    d1Databases: workerOptions.d1Databases,
    d1Persist: join(stateDir, "v3", "d1"),
  });
  try {
    const database = await runtime.getD1Database("DB");
    return (await database.prepare(sql).bind(...parameters).all()).results;
  } finally {
    await runtime.dispose();
  }
}
