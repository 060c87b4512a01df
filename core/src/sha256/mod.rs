//! SHA-256 of many messages at once: FIPS 180-4, four independent lanes.
//!
//! One message is a chain of blocks that no machine can shorten, but four
//! messages fill a 128-bit register. In wasm with simd128 that is about three
//! times the speed of one after the other. Natively `sha2` alone is faster
//! wherever the CPU has SHA instructions, so there every message goes to it
//! and the lanes only run in tests.

mod compress;
mod messages;
mod word;

use alloc::vec::Vec;

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

use crate::hash::Hash;
use compress::{Block, INITIAL, State, compress_lanes, compress_pairs};

/// Whether four lanes are faster than `sha2` on this target, and wanted.
pub(crate) const FOUR_LANES: bool =
    cfg!(all(feature = "lanes", target_arch = "wasm32", target_feature = "simd128"));

/// SHA-256 of each message, in order. A message is the concatenation of its
/// `PARTS` parts, of any lengths.
pub fn digests<'a, const PARTS: usize>(
    messages: impl Iterator<Item = [&'a [u8]; PARTS]>,
) -> Vec<Hash> {
    if FOUR_LANES { messages::in_lanes(messages) } else { messages.map(digest).collect() }
}

/// The same of one message.
pub(crate) fn digest<const PARTS: usize>(parts: [&[u8]; PARTS]) -> Hash {
    let hasher = parts.iter().fold(Sha256::new(), |hasher, part| hasher.chain_update(part));
    Hash(hasher.finalize().into())
}

/// `SHA-256(prefix || left || right)`, without the copies that a hasher of
/// messages of any length makes.
pub(crate) fn pair(prefix: u8, [left, right]: [&Hash; 2]) -> Hash {
    let mut state = INITIAL;
    compress256(&mut state, &[first_block(prefix, left, right), last_block(right)]);
    to_hash(state)
}

/// The same of four pairs.
pub(crate) fn four_pairs(prefix: u8, pairs: [[&Hash; 2]; 4]) -> [Hash; 4] {
    if FOUR_LANES { pairs_in_lanes(prefix, pairs) } else { pairs.map(|both| pair(prefix, both)) }
}

fn pairs_in_lanes(prefix: u8, pairs: [[&Hash; 2]; 4]) -> [Hash; 4] {
    let blocks = pairs.map(|[left, right]| first_block(prefix, left, right));
    let last = pairs.map(|[_, right]| last_word(right));
    compress_pairs(blocks.each_ref(), last, PAIR_BITS).map(to_hash)
}

/// 65 bytes and their padding are two blocks.
const PAIR_BITS: u32 = 65 * 8;

/// All but the last byte.
fn first_block(prefix: u8, Hash(left): &Hash, Hash(right): &Hash) -> Block {
    let mut block = [0; 64];
    block[0] = prefix;
    block[1..33].copy_from_slice(left);
    block[33..].copy_from_slice(&right[..31]);
    block
}

/// The last byte, and the 1 bit that begins the padding.
const fn last_word(Hash(right): &Hash) -> [u8; 4] {
    [right[31], 0x80, 0, 0]
}

fn last_block(right: &Hash) -> Block {
    let mut block = [0; 64];
    block[..4].copy_from_slice(&last_word(right));
    block[60..].copy_from_slice(&PAIR_BITS.to_be_bytes());
    block
}

/// The message digest: the words of the last state, big-endian.
fn to_hash(state: State) -> Hash {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    Hash(bytes)
}

#[cfg(test)]
mod tests;
