/** What an author makes, against a second implementation over node:crypto (fixtures.mjs), and what many receipts answer. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { refused } from './expect.mjs';
import { AUTHOR, LOG, ORIGIN, PAYLOAD, SALT, checkpoint, entry, keyPair, leafHash, path, receipt, root } from './fixtures.mjs';
import {
  canonicalJson, commitPayload, decodeEntry, discloseFields, encodeBundle, encodeEntry, encodeStatement, init, MerkleLog, openCommitment, publicKey, sign,
  signStatement, verifyBatchProof, verifyBundle, verifyDisclosure, verifyRange, verifyReceipts, verifyStatement, bundleReceipts, parsePolicy,
} from 'stateledger';

before(() => init());

const salt = new Uint8Array(SALT);
const payload = new Uint8Array(PAYLOAD);
const seed = new Uint8Array(32).fill(3);
const commit = () => commitPayload({ payload, salt });
const fields = () => ({ type: 'deployment', source: 'ci', subject: 'api', contentType: 'application/json', commit: commit(), origin: ORIGIN });
const bytes = (text) => new TextEncoder().encode(text);

test('keys and signatures are those of node:crypto', () => {
  for (const first of [0, 3, 255]) {
    const pair = keyPair(first);
    const own = new Uint8Array(32).fill(first);
    assert.deepEqual(publicKey(own), pair.publicKey);
    for (const message of [new Uint8Array(), payload, new Uint8Array(100_000)]) assert.deepEqual(sign({ seed: own, message }), pair.sign(message));
  }
});

test('a signed entry is byte for byte the one that a ledger stores', () => {
  const statement = encodeStatement(fields());
  const signature = signStatement({ seed, statement });
  verifyStatement({ statement, signature });
  const made = encodeEntry({ statement, sigs: [signature], time: '2026-11-23T10:00:00.000Z' });
  assert.deepEqual(Buffer.from(made), entry({ authored: true }));
  const read = decodeEntry(made);
  assert.deepEqual(read.statement, fields());
  assert.deepEqual(read.sigs, [signature]);
  assert.deepEqual(encodeEntry({ statement: encodeStatement(read.statement), sigs: read.sigs, time: read.time }), made);
  assert.equal(Buffer.from(signature.key, 'base64url').compare(AUTHOR.publicKey), 0);
});

test('signatures are sorted, and one author signs once', () => {
  const statement = encodeStatement(fields());
  const sigs = [5, 3, 9, 1].map((first) => signStatement({ seed: new Uint8Array(32).fill(first), statement }));
  const time = '2026-11-23T10:00:00.000Z';
  const keys = decodeEntry(encodeEntry({ statement, sigs, time })).sigs.map(({ key }) => Buffer.from(key, 'base64url'));
  assert.deepEqual(keys, [...keys].sort(Buffer.compare));
  refused('signatures-unsorted', () => encodeEntry({ statement, sigs: [sigs[0], sigs[1], sigs[0]], time }));
  refused('too-many-signatures', () => encodeEntry({ statement, sigs: Array(17).fill(sigs[0]), time }));
  refused('entry-malformed', () => encodeEntry({ statement, sigs: [{ ...sigs[0], sig: `${sigs[0].sig}=` }], time }));
  refused('invalid-time', () => encodeEntry({ statement, time: '2026-11-23T10:00:00Z' }));
  const { origin, ...unbound } = fields();
  refused('origin-missing', () => encodeEntry({ statement: encodeStatement(unbound), sigs, time }));
  refused('author-signature-invalid', () => verifyStatement({ statement: encodeStatement({ ...fields(), origin: 'other.example/log/x' }), signature: sigs[0] }));
  refused('invalid-type', () => encodeStatement({ ...fields(), type: ' ' }));
  refused('invalid-utf8', () => encodeStatement({ ...fields(), source: '\ud800' }));
});

test('a commitment opens for its payload, and for its fields one by one', () => {
  openCommitment({ commit: commit(), payload, salt });
  refused('payload-mismatch', () => openCommitment({ commit: commit(), payload: bytes('{}'), salt }));
  refused('payload-mismatch', () => openCommitment({ commit: { ...commit(), size: 1n }, payload, salt }));
  refused('commitment-unsupported', () => commitPayload({ payload, salt, alg: 'md5' }));
  const whole = canonicalJson('{ "b": [1e2, -1.5], "a": {"é": null} }');
  assert.equal(new TextDecoder().decode(whole), '{"a":{"é":null},"b":[100,-1.5]}');
  const { alg, digest, size } = commitPayload({ payload: whole, salt, alg: 'sha256-fields-v1' });
  openCommitment({ commit: { alg, digest, size }, payload: whole, salt });
  assert.equal(size, 0n);
  const shown = discloseFields({ payload: whole, salt, pointers: ['/b/1', '/a/é'] });
  assert.deepEqual(shown.map((disclosure) => verifyDisclosure({ disclosure, digest })), [{ path: ['b', 1], value: -1.5 }, { path: ['a', 'é'], value: null }]);
  for (const disclosure of shown) assert.ok(!disclosure.includes(SALT.toString('base64')), 'the master salt opens every field');
  refused('disclosure-invalid', () => verifyDisclosure({ disclosure: shown[0].replace('-1.5', '-1.6'), digest }));
  refused('field-missing', () => discloseFields({ payload: whole, salt, pointers: ['/b'] }));
  assert.throws(() => discloseFields({ payload: whole, salt, pointers: ['/b/1', '/b/1'] }), RangeError, 'what is shown is bounded by the payload');
  refused('payload-not-canonical', () => commitPayload({ payload: bytes('{ }'), salt, alg: 'sha256-fields-v1' }));
});

test('a batch or a range of leaves is proven, and no other', () => {
  const leaves = Array.from({ length: 21 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)));
  const log = MerkleLog.fromLeafHashes(new Uint8Array(Buffer.concat(leaves)));
  const [rootHash, size] = [new Uint8Array(root(leaves)), 21n];
  const flat = (...indexes) => new Uint8Array(Buffer.concat(indexes.map((i) => leaves[i])));
  const proof = log.proveBatch([2n, 3n, 17n]);
  assert.deepEqual(verifyBatchProof({ rootHash, size, leafHashes: flat(2, 3, 17), proof }), [2n, 3n, 17n]);
  refused('inclusion-invalid', () => verifyBatchProof({ rootHash, size, leafHashes: flat(3, 2, 17), proof }));
  refused('batch-proof-malformed', () => verifyBatchProof({ rootHash, size, leafHashes: flat(2), proof: proof.subarray(1) }));
  refused('batch-leaves-invalid', () => log.proveBatch([3n, 2n]));
  refused('index-out-of-range', () => log.proveBatch([21n]));
  verifyRange({ rootHash, size, start: 5n, leafHashes: flat(5, 6, 7, 8), proof: log.proveRange(5n, 9n) });
  refused('inclusion-invalid', () => verifyRange({ rootHash, size, start: 6n, leafHashes: flat(5, 6, 7, 8), proof: log.proveRange(5n, 9n) }));
  refused('batch-leaves-invalid', () => log.proveRange(5n, 5n));
  // Of one leaf both are RFC 6962's inclusion proof.
  assert.deepEqual(Buffer.from(log.proveRange(17n, 18n)), Buffer.concat(path(17, leaves)));
  log.free();
});

test('of many receipts each has the verdict that it has alone', () => {
  const changed = { ...receipt(), payload: Buffer.from('{}').toString('base64') };
  const bare = receipt({ withPayload: false });
  const outcomes = verifyReceipts([receipt(), changed, '{', JSON.stringify(bare), bare], { key: LOG.vkey }, [undefined, undefined, undefined, payload, undefined]);
  assert.deepEqual(outcomes.map(({ status, verdict, error }) => verdict?.payload ?? `${status} ${error.code} ${error.step}`), [
    'verified', 'refused payload-mismatch payload', 'refused receipt-malformed receipt', 'verified', 'absent',
  ]);
  assert.deepEqual(verifyReceipts([], { key: LOG.vkey }), []);
  refused('key-malformed', () => verifyReceipts([receipt()], { key: 'x' }));
});

test('an audit bundle holds what was put in, in two ways', () => {
  const leaves = ['a', 'b', entry(), 'd', 'e'].map(leafHash);
  const log = MerkleLog.fromLeafHashes(new Uint8Array(Buffer.concat(leaves)));
  const parts = { checkpoint: checkpoint(leaves), proof: log.proveBatch([2n]), records: [{ entry: new Uint8Array(entry()), payload, salt }] };
  log.free();
  const bundle = bundleReceipts([receipt()]);
  assert.deepEqual(encodeBundle(parts), bundle);
  const verdict = verifyBundle(bundle, { key: LOG.vkey });
  assert.deepEqual([verdict.size, verdict.records.length, verdict.records[0].index, verdict.records[0].payload], [5n, 1, 2n, payload]);
  assert.ok(verdict.notChecked.includes('completeness') && verdict.notChecked.includes('exporter'));
  const signed = encodeBundle({ ...parts, seed });
  assert.deepEqual(verifyBundle(signed, { key: LOG.vkey }, [publicKey(seed)]).exporter, AUTHOR.publicKey);
  refused('exporter-unknown', () => verifyBundle(bundle, { key: LOG.vkey }, [publicKey(seed)]));
  refused('batch-leaves-invalid', () => bundleReceipts([receipt(), receipt()]));
  const other = bundleReceipts([{ ...receipt(), payload: Buffer.from('x').toString('base64') }]);
  assert.throws(() => verifyBundle(other, { key: LOG.vkey }), { code: 'payload-mismatch', index: 2n });
  assert.throws(() => bundleReceipts([receipt(), '{']), { code: 'receipt-malformed', index: 1n });
});

test('a policy is read for people', () => {
  const { logs, witnesses, hasQuorum } = parsePolicy(`log ${LOG.vkey}\nquorum none\n`);
  assert.deepEqual(logs, [{ name: ORIGIN, publicKey: LOG.publicKey, text: LOG.vkey }]);
  assert.deepEqual([witnesses, hasQuorum], [[], false]);
});
