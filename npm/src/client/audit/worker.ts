/** A thread of an audit: gets the compiled module, then parts, and answers each. Runs as a Web Worker and in Node. */
import { isRefusal } from '../../errors.js';
import { start } from '../../wasm.js';
import { checkPart } from './check.js';
import type { FromWorker, ToWorker } from './pool.js';

/** The other side, whatever the platform calls it. */
interface Port {
  postMessage(message: FromWorker): void;
}

type Scope = Port & { onmessage: (event: { data: ToWorker }) => void };
type Threads = typeof import('node:worker_threads');

let started: Promise<void> | undefined;

async function receive(message: ToWorker, port: Port): Promise<void> {
  if ('module' in message) {
    started = start(message.module, () => Promise.reject(new Error('a worker gets its module')));
    // Where it fails, the first part says so.
    started.then(() => port.postMessage({ ready: true }), () => {});
    return;
  }
  const { id, part } = message;
  try {
    await started;
    port.postMessage({ id, checked: checkPart(part) });
  } catch (thrown) {
    port.postMessage(isRefusal(thrown) ? { id, refusal: thrown } : { id, failure: String(thrown) });
  } finally {
    release(part.bundle);
    release(part.tile);
  }
}

/** Gives a buffer's memory back at once, where the engine can (2023): collectors count a thread's buffers late. */
function release({ buffer }: Uint8Array): void {
  (buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer }).transfer?.(0);
}

const node = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process?.getBuiltinModule?.('node:worker_threads') as Threads | undefined;
const { parentPort } = node ?? {};
if (parentPort != null) {
  parentPort.on('message', (message: ToWorker) => void receive(message, parentPort));
} else {
  const scope = globalThis as unknown as Scope;
  scope.onmessage = ({ data }) => void receive(data, scope);
}
