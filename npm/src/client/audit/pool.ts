/** Threads that check bundles: Web Workers, worker threads of Node, or none. */
import { StartError, type Refusal } from '../../errors.js';
import { compiledModule } from '../../wasm.js';
import { checkPart, type Checked, type Part } from './check.js';

/** As many threads as an audit takes. */
export const MAX_WORKERS = 16;

/** What goes to a worker: the compiled module first, then parts. */
export type ToWorker = { module: WebAssembly.Module } | { id: number; part: Part };

/** What comes back. */
export type FromWorker = { ready: true } | { id: number; checked: Checked } | { id: number; refusal: Refusal } | { id: number; failure: string };

/** Checks parts, in whatever thread. */
export interface Pool {
  check(part: Part): Promise<Checked>;
  close(): void;
}

/** A worker of either kind, as far as it is used here. */
interface Thread {
  post(message: ToWorker, transfer: ArrayBuffer[]): void;
  listen(message: (message: FromWorker) => void, failed: (why: unknown) => void): void;
  end(): void;
}

/** Starts `workers` threads; 0 checks in the caller's. */
export function startPool(workers: number): Pool {
  if (workers === 0) return { check: async (part) => checkPart(part), close() {} };
  const threads = Array.from({ length: workers }, () => new Lane(startThread()));
  return {
    check(part) {
      const idlest = threads.reduce((best, lane) => (lane.waiting < best.waiting ? lane : best));
      return idlest.check(part);
    },
    close: () => threads.forEach((lane) => lane.close()),
  };
}

/** One thread with the parts that it has not answered yet. */
class Lane {
  readonly #thread: Thread;
  readonly #pending = new Map<number, { resolve: (checked: Checked) => void; reject: (why: unknown) => void }>();
  #next = 0;
  #ready = false;
  #broken: Error | undefined;

  constructor(thread: Thread) {
    this.#thread = thread;
    thread.listen(
      (message) => this.#answered(message),
      (why) => this.#fail(this.#ended(why)),
    );
    thread.post({ module: compiledModule() }, []);
  }

  get waiting(): number {
    return this.#pending.size;
  }

  check(part: Part): Promise<Checked> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) return reject(this.#broken);
      const id = this.#next++;
      this.#pending.set(id, { resolve, reject });
      const own = { ...part, bundle: movable(part.bundle), tile: movable(part.tile) };
      this.#thread.post({ id, part: own }, [own.bundle.buffer, own.tile.buffer]);
    });
  }

  close(): void {
    this.#fail(new Error('the audit has ended'));
    this.#thread.end();
  }

  #answered(message: FromWorker): void {
    if ('ready' in message) {
      this.#ready = true;
      return;
    }
    const waiter = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ('checked' in message) waiter?.resolve(message.checked);
    else waiter?.reject('refusal' in message ? message.refusal : new Error(message.failure));
  }

  #ended(cause: unknown): Error {
    if (this.#ready) return new Error('a worker of the audit ended; `workers: 0` audits without', { cause });
    return new StartError('worker-unreachable', 'stateledger/worker.js does not run beside this code as worker.js; `workers: 0` audits without', { cause });
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** Bytes in a buffer of their own, which can be handed over whole. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  return whole ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}

function startThread(): Thread {
  if (typeof Worker === 'function') return webWorker();
  const node = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process?.getBuiltinModule?.('node:worker_threads');
  if (node === undefined) throw new StartError('workers-unsupported', 'this platform has no threads (Node has them for us since 20.16); `workers: 0` audits without');
  return workerThread(node as typeof import('node:worker_threads'));
}

function webWorker(): Thread {
  // Bundlers look for exactly this expression; the built package's files are beside one another.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(message, failed) {
      worker.onmessage = ({ data }) => message(data as FromWorker);
      worker.onerror = failed;
      worker.onmessageerror = failed;
    },
    end: () => worker.terminate(),
  };
}

function workerThread({ Worker: NodeWorker }: typeof import('node:worker_threads')): Thread {
  // Without the process's own flags: some of them, like `--input-type`, are refused for a file.
  const worker = new NodeWorker(new URL('./worker.js', import.meta.url), { execArgv: [] });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(message, failed) {
      worker.on('message', message);
      worker.on('error', failed);
      worker.on('exit', failed);
    },
    end: () => void worker.terminate(),
  };
}
