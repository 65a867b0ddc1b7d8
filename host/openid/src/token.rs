//! Tokens of providers: signed JSON Web Tokens (RFC 7519, RFC 9068), read by the rules of the record that they are for and
//! never by their own (RFC 8725; security rules 21 and 51).

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};
use wardgate_domain::provider::OpenIdProvider;
use wardgate_domain::{Timestamp, limits};

use crate::providers::Answers;

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// It is no token of this kind.
    Malformed,
    /// It is not this issuer's, not for this audience, or a kind of token that is not for us.
    NotOurs,
    /// Its signature is not by a key of the provider, or in no way that is allowed.
    Signature,
    /// Its time is over, or it has no end.
    Expired,
    /// Its time has not come.
    NotYet,
}

/// A token as it says of itself, to find the record that it is for. Nothing of it is true yet.
#[derive(Debug)]
pub struct Unverified<'a> {
    header: Header,
    claims: Registered,
    all: Map<String, Value>,
    /// Header and claims as they were signed.
    signed: &'a str,
    signature: &'a str,
}

/// The claims of a token that is its provider's.
#[derive(Debug)]
pub struct Claims {
    all: Map<String, Value>,
    /// The first moment at which it is good, and the first at which it is not any more, in Unix milliseconds.
    good: Range<i64>,
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// Claims with a meaning of their own (RFC 7519 section 4.1, RFC 7800 section 3.1).
#[derive(Debug, Deserialize)]
struct Registered {
    iss: Option<String>,
    #[serde(default)]
    aud: Audiences,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    cnf: Option<Value>,
}

/// One, or a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Some(Vec<String>),
}

impl Default for Audiences {
    fn default() -> Self {
        Self::Some(Vec::new())
    }
}

impl Audiences {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Some(some) => some,
        }
    }
}

impl<'a> Unverified<'a> {
    /// Reads a token without believing it. At most [`limits::JWT_BYTES`].
    pub fn read(token: &'a str) -> Result<Self, TokenFault> {
        if token.len() > limits::JWT_BYTES {
            return Err(TokenFault::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenFault::Malformed)?;
        // A dot more is not in the alphabet, and a token without a signature verifies by no algorithm that there is.
        let (header, claims) = (decode(header)?, decode(claims)?);
        let header = serde_json::from_slice(&header).map_err(|_| TokenFault::Malformed)?;
        let registered = serde_json::from_slice(&claims).map_err(|_| TokenFault::Malformed)?;
        let all = serde_json::from_slice(&claims).map_err(|_| TokenFault::Malformed)?;
        Ok(Self { header, claims: registered, all, signed, signature })
    }

    /// Who is said to have issued it, without the slash that some issuers end with.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.iss.as_deref().map(|issuer| issuer.strip_suffix('/').unwrap_or(issuer))
    }

    /// For whom it is said to be.
    pub fn audiences(&self) -> &[String] {
        self.claims.aud.as_slice()
    }

    /// The key that it is said to be signed with.
    pub fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Believes it, if it is what the record of its provider demands and signed with one of the provider's keys. Whether
    /// it is in time is asked when it is used: [`Claims::check_time`].
    pub fn verify(self, provider: &OpenIdProvider, answers: &Answers) -> Result<Claims, TokenFault> {
        self.verify_for(&provider.audiences, provider, answers)
    }

    /// The same of a token for one of these audiences instead.
    pub(crate) fn verify_for(
        self,
        audiences: &[String],
        provider: &OpenIdProvider,
        answers: &Answers,
    ) -> Result<Claims, TokenFault> {
        let named = provider.algorithms.iter().find(|allowed| allowed.as_str() == self.header.alg);
        let algorithm: Option<Algorithm> = named.and_then(|named| named.as_str().parse().ok());
        // What must be understood is not (RFC 7515 section 4.1.11).
        let algorithm = algorithm.filter(|_| self.header.crit.is_none()).ok_or(TokenFault::Signature)?;
        if !answers.keys.verify(self.key_id(), algorithm, self.signed.as_bytes(), self.signature) {
            return Err(TokenFault::Signature);
        }
        let audience = self.audiences().iter().any(|named| audiences.contains(named));
        // One that is bound to a key which we do not see is worth nothing by itself (RFC 7800, RFC 9449).
        let bound = self.claims.cnf.is_some();
        if self.claims.iss.as_deref() != Some(&*answers.issuer) || !audience || !self.is_for_calls() || bound {
            return Err(TokenFault::NotOurs);
        }
        let begins = [self.claims.nbf, self.claims.iat].into_iter().flatten().map(ms).max().unwrap_or(i64::MIN);
        let ends = self.claims.exp.map_or(i64::MIN, ms);
        let good = begins.saturating_sub(limits::JWT_LEEWAY_MS)..ends.saturating_add(limits::JWT_LEEWAY_MS);
        Ok(Claims { all: self.all, good })
    }

    /// Whether it is of a kind that a caller shows: what a provider signs for other ends names another type (RFC 8725
    /// section 3.11).
    fn is_for_calls(&self) -> bool {
        let typ = self.header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
        matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
    }
}

impl Claims {
    /// Whether the token is in time. One without an end is not. Our clock and the provider's may differ by
    /// [`limits::JWT_LEEWAY_MS`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), TokenFault> {
        match now.as_ms() {
            now if now >= self.good.end => Err(TokenFault::Expired),
            now if now < self.good.start => Err(TokenFault::NotYet),
            _ => Ok(()),
        }
    }

    /// A claim by its name, or by a JSON pointer (RFC 6901) if it begins with a slash, as a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.find(name)?.as_str()
    }

    /// The same as a list: of texts, or of the words of one, as `scope` has them (RFC 9068 section 2.2.3).
    pub fn texts(&self, name: &str) -> Vec<&str> {
        match self.find(name) {
            Some(Value::String(words)) => words.split_ascii_whitespace().collect(),
            Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a claim is there and true.
    pub fn is_true(&self, name: &str) -> bool {
        self.find(name) == Some(&Value::Bool(true))
    }

    /// Whether it says that he whom it is about showed the provider who he is just now: at most
    /// [`limits::PROVIDER_CONFIRMED_MS`] ago (`auth_time`, `OpenID` Connect Core section 2).
    pub fn is_of_just_now(&self, now: Timestamp) -> bool {
        let Some(shown) = self.find("auth_time").and_then(Value::as_f64).map(ms) else { return false };
        let latest = limits::PROVIDER_CONFIRMED_MS + limits::JWT_LEEWAY_MS;
        (-limits::JWT_LEEWAY_MS..=latest).contains(&now.as_ms().saturating_sub(shown))
    }

    fn find(&self, name: &str) -> Option<&Value> {
        let Some(path) = name.strip_prefix('/') else { return self.all.get(name) };
        let (first, rest) = path.split_once('/').map_or((path, ""), |(first, _)| (first, &path[first.len()..]));
        self.all.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(rest)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed)
}

/// Seconds of the epoch, which may have a fraction (RFC 7519 section 2), in milliseconds. What is beyond all times is the
/// end of them.
#[expect(clippy::cast_possible_truncation, reason = "a cast from a float ends at the bounds")]
fn ms(seconds: f64) -> i64 {
    (seconds * 1_000.0) as i64
}
