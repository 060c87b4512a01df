use alloc::format;
use alloc::string::ToString;
use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::ed25519::SigningKey;

/// The example of the signed-note specification.
const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
    Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn signer(seed: u8) -> NoteSigner {
    NoteSigner::new("log.example/log/x", SigningKey::from_seed(&[seed; 32])).unwrap()
}

fn note(text: &str, signers: &[NoteSigner]) -> Note {
    Note::new(text.into(), signers.iter().map(|s| s.sign(text)).collect()).unwrap()
}

#[test]
fn the_example_of_the_specification() {
    let key = VerifierKey::parse(KEY).unwrap();
    let note = Note::parse(NOTE.as_bytes()).unwrap();
    assert_eq!(note.open(core::slice::from_ref(&key)), Ok(()));
    assert_eq!(note.to_bytes(), NOTE.as_bytes());
    assert_eq!((key.to_text().as_str(), key.name()), (KEY, "example.com/foo"));
    let changed = NOTE.replace("This", "That");
    let changed = Note::parse(changed.as_bytes()).unwrap();
    assert_eq!(changed.open(core::slice::from_ref(&key)), Err(NoteError::SignatureInvalid));
}

#[test]
fn unknown_keys_are_ignored_and_known_ones_are_not() {
    let both = note("text\n", &[signer(1), signer(2)]);
    let key = |seed| signer(seed).verifier_key().clone();
    assert_eq!(both.open(&[key(1)]), Ok(()));
    assert_eq!(both.open(&[key(3), key(2)]), Ok(()));
    assert_eq!(both.open(&[key(3)]), Err(NoteError::KeyUnknown));
    assert_eq!(both.open(&[]), Err(NoteError::KeyUnknown));
    let mut signatures = both.signatures().to_vec();
    signatures[1].signature[0] ^= 1;
    let broken = Note::new("text\n".into(), signatures).unwrap();
    assert_eq!(broken.open(&[key(1)]), Ok(()));
    assert_eq!(broken.open(&[key(1), key(2)]), Err(NoteError::SignatureInvalid));
}

#[test]
fn the_text_ends_at_the_last_empty_line() {
    let parsed = note("a\n\nb\n", &[signer(1)]);
    assert_eq!(parsed.text(), "a\n\nb\n");
    assert_eq!(Note::parse(&parsed.to_bytes()), Ok(parsed));
}

#[test]
fn names_have_no_spaces_pluses_or_controls() {
    let key = SigningKey::from_seed(&[1; 32]).public_key();
    let named = |name: &str| VerifierKey::log(name, key);
    for bad in ["", "a b", "a\u{2003}", "a+b", "\u{0}", "a\u{1f}"] {
        assert_eq!(named(bad).map(|_| ()), Err(KeyError::Malformed), "{bad:?}");
    }
    assert!(named("a!\u{e9}").is_ok());
}

#[test]
fn the_longest_key_is_read() {
    let key = SigningKey::from_seed(&[1; 32]).public_key();
    let material = base64::encode(&[&[1][..], key.as_bytes()].concat());
    let of = |length: usize| {
        let name = "n".repeat(length - material.len() - 10);
        let key = VerifierKey::log(&name, key).unwrap();
        assert_eq!(key.to_text().len(), length);
        VerifierKey::parse(&key.to_text()).map(|_| ())
    };
    assert_eq!(of(4096), Ok(()));
    assert_eq!(of(4097), Err(KeyError::Malformed));
}

#[test]
fn witnesses_cosign_and_logs_sign() {
    assert!(!KeyKind::Ed25519.is_cosignature() && KeyKind::CosignatureV1.is_cosignature());
}

#[test]
fn a_key_of_another_type_is_called_by_its_name() {
    for (byte, name) in [
        (0x02, "ECDSA"),
        (0x05, "RFC 6962 tree head"),
        (0x06, "ML-DSA-44 cosignature"),
        (0x7f, "unassigned"),
    ] {
        let error = KeyError::Unsupported(byte).to_string();
        assert_eq!(error, format!("keys of type 0x{byte:02x} ({name}) are not supported"));
    }
}

#[test]
fn the_longest_note_is_read() {
    let good = note("text\n", &[signer(1)]).to_bytes();
    let of = |length: usize| [vec![b'x'; length - good.len()], good.clone()].concat();
    assert_eq!(MAX_NOTE_BYTES, 262_144);
    assert!(Note::parse(&of(MAX_NOTE_BYTES)).is_ok());
    assert_eq!(Note::parse(&of(MAX_NOTE_BYTES + 1)), Err(NoteError::TooLarge));
}

#[test]
fn shape_is_strict() {
    let good = String::from_utf8(note("text\n", &[signer(1)]).to_bytes()).unwrap();
    let cases = [
        (good.replace("text\n\n", "text\n"), "no empty line"),
        (good.replace("\u{2014} ", "- "), "no em dash"),
        (good.replace("\u{2014} ", "\u{2014}  "), "two spaces"),
        (good.replace("log/x ", "log/x  "), "two spaces before base64"),
        (good.replace("log/x", "log+x"), "plus in name"),
        (good.replace("log/x", "log\u{a0}x"), "space in name"),
        (good.replace("text", "te\txt"), "tab"),
        (good.replace("text", "te\rxt"), "carriage return"),
        (good.trim_end().to_string(), "no last newline"),
        (format!("{good}\n"), "empty line at the end"),
        (format!("{good}x\n"), "line that is no signature"),
        ("text\n\n".to_string(), "no signature"),
        (String::new(), "nothing"),
        ("text\n\n\u{2014} n AAAAAA==\n".to_string(), "no bytes after the ID"),
        ("text\n\n\u{2014} n AAAAAAB=\n".to_string(), "stray bits"),
    ];
    for (text, what) in cases {
        assert_eq!(Note::parse(text.as_bytes()), Err(NoteError::Malformed), "{what}");
    }
    assert_eq!(Note::parse(b"\xff\n\n\xe2\x80\x94 n AAAAAAA=\n"), Err(NoteError::Malformed));
    assert_eq!(Note::parse(&vec![b'a'; MAX_NOTE_BYTES + 1]), Err(NoteError::TooLarge));
    let line = "\u{2014} n AAAAAAA=\n";
    let many = |n: usize| Note::parse(format!("t\n\n{}", line.repeat(n)).as_bytes());
    assert!(many(MAX_NOTE_SIGNATURES).is_ok());
    assert_eq!(many(MAX_NOTE_SIGNATURES + 1), Err(NoteError::TooLarge));
    let no_newline = Note::new("text".into(), vec![signer(1).sign("text")]);
    assert_eq!(no_newline, Err(NoteError::Malformed));
}

#[test]
fn keys_have_one_spelling() {
    let good = signer(1).verifier_key().to_text();
    assert_eq!(VerifierKey::parse(&good).map(|key| key.to_text()), Ok(good.clone()));
    let (head, material) = good.rsplit_once('+').unwrap();
    let (_, id) = head.split_once('+').unwrap();
    assert_ne!(id, id.to_uppercase());
    let with = |bytes: &[u8]| format!("{head}+{}", base64::encode(bytes));
    let bytes = base64::decode(material).unwrap();
    let typed = |kind: u8| with(&[&[kind], &bytes[1..]].concat());
    // 32 bytes are no key of that type.
    let ml_dsa = if cfg!(feature = "ml-dsa") { KeyError::PublicKey } else { UNSUPPORTED };
    let cases = [
        (good.replace("log.example", "log.exampl"), KeyError::Id),
        (good.replace(id, &id.to_uppercase()), KeyError::Id),
        (good.replacen('+', "+0", 1), KeyError::Id),
        (good.replacen('+', " ", 1), KeyError::Malformed),
        (good.replace("log.example/log/x", ""), KeyError::Malformed),
        (good.replace("log.example/log/x", "a b"), KeyError::Malformed),
        (typed(0x02), KeyError::Unsupported(0x02)),
        (typed(0x06), ml_dsa),
        (typed(0x04), KeyError::Id),
        (with(&bytes[..32]), KeyError::PublicKey),
        (with(&[&[1][..], &[0; 32]].concat()), KeyError::PublicKey),
        (with(&[]), KeyError::Malformed),
        (format!("{good}="), KeyError::Malformed),
        (String::new(), KeyError::Malformed),
        ("x".repeat(5000), KeyError::Malformed),
    ];
    for (text, error) in cases {
        assert_eq!(VerifierKey::parse(&text), Err(error), "{text}");
    }
}

const UNSUPPORTED: KeyError = KeyError::Unsupported(0x06);

/// Without the feature, a policy with such a witness is refused by name.
#[test]
#[cfg(not(feature = "ml-dsa"))]
fn an_ml_dsa_key_is_refused_by_name() {
    let key = include_str!("../../tests/ml_dsa/noble.key").trim_end();
    assert_eq!(VerifierKey::parse(key), Err(UNSUPPORTED));
    let policy = format!("witness w {key}\nquorum w\n");
    let error = crate::policy::Policy::parse(policy.as_bytes()).unwrap_err();
    assert_eq!(error.code(), "key-type-unsupported");
    assert!(error.to_string().contains("0x06 (ML-DSA-44"));
}

proptest! {
    #[test]
    fn no_text_panics_and_what_parses_round_trips(text in "(\u{2014} |[a-z+ =\n]){0,12}\n\n\u{2014} [a-z+]{1,3} [A-Za-z0-9]{0,8}={0,2}\n") {
        if let Ok(note) = Note::parse(text.as_bytes()) {
            prop_assert_eq!(note.to_bytes(), text.into_bytes());
        }
    }

    #[test]
    fn a_mangled_byte_never_verifies_as_the_same(at in 0usize..200, byte in any::<u8>()) {
        let good = note("text\n", &[signer(1)]);
        let mut bytes = good.to_bytes();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        if let Ok(other) = Note::parse(&bytes) {
            prop_assert!(other.open(&[signer(1).verifier_key().clone()]).is_err());
            prop_assert_eq!(other.to_bytes(), bytes);
        }
    }
}
