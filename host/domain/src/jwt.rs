//! What this server signs for others to check: JSON Web Tokens, with one key and one algorithm (RFC 7515, RFC 8037; security
//! rules 21 and 51).

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256, Sha512};

/// The algorithm, as headers name it (RFC 8037 section 3.1).
pub const ALGORITHM: &str = "EdDSA";
/// The curve, as keys name it (RFC 8037 section 2).
pub const CURVE: &str = "Ed25519";

/// What a signed token is for, so that none can stand in for one of another kind (RFC 8725 section 3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtKind {
    /// For a client: who signed in (`OpenID` Connect Core section 2).
    IdToken,
    /// For a gateway: whose call it is.
    User,
}

impl JwtKind {
    fn typ(self) -> &'static str {
        match self {
            Self::IdToken => "JWT",
            Self::User => "gws-user+jwt",
        }
    }
}

/// Signs tokens. Clones sign with the same key.
#[derive(Clone)]
pub struct JwtSigner(Arc<Parts>);

struct Parts {
    key: SigningKey,
    key_id: String,
}

impl JwtSigner {
    /// `seed` is 256 secret bits; the same ones make the same key.
    pub fn new(seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let x = base64(key.verifying_key().as_bytes());
        // The thumbprint of the key: its required members, in the order of their names (RFC 7638 section 3).
        let members = format!(r#"{{"crv":"{CURVE}","kty":"OKP","x":"{x}"}}"#);
        Self(Arc::new(Parts { key, key_id: base64(&Sha256::digest(members)) }))
    }

    /// The name of the key.
    pub fn key_id(&self) -> &str {
        &self.0.key_id
    }

    /// The public half, as the member `x` of a key has it.
    pub fn public_x(&self) -> String {
        base64(self.0.key.verifying_key().as_bytes())
    }

    /// The token that says `claims`, an object in JSON.
    pub fn sign(&self, kind: JwtKind, claims: &str) -> String {
        let header = format!(r#"{{"alg":"{ALGORITHM}","kid":"{}","typ":"{}"}}"#, self.0.key_id, kind.typ());
        let signed = format!("{}.{}", base64(header.as_bytes()), base64(claims.as_bytes()));
        let signature = self.0.key.sign(signed.as_bytes());
        format!("{signed}.{}", base64(&signature.to_bytes()))
    }
}

impl fmt::Debug for JwtSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JwtSigner({})", self.0.key_id)
    }
}

/// What an ID token says of the access token that came with it: the left half of its hash, which is SHA-512 where the
/// signature's is (`OpenID` Connect Core section 3.1.3.6).
pub fn access_token_hash(access_token: &str) -> String {
    base64(&Sha512::digest(access_token)[..32])
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{JwtKind, JwtSigner, access_token_hash};

    /// The key of RFC 8037, appendix A.1.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";

    fn signer() -> JwtSigner {
        let seed = URL_SAFE_NO_PAD.decode(SEED).expect("base64");
        JwtSigner::new(&seed.try_into().expect("32 bytes"))
    }

    #[test]
    fn keys_are_named_as_rfc_8037_does() {
        assert_eq!(signer().public_x(), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(signer().key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_token_is_signed_as_it_stands() {
        let token = signer().sign(JwtKind::IdToken, r#"{"sub":"a"}"#);
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let (header, claims) = signed.split_once('.').expect("three parts");
        let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("UTF-8");
        let kid = signer().key_id().to_owned();
        assert_eq!(text(header), format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"JWT"}}"#));
        assert_eq!(text(claims), r#"{"sub":"a"}"#);
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
        let signature = ed25519_dalek::Signature::from_slice(&signature).expect("64 bytes");
        let key = ed25519_dalek::SigningKey::from_bytes(&URL_SAFE_NO_PAD.decode(SEED).unwrap().try_into().unwrap());
        assert!(key.verifying_key().verify_strict(signed.as_bytes(), &signature).is_ok());
        assert!(!format!("{:?}", signer()).contains(SEED));
    }

    #[test]
    fn an_access_token_s_hash_has_half_of_sha_512() {
        assert_eq!(access_token_hash("abc"), "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o");
    }
}
