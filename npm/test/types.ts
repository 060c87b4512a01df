/** Compiled against the packed package, never run: each `@ts-expect-error` fails where the error is missing. */
import {
  init, MerkleLog, openCheckpoint, verifyConsistency, VerificationError, verifyInclusion, verifyReceipt, verifySignatures,
  type NotChecked, type Receipt, type Verdict, type VerificationCode,
} from 'stateledger';
import {
  fileStore, ForkError, indexedDBStore, LedgerClient, LedgerError, memoryStore, NetworkError,
  type AppendedRecord, type AuditReport, type AuditState, type HeadStore, type LedgerRecord, type NetworkErrorCode,
} from 'stateledger';
import { init as slim } from 'stateledger/slim';
import { init as inline } from 'stateledger/inline';

const hash = new Uint8Array(32);
const started: Promise<void> = init(new URL('https://cdn.example/stateledger.wasm'));
const verdict: Verdict = verifyReceipt('{}', { key: ['k'], maxAgeSeconds: 60 }, new Uint8Array());
const index: bigint = verdict.index;
const gaps: NotChecked[] = verdict.notChecked;
const subject: string | undefined = verdict.record.subject;
const receipt: Receipt = { entry: '', proof: '' };
verifyReceipt(receipt, { policy: 'p', authors: { keys: [hash], threshold: 1 }, now: new Date() });
const answer: 'verified' | 'trivial' = verifyConsistency({ oldSize: 1n, oldRoot: hash, newSize: 2n, newRoot: hash, proof: hash });
const size: bigint = openCheckpoint(hash, { key: 'k' }).size;
verifySignatures({ publicKey: hash, messages: [hash], signatures: [hash] });
verifySignatures({ publicKeys: [hash], messages: [hash], signatures: [hash] });
const log: MerkleLog = MerkleLog.fromEntries([hash]);
const leaf: bigint = log.append(hash);
const code = (error: unknown): VerificationCode | undefined => (error instanceof VerificationError ? error.code : undefined);

const stores: HeadStore[] = [memoryStore(), fileStore('heads'), indexedDBStore()];
const client = new LedgerClient({ url: 'https://ledger.example', key: 'k', store: stores[0], fetch });
async function follow(resume: AuditState): Promise<bigint> {
  const { index, receipt: proof }: AppendedRecord = await client.append({ type: 't', source: 's', payload: { any: ['value'] } }, { expectedSize: 1n });
  await client.appendBatch([{ type: 't', source: 's', payload: hash }]);
  for await (const record of client.list({ since: new Date(), order: 'desc' })) {
    const one: LedgerRecord = record;
    const bytes: Uint8Array | undefined = one.payload;
    if (bytes === undefined) verifyReceipt(proof, { key: 'k' });
  }
  const report: AuditReport = await client.audit({ workers: 2, resume, onProgress: ({ entries, state }) => void [entries + 1n, JSON.stringify(state())] });
  return report.size + index;
}
const told = (error: unknown): string | NetworkErrorCode | undefined => {
  if (error instanceof ForkError) return error.evidence.kept;
  if (error instanceof LedgerError) return error.code;
  return error instanceof NetworkError ? error.code : undefined;
};

import {
  commitPayload, decodeEntry, encodeStatement, signStatement, StartError, verifyBatchProof, verifyBundle, verifyDisclosure, verifyReceipts, verifySubtreeConsistency, verifySubtreeInclusion,
  type AuthorSignature, type Commit, type Field, type ReceiptOutcome, type StartCode, type Statement,
} from 'stateledger';

const outcomes: ReceiptOutcome[] = verifyReceipts(['{}', receipt], { key: 'k' }, [undefined, hash]);
for (const outcome of outcomes) {
  const known: bigint | VerificationCode = outcome.status === 'verified' ? outcome.verdict.index : outcome.error.code;
  void known;
}
const indexes: bigint[] = verifyBatchProof({ rootHash: hash, size: 1n, leafHashes: hash, proof: hash });
const commit: Commit = commitPayload({ payload: hash, salt: hash, alg: 'sha256-fields-v1' });
const statement: Statement = { type: 't', source: 's', contentType: 'c', commit };
const signature: AuthorSignature = signStatement({ seed: hash, statement: encodeStatement(statement) });
const again: Statement = decodeEntry(hash).statement;
const field: Field = verifyDisclosure({ disclosure: '{}', digest: hash });
const shown: Uint8Array | undefined = verifyBundle(hash, { key: 'k' }, [hash]).records[0]?.payload;
const why = (error: unknown): StartCode | undefined => (error instanceof StartError ? error.code : undefined);

const gone = async (): Promise<bigint | undefined> => (await client.get(1n)).erased?.index ?? (await client.erase(1n)).erased.index;
const whole: Promise<Uint8Array> = client.exportBundle({ start: 0n, payloads: false, onProgress: ({ records, of }) => void (records / of) });
verifySubtreeInclusion({ leafHash: hash, index: 0n, start: 0n, end: 1n, subtreeRoot: hash, proof: hash });
// @ts-expect-error a subtree's end is a bigint
verifySubtreeConsistency({ start: 0n, end: 1, subtreeRoot: hash, size: 1n, rootHash: hash, proof: hash });
// @ts-expect-error an outcome may be a refusal
outcomes[0]?.verdict;
// @ts-expect-error an algorithm is one of two
commitPayload({ payload: hash, salt: hash, alg: 'sha256' });
// @ts-expect-error a statement has a source
encodeStatement({ type: 't', contentType: 'c', commit });
// @ts-expect-error a size is a bigint
verifyBatchProof({ rootHash: hash, size: 1, leafHashes: hash, proof: hash });
// @ts-expect-error an index is a bigint
client.get(1);
// @ts-expect-error a client believes somebody
new LedgerClient({ url: 'https://ledger.example' });
// @ts-expect-error a record has a source
client.append({ type: 't', payload: 1 });
// @ts-expect-error an order is one of two
client.list({ order: 'newest' });
// @ts-expect-error an index is a bigint
verifyInclusion({ leafHash: hash, index: 0, size: 1n, rootHash: hash, proof: hash });
// @ts-expect-error key or policy, not both
verifyReceipt('{}', { key: 'k', policy: 'p' });
// @ts-expect-error one of them
verifyReceipt('{}', {});
// @ts-expect-error one key or many, not both
verifySignatures({ publicKey: hash, publicKeys: [hash], messages: [], signatures: [] });
// @ts-expect-error a verdict is no promise
verifyReceipt('{}', { key: 'k' }).then();
// @ts-expect-error a path is no source
init('./stateledger.wasm');
// @ts-expect-error slim brings no module
slim();
// @ts-expect-error a log is made by its static functions
new MerkleLog();
// @ts-expect-error codes are a closed list
const unknown: VerificationCode = 'no-such-code';

export { again, answer, code, field, gone, indexes, shown, signature, why, follow, gaps, told, index, inline, leaf, log, size, started, subject, unknown, whole };
