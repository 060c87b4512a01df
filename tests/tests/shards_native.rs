//! Ledgers in several databases: each keeps its place, and together they are one deployment.
#![allow(clippy::expect_used, reason = "all of this file is tests")]

use serde_json::Value;
use stateledger_ledger::Secrets;
use stateledger_tests::host::{NativeClient, NativeHost, TOKEN};
use stateledger_tests::sqlite::Sqlite;
use stateledger_tests::transcript::{Client, HttpRequest};

fn database() -> Sqlite {
    Sqlite::in_memory().expect("a database")
}

fn client(databases: &[Sqlite]) -> NativeClient {
    let (first, more) = databases.split_first().expect("a database");
    NativeClient::new(NativeHost::sharded(
        first.clone(),
        more.to_vec(),
        Secrets::from_seed([9; 32]),
    ))
}

fn call(client: &NativeClient, method: &str, target: &str, body: &str) -> (u16, Value) {
    let headers = [
        ("Authorization".to_owned(), format!("Bearer {TOKEN}")),
        ("Content-Type".to_owned(), "application/json".to_owned()),
    ];
    let request = HttpRequest {
        method: method.into(),
        target: target.into(),
        headers: headers.into_iter().collect(),
        body: body.as_bytes().to_vec(),
    };
    let answer = client.send(&request);
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

fn create(client: &NativeClient, ledger: &str) {
    let body = format!("{{\"ledger\":\"{ledger}\"}}");
    assert_eq!(call(client, "POST", "/api/v1/ledgers", &body).0, 201, "{ledger}");
}

fn append(client: &NativeClient, ledger: &str) -> u16 {
    let record = r#"{"type":"t","source":"s","payload":1}"#;
    call(client, "POST", &format!("/api/v1/ledgers/{ledger}/records"), record).0
}

fn ledgers(database: &Sqlite) -> Vec<String> {
    let connection = database.connection();
    let mut statement = connection.prepare("select id from ledgers order by id").expect("SQL");
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("ids")
}

fn size(client: &NativeClient, ledger: &str) -> String {
    let (status, body) = call(client, "GET", &format!("/api/v1/ledgers/{ledger}"), "");
    assert_eq!(status, 200, "{ledger}: {body}");
    body["size"].as_str().expect("a size").to_owned()
}

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

#[test]
fn a_ledger_stays_where_it_was_created_when_databases_are_added() {
    let databases = [database(), database(), database()];
    let one = client(&databases[..1]);
    for name in &NAMES[..4] {
        create(&one, name);
        assert_eq!(append(&one, name), 201);
    }
    let three = client(&databases);
    for name in &NAMES[4..] {
        create(&three, name);
    }
    assert!(databases.iter().all(|database| !ledgers(database).is_empty()), "no new one is empty");
    assert!(NAMES[..4].iter().all(|name| ledgers(&databases[0]).contains(&(*name).to_owned())));
    // Another host, which remembers nothing, finds each of them.
    let again = client(&databases);
    for name in NAMES {
        assert_eq!(append(&again, name), 201, "{name}");
    }
    for (name, records) in NAMES.iter().zip([2, 2, 2, 2, 1, 1, 1, 1]) {
        assert_eq!(size(&again, name), records.to_string(), "{name}");
    }
    let before: Vec<_> = databases.iter().map(ledgers).collect();
    for name in NAMES {
        let body = format!("{{\"ledger\":\"{name}\"}}");
        assert_eq!(call(&again, "POST", "/api/v1/ledgers", &body).0, 409, "{name}");
    }
    assert_eq!(databases.iter().map(ledgers).collect::<Vec<_>>(), before);
}

#[test]
fn what_spans_ledgers_spans_databases() {
    let databases = [database(), database()];
    let two = client(&databases);
    NAMES.iter().for_each(|name| create(&two, name));
    assert!(databases.iter().all(|database| !ledgers(database).is_empty()));
    let (mut listed, mut target) = (Vec::new(), "/api/v1/ledgers?limit=3".to_owned());
    loop {
        let (status, page) = call(&two, "GET", &target, "");
        assert_eq!(status, 200);
        let rows = page["ledgers"].as_array().expect("ledgers").clone();
        listed.extend(rows.iter().map(|row| row["ledger"].as_str().expect("an id").to_owned()));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        target = format!("/api/v1/ledgers?limit=3&cursor={cursor}");
    }
    assert_eq!(listed, NAMES);
    assert_eq!(call(&two, "POST", "/api/v1/tokens", r#"{"scopes":["read"]}"#).0, 201);
    let tokens = |database: &Sqlite| {
        let sql = "select count(*) from tokens";
        let count = database.connection().query_row(sql, [], |row| row.get::<_, i64>(0));
        count.expect("a count")
    };
    assert_eq!(databases.each_ref().map(tokens), [1, 0], "tokens are of no ledger");
    assert_eq!(call(&two, "GET", "/readyz", "").0, 200);
    databases[1].connection().execute_batch("drop table tokens").expect("SQL");
    let (status, ready) = call(&two, "GET", "/readyz", "");
    assert_eq!((status, &ready["checks"][0]["code"]), (503, &"database-schema-mismatch".into()));
}

#[test]
fn a_ledger_in_two_databases_is_never_answered() {
    let databases = [database(), database()];
    create(&client(&databases[..1]), "twice");
    create(&client(&databases[1..]), "twice");
    let two = client(&databases);
    let (status, body) = call(&two, "GET", "/api/v1/ledgers/twice", "");
    assert_eq!((status, &body["code"]), (500, &"storage-corrupt".into()));
    assert_eq!(append(&two, "twice"), 500);
}
