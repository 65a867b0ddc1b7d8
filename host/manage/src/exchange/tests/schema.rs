//! `docs/exchange.schema.json` says what is read: each of its rules is broken once.

use serde_json::{Value, json};

use super::WHOLE;
use crate::exchange::Exchange;

const SCHEMA: &str = include_str!("../../../../../docs/exchange.schema.json");

/// Walks a legal file along the schema, and reads it again with every change that a rule is about.
struct Walk {
    schema: Value,
    whole: Value,
    /// Members that were seen, as `definition.member`.
    seen: Vec<String>,
    rules: usize,
}

impl Walk {
    fn check(&mut self, pointer: &str, value: Value, legal: bool) {
        let mut changed = self.whole.clone();
        *changed.pointer_mut(pointer).expect("a place") = value;
        self.read(&changed, pointer, legal);
    }

    fn read(&mut self, changed: &Value, pointer: &str, legal: bool) {
        let read = Exchange::read(changed.to_string().as_bytes());
        let said = read.err().map(|fault| fault.to_string());
        assert_eq!(said.is_none(), legal, "{pointer}: {said:?}");
        self.rules += 1;
    }

    fn resolved(&self, rule: &Value) -> (String, Value) {
        let Some(reference) = rule.get("$ref").and_then(Value::as_str) else { return (String::new(), rule.clone()) };
        let pointer = reference.strip_prefix('#').expect("a place of the schema");
        (pointer.to_owned(), self.schema.pointer(pointer).expect("a definition").clone())
    }

    fn walk(&mut self, rule: &Value, pointer: &str) {
        let (name, rule) = self.resolved(rule);
        let value = self.whole.pointer(pointer).expect("a place").clone();
        self.check(pointer, Value::Null, false);
        match rule["type"].as_str() {
            Some("object") => self.walk_object(&name, &rule, pointer),
            Some("array") => {
                self.check(pointer, json!({}), false);
                if let Some(most) = rule.get("maxItems").and_then(Value::as_u64) {
                    let filled = |count: u64| (0..count).map(|index| json!(index.to_string())).collect::<Value>();
                    self.check(pointer, filled(most), true);
                    self.check(pointer, filled(most + 1), false);
                }
                for index in 0..value.as_array().expect("an array").len() {
                    self.walk(&rule["items"], &format!("{pointer}/{index}"));
                }
            }
            Some("string") => self.walk_text(&rule, pointer),
            Some("integer") => {
                self.check(pointer, json!("1"), false);
                self.check(pointer, json!(1.5), false);
                for (bound, step) in [("minimum", -1), ("maximum", 1)] {
                    let bound = rule[bound].as_i64().expect("a bound");
                    self.check(pointer, json!(bound), true);
                    self.check(pointer, json!(bound + step), false);
                }
            }
            Some("boolean") => {
                self.check(pointer, json!("true"), false);
                self.check(pointer, json!(true), true);
            }
            None => {
                let allowed = rule.get("enum").and_then(Value::as_array).cloned();
                let allowed = allowed.unwrap_or_else(|| vec![rule["const"].clone()]);
                self.check(pointer, json!("nothing of these"), false);
                // A private context is not shared; that is for the store to say.
                for value in allowed {
                    self.check(pointer, value, true);
                }
            }
            Some(other) => panic!("{pointer} is of the type {other}"),
        }
    }

    fn walk_object(&mut self, name: &str, rule: &Value, pointer: &str) {
        assert_eq!(rule["additionalProperties"], false, "{name}");
        self.check(pointer, json!([]), false);
        let members = self.whole.pointer(pointer).and_then(Value::as_object).expect("an object").clone();
        let required = rule["required"].as_array().expect("a list").clone();
        let alternatives = rule.get("oneOf").map(ToString::to_string).unwrap_or_default();
        for member in members.keys() {
            self.seen.push(format!("{name}.{member}"));
            let needed = required.contains(&json!(member)) || alternatives.contains(&format!("\"{member}\""));
            let mut without = members.clone();
            without.remove(member);
            self.check(pointer, Value::Object(without), !needed);
            let inner = rule["properties"].get(member).unwrap_or_else(|| panic!("{name} has no {member}")).clone();
            self.walk(&inner, &format!("{pointer}/{member}"));
        }
        let mut more = members;
        more.insert("unknown".to_owned(), json!(1));
        self.check(pointer, Value::Object(more), false);
    }

    fn walk_text(&mut self, rule: &Value, pointer: &str) {
        self.check(pointer, json!(1), false);
        let free = rule.get("pattern").is_none_or(|pattern| *pattern == "^[^\\p{Cc}]*$");
        let Some(most) = rule.get("maxLength").and_then(Value::as_u64) else { return };
        let text = |units: u64| json!("x".repeat(usize::try_from(units).expect("a length")));
        self.check(pointer, text(most + 1), false);
        if free {
            self.check(pointer, text(most), true);
            self.check(pointer, json!(""), rule.get("minLength").is_none());
        } else {
            self.check(pointer, json!("/"), false);
        }
    }
}

#[test]
fn the_schema_says_what_is_read() {
    let (schema, whole): (Value, Value) =
        (serde_json::from_str(SCHEMA).expect("JSON"), serde_json::from_str(WHOLE).expect("JSON"));
    let mut walk = Walk { schema: schema.clone(), whole: whole.clone(), seen: Vec::new(), rules: 0 };
    walk.read(&whole, "", true);
    walk.walk(&schema, "");
    let definitions = schema["$defs"].as_object().expect("definitions").iter();
    let members = definitions.filter_map(|(name, rule)| Some((name, rule.get("properties")?.as_object()?)));
    let members = members.flat_map(|(name, rule)| rule.keys().map(move |member| format!("/$defs/{name}.{member}")));
    let unseen: Vec<_> = members.filter(|member| !walk.seen.contains(member)).collect();
    assert!(unseen.is_empty(), "the whole file lacks {unseen:?}");
    assert!(walk.rules > 500, "only {} rules", walk.rules);
}

#[test]
fn the_documented_file_is_read() {
    let page = include_str!("../../../../../docs/EXCHANGE.md");
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    Exchange::read(example.as_bytes()).expect("a legal file");
}
