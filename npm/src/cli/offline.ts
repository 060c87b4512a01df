/** Commands that ask nobody: they read a file. */
import { VerificationError, verifyBundle, verifyReceipt } from '../node.js';
import { datedTrust, input, many, Obstacle, one, type Given } from './arguments.js';
import type { Finding } from './report.js';

/** A receipt of 12 MiB with some room: what is too large is for the parser to say. */
const MAX_RECEIPT_BYTES = 16 << 20;
const MAX_PAYLOAD_BYTES = 16 << 20;
/** FORMAT.md: a bundle has at most 2^28 bytes. */
const MAX_BUNDLE_BYTES = (1 << 28) + 1;

/** `verify-receipt` */
export async function verifyReceiptCommand(given: Given): Promise<Finding> {
  const trust = await datedTrust(given);
  const payload = one(given, 'payload');
  const bytes = await input(given.positionals[0], MAX_RECEIPT_BYTES);
  const own = payload === undefined ? undefined : await input(payload, MAX_PAYLOAD_BYTES);
  const verdict = verifyReceipt(receiptText(bytes), trust, own);
  const { record, index, size, origin, notChecked } = verdict;
  const subject = record.subject === undefined ? '' : ` about ${printable(record.subject)}`;
  const text = `verified: record ${index} of ${size} in ${origin}
  ${printable(record.type)} by ${printable(record.source)}${subject}, ${record.time}
  payload: ${verdict.payload}; signed by ${verdict.signers.map(({ name }) => name).join(', ')}
  not checked: ${notChecked.join(', ')}`;
  return { text, json: { ...verdict } };
}

/** Bytes that are no UTF-8 are no JSON, whatever they would look like once repaired. */
function receiptText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new VerificationError('receipt-malformed', 'the receipt is not UTF-8', 'receipt');
  }
}

/** `bundle` */
export async function bundleCommand(given: Given): Promise<Finding> {
  const trust = await datedTrust(given);
  const exporters = many(given, 'exporter').map(publicKey);
  const bytes = await input(given.positionals[0], MAX_BUNDLE_BYTES);
  const verdict = verifyBundle(bytes, trust, exporters.length === 0 ? undefined : exporters);
  const { origin, size, rootHash, signers, exporter, notChecked, records } = verdict;
  const text = `verified: ${records.length} of ${size} records in ${origin}
  signed by ${signers.map(({ name }) => name).join(', ')}
  not checked: ${notChecked.join(', ')}`;
  const told = records.map(({ index, leafHash, record, payload, erased }) => {
    const state = payload !== undefined ? 'verified' : erased !== undefined ? 'erased' : 'absent';
    return { index, leafHash, type: record.type, source: record.source, subject: record.subject, time: record.time, payload: state };
  });
  return { text, json: { origin, size, rootHash, signers, exporter, notChecked, records: told } };
}

function publicKey(text: string): Uint8Array {
  const key = new Uint8Array(Buffer.from(text, 'base64'));
  if (key.length !== 32) throw new Obstacle('--exporter is no public key of 32 bytes in base64');
  return key;
}

/** Signed text may still be meant for the terminal: no control characters are in it (FORMAT.md), but there may be marks that reorder a line. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
