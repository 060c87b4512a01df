//! Both paths against `sha2`, whatever the target takes.

use alloc::vec::Vec;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

/// `len` bytes that differ from those of every other `seed`.
fn bytes(seed: usize, len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + seed * 31 + (i >> 8)) as u8).collect()
}

fn plain(message: &[u8]) -> Hash {
    Hash(Sha256::digest(message).into())
}

/// Judges both paths on messages cut into two parts.
fn check(messages: &[Vec<u8>], cut: usize) {
    let parts = || messages.iter().map(|message| message.split_at(cut.min(message.len())).into());
    let expected: Vec<Hash> = messages.iter().map(|message| plain(message)).collect();
    assert_eq!(messages::in_lanes::<2>(parts()), expected);
    assert_eq!(digests::<2>(parts()), expected);
}

/// FIPS 180-4's examples, which `sha2` is not asked about.
#[test]
fn published_answers() {
    let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    let hashes = messages::in_lanes([[b"abc".as_slice()], [b""], [long]].into_iter());
    let hex = [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ];
    assert_eq!(hashes, hex.map(|hex| Hash::from_hex(hex).unwrap()));
}

/// NIST's answers to the lanes and to what takes one message.
#[test]
fn cavp_short_messages() {
    let unhex = |text: &str| -> Vec<u8> {
        let digit = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digit).collect()
    };
    let lines = include_str!("cavp.txt").lines().filter(|line| !line.starts_with('#'));
    let (messages, answers): (Vec<Vec<u8>>, Vec<Hash>) = lines
        .map(|line| line.split_once(' ').unwrap())
        .map(|(message, digest)| (unhex(message), Hash::from_hex(digest).unwrap()))
        .unzip();
    assert_eq!(messages.len(), 65);
    let parts = || messages.iter().map(|message| [message.as_slice()]);
    assert_eq!(messages::in_lanes(parts()), answers);
    assert_eq!(digests(parts()), answers);
    let single: Vec<Hash> = parts().flat_map(|part| digests([part].into_iter())).collect();
    assert_eq!(single, answers);
}

#[test]
fn every_length_alone_and_in_company() {
    let all: Vec<Vec<u8>> = (0..=300).map(|len| bytes(len, len)).collect();
    check(&all, 0);
    check(&all, 1);
    for message in &all {
        check(core::slice::from_ref(message), 40);
    }
    let reversed: Vec<Vec<u8>> = all.into_iter().rev().collect();
    check(&reversed, 64);
}

/// A message of 0 to 3 blocks in each lane: every way lanes can end.
#[test]
fn every_mixture_of_block_counts() {
    for mixture in 0..4usize.pow(5) {
        let lens = (0..5).map(|lane| mixture / 4usize.pow(lane) % 4 * 60);
        let messages: Vec<Vec<u8>> = lens.enumerate().map(|(i, len)| bytes(i, len)).collect();
        for count in 0..=messages.len() {
            check(&messages[..count], 3);
        }
    }
}

/// A bit of one lane's message changes that lane's hash alone.
#[test]
fn lanes_do_not_touch_each_other() {
    let hashes: Vec<Hash> = (0..8).map(|i| plain(&[i])).collect();
    let pairs = |hashes: &[Hash]| {
        let pairs = core::array::from_fn(|i| [&hashes[2 * i], &hashes[2 * i + 1]]);
        (pairs_in_lanes(1, pairs), four_pairs(1, pairs))
    };
    let (before, other_path) = pairs(&hashes);
    assert_eq!(before, other_path);
    for bit in 0..8 * 256 {
        let mut changed = hashes.clone();
        changed[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
        let (after, other_path) = pairs(&changed);
        assert_eq!(after, other_path);
        for (lane, pair) in changed.as_chunks::<2>().0.iter().enumerate() {
            let message = [&[1], pair[0].as_bytes().as_slice(), pair[1].as_bytes()].concat();
            assert_eq!(after[lane], plain(&message));
            assert_eq!(after[lane] == before[lane], lane != bit / 512);
        }
    }
}

proptest! {
    #[test]
    fn any_messages(messages: Vec<Vec<u8>>, cut in 0usize..200) {
        check(&messages, cut);
    }
}
