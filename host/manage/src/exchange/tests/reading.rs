//! What is no legal file, and what is said about it.

use super::WHOLE;
use crate::exchange::Exchange;

fn fault(text: &str) -> String {
    Exchange::read(text.as_bytes()).err().unwrap_or_else(|| panic!("taken: {text}")).to_string()
}

/// The fault of the whole file with `from` replaced.
#[track_caller]
fn fault_with(from: &str, to: &str) -> String {
    assert!(WHOLE.contains(from), "{from}");
    fault(&WHOLE.replacen(from, to, 1))
}

#[test]
fn a_file_is_read_strictly() {
    for (text, said) in [
        ("", "line 1, column 0: the JSON text ends too early"),
        ("{", "line 1, column 1: the JSON text ends too early"),
        ("[]", "must be an object"),
        ("{}", "the member version is missing"),
        (r#"{"version":2}"#, "/version: this is version 2 of the format; this program reads 1"),
        (r#"{"version":"1"}"#, "/version: must be a whole number"),
        (r#"{"version":1}"#, "the member owners is missing"),
        (r#"{"version":1,"owners":[]} x"#, "line 1, column 27: this is not legal JSON"),
        (r#"{"version":1,"owners":[[]]}"#, "/owners/0: must be an object"),
        (r#"{"version":1,"owners":{}}"#, "/owners: must be an array"),
        (r#"{"version":1,"version":1}"#, "the member version is given more than once"),
        (r#"{"version":1,"owners":[{"id":"a","x":1}]}"#, "/owners/0/x: the member x is not known here"),
        (r#"{"version":1,"owners":[{"id":"a","enabled":null}]}"#, "/owners/0/enabled: must be true or false"),
        (r#"{"version":1,"owners":[{"id":"a","keys":null}]}"#, "/owners/0/keys: must be an array"),
    ] {
        assert_eq!(fault(text), said, "{text}");
    }
}

#[test]
fn each_value_is_legal_as_what_it_is() {
    let long = |least: usize| format!("\"{}\"", "x".repeat(least));
    let id = "must be 1 to 128 characters, none of them a control character";
    for (from, to, said) in [
        ("\"an-owner\"", "\"\"", format!("/owners/0/id: {id}")),
        (
            "\"c\"",
            "\"no/tenant\"",
            "/owners/0/tenant: must be 1 to 64 characters of A-Z a-z 0-9 . _ -, not . or .. (or * for the cluster)"
                .to_owned(),
        ),
        ("\"k;1\"", &long(129), format!("/owners/0/keys/0/id: {id}")),
        ("\"k;1\"", r#""a\nb""#, format!("/owners/0/keys/0/id: {id}")),
        (
            "\"e4c21122523e8d8a6643c35b41440e61\"",
            &long(129),
            "/owners/0/keys/0/secret: must be 1 to 128 characters".to_owned(),
        ),
        ("\"żółw\"", &long(129), "/owners/0/keys/0/name: must be at most 128 characters".to_owned()),
        ("\"context\"", "\"\"", "/owners/0/keys/0/scope/0: must be 1 to 128 characters".to_owned()),
        ("\"created\": -1", "\"created\": 1.5", "/owners/0/keys/0/created: must be a whole number".to_owned()),
        (
            "\"created\": -1",
            "\"created\": 9007199254740992",
            "/owners/0/keys/0/created: must be a time in Unix milliseconds".to_owned(),
        ),
        (
            "MCowBQYDK2Vw",
            "MCowBQYDK2Vu",
            "/owners/0/keys/1/publicKey: must be an Ed25519 public key in PEM form".to_owned(),
        ),
        ("\"one\"", &long(257), "/owners/0/solutions/0/name: must be at most 256 characters".to_owned()),
        ("\"public\"", "\"Public\"", "/owners/0/contexts/0/scope: must be private or public".to_owned()),
        ("\"none\"", "\"user\"", "/owners/0/contexts/0/policy/thread/listMy: no policy says this here".to_owned()),
        ("\"thread\"", "\"context\"", "/owners/0/contexts/0/policy: the member context is not known here".to_owned()),
        (
            "\"8Me",
            "\"9Me",
            "/owners/0/contexts/0/users/0/pubKey: must be the Base58Check form of a compressed secp256k1 point"
                .to_owned(),
        ),
        (
            "\"DENY ALL",
            "\"DENY EVERYTHING",
            "/owners/0/contexts/0/users/0/acl: line 1: there is no such action".to_owned(),
        ),
    ] {
        assert_eq!(fault_with(from, to), said, "{to}");
    }
    let scopes = format!("[{}]", vec!["\"a\""; 129].join(","));
    assert_eq!(
        fault_with("\"scope\": []", &format!("\"scope\": {scopes}")),
        "/owners/0/keys/1/scope: must be at most 128 scopes"
    );
    let twice = fault_with("\"listMy\": \"none\"", "\"listMy\": \"none\", \"listMy\": \"none\"");
    assert_eq!(twice, "/owners/0/contexts/0/policy/thread: the member listMy is given more than once");
    let lines = vec!["DENY ALL"; 101].join("\\n");
    assert_eq!(fault_with("DENY ALL", &lines), "/owners/0/contexts/0/users/0/acl: line 101: at most 100 lines");
}

#[test]
fn a_file_does_not_contradict_itself() {
    let second = "this stands here for the second time";
    for (from, to, said) in [
        ("\"tenant\": \"c\"", "\"enabled\": true", "/owners/0: the member enabled is given more than once".to_owned()),
        ("\"k2\"", "\"k;1\"", format!("/owners/0/keys/1/id: {second}")),
        ("\"s2\"", "\"s 1\"", format!("/owners/0/solutions/1/id: {second}")),
        ("\"shares\": [", "\"shares\": [\"s2\",", format!("/owners/0/contexts/0/shares/1: {second}")),
        (
            "\"shares\": [",
            "\"shares\": [\"s 1\",",
            "/owners/0/contexts/0/shares/0: a context is not shared with its own solution".to_owned(),
        ),
        (
            "\"secret\"",
            "\"publicKey\"",
            "/owners/0/keys/0/publicKey: must be an Ed25519 public key in PEM form".to_owned(),
        ),
        (
            "\"secret\": \"e4c21122523e8d8a6643c35b41440e61\",",
            "",
            "/owners/0/keys/0: a key has a secret or a publicKey; this one has neither".to_owned(),
        ),
        (
            "\"id\": \"k2\",",
            "\"id\": \"k2\", \"secret\": \"s\",",
            "/owners/0/keys/1: a key has a secret or a publicKey, not both".to_owned(),
        ),
    ] {
        assert_eq!(fault_with(from, to), said, "{to}");
    }
    let owner = |members: &str| format!(r#"{{"version":1,"owners":[{members}]}}"#);
    assert_eq!(
        fault(&owner(r#"{"id":"an owner"}"#)),
        "/owners/0/id: a ccId must be 1 to 64 characters of A-Z a-z 0-9 . _ -, not . or .. (or * for the cluster): \
         name the tenant with the member tenant"
    );
    assert_eq!(
        fault(&owner(r#"{"id":"a"},{"id":"b","tenant":"a"}"#)),
        "/owners/1: this tenant stands at /owners/0 already"
    );
    let key = |owner: &str| format!(r#"{{"id":"{owner}","keys":[{{"id":"k","secret":"s","scope":[]}}]}}"#);
    assert_eq!(fault(&owner(&format!("{},{}", key("a"), key("b")))), format!("/owners/1/keys/0/id: {second}"));
    let user =
        |id: &str| format!(r#"{{"userId":"{id}","pubKey":"8MeEmwmrYM2EFHe6Xf8NLRP4z8p5ZtfGAdgSDcviMvpWMP6b5z"}}"#);
    for (users, place) in [([user("a"), user("a")], "userId"), ([user("a"), user("b")], "pubKey")] {
        let contexts = format!(r#"[{{"id":"x","solution":"s","users":[{}]}}]"#, users.join(","));
        let text = owner(&format!(r#"{{"id":"a","contexts":{contexts}}}"#));
        assert_eq!(fault(&text), format!("/owners/0/contexts/0/users/1/{place}: {second}"));
    }
}

#[test]
fn no_fault_repeats_a_value() {
    let secret = "e4c21122523e8d8a6643c35b41440e61";
    for (from, to) in [
        ("\"enabled\": false", format!("\"enabled\": \"{secret}, expected {secret} at line 1\"")),
        ("\"version\": 1", format!("\"version\": \"{secret}\"")),
        ("\"created\": -1", format!("\"created\": \"{secret}\"")),
        ("\"public\"", format!("\"{secret}\"")),
        ("\"scope\": []", format!("\"scope\": \"{secret}\"")),
    ] {
        let said = fault_with(from, &to);
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn what_is_unwise_is_told() {
    let key = |id: &str, secret: &str| format!(r#"{{"id":"{id}","secret":"{secret}","scope":[]}}"#);
    let keys = [key("good", "e4c21122523e8d8a6643c35b41440e61"), key("weak", "secret")].join(",");
    let text = format!(
        r#"{{"version":1,"owners":[{{"id":"a","keys":[{keys}]}},{{"id":"*","keys":[{}]}}]}}"#,
        key("ops", "m0VYkZs8YHgLjKqW3rTn5bXc2Fd7AeP9uQhJtRvNwSg")
    );
    let warnings = Exchange::read(text.as_bytes()).expect("a legal file").warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("key weak: ") && !warnings[0].contains("\"secret\""), "{}", warnings[0]);
    assert!(warnings[1].starts_with("key ops: ") && warnings[1].contains("every tenant"), "{}", warnings[1]);
}
