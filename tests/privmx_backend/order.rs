//! What is told first of all that is wrong.

use serde_json::json;

use super::{AREAS, Ground, METHODS, PREMISE, area, client_of, page, parsed, with_backend};
use crate::harness::{ApiKey, SECOND, Server, Setup};

#[tokio::test]
async fn without_a_backend_there_are_no_such_methods_and_strangers_do_not_learn_it() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let unknown = nobody.basic(&ApiKey::new("no-such-key", "secret"));
    for (method, template) in METHODS {
        for stranger in [&nobody, &unknown] {
            stranger.call(method, parsed(template)).await.refused_plainly("UNAUTHORIZED");
        }
        for params in [parsed(template), json!({})] {
            owner.call(method, params).await.refused_plainly("METHOD_NOT_FOUND");
        }
    }
    for none in ["thread/getStore", "thread/threadGet", "stream/", "message/getMessage"] {
        nobody.call(none, json!({})).await.refused_plainly("METHOD_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_backend_is_one_tenant_s_and_is_gone_with_its_line() {
    let ground = Ground::new().await;
    let other = client_of(&ground.server, SECOND).await;
    other.call("thread/getThread", json!({ "threadId": "t" })).await.refused_plainly("METHOD_NOT_FOUND");
    ground.owner.call("thread/getThread", json!({ "threadId": "t" })).await.ok();
    assert_eq!(ground.heard_one().header("x-wardgate-tenant"), Some(PREMISE));
    // Neither does another tenant's client get there by naming the tenant.
    let request = other.request("/api", br#"{"jsonrpc":"2.0","id":1,"method":"thread/getThread","params":{}}"#.into());
    other.exchange(request.header("x-ccid", PREMISE)).await.refused_plainly("UNAUTHORIZED");
    ground.heard_nothing();

    let line = format!("backend = \"{}\"", ground.backend.url());
    let server = ground.server.stop().edit_tenant("premise_tenant", &line, "").start();
    server.owner().call("thread/getThread", json!({ "threadId": "t" })).await.refused_plainly("METHOD_NOT_FOUND");
    assert_eq!(ground.backend.count(), 0);
}

#[tokio::test]
async fn a_bad_credential_goes_before_bad_params_before_a_missing_scope_before_the_context() {
    let ground = Ground::new().await;
    let nobody = ground.server.privmx();
    let known = ground.server.first_key();
    let wrong = nobody.basic(&ApiKey::new(&known.id, "wrong"));
    let scopeless = nobody.basic(&ground.owner.make_key(&["context", "solution:*"]).await);
    let homeless = nobody.basic(&ground.owner.make_key(&["thread"]).await);
    let method = "thread/listThreads";
    let bad = json!({ "contextId": "no such context" });
    for stranger in [&nobody, &wrong] {
        stranger.call(method, bad.clone()).await.refused_plainly("UNAUTHORIZED");
    }
    for known in [&scopeless, &homeless, &ground.owner] {
        assert_eq!(known.call(method, bad.clone()).await.refused("INVALID_PARAMS"), "Key 'from' is required");
    }
    let good = page("no such context");
    assert_eq!(scopeless.call(method, good.clone()).await.refused("INSUFFICIENT_SCOPE"), "thread");
    homeless.call(method, good.clone()).await.refused_plainly("ACCESS_DENIED");
    ground.owner.call(method, good).await.refused_plainly("CONTEXT_DOES_NOT_EXIST");
    ground.heard_nothing();
}

#[tokio::test]
async fn params_that_are_not_the_method_s_do_not_reach_the_backend() {
    let ground = Ground::new().await;
    for (method, template) in METHODS {
        let good = parsed(&ground.params(template));
        for member in good.as_object().expect("an object").keys() {
            let optional = ["state", "prefix"].contains(&member.as_str());
            let mut without = good.clone();
            without.as_object_mut().expect("an object").remove(member);
            let told = ground.owner.call(method, without).await;
            if optional {
                told.ok();
            } else {
                assert_eq!(*told.refused("INVALID_PARAMS"), json!(format!("Key '{member}' is required")));
            }
            let mut other = good.clone();
            other[member] = json!({ "$gt": "" });
            ground.owner.call(method, other).await.refused("INVALID_PARAMS");
        }
        let mut more = good.clone();
        more["token"] = json!("x");
        assert_eq!(ground.owner.call(method, more).await.refused("INVALID_PARAMS"), "Unexpected key 'token'");
    }
    assert_eq!(ground.backend.heard().len(), 2, "the two without a member that may be left out");
}

/// The original forgets it in two places: `listThreads` and `listKvdbs`.
#[tokio::test]
async fn each_method_asks_for_the_scope_of_its_area() {
    let ground = Ground::new().await;
    let nobody = ground.server.privmx();
    for lacking in AREAS {
        let mut scopes = vec!["apiKey", "solution", "context", "solution:*"];
        scopes.extend(AREAS.iter().filter(|area| **area != lacking));
        let key = ground.owner.make_key(&scopes).await;
        let token = nobody.sign_in(&key, None).await.text("accessToken");
        for (method, template) in METHODS {
            for caller in [nobody.basic(&key), nobody.bearer(&token)] {
                let told = caller.call(method, parsed(&ground.params(template))).await;
                if area(method) == lacking {
                    assert_eq!(told.refused("INSUFFICIENT_SCOPE"), lacking, "{method}");
                    ground.heard_nothing();
                } else {
                    told.ok();
                    ground.heard_one();
                }
            }
        }
        ground.owner.call("manager/deleteApiKey", json!({ "id": key.id })).await.ok();
    }
}

#[tokio::test]
async fn a_permission_as_a_scope_is_no_scope_of_an_area_and_the_refusal_is_recorded_as_one() {
    let ground = Ground::new().await;
    let key = ground.owner.make_key(&["privmx:thread:*", "solution:*"]).await;
    let caller = ground.server.privmx().basic(&key);
    let allowed = "wardgate_decisions_total{effect=\"allow\",code=\"allowed\"}";
    let lacking = "wardgate_decisions_total{effect=\"deny\",code=\"permission_not_granted\"}";
    let before = (ground.counted(allowed).await, ground.counted(lacking).await);
    let told = caller.call("thread/getThread", json!({ "threadId": "t" })).await;
    assert_eq!(told.refused("INSUFFICIENT_SCOPE"), "thread");
    ground.heard_nothing();
    assert_eq!((ground.counted(allowed).await, ground.counted(lacking).await), (before.0, before.1 + 1));
}

#[tokio::test]
async fn people_reach_what_their_role_and_their_grants_let_them() {
    let people = "[[users]]\nname = \"nexus\"\nrole = \"admin\"\ngrants = [\"privmx:thread:*\"]\n\n\
                  [[users]]\nname = \"plain\"\nrole = \"admin\"\n\n\
                  [[users]]\nname = \"auditor\"\nrole = \"viewer\"\ngrants = [\"privmx:*\"]";
    let from = "[[users]]\nname = \"nexus\"\nrole = \"admin\"";
    let ground = Ground::on(|setup| setup.edit_tenant("premise_tenant", from, people)).await;
    let secrets = ground.server.secrets();
    let client = async |user: &str, variable: &str| {
        let name = format!("{PREMISE}\\{user}");
        let token = ground.server.sign_in(&name, secrets.get(variable)).await.expect(200).field("access_token");
        ground.server.privmx().bearer(&token)
    };
    let admin = client("nexus", "tenantUserPassword").await;
    let plain = client("plain", "tenantUserPassword_plain").await;
    let viewer = client("auditor", "tenantUserPassword_auditor").await;
    let (thread, store) = (json!({ "threadId": "t" }), json!({ "storeId": "s" }));
    admin.call("thread/getThread", thread.clone()).await.ok();
    admin.call("thread/deleteThread", thread.clone()).await.ok();
    assert_eq!(admin.call("store/getStore", store.clone()).await.refused("INSUFFICIENT_SCOPE"), "store");
    assert_eq!(plain.call("thread/getThread", thread.clone()).await.refused("INSUFFICIENT_SCOPE"), "thread");
    viewer.call("store/getStore", store.clone()).await.ok();
    viewer.call("store/deleteStore", store).await.refused_plainly("ACCESS_DENIED");
    let subjects: Vec<_> =
        ground.backend.heard().iter().map(|heard| heard.header("x-wardgate-subject").map(str::to_owned)).collect();
    assert_eq!(subjects, ["nexus", "nexus", "auditor"].map(|name| Some(name.to_owned())));
}

#[tokio::test]
async fn an_operator_names_the_tenant_whose_backend_he_means() {
    let granted = "name = \"ops\"\nrole = \"admin\"\ngrants = [\"privmx:thread:*\"]";
    let backend = crate::harness::Backend::start().await;
    let setup = with_backend(Setup::new(), &backend.url());
    let server = setup.edit_tenant("_cluster", "name = \"ops\"\nrole = \"admin\"", granted).start();
    let secrets = server.secrets();
    let answer = server.sign_in(secrets.get("gwsAdminName"), secrets.get("gwsAdminPass")).await.expect(200);
    let operator = server.privmx().bearer(&answer.field("access_token"));
    let call = br#"{"jsonrpc":"2.0","id":1,"method":"thread/getThread","params":{"threadId":"t"}}"#;
    operator.send(call.as_slice()).await.refused_plainly("METHOD_NOT_FOUND");
    operator.exchange(operator.request("/api", call.into()).header("x-ccid", PREMISE)).await.ok();
    operator
        .exchange(operator.request("/api", call.into()).header("x-ccid", SECOND))
        .await
        .refused_plainly("METHOD_NOT_FOUND");
    let heard = backend.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(
        (heard[0].header("x-wardgate-tenant"), heard[0].header("x-wardgate-subject")),
        (Some(PREMISE), Some("ops"))
    );
}
