//! `manager/auth`: a key's secret, its signature or a refresh token for a pair of tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wardgate_domain::scope::Scopes;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::signing_key::SECRET_UNITS;
use wardgate_manage::sessions::{IssuedSession, SignatureGrant};

use super::{TOKEN_UNITS, weighed};
use crate::api::call::Call;
use crate::api::error::RpcError;
use crate::api::params::{Misfit, id, integer, params, scopes, secret, string, text, word};
use crate::api::value::Json;

/// Length of a signature, in bytes once it is decoded.
const SIGNATURE_BYTES: usize = 128;
/// Length of a nonce, in UTF-16 units.
const NONCE_UNITS: (usize, usize) = (32, 64);
/// Length of what is signed beside the nonce, in UTF-16 units.
const DATA_UNITS: usize = 1_024;

params! {
    struct BySecret {
        required _grant: () = "grantType" => grant("api_key_credentials"),
        required key: String = "apiKeyId" => id,
        required secret: PlainSecret = "apiKeySecret" => secret(SECRET_UNITS),
        optional scope: Scopes = "scope" => scopes,
    }
}

params! {
    struct BySignature {
        required _grant: () = "grantType" => grant("api_key_signature"),
        required key: String = "apiKeyId" => id,
        required signature: String = "signature" => signature,
        required timestamp: i64 = "timestamp" => integer,
        required nonce: String = "nonce" => text(NONCE_UNITS.0, NONCE_UNITS.1),
        optional scope: Scopes = "scope" => scopes,
        optional data: String = "data" => text(0, DATA_UNITS),
    }
}

params! {
    struct ByRefreshToken {
        required _grant: () = "grantType" => grant("refresh_token"),
        required token: PlainSecret = "refreshToken" => secret(TOKEN_UNITS),
    }
}

pub(in crate::api) async fn call(call: &Call<'_>) -> Result<Value, RpcError> {
    let issued = weighed(call, issue(call)).await?;
    Ok(json!({
        "tokenType": "Bearer",
        "accessToken": issued.access.expose(),
        "accessTokenExpiry": issued.access_expires.as_ms(),
        "refreshToken": issued.refresh.expose(),
        "refreshTokenExpiry": issued.refresh_expires.as_ms(),
        "scope": issued.scopes.to_texts(),
    }))
}

async fn issue(call: &Call<'_>) -> Result<IssuedSession, RpcError> {
    let (manager, params) = (call.manager(), &call.params);
    // One of three: that none fits is all that is told.
    if let Ok(given) = BySecret::read(params) {
        return Ok(manager.sign_in_by_secret(&given.key, &given.secret, given.scope, call.connection()).await?);
    }
    if let Ok(given) = BySignature::read(params) {
        let grant = SignatureGrant {
            key: &given.key,
            signature: &given.signature,
            timestamp_ms: given.timestamp,
            nonce: &given.nonce,
            data: given.data.as_deref().unwrap_or_default(),
        };
        return Ok(manager.sign_in_by_signature(grant, given.scope, call.connection()).await?);
    }
    let given = ByRefreshToken::read(params).map_err(|_| Misfit::no_spec())?;
    let address = call.client_address()?;
    Ok(manager.refresh_session(given.token.expose(), call.connection(), address).await?)
}

fn grant(name: &'static str) -> impl Fn(&Json) -> Result<(), Misfit> {
    word(move |given| (given == name).then_some(()))
}

fn signature(value: &Json) -> Result<String, Misfit> {
    let text = string(value)?;
    match STANDARD.decode(text) {
        Ok(bytes) if bytes.len() <= SIGNATURE_BYTES => Ok(text.to_owned()),
        _ => Err(Misfit::expected("base64")),
    }
}

#[cfg(test)]
mod tests {
    use super::{ByRefreshToken, BySecret, BySignature};

    #[test]
    fn each_grant_has_its_own_params() {
        let fits = |text: &str| {
            let params = serde_json::from_str(text).expect("legal JSON");
            [BySecret::read(&params).is_ok(), BySignature::read(&params).is_ok(), ByRefreshToken::read(&params).is_ok()]
        };
        let nonce = "n".repeat(32);
        let signed = |more: &str| {
            let members = r#""grantType":"api_key_signature","apiKeyId":"k","timestamp":1"#;
            format!(r#"{{{members},"nonce":"{nonce}",{more}}}"#)
        };
        assert_eq!(
            fits(r#"{"apiKeyId":"k","apiKeySecret":"s","grantType":"api_key_credentials","scope":[]}"#),
            [true, false, false]
        );
        assert_eq!(fits(&signed(r#""signature":"c2ln","data":"","scope":["a"]"#)), [false, true, false]);
        assert_eq!(fits(r#"{"grantType":"refresh_token","refreshToken":"t"}"#), [false, false, true]);
        let long = "AAAA".repeat(43);
        for none in [
            "null",
            "{}",
            r#"{"grantType":"refresh_token","refreshToken":"t","scope":[]}"#,
            r#"{"grantType":"api_key_credentials","apiKeyId":"k","apiKeySecret":"s","scope":null}"#,
            r#"{"grantType":"api_key_credentials","refreshToken":"t"}"#,
            &signed(r#""signature":"c2l""#),
            &signed(r#""signature":"*""#),
            &signed(&format!(r#""signature":"{long}""#)),
            &signed(r#""signature":"c2ln","data":null"#),
        ] {
            assert_eq!(fits(none), [false; 3], "{none}");
        }
    }
}
