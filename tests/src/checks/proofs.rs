//! Proofs as the API answers them, verified by core.

use serde_json::Value;
use stateledger_core::checkpoint::SignedCheckpoint;
use stateledger_core::hash::Hash;
use stateledger_core::note::VerifierKey;
use stateledger_core::tree::{self, BatchProof, LeafIndex, Subtree, TreeSize};

/// The members of an answer.
struct Answer(Value);

impl Answer {
    fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map(Self).map_err(|error| error.to_string())
    }

    fn text(&self, name: &str) -> Result<&str, String> {
        self.0[name].as_str().ok_or_else(|| format!("no member {name}"))
    }

    fn number(&self, name: &str) -> Result<u64, String> {
        self.text(name)?.parse().map_err(|_| format!("{name} is no number"))
    }

    fn size(&self, name: &str) -> Result<TreeSize, String> {
        self.number(name).map(TreeSize::new)
    }

    fn hash(&self, name: &str) -> Result<Hash, String> {
        Hash::from_base64(self.text(name)?).map_err(|error| error.code().to_owned())
    }

    fn texts(&self, name: &str) -> Result<Vec<&str>, String> {
        let values = self.0[name].as_array().ok_or_else(|| format!("no list {name}"))?;
        values
            .iter()
            .map(|value| value.as_str().ok_or_else(|| format!("{name}: no text")))
            .collect()
    }

    fn hashes(&self, name: &str) -> Result<Vec<Hash>, String> {
        let hash = |text| Hash::from_base64(text).map_err(|error| error.code().to_owned());
        self.texts(name)?.into_iter().map(hash).collect()
    }
}

/// Verifies the proof of one of the routes under `/proofs`.
pub(super) fn holds(kind: &str, json: &str, root: &str) -> Result<(), String> {
    let answer = Answer::parse(json)?;
    let (proof, root) = (answer.hashes("proof")?, Hash::from_base64(root));
    let root = root.map_err(|error| error.code().to_owned())?;
    let outcome = match kind {
        "inclusion" => {
            let (leaf, size) = (answer.hash("leafHash")?, answer.size("size")?);
            let index = LeafIndex::new(answer.number("index")?);
            tree::verify_inclusion(&leaf, index, size, &proof, &root).map_err(|e| e.code())
        }
        "consistency" => {
            let (from, to) = (answer.size("from")?, answer.size("to")?);
            let from_root = answer.hash("fromRootHash")?;
            tree::verify_consistency(from, &from_root, to, &root, &proof)
                .map(|_| ())
                .map_err(|e| e.code())
        }
        "batch" => {
            let indexes = answer.texts("indexes")?.into_iter().map(|text| {
                text.parse().map(LeafIndex::new).map_err(|_| format!("no index: {text}"))
            });
            let proof = BatchProof::new(indexes.collect::<Result<_, _>>()?, proof);
            let (leaves, size) = (answer.hashes("leafHashes")?, answer.size("size")?);
            proof
                .and_then(|proof| tree::verify_batch(&leaves, size, &proof, &root))
                .map_err(|e| e.code())
        }
        "range" => {
            let start = LeafIndex::new(answer.number("start")?);
            let (leaves, size) = (answer.hashes("leafHashes")?, answer.size("size")?);
            tree::verify_range(&leaves, start, size, &proof, &root).map_err(|e| e.code())
        }
        "subtree" => {
            let start = LeafIndex::new(answer.number("start")?);
            let subtree = Subtree::new(start, answer.size("end")?).map_err(|e| e.code())?;
            let (subtree_root, size) = (answer.hash("subtreeHash")?, answer.size("size")?);
            tree::verify_subtree_consistency(subtree, &subtree_root, size, &root, &proof)
                .map_err(|e| e.code())
        }
        other => return Err(format!("no proof of {other}")),
    };
    outcome?;
    let said = if kind == "consistency" { "toRootHash" } else { "rootHash" };
    if answer.hash(said)? == root { Ok(()) } else { Err(format!("{said} is another root")) }
}

/// Verifies that the tree of a moment begins the tree that its checkpoint signs.
pub(super) fn signed(json: &str, key: &str) -> Result<(), String> {
    let answer = Answer::parse(json)?;
    let key = VerifierKey::parse(key).map_err(|error| error.code().to_owned())?;
    let signed = SignedCheckpoint::parse(answer.text("checkpoint")?.as_bytes())
        .map_err(|error| error.code().to_owned())?;
    signed.note().open(std::slice::from_ref(&key)).map_err(|error| error.code().to_owned())?;
    let checkpoint = signed.checkpoint();
    if checkpoint.origin != key.name() || checkpoint.size != answer.size("checkpointSize")? {
        return Err("the checkpoint is of another log or size".into());
    }
    let (size, root) = (answer.size("size")?, answer.hash("rootHash")?);
    let proof = answer.hashes("consistency")?;
    tree::verify_consistency(size, &root, checkpoint.size, &checkpoint.root, &proof)
        .map(|_| ())
        .map_err(|error| error.code().to_owned())
}
