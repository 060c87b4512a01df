// One of the two stores is restored, emptied or lost: the sequencer's kept head tells a rewound
// database, for which it must not sign again, from one that is merely ahead.
//
// Each store is a folder of the state directory, so a backup is a copy made while no server runs.
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clientOf } from "../support/client.mjs";
import { query } from "../support/database.mjs";
import { restartable, temporaryDirectory } from "../support/server.mjs";
import { xtask } from "../support/xtask.mjs";

const LEDGER = "rewound";
const RECORDS = `/api/v1/ledgers/${LEDGER}/records`;

// The stores, by the names of their folders.
const DATABASE = "d1";
const OBJECT = "do";

// OLDER lies in the first tile of 256 and NEWER in the second: rolling forward crosses the boundary.
const OLDER = 200;
const NEWER = 300;

test("a database that was rewound halts its ledger until the newer one is back", async (t) => {
  const { deployment, history } = await grown(t);
  deployment.restore(DATABASE, "older");
  const rewound = await rowsOf(deployment);
  assert.equal(rewound.filter(({ kind }) => kind === "record").length, OLDER);

  await deployment.serve(async (client) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      halted(await client.call("POST", RECORDS, record("refused")), /behind/);
      assert.equal((await client.readLedger(LEDGER)).size, String(OLDER));
    }
  });
  assert.deepEqual(await rowsOf(deployment), rewound);

  deployment.restore(DATABASE, "newer");
  await deployment.serve((client, url) => goesOn(client, url, history));
});

test("an administrator accepts a rewound database, and the ledger says so", async (t) => {
  const { deployment, history } = await grown(t);
  deployment.restore(DATABASE, "older");

  const recovered = await deployment.serve(async (client, url) => {
    const { size, rootHash } = await client.readLedger(LEDGER);
    const call = (head) => client.call("POST", `/api/v1/ledgers/${LEDGER}/recover`, head);
    const other = await call({ size: String(NEWER), rootHash });
    assert.deepEqual([other.status, other.body.code], [409, "recovery-head-mismatch"]);
    halted(await client.call("POST", RECORDS, record("refused")), /behind/);

    const answer = await call({ size, rootHash });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    const [{ index, leafHash }] = answer.body.records;
    assert.equal(index, String(OLDER));
    const told = await client.record(LEDGER, OLDER);
    assert.equal(told.type, "stateledger.recovered");
    assert.deepEqual([told.payload.accepted, told.payload.kept.size], [{ size, rootHash }, String(NEWER)]);
    assert.equal((await call({ size, rootHash })).body.code, "ledger-not-halted");

    const rewritten = { ...history, leafHashes: [...history.leafHashes.slice(0, OLDER), leafHash] };
    rewritten.leafHashes.push(await goesOn(client, url, rewritten));
    return rewritten;
  });
  // The records that were given up, the one that says so, and the next.
  const appended = NEWER + 2;
  await deployment.serve(async (client, url) => assert.equal(await appendedOf(client, url), appended));

  // The object remembers the accepted history from now on: the one that it replaced is refused.
  deployment.save("recovered");
  deployment.restore(DATABASE, "newer");
  await deployment.serve(async (client, url) => {
    halted(await client.call("POST", RECORDS, record("refused")), /does not extend/);
    assert.equal(await appendedOf(client, url), appended);
  });
  deployment.restore(DATABASE, "recovered");
  await deployment.serve((client, url) => goesOn(client, url, recovered));
});

test("a lost database halts appends and a second creation under the name", async (t) => {
  const { deployment, history } = await grown(t);
  deployment.lose(DATABASE);

  await deployment.serve(async (client) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      halted(await client.call("POST", RECORDS, record("refused")), /lost/);
      const creation = { ledger: LEDGER, rules: { visibility: "public" } };
      halted(await client.call("POST", "/api/v1/ledgers", creation), /lost/);
      assert.equal((await client.call("GET", RECORDS)).status, 404);
    }
    await client.createLedger("another"); // the database itself is fine
  });
  assert.deepEqual(await rowsOf(deployment), []);

  deployment.restore(DATABASE, "newer");
  await deployment.serve((client, url) => goesOn(client, url, history));
});

const FORGETTING = [
  ["restored to an older state", (deployment) => deployment.restore(OBJECT, "older")],
  ["lost", (deployment) => deployment.lose(OBJECT)],
];

for (const [what, forget] of FORGETTING) {
  test(`an object whose storage was ${what} rolls forward to the database`, async (t) => {
    const { deployment, history } = await grown(t);
    forget(deployment);
    await deployment.serve((client, url) => goesOn(client, url, history));

    // It remembers again: what it took over and extended cannot be rewound any more.
    deployment.restore(DATABASE, "newer");
    await deployment.serve(async (client) => {
      halted(await client.call("POST", RECORDS, record("refused")), /behind/);
    });
  });

  // The limit that SECURITY.md states, and the proof that the kept head lies in that folder alone.
  test(`an object whose storage was ${what} does not see that the database was rewound`, async (t) => {
    const { deployment, history } = await grown(t);
    forget(deployment);
    deployment.restore(DATABASE, "older");
    const rewound = { ...history, leafHashes: history.leafHashes.slice(0, OLDER) };
    await deployment.serve((client, url) => goesOn(client, url, rewound));
  });
}

/**
 * A stopped deployment whose ledger has NEWER records, with both stores saved as "older" and
 * "newer". `history` is what was acknowledged: the verifier key and every leaf hash, in order.
 */
async function grown(t) {
  const deployment = deploymentOf(t);
  const history = { verifierKey: undefined, leafHashes: [] };
  const append = async (client, size) => {
    const records = Array.from({ length: size - history.leafHashes.length }, (_, n) => record(n));
    const answer = await client.append(LEDGER, { records });
    assert.equal(answer.size, String(size));
    history.leafHashes.push(...answer.records.map(({ leafHash }) => leafHash));
  };

  await deployment.serve(async (client) => {
    history.verifierKey = (await client.createLedger(LEDGER)).verifierKey;
    await append(client, OLDER);
  });
  deployment.save("older");
  await deployment.serve((client) => append(client, NEWER));
  deployment.save("newer");
  return { deployment, history };
}

/** A server that starts and stops on one state directory, and backups of its stores. */
function deploymentOf(t) {
  const directory = temporaryDirectory(t);
  const { stateDir, start, stop } = restartable(t);
  const folderOf = (store) => join(stateDir, "v3", store);
  const backupOf = (store, name) => join(directory, name, store);
  // Without `force`: a folder that is not where it is expected is an error.
  const lose = (store) => rmSync(folderOf(store), { recursive: true });

  return {
    stateDir,
    lose,

    /** Runs `work(client, url)` against the server, which has stopped when this returns. */
    async serve(work) {
      const server = await start();
      try {
        return await work(clientOf(server), server.url);
      } finally {
        await stop();
      }
    },

    save(name) {
      for (const store of [DATABASE, OBJECT]) cpSync(folderOf(store), backupOf(store, name), { recursive: true });
    },

    /** Puts one store back as it was saved; files written since, such as a SQLite log, are gone. */
    restore(store, name) {
      lose(store);
      cpSync(backupOf(store, name), folderOf(store), { recursive: true });
    },
  };
}

function record(payload) {
  return { type: "reading", source: "rewind-test", payload };
}

/** The refusal of a sequencer that will not sign, for the given reason. */
function halted({ status, headers, body }, reason) {
  assert.deepEqual([status, body.code], [503, "ledger-halted"]);
  assert.match(headers.get("retry-after") ?? "", /^[1-9][0-9]*$/);
  assert.match(body.detail, reason);
}

/** What the ledger's counter of appended records says. */
async function appendedOf({ token }, url) {
  const metrics = await fetch(`${url}/metrics?ledger=${LEDGER}`, { headers: { Authorization: `Bearer ${token}` } });
  const [, value] = /^stateledger_records_appended_total\{.*\} ([0-9]+)$/m.exec(await metrics.text()) ?? [];
  return Number(value);
}

/** The next append continues the acknowledged history, and an audit from outside finds nothing. Answers its leaf. */
async function goesOn(client, url, { verifierKey, leafHashes }) {
  const answer = await client.append(LEDGER, record("next"));
  const [next] = answer.records;
  assert.deepEqual([next.index, answer.size], [String(leafHashes.length), String(leafHashes.length + 1)]);

  const records = await client.allRecords(LEDGER);
  assert.deepEqual(
    records.map(({ leafHash }) => leafHash),
    [...leafHashes, next.leafHash],
  );
  const audit = await xtask(["audit", "--url", url, "--ledger", LEDGER, "--key", verifierKey]);
  assert.equal(audit.code, 0, audit.stdout + audit.stderr);
  return next.leafHash;
}

/** The ledger's heads and records as a stopped server left them, byte for byte. */
function rowsOf({ stateDir }) {
  const sql = `
    select 'head' as kind, cast(size as text) as position, hex(root) || hex(checkpoint) as bytes
      from heads where ledger = ?1
    union all
    select 'record', cast(idx as text), hex(leaf_hash) || hex(entry) from records where ledger = ?1
    order by kind, position`;
  return query(stateDir, sql, LEDGER);
}
