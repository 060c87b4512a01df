import type { InitSource } from './types.js';
import { start } from './wasm.js';

export * from './api.js';

/**
 * Starts the module from where the caller keeps it (`stateledger/stateledger.wasm`): once, before any other call.
 * Calling it again is free; after a failure it starts afresh.
 */
export function init(source: InitSource): Promise<void> {
  return start(source, async () => {
    throw new TypeError('init: stateledger/slim brings no module; pass a source');
  });
}
