//! Rules at work: what an append is checked against.

use std::collections::HashMap;

use super::schema::Schema;
use super::{Authors, RESERVED, Rules, RulesError};
use crate::error::AppendError;
use crate::request::NewRecord;

/// Rules with their schemas compiled. Made once for each load of a ledger.
#[derive(Debug)]
pub(crate) struct Enforced {
    pub(crate) rules: Rules,
    schemas: HashMap<String, Schema>,
}

impl Enforced {
    /// # Errors
    /// [`RulesError`] if a schema is none.
    pub(crate) fn new(rules: Rules) -> Result<Self, RulesError> {
        let compile = |(name, schema): &(String, _)| Ok((name.clone(), Schema::compile(schema)?));
        let schemas = rules.schemas.iter().flatten().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { rules, schemas })
    }

    /// The checks of one record, cheapest first.
    ///
    /// # Errors
    /// [`AppendError::TypeReserved`], [`AppendError::TypeNotAccepted`],
    /// [`AppendError::PayloadTooLarge`], [`AppendError::AuthorThreshold`],
    /// [`AppendError::SchemaMismatch`], [`AppendError::SchemaCost`].
    pub(crate) fn check(&self, record: &NewRecord) -> Result<(), AppendError> {
        let Rules { types, authors, payload_limit, .. } = &self.rules;
        let name = &record.record_type;
        if name.starts_with(RESERVED) {
            return Err(AppendError::TypeReserved);
        }
        if types.as_ref().is_some_and(|types| !types.contains(name)) {
            return Err(AppendError::TypeNotAccepted);
        }
        if payload_limit.is_some_and(|limit| record.payload.as_bytes().len() > limit) {
            return Err(AppendError::PayloadTooLarge);
        }
        if authors.as_ref().is_some_and(|authors| !authors.signed(record)) {
            return Err(AppendError::AuthorThreshold);
        }
        self.schemas.get(name).map_or(Ok(()), |schema| schema.check(&record.payload))
    }
}

impl Authors {
    /// Whether enough of the keys stand beside a signature. Every signature of a record is verified
    /// later, and one that does not hold refuses the record.
    fn signed(&self, record: &NewRecord) -> bool {
        let signed = |key: &&[u8; 32]| record.sigs.iter().any(|sig| sig.key == **key);
        self.keys.iter().filter(signed).count() >= self.threshold
    }
}
