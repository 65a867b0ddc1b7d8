//! OAuth clients: programs that fetch tokens, for themselves or for people.

use crate::clock::Timestamp;
use crate::id::{ClientId, TenantId};
use crate::permission::Grants;
use crate::secret::SecretHash;

macro_rules! grant_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// A way to get a token, by its registered name (RFC 6749 section 4; RFC 7523; RFC 8693).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum GrantType { $($(#[$doc])* $variant,)* }

        impl GrantType {
            /// All that a client may name.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The registered name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

grant_types! {
    /// With a user's name and password. Off unless the client is allowed it (security rule 38).
    Password = "password";
    /// With the client's own secret.
    ClientCredentials = "client_credentials";
    /// With a refresh token.
    RefreshToken = "refresh_token";
    /// With a code that the user's browser brought.
    AuthorizationCode = "authorization_code";
    /// Kept for those who name it, and not offered: a token in a browser's address is anybody's (RFC 9700 section 2.1.2).
    Implicit = "implicit";
    /// Kept for those who name it, and not offered.
    TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    /// Kept for those who name it, and not offered.
    JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
}

impl GrantType {
    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// A program that may fetch tokens. Clients belong to the cluster. The names of its members on the wire are those of
/// reference genesys.md, section 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The public name.
    pub id: ClientId,
    /// How its secret is recognised. A public client (RFC 6749 section 2.1) has none.
    pub secret: Option<SecretHash>,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// The ways it may use.
    pub grant_types: Vec<GrantType>,
    /// Where users may be sent back to, each compared as a whole (RFC 9700 section 2.1).
    pub redirect_uris: Vec<String>,
    /// The OAuth scopes that it may ask for; `*` is any.
    pub scopes: Vec<String>,
    /// What it is in GWS, such as `ROLE_INTERNAL_CLIENT`; kept and shown.
    pub authorities: Vec<String>,
    /// Whether it is one of the platform's own services: such a one may introspect any token.
    pub internal: bool,
    /// The only tenants whose users it may fetch tokens for.
    pub tenants: Option<Vec<TenantId>>,
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

impl Client {
    /// Whether it keeps no secret, so that its id is all it can show (RFC 6749 section 2.1).
    pub fn is_public(&self) -> bool {
        self.secret.is_none()
    }

    /// Whether it may use `kind`. Who keeps no secret fetches nothing for himself (RFC 6749 section 4.4).
    pub fn may_use(&self, kind: GrantType) -> bool {
        self.grant_types.contains(&kind) && !(self.is_public() && kind == GrantType::ClientCredentials)
    }

    /// Whether it may fetch tokens for users of `tenant`.
    pub fn serves(&self, tenant: &TenantId) -> bool {
        self.tenants.as_ref().is_none_or(|bound| bound.contains(tenant))
    }

    /// The scope that it gets where it asks for `asked`: all of its own where it asks for none, and never a word beyond.
    /// `None`: there is none for it.
    pub fn scope(&self, asked: Option<String>) -> Option<String> {
        if self.scopes.iter().any(|own| own == "*") {
            return Some(asked.unwrap_or_else(|| "*".to_owned()));
        }
        let own = |word: &str| self.scopes.iter().any(|own| own == word);
        match asked {
            None => Some(self.scopes.join(" ")).filter(|all| !all.is_empty()),
            Some(asked) => asked.split(' ').all(own).then_some(asked),
        }
    }

    /// Whose its own tokens are: the one tenant's that it is bound to, else the cluster's. One that is bound to several
    /// says with each call which of them it means, as every cluster credential does.
    pub fn home(&self) -> TenantId {
        match self.tenants.as_deref() {
            Some([only]) => only.clone(),
            _ => TenantId::cluster(),
        }
    }
}
