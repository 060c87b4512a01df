/** What is checked before anything is timed. */
import assert from 'node:assert/strict';
import { verifyReceipt } from 'stateledger';

import * as records from './records.mjs';
import { LEDGER } from './servers.mjs';

const API = `/api/v1/ledgers/${LEDGER}/records`;

/** Both append the same; every receipt verifies, under the ledger's key and for its own index; and the rows are alike. */
export async function check({ ours, floor }) {
  const before = await size(ours);
  const body = records.batch(1_000);
  const answer = JSON.parse((await posted(ours.client, API, body)).body);
  answer.records.forEach(({ index, receipt }, n) => assertReceipt(ours, receipt, before + n, index));
  await posted(floor.client, '/append', body);
  const alone = records.single();
  const { records: [{ index, receipt }] } = JSON.parse((await posted(ours.client, API, alone)).body);
  assertReceipt(ours, receipt, before + 1_000, index);
  await posted(floor.client, '/append', alone);
  const read = await ours.client.get(`${API}/${before}/receipt`);
  const { payload } = verifyReceipt(read.body.toString(), { key: ours.verifierKey });
  assert.equal(payload, 'verified');
  assert.deepEqual(await rows(floor.database), await rows(ours.database), 'the bare Worker inserts other rows');
}

function assertReceipt({ verifierKey }, receipt, expected, index) {
  const verdict = verifyReceipt(receipt, { key: verifierKey });
  assert.deepEqual([verdict.index, index], [BigInt(expected), `${expected}`]);
}

async function posted(client, path, body) {
  const answer = await client.post(path, body);
  assert.equal(answer.status, 201, answer.body.toString().slice(0, 300));
  return answer;
}

async function size({ client }) {
  return Number(JSON.parse((await client.get(`/api/v1/ledgers/${LEDGER}`)).body).size);
}

/** How many rows there are, and how many bytes in all columns that differ from row to row. */
async function rows(database) {
  const sums = ROWS.map((sql) => database.prepare(sql));
  return (await database.batch(sums)).map(({ results }) => results[0]);
}

const ROWS = [
  `select count(*) as count, sum(length(leaf_hash) + length(entry)) as bytes,
          sum(length(type) + length(source) + length(subject) + length(time)) as texts from records`,
  'select count(*) as count, sum(length(salt)) as salts, sum(length(payload)) as bytes, sum(is_json) as json from payloads',
  'select count(*) as count, sum(length(key)) as texts, sum(count) as records, sum(length(digest) + length(mac)) as bytes from idempotency',
];
