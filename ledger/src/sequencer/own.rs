//! Records that the server itself appends: of a reserved type, and of no concern to a ledger's rules.

use std::collections::HashMap;
use std::sync::Arc;

use stateledger_core::json::Value;

use super::Sequencer;
use super::draft::server_draft;
use super::drawn::Drawn;
use super::group::{Before, Group};
use super::job::Job;
use super::load::{Fault, Opened};
use crate::platform::{KeptHead, Platform};
use crate::request::{AppendRequest, NewRecord, Payload};
use crate::store::{Erasing, ErasureRow, KeyRow, Store};

/// Source of the records that the server itself appends.
const SERVER: &str = "stateledger";

/// A record of the server's own.
pub(super) struct Own {
    pub(super) record_type: &'static str,
    pub(super) subject: Option<String>,
    pub(super) payload: Value,
    /// The record whose payload goes in the same commit.
    pub(super) erases: Option<Target>,
}

/// A record whose payload is to go.
pub(super) struct Target {
    pub(super) index: u64,
    /// The idempotency key that stands for it, with its digest overwritten.
    pub(super) key: Option<KeyRow>,
}

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// Commits one record of the server's own, alone.
    pub(super) async fn append_own(&self, opened: Opened, own: Own) -> Result<Opened, Fault> {
        let record = NewRecord {
            record_type: own.record_type.to_owned(),
            source: SERVER.to_owned(),
            subject: own.subject,
            content_type: None,
            payload: Payload::json(&own.payload),
            salt: None,
            sigs: Vec::new(),
            commitment: None,
            idempotency_key: None,
        };
        let salt = Drawn::new(1).next(&self.calls.platform).map_err(Fault::Refuse)?;
        let (now, last_time) = (self.now()?, opened.last_time);
        let draft = server_draft(&record, salt, last_time.max(now)).map_err(Fault::Refuse)?;
        let (size, time) = (opened.head.id.size, draft.time);
        let erasing = own.erases.map(|Target { index, key }| {
            let by = size.get();
            let mut row = ErasureRow { index, by, time: time.millis(), mac: [0; 32] };
            row.mac = opened.keys.erasure_mac(&row);
            Erasing { row, key }
        });
        let request =
            AppendRequest { records: vec![record], idempotency_key: None, expected_size: None };
        // Nobody waits for this job; it carries the record to the commit.
        let (job, _) = Job::new(request).map_err(Fault::Refuse)?;
        let (rules, origin, uid) = (opened.rules.clone(), opened.origin.clone(), opened.uid);
        let (rules, origin, hits) = (&*rules, origin.as_str(), &HashMap::new());
        let mut group = Group::new(Before { uid, origin, rules, size, last_time, now, hits });
        group.add_own(Arc::new(job), draft);
        group.erasing.extend(erasing);
        // Its payload is short, so there is no value to write.
        let prepared = self.prepare(&opened, &group)?;
        Ok(self.commit(opened, &group, &[], prepared).await?.0)
    }
}
