/** A whole log, verified from its tiles. */
import { describe, list, options, text } from '../../arguments.js';
import { VerificationError } from '../../errors.js';
import type { Signer } from '../../types.js';
import { equalBytes } from '../answer.js';
import type { Head } from '../heads.js';
import { onAbort, signalOf } from '../signal.js';
import { FULL_WIDTH, type Tiles } from '../tiles.js';
import { refusalAt, type Checked, type Part } from './check.js';
import { demandSameTile, Edge, type RebuiltTile } from './edge.js';
import { MAX_WORKERS, startPool, type Pool } from './pool.js';

/**
 * Bundles under way for each thread: they hide the network's latency, and bound memory even where every entry is as long
 * as it may be: 2 threads * 6 * (16 MiB + 8 KiB) = 192 MiB; with entries of some hundred bytes it is 2 MiB.
 */
const UNDER_WAY = 6;

/** What an audit takes. */
export interface AuditOptions {
  /** Called after each bundle of 256 entries. What it throws ends the audit. */
  onProgress?: ((progress: AuditProgress) => void) | undefined;
  /** Ends the audit; `onProgress` had the state to resume from. */
  signal?: AbortSignal | undefined;
  /** Threads beside this one, 0 to 16; default 0. */
  workers?: number | undefined;
  /** A state that `onProgress` gave: the audit goes on from there, to the newest head. */
  resume?: AuditState | undefined;
  /** What the entries are: `stateledger` (default), or `opaque` for other logs, of which only the hashes are checked. */
  entries?: 'stateledger' | 'opaque' | undefined;
}

/** How far an audit came: JSON, at most some tens of KiB. Who can change it can make an audit skip entries' contents, so keep it as you keep the key. */
export interface AuditState {
  /** The log's name. */
  origin: string;
  /** Entries that were verified, decimal; a multiple of 256. */
  entries: string;
  /** The time of the last of them, in milliseconds since 1970, decimal; opaque entries have none. */
  lastTime?: string;
  /** The unfinished tiles of levels 1, 2, ..., base64. */
  levels: string[];
}

/** What `onProgress` gets. */
export interface AuditProgress {
  /** Entries verified. */
  entries: bigint;
  /** Entries in all. */
  size: bigint;
  /** What `resume` takes; made when it is called. */
  state(): AuditState;
}

/** A log that holds. */
export interface AuditReport {
  /** The log's name. */
  origin: string;
  /** The number of entries, all verified. */
  size: bigint;
  /** The root, rebuilt from the entries and equal to the signed one; 32 bytes. */
  rootHash: Uint8Array;
  /** The signed checkpoint. */
  checkpoint: string;
  /** The trusted keys that signed it. */
  signers: Signer[];
  /** Entries that this call verified; after `resume` fewer than `size`. */
  verified: bigint;
}

/** What an audit needs of its client. */
export interface AuditAccess {
  tiles: Tiles;
  origin: string;
  head(signal: AbortSignal | undefined): Promise<Head>;
}

/** One bundle on its way; `first` is its first entry's index. */
interface UnderWay {
  first: bigint;
  width: number;
  /** With its leaf hashes, if it is the last, partial one. */
  checked: Promise<Checked & { leaves: Uint8Array | undefined }>;
}

/**
 * Checked, in this order: the checkpoint's signatures, and that it is consistent with the kept one; of every entry that
 * it hashes to its leaf, and (ours) parses, is of this ledger, holds its authors' signatures and is not older than the
 * one before; every tile of every level, rebuilt from the entries; the root.
 */
export async function audit(given: AuditOptions, access: AuditAccess): Promise<AuditReport> {
  const told = auditCall(given, access.origin);
  const head = await access.head(told.signal);
  if (told.edge.size > head.size) throw new RangeError('resume goes beyond the newest head');
  const started = told.edge.size;
  const pool = startPool(told.workers);
  const cuts = new Cuts();
  const release = onAbort(told.signal, () => cuts.end(told.signal?.reason));
  try {
    const rest = await walk(told, head, { pool, tiles: access.tiles, cuts });
    const rootHash = told.edge.root(rest);
    if (!equalBytes(rootHash, head.rootHash)) {
      throw new VerificationError('root-mismatch', 'the entries give another root than the checkpoint has', 'inclusion');
    }
    const { origin, size, signers, text } = head;
    return { origin, size, rootHash, checkpoint: text, signers, verified: size - started };
  } finally {
    release();
    // After a failure nothing is fetched any more.
    cuts.end(new Error('the audit has ended'));
    pool.close();
  }
}

/** What the walk works with. */
interface Means {
  pool: Pool;
  tiles: Tiles;
  cuts: Cuts;
}

/** Ends what is under way. A signal for each bundle: one for all would have a listener for each request, and platforms warn of many. */
class Cuts {
  readonly #active = new Set<AbortController>();
  #ended: { reason: unknown } | undefined;

  /** Runs `work` with a signal of its own. */
  async within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.throwIfEnded();
    const own = new AbortController();
    this.#active.add(own);
    try {
      return await work(own.signal);
    } finally {
      this.#active.delete(own);
    }
  }

  end(reason: unknown): void {
    this.#ended ??= { reason };
    for (const own of this.#active) own.abort(reason);
  }

  throwIfEnded(): void {
    if (this.#ended !== undefined) throw this.#ended.reason;
  }
}

/** Verifies every bundle in order, while the next ones are fetched and checked. Answers the leaves of the last, partial one. */
async function walk(told: AuditCall, head: Head, means: Means): Promise<Uint8Array> {
  const { edge } = told;
  const underWay: UnderWay[] = [];
  const atOnce = UNDER_WAY * Math.max(told.workers, 1);
  let next = edge.size;
  let rest: Uint8Array = new Uint8Array();
  while (next < head.size || underWay.length > 0) {
    while (next < head.size && underWay.length < atOnce) {
      const left = head.size - next;
      const width = left < 256n ? Number(left) : FULL_WIDTH;
      underWay.push(begin(next, width, told.content, means));
      next += BigInt(width);
    }
    const oldest = underWay.shift() as UnderWay;
    const checked = await settled(oldest, means.cuts);
    demandTime(told, checked, oldest.first);
    if (oldest.width === FULL_WIDTH) {
      for (const tile of edge.push(checked.root)) await demandServed(tile, means);
    } else {
      rest = checked.leaves ?? rest;
    }
    report(told, oldest, head);
  }
  for (const tile of edge.unfinished()) await demandServed(tile, means);
  return rest;
}

/** Fetches a bundle with its tile and has it checked; failures wait until their turn, so that the first entry is named. */
function begin(first: bigint, width: number, origin: string | undefined, { pool, tiles, cuts }: Means): UnderWay {
  const index = first / 256n;
  const checked = cuts.within(async (signal) => {
    const [bundle, tile] = await Promise.all([tiles.bundle(index, width, signal), tiles.tile({ level: 0, index, width }, signal)]);
    // A partial tile is needed again at the end; what goes to a thread is gone here.
    const leaves = width === FULL_WIDTH ? undefined : tile.slice();
    const part: Part = { bundle, tile, width, origin };
    return { ...(await pool.check(part)), leaves };
  });
  checked.catch(() => {});
  return { first, width, checked };
}

async function settled({ first, checked }: UnderWay, cuts: Cuts): Promise<Awaited<UnderWay['checked']>> {
  try {
    return await checked;
  } catch (thrown) {
    throw refusalAt(thrown, first);
  } finally {
    cuts.throwIfEnded();
  }
}

/** Within a bundle the module compares times; here the first of one with the last of the bundle before. */
function demandTime(told: AuditCall, { firstTime, lastTime }: Checked, first: bigint): void {
  if (firstTime !== undefined && told.lastTime !== undefined && firstTime < told.lastTime) {
    throw new VerificationError('time-decreasing', 'an entry is earlier than the one before it', 'entry', first);
  }
  told.lastTime = lastTime ?? told.lastTime;
}

async function demandServed(tile: RebuiltTile, { tiles, cuts }: Means): Promise<void> {
  demandSameTile(tile, await cuts.within((signal) => tiles.tile(tile, signal)));
}

function report({ edge, lastTime, origin, onProgress }: AuditCall, { first, width }: UnderWay, head: Head): void {
  const state = () => ({ origin, entries: `${edge.size}`, ...(lastTime !== undefined && { lastTime: `${lastTime}` }), levels: edge.toJSON() });
  onProgress?.({ entries: first + BigInt(width), size: head.size, state });
}

/** The options, checked; `edge` and `lastTime` go along with the audit. */
interface AuditCall {
  origin: string;
  onProgress: ((progress: AuditProgress) => void) | undefined;
  signal: AbortSignal | undefined;
  workers: number;
  content: string | undefined;
  edge: Edge;
  lastTime: bigint | undefined;
}

function auditCall(given: unknown, origin: string): AuditCall {
  const { onProgress, signal, workers = 0, resume, entries = 'stateledger' } = options('options', given, ['onProgress', 'signal', 'workers', 'resume', 'entries']);
  if (onProgress !== undefined && typeof onProgress !== 'function') throw new TypeError(`onProgress must be a function, got ${describe(onProgress)}`);
  if (typeof workers !== 'number') throw new TypeError(`workers must be a number, got ${describe(workers)}`);
  if (!Number.isInteger(workers) || workers < 0 || workers > MAX_WORKERS) throw new RangeError(`workers must be 0 to ${MAX_WORKERS}, got ${workers}`);
  if (entries !== 'stateledger' && entries !== 'opaque') throw new TypeError('entries must be "stateledger" or "opaque"');
  const { edge, lastTime } = resume === undefined ? { edge: Edge.empty(), lastTime: undefined } : resumed(resume, origin);
  // Whoever read entries as opaque knows no time of theirs.
  if (entries === 'stateledger' && edge.size > 0n && lastTime === undefined) throw new RangeError('resume is of an audit that took the entries as opaque');
  return {
    origin,
    onProgress: onProgress as AuditCall['onProgress'],
    signal: signalOf(signal),
    workers,
    content: entries === 'opaque' ? undefined : origin,
    edge,
    lastTime: entries === 'opaque' ? undefined : lastTime,
  };
}

function resumed(state: unknown, origin: string): { edge: Edge; lastTime: bigint | undefined } {
  const given = options('resume', state, ['origin', 'entries', 'lastTime', 'levels']);
  if (given.origin !== origin) throw new RangeError('resume is of another log');
  const decimal = (value: unknown) => {
    if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,19})$/.test(value)) throw new TypeError('resume must be a state that onProgress gave');
    return BigInt(value);
  };
  const levels = list('resume.levels', given.levels, text);
  return { edge: Edge.from(decimal(given.entries), levels), lastTime: given.lastTime === undefined ? undefined : decimal(given.lastTime) };
}
