/**
 * A ledger of a few lines, written from FORMAT.md, RFC 6962 and the C2SP texts over node:crypto alone: it shares no code
 * with what it tests.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

const hash = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
export const leafHash = (entry) => hash([0], entry);
const nodeHash = (left, right) => hash([1], left, right);

/** MTH(D[n]) of RFC 6962 section 2.1. */
export function root(leaves) {
  if (leaves.length === 0) return hash();
  if (leaves.length === 1) return leaves[0];
  const k = split(leaves.length);
  return nodeHash(root(leaves.slice(0, k)), root(leaves.slice(k)));
}

/** PATH(m, D[n]) of RFC 6962 section 2.1.1. */
export function path(m, leaves) {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k ? [...path(m, leaves.slice(0, k)), root(leaves.slice(k))] : [...path(m - k, leaves.slice(k)), root(leaves.slice(0, k))];
}

/** PROOF(m, D[n]) of RFC 6962 section 2.1.2. */
export function consistency(m, leaves) {
  return subproof(m, leaves, true);
}

function subproof(m, leaves, known) {
  if (m === leaves.length) return known ? [] : [root(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), known), root(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), root(leaves.slice(0, k))];
}

function split(n) {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** An Ed25519 key pair from one byte. */
export function keyPair(seed) {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
  const secret = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const bytes = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { publicKey: new Uint8Array(bytes), sign: (message) => new Uint8Array(sign(null, message, secret)) };
}

/** A signed-note key: `algorithm` 1 is Ed25519, 4 the timestamped cosignature. */
export function noteKey(name, seed, algorithm = 1) {
  const pair = keyPair(seed);
  const id = hash(`${name}\n`, [algorithm], pair.publicKey).subarray(0, 4);
  const vkey = `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.from([algorithm]), pair.publicKey]).toString('base64')}`;
  const line = (signature) => `\u2014 ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
  return { ...pair, name, vkey, line };
}

export const ORIGIN = 'ledger.example/log/demo';
export const LOG = noteKey(ORIGIN, 1);
export const WITNESS = noteKey('witness.example', 2, 4);
export const AUTHOR = keyPair(3);
export const SALT = Buffer.alloc(32, 7);
export const PAYLOAD = Buffer.from('{"commit":"abc1234"}');
/** When the witness cosigned, in seconds. */
export const COSIGNED = 1_795_430_400;

/** A checkpoint of `leaves` with the log's signature, and the witness's where asked. */
export function checkpoint(leaves, { witnessed = false, origin = ORIGIN, log = LOG } = {}) {
  const body = `${origin}\n${leaves.length}\n${root(leaves).toString('base64')}\n`;
  const cosigned = () => {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(COSIGNED));
    return WITNESS.line(Buffer.concat([time, WITNESS.sign(Buffer.from(`cosignature/v1\ntime ${COSIGNED}\n${body}`))]));
  };
  return `${body}\n${log.line(log.sign(Buffer.from(body)))}${witnessed ? cosigned() : ''}`;
}

/** The bytes of an entry; its members are in RFC 8785 order. */
export function entry({ authored = false, type = 'deployment', subject = 'api', payload = PAYLOAD } = {}) {
  const digest = hash('stateledger/payload/v1', [0], SALT, payload).toString('base64url');
  const commit = { alg: 'sha256-salted-v1', digest, size: payload.length };
  const statement = { commit, contentType: 'application/json', ...(authored && { origin: ORIGIN }), source: 'ci', ...(subject && { subject }), type };
  return Buffer.from(JSON.stringify({ sigs: authored ? [signed(statement)] : [], statement, time: '2026-11-23T10:00:00.000Z', v: 1 }));
}

/** DSSE over the canonical statement. */
function signed(statement) {
  const type = 'application/vnd.stateledger.statement+json';
  const body = JSON.stringify(statement);
  const signature = AUTHOR.sign(Buffer.from(`DSSEv1 ${type.length} ${type} ${Buffer.byteLength(body)} ${body}`));
  return { key: Buffer.from(AUTHOR.publicKey).toString('base64url'), sig: Buffer.from(signature).toString('base64url') };
}

/** A receipt for leaf 2 of 5. */
export function receipt({ payload = PAYLOAD, withPayload = true, withSalt = true, witnessed = false, authored = false } = {}) {
  const own = entry({ authored, payload });
  const leaves = ['a', 'b', own, 'd', 'e'].map(leafHash);
  const hashes = path(2, leaves).map((node) => `${node.toString('base64')}\n`);
  return {
    entry: own.toString('base64'),
    proof: `c2sp.org/tlog-proof@v1\nindex 2\n${hashes.join('')}\n${checkpoint(leaves, { witnessed })}`,
    ...(withPayload && { payload: payload.toString('base64') }),
    ...(withSalt && { salt: SALT.toString('base64') }),
  };
}

/** Demands the witness's cosignature. */
export const POLICY = `log ${LOG.vkey}\nwitness w1 ${WITNESS.vkey}\nquorum w1\n`;
