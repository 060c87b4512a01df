// Makes the page's own module: of the package's, what the code of the page's own thread can call.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { basename } from "node:path";
import binaryen from "binaryen";
import type { Plugin } from "vite";

/** What the package's client loads when it is first called: it runs in the page's worker (src/thread) alone. */
const LATE = "./late.js";
/** What the page's own thread has in its place. */
const ELSEWHERE = "\0elsewhere";
const { version: optimiser } = createRequire(import.meta.url)("binaryen/package.json") as { version: string };
/**
 * What the code of the page's own thread names and never calls: it trusts keys and no policies, expects no authors and no
 * age, and appends and exports without the client.
 */
const UNCALLED = createRequire(import.meta.url)("./uncalled.json") as string[];
/** What the bindings need however little is called. */
const ALWAYS = /^(memory$|__wbindgen_|__externref_)/;

/**
 * The main thread loads a module without the exports that its code does not name, and without what only they reach.
 * Workers are built apart and load the package's whole module.
 */
export function trimmedModule(): Plugin {
  let fileName = "";
  return {
    name: "trimmed-module",
    apply: "build",
    // Before the resolver of Vite itself.
    enforce: "pre",
    resolveId: (source, importer) => (source === LATE && importer?.includes("/npm/dist/") ? ELSEWHERE : null),
    load: (id) => (id === ELSEWHERE ? elsewhere() : null),
    // Another optimiser makes another file of the same code.
    augmentChunkHash: () => optimiser,
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const whole = files.find(({ fileName }) => /\/stateledger-[^/]*\.wasm$/.test(fileName));
      if (whole?.type !== "asset" || typeof whole.source === "string") throw new Error("the build has no stateledger.wasm");
      const chunks = files.filter((file) => file.type === "chunk");
      const source = trimmed(whole.source, chunks.map(({ code }) => code).join("\n"));
      fileName = `assets/verifier-${createHash("sha256").update(source).digest("base64url").slice(0, 8)}.wasm`;
      this.emitFile({ type: "asset", fileName, source });
      for (const chunk of chunks) chunk.code = chunk.code.replaceAll(basename(whole.fileName), basename(fileName));
    },
    // The Explorer opens with it: the browser fetches it beside the scripts, not after them.
    transformIndexHtml: {
      order: "post",
      handler: (_, { path }) =>
        path === "/index.html" ? [{ tag: "link", attrs: { rel: "preload", as: "fetch", crossorigin: true, type: "application/wasm", href: `/${fileName}` } }] : [],
    },
  };
}

/** The names of `LATE` without its code, nor what that calls in the module. */
async function elsewhere(): Promise<string> {
  const file = new URL("../../npm/dist/late.js", import.meta.url);
  const names = Object.keys((await import(file.href)) as object);
  return [
    'function elsewhere() { throw new Error("this runs in the page\u2019s worker: see src/thread/start.ts"); }',
    `export { ${names.map((name) => `elsewhere as ${name}`).join(", ")} };`,
  ].join("\n");
}

/** The module without the exports that `code` does not call, or names nowhere: neither as a member nor as a string. */
function trimmed(whole: Uint8Array, code: string): Uint8Array {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(whole as BufferSource)).map(({ name }) => name);
  const module = binaryen.readBinary(whole);
  for (const name of names) {
    const called = !UNCALLED.includes(name) && new RegExp(`[.\\"'\`]${name}\\b`).test(code);
    if (!ALWAYS.test(name) && !called) module.removeExport(name);
  }
  binaryen.setOptimizeLevel(2);
  binaryen.setShrinkLevel(2);
  // The second time finds what the first one freed.
  for (const _ of [1, 2]) module.optimize();
  const source = module.emitBinary();
  module.dispose();
  return source;
}
