// Runs the npm suite in Chromium and prints its rows as one line of JSON: node chromium.mjs [--quick]
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

import { STARTS, starts, timedStart } from './starts.mjs';
import { installed } from './versions.mjs';

const quick = process.argv.includes('--quick');
const rounds = quick ? 1 : 11;
const versions = installed();
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

const folder = await mkdtemp(join(tmpdir(), 'stateledger-bench-'));
const server = await serve(folder);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  await bundle(folder);
  const host = `Chromium ${browser.version()}`;
  const address = `http://127.0.0.1:${server.address().port}/`;
  const found = await report(address, { quick, rounds, host, versions });
  if (found.disagreement !== undefined) {
    console.error(found.disagreement);
    process.exitCode = 1;
  } else {
    const start = (script) => inContext(address, script);
    found.rows.push(...(await starts({ where: 'on a fresh page', versions, rounds, start })));
    console.log(JSON.stringify(found.rows.map((row) => ({ ...row, name: `in Chromium: ${row.name}` }))));
  }
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
}

/** The suite as a page, and a small page for each contestant of the start, each with what a bundler would give a visitor. */
async function bundle(outdir) {
  const entryPoints = ['page.mjs', ...Object.values(STARTS).map((name) => `starts/${name}.mjs`)];
  await build({
    entryPoints: entryPoints.map((name) => fileURLToPath(new URL(name, import.meta.url))),
    entryNames: '[name]',
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    // merkletreejs wants Node's Buffer, which every bundler's users give it.
    inject: [fileURLToPath(new URL('buffer.mjs', import.meta.url))],
    // Looked for by libraries that also run in Node, and never reached here.
    external: ['node:crypto', 'crypto', 'fs', 'path'],
    logLevel: 'error',
  });
  const module = createRequire(import.meta.url).resolve('stateledger/stateledger.wasm');
  await copyFile(module, join(outdir, 'stateledger.wasm'));
  await writeFile(join(outdir, 'index.html'), '<!doctype html><link rel="icon" href="data:,"><title>bench</title>');
}

/** What the page finds: rows, or a disagreement. */
async function report(address, options) {
  const page = await browser.newPage();
  page.on('console', (message) => console.error(message.text()));
  await page.goto(address);
  return page.evaluate(async (given) => (await import('/page.js')).report(given), options);
}

/** In a context of its own: nothing is cached or compiled. */
async function inContext(address, script) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  const answer = await page.evaluate(`(${timedStart})('/${script}.js')`);
  await context.close();
  return answer;
}

/** Serves a folder on loopback; answers its server. WebCrypto exists on loopback and over TLS alone. */
async function serve(root) {
  const files = createServer(async (request, response) => {
    // URL resolves every "..", so no path leaves the folder.
    const { pathname } = new URL(request.url, 'http://localhost');
    const path = pathname === '/' ? '/index.html' : pathname;
    try {
      const body = await readFile(join(root, path));
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/html' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  files.listen(0, '127.0.0.1');
  await once(files, 'listening');
  return files;
}
