//! What a tenant is told of a mistake in his text: where it is, and what was expected there.

use cedar::Cedar;
use serde_json::{Value, json};

fn check(settings: &Value, expected: &[(&str, &str)]) {
    let problems = wardgate_guest::prepare::<Cedar>(&settings.to_string()).expect_err("a problem");
    let found: Vec<_> = problems.iter().map(|problem| (problem.path.as_str(), problem.message.as_str())).collect();
    assert_eq!(found, expected, "{settings}");
}

#[test]
fn a_mistake_in_the_policies_has_a_line_and_a_column() {
    check(
        &json!({"policies": "permit(principal, action, resource)\nwhen { context.ä = 1 };"}),
        &[("/policies", "line 2, column 16: invalid token")],
    );
    check(
        &json!({"policies": "permit(principal, action)\n;\nforbid(principal, action, resource) when { foo };"}),
        &[
            (
                "/policies",
                "line 1, column 25: this policy is missing the `resource` variable in the scope; policy scopes must \
                 contain a `principal`, `action`, and `resource` element in that order",
            ),
            (
                "/policies",
                "line 3, column 44: invalid variable: foo; the valid Cedar variables are `principal`, `action`, \
                 `resource`, and `context`; did you mean to enclose `foo` in quotes to make a string?",
            ),
        ],
    );
    check(
        &json!({"policies": "\n  permit(principal == ?principal, action, resource);"}),
        &[("/policies", "line 2, column 3: a template needs values for its slots, which nobody gives")],
    );
}

#[test]
fn a_mistake_in_the_schema_has_a_line_and_a_column() {
    check(
        &json!({"policies": "permit(principal, action, resource);", "schema": "entity User {\n  id: Strin g\n};"}),
        &[("/schema", "line 2, column 13: error parsing schema: unexpected token `g`; expected `,`, `::`, or `}`")],
    );
    check(
        &json!({"policies": "permit(principal, action, resource);", "schema": "entity User {\n  id: Strin\n};"}),
        &[(
            "/schema",
            "line 2, column 7: failed to resolve type: Strin; `Strin` has not been declared as a common or entity type",
        )],
    );
}

#[test]
fn a_policy_that_does_not_keep_to_the_schema_has_a_line_and_a_column() {
    let schema =
        "entity User, Tenant;\naction \"a\" appliesTo { principal: User, resource: Tenant, context: { n?: Long } };";
    let policies = "permit(principal, action == Action::\"a\", resource)\nwhen { context.n < 1 };";
    check(
        &json!({"policies": policies, "schema": schema}),
        &[(
            "/policies",
            "line 2, column 8: for policy `policy0`, unable to guarantee safety of access to optional attribute `n` in \
             context for Action::\"a\"; try testing for the attribute's presence with `context has n && ..`",
        )],
    );
}
