/**
 * Optimises the module that wasm-bindgen left in the given folder, measures it, and lets it judge the receipts of
 * tests/vectors: what is small but wrong would be no measure.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

/** Bytes of gzip: 30 KiB, which is what a verifier of receipts may cost a page. */
const CAP = 30 * 1024;
/** What rustc's wasm32 target and .cargo/config.toml switch on. */
const FEATURES = ['simd', 'bulk-memory', 'bulk-memory-opt', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext', 'reference-types', 'multivalue'];

/** What no host reads. */
const STRIPPED = ['--strip-producers', '--strip-debug', '--strip-target-features'];

const [folder, wasmOpt] = process.argv.slice(2);
const optimised = join(folder, 'optimised.wasm');
// A function with one caller stays one: in a larger function its variables' numbers would be longer, and repeat less.
const once = ['--one-caller-inline-max-function-size', '0'];
const flags = [...FEATURES.map((name) => `--enable-${name}`), '-Oz', ...once, '--converge', ...STRIPPED];
execFileSync(wasmOpt, [join(folder, 'stateledger_verify_only_bg.wasm'), ...flags, '-o', optimised], { stdio: 'inherit' });
const module = readFileSync(optimised);

const { initSync, verify_receipt: verify } = await import(pathToFileURL(join(folder, 'stateledger_verify_only.js')));
initSync({ module });
const vectors = new URL('../vectors/receipt.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(vectors, 'utf8'));
const plain = cases.filter((one) => one.key?.length === 1 && !one.authors && !one.payload && !one.maxAgeSeconds);
assert.ok(plain.length > 30, `only ${plain.length} receipts to judge`);
for (const { name, receipt, key, expect } of plain) {
  assert.equal(verify(new TextEncoder().encode(receipt), key[0]), expect, name);
}

const gzip = gzipSync(module, { level: 9 }).length;
console.log(`verify-only: ${module.length} bytes, ${gzip} gzip, cap ${CAP}; ${plain.length} receipts judged`);
assert.ok(gzip <= CAP, `${gzip} bytes of gzip are more than ${CAP}`);
