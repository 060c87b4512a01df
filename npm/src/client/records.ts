/** What a server says about records, held against the signed tree before anybody sees it. */
import { canonicalJson } from '../commitment.js';
import { verifyReceipt, verifyReceipts } from '../receipt.js';
import { VerificationError } from '../errors.js';
import type { Receipt, Trust, Verdict } from '../types.js';
import { arrayOf, asObject, equalBytes, fromBase64, malformed, mismatch, optionalText, own, textOf, toBase64, u64Of, type Members } from './answer.js';
import type { Head } from './heads.js';
import type { Outgoing } from './record-input.js';

/** Types that only a ledger itself writes begin so. */
const RESERVED = 'stateledger.';

/** A record that is in the ledger. */
export interface LedgerRecord {
  /** Its position, from 0. */
  index: bigint;
  /** What its receipt was shown to prove, with type, source, subject and time in `verdict.record`. */
  verdict: Verdict;
  /** The payload's bytes; undefined where it was erased, or else where the caller may not read it. */
  payload: Uint8Array | undefined;
  /** Which record says that the payload was erased, and when: that record was proven, too. */
  erased: { index: bigint; time: string } | undefined;
  /** Everything needed to check it again, by anybody with the ledger's key. */
  receipt: Receipt;
}

/** What an append made of one record. */
export interface AppendedRecord {
  /** Its position, from 0. */
  index: bigint;
  /** The leaf's hash, 32 bytes. */
  leafHash: Uint8Array;
  /** The sequencer's clock. */
  time: string;
  /** True if the record was there already under its key. */
  replayed: boolean;
  /** The key under which sending the record again changes nothing. */
  idempotencyKey: string;
  /** Without payload, which is the caller's. */
  receipt: Receipt;
  /** What the receipt was shown to prove. */
  verdict: Verdict;
}

/** A receipt's JSON: only its four members, each a string; what they hold is for the module. */
export function receiptOf(value: unknown, name: string): Receipt {
  const given = asObject(value, name);
  const unknown = Object.keys(given).find((member) => !['entry', 'proof', 'payload', 'salt'].includes(member));
  if (unknown !== undefined) throw malformed(`${name} has a member that receipts do not have`);
  const [payload, salt] = [optionalText(given, 'payload'), optionalText(given, 'salt')];
  return { entry: textOf(given, 'entry'), proof: textOf(given, 'proof'), ...(payload !== undefined && { payload }), ...(salt !== undefined && { salt }) };
}

/** The signed note inside a receipt's proof: all after the blank line that ends the hashes (tlog-proof). */
export function checkpointOf({ proof }: Receipt): string {
  return proof.slice(proof.indexOf('\n\n') + 2);
}

/** An append's answer: each receipt must prove what was sent, where the answer says it is. */
export function appended(served: readonly unknown[], sent: readonly Outgoing[], trust: Trust): AppendedRecord[] {
  const answers = served.map((value) => {
    const given = asObject(value, 'a record');
    const [receipt, replayed] = [receiptOf(own(given, 'receipt'), 'receipt'), own(given, 'replayed')];
    if (typeof replayed !== 'boolean') throw malformed('replayed is no boolean');
    // After an erasure a key still finds its record, whose salt is gone.
    return { given, receipt, replayed, comparable: receipt.salt !== undefined || !replayed };
  });
  const payloads = answers.map(({ comparable }, at) => (comparable ? sent[at]?.payload : undefined));
  const verdicts = verified(answers.map(({ receipt }) => receipt), trust, payloads);
  return answers.map(({ given, receipt, replayed, comparable }, at) => {
    const [one, verdict] = [sent[at] as Outgoing, verdicts[at] as Verdict];
    demandSent(one, verdict);
    if (one.salt !== undefined && comparable && receipt.salt !== one.salt) throw mismatch('the commitment has another salt than was sent');
    demandSame(given, verdict);
    const { index, leafHash, record } = verdict;
    return { index, leafHash, time: record.time, replayed, idempotencyKey: one.idempotencyKey, receipt, verdict };
  });
}

function demandSent(sent: Outgoing, { record }: Verdict): void {
  for (const name of ['type', 'source', 'subject', 'contentType'] as const) {
    if (record[name] !== sent[name]) throw mismatch(`the record has another ${name} than was sent`);
  }
  if (record.commit.alg !== sent.commitment) throw mismatch('the payload is committed to by another algorithm');
  const authors = record.authors.map(({ key }) => toBase64(key).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''));
  if (authors.join() !== sent.authors.join()) throw mismatch('the record has other signatures than were sent');
}

/** The verdict of each receipt; throws the first refusal. */
export function verified(receipts: readonly Receipt[], trust: Trust, payloads?: readonly (Uint8Array | undefined)[]): Verdict[] {
  return verifyReceipts(receipts, trust, payloads).map((outcome, at) => {
    if (outcome.status === 'verified') return outcome.verdict;
    if (outcome.error.code !== 'author-threshold-not-met') throw outcome.error;
    return ownVerdict(receipts[at] as Receipt, trust, outcome.error);
  });
}

/** What the ledger itself appends has no authors, and its type says that it is the ledger's word. */
function ownVerdict(receipt: Receipt, { authors, ...trust }: Trust, refusal: VerificationError): Verdict {
  const verdict = verifyReceipt(receipt, trust as Trust);
  if (verdict.record.type.startsWith(RESERVED)) return verdict;
  throw refusal;
}

/** A record as the API answers it, read but not believed. */
export interface ServedRecord {
  index: bigint;
  entry: Uint8Array;
  payload: Uint8Array | undefined;
  salt: string | undefined;
  erased: LedgerRecord['erased'];
  members: Members;
}

/** Reads one record of an answer. */
export function servedRecord(value: unknown): ServedRecord {
  const members = asObject(value, 'a record');
  const erased = own(members, 'erased') === undefined ? undefined : asObject(own(members, 'erased'), 'erased');
  const index = u64Of(members, 'index');
  if (erased !== undefined && (own(members, 'payload') ?? own(members, 'payloadBase64')) !== undefined) throw mismatch(`record ${index} has a payload and was erased`);
  return {
    index,
    entry: fromBase64(textOf(members, 'entry'), 'entry'),
    payload: servedPayload(members),
    salt: optionalText(members, 'salt'),
    erased: erased && { index: u64Of(erased, 'index'), time: textOf(erased, 'time') },
    members,
  };
}

function servedPayload(members: Members): Uint8Array | undefined {
  const base64 = optionalText(members, 'payloadBase64');
  if (base64 !== undefined) return fromBase64(base64, 'payloadBase64');
  const json = own(members, 'payload');
  if (json === undefined) return undefined;
  try {
    return canonicalJson(JSON.stringify(json));
  } catch (error) {
    throw error instanceof VerificationError ? error : malformed('payload is nested too deep');
  }
}

/** The records of a page. */
export function servedPage(page: Members): ServedRecord[] {
  return arrayOf(page, 'records').map(servedRecord);
}

/** Proves served records under a verified head, with inclusion proofs that were made from tiles. */
export function proven(served: readonly ServedRecord[], proofs: readonly Uint8Array[], head: Head, trust: Trust): LedgerRecord[] {
  const receipts = served.map(({ index, entry, payload, salt }, at): Receipt => ({
    entry: toBase64(entry),
    proof: proofText(index, proofs[at] ?? new Uint8Array(), head.text),
    ...(payload !== undefined && { payload: toBase64(payload) }),
    ...(salt !== undefined && { salt }),
  }));
  const verdicts = verified(receipts, trust);
  return served.map(({ index, payload, erased, members }, at) => {
    const [receipt, verdict] = [receipts[at] as Receipt, verdicts[at] as Verdict];
    demandSame(members, verdict);
    for (const name of ['type', 'source', 'subject', 'contentType'] as const) {
      if (optionalText(members, name) !== verdict.record[name]) throw mismatch(`record ${index} has another ${name} than its entry`);
    }
    return { index, verdict, payload, erased, receipt };
  });
}

/** Index, leaf hash and time beside a receipt are those inside it. */
export function demandSame(members: Members, { index, leafHash, record }: Verdict): void {
  if (u64Of(members, 'index') !== index) throw mismatch('it has another index than its proof');
  if (!equalBytes(fromBase64(textOf(members, 'leafHash'), 'leafHash'), leafHash)) throw mismatch('it has another leafHash than its entry');
  if (textOf(members, 'time') !== record.time) throw mismatch('it has another time than its entry');
}

/** A C2SP tlog-proof text. */
function proofText(index: bigint, hashes: Uint8Array, checkpoint: string): string {
  const lines: string[] = [];
  for (let at = 0; at < hashes.length; at += 32) lines.push(`${toBase64(hashes.subarray(at, at + 32))}\n`);
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${lines.join('')}\n${checkpoint}`;
}

