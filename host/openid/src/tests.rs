//! What the whole crate keeps to: tokens of every kind against one set of keys, and a provider that is really asked.

mod provider;
mod signatures;
mod tokens;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use wardgate_domain::provider::{JwsAlgorithm, OpenIdProvider, WELL_KNOWN};
use wardgate_domain::{Grants, Timestamp};

use crate::discovery::Discovery;
use crate::token::{Claims, TokenFault, Unverified};
use crate::{Answers, KeySet};

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "wardgate";
/// Now, in seconds.
const NOW: i64 = 1_700_000_000;

/// A key pair by a seed of one byte: what signs, and what is published of it.
fn pair(seed: u8) -> (EncodingKey, Value) {
    let signer = wardgate_domain::jwt::JwtSigner::new(&[seed; 32]);
    // The seed of `JwtSigner`, in PKCS #8 (RFC 8410 section 7).
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([seed; 32]);
    let public = json!({ "kty": "OKP", "crv": "Ed25519", "kid": format!("key-{seed}"), "x": signer.public_x() });
    (EncodingKey::from_ed_der(&der), public)
}

fn key_set(keys: &[Value]) -> KeySet {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).expect("a set")
}

/// A token of the pair of `seed`.
fn signed(seed: u8, claims: &Value) -> String {
    let header = Header { kid: Some(format!("key-{seed}")), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, &pair(seed).0).expect("signed")
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": NOW + 300, "iat": NOW, "scope": "a:b c:*" })
}

fn provider() -> OpenIdProvider {
    OpenIdProvider {
        name: "Example".to_owned(),
        discovery_url: format!("{ISSUER}{WELL_KNOWN}"),
        client_id: AUDIENCE.to_owned(),
        secret: None,
        scopes: vec!["openid".to_owned()],
        sign_in: false,
        audiences: vec![AUDIENCE.to_owned()],
        algorithms: vec![JwsAlgorithm::EdDsa, JwsAlgorithm::Rs256, JwsAlgorithm::Es256],
        subject_claim: "sub".to_owned(),
        grants_claim: None,
        grants: Grants::default(),
    }
}

fn verify(token: &str, keys: &[Value]) -> Result<Claims, TokenFault> {
    let now = Timestamp::from_ms(NOW * 1_000);
    let discovery = Discovery {
        issuer: ISSUER.to_owned(),
        jwks_uri: String::new(),
        authorization_endpoint: None,
        token_endpoint: None,
    };
    let claims = Unverified::read(token)?.verify(&provider(), &Answers::new(discovery, key_set(keys), now))?;
    claims.check_time(now).map(|()| claims)
}
