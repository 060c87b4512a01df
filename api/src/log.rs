//! The public read side of a ledger: C2SP tlog-tiles.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use stateledger_core::tile::TilePath;

use crate::decode;
use crate::front::Front;
use crate::headers::{self, Freshness, NOTE_TEXT, TILE_BYTES};
use crate::host::Host;
use crate::path::Segments;
use crate::problem::Problem;
use crate::session::Reads;

/// The newest signed checkpoint.
#[utoipa::path(get, path = "/log/{ledger}/checkpoint", tag = "log",
    params(("ledger" = String, Path)),
    responses(
        (status = 200, description = "A signed note (C2SP tlog-checkpoint)", content_type = "text/plain; charset=utf-8"),
        (status = 304, description = "`If-None-Match` names its `ETag`"),
        (status = 404, description = "`not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn checkpoint<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let note = reader.checkpoint(&ledger, &caller).await?;
    Ok(headers::cached(&request, NOTE_TEXT, Freshness::Checkpoint, note))
}

/// A tile (`<L>/<N>[.p/<W>]`) or an entry bundle (`entries/<N>[.p/<W>]`).
#[utoipa::path(get, path = "/log/{ledger}/tile/{path}", tag = "log",
    params(
        ("ledger" = String, Path),
        ("path" = String, Path, description = "`0/x001/234`, `0/x001/234.p/5`, `entries/000.p/7`; has slashes"),
    ),
    responses(
        (status = 200, description = "Hashes of 32 bytes, or entries with 16-bit lengths (C2SP tlog-tiles); entries may come as `Content-Encoding: gzip` to who accepts that", content_type = "application/octet-stream"),
        (status = 304, description = "`If-None-Match` names its `ETag`"),
        (status = 404, description = "`not-found`: no such tile, or not that wide yet", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn tile<H: Host>(
    State(front): State<Front<H>>,
    Reads { reader, caller }: Reads<H>,
    Segments((ledger, path)): Segments<(String, String)>,
    uri: Uri,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let path = TilePath::parse(&format!("tile/{path}"))
        .map_err(|_| Problem::new("not-found", "the path names no tile"))?;
    let tile = reader.tile(&ledger, &caller, &path).await?;
    let freshness = if tile.full { Freshness::Immutable } else { Freshness::Partial };
    let answer = headers::cached(&request, TILE_BYTES, freshness, tile.bytes);
    let shrinks = front.host.compresses() && may_shrink(uri.path());
    Ok(if shrinks { headers::compressed(&request, answer) } else { answer })
}

/// Whether the answer under this path may be compressed, so that the host has to know what the client accepts: entry bundles.
/// Hashes do not get shorter, and other answers are small.
pub fn may_shrink(path: &str) -> bool {
    path.contains("/tile/entries/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_bundles_shrink_and_nothing_else() {
        for path in ["/log/a/tile/entries/000", "/log/a/tile/entries/x001/234.p/5"] {
            assert!(may_shrink(path), "{path}");
        }
        for path in ["/log/a/tile/0/000", "/log/entries/checkpoint", "/api/v1/ledgers/entries"] {
            assert!(!may_shrink(path), "{path}");
        }
    }
}
