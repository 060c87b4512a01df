//! The one spelling of a time in an entry: `2026-11-23T10:00:00.000Z`.
//!
//! UTC, milliseconds, 24 characters: a profile of RFC 3339 in which byte order
//! is time order. It needs no calendar library.

use alloc::string::String;
use core::fmt;

use crate::text;

const DAY_MS: u64 = 86_400_000;
/// 9999-12-31T23:59:59.999Z, the last time with four digits of year.
const MAX_MS: u64 = 253_402_300_799_999;

/// Milliseconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// From milliseconds since the epoch.
    ///
    /// # Errors
    /// [`TimeError`] after the year 9999.
    pub const fn from_millis(millis: u64) -> Result<Self, TimeError> {
        if millis <= MAX_MS { Ok(Self(millis)) } else { Err(TimeError) }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Reads what `Display` writes and nothing else.
    ///
    /// # Errors
    /// [`TimeError`] (`invalid-time`), also before 1970.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let millis = fields(text.as_bytes()).and_then(|f| to_millis(&f)).ok_or(TimeError)?;
        let time = Self::from_millis(millis)?;
        // Also refuses 31 February, 24:00 and :60: they come back as another day.
        if time.to_text() == text { Ok(time) } else { Err(TimeError) }
    }

    /// The 24 characters.
    #[must_use]
    pub fn to_text(self) -> String {
        let mut text = String::with_capacity(24);
        for (value, width, after) in self.fields() {
            text::push_padded(&mut text, value, 10, width);
            text.push(after);
        }
        text
    }

    /// Year to millisecond: the value, its digits, and what stands after it.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "every value is below 2^48: MAX_MS bounds the input"
    )]
    fn fields(self) -> [(u64, usize, char); 7] {
        let (days, ms) = (self.0 / DAY_MS + 719_468, self.0 % DAY_MS);
        // The inverse of `days_before`: 400 years have 146,097 days.
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        [
            (year, 4, '-'),
            (month, 2, '-'),
            (day, 2, 'T'),
            (ms / 3_600_000, 2, ':'),
            (ms / 60_000 % 60, 2, ':'),
            (ms / 1000 % 60, 2, '.'),
            (ms % 1000, 3, 'Z'),
        ]
    }
}

/// Year, month, day, hour, minute, second, millisecond at their fixed places.
fn fields(text: &[u8]) -> Option<[u64; 7]> {
    let places = [(0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19), (20, 23)];
    let mut values = [0u64; 7];
    for (value, (from, to)) in values.iter_mut().zip(places) {
        for digit in text.get(from..to)? {
            let digit = u64::from(digit.checked_sub(b'0').filter(|d| *d <= 9)?);
            *value = value.checked_mul(10)?.checked_add(digit)?;
        }
    }
    Some(values)
}

fn to_millis([year, month, day, hour, minute, second, milli]: &[u64; 7]) -> Option<u64> {
    let days = days_before(*year, *month)?.checked_add(day.checked_sub(1)?)?;
    let minutes = hour.checked_mul(60)?.checked_add(*minute)?;
    let seconds = minutes.checked_mul(60)?.checked_add(*second)?;
    days.checked_mul(DAY_MS)?.checked_add(seconds.checked_mul(1000)?)?.checked_add(*milli)
}

/// Days from the epoch to the first of a month. Years begin in March here, so
/// that the leap day is the last one and months have a linear pattern.
fn days_before(year: u64, month: u64) -> Option<u64> {
    let (year, from_march) = match month {
        1 | 2 => (year.checked_sub(1)?, month.checked_add(9)?),
        3..=12 => (year, month.checked_sub(3)?),
        _ => return None,
    };
    let leap_days = (year / 4).checked_sub(year / 100)?.checked_add(year / 400)?;
    let in_year = from_march.checked_mul(153)?.checked_add(2)? / 5;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    year.checked_mul(365)?.checked_add(leap_days)?.checked_add(in_year)?.checked_sub(719_468)
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// Not a time in the one spelling, or outside 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeError;

impl TimeError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "invalid-time"
    }
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time like 2026-11-23T10:00:00.000Z between 1970 and 9999")
    }
}

impl core::error::Error for TimeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_428_000_000, "2026-11-23T10:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (MAX_MS, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Time::from_millis(millis).unwrap().to_text(), text);
            assert_eq!(Time::parse(text).map(Time::millis), Ok(millis));
        }
    }

    /// Every day until 2470 (more than one 400-year cycle) is one after the day before.
    #[test]
    fn days_are_counted_one_by_one() {
        let (mut y, mut m, mut d) = (1970u64, 1u64, 1u64);
        for day in 0..(500 * 366) {
            let text = alloc::format!("{y:04}-{m:02}-{d:02}T12:34:56.789Z");
            let time = Time::from_millis(day * DAY_MS + 45_296_789).unwrap();
            assert_eq!(time.to_text(), text);
            assert_eq!(Time::parse(&text), Ok(time));
            let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
            let length = match m {
                2 => 28 + u64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            d += 1;
            if d > length {
                (m, d) = (m + 1, 1);
            }
            if m > 12 {
                (y, m) = (y + 1, 1);
            }
        }
    }

    #[test]
    fn anything_looser_is_refused() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00.00Z",
            "2026-11-23T10:00:00.000z",
            "2026-11-23 10:00:00.000Z",
            "2026-11-23T10:00:00.000+00:00",
            "2026-11-23T24:00:00.000Z",
            "2026-11-23T10:60:00.000Z",
            "2026-11-23T10:00:60.000Z",
            "2026-02-29T10:00:00.000Z",
            "2026-13-01T10:00:00.000Z",
            "2026-00-01T10:00:00.000Z",
            "2026-01-00T10:00:00.000Z",
            "2026-01-32T10:00:00.000Z",
            "1969-12-31T23:59:59.999Z",
            "0000-01-01T00:00:00.000Z",
            "+026-01-01T00:00:00.000Z",
            "2026-11-23T10:00:00.000Z ",
            "20261-1-23T10:00:00.000Z",
            "2026-11-23T10:00:00.0000",
        ] {
            assert_eq!(Time::parse(text), Err(TimeError), "{text}");
        }
        assert_eq!(Time::from_millis(MAX_MS + 1), Err(TimeError));
    }
}
