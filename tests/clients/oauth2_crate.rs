//! The crate oauth2, as its documentation shows it, with this test's own HTTP client.

use oauth2::basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RefreshToken, RequestTokenError, ResourceOwnerPassword,
    ResourceOwnerUsername, RevocationUrl, StandardRevocableToken, TokenIntrospectionResponse, TokenResponse, TokenUrl,
};

use super::person::Person;
use super::{Ground, PUBLIC_CLIENT, REDIRECT};
use crate::harness::APIKEYS;

/// The client of this library whose endpoints are known, but for devices.
type Client = BasicClient<
    oauth2::EndpointSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointSet,
    oauth2::EndpointSet,
    oauth2::EndpointSet,
>;

type Failure = RequestTokenError<reqwest::Error, BasicErrorResponse>;

/// Sends a request as a proxy in front of the server would: without TLS.
async fn send(mut request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    *request.uri_mut() = request.uri().to_string().replace("https:", "http:").parse().expect("a URL");
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let response = client.execute(request.try_into()?).await?;
    let mut answer = HttpResponse::new(Vec::new());
    (*answer.status_mut(), *answer.headers_mut()) = (response.status(), response.headers().clone());
    *answer.body_mut() = response.bytes().await?.to_vec();
    Ok(answer)
}

impl Ground {
    fn oauth2_client(&self) -> Client {
        let url = |path: &str| format!("{}/auth/v3/oauth/{path}", self.issuer);
        BasicClient::new(ClientId::new("nexus_client".to_owned()))
            .set_client_secret(ClientSecret::new(self.secret.clone()))
            .set_auth_uri(AuthUrl::new(url("authorize")).expect("a URL"))
            .set_token_uri(TokenUrl::new(url("token")).expect("a URL"))
            .set_introspection_url(IntrospectionUrl::new(url("introspect")).expect("a URL"))
            // The library revokes over TLS alone; `send` is then what ends it.
            .set_revocation_url(RevocationUrl::new(url("revoke").replace("http:", "https:")).expect("a URL"))
    }
}

#[track_caller]
fn check_invalid_grant<T: std::fmt::Debug>(result: Result<T, Failure>) {
    match result {
        Err(RequestTokenError::ServerResponse(said)) => {
            assert_eq!(*said.error(), BasicErrorResponseType::InvalidGrant, "{said}");
        }
        other => panic!("not refused as it should be: {other:?}"),
    }
}

#[tokio::test]
async fn the_crate_oauth2_signs_in_and_refreshes() {
    let ground = Ground::new();
    let client = ground.oauth2_client();
    let (user, password) =
        (ResourceOwnerUsername::new(ground.username.clone()), ResourceOwnerPassword::new(ground.password.clone()));
    let first = client.exchange_password(&user, &password).request_async(&send).await.expect("a token");
    let spent: &RefreshToken = first.refresh_token().expect("one to refresh with");
    let second = client.exchange_refresh_token(spent).request_async(&send).await.expect("another token");
    assert_ne!(second.refresh_token().expect("one to refresh with").secret(), spent.secret());
    let works = ground.server.anonymous().with_token(second.access_token().secret());
    works.get(APIKEYS).await.expect(200);
    check_invalid_grant(client.exchange_refresh_token(spent).request_async(&send).await);
    works.get(APIKEYS).await.expect(401);
}

#[tokio::test]
async fn the_crate_oauth2_fetches_a_token_of_its_own() {
    let ground = Ground::new();
    for way in [AuthType::BasicAuth, AuthType::RequestBody] {
        let client = ground.oauth2_client().set_auth_type(way);
        let token = client.exchange_client_credentials().request_async(&send).await.expect("a token");
        assert!(token.refresh_token().is_none());
    }
}

#[tokio::test]
async fn the_crate_oauth2_introspects_and_revokes() {
    let ground = Ground::new();
    let client = ground.oauth2_client();
    let (user, password) =
        (ResourceOwnerUsername::new(ground.username.clone()), ResourceOwnerPassword::new(ground.password.clone()));
    let token = client.exchange_password(&user, &password).request_async(&send).await.expect("a token");
    let (access, refresh) = (token.access_token(), token.refresh_token().expect("one to refresh with"));
    let known = client.introspect(access).request_async(&send).await.expect("told");
    assert!(known.active());
    assert_eq!(known.client_id().map(|id| id.as_str()), Some("nexus_client"));
    let unknown = AccessToken::new("unknown".to_owned());
    assert!(!client.introspect(&unknown).request_async(&send).await.expect("told").active());
    let revocable = StandardRevocableToken::from(refresh);
    client.revoke_token(revocable).expect("over TLS").request_async(&send).await.expect("revoked");
    assert!(!client.introspect(access).request_async(&send).await.expect("told").active());
    check_invalid_grant(client.exchange_refresh_token(refresh).request_async(&send).await);
}

/// A code by PKCE, its exchange, and what a second use of it comes to.
async fn check_code(ground: &Ground, client: Client) {
    let client = client.set_redirect_uri(RedirectUrl::new(REDIRECT.to_owned()).expect("a URL"));
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge).url();
    let led_to = Person::new(&ground.issuer, &ground.username, &ground.password).open(url.as_str()).await;
    let query = led_to.strip_prefix(REDIRECT).and_then(|rest| rest.strip_prefix('?')).expect("the registered place");
    let answered = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).expect("it is there")
    };
    assert_eq!((&answered("state"), &answered("iss")), (state.secret(), &ground.issuer));
    let code = || AuthorizationCode::new(answered("code"));
    let again = oauth2::PkceCodeVerifier::new(verifier.secret().clone());
    let token = client.exchange_code(code()).set_pkce_verifier(verifier).request_async(&send).await.expect("a token");
    let works = ground.server.anonymous().with_token(token.access_token().secret());
    works.get(APIKEYS).await.expect(200);
    let refresh = token.refresh_token().expect("one to refresh with");
    let token = client.exchange_refresh_token(refresh).request_async(&send).await.expect("another token");
    check_invalid_grant(client.exchange_code(code()).set_pkce_verifier(again).request_async(&send).await);
    let refresh = token.refresh_token().expect("one to refresh with");
    check_invalid_grant(client.exchange_refresh_token(refresh).request_async(&send).await);
}

#[tokio::test]
async fn the_crate_oauth2_trades_a_code() {
    let ground = Ground::new();
    check_code(&ground, ground.oauth2_client()).await;
}

#[tokio::test]
async fn the_crate_oauth2_trades_a_code_of_a_public_client() {
    let ground = Ground::new();
    let url = |path: &str| format!("{}/auth/v3/oauth/{path}", ground.issuer);
    let client = BasicClient::new(ClientId::new(PUBLIC_CLIENT.to_owned()))
        .set_auth_uri(AuthUrl::new(url("authorize")).expect("a URL"))
        .set_token_uri(TokenUrl::new(url("token")).expect("a URL"))
        .set_introspection_url(IntrospectionUrl::new(url("introspect")).expect("a URL"))
        .set_revocation_url(RevocationUrl::new(url("revoke").replace("http:", "https:")).expect("a URL"));
    check_code(&ground, client).await;
}
