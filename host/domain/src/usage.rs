//! Usage: how many decisions were made for a tenant, by time and code.

use crate::clock::Timestamp;
use crate::denial::DenialCode;
use crate::limits;

/// The length of time that decisions are counted together in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageStep {
    /// Minutes, kept for [`limits::USAGE_MINUTES_KEPT_HOURS`].
    Minute,
    /// Hours, kept for [`limits::USAGE_HOURS_KEPT_DAYS`].
    Hour,
}

impl UsageStep {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Minute, Self::Hour];

    /// The word kept in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }

    /// Its length, in milliseconds.
    pub fn ms(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
        }
    }

    /// When the minute or hour began that `at` is in.
    #[must_use]
    pub fn begin(self, at: Timestamp) -> Timestamp {
        Timestamp::from_ms(at.as_ms().div_euclid(self.ms()) * self.ms())
    }

    /// Before when nothing is kept any more.
    #[must_use]
    pub fn kept_since(self, now: Timestamp) -> Timestamp {
        let hours = match self {
            Self::Minute => limits::USAGE_MINUTES_KEPT_HOURS,
            Self::Hour => limits::USAGE_HOURS_KEPT_DAYS * 24,
        };
        Timestamp::from_ms(now.as_ms() - hours * Self::Hour.ms())
    }
}

/// Whole minutes or hours, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageSpan {
    /// Which of the two.
    pub step: UsageStep,
    /// When the first begins.
    pub from: Timestamp,
    /// When the last ends.
    pub to: Timestamp,
}

/// Why there is no such span; says what is wrong with its beginning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSpan(String);

impl UsageSpan {
    /// All minutes or hours that have some of the time between `from` and `to` in them; without `from` the last
    /// [`limits::USAGE_BUCKETS_DEFAULT`].
    pub fn new(step: UsageStep, from: Option<Timestamp>, to: Timestamp) -> Result<Self, InvalidSpan> {
        let last = step.begin(Timestamp::from_ms(to.as_ms() - 1));
        let back_ms = (limits::USAGE_BUCKETS_DEFAULT - 1) * step.ms();
        let from = from.unwrap_or(Timestamp::from_ms(last.as_ms() - back_ms));
        if from >= to {
            return Err(InvalidSpan("must be before to".to_owned()));
        }
        let span = Self { step, from: step.begin(from), to: Timestamp::from_ms(last.as_ms() + step.ms()) };
        if (span.to.as_ms() - span.from.as_ms()) / step.ms() > limits::USAGE_BUCKETS {
            let rule = format!("must be at most {} {}s before to", limits::USAGE_BUCKETS, step.as_str());
            return Err(InvalidSpan(rule));
        }
        Ok(span)
    }
}

/// How many decisions of one code fell into one minute or hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageCount {
    /// When it began.
    pub at: Timestamp,
    /// The true code of refusals; `None` counts those that let a call pass.
    pub code: Option<DenialCode>,
    /// So many.
    pub decisions: u64,
}

#[cfg(test)]
mod tests {
    use super::{UsageSpan, UsageStep};
    use crate::clock::Timestamp;

    /// 2026-03-04T10:00:00Z.
    const TEN: i64 = 1_772_618_400_000;

    fn span(step: UsageStep, from: impl Into<Option<i64>>, to: i64) -> Result<(i64, i64), String> {
        let from = from.into().map(|from| Timestamp::from_ms(TEN + from));
        let span = UsageSpan::new(step, from, Timestamp::from_ms(TEN + to));
        span.map(|span| (span.from.as_ms() - TEN, span.to.as_ms() - TEN)).map_err(|e| e.to_string())
    }

    #[test]
    fn a_span_has_every_minute_or_hour_that_it_touches() {
        for (step, from, to, expected) in [
            (UsageStep::Minute, 0, 1, (0, 60_000)),
            (UsageStep::Minute, 59_999, 60_000, (0, 60_000)),
            (UsageStep::Minute, 59_999, 60_001, (0, 120_000)),
            (UsageStep::Minute, -1, 0, (-60_000, 0)),
            (UsageStep::Hour, 1, 3_600_001, (0, 7_200_000)),
            (UsageStep::Minute, 0, 1_500 * 60_000, (0, 1_500 * 60_000)),
        ] {
            assert_eq!(span(step, from, to), Ok(expected));
        }
        assert_eq!(span(UsageStep::Minute, None, 1), Ok((-59 * 60_000, 60_000)));
        assert_eq!(span(UsageStep::Minute, None, 60_000), Ok((-59 * 60_000, 60_000)));
    }

    #[test]
    fn a_span_is_no_longer_than_may_be_and_not_empty() {
        for (from, to) in [(0, 0), (1, 0)] {
            assert_eq!(span(UsageStep::Minute, from, to), Err("must be before to".to_owned()));
        }
        let long = Err("must be at most 1500 hours before to".to_owned());
        assert_eq!(span(UsageStep::Hour, 0, 1_500 * 3_600_000 + 1), long);
        assert_eq!(span(UsageStep::Hour, -1, 1_500 * 3_600_000), long);
    }

    #[test]
    fn a_word_is_read_back() {
        assert!(UsageStep::ALL.into_iter().all(|step| UsageStep::parse(step.as_str()) == Some(step)));
        assert_eq!(UsageStep::parse("day"), None);
    }
}
