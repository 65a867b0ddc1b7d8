"""Holidays: one day (`2026-12-24`) or the same day each year (`12-25`)."""

import re

from wardgate_policy import Failure


def check_holiday(text: str) -> str:
    """Checks a holiday of the settings."""
    found = re.fullmatch(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})", text)
    if found:
        # A day each year is checked as if the year were a leap year, so that 02-29 is one.
        year, month, day = int(found[1] or 2000), int(found[2]), int(found[3])
        if 1 <= day <= _days_of(year, month):
            return text
    raise Failure("not a day such as 2026-12-24 or, each year, 12-25")


def is_holiday(holidays: list[str], date: str) -> bool:
    """Whether the date (`YYYY-MM-DD`) is one of the holidays."""
    return date in holidays or date[5:] in holidays


def _days_of(year: int, month: int) -> int:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return days[month - 1] if 1 <= month <= 12 else 0
