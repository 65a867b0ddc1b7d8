//! A real identity provider, the one that npm has.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::Actor;
use crate::clients::installed;

/// A provider that runs beside the test; ends with this value.
pub(crate) struct IdentityProvider {
    child: Child,
    asked: ChildStdin,
    said: BufReader<ChildStdout>,
    pub(crate) issuer: String,
}

impl IdentityProvider {
    /// Starts it, or says that it is not there.
    pub(crate) fn start() -> Option<Self> {
        let installed = installed("node")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/node/oidc_provider.mjs");
        let mut child = Command::new("timeout")
            .args(["120", "node"])
            .arg(script)
            .current_dir(installed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let asked = child.stdin.take().expect("piped");
        let said = BufReader::new(child.stdout.take().expect("piped"));
        let mut provider = Self { child, asked, said, issuer: String::new() };
        provider.issuer = provider.line();
        Some(provider)
    }

    /// The next line that is for us.
    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.said.read_line(&mut line).expect("a text") > 0, "the provider ended");
        line.trim().to_owned()
    }

    /// Has it do what this line says, which its script explains.
    pub(crate) fn told(&mut self, line: &str) {
        writeln!(self.asked, "{line}").expect("it listens");
        assert_eq!(self.line(), "done");
    }

    /// A token for `resource`, which says how it is signed.
    pub(crate) async fn token(&self, resource: &str, scope: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("resource", resource), ("scope", scope)];
        let request = Actor::anonymous(&self.issuer).request("POST", "/token").form(&form);
        let answer = Actor::anonymous(&self.issuer).send(request.basic_auth("service", Some("service-secret"))).await;
        answer.expect(200).field("access_token")
    }

    /// An App Space that believes it, as to make one.
    pub(crate) fn record(&self, audiences: &[&str]) -> Value {
        json!({ "name": "Shop", "provider": {
            "type": "openid", "name": "A real one", "client_id": "service",
            "discovery_url": format!("{}/.well-known/openid-configuration", self.issuer),
            "audiences": audiences, "algorithms": ["RS256", "ES256", "EdDSA"],
            "grants_claim": "scope", "grants": ["nexus:consumer:*"],
        }})
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
