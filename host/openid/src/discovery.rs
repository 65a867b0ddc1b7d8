//! Discovery documents (`OpenID` Connect Discovery 1.0): who the provider is, and where what of it is.

use serde::Deserialize;
use wardgate_domain::provider::WELL_KNOWN;

use crate::providers::ProviderError;

/// Of a discovery document, what is needed to verify tokens and to sign people in.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Discovery {
    /// The issuer, as its tokens name it.
    pub(crate) issuer: String,
    /// Where its keys are.
    pub(crate) jwks_uri: String,
    /// Where it signs people in, if it does.
    pub(crate) authorization_endpoint: Option<String>,
    /// Where it trades codes for tokens.
    pub(crate) token_endpoint: Option<String>,
}

impl Discovery {
    /// Reads a document that lies at `discovery_url`: one that speaks for another issuer is none (section 4.3).
    pub(crate) fn read(document: &[u8], discovery_url: &str) -> Result<Self, ProviderError> {
        let read: Self = serde_json::from_slice(document).map_err(|_| ProviderError::Unreadable)?;
        let own = discovery_url.strip_suffix(WELL_KNOWN).ok_or(ProviderError::Address)?;
        if read.issuer.strip_suffix('/').unwrap_or(&read.issuer) == own { Ok(read) } else { Err(ProviderError::Issuer) }
    }
}

#[cfg(test)]
mod tests {
    use super::Discovery;
    use crate::providers::ProviderError;

    const URL: &str = "https://id.example.com/.well-known/openid-configuration";

    #[test]
    fn a_document_speaks_for_its_own_issuer_only() {
        let read = |issuer: &str| {
            let document = format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://id.example.com/keys","more":1}}"#);
            Discovery::read(document.as_bytes(), URL).map(|it| it.issuer)
        };
        for own in ["https://id.example.com", "https://id.example.com/"] {
            assert_eq!(read(own), Ok(own.to_owned()));
        }
        for other in
            ["https://evil.example", "https://id.example.com/a", "https://id.example.com//", "http://id.example.com"]
        {
            assert_eq!(read(other), Err(ProviderError::Issuer), "{other}");
        }
        assert_eq!(Discovery::read(b"[]", URL).map(|it| it.issuer), Err(ProviderError::Unreadable));
    }
}
