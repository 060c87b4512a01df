// The page's side of its worker, which does what would make the page wait. It is started when it is first needed.
import { wrap, type Remote } from "comlink";
import { randomHex } from "../bytes.ts";
import { carryErrors } from "./errors.ts";
import type { Thread } from "./thread.ts";

let running: Promise<Remote<Thread>> | undefined;

/** The worker, its module started. After a failure the next call tries again. */
export function thread(): Promise<Remote<Thread>> {
  running ??= started().catch((error: unknown) => {
    running = undefined;
    throw error;
  });
  return running;
}

/** Runs what `signal` can end; `id` names it to the worker. */
export async function task<T>(signal: AbortSignal, run: (remote: Remote<Thread>, id: string) => Promise<T>): Promise<T> {
  const remote = await thread();
  signal.throwIfAborted();
  const id = randomHex(8);
  const stop = () => void remote.cancel(id);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await run(remote, id);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function started(): Promise<Remote<Thread>> {
  carryErrors();
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { type: "module", name: "stateledger" });
  const remote = wrap<Thread>(worker);
  const broken = new Promise<never>((_, reject) => {
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error("The page’s worker could not be started. The network may be down, or the server has a newer page: load it again."));
    };
  });
  try {
    await Promise.race([remote.start(), broken]);
    return remote;
  } catch (error) {
    worker.terminate();
    throw error;
  }
}
