//! What each fuzz target asks: a parser answers any bytes, and accepts one spelling of one thing.

use std::fmt::Debug;
use std::sync::{Mutex, OnceLock};

use stateledger_core::bundle::Bundle;
use stateledger_core::checkpoint::{Checkpoint, SignedCheckpoint};
use stateledger_core::commitment::fields::Disclosure;
use stateledger_core::entry::{Entry, Statement};
use stateledger_core::legacy::{Chain, Row};
use stateledger_core::note::{Note, VerifierKey};
use stateledger_core::policy::Policy;
use stateledger_core::proof::TlogProof;
use stateledger_core::receipt::{self, Receipt};
use stateledger_core::tile::{TilePath, parse_bundle, write_bundle};
use stateledger_core::time::Time;
use stateledger_core::tree::BatchProof;
use stateledger_core::witness::{AddCheckpoint, Cosignatures, CosignedSize};
use stateledger_core::{base64, json, sha256};
use stateledger_fuzz_guest::{chain_rows, trust};
use wasmi::{Engine, Instance, Linker, Module, Store};

/// `to_bytes(parse(b)) == b`, or a refusal.
fn strict<'a, T, E: Debug>(
    bytes: &'a [u8],
    parse: impl Fn(&'a [u8]) -> Result<T, E>,
    to_bytes: impl Fn(&T) -> Vec<u8>,
) {
    if let Ok(parsed) = parse(bytes) {
        assert_eq!(to_bytes(&parsed), bytes, "accepted, and written back otherwise");
    }
}

/// The same of a parser of text.
fn strict_text<T, E: Debug>(
    bytes: &[u8],
    parse: impl Fn(&str) -> Result<T, E>,
    to_text: impl Fn(&T) -> String,
) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    strict(bytes, |_| parse(text), |parsed| to_text(parsed).into_bytes());
}

/// Where white space and another order are allowed: what is written back parses, and stays as it is.
fn settles<T, E: Debug>(
    bytes: &[u8],
    parse: impl Fn(&[u8]) -> Result<T, E>,
    to_bytes: impl Fn(&T) -> Vec<u8>,
) {
    if let Ok(parsed) = parse(bytes) {
        let written = to_bytes(&parsed);
        let again = parse(&written).expect("what was written back parses");
        assert_eq!(to_bytes(&again), written);
    }
}

/// Any JSON, and its canonical form.
pub fn json(bytes: &[u8]) {
    settles(bytes, json::parse, |value| value.to_canonical());
}

/// An entry.
pub fn entry(bytes: &[u8]) {
    strict(bytes, Entry::parse, Entry::to_bytes);
}

/// A statement.
pub fn statement(bytes: &[u8]) {
    strict(bytes, Statement::parse, Statement::to_bytes);
}

/// A time of an entry.
pub fn time(bytes: &[u8]) {
    strict_text(bytes, Time::parse, |time| time.to_text());
}

/// Both base64 alphabets.
pub fn base64(bytes: &[u8]) {
    strict_text(bytes, base64::decode, |decoded| base64::encode(decoded));
    strict_text(bytes, base64::decode_url, |decoded| base64::encode_url(decoded));
}

/// A receipt: read, and verified by a key that may have signed it.
pub fn receipt(bytes: &[u8]) {
    settles(bytes, Receipt::from_json, Receipt::to_json);
    let _ = receipt::verify_receipt_json(bytes, trust(), None);
}

/// A signed note.
pub fn note(bytes: &[u8]) {
    strict(bytes, Note::parse, Note::to_bytes);
}

/// A verifier key.
pub fn verifier_key(bytes: &[u8]) {
    strict_text(bytes, VerifierKey::parse, VerifierKey::to_text);
}

/// A checkpoint, with and without signatures.
pub fn checkpoint(bytes: &[u8]) {
    strict_text(bytes, Checkpoint::parse, Checkpoint::to_text);
    strict(bytes, SignedCheckpoint::parse, SignedCheckpoint::to_bytes);
    let _ = trust().open_checkpoint(bytes);
}

/// The path of a tile.
pub fn tile_path(bytes: &[u8]) {
    strict_text(bytes, TilePath::parse, |path| path.to_path());
}

/// A bundle of entries.
pub fn entry_bundle(bytes: &[u8]) {
    strict(bytes, parse_bundle, |entries| {
        write_bundle(entries.iter().copied()).expect("entries that were read")
    });
}

/// A tlog-proof.
pub fn proof(bytes: &[u8]) {
    strict_text(bytes, TlogProof::parse, TlogProof::to_text);
}

/// A policy, which is not written back: spaces and comments are allowed in it.
pub fn policy(bytes: &[u8]) {
    if let Ok(policy) = Policy::parse(bytes) {
        let all = policy.quorum_met(|_| true);
        assert!(all || !policy.quorum_met(|_| false), "no witness is more than all of them");
    }
}

/// The bodies of tlog-witness.
pub fn witness(bytes: &[u8]) {
    strict(bytes, AddCheckpoint::parse, AddCheckpoint::to_bytes);
    strict(bytes, Cosignatures::parse, Cosignatures::to_bytes);
    strict(bytes, CosignedSize::parse, |size| size.to_bytes());
}

/// A disclosure of one field.
pub fn disclosure(bytes: &[u8]) {
    settles(bytes, Disclosure::from_json, Disclosure::to_json);
}

/// A batch proof.
pub fn batch_proof(bytes: &[u8]) {
    strict(bytes, BatchProof::parse, BatchProof::to_bytes);
}

/// An audit bundle: read, and verified by a key that may have signed it.
pub fn audit_bundle(bytes: &[u8]) {
    if let Ok(bundle) = Bundle::parse(bytes) {
        assert_eq!(bundle.to_bytes(), bytes, "accepted, and written back otherwise");
        let _ = bundle.open(trust(), &[]);
    }
}

/// Rows of the first StateLedger's chain, whose hash may be right: one by one, and at once.
pub fn legacy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let rows: Vec<Row<'_>> = chain_rows(text).collect();
    let mut together = Chain::new();
    let verdict = together.verify_rows(&rows);
    let mut chain = Chain::new();
    assert_eq!(rows.iter().try_for_each(|row| chain.verify_next(row)), verdict);
    assert_eq!((chain.rows(), chain.head()), (together.rows(), together.head()));
    if let Some(row) = rows.get(chain.rows() as usize) {
        let right = chain.next_hash(row).to_string();
        assert_ne!(row.hash, right, "refused, with the right hash");
        chain.verify_next(&Row { hash: &right, ..*row }).expect("the right hash");
    }
}

/// The kernel's answers in wasm, with its lanes and its 32-bit arithmetic, and natively.
pub fn wasm_equals_native(bytes: &[u8]) {
    static GUEST: OnceLock<Mutex<Guest>> = OnceLock::new();
    let native =
        sha256::digests(std::iter::once([stateledger_fuzz_guest::answer(bytes).as_slice()]));
    let mut guest = GUEST.get_or_init(|| Mutex::new(Guest::start())).lock().expect("one thread");
    assert_eq!(guest.digest(bytes), native[0].0, "wasm answers otherwise");
}

/// The module of guest/, which the command that runs the targets has built.
struct Guest {
    store: Store<()>,
    instance: Instance,
}

impl Guest {
    fn start() -> Self {
        let path = std::env::var_os("STATELEDGER_FUZZ_GUEST")
            .expect("STATELEDGER_FUZZ_GUEST names the module");
        let wasm = std::fs::read(path).expect("the module");
        let engine = Engine::default();
        let module = Module::new(&engine, &wasm).expect("a module");
        let mut store = Store::new(&engine, ());
        let instance =
            Linker::new(&engine).instantiate_and_start(&mut store, &module).expect("an instance");
        Self { store, instance }
    }

    fn digest(&mut self, input: &[u8]) -> [u8; 32] {
        let Self { store, instance } = self;
        let push = instance.get_typed_func::<(u64, u32), ()>(&*store, "push").expect("push");
        let run = instance.get_typed_func::<(), ()>(&*store, "run").expect("run");
        let word = instance.get_typed_func::<u32, u64>(&*store, "word").expect("word");
        for chunk in input.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            push.call(&mut *store, (u64::from_le_bytes(word), chunk.len() as u32)).expect("push");
        }
        run.call(&mut *store, ()).expect("the kernel does not trap");
        let mut digest = [0; 32];
        for (place, bytes) in (0..).zip(digest.as_chunks_mut::<8>().0) {
            *bytes = word.call(&mut *store, place).expect("word").to_le_bytes();
        }
        digest
    }
}
