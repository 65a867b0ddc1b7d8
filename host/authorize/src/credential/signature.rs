//! `pmx-hmac-sha256 KEYID;1;TIMESTAMP;NONCE;SIGNATURE` (reference privmx.md, section 2.2).

use wardgate_domain::denial::DenialCode;
use wardgate_domain::id::utf16_units;
use wardgate_domain::signature::NONCE_UNITS;

/// A signature as it was presented.
pub(crate) struct Signature<'a> {
    pub(crate) key: &'a str,
    pub(crate) timestamp_ms: i64,
    pub(crate) nonce: &'a str,
    /// Base64 with its padding.
    pub(crate) proof: &'a str,
}

impl<'a> Signature<'a> {
    pub(super) fn parse(parameters: &'a str) -> Result<Self, DenialCode> {
        let mut fields = parameters.split(';');
        let parsed = (|| {
            let [key, version, time, nonce, signature] = std::array::from_fn(|_| fields.next().unwrap_or_default());
            let whole = fields.next().is_none() && !key.is_empty() && !nonce.is_empty() && !signature.is_empty();
            let legal = whole && version == "1" && utf16_units(nonce) <= NONCE_UNITS && !parameters.contains(' ');
            legal.then_some(Self { key, timestamp_ms: leading_number(time)?, nonce, proof: signature })
        })();
        parsed.ok_or(DenialCode::CredentialMalformed)
    }
}

/// The number that a text begins with; what follows it is not looked at, and not signed either.
fn leading_number(text: &str) -> Option<i64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    text[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Signature;

    #[test]
    fn five_fields_and_no_other_form() {
        let good = Signature::parse("k;1;1700000000000;n==;c2ln").expect("five fields");
        assert_eq!((good.key, good.timestamp_ms, good.nonce, good.proof), ("k", 1_700_000_000_000, "n==", "c2ln"));
        assert_eq!(Signature::parse("k;1;17x;n;s").expect("trailing junk is not read").timestamp_ms, 17);
        let long = format!("k;1;1;{};s", "n".repeat(129));
        for bad in [
            "",
            "k",
            "k;1;1;n",
            "k;1;1;n;s;",
            "k;1;1;n;s;x",
            ";1;1;n;s",
            "k;;1;n;s",
            "k;2;1;n;s",
            "k;01;1;n;s",
            "k;1;;n;s",
            "k;1;x1;n;s",
            "k;1;1;;s",
            "k;1;1;n;",
            "k;1;99999999999999999999;n;s",
            " k;1;1;n;s",
            "k;1;1;n;s ",
            &long,
        ] {
            assert!(Signature::parse(bad).is_err(), "{bad}");
        }
    }
}
