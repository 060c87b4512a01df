import { BASE64 } from './stateledger.wasm.base64.js';
import type { InitSource } from './types.js';
import { start } from './wasm.js';

export * from './api.js';

/**
 * Starts the module: once, before any other call. Without a source it is decoded from this file, for bundlers that
 * move no files. Calling it again is free; after a failure it starts afresh.
 */
export function init(source?: InitSource): Promise<void> {
  return start(source, async () => Uint8Array.from(atob(BASE64), (byte) => byte.charCodeAt(0)));
}
