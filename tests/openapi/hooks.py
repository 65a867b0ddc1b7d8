"""What the description of an API cannot say, said to Schemathesis: of requests that are meant to be good, it mends those
that are bad by a rule between two members. Requests that are meant to be bad stay as they are."""

import zlib
from pathlib import Path
from urllib.parse import unquote

import schemathesis
from requests.structures import CaseInsensitiveDict
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import EnsureResourceAvailability, IgnoredAuth

# What the callers themselves stand on, and what is changed or taken away in its place.
NEEDED = set(Path("needed.txt").read_text().split())
SPARE = "spare"
# Who sees the things of all tenants.
OPERATOR = Path("operator.txt").read_text()
# Addresses that a client may register: their rule is longer than a pattern.
REDIRECTS = ["https://shop.example.com/callback", "http://127.0.0.1:9000/", "com.example.app:/callback"]

# A time that begins before it ends, and not years before.
MORNING = {"from": "2026-03-04T09:30:00Z", "to": "2026-03-04T11:00:00Z"}

# A tenant's routes, and a policy that its module takes.
ROUTES = [
    {"method": "POST", "path": "/help/chat", "permission": "nexus:consumer:chat"},
    {"method": "*", "path": "/help/{ccId}/{*rest}", "permission": "nexus:consumer:read"},
]
POLICY = {"module": "consumer-chat", "settings": {"origins": ["https://shop.example.com"]}}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method in ("PUT", "PATCH", "DELETE") or case.path.endswith("/reset-password"):
        spare_what_is_needed(case)
    if case.path == "/auth/v3/sign-out":
        # Or the callers have no tokens from then on.
        case.headers.pop("Authorization", None)
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    case.body = whole_numbers(case.body)
    name_one_tenant(case)
    # A good cursor is one that an answer held, and nobody can make one up.
    if case.query is not None:
        case.query.pop("cursor", None)
    if case.path in ("/auth/v3/oauth/authorize", "/auth/v3/sign-in", "/auth/v3/sign-out"):
        send_the_browser_from_a_known_client(case)
    elif case.path.startswith("/auth/v3/oauth/") and isinstance(case.body, dict):
        say_once_who_asks(case.body)
    if case.path.startswith("/v1/users") and isinstance(case.body, dict):
        describe_a_user(case.body)
    for ask in case.body if isinstance(case.body, list) else [case.body]:
        if case.path in ("/v1/check", "/v1/explain") and isinstance(ask, dict):
            say_one_body(ask)
            send_few_headers(ask)
    if case.path.startswith("/auth/v3/ops/clients") and isinstance(case.body, dict):
        describe_a_client(case.method, case.body["data"])
    if case.path.startswith("/v1/tenants/") and isinstance(case.body, dict):
        describe_a_tenant(case.body)
    if case.path.endswith("/replay") and isinstance(case.body, dict):
        # Whose decisions is for a guard to say.
        case.body.pop("tenant", None)
    if case.path == "/v1/usage" and case.query:
        case.query.update({name: MORNING[name] for name in MORNING if name in case.query})
    call_a_thing_by_its_own_name(case)
    # Only an answer makes one.
    if case.query:
        case.query.pop("cursor", None)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """That nobody made what stands in place of something needed is no failure, nor that a tenant does not see what an
    operator made for another, nor that who guesses is told to wait."""
    spared = SPARE in (case.path_parameters or {}).values()
    if isinstance(failure, EnsureResourceAvailability):
        return not spared and response.request.headers.get("Authorization") == OPERATOR
    return not (isinstance(failure, IgnoredAuth) and "got `429" in failure.message)


def whole_numbers(value):
    """JSON Schema takes 1.0 for an integer, and any number of digits for a number; readers of JSON do not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 2**64 else 0
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {name: whole_numbers(item) for name, item in value.items()}
    return value


def name_one_tenant(case):
    """A call that names its tenant twice names the same one, and one that goes on from another names none."""
    body = case.body.get("data", case.body) if isinstance(case.body, dict) else {}
    if case.path == "/v1/explain":
        # The ask's own, which is any text, as on its way to /v1/check; not everything can be said in a header.
        body.pop("tenant", None)
    places = [(body, "tenant"), (case.headers, "x-ccid"), (case.query, "tenant")]
    places = [(place, name) for place, name in places if isinstance(place, dict | CaseInsensitiveDict)]
    named = [place[name] for place, name in places if place.get(name) is not None]
    for place, name in places:
        if case.meta.phase.name == TestPhase.STATEFUL:
            place.pop(name, None)
        elif name in place:
            place[name] = named[0] if named else None
    # A tenant in the body of a thing that is there is its own.
    if named and case.meta.phase.name != TestPhase.STATEFUL and case.method in ("PUT", "PATCH"):
        case.headers["x-ccid"] = named[0]


def spare_what_is_needed(case):
    """A run that suspends the tenant of its own callers, or deletes their client, proves nothing from then on."""
    for name, value in (case.path_parameters or {}).items():
        if value in NEEDED and not (name == "ccId" and "name" in case.path_parameters):
            case.path_parameters[name] = SPARE


def call_a_thing_by_its_own_name(case):
    """A thing keeps the id that it has in the path."""
    body = case.body.get("data", case.body) if isinstance(case.body, dict) else None
    if case.path == "/v1/users/{id}" and isinstance(body, dict):
        body.pop("name", None)
    for member, parameter in [("client_id", "id"), ("id", "ccId"), ("name", "name")]:
        if isinstance(body, dict) and parameter in (case.path_parameters or {}) and body.get(member) is not None:
            body[member] = unquote(case.path_parameters[parameter])


def describe_a_user(user):
    """A user's name is of letters of any script, and a password none of those that everybody has."""
    if user.get("name") is not None:
        user["name"] = f"user-{zlib.crc32(user['name'].encode())}"
    if user.get("password") is not None:
        user["password"] = "correct horse"


def send_the_browser_from_a_known_client(case):
    """Of a client that nobody knows, and of an address that none registered, a person is told on a page."""
    asked = case.body if case.path.endswith("authorize") and case.method == "POST" else case.query
    for container in (asked, case.query, case.body):
        if isinstance(container, dict):
            container.pop("redirectUri", None)
    if case.path.endswith("sign-out") and case.query and isinstance(case.body, dict):
        # Parameters stand in the address or in the form.
        case.body.clear()
    elif isinstance(asked, dict) and (asked.keys() - {"tenant", "hideTenant"} or case.path.endswith("authorize")):
        asked.update(client_id="a_page", redirect_uri=REDIRECTS[0])


def describe_a_tenant(body):
    """Patterns of paths, addresses and the settings of modules have rules of their own."""
    if body.get("routes") is not None:
        body["routes"] = ROUTES[: len(body["routes"])]
    if body.get("backend") is not None:
        body["backend"] = "http://127.0.0.1:9111"
    if "module" in body:
        body.update(POLICY)


def describe_a_client(method, client):
    """What is between the members of a client: a public one has no secret, and the tenants that it names are there."""
    if client.get("redirectURIs") is not None:
        client["redirectURIs"] = REDIRECTS[: len(client["redirectURIs"])]
    client.pop("contactCenterIds", None)
    # One that is there may be public without a word of it in the request.
    if client.get("clientType") in (["PUBLIC"] if method == "POST" else ["PUBLIC", None]):
        client.pop("client_secret", None)


def say_once_who_asks(form):
    """A client authenticates in one way, and here that is the header."""
    form.pop("client_id", None)
    form.pop("client_secret", None)


def say_one_body(ask):
    """The body of an ask is given once, and its size is then that of the body."""
    if ask.get("body") is not None or ask.get("body_base64") is not None:
        ask.pop("size", None)
        if ask.get("body") is not None:
            ask.pop("body_base64", None)


def send_few_headers(ask):
    """The lines of a name that comes more than once count towards the 64, too."""
    for name, value in (ask.get("headers") or {}).items():
        if isinstance(value, list):
            ask["headers"][name] = value[:1]
