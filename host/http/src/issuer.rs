//! What others know this server by: its address, and the tokens that it signs.

use http::HeaderMap;
use serde::Serialize;
use wardgate_domain::Clock;
use wardgate_domain::jwt::{JwtKind, JwtSigner};

use crate::public_url::PublicUrl;
use crate::respond::problem::Problem;

/// Signs tokens in the name of this server.
#[derive(Debug)]
pub struct Issuer {
    /// How it is called.
    pub public_url: PublicUrl,
    /// What it signs with.
    pub signer: JwtSigner,
    /// What its tokens are dated by.
    pub clock: Clock,
}

/// Claims with what every token has.
#[derive(Serialize)]
struct Dated<'a, T> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    claims: &'a T,
}

impl Issuer {
    /// A token that says `claims` for `life_s` seconds, in answer to a request with `headers`.
    pub(crate) fn sign<T: Serialize>(
        &self,
        kind: JwtKind,
        life_s: u32,
        claims: &T,
        headers: &HeaderMap,
    ) -> Result<String, Problem> {
        let now = self.clock.now();
        let dated =
            Dated { iss: &self.public_url.issuer(headers)?, iat: now.as_s(), exp: now.plus_s(life_s).as_s(), claims };
        let claims = serde_json::to_string(&dated).map_err(|_| Problem::internal())?;
        Ok(self.signer.sign(kind, &claims))
    }
}
