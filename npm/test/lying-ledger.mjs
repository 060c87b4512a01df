/** A ledger in memory, served as the API and as tiles by a `fetch` that can be told to lie. */
import { checkpoint, consistency, entry, leafHash, PAYLOAD, path, root as rootOf, SALT } from './fixtures.mjs';
import { fetchOf, filesOf } from './static-log.mjs';

export const json = (body, status = 200, headers = {}) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
export const base64 = (bytes) => Buffer.from(bytes).toString('base64');
const reply = (answer, status = 200) => (answer instanceof Response ? answer : json(answer, status));

/** A ledger of `count` records, served as the API and as tiles. */
export class Ledger {
  /** `erasures` has for the index of a record that tells of an erasure the index of the one that was erased. */
  constructor(count, subject = (number) => `item ${number}`, erasures = new Map()) {
    const told = (number) => (erasures.has(number) ? { type: 'stateledger.erased', subject: `${erasures.get(number)}` } : { subject: subject(number) });
    this.erased = new Map([...erasures].map(([by, of]) => [of, by]));
    this.entries = Array.from({ length: count }, (_, number) => entry(told(number)));
    this.leaves = this.entries.map(leafHash);
    this.files = filesOf(this.entries);
  }

  record(index) {
    const bytes = this.entries[index];
    const { statement, time } = JSON.parse(bytes);
    const { type, source, subject, contentType } = statement;
    const by = this.erased.get(index);
    const content = by === undefined ? { payload: JSON.parse(PAYLOAD), salt: base64(SALT) } : { erased: { index: `${by}`, time: JSON.parse(this.entries[by]).time } };
    return { index: `${index}`, leafHash: base64(this.leaves[index]), time, type, source, subject, contentType, entry: base64(bytes), ...content };
  }

  receipt(index, { size = this.leaves.length, payload = true } = {}) {
    const leaves = this.leaves.slice(0, size);
    const hashes = path(index, leaves).map((node) => `${base64(node)}\n`);
    const proof = `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes.join('')}\n${checkpoint(leaves)}`;
    return { entry: base64(this.entries[index]), proof, salt: base64(SALT), ...(payload && { payload: base64(PAYLOAD) }) };
  }

  /** What a server answers; `change(answer, path)` may lie. */
  fetch(change = (answer) => answer) {
    const tiles = fetchOf(this.files);
    return async (url, init = {}) => {
      const { pathname, searchParams } = new URL(url);
      const change_ = async (answer) => change(answer, pathname, init);
      if (pathname.startsWith('/log/')) return (await change_(undefined)) ?? tiles(url, init);
      const [, index, receipt] = /records\/(\d+)(\/receipt)?$/.exec(pathname) ?? [];
      if (init.method === 'POST') return reply(await change_(this.appended(JSON.parse(init.body))), 201);
      if (receipt) return reply(await change_(this.receipt(Number(index))));
      if (index) return reply(await change_(this.record(Number(index))));
      if (pathname.endsWith('/snapshot')) return reply(await change_(this.snapshot(searchParams)));
      if (pathname.endsWith('/diff')) return reply(await change_(this.diff(searchParams)));
      return reply(await change_(this.page(searchParams)));
    };
  }

  page(query) {
    const limit = Number(query.get('limit') ?? 100);
    const [start, end] = [Number(query.get('start') ?? 0), Number(query.get('end') ?? this.entries.length)];
    const indexes = [...this.entries.keys()].slice(start, end);
    if (query.get('order') === 'desc') indexes.reverse();
    const from = Number(query.get('cursor') ?? 0);
    const records = indexes.slice(from, from + limit).map((index) => this.record(index));
    return { records, ...(from + limit < indexes.length && { nextCursor: `${from + limit}` }) };
  }

  /** Every record has a subject of its own, so each is the last one of it. */
  snapshot(query) {
    const size = query.has('time') ? this.leaves.length : Number(query.get('size') ?? this.leaves.length);
    const [limit, from] = [Number(query.get('limit') ?? 100), Number(query.get('cursor') ?? 0)];
    const indexes = [...this.entries.keys()].slice(0, size).sort((a, b) => (this.record(a).subject < this.record(b).subject ? -1 : 1));
    const more = from + limit < size && { nextCursor: `${from + limit}` };
    return { ...this.tree(size), withoutSubject: '0', records: indexes.slice(from, from + limit).map((index) => this.record(index)), ...more };
  }

  /** A tree under the newest checkpoint. */
  tree(size) {
    const proof = size === 0 ? [] : consistency(size, this.leaves);
    const rootHash = base64(rootOf(this.leaves.slice(0, size)));
    return { size: `${size}`, rootHash, checkpoint: checkpoint(this.leaves), checkpointSize: `${this.leaves.length}`, consistency: proof.map(base64) };
  }

  /** Changes of the subjects that have a record between the moments; a time is now. */
  diff(query) {
    const now = this.leaves.length;
    const [from, to] = ['from', 'to'].map((name) => (/^\d+$/.test(query.get(name) ?? '') ? Number(query.get(name)) : now));
    const [limit, at] = [Number(query.get('limit') ?? 100), Number(query.get('cursor') ?? 0)];
    const lastOf = (subject, before) => [...this.entries.keys()].slice(0, before).findLast((index) => this.record(index).subject === subject);
    const changed = [...this.entries.keys()].slice(from, to).filter((index) => lastOf(this.record(index).subject, to) === index);
    const changes = changed.slice(at, at + limit).map((index) => {
      const before = lastOf(this.record(index).subject, from);
      return { ...(before !== undefined && { before: this.record(before) }), after: this.record(index) };
    });
    const { size, rootHash } = this.tree(from);
    const proof = from === 0 ? [] : consistency(from, this.leaves.slice(0, to));
    const more = at + limit < changed.length && { nextCursor: `${at + limit}` };
    return { from: { size, rootHash }, to: this.tree(to), proof: proof.map(base64), withoutSubject: '0', changes, ...more };
  }

  /** As if the last records were those that are sent. */
  appended({ records }) {
    const first = this.entries.length - records.length;
    return {
      ledger: 'demo',
      size: `${this.entries.length}`,
      records: records.map((_, at) => {
        const { index, leafHash: leaf, time } = this.record(first + at);
        return { index, leafHash: leaf, time, replayed: false, receipt: this.receipt(first + at, { payload: false }) };
      }),
    };
  }
}
