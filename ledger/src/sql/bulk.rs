//! Rows of one kind as JSON parameters, each below the limit of one, and read back.

use serde::Deserialize;
use stateledger_core::json;

use crate::limits::MAX_PARAMETER_BYTES;
use crate::store::StoreError;

/// One statement's JSON parameter and the index that its first item belongs to.
#[derive(Debug, Clone)]
pub(super) struct Bulk {
    pub(super) first: u64,
    pub(super) json: String,
}

/// The JSON of rows in the making: a commit has a megabyte of it, so nothing is written twice.
#[derive(Debug, Default)]
pub(super) struct Text(Vec<u8>);

impl Text {
    /// Digits and punctuation, as they are.
    pub(super) fn raw(&mut self, json: &str) -> &mut Self {
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    /// Hex digits; the quotes around them are the caller's.
    pub(super) fn hex(&mut self, bytes: &[u8]) -> &mut Self {
        let start = self.0.len();
        self.0.resize(start.saturating_add(base16ct::encoded_len(bytes)), 0);
        if let Some(digits) = self.0.get_mut(start..) {
            // There is room for all of them.
            let _ = base16ct::lower::encode(bytes, digits);
        }
        self
    }

    pub(super) fn string(&mut self, text: &str) -> &mut Self {
        self.raw(&json::quoted(text))
    }

    pub(super) fn number(&mut self, value: impl Into<u64>) -> &mut Self {
        self.raw(&value.into().to_string())
    }

    /// The array that was begun before each of its items.
    fn end(mut self, first: u64) -> Result<Bulk, StoreError> {
        self.raw("]");
        let json = String::from_utf8(self.0).map_err(|_| StoreError::Corrupt)?;
        Ok(Bulk { first, json })
    }
}

/// Packs rows into arrays below the limit of one parameter.
pub(super) fn pack<T>(
    first: u64,
    rows: impl IntoIterator<Item = T>,
    write: fn(&mut Text, T),
) -> Result<Vec<Bulk>, StoreError> {
    // One byte is left for the bracket at the end.
    let fits = |bytes: usize| bytes < MAX_PARAMETER_BYTES;
    let mut packed = Vec::new();
    let (mut array, mut begins) = (Text::default(), first);
    for (index, row) in (first..).zip(rows) {
        let before = array.0.len();
        array.raw(if before == 0 { "[" } else { "," });
        write(&mut array, row);
        if !fits(array.0.len()) {
            let mut next = array.0.split_off(before);
            next.first_mut().into_iter().for_each(|comma| *comma = b'[');
            packed.push(core::mem::replace(&mut array, Text(next)).end(begins)?);
            begins = index;
        }
        if !fits(array.0.len()) {
            return Err(StoreError::Corrupt);
        }
    }
    if !array.0.is_empty() {
        packed.push(array.end(begins)?);
    }
    Ok(packed)
}

/// The rows as the parameters have them, by a reader that shares nothing with what wrote them.
pub(super) fn unpack<'a, Item: Deserialize<'a>, T>(
    bulks: &'a [Bulk],
    read: fn(u64, Item) -> Option<T>,
) -> Result<Vec<T>, StoreError> {
    let mut rows = Vec::new();
    for bulk in bulks {
        let items: Vec<Item> = serde_json::from_str(&bulk.json).map_err(|_| StoreError::Corrupt)?;
        let read = (bulk.first..).zip(items).map(|(index, item)| read(index, item));
        rows.extend(read.collect::<Option<Vec<T>>>().ok_or(StoreError::Corrupt)?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: usize = MAX_PARAMETER_BYTES / 4;

    fn packed(lengths: &[usize]) -> Result<Vec<(u64, usize)>, StoreError> {
        let rows = lengths.iter().map(|length| "7".repeat(*length));
        let bulks = pack(5, rows, |out, row: String| {
            out.string(&row);
        })?;
        let rows: Vec<String> = unpack(&bulks, |_, row: String| Some(row))?;
        assert!(rows.iter().map(String::len).eq(lengths.iter().copied()));
        assert!(bulks.iter().all(|bulk| bulk.json.len() <= MAX_PARAMETER_BYTES));
        let items = |bulk: &Bulk| bulk.json.matches("\"7").count();
        Ok(bulks.iter().map(|bulk| (bulk.first, items(bulk))).collect())
    }

    #[test]
    fn rows_go_into_as_few_parameters_as_hold_them() {
        assert_eq!(packed(&[]), Ok(vec![]));
        assert_eq!(packed(&[1, 1, 1]), Ok(vec![(5, 3)]));
        assert_eq!(packed(&[ROW; 4]), Ok(vec![(5, 3), (8, 1)]));
        // A bracket or comma and two quotes for each, and the last bracket.
        assert_eq!(packed(&[MAX_PARAMETER_BYTES - 4]), Ok(vec![(5, 1)]));
        assert_eq!(packed(&[1, MAX_PARAMETER_BYTES - 8]), Ok(vec![(5, 2)]));
        assert_eq!(packed(&[1, MAX_PARAMETER_BYTES - 7]), Ok(vec![(5, 1), (6, 1)]));
        assert_eq!(packed(&[1, MAX_PARAMETER_BYTES - 3]), Err(StoreError::Corrupt));
    }
}
