/** Joins the compiled files: every file that a start has to find and read costs it about a millisecond. */
import { join } from 'node:path';
import { build } from 'esbuild';

/** One loader each; they share one file, and with it one started module. */
const LOADERS = ['browser', 'node', 'workerd', 'slim', 'inline'];

/** From the folder of the compiled files, with the generated bindings beside them, into the package's. */
export async function bundle(from, to) {
  const options = { absWorkingDir: from, bundle: true, format: 'esm', target: 'es2022', platform: 'neutral', charset: 'utf8', logLevel: 'warning' };
  await build({
    ...options,
    entryPoints: LOADERS.map((name) => `${name}.js`),
    outdir: to,
    splitting: true,
    // Without a hash a second shared file would have the same name, which esbuild refuses.
    chunkNames: 'shared',
    external: ['node:*', './stateledger.wasm', './stateledger.wasm.base64.js'],
  });
  // A thread has a module of its own, and needs no more than what checks bundles.
  await build({ ...options, entryPoints: ['client/audit/worker.js'], outfile: join(to, 'worker.js') });
  await build({ ...options, entryPoints: ['cli/main.js'], outfile: join(to, 'cli/main.js'), external: ['node:*', '../node.js'] });
}
