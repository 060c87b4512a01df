/**
 * A client that costs little beside the server: kept connections, bodies as buffers, nothing parsed.
 * `fetch` of Node takes several times as much processor time for a request.
 */
import { Agent, request } from 'node:http';

/** workerd closes a connection that is idle for 5 s; a client that closes it first never writes into a closed one. */
const IDLE_MS = 3_000;

/** A client of one server. Calls resolve to `{ status, body }`. */
export function clientOf(url, token) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: IDLE_MS });
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };

  function call(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, url), { method, agent, headers }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(parts) }));
        answer.on('error', reject);
      });
      sent.on('error', (error) => {
        const closed = error.code === 'ECONNRESET' && sent.reusedSocket;
        if (closed) call(method, path, headers, body).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });
  }

  return {
    get: (path) => call('GET', path, {}),
    post(path, body) {
      const headers = { ...authorization, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
      return call('POST', path, headers, body);
    },
    close: () => agent.destroy(),
  };
}

/** Runs `count` calls of `work(n)` from this many clients, each with one call at a time. */
export async function clients(number, count, work) {
  let next = 0;
  async function client() {
    while (next < count) await work(next++);
  }
  await Promise.all(Array.from({ length: number }, client));
}
