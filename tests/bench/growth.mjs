// Fills one ledger, then compares its last 10,000 appends and its receipt reads with those of an empty one at the same time:
// node growth.mjs --records N [--quick]. Prints one line of JSON; ends with 1 where a bound is not kept.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { init, verifyReceipt } from 'stateledger';

import { clients } from './edge/http.mjs';
import * as records from './edge/records.mjs';
import { LEDGER, edge } from './edge/servers.mjs';
import { compare } from './harness.mjs';
import { installed } from './versions.mjs';

const BATCH = 1_000;
/** Batches at the end that are compared with the first ones of an empty ledger. */
const LAST = 10;
const READS = 256;
/** The last appends take at most 1.3 times as long as the first, reads at most 2 times; the program stays below 100 MB. */
const BOUNDS = { appends: 1 / 1.3, reads: 1 / 2, bytes: 100e6 };

const api = (ledger) => `/api/v1/ledgers/${ledger}/records`;
const entry = fileURLToPath(new URL('edge/weighed.mjs', import.meta.url));
const { values } = parseArgs({ options: { records: { type: 'string' }, quick: { type: 'boolean', default: false } } });
const total = Number(values.records);
const log = (line) => console.error(`     ${line}`);

async function append({ client }, ledger = LEDGER, count = BATCH) {
  const { status, body } = await client.post(api(ledger), records.batch(count));
  if (status !== 201) throw new Error(`an append answered ${status}: ${body}`);
}

/** Receipts all over a ledger, verified where there is a key. */
async function read({ client }, ledger, size, verifierKey) {
  await clients(16, READS, async (n) => {
    const index = Math.floor((n * size) / READS);
    const { status, body } = await client.get(`${api(ledger)}/${index}/receipt`);
    if (status !== 200) throw new Error(`receipt ${index} answered ${status}`);
    if (verifierKey) verifyReceipt(body.toString(), { key: verifierKey });
  });
}

async function timed(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

await init();
const version = installed().stateledger;
const servers = [await edge({ entry })];
try {
  const [grown] = servers;
  const started = performance.now();
  for (let size = 0; size < total - LAST * BATCH; size += BATCH) {
    await append(grown);
    if (size > 0 && size % 50_000 === 0) log(`${size.toLocaleString('en')} records, ${Math.round((size * 1000) / (performance.now() - started))}/s`);
  }
  servers.push(await edge({ entry }));
  const [, fresh] = servers;
  await fresh.client.post('/api/v1/ledgers', JSON.stringify({ ledger: 'warm', rules: {} }));
  for (let n = 0; n < LAST; n++) await append(fresh, 'warm');
  const small = await fresh.client.post('/api/v1/ledgers', JSON.stringify({ ledger: 'small', rules: { visibility: 'public' } }));
  await append(fresh, 'small', 1);
  const appends = { ours: [], theirs: [] };
  for (let n = 0; n < LAST; n++) {
    appends.ours.push(await timed(() => append(grown)));
    appends.theirs.push(await timed(() => append(fresh)));
  }
  await read(grown, LEDGER, total, grown.verifierKey);
  await read(fresh, 'small', 1, JSON.parse(small.body).verifierKey);
  const reads = { ours: [], theirs: [] };
  for (let n = 0; n < LAST; n++) {
    reads.ours.push(await timed(() => read(grown, LEDGER, total)));
    reads.theirs.push(await timed(() => read(fresh, 'small', 1)));
  }
  const { linearMemory } = await grown.memory();
  const peer = (name) => ({ name, version });
  const count = total.toLocaleString('en');
  const rows = [
    compare({ name: `the last 10,000 of ${count} records, in batches`, unit: 'records/s', work: BATCH, peer: peer('the first 10,000 of an empty ledger'), ...appends }),
    compare({ name: `receipts in a ledger of ${count}`, unit: 'requests/s', work: READS, peer: peer('in a ledger of one record'), ...reads }),
  ];
  const text = `The program's linear memory, which never shrinks, had ${(linearMemory / 1e6).toFixed(1)} MB after ${count} records.`;
  console.log(JSON.stringify({ rows, text }));
  const broken = [
    rows[0].ratio < BOUNDS.appends && `the last appends are ${(1 / rows[0].ratio).toFixed(2)} times as slow as the first`,
    rows[1].ratio < BOUNDS.reads && `receipts are ${(1 / rows[1].ratio).toFixed(2)} times as slow as in an empty ledger`,
    linearMemory > BOUNDS.bytes && text,
  ].filter(Boolean);
  broken.forEach(log);
  process.exitCode = broken.length > 0 ? 1 : 0;
} finally {
  for (const { stop } of servers) await stop();
}
