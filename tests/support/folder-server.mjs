// A folder over HTTP on loopback, under a Content-Security-Policy.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

/**
 * Serves `folder`; `answer(pathname, query)` may answer bytes, or null for a 404, in a file's place. Answers {url, asked, close},
 * where `asked` lists the paths.
 */
export async function serveFolder(folder, { policy, answer = () => undefined } = {}) {
  const asked = [];
  const server = createServer(async (request, response) => {
    // URL resolves every "..", so no path leaves the folder.
    const { pathname, search } = new URL(request.url, "http://localhost");
    asked.push(pathname);
    const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    try {
      const own = await answer(pathname, search);
      if (own === null) throw new Error("not here");
      const body = own || (await readFile(join(folder, path)));
      const type = TYPES[extname(path)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, ...(policy && { "content-security-policy": policy }) }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, asked, close };
}
