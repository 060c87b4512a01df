import { initSync } from './stateledger_wasm.js';
import { describe } from './arguments.js';
import { StartError } from './errors.js';
import type { InitSource } from './types.js';

/** Exports that the bindings call first; a module without them is not ours. */
const EXPECTED = ['memory', '__wbindgen_start', 'verify_receipt', 'verify_inclusion'];

/** The smallest module with a vector instruction: one function that makes a v128 of a zero and counts its bits. */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

let ready = false;
let compiled: WebAssembly.Module | undefined;
let pending: Promise<void> | undefined;

/** Throws an error that names what is missing, where the generated bindings can't be called yet. */
export function started(): void {
  if (!ready) throw new StartError('not-started', 'stateledger is not started: `await init()` once before any other call');
}

/** The started module's code, for a thread that shall start it too. */
export function compiledModule(): WebAssembly.Module {
  started();
  return compiled as WebAssembly.Module;
}

/**
 * Starts the module once. Calls that overlap share one attempt; a call that brings its own source tries it when the
 * attempt before it failed. A failure leaves nothing behind, so the next call starts afresh.
 */
export function start(source: InitSource | undefined, fallback: () => Promise<InitSource>): Promise<void> {
  if (ready) return Promise.resolve();
  const before = pending;
  if (before !== undefined && source === undefined) return before;
  const attempt: Promise<void> = (before ?? Promise.reject())
    .catch(async () => instantiate(await compile(source === undefined ? await fallback() : source)))
    .finally(() => {
      if (pending === attempt) pending = undefined;
    });
  pending = attempt;
  return attempt;
}

function instantiate(module: WebAssembly.Module): void {
  if (ready) return;
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  // The bindings keep the first instance they are given, so a stranger's module must not reach them.
  if (!EXPECTED.every((name) => exported.has(name))) throw new StartError('module-foreign', 'init: this WebAssembly module is not stateledger.wasm');
  initSync({ module });
  compiled = module;
  ready = true;
}

async function compile(source: InitSource): Promise<WebAssembly.Module> {
  try {
    return await compileSource(source);
  } catch (cause) {
    // Asked only now: where compiling works there is nothing to find out.
    if (!(cause instanceof WebAssembly.CompileError) || WebAssembly.validate(Uint8Array.from(SIMD))) throw cause;
    throw new StartError('simd-unsupported', 'init: this engine has no WebAssembly SIMD, which every one has had since 2023', { cause });
  }
}

async function compileSource(source: InitSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  // V8 before 2024 takes no DataView.
  if (ArrayBuffer.isView(source)) return WebAssembly.compile(new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength));
  if (isArrayBuffer(source)) return WebAssembly.compile(source);
  if (source instanceof Response) return compileResponse(source);
  if (source instanceof URL || source instanceof Request) return compileResponse(await fetch(source));
  throw new TypeError(`init: source must be a URL, Request, Response, bytes or WebAssembly.Module, got ${describe(source)}`);
}

/** By its own tag, not by `instanceof`: test runners hand over buffers of another realm. */
function isArrayBuffer(source: unknown): source is ArrayBuffer {
  return Object.prototype.toString.call(source) === '[object ArrayBuffer]';
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new StartError('module-unreachable', `init: ${response.url || 'the module'} answered ${response.status}`);
  const type = response.headers.get('content-type') ?? '';
  // Streaming lets browsers keep the compiled code; they do it for this type alone, and workerd never.
  if (type === 'application/wasm' && typeof WebAssembly.compileStreaming === 'function') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
