//! Entry bundles: "sequences of big-endian uint16 length-prefixed log entries".

use alloc::vec::Vec;

use super::{FULL_WIDTH, TileError};

/// The largest entry: 2^16 - 1 bytes, because its length travels as a uint16.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// Writes a bundle of at most 256 entries.
///
/// # Errors
/// [`TileError::EntryTooLarge`] for an entry of more than 65,535 bytes,
/// [`TileError::Bundle`] for more than 256 entries.
pub fn write_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, TileError> {
    let mut bundle = Vec::new();
    for (count, entry) in entries.into_iter().enumerate() {
        if count >= usize::from(FULL_WIDTH) {
            return Err(TileError::Bundle);
        }
        let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLarge)?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// Reads a bundle; empty bytes are a bundle of no entries.
///
/// # Errors
/// [`TileError::Bundle`].
pub fn parse_bundle(mut bytes: &[u8]) -> Result<Vec<&[u8]>, TileError> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length).ok_or(TileError::Bundle)?;
        if entries.len() >= usize::from(FULL_WIDTH) {
            return Err(TileError::Bundle);
        }
        entries.push(entry);
        bytes = rest;
    }
    if bytes.is_empty() { Ok(entries) } else { Err(TileError::Bundle) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn entries_round_trip() {
        let long = vec![7; MAX_ENTRY_BYTES];
        let entries: Vec<&[u8]> = vec![b"", b"a", &long];
        let bundle = write_bundle(entries.iter().copied()).unwrap();
        assert_eq!(parse_bundle(&bundle), Ok(entries));
        assert_eq!(&bundle[..5], &[0, 0, 0, 1, b'a']);
    }

    #[test]
    fn every_truncation_is_refused_or_a_whole_prefix() {
        let bundle = write_bundle([&b"one"[..], b"two"]).unwrap();
        for cut in 0..bundle.len() {
            let parsed = parse_bundle(&bundle[..cut]);
            assert_eq!(parsed.is_ok(), cut == 0 || cut == 5, "{cut}");
        }
    }

    #[test]
    fn limits_hold_both_ways() {
        let too_long = vec![0; MAX_ENTRY_BYTES + 1];
        assert_eq!(write_bundle([&too_long[..]]), Err(TileError::EntryTooLarge));
        assert_eq!(write_bundle((0..257).map(|_| &b""[..])), Err(TileError::Bundle));
        assert_eq!(parse_bundle(&[0; 514]), Err(TileError::Bundle));
        assert_eq!(parse_bundle(&[0; 512]).map(|e| e.len()), Ok(256));
    }
}
