//! What a ledger demands and shows, fixed when it is created (design §10).

use core::fmt;

use stateledger_core::json::Value;

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

/// The rules of one ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Who may read what without a token.
    pub visibility: Visibility,
}

/// The rules were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RulesError {
    /// Not an object, an unknown member, or a value outside its range (`invalid-rules`).
    Invalid,
    /// A rule of design §10 that this version does not enforce yet (`rules-unsupported`). Accepting
    /// it would promise what nobody checks.
    Unsupported,
}

/// Rules that the interface names and this version refuses.
const NOT_ENFORCED: [&str; 4] = ["types", "authors", "payloadLimit", "schemas"];

impl Rules {
    /// Reads the `rules` member of a ledger's creation: an object whose only member may be
    /// `visibility`.
    ///
    /// # Errors
    /// See [`RulesError`].
    pub fn from_json(value: &Value) -> Result<Self, RulesError> {
        let members = value.as_object().ok_or(RulesError::Invalid)?;
        let mut rules = Self::default();
        for (name, value) in members {
            if NOT_ENFORCED.contains(&name.as_str()) {
                return Err(RulesError::Unsupported);
            }
            if name != "visibility" {
                return Err(RulesError::Invalid);
            }
            rules.visibility =
                value.as_str().and_then(Visibility::from_word).ok_or(RulesError::Invalid)?;
        }
        Ok(rules)
    }

    /// Reads stored rules: exactly what [`Rules::to_bytes`] writes.
    ///
    /// # Errors
    /// [`RulesError::Invalid`] for any other bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, RulesError> {
        let value = stateledger_core::json::parse(bytes).map_err(|_| RulesError::Invalid)?;
        let rules = Self::from_json(&value)?;
        if rules.to_bytes() == bytes { Ok(rules) } else { Err(RulesError::Invalid) }
    }

    /// The RFC 8785 form with every default written out: `{"visibility":"proofs"}`.
    pub fn to_bytes(&self) -> Vec<u8> {
        format!("{{\"visibility\":\"{}\"}}", self.visibility.as_str()).into_bytes()
    }
}

impl RulesError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "invalid-rules",
            Self::Unsupported => "rules-unsupported",
        }
    }
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "rules are an object whose visibility is public, proofs or private",
            Self::Unsupported => "this version enforces no rule but visibility",
        })
    }
}

impl core::error::Error for RulesError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Rules, RulesError> {
        Rules::from_json(&stateledger_core::json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn reads_visibility_and_defaults_to_proofs() {
        assert_eq!(read("{}").unwrap().visibility, Visibility::Proofs);
        for visibility in [Visibility::Public, Visibility::Proofs, Visibility::Private] {
            let rules = Rules { visibility };
            assert_eq!(Rules::parse(&rules.to_bytes()), Ok(rules));
        }
    }

    #[test]
    fn refuses_what_it_cannot_enforce() {
        for name in NOT_ENFORCED {
            let text = format!("{{\"visibility\":\"public\",\"{name}\":1}}");
            assert_eq!(read(&text), Err(RulesError::Unsupported), "{name}");
        }
        for bad in ["[]", "null", "{\"visibility\":\"none\"}", "{\"visibility\":1}", "{\"x\":1}"] {
            assert_eq!(read(bad), Err(RulesError::Invalid), "{bad}");
        }
    }

    #[test]
    fn stored_rules_are_exact_bytes() {
        assert_eq!(Rules::parse(b"{}"), Err(RulesError::Invalid));
        assert_eq!(Rules::parse(b"{ \"visibility\":\"public\"}"), Err(RulesError::Invalid));
    }
}
