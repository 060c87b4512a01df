//! The one object that writes: all requests that wait go into one batch.

use std::cell::{Cell, RefCell};
use std::mem;

use futures_channel::oneshot::{Sender, channel};
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::JsValue;
use worker::{
    D1Database, DurableObject, Env, Method, Request, RequestInit, Response, Result, State,
    console_error, durable_object,
};

use crate::DATABASE;
use crate::rows::{self, Record};

/// Records of one batch, as many as the server commits at once.
const MAX_RECORDS: usize = 1_000;

/// A request that waits: its records, and where to say at which index they begin.
struct Waiting {
    records: Vec<Record>,
    answer: Sender<Option<u64>>,
}

#[durable_object(fetch)]
struct Floor {
    env: Env,
    /// The next index; `None` until it was looked up.
    next: Cell<Option<u64>>,
    waiting: RefCell<Vec<Waiting>>,
    busy: Cell<bool>,
}

impl DurableObject for Floor {
    fn new(_state: State, env: Env) -> Self {
        Self { env, next: Cell::new(None), waiting: RefCell::default(), busy: Cell::new(false) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Some(records) = rows::parse(&request.bytes().await?) else {
            return Response::error("no records", 400);
        };
        let count = records.len();
        let (answer, answered) = channel();
        self.waiting.borrow_mut().push(Waiting { records, answer });
        if !self.busy.replace(true) {
            self.lead(&self.env.d1(DATABASE)?).await;
            self.busy.set(false);
        }
        match answered.await {
            Ok(Some(first)) => Response::ok(format!("{{\"first\":\"{first}\",\"count\":{count}}}"))
                .map(|response| response.with_status(201)),
            _ => Response::error("not inserted", 503),
        }
    }
}

impl Floor {
    /// Commits until nobody waits.
    async fn lead(&self, database: &D1Database) {
        loop {
            let group = self.take();
            if group.is_empty() {
                return;
            }
            let first = match self.next.get() {
                Some(first) => first,
                None => rows_of(database).await,
            };
            let records: Vec<&Record> = group.iter().flat_map(|one| &one.records).collect();
            let count = u64::try_from(records.len()).unwrap_or_default();
            let inserted = insert(database, first, &records).await;
            if let Err(error) = &inserted {
                console_error!("{error}");
            }
            self.next.set(Some(first.saturating_add(count)));
            let mut index = first;
            for Waiting { records, answer } in group {
                let _ = answer.send(inserted.is_ok().then_some(index));
                index = index.saturating_add(u64::try_from(records.len()).unwrap_or_default());
            }
        }
    }

    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.borrow_mut();
        let mut count = 0_usize;
        let fits = waiting.iter().take_while(|one| {
            count = count.saturating_add(one.records.len());
            count <= MAX_RECORDS
        });
        let fitting = fits.count();
        let rest = waiting.split_off(fitting);
        mem::replace(&mut *waiting, rest)
    }
}

/// How many rows there are; the runtime may have dropped the object since it wrote the last.
async fn rows_of(database: &D1Database) -> u64 {
    let count = database.prepare("select cast(count(*) as text) from records");
    let rows = count.raw::<String>().await.unwrap_or_default();
    rows.first().and_then(|row| row.first()?.parse().ok()).unwrap_or_default()
}

async fn insert(database: &D1Database, first: u64, records: &[&Record]) -> Result<()> {
    let statement = |(sql, json): (&str, String)| {
        let parameters = [JsValue::from_str(&first.to_string()), JsValue::from_str(&json)];
        database.prepare(sql).bind(&parameters)
    };
    let statements: Vec<_> =
        rows::inserts(first, records)?.into_iter().map(statement).collect::<Result<_>>()?;
    let results = database.batch(statements).await?;
    if results.iter().all(worker::D1Result::success) {
        Ok(())
    } else {
        Err("a batch failed".into())
    }
}

/// The request that brings a body to the object.
pub(crate) fn forwarded(body: &[u8]) -> Result<Request> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(Uint8Array::from(body).into()));
    Request::new_with_init("https://object/", &init)
}
