//! Query strings, strict: no unknown, repeated or malformed parameter.

use jiff::civil::{DateTime, date};
use percent_encoding::percent_decode_str;
use stateledger_core::tree::TreeSize;
use stateledger_ledger::limits::MAX_PAGE_RECORDS;

use crate::problem::Problem;

/// The parameters of one request, in their order.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Splits and decodes `name=value` pairs as forms do (`+` is a space). Refuses names that are not in `known`, names that
    /// come twice, a `%` without its two digits, and bytes that are no UTF-8 (`invalid-query`).
    pub(crate) fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if !known.contains(&name.as_str()) {
                return Err(refuse(format!("there is no parameter {name:?} here")));
            }
            if pairs.iter().any(|(other, _)| *other == name) {
                return Err(refuse(format!("the parameter {name} comes twice")));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// A value read by `parse`, or `invalid-query` with what was expected.
    pub(crate) fn read<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let value = self.get(name).map(|text| {
            parse(text).ok_or_else(|| refuse(format!("the parameter {name} must be {expected}")))
        });
        value.transpose()
    }

    /// As [`Parameters::read`], of a parameter that must be there.
    pub(crate) fn need<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Problem> {
        let value = self.read(name, expected, parse)?;
        value.ok_or_else(|| refuse(format!("the parameter {name} is needed: {expected}")))
    }

    /// The value of a parameter as it is.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// A decimal tree size.
    pub(crate) fn size(&self, name: &str) -> Result<Option<TreeSize>, Problem> {
        Ok(self.read(name, "decimal", decimal)?.map(TreeSize::new))
    }

    /// Names and values, decoded, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn refuse(detail: String) -> Problem {
    Problem::new("invalid-query", detail)
}

fn decode(text: &str) -> Result<String, Problem> {
    // The library would leave it as it is.
    let escaped = |rest: &str| {
        rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(escaped) {
        return Err(refuse("a parameter has a % without two hex digits".to_owned()));
    }
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded.map(Into::into).map_err(|_| refuse("a parameter is no UTF-8".to_owned()))
}

/// A decimal number in its only spelling: no sign, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// An RFC 3339 `date-time`, with its offset, as milliseconds since 1970; earlier times are 0.
///
/// Rounded up: among whole milliseconds, those at or after the instant are the same as those at or after the
/// rounded one, and so for those before it.
pub(crate) fn time_ms(text: &str) -> Option<u64> {
    let (ms, more) = instant(text)?;
    Some(u64::try_from(ms.saturating_add(more.into())).unwrap_or(0))
}

/// The first whole millisecond after an RFC 3339 `date-time`: what is before it is at or before that instant. 0 for instants
/// before 1970.
pub(crate) fn until_after(text: &str) -> Option<u64> {
    let (ms, _) = instant(text)?;
    Some(u64::try_from(ms).map_or(0, |ms| ms.saturating_add(1)))
}

/// The last whole millisecond since 1970 that is not after an RFC 3339 `date-time`, and whether the instant is later than that.
/// The calendar is the library's; it also reads looser offsets and ends before some of them, so the offset is read here.
fn instant(text: &str) -> Option<(i64, bool)> {
    let (seconds, fraction, offset) = date_time(text)?;
    let civil: DateTime = seconds.to_ascii_uppercase().parse().ok()?;
    let seconds = civil.duration_since(date(1970, 1, 1).at(0, 0, 0, 0)).as_secs();
    let digit = |at: usize| i64::from(fraction.as_bytes().get(at).map_or(0, |byte| byte - b'0'));
    let ms = digit(0) * 100 + digit(1) * 10 + digit(2);
    let more = fraction.bytes().skip(3).any(|byte| byte != b'0');
    Some(((seconds - offset * 60) * 1_000 + ms, more))
}

/// How many things a page holds at most.
pub(crate) fn limit(text: &str) -> Option<usize> {
    let limit = usize::try_from(decimal(text)?).ok()?;
    (1..=MAX_PAGE_RECORDS).contains(&limit).then_some(limit)
}

/// Splits the text of RFC 3339 §5.6 `date-time`: date and time to the second, the digits of its fraction, and its offset in
/// minutes. `None` for what the library reads beyond that of RFC 9557 and ISO 8601.
fn date_time(text: &str) -> Option<(&str, &str, i64)> {
    let (seconds, rest) = text.split_at_checked(19)?;
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
        None => ("", rest),
    };
    if !shaped(seconds, "0000-00-00T00:00:00") || (fraction.is_empty() && rest.starts_with('.')) {
        return None;
    }
    if offset.eq_ignore_ascii_case("Z") {
        return Some((seconds, fraction, 0));
    }
    let (sign, offset) = offset.split_at_checked(1)?;
    let (hours, minutes) = offset.split_once(':').filter(|_| shaped(offset, "00:00"))?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let offset = (hours < 24 && minutes < 60).then(|| hours * 60 + minutes)?;
    match sign {
        "+" => Some((seconds, fraction, offset)),
        "-" => Some((seconds, fraction, -offset)),
        _ => None,
    }
}

/// Whether `text` has digits where `shape` has zeros, and its other characters in either case.
fn shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => byte.eq_ignore_ascii_case(&other),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_and_nothing_looser() {
        let ten = 1_795_428_000_000;
        for good in [
            "2026-11-23T10:00:00Z",
            "2026-11-23t10:00:00z",
            "2026-11-23T10:00:00.000Z",
            "2026-11-23T11:30:00+01:30",
            "2026-11-23T09:00:00.0-01:00",
        ] {
            assert_eq!(time_ms(good), Some(ten), "{good}");
        }
        assert_eq!(time_ms("2026-11-23T10:00:00.0000001Z"), Some(ten + 1));
        assert_eq!(time_ms("2026-11-23T10:00:00.00100000000001Z"), Some(ten + 2));
        assert_eq!(time_ms("2026-11-24T09:59:00.02+23:59"), Some(ten + 20));
        assert_eq!(time_ms("9999-12-31T23:59:59.999Z"), Some(253_402_300_799_999));
        assert_eq!(time_ms("9999-12-31T23:59:59-23:59"), Some(253_402_387_139_000));
        assert_eq!(time_ms("0000-01-01T00:00:00+23:59"), Some(0));
        assert_eq!(time_ms("1969-12-31T23:59:59.9991Z"), Some(0));
        assert_eq!(time_ms("1969-12-31T23:59:59Z"), Some(0));
        assert_eq!(until_after("2026-11-23T10:00:00Z"), Some(ten + 1));
        assert_eq!(until_after("2026-11-23T10:00:00.0009Z"), Some(ten + 1));
        assert_eq!(until_after("1970-01-01T00:00:00Z"), Some(1));
        assert_eq!(until_after("1969-12-31T23:59:59.9999Z"), Some(0));
        for bad in [
            "",
            "2026-11-23",
            "2026-11-23T10:00:00",
            "2026-11-23 10:00:00Z",
            "2026-11-23T10:00Z",
            "2026-11-23T10:00:00.Z",
            "2026-11-23T10:00:00,5Z",
            "2026-11-23T10:00:00+0100",
            "2026-11-23T10:00:00+01",
            "2026-11-23T10:00:00+24:00",
            "2026-11-23T10:00:00+01:60",
            "2026-11-23T10:00:00*01:00",
            "2026-11-23T10:00:00.5",
            "2026-11-23T10:00:00\u{e9}",
            "2026-11-23T10:00:00Z[UTC]",
            "2026-02-30T10:00:00Z",
            "2026-11-23T25:00:00Z",
            "+002026-11-23T10:00:00Z",
            "20261123T100000Z",
            "1795428000000",
        ] {
            assert_eq!((time_ms(bad), until_after(bad)), (None, None), "{bad}");
        }
    }

    #[test]
    fn parameters_are_known_and_single() {
        let known = ["type", "limit"];
        let read = |query| Parameters::parse(Some(query), &known);
        let parameters = read("type=a+b%2Bc&limit=").unwrap();
        assert_eq!(parameters.get("type"), Some("a b+c"));
        assert_eq!(parameters.get("limit"), Some(""));
        for bad in [
            "x=1",
            "type=a&type=a",
            "type=%ff",
            "Type=a",
            "type=%zz",
            "type=%4",
            "type=a%",
            "type=%+1",
            "%type=a",
            "type=%25%",
        ] {
            assert_eq!(
                read(bad).err().map(|problem| problem.code()),
                Some("invalid-query"),
                "{bad}"
            );
        }
    }

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for bad in ["", "00", "+1", "-1", "1.0", " 1", "0x1", "18446744073709551616"] {
            assert_eq!(decimal(bad), None, "{bad}");
        }
    }
}
