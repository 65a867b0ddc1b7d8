//! What may be said of an App Space and of its provider.

use std::sync::Arc;

use wardgate_domain::app_space::{BASE_URL_RULE, is_base_url};
use wardgate_domain::provider::{DISCOVERY_RULE, JwsAlgorithm, OpenIdProvider, Provider, is_discovery_url};
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::{Grants, limits};

use super::{WantedClaim, WantedOpenId, WantedProvider, WantedSecret};
use crate::ManageError;
use crate::error::Fault;

pub(crate) fn legal_name(name: String) -> Result<String, ManageError> {
    if is_name(&name) { Ok(name) } else { Err(ManageError::invalid("name", name_rule())) }
}

pub(super) fn legal_base_urls(urls: Vec<String>) -> Result<Vec<String>, ManageError> {
    if urls.len() > limits::BASE_URLS_PER_APP_SPACE {
        let rule = format!("must be at most {} addresses", limits::BASE_URLS_PER_APP_SPACE);
        return Err(ManageError::invalid("base_urls", rule));
    }
    match urls.iter().position(|url| !is_base_url(url)) {
        Some(at) => Err(Fault::at(format!("/base_urls/{at}"), BASE_URL_RULE.to_owned())),
        None => Ok(urls),
    }
}

/// The provider as it is wanted, on top of the one before.
pub(super) fn legal_provider(wanted: WantedProvider, kept: Option<&Provider>) -> Result<Provider, ManageError> {
    let wanted = match wanted {
        WantedProvider::Simple => return Ok(Provider::Simple),
        WantedProvider::OpenId(wanted) => *wanted,
    };
    let kept = match kept {
        Some(Provider::OpenId(kept)) => Some(&**kept),
        _ => None,
    };
    legal_openid(wanted, kept).map(|openid| Provider::OpenId(Box::new(openid)))
}

fn legal_openid(wanted: WantedOpenId, kept: Option<&OpenIdProvider>) -> Result<OpenIdProvider, ManageError> {
    let given = |member: &str, wanted: Option<String>, kept: Option<&String>| {
        wanted.or_else(|| kept.cloned()).ok_or_else(|| wrong(member, "is missing".to_owned()))
    };
    let name = given("name", wanted.name, kept.map(|kept| &kept.name))?;
    if !is_name(&name) {
        return Err(wrong("name", name_rule()));
    }
    let discovery_url = given("discovery_url", wanted.discovery_url, kept.map(|kept| &kept.discovery_url))?;
    if !is_discovery_url(&discovery_url) {
        return Err(wrong("discovery_url", DISCOVERY_RULE.to_owned()));
    }
    let client_id = legal_word("client_id", given("client_id", wanted.client_id, kept.map(|kept| &kept.client_id))?)?;
    let secret = match (wanted.secret, kept) {
        (Some(WantedSecret::None), _) | (None, None) => None,
        (Some(WantedSecret::Text(secret)), _) => Some(Arc::new(legal_secret(secret)?)),
        // Whoever moves the provider must know its secret, or he could have it sent to himself.
        (None, Some(kept)) if kept.secret.is_some() && kept.discovery_url != discovery_url => {
            return Err(wrong("client_secret", "must be given anew, or null, for another discovery_url".to_owned()));
        }
        (None, Some(kept)) => kept.secret.clone(),
    };
    let scopes = wanted.scopes.or_else(|| kept.map(|kept| kept.scopes.clone()));
    let scopes = legal_words("scopes", scopes.unwrap_or_else(|| vec!["openid".to_owned()]))?;
    let audiences = wanted.audiences.or_else(|| kept.map(|kept| kept.audiences.clone()));
    let audiences = legal_words("audiences", audiences.unwrap_or_else(|| vec![client_id.clone()]))?;
    if audiences.is_empty() {
        return Err(wrong("audiences", "must name one at least".to_owned()));
    }
    let algorithms = match wanted.algorithms {
        Some(names) => legal_algorithms(&names)?,
        None => kept.map_or_else(|| vec![JwsAlgorithm::Rs256], |kept| kept.algorithms.clone()),
    };
    let subject_claim = wanted.subject_claim.or_else(|| kept.map(|kept| kept.subject_claim.clone()));
    let subject_claim = legal_word("subject_claim", subject_claim.unwrap_or_else(|| "sub".to_owned()))?;
    let grants_claim = match wanted.grants_claim {
        Some(WantedClaim::None) => None,
        Some(WantedClaim::Named(claim)) => Some(legal_word("grants_claim", claim)?),
        None => kept.and_then(|kept| kept.grants_claim.clone()),
    };
    let grants = match wanted.grants {
        Some(grants) => Grants::parse(&grants).map_err(|e| wrong("grants", e.to_string()))?,
        None => kept.map(|kept| kept.grants.clone()).unwrap_or_default(),
    };
    let sign_in = wanted.sign_in.unwrap_or_else(|| kept.is_some_and(|kept| kept.sign_in));
    Ok(OpenIdProvider {
        name,
        discovery_url,
        client_id,
        secret,
        scopes,
        sign_in,
        audiences,
        algorithms,
        subject_claim,
        grants_claim,
        grants,
    })
}

fn legal_algorithms(names: &[String]) -> Result<Vec<JwsAlgorithm>, ManageError> {
    let read: Option<Vec<_>> = names.iter().map(|name| JwsAlgorithm::parse(name)).collect();
    read.filter(|read| (1..=JwsAlgorithm::ALL.len()).contains(&read.len())).ok_or_else(|| {
        let all: Vec<_> = JwsAlgorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect();
        wrong("algorithms", format!("must be one or more of {}", all.join(", ")))
    })
}

fn legal_words(member: &str, words: Vec<String>) -> Result<Vec<String>, ManageError> {
    if words.len() > limits::PROVIDER_WORDS {
        return Err(wrong(member, format!("must be at most {}", limits::PROVIDER_WORDS)));
    }
    words.into_iter().enumerate().map(|(at, word)| legal_word(&format!("{member}/{at}"), word)).collect()
}

fn legal_word(member: &str, word: String) -> Result<String, ManageError> {
    let legal = (1..=limits::PROVIDER_WORD_BYTES).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_graphic());
    if legal {
        return Ok(word);
    }
    Err(wrong(member, format!("must be 1 to {} visible characters of ASCII", limits::PROVIDER_WORD_BYTES)))
}

fn legal_secret(secret: PlainSecret) -> Result<PlainSecret, ManageError> {
    if secret.is_visible(1..=limits::PROVIDER_SECRET_BYTES) {
        return Ok(secret);
    }
    let rule = format!("must be null or 1 to {} visible characters of ASCII", limits::PROVIDER_SECRET_BYTES);
    Err(wrong("client_secret", rule))
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty()
        && name.chars().count() <= limits::APP_SPACE_NAME_CHARS
        && !name.chars().any(char::is_control)
}

fn name_rule() -> String {
    format!("must be 1 to {} characters, none of them a control character", limits::APP_SPACE_NAME_CHARS)
}

fn wrong(member: &str, rule: String) -> ManageError {
    Fault::at(format!("/provider/{member}"), rule)
}
