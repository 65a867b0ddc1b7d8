//! Business hours, as minutes of the week. A shift that ends before it begins runs past midnight.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use wardgate_guest::Problems;

const DAY_MINUTES: u16 = 24 * 60;
const WEEK_MINUTES: u16 = 7 * DAY_MINUTES;

/// One item of the setting `hours`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    days: Vec<Day>,
    from: String,
    to: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A span of minutes of the week; the end, which may lie in the next week, is not within.
#[derive(Deserialize, Serialize)]
pub(crate) struct Shift {
    start: u16,
    end: u16,
}

impl Shift {
    pub(crate) fn covers(&self, minute: u16) -> bool {
        let span = self.start..self.end;
        span.contains(&minute) || span.contains(&(minute + WEEK_MINUTES))
    }
}

/// The minute of the week, counted from Monday's midnight; `None` if there is no such time.
pub(crate) fn minute_of_week(weekday: i64, hour: i64, minute: i64) -> Option<u16> {
    let within = (1..=7).contains(&weekday) && (0..24).contains(&hour) && (0..60).contains(&minute);
    let minutes = within.then(|| ((weekday - 1) * 24 + hour) * 60 + minute)?;
    u16::try_from(minutes).ok()
}

/// Turns the setting `hours` into shifts.
pub(crate) fn shifts(hours: Option<&Vec<Hours>>, problems: &mut Problems) -> Option<Vec<Shift>> {
    let numbered = problems.allowed("/hours", hours, Ok::<_, String>)?.into_iter().enumerate();
    Some(numbered.flat_map(|(at, hours)| hours.shifts(&format!("/hours/{at}"), problems)).collect())
}

impl Hours {
    fn shifts(&self, path: &str, problems: &mut Problems) -> Vec<Shift> {
        if self.days.is_empty() {
            problems.report(format!("{path}/days"), "the hours are of no day");
        }
        let from = problems.take(&format!("{path}/from"), minute_of_day(&self.from));
        let to = problems.take(&format!("{path}/to"), minute_of_day(&self.to));
        let (Some(from), Some(to)) = (from, to) else {
            return Vec::new();
        };
        if from == to || from == DAY_MINUTES {
            problems.report(format!("{path}/from"), "no minute lies between from and to");
        }
        let length = if from < to { to - from } else { to + DAY_MINUTES - from };
        let starts = self.days.iter().map(|day| *day as u16 * DAY_MINUTES + from);
        starts.map(|start| Shift { start, end: start + length }).collect()
    }
}

/// `08:00`; `24:00` is the end of the day.
fn minute_of_day(text: &str) -> Result<u16, &'static str> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let time = match text.split_once(':') {
        Some((hour, minute)) if hour.len() == 2 && minute.len() == 2 => digits(hour).zip(digits(minute)),
        _ => None,
    };
    match time {
        Some((hour, minute)) if (hour < 24 && minute < 60) || (hour, minute) == (24, 0) => Ok(hour * 60 + minute),
        _ => Err("not a time of the day such as 08:00"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_past_midnight_runs_into_the_next_day_and_week() {
        let sunday_night = Shift { start: 6 * DAY_MINUTES + 22 * 60, end: WEEK_MINUTES + 2 * 60 };
        for (weekday, hour, minute, expected) in
            [(7, 21, 59, false), (7, 22, 0, true), (1, 1, 59, true), (1, 2, 0, false), (2, 1, 0, false)]
        {
            let now = minute_of_week(weekday, hour, minute).expect("a time");
            assert_eq!(sunday_night.covers(now), expected, "{weekday} {hour}:{minute}");
        }
    }

    #[test]
    fn time_out_of_bounds_is_none() {
        for (weekday, hour, minute) in [(0, 0, 0), (8, 0, 0), (1, 24, 0), (1, 0, 60), (1, -1, 0), (i64::MAX, 0, 0)] {
            assert_eq!(minute_of_week(weekday, hour, minute), None);
        }
        assert_eq!(minute_of_week(7, 23, 59), Some(WEEK_MINUTES - 1));
    }

    #[test]
    fn time_of_day_is_four_digits() {
        assert_eq!(minute_of_day("08:30"), Ok(510));
        assert_eq!(minute_of_day("24:00"), Ok(1440));
        for text in ["", "8:00", "08:60", "24:01", "25:00", "+8:00", "08-00", "08:00:00", "ä:00"] {
            assert!(minute_of_day(text).is_err(), "{text}");
        }
    }
}
