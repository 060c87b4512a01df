use alloc::format;
use alloc::string::String;

use proptest::prelude::*;

use super::*;
use crate::cosignature::Cosigner;
use crate::ed25519::SigningKey;
use crate::note::NoteSigner;

fn log(seed: u8) -> String {
    let key = SigningKey::from_seed(&[seed; 32]);
    NoteSigner::new("log.example/x", key).unwrap().verifier_key().to_text()
}

fn witness(seed: u8) -> String {
    let name = format!("w{seed}.example");
    let key = SigningKey::from_seed(&[seed; 32]);
    Cosigner::new(&name, key).unwrap().verifier_key().to_text()
}

/// The two-level example of the specification, with keys.
fn example() -> String {
    let mut text = format!("# two operators\n\nlog {}\n", log(1));
    for (name, seed) in [("X1", 11), ("X2", 12), ("X3", 13), ("Y1", 21), ("Y2", 22), ("Y3", 23)] {
        text += &format!(" witness\t{name}  {}\t\n", witness(seed));
    }
    text + "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\n\
        group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
}

fn met(policy: &Policy, seeds: &[u8]) -> bool {
    policy.quorum_met(|key| seeds.iter().any(|seed| key.to_text() == witness(*seed)))
}

#[test]
fn the_example_of_the_specification() {
    let policy = Policy::parse(example().as_bytes()).unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len()), (1, 6));
    assert!(policy.has_quorum());
    for (seeds, expected) in [
        (&[11, 12, 21][..], true),
        (&[11, 13, 23], true),
        (&[11, 12, 13, 21, 22, 23], true),
        (&[11, 21], false),
        (&[11, 12, 13], false),
        (&[21, 22, 23], false),
        (&[], false),
    ] {
        assert_eq!(met(&policy, seeds), expected, "{seeds:?}");
    }
}

#[test]
fn none_asks_for_nothing_and_one_witness_can_be_a_quorum() {
    let none = Policy::parse(format!("log {}\nquorum none", log(1)).as_bytes()).unwrap();
    assert!(!none.has_quorum() && met(&none, &[]));
    let one = format!("log {} https://log\nwitness w {} https://w\nquorum w\n", log(1), witness(2));
    let one = Policy::parse(one.as_bytes()).unwrap();
    assert!(met(&one, &[2]) && !met(&one, &[3]));
    let no_log = Policy::parse(b"quorum none\n").unwrap();
    assert!(no_log.logs().is_empty());
}

#[test]
fn one_change_names_its_reason() {
    let good = example();
    let w14 = witness(14);
    let cases = [
        ("quorum X-and-Y\n", "", PolicyError::Quorum),
        ("quorum X-and-Y\n", "quorum X-and-Y\nquorum none\n", PolicyError::Quorum),
        ("quorum X-and-Y", "quorum X-or-Y", PolicyError::UnknownName),
        ("quorum X-and-Y", "quorum X-and-Y x", PolicyError::Line),
        ("quorum", "Quorum", PolicyError::Line),
        ("# two", "two", PolicyError::Line),
        ("# two", "\u{1}# two", PolicyError::Line),
        ("# two", "\r# two", PolicyError::Line),
        ("# two", "\u{7f}# two", PolicyError::Line),
        ("2 X1", "0 X1", PolicyError::Threshold),
        ("2 X1", "4 X1", PolicyError::Threshold),
        ("2 X1", "02 X1", PolicyError::Threshold),
        ("2 X1", "+2 X1", PolicyError::Threshold),
        ("2 X1", "some X1", PolicyError::Threshold),
        ("2 X1 X2 X3", "2", PolicyError::Threshold),
        ("any Y1 Y2 Y3", "any", PolicyError::Threshold),
        ("any Y1 Y2 Y3", "all", PolicyError::Threshold),
        ("X1 X2 X3\n", "X1 X2 X4\n", PolicyError::UnknownName),
        ("X1 X2 X3\n", "X1 X2 X2\n", PolicyError::MemberTwice),
        ("any Y1", "any X1 Y1", PolicyError::MemberTwice),
        ("X1 X2 X3\n", "X1 X2 X-witnesses\n", PolicyError::UnknownName),
        ("X1 X2 X3\n", "X1 X2 none\n", PolicyError::UnknownName),
        ("group X-witnesses", "group X1", PolicyError::DuplicateName),
        ("group X-witnesses", "group none", PolicyError::DuplicateName),
        ("X2  ", "X1  ", PolicyError::DuplicateName),
        ("# two", "log x\n# two", PolicyError::Key(KeyError::Malformed)),
        ("# two", "log\n# two", PolicyError::Line),
    ];
    assert!(Policy::parse(good.as_bytes()).is_ok());
    for (from, to, error) in cases {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert_eq!(Policy::parse(bad.as_bytes()), Err(error), "{from} -> {to}");
    }
    let added = |line: String| Policy::parse(format!("{line}\n{good}").as_bytes());
    assert_eq!(added(format!("log {w14}")), Err(PolicyError::KeyKind));
    assert_eq!(added(format!("witness v {}", log(2))), Err(PolicyError::KeyKind));
    assert_eq!(added(format!("log {}", log(1))), Err(PolicyError::DuplicateKey));
    assert_eq!(added(format!("witness v {}", witness(11))), Err(PolicyError::DuplicateKey));
    let ecdsa = "log x+00000000+AgAA".into();
    assert_eq!(added(ecdsa), Err(PolicyError::Key(KeyError::Unsupported(2))));
    let logs = [VerifierKey::parse(&w14).unwrap()].into();
    assert_eq!(Policy::from_logs(logs), Err(PolicyError::KeyKind));
}

#[test]
fn names_are_opaque_octets() {
    let mut text = b"witness \xff\xfe ".to_vec();
    text.extend_from_slice(witness(2).as_bytes());
    text.extend_from_slice(b"\nquorum \xff\xfe\n");
    assert!(Policy::parse(&text).is_ok_and(|policy| met(&policy, &[2])));
    text[8] = 0xfd;
    assert_eq!(Policy::parse(&text), Err(PolicyError::UnknownName));
}

#[test]
fn sizes_are_bounded() {
    let many = |n: u8| {
        let witnesses: String =
            (0..n).map(|i| format!("witness w{i} {}\ngroup g{i} any w{i}\n", witness(i))).collect();
        Policy::parse(format!("{witnesses}quorum g0\n").as_bytes()).map(|_| ())
    };
    assert_eq!(many(64), Ok(()));
    assert_eq!(many(65), Err(PolicyError::TooLarge));
    let groups = |n: usize| {
        let text: String = (1..n).map(|i| format!("group g{i} any g{}\n", i - 1)).collect();
        let first = format!("witness w {}\ngroup g0 any w\n", witness(1));
        Policy::parse(format!("{first}{text}quorum none\n").as_bytes()).map(|_| ())
    };
    assert_eq!(groups(64), Ok(()));
    assert_eq!(groups(65), Err(PolicyError::TooLarge));
    assert_eq!(Policy::parse(&[b' '; MAX_POLICY_BYTES + 1]), Err(PolicyError::TooLarge));
}

proptest! {
    #[test]
    fn no_text_panics(lines in "((log|witness|group|quorum|none|any|all|1|a|b|#)[ \t]?|\n){0,40}") {
        let _ = Policy::parse(lines.as_bytes());
    }
}
