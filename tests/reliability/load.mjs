// Writers that stop at nothing: every request is repeated under its key until it is answered, by
// whichever server is up, and every answer is remembered.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

export const LEDGER = "torn";

/** A client's wait for one answer. A server that was killed never answers, and some sockets never close. */
const PATIENCE_MS = 10_000;

/**
 * `count` writers against `url()`, which says where a server is at the moment. Each sends records of
 * its own, one after the other, of one to seven records each, until `stop()` is called and its last
 * request is answered. `finished` resolves to every acknowledged record by its index.
 */
export function startWriters({ count, url, token, round, onAnswer = () => undefined }) {
  let stopping = false;
  const acknowledged = new Map();
  let unanswered = 0;

  async function writer(number) {
    for (let request = 0; !stopping; request++) {
      const key = `${round}-${number}-${request}`;
      const records = Array.from({ length: 1 + (request % 7) }, (_, part) => ({
        type: "reading",
        source: `writer-${number}`,
        subject: `${key}-${part}`,
        payload: { round, number, request, part },
      }));
      note(await until(key, { records }), records);
    }
  }

  async function until(key, body) {
    for (;;) {
      const server = url();
      const answer = server && (await post(server, token, key, body));
      if (answer) onAnswer(server);
      if (answer) return answer;
      if (server) unanswered++;
      await sleep(20 + Math.random() * 60);
    }
  }

  function note(answer, records) {
    answer.records.forEach(({ index, leafHash }, at) => {
      const known = acknowledged.get(index);
      assert.equal(known, undefined, `two records were acknowledged at index ${index}`);
      acknowledged.set(index, { leafHash, subject: records[at].subject });
    });
  }

  const writers = Promise.all(Array.from({ length: count }, (_, number) => writer(number)));
  return {
    stop() {
      stopping = true;
    },
    async finished() {
      await writers;
      return { acknowledged, unanswered };
    },
  };
}

/** The answer, or undefined if there is none that decides: then the same request is sent again. */
async function post(url, token, key, body) {
  try {
    const response = await fetch(new URL(`/api/v1/ledgers/${LEDGER}/records`, url), {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    // Of a refusal only "try again" is expected: the requests are good.
    assert.ok(response.status >= 500 || response.status === 429, `${response.status} ${JSON.stringify(answer)}`);
    assert.notEqual(answer.code, "ledger-halted", JSON.stringify(answer));
    assert.notEqual(answer.code, "storage-corrupt", JSON.stringify(answer));
    return undefined;
  } catch (error) {
    if (error.code === "ERR_ASSERTION") throw error;
    return undefined;
  }
}

/** Every acknowledged record is at its index, and no record is there twice. Answers the size. */
export async function assertWhole(client, acknowledged) {
  const records = await client.allRecords(LEDGER);
  for (const [index, { leafHash, subject }] of acknowledged) {
    const record = records[Number(index)];
    assert.deepEqual([record?.index, record?.leafHash, record?.subject], [index, leafHash, subject]);
  }
  const subjects = new Set(records.map(({ subject }) => subject));
  assert.equal(subjects.size, records.length, "a record is there twice");
  // Every request was repeated until it was answered, so there is nothing that nobody knows of.
  assert.equal(records.length, acknowledged.size, "a record is there that was never acknowledged");
  return records.length;
}
