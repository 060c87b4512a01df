//! The engine on the in-memory host.

mod append;
mod artifacts;
mod attempts;
mod erase;
mod faults;
mod grouping;
mod guards;
mod idempotency;
mod lists;
mod payloads;
mod proofs;
mod reads;
mod recover;
mod sweeps;
mod tokens;

use futures_executor::block_on;
use stateledger_core::json;
use stateledger_core::receipt::{Receipt, verify_receipt};
use stateledger_core::trust::Trust;

use crate::fake::{FakePlatform, Faults, MemoryKept, MemoryStore, Timers};
use crate::{
    AppendError, AppendRequest, Appended, Caller, Description, IdempotencyKey, LedgerId, NewRecord,
    Payload, ReadError, Reader, Rules, Secrets, Sequencer, Visibility,
};

type TestSequencer = Sequencer<MemoryStore, MemoryKept, FakePlatform>;

/// One deployment: stores that survive, and sequencers that come and go.
struct Host {
    faults: Faults,
    store: MemoryStore,
    kept: MemoryKept,
    platform: FakePlatform,
    secrets: Secrets,
    id: LedgerId,
}

impl Host {
    fn empty(timers: Timers) -> Self {
        let faults = Faults::default();
        Self {
            store: MemoryStore::new(faults.clone()),
            kept: MemoryKept::new(faults.clone()),
            faults,
            platform: FakePlatform::new(timers),
            secrets: Secrets::from_seed([7; 32]),
            id: LedgerId::parse("demo").unwrap(),
        }
    }

    /// With the ledger `demo`.
    fn with_ledger() -> Self {
        let host = Self::empty(Timers::Expire);
        host.create(Visibility::Proofs).unwrap();
        host
    }

    fn create(&self, visibility: Visibility) -> Result<Description, crate::CreateError> {
        block_on(self.sequencer().create(visibility.into()))
    }

    /// A sequencer without memory, as after a restart.
    fn sequencer(&self) -> TestSequencer {
        let (store, kept) = (self.store.clone(), self.kept.clone());
        let secrets = self.secrets.for_sequencer();
        Sequencer::new(self.id.clone(), "example.com", secrets, store, kept, self.platform.clone())
    }

    fn reader(&self) -> Reader<MemoryStore, FakePlatform> {
        Reader::new(self.secrets.for_reader(), self.store.clone(), self.platform.clone())
    }

    fn describe(&self) -> Result<Description, ReadError> {
        block_on(self.reader().describe(&self.id, &Caller::Admin))
    }

    fn size(&self) -> u64 {
        self.describe().unwrap().size.get()
    }

    /// Every stored record, in order, through the verifying reader.
    fn sources(&self) -> Vec<String> {
        (0..self.size())
            .map(|index| {
                let index = stateledger_core::tree::LeafIndex::new(index);
                let record = block_on(self.reader().record(&self.id, &Caller::Admin, index));
                record.unwrap().entry.statement().fields().source.clone()
            })
            .collect()
    }

    /// Verifies a receipt as a stranger would, with nothing but the verifier key.
    fn verify(&self, receipt: &Receipt) {
        let key = self.describe().unwrap().verifier_key;
        let trust = Trust::from_log_keys([key.as_str()]).unwrap();
        verify_receipt(receipt, &trust, None).unwrap();
    }

    fn assert_sound(&self) {
        assert_eq!(self.store.breaches(), Vec::<&str>::new());
    }
}

fn append(sequencer: &TestSequencer, request: AppendRequest) -> Result<Appended, AppendError> {
    block_on(sequencer.append(request))
}

/// A record whose source tells it from others.
fn record(source: &str) -> NewRecord {
    NewRecord {
        record_type: "test".into(),
        source: source.into(),
        subject: None,
        content_type: None,
        payload: Payload::json(&json::parse(b"{\"a\":1}").unwrap()),
        salt: None,
        sigs: Vec::new(),
        commitment: None,
        idempotency_key: None,
    }
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

fn keyed(source: &str, text: &str) -> NewRecord {
    NewRecord { idempotency_key: Some(key(text)), ..record(source) }
}

fn request(records: Vec<NewRecord>) -> AppendRequest {
    AppendRequest { records, idempotency_key: None, expected_size: None }
}

fn one(source: &str) -> AppendRequest {
    request(vec![record(source)])
}

/// `count` records named `<prefix>0`, `<prefix>1`, ...
fn many(prefix: &str, count: usize) -> AppendRequest {
    request((0..count).map(|i| record(&format!("{prefix}{i}"))).collect())
}

fn indexes(appended: &Appended) -> Vec<u64> {
    appended.records.iter().map(|record| record.index.get()).collect()
}

/// The table lists exactly what the enums say; core's codes are core's to list.
#[test]
fn codes_are_listed_once() {
    let listed: Vec<&str> = crate::CODES.iter().map(|(code, _)| *code).collect();
    assert!(listed.is_sorted_by(|a, b| a < b), "sorted, no code twice");
    let size = stateledger_core::tree::TreeSize::ZERO;
    let halt = crate::Halt::BadLedgerRow(None);
    let append = [
        AppendError::NotFound,
        AppendError::Halted(halt),
        AppendError::EmptyBatch,
        AppendError::BatchTooLarge,
        AppendError::PayloadTooLarge,
        AppendError::TwoKeys,
        AppendError::IdempotencyConflict,
        AppendError::ExpectedSize { size },
        AppendError::TypeReserved,
        AppendError::TypeNotAccepted,
        AppendError::SchemaMismatch { at: String::new() },
        AppendError::SchemaCost,
        AppendError::SaltRequired,
        AppendError::Overloaded,
        AppendError::Unavailable,
        AppendError::Corrupt,
        AppendError::Schema,
    ];
    let create = [
        crate::CreateError::Exists,
        crate::CreateError::Halted(halt),
        crate::CreateError::Unavailable,
        crate::CreateError::Origin,
    ];
    let read = [
        ReadError::NotFound,
        ReadError::Forbidden,
        ReadError::RecordNotFound,
        ReadError::LeafNotFound,
        ReadError::TileNotFound,
        ReadError::InvalidCursor,
        ReadError::InvalidQuery,
        ReadError::SizeUnknown { size },
        ReadError::CheckpointUnknown { next: size },
        ReadError::Unavailable,
        ReadError::Corrupt,
        ReadError::PayloadUnavailable,
    ];
    let erase = [
        crate::EraseError::NotFound,
        crate::EraseError::RecordNotFound,
        crate::EraseError::NotErasable,
        crate::EraseError::Held,
        crate::EraseError::Erased,
        crate::EraseError::Halted(halt),
        crate::EraseError::Unavailable,
        crate::EraseError::Corrupt,
    ];
    let head = crate::store::HeadId { size, root: stateledger_core::hash::Hash([0; 32]) };
    let recover = [
        crate::RecoverError::NotFound,
        crate::RecoverError::NotHalted,
        crate::RecoverError::OtherHead(head),
        crate::RecoverError::Halted(halt),
        crate::RecoverError::Unavailable,
        crate::RecoverError::Corrupt,
    ];
    let token = [
        crate::TokenError::Forbidden,
        crate::TokenError::Invalid,
        crate::TokenError::NotFound,
        crate::TokenError::Unavailable,
    ];
    let artifact = [
        crate::ArtifactError::NotFound,
        crate::ArtifactError::Mismatch,
        crate::ArtifactError::Unavailable,
    ];
    let rules = [crate::RulesError::NotAnObject, crate::RulesError::Schema];
    let mut said: Vec<&str> = append.iter().map(AppendError::code).collect();
    said.extend(create.iter().map(crate::CreateError::code));
    said.extend(read.iter().map(ReadError::code));
    said.extend(recover.iter().map(crate::RecoverError::code));
    said.extend(token.iter().map(crate::TokenError::code));
    said.extend(erase.iter().map(crate::EraseError::code));
    said.extend(artifact.iter().map(crate::ArtifactError::code));
    said.extend(rules.iter().map(crate::RulesError::code));
    said.push(crate::LedgerIdError::Invalid.code());
    said.push(crate::IdempotencyKeyError::Invalid.code());
    said.sort_unstable();
    said.dedup();
    assert_eq!(said, listed);
}
