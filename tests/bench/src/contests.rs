//! What the contestants do, each in the words of its own interface.

use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey, verify_batch};
use rs_merkle::{Hasher, MerkleProof, MerkleTree};
use sha2::{Digest, Sha256};
use stateledger_core::Hash;
use stateledger_core::ed25519::{KeptTables, PublicKey, SignedMessage};
use stateledger_core::tree::{self, InclusionClaim, LeafIndex, TreeSize};

use crate::harness::{Contest, Contestant};

/// How much one contest holds.
#[derive(Clone, Copy)]
pub(crate) struct Amounts {
    leaves: usize,
    proofs: usize,
    signatures: usize,
}

impl Amounts {
    pub(crate) const FULL: Self = Self { leaves: 131_072, proofs: 10_000, signatures: 1_024 };
    pub(crate) const SMALL: Self = Self { leaves: 64, proofs: 16, signatures: 16 };
}

const OURS: &str = env!("CARGO_PKG_VERSION");
const CT_MERKLE: (&str, &str) = ("ct-merkle", "0.3.0");
const RS_MERKLE: (&str, &str) = ("rs_merkle", "1.5.0");
const DALEK: &str = "3.0.0";

/// RFC 6962 as a user of `rs_merkle` writes it over `sha2`.
#[derive(Clone)]
struct Rfc6962;

impl Hasher for Rfc6962 {
    type Hash = [u8; 32];

    fn hash(data: &[u8]) -> Self::Hash {
        Sha256::new().chain_update([0]).chain_update(data).finalize().into()
    }

    fn concat_and_hash(left: &Self::Hash, right: Option<&Self::Hash>) -> Self::Hash {
        let Some(right) = right else { return *left };
        Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
    }
}

type Entry = [u8; 100];

fn entries(count: usize) -> Vec<Entry> {
    let entry = |i: usize| std::array::from_fn(|at| (i.wrapping_mul(0x9e37) >> (at % 13)) as u8);
    (0..count).map(entry).collect()
}

fn contestant<'a, Input: ?Sized, Answer>(
    (name, version): (&'static str, &'static str),
    work: impl FnMut(&Input) -> Answer + Clone + 'a,
    [good, bad]: [&'a Input; 2],
) -> Contestant<'a, Answer> {
    let (mut on_good, mut on_bad) = (work.clone(), work);
    Contestant {
        name,
        version,
        good: Box::new(move || on_good(good)),
        bad: Box::new(move || on_bad(bad)),
    }
}

/// Entries to a root.
pub(crate) fn roots(amounts: Amounts) -> Contest<'static, [u8; 32]> {
    let good = entries(amounts.leaves);
    let mut bad = good.clone();
    bad[amounts.leaves / 2][50] ^= 1;
    // They live as long as the process, which makes the contestants plain closures.
    let inputs: [&'static [Entry]; 2] = [Vec::leak(good), Vec::leak(bad)];
    let ours = |entries: &[Entry]| {
        let leaves = tree::leaf_hashes(entries.iter().map(<[u8; 100]>::as_slice));
        tree::root_of_leaves(&leaves).0
    };
    let rs_merkle = |entries: &[Entry]| {
        let leaves: Vec<_> = entries.iter().map(|entry| Rfc6962::hash(entry)).collect();
        MerkleTree::<Rfc6962>::from_leaves(&leaves).root().unwrap_or_default()
    };
    let ct_merkle = |entries: &[Entry]| {
        let mut log = MemoryBackedTree::<Sha256, Entry>::new();
        entries.iter().for_each(|entry| log.push(*entry));
        (*log.root().as_bytes()).into()
    };
    Contest {
        name: format!("natively: root of {} entries of 100 bytes", amounts.leaves),
        unit: "roots/s",
        work: 1,
        contestants: vec![
            contestant(("stateledger-core", OURS), ours, inputs),
            contestant(RS_MERKLE, rs_merkle, inputs),
            contestant(CT_MERKLE, ct_merkle, inputs),
        ],
    }
}

/// One proof in the form of each contestant.
struct Proof {
    entry: Entry,
    index: usize,
    ours: Vec<Hash>,
    ct_merkle: ct_merkle::InclusionProof<Sha256>,
    rs_merkle: MerkleProof<Rfc6962>,
}

impl Proof {
    fn new(entry: Entry, index: usize, hashes: Vec<Hash>) -> Self {
        let plain: Vec<[u8; 32]> = hashes.iter().map(|hash| hash.0).collect();
        let ct_merkle = ct_merkle::InclusionProof::from_bytes(plain.concat());
        Self { entry, index, ours: hashes, ct_merkle, rs_merkle: MerkleProof::new(plain) }
    }
}

/// Entries and inclusion proofs to verdicts.
pub(crate) fn inclusions(amounts: Amounts) -> Result<Contest<'static, Vec<bool>>, String> {
    let all = entries(amounts.leaves);
    let mut log = MemoryBackedTree::<Sha256, Entry>::new();
    all.iter().for_each(|entry| log.push(*entry));
    let root: [u8; 32] = (*log.root().as_bytes()).into();
    let proof = |i: usize| {
        let index = i * amounts.leaves / amounts.proofs;
        let made = log.prove_inclusion(index);
        let hashes = Hash::split_flat(made.as_bytes()).map_err(|error| error.to_string())?;
        Ok(Proof::new(all[index], index, hashes))
    };
    let good = (0..amounts.proofs).map(proof).collect::<Result<Vec<_>, String>>()?;
    let mut bad: Vec<_> =
        good.iter().map(|one| Proof::new(one.entry, one.index, one.ours.clone())).collect();
    let spoiled = &mut bad[amounts.proofs / 2];
    let mut hashes = spoiled.ours.clone();
    hashes[1].0[1] ^= 1;
    *spoiled = Proof::new(spoiled.entry, spoiled.index, hashes);
    let inputs: [&'static [Proof]; 2] = [Vec::leak(good), Vec::leak(bad)];

    let (count, size) = (amounts.leaves, TreeSize::new(amounts.leaves as u64));
    let ours = move |proofs: &[Proof]| -> Vec<bool> {
        let leaves = tree::leaf_hashes(proofs.iter().map(|proof| proof.entry.as_slice()));
        let claims: Vec<_> = proofs
            .iter()
            .zip(&leaves)
            .map(|(proof, leaf)| InclusionClaim {
                leaf,
                index: LeafIndex::new(proof.index as u64),
                proof: &proof.ours,
            })
            .collect();
        tree::verify_inclusions(size, &Hash(root), &claims).iter().map(Result::is_ok).collect()
    };
    let rs_merkle = move |proofs: &[Proof]| -> Vec<bool> {
        let verify = |one: &Proof| {
            one.rs_merkle.verify(root, &[one.index], &[Rfc6962::hash(&one.entry)], count)
        };
        proofs.iter().map(verify).collect()
    };
    let ct_merkle = move |proofs: &[Proof]| -> Vec<bool> {
        let root = RootHash::<Sha256>::new(root.into(), count as u64);
        let verify = |one: &Proof| {
            root.verify_inclusion(&one.entry, one.index as u64, &one.ct_merkle).is_ok()
        };
        proofs.iter().map(verify).collect()
    };
    Ok(Contest {
        name: format!("natively: {} inclusion proofs in a tree of {count}", amounts.proofs),
        unit: "proofs/s",
        work: amounts.proofs,
        contestants: vec![
            contestant(("stateledger-core", OURS), ours, inputs),
            contestant(RS_MERKLE, rs_merkle, inputs),
            contestant(CT_MERKLE, ct_merkle, inputs),
        ],
    })
}

/// Signatures of one key to one verdict for all, which is what the crate's own batch answers. That
/// one is not exact: ours would say which is bad, and has the verdicts of strict verification.
pub(crate) fn signatures(amounts: Amounts) -> Result<Contest<'static, bool>, String> {
    struct Signed {
        messages: Vec<Vec<u8>>,
        signatures: Vec<Signature>,
    }
    let secret = SigningKey::from_bytes(&[7; 32]);
    let sign = || {
        let message = |i: usize| (0..32 + i % 64).map(|at| (i * 7 + at) as u8).collect();
        let messages: Vec<Vec<u8>> = (0..amounts.signatures).map(message).collect();
        let signatures = messages.iter().map(|message| secret.sign(message)).collect();
        Signed { messages, signatures }
    };
    let (good, mut bad) = (sign(), sign());
    let spoiled = &mut bad.signatures[amounts.signatures / 2];
    let mut bytes = spoiled.to_bytes();
    bytes[7] ^= 1;
    *spoiled = Signature::from_bytes(&bytes);
    let inputs: [&'static Signed; 2] = [Box::leak(Box::new(good)), Box::leak(Box::new(bad))];

    let key = secret.verifying_key();
    let own_key = PublicKey::from_bytes(key.as_bytes()).map_err(|error| error.to_string())?;
    let each = move |tables: &mut KeptTables, signed: &Signed| {
        let bytes: Vec<_> = signed.signatures.iter().map(Signature::to_bytes).collect();
        let views: Vec<_> = signed
            .messages
            .iter()
            .zip(&bytes)
            .map(|(message, signature)| SignedMessage { message, signature })
            .collect();
        tables.verify_each(&own_key, &views).iter().all(Result::is_ok)
    };
    let mut tables = KeptTables::new();
    let mut more_tables = KeptTables::new();
    let ours = Contestant {
        name: "stateledger-core",
        version: OURS,
        good: Box::new(move || each(&mut tables, inputs[0])),
        bad: Box::new(move || each(&mut more_tables, inputs[1])),
    };
    let strict = move |signed: &Signed| {
        let pairs = signed.messages.iter().zip(&signed.signatures);
        // Each of them, as ours: a refusal must not save the rest of the work.
        pairs.filter(|(message, one)| key.verify_strict(message, one).is_ok()).count()
            == signed.messages.len()
    };
    let batch = move |signed: &Signed| {
        let messages: Vec<&[u8]> = signed.messages.iter().map(Vec::as_slice).collect();
        let keys: Vec<VerifyingKey> = vec![key; messages.len()];
        verify_batch(&messages, &signed.signatures, &keys).is_ok()
    };
    Ok(Contest {
        name: format!("natively: {} signatures of one key", amounts.signatures),
        unit: "signatures/s",
        work: amounts.signatures,
        contestants: vec![
            ours,
            contestant(("ed25519-dalek, one by one", DALEK), strict, inputs),
            contestant(("ed25519-dalek's batch (not exact)", DALEK), batch, inputs),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness;

    /// The versions that the rows name are those in Cargo.lock.
    #[test]
    fn versions_are_the_locked_ones() {
        let lock = include_str!("../../../Cargo.lock");
        for (name, version) in [CT_MERKLE, RS_MERKLE, ("ed25519-dalek", DALEK)] {
            let wanted = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&wanted), "{name} is not {version}");
        }
    }

    #[test]
    fn all_contestants_agree() {
        let rows = harness::run(roots(Amounts::SMALL), 1).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(harness::run(inclusions(Amounts::SMALL).unwrap(), 1).unwrap().len(), 2);
        assert_eq!(harness::run(signatures(Amounts::SMALL).unwrap(), 1).unwrap().len(), 2);
    }
}
