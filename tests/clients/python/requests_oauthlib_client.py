"""requests-oauthlib, as its documentation shows it. It looks for no introspection, so none is asked for."""

import requests
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError, LegacyApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from steps import AUTHORIZE, CLIENT, ISSUER, PUBLIC_CLIENT, REDIRECT, REVOKE, TOKEN, USER, browse, run

BASIC = HTTPBasicAuth(*CLIENT)


def signed_in(scope=None):
    session = OAuth2Session(client=LegacyApplicationClient(client_id=CLIENT[0], scope=scope))
    session.fetch_token(TOKEN, username=USER[0], password=USER[1], auth=BASIC)
    return session


def check_works(session):
    assert session.get(ISSUER + "/nexus/v3/apikeys").status_code == 200


def check_invalid_grant(call):
    try:
        call()
    except InvalidGrantError as error:
        assert error.error == "invalid_grant", error
    else:
        raise AssertionError("it was taken")


def password():
    check_works(signed_in())
    # The library raises where the answer's scope is another one than was asked for.
    assert signed_in(scope=["openid", "email"]).token["scope"] == ["openid", "email"]


def client_credentials():
    session = OAuth2Session(client=BackendApplicationClient(client_id=CLIENT[0]))
    assert session.fetch_token(TOKEN, auth=BASIC)["access_token"]


def client_in_form():
    session = OAuth2Session(client=BackendApplicationClient(client_id=CLIENT[0]))
    assert session.fetch_token(TOKEN, client_secret=CLIENT[1], include_client_id=True)["access_token"]


def refresh():
    session = signed_in()
    spent = session.token["refresh_token"]
    session.refresh_token(TOKEN, auth=BASIC)
    assert session.token["refresh_token"] != spent
    check_works(session)
    check_invalid_grant(lambda: session.refresh_token(TOKEN, refresh_token=spent, auth=BASIC))


def revoke():
    session = signed_in()
    token = session.token["refresh_token"]
    client = LegacyApplicationClient(client_id=CLIENT[0])
    url, headers, body = client.prepare_token_revocation_request(REVOKE, token, token_type_hint="refresh_token")
    requests.post(url, headers=headers, data=body, auth=BASIC).raise_for_status()
    check_invalid_grant(lambda: session.refresh_token(TOKEN, auth=BASIC))


def code():
    session = OAuth2Session(CLIENT[0], redirect_uri=REDIRECT, scope=["openid"], pkce="S256")
    check_code(session, {"client_secret": CLIENT[1]}, {"auth": BASIC})


def public_code():
    session = OAuth2Session(PUBLIC_CLIENT, redirect_uri=REDIRECT, scope=["openid"], pkce="S256")
    check_code(session, {"include_client_id": True}, {"client_id": PUBLIC_CLIENT})


def check_code(session, who, who_refreshes):
    url, _ = session.authorization_url(AUTHORIZE)
    answered = browse(url)
    session.fetch_token(TOKEN, authorization_response=answered, **who)
    assert session.get(ISSUER + "/auth/v3/openid/userinfo").json()["sub"]
    refresh_token = session.refresh_token(TOKEN, **who_refreshes)["refresh_token"]
    check_invalid_grant(lambda: session.fetch_token(TOKEN, authorization_response=answered, **who))
    check_invalid_grant(lambda: session.refresh_token(TOKEN, refresh_token=refresh_token, **who_refreshes))


run(
    {
        "password": password,
        "client_credentials": client_credentials,
        "client_in_form": client_in_form,
        "refresh": refresh,
        "revoke": revoke,
        "code": code,
        "public_code": public_code,
    }
)
