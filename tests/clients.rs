//! Client libraries as people install them, unmodified, against a running server. Each takes the steps that it knows;
//! its script fails where the library sees something else than it should.

mod oauth2_crate;
mod person;
mod script;

use std::path::{Path, PathBuf};

use wardgate_domain::Clock;

use crate::harness::{PREMISE, Server, Setup, skip};

/// Where a client has itself sent the answer to: nobody listens there, for the test reads the redirect itself.
const REDIRECT: &str = "http://127.0.0.1:9/callback";

/// A client that can keep no secret.
const PUBLIC_CLIENT: &str = "an_app";
/// The client of the samples, and what these tests make of it.
const DECLARED: &str = r#"grant_types = ["password", "client_credentials", "refresh_token"]"#;
const WITH_CODES: &str = r#"grant_types = ["password", "client_credentials", "refresh_token", "authorization_code"]
redirect_uris = ["http://127.0.0.1:9/callback"]"#;
/// A public one beside it, whose port on loopback is for its system to choose.
const ITS_ROUTES: &str = "# What calls need";
const PUBLIC: &str = r#"[[clients]]
id = "an_app"
public = true
grant_types = ["refresh_token", "authorization_code"]
redirect_uris = ["http://127.0.0.1/callback"]

# What calls need"#;

/// What a library does that can do everything that we offer.
const ALL_STEPS: [&str; 9] = [
    "password",
    "client_credentials",
    "client_in_form",
    "refresh",
    "introspect",
    "revoke",
    "code",
    "public_code",
    "openid",
];

/// What a client needs to know.
struct Ground {
    server: Server,
    issuer: String,
    secret: String,
    username: String,
    password: String,
}

impl Ground {
    /// A server whose clock is right, for clients look at times.
    fn new() -> Self {
        let setup =
            Setup::new().edit_tenant("_cluster", DECLARED, WITH_CODES).edit_tenant("_cluster", ITS_ROUTES, PUBLIC);
        let server = setup.at_ms(Clock::system().now().as_ms()).start();
        let (issuer, secret) = (format!("http://{}", server.address), server.secrets().get("clientSecret").to_owned());
        let (username, password) = server.login_of(PREMISE);
        Self { server, issuer, secret, username, password }
    }
}

/// A file that `tests/clients/install.sh` installs.
pub(crate) fn installed(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/clients").join(path);
    if path.exists() {
        return path.canonicalize().ok().filter(|path| path.is_dir()).or(Some(path));
    }
    skip("the client libraries are not installed: tests/clients/install.sh does it");
    None
}

#[tokio::test]
async fn authlib_takes_all_of_its_steps() {
    let Some(python) = installed("python/bin/python") else { return };
    script::Script::python(&python, "authlib_client.py").takes(&ALL_STEPS).await;
}

#[tokio::test]
async fn requests_oauthlib_takes_all_of_its_steps() {
    let Some(python) = installed("python/bin/python") else { return };
    script::Script::python(&python, "requests_oauthlib_client.py")
        .takes(&["password", "client_credentials", "client_in_form", "refresh", "revoke", "code", "public_code"])
        .await;
}

#[tokio::test]
async fn openid_client_takes_all_of_its_steps() {
    let Some(node) = installed("node") else { return };
    script::Script::node(&node, "openid_client.mjs").takes(&ALL_STEPS).await;
}
