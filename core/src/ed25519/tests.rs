use alloc::vec::Vec;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// RFC 8032 section 7.1, tests 1, 2, 3 and SHA(abc).
#[test]
fn rfc_8032() {
    let cases = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
        (
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589\
             09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ),
    ];
    for (seed, public, message, signature) in cases {
        let key = SigningKey::from_seed(&hex(seed).try_into().unwrap());
        assert_eq!(key.public_key().as_bytes().to_vec(), hex(public));
        assert_eq!(key.sign(&hex(message)).to_vec(), hex(signature));
        assert_eq!(verify_strict(&hex(public), &hex(message), &hex(signature)), Ok(()));
    }
}

#[test]
fn every_flipped_byte_is_refused() {
    let key = SigningKey::from_seed(&[5; 32]);
    let (public, signature) = (*key.public_key().as_bytes(), key.sign(b"message"));
    assert_eq!(verify_strict(&public, b"message", &signature), Ok(()));
    for at in 0..64 {
        let mut bad = signature;
        bad[at] ^= 1;
        assert_eq!(verify_strict(&public, b"message", &bad), Err(SignatureError));
        let mut bad = public;
        bad[at / 2] ^= 1 << (at % 2);
        assert_eq!(verify_strict(&bad, b"message", &signature), Err(SignatureError));
    }
    assert_eq!(verify_strict(&public, b"messagf", &signature), Err(SignatureError));
    for length in [0, 63] {
        assert!(verify_strict(&public, b"message", &signature[..length]).is_err());
    }
    assert!(verify_strict(&public[..31], b"message", &signature).is_err());
    assert!(verify_strict(&public, b"message", &[&signature[..], &[0]].concat()).is_err());
}

/// S + L is the same scalar in another encoding.
#[test]
fn a_larger_s_is_refused() {
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let key = SigningKey::from_seed(&[6; 32]);
    let mut signature = key.sign(b"m");
    let mut carry = 0u16;
    for (s, l) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*s) + u16::from(l) + carry;
        *s = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert_eq!(key.public_key().verify_strict(b"m", &signature), Err(SignatureError));
}

/// The eight points of low order and their other encodings: under each of them
/// R = A = that point, S = 0 verifies many messages in a lax verifier.
#[test]
fn low_order_and_second_encodings_are_refused() {
    let encodings = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    let key = SigningKey::from_seed(&[7; 32]);
    let good = key.sign(b"m");
    for encoding in encodings {
        let point = hex(encoding);
        assert_eq!(PublicKey::from_slice(&point), Err(PublicKeyError), "{encoding}");
        let zero_s = [&point[..], &[0; 32]].concat();
        assert!(key.public_key().verify_strict(b"m", &zero_s).is_err());
        let other_r = [&point[..], &good[32..]].concat();
        assert!(key.public_key().verify_strict(b"m", &other_r).is_err());
    }
}

/// y = 3 + p is a point of high order in a second encoding.
#[test]
fn a_second_encoding_of_a_high_order_key_is_refused() {
    let mut refused = 0;
    for y in 2..19u8 {
        let mut canonical = [0; 32];
        canonical[0] = y;
        if PublicKey::from_bytes(&canonical).is_err() {
            continue;
        }
        let mut second = [0xff; 32];
        (second[0], second[31]) = (0xed + y, 0x7f);
        assert_eq!(PublicKey::from_bytes(&second), Err(PublicKeyError), "{y}");
        refused += 1;
    }
    assert!(refused > 3, "some small y are points: {refused}");
}

#[test]
fn debug_shows_no_secret() {
    let text = alloc::format!("{:?}", SigningKey::from_seed(&[0xAB; 32]));
    assert!(!text.contains("171, 171, 171"));
}
