//! The heads in their order, and under each the records that it added.

use stateledger_core::hash::Hash;
use stateledger_core::tree::{TreeSize, empty_root};

use super::CheckError;
use super::finding::{Fault, Finding};
use super::pages::{Pages, Reader};
use super::payloads::{self, Counts};
use super::records;
use super::rows::{self, FullRecord, HeadRow};
use super::tiles::{Rebuild, wrong_tile};
use crate::blobs::Blobs;
use crate::database::Database;
use crate::platform::Kept;
use crate::seal;
use crate::store::{Head, HeadId, LedgerRow};

/// One ledger from its first head to its newest.
#[derive(Debug)]
pub(super) struct Walk<'a, D, B> {
    reader: Reader<'a, D>,
    row: &'a LedgerRow,
    values: Option<&'a B>,
    payloads: Counts,
    /// Time of the last record, or of the ledger's creation.
    last_time: u64,
    records: Pages<FullRecord>,
    tree: Rebuild,
    kept: Option<Kept>,
    kept_root: Option<Hash>,
    newest: HeadId,
    heads: u64,
}

fn head_finding(fault: Fault, head: &HeadRow, message: &str) -> Finding {
    Finding::new(fault, "heads", head.id.size.to_string(), message)
}

fn missing_head(size: TreeSize, message: &str) -> Finding {
    Finding::new(Fault::RowMissing, "heads", size.to_string(), message)
}

impl<'a, D: Database, B: Blobs> Walk<'a, D, B> {
    pub(super) fn new(
        reader: Reader<'a, D>,
        row: &'a LedgerRow,
        values: Option<&'a B>,
        kept: Option<Kept>,
    ) -> Self {
        Self {
            reader,
            row,
            values,
            payloads: Counts::default(),
            last_time: row.created,
            records: Pages::records(),
            tree: Rebuild::new(),
            kept,
            kept_root: None,
            newest: HeadId { size: TreeSize::ZERO, root: empty_root() },
            heads: 0,
        }
    }

    /// The newest head that was checked.
    pub(super) fn newest(&self) -> HeadId {
        self.newest
    }

    /// The stored root at the kept size, if there is a head of that size.
    pub(super) fn kept_root(&self) -> Option<Hash> {
        self.kept_root
    }

    /// Heads and payloads that were checked.
    pub(super) fn counts(&self) -> (u64, Counts) {
        (self.heads, self.payloads)
    }

    /// Checks every head with the records between it and the one before.
    pub(super) async fn heads(
        &mut self,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), CheckError> {
        let mut heads = Pages::heads();
        let mut previous = None;
        while let Some(head) = heads.next(&self.reader).await? {
            self.judge_signature(&head)?;
            self.judge_chain(&head, previous).await?;
            self.records_to(head.id.size).await?;
            self.judge_root(&head)?;
            if head.time != self.last_time {
                let message = "its time is not the one of the last entry under it";
                return Err(head_finding(Fault::ColumnMismatch, &head, message).into());
            }
            if self.kept.is_some_and(|kept| kept.size == head.id.size) {
                self.kept_root = Some(head.id.root);
            }
            previous = Some(head.id);
            self.newest = head.id;
            self.heads = self.heads.saturating_add(1);
            progress(head.id.size.get());
        }
        match previous {
            Some(_) => Ok(()),
            None => Err(missing_head(TreeSize::ZERO, "the ledger has no head at all").into()),
        }
    }

    fn judge_signature(&self, head: &HeadRow) -> Result<(), Finding> {
        let stored = Head { id: head.id, checkpoint: head.checkpoint.clone(), time: head.time };
        seal::open(&stored, &self.row.origin, &self.row.verifier_key).map_err(|()| {
            let message =
                "its checkpoint is not signed by the ledger's key over this size and root";
            head_finding(Fault::CheckpointMismatch, head, message)
        })
    }

    /// A head names the one before it. Where it names another, either that one is gone or the name is
    /// wrong; the tree at the named size tells which.
    async fn judge_chain(
        &mut self,
        head: &HeadRow,
        previous: Option<HeadId>,
    ) -> Result<(), CheckError> {
        if head.previous == previous && (previous.is_some() || head.id.size == TreeSize::ZERO) {
            return Ok(());
        }
        let last = previous.map_or(0, |previous| previous.size.get());
        if let Some(named) = head.previous {
            let between = previous.is_none() || named.size.get() > last;
            if between && named.size < head.id.size {
                self.records_to(named.size).await?;
                if self.tree.root()? == named.root {
                    return Err(missing_head(named.size, "a later head follows it").into());
                }
            }
        }
        let message = "it does not name the head before it as its predecessor";
        Err(head_finding(Fault::HeadChain, head, message).into())
    }

    /// Checks the records below `size` that were not checked yet.
    async fn records_to(&mut self, size: TreeSize) -> Result<(), CheckError> {
        while self.tree.size() < size.get() {
            let expected = self.tree.size();
            let row = self.records.next(&self.reader).await?;
            let Some(row) = row.filter(|row| row.index == expected) else {
                let message = "a head covers it";
                let key = expected.to_string();
                let finding = Finding::new(Fault::RowMissing, "records", key, message);
                return Err(finding.at(expected).into());
            };
            let entry = records::judge(&row, &self.row.origin)?;
            self.tree.push(&self.reader, &row.leaf_hash).await?;
            // Another record's time and payload do not fit either: first it must be clear which it is.
            if self.tree.suspect.is_none() {
                if row.time < self.last_time {
                    let message = "its time lies before the one of the record before it";
                    let key = row.index.to_string();
                    let finding = Finding::new(Fault::TimeDisorder, "records", key, message);
                    return Err(finding.at(row.index).into());
                }
                let (reader, values) = (self.reader, self.values);
                let judge = payloads::Judge { reader, values, uid: &self.row.uid };
                judge.judge(&row, &entry, &mut self.payloads).await?;
            }
            self.last_time = row.time;
        }
        Ok(())
    }

    /// The root of the records is the one that was signed.
    fn judge_root(&self, head: &HeadRow) -> Result<(), Finding> {
        let fits = self.tree.root()? == head.id.root;
        match (self.tree.suspect, fits) {
            (None, true) => Ok(()),
            (Some(leaf), true) => Err(wrong_tile(leaf)),
            (Some(leaf), false) => {
                let message = "tile and signed root have another leaf here";
                let key = leaf.to_string();
                Err(Finding::new(Fault::RecordMismatch, "records", key, message).at(leaf))
            }
            (None, false) => {
                let message = "entries and tiles give another root than the signed one";
                Err(head_finding(Fault::RootMismatch, head, message))
            }
        }
    }

    /// No table has a row beyond the newest head.
    pub(super) async fn nothing_beyond(&mut self) -> Result<(), CheckError> {
        let size = self.newest.size.to_string();
        let below = "no head has a size below 0";
        let beyond = "no head covers it";
        for (table, sql, rest, message) in [
            ("heads", rows::HEADS_BELOW, vec![], below),
            ("records", rows::RECORDS_BEYOND, vec![size.clone()], beyond),
            ("payloads", rows::PAYLOADS_BEYOND, vec![size.clone()], beyond),
            ("sealed_payloads", rows::SEALED_BEYOND, vec![size.clone()], beyond),
            ("erasures", rows::ERASURES_BEYOND, vec![size.clone()], beyond),
            ("holds", rows::HOLDS_BEYOND, vec![size.clone()], beyond),
        ] {
            if let Some(key) = self.reader.first(sql, rest).await? {
                return Err(Finding::new(Fault::RowOrphaned, table, key, message).into());
            }
        }
        self.tree.nothing_beyond(&self.reader).await
    }
}

/// The head that the sequencer keeps lies in the stored history. It may lag: a crash between the two
/// writes, which the next load makes good.
pub(super) fn judge_kept(
    row: &LedgerRow,
    newest: &HeadId,
    kept: Option<&Kept>,
    root: Option<Hash>,
) -> Result<(), Finding> {
    let found = |message| Finding::new(Fault::KeptHead, "kept_head", "1", message);
    let Some(kept) = kept else {
        // Between the two writes of a creation.
        if newest.size == TreeSize::ZERO {
            return Ok(());
        }
        return Err(Finding::new(Fault::RowMissing, "kept_head", "1", "no head is kept"));
    };
    if kept.uid != row.uid {
        return Err(found("it is of another ledger of this name"));
    }
    if kept.size > newest.size {
        return Err(missing_head(kept.size, "the sequencer keeps it: the database was rewound"));
    }
    match root {
        None => Err(missing_head(kept.size, "the sequencer keeps a head of this size")),
        Some(root) if root != kept.root => Err(found("its root is not the stored one of its size")),
        Some(_) => Ok(()),
    }
}
