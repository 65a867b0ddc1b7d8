//! Holidays: one day (`2026-12-24`) or the same day each year (`12-25`).

/// Checks a holiday of the settings. The error says what is wrong with it.
pub(crate) fn check(text: &str) -> Result<&str, &'static str> {
    // A day each year is checked as if the year were a leap year, so that 02-29 is one.
    let (year, day) = match text.len() {
        10 => (number(text.get(..4)), text.get(4..).and_then(|rest| rest.strip_prefix('-'))),
        _ => (Some(2000), Some(text)),
    };
    let date = year.zip(day.and_then(month_and_day));
    if date.is_some_and(|(year, (month, day))| (1..=days_of(year, month)).contains(&day)) {
        Ok(text)
    } else {
        Err("not a day such as 2026-12-24 or, each year, 12-25")
    }
}

/// Whether the date (`YYYY-MM-DD`) is one of the holidays.
pub(crate) fn contains(holidays: &[&str], date: &str) -> bool {
    let each_year = date.get(5..);
    holidays.iter().any(|holiday| *holiday == date || Some(*holiday) == each_year)
}

fn month_and_day(text: &str) -> Option<(u16, u16)> {
    let (month, day) = text.split_once('-').filter(|(month, day)| month.len() == 2 && day.len() == 2)?;
    number(Some(month)).zip(number(Some(day)))
}

fn number(text: Option<&str>) -> Option<u16> {
    let text = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    text.parse().ok()
}

fn days_of(year: u16, month: u16) -> u16 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holiday_is_a_day_or_a_day_each_year() {
        let holidays = ["2026-12-24", "12-25"];
        for (date, expected) in [
            ("2026-12-24", true),
            ("2027-12-24", false),
            ("2026-12-25", true),
            ("2031-12-25", true),
            ("2026-12-26", false),
            ("", false),
        ] {
            assert_eq!(contains(&holidays, date), expected, "{date}");
        }
    }

    #[test]
    fn nonsense_is_no_holiday() {
        for text in ["2028-02-29", "02-29", "01-01", "2026-12-31"] {
            assert!(check(text).is_ok(), "{text}");
        }
        for text in ["", "2026-02-29", "13-01", "00-10", "04-31", "1-1", "2026-1-1", "2026/01/01", "+1-01", "ä6-01-01"]
        {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
