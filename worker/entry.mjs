// The Worker's entry point: the built Rust, plus one guard.
//
// A panic traps the one WebAssembly instance of the isolate. The shim of worker-build replaces the
// instance, but a request that was waiting inside the old one is never answered. Every live call
// therefore keeps its reject function here, and a trap rejects them all: the client gets a prompt
// 5xx and repeats the request under its idempotency key.
import Front, { Ledger as Sequencer, Limiter } from "./build/index.js";

export { Limiter };

const live = new Set();

function rejectLive(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  for (const reject of live) reject(error);
  live.clear();
}

addEventListener("error", (event) => rejectLive(event.error));
addEventListener("unhandledrejection", (event) => rejectLive(event.reason));

function guard(call) {
  return new Promise((resolve, reject) => {
    live.add(reject);
    const settled = (settle) => (value) => {
      live.delete(reject);
      settle(value);
    };
    const failed = (error) => {
      rejectLive(error);
      reject(error);
    };
    new Promise((start) => start(call())).then(settled(resolve), settled(failed));
  });
}

export default class extends Front {
  fetch(request) {
    return guard(() => super.fetch(request));
  }
}

export class Ledger extends Sequencer {
  fetch(request) {
    return guard(() => super.fetch(request));
  }
}
