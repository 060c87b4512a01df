// Measures a bundle that `wrangler deploy --dry-run --outdir FOLDER` left: the last line has its compressed bytes, and the
// milliseconds from the runtime's start to the first answer beyond those of an empty Worker.
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";

const folder = resolve(process.argv[2]);
const files = readdirSync(folder).filter((name) => /\.(m?js|wasm)$/.test(name));
const bytes = files.map((name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length);
const main = files.find((name) => /\.m?js$/.test(name));

const { workerOptions } = workerOptionsOf("wrangler.toml");
const common = { log: new Log(LogLevel.ERROR), cf: false, compatibilityDate: workerOptions.compatibilityDate };
const bundled = {
  ...workerOptions,
  ...common,
  modules: files
    .sort((a, b) => Number(b === main) - Number(a === main))
    .map((name) => ({ type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: join(folder, name) })),
  modulesRoot: folder,
  bindings: { ...workerOptions.bindings, STATELEDGER_SEED: "0".repeat(64), STATELEDGER_ADMIN_TOKEN: "0".repeat(64) },
};
const { d1Databases, kvNamespaces } = workerOptions;
const script = "export default { fetch: () => new Response() }";
const empty = { ...common, d1Databases, kvNamespaces, modules: true, script };

async function firstAnswer(options, path) {
  const began = performance.now();
  const runtime = new Miniflare(options);
  try {
    const url = await runtime.ready;
    const answer = await fetch(new URL(path, url));
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return performance.now() - began;
  } finally {
    await runtime.dispose();
  }
}

const base = await firstAnswer(empty, "/");
const own = await firstAnswer(bundled, "/livez");
console.log(bytes.reduce((sum, size) => sum + size, 0), Math.max(0, Math.round(own - base)));
