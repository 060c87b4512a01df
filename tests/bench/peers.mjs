/** The peers, each with what it can do in the contests: `root`, `include`, `verify`. Versions are those of package-lock.json. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { createSHA256 } from 'hash-wasm';
import sodium from 'libsodium-wrappers';

import { merkleTree, nobleInclude, rows, verdicts } from './contests.mjs';
import { nodeHash } from './noble.mjs';

/** Peers that run everywhere. `versions` names each package's. */
export async function everywhere(versions) {
  await sodium.ready;
  const hashWasm = await createSHA256();
  const { root, include } = merkleTree(sha256);
  return {
    merkletreejs: { name: 'merkletreejs', version: versions.merkletreejs, root, include },
    noble: {
      name: '@noble/hashes',
      version: versions['@noble/hashes'],
      root: rows(nodeHash),
      include: nobleInclude,
    },
    nobleCurves: {
      name: '@noble/curves',
      version: versions['@noble/curves'],
      // Its default rule is ZIP 215, which takes more; strict is what we do.
      verify: each((publicKey, message, signature) => ed25519.verify(signature, message, publicKey, { zip215: false })),
    },
    hashWasm: { name: 'hash-wasm', version: versions['hash-wasm'], root: rows(pairOf((message) => hashWasm.init().update(message).digest('binary'))) },
    sodium: {
      name: 'libsodium-wrappers',
      version: versions['libsodium-wrappers'],
      verify: each((publicKey, message, signature) => sodium.crypto_sign_verify_detached(signature, message, publicKey)),
    },
  };
}

/** The host's own WebCrypto, or nothing where it has no Ed25519. */
export async function webCrypto(host) {
  const { subtle } = globalThis.crypto;
  const key = (publicKey) => subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
  try {
    await key(ed25519.getPublicKey(new Uint8Array(32)));
  } catch {
    return [];
  }
  const prepare = async (set) => ({ ...set, key: await key(set.publicKey) });
  // All at once: it may use every core.
  const verify = async ({ key: publicKey, messages, signatures }) =>
    Uint8Array.from(await Promise.all(messages.map((message, i) => subtle.verify('Ed25519', publicKey, signatures[i], message))), Number);
  return [{ name: 'WebCrypto', version: host, prepare, verify }];
}

/** Node's own library. */
export async function nodeCrypto() {
  const { createHash, createPublicKey, verify } = await import('node:crypto');
  const hash = pairOf((message) => createHash('sha256').update(message).digest());
  const prefix = Buffer.from('302a300506032b6570032100', 'hex');
  const prepare = (set) => ({ ...set, key: createPublicKey({ key: Buffer.concat([prefix, set.publicKey]), format: 'der', type: 'spki' }) });
  return {
    name: 'node:crypto',
    version: process.version,
    root: rows(hash),
    prepare,
    verify: ({ key, messages, signatures }) => verdicts(messages, (message, i) => verify(null, message, key, signatures[i])),
  };
}

function each(verify) {
  return ({ publicKey, messages, signatures }) => verdicts(messages, (message, i) => verify(publicKey, message, signatures[i]));
}

function pairOf(hash) {
  const message = new Uint8Array(65);
  message[0] = 1;
  return (left, right) => {
    message.set(left, 1);
    message.set(right, 33);
    return hash(message);
  };
}
