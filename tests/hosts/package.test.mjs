// What others' tools say of the packed package.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { installTarball } from "../../npm/test/installed.mjs";

const run = promisify(execFile);
const attw = join(dirname(createRequire(import.meta.url).resolve("@arethetypeswrong/cli/package.json")), "dist/index.js");

test("publint and arethetypeswrong find nothing", async (t) => {
  const { project, installed, packed, remove } = await installTarball();
  t.after(remove);
  const complaints = async (pkgDir) => {
    const { messages, pkg } = await publint({ pkgDir, strict: true, pack: false });
    return messages.map((message) => formatMessage(message, pkg));
  };
  // A package of ES modules alone, as its README says: what `require` resolves to is not asked. Files that are no code have no types.
  const types = (tarball) => run(process.execPath, [attw, tarball, "--profile", "esm-only", "--exclude-entrypoints", "stateledger.wasm", "verify.html", "--no-emoji"]);

  assert.deepEqual(await complaints(installed), []);
  await types(join(project, packed.filename));

  await t.test("and would find a missing file, and types that resolve to nothing", async () => {
    const broken = join(project, "broken");
    await cp(installed, broken, { recursive: true });
    const manifest = JSON.parse(await readFile(join(broken, "package.json"), "utf8"));
    manifest.exports["./slim"].default = "./dist/gone.js";
    manifest.exports["./inline"].types = "./dist/gone.d.ts";
    await writeFile(join(broken, "package.json"), JSON.stringify(manifest));
    assert.notDeepEqual(await complaints(broken), []);
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], { cwd: broken });
    await assert.rejects(types(join(project, JSON.parse(stdout)[0].filename)), { code: 1 });
  });
});
