"""Business hours, as minutes of the week. A shift that ends before it begins runs past midnight."""

import re

from wardgate_policy import Failure, Problems

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES


def covers(shift: list[int], minute: int) -> bool:
    """Whether the minute of the week lies in the shift, whose end, which may be in the next week, is not within."""
    start, end = shift
    return start <= minute < end or start <= minute + WEEK_MINUTES < end


def minute_of_week(weekday: int, hour: int, minute: int) -> int:
    """The minute of the week, counted from Monday's midnight."""
    if not (1 <= weekday <= 7 and 0 <= hour < 24 and 0 <= minute < 60):
        raise Failure("the time is none")
    return ((weekday - 1) * 24 + hour) * 60 + minute


def shifts(hours: list[dict] | None, problems: Problems) -> list[list[int]] | None:
    """Turns the setting `hours` into shifts."""
    hours = problems.allowed("/hours", hours, lambda item: item)
    if hours is None:
        return None
    return [shift for at, item in enumerate(hours) for shift in _shifts(item, f"/hours/{at}", problems)]


def _shifts(hours: dict, path: str, problems: Problems) -> list[list[int]]:
    if not hours["days"]:
        problems.report(f"{path}/days", "the hours are of no day")
    opens = problems.take(f"{path}/from", hours["from"], _minute_of_day)
    closes = problems.take(f"{path}/to", hours["to"], _minute_of_day)
    if opens is None or closes is None:
        return []
    if opens == closes or opens == DAY_MINUTES:
        problems.report(f"{path}/from", "no minute lies between from and to")
    length = closes - opens if opens < closes else closes + DAY_MINUTES - opens
    starts = [DAYS.index(day) * DAY_MINUTES + opens for day in hours["days"]]
    return [[start, start + length] for start in starts]


def _minute_of_day(text: str) -> int:
    # `08:00`; `24:00` is the end of the day.
    found = re.fullmatch(r"([0-9]{2}):([0-9]{2})", text)
    if found:
        hour, minute = int(found[1]), int(found[2])
        if (hour < 24 and minute < 60) or (hour, minute) == (24, 0):
            return hour * 60 + minute
    raise Failure("not a time of the day such as 08:00")
