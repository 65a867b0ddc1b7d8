"""Authlib, as its documentation shows it."""

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from steps import AUTHORIZE, CLIENT, INTROSPECT, ISSUER, PUBLIC_CLIENT, REDIRECT, REVOKE, TOKEN, USER, browse, run


def signed_in():
    session = OAuth2Session(*CLIENT)
    session.fetch_token(TOKEN, username=USER[0], password=USER[1])
    return session


def check_works(session):
    assert session.get(ISSUER + "/nexus/v3/apikeys").status_code == 200


def check_invalid_grant(call):
    try:
        call()
    except OAuthError as error:
        assert error.error == "invalid_grant", error
    else:
        raise AssertionError("it was taken")


def password():
    session = signed_in()
    assert session.token["token_type"] == "bearer" and session.token["expires_in"] == 43199
    check_works(session)


def client_credentials():
    token = OAuth2Session(*CLIENT).fetch_token(TOKEN, grant_type="client_credentials")
    assert token["access_token"] and "refresh_token" not in token


def client_in_form():
    session = OAuth2Session(*CLIENT, token_endpoint_auth_method="client_secret_post")
    assert session.fetch_token(TOKEN, grant_type="client_credentials")["access_token"]


def refresh():
    session = signed_in()
    spent = session.token["refresh_token"]
    session.refresh_token(TOKEN)
    assert session.token["refresh_token"] != spent
    check_works(session)
    check_invalid_grant(lambda: session.refresh_token(TOKEN, refresh_token=spent))


def introspect():
    session = signed_in()
    said = session.introspect_token(INTROSPECT, token=session.token["access_token"]).json()
    assert said["active"] is True, said
    assert session.introspect_token(INTROSPECT, token="unknown").json() == {"active": False}


def revoke():
    session = signed_in()
    for hint in ["access_token", "refresh_token"]:
        session.revoke_token(REVOKE, token=session.token[hint], token_type_hint=hint).raise_for_status()
        said = session.introspect_token(INTROSPECT, token=session.token[hint], token_type_hint=hint).json()
        assert said == {"active": False}, said
    check_invalid_grant(lambda: session.refresh_token(TOKEN))


def code():
    check_code(OAuth2Session(*CLIENT, redirect_uri=REDIRECT, scope="openid", code_challenge_method="S256"))


def public_code():
    check_code(OAuth2Session(PUBLIC_CLIENT, redirect_uri=REDIRECT, scope="openid", code_challenge_method="S256"))


def check_code(session):
    verifier = generate_token(48)
    url, state = session.create_authorization_url(AUTHORIZE, code_verifier=verifier)
    answered = browse(url)
    session.fetch_token(TOKEN, authorization_response=answered, state=state, code_verifier=verifier)
    assert session.get(ISSUER + "/auth/v3/openid/userinfo").json()["sub"]
    session.refresh_token(TOKEN)
    # A code is good once, and its second use ends what grew from the first.
    again = OAuth2Session(session.client_id, session.client_secret, redirect_uri=REDIRECT, state=state)
    again_at = {"authorization_response": answered, "code_verifier": verifier}
    check_invalid_grant(lambda: again.fetch_token(TOKEN, **again_at))
    check_invalid_grant(lambda: session.refresh_token(TOKEN))


def openid():
    session = OAuth2Session(*CLIENT, redirect_uri=REDIRECT, scope="openid", code_challenge_method="S256")
    verifier, nonce = generate_token(48), generate_token()
    url, state = session.create_authorization_url(AUTHORIZE, code_verifier=verifier, nonce=nonce)
    token = session.fetch_token(TOKEN, authorization_response=browse(url), state=state, code_verifier=verifier)
    subject = session.get(ISSUER + "/auth/v3/openid/userinfo").json()["sub"]
    discovered = requests.get(ISSUER + "/.well-known/openid-configuration").json()
    keys = KeySet.import_key_set(requests.get(discovered["jwks_uri"]).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["EdDSA"])
    rules = {"iss": ISSUER, "aud": session.client_id, "sub": subject, "nonce": nonce}
    essential = {name: {"essential": True, "value": value} for name, value in rules.items()}
    claims = CodeIDToken(decoded.claims, decoded.header, {**essential, "exp": {"essential": True}})
    claims.params = {"access_token": token["access_token"], "client_id": session.client_id, "nonce": nonce}
    claims.validate(leeway=5)


run(
    {
        "password": password,
        "client_credentials": client_credentials,
        "client_in_form": client_in_form,
        "refresh": refresh,
        "introspect": introspect,
        "revoke": revoke,
        "code": code,
        "public_code": public_code,
        "openid": openid,
    }
)
