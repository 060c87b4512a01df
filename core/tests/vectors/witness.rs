//! Bodies of tlog-witness.

use stateledger_core::json::Value;
use stateledger_core::tree::TreeSize;
use stateledger_core::witness::{AddCheckpoint, Cosignatures, CosignedSize};

use crate::trees::leaf;
use crate::world::{COSIGNED_AT, Case, entry, fields, replaced, witness, world};

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn request(old: u64, hashes: u64) -> String {
    let checkpoint = world(entry(fields(), &[]).as_bytes()).signed;
    let proof = (0..hashes).map(leaf).collect();
    utf8(AddCheckpoint::new(TreeSize::new(old), proof, checkpoint).unwrap().to_bytes())
}

fn answer(seeds: &[u8]) -> String {
    let checkpoint = world(entry(fields(), &[]).as_bytes()).signed;
    let cosign = |seed: &u8| witness(*seed).cosign(checkpoint.note().text(), COSIGNED_AT);
    utf8(Cosignatures::new(seeds.iter().map(cosign).collect()).unwrap().to_bytes())
}

fn case(kind: &str, name: &str, body: &str) -> Case {
    Case::new(name).text("kind", kind).text("body", body)
}

pub(crate) fn bodies() -> Vec<Value> {
    let size = |size| utf8(CosignedSize(TreeSize::new(size)).to_bytes());
    let mut cases = vec![
        case("add-checkpoint", "from size 3", &request(3, 2)).ok(),
        case("add-checkpoint", "from size 0", &request(0, 0)).ok(),
        case("add-checkpoint", "from the same size", &request(7, 0)).ok(),
        case("add-checkpoint", "63 hashes", &request(3, 63)).ok(),
        case("cosignatures", "one witness", &answer(&[11])).ok(),
        case("cosignatures", "two witnesses", &answer(&[11, 13])).ok(),
        case("size", "size 0", &size(0)).ok(),
        case("size", "size 2^48", &size(1 << 48)).ok(),
    ];
    cases.extend(requests());
    cases.extend(answers());
    cases
}

fn requests() -> Vec<Value> {
    let from = "from size 3";
    let good = request(3, 2);
    let second = leaf(1).to_base64();
    let bad = "witness-malformed";
    let mut cases = Vec::new();
    for (name, old, new, code) in [
        ("old size with a leading zero", "old 3\n", "old 03\n", bad),
        ("a proof from size 0", "old 3\n", "old 0\n", bad),
        ("old size signed", "old 3\n", "old +3\n", bad),
        ("old size above 2^48", "old 3\n", "old 281474976710657\n", bad),
        ("old size of the next tree", "old 3\n", "old 8\n", "sizes-reversed"),
        ("two spaces", "old 3\n", "old  3\n", bad),
        ("carriage return", "old 3\n", "old 3\r\n", bad),
        ("no old size", "old 3\n", "", bad),
        ("capital letter", "old", "Old", bad),
        ("hash without padding", &format!("{second}\n"), &second.replace('=', "\n"), bad),
        ("hash cut", &second, "AAAA", bad),
        ("empty line between hashes", &second, &format!("\n{second}"), "checkpoint-malformed"),
        ("no empty line", "\n\nledger", "\nledger", bad),
        ("checkpoint's size with a leading zero", "\n7\n", "\n07\n", "checkpoint-malformed"),
        ("signature line broken", "\u{2014} ", "\u{2014}", "note-malformed"),
    ] {
        cases.push(case("add-checkpoint", name, &replaced(&good, old, new)).fails(from, code));
    }
    let more = replaced(&request(3, 63), &second, &format!("{second}\n{second}"));
    cases.push(case("add-checkpoint", "64 hashes", &more).fails("63 hashes", bad));
    cases
}

fn answers() -> Vec<Value> {
    let bad = "witness-malformed";
    let good = answer(&[11]);
    let mut cases = Vec::new();
    for (name, body) in [
        ("no lines", String::new()),
        ("empty line", "\n".into()),
        ("last newline missing", good.trim_end().into()),
        ("empty line at the end", format!("{good}\n")),
        ("hyphen for the dash", replaced(&good, "\u{2014}", "-")),
        ("name with plus", replaced(&good, "witness-11", "witness+11")),
        ("65 lines", good.repeat(65)),
    ] {
        cases.push(case("cosignatures", name, &body).fails("one witness", bad));
    }
    for (name, body) in [
        ("size without a newline", "0"),
        ("size in hex", "0x0\n"),
        ("size with a leading zero", "00\n"),
        ("size and a space", "0 \n"),
        ("size missing", "\n"),
    ] {
        cases.push(case("size", name, body).fails("size 0", bad));
    }
    let above = case("size", "size above 2^48", "281474976710657\n");
    cases.push(above.fails("size 2^48", bad));
    cases
}
