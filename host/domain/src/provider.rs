//! Identity providers: who says who the users of an App Space are.

use std::sync::Arc;

use crate::limits;
use crate::permission::Grants;
use crate::redirect;
use crate::secret::PlainSecret;

/// Who says who the users of an App Space are.
#[derive(Debug, Clone)]
pub enum Provider {
    /// Its own services: they bind users, who are kept here.
    Simple,
    /// An OpenID Connect provider, whose tokens are looked at here.
    OpenId(Box<OpenIdProvider>),
}

impl Provider {
    /// The word on the wire and in the database (reference privakey.md, "Bootstrap and configuration").
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::OpenId(_) => "openid",
        }
    }
}

/// What is believed of an OpenID Connect provider. All that a token is held to stands here and never in the token
/// (security rule 21).
#[derive(Debug, Clone)]
pub struct OpenIdProvider {
    /// For people.
    pub name: String,
    /// Where its metadata is: the issuer and [`WELL_KNOWN`] (OpenID Connect Discovery 1.0, section 4).
    pub discovery_url: String,
    /// What we are called there.
    pub client_id: String,
    /// What we show there; a public client has none. Never shown again.
    pub secret: Option<Arc<PlainSecret>>,
    /// What the portal asks for at a sign-in, `openid` among it.
    pub scopes: Vec<String>,
    /// Whether people sign in to the portal by it.
    pub sign_in: bool,
    /// For whom a token must be made: one of these, never none.
    pub audiences: Vec<String>,
    /// How a token may be signed, never none.
    pub algorithms: Vec<JwsAlgorithm>,
    /// The claim that says who the user is.
    pub subject_claim: String,
    /// The claim that says what he may do, if one does: of it counts what [`Self::grants`] cover.
    pub grants_claim: Option<String>,
    /// What tokens of this provider may do at most; without a claim, what all of them may do.
    pub grants: Grants,
}

/// What stands after the issuer in a discovery URL.
pub const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// What a legal discovery URL is, for whoever gives another text.
pub const DISCOVERY_RULE: &str =
    "must be https://issuer/.well-known/openid-configuration, or such with http on this machine";

impl OpenIdProvider {
    /// What the `iss` of a token must be, but for a slash that some issuers end with.
    pub fn issuer(&self) -> &str {
        self.discovery_url.strip_suffix(WELL_KNOWN).unwrap_or(&self.discovery_url)
    }
}

/// Whether `text` may be asked for a provider's metadata. Where it leads, whoever asks must look at, too.
pub fn is_discovery_url(text: &str) -> bool {
    let legal = text.len() <= limits::REDIRECT_URI_BYTES && !text.contains('?') && text.ends_with(WELL_KNOWN);
    legal && (redirect::is_web_address(text, |scheme| scheme == "https") || redirect::is_loopback_address(text))
}

macro_rules! algorithms {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// A way to sign a token, by its registered name (RFC 7518 section 3.1, RFC 8037 section 3.1). What is not here
        /// cannot be named: neither `none` nor a secret that both sides know.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum JwsAlgorithm { $($(#[$doc])* $variant,)* }

        impl JwsAlgorithm {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The registered name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

algorithms! {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256 = "RS256";
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384 = "RS384";
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512 = "RS512";
    /// RSASSA-PSS with SHA-256.
    Ps256 = "PS256";
    /// RSASSA-PSS with SHA-384.
    Ps384 = "PS384";
    /// RSASSA-PSS with SHA-512.
    Ps512 = "PS512";
    /// ECDSA on P-256 with SHA-256.
    Es256 = "ES256";
    /// ECDSA on P-384 with SHA-384.
    Es384 = "ES384";
    /// Ed25519.
    EdDsa = "EdDSA";
}

impl JwsAlgorithm {
    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::{JwsAlgorithm, is_discovery_url};

    #[test]
    fn an_algorithm_is_read_back_and_no_symmetric_one_can_be_named() {
        for algorithm in JwsAlgorithm::ALL {
            assert_eq!(JwsAlgorithm::parse(algorithm.as_str()), Some(*algorithm));
        }
        for bad in ["none", "None", "", "HS256", "HS512", "rs256", "ES512"] {
            assert_eq!(JwsAlgorithm::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_discovery_url_is_an_issuer_s() {
        for good in [
            "https://id.example/.well-known/openid-configuration",
            "https://id.example:8443/realms/a/.well-known/openid-configuration",
            "http://127.0.0.1:9000/.well-known/openid-configuration",
            "http://[::1]:9000/.well-known/openid-configuration",
            "http://localhost:9000/.well-known/openid-configuration",
        ] {
            assert!(is_discovery_url(good), "{good}");
        }
        for bad in [
            "",
            "https://id.example",
            "https://id.example/.well-known/openid-configuration/",
            "https://id.example/.well-known/openid-configuration?x=1",
            "https://me:pw@id.example/.well-known/openid-configuration",
            "https://id.example/../.well-known/openid-configuration",
            "http://id.example/.well-known/openid-configuration",
            "http://127.0.0.1.evil.example/.well-known/openid-configuration",
            "file:///.well-known/openid-configuration",
        ] {
            assert!(!is_discovery_url(bad), "{bad}");
        }
    }
}
