//! The floor under the edge server's speed: a Worker that inserts the same rows with the same batching.
//!
//! It takes the server's own requests, hands them to one object, and the object commits all that wait in one
//! D1 batch: rows of the same length in `records`, `payloads` and `idempotency`, under the same schema. There is no
//! canonical form, hash, tile, signature, receipt or check: whatever the server takes longer, it takes for those.

mod object;
mod rows;

use worker::{Context, D1Database, Env, Method, Request, Response, ResponseBuilder, Result, event};

/// The D1 database, with the server's schema.
const DATABASE: &str = "DB";

/// What a receipt is made of, beside hashes: the record, its payload and its salt.
const RECORD: &str = "\
select hex(r.leaf_hash), hex(r.entry), hex(p.salt), hex(p.payload)
from records r join payloads p using (tenant, ledger, idx)
where r.tenant = 'default' and r.ledger = 'floor' and r.idx = ?1";

const TILE: &str = "\
select hex(hashes) from tiles
where tenant = 'default' and ledger = 'floor' and level = 0 and idx = ?1";

/// `POST /append` takes what the server's `/records` takes; `GET /record/N` and `GET /tile/N` answer one row.
#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _context: Context) -> Result<Response> {
    let path = request.path();
    let words: Vec<&str> = path.split('/').skip(1).collect();
    match (request.method(), words.as_slice()) {
        (Method::Post, ["append"]) => {
            let body = request.bytes().await?;
            let object = env.durable_object("FLOOR")?.get_by_name("floor")?;
            object.fetch_with_request(object::forwarded(&body)?).await
        }
        (Method::Get, ["record", index]) => read(&env.d1(DATABASE)?, RECORD, index).await,
        (Method::Get, ["tile", index]) => read(&env.d1(DATABASE)?, TILE, index).await,
        _ => Response::error("no such route", 404),
    }
}

/// The bytes of a row's columns.
async fn read(database: &D1Database, sql: &str, index: &str) -> Result<Response> {
    let rows = database.prepare(sql).bind(&[index.into()])?.raw::<String>().await?;
    let Some(row) = rows.first() else { return Response::error("no such row", 404) };
    let bytes = base16ct::upper::decode_vec(row.concat()).map_err(|error| error.to_string())?;
    Ok(ResponseBuilder::new().fixed(bytes))
}
