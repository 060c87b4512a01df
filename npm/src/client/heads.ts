/**
 * What a client remembers: the last signed head, and what it may conclude from another one. Design: a smaller head that
 * is a proven prefix is stale (caches and replicas lag), a rollback if it stays so; a head that neither extends the kept
 * one nor is its prefix is a fork.
 */
import { VerificationError } from '../errors.js';
import { openCheckpoint } from '../receipt.js';
import { verifyConsistency } from '../tree.js';
import type { Checkpoint, Trust } from '../types.js';
import { equalBytes, toBase64 } from './answer.js';
import { ForkError, RollbackError, type HeadEvidence } from './errors.js';
import type { HeadStore } from './store.js';
import type { Tiles } from './tiles.js';

/** Two heads of one store can overtake each other this often before something else must be wrong. */
const MAX_SWAPS = 100;
/** Forks that a slot remembers: two signed heads each, at most 256 KiB. */
const MAX_FORKS = 8;
/** Earlier heads that a slot remembers, some 60 bytes each. */
const MAX_SEEN = 64;

/** A verified head with its signed text. */
export interface Head extends Checkpoint {
  /** The signed note. */
  text: string;
}

/** What a head was, compared with the kept one. */
export type HeadOutcome = 'first' | 'unchanged' | 'extended' | 'stale';

/** What a store's slot holds. */
interface Slot {
  /** The newest head's signed note. */
  checkpoint: string;
  /** Since when only older heads were answered, in milliseconds since 1970. */
  staleSince?: number;
  /** Earlier heads that the newest was shown to extend, as size and root, oldest first: a server that fell back to one has not the tiles to prove it. */
  seen?: [size: string, root: string][];
  /** Evidence of every fork. */
  forks?: HeadEvidence[];
}

/** How a client follows one ledger. */
export interface FollowOptions {
  /** Judges a served head. */
  trust: Trust;
  /** The configured log keys: they name the slot, and judge what the store holds. */
  keys: readonly string[];
  store: HeadStore;
  tiles: Tiles;
  url: URL;
  rollbackAfterMs: number;
}

/** Follows one ledger's heads. */
export class Heads {
  readonly #options: FollowOptions;
  readonly #slot: string;

  constructor(options: FollowOptions) {
    this.#options = options;
    // Only what was configured: a server that could choose the slot could choose an empty one.
    this.#slot = [...options.keys].sort().join('\n');
  }

  /** The newest head that was seen, from the store; its signature is verified again. */
  async kept(): Promise<Head | undefined> {
    const slot = parseSlot(await this.#options.store.read(this.#slot));
    return slot && this.#keptHead(slot);
  }

  /** Evidence of every fork that was seen. */
  async forks(): Promise<HeadEvidence[]> {
    return parseSlot(await this.#options.store.read(this.#slot))?.forks ?? [];
  }

  /** Verifies a served head by itself. */
  open(text: string): Head {
    return { ...openCheckpoint(text, this.#options.trust), text };
  }

  /**
   * Compares a head with the kept one, and keeps the newer. `newest` says that the server answered it as its newest:
   * only then is an older one stale. Whoever loses against another writer is compared with what that one wrote.
   */
  async observe(head: Head, { newest, signal }: { newest: boolean; signal?: AbortSignal | undefined }): Promise<HeadOutcome> {
    const { store } = this.#options;
    for (let tried = 0; tried < MAX_SWAPS; tried++) {
      const before = await store.read(this.#slot);
      const slot = parseSlot(before);
      const { outcome, next } = slot === undefined ? first(head) : await this.#compare(slot, head, newest, signal);
      if (next === undefined || (await store.swap(this.#slot, before, JSON.stringify(next)))) {
        if (next?.staleSince !== undefined) this.#refuseRollback(next, head, next.staleSince);
        return outcome;
      }
    }
    throw new Error('the store of heads does not come to rest');
  }

  /** What the slot becomes; nothing where it stays as it is. */
  async #compare(slot: Slot, head: Head, newest: boolean, signal?: AbortSignal): Promise<{ outcome: HeadOutcome; next?: Slot }> {
    const kept = this.#keptHead(slot);
    const { staleSince, ...fresh } = slot;
    const stale = { ...slot, staleSince: staleSince ?? Date.now() };
    if (head.size < kept.size) {
      await this.#demandPrefix(newest ? stale : slot, kept, head, signal);
      return { outcome: 'stale', ...(newest && { next: stale }) };
    }
    await this.#demandConsistency(kept, head, kept, head, signal);
    if (head.size > kept.size) return { outcome: 'extended', next: { ...fresh, checkpoint: head.text, seen: withSeen(slot, kept) } };
    return { outcome: 'unchanged', ...(newest && staleSince !== undefined && { next: fresh }) };
  }

  /** An older head must be a prefix of the kept one: one that was seen before, or proven from tiles. */
  async #demandPrefix(slot: Slot, kept: Head, head: Head, signal?: AbortSignal): Promise<void> {
    const seen = slot.seen?.find(([size]) => size === `${head.size}`);
    if (seen !== undefined) {
      if (seen[1] !== toBase64(head.rootHash)) await this.#fork(kept, head, `two roots at size ${head.size}`);
      return;
    }
    try {
      await this.#demandConsistency(head, kept, kept, head, signal);
    } catch (error) {
      // Whoever fell back has no tiles of the larger tree. That is not proven, but it is a rollback if it goes on.
      if (!(error instanceof VerificationError) || error.code !== 'tile-missing' || slot.staleSince === undefined) throw error;
      await this.#noteStale(slot.staleSince);
      this.#refuseRollback(slot, head, slot.staleSince);
      throw error;
    }
  }

  /** The smaller of two heads must be a prefix of the larger. */
  async #demandConsistency(older: Head, newer: Head, kept: Head, head: Head, signal?: AbortSignal): Promise<void> {
    const { tiles } = this.#options;
    if (older.size === newer.size) {
      if (!equalBytes(older.rootHash, newer.rootHash)) await this.#fork(kept, head, `two roots at size ${head.size}`);
      return;
    }
    // A damaged tile is no fork: what does not fit is fetched once more.
    for (const last of [false, true]) {
      const proof = await tiles.proveConsistency(older.size, newer.size, signal);
      try {
        verifyConsistency({ oldSize: older.size, oldRoot: older.rootHash, newSize: newer.size, newRoot: newer.rootHash, proof });
        return;
      } catch (error) {
        if (!(error instanceof VerificationError)) throw error;
        tiles.forget();
        if (last) await this.#fork(kept, head, `the head of size ${newer.size} does not extend that of size ${older.size}`);
      }
    }
  }

  async #fork(kept: Head, head: Head, message: string): Promise<never> {
    const evidence = this.#evidence(kept.text, head.text);
    await this.#keepEvidence(evidence);
    throw new ForkError(message, evidence);
  }

  /** The kept head stays: which of the two is the ledger is not for this client to say. */
  #keepEvidence(evidence: HeadEvidence): Promise<void> {
    return this.#amend((slot) => {
      const forks = slot.forks ?? [];
      const known = forks.some((fork) => fork.kept === evidence.kept && fork.served === evidence.served);
      return known || forks.length >= MAX_FORKS ? undefined : { ...slot, forks: [...forks, evidence] };
    });
  }

  #noteStale(since: number): Promise<void> {
    return this.#amend((slot) => (slot.staleSince === undefined ? { ...slot, staleSince: since } : undefined));
  }

  /** Changes what stands beside the head, whoever else writes meanwhile. */
  async #amend(change: (slot: Slot) => Slot | undefined): Promise<void> {
    const { store } = this.#options;
    for (let tried = 0; tried < MAX_SWAPS; tried++) {
      const before = await store.read(this.#slot);
      const slot = parseSlot(before);
      const next = slot && change(slot);
      if (next === undefined || (await store.swap(this.#slot, before, JSON.stringify(next)))) return;
    }
  }

  #refuseRollback(slot: Slot, head: Head, since: number): void {
    const { rollbackAfterMs } = this.#options;
    if (Date.now() - since < rollbackAfterMs) return;
    const message = `the server answers size ${head.size}, below the kept head, since ${new Date(since).toISOString()}`;
    throw new RollbackError(message, this.#evidence(slot.checkpoint, head.text));
  }

  #evidence(kept: string, served: string): HeadEvidence {
    return { url: this.#options.url.href, keys: [...this.#options.keys], kept, served, seen: new Date().toISOString() };
  }

  /** Without quorum and age: those were asked of it when it came, and a policy may have become stricter since. */
  #keptHead({ checkpoint }: Slot): Head {
    return { ...openCheckpoint(checkpoint, { key: this.#options.keys }), text: checkpoint };
  }
}

function withSeen({ seen = [] }: Slot, { size, rootHash }: Head): [string, string][] {
  return [...seen, [`${size}`, toBase64(rootHash)] as [string, string]].slice(-MAX_SEEN);
}

function first(head: Head): { outcome: HeadOutcome; next: Slot } {
  return { outcome: 'first', next: { checkpoint: head.text } };
}

/** A store's text. What is not ours is an error, not an empty slot: an empty one forgets what was seen. */
function parseSlot(text: string | undefined): Slot | undefined {
  if (text === undefined) return undefined;
  try {
    const slot = JSON.parse(text) as Slot;
    if (typeof slot.checkpoint === 'string') return slot;
  } catch {
    // Said below.
  }
  throw new Error('the store holds something else in place of the last head');
}
