/** Joins the compiled files: every file that a start has to find and read costs it about a millisecond. */
import { join } from 'node:path';
import { build } from 'esbuild';

/** One loader each; they share one file, and with it one started module. */
const LOADERS = ['browser', 'node', 'workerd', 'slim', 'inline'];

/** What the client loads when it is first asked for it: an entry too, because its file must have this name. */
const LATE = 'late';

/** What gives the generated classes `Symbol.dispose`: it would keep all of them in everybody's bundle, and ours have their own. */
const DISPOSE = /^if \(Symbol\.dispose\) (\w+)\.prototype\[Symbol\.dispose\] = \1\.prototype\.free;\n/gm;

/** The generated bindings without what they do when they are imported. */
export function pureBindings(text) {
  const pure = text.replace(DISPOSE, '');
  if (pure === text || pure.includes('[Symbol.dispose]')) throw new Error('the bindings give their classes Symbol.dispose in another way');
  return pure;
}

/** From the folder of the compiled files, with the generated bindings beside them, into the package's. */
export async function bundle(from, to) {
  const options = { absWorkingDir: from, bundle: true, format: 'esm', target: 'es2022', platform: 'neutral', charset: 'utf8', logLevel: 'warning', pure: ['FinalizationRegistry'] };
  await build({
    ...options,
    entryPoints: [...LOADERS, LATE].map((name) => `${name}.js`),
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
