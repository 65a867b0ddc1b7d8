//! OAuth clients: programs that fetch tokens, for themselves or for people.

use crate::clock::Timestamp;
use crate::id::ClientId;
use crate::permission::Grants;
use crate::secret::SecretHash;

/// A way to get a token (RFC 6749 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// With a user's name and password. Off unless the client is allowed it (security rule 38).
    Password,
    /// With the client's own secret.
    ClientCredentials,
    /// With a refresh token.
    RefreshToken,
}

impl GrantType {
    /// The registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ClientCredentials => "client_credentials",
            Self::RefreshToken => "refresh_token",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "password" => Some(Self::Password),
            "client_credentials" => Some(Self::ClientCredentials),
            "refresh_token" => Some(Self::RefreshToken),
            _ => None,
        }
    }
}

/// A program that may fetch tokens. Clients belong to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The public name.
    pub id: ClientId,
    /// How its secret is recognised.
    pub secret: SecretHash,
    /// The ways it may use.
    pub grant_types: Vec<GrantType>,
    /// What calls its own tokens may make.
    pub grants: Grants,
    /// Life of an access token, in seconds; `expires_in` says one less.
    pub access_s: u32,
    /// Life of a refresh token from its last use, in seconds.
    pub refresh_s: u32,
    /// A disabled client gets no tokens.
    pub enabled: bool,
    /// When it was made.
    pub created: Timestamp,
}
