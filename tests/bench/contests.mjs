/** The contests: what each contestant does, in the words of its own interface. Each is judged by harness.mjs before it is timed. */
import { MerkleTree } from 'merkletreejs';

import { LEAVES, PROOFS, SIGNATURES, inclusions, leafHashes, noise, signatures, slices, tampered } from './inputs.mjs';
import { nodeHash, verifyInclusion } from './noble.mjs';

/** How much one contest holds; a smoke test takes less. */
export const FULL = { leaves: LEAVES, proofs: PROOFS, signatures: SIGNATURES };
export const SMALL = { leaves: 64, proofs: 16, signatures: 16 };

/** The root of a list of leaf hashes: twice the number of leaves less one, all hashing. */
export function rootContest(ours, peers, { leaves }) {
  const good = leafHashes(leaves);
  const flat = tampered(good.flat, good.flat.length - 1);
  const bad = { flat, each: slices(flat, 32) };
  const root = (reduce) => ({ good: () => reduce(good), bad: () => reduce(bad) });
  return {
    name: `root of ${commas(leaves)} leaf hashes`,
    unit: 'roots/s',
    work: 1,
    good: rows(nodeHash)(good),
    bad: rows(nodeHash)(bad),
    ours: { name: ours.name, version: ours.version, ...root(logRoot(ours.package)) },
    peers: peers.map((peer) => ({ ...peer, ...root(peer.package ? logRoot(peer.package) : peer.root) })),
  };
}

function logRoot({ MerkleLog }) {
  return ({ flat }) => {
    const log = MerkleLog.fromLeafHashes(flat);
    const root = log.root();
    log.free();
    return root;
  };
}

/** RFC 6962's root row by row over a function that hashes two nodes. */
export function rows(hash) {
  return ({ each }) => {
    let row = each;
    while (row.length > 1) {
      const above = [];
      for (let i = 0; i + 1 < row.length; i += 2) above.push(hash(row[i], row[i + 1]));
      if (row.length % 2 === 1) above.push(row[row.length - 1]);
      row = above;
    }
    return row[0];
  };
}

/** merkletreejs with a hash function, for RFC 6962's nodes: the prefix is all that its own trees lack. */
export function merkleTree(sha256) {
  const prefixed = (data) => {
    const message = new Uint8Array(data.length + 1);
    message[0] = 1;
    message.set(data, 1);
    return sha256(message);
  };
  return {
    root: ({ each }) => new MerkleTree(each, prefixed).getRoot(),
    include: ({ rootHash, indexes, leaves, proofs }) => {
      const tree = new MerkleTree([], prefixed);
      return verdicts(indexes, (index, i) => tree.verify(steps(proofs[i], index), leaves[i], rootHash));
    },
  };
}

/** In a tree of a power of two leaves an index says on which side each sibling stands. */
function steps(proof, index) {
  return slices(proof, 32).map((data, level) => ({ position: (index >> BigInt(level)) & 1n ? 'left' : 'right', data: Buffer.from(data) }));
}

/** RFC 9162 over @noble/hashes. */
export function nobleInclude({ rootHash, size, indexes, leaves, proofs }) {
  return verdicts(indexes, (index, i) => verifyInclusion(leaves[i], index, size, proofs[i], rootHash));
}

/** Inclusion proofs of one tree. Ours judges them one call each, or all in one call. */
export function inclusionContest(ours, peers, { leaves, proofs }, batched) {
  const good = inclusions(ours.package, leafHashes(leaves), proofs);
  const at = proofs >> 1;
  const bad = { ...good, proofs: good.proofs.with(at, tampered(good.proofs[at], 33)) };
  const judge = (include) => ({ good: () => include(good), bad: () => include(bad) });
  const own = ({ package: npm }) => (batched ? includeMany(npm) : includeEach(npm));
  return {
    name: `${commas(proofs)} inclusion proofs in a tree of ${commas(leaves)}, ${batched ? 'in one call' : 'one call each'}`,
    unit: 'proofs/s',
    work: proofs,
    good: new Uint8Array(proofs).fill(1),
    bad: new Uint8Array(proofs).fill(1).fill(0, at, at + 1),
    ours: { name: ours.name, version: ours.version, ...judge(own(ours)) },
    peers: peers.map((peer) => ({ ...peer, ...judge(peer.package ? own(peer) : peer.include) })),
  };
}

function includeEach({ verifyInclusion: verify }) {
  return ({ rootHash, size, indexes, leaves, proofs }) =>
    verdicts(indexes, (index, i) => accepts(() => verify({ leafHash: leaves[i], index, size, rootHash, proof: proofs[i] })));
}

function includeMany({ verifyInclusions }) {
  return ({ rootHash, size, indexes, leaves, proofs }) => {
    const joined = new Uint8Array(leaves.length * 32);
    leaves.forEach((leaf, i) => joined.set(leaf, i * 32));
    return verifyInclusions({ rootHash, size, indexes, leafHashes: joined, proofs });
  };
}

/**
 * Signatures of one key, each with its own verdict. `keys` 1: the same key in every call; 2: every call has another key
 * than the one before, so that nothing kept of a key helps.
 */
export async function signaturesContest(ours, peers, { signatures: count }, keys) {
  const at = count >> 1;
  const sets = Array.from({ length: keys }, (_, i) => signatures(count, i));
  const bad = { ...sets[0], signatures: sets[0].signatures.with(at, tampered(sets[0].signatures[at], 7)) };
  const contestant = async (peer) => {
    const verify = peer.package ? ({ publicKey, messages, signatures: signed }) => peer.package.verifySignatures({ publicKey, messages, signatures: signed }) : peer.verify;
    // What a library wants to be handed (a key object) is made before, not timed.
    const prepare = peer.prepare ?? ((set) => set);
    const [good, spoiled] = [await Promise.all(sets.map(prepare)), await prepare(bad)];
    let turn = 0;
    return { name: peer.name, version: peer.version, good: () => verify(good[turn++ % keys]), bad: () => verify(spoiled) };
  };
  return {
    name: `${commas(count)} signatures of one key, ${keys === 1 ? 'the same in every call' : 'another in every call'}`,
    unit: 'signatures/s',
    work: count,
    good: new Uint8Array(count).fill(1),
    bad: new Uint8Array(count).fill(1).fill(0, at, at + 1),
    ours: await contestant(ours),
    peers: await Promise.all(peers.map(contestant)),
  };
}

/** One signature, as a page verifies it that has one receipt. */
export async function signatureContest(ours, peers) {
  const good = signatures(1, 0);
  const bad = { ...good, signatures: [tampered(good.signatures[0], 7)] };
  const contestant = async (peer) => {
    const own = ({ publicKey, messages: [message], signatures: [signature] }) => Uint8Array.of(accepts(() => peer.package.verifySignature({ publicKey, message, signature })));
    const verify = peer.package ? own : peer.verify;
    const prepare = peer.prepare ?? ((set) => set);
    const [ready, spoiled] = [await prepare(good), await prepare(bad)];
    return { name: peer.name, version: peer.version, good: () => verify(ready), bad: () => verify(spoiled) };
  };
  return {
    name: 'one signature',
    unit: 'signatures/s',
    work: 1,
    good: Uint8Array.of(1),
    bad: Uint8Array.of(0),
    ours: await contestant(ours),
    peers: await Promise.all(peers.map(contestant)),
  };
}

/** Leaves of a hundred bytes, hashed and built into a tree. */
export function entriesContest(ours, peers, { leaves }) {
  const good = Array.from({ length: leaves }, (_, i) => noise(i, 100));
  const bad = good.with(leaves >> 1, tampered(good[leaves >> 1], 50));
  const contestant = ({ name, version, package: { MerkleLog } }) => {
    const root = (entries) => {
      const log = MerkleLog.fromEntries(entries);
      const hash = log.root();
      log.free();
      return hash;
    };
    return { name, version, good: () => root(good), bad: () => root(bad) };
  };
  const one = contestant(peers[0]);
  return {
    name: `root of ${commas(leaves)} entries of 100 bytes`,
    unit: 'roots/s',
    work: 1,
    good: one.good(),
    bad: one.bad(),
    ours: contestant(ours),
    peers: peers.map(contestant),
  };
}

/** One byte a verdict, 1 = valid. */
export function verdicts(list, judge) {
  return Uint8Array.from(list, (element, i) => Number(judge(element, i)));
}

function accepts(verify) {
  try {
    verify();
    return 1;
  } catch {
    return 0;
  }
}

function commas(number) {
  return number.toLocaleString('en-US');
}
