"""The kit for writing a Wardgate policy in Python: typed settings, typed attributes, a verdict. It knows nothing of
WebAssembly, so that a policy is tested as ordinary Python; `wardgate_component` makes the contract's functions of it."""

import json
from dataclasses import dataclass, replace
from typing import Any, Callable, Optional


class Failure(Exception):
    """What an author raises to say "I could not decide". It refuses the call, and the words are kept for the tenant."""


# --- Verdicts ---


@dataclass(frozen=True)
class Obligation:
    """Something that the enforcing side must do if it lets the call pass: `Obligation("header", {"name": "x-policy-tier",
    "value": "gold"})`. One that cannot do it refuses the call."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A verdict: an effect, and why (codes and messages)."""

    effect: str
    reasons: tuple[tuple[str, str], ...] = ()
    obligations: tuple[Obligation, ...] = ()


def allow(*obligations: Obligation) -> Answer:
    """This policy has nothing against the call, on these conditions."""
    return Answer("allow", (), obligations)


def abstain() -> Answer:
    """This policy has no opinion about the call."""
    return Answer("abstain")


def deny(code: str, message: str) -> Answer:
    """The call stops here. The code is for machines (`a-z 0-9 _`), the message for people; the caller sees neither."""
    return Answer("deny", ((code, message),))


# --- Attributes ---

KINDS = {"text": "a text", "number": "a number", "flag": "a flag", "texts": "a list of texts"}


@dataclass(frozen=True)
class Read:
    """An attribute that a policy reads."""

    name: str
    kind: str
    is_optional: bool = False


def text(name: str) -> Read:
    """An attribute that is a text (`str`)."""
    return Read(name, "text")


def number(name: str) -> Read:
    """An attribute that is a whole number (`int`)."""
    return Read(name, "number")


def flag(name: str) -> Read:
    """An attribute that is true or false (`bool`)."""
    return Read(name, "flag")


def texts(name: str) -> Read:
    """An attribute that is a list of texts (`list[str]`)."""
    return Read(name, "texts")


def family(name: str) -> Read:
    """A family such as `request.header.*`: a `dict` of whatever the call has of it."""
    return Read(name, "family")


def optional(what):
    """An attribute, or a member of the settings, that need not be there: `None` if it is not."""
    return replace(what, is_optional=True)


class Call:
    """The call as its policy declared it. Each attribute is looked up when it is asked for, so that one which these
    settings do not need may be missing."""

    def __init__(self, reads: dict[str, Read], attributes: list[tuple[str, str, Any]]):
        self._reads, self._attributes = reads, attributes

    def __getattr__(self, member: str):
        read = self._reads[member]
        if read.kind == "family":
            start = read.name[:-1]
            return {name[len(start) :]: value for name, _, value in self._attributes if name.startswith(start)}
        for name, kind, value in self._attributes:
            if name == read.name:
                if kind != read.kind:
                    raise Failure(f"the attribute {name} is not {KINDS[read.kind]}")
                return value
        if read.is_optional:
            return None
        raise Failure(f"the attribute {read.name} is missing")


# --- Settings ---


class Problems:
    """Everything that is wrong with the settings, so that their author sees it all at once."""

    def __init__(self) -> None:
        self.list: list[tuple[str, str]] = []

    def report(self, path: str, message: str) -> None:
        """Reports one problem at a JSON pointer such as `/hours/0/from`."""
        self.list.append((path, message))

    def take(self, path: str, value, check: Callable):
        """What `check` makes of a value; the `Failure` that it raises is reported at `path`."""
        try:
            return check(value)
        except Failure as failure:
            self.report(path, str(failure))
            return None

    def each(self, path: str, items: list, check: Callable) -> list:
        """Checks each item of a list, reporting at `path/INDEX` those that are wrong."""
        return [self.take(f"{path}/{at}", item, check) for at, item in enumerate(items)]

    def allowed(self, path: str, items: Optional[list], check: Callable) -> Optional[list]:
        """As `each`, for a list of what is allowed: absent it allows everything. Empty it would refuse every call, which
        is never what its author meant, so that is reported."""
        if items is None:
            return None
        if not items:
            self.report(path, "an empty list would refuse every call; leave it out to allow all")
        return self.each(path, items, check)


@dataclass(frozen=True)
class Shape:
    """What settings look like. Members that are not named are problems."""

    fits: Callable[[Any, str, Problems], None]
    is_optional: bool = False


def _scalar(is_one: Callable[[Any], bool], otherwise: str) -> Shape:
    return Shape(lambda value, path, problems: None if is_one(value) else problems.report(path, otherwise))


def _is_whole(value) -> bool:
    # For Python true and false are numbers.
    return isinstance(value, int) and not isinstance(value, bool)


string = _scalar(lambda value: isinstance(value, str), "must be a text")
boolean = _scalar(lambda value: isinstance(value, bool), "must be true or false")
integer = _scalar(_is_whole, "must be a whole number")
size = _scalar(lambda value: _is_whole(value) and value >= 0, "must be a whole number, at least 0")


def one_of(*words: str) -> Shape:
    """One of these words."""
    return _scalar(lambda value: value in words, f"must be one of {', '.join(words)}")


def list_of(item: Shape) -> Shape:
    """A list of items of one shape."""

    def fits(value, path: str, problems: Problems) -> None:
        if not isinstance(value, list):
            return problems.report(path, "must be a list")
        for at, one in enumerate(value):
            item.fits(one, f"{path}/{at}", problems)

    return Shape(fits)


def members(**named: Shape) -> Shape:
    """An object with these members; one whose name is no word in Python: `members(**{"time.zone": string})`."""

    def fits(value, path: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            return problems.report(path, "must be an object")
        for name in value:
            if name not in named:
                problems.report(_pointer(path, name), "is not a setting")
        for name, shape in named.items():
            if name in value:
                shape.fits(value[name], _pointer(path, name), problems)
            elif not shape.is_optional:
                problems.report(_pointer(path, name), "is missing")

    return Shape(fits)


def _pointer(path: str, member: str) -> str:
    # RFC 6901: `~` and `/` within a member's name are escaped.
    return f"{path}/{member.replace('~', '~0').replace('/', '~1')}"


# --- The contract ---


@dataclass(frozen=True)
class Policy:
    """A permission policy."""

    permissions: list[str]
    """The permission patterns that it is written for."""
    evaluate: Callable[[Any, Call], Answer]
    """Decides one call by the rules: `evaluate(rules, call)`."""
    reads: dict[str, Read]
    """The attributes that it reads, each under the name that `call` has it by."""
    settings: Shape = members()
    """The shape of its settings."""
    prepare: Callable[[Any, Problems], Any] = lambda settings, problems: settings
    """Checks settings and turns them into rules: anything that JSON can say."""


def prepare(policy: Policy, text: str) -> bytes:
    """`prepare` of the contract: rules as JSON. Raises `SettingsError`."""
    try:
        settings = json.loads(text if text.strip() else "{}")
    except ValueError as error:
        raise SettingsError([("", f"must be JSON: {error}")]) from None
    problems = Problems()
    policy.settings.fits(settings, "", problems)
    rules = None if problems.list else policy.prepare(settings, problems)
    if problems.list:
        raise SettingsError(problems.list)
    return json.dumps(rules, separators=(",", ":")).encode()


class SettingsError(Exception):
    """What is wrong with settings: pointers and messages."""

    def __init__(self, problems: list[tuple[str, str]]):
        super().__init__(problems)
        self.problems = problems


def evaluate(policy: Policy, prepared: bytes, attributes: list[tuple[str, str, Any]]) -> Answer:
    """`evaluate` of the contract. Whatever else goes wrong in it is told as the author's failure, too."""
    try:
        return policy.evaluate(json.loads(prepared), Call(policy.reads, attributes))
    except Failure:
        raise
    except Exception as error:
        raise Failure(f"an error in the policy: {type(error).__name__}: {error}") from None
