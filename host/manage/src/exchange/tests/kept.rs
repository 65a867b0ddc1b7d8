//! Files against a store: what is made, what is changed, what is refused, and what comes out again.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::tenant::{Tenant, TenantLimits, TenantState};
use wardgate_domain::{Clock, ContextId, ManualClock, Random, TenantId, Timestamp};
use wardgate_storage::{Store, StoreKeys, Visibility};

use super::WHOLE;
use crate::exchange::{Counts, Exchange, ImportError, Imported, Progress, export, import};

/// Public keys of context users.
const KEYS: [&str; 3] = [
    "8MeEmwmrYM2EFHe6Xf8NLRP4z8p5ZtfGAdgSDcviMvpWMP6b5z",
    "8TZx3jMCtiBSCu8NV4Tygs8KympoSa6jMgNNZPU8bTwd9t6Cbs",
    "4vXecaC7ZRZJL3G162wnip5tw6iq5kCwUNRDorsJt3uwhyhk7u",
];
const NOW_MS: i64 = 1_800_000_000_000;
const SECRET: &str = "e4c21122523e8d8a6643c35b41440e61";

/// A store of its own, at a time that stands still.
struct Bench {
    store: Store,
    clock: Clock,
    hand: ManualClock,
    _home: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let home = TempDir::new().expect("a temporary folder");
        let (clock, hand) = Clock::manual(Timestamp::from_ms(NOW_MS));
        let store = open(home.path(), &clock).await;
        Self { store, clock, hand, _home: home }
    }

    async fn try_import(&self, text: &str) -> Result<Vec<Imported>, ImportError> {
        let exchange = Exchange::read(text.as_bytes())?;
        import(&self.store, &self.clock, &exchange, &Progress::default()).await
    }

    /// Imports a file about one tenant.
    async fn import(&self, text: &str) -> Imported {
        let mut imported = self.try_import(text).await.unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_eq!(imported.len(), 1);
        imported.remove(0)
    }

    /// Imports what one owner, `a`, is to have.
    async fn give(&self, members: Value) -> Imported {
        self.import(&file(members)).await
    }

    /// Why a file is refused; nothing of it may be stored.
    async fn refused(&self, text: &str) -> String {
        let before = self.everything().await;
        let refused = self.try_import(text).await.expect_err("refused").to_string();
        assert_eq!(self.everything().await, before, "{refused}");
        refused
    }

    async fn text(&self, only: Option<&str>) -> String {
        let only = only.map(tenant);
        let exchange = export(&self.store, only.as_ref()).await.expect("an export").expect("a tenant");
        let mut text = Vec::new();
        exchange.write(&mut text).expect("written");
        String::from_utf8(text).expect("text")
    }

    /// All that is exported, and how long each audit log is.
    async fn everything(&self) -> (String, Vec<usize>) {
        let mut lengths = Vec::new();
        for tenant in self.store.directory().tenants().await.expect("the tenants") {
            lengths.push(self.audit(tenant.as_str()).await.len());
        }
        (self.text(None).await, lengths)
    }

    async fn audit(&self, id: &str) -> Vec<(String, String)> {
        let entries = self.store.tenant(&tenant(id)).audit(0, 1_000).await.expect("the audit log");
        entries.into_iter().map(|entry| (entry.action, entry.detail)).collect()
    }

    async fn put_tenant(&self, id: &str, state: TenantState) {
        let mut change = self.store.tenant(&tenant(id)).change().await.expect("a change");
        let kept =
            Tenant { id: tenant(id), name: "n".to_owned(), state, limits: TenantLimits::default(), backend: None };
        change.put_tenant(&kept).await.expect("put");
        let event = AuditEvent { actor: "t".to_owned(), action: "t.t", target: id.to_owned(), detail: String::new() };
        change.commit(event, Visibility::Visible).await.expect("committed");
    }
}

async fn open(home: &Path, clock: &Clock) -> Store {
    let keys = StoreKeys { audit: [8; 32], sealing: [9; 32] };
    let opened = Store::open_to_read(&home.join("store.db"), keys, clock.clone(), Random::seeded(7)).await;
    opened.expect("a store")
}

fn tenant(id: &str) -> TenantId {
    TenantId::parse(id).expect("a tenant id")
}

/// A file about `a`.
fn file(mut members: Value) -> String {
    members["id"] = json!("a");
    json!({ "version": 1, "owners": [members] }).to_string()
}

fn key(id: &str) -> Value {
    json!({ "id": id, "secret": SECRET, "scope": ["context"] })
}

fn counts(keys: usize, solutions: usize, contexts: usize, users: usize) -> Counts {
    Counts { keys, solutions, contexts, users }
}

#[tokio::test]
async fn what_was_imported_is_exported_byte_for_byte() {
    let bench = Bench::new().await;
    let imported = bench.import(WHOLE).await;
    assert!(imported.made_tenant && imported.changed == Counts::default());
    assert_eq!(imported.made, counts(2, 2, 1, 1));
    let text = bench.text(None).await;
    // The ccId stands in the place of the owner's id; all else is as it was.
    let mut whole: Value = serde_json::from_str(WHOLE).expect("JSON");
    let owner = whole["owners"][0].as_object_mut().expect("an object");
    owner.insert("id".to_owned(), json!("c"));
    owner.remove("tenant");
    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), whole);
    let other = Bench::new().await;
    other.import(&text).await;
    assert_eq!(other.text(None).await, text);
    assert_eq!(other.text(Some("c")).await, text);
    // The members of a policy stand in the order in which they were written.
    let order = |text: &str| [text.find("\"kvdb\""), text.find("\"inbox\""), text.find("\"stream\"")];
    assert!(order(&text).is_sorted() && order(&text)[0].is_some());
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let bench = Bench::new().await;
    bench.import(WHOLE).await;
    let everything = bench.everything().await;
    bench.hand.advance(Duration::from_mins(1));
    let again = bench.import(WHOLE).await;
    assert!(again.is_nothing(), "{again:?}");
    assert_eq!(bench.everything().await, everything);
    // What is left out is no wish to change anything, either.
    let bare = json!({ "version": 1, "owners": [{ "id": "c", "solutions": [{ "id": "s2" }], "contexts": [{
        "id": "x", "solution": "s 1", "users": [{ "userId": "janek", "pubKey": KEYS[0] }],
    }] }] });
    assert!(bench.import(&bare.to_string()).await.is_nothing());
    assert_eq!(bench.everything().await, everything);
}

#[tokio::test]
async fn an_import_is_one_entry_of_the_audit_log_with_counts_and_without_secrets() {
    let bench = Bench::new().await;
    bench.import(WHOLE).await;
    let audit = bench.audit("c").await;
    let [(action, detail)] = audit.as_slice() else { panic!("{audit:?}") };
    assert_eq!(action, "tenant.imported");
    let detail: Value = serde_json::from_str(detail).expect("JSON");
    assert_eq!(detail["tenant_made"], true);
    assert_eq!(detail["made"], json!({ "keys": 2, "solutions": 2, "contexts": 1, "users": 1 }));
    assert_eq!(detail["changed"], json!({ "keys": 0, "solutions": 0, "contexts": 0, "users": 0 }));
}

#[tokio::test]
async fn what_is_left_out_is_as_the_json_rpc_would_make_it() {
    let bench = Bench::new().await;
    let users = json!([{ "userId": "u", "pubKey": KEYS[0] }]);
    bench
        .give(json!({
            "keys": [key("k")], "solutions": [{ "id": "s" }], "contexts": [{ "id": "x", "solution": "s", "users": users }],
        }))
        .await;
    let text: Value = serde_json::from_str(&bench.text(Some("a")).await).expect("JSON");
    let owner = json!({
        "id": "a", "enabled": true,
        "keys": [{ "id": "k", "secret": SECRET, "name": "", "scope": ["context"], "enabled": true, "created": NOW_MS }],
        "solutions": [{ "id": "s", "name": "", "created": NOW_MS }],
        "contexts": [{
            "id": "x", "solution": "s", "shares": [], "name": "", "description": "", "scope": "private", "policy": {},
            "created": NOW_MS, "modified": NOW_MS,
            "users": [{ "userId": "u", "pubKey": KEYS[0], "acl": "ALLOW ALL", "created": NOW_MS }],
        }],
    });
    assert_eq!(text["owners"], json!([owner]));
    let kept = bench.store.tenant(&tenant("a")).tenant().await.expect("read").expect("a tenant");
    assert_eq!((kept.state, kept.limits), (TenantState::Active, TenantLimits::default()));
}

#[tokio::test]
async fn existing_things_are_brought_to_what_the_file_says_and_others_are_left_alone() {
    let bench = Bench::new().await;
    bench.import(&WHOLE.replace("\"tenant\": \"c\"", "\"tenant\": \"a\"")).await;
    bench.give(json!({ "solutions": [{ "id": "s3", "name": "kept" }], "keys": [key("k3")] })).await;
    bench.hand.advance(Duration::from_millis(5));
    let changed = bench
        .give(json!({
            "keys": [{ "id": "k;1", "secret": SECRET, "scope": ["*"], "name": "other", "enabled": true, "created": 7 }],
            "solutions": [{ "id": "s2", "name": "other", "created": 7 }],
            "contexts": [{
                "id": "x", "solution": "s 1", "shares": ["s3", "s2"], "policy": { "get": "all" }, "created": 7,
                "users": [{ "userId": "janek", "pubKey": KEYS[1], "acl": "ALLOW ALL", "created": 7 }],
            }],
        }))
        .await;
    assert_eq!((changed.made, changed.changed), (Counts::default(), counts(1, 1, 1, 1)));
    let text: Value = serde_json::from_str(&bench.text(Some("a")).await).expect("JSON");
    let owner = &text["owners"][0];
    let ids = |list: &str| -> Vec<&str> {
        owner[list].as_array().expect("a list").iter().map(|thing| thing["id"].as_str().expect("an id")).collect()
    };
    assert_eq!((ids("keys"), ids("solutions")), (vec!["k;1", "k2", "k3"], vec!["s 1", "s2", "s3"]));
    let key = json!({ "id": "k;1", "secret": SECRET, "scope": ["*"], "name": "other", "enabled": true, "created": -1 });
    assert_eq!(owner["keys"][0], key, "when a key was made does not change");
    assert_eq!(owner["solutions"][1]["name"], "other");
    let context = &owner["contexts"][0];
    assert_eq!((&context["shares"], &context["policy"]), (&json!(["s3", "s2"]), &json!({ "get": "all" })));
    assert_eq!((&context["name"], &context["modified"]), (&json!("n"), &json!(NOW_MS + 5)));
    let user = json!({ "userId": "janek", "pubKey": KEYS[1], "acl": "ALLOW ALL", "created": 1_700_000_000_006_i64 });
    assert_eq!(context["users"], json!([user]));
}

#[tokio::test]
async fn a_key_is_never_given_to_another_secret_or_tenant() {
    let bench = Bench::new().await;
    bench.import(WHOLE).await;
    let c = |key: Value| json!({ "version": 1, "owners": [{ "id": "c", "keys": [key] }] }).to_string();
    for other in [
        json!({ "id": "k;1", "secret": "another", "scope": [] }),
        json!({ "id": "k2", "secret": "another", "scope": [] }),
    ] {
        let refused = bench.refused(&c(other.clone())).await;
        let id = other["id"].as_str().expect("an id");
        assert_eq!(refused, format!("/owners/0/keys/0: key {id} is there already, with another secret or public key"));
    }
    let refused = bench.refused(&file(json!({ "keys": [key("new"), key("k;1")] }))).await;
    assert_eq!(refused, "/owners/0/keys/1: key k;1 is there already, at the tenant c");
}

#[tokio::test]
async fn bounds_count_what_is_there_already() {
    let bench = Bench::new().await;
    let keys = |from: usize, to: usize| (from..to).map(|index| key(&format!("k{index}"))).collect::<Value>();
    bench.give(json!({ "keys": keys(0, 9) })).await;
    let refused = bench.refused(&file(json!({ "keys": keys(8, 11) }))).await;
    assert!(refused.starts_with("/owners/0/keys/2 (key k10): ") && refused.contains("10 signing keys"), "{refused}");
    bench.give(json!({ "keys": keys(8, 10) })).await;
    let solutions =
        |from: usize, to: usize| (from..to).map(|index| json!({ "id": index.to_string() })).collect::<Value>();
    bench.give(json!({ "solutions": solutions(0, 999) })).await;
    let refused = bench.refused(&file(json!({ "solutions": solutions(999, 1_001) }))).await;
    assert!(refused.starts_with("/owners/0/solutions/1: "), "{refused}");
}

#[tokio::test]
async fn shares_are_counted_over_all_contexts_of_a_tenant() {
    let bench = Bench::new().await;
    let solutions: Vec<_> = (0..201).map(|at| json!({ "id": format!("s{at}") })).collect();
    let shares: Vec<_> = (1..201).map(|at| format!("s{at}")).collect();
    let contexts = |ids: std::ops::Range<u32>, shares: &[String]| -> Vec<Value> {
        let ids = ids.map(|at| format!("c{at}"));
        ids.map(|id| json!({ "id": id, "solution": "s0", "scope": "public", "shares": shares })).collect()
    };
    bench.give(json!({ "solutions": solutions, "contexts": contexts(0..100, &shares) })).await;
    let mut one_more = contexts(100..101, &shares[..1]);
    let refused = bench.refused(&file(json!({ "contexts": one_more }))).await;
    assert!(refused.contains("/owners/0/contexts") && refused.contains("20001 shares"), "{refused}");
    // A context that is shared once less makes room, wherever it stands.
    one_more.extend(contexts(7..8, &shares[1..]));
    bench.give(json!({ "contexts": one_more })).await;
}

#[tokio::test]
async fn contexts_lie_in_solutions_that_there_are() {
    let bench = Bench::new().await;
    bench
        .give(json!({ "solutions": [{ "id": "s" }, { "id": "t" }], "contexts": [{ "id": "x", "solution": "s" }] }))
        .await;
    for (context, said) in [
        (json!({ "id": "y", "solution": "u" }), "/owners/0/contexts/0/solution: there is no such solution"),
        (
            json!({ "id": "y", "solution": "s", "scope": "public", "shares": ["t", "u"] }),
            "/owners/0/contexts/0/shares/1: there is no such solution",
        ),
        (
            json!({ "id": "y", "solution": "s", "shares": ["t"] }),
            "/owners/0/contexts/0: a private context cannot be shared",
        ),
        (
            json!({ "id": "x", "solution": "s", "shares": ["t"] }),
            "/owners/0/contexts/0: a private context cannot be shared",
        ),
        (
            json!({ "id": "x", "solution": "t" }),
            "/owners/0/contexts/0: this context is there already, in another solution",
        ),
    ] {
        assert_eq!(bench.refused(&file(json!({ "contexts": [context] }))).await, said);
    }
    let shared =
        bench.give(json!({ "contexts": [{ "id": "x", "solution": "s", "scope": "public", "shares": ["t"] }] })).await;
    assert_eq!(shared.changed, counts(0, 0, 1, 0));
    let refused =
        bench.refused(&file(json!({ "contexts": [{ "id": "x", "solution": "s", "scope": "private" }] }))).await;
    assert_eq!(refused, "/owners/0/contexts/0: a private context cannot be shared");
    bench.give(json!({ "contexts": [{ "id": "x", "solution": "s", "scope": "private", "shares": [] }] })).await;
}

#[tokio::test]
async fn a_public_key_has_one_user_of_a_context_and_two_may_swap_theirs() {
    let bench = Bench::new().await;
    let users = |pairs: &[(&str, &str)]| {
        let users = pairs.iter().map(|(id, key)| json!({ "userId": id, "pubKey": key })).collect::<Value>();
        json!({ "solutions": [{ "id": "s" }], "contexts": [{ "id": "x", "solution": "s", "users": users }] })
    };
    bench.give(users(&[("a", KEYS[0]), ("b", KEYS[1])])).await;
    let refused = bench.refused(&file(users(&[("c", KEYS[0])]))).await;
    assert_eq!(
        refused,
        "/owners/0/contexts/0/users/0/pubKey: this is the public key of a, who is a user of this context already"
    );
    let swapped = bench.give(users(&[("a", KEYS[1]), ("b", KEYS[0]), ("c", KEYS[2])])).await;
    assert_eq!((swapped.made, swapped.changed), (counts(0, 0, 0, 1), counts(0, 0, 0, 2)));
    let kept = bench.store.tenant(&tenant("a")).members(&ContextId::parse("x").expect("an id")).await.expect("users");
    let kept: Vec<_> = kept.iter().map(|user| (user.id.as_str(), user.public_key.as_str())).collect();
    assert_eq!(kept, [("a", KEYS[1]), ("b", KEYS[0]), ("c", KEYS[2])]);
}

#[tokio::test]
async fn only_a_tenant_that_is_made_is_suspended_by_a_file() {
    let bench = Bench::new().await;
    assert!(bench.give(json!({ "enabled": false })).await.made_tenant);
    assert!(bench.give(json!({ "enabled": false })).await.is_nothing());
    assert!(bench.give(json!({})).await.is_nothing());
    let refused = bench.refused(&file(json!({ "enabled": true, "keys": [key("k")] }))).await;
    assert!(refused.starts_with("/owners/0/enabled: the tenant is suspended"), "{refused}");
    bench.put_tenant("a", TenantState::Active).await;
    let refused = bench.refused(&file(json!({ "enabled": false, "keys": [key("k")] }))).await;
    assert!(refused.starts_with("/owners/0/enabled: the tenant is in service"), "{refused}");
    let kept = bench.store.tenant(&tenant("a")).tenant().await.expect("read").expect("a tenant");
    assert_eq!((kept.name.as_str(), kept.state), ("n", TenantState::Active));
}

#[tokio::test]
async fn no_tenant_is_stored_before_all_are_compared() {
    let bench = Bench::new().await;
    bench.put_tenant("c", TenantState::Suspended).await;
    let text = json!({ "version": 1, "owners": [
        { "id": "b", "keys": [key("k")] },
        { "id": "c", "enabled": true },
    ] });
    let refused = bench.refused(&text.to_string()).await;
    assert!(refused.starts_with("/owners/1/enabled: "), "{refused}");
    assert!(bench.store.tenant(&tenant("b")).tenant().await.expect("read").is_none());
}

#[tokio::test]
async fn an_export_names_who_keeps_something_or_who_was_asked_for() {
    let bench = Bench::new().await;
    bench.put_tenant("empty", TenantState::Suspended).await;
    bench.give(json!({ "keys": [key("k")] })).await;
    let owners = |text: &str| serde_json::from_str::<Value>(text).expect("JSON")["owners"].clone();
    let all = owners(&bench.text(None).await);
    assert_eq!(all.as_array().expect("a list").len(), 1);
    assert_eq!(all[0]["id"], "a");
    let empty = json!([{ "id": "empty", "enabled": false, "keys": [], "solutions": [], "contexts": [] }]);
    assert_eq!(owners(&bench.text(Some("empty")).await), empty);
    assert!(export(&bench.store, Some(&tenant("nobody"))).await.expect("an export").is_none());
}
