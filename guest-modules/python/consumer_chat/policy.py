"""Who may talk to `nexus:consumer:chat`, and when: the same decisions as ../../consumer-chat, which has the settings and
the cases. A setting that is absent is not checked."""

import re

from holiday import check_holiday, is_holiday
from hours import DAYS, covers, minute_of_week, shifts
from origin import check_origin, is_among
from wardgate_policy import (
    Answer,
    Call,
    Failure,
    Policy,
    Problems,
    allow,
    boolean,
    deny,
    list_of,
    members,
    number,
    one_of,
    optional,
    size,
    string,
    text,
)

READS = {
    "origin": optional(text("request.header.origin")),
    "method": optional(text("request.method")),
    "size": optional(number("request.size")),
    # The host always has the time, so a policy that needs it and does not get it cannot decide.
    "date": text("time.date"),
    "hour": number("time.hour"),
    "minute": number("time.minute"),
    "weekday": number("time.weekday"),
}

SETTINGS = members(
    origins=optional(list_of(string)),
    origin_required=optional(boolean),
    methods=optional(list_of(string)),
    max_body_bytes=optional(size),
    hours=optional(list_of(members(**{"days": list_of(one_of(*DAYS)), "from": string, "to": string}))),
    holidays=optional(list_of(string)),
    # Read by the host, which counts the hours and days in this zone.
    **{"time.zone": optional(string)},
)


def prepare(settings: dict, problems: Problems) -> dict:
    if "time.zone" in settings:
        problems.take("/time.zone", settings["time.zone"], check_zone)
    return {
        "origins": problems.allowed("/origins", settings.get("origins"), check_origin),
        "origin_required": settings.get("origin_required", False),
        "methods": problems.allowed("/methods", settings.get("methods"), check_method),
        "max_body_bytes": settings.get("max_body_bytes"),
        "hours": shifts(settings.get("hours"), problems),
        "holidays": problems.each("/holidays", settings.get("holidays", []), check_holiday),
    }


def evaluate(rules: dict, call: Call) -> Answer:
    refusal = refuse_request(rules, call.origin, call.method, call.size)
    if refusal is not None:
        return refusal
    if rules["holidays"] and is_holiday(rules["holidays"], call.date):
        return deny("holiday", "the office is closed on this day")
    if rules["hours"] is not None:
        hour, minute, weekday = call.hour, call.minute, call.weekday
        now = minute_of_week(weekday, hour, minute)
        if not any(covers(shift, now) for shift in rules["hours"]):
            return deny("outside_business_hours", "the office is closed at this hour")
    return allow()


def refuse_request(rules: dict, origin: str | None, method: str | None, size: int | None) -> Answer | None:
    if origin is None and rules["origin_required"]:
        return deny("origin_missing", "the call names no web origin")
    if origin is not None and rules["origins"] is not None and not is_among(origin, rules["origins"]):
        return deny("origin_not_allowed", "the call comes from a web origin that is not allowed")
    if rules["methods"] is not None:
        if method is None:
            return deny("method_unknown", "methods are limited and the call has none")
        if method not in rules["methods"]:
            return deny("method_not_allowed", "the method is not allowed")
    if rules["max_body_bytes"] is not None:
        if size is None or size < 0:
            return deny("size_unknown", "sizes are limited and the call's is not known")
        if size > rules["max_body_bytes"]:
            return deny("body_too_large", "the body is too large")
    return None


def check_method(method: str) -> str:
    if not re.fullmatch(r"[A-Z-]+", method):
        raise Failure("not a method such as POST")
    return method


def check_zone(zone: str) -> None:
    # Whether the zone exists only the host knows.
    if not re.fullmatch(r"[A-Za-z0-9/_+-]+", zone):
        raise Failure("not a zone such as Europe/Berlin")


policy = Policy(["nexus:consumer:chat"], evaluate, READS, SETTINGS, prepare)
