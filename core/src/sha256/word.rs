//! Four 32-bit words side by side, and the few operations SHA-256 needs.
//!
//! wasm with simd128 has them as one register. Elsewhere they are an array,
//! so that the same rounds run in every native test.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod backend {
    use core::arch::wasm32::{
        i8x16_shuffle, u32x4, u32x4_add, u32x4_extract_lane, u32x4_shl, u32x4_shr, u32x4_splat,
        v128, v128_and, v128_bitselect, v128_or, v128_xor,
    };

    /// One word of each lane.
    #[derive(Clone, Copy)]
    pub(crate) struct Word4(v128);

    impl Word4 {
        pub(crate) fn new([a, b, c, d]: [u32; 4]) -> Self {
            Self(u32x4(a, b, c, d))
        }

        pub(crate) fn from_be_bytes([a, b, c, d]: [[u8; 4]; 4]) -> Self {
            // wasm has no byte swap for integers; one shuffle swaps all four.
            let little = Self::new([
                u32::from_le_bytes(a),
                u32::from_le_bytes(b),
                u32::from_le_bytes(c),
                u32::from_le_bytes(d),
            ]);
            Self(i8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(
                little.0, little.0,
            ))
        }

        pub(crate) fn lanes(self) -> [u32; 4] {
            [
                u32x4_extract_lane::<0>(self.0),
                u32x4_extract_lane::<1>(self.0),
                u32x4_extract_lane::<2>(self.0),
                u32x4_extract_lane::<3>(self.0),
            ]
        }

        pub(crate) fn splat(word: u32) -> Self {
            Self(u32x4_splat(word))
        }

        pub(crate) fn plus(self, other: Self) -> Self {
            Self(u32x4_add(self.0, other.0))
        }

        pub(crate) fn xor(self, other: Self) -> Self {
            Self(v128_xor(self.0, other.0))
        }

        pub(crate) fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }

        /// Bits of `ones` where `self` is 1, of `zeros` where it is 0.
        pub(crate) fn choose(self, ones: Self, zeros: Self) -> Self {
            Self(v128_bitselect(ones.0, zeros.0, self.0))
        }

        pub(crate) fn shift_right<const N: u32>(self) -> Self {
            Self(u32x4_shr(self.0, N))
        }

        /// `N` from 1 to 31.
        pub(crate) fn rotate_right<const N: u32>(self) -> Self {
            Self(v128_or(u32x4_shr(self.0, N), u32x4_shl(self.0, const { 32 - N })))
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod backend {
    /// One word of each lane.
    #[derive(Clone, Copy)]
    pub(crate) struct Word4([u32; 4]);

    impl Word4 {
        fn zip(self, other: Self, f: impl Fn(u32, u32) -> u32) -> Self {
            let ([a, b, c, d], [e, g, h, i]) = (self.0, other.0);
            Self([f(a, e), f(b, g), f(c, h), f(d, i)])
        }

        pub(crate) fn new(words: [u32; 4]) -> Self {
            Self(words)
        }

        pub(crate) fn from_be_bytes(bytes: [[u8; 4]; 4]) -> Self {
            Self(bytes.map(u32::from_be_bytes))
        }

        pub(crate) fn lanes(self) -> [u32; 4] {
            self.0
        }

        pub(crate) fn splat(word: u32) -> Self {
            Self([word; 4])
        }

        pub(crate) fn plus(self, other: Self) -> Self {
            self.zip(other, u32::wrapping_add)
        }

        pub(crate) fn xor(self, other: Self) -> Self {
            self.zip(other, |a, b| a ^ b)
        }

        pub(crate) fn and(self, other: Self) -> Self {
            self.zip(other, |a, b| a & b)
        }

        /// Bits of `ones` where `self` is 1, of `zeros` where it is 0.
        pub(crate) fn choose(self, ones: Self, zeros: Self) -> Self {
            zeros.xor(self.and(ones.xor(zeros)))
        }

        pub(crate) fn shift_right<const N: u32>(self) -> Self {
            Self(self.0.map(|word| word >> N))
        }

        /// `N` from 1 to 31.
        pub(crate) fn rotate_right<const N: u32>(self) -> Self {
            Self(self.0.map(|word| word.rotate_right(N)))
        }
    }
}

pub(crate) use backend::Word4;
