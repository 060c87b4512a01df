// Makes a copy of the built package around a module without simd128: node scalar.mjs PKG FOLDER, where PKG is what
// wasm-pack wrote. The kernel is compared with itself in it; nobody else gets it.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle } from '../../npm/scripts/bundle.mjs';

const [pkg, folder] = process.argv.slice(2);
const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Those of npm/scripts/build.mjs, less the one that is measured. */
const FEATURES = ['bulk-memory', 'bulk-memory-opt', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext', 'reference-types', 'multivalue'];

// What was compiled for the package, around other bindings.
const compiled = `${folder}-js`;
for (const made of [folder, compiled]) rmSync(made, { recursive: true, force: true });
cpSync(at('npm/dist'), folder, { recursive: true });
cpSync(at('build/npm-js'), compiled, { recursive: true });
cpSync(join(pkg, 'stateledger_wasm.js'), join(compiled, 'stateledger_wasm.js'));
await bundle(compiled, folder);
const made = join(pkg, 'stateledger_wasm_bg.wasm');
const options = ['-O3', '--strip-producers', ...FEATURES.map((name) => `--enable-${name}`), '-o', join(folder, 'stateledger.wasm')];
execFileSync(process.execPath, [at('node_modules/binaryen/bin/wasm-opt'), made, ...options], { stdio: 'inherit' });
