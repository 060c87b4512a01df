//! Many receipts in one call: the verdicts of one by one, with each
//! checkpoint opened once and the proofs of one tree climbed together.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::verify::{Included, verify_content};
use super::{Receipt, ReceiptError, Verdict, VerifyError};
use crate::hash::Hash;
use crate::proof::TlogProof;
use crate::tree::{self, InclusionClaim, InclusionError};
use crate::trust::{OpenCheckpoint, OpenError, Trust};

/// One receipt to verify, with the payload that the caller holds, if any.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptClaim<'a> {
    /// The receipt.
    pub receipt: &'a Receipt,
    /// As in [`super::verify_receipt`].
    pub payload: Option<&'a [u8]>,
}

/// [`super::verify_receipt`] of each claim, in order: each is judged by itself,
/// whatever its neighbours are.
///
/// Receipts with the same checkpoint text share its opening, which is most of
/// the work of a receipt without author signatures.
#[must_use]
pub fn verify_receipts(
    claims: &[ReceiptClaim<'_>],
    trust: &Trust,
) -> Vec<Result<Verdict, VerifyError>> {
    verify_with(claims, trust, |text| trust.open_checkpoint(text.as_bytes()))
}

/// [`super::verify_receipt_json`] of each bundle and the payload that the caller
/// holds, in order, as [`verify_receipts`] does it.
#[must_use]
pub fn verify_receipts_json(
    bundles: &[(&[u8], Option<&[u8]>)],
    trust: &Trust,
) -> Vec<Result<Verdict, VerifyError>> {
    let parsed: Vec<_> =
        bundles.iter().map(|(json, payload)| (Receipt::from_json(json), *payload)).collect();
    let claims: Vec<_> = parsed
        .iter()
        .filter_map(|(receipt, payload)| {
            Some(ReceiptClaim { receipt: receipt.as_ref().ok()?, payload: *payload })
        })
        .collect();
    let mut verdicts = verify_receipts(&claims, trust).into_iter();
    let judge = |(receipt, _): &(Result<Receipt, ReceiptError>, _)| match receipt {
        // One verdict for each claim, in their order.
        Ok(_) => verdicts.next().unwrap_or(Err(InclusionError::Invalid.into())),
        Err(error) => Err((*error).into()),
    };
    parsed.iter().map(judge).collect()
}

/// `open` is called once for each different text.
fn verify_with(
    claims: &[ReceiptClaim<'_>],
    trust: &Trust,
    open: impl Fn(&str) -> Result<OpenCheckpoint, OpenError>,
) -> Vec<Result<Verdict, VerifyError>> {
    let proofs: Vec<_> =
        claims.iter().map(|claim| TlogProof::parse(&claim.receipt.proof)).collect();
    let leaves = tree::leaf_hashes(claims.iter().map(|claim| claim.receipt.entry.as_slice()));
    // Refused until shown otherwise.
    let mut verdicts = vec![Err(InclusionError::Invalid.into()); claims.len()];
    let mut groups: BTreeMap<&str, Vec<Member<'_>>> = BTreeMap::new();
    for (((claim, proof), leaf), verdict) in
        claims.iter().zip(&proofs).zip(&leaves).zip(&mut verdicts)
    {
        match proof {
            Ok(proof) => {
                let member = Member { claim, proof, leaf, verdict };
                groups.entry(&proof.checkpoint).or_default().push(member);
            }
            Err(error) => *verdict = Err((*error).into()),
        }
    }
    for (text, members) in groups {
        verify_group(members, trust, open(text));
    }
    verdicts
}

/// A claim whose proof was read, and where its verdict goes.
struct Member<'a> {
    claim: &'a ReceiptClaim<'a>,
    proof: &'a TlogProof,
    leaf: &'a Hash,
    verdict: &'a mut Result<Verdict, VerifyError>,
}

impl Member<'_> {
    fn inclusion(&self) -> InclusionClaim<'_> {
        InclusionClaim { leaf: self.leaf, index: self.proof.index, proof: &self.proof.hashes }
    }
}

/// Receipts of one checkpoint.
fn verify_group(
    members: Vec<Member<'_>>,
    trust: &Trust,
    opened: Result<OpenCheckpoint, OpenError>,
) {
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            return members.into_iter().for_each(|member| *member.verdict = Err(error.into()));
        }
    };
    let (size, root) = (opened.checkpoint.size, opened.checkpoint.root);
    let claims: Vec<_> = members.iter().map(Member::inclusion).collect();
    let included = tree::verify_inclusions(size, &root, &claims);
    for (Member { claim, proof, leaf, verdict }, included) in members.into_iter().zip(included) {
        let (index, leaf_hash, opened) = (proof.index, *leaf, opened.clone());
        *verdict = included.map_err(VerifyError::from).and_then(|()| {
            let included = Included { index, leaf_hash, opened };
            verify_content(claim.receipt, trust, claim.payload, included)
        });
    }
}

#[cfg(test)]
mod tests;
