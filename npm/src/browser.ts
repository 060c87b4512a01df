import type { InitSource } from './types.js';
import { start } from './wasm.js';

export * from './api.js';

/**
 * Starts the module: once, before any other call. Without a source it is fetched from beside this file. Calling it
 * again is free; after a failure it starts afresh.
 */
export function init(source?: InitSource): Promise<void> {
  return start(source, async () => new URL('./stateledger.wasm', import.meta.url));
}
