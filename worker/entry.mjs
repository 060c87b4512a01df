// The Worker's entry point: the built Rust, plus one guard.
//
// A panic traps the one WebAssembly instance of the isolate. The shim of worker-build replaces the
// instance, but a request that was waiting inside the old one is never answered. Every live call
// therefore looks now and then whether there was a trap since it began, and fails if so: the client
// is told 503, by a problem (RFC 9457) like every refusal, and repeats the request under its
// idempotency key. Each call looks by itself, because the runtime may take a request whose promise
// only another one's context can settle for one that hangs.
import Front, { Ledger as Sequencer, Limiter } from "./build/index.js";

export { Limiter };

/** A tenth of the second that the client is told to wait. */
const LOOK_MS = 100;

const PROBLEM = JSON.stringify({
  type: "https://stateledger.dev/problems/storage-unavailable",
  code: "storage-unavailable",
  title: "Storage unavailable",
  status: 503,
  detail: "the server broke off; what was asked for may have happened",
});
const HEADERS = { "Content-Type": "application/problem+json", "Cache-Control": "no-store", "Retry-After": "1" };

/** The last trap. */
let trap;

const isTrap = (error) => error instanceof WebAssembly.RuntimeError;

function notice(error) {
  if (isTrap(error)) trap = error;
}

addEventListener("error", (event) => notice(event.error));
addEventListener("unhandledrejection", (event) => notice(event.reason));

async function guard(call) {
  const before = trap;
  let timer;
  const trapped = new Promise((_, reject) => {
    timer = setInterval(() => {
      if (trap !== before) reject(trap);
    }, LOOK_MS);
  });
  try {
    return await Promise.race([call(), trapped]);
  } catch (error) {
    notice(error);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

export default class extends Front {
  async fetch(request) {
    try {
      return await guard(() => super.fetch(request));
    } catch (error) {
      if (!isTrap(error)) throw error;
      return new Response(PROBLEM, { status: 503, headers: HEADERS });
    }
  }
}

export class Ledger extends Sequencer {
  fetch(request) {
    return guard(() => super.fetch(request));
  }
}
