import { reading } from '../arguments.js';

/** What waits for each caller's signal: one listener serves all of them, because platforms warn of many. */
const waiting = new WeakMap<AbortSignal, Waiters>();

interface Waiters {
  stops: Set<() => void>;
  listener: () => void;
}

/** Calls `stop` once when `signal` aborts; answers what takes that back, and must be called when the work is over. */
export function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  if (signal === undefined) return () => {};
  const { stops, listener } = waiting.get(signal) ?? listening(signal);
  // Its own function: the same `stop` may wait twice.
  const own = () => stop();
  stops.add(own);
  return () => {
    stops.delete(own);
    if (stops.size > 0 || waiting.get(signal)?.stops !== stops) return;
    signal.removeEventListener('abort', listener);
    waiting.delete(signal);
  };
}

function listening(signal: AbortSignal): Waiters {
  const stops = new Set<() => void>();
  const listener = () => {
    waiting.delete(signal);
    for (const stop of stops) stop();
  };
  signal.addEventListener('abort', listener, { once: true });
  const made = { stops, listener };
  waiting.set(signal, made);
  return made;
}

/** An `AbortSignal`, of whatever realm. */
export function signalOf(value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  const signal = value as Partial<AbortSignal> | null;
  const isSignal = reading('signal', () => typeof signal === 'object' && signal !== null && typeof signal.aborted === 'boolean' && typeof signal.addEventListener === 'function');
  if (!isSignal) throw new TypeError('signal must be an AbortSignal');
  return value as AbortSignal;
}
