//! Rules of the code that no type and no lint holds.

use super::{code, none_of, read};

#[test]
fn only_its_own_file_makes_a_proof() {
    let proofs = [
        ("Resolved", "resolve.rs"),
        ("Verified", "verify.rs"),
        ("Admitted", "admit.rs"),
        ("Permit", "permit.rs"),
        ("Decision", "conclude.rs"),
    ];
    let mut faults = Vec::new();
    for (path, text) in code("host/authorize/src") {
        for (proof, home) in proofs {
            let makes = [format!("({proof} {{"), format!("    {proof} {{ "), format!("({proof}(")];
            if !path.ends_with(home) && makes.iter().any(|makes| text.contains(makes.as_str())) {
                faults.push(format!("{path} makes a {proof}, which only {home} may"));
            }
        }
    }
    none_of(&faults);
    let permit = read("host/authorize/src/permit.rs");
    let fields = permit.split("pub struct Permit {").nth(1).and_then(|rest| rest.split('}').next());
    assert!(fields.is_some_and(|fields| !fields.contains("pub")), "a field of Permit can be set from outside");
}

#[test]
fn each_step_takes_the_proof_of_the_step_before() {
    for (file, signature) in [
        ("verify.rs", "fn verify(app: &Authorizer, resolved: Resolved,"),
        ("admit.rs", "fn admit(verified: Verified,"),
        ("permit.rs", "fn permit(admitted: Admitted,"),
        ("consult.rs", "fn consult(permit: &Permit,"),
        ("conclude.rs", "outcome: Result<Permit, Stop>) -> Decision"),
    ] {
        // However many lines it takes.
        let words: Vec<_> = read(&format!("host/authorize/src/{file}")).split_whitespace().map(str::to_owned).collect();
        let text = words.join(" ").replace("( ", "(");
        assert!(text.contains(signature), "{file} no longer says {signature:?}");
    }
    let walk = read("host/authorize/src/walk.rs");
    let steps = ["resolve::resolve(", "verify::verify(", "admit::admit(", "permit::permit(", "consult::consult("];
    let places: Vec<_> = steps.iter().map(|step| walk.find(step).unwrap_or_else(|| panic!("no {step}"))).collect();
    assert!(places.is_sorted(), "the walk is out of its order");
}

#[test]
fn trouble_becomes_a_refusal_in_one_place() {
    // The second one makes none: it says it in its dialect's words.
    only_in("DenialCode::Overloaded", &["host/authorize/src/conclude.rs", "host/http/src/api/containers.rs"]);
}

#[test]
fn only_two_files_touch_time_and_chance() {
    only_in("SystemTime", &["host/domain/src/clock.rs"]);
    only_in("rand::", &["host/domain/src/random.rs"]);
    only_in("Uuid::new_v", &[]);
    only_in("Uuid::now_v", &[]);
}

#[test]
fn plain_secrets_are_exposed_in_known_files_only() {
    // Each for reading, hashing or comparing what was presented, for the one answer or file that shows what was made, or
    // for sealing it.
    only_in(
        ".expose()",
        &[
            "host/authorize/src/credential/basic.rs",
            "host/authorize/src/verify/basic.rs",
            "host/authorize/src/verify/origin.rs",
            "host/cli/src/commands/admin.rs",
            "host/cli/src/commands/cred_gen.rs",
            "host/cli/src/first_run.rs",
            "host/domain/src/secret.rs",
            "host/http/src/admin_api/key_management.rs",
            "host/http/src/api/call.rs",
            "host/http/src/api/manager.rs",
            "host/http/src/auth/v3/oauth/authorization.rs",
            "host/http/src/auth/v3/oauth/id_token.rs",
            "host/http/src/auth/v3/oauth/token.rs",
            "host/http/src/auth/v3/ops/clients.rs",
            "host/http/src/auth/v3/session.rs",
            "host/http/src/client.rs",
            "host/http/src/control/answer.rs",
            "host/http/src/nexus/v3/apikeys.rs",
            "host/http/src/portal/cookie.rs",
            "host/http/src/portal/provider.rs",
            "host/http/src/portal/provider/confirm.rs",
            "host/http/src/v1/communication_key/generate.rs",
            "host/http/src/v1/keys.rs",
            "host/http/src/v1/origins.rs",
            "host/manage/src/browser/confirmation.rs",
            "host/manage/src/browser/provider.rs",
            "host/manage/src/browser/link.rs",
            "host/manage/src/browser/session.rs",
            "host/manage/src/clients.rs",
            "host/manage/src/communication_keys.rs",
            "host/manage/src/exchange.rs",
            "host/manage/src/keys.rs",
            "host/manage/src/passwords.rs",
            "host/manage/src/request_origins.rs",
            "host/manage/src/sessions.rs",
            "host/manage/src/signing_keys.rs",
            "host/manage/src/tenants.rs",
            "host/manage/src/tokens.rs",
            "host/manage/src/users/passwords.rs",
            "host/openid/src/sign_in.rs",
            "host/storage/src/app_spaces.rs",
            "host/storage/src/request_origins.rs",
            "host/storage/src/signing_keys.rs",
        ],
    );
    let secret = read("host/domain/src/secret.rs");
    assert!(!secret.contains("impl fmt::Display for PlainSecret"), "a plain secret can be printed");
    assert!(secret.contains("pub struct PlainSecret(Zeroizing<String>);"), "a plain secret is not wiped");
}

#[test]
fn the_environment_the_bindings_and_the_database_are_known_to_one_file_each() {
    only_in("std::env::", &["host/cli/src/config.rs"]);
    only_in("bindgen!(", &["host/policy/src/bindings.rs"]);
    only_in("sqlx::", &["host/storage/src/backend.rs"]);
}

#[test]
fn every_table_begins_its_primary_key_with_the_tenant() {
    let migration = read("host/storage/migrations/sqlite/0001_everything.sql");
    let tables: Vec<_> = migration.split("CREATE TABLE ").skip(1).collect();
    assert!(tables.len() > 5, "no tables found");
    let scoped =
        |table: &str| table.contains("PRIMARY KEY (tenant_id") || table.contains("tenant_id TEXT NOT NULL PRIMARY KEY");
    let name = |table: &str| table.split_whitespace().next().unwrap_or_default().to_owned();
    let mut others: Vec<_> = tables.iter().filter(|table| !scoped(table)).map(|table| name(table)).collect();
    // Kept once for all tenants (decision 0026); a tenant reads what a version of its own is made of.
    others.retain(|table| table != "components");
    none_of(&others);
}

/// `text` stands in no other code of the host than `modules` and what is below them, and in each of them, so that the
/// list stays true.
#[track_caller]
fn only_in(text: &str, modules: &[&str]) {
    let found: Vec<_> =
        code("host").into_iter().filter(|(_, code)| code.contains(text)).map(|(path, _)| path).collect();
    let strangers = found.iter().filter(|path| !modules.iter().any(|module| is_within(path, module)));
    let idle = modules.iter().filter(|module| !found.iter().any(|path| is_within(path, module)));
    let strangers = strangers.map(|path| format!("{path} has {text:?}"));
    none_of(&strangers.chain(idle.map(|module| format!("{module} no longer has {text:?}"))).collect::<Vec<_>>());
}

/// Whether `path` is the module's file or lies in its folder.
fn is_within(path: &str, module: &str) -> bool {
    path == module || path.strip_prefix(module.trim_end_matches(".rs")).is_some_and(|rest| rest.starts_with('/'))
}
