/** Makes dist/verify.html: one file that verifies a receipt or an audit bundle with no network. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** `room` is npm/; `dist` the package's files, with the module and its base64 in place. */
export async function makePage(room, dist) {
  const source = (name) => readFileSync(join(room, 'html', name), 'utf8');
  const style = minified(await build({ entryPoints: [join(room, 'html/verify.css')], minify: true, write: false }));
  const script = minified(await build({
    entryPoints: [join(room, 'html/verify.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    charset: 'utf8',
    plugins: [fromDist(dist)],
  }));
  const parts = {
    // Nothing but these two texts runs or styles, and nobody is asked for anything.
    policy: `default-src 'none'; script-src 'wasm-unsafe-eval' '${digest(script)}'; style-src '${digest(style)}'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
    style,
    script,
    version: JSON.parse(readFileSync(join(room, 'package.json'), 'utf8')).version,
    module: createHash('sha256').update(readFileSync(join(dist, 'stateledger.wasm'))).digest('hex'),
  };
  const page = source('verify.html').replace(/@(policy|style|script|version|module)@/g, (_, name) => parts[name]);
  writeFileSync(join(dist, 'verify.html'), page);
  return page.length;
}

/** The package's own files are what was compiled: the page says the hash of that module. */
function fromDist(dist) {
  return { name: 'dist', setup: ({ onResolve }) => onResolve({ filter: /^\.\.\/src\// }, ({ path }) => ({ path: join(dist, path.slice('../src/'.length)) })) };
}

function minified({ outputFiles: [{ text }] }) {
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error('the text would end its element');
  return text.trim();
}

function digest(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
