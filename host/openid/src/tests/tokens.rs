//! Which tokens are good.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use wardgate_domain::Timestamp;

use super::{AUDIENCE, ISSUER, NOW, claims, pair, signed, verify};
use crate::token::TokenFault;

#[test]
fn a_good_token_says_whose_it_is_and_what_it_may() {
    let keys = [pair(1).1, pair(2).1];
    let mut content = claims();
    content["realm"] = json!({ "roles": ["x:y", 7, "z"] });
    content["https://example.com/who"] = json!("ann@example.com");
    let good = verify(&signed(2, &content), &keys).expect("good");
    assert_eq!((good.text("sub"), good.text("exp"), good.text("none")), (Some("ann"), None, None));
    assert_eq!(good.texts("scope"), ["a:b", "c:*"]);
    assert_eq!(good.texts("/realm/roles"), ["x:y", "z"]);
    assert_eq!(good.text("/https:~1~1example.com~1who"), Some("ann@example.com"));
    let at = |s| good.check_time(Timestamp::from_ms(s * 1_000));
    assert_eq!((at(NOW - 60), at(NOW + 359)), (Ok(()), Ok(())));
    assert_eq!((at(NOW - 61), at(NOW + 360)), (Err(TokenFault::NotYet), Err(TokenFault::Expired)));
}

#[test]
fn only_a_token_that_says_so_is_of_just_now() {
    let keys = [pair(1).1];
    let said = |shown: Value| {
        let mut content = claims();
        content["auth_time"] = shown;
        let claims = verify(&signed(1, &content), &keys).expect("good");
        claims.is_of_just_now(Timestamp::from_ms(NOW * 1_000))
    };
    for shown in [json!(NOW), json!(1_699_999_999.5), json!(NOW - 180), json!(NOW + 60)] {
        assert!(said(shown.clone()), "{shown}");
    }
    for other in [json!(NOW - 181), json!(NOW + 61), json!(0), json!(f64::MAX), json!(NOW.to_string()), json!(null)] {
        assert!(!said(other.clone()), "{other}");
    }
    let silent = verify(&signed(1, &claims()), &keys).expect("good");
    assert!(!silent.is_of_just_now(Timestamp::from_ms(NOW * 1_000)));
}

#[test]
fn a_claim_that_is_wrong_is_refused_for_what_it_is() {
    let keys = [pair(1).1];
    let with = |name: &str, value: Value| {
        let mut content = claims();
        content[name] = value;
        verify(&signed(1, &content), &keys).err()
    };
    let without = |name: &str| {
        let mut content = claims();
        content.as_object_mut().expect("an object").remove(name);
        verify(&signed(1, &content), &keys).err()
    };
    for good in [
        ("aud", json!([AUDIENCE, "more"])),
        ("exp", json!(NOW - 59)),
        ("exp", json!(f64::MAX)),
        ("nbf", json!(NOW + 60)),
        ("iat", json!(NOW + 60)),
    ] {
        assert_eq!(with(good.0, good.1.clone()), None, "{good:?}");
    }
    for other in [
        ("iss", json!("https://id.example.com/")),
        ("iss", json!("https://evil.example")),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("cnf", json!({ "jkt": "x" })),
    ] {
        assert_eq!(with(other.0, other.1.clone()), Some(TokenFault::NotOurs), "{other:?}");
    }
    assert_eq!(without("aud"), Some(TokenFault::NotOurs));
    assert_eq!(without("iss"), Some(TokenFault::NotOurs));
    for over in [json!(NOW - 60), json!(0), json!(-1e300)] {
        assert_eq!(with("exp", over.clone()), Some(TokenFault::Expired), "{over}");
    }
    assert_eq!(without("exp"), Some(TokenFault::Expired));
    for early in [("nbf", json!(NOW + 61)), ("iat", json!(NOW + 3_600))] {
        assert_eq!(with(early.0, early.1), Some(TokenFault::NotYet));
    }
    for wrong in [("exp", json!("soon")), ("aud", json!(7)), ("iss", json!([ISSUER]))] {
        assert_eq!(with(wrong.0, wrong.1), Some(TokenFault::Malformed));
    }
}

#[test]
fn a_header_says_nothing_that_counts() {
    let keys = [pair(1).1];
    let with = |change: &dyn Fn(&mut Value)| {
        let mut header = json!({ "alg": "EdDSA", "kid": "key-1", "typ": "JWT" });
        change(&mut header);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&claims()));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &pair(1).0, Algorithm::EdDSA).expect("signed");
        verify(&format!("{message}.{signature}"), &keys).err()
    };
    assert_eq!(with(&|_| {}), None);
    assert_eq!(with(&|header| header["typ"] = json!("application/AT+JWT")), None);
    // The only key that there is needs no name.
    assert_eq!(with(&|header| header["kid"] = Value::Null), None);
    // Whose key the token brings is of no interest.
    assert_eq!(with(&|header| header["jwk"] = pair(9).1), None);
    for typ in ["logout+jwt", "gws-user+jwt", "dpop+jwt", ""] {
        assert_eq!(with(&|header| header["typ"] = json!(typ)), Some(TokenFault::NotOurs), "{typ}");
    }
    for alg in ["none", "None", "HS256", "RS256", "ES256", "PS256", "eddsa", ""] {
        assert_eq!(with(&|header| header["alg"] = json!(alg)), Some(TokenFault::Signature), "{alg}");
    }
    assert_eq!(with(&|header| header["crit"] = json!(["exp"])), Some(TokenFault::Signature));
    assert_eq!(with(&|header| header["kid"] = json!("key-2")), Some(TokenFault::Signature));
}

#[test]
fn nothing_but_the_provider_s_key_verifies() {
    let published = pair(1).1;
    let x = published["x"].as_str().expect("a text").to_owned();
    let keys = [published];
    // Another pair under the same name.
    let header = Header { kid: Some("key-1".to_owned()), ..Header::new(Algorithm::EdDSA) };
    let forged = jsonwebtoken::encode(&header, &claims(), &pair(2).0).expect("signed");
    assert_eq!(verify(&forged, &keys).err(), Some(TokenFault::Signature));
    // The public key as a shared secret, also where the set offers it as one.
    let header = Header { kid: Some("key-1".to_owned()), ..Header::new(Algorithm::HS256) };
    let confused = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(x.as_bytes())).expect("signed");
    assert_eq!(verify(&confused, &keys).err(), Some(TokenFault::Signature));
    let offered = [json!({ "kty": "oct", "kid": "key-1", "k": URL_SAFE_NO_PAD.encode(&x) })];
    assert_eq!(verify(&confused, &offered).err(), Some(TokenFault::Signature));
    // A key that is for something else.
    for (member, value) in [("use", json!("enc")), ("alg", json!("RS256")), ("key_ops", json!(["sign"]))] {
        let mut other = pair(1).1;
        other[member] = value;
        assert_eq!(verify(&signed(1, &claims()), &[other]).err(), Some(TokenFault::Signature), "{member}");
    }
    // Two keys of one name: which is meant is not known.
    let twice = [pair(1).1, pair(1).1];
    assert_eq!(verify(&signed(1, &claims()), &twice).err(), Some(TokenFault::Signature));
}

#[test]
fn what_is_no_token_is_malformed() {
    let keys = [pair(1).1];
    let good = signed(1, &claims());
    let long = format!("{good}{}", "a".repeat(9_000));
    for bad in
        ["", ".", "..", "a.b.c", "e30", "e30.e30", &long, &format!("{good}."), &format!("{good}.e30"), &good[1..]]
    {
        assert_eq!(verify(bad, &keys).err(), Some(TokenFault::Malformed), "{bad}");
    }
    for bad in [format!("{good}="), format!("{good}A"), good[..good.len() - 1].to_owned(), format!("{good} ")] {
        assert_eq!(verify(&bad, &keys).err(), Some(TokenFault::Signature), "{bad}");
    }
}
