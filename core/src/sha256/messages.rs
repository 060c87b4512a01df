//! Messages of different lengths in four lanes: a lane that ends its message
//! takes the next one, so that none waits for a longer neighbour.

use alloc::vec::Vec;
use core::slice::from_ref;

use sha2::block_api::compress256;

use super::{Block, Hash, INITIAL, State, compress_lanes, to_hash};

/// What is left of one message.
struct Lane<'a, const PARTS: usize> {
    /// Where its hash goes.
    place: usize,
    parts: [&'a [u8]; PARTS],
    /// Bits of the whole message.
    bits: u64,
    /// The 1 bit that begins the padding is written.
    padded: bool,
}

impl<'a, const PARTS: usize> Lane<'a, PARTS> {
    fn new(place: usize, parts: [&'a [u8]; PARTS]) -> Self {
        let bytes = parts.iter().fold(0u64, |sum, part| sum.wrapping_add(part.len() as u64));
        Self { place, parts, bits: bytes.wrapping_mul(8), padded: false }
    }

    /// Writes the next block of FIPS 180-4 section 5.1.1; true for the last.
    fn fill(&mut self, block: &mut Block) -> bool {
        let mut space = block.as_mut_slice();
        for part in &mut self.parts {
            let (now, later) = part.split_at(part.len().min(space.len()));
            let (head, tail) = space.split_at_mut(now.len());
            head.copy_from_slice(now);
            (*part, space) = (later, tail);
        }
        if !self.padded && !space.is_empty() {
            let (mark, tail) = space.split_at_mut(1);
            mark.fill(0x80);
            self.padded = true;
            space = tail;
        }
        space.fill(0);
        match space.last_chunk_mut::<8>() {
            Some(length) if self.padded => {
                *length = self.bits.to_be_bytes();
                true
            }
            _ => false,
        }
    }
}

/// [`super::digests`] in four lanes, whatever the target.
pub(super) fn in_lanes<'a, const PARTS: usize>(
    messages: impl Iterator<Item = [&'a [u8]; PARTS]>,
) -> Vec<Hash> {
    let mut hashes = Vec::with_capacity(messages.size_hint().0);
    let mut waiting = messages.enumerate();
    let mut lanes: [Option<Lane<'a, PARTS>>; 4] = [const { None }; 4];
    let mut states: [State; 4] = [INITIAL; 4];
    let mut blocks: [Block; 4] = [[0; 64]; 4];
    let mut last = [false; 4];
    loop {
        let mut busy = 0u8;
        for (((lane, state), block), last) in
            lanes.iter_mut().zip(&mut states).zip(&mut blocks).zip(&mut last)
        {
            if *last && let Some(done) = lane.take() {
                put(&mut hashes, done.place, to_hash(*state));
            }
            if lane.is_none() {
                *state = INITIAL;
                *lane = waiting.next().map(|(place, parts)| Lane::new(place, parts));
            }
            *last = lane.as_mut().is_some_and(|lane| lane.fill(block));
            busy = busy.saturating_add(u8::from(lane.is_some()));
        }
        match busy {
            0 => return hashes,
            // Four lanes take longer than one: the last message goes on alone.
            1 => {
                for ((lane, state), block) in lanes.iter().zip(&mut states).zip(&blocks) {
                    if lane.is_some() {
                        compress256(state, from_ref(block));
                    }
                }
            }
            _ => compress_lanes(&mut states, blocks.each_ref()),
        }
    }
}

/// Lanes end out of order, so places in between are filled later.
fn put(hashes: &mut Vec<Hash>, place: usize, hash: Hash) {
    if place >= hashes.len() {
        hashes.resize(place.saturating_add(1), Hash([0; 32]));
    }
    if let Some(slot) = hashes.get_mut(place) {
        *slot = hash;
    }
}
