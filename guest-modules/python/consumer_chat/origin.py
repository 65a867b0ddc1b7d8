"""Web origins: `https://shop.example.com`, or `https://*.example.com` for everything below a domain."""

import re

from wardgate_policy import Failure

NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
ORIGIN = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?")


def check_origin(origin: str) -> str:
    """Checks an origin of the settings."""
    found = ORIGIN.fullmatch(origin)
    if found and found.group(1, 3) in [("https", "443"), ("http", "80")]:
        raise Failure("browsers leave out the scheme's own port, so leave it out here too")
    if not found or not _is_host(found[2].removeprefix("*.")) or int(found[3] or 0) > 65535:
        raise Failure("not an origin such as https://shop.example.com or https://*.example.com:8443")
    return origin


def is_among(origin: str, origins: list[str]) -> bool:
    """Whether a call's origin is one of those of the settings. Scheme and host know no case."""
    # Beyond ASCII there are letters whose lower case is an ASCII one.
    return origin.isascii() and any(_matches(origin.lower(), allowed.lower()) for allowed in origins)


def _matches(origin: str, allowed: str) -> bool:
    start, wildcard, end = allowed.partition("*")
    if not wildcard:
        return origin == allowed
    fits = len(origin) > len(start) + len(end) and origin.startswith(start) and origin.endswith(end)
    # Anything but labels between a scheme and a domain, such as `evil.example/` or `user@`, is somebody else's origin.
    return fits and NAME.fullmatch(origin[len(start) : len(origin) - len(end)]) is not None


def _is_host(text: str) -> bool:
    return _is_ipv6(text[1:-1]) if text.startswith("[") else NAME.fullmatch(text) is not None


def _is_ipv6(text: str) -> bool:
    halves = [half.split(":") if half else [] for half in text.split("::")]
    groups = [group for half in halves for group in half]
    if groups and _is_ipv4(groups[-1]) and text.endswith(groups[-1]):
        groups[-1:] = ["0", "0"]
    is_whole = len(groups) == 8 if len(halves) == 1 else len(halves) == 2 and len(groups) <= 7
    return is_whole and all(re.fullmatch(r"[0-9A-Fa-f]{1,4}", group) for group in groups)


def _is_ipv4(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(re.fullmatch(r"0|[1-9][0-9]{0,2}", part) and int(part) < 256 for part in parts)
