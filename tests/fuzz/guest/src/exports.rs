//! The answer across the boundary of a module without bindings: eight bytes a call, and no pointer.

use std::cell::RefCell;

use stateledger_core::sha256;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static DIGEST: RefCell<[u8; 32]> = const { RefCell::new([0; 32]) };
}

/// Appends the low `count` bytes of a word, the lowest first.
#[unsafe(no_mangle)]
pub extern "C" fn push(word: u64, count: u32) {
    INPUT.with_borrow_mut(|input| input.extend(word.to_le_bytes().iter().take(count as usize)));
}

/// Answers what was pushed, and forgets it.
#[unsafe(no_mangle)]
pub extern "C" fn run() {
    let answer = crate::answer(&INPUT.take());
    let digest = sha256::digests(std::iter::once([answer.as_slice()]));
    DIGEST.set(digest[0].0);
}

/// The digest of the last answer: its word `place`, from 0 to 3.
#[unsafe(no_mangle)]
pub extern "C" fn word(place: u32) -> u64 {
    let digest = DIGEST.with_borrow(|digest| *digest);
    let words = digest.as_chunks::<8>().0;
    words.get(place as usize).map_or(0, |word| u64::from_le_bytes(*word))
}
