//! Moments on the wire: RFC 3339 in UTC, with milliseconds.

use jiff::Timestamp as Moment;
use wardgate_domain::Timestamp;

/// The moment as text.
pub(crate) fn to_text(at: Timestamp) -> String {
    Moment::from_millisecond(at.as_ms()).map_or_else(|_| String::new(), |moment| format!("{moment:.3}"))
}

/// Reads an RFC 3339 date-time with its offset, or a date, which means its first moment in UTC.
pub(crate) fn from_text(text: &str) -> Option<Timestamp> {
    let moment = text.parse::<Moment>().or_else(|_| format!("{text}T00:00:00Z").parse::<Moment>()).ok()?;
    Some(Timestamp::from_ms(moment.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::{from_text, to_text};

    #[test]
    fn a_moment_is_read_and_written() {
        for (text, written) in [
            ("2026-11-21T20:00:00Z", "2026-11-21T20:00:00.000Z"),
            ("2026-11-21T20:00:00.1234+01:00", "2026-11-21T19:00:00.123Z"),
            ("2026-11-21", "2026-11-21T00:00:00.000Z"),
        ] {
            assert_eq!(from_text(text).map(to_text).as_deref(), Some(written), "{text}");
        }
        for text in ["", "tomorrow", "2026-13-01", "2026-11-21T20:00:00", "12"] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }
}
