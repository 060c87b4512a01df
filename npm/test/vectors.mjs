/**
 * The vectors of tests/vectors as calls of the package, in plain JSON, so that any host can run them (judge.mjs). Bytes
 * travel as `{ hex }`, indexes and sizes as `{ u64 }`, moments as `{ seconds }`.
 */
import { readFileSync, readdirSync } from 'node:fs';

import { LOG, SALT, checkpoint, entry, leafHash, noteKey, receipt } from './fixtures.mjs';
import { filesOf } from './static-log.mjs';

const folder = new URL('../../tests/vectors/', import.meta.url);
const hex = (value) => ({ hex: value });
const base64url = (text) => hex(Buffer.from(text, 'base64url').toString('hex'));
const bytes = (base64) => hex(Buffer.from(base64, 'base64').toString('hex'));
const utf8 = (text) => hex(Buffer.from(text).toString('hex'));
const u64 = (value) => ({ u64: value });

/** What each file's cases become; a file that is not named here fails the test. */
const KINDS = {
  'receipt.json': receiptCalls,
  'checkpoint.json': (v) => [{ call: 'openCheckpoint', args: [v.checkpoint, trust(v)], ...exactly(v) }],
  'signature.json': signatureCalls,
  'tree-inclusion.json': inclusionCalls,
  'tree-consistency.json': consistencyCalls,
  'subtree-inclusion.json': (v) => [{ call: 'verifySubtreeInclusion', args: [{ leafHash: hex(v.leafHash), index: u64(v.index), ...subtreeOf(v) }], ...exactly(v) }],
  'subtree-consistency.json': (v) => [{ call: 'verifySubtreeConsistency', args: [{ size: u64(v.size), rootHash: hex(v.rootHash), ...subtreeOf(v) }], ...exactly(v) }],
  'tile-entries.json': entryBundleCalls,
  'audit-bundle.json': bundleCalls,
  'batch-proof.json': (v) => [{ call: 'verifyBatchProof', args: [{ ...treeOf(v), proof: bytes(v.proof) }], ...exactly(v) }],
  'range.json': (v) => [{ call: 'verifyRange', args: [{ ...treeOf(v), start: u64(v.start), proof: hex(v.proof.join('')) }], ...exactly(v) }],
  'disclosure.json': (v) => [{ call: 'verifyDisclosure', args: [{ disclosure: v.disclosure, digest: base64url(v.digest) }], ...exactly(v) }],
  'fields.json': fieldsCalls,
  'json.json': (v) => [{ call: 'canonicalJson', args: [v.input], ...exactly(v), answer: v.canonical && utf8(v.canonical).hex }],
  'legacy-chain.json': (v) => [{ call: 'verifyLegacyChain', args: [v.rows.map((row) => ({ ...row, ts: u64(row.ts) })), ...headOf(v)], ...exactly(v), ...chain(v) }],
  // Texts that the package parses on its way to something else, too: an accepted one gets past its step.
  'policy.json': (v) => [
    { call: 'parsePolicy', args: [v.policy], ...exactly(v) },
    { call: 'openCheckpoint', args: ['', { policy: v.policy }], ...orPast(v, 'trust') },
  ],
  'tlog-proof.json': (v) => [{ call: 'verifyReceipt', args: [{ ...receipt(), proof: v.proof }, { key: LOG.vkey }], ...orPast(v, 'proof') }],
  'note.json': noteCalls,
  // Members of an entry: put into a ledger of one record, which signs whatever it is given.
  'entry.json': (v) => [{ call: 'decodeEntry', args: [bytes(v.entry)], ...exactly(v) }, { ...signed(Buffer.from(v.entry, 'base64')), expect: v.expect === 'ok' ? 'ok' : 'entry-malformed' }],
  'author-signature.json': authorCalls,
  'commitment.json': commitmentCalls,
};

/** What no reader of a ledger does, so that the package has no function for it. tests/kernel runs it in every kind of host. */
const SERVERS_ALONE = {
  'key-derivation.json': 'derives keys from the secret of a deployment',
  'tile-path.json': 'parses the paths that a client writes',
  'tlog-witness.json': 'what ledgers and witnesses say to each other',
};

/** Every case of every file, as calls. */
export function vectorCalls() {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && !(name in SERVERS_ALONE));
  return files.flatMap((file) => {
    const kind = KINDS[file];
    if (kind === undefined) throw new Error(`tests/vectors/${file}: no kind of vectors that npm/test/vectors.mjs knows`);
    const { cases } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    return cases.flatMap((v) => kind(v, cases).map((call) => ({ where: `${file}: ${v.name}`, ...call })));
  });
}

/** Files that must be there, so that a moved folder does not pass. */
export const FILES = Object.keys({ ...KINDS, ...SERVERS_ALONE });

function trust({ key, policy, authors, maxAgeSeconds, now }) {
  const asked = {
    key,
    policy,
    authors: authors && { keys: authors.keys.map(bytes), threshold: authors.threshold },
    maxAgeSeconds,
    now: now && { seconds: now },
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function exactly(v) {
  return { expect: v.expect };
}

function orPast(v, step) {
  return v.expect === 'ok' ? { past: step } : { expect: v.expect };
}

function receiptCalls(v) {
  const more = v.payload === undefined ? [] : [bytes(v.payload)];
  const call = { call: 'verifyReceipt', args: [v.receipt, trust(v), ...more], expect: v.expect, answer: v.verdict };
  let members;
  try {
    members = JSON.parse(v.receipt);
  } catch {
    return [call];
  }
  const many = { ...call, call: 'verifyReceipts', args: [[v.receipt], trust(v), ...more.map((payload) => [payload])], single: true };
  // JSON.parse keeps the last of two members, so only the text shows that one is repeated.
  return v.name === 'member repeated' ? [call, many] : [call, many, { ...call, args: [members, ...call.args.slice(1)] }];
}

function bundleCalls(v) {
  const more = v.exporters === undefined ? [] : [v.exporters.map(bytes)];
  const answer = v.verdict && { ...v.verdict, ...(v.verdict.exporter && { exporter: bytes(v.verdict.exporter).hex }) };
  return [{ call: 'verifyBundle', args: [bytes(v.bundle), trust(v), ...more], ...exactly(v), answer, index: v.index }];
}

function signatureCalls(v) {
  const [publicKey, message, signature] = [hex(v.publicKey), hex(v.message), hex(v.signature)];
  return [
    { call: 'verifySignature', args: [{ publicKey, message, signature }], expect: v.expect },
    { call: 'verifySignatures', args: [{ publicKey, messages: [message], signatures: [signature] }], expect: 'ok', answer: verdict(v) },
    { call: 'verifySignatures', args: [{ publicKeys: [publicKey], messages: [message], signatures: [signature] }], expect: 'ok', answer: verdict(v) },
  ];
}

function inclusionCalls(v) {
  const [index, size, proof] = [u64(v.index), u64(v.size), hex(v.proof.join(''))];
  const [leafHash, rootHash] = [hex(v.leafHash), hex(v.rootHash)];
  return [
    { call: 'verifyInclusion', args: [{ leafHash, index, size, rootHash, proof }], expect: v.expect },
    { call: 'verifyInclusions', args: [{ rootHash, size, indexes: [index], leafHashes: leafHash, proofs: [proof] }], expect: 'ok', answer: verdict(v) },
  ];
}

function consistencyCalls(v) {
  const sizes = { oldSize: u64(v.oldSize), newSize: u64(v.newSize) };
  const roots = { oldRoot: hex(v.oldRoot), newRoot: hex(v.newRoot), proof: hex(v.proof.join('')) };
  return [{ call: 'verifyConsistency', args: [{ ...sizes, ...roots }], expect: v.expect, answer: v.answer }];
}

function treeOf(v) {
  return { rootHash: hex(v.rootHash), size: u64(v.size), leafHashes: hex(v.leafHashes.join('')) };
}

function subtreeOf(v) {
  return { start: u64(v.start), end: u64(v.end), subtreeRoot: hex(v.subtreeRoot), proof: hex(v.proof.join('')) };
}

/** As the only bundle of a log: an audit reads it in the module, `entries` in JavaScript. A bad one takes the place of the one that it was made from. */
function entryBundleCalls(v, cases) {
  const { entries } = v.mutates === undefined ? v : cases.find(({ name }) => name === v.mutates);
  const good = split(Buffer.from(entries, 'base64'));
  const files = filesOf(good);
  for (const path of files.keys()) if (path.startsWith('tile/entries/')) files.set(path, Buffer.from(v.entries, 'base64'));
  const log = { key: LOG.vkey, files: Object.fromEntries([...files].map(([path, content]) => [path, hex(content.toString('hex'))])) };
  const answer = v.expect === 'ok' ? String(v.count) : undefined;
  return [{ call: 'audit', args: [log], ...exactly(v), answer }, { call: 'entries', args: [log, u64(String(good.length))], ...exactly(v), answer }];
}

function split(bundle) {
  const entries = [];
  for (let at = 0; at < bundle.length; at += 2 + entries.at(-1).length) entries.push(bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at)));
  return entries;
}

function fieldsCalls(v) {
  const [payload, salt, digest] = [utf8(v.payload), bytes(v.salt), base64url(v.digest)];
  const commit = { alg: 'sha256-fields-v1', digest, size: u64('0') };
  const opened = { call: 'openCommitment', args: [{ commit, payload, salt }], expect: v.expect };
  if (v.pointer === undefined) return [opened];
  const disclosed = { call: 'discloseFields', args: [{ payload, salt, pointers: [v.pointer] }], expect: v.expect, answer: v.disclosure && [v.disclosure] };
  return [{ ...opened, expect: 'ok' }, disclosed];
}

function chain({ expect, rows, row, ambiguous, after }) {
  const count = Number(after?.rows ?? 0) + rows.length;
  return expect === 'ok' ? { answer: { rows: String(count), head: rows.at(-1)?.hash ?? after?.head ?? '', ambiguous } } : { index: String(row) };
}

function headOf({ after }) {
  return after === undefined ? [] : [{ rows: u64(after.rows), head: after.head }];
}

function authorCalls({ statement, key, sig, expect }) {
  const entry = `{"sigs":[{"key":"${key}","sig":"${sig}"}],"statement":${statement},"time":"2026-11-23T10:00:00.000Z","v":1}`;
  return [
    { call: 'verifyStatement', args: [{ statement: utf8(statement), signature: { key, sig } }], expect },
    { ...signed(Buffer.from(entry)), expect },
  ];
}

function verdict(v) {
  return v.expect === 'ok' ? '01' : '00';
}

/**
 * The package opens no note but a checkpoint. A note that is refused for its form or its keys is given as it is; the
 * others with a checkpoint for their text, so that their signatures and names are what decides.
 */
function noteCalls(v) {
  const early = v.expect === 'note-malformed' || v.expect.startsWith('key-id');
  return [{ call: 'openCheckpoint', args: [early ? v.note : aboutCheckpoint(v.note), { key: v.keys }], expect: v.expect }];
}

const NOTE_TEXT = 'A note.\n\nWith an empty line.\n';
const NOTE_SIGNERS = [LOG, noteKey('a', 2)];

/** The note with a checkpoint for its text, a changed text with a changed one; what was signed well is signed again. */
function aboutCheckpoint(note) {
  const [own, other] = [1, 2].map((leaves) => `${checkpoint(Array(leaves).fill(leafHash('a'))).split('\n\n')[0]}\n`);
  const end = note.lastIndexOf('\n\n') + 1;
  const text = note.slice(0, end) === NOTE_TEXT ? own : other;
  const again = (lines, { line, sign }) => lines.replace(line(sign(Buffer.from(NOTE_TEXT))), line(sign(Buffer.from(own))));
  return text + NOTE_SIGNERS.reduce(again, note.slice(end));
}

function commitmentCalls(v) {
  const statement = JSON.parse(entry()).statement;
  const commit = { alg: 'sha256-salted-v1', digest: v.digest, size: Buffer.from(v.payload, 'base64').length };
  const leaf = { sigs: [], statement: { ...statement, commit }, time: '2026-11-23T10:00:00.000Z', v: 1 };
  const { call, args } = signed(Buffer.from(JSON.stringify(leaf)));
  const [{ salt, ...bundle }, asked] = args;
  const given = { ...bundle, salt: v.salt ?? SALT.toString('base64') };
  const opening = { commit: { ...commit, digest: base64url(v.digest), size: u64(String(commit.size)) }, payload: bytes(v.payload), salt: bytes(given.salt) };
  return [
    { call: 'openCommitment', args: [opening], expect: v.expect },
    { call, args: [{ ...given, payload: v.payload }, asked], expect: v.expect },
    { call, args: [given, asked, bytes(v.payload)], expect: v.expect },
  ];
}

function signed(leaf) {
  const proof = `c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint([leafHash(leaf)])}`;
  return { call: 'verifyReceipt', args: [{ entry: leaf.toString('base64'), proof }, { key: LOG.vkey }] };
}
