//! Everything that is stored of a ledger, derived again from the bytes that it rests on.
//!
//! Entries give leaves, leaves give the tiles of every level and the root of every stored head, and
//! each head's checkpoint is a signature over that root. What no leaf covers is held against its MAC,
//! its commitment or its copy. The first row that does not fit is named by table and key.
//!
//! # Contract
//!
//! [`check`] reads one ledger in pages of bounded size and changes nothing. It trusts no stored hash,
//! flag or count. It takes the ledger to stand still: run it on a stopped server, or on a snapshot.
//!
//! # What it cannot see
//!
//! A deleted idempotency row, token, hold, artifact or order to delete a value, because nothing counts them; a
//! payload's JSON flag that became 0; the name of a value to be deleted that became another of the same
//! digest; and both memories (this database and the sequencer's kept head) rewound to the same earlier
//! state.

mod artifacts;
mod beside;
mod copies;
mod finding;
mod heads;
mod keys;
mod orphans;
mod pages;
mod payloads;
mod records;
mod rows;
mod tiles;
mod tokens;

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;

use crate::blobs::{BlobError, Blobs};
use crate::database::{Database, DatabaseError};
use crate::id::LedgerId;
use crate::platform::Kept;
use crate::rules::Rules;
use crate::seal::LogSigner;
use crate::secrets::{RowKeys, Secrets};
use crate::store::LedgerRow;

pub use copies::check_copy;
pub use finding::{CODES, Fault, Finding};
pub use orphans::check_orphans;
pub use tokens::check_tokens;

/// Where the keys come from that the ledger is held against.
#[derive(Debug, Clone)]
pub enum Authority {
    /// The deployment's seed: derives the log key and the keys of the MACs.
    Seed(Secrets),
    /// A verifier key that the caller trusts. No MAC can be checked with it.
    VerifierKey(String),
    /// Both: the key that the seed derives must be this one.
    SeedAndKey(Secrets, String),
}

/// What the sequencer's own storage says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptHeads {
    /// It was not looked at.
    NotChecked,
    /// It was, and this is what it keeps for the ledger.
    Found(Option<Kept>),
}

/// A ledger in which everything fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Number of leaves under the newest head.
    pub size: TreeSize,
    /// Its root, derived from the entries.
    pub root: Hash,
    /// The ledger's uid, which names its copies elsewhere.
    pub uid: [u8; 32],
    /// Heads whose roots were derived and whose signatures were verified.
    pub heads: u64,
    /// Payloads that open their commitments.
    pub payloads: u64,
    /// Long payloads and artifacts whose rows fit, but whose values were not looked at.
    pub unread: u64,
    /// Payloads that were erased.
    pub erased: u64,
    /// Payloads that may not be erased.
    pub holds: u64,
    /// Artifacts that have the hashes that name them.
    pub artifacts: u64,
    /// Idempotency rows.
    pub keys: u64,
    /// Whether MACs were checked.
    pub macs_checked: bool,
}

/// Why a check ended without a report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckError {
    /// The first row that does not fit.
    Found(Finding),
    /// The database has nothing at all of this ledger.
    NotFound,
    /// The database did not answer.
    Database(DatabaseError),
    /// The place of values did not answer.
    Values(BlobError),
}

impl From<Finding> for CheckError {
    fn from(finding: Finding) -> Self {
        Self::Found(finding)
    }
}

impl From<BlobError> for CheckError {
    fn from(error: BlobError) -> Self {
        Self::Values(error)
    }
}

impl From<DatabaseError> for CheckError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// The ledgers that the database has a row of, by id. A row whose id or tenant is none of ours is a
/// finding.
///
/// # Errors
/// See [`CheckError`].
pub async fn ledgers<D: Database>(database: &D) -> Result<Vec<LedgerId>, CheckError> {
    let rows = database.query(rows::statement(rows::LEDGERS, [])).await?;
    let named = |row: &crate::database::Row| {
        let (tenant, id) = (rows::cell(row, 0), rows::cell(row, 1));
        let known = LedgerId::parse(&id).ok().filter(|_| tenant == rows::TENANT);
        let finding = || {
            let message = format!("tenant {tenant:?} or id {id:?} is none of this server's");
            Finding::new(Fault::RowMalformed, "ledgers", id.clone(), message)
        };
        known.ok_or_else(|| finding().into())
    };
    rows.iter().map(named).collect()
}

/// Checks everything that is stored of one ledger. Without `values` no long payload and no artifact is
/// opened.
///
/// # Errors
/// [`CheckError::Found`] with the first row that does not fit, [`CheckError::NotFound`] if there is
/// no row of any table, [`CheckError::Database`] or [`CheckError::Values`] if a read failed.
pub async fn check<D: Database, B: Blobs>(
    database: &D,
    values: Option<&B>,
    ledger: &LedgerId,
    authority: &Authority,
    kept: KeptHeads,
) -> Result<Report, CheckError> {
    check_with_progress(database, values, ledger, authority, kept, &mut |_| {}).await
}

/// As [`check`]; calls `progress` with the number of entries checked so far.
///
/// # Errors
/// As [`check`].
pub async fn check_with_progress<D: Database, B: Blobs>(
    database: &D,
    values: Option<&B>,
    ledger: &LedgerId,
    authority: &Authority,
    kept: KeptHeads,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Report, CheckError> {
    let reader = pages::Reader { database, ledger };
    let Some(row) = reader.ledger_row().await? else {
        check_orphans(database, Some(ledger)).await?;
        return match kept {
            KeptHeads::Found(Some(_)) => Err(orphans::ledger_is_missing(ledger.as_str()).into()),
            KeptHeads::Found(None) | KeptHeads::NotChecked => Err(CheckError::NotFound),
        };
    };
    let keys = judge_row(ledger, &row, authority)?;
    let kept = match kept {
        KeptHeads::NotChecked => None,
        KeptHeads::Found(kept) => Some(kept),
    };
    let mut walk = heads::Walk::new(reader, &row, values, kept.flatten());
    walk.heads(progress).await?;
    let head = walk.newest();
    if let Some(kept) = kept {
        heads::judge_kept(&row, &head, kept.as_ref(), walk.kept_root())?;
    }
    walk.nothing_beyond().await?;
    let (heads, payloads) = walk.counts();
    let key_rows = keys::check(&reader, head.size, keys.as_ref()).await?;
    let holds = beside::check(&reader, &row.uid, keys.as_ref()).await?;
    let artifacts = artifacts::check(&reader, values, &row.uid, keys.as_ref()).await?;
    check_orphans(database, Some(ledger)).await?;
    Ok(Report {
        size: head.size,
        root: head.root,
        uid: row.uid,
        heads,
        payloads: payloads.opened,
        unread: payloads.unread.saturating_add(artifacts.unread),
        erased: payloads.erased,
        holds,
        artifacts: artifacts.hashed,
        keys: key_rows,
        macs_checked: keys.is_some(),
    })
}

/// The ledger's row: its rules, its key and its MAC. Answers the keys of the other rows' MACs.
fn judge_row(
    ledger: &LedgerId,
    row: &LedgerRow,
    authority: &Authority,
) -> Result<Option<RowKeys>, Finding> {
    let found = |fault, message: &str| Finding::new(fault, "ledgers", ledger.to_string(), message);
    if Rules::parse(&row.rules).is_err() {
        return Err(found(Fault::RowMalformed, "the rules are not in the form they were written"));
    }
    let (secrets, trusted) = match authority {
        Authority::Seed(secrets) => (Some(secrets), None),
        Authority::VerifierKey(key) => (None, Some(key)),
        Authority::SeedAndKey(secrets, key) => (Some(secrets), Some(key)),
    };
    let keys = match secrets {
        None => None,
        Some(secrets) => {
            let secrets = secrets.for_sequencer();
            let keys = secrets.row_keys(&row.origin, &row.uid);
            if !keys.verify_ledger(ledger, row) {
                let message = "uid, origin, verifier key, rules or time of creation do not carry \
                               this deployment's MAC";
                return Err(found(Fault::MacMismatch, message));
            }
            let derived = LogSigner::new(&secrets, &row.origin, &row.uid);
            if derived.is_none_or(|signer| signer.verifier_key() != row.verifier_key) {
                return Err(found(Fault::KeyMismatch, "the seed derives another verifier key"));
            }
            Some(keys)
        }
    };
    if trusted.is_some_and(|key| *key != row.verifier_key) {
        return Err(found(Fault::KeyMismatch, "the verifier key is not the one that was given"));
    }
    Ok(keys)
}
