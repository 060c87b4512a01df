//! The examples of the specification, and what is one step from them.

use super::*;
use alloc::vec;
use proptest::prelude::*;

const REQUEST: &str = "old 20852014\n\
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
    jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
    5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
    /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
    \n\
    example.com/behind-the-sofa\n\
    20852163\n\
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
    \n\
    \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    \u{2014} example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

const ANSWER: &str = "\
    \u{2014} witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==\n\
    \u{2014} witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==\n\
    \u{2014} witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==\n";

fn line() -> NoteSignature {
    NoteSignature { name: "w".into(), id: [1; 4], signature: vec![2] }
}

#[test]
fn the_request_of_the_specification() {
    let request = AddCheckpoint::parse(REQUEST.as_bytes()).unwrap();
    assert_eq!((request.old_size().get(), request.proof().len()), (20_852_014, 4));
    assert_eq!(request.checkpoint().checkpoint().size.get(), 20_852_163);
    assert_eq!(request.checkpoint().note().signatures().len(), 2);
    assert_eq!(request.to_bytes(), REQUEST.as_bytes());
    let (_, checkpoint) = REQUEST.split_once("\n\n").unwrap();
    let first = alloc::format!("old 0\n\n{checkpoint}");
    let parsed = AddCheckpoint::parse(first.as_bytes()).unwrap();
    assert!(parsed.proof().is_empty());
    assert_eq!(parsed.to_bytes(), first.as_bytes());
}

#[test]
fn requests_are_strict() {
    let with = |from: &str, to: &str| {
        assert!(REQUEST.contains(from));
        AddCheckpoint::parse(REQUEST.replacen(from, to, 1).as_bytes()).map(|_| ())
    };
    let cases = [
        ("old 20852014", "old 020852014", WitnessError::OldSize),
        ("old 20852014", "old 00", WitnessError::OldSize),
        ("old 20852014", "old ", WitnessError::OldSize),
        ("old 20852014", "old  20852014", WitnessError::OldSize),
        ("old 20852014", "old 20852014 ", WitnessError::OldSize),
        ("old 20852014", "old 20852014\r", WitnessError::OldSize),
        ("old 20852014", "old +20852014", WitnessError::OldSize),
        ("old 20852014", "Old 20852014", WitnessError::OldSize),
        ("old 20852014", "old 281474976710657", WitnessError::OldSize),
        ("old 20852014\n", "", WitnessError::OldSize),
        ("old 20852014", "old 20852164", WitnessError::SizesReversed),
        ("PlRN", "PlR", WitnessError::Hash),
        ("pkaw=", "pkax=", WitnessError::Hash),
        ("pkaw=", "pkaw", WitnessError::Hash),
        ("/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=", "YWdl", WitnessError::Hash),
        ("\n\nexample", "\nexample", WitnessError::Hash),
        ("\n\nexample", "\n\n\nexample", WitnessError::Checkpoint(CheckpointError::Malformed)),
        ("\n20852163", "\n020852163", WitnessError::Checkpoint(CheckpointError::Size)),
    ];
    for (from, to, error) in cases {
        assert_eq!(with(from, to), Err(error), "{from:?} {to:?}");
    }
    assert_eq!(with("20852014", "20852163"), Ok(()));
    assert_eq!(AddCheckpoint::parse(b""), Err(WitnessError::Malformed));
    assert_eq!(AddCheckpoint::parse(b"old 0\n\xff\n\n"), Err(WitnessError::Malformed));
    assert_eq!(
        AddCheckpoint::parse(&vec![b'a'; MAX_REQUEST_BYTES + 1]),
        Err(WitnessError::Malformed)
    );
}

#[test]
fn sixty_three_hashes_are_the_most() {
    let good = AddCheckpoint::parse(REQUEST.as_bytes()).unwrap();
    let hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
    for (count, expected) in [(63, Ok(())), (64, Err(WitnessError::Malformed))] {
        let text = REQUEST.replacen(hash, &hash.repeat(count - 3), 1);
        assert_eq!(AddCheckpoint::parse(text.as_bytes()).map(|_| ()), expected);
        let proof = vec![Hash([1; 32]); count];
        let made = AddCheckpoint::new(good.old_size(), proof, good.checkpoint().clone());
        assert_eq!(made.map(|_| ()), expected);
    }
}

#[test]
fn sizes_are_strict() {
    for (text, size) in [("0\n", 0), ("20852163\n", 20_852_163)] {
        let parsed = CosignedSize::parse(text.as_bytes()).unwrap();
        assert_eq!(parsed.0.get(), size);
        assert_eq!(parsed.to_bytes(), text.as_bytes());
    }
    for text in ["", "\n", "1", "01\n", "1\n\n", "1\r\n", " 1\n", "-1\n", "281474976710657\n"] {
        assert_eq!(CosignedSize::parse(text.as_bytes()), Err(WitnessError::CosignedSize));
    }
    assert_eq!(CosignedSize::parse(b"\xff\n"), Err(WitnessError::CosignedSize));
}

#[test]
fn the_answer_of_the_specification() {
    let answer = Cosignatures::parse(ANSWER.as_bytes()).unwrap();
    assert_eq!(answer.lines().len(), 3);
    assert_eq!(answer.lines()[2].name, "witness.example/w2");
    assert_eq!(answer.lines()[2].signature.len(), 8 + 64);
    assert_eq!(answer.to_bytes(), ANSWER.as_bytes());
    assert_eq!(Cosignatures::new(answer.lines().to_vec()), Ok(answer));
}

#[test]
fn answers_are_strict() {
    let cases = [
        ("\u{2014} witness.example/w1 C", "- witness.example/w1 C"),
        ("\u{2014} witness.example/w1 C", "\u{2014}  witness.example/w1 C"),
        ("\u{2014} witness.example/w1 C", "\n\u{2014} witness.example/w1 C"),
        ("witness.example/w1 C", "witness+1 C"),
        ("VOw==", "VOx=="),
        ("VOw==", "VOw== "),
        ("VOw==", "VOw==\r"),
    ];
    for (from, to) in cases {
        let text = ANSWER.replacen(from, to, 1);
        assert_ne!(text, ANSWER);
        let refused = Cosignatures::parse(text.as_bytes());
        assert_eq!(refused, Err(WitnessError::Signatures), "{from:?} {to:?}");
    }
    for bytes in [&b""[..], b"\n", ANSWER.trim_end().as_bytes(), &vec![b'a'; MAX_NOTE_BYTES + 1]] {
        assert_eq!(Cosignatures::parse(bytes), Err(WitnessError::Signatures));
    }
    assert!(Cosignatures::new(vec![line(); 64]).is_ok());
    for lines in [vec![], vec![line(); 65], vec![NoteSignature { name: "a b".into(), ..line() }]] {
        assert_eq!(Cosignatures::new(lines), Err(WitnessError::Signatures));
    }
}

proptest! {
    #[test]
    fn what_parses_round_trips(
        old in "old [0-9]{1,3}", hashes in "(\n[A-P]{42}[AEIMQUYcgkosw048]=){0,2}",
        size in "[0-9]{1,4}", line in "(\u{2014} [a-z]{0,3} [A-P]{8}\n){0,3}",
    ) {
        let text = alloc::format!("{old}{hashes}\n\no\n{size}\n{}=\n\n{line}", "A".repeat(43));
        if let Ok(request) = AddCheckpoint::parse(text.as_bytes()) {
            prop_assert_eq!(request.to_bytes(), text.as_bytes());
        }
        if let Ok(answer) = Cosignatures::parse(line.as_bytes()) {
            prop_assert_eq!(answer.to_bytes(), line.as_bytes());
        }
    }
}
