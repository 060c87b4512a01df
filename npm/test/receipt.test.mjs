import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { refused } from './expect.mjs';
import { AUTHOR, COSIGNED, LOG, ORIGIN, PAYLOAD, POLICY, SALT, WITNESS, checkpoint, entry, keyPair, leafHash, noteKey, receipt, root } from './fixtures.mjs';
import { init, openCheckpoint, verifyReceipt } from 'stateledger';

before(() => init());

const trust = { key: LOG.vkey };
const now = new Date((COSIGNED + 60) * 1000);
const leaves = ['a', 'b', entry(), 'd', 'e'].map(leafHash);

test('a verdict says everything that was checked, and what was not', () => {
  assert.deepEqual(verifyReceipt(receipt(), trust), {
    origin: ORIGIN,
    index: 2n,
    size: 5n,
    rootHash: Uint8Array.from(root(leaves)),
    leafHash: Uint8Array.from(leaves[2]),
    record: {
      type: 'deployment',
      source: 'ci',
      subject: 'api',
      contentType: 'application/json',
      time: '2026-11-23T10:00:00.000Z',
      commit: { alg: 'sha256-salted-v1', digest: Uint8Array.from(Buffer.from(JSON.parse(entry()).statement.commit.digest, 'base64url')), size: BigInt(PAYLOAD.length) },
      authors: [],
    },
    signers: [{ name: ORIGIN, kind: 'log' }],
    payload: 'verified',
    notChecked: ['witness', 'author', 'freshness', 'append-only'],
  });
});

test('everything asked for and found leaves only append-only unchecked', () => {
  const asked = { policy: POLICY, authors: { keys: [AUTHOR.publicKey], threshold: 1 }, maxAgeSeconds: 60.9, now };
  const verdict = verifyReceipt(receipt({ witnessed: true, authored: true }), asked);
  assert.deepEqual(verdict.notChecked, ['append-only']);
  assert.deepEqual(verdict.record.authors, [{ key: AUTHOR.publicKey }]);
  assert.deepEqual(verdict.signers, [{ name: ORIGIN, kind: 'log' }, { name: WITNESS.name, kind: 'witness', time: BigInt(COSIGNED) }]);
});

test('text and object take the same path; text may hold white space', () => {
  const verdict = verifyReceipt(receipt(), trust);
  assert.deepEqual(verifyReceipt(JSON.stringify(receipt(), null, 2), trust), verdict);
  assert.deepEqual(verifyReceipt({ ...receipt(), extra: undefined }, trust), verdict);
  assert.deepEqual(verifyReceipt(Object.assign(Object.create(null), receipt()), { key: [noteKey('other', 5).vkey, LOG.vkey] }), verdict);
});

test('a payload is verified where it is, and absent where it is not', () => {
  const bare = receipt({ withPayload: false });
  assert.equal(verifyReceipt(bare, trust).payload, 'absent');
  assert.ok(verifyReceipt(bare, trust).notChecked.includes('payload'));
  assert.equal(verifyReceipt(bare, trust, PAYLOAD).payload, 'verified');
  assert.equal(verifyReceipt(receipt(), trust, PAYLOAD).payload, 'verified');
  refused('salt-missing', () => verifyReceipt(receipt({ withPayload: false, withSalt: false }), trust, PAYLOAD), 'payload');
  refused('salt-missing', () => verifyReceipt(receipt({ withSalt: false }), trust), 'payload');
  refused('payload-mismatch', () => verifyReceipt(bare, trust, Buffer.from('x')), 'payload');
  refused('payload-mismatch', () => verifyReceipt(bare, trust, new Uint8Array()), 'payload');
  refused('payload-mismatch', () => verifyReceipt(receipt(), trust, Buffer.from('x')), 'payload');
  assert.equal(verifyReceipt(receipt({ payload: Buffer.alloc(0), withPayload: false }), trust, new Uint8Array()).payload, 'verified');
});

test('the first step that fails names the code', () => {
  const good = receipt();
  const proof = (from, to) => ({ ...good, proof: good.proof.replace(from, to) });
  const wrongSalt = { ...good, salt: Buffer.alloc(32, 8).toString('base64') };
  const cases = [
    ['receipt-malformed', 'receipt', { ...good, entry: `${good.entry} ` }],
    ['proof-malformed', 'proof', proof('index 2', 'index 02')],
    ['note-malformed', 'checkpoint', proof('\n\n\u2014', '\n\u2014')],
    ['checkpoint-malformed', 'checkpoint', proof('\n5\n', '\n05\n')],
    ['origin-mismatch', 'origin', proof(`\n\n${ORIGIN}`, '\n\nelsewhere.example/log/demo')],
    ['key-unknown', 'origin', receipt(), { key: noteKey(ORIGIN, 9).vkey }],
    ['signature-invalid', 'signatures', proof('\n5\n', '\n6\n')],
    ['quorum-not-met', 'quorum', good, { policy: POLICY }],
    ['checkpoint-stale', 'quorum', receipt({ witnessed: true }), { policy: POLICY, maxAgeSeconds: 59, now }],
    ['checkpoint-stale', 'quorum', good, { ...trust, maxAgeSeconds: 1e9, now }],
    ['inclusion-invalid', 'inclusion', proof('index 2', 'index 3')],
    ['index-out-of-range', 'inclusion', proof('index 2', 'index 5')],
    ['inclusion-invalid', 'inclusion', { ...good, entry: entry({ subject: 'other' }).toString('base64') }],
    ['author-threshold-not-met', 'authors', good, { ...trust, authors: { keys: [AUTHOR.publicKey], threshold: 1 } }],
    ['payload-mismatch', 'payload', wrongSalt],
  ];
  for (const [code, step, bad, asked] of cases) refused(code, () => verifyReceipt(bad, asked ?? trust), step);
});

test('a receipt with missing, unknown, repeated or wrongly typed members is refused', () => {
  const good = receipt();
  const text = JSON.stringify(good);
  const objects = [{}, { ...good, entry: undefined }, { ...good, extra: 'x' }, { ...good, entry: 5 }, { ...good, proof: null }, { ...good, salt: SALT }, { ...good, payload: ['a'] }, { ...good, entry: 1n }, { ...good, ['__proto__x']: '' }, JSON.parse(`{"__proto__":"x",${text.slice(1)}`), [good], Object.assign([], good, ['x']), new Map(Object.entries(good)), '\ud800'];
  const texts = ['', ' ', 'null', '[]', `[${text}]`, `${text}x`, `\ufeff${text}`, text.replace('{', '{"salt":"",'), text.replace('"entry"', '"entry":"","entry"'), text.replace('demo', '\\ud800'), text.replace('demo', '\ud800'), '['.repeat(100_000), `${'{"a":'.repeat(100_000)}1`, text.replace('{', `{"x":${'9'.repeat(400)},`)];
  for (const bad of [...objects, ...texts]) refused('receipt-malformed', () => verifyReceipt(bad, trust), 'receipt');
  refused('receipt-malformed', () => verifyReceipt(`"${'a'.repeat(100_000_000)}"`, trust), 'receipt');
  assert.equal(verifyReceipt(good, trust).index, 2n);
});

test('malformed keys and policies are refused by their own codes, before any step', () => {
  const good = LOG.vkey;
  const keys = [['key-malformed', ''], ['key-malformed', 'x'], ['key-malformed', `${good} `], ['key-malformed', `${good}\n${good}`], ['key-id-mismatch', good.replace('demo', 'dem0')], ['key-kind-mismatch', WITNESS.vkey], ['key-malformed', '\ud800'], ['key-malformed', 'k'.repeat(1_000_000)]];
  for (const [code, key] of keys) {
    refused(code, () => verifyReceipt(receipt(), { key }), null);
    refused(code, () => verifyReceipt(receipt(), { key: [good, key] }), null);
    refused(code, () => openCheckpoint(checkpoint(leaves), { key: [key, good] }), null);
  }
  const unsupported = `x+00000000+${Buffer.concat([Buffer.from([6]), LOG.publicKey]).toString('base64')}`;
  refused('key-type-unsupported', () => verifyReceipt(receipt(), { key: unsupported }), null);
  for (const [code, policy] of [['policy-malformed', 'nonsense'], ['log-key-missing', 'quorum none\n'], ['policy-malformed', '\ud800']]) {
    refused(code, () => verifyReceipt(receipt(), { policy }), null);
  }
  refused('log-key-missing', () => verifyReceipt(receipt(), { key: [] }), null);
  const { publicKey } = AUTHOR;
  for (const [keys, threshold] of [[[publicKey], 0], [[publicKey], 2], [[publicKey, publicKey], 2], [[], 1]]) {
    refused('author-threshold-invalid', () => verifyReceipt(receipt(), { ...trust, authors: { keys, threshold } }), null);
  }
  refused('public-key-invalid', () => verifyReceipt(receipt(), { ...trust, authors: { keys: [new Uint8Array(32)], threshold: 1 } }), null);
});

test('a signed statement counts in its own ledger only', () => {
  const other = noteKey('other.example/log/demo', 4);
  const moved = entry({ authored: true });
  const signed = checkpoint([leafHash(moved)], { origin: other.name, log: other });
  const stolen = { entry: moved.toString('base64'), proof: `c2sp.org/tlog-proof@v1\nindex 0\n\n${signed}` };
  refused('wrong-ledger', () => verifyReceipt(stolen, { key: other.vkey }), 'entry');
});

test('an author signature that is there must hold, and only expected authors count', () => {
  const forged = JSON.parse(entry({ authored: true }));
  forged.sigs[0].sig = Buffer.from(AUTHOR.sign(Buffer.from('another'))).toString('base64url');
  const bytes = Buffer.from(JSON.stringify(forged));
  const signed = { entry: bytes.toString('base64'), proof: `c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint([leafHash(bytes)])}` };
  refused('author-signature-invalid', () => verifyReceipt(signed, trust), 'authors');
  const stranger = { keys: [keyPair(8).publicKey], threshold: 1 };
  refused('author-threshold-not-met', () => verifyReceipt(receipt({ authored: true }), { ...trust, authors: stranger }), 'authors');
});

test('a checkpoint opens under its key or policy, as text or bytes', () => {
  const head = { origin: ORIGIN, size: 5n, rootHash: Uint8Array.from(root(leaves)), signers: [{ name: ORIGIN, kind: 'log' }] };
  assert.deepEqual(openCheckpoint(checkpoint(leaves), trust), head);
  assert.deepEqual(openCheckpoint(Buffer.from(checkpoint(leaves)), trust), head);
  assert.deepEqual(openCheckpoint(checkpoint(leaves), { ...trust, authors: { keys: [AUTHOR.publicKey], threshold: 1 } }), head);
  assert.equal(openCheckpoint(checkpoint(leaves, { witnessed: true }), { policy: POLICY, maxAgeSeconds: 60, now }).signers.length, 2);
  refused('note-malformed', () => openCheckpoint('', trust), 'checkpoint');
  refused('note-malformed', () => openCheckpoint(checkpoint(leaves).replace('demo', '\ud800'), trust), 'checkpoint');
  refused('signature-invalid', () => openCheckpoint(checkpoint(leaves).replace('\n5\n', '\n6\n'), trust), 'signatures');
  refused('quorum-not-met', () => openCheckpoint(checkpoint(leaves), { policy: POLICY }), 'quorum');
});

test('no single changed byte of a receipt is believed', () => {
  const good = receipt({ withPayload: false });
  const expected = verifyReceipt(good, trust);
  for (const member of ['entry', 'proof', 'salt']) {
    const bytes = Buffer.from(good[member], member === 'proof' ? 'utf8' : 'base64');
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1;
      const bad = { ...good, [member]: changed.toString(member === 'proof' ? 'utf8' : 'base64') };
      refusedSomehow(() => verifyReceipt(bad, trust, PAYLOAD), `${member} byte ${at}`);
    }
  }
  assert.deepEqual(verifyReceipt(good, trust), expected);
});

function refusedSomehow(call, where) {
  assert.throws(call, { name: 'VerificationError' }, where);
}
