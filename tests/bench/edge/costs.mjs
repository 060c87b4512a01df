/** What appends and reads use of what the platform bills, counted, and what a million of each costs. */
import { fileURLToPath } from 'node:url';

import { clients } from './http.mjs';
import * as records from './records.mjs';
import { LEDGER, edge } from './servers.mjs';

/**
 * Cloudflare's published prices of the paid plan, in dollars a million, beyond what the plan includes. Read in November 2026 on
 * developers.cloudflare.com: workers, durable-objects, d1 and kv, each under platform/pricing.
 */
export const PRICES = {
  date: 'November 2026',
  units: [
    { count: 'workerRequests', name: 'Worker requests', dollars: 0.3 },
    { count: 'objectRequests', name: 'object requests', dollars: 0.15 },
    { count: 'objectRowsRead', name: 'object rows read', dollars: 0.001 },
    { count: 'objectRowsWritten', name: 'object rows written', dollars: 1 },
    { count: 'd1RowsRead', name: 'D1 rows read', dollars: 0.001 },
    { count: 'd1RowsWritten', name: 'D1 rows written', dollars: 1 },
    { count: 'kvReads', name: 'KV reads', dollars: 0.5 },
    { count: 'kvWrites', name: 'KV writes', dollars: 5 },
    { count: 'kvDeletes', name: 'KV deletes', dollars: 5 },
    { count: 'kvLists', name: 'KV lists', dollars: 5 },
  ],
};

const API = `/api/v1/ledgers/${LEDGER}/records`;

/** What is counted: `calls` of `work` from so many clients do `units` appends or reads. */
const KINDS = [
  { name: 'appends in batches of 1,000', clients: 1, calls: 5, units: 5_000, work: ({ post }) => post(API, records.batch(1_000)) },
  { name: 'appends from 64 clients', clients: 64, calls: 1_024, units: 1_024, work: ({ post }) => post(API, records.single()) },
  { name: 'appends one after the other', clients: 1, calls: 200, units: 200, work: ({ post }) => post(API, records.single()) },
  { name: 'receipt reads', clients: 16, calls: 500, units: 500, work: ({ get }, n) => get(`${API}/${(n * 37) % 5_000}/receipt`) },
];

/** Runs each kind against a server whose bindings count, and answers rows of counts for 1,000 units. */
export async function count() {
  const server = await edge({ entry: fileURLToPath(new URL('counting.mjs', import.meta.url)) });
  const rows = [];
  try {
    for (const kind of KINDS) {
      const before = await server.counts();
      await clients(kind.clients, kind.calls, async (n) => {
        const { status, body } = await kind.work(server.client, n);
        if (status >= 300) throw new Error(`${kind.name}: ${status} ${body}`);
      });
      const after = await server.counts();
      rows.push(priced(kind, before, after));
    }
  } finally {
    await server.stop();
  }
  return rows;
}

/** Counts of 1,000 units, and dollars of a million. */
export function priced({ name, units }, before, after) {
  const used = PRICES.units.map(({ count }) => (((after[count] ?? 0) - (before[count] ?? 0)) * 1_000) / units);
  const dollars = used.reduce((sum, thousand, i) => sum + (thousand / 1_000) * PRICES.units[i].dollars, 0);
  return { name, used, dollars };
}

/** The rows as Markdown; columns in which nothing was counted are left out. */
export function table(rows) {
  const columns = PRICES.units.map((unit, i) => ({ ...unit, i })).filter(({ i }) => rows.some(({ used }) => used[i] > 0));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    'What the platform bills, counted for 1,000 of each, and what a million of them costs:',
    '',
    line(['1,000', ...columns.map(({ name }) => name), 'a million costs']),
    line(['---', ...columns.map(() => '--:'), '--:']).replaceAll(' ', ''),
    line([`*dollars a million, ${PRICES.date}*`, ...columns.map(({ dollars }) => `*${dollars}*`), '']),
    ...rows.map(({ name, used, dollars }) => line([name, ...columns.map(({ i }) => amount(used[i])), `$${dollars.toFixed(2)}`])),
    '',
    'Left out: what the paid plan includes, processor time, the time that objects stay in memory, and storage.',
  ].join('\n');
}

function amount(n) {
  return n < 10 ? String(Number(n.toPrecision(2))) : Math.round(n).toLocaleString('en');
}
