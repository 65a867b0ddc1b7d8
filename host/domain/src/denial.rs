//! Every way in which a decision says no: one table that all doors speak from.

/// The code of a decision that refuses nothing.
pub const ALLOWED: &str = "allowed";

/// A step of the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Whose credential is it, and which tenant is meant?
    Resolve,
    /// Is the credential good?
    Verify,
    /// Is there room for the call?
    Admit,
    /// Does a grant cover it?
    Permit,
    /// Do the policies agree?
    Consult,
    /// The answer is given.
    Conclude,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [Self::Resolve, Self::Verify, Self::Admit, Self::Permit, Self::Consult, Self::Conclude];

    /// The word for people and storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Verify => "verify",
            Self::Admit => "admit",
            Self::Permit => "permit",
            Self::Consult => "consult",
            Self::Conclude => "conclude",
        }
    }
}

macro_rules! denial_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $step:ident, $status:literal, $outward:ident;)*) => {
        /// Why a decision is a refusal. Codes are stable; each has its section in `docs/ERRORS.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum DenialCode { $($(#[$doc])* $variant,)* }

        impl DenialCode {
            /// All codes, in the order of the walk.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as people of the tenant read it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The step that said no.
            pub fn step(self) -> Step {
                match self { $(Self::$variant => Step::$step,)* }
            }

            /// The HTTP status at every gateway-facing door.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The code that an outsider is told. Whatever would tell a good credential from a bad one is
            /// `credential_unknown` (security rule 17); the decision's record keeps the true code.
            #[must_use]
            pub fn outward(self) -> Self {
                match self { $(Self::$variant => Self::$outward,)* }
            }

            /// The code of a decision, whether it is a refusal or not.
            pub fn code_of(denial: Option<Self>) -> &'static str {
                denial.map_or(ALLOWED, Self::as_str)
            }

            /// Reads [`Self::code_of`] back.
            pub fn parse_code(text: &str) -> Option<Option<Self>> {
                if text == ALLOWED { Some(None) } else { Self::parse(text).map(Some) }
            }

            /// Reads [`Self::as_str`] back.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }
    };
}

denial_codes! {
    /// The call came without a credential.
    CredentialMissing = "credential_missing", Resolve, 401, CredentialMissing;
    /// The credential cannot be read: it has the wrong form, or came twice.
    CredentialMalformed = "credential_malformed", Resolve, 401, CredentialMalformed;
    /// No such credential.
    CredentialUnknown = "credential_unknown", Resolve, 401, CredentialUnknown;
    /// The tenant named in the call does not exist.
    TenantUnknown = "tenant_unknown", Resolve, 401, CredentialUnknown;
    /// The tenant is suspended.
    TenantSuspended = "tenant_suspended", Resolve, 401, CredentialUnknown;
    /// A tenant's credential in a call that names another tenant.
    TenantMismatch = "tenant_mismatch", Resolve, 401, CredentialUnknown;
    /// The signature is not the key's.
    SignatureInvalid = "signature_invalid", Verify, 401, CredentialUnknown;
    /// The signature's time is outside the window.
    ClockSkew = "clock_skew", Verify, 401, CredentialUnknown;
    /// The signature was used before.
    NonceReplayed = "nonce_replayed", Verify, 401, CredentialUnknown;
    /// The key is switched off.
    KeyDisabled = "key_disabled", Verify, 401, CredentialUnknown;
    /// The key is past its expiry.
    KeyExpired = "key_expired", Verify, 401, CredentialUnknown;
    /// The key was revoked.
    KeyRevoked = "key_revoked", Verify, 401, CredentialUnknown;
    /// The token is past its expiry.
    TokenExpired = "token_expired", Verify, 401, CredentialUnknown;
    /// The token, its family or its holder was revoked.
    TokenRevoked = "token_revoked", Verify, 401, CredentialUnknown;
    /// The credential may not be used from this address.
    AddressRefused = "address_refused", Verify, 401, CredentialUnknown;
    /// The credential may not be used from the page that this call came from, or from outside of pages.
    OriginRefused = "origin_refused", Verify, 401, CredentialUnknown;
    /// A rate limit is used up.
    RateLimited = "rate_limited", Admit, 429, RateLimited;
    /// No grant covers the permission, or no route names one.
    PermissionNotGranted = "permission_not_granted", Permit, 403, PermissionNotGranted;
    /// A policy denied.
    PolicyDenied = "policy_denied", Consult, 403, PolicyDenied;
    /// A policy could not decide.
    PolicyFailed = "policy_failed", Consult, 403, PolicyFailed;
    /// Wardgate could not decide: a bound was reached or a part was out of reach.
    Overloaded = "overloaded", Conclude, 503, Overloaded;
}

/// A no, as a value: an error is trouble, a denial is an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denial {
    /// Why.
    pub code: DenialCode,
    /// For `rate_limited` and `overloaded`: seconds until another try makes sense.
    pub retry_after_s: Option<u32>,
}

impl From<DenialCode> for Denial {
    fn from(code: DenialCode) -> Self {
        Self { code, retry_after_s: None }
    }
}
