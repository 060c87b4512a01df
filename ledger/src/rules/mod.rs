//! What a ledger demands and shows, fixed when it is created (design §10).
//!
//! ```text
//! {"visibility":"public"|"proofs"|"private",
//!  "types"?:[...], "authors"?:{"keys":[...],"threshold":k}, "payloadLimit"?:n, "schemas"?:{type: JSON Schema}}
//! ```

mod enforce;
mod error;
mod schema;

use stateledger_core::base64;
use stateledger_core::commitment::ALGORITHM;
use stateledger_core::ed25519::PublicKey;
use stateledger_core::entry::{Algorithm, Commitment, MAX_SIGNATURES, Statement, StatementFields};
use stateledger_core::json::{self, Value};

use crate::limits::{MAX_PAYLOAD_BYTES, MAX_RULES_BYTES, MAX_RULES_NAMES};

pub(crate) use enforce::Enforced;
pub use error::RulesError;

/// Types that begin so are the server's own (design §10).
pub(crate) const RESERVED: &str = "stateledger.";

/// Who may read what without a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Visibility {
    /// Everybody sees everything.
    Public,
    /// Everybody sees the log and receipts; payloads and salts need a token. The default.
    #[default]
    Proofs,
    /// Nobody sees anything without a token, not even that the ledger exists.
    Private,
}

impl Visibility {
    /// The word in the rules' JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Proofs => "proofs",
            Self::Private => "private",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        match word {
            "public" => Some(Self::Public),
            "proofs" => Some(Self::Proofs),
            "private" => Some(Self::Private),
            _ => None,
        }
    }
}

/// Whose signatures every record must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authors {
    /// Ed25519 public keys, 1 to 64, none twice; base64url without padding in JSON, as in `sigs`.
    pub keys: Vec<[u8; 32]>,
    /// How many of them must have signed: 1 to the number of keys, and at most the 16 signatures of
    /// an entry.
    pub threshold: usize,
}

/// The rules of one ledger.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    /// What is shown without a token.
    pub visibility: Visibility,
    /// The only types that are accepted: 1 to 64, none twice, none reserved. `None` accepts all.
    pub types: Option<Vec<String>>,
    /// Signatures that every record must have.
    pub authors: Option<Authors>,
    /// Longest payload in bytes, 0 to 8 MiB.
    pub payload_limit: Option<usize>,
    /// JSON Schemas that payloads must match, by type: at most 64.
    pub schemas: Option<Vec<(String, Value)>>,
}

impl From<Visibility> for Rules {
    /// Rules that demand nothing.
    fn from(visibility: Visibility) -> Self {
        Self { visibility, ..Self::default() }
    }
}

impl Rules {
    /// Reads the `rules` member of a ledger's creation. Whether its schemas are ones is found out by
    /// who creates the ledger: that costs more than a reader of the rules should pay.
    ///
    /// # Errors
    /// See [`RulesError`].
    pub fn from_json(value: &Value) -> Result<Self, RulesError> {
        let members = value.as_object().ok_or(RulesError::NotAnObject)?;
        let mut rules = Self::default();
        for (name, value) in members {
            match name.as_str() {
                "visibility" => rules.visibility = visibility(value)?,
                "types" => rules.types = Some(types(value)?),
                "authors" => rules.authors = Some(authors(value)?),
                "payloadLimit" => rules.payload_limit = Some(payload_limit(value)?),
                "schemas" => rules.schemas = Some(schemas(value)?),
                _ => return Err(RulesError::UnknownMember),
            }
        }
        let typed = rules.schemas.iter().flatten().map(|(name, _)| name);
        if rules.types.as_ref().is_some_and(|types| !typed.into_iter().all(|t| types.contains(t))) {
            return Err(RulesError::Schemas);
        }
        if rules.to_bytes().len() > MAX_RULES_BYTES {
            return Err(RulesError::TooLong);
        }
        Ok(rules)
    }

    /// Reads stored rules: exactly what [`Rules::to_bytes`] writes.
    ///
    /// # Errors
    /// See [`RulesError`]; [`RulesError::NotCanonical`] for the same rules in other bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, RulesError> {
        let value = json::parse(bytes).map_err(|_| RulesError::NotCanonical)?;
        let rules = Self::from_json(&value)?;
        if rules.to_bytes() == bytes { Ok(rules) } else { Err(RulesError::NotCanonical) }
    }

    /// The RFC 8785 form with the default of `visibility` written out: `{"visibility":"proofs"}`.
    /// Lists keep the order in which they were given.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut members = vec![("visibility", Value::string(self.visibility.as_str()))];
        if let Some(types) = &self.types {
            members.push(("types", strings(types)));
        }
        if let Some(Authors { keys, threshold }) = &self.authors {
            let keys = keys.iter().map(|key| Value::string(base64::encode_url(key))).collect();
            let authors = [("keys", Value::Array(keys)), ("threshold", number(*threshold))];
            members.push(("authors", Value::object(authors)));
        }
        if let Some(limit) = self.payload_limit {
            members.push(("payloadLimit", number(limit)));
        }
        if let Some(schemas) = &self.schemas {
            members.push(("schemas", Value::Object(schemas.clone())));
        }
        Value::object(members).to_canonical()
    }
}

fn strings(texts: &[String]) -> Value {
    Value::Array(texts.iter().map(|text| Value::string(text.as_str())).collect())
}

/// Every number in rules was bounded far below 2^32 when it was read.
fn number(number: usize) -> Value {
    Value::Number(u32::try_from(number).unwrap_or(u32::MAX).into())
}

fn visibility(value: &Value) -> Result<Visibility, RulesError> {
    value.as_str().and_then(Visibility::from_word).ok_or(RulesError::Visibility)
}

fn types(value: &Value) -> Result<Vec<String>, RulesError> {
    let values = value.as_array().ok_or(RulesError::Types)?;
    let types: Option<Vec<String>> =
        values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
    let types = types.ok_or(RulesError::Types)?;
    let named = (1..=MAX_RULES_NAMES).contains(&types.len()) && types.iter().all(|t| is_type(t));
    if named && unique(&types) { Ok(types) } else { Err(RulesError::Types) }
}

fn authors(value: &Value) -> Result<Authors, RulesError> {
    let members = value.as_object().ok_or(RulesError::Authors)?;
    let (keys, threshold) = match (members.len(), value.get("keys"), value.get("threshold")) {
        (2, Some(keys), Some(threshold)) => (keys, threshold),
        _ => return Err(RulesError::Authors),
    };
    let keys: Option<Vec<[u8; 32]>> =
        keys.as_array().ok_or(RulesError::Authors)?.iter().map(author_key).collect();
    let keys = keys.ok_or(RulesError::Authors)?;
    let most = keys.len().min(MAX_SIGNATURES);
    let threshold = threshold.as_u64().and_then(|threshold| usize::try_from(threshold).ok());
    let threshold = threshold.filter(|threshold| (1..=most).contains(threshold));
    match threshold {
        Some(threshold) if keys.len() <= MAX_RULES_NAMES && unique(&keys) => {
            Ok(Authors { keys, threshold })
        }
        Some(_) | None => Err(RulesError::Authors),
    }
}

/// A key that can verify a signature at all; any other would shut the ledger for ever.
fn author_key(value: &Value) -> Option<[u8; 32]> {
    let key: [u8; 32] = base64::decode_url(value.as_str()?).ok()?.try_into().ok()?;
    PublicKey::from_bytes(&key).ok().map(|_| key)
}

fn payload_limit(value: &Value) -> Result<usize, RulesError> {
    let limit = value.as_u64().and_then(|limit| usize::try_from(limit).ok());
    limit.filter(|limit| *limit <= MAX_PAYLOAD_BYTES).ok_or(RulesError::PayloadLimit)
}

fn schemas(value: &Value) -> Result<Vec<(String, Value)>, RulesError> {
    let schemas = value.as_object().ok_or(RulesError::Schemas)?;
    if schemas.len() <= MAX_RULES_NAMES && schemas.iter().all(|(name, _)| is_type(name)) {
        Ok(schemas.to_vec())
    } else {
        Err(RulesError::Schemas)
    }
}

/// Whether a client's record can have this type.
fn is_type(name: &str) -> bool {
    let commit = Commitment { algorithm: Algorithm::Sha256SaltedV1, digest: [0; 32], size: 0 };
    let fields = StatementFields {
        record_type: name.to_owned(),
        source: ALGORITHM.to_owned(),
        subject: None,
        content_type: ALGORITHM.to_owned(),
        commit,
        origin: None,
    };
    !name.starts_with(RESERVED) && Statement::new(fields).is_ok()
}

fn unique<T: PartialEq>(items: &[T]) -> bool {
    items
        .iter()
        .enumerate()
        .all(|(at, item)| !items.iter().skip(at.saturating_add(1)).any(|other| other == item))
}

#[cfg(test)]
mod tests;
