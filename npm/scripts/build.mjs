/**
 * Makes dist/ from src/ and wasm/pkg (made by `npm run wasm`): one optimised module, the compiled TypeScript around it
 * as few files, the same module as base64 for `stateledger/inline`, and the page verify.html.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { bundle, pureBindings } from './bundle.mjs';
import { makePage } from './page.mjs';

const room = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...path) => join(room, ...path);
const tool = (name) => join(dirname(createRequire(import.meta.url).resolve(name)), name === 'typescript' ? 'tsc.js' : 'bin/wasm-opt');

/** What rustc's wasm32 target and .cargo/config.toml switch on; wasm-opt refuses instructions it was not told of. */
const FEATURES = ['simd', 'bulk-memory', 'bulk-memory-opt', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext', 'reference-types', 'multivalue'];

const made = at('../wasm/pkg/stateledger_wasm_bg.wasm');
if (!existsSync(made)) {
  console.error('wasm/pkg is missing: run `cargo xtask build`, or `npm run wasm -w npm` with wasm-pack and wasm-bindgen on PATH');
  process.exit(2);
}

// Made aside and moved into place whole: whoever imports the package meanwhile has the old one or the new one.
const next = at('../build/npm-dist');
const into = (name) => join(next, name);
const compiled = at('../build/npm-js');
for (const folder of [next, compiled]) rmSync(folder, { recursive: true, force: true });
mkdirSync(next, { recursive: true });
run(tool('binaryen'), [made, '-O3', '--strip-producers', ...FEATURES.map((name) => `--enable-${name}`), '-o', into('stateledger.wasm')]);
run(tool('typescript'), ['--project', at('tsconfig.json'), '--outDir', compiled, '--declarationDir', next]);
writeFileSync(join(compiled, 'stateledger_wasm.js'), pureBindings(readFileSync(at('../wasm/pkg/stateledger_wasm.js'), 'utf8')));
// The command has no types of its own: it is run.
rmSync(into('cli'), { recursive: true });
await bundle(compiled, next);
const wasm = readFileSync(into('stateledger.wasm'));
writeFileSync(into('stateledger.wasm.base64.js'), `export const BASE64 = '${wasm.toString('base64')}';\n`);
run(tool('typescript'), ['--project', at('html/tsconfig.json')]);
const page = await makePage(room, next);
rmSync(at('dist'), { recursive: true, force: true });
renameSync(next, at('dist'));
console.log(`stateledger.wasm: ${wasm.length} bytes, ${gzipSync(wasm, { level: 9 }).length} gzip; verify.html: ${page} characters`);

function run(script, args) {
  execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' });
}
