//! The compression function of FIPS 180-4 section 6.2.2, four blocks at a time.

use super::word::Word4;

/// A 64-byte message block.
pub(super) type Block = [u8; 64];

/// The eight working words of one message.
pub(super) type State = [u32; 8];

/// The initial hash value of section 5.3.3.
#[rustfmt::skip]
pub(super) const INITIAL: State = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// The constants of section 4.2.2, sixteen for each turn of the schedule.
#[rustfmt::skip]
const K: [[u32; 16]; 4] = [
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    ],
    [
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    ],
    [
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    ],
    [
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ],
];

/// The same word of four states, side by side.
pub(super) type Lanes = [Word4; 8];

/// Puts one block of each lane through the compression function.
pub(super) fn compress_lanes(states: &mut [State; 4], blocks: [&Block; 4]) {
    let mut lanes = gather(states);
    compress(&mut lanes, load(blocks));
    *states = scatter(lanes);
}

/// The states of four messages of two blocks, of which the second one is a word, zeros and the
/// messages' length.
#[inline(never)]
pub(super) fn compress_pairs(blocks: [&Block; 4], last: [[u8; 4]; 4], bits: u32) -> [State; 4] {
    let mut lanes = INITIAL.map(Word4::splat);
    compress(&mut lanes, load(blocks));
    let mut w = [Word4::splat(0); 16];
    (w[0], w[15]) = (Word4::from_be_bytes(last), Word4::splat(bits));
    compress(&mut lanes, w);
    scatter(lanes)
}

#[inline(never)]
fn compress(state: &mut Lanes, mut w: [Word4; 16]) {
    let before = *state;
    for (turn, k) in K.iter().enumerate() {
        if turn != 0 {
            schedule(&mut w);
        }
        for (w, k) in w.iter().zip(k) {
            round(state, w.plus(Word4::splat(*k)));
        }
    }
    for (word, before) in state.iter_mut().zip(before) {
        *word = word.plus(before);
    }
}

/// W[0..16]: word `i` of the four blocks side by side.
#[inline(always)]
fn load(blocks: [&Block; 4]) -> [Word4; 16] {
    let [a, b, c, d] = blocks.map(|block| block.as_chunks::<4>().0.iter());
    let mut w = [Word4::splat(0); 16];
    for ((((w, a), b), c), d) in w.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *w = Word4::from_be_bytes([*a, *b, *c, *d]);
    }
    w
}

#[inline(always)]
fn gather(states: &[State; 4]) -> Lanes {
    let [a, b, c, d] = states;
    let mut words = [Word4::splat(0); 8];
    for ((((word, a), b), c), d) in words.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *word = Word4::new([*a, *b, *c, *d]);
    }
    words
}

#[inline(always)]
fn scatter(words: Lanes) -> [State; 4] {
    let mut states = [[0; 8]; 4];
    let [a, b, c, d] = &mut states;
    for ((((word, a), b), c), d) in words.iter().zip(a).zip(b).zip(c).zip(d) {
        [*a, *b, *c, *d] = word.lanes();
    }
    states
}

/// Step 3: one round, with `kw` = K[t] + W[t].
#[inline(always)]
fn round(state: &mut Lanes, kw: Word4) {
    let [a, b, c, d, e, f, g, h] = *state;
    let sum1 = e.rotate_right::<6>().xor(e.rotate_right::<11>()).xor(e.rotate_right::<25>());
    let t1 = h.plus(kw).plus(e.choose(f, g)).plus(sum1);
    let sum0 = a.rotate_right::<2>().xor(a.rotate_right::<13>()).xor(a.rotate_right::<22>());
    // Maj(a, b, c): where a and b differ it is c, else b.
    let majority = b.xor(a.xor(b).and(b.xor(c)));
    *state = [sum0.plus(majority).plus(t1), a, b, c, d.plus(t1), e, f, g];
}

/// Step 1: the next sixteen words of the schedule, in place.
#[inline(always)]
fn schedule(w: &mut [Word4; 16]) {
    macro_rules! words {
        ($($t:literal $t1:literal $t9:literal $t14:literal)*) => {$(
            w[$t] = w[$t].plus(sigma0(w[$t1])).plus(w[$t9]).plus(sigma1(w[$t14]));
        )*};
    }
    // W[t] = s1(W[t-2]) + W[t-7] + s0(W[t-15]) + W[t-16], indexes modulo 16.
    words! {
        0 1 9 14    1 2 10 15   2 3 11 0    3 4 12 1
        4 5 13 2    5 6 14 3    6 7 15 4    7 8 0 5
        8 9 1 6     9 10 2 7    10 11 3 8   11 12 4 9
        12 13 5 10  13 14 6 11  14 15 7 12  15 0 8 13
    }
}

#[inline(always)]
fn sigma0(x: Word4) -> Word4 {
    x.rotate_right::<7>().xor(x.rotate_right::<18>()).xor(x.shift_right::<3>())
}

#[inline(always)]
fn sigma1(x: Word4) -> Word4 {
    x.rotate_right::<17>().xor(x.rotate_right::<19>()).xor(x.shift_right::<10>())
}
