"""Only the listed countries may call."""

import re

from wardgate_policy import Answer, Call, Failure, Policy, Problems, allow, deny, list_of, members, string, text

# What it reads of a call. What is not `optional` must be there: if it is not, or is of another kind, asking for it is an
# error, and an error refuses the call.
READS = {"country": text("context.country")}

# What its owner writes.
SETTINGS = members(countries=list_of(string))


def prepare(settings: dict, problems: Problems) -> dict:
    """What it goes by: the settings, checked once."""
    return {"countries": problems.each("/countries", settings["countries"], check_country)}


def evaluate(rules: dict, call: Call) -> Answer:
    if call.country in rules["countries"]:
        return allow()
    return deny("country_not_allowed", "calls from this country are not allowed")


def check_country(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise Failure("not a country such as DE")
    return code


policy = Policy(["shop:*"], evaluate, READS, SETTINGS, prepare)
