//! What existing clients show to people when params are wrong.

use super::*;

params! {
    /// Every kind of member.
    #[derive(Debug)]
    struct Sample {
        required id: String = "id" => id,
        required name: String = "name" => text(0, 4),
        optional scope: Scopes = "scope" => scopes,
        optional enabled: bool = "enabled" => boolean,
        optional limit: u32 = "limit" => count(1, 100),
        optional order: bool = "order" => word(|text| (text == "asc").then_some(true)),
        optional key: PublicKey = "key" => public_key,
        optional member: String = "member" => member_key,
    }
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("legal JSON")
}

fn read(text: &str) -> Result<Sample, String> {
    Sample::read(&json(text)).map_err(|misfit| misfit.0)
}

#[track_caller]
fn refused(text: &str, data: &str) {
    assert_eq!(read(text).map(|sample| format!("{sample:?}")), Err(data.to_owned()), "{text}");
}

/// With the members that are required.
#[track_caller]
fn member_refused(member: &str, data: &str) {
    refused(&format!(r#"{{"id":"i","name":"n",{member}}}"#), data);
}

#[test]
fn missing_members_are_told_first_and_in_the_order_of_the_method() {
    refused(r#"{"x":1,"name":5}"#, "Key 'id' is required");
    refused("{}", "Key 'id' is required");
    refused("[]", "Key 'id' is required");
    refused(r#"{"id":5}"#, "Key 'name' is required");
}

#[test]
fn members_are_looked_at_in_the_order_in_which_they_were_sent() {
    refused(r#"{"x":1,"name":5,"id":""}"#, "Unexpected key 'x'");
    refused(r#"{"name":5,"x":1,"id":""}"#, "name -> Expected string");
    refused(r#"{"id":"","name":5,"x":1}"#, "id -> Invalid length! Expected min 1, get 0");
    refused(&format!(r#"{{"id":"i","name":"n","{}":1}}"#, "ż".repeat(300)), &{
        let shown = "ż".repeat(128);
        format!("Unexpected key '{shown}'")
    });
}

#[test]
fn what_is_no_object_has_no_members() {
    for text in ["null", "1", r#""text""#, "true"] {
        refused(text, "Expected object");
        assert_eq!(nothing(&json(text)), Err(Misfit::new("Expected object")));
    }
    assert_eq!(nothing(&json("[]")), Ok(()));
    assert_eq!(nothing(&json("{}")), Ok(()));
    assert_eq!(nothing(&json("[1]")), Err(Misfit::new("Unexpected key '0'")));
    assert_eq!(nothing(&json(r#"{"a":1}"#)), Err(Misfit::new("Unexpected key 'a'")));
}

#[test]
fn every_kind_has_its_words() {
    member_refused(r#""scope":{}"#, "scope -> Expected list");
    member_refused(r#""scope":["a",""]"#, "scope -> 1 -> Invalid length! Expected min 1, get 0");
    member_refused(r#""scope":[5]"#, "scope -> 0 -> Expected string");
    let many = vec![r#""s""#; 129].join(",");
    member_refused(&format!(r#""scope":[{many}]"#), "scope -> Invalid length! Expected max 128, get 129");
    member_refused(r#""enabled":1"#, "enabled -> Expected bool");
    member_refused(r#""enabled":null"#, "enabled -> Expected bool");
    for not_whole in ["true", "1.5", r#""1""#, "null"] {
        member_refused(&format!(r#""limit":{not_whole}"#), "limit -> Expected integer");
    }
    member_refused(r#""limit":0.0"#, "limit -> Invalid range! Expected min 1, get 0");
    member_refused(r#""limit":101"#, "limit -> Invalid range! Expected max 100, get 101");
    member_refused(r#""limit":1e300"#, "limit -> Invalid range! Expected max 100, get 9223372036854775807");
    member_refused(r#""order":"up""#, "order -> Expected value to be one of enums");
    member_refused(r#""order":null"#, "order -> Expected value to be one of enums");
    member_refused(r#""key":"""#, "key -> Not ed25519 PEM public key");
    member_refused(r#""key":7"#, "key -> Expected string");
    member_refused(r#""member":"""#, "member -> Expected Ecc public key");
    member_refused(r#""member":null"#, "member -> Expected string");
}

#[test]
fn lengths_count_utf16_units() {
    assert!(read(r#"{"id":"i","name":"żżżż"}"#).is_ok() && read(r#"{"id":"i","name":"🦀🦀"}"#).is_ok());
    refused(r#"{"id":"i","name":"🦀🦀🦀"}"#, "name -> Invalid length! Expected max 4, get 6");
}

#[test]
fn what_fits_comes_out() {
    let text = r#"{"limit":2.0,"scope":["a","b"],"enabled":false,"order":"asc","name":"","id":"i"}"#;
    let sample = read(text).expect("legal params");
    assert_eq!((sample.id.as_str(), sample.name.as_str()), ("i", ""));
    assert_eq!(sample.scope.map(|scopes| scopes.to_texts()), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!((sample.enabled, sample.limit, sample.order), (Some(false), Some(2), Some(true)));
    assert!(sample.key.is_none() && sample.member.is_none());
}
