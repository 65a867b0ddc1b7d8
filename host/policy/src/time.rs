//! The time attributes, in the time zone that a policy's settings name.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::{Offset, TimeZone};
use wardgate_domain::Timestamp;
use wardgate_domain::attribute::{TimeField, Value};

const MINUTE_MS: i64 = 60_000;
/// Bits of [`Zone::recent`] that hold the offset. No zone is further than 26 hours from UTC.
const OFFSET_BITS: u32 = 20;
const OFFSET_BIAS_S: i64 = 1 << (OFFSET_BITS - 1);

/// A time zone that remembers its offset from UTC for the minute that was last asked for: zones change only between
/// minutes, and looking a change up costs more than the rest of an attribute.
#[derive(Debug)]
pub(crate) struct Zone {
    zone: TimeZone,
    /// The minute since 1970 above, the offset in seconds (plus its bias) below; 0 is nothing remembered.
    recent: AtomicI64,
}

impl Zone {
    pub(crate) fn utc() -> Self {
        Self::new(TimeZone::UTC)
    }

    /// The zone by its IANA name; `None` if there is none.
    pub(crate) fn find(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self::new)
    }

    fn new(zone: TimeZone) -> Self {
        Self { zone, recent: AtomicI64::new(0) }
    }

    /// The value of a time attribute at `now`; `None` past the end of the calendar (the year 9999).
    pub(crate) fn value(&self, field: TimeField, now: Timestamp) -> Option<Value<'static>> {
        let now_ms = now.as_ms();
        if field == TimeField::NowMs {
            return Some(Value::Number(now_ms));
        }
        let offset_s = self.offset_s(now_ms)?;
        let local_s = now_ms.div_euclid(1_000) + offset_s;
        Some(match field {
            TimeField::NowMs => Value::Number(now_ms),
            TimeField::Minute => Value::Number(local_s.div_euclid(60).rem_euclid(60)),
            TimeField::Hour => Value::Number(local_s.div_euclid(3_600).rem_euclid(24)),
            // 1970 began on a Thursday, which is day 4.
            TimeField::Weekday => Value::Number((local_s.div_euclid(86_400) + 3).rem_euclid(7) + 1),
            TimeField::Date => {
                let local = Offset::UTC.to_datetime(jiff::Timestamp::from_second(local_s).ok()?);
                Value::Text(local.date().to_string().into())
            }
        })
    }

    fn offset_s(&self, now_ms: i64) -> Option<i64> {
        let minute = now_ms.div_euclid(MINUTE_MS);
        let recent = self.recent.load(Ordering::Relaxed);
        if recent != 0 && recent >> OFFSET_BITS == minute {
            return Some((recent & ((1 << OFFSET_BITS) - 1)) - OFFSET_BIAS_S);
        }
        let moment = jiff::Timestamp::from_millisecond(now_ms).ok()?;
        let offset_s = i64::from(self.zone.to_offset(moment).seconds());
        self.recent.store((minute << OFFSET_BITS) | (offset_s + OFFSET_BIAS_S), Ordering::Relaxed);
        Some(offset_s)
    }
}
