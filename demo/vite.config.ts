import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";
import { trimmedModule } from "./bundling/trim.ts";

// Where `npm run dev` finds the HTTP API; the built page is served by that server itself.
const api = process.env["STATELEDGER_URL"] ?? "http://127.0.0.1:8787";

/** The page that verifies files without a network, for visitors to take along: `public/_headers` makes it a download. */
function offlineVerifier(): Plugin {
  return {
    name: "offline-verifier",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "verify.html", source: readFileSync(new URL("../npm/dist/verify.html", import.meta.url)) });
    },
  };
}

export default defineConfig({
  plugins: [trimmedModule(), offlineVerifier()],
  // The page's worker loads what it needs, as the page does.
  worker: { format: "es" },
  // The page's policy forbids inline scripts and data: modules, so every asset is a file of its own.
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Two pages: the Explorer at /, the API's own description at /docs.
    rollupOptions: {
      input: ["index.html", "docs.html"],
      output: {
        codeSplitting: {
          groups: [
            // The package in one file: its loader alone would be a request for a hundred bytes.
            { name: "stateledger", test: /[\\/]npm[\\/]dist[\\/](shared|browser)\.js$/ },
            // What every page and view needs, for the same reason.
            { name: "common", test: /[\\/](node_modules[\\/]preact|demo[\\/]src[\\/](bytes\.ts|views[\\/]parts\.tsx|(tokens|page|forms|record)\.css)$)/ },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { "/api": api, "/log": api, "/openapi.json": api },
  },
});
