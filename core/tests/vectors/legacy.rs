//! The hash chain of the first StateLedger.

use stateledger_core::json::Value;
use stateledger_core::legacy::{Chain, Row};

use crate::world::Case;

#[derive(Clone)]
struct Stored {
    ts: i64,
    record_type: &'static str,
    source: &'static str,
    payload: &'static str,
    hash: String,
}

impl Stored {
    fn row(&self) -> Row<'_> {
        Row {
            timestamp: self.ts,
            record_type: self.record_type,
            source: self.source,
            payload: self.payload,
            hash: &self.hash,
        }
    }
}

type Fields = (i64, &'static str, &'static str, &'static str);

const CODE: Fields = (1000, "code", "test", r#"{"repo":"app","commit":"abc1234"}"#);
const CONFIG: Fields = (1001, "config", "ops", "{}");
const LAST: Fields = (i64::MAX, "é", "", "three\nlines\n");

fn chain(fields: &[Fields]) -> Vec<Stored> {
    let mut chain = Chain::new();
    let mut rows = Vec::new();
    for &(ts, record_type, source, payload) in fields {
        let mut row = Stored { ts, record_type, source, payload, hash: String::new() };
        row.hash = chain.next_hash(&row.row()).to_string();
        chain.verify_next(&row.row()).unwrap();
        rows.push(row);
    }
    rows
}

fn case(name: &str, rows: &[Stored]) -> Case {
    let row = |row: &Stored| {
        Value::object([
            ("ts", Value::string(row.ts.to_string())),
            ("type", Value::string(row.record_type)),
            ("source", Value::string(row.source)),
            ("payload", Value::string(row.payload)),
            ("hash", Value::string(row.hash.as_str())),
        ])
    };
    Case::new(name).value("rows", Value::Array(rows.iter().map(row).collect()))
}

pub(crate) fn chains() -> Vec<Value> {
    let good = |name: &str, fields: &[Fields], ambiguous: &[&str]| {
        case(name, &chain(fields)).texts("ambiguous", ambiguous.iter().copied()).ok()
    };
    let whole = chain(&[CODE, CONFIG, LAST]);
    let continued = |name: &str, rows: &str, head: &str| {
        let after = [("rows", Value::string(rows)), ("head", Value::string(head))];
        case(name, &whole[1..]).value("after", Value::object(after))
    };
    let none: [&str; 0] = [];
    let mut cases = vec![
        good("no rows", &[], &[]),
        good("one row", &[CODE], &[]),
        good("three rows", &[CODE, CONFIG, LAST], &[]),
        good("time before 1970", &[(-5, "a", "b", "c")], &[]),
        good("separator in the payload", &[CODE, (7, "a", "b", "c|d")], &["1"]),
        good("separator in the type, same hash", &[CODE, (7, "a|b", "c", "d")], &["1"]),
        continued("rows after the first", "1", &whole[0].hash).texts("ambiguous", none).ok(),
        continued("rows after another first", "1", &whole[1].hash)
            .text("row", "1")
            .fails("rows after the first", "legacy-chain-broken"),
    ];
    let mut push = |name: &str, row: &str, change: &dyn Fn(&mut Vec<Stored>)| {
        let mut rows = chain(&[CODE, CONFIG, LAST]);
        change(&mut rows);
        cases.push(case(name, &rows).text("row", row).fails("three rows", "legacy-chain-broken"));
    };
    push("time changed", "0", &|rows| rows[0].ts += 1);
    push("type changed", "1", &|rows| rows[1].record_type = "confix");
    push("source changed", "2", &|rows| rows[2].source = "x");
    push("payload changed", "2", &|rows| rows[2].payload = "three\nlines");
    push("hash of the first row changed", "0", &|rows| rows[0].hash = "0".repeat(64));
    push("hash in upper case", "1", &|rows| rows[1].hash = rows[1].hash.to_uppercase());
    push("first row left out", "0", &|rows| {
        rows.remove(0);
    });
    push("middle row left out", "1", &|rows| {
        rows.remove(1);
    });
    push("rows swapped", "1", &|rows| rows.swap(1, 2));
    push("row twice", "1", &|rows| rows.insert(1, rows[0].clone()));
    cases
}
