//! Queries over the members of what is listed, as `MongoDB` writes them (reference privmx.md, section 1).
//! Bounded: they come from outside, and each is held against every item of a list.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

/// Conditions inside one another.
const DEPTH: usize = 8;
/// Single comparisons of one query.
const COMPARISONS: usize = 100;

/// What lets some items of a list through.
#[derive(Debug, Clone, PartialEq)]
pub struct Query(Condition);

/// A text is JSON, but no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("query: {0}")]
pub struct InvalidQuery(String);

/// A member of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A number; a time in Unix milliseconds.
    Number(i64),
    /// A list, which is what any of its texts is.
    Texts(Vec<&'a str>),
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    None(Vec<Self>),
    Member(String, Test),
}

/// What is asked of one member.
#[derive(Debug, Clone, PartialEq)]
enum Test {
    Exists(bool),
    Is(Comparison),
    IsNot(Comparison),
}

#[derive(Debug, Clone, PartialEq)]
enum Comparison {
    OneOf(Vec<Literal>),
    Less(Literal),
    LessOrEqual(Literal),
    Greater(Literal),
    GreaterOrEqual(Literal),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
}

#[derive(Debug, Clone, PartialEq)]
enum Literal {
    Text(String),
    Number(f64),
    Flag(bool),
    /// What a member is that is not there.
    Null,
}

impl Query {
    /// Reads a query.
    pub fn from_json(json: &Json) -> Result<Self, InvalidQuery> {
        let mut reader = Reader { left: COMPARISONS };
        reader.condition(json, DEPTH).map(Self)
    }

    /// Whether an item is let through, whose members are what `member` says.
    pub fn matches<'a>(&self, member: &dyn Fn(&str) -> Option<Value<'a>>) -> bool {
        self.0.holds(member)
    }
}

impl Condition {
    fn holds<'a>(&self, member: &dyn Fn(&str) -> Option<Value<'a>>) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(member)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(member)),
            Self::None(conditions) => !conditions.iter().any(|condition| condition.holds(member)),
            Self::Member(name, test) => test.holds(member(name).as_ref()),
        }
    }
}

impl Test {
    fn holds(&self, value: Option<&Value<'_>>) -> bool {
        match self {
            Self::Exists(wanted) => value.is_some() == *wanted,
            Self::Is(comparison) => comparison.holds(value),
            Self::IsNot(comparison) => !comparison.holds(value),
        }
    }
}

impl Comparison {
    fn holds(&self, value: Option<&Value<'_>>) -> bool {
        let value = match value {
            Some(Value::Texts(texts)) => return texts.iter().any(|text| self.holds(Some(&Value::Text(text)))),
            Some(value) => value,
            None => return matches!(self, Self::OneOf(literals) if literals.contains(&Literal::Null)),
        };
        let order = |literal: &Literal| literal.order(value);
        let text = match value {
            Value::Text(text) => Some(*text),
            _ => None,
        };
        match self {
            Self::OneOf(literals) => literals.iter().any(|literal| order(literal) == Some(Ordering::Equal)),
            Self::Less(literal) => order(literal).is_some_and(Ordering::is_lt),
            Self::LessOrEqual(literal) => order(literal).is_some_and(Ordering::is_le),
            Self::Greater(literal) => order(literal).is_some_and(Ordering::is_gt),
            Self::GreaterOrEqual(literal) => order(literal).is_some_and(Ordering::is_ge),
            Self::StartsWith(part) => text.is_some_and(|text| text.starts_with(part)),
            Self::EndsWith(part) => text.is_some_and(|text| text.ends_with(part)),
            Self::Contains(part) => text.is_some_and(|text| text.contains(part)),
        }
    }
}

impl Literal {
    /// How `value` stands to it; what is of two kinds does not stand to each other at all.
    fn order(&self, value: &Value<'_>) -> Option<Ordering> {
        match (value, self) {
            (Value::Text(value), Self::Text(text)) => Some((*value).cmp(text.as_str())),
            (Value::Number(value), Self::Number(number)) => real(*value).partial_cmp(number),
            _ => None,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds are exact for the next 285,000 years")]
fn real(number: i64) -> f64 {
    number as f64
}

/// Reads a query's JSON, and counts.
struct Reader {
    /// Comparisons that it may still have.
    left: usize,
}

impl Reader {
    /// Members of one object hold together.
    fn condition(&mut self, json: &Json, depth: usize) -> Result<Condition, InvalidQuery> {
        let members = json.as_object().ok_or_else(|| invalid("must be an object"))?;
        let mut conditions = Vec::new();
        for (name, json) in members {
            conditions.push(match name.as_str() {
                "$and" => Condition::All(self.list(name, json, depth)?),
                "$or" => Condition::Any(self.list(name, json, depth)?),
                "$nor" => Condition::None(self.list(name, json, depth)?),
                _ if name.starts_with('$') => return Err(InvalidQuery(format!("there is no operator {name:?}"))),
                _ => self.member(name, json)?,
            });
        }
        Ok(Condition::All(conditions))
    }

    fn list(&mut self, name: &str, json: &Json, depth: usize) -> Result<Vec<Condition>, InvalidQuery> {
        let depth = depth.checked_sub(1).ok_or_else(|| invalid("is nested too deep"))?;
        let list = json.as_array().ok_or_else(|| InvalidQuery(format!("{name} must be a list")))?;
        self.count(list.len())?;
        list.iter().map(|json| self.condition(json, depth)).collect()
    }

    fn member(&mut self, name: &str, json: &Json) -> Result<Condition, InvalidQuery> {
        let Some(operators) = json.as_object() else {
            self.count(1)?;
            return Ok(Condition::Member(name.to_owned(), Test::Is(Comparison::OneOf(vec![literal(name, json)?]))));
        };
        let tests = self.tests(operators)?.into_iter().map(|test| Condition::Member(name.to_owned(), test));
        Ok(Condition::All(tests.collect()))
    }

    fn tests(&mut self, operators: &Map<String, Json>) -> Result<Vec<Test>, InvalidQuery> {
        if operators.is_empty() {
            return Err(invalid("a member is compared with nothing"));
        }
        self.count(operators.len())?;
        operators.iter().map(|(operator, json)| self.test(operator, json)).collect()
    }

    fn test(&mut self, operator: &str, json: &Json) -> Result<Test, InvalidQuery> {
        let one = || literal(operator, json);
        let text = || {
            json.as_str().map(str::to_owned).ok_or_else(|| InvalidQuery(format!("{operator} must be given a string")))
        };
        Ok(match operator {
            "$exists" => Test::Exists(json.as_bool().ok_or_else(|| invalid("$exists must be given true or false"))?),
            "$eq" => Test::Is(Comparison::OneOf(vec![one()?])),
            "$ne" => Test::IsNot(Comparison::OneOf(vec![one()?])),
            "$in" => Test::Is(Comparison::OneOf(self.literals(operator, json)?)),
            "$nin" => Test::IsNot(Comparison::OneOf(self.literals(operator, json)?)),
            "$lt" => Test::Is(Comparison::Less(one()?)),
            "$lte" => Test::Is(Comparison::LessOrEqual(one()?)),
            "$gt" => Test::Is(Comparison::Greater(one()?)),
            "$gte" => Test::Is(Comparison::GreaterOrEqual(one()?)),
            "$startsWith" => Test::Is(Comparison::StartsWith(text()?)),
            "$endsWith" => Test::Is(Comparison::EndsWith(text()?)),
            "$contains" => Test::Is(Comparison::Contains(text()?)),
            _ => return Err(InvalidQuery(format!("there is no operator {operator:?}"))),
        })
    }

    fn literals(&mut self, operator: &str, json: &Json) -> Result<Vec<Literal>, InvalidQuery> {
        let list = json.as_array().ok_or_else(|| InvalidQuery(format!("{operator} must be given a list")))?;
        self.count(list.len())?;
        list.iter().map(|json| literal(operator, json)).collect()
    }

    fn count(&mut self, comparisons: usize) -> Result<(), InvalidQuery> {
        self.left = self.left.checked_sub(comparisons).ok_or_else(|| invalid("has too many comparisons"))?;
        Ok(())
    }
}

fn literal(name: &str, json: &Json) -> Result<Literal, InvalidQuery> {
    match json {
        Json::String(text) => Ok(Literal::Text(text.clone())),
        Json::Bool(flag) => Ok(Literal::Flag(*flag)),
        Json::Number(number) => number.as_f64().map(Literal::Number).ok_or_else(|| invalid("a number is too large")),
        Json::Null => Ok(Literal::Null),
        Json::Array(_) | Json::Object(_) => {
            Err(InvalidQuery(format!("{name} must be given a string, a number, true, false or null")))
        }
    }
}

fn invalid(why: &str) -> InvalidQuery {
    InvalidQuery(why.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::{COMPARISONS, DEPTH, Query, Value};

    /// Whether the query lets the one sample through.
    fn matches(query: &Json) -> bool {
        let member = |name: &str| match name {
            "name" => Some(Value::Text("Team Łódź")),
            "created" => Some(Value::Number(1_000)),
            "shares" => Some(Value::Texts(vec!["a", "b"])),
            "nothing" => Some(Value::Texts(Vec::new())),
            _ => None,
        };
        Query::from_json(query).expect("a query").matches(&member)
    }

    #[test]
    fn each_operator_is_as_mongodb_has_it() {
        #[rustfmt::skip]
        let rows = [
            (json!({}),                                                     true),
            (json!({ "name": "Team Łódź" }),                                true),
            (json!({ "name": "team łódź" }),                                false),
            (json!({ "name": 1000 }),                                       false),
            (json!({ "created": 1000 }),                                    true),
            (json!({ "created": 1000.0 }),                                  true),
            (json!({ "created": "1000" }),                                  false),
            (json!({ "created": true }),                                    false),
            (json!({ "missing": "x" }),                                     false),
            (json!({ "created": { "$eq": 1000 } }),                         true),
            (json!({ "created": { "$ne": 1000 } }),                         false),
            (json!({ "created": { "$ne": "1000" } }),                       true),
            (json!({ "missing": { "$ne": "x" } }),                          true),
            (json!({ "created": { "$gt": 999.5 } }),                        true),
            (json!({ "created": { "$gt": 1000 } }),                         false),
            (json!({ "created": { "$gte": 1000 } }),                        true),
            (json!({ "created": { "$lt": 1000 } }),                         false),
            (json!({ "created": { "$lte": 1000 } }),                        true),
            (json!({ "created": { "$gt": "" } }),                           false),
            (json!({ "name": { "$gt": "Team A", "$lt": "Team Ż" } }),       true),
            (json!({ "name": { "$gt": "Team A", "$lt": "Team B" } }),       false),
            (json!({ "missing": { "$lt": "x" } }),                          false),
            (json!({ "missing": null }),                                    true),
            (json!({ "missing": { "$in": ["x", null] } }),                  true),
            (json!({ "missing": { "$ne": null } }),                         false),
            (json!({ "name": null }),                                       false),
            (json!({ "name": { "$ne": null } }),                            true),
            (json!({ "shares": null }),                                     false),
            (json!({ "name": { "$exists": true } }),                        true),
            (json!({ "name": { "$exists": false } }),                       false),
            (json!({ "missing": { "$exists": false } }),                    true),
            (json!({ "created": { "$in": ["x", 1000] } }),                  true),
            (json!({ "created": { "$in": [] } }),                           false),
            (json!({ "missing": { "$in": ["x"] } }),                        false),
            (json!({ "created": { "$nin": [1, 2] } }),                      true),
            (json!({ "created": { "$nin": [1000] } }),                      false),
            (json!({ "missing": { "$nin": ["x"] } }),                       true),
            (json!({ "name": { "$startsWith": "Team" } }),                  true),
            (json!({ "name": { "$startsWith": "" } }),                      true),
            (json!({ "name": { "$endsWith": "ódź" } }),                     true),
            (json!({ "name": { "$contains": "m Ł" } }),                     true),
            (json!({ "name": { "$contains": "%" } }),                       false),
            (json!({ "created": { "$contains": "1" } }),                    false),
            (json!({ "shares": "b" }),                                      true),
            (json!({ "shares": "c" }),                                      false),
            (json!({ "shares": { "$ne": "b" } }),                           false),
            (json!({ "nothing": { "$ne": "b" } }),                          true),
            (json!({ "nothing": { "$exists": true } }),                     true),
            (json!({ "name": "Team Łódź", "created": 1 }),                  false),
            (json!({ "$and": [{ "created": 1000 }, { "shares": "a" }] }),   true),
            (json!({ "$and": [{ "created": 1000 }, { "shares": "c" }] }),   false),
            (json!({ "$or": [{ "created": 1 }, { "shares": "a" }] }),       true),
            (json!({ "$or": [{ "created": 1 }, { "shares": "c" }] }),       false),
            (json!({ "$nor": [{ "created": 1 }, { "shares": "c" }] }),      true),
            (json!({ "$nor": [{ "created": 1 }, { "shares": "a" }] }),      false),
            (json!({ "$or": [{ "$nor": [{ "created": 1000 }] }, { "$and": [{}] }] }), true),
            (json!({ "$or": [{ "created": 1000 }], "shares": "c" }),        false),
        ];
        for (query, expected) in rows {
            assert_eq!(matches(&query), expected, "{query}");
        }
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for bad in [
            json!(null),
            json!([]),
            json!("name"),
            json!({ "name": [] }),
            json!({ "name": {} }),
            json!({ "name": { "first": "x" } }),
            json!({ "name": { "$regex": "x" } }),
            json!({ "name": { "$eq": { "$eq": 1 } } }),
            json!({ "name": { "$in": "x" } }),
            json!({ "name": { "$in": [[]] } }),
            json!({ "name": { "$exists": 1 } }),
            json!({ "name": { "$startsWith": 1 } }),
            json!({ "$where": "x" }),
            json!({ "$and": {} }),
            json!({ "$or": ["x"] }),
        ] {
            assert!(Query::from_json(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_query_is_bounded() {
        let nested = |depth| (0..depth).fold(json!({}), |inner, _| json!({ "$and": [inner] }));
        assert!(Query::from_json(&nested(DEPTH)).is_ok());
        assert!(Query::from_json(&nested(DEPTH + 1)).is_err());
        let many = |count: usize| json!({ "name": { "$in": vec!["x"; count] } });
        // The operator itself counts as well.
        assert!(Query::from_json(&many(COMPARISONS - 1)).is_ok());
        assert!(Query::from_json(&many(COMPARISONS)).is_err());
        assert!(Query::from_json(&json!({ "$or": vec![json!({}); COMPARISONS + 1] })).is_err());
    }
}
