// The README's examples, run as a reader would: in order, in one folder, with URL and TOKEN set.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { startServer } from "../support/server.mjs";
import { finished, root } from "../support/xtask.mjs";

/** Blocks that no test marks: what a reader runs to have a server and tests in the first place. */
const UNMARKED = ["cargo xtask dev", "cargo xtask test"];

const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/(?:<!-- test: ([a-z-]+) -->\n)?```(\w*)\n([\s\S]*?)```/g)].map(
  ([, name, language, code]) => ({ name, language, code: code.trim() }),
);
const marked = blocks.filter(({ name }) => name !== undefined);

test("every block of the README is executed, but for the two commands that start it all", () => {
  const unmarked = blocks.filter(({ name }) => name === undefined).map(({ code }) => code);
  assert.deepEqual(unmarked, UNMARKED);
  assert.ok(marked.length > 0);
});

test("the README's examples run in order", async (t) => {
  const server = await startServer(t);
  // Inside the repository: there `stateledger` and `cargo xtask` resolve as in a reader's clone.
  const folder = join(root, "tests/artifacts/readme");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  for (const { name, language, code } of marked) {
    await t.test(`${name} (${language})`, async () => {
      const ended = await run(language, code, folder, { ...process.env, URL: server.url, TOKEN: server.token });
      assert.equal(ended.code, 0, `${ended.stdout}\n${ended.stderr}`);
      for (const [, said] of code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)) {
        assert.ok(ended.stdout.includes(said), `the example says ${JSON.stringify(said)}, it printed:\n${ended.stdout}`);
      }
    });
  }
});

function run(language, code, cwd, env) {
  const options = { cwd, env, stdio: ["ignore", "pipe", "pipe"] };
  if (language === "sh") return finished(spawn("bash", ["-eu", "-c", code], options));
  assert.equal(language, "js", `no way to run a block of ${language}`);
  const file = join(cwd, "example.mjs");
  writeFileSync(file, code);
  return finished(spawn(process.execPath, [file], options));
}
