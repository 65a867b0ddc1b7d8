//! `Basic`: a signing key's id and secret in base64, joined by the only colon.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use wardgate_domain::denial::DenialCode;
use wardgate_domain::secret::PlainSecret;

/// The dialect's clients may leave out the padding (reference privmx.md, section 2.4).
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A pair as it was presented.
pub(crate) struct Basic {
    pub(crate) key: String,
    pub(crate) secret: PlainSecret,
}

impl Basic {
    pub(super) fn parse(pair: &str) -> Result<Self, DenialCode> {
        let bytes = LENIENT.decode(pair).map_err(|_| DenialCode::CredentialMalformed)?;
        let text = PlainSecret::new(String::from_utf8(bytes).map_err(|_| DenialCode::CredentialMalformed)?);
        match text.expose().split_once(':') {
            Some((key, secret)) if !secret.contains(':') => {
                Ok(Self { key: key.to_owned(), secret: PlainSecret::new(secret.to_owned()) })
            }
            _ => Err(DenialCode::CredentialMalformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

    use super::Basic;

    #[test]
    fn a_pair_has_one_colon_and_any_padding() {
        for engine in [STANDARD, STANDARD_NO_PAD] {
            let pair = Basic::parse(&engine.encode("key:secret!")).expect("a pair");
            assert_eq!((pair.key.as_str(), pair.secret.expose()), ("key", "secret!"));
        }
        for bad in ["key", "key:a:b", ""] {
            assert!(Basic::parse(&STANDARD.encode(bad)).is_err(), "{bad}");
        }
        assert!(Basic::parse("a b").is_err() && Basic::parse("====").is_err());
    }
}
