/**
 * A log as static files (C2SP tlog-tiles), made with node:crypto alone: small ones in memory, a large one in a folder.
 *
 *   node npm/test/static-log.mjs FOLDER COUNT       writes one, and prints its key
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { entry, leafHash, LOG, ORIGIN } from './fixtures.mjs';

const nodeHash = (left, right) => createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();

/** MTH of at most 256 hashes. */
function rootOf(hashes) {
  let row = hashes;
  while (row.length > 1) {
    const above = [];
    for (let at = 0; at < row.length; at += 2) above.push(at + 1 < row.length ? nodeHash(row[at], row[at + 1]) : row[at]);
    row = above;
  }
  return row[0];
}

/** "zero-padded 3-digit path elements; all but the last begin with an x", with `.p/<W>` where it is partial. */
export function numberPath(index, width) {
  const groups = [];
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000)) groups.unshift(String(rest % 1000).padStart(3, '0'));
  return `${groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')}${width < 256 ? `.p/${width}` : ''}`;
}

/** Writes a log's files through `write(path, bytes)`, with one unfinished tile a level in memory. */
export class LogWriter {
  #write;
  #size = 0;
  #entries = [];
  /** Hashes of the unfinished tile of each level, and how many tiles are finished. */
  #levels = [];

  constructor(write) {
    this.#write = write;
  }

  push(bytes) {
    this.#size++;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    this.#entries.push(length, bytes);
    this.#pushHash(0, leafHash(bytes));
  }

  #pushHash(level, hash) {
    this.#levels[level] ??= { hashes: [], finished: 0 };
    const at = this.#levels[level];
    at.hashes.push(hash);
    if (at.hashes.length < 256) return;
    this.#tile(level);
    const root = rootOf(at.hashes);
    at.hashes = [];
    at.finished++;
    this.#pushHash(level + 1, root);
  }

  #tile(level) {
    const { hashes, finished } = this.#levels[level];
    const path = numberPath(finished, hashes.length);
    this.#write(`tile/${level}/${path}`, Buffer.concat(hashes));
    if (level > 0) return;
    this.#write(`tile/entries/${path}`, Buffer.concat(this.#entries));
    this.#entries = [];
  }

  /** Writes the partial tiles and the signed checkpoint; answers its text. */
  finish({ log = LOG, origin = ORIGIN } = {}) {
    const edge = [];
    for (const [level, { hashes }] of this.#levels.entries()) {
      if (hashes.length === 0) continue;
      this.#tile(level);
      edge.unshift(...peaks(hashes));
    }
    const root = edge.length === 0 ? createHash('sha256').digest() : edge.reduceRight((right, left) => nodeHash(left, right));
    const body = `${origin}\n${this.#size}\n${root.toString('base64')}\n`;
    const text = `${body}\n${log.line(log.sign(Buffer.from(body)))}`;
    this.#write('checkpoint', Buffer.from(text));
    return text;
  }
}

/** The roots of the complete subtrees that make up a partial tile, largest first. */
function peaks(hashes) {
  const roots = [];
  for (let at = 0, height = 7; height >= 0; height--) {
    if ((hashes.length >> height) % 2 === 0) continue;
    roots.push(rootOf(hashes.slice(at, at + 2 ** height)));
    at += 2 ** height;
  }
  return roots;
}

/** The files of a log of these entries, by path. */
export function filesOf(entries, options) {
  const files = new Map();
  const writer = new LogWriter((path, bytes) => files.set(path, bytes));
  for (const bytes of entries) writer.push(bytes);
  writer.finish(options);
  return files;
}

/** Entries of this ledger, one a second; each with its own subject. */
export function* entriesOf(count) {
  const template = entry({ subject: '@' }).toString();
  for (let number = 0; number < count; number++) {
    const time = new Date(1_795_430_400_000 + number * 1_000).toISOString();
    yield Buffer.from(template.replace('"@"', `"item ${number}"`).replace('2026-11-23T10:00:00.000Z', time));
  }
}

/** Serves files below `https://ledger.example/log/demo/`; `hostile(path, bytes)` may answer other bytes or a Response. */
export function fetchOf(files, hostile = (path, bytes) => bytes) {
  return async (url, { signal } = {}) => {
    signal?.throwIfAborted();
    const path = new URL(url).pathname.replace('/log/demo/', '');
    const answer = await hostile(path, typeof files === 'function' ? files(path) : files.get(path));
    if (answer instanceof Response) return answer;
    return answer === undefined ? new Response('{}', { status: 404 }) : new Response(answer);
  };
}

if (process.argv[1] === import.meta.filename) {
  const [, , folder, count] = process.argv;
  const writer = new LogWriter((path, bytes) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  });
  for (const bytes of entriesOf(Number(count))) writer.push(bytes);
  writer.finish();
  console.log(LOG.vkey);
}

/** Serves a folder that this program wrote. */
export function fetchOfFolder(folder) {
  return fetchOf((path) => {
    try {
      return readFileSync(join(folder, path));
    } catch {
      return undefined;
    }
  });
}
