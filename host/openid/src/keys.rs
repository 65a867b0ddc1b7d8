//! A provider's keys (RFC 7517), as far as they verify signatures.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use wardgate_domain::limits;

use crate::providers::ProviderError;

/// The keys of one provider.
#[derive(Debug, Default)]
pub struct KeySet(Vec<ProviderKey>);

#[derive(Debug)]
struct ProviderKey {
    id: Option<String>,
    /// What it may verify: the one that it names, else all that its kind can.
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a set. A key that is not understood, or not for signatures, is left out (RFC 7517 section 5).
    pub fn read(document: &[u8]) -> Result<Self, ProviderError> {
        let document: Document = serde_json::from_slice(document).map_err(|_| ProviderError::Unreadable)?;
        Ok(Self(document.keys.into_iter().take(limits::PROVIDER_KEYS).filter_map(ProviderKey::read).collect()))
    }

    /// Whether there is a key of this id.
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id.as_deref() == Some(id))
    }

    /// Whether `signature`, in base64url, is over `message` by the key that the token means: the one that it names, or the
    /// only one that there is for `algorithm` (`OpenID` Connect Core section 10.1).
    pub(crate) fn verify(&self, id: Option<&str>, algorithm: Algorithm, message: &[u8], signature: &str) -> bool {
        let is_meant =
            |key: &&ProviderKey| key.algorithms.contains(&algorithm) && (id.is_none() || key.id.as_deref() == id);
        let mut meant = self.0.iter().filter(is_meant);
        let (Some(key), None) = (meant.next(), meant.next()) else { return false };
        jsonwebtoken::crypto::verify(signature, message, &key.key, algorithm).unwrap_or(false)
    }
}

impl ProviderKey {
    fn read(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let common = &jwk.common;
        let for_signatures = common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature)
            && common.key_operations.as_ref().is_none_or(|it| it.contains(&KeyOperations::Verify));
        let possible = possible(&jwk.algorithm);
        let algorithms = match common.key_algorithm {
            None => possible,
            Some(named) => {
                possible.into_iter().filter(|it| Algorithm::try_from(named).is_ok_and(|n| n == *it)).collect()
            }
        };
        if !for_signatures || algorithms.is_empty() {
            return None;
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { id: jwk.common.key_id, algorithms, key })
    }
}

/// What a kind of key can verify. A shared secret verifies nothing here: whoever reads the set could sign with it.
fn possible(parameters: &AlgorithmParameters) -> Vec<Algorithm> {
    match parameters {
        AlgorithmParameters::RSA(_) => {
            use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};
            vec![RS256, RS384, RS512, PS256, PS384, PS512]
        }
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => vec![Algorithm::ES256],
            EllipticCurve::P384 => vec![Algorithm::ES384],
            _ => Vec::new(),
        },
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
        _ => Vec::new(),
    }
}
