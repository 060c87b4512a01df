import module from './stateledger.wasm';

import type { InitSource } from './types.js';
import { start } from './wasm.js';

export * from './api.js';

/**
 * Starts the module: once, before any other call. Workers compile no bytes at run time, so without a source it is the
 * module that was deployed with the code. Calling it again is free.
 */
export function init(source?: InitSource): Promise<void> {
  return start(source, async () => module);
}
