//! Where to go on, opaque to its reader: base64url of `position || MAC (32 bytes)`.
//!
//! The MAC covers everything that the list was asked for too, so a cursor continues its own list and
//! no other.

use stateledger_core::base64;
use stateledger_core::mac::constant_time_eq;

use crate::secrets::RowKeys;

/// What a list was asked for, beginning with its kind.
pub(super) struct Scope(Vec<Vec<u8>>);

impl Scope {
    /// The lists of one kind.
    pub(super) fn of(kind: &str) -> Self {
        Self(vec![kind.as_bytes().to_vec()])
    }

    /// A filter by text. One byte says whether it is there, so that an absent one is not an empty
    /// one.
    pub(super) fn text(self, filter: Option<&str>) -> Self {
        self.field(filter.map_or(Vec::new(), |text| [b"=", text.as_bytes()].concat()))
    }

    /// A filter by number; an absent one has another length.
    pub(super) fn number(self, filter: Option<u64>) -> Self {
        self.field(filter.map_or(Vec::new(), |number| number.to_be_bytes().to_vec()))
    }

    fn field(mut self, bytes: Vec<u8>) -> Self {
        self.0.push(bytes);
        self
    }

    fn mac(&self, keys: &RowKeys, position: &[u8]) -> [u8; 32] {
        let fields: Vec<&[u8]> =
            core::iter::once(position).chain(self.0.iter().map(Vec::as_slice)).collect();
        keys.cursor_mac(&fields)
    }

    /// The cursor at `position`.
    pub(super) fn write(&self, keys: &RowKeys, position: &[u8]) -> String {
        base64::encode_url(&[position, &self.mac(keys, position)].concat())
    }

    /// The position in a cursor of this list; `None` for any other text.
    pub(super) fn read(&self, keys: &RowKeys, cursor: &str) -> Option<Vec<u8>> {
        let bytes = base64::decode_url(cursor).ok()?;
        let (position, given) = bytes.split_last_chunk::<32>()?;
        constant_time_eq(&self.mac(keys, position), given).then(|| position.to_vec())
    }

    /// A position of numbers.
    pub(super) fn write_numbers(&self, keys: &RowKeys, numbers: &[u64]) -> String {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        self.write(keys, &bytes)
    }

    /// A position of as many numbers as were written.
    pub(super) fn read_numbers<const N: usize>(
        &self,
        keys: &RowKeys,
        cursor: &str,
    ) -> Option<[u64; N]> {
        let bytes = self.read(keys, cursor)?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        let numbers: Vec<u64> = numbers.iter().map(|bytes| u64::from_be_bytes(*bytes)).collect();
        if rest.is_empty() { numbers.try_into().ok() } else { None }
    }
}
