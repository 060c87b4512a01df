//! Many signatures of one key, each with exactly the verdict of
//! [`PublicKey::verify_strict`].
//!
//! The usual batch equation, one random linear combination of all signatures,
//! is not exact: with the cofactor it accepts what strict verification refuses,
//! without it an error of order 2, 4 or 8 passes with a chance of 1/2 to 1/8,
//! and a refusal does not say which signature is bad. Here nothing is combined
//! but work. \[s\]B - \[k\]A is computed for each signature from tables of
//! multiples of B and -A, which leave additions and no doublings; all results
//! are compressed with one inversion, and each is compared with its R's bytes.

mod multiples;

use alloc::vec;
use alloc::vec::Vec;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;

use super::equation::Equation;
use super::{PublicKey, SignatureError};
use multiples::Multiples;

/// From this many signatures of one key on, tables for them pay: below it,
/// one by one is as fast.
pub const TABLE_THRESHOLD: usize = 8;

/// A message and what claims to be its signature.
#[derive(Debug, Clone, Copy)]
pub struct SignedMessage<'a> {
    /// Any bytes.
    pub message: &'a [u8],
    /// 64 bytes, else the verdict is a refusal.
    pub signature: &'a [u8],
}

impl PublicKey {
    /// Verifies each signature by itself, in order: the verdicts of
    /// [`PublicKey::verify_strict`] for every input, faster from
    /// [`TABLE_THRESHOLD`] signatures on.
    #[must_use]
    pub fn verify_each(&self, signed: &[SignedMessage<'_>]) -> Vec<Result<(), SignatureError>> {
        KeptTables::new().verify_each(self, signed)
    }
}

/// Tables that outlive a call, to be kept by who verifies signatures of one key
/// again and again, as a ledger's readers do. Verdicts are those of
/// [`PublicKey::verify_strict`] for every input.
///
/// Held are the multiples of the base point and of the key that was asked about
/// last. They grow with the signatures they have served, at 160 bytes a multiple:
/// 164 KB after 8, 1.3 MB after 350 and 4.3 MB from 2,000 on.
#[derive(Debug, Default)]
pub struct KeptTables {
    /// Ours also for few signatures: the library's own table of the base point
    /// would make the wasm module a third larger.
    base: Kept,
    key: Option<(PublicKey, Kept)>,
}

impl KeptTables {
    /// No tables yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { base: Kept::new(), key: None }
    }

    /// [`PublicKey::verify_strict`] of this key.
    ///
    /// # Errors
    /// [`SignatureError`] (`signature-invalid`), also for another length than 64.
    pub fn verify(
        &mut self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let verdicts = self.verify_each(key, &[SignedMessage { message, signature }]);
        verdicts.first().copied().unwrap_or(Err(SignatureError))
    }

    /// [`PublicKey::verify_each`] of this key.
    #[must_use]
    pub fn verify_each(
        &mut self,
        key: &PublicKey,
        signed: &[SignedMessage<'_>],
    ) -> Vec<Result<(), SignatureError>> {
        let same = |(known, _): &(PublicKey, Kept)| known == key;
        let kept = self.key.take().filter(same).map_or_else(Kept::new, |(_, kept)| kept);
        let (_, kept) = self.key.insert((*key, kept));
        kept.served = kept.served.saturating_add(signed.len());
        if kept.served < TABLE_THRESHOLD {
            let verify = |one: &SignedMessage<'_>| key.verify_strict(one.message, one.signature);
            return signed.iter().map(verify).collect();
        }
        self.base.served = self.base.served.saturating_add(signed.len());
        let base = self.base.multiples_of(&ED25519_BASEPOINT_POINT);
        judge_each(key, base, kept.multiples_of(&key.minus_point()), signed)
    }
}

/// The multiples of one point, and how many signatures they have served.
#[derive(Debug, Default)]
struct Kept {
    served: usize,
    multiples: Option<Multiples>,
}

impl Kept {
    const fn new() -> Self {
        Self { served: 0, multiples: None }
    }

    /// Those that would have served best so far, or more: each new table costs
    /// less than what was done before it.
    fn multiples_of(&mut self, point: &EdwardsPoint) -> &Multiples {
        let width = multiples::cheapest_width(self.served);
        let enough = self.multiples.take().filter(|multiples| multiples.width() >= width);
        self.multiples.insert(enough.unwrap_or_else(|| Multiples::new(point, width)))
    }
}

/// Judges signatures of a key with the multiples of B and -A.
fn judge_each(
    key: &PublicKey,
    base: &Multiples,
    minus_key: &Multiples,
    signed: &[SignedMessage<'_>],
) -> Vec<Result<(), SignatureError>> {
    let equation = |one: &SignedMessage<'_>| Equation::new(key, one.message, one.signature);
    let equations: Vec<Option<Equation>> = signed.iter().map(equation).collect();
    let scalars = |pick: fn(&Equation) -> Scalar| {
        equations.iter().map(move |one| one.as_ref().map_or(Scalar::ZERO, pick))
    };
    let mut sums = vec![EdwardsPoint::identity(); signed.len()];
    base.add_each(&mut sums, scalars(|equation| equation.s));
    minus_key.add_each(&mut sums, scalars(|equation| equation.k));
    let right_sides = EdwardsPoint::compress_batch_alloc(&sums);
    let judge = |(equation, right_side): (&Option<Equation>, _)| match equation {
        Some(equation) if equation.holds(right_side) => Ok(()),
        _ => Err(SignatureError),
    };
    equations.iter().zip(&right_sides).map(judge).collect()
}

#[cfg(test)]
mod tests;
