/** Commands that ask a server. */
import { readFile, rename, writeFile } from 'node:fs/promises';

import type { AuditProgress, AuditReport, AuditState } from '../client/audit/audit.js';
import { fileStore, LedgerClient } from '../node.js';
import { count, needed, Obstacle, one, trust, type Given } from './arguments.js';
import type { Finding } from './report.js';

/** A state is written this often; the audit goes on meanwhile. */
const KEEP_EVERY_MS = 2_000;

async function clientOf(given: Given): Promise<LedgerClient> {
  const token = process.env.STATELEDGER_TOKEN;
  const folder = one(given, 'store');
  const trusted = await trust(given);
  const url = needed(given, 'url');
  return new LedgerClient({ ...trusted, url, ...(token && { token }), ...(folder !== undefined && { store: fileStore(folder) }) });
}

/** `audit`; `about` is filled while it goes on, for the report of a failure. */
export async function auditCommand(given: Given, about: Record<string, unknown>): Promise<Finding> {
  const began = performance.now();
  const client = await clientOf(given);
  const file = one(given, 'resume');
  const keep = file === undefined ? undefined : new StateFile(file);
  const resume = await keep?.read();
  const shown = given.values.json === true || !process.stderr.isTTY ? undefined : progressLine('entries');
  Object.assign(about, { size: '0', rootHash: '', entries: resume?.entries ?? '0', seconds: 0 });
  const onProgress = (progress: AuditProgress) => {
    Object.assign(about, { size: `${progress.size}`, entries: `${progress.entries}`, seconds: seconds(began) });
    keep?.offer(progress);
    shown?.(progress.entries, progress.size);
  };
  let report: AuditReport;
  try {
    report = await client.audit({ workers: count(given, 'workers') ?? 0, entries: given.values.opaque === true ? 'opaque' : 'stateledger', onProgress, resume });
  } finally {
    about.seconds = seconds(began);
    if (shown !== undefined) process.stderr.write('\n');
    await keep?.settle();
  }
  keep?.demandKept();
  const { origin, size, rootHash } = report;
  const root = Buffer.from(rootHash).toString('base64');
  const text = `verified: ${size} entries and root ${root} of ${origin} in ${seconds(began)} s`;
  return { text, json: { origin, size, rootHash, entries: size, seconds: seconds(began), signers: report.signers } };
}

/** `export-bundle` */
export async function exportCommand(given: Given): Promise<Finding> {
  const out = needed(given, 'out');
  const client = await clientOf(given);
  const [start, end] = [count(given, 'from'), count(given, 'to')].map((index) => (index === undefined ? undefined : BigInt(index)));
  const shown = given.values.json === true || !process.stderr.isTTY ? undefined : progressLine('records');
  const onProgress = ({ records, of }: { records: number; of: number }) => shown?.(records, of);
  const bundle = await client.exportBundle({ start, end, payloads: given.values['no-payloads'] !== true, onProgress });
  if (shown !== undefined) process.stderr.write('\n');
  await writeFile(out, bundle, { flag: 'wx' }).catch((error: Error) => {
    throw new Obstacle(error.message);
  });
  return { text: `written: ${bundle.length} bytes to ${out}`, json: { bytes: bundle.length, out } };
}

/** Where an audit goes on: written aside and moved into place, so that it is whole whenever the process ends. */
class StateFile {
  readonly #path: string;
  #last = 0;
  #newest: AuditProgress | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<AuditState | undefined> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as AuditState;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw new Obstacle(`reading ${this.#path}: ${error instanceof Error ? error.message : error}`);
    }
  }

  offer(progress: AuditProgress): void {
    this.#newest = progress;
    if (performance.now() - this.#last < KEEP_EVERY_MS) return;
    this.#last = performance.now();
    this.#write();
  }

  /** Writes the newest state and waits for it. What went wrong waits, too: a verdict about the log comes first. */
  async settle(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #write(): void {
    const state = this.#newest?.state();
    if (state === undefined) return;
    this.#writing = this.#writing.then(async () => {
      await writeFile(`${this.#path}.new`, JSON.stringify(state), { mode: 0o600 });
      await rename(`${this.#path}.new`, this.#path);
    });
    this.#writing = this.#writing.catch((error: unknown) => {
      this.#failure ??= error;
    });
  }

  /** That every state was written. */
  demandKept(): void {
    const error = this.#failure;
    if (error !== undefined) throw new Obstacle(`writing ${this.#path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** A line on standard error that is written over itself. */
function progressLine(what: string): (done: bigint | number, of: bigint | number) => void {
  let last = 0;
  return (done, of) => {
    if (performance.now() - last < 100 && done !== of) return;
    last = performance.now();
    process.stderr.write(`\r${done} of ${of} ${what}`);
  };
}

function seconds(since: number): number {
  return Math.round(performance.now() - since) / 1_000;
}
