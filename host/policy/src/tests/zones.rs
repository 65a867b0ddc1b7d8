//! Time attributes are those of the zone's own calendar, whatever was asked before.

use jiff::tz::TimeZone;
use proptest::prelude::*;
use wardgate_domain::Timestamp;
use wardgate_domain::attribute::{TimeField, Value};

use crate::time::Zone;

const FIELDS: [TimeField; 5] =
    [TimeField::NowMs, TimeField::Minute, TimeField::Hour, TimeField::Weekday, TimeField::Date];

#[track_caller]
fn check(zone: &str, moment: &str, expected: (i64, i64, i64, &str)) {
    let zone = Zone::find(zone).expect("a zone");
    let now_ms = moment.parse::<jiff::Timestamp>().expect("a moment").as_millisecond();
    let (minute, hour, weekday, date) = expected;
    let expected = [
        Value::Number(now_ms),
        Value::Number(minute),
        Value::Number(hour),
        Value::Number(weekday),
        Value::Text(date.into()),
    ];
    assert_eq!(FIELDS.map(|field| zone.value(field, Timestamp::from_ms(now_ms)).expect("a value")), expected);
}

#[test]
fn time_is_told_in_the_zone_of_the_settings() {
    check("UTC", "1970-01-01T00:00:00Z", (0, 0, 4, "1970-01-01"));
    check("UTC", "1969-12-31T23:59:59.999Z", (59, 23, 3, "1969-12-31"));
    check("Europe/Berlin", "2026-03-29T00:59:59Z", (59, 1, 7, "2026-03-29"));
    check("Europe/Berlin", "2026-03-29T01:00:00Z", (0, 3, 7, "2026-03-29"));
    check("Europe/Berlin", "2026-12-31T23:30:00Z", (30, 0, 5, "2027-01-01"));
    check("Asia/Kathmandu", "2026-02-28T18:15:00Z", (0, 0, 7, "2026-03-01"));
    check("America/St_Johns", "2024-02-29T03:29:00Z", (59, 23, 3, "2024-02-28"));
    check("Pacific/Kiritimati", "2026-01-03T10:00:00Z", (0, 0, 7, "2026-01-04"));
}

#[test]
fn a_moment_outside_of_the_calendar_has_no_time_of_day() {
    let zone = Zone::utc();
    assert_eq!(zone.value(TimeField::Hour, Timestamp::from_ms(i64::MAX)), None);
    assert!(zone.value(TimeField::NowMs, Timestamp::from_ms(i64::MAX)).is_some());
}

proptest! {
    #[test]
    fn a_remembered_offset_is_the_one_of_its_minute(
        name in prop::sample::select(vec!["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran"]),
        moments in prop::collection::vec(1_600_000_000_000..2_000_000_000_000_i64, 1..20),
    ) {
        let (zone, calendar) = (Zone::find(name).expect("a zone"), TimeZone::get(name).expect("a zone"));
        // Each moment, and then another one in the same minute or in the next.
        for now_ms in moments.into_iter().flat_map(|ms| [ms, ms + 20_000]) {
            let local = calendar.to_datetime(jiff::Timestamp::from_millisecond(now_ms).expect("a moment"));
            let value = |field| zone.value(field, Timestamp::from_ms(now_ms)).expect("a value");
            prop_assert_eq!(value(TimeField::Minute), Value::Number(local.minute().into()));
            prop_assert_eq!(value(TimeField::Hour), Value::Number(local.hour().into()));
            prop_assert_eq!(value(TimeField::Weekday), Value::Number(local.weekday().to_monday_one_offset().into()));
            prop_assert_eq!(value(TimeField::Date), Value::Text(local.date().to_string().into()));
        }
    }
}
