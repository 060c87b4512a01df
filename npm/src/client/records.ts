/** What a server says about records, held against the signed tree before anybody sees it. */
import { verifyReceipt } from '../receipt.js';
import type { Receipt, Trust, Verdict } from '../types.js';
import { arrayOf, asObject, equalBytes, fromBase64, malformed, mismatch, optionalText, own, textOf, toBase64, u64Of, type Members } from './answer.js';
import { canonical } from './canonical.js';
import type { Head } from './heads.js';
import type { Outgoing } from './record-input.js';

/** A record that is in the ledger. */
export interface LedgerRecord {
  /** Its position, from 0. */
  index: bigint;
  /** What its receipt was shown to prove, with type, source, subject and time in `verdict.record`. */
  verdict: Verdict;
  /** The payload's bytes; undefined where the caller may not read it, or it was erased. */
  payload: Uint8Array | undefined;
  /** Which record says that the payload was erased; the server's word, until that record is read. */
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

/** An append's answer for one record: the receipt must prove what was sent, where the answer says it is. */
export function appended(value: unknown, sent: Outgoing, trust: Trust): AppendedRecord {
  const given = asObject(value, 'a record');
  const receipt = receiptOf(own(given, 'receipt'), 'receipt');
  const replayed = own(given, 'replayed');
  if (typeof replayed !== 'boolean') throw malformed('replayed is no boolean');
  // After an erasure a key still finds its record, whose salt is gone.
  const comparable = receipt.salt !== undefined || !replayed;
  const verdict = verifyReceipt(receipt, trust, comparable ? sent.payload : undefined);
  const { record } = verdict;
  for (const name of ['type', 'source', 'subject', 'contentType'] as const) {
    if (record[name] !== sent[name]) throw mismatch(`the record has another ${name} than was sent`);
  }
  if (record.commit.alg !== sent.commitment) throw mismatch('the payload is committed to by another algorithm');
  if (sent.salt !== undefined && comparable && receipt.salt !== sent.salt) throw mismatch('the commitment has another salt than was sent');
  const authors = record.authors.map(({ key }) => toBase64(key).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''));
  if (authors.join() !== sent.authors.join()) throw mismatch('the record has other signatures than were sent');
  demandSame(given, verdict);
  const { index, leafHash: hash } = verdict;
  return { index, leafHash: hash, time: record.time, replayed, idempotencyKey: sent.idempotencyKey, receipt, verdict };
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
  return {
    index: u64Of(members, 'index'),
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
    return new TextEncoder().encode(canonical(json));
  } catch {
    throw malformed('payload is nested too deep');
  }
}

/** The records of a page. */
export function servedPage(page: Members): ServedRecord[] {
  return arrayOf(page, 'records').map(servedRecord);
}

/** Proves a served record under a verified head, with an inclusion proof that was made from tiles. */
export function proven(served: ServedRecord, proof: Uint8Array, head: Head, trust: Trust): LedgerRecord {
  const { index, entry, payload, salt, erased } = served;
  const receipt: Receipt = {
    entry: toBase64(entry),
    proof: proofText(index, proof, head.text),
    ...(payload !== undefined && { payload: toBase64(payload) }),
    ...(salt !== undefined && { salt }),
  };
  const verdict = verifyReceipt(receipt, trust);
  demandSame(served.members, verdict);
  for (const name of ['type', 'source', 'subject', 'contentType'] as const) {
    if (optionalText(served.members, name) !== verdict.record[name]) throw mismatch(`record ${index} has another ${name} than its entry`);
  }
  return { index, verdict, payload, erased, receipt };
}

/** Index, leaf hash and time beside a receipt are those inside it. */
function demandSame(members: Members, { index, leafHash: hash, record }: Verdict): void {
  if (u64Of(members, 'index') !== index) throw mismatch('it has another index than its proof');
  if (!equalBytes(fromBase64(textOf(members, 'leafHash'), 'leafHash'), hash)) throw mismatch('it has another leafHash than its entry');
  if (textOf(members, 'time') !== record.time) throw mismatch('it has another time than its entry');
}

/** A C2SP tlog-proof text. */
function proofText(index: bigint, hashes: Uint8Array, checkpoint: string): string {
  const lines: string[] = [];
  for (let at = 0; at < hashes.length; at += 32) lines.push(`${toBase64(hashes.subarray(at, at + 32))}\n`);
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${lines.join('')}\n${checkpoint}`;
}

