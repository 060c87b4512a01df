//! The public read side of one ledger (C2SP tlog-tiles), with every answer bounded.

use stateledger_core::note::MAX_NOTE_BYTES;
use stateledger_core::tile::{FULL_BYTES, FULL_WIDTH, MAX_ENTRY_BYTES, TileId, TilePath};

use super::finding::{Finding, Stop};
use crate::failure::{Failure, could_not_run};
use crate::http::{Answer, Client, Problem};

const CHECKPOINT_LIMIT: u64 = MAX_NOTE_BYTES as u64;
/// 256 entries of 65,535 bytes, each with a length of 2 bytes.
const BUNDLE_LIMIT: u64 = FULL_WIDTH as u64 * (MAX_ENTRY_BYTES as u64 + 2);

/// Reads one ledger.
#[derive(Clone)]
pub(super) struct Reader {
    client: Client,
    base: String,
}

impl Reader {
    pub(super) fn new(url: &str, ledger: &str) -> Self {
        Self { client: Client::new(url, None), base: format!("/log/{ledger}") }
    }

    /// The newest checkpoint's bytes, nothing verified.
    pub(super) fn checkpoint(&self) -> Result<Vec<u8>, Stop> {
        let path = format!("{}/checkpoint", self.base);
        let answer = self.client.get(&path, CHECKPOINT_LIMIT)?;
        match answer.status {
            200 => Ok(answer.body),
            _ => Err(self.refused(&path, &answer, None)),
        }
    }

    /// The hashes of a tile, `width` of them.
    pub(super) fn tile(&self, id: TileId, width: u16) -> Result<Vec<u8>, Stop> {
        let path = |width| TilePath::Tile { id, width }.to_path();
        let first_leaf = id.index.checked_shl(8 * (u32::from(id.level) + 1));
        let bytes = self.resource(&path, width, FULL_BYTES as u64, first_leaf)?;
        // A full tile may be answered where a part of it was due.
        let wanted = usize::from(width) * 32;
        match bytes.get(..wanted) {
            Some(hashes) if bytes.len() == wanted || bytes.len() == FULL_BYTES => {
                Ok(hashes.to_vec())
            }
            _ => Err(Finding::new(
                "tile-malformed",
                first_leaf,
                format!("{} has {} bytes, not {wanted}", path(width), bytes.len()),
            )
            .into()),
        }
    }

    /// The bytes of an entry bundle; the caller parses them.
    pub(super) fn bundle(&self, index: u64, width: u16) -> Result<Vec<u8>, Stop> {
        let path = |width| TilePath::Entries { index, width }.to_path();
        self.resource(&path, width, BUNDLE_LIMIT, index.checked_mul(FULL_WIDTH.into()))
    }

    /// GETs a tile or bundle. A partial one may be gone once the full one exists (tlog-tiles,
    /// "Partial Tiles"), so a 404 is followed by a look at the full one.
    fn resource(
        &self,
        path: &dyn Fn(u16) -> String,
        width: u16,
        limit: u64,
        first_leaf: Option<u64>,
    ) -> Result<Vec<u8>, Stop> {
        let place = |width| format!("{}/{}", self.base, path(width));
        let mut answer = self.client.get(&place(width), limit)?;
        if answer.status == 404 && width < FULL_WIDTH {
            answer = self.client.get(&place(FULL_WIDTH), limit)?;
        }
        match answer.status {
            200 => Ok(answer.body),
            _ => Err(self.refused(&place(width), &answer, first_leaf)),
        }
    }

    /// A server that keeps back or disowns what its checkpoint covers does not hold; one that has
    /// no such ledger, or no time, is an obstacle.
    fn refused(&self, path: &str, answer: &Answer, first_leaf: Option<u64>) -> Stop {
        let problem = Problem::of(answer);
        let message = format!("{}: {problem}", self.client.url(path));
        match (answer.status, first_leaf) {
            (404, Some(_)) => Finding::new("tile-missing", first_leaf, message).into(),
            (500, _) if !problem.code.is_empty() => {
                Finding::new(&problem.code, first_leaf, message).into()
            }
            _ => Stop::Obstacle(Failure::CouldNotRun(message)),
        }
    }
}

/// Refuses an id that would lead to another path.
pub(super) fn checked_id(ledger: &str) -> Result<&str, Failure> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = ledger.as_bytes();
    let good = bytes.len() <= 63
        && bytes.first().is_some_and(|first| plain(*first))
        && bytes.iter().all(|byte| plain(*byte) || *byte == b'-');
    if good { Ok(ledger) } else { could_not_run(format!("{ledger:?} is no ledger id")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_name_and_never_a_path() {
        for good in ["a", "demo-2", &"x".repeat(63)] {
            assert!(checked_id(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "../x", "a/b", &"x".repeat(64)] {
            assert!(checked_id(bad).is_err(), "{bad}");
        }
    }
}
