//! What transcripts check beyond text. Each reads what the server answered and derives it again with core.
//!
//! ```text
//! ! receipt <json> verifies under <verifier key>
//! ! receipt <json> verifies under <verifier key> with its payload
//! ! receipt <json> has <sorted member names, with commas>
//! ! log <ledger> audits under <verifier key> with <n> entries
//! ! length of <path> is <bytes>
//! ! same <text> as <text>
//! ! inclusion|consistency|batch|range|subtree <json> holds under <root>
//! ! tree <json> is signed by <verifier key>
//! ! ledgers of <prefix> are <ids>
//! ! ledgers of <prefix> with <token> are <ids>
//! ```

mod proofs;

use serde_json::Value;
use stateledger_core::checkpoint::SignedCheckpoint;
use stateledger_core::note::VerifierKey;
use stateledger_core::receipt::{PayloadStatus, verify_receipt_json};
use stateledger_core::tile::{TileId, TilePath, TileSet, parse_bundle, width_at};
use stateledger_core::tree::{self, TreeSize, leaf_hash};
use stateledger_core::trust::Trust;

use crate::transcript::{Client, HttpRequest};

/// Runs one check; says what does not hold.
pub fn run(check: &str, client: &dyn Client) -> Result<(), String> {
    let (kind, rest) = check.split_once(' ').ok_or("a check has a kind")?;
    let split = |text: &str, at: &str| {
        let (left, right) = text.split_once(at).ok_or(format!("no {at:?} in {text}"))?;
        Ok::<_, String>((left.to_owned(), right.to_owned()))
    };
    match kind {
        "receipt" if rest.contains(" verifies under ") => {
            let (receipt, key) = split(rest, " verifies under ")?;
            match key.strip_suffix(" with its payload") {
                Some(key) => verify(&receipt, key, PayloadStatus::Verified),
                None => verify(&receipt, &key, PayloadStatus::Absent),
            }
        }
        "receipt" => {
            let (receipt, members) = split(rest, " has ")?;
            has(&receipt, &members)
        }
        "log" => {
            let (ledger, rest) = split(rest, " audits under ")?;
            let (key, rest) = split(&rest, " with ")?;
            let (count, _) = split(&rest, " ")?;
            let count = count.parse().map_err(|_| format!("no count: {count}"))?;
            audit(&ledger, &key, count, client)
        }
        "length" => {
            let (path, length) = split(rest.trim_start_matches("of "), " is ")?;
            let got = get(&path, client)?.len();
            if got.to_string() == length { Ok(()) } else { Err(format!("{path} has {got} bytes")) }
        }
        "same" => {
            let (left, right) = split(rest, " as ")?;
            if left == right { Ok(()) } else { Err(format!("{left}\nis not\n{right}")) }
        }
        "inclusion" | "consistency" | "batch" | "range" | "subtree" => {
            let (json, root) = split(rest, " holds under ")?;
            proofs::holds(kind, &json, &root)
        }
        "ledgers" => {
            let (asked, ids) = split(rest.trim_start_matches("of "), " are ")?;
            let (prefix, token) = asked.split_once(" with ").unwrap_or((&asked, ""));
            ledgers(prefix, token, &ids, client)
        }
        "tree" => {
            let (json, key) = split(rest, " is signed by ")?;
            proofs::signed(&json, &key)
        }
        other => Err(format!("no check {other}")),
    }
}

/// Verifies a receipt as its reader would, with nothing but the ledger's key.
fn verify(receipt: &str, key: &str, payload: PayloadStatus) -> Result<(), String> {
    let trust = Trust::from_log_keys([key]).map_err(|error| error.code().to_owned())?;
    let verdict = verify_receipt_json(receipt.as_bytes(), &trust, None)
        .map_err(|error| error.code().to_owned())?;
    if verdict.payload == payload {
        Ok(())
    } else {
        Err(format!("the payload is {:?}, not {payload:?}", verdict.payload))
    }
}

fn has(receipt: &str, members: &str) -> Result<(), String> {
    let value: Value = serde_json::from_str(receipt).map_err(|error| error.to_string())?;
    let mut names: Vec<_> =
        value.as_object().ok_or("no object")?.keys().map(String::as_str).collect();
    names.sort_unstable();
    let names = names.join(",");
    if names == members { Ok(()) } else { Err(format!("the receipt has {names}")) }
}

/// Walks through the list of ledgers, two on a page, and finds those whose id begins with `prefix`, each as its own route
/// describes it.
fn ledgers(prefix: &str, token: &str, ids: &str, client: &dyn Client) -> Result<(), String> {
    let read = |target: &str| {
        let mut request = HttpRequest::get(target);
        if !token.is_empty() {
            request.headers.push(("Authorization".into(), format!("Bearer {token}")));
        }
        let answer = client.send(&request);
        let body = serde_json::from_slice::<Value>(&answer.body);
        body.map_err(|error| format!("{target}: {}: {error}", answer.status))
    };
    let (mut found, mut target) = (Vec::new(), String::from("/api/v1/ledgers?limit=2"));
    loop {
        let page = read(&target)?;
        for ledger in page["ledgers"].as_array().ok_or("no list of ledgers")? {
            let id = ledger["ledger"].as_str().ok_or("no id")?;
            if id.starts_with(prefix) {
                if *ledger != read(&format!("/api/v1/ledgers/{id}"))? {
                    return Err(format!("{id} is described differently"));
                }
                found.push(id.to_owned());
            }
        }
        match page["nextCursor"].as_str() {
            Some(cursor) => target = format!("/api/v1/ledgers?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let found = found.join(" ");
    if found == ids { Ok(()) } else { Err(format!("the ledgers are {found}")) }
}

/// Downloads the whole public read side and derives every hash up to the root that the checkpoint signs.
fn audit(ledger: &str, key: &str, count: u64, client: &dyn Client) -> Result<(), String> {
    let prefix = format!("/log/{ledger}/");
    let note = get(&format!("{prefix}checkpoint"), client)?;
    let signed = SignedCheckpoint::parse(&note).map_err(|error| error.code().to_owned())?;
    let key = VerifierKey::parse(key).map_err(|error| error.code().to_owned())?;
    signed.note().open(std::slice::from_ref(&key)).map_err(|error| error.code().to_owned())?;
    let checkpoint = signed.checkpoint();
    if checkpoint.origin != key.name() {
        return Err(format!("origin {} is not the key's name", checkpoint.origin));
    }
    if checkpoint.size.get() != count {
        return Err(format!("{} entries, not {count}", checkpoint.size.get()));
    }
    let derived = leaves(&prefix, checkpoint.size, client)?;
    let published = tiles(&prefix, checkpoint.size, client)?;
    for id in published.ids().filter(|id| id.level == 0) {
        if published.hashes(id) != derived.hashes(id) {
            return Err(format!("tile {} is not of the entries", id.index));
        }
    }
    for (what, set) in [("entries", &derived), ("tiles", &published)] {
        let root = tree::root(checkpoint.size, set).map_err(|error| error.code().to_owned())?;
        if root != checkpoint.root {
            return Err(format!("the {what} do not hash to the signed root"));
        }
    }
    Ok(())
}

/// The tree as the entry bundles have it.
fn leaves(prefix: &str, size: TreeSize, client: &dyn Client) -> Result<TileSet, String> {
    let mut rows: Vec<Vec<u8>> = Vec::new();
    for index in 0..size.get().div_ceil(256) {
        let width = width_at(TileId { level: 0, index }, size);
        let path = TilePath::Entries { index, width }.to_path();
        let bundle = get(&format!("{prefix}{path}"), client)?;
        let entries = parse_bundle(&bundle).map_err(|error| error.code().to_owned())?;
        if entries.len() != usize::from(width) {
            return Err(format!("{path} has {} entries", entries.len()));
        }
        rows.push(entries.iter().flat_map(|entry| leaf_hash(entry).0).collect());
    }
    let mut set = TileSet::new();
    let mut level = 0;
    while !rows.is_empty() {
        let mut above = Vec::new();
        for (index, row) in (0..).zip(&rows) {
            let id = TileId { level, index };
            set.insert(id, row).map_err(|error| error.code().to_owned())?;
            above.extend(set.full_root(id).map(|root| root.0));
        }
        rows = above.concat().chunks(8192).map(<[u8]>::to_vec).collect();
        level += 1;
    }
    Ok(set)
}

/// The tree as the tiles of every level have it.
fn tiles(prefix: &str, size: TreeSize, client: &dyn Client) -> Result<TileSet, String> {
    let mut set = TileSet::new();
    for level in 0.. {
        if width_at(TileId { level, index: 0 }, size) == 0 {
            break;
        }
        for index in 0.. {
            let id = TileId { level, index };
            let width = width_at(id, size);
            if width == 0 {
                break;
            }
            let path = TilePath::Tile { id, width }.to_path();
            let bytes = get(&format!("{prefix}{path}"), client)?;
            set.insert(id, &bytes).map_err(|error| format!("{path}: {}", error.code()))?;
            if set.hashes(id).map(<[_]>::len) != Some(usize::from(width)) {
                return Err(format!("{path} has another width"));
            }
        }
    }
    Ok(set)
}

fn get(path: &str, client: &dyn Client) -> Result<Vec<u8>, String> {
    let response = client.send(&HttpRequest::get(path));
    if response.status == 200 {
        Ok(response.body)
    } else {
        Err(format!("{path}: {}", response.status))
    }
}
