// The package's client and artifacts against the real server.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { init, LedgerClient, LedgerError } from "stateledger";
import { clientOf } from "../support/client.mjs";
import { startServer } from "../support/server.mjs";

const MOST = 20 * 2 ** 20;

test("artifacts, kept and read", async (t) => {
  await init();
  const server = await startServer(t);
  const { url, token } = server;
  const { verifierKey: key } = await clientOf(server).createLedger("demo", "proofs");
  const client = new LedgerClient({ url, key, token });
  const content = new Uint8Array(MOST).map((_, at) => at * 31);
  const sha256 = createHash("sha256").update(content).digest("hex");

  for (let time = 0; time < 2; time++) assert.deepEqual(await client.putArtifact(content), { sha256, size: BigInt(MOST) });
  const { index } = await client.append({ type: "file", source: "desk", payload: { sha256 } });
  const said = JSON.parse(new TextDecoder().decode((await client.get(index)).payload));
  assert.deepEqual(await client.getArtifact(said.sha256), content);
  assert.deepEqual(await client.putArtifact(new Uint8Array()), { sha256: createHash("sha256").digest("hex"), size: 0n });

  const refused = (code, work) => assert.rejects(work, (error) => error instanceof LedgerError && error.code === code);
  await refused("artifact-not-found", client.getArtifact("00".repeat(32)));
  await refused("unauthorized", new LedgerClient({ url, key }).putArtifact(content));
});
