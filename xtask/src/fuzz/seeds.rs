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
    let mut inputs: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    if target == "wasm_equals_native" {
        // Its first byte chooses what the rest is for.
        inputs.extend((0..13u8).map(|which| [vec![which], vec![which; 160]].concat()));
    }
    inputs
}

/// Writes a target's seeds, one file each.
pub(super) fn write(target: &str, folder: &Path) -> Outcome {
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
    for (number, input) in inputs.iter().enumerate() {
        let path = folder.join(number.to_string());
        std::fs::write(&path, input).or_could_not_run(|| format!("writing {}", path.display()))?;
    }
    Ok(())
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
