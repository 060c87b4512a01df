/** What `bench edge` measures: the server against the bare Worker of tests/bench/floor, and an audit against its download. */
import { clients } from './http.mjs';
import * as records from './records.mjs';
import { LEDGER } from './servers.mjs';
import { resources } from './tiles.mjs';

const CLIENTS = 64;
const BATCH = 1_000;
const API = `/api/v1/ledgers/${LEDGER}/records`;
const LOG = `/log/${LEDGER}`;

/** Calls of one sample. */
export const FULL = { singles: 1_024, reads: 2_048 };
export const SMALL = { singles: 64, reads: 64 };

/** Tiles and records below this index are read. */
const READ_RANGE = 256;

export function contests({ ours, floor, amounts, version, audit }) {
  const us = (good, bad) => ({ name: 'stateledger', version, good, bad });
  const bare = (good, bad) => ({ name: 'a bare Worker on D1', version, good, bad });
  const appends = (name, work, send) => ({
    name,
    unit: 'records/s',
    work,
    good: 'inserted',
    bad: 'refused',
    ours: us(...send((body) => ours.client.post(API, body))),
    peers: [bare(...send((body) => floor.client.post('/append', body)))],
  });
  const reads = (name, path, theirs) => ({
    name,
    unit: 'requests/s',
    work: amounts.reads,
    good: 'found',
    bad: 'absent',
    ours: us(...reading(ours.client, path, amounts.reads)),
    peers: [bare(...reading(floor.client, theirs, amounts.reads))],
  });
  return [
    appends(`batches of ${BATCH} records, 1 client`, BATCH, (post) => [
      async () => outcome(await post(records.batch(BATCH))),
      async () => outcome(await post(records.broken(BATCH))),
    ]),
    appends(`single records, ${CLIENTS} clients`, amounts.singles, (post) => [
      () => singles(post, amounts.singles),
      async () => outcome(await post(records.broken(1))),
    ]),
    reads(`receipts, ${CLIENTS} clients`, (n) => `${API}/${n}/receipt`, (n) => `/record/${n}`),
    reads(`full tiles, ${CLIENTS} clients`, (n) => `${LOG}/tile/0/${n < READ_RANGE ? '000' : '999'}`, (n) => `/tile/${n < READ_RANGE ? 0 : 999}`),
    auditContest(ours, us, audit),
  ];
}

async function singles(post, count) {
  const seen = new Set();
  await clients(CLIENTS, count, async () => seen.add(outcome(await post(records.single()))));
  return [...seen].join();
}

function reading(client, path, count) {
  const read = async (first, some) => {
    const seen = new Set();
    await clients(CLIENTS, some, async (n) => {
      const { status } = await client.get(path(first + (n % READ_RANGE)));
      seen.add({ 200: 'found', 404: 'absent' }[status] ?? `status ${status}`);
    });
    return [...seen].join();
  };
  // No ledger of this benchmark has so many records.
  return [() => read(0, count), () => read(1e12, 1)];
}

/** Everything downloaded and verified, against everything downloaded. */
function auditContest(ours, us, audit) {
  const download = async (ledger) => {
    const checkpoint = await ours.client.get(`/log/${ledger}/checkpoint`);
    if (checkpoint.status !== 200) return 'refused';
    const size = Number(checkpoint.body.toString().split('\n')[1]);
    const paths = resources(size);
    let failed = 0;
    await clients(8, paths.length, async (n) => {
      const { status } = await ours.client.get(`/log/${ledger}/${paths[n]}`);
      if (status !== 200) failed++;
    });
    return failed === 0 ? 'whole' : `${failed} are missing`;
  };
  return {
    name: 'full audit',
    unit: 'audits/s',
    work: 1,
    good: 'whole',
    bad: 'refused',
    ours: us(() => audit(LEDGER), () => audit('another')),
    peers: [{ name: 'its download alone', version: us().version, good: () => download(LEDGER), bad: () => download('another') }],
  };
}

function outcome({ status }) {
  return { 201: 'inserted', 400: 'refused' }[status] ?? `status ${status}`;
}
