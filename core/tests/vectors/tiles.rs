//! The paths and entry bundles of tlog-tiles.

use stateledger_core::base64;
use stateledger_core::json::Value;
use stateledger_core::tile::{MAX_ENTRY_BYTES, write_bundle};

use crate::world::Case;

pub(crate) fn paths() -> Vec<Value> {
    let case = |path: &str| Case::new(path).text("path", path);
    let mut cases: Vec<Value> = [
        "tile/0/000",
        "tile/63/000",
        "tile/0/x001/x234/067",
        "tile/1/000.p/1",
        "tile/1/000.p/255",
        "tile/entries/x001/x234/067",
        "tile/entries/273.p/112",
        // 2^48 leaves fill 2^40 tiles, and 2^32 of level 1.
        "tile/0/x001/x099/x511/x627/775",
        "tile/1/x004/x294/x967/295.p/1",
        "tile/entries/x001/x099/x511/x627/775.p/255",
    ]
    .into_iter()
    .map(|path| case(path).ok())
    .collect();
    for (from, bad) in [
        ("tile/0/000", "/tile/0/000"),
        ("tile/0/000", "tile/00/000"),
        ("tile/0/000", "tile/0/0"),
        ("tile/0/000", "tile/0/0000"),
        ("tile/0/000", "tile/0/x000"),
        ("tile/0/000", "tile/0/x000/000"),
        ("tile/0/000", "tile/0/-01"),
        ("tile/0/000", "tile/0/000/"),
        ("tile/63/000", "tile/64/000"),
        ("tile/63/000", "tile/-1/000"),
        ("tile/0/x001/x234/067", "tile/0/001/234/067"),
        ("tile/0/x001/x234/067", "tile/0/x001/x234/x067"),
        ("tile/0/x001/x234/067", "tile/0/x1/x234/067"),
        ("tile/1/000.p/1", "tile/1/000.p/0"),
        ("tile/1/000.p/1", "tile/1/000.p/01"),
        ("tile/1/000.p/1", "tile/1/000.p/"),
        ("tile/1/000.p/255", "tile/1/000.p/256"),
        ("tile/entries/273.p/112", "tile/entry/273.p/112"),
        ("tile/0/x001/x099/x511/x627/775", "tile/0/x001/x099/x511/x627/776"),
        ("tile/1/x004/x294/x967/295.p/1", "tile/1/x004/x294/x967/296.p/1"),
        ("tile/63/000", "tile/63/001"),
        (
            "tile/entries/x001/x099/x511/x627/775.p/255",
            "tile/entries/x001/x099/x511/x627/776.p/255",
        ),
    ] {
        cases.push(case(bad).fails(from, "tile-path-malformed"));
    }
    cases
}

pub(crate) fn entries() -> Vec<Value> {
    let bytes = |entries: &[&[u8]]| write_bundle(entries.iter().copied()).unwrap();
    let case = |name: &str, bytes: &[u8]| Case::new(name).text("entries", base64::encode(bytes));
    let three = bytes(&[b"one", b"", b"three"]);
    let full = bytes(&[b"" as &[u8]; 256]);
    let changed = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = three.clone();
        change(&mut bytes);
        case(name, &bytes).fails("three entries", "bundle-malformed")
    };
    vec![
        case("three entries", &three).number("count", 3).ok(),
        case("no entries", &[]).number("count", 0).ok(),
        case("the longest entry", &bytes(&[&[7; MAX_ENTRY_BYTES]])).number("count", 1).ok(),
        case("256 entries", &full).number("count", 256).ok(),
        case("257 entries", &[&full[..], &[0, 0]].concat())
            .fails("256 entries", "bundle-malformed"),
        changed("last byte missing", &|bytes| {
            bytes.pop();
        }),
        changed("a byte too many", &|bytes| bytes.push(0)),
        changed("length in little-endian order", &|bytes| bytes.swap(0, 1)),
        changed("last length one more", &|bytes| bytes[8] += 1),
    ]
}
