import { readFile } from 'node:fs/promises';

import type { InitSource } from './types.js';
import { start } from './wasm.js';

export * from './api.js';

/**
 * Starts the module: once, before any other call. Without a source it is read from beside this file. Calling it again
 * is free; after a failure it starts afresh.
 */
export function init(source?: InitSource): Promise<void> {
  // Node's fetch takes no file: URL.
  if (source instanceof URL && source.protocol === 'file:') return start(undefined, () => readFile(source));
  return start(source, () => readFile(new URL('./stateledger.wasm', import.meta.url)));
}
