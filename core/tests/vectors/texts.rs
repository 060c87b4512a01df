//! JSON, notes, checkpoints, proofs, policies and bare signatures.

use stateledger_core::cosignature::Cosigner;
use stateledger_core::json::{self, Value};
use stateledger_core::note::Note;

use crate::world::{
    COSIGNED_AT, Case, ORIGIN, World, entry, fields, flipped_after, hex, key, log, log_key, policy,
    replaced, witness, world,
};

pub(crate) fn jsons() -> Vec<Value> {
    let mut cases = Vec::new();
    let good = [
        ("white space and order", "{ \"b\" : [ 1 , true ] ,\n\"a\":\tnull }"),
        ("sorted by UTF-16 units", "{\"\\ufb33\":1,\"\\ud83d\\ude00\":2,\"\\u20ac\":3}"),
        ("shortest escapes", "\"\\u0041\\u000a\\u001F\\/\\u0022\\u005c\""),
        ("integer in three notations", "[100,1e2,100.0]"),
        ("2^53", "9007199254740992"),
        ("negative zero", "-0"),
        ("1e23", "1e23"),
        ("fractions", "[0.1,333333333.33333329,4.50,2e-3,1E-27]"),
        ("smallest double", "5e-324"),
        ("nesting of 64", &format!("{}{}", "[".repeat(64), "]".repeat(64))),
    ];
    for (name, input) in good {
        let canonical = json::parse(input.as_bytes()).unwrap().to_canonical();
        let canonical = String::from_utf8(canonical).unwrap();
        cases.push(Case::new(name).text("input", input).text("canonical", canonical).ok());
    }
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    let order = "white space and order";
    for (name, from, input, code) in [
        ("trailing comma", order, "{\"b\":[1,true],\"a\":null,}", "invalid-json"),
        ("trailing bytes", order, "{\"b\":[1,true],\"a\":null} x", "invalid-json"),
        ("member twice", order, "{\"b\":[1,true],\"b\":null}", "duplicate-member"),
        ("member twice, once escaped", order, "{\"b\":1,\"\\u0062\":2}", "duplicate-member"),
        ("leading zero", "integer in three notations", "[0100,1e2,100.0]", "invalid-json"),
        ("high surrogate alone", "sorted by UTF-16 units", "\"\\ud83d\"", "lone-surrogate"),
        ("low surrogate alone", "sorted by UTF-16 units", "\"\\ude00\"", "lone-surrogate"),
        ("raw control character", "shortest escapes", "\"\u{1f}\"", "invalid-json"),
        ("2^53 + 1", "2^53", "9007199254740993", "number-not-representable"),
        ("2^53 + 1 as a fraction", "2^53", "9007199254740993.0", "number-not-representable"),
        ("1e400", "1e23", "1e400", "number-not-representable"),
        ("1e-400", "smallest double", "1e-400", "number-not-representable"),
        ("nesting of 65", "nesting of 64", &deep, "nesting-too-deep"),
    ] {
        cases.push(Case::new(name).text("input", input).fails(from, code));
    }
    cases
}

pub(crate) fn notes() -> Vec<Value> {
    let text = "A note.\n\nWith an empty line.\n";
    let note = |names: &[(&str, u8)]| {
        let lines = names.iter().map(|(name, seed)| log(name, *seed).sign(text)).collect();
        String::from_utf8(Note::new(text.into(), lines).unwrap().to_bytes()).unwrap()
    };
    let vkey = |name: &str, seed| log(name, seed).verifier_key().to_text();
    let case = |name: &str, note: &str, keys: &[String]| {
        Case::new(name).text("note", note).texts("keys", keys.iter().map(String::as_str))
    };
    let one = note(&[(ORIGIN, 1)]);
    let keys = [vkey(ORIGIN, 1)];
    let mut cases = vec![
        case("one signature", &one, &keys).ok(),
        case("unknown signatures beside it", &note(&[("a", 2), (ORIGIN, 1), (ORIGIN, 3)]), &keys)
            .ok(),
        case(
            "two known signatures",
            &note(&[("a", 2), (ORIGIN, 1)]),
            &[vkey("a", 2), vkey(ORIGIN, 1)],
        )
        .ok(),
    ];
    let from = "one signature";
    for (name, from_text, to, code) in [
        ("text changed", "A note", "B note", "signature-invalid"),
        ("em dash changed", "\u{2014}", "-", "note-malformed"),
        ("no empty line", "line.\n\n", "line.\n", "note-malformed"),
        ("tab in the text", "A note", "A\tnote", "note-malformed"),
        ("name changed", "log/demo", "log/dem0", "key-unknown"),
        ("name with plus", "log/demo", "log+demo", "note-malformed"),
        ("name with a space", "log/demo", "log\u{a0}demo", "note-malformed"),
        ("name empty", "\u{2014} ledger.example/log/demo", "\u{2014} ", "note-malformed"),
        ("control character in the text", "A note", "A\u{1f}note", "note-malformed"),
    ] {
        cases.push(case(name, &replaced(&one, from_text, to), &keys).fails(from, code));
    }
    let mark = "\u{2014} ledger.example/log/demo ";
    cases.push(
        case("key ID changed", &flipped_after(&one, mark, 1), &keys).fails(from, "key-unknown"),
    );
    cases.push(
        case("signature changed", &flipped_after(&one, mark, 40), &keys)
            .fails(from, "signature-invalid"),
    );
    let line = one.rsplit_once('\u{2014}').map(|(_, line)| format!("\u{2014}{line}")).unwrap();
    let second = format!("{one}{}", flipped_after(&line, mark, 40));
    cases.push(
        case("second signature of a known key", &second, &keys).fails(from, "signature-invalid"),
    );
    let renamed = format!("{one}{}", replaced(&line, "demo", "dem0"));
    cases.push(case("known key ID under another name", &renamed, &keys).ok());
    let unknown: Vec<(String, u8)> = (30..45).map(|seed| (format!("k{seed}"), seed)).collect();
    let mut sixteen: Vec<(&str, u8)> =
        unknown.iter().map(|(name, seed)| (name.as_str(), *seed)).collect();
    sixteen.push((ORIGIN, 1));
    cases.push(case("sixteen signatures", &note(&sixteen), &keys).ok());
    let (head, _) = one.rsplit_once(' ').unwrap();
    let short = format!("{head} AAAAAA==\n");
    cases.push(case("no bytes after the key ID", &short, &keys).fails(from, "note-malformed"));
    cases.push(case("last newline missing", one.trim_end(), &keys).fails(from, "note-malformed"));
    cases.push(case("another key", &one, &[vkey(ORIGIN, 9)]).fails(from, "key-unknown"));
    let bad_key = keys[0].replacen("ledger", "ledges", 1);
    cases.push(
        case("verifier key with another ID", &one, &[bad_key]).fails(from, "key-id-mismatch"),
    );
    cases
}

pub(crate) fn checkpoints() -> Vec<Value> {
    let world = world(entry(fields(), &[]).as_bytes());
    let plain = world.proof.checkpoint.clone();
    let two = world.clone().cosigned(&[11, 13]).proof.checkpoint;
    let by_key =
        |name: &str, text: &str| Case::new(name).text("checkpoint", text).texts("key", [log_key()]);
    let by_policy = |name: &str, text: &str, quorum: &str| {
        Case::new(name).text("checkpoint", text).text("policy", policy(quorum))
    };
    let mut cases = vec![
        by_key("signed by its log", &plain).ok(),
        by_key("cosignatures that nobody asked for", &two).ok(),
        by_policy("two of three witnesses", &two, "two-of-three").ok(),
        by_policy("policy without quorum", &plain, "none").ok(),
        by_policy("fresh enough", &two, "two-of-three")
            .number("maxAgeSeconds", 60)
            .number("now", COSIGNED_AT + 60)
            .ok(),
    ];
    let from = "signed by its log";
    for (name, old, new, code) in [
        (
            "origin changed",
            "ledger.example/log/demo\n7",
            "ledger.example/log/dem0\n7",
            "origin-mismatch",
        ),
        ("size changed", "\n7\n", "\n8\n", "signature-invalid"),
        ("size with a leading zero", "\n7\n", "\n07\n", "checkpoint-malformed"),
        ("size above 2^48", "\n7\n", "\n281474976710657\n", "checkpoint-malformed"),
        ("size line empty", "\n7\n", "\n\n", "checkpoint-malformed"),
        ("size line missing", "\n7\n", "\n", "checkpoint-malformed"),
        ("origin empty", "ledger.example/log/demo\n7", "\n7", "checkpoint-malformed"),
        ("extension line empty", "=\n\n", "=\n\nx\n\n", "checkpoint-malformed"),
        ("root not base64", "=\n\n", "\n\n", "checkpoint-malformed"),
        ("extension line added", "=\n\n", "=\nx\n\n", "signature-invalid"),
        ("signature line broken", "\u{2014} ", "\u{2014}", "note-malformed"),
    ] {
        cases.push(by_key(name, &replaced(&plain, old, new)).fails(from, code));
    }
    let other = Case::new("another log's key").text("checkpoint", plain.as_str());
    let other = other.texts("key", [log("other.example/log/x", 1).verifier_key().to_text()]);
    cases.push(other.fails(from, "origin-mismatch"));
    let other = Case::new("another key of this name").text("checkpoint", plain.as_str());
    cases.push(
        other.texts("key", [log(ORIGIN, 9).verifier_key().to_text()]).fails(from, "key-unknown"),
    );
    cases.extend(bad_trust(&plain, &two, by_policy));
    cases.extend(cosignatures(&world, by_policy));
    cases
}

/// Cosignatures by the second witness whose message is not the one of tlog-cosignature.
fn cosignatures(world: &World, by_policy: impl Fn(&str, &str, &str) -> Case) -> Vec<Value> {
    let text = world.signed.note().text();
    let made = |name: &str, time: u64, message: String| {
        let mut line = witness(13).cosign(text, time);
        line.signature = [&time.to_be_bytes()[..], &key(13).sign(message.as_bytes())].concat();
        let first = witness(11).cosign(text, COSIGNED_AT);
        let signed = world.signed.with_signatures(&[first, line]).unwrap().to_bytes();
        by_policy(name, &String::from_utf8(signed).unwrap(), "two-of-three")
    };
    let from = "two of three witnesses";
    let signed = |time: u64| format!("cosignature/v1\ntime {time}\n{text}");
    let latest = (1 << 63) - 1;
    vec![
        made("cosigned at the latest time", latest, signed(latest)).ok(),
        made("cosigned after the latest time", latest + 1, signed(latest + 1))
            .fails("cosigned at the latest time", "signature-invalid"),
        made(
            "cosignature of another version",
            COSIGNED_AT,
            replaced(&signed(COSIGNED_AT), "/v1", "/v2"),
        )
        .fails(from, "signature-invalid"),
        made("cosignature without its header", COSIGNED_AT, text.into())
            .fails(from, "signature-invalid"),
        made("cosigned at another time", COSIGNED_AT, signed(COSIGNED_AT + 1))
            .fails(from, "signature-invalid"),
        made(
            "cosigned time with a leading zero",
            COSIGNED_AT,
            replaced(&signed(COSIGNED_AT), "time ", "time 0"),
        )
        .fails(from, "signature-invalid"),
    ]
}

fn bad_trust(plain: &str, two: &str, by_policy: impl Fn(&str, &str, &str) -> Case) -> Vec<Value> {
    let (from, quorum) = ("two of three witnesses", "two-of-three");
    let one = two.lines().take(6).map(|line| format!("{line}\n")).collect::<String>();
    let with_key = |name: &str, key: &str| {
        Case::new(name).text("checkpoint", plain).texts("key", [log_key().as_str(), key])
    };
    vec![
        by_policy("one of three witnesses", &one, quorum).fails(from, "quorum-not-met"),
        by_policy("cosignature changed", &flipped_after(two, "witness-13.example ", 50), quorum)
            .fails(from, "signature-invalid"),
        by_policy("a second too old", two, quorum)
            .number("maxAgeSeconds", 60)
            .number("now", COSIGNED_AT + 61)
            .fails("fresh enough", "checkpoint-stale"),
        with_key("malformed key beside a good one", "x")
            .fails("signed by its log", "key-malformed"),
        with_key("key of an unsupported type", "x+00000000+AgAA")
            .fails("signed by its log", "key-type-unsupported"),
        with_key("witness's key as a log's", &witness(11).verifier_key().to_text())
            .fails("signed by its log", "key-kind-mismatch"),
        Case::new("policy without a log")
            .text("checkpoint", plain)
            .text("policy", "quorum none\n")
            .fails("policy without quorum", "log-key-missing"),
    ]
}

pub(crate) fn proofs() -> Vec<Value> {
    let text = world(entry(fields(), &[]).as_bytes()).receipt.proof;
    let case = |name: &str, text: &str| Case::new(name).text("proof", text);
    let extra = replaced(&text, "index", "extra YWdl\nindex");
    let mut cases = vec![case("plain", &text).ok(), case("with extra data", &extra).ok()];
    for (name, from, to) in [
        ("header changed", "@v1", "@v2"),
        ("index with a leading zero", "index 2", "index 02"),
        ("index above 2^48", "index 2", "index 281474976710657"),
        ("index line missing", "index 2\n", ""),
        ("hash shortened", "index 2\n", "index 2\nAAAA\n"),
        ("hash with stray bits", "=\n", "\n"),
        ("carriage return", "index 2\n", "index 2\r\n"),
        ("empty extra line", "index 2\n", "extra \nindex 2\n"),
        ("extra line after the index", "index 2\n", "index 2\nextra YWdl\n"),
        ("index in capitals", "index 2", "Index 2"),
        ("index negative", "index 2", "index -2"),
    ] {
        cases.push(case(name, &replaced(&text, from, to)).fails("plain", "proof-malformed"));
    }
    let (head, _) = text.split_once("\n\n").unwrap();
    cases.push(case("no checkpoint", head).fails("plain", "proof-malformed"));
    let extra = replaced(&extra, "extra YWdl", "extra YWd");
    cases.push(case("extra not base64", &extra).fails("with extra data", "proof-malformed"));
    cases
}

pub(crate) fn policies() -> Vec<Value> {
    let good = policy("two-of-three");
    let case = |name: &str, text: &str| Case::new(name).text("policy", text);
    // Under another name in the policy and in the key: the public key is what counts.
    let again = Cosigner::new("other.example", key(11)).unwrap();
    let twice = format!("witness w {}\ngroup", again.verifier_key());
    let mut cases = vec![
        case("two of three", &good).ok(),
        case(
            "comments and white space",
            &format!("# c\n\n \t{}", replaced(&good, "log ", "log\t ")),
        )
        .ok(),
        case("no quorum", &policy("none")).ok(),
        case("one witness", &policy("w12")).ok(),
    ];
    for (name, from, to, code) in [
        ("quorum undefined", "quorum two-of-three", "quorum x", "policy-malformed"),
        ("quorum missing", "quorum two-of-three\n", "", "policy-malformed"),
        ("quorum twice", "quorum", "quorum none\nquorum", "policy-malformed"),
        ("threshold above members", "three 2", "three 4", "policy-malformed"),
        ("threshold zero", "three 2", "three 0", "policy-malformed"),
        ("member twice", "w12 w13\n", "w12 w12\n", "policy-malformed"),
        ("member undefined", "w12 w13\n", "w12 w14\n", "policy-malformed"),
        ("name defined twice", "witness w12", "witness w11", "policy-malformed"),
        ("name reserved", "witness w12", "witness none", "policy-malformed"),
        ("carriage return", "\n", "\r\n", "policy-malformed"),
        ("control character in a comment", "log ", "# \u{1}\nlog ", "policy-malformed"),
        ("unknown kind of line", "log ", "mirror x\nlog ", "policy-malformed"),
        ("none as a member", "w12 w13\n", "w12 none\n", "policy-malformed"),
        ("group without members", "2 w11 w12 w13\n", "any\n", "policy-malformed"),
        ("threshold with a leading zero", "three 2", "three 02", "policy-malformed"),
        ("group of itself", "w12 w13\n", "w12 two-of-three\n", "policy-malformed"),
        ("member of two groups", "group", "group one any w11\ngroup", "policy-malformed"),
        ("quorum before its group", "group", "quorum two-of-three\ngroup", "policy-malformed"),
        ("one log twice", "log ", &format!("log {}\nlog ", log_key()), "policy-malformed"),
        ("one witness twice", "group", &twice, "policy-malformed"),
        (
            "witness key of a log",
            "log ",
            &format!("witness x {}\nlog ", log("x", 2).verifier_key()),
            "key-kind-mismatch",
        ),
        ("log key of a witness", "witness w11", "log", "key-kind-mismatch"),
        ("malformed key", "log ", "log x", "key-id-mismatch"),
    ] {
        cases.push(case(name, &replaced(&good, from, to)).fails("two of three", code));
    }
    cases
}

pub(crate) fn signatures() -> Vec<Value> {
    let (signer, message) = (key(1), b"a message".as_slice());
    let (public, good) = (*signer.public_key().as_bytes(), signer.sign(message));
    let case = |name: &str, public: &[u8], message: &[u8], signature: &[u8]| {
        Case::new(name)
            .text("publicKey", hex(public))
            .text("message", hex(message))
            .text("signature", hex(signature))
    };
    let mut low_order = [0; 32];
    low_order[0] = 1;
    let identity_r = [&low_order[..], &[0; 32]].concat();
    let bad = |name: &str, public: &[u8], message: &[u8], signature: &[u8]| {
        case(name, public, message, signature).fails("good", "signature-invalid")
    };
    let flipped = |at: usize| {
        let mut bytes = good;
        bytes[at] ^= 1;
        bytes
    };
    let mut cases = vec![
        case("good", &public, message, &good).ok(),
        case("good, empty message", &public, b"", &signer.sign(b"")).ok(),
        bad("message changed", &public, b"a messagf", &good),
        bad("R changed", &public, message, &flipped(0)),
        bad("S changed", &public, message, &flipped(40)),
        bad("S plus the group order", &public, message, &larger_s(good)),
        bad("another key", key(2).public_key().as_bytes(), message, &good),
        bad("key of low order", &low_order, message, &identity_r),
        bad("key that is no point", &[2; 32], message, &good),
        bad("R of low order", &public, message, &[&low_order[..], &good[32..]].concat()),
        bad("63 bytes", &public, message, &good[..63]),
        bad("65 bytes", &public, message, &[&good[..], &[0]].concat()),
        bad("no bytes", &public, message, &[]),
    ];
    cases.extend(edge_cases());
    cases
}

/// One vector of C2SP/CCTV for each set of flags: strict verification takes what has parts of low order, if they cancel
/// out, and nothing else that is odd.
fn edge_cases() -> impl Iterator<Item = Value> {
    let lines = include_str!("cctv.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let [number, key, signature, message, flags] =
            line.split(';').collect::<Vec<_>>().try_into().unwrap();
        let name = format!("CCTV {number}: {}", if flags.is_empty() { "plain" } else { flags });
        let case = Case::new(&name)
            .text("publicKey", key)
            .text("message", hex(message.as_bytes()))
            .text("signature", signature);
        let taken = |flag: &str| matches!(flag, "low_order_component_A" | "low_order_component_R");
        if flags.is_empty() || flags.split(',').all(taken) {
            case.ok()
        } else {
            case.fails("CCTV 305: plain", "signature-invalid")
        }
    })
}

/// The same scalar in an encoding that is not canonical.
fn larger_s(mut signature: [u8; 64]) -> [u8; 64] {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0u16;
    for (s, l) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*s) + u16::from(l) + carry;
        *s = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    signature
}
