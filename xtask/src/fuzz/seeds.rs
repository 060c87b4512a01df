//! Where fuzzing begins: the vectors, so that it need not find the formats by itself.

use std::path::Path;

use serde_json::Value as Json;
use stateledger_core::base64;

use crate::failure::{Outcome, While};
use crate::workspace;

/// How a member of a vector holds the bytes.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Base64,
    /// Rows of a chain, as the target reads them: fields between tabs.
    Rows,
}

/// The members of vectors that a target takes: file, member, form.
fn sources(target: &str) -> &'static [(&'static str, &'static str, Form)] {
    match target {
        "entry" => &[("entry", "entry", Form::Base64)],
        "statement" => &[("author-signature", "statement", Form::Text)],
        "receipt" => &[("receipt", "receipt", Form::Text)],
        "note" => &[("note", "note", Form::Text), ("checkpoint", "checkpoint", Form::Text)],
        "checkpoint" => &[("checkpoint", "checkpoint", Form::Text)],
        "proof" => &[("tlog-proof", "proof", Form::Text)],
        "policy" => &[("policy", "policy", Form::Text)],
        "witness" => &[("tlog-witness", "body", Form::Text)],
        "disclosure" => &[("disclosure", "disclosure", Form::Text)],
        "batch_proof" => &[("batch-proof", "proof", Form::Base64)],
        "audit_bundle" => &[("audit-bundle", "bundle", Form::Base64)],
        "legacy" => &[("legacy-chain", "rows", Form::Rows)],
        _ => &[("json", "input", Form::Text)],
    }
}

/// Inputs that no vector has.
fn more(target: &str) -> Vec<Vec<u8>> {
    let texts: &[&str] = match target {
        "time" => &["2026-11-23T10:00:00.000Z"],
        "base64" => &["AAECAw==", "_-8"],
        "tile_path" => &["tile/0/x001/067.p/17", "tile/entries/000"],
        "verifier_key" => {
            &["ledger.example/log/demo+21dc2082+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"]
        }
        "entry_bundle" => &["\0\x01a\0\0\0\x03abc"],
        _ => &[],
    };
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// What the first byte of an input of `wasm_equals_native` chooses, and the target that takes the rest.
const COMPARED: [(u8, &str); 11] = [
    (0, "json"),
    (1, "entry"),
    (2, "receipt"),
    (3, "note"),
    (4, "policy"),
    (5, "proof"),
    (6, "disclosure"),
    (7, "batch_proof"),
    (8, "audit_bundle"),
    (14, "receipt"),
    (17, "legacy"),
];

/// Its other choices take numbers and hashes.
const OTHERS: [u8; 7] = [9, 10, 11, 12, 13, 15, 16];

/// Writes a target's seeds, one file each.
pub(super) fn write(target: &str, folder: &Path) -> Outcome {
    let inputs = if target == "wasm_equals_native" { compared()? } else { inputs(target)? };
    for (number, input) in inputs.iter().enumerate() {
        let path = folder.join(number.to_string());
        std::fs::write(&path, input).or_could_not_run(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn compared() -> Outcome<Vec<Vec<u8>>> {
    let choosing = |which: u8, rest: &[u8]| [&[which], rest].concat();
    let mut all: Vec<_> = OTHERS.iter().map(|which| choosing(*which, &[*which; 160])).collect();
    // Of a tree of seven leaves: the leaves 2, 3 and 6; the subtree from 4 to 6, and its leaf 5.
    let numbers = |numbers: &[u64]| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    };
    all.push(choosing(15, &[numbers(&[7]), vec![3, 2, 1, 3], vec![1; 64]].concat()));
    all.push(choosing(16, &[numbers(&[4, 6, 7, 5]), vec![1; 96]].concat()));
    for (which, target) in COMPARED {
        all.extend(inputs(target)?.iter().map(|input| choosing(which, input)));
    }
    Ok(all)
}

fn inputs(target: &str) -> Outcome<Vec<Vec<u8>>> {
    let mut inputs = more(target);
    for (file, member, form) in sources(target) {
        let path = workspace::root().join("tests/vectors").join(file).with_extension("json");
        let text = workspace::read(&path)?;
        let vectors: Json = serde_json::from_str(&text)
            .or_could_not_run(|| format!("reading {}", path.display()))?;
        let cases = vectors.get("cases").and_then(Json::as_array);
        inputs
            .extend(cases.into_iter().flatten().filter_map(|case| bytes(case.get(member)?, *form)));
    }
    Ok(inputs)
}

fn bytes(value: &Json, form: Form) -> Option<Vec<u8>> {
    match form {
        Form::Text => Some(value.as_str()?.as_bytes().to_vec()),
        Form::Base64 => base64::decode(value.as_str()?).ok(),
        Form::Rows => {
            let field = |row: &Json, name: &str| Some(row.get(name)?.as_str()?.to_owned());
            let line = |row: &Json| {
                let fields =
                    ["ts", "type", "source", "payload", "hash"].map(|name| field(row, name));
                Some(fields.into_iter().collect::<Option<Vec<_>>>()?.join("\t"))
            };
            let lines: Option<Vec<_>> = value.as_array()?.iter().map(line).collect();
            Some(lines?.join("\n").into_bytes())
        }
    }
}
