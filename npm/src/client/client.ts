import { bytes, list, options, text, u64 } from '../arguments.js';
import type { Receipt, Trust, Verdict } from '../types.js';
import { arrayOf, decoded, mismatch, objectOf, u64Of, type Members } from './answer.js';
import type { Artifact, ArtifactAccess } from './artifacts.js';
import type { AuditOptions, AuditReport } from './audit/audit.js';
import type { DiffOptions, LedgerDiff } from './diff.js';
import { entriesCall, provenEntries, receiptFor, type EntriesOptions, type ProvenEntry } from './entries.js';
import type { Erasure } from './erasure.js';
import { LedgerError, NetworkError, type HeadEvidence } from './errors.js';
import type { ExportOptions } from './export.js';
import { Heads, type Head, type HeadOutcome } from './heads.js';
import type { ListOptions } from './list.js';
import { settings, type LedgerClientOptions, type Settings } from './options.js';
import type { MomentAccess } from './moment.js';
import { MAX_BATCH, outgoing, type NewRecord, type Outgoing } from './record-input.js';
import { checkpointOf, receiptOf, type AppendedRecord, type LedgerRecord, type ServedRecord } from './records.js';
import { signalOf } from './signal.js';
import type { LedgerSnapshot, SnapshotOptions } from './snapshot.js';
import { Tiles } from './tiles.js';
import { Transport } from './transport.js';

/**
 * 8 MiB of payload as base64 or JSON, an entry and names: an answer about one record. JSON can be six times its
 * canonical form where every character is escaped, which this ledger does not do.
 */
const MAX_RECORD_BYTES = 16 << 20;
/** 1,000 receipts of at most 88 KiB of entry in base64, 48 hashes and a checkpoint that is the same for all. */
const MAX_APPENDED_BYTES = 128 << 20;

/** What few pages call: a bundler leaves it out of what a page opens with. */
const late = () => import('../late.js');

/** What every call takes. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What an append takes. */
export interface AppendOptions extends CallOptions {
  /** Refuse (409) unless the ledger has exactly this many records. */
  expectedSize?: bigint | undefined;
}

/** The newest head, as far as this client knows. */
export interface ObservedCheckpoint extends Head {
  /** How the head compares with the kept one; where a served one is `stale`, this is still the kept one. */
  outcome: HeadOutcome;
}

/** What a batch became. */
export interface AppendedBatch {
  /** The size that the receipts are for. */
  size: bigint;
  /** One for each record, in their order. */
  records: AppendedRecord[];
}

/**
 * One ledger, followed: every answer is verified before it is returned, and every signed head that comes along is held
 * against the last one that this client kept. Start the module first (`await init()`).
 *
 * What does not hold throws `VerificationError`; `ForkError` and `RollbackError` carry both signed heads. A refusal by
 * the server is a `LedgerError`, no answer a `NetworkError`.
 */
export class LedgerClient {
  readonly #settings: Settings;
  readonly #transport: Transport;
  readonly #tiles: Tiles;
  readonly #heads: Heads;

  /** Checks the options; throws `TypeError` or `RangeError` that names the wrong one. Asks nobody. */
  constructor(options: LedgerClientOptions) {
    this.#settings = settings(options);
    const { log, trust, keys, store, rollbackAfterMs } = this.#settings;
    this.#transport = new Transport(this.#settings);
    this.#tiles = new Tiles(this.#transport, log);
    this.#heads = new Heads({ trust: headTrust(trust), keys, store, tiles: this.#tiles, url: log, rollbackAfterMs });
  }

  /** The log's name, from the configured key. */
  get origin(): string {
    return this.#settings.origin;
  }

  /** Fetches the newest checkpoint, verifies it and holds it against the kept one. */
  async checkpoint(options: CallOptions = {}): Promise<ObservedCheckpoint> {
    const { signal } = call(options);
    const served = this.#heads.open(decoded(await this.#tiles.checkpoint(signal)));
    const outcome = await this.#heads.observe(served, { newest: true, signal });
    const kept = outcome === 'stale' ? await this.#heads.kept() : undefined;
    return { ...(kept ?? served), outcome };
  }

  /** Verifies a signed head that came another way, as with a receipt or from another reader, and holds it against the kept one. */
  async observe(checkpoint: string, options: CallOptions = {}): Promise<ObservedCheckpoint> {
    const { signal } = call(options);
    const head = this.#heads.open(text('checkpoint', checkpoint));
    return { ...head, outcome: await this.#heads.observe(head, { newest: false, signal }) };
  }

  /** The newest head that was seen, by whichever client has this store; asks nobody. */
  kept(): Promise<Head | undefined> {
    return this.#heads.kept();
  }

  /** Both signed heads of every fork that was seen, by whichever client has this store. */
  forks(): Promise<HeadEvidence[]> {
    return this.#heads.forks();
  }

  /** Appends one record. It is in the ledger exactly once, however often the request had to be repeated. */
  async append(record: NewRecord, options: AppendOptions = {}): Promise<AppendedRecord> {
    const { records } = await this.#appendKeyed([outgoing('record', record)], appendCall(options));
    return records[0] as AppendedRecord;
  }

  /** Appends up to 1,000 records, all of them or none. */
  async appendBatch(records: readonly NewRecord[], options: AppendOptions = {}): Promise<AppendedBatch> {
    const given = list('records', records, (name, record) => ({ name, record }));
    if (given.length === 0 || given.length > MAX_BATCH) throw new RangeError(`records must be 1 to ${MAX_BATCH}, got ${given.length}`);
    return this.#appendKeyed(given.map(({ name, record }) => outgoing(name, record)), appendCall(options));
  }

  /** What failed may have happened: its keys go with the error, so that the caller can repeat it and append nothing twice. */
  async #appendKeyed(sent: readonly Outgoing[], options: AppendOptions): Promise<AppendedBatch> {
    try {
      return await this.#append(sent, options);
    } catch (error) {
      if (error instanceof NetworkError || error instanceof LedgerError) error.idempotencyKeys = sent.map(({ idempotencyKey }) => idempotencyKey);
      throw error;
    }
  }

  async #append(sent: readonly Outgoing[], { signal, expectedSize }: AppendOptions): Promise<AppendedBatch> {
    const expected = expectedSize === undefined ? '' : `"expectedSize":"${expectedSize}",`;
    const body = `{${expected}"records":[${sent.map(({ json }) => json).join(',')}]}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await this.#transport.send({ method: 'POST', url: this.#api('records'), headers, body, limit: MAX_APPENDED_BYTES, signal });
    const members = objectOf(answer.body);
    const served = arrayOf(members, 'records');
    if (served.length !== sent.length) throw mismatch(`it has ${served.length} records, not ${sent.length}`);
    const { appended } = await late();
    const records = appended(served, sent, this.#settings.trust);
    const fresh = records.filter(({ replayed }) => !replayed);
    if (fresh.some(({ index }, at) => at > 0 && index <= (fresh[at - 1] as AppendedRecord).index)) throw mismatch('the records are in another order');
    await this.#observe(records.map(({ receipt }) => checkpointOf(receipt)), signal);
    return { size: u64Of(members, 'size'), records };
  }

  /**
   * Destroys the payload of a record for ever (needs the scope `admin`); every proof stays valid. Answers the ledger's
   * signed word that it did; for one that was erased before, that of then.
   */
  async erase(index: bigint, options: CallOptions = {}): Promise<Erasure> {
    const { signal } = call(options);
    const url = this.#api(`records/${u64('index', index)}/payload`);
    const { body } = await this.#transport.send({ method: 'DELETE', url, limit: MAX_RECORD_BYTES, signal });
    const { erasureOf } = await late();
    const erasure = erasureOf(objectOf(body), index, this.#settings.trust);
    await this.#observe([checkpointOf(erasure.receipt)], signal);
    return erasure;
  }

  /** Forbids the erasure of a record's payload, until `release` (both need the scope `admin`). It is no record, and nothing proves it. */
  async hold(index: bigint, options: CallOptions = {}): Promise<void> {
    const { signal } = call(options);
    await this.#transport.send({ method: 'PUT', url: this.#api(`records/${u64('index', index)}/hold`), limit: MAX_RECORD_BYTES, signal });
  }

  /** Ends a hold. */
  async release(index: bigint, options: CallOptions = {}): Promise<void> {
    const { signal } = call(options);
    await this.#transport.send({ method: 'DELETE', url: this.#api(`records/${u64('index', index)}/hold`), limit: MAX_RECORD_BYTES, signal });
  }

  /** Keeps up to 20 MiB under their SHA-256, beside the ledger: append a record that names the hash to have it proven. */
  async putArtifact(content: Uint8Array, options: CallOptions = {}): Promise<Artifact> {
    // A copy, which stays as it is while it is hashed and sent.
    const [own, { signal }] = [bytes('content', content).slice(), call(options)];
    const { putArtifact } = await late();
    return putArtifact(own, signal, this.#artifacts());
  }

  /** The bytes with this SHA-256 (32 bytes, or 64 lowercase hex digits), hashed again. */
  async getArtifact(sha256: Uint8Array | string, options: CallOptions = {}): Promise<Uint8Array> {
    const { getArtifact } = await late();
    return getArtifact(sha256, call(options).signal, this.#artifacts());
  }

  #artifacts(): ArtifactAccess {
    return { transport: this.#transport, at: (sha256) => this.#api(`artifacts/${sha256}`) };
  }

  /** Reads one record and proves it under a head that this client verified. */
  async get(index: bigint, options: CallOptions = {}): Promise<LedgerRecord> {
    const { signal } = call(options);
    const [record] = await this.#prove([await this.#served(u64('index', index), signal)], signal);
    return record as LedgerRecord;
  }

  async #served(index: bigint, signal?: AbortSignal): Promise<ServedRecord> {
    const { body } = await this.#transport.send({ url: this.#api(`records/${index}`), limit: MAX_RECORD_BYTES, signal });
    const { servedRecord } = await late();
    const served = servedRecord(objectOf(body));
    if (served.index !== index) throw mismatch(`it is record ${served.index}, not ${index}`);
    return served;
  }

  /** The records that fit, oldest first or newest first, page by page; each is proven under a verified head. */
  async *list(options: ListOptions = {}): AsyncGenerator<LedgerRecord, void, undefined> {
    const { listRecords } = await late();
    yield* listRecords(options, {
      page: (query, limit, signal) => this.#page('records', query, limit, signal),
      prove: (served, signal) => this.#prove(served, signal),
      head: (signal) => this.checkpoint({ signal }),
    });
  }

  /** The last record of each type and subject, now or at a moment: of a size, or of a time, which is proven to be that size's. */
  async snapshot(options: SnapshotOptions = {}): Promise<LedgerSnapshot> {
    const { snapshot } = await late();
    return snapshot(options, this.#moments('snapshot'));
  }

  /** The types and subjects whose last record changed between two moments, with both records. */
  async diff(options: DiffOptions): Promise<LedgerDiff> {
    const { diff } = await late();
    return diff(options, this.#moments('diff'));
  }

  #moments(path: string): MomentAccess {
    return {
      page: (query, limit, signal) => this.#page(path, query, limit, signal),
      head: (text, signal) => this.#observed(text, signal),
      newest: (signal) => this.checkpoint({ signal }),
      record: async (index, head, signal) => (await this.#proveUnder(head, [await this.#served(index, signal)], signal))[0] as LedgerRecord,
      prove: (served, head, signal) => this.#proveUnder(head, served, signal),
    };
  }

  async #page(path: string, query: URLSearchParams, limit: number, signal?: AbortSignal): Promise<Members> {
    return objectOf((await this.#transport.send({ url: this.#api(`${path}?${query}`), limit, signal })).body);
  }

  /** Fetches a record's receipt, at the newest size or at `size`, and verifies it. */
  async receipt(index: bigint, options: CallOptions & { size?: bigint; payload?: boolean } = {}): Promise<{ receipt: Receipt; verdict: Verdict }> {
    const { signal, size, payload } = receiptCall(options);
    const place = u64('index', index);
    const query = new URLSearchParams({ ...(size !== undefined && { size: `${size}` }), ...(payload === false && { payload: 'false' }) });
    const asked = query.size === 0 ? '' : `?${query}`;
    const { body } = await this.#transport.send({ url: this.#api(`records/${place}/receipt${asked}`), limit: MAX_RECORD_BYTES, signal });
    const receipt = receiptOf(objectOf(body), 'the receipt');
    const { verified } = await late();
    const [verdict] = verified([receipt], this.#settings.trust) as [Verdict];
    if (verdict.index !== place) throw mismatch(`it is the receipt of record ${verdict.index}, not ${place}`);
    if (size !== undefined && verdict.size !== size) throw mismatch(`its receipt is for size ${verdict.size}, not ${size}`);
    await this.#observe([checkpointOf(receipt)], signal);
    return { receipt, verdict };
  }

  /**
   * Verifies the whole log from its tiles: every entry, every tile, the root, and the times' order. Memory stays flat
   * however long the log is. Works with any C2SP tlog-tiles log (`entries: "opaque"` where entries are not this ledger's).
   */
  async audit(options: AuditOptions = {}): Promise<AuditReport> {
    const { audit } = await late();
    return audit(options, { tiles: this.#tiles, origin: this.#settings.origin, head: (signal) => this.checkpoint({ signal }) });
  }

  /**
   * Puts records (`indexes`, or `start` to `end`) into an audit bundle under the newest head, with the payloads that this
   * client may read: one file that anybody with the ledger's key verifies offline (`verifyBundle`). With a record whose
   * payload was erased goes the one that says so.
   */
  async exportBundle(options: ExportOptions = {}): Promise<Uint8Array> {
    const { exportBundle } = await late();
    return exportBundle(options, {
      trust: recordTrust(headTrust(this.#settings.trust)),
      witnesses: this.#settings.trust.authors === undefined,
      head: (signal) => this.checkpoint({ signal }),
      tiles: this.#tiles,
      page: (query, limit, signal) => this.#page('records', query, limit, signal),
      record: (index, signal) => this.#served(index, signal),
    });
  }

  /**
   * Reads entries from the log's bundles, each proven in the signed tree. Works with any C2SP tlog-tiles log; what an
   * entry holds is not looked at.
   */
  async entries(options: EntriesOptions): Promise<ProvenEntry[]> {
    const call = entriesCall(options);
    return provenEntries(call, await this.#covering(call.end, call.signal), this.#tiles);
  }

  /** The receipt of one entry, made from the log's tiles alone. It has no payload. */
  async prove(index: bigint, options: CallOptions = {}): Promise<Receipt> {
    const { signal } = call(options);
    const start = u64('index', index);
    const head = await this.#covering(start + 1n, signal);
    const [entry] = await provenEntries({ start, end: start + 1n, signal }, head, this.#tiles);
    return receiptFor(entry as ProvenEntry, head);
  }

  /** The kept head where it has so many records, else the newest one. */
  async #covering(size: bigint, signal: AbortSignal | undefined): Promise<Head> {
    const kept = await this.#heads.kept();
    return kept !== undefined && size <= kept.size ? kept : this.checkpoint({ signal });
  }

  /** Proves served records under the kept head, or under a newer one where the kept one is too small. */
  async #prove(served: readonly ServedRecord[], signal?: AbortSignal): Promise<LedgerRecord[]> {
    const head = await this.#covering(served.reduce((most, { index }) => (index < most ? most : index + 1n), 0n), signal);
    return this.#proveUnder(head, served, signal);
  }

  async #proveUnder(head: Head, served: readonly ServedRecord[], signal?: AbortSignal): Promise<LedgerRecord[]> {
    const indexes = served.map(({ index }) => index);
    const { demandErasures, proven } = await late();
    const proofs = await this.#tiles.proveInclusions(indexes, head.size, signal);
    let records: LedgerRecord[];
    try {
      records = proven(served, proofs, head, recordTrust(this.#settings.trust));
    } catch (error) {
      this.#tiles.forget();
      throw error;
    }
    if (records.every(({ erased }) => erased === undefined)) return records;
    await demandErasures(records, head, { tiles: this.#tiles, receipt: (index, signal) => this.receipt(index, { payload: false, signal }) }, signal);
    return records;
  }

  /** Holds the heads of receipts, mostly one and the same, against the kept one. */
  async #observe(texts: readonly string[], signal?: AbortSignal): Promise<void> {
    for (const text of new Set(texts)) await this.#observed(text, signal);
  }

  async #observed(text: string, signal?: AbortSignal): Promise<Head> {
    const head = this.#heads.open(text);
    await this.#heads.observe(head, { newest: false, signal });
    return head;
  }

  #api(path: string): URL {
    const { api } = this.#settings;
    if (api === undefined) throw new TypeError('url names a C2SP log, which has no records API; name the server or the ledger');
    return new URL(path, api);
  }
}

/** A checkpoint has no authors. */
function headTrust({ authors, ...trust }: Trust): Trust {
  return trust as Trust;
}

/** The head was judged when it came; it may have become older than a maximal age since. */
function recordTrust({ maxAgeSeconds, ...trust }: Trust): Trust {
  return trust as Trust;
}

function call(given: unknown): CallOptions {
  return { signal: signalOf(options('options', given, ['signal']).signal) };
}

function appendCall(given: unknown): AppendOptions {
  const { signal, expectedSize } = options('options', given, ['signal', 'expectedSize']);
  return { signal: signalOf(signal), expectedSize: expectedSize === undefined ? undefined : u64('expectedSize', expectedSize) };
}

function receiptCall(given: unknown): { signal: AbortSignal | undefined; size: bigint | undefined; payload: boolean | undefined } {
  const { signal, size, payload } = options('options', given, ['signal', 'size', 'payload']);
  if (payload !== undefined && typeof payload !== 'boolean') throw new TypeError('payload must be a boolean');
  return { signal: signalOf(signal), size: size === undefined ? undefined : u64('size', size), payload };
}
