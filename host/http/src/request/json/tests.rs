//! Strict JSON: what is taken, what is refused, and what is said about it.

use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Key {
    name: String,
    grants: Vec<u32>,
}

fn refused(text: impl AsRef<[u8]>) -> (String, String) {
    let error = parse::<Value>(text.as_ref()).expect_err("the text must be refused");
    (error.location, error.message)
}

fn misfit_of(text: &str) -> (String, String) {
    let error = parse::<Key>(text.as_bytes()).expect_err("the text must be refused");
    (error.location, error.message)
}

#[test]
fn legal_json_is_read() {
    assert_eq!(parse::<Key>(br#" {"name":"a","grants":[1,2]} "#), Ok(Key { name: "a".to_owned(), grants: vec![1, 2] }));
    for text in ["null", "true", "-1.5e3", "\"\\u00e9\"", "[]", "{}", r#"[{"a":1},{"a":1}]"#, "18446744073709551616"] {
        assert!(parse::<Value>(text.as_bytes()).is_ok(), "{text}");
    }
}

#[test]
fn a_member_given_twice_is_refused_wherever_it_is() {
    let message = "this member is given more than once".to_owned();
    assert_eq!(refused(r#"{"a":1,"a":2}"#), ("/a".to_owned(), message.clone()));
    assert_eq!(refused(r#"{"x":[0,{"b":{},"c":1,"b":2}]}"#), ("/x/1/b".to_owned(), message.clone()));
    assert_eq!(refused(r#"{"a":1,"\u0061":2}"#), ("/a".to_owned(), message.clone()));
    assert_eq!(refused(r#"{"a/b~":1,"a/b~":2}"#), ("/a~1b~0".to_owned(), message));
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse::<Value>(nested(JSON_DEPTH).as_bytes()).is_ok());
    assert_eq!(refused(nested(JSON_DEPTH + 1)).1, "the JSON text is nested too deep");
    assert_eq!(refused("[".repeat(100_000)).1, "the JSON text is nested too deep");
    assert_eq!(refused(r#"{"a":"#.repeat(100_000)).1, "the JSON text is nested too deep");
}

#[test]
fn the_number_of_values_is_bounded() {
    let array = |elements: usize| format!("[{}]", vec!["0"; elements].join(","));
    assert!(parse::<Value>(array(JSON_VALUES - 1).as_bytes()).is_ok());
    assert_eq!(refused(array(JSON_VALUES)), ("/9999".to_owned(), "the JSON text has too many values".to_owned()));
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for text in [r#"{"a":1} x"#, "1 2", "{'a':1}", "[1,]", "NaN", "01", "\u{feff}1", "1e999", r#""\ud800""#, "\"\n\""] {
        let (location, message) = refused(text);
        assert!(location.starts_with("line "), "{text}: {location}");
        assert_eq!(message, "this is not legal JSON", "{text}");
    }
    for text in ["", " ", "[", r#"{"a""#, "\"abc", "nul"] {
        assert_eq!(refused(text).1, "the JSON text ends too early", "{text:?}");
    }
    assert_eq!(refused(b"[\n\"\xff\"]").1, "this is not legal JSON");
    assert_eq!(refused(b"{\"\xc3\x28\":1}").1, "this is not legal JSON");
    assert_eq!(refused("[\n  1,\n  x]").0, "line 3, column 3");
}

#[test]
fn a_misfit_is_named_in_our_words() {
    let misfit = |text: &str| misfit_of(text);
    assert_eq!(misfit(r#"{"name":"a"}"#), (String::new(), "the member grants is missing".to_owned()));
    assert_eq!(
        misfit(r#"{"name":"a","grants":[],"admin":true}"#),
        ("/admin".to_owned(), "the member admin is not known here".to_owned())
    );
    assert_eq!(
        misfit(r#"{"name":"a","grants":[1,"2"]}"#),
        ("/grants/1".to_owned(), "this is not the type of value that belongs here".to_owned())
    );
    assert_eq!(
        misfit(r#"{"name":"a","grants":[-1]}"#),
        ("/grants/0".to_owned(), "this value is not valid here".to_owned())
    );
    assert_eq!(misfit("[]").0, "");
}

#[test]
fn an_error_repeats_nothing_harmful_and_not_much() {
    let name = format!("\\u001b{}", "n".repeat(1_000));
    let (location, _) = refused(format!(r#"{{"{name}":1,"{name}":1}}"#));
    assert_eq!(location, format!("/{}", "n".repeat(SHOWN_NAME_CHARS)));
}

#[derive(Debug, Deserialize, PartialEq)]
struct Inner {
    a: u8,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Kind {
    Plain,
    One(Inner),
    Named { a: u8 },
}

#[derive(Debug, Deserialize, PartialEq)]
struct Outer {
    inner: Option<Inner>,
    list: Vec<Inner>,
    map: std::collections::BTreeMap<String, Inner>,
    kinds: Vec<Kind>,
    pair: (u8, Inner),
    any: serde_json::Value,
}

#[test]
fn a_list_is_no_object_at_any_depth() {
    let good = r#"{"inner":{"a":1},"list":[{"a":2}],"map":{"k":{"a":3}},
        "kinds":["Plain",{"One":{"a":4}},{"Named":{"a":5}}],"pair":[6,{"a":7}],"any":[8,{"x":[9]}]}"#;
    let read: Outer = parse(good.as_bytes()).expect("legal");
    assert_eq!((read.inner, read.list), (Some(Inner { a: 1 }), vec![Inner { a: 2 }]));
    assert_eq!(read.kinds, [Kind::Plain, Kind::One(Inner { a: 4 }), Kind::Named { a: 5 }]);
    assert_eq!((&read.map["k"], &read.pair, &read.any[1]["x"][0]), (&Inner { a: 3 }, &(6, Inner { a: 7 }), &9.into()));
    for (from, to, place) in [
        (r#"{"a":1}"#, "[1]", "/inner"),
        (r#"{"a":2}"#, "[2]", "/list/0"),
        (r#"{"a":3}"#, "[3]", "/map/k"),
        (r#"{"a":4}"#, "[4]", "/kinds/1"),
        (r#"{"a":5}"#, "[5]", "/kinds/2"),
        (r#"{"a":7}"#, "[7]", "/pair/1"),
    ] {
        let error = parse::<Outer>(good.replace(from, to).as_bytes()).expect_err("a list");
        assert_eq!(
            (error.location.as_str(), error.message.as_str()),
            (place, "this is not the type of value that belongs here")
        );
    }
    assert!(parse::<Inner>(b"[1]").is_err());
}
