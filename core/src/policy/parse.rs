//! The reader of policy texts.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec::Vec;

use super::{Component, MAX_LINES_OF_A_KIND, MAX_POLICY_BYTES, Policy, PolicyError};
use crate::note::{KeyKind, VerifierKey};

pub(super) fn parse(text: &[u8]) -> Result<Policy, PolicyError> {
    if text.len() > MAX_POLICY_BYTES {
        return Err(PolicyError::TooLarge);
    }
    // "the allowed octet values are 0x09, 0x0A, 0x20-0x7E, and 0x80-0xFF"
    if text.iter().any(|octet| !matches!(octet, 0x09 | 0x0A | 0x20..=0x7E | 0x80..=0xFF)) {
        return Err(PolicyError::Line);
    }
    let mut reader = Reader::default();
    for line in text.split(|octet| *octet == b'\n') {
        let words: Vec<&[u8]> =
            line.split(|octet| matches!(octet, b' ' | b'\t')).filter(|w| !w.is_empty()).collect();
        reader.line(&words)?;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader<'a> {
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    components: Vec<Component>,
    /// Name to place in `components`. Names are opaque octets.
    names: BTreeMap<&'a [u8], usize>,
    /// Beside `components`: whether a group has taken it as a member.
    taken: Vec<bool>,
    quorum: Option<Option<usize>>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, words: &[&'a [u8]]) -> Result<(), PolicyError> {
        match words {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", key] | [b"log", key, _] => self.log(key),
            [b"witness", name, key] | [b"witness", name, key, _] => self.witness(name, key),
            [b"group", name, threshold, members @ ..] => self.group(name, threshold, members),
            [b"quorum", name] => self.quorum(name),
            _ => Err(PolicyError::Line),
        }
    }

    fn log(&mut self, key: &[u8]) -> Result<(), PolicyError> {
        add_key(&mut self.logs, key, |kind| kind == KeyKind::Ed25519)
    }

    fn witness(&mut self, name: &'a [u8], key: &[u8]) -> Result<(), PolicyError> {
        let place = self.witnesses.len();
        add_key(&mut self.witnesses, key, KeyKind::is_cosignature)?;
        self.define(name, Component::Witness(place))
    }

    fn group(
        &mut self,
        name: &'a [u8],
        threshold: &[u8],
        names: &[&[u8]],
    ) -> Result<(), PolicyError> {
        let groups = self.components.len().saturating_sub(self.witnesses.len());
        if groups >= MAX_LINES_OF_A_KIND {
            return Err(PolicyError::TooLarge);
        }
        let mut members = Vec::new();
        for member in names {
            let place = *self.names.get(member).ok_or(PolicyError::UnknownName)?;
            // "Each defined name can be listed as a group member at most once."
            let taken = self.taken.get_mut(place).ok_or(PolicyError::UnknownName)?;
            if *taken {
                return Err(PolicyError::MemberTwice);
            }
            *taken = true;
            members.push(place);
        }
        let threshold = match threshold {
            b"any" => 1,
            b"all" => members.len(),
            digits => decimal(digits).ok_or(PolicyError::Threshold)?,
        };
        if !(1..=members.len()).contains(&threshold) {
            return Err(PolicyError::Threshold);
        }
        self.define(name, Component::Group { threshold, members })
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), PolicyError> {
        if self.quorum.is_some() {
            return Err(PolicyError::Quorum);
        }
        self.quorum = Some(match name {
            b"none" => None,
            name => Some(*self.names.get(name).ok_or(PolicyError::UnknownName)?),
        });
        Ok(())
    }

    fn define(&mut self, name: &'a [u8], component: Component) -> Result<(), PolicyError> {
        let Entry::Vacant(vacant) = self.names.entry(name) else {
            return Err(PolicyError::DuplicateName);
        };
        if name == b"none" {
            return Err(PolicyError::DuplicateName);
        }
        vacant.insert(self.components.len());
        self.components.push(component);
        self.taken.push(false);
        Ok(())
    }

    fn finish(self) -> Result<Policy, PolicyError> {
        let Self { logs, witnesses, components, quorum, .. } = self;
        let quorum = quorum.ok_or(PolicyError::Quorum)?;
        Ok(Policy { logs, witnesses, components, quorum })
    }
}

fn add_key(
    keys: &mut Vec<VerifierKey>,
    text: &[u8],
    fits: fn(KeyKind) -> bool,
) -> Result<(), PolicyError> {
    let text = core::str::from_utf8(text).map_err(|_| PolicyError::Line)?;
    let key = VerifierKey::parse(text)?;
    if !fits(key.kind()) {
        return Err(PolicyError::KeyKind);
    }
    // "duplicate if they wrap the same underlying public key"
    if keys.iter().any(|other| other.public_key() == key.public_key()) {
        return Err(PolicyError::DuplicateKey);
    }
    if keys.len() >= MAX_LINES_OF_A_KIND {
        return Err(PolicyError::TooLarge);
    }
    keys.push(key);
    Ok(())
}

/// One to three digits without a leading zero.
fn decimal(digits: &[u8]) -> Option<usize> {
    if digits.starts_with(b"0") || digits.len() > 3 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(digits).ok()?.parse().ok()
}
