// What the Worker itself holds, through the runtime's inspector.
import { once } from "node:events";
import { WebSocket } from "ws";

/**
 * Opens the inspector of the Worker's isolate, `url` being that of the runtime's. `heldBytes` answers its JavaScript heap
 * after a collection and its WebAssembly memory together, which the platform limits. The process around it is no measure:
 * it holds the simulated databases too, and collects garbage when it likes. Only a Worker that serves requests answers: an idle one
 * leaves the inspector waiting.
 */
export async function openIsolate(url) {
  const socket = new WebSocket(new URL("/core:user:stateledger", url));
  await once(socket, "open");
  const call = callerOf(socket);
  const { context } = await call("Runtime.enable", {}, "Runtime.executionContextCreated");
  // Enabled, it would keep every line that is logged.
  await call("Runtime.disable");
  const evaluate = async (expression) => (await call("Runtime.evaluate", { expression, contextId: context.id })).result.objectId;

  async function memoryBytes() {
    const { objects } = await call("Runtime.queryObjects", { prototypeObjectId: await evaluate("WebAssembly.Memory.prototype") });
    const functionDeclaration = "function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }";
    const { result } = await call("Runtime.callFunctionOn", { objectId: objects.objectId, functionDeclaration, returnByValue: true });
    await call("Runtime.releaseObject", { objectId: objects.objectId });
    return result.value;
  }
  async function heldBytes() {
    await call("HeapProfiler.collectGarbage");
    const { usedSize } = await call("Runtime.getHeapUsage");
    return usedSize + (await memoryBytes());
  }
  return { heldBytes, close: () => socket.close() };
}

/**
 * Calls of the DevTools protocol, each answered by its result; or, with `event`, by what that event tells. A runtime that
 * ends fails those under way.
 */
function callerOf(socket) {
  const waiting = new Map();
  let serial = 0;
  socket.on("message", (data) => {
    const { id, method, params, result, error } = JSON.parse(data);
    const name = waiting.has(method) ? method : id;
    waiting.get(name)?.({ result: params ?? result, error });
    waiting.delete(name);
  });
  socket.on("close", () => waiting.forEach((answer) => answer({ error: { message: "the inspector closed" } })));
  return async (method, params = {}, event) => {
    const id = ++serial;
    const answered = new Promise((resolve, reject) => {
      waiting.set(event ?? id, resolve);
      socket.send(JSON.stringify({ id, method, params }), (error) => error && reject(error));
    });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
}
