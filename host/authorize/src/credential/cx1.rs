//! `CX1-HMAC-SHA256,GUID/MILLISECONDS,SIGNATURE` (reference privakey.md, "Request-origin authentication").

use wardgate_domain::cx1::{Cx1, SCHEME};
use wardgate_domain::denial::DenialCode;
use wardgate_domain::request_origin::is_origin_id;

/// Digits of a time: more than will be needed for ten thousand years.
const TIME_DIGITS: usize = 15;

/// The signature in the value of `Authorization`, if it is one of this scheme.
pub(super) fn parse(value: &str) -> Option<Result<Cx1<'_>, DenialCode>> {
    let parameters = value.strip_prefix(SCHEME)?.strip_prefix(',')?;
    let parsed = (|| {
        let (origin, rest) = parameters.split_once('/')?;
        let (time, proof) = rest.split_once(',')?;
        // One spelling of a time, for its text is signed.
        let is_time = (1..=TIME_DIGITS).contains(&time.len())
            && !time.starts_with('0')
            && time.bytes().all(|b| b.is_ascii_digit());
        let legal = is_origin_id(origin) && is_time && !proof.is_empty() && !proof.contains(' ');
        Some(Cx1 { origin, time, time_ms: time.parse().ok()?, proof }).filter(|_| legal)
    })();
    Some(parsed.ok_or(DenialCode::CredentialMalformed))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_guid_a_time_and_a_signature_and_no_other_form() {
        let guid = "0b3c6a1e-6c3e-4d36-9a6c-7f0d3f3f3f3f";
        let text = format!("CX1-HMAC-SHA256,{guid}/1700000000000,a/b+c=");
        let good = parse(&text).expect("the scheme").expect("the form");
        assert_eq!(
            (good.origin, good.time, good.time_ms, good.proof),
            (guid, "1700000000000", 1_700_000_000_000, "a/b+c=")
        );
        for bad in [
            format!("{guid}/1700000000000"),
            format!("{guid}/1700000000000,"),
            format!("{guid}/1700000000000,a b"),
            format!("{guid},1700000000000,a"),
            format!("{guid}/01700000000000,a"),
            format!("{guid}/0,a"),
            format!("{guid}/,a"),
            format!("{guid}/-1,a"),
            format!("{guid}/+1,a"),
            format!("{guid}/1.0,a"),
            format!("{guid}/1234567890123456,a"),
            format!(" {guid}/1700000000000,a"),
            format!("{}/1700000000000,a", guid.to_uppercase()),
            format!("{}/1700000000000,a", &guid[1..]),
            "/1700000000000,a".to_owned(),
            String::new(),
        ] {
            assert!(parse(&format!("CX1-HMAC-SHA256,{bad}")).expect("the scheme").is_err(), "{bad}");
        }
        for other in ["", "token", "cx1-hmac-sha256,a", "CX1-HMAC-SHA256 a", "CX1-HMAC-SHA1,a"] {
            assert!(parse(other).is_none(), "{other}");
        }
    }
}
