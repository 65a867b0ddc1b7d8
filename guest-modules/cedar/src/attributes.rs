//! What is read of a call, and which part of it the policies need.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use cedar_policy_core::ast::{Expr, ExprKind, Value as CedarValue, Var};
use wardgate_guest::Value;

/// Everything that changes with each call is left out (`time.now-ms`, `rate.remaining`): no answer could be remembered.
pub(crate) const READS: &[&str] = &[
    "subject.id",
    "subject.kind",
    "subject.grants",
    "key.id",
    "key.name",
    "key.created-ms",
    "request.method",
    "request.path",
    "request.host",
    "request.size",
    "request.header.*",
    "request.query.*",
    "client.address",
    "resource.*",
    "context.*",
    "time.minute",
    "time.hour",
    "time.weekday",
    "time.date",
];

/// Records that the context has of the call itself. What the enforcing side calls alike is not shown: it could be taken
/// for what Wardgate saw.
pub(crate) const RECORDS: [&str; 4] = ["client", "key", "request", "time"];

/// The context's text with the id of the tenant.
pub(crate) const TENANT: &str = "tenant";

/// Records within `context.request`.
pub(crate) const WITHIN_REQUEST: [&str; 2] = ["header", "query"];

/// Whether the attribute is among [`READS`].
pub(crate) fn is_read(name: &str) -> bool {
    let matches = |read: &&str| read.strip_suffix('*').map_or(*read == name, |family| is_member(name, family));
    READS.iter().any(matches)
}

fn is_member(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|member| !member.is_empty() && member != "*")
}

/// An attribute's value in Cedar.
pub(crate) fn value(value: &Value) -> CedarValue {
    match value {
        Value::Text(text) => CedarValue::from(text.as_str()),
        Value::Number(number) => CedarValue::from(*number),
        Value::Flag(flag) => CedarValue::from(*flag),
        Value::Texts(texts) => CedarValue::set_of_lits(texts.iter().map(|text| text.as_str().into()), None),
    }
}

/// The names of members that policies speak of, so that nothing else needs to be made for them.
pub(crate) struct Members {
    named: BTreeSet<String>,
    whole: bool,
}

impl Members {
    pub(crate) fn new() -> Self {
        Self { named: BTreeSet::new(), whole: false }
    }

    /// Adds those of an expression.
    pub(crate) fn add(&mut self, expr: &Expr) {
        self.walk(expr, false);
    }

    /// The names; `None` if some policy takes a record as a whole, so that all may matter.
    pub(crate) fn into_names(self) -> Option<Vec<String>> {
        (!self.whole).then(|| self.named.into_iter().collect())
    }

    /// `is_base`: of this expression nothing but a member is taken.
    fn walk(&mut self, expr: &Expr, is_base: bool) {
        let is_record = match expr.expr_kind() {
            ExprKind::Var(variable) => *variable == Var::Context,
            ExprKind::GetAttr { attr, .. } => RECORDS.iter().chain(&WITHIN_REQUEST).any(|record| record == attr),
            _ => false,
        };
        self.whole |= is_record && !is_base;
        match expr.expr_kind() {
            ExprKind::GetAttr { expr, attr } | ExprKind::HasAttr { expr, attr } => {
                self.named.insert(attr.to_string());
                self.walk(expr, true);
            }
            ExprKind::ExtHasAttr { expr, attrs } => {
                self.named.extend(attrs.iter().map(ToString::to_string));
                self.walk(expr, true);
            }
            ExprKind::If { test_expr, then_expr, else_expr } => self.walk_all([&**test_expr, then_expr, else_expr]),
            ExprKind::And { left: one, right: other }
            | ExprKind::Or { left: one, right: other }
            | ExprKind::BinaryApp { arg1: one, arg2: other, .. } => self.walk_all([&**one, other]),
            ExprKind::UnaryApp { arg: expr, .. } | ExprKind::Like { expr, .. } | ExprKind::Is { expr, .. } => {
                self.walk(expr, false);
            }
            ExprKind::ExtensionFunctionApp { args: exprs, .. } | ExprKind::Set(exprs) => self.walk_all(exprs.iter()),
            ExprKind::Record(members) => self.walk_all(members.values()),
            ExprKind::Lit(_) | ExprKind::Var(_) | ExprKind::Slot(_) | ExprKind::Unknown(_) => {}
        }
    }

    fn walk_all<E: Borrow<Expr>>(&mut self, exprs: impl IntoIterator<Item = E>) {
        for expr in exprs {
            self.walk(expr.borrow(), false);
        }
    }
}

#[cfg(test)]
mod tests {
    use cedar_policy_core::parser::parse_policy;

    use super::*;

    fn check(condition: &str, expected: Option<&[&str]>) {
        let policy = parse_policy(None, &format!("permit(principal, action, resource) when {{ {condition} }};"));
        let mut members = Members::new();
        members.add(&policy.expect("a policy").condition());
        let names = members.into_names();
        let names: Option<Vec<_>> = names.as_ref().map(|names| names.iter().map(String::as_str).collect());
        assert_eq!(names.as_deref(), expected, "{condition}");
    }

    #[test]
    fn only_what_is_named_is_needed() {
        check("context.request.header.origin == \"a\"", Some(&["header", "origin", "request"]));
        check("context has request.size && principal.kind like \"a*\"", Some(&["kind", "request", "size"]));
        check("context[\"x-y\"].contains(resource)", Some(&["x-y"]));
    }

    #[test]
    fn a_record_taken_as_a_whole_needs_all() {
        check("context.request == context.request", None);
        check("(if principal has a then context.request else context.time).hour == 1", None);
        check("{a: context}.a.b", None);
        check("[context.request.query].isEmpty()", None);
    }

    #[test]
    fn attributes_are_read_by_name_or_family() {
        for (name, expected) in [
            ("subject.id", true),
            ("context.user", true),
            ("request.header.x-user", true),
            ("context.", false),
            ("context.*", false),
            ("rate.remaining", false),
        ] {
            assert_eq!(is_read(name), expected, "{name}");
        }
    }
}
