//! What a scope opens and what it does not, row by row of the seed's table and of reference privmx.md, sections 2.6 and
//! 2.7; and that nobody hands on what he does not have.

use serde_json::{Value, json};

use crate::harness::{API, ApiKey, LIST, MEMBER_KEYS, PREMISE, Pair, Privmx, SECOND, Server, TOKEN, Told, WATCHED};

/// Areas whose things Wardgate itself keeps, with a call of each.
const AREAS: [(&str, &str); 3] =
    [("apiKey", "manager/listApiKeys"), ("solution", "solution/listSolutions"), ("context", "context/listContexts")];
/// Areas whose things a tenant's backend keeps.
const CONTAINERS: [&str; 5] = ["thread", "store", "inbox", "stream", "kvdb"];

/// Params of a call of [`AREAS`].
fn params_of(method: &str) -> Value {
    if method == "context/listContexts" { json!({ "limit": 100, "skip": 0, "sortOrder": "asc" }) } else { json!({}) }
}

async fn get(caller: &Privmx, context: &str) -> Told {
    caller.call("context/getContext", json!({ "contextId": context })).await
}

/// The contexts that a caller sees, which are those that he can get.
async fn seen(caller: &Privmx, of: &[&str]) -> Vec<usize> {
    let listed = caller.call("context/listContexts", params_of("context/listContexts")).await.each("list", "id");
    let mut seen = Vec::new();
    for (at, context) in of.iter().enumerate() {
        let told = get(caller, context).await;
        if told.code().is_none() {
            seen.push(at);
        } else {
            told.refused("ACCESS_DENIED");
        }
        assert_eq!(listed.iter().any(|id| id == context), told.code().is_none(), "{at} is listed and cannot be had");
    }
    seen
}

/// Whether a decision door lets a key's holder do what needs `permission`.
async fn may(server: &Server, key: &ApiKey, permission: &str) -> bool {
    let header = key.signer().header(server.now_ms(), "GET", "/x", b"");
    let headers = json!({ "authorization": header });
    let ask = json!({ "body": "", "headers": headers, "method": "GET", "path": "/x", "permission": permission });
    let answer = server.check(&ask).await;
    match (answer["decision"].as_str(), answer["code"].as_str()) {
        (Some("allow"), _) => true,
        (Some("deny"), Some("permission_not_granted")) => false,
        _ => panic!("{answer}"),
    }
}

#[tokio::test]
async fn each_area_opens_itself_and_nothing_else() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    for (scope, _) in AREAS.into_iter().chain(CONTAINERS.map(|scope| (scope, ""))) {
        let key = owner.make_key(&[scope, "solution:*"]).await;
        let token = nobody.sign_in(&key, Some(&[scope])).await.text("accessToken");
        for (area, method) in AREAS {
            for caller in [nobody.basic(&key), nobody.bearer(&token)] {
                let told = caller.call(method, params_of(method)).await;
                if area == scope {
                    told.result();
                } else {
                    assert_eq!(told.refused("INSUFFICIENT_SCOPE"), area, "{scope} at {method}");
                }
            }
        }
        for area in AREAS.map(|(area, _)| area).into_iter().chain(CONTAINERS) {
            let allowed = may(&server, &key, &format!("privmx:{area}:read")).await;
            assert_eq!(allowed, area == scope, "{scope} at privmx:{area}:read");
        }
        owner.call("manager/deleteApiKey", json!({ "id": key.id })).await.ok();
    }
}

#[tokio::test]
async fn names_of_areas_have_one_case_but_for_the_one_that_the_documents_write_otherwise() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let list = async |key: &ApiKey, method: &str| nobody.basic(key).call(method, json!({})).await;
    for (scope, method, opens) in [
        ("apiKey", "manager/listApiKeys", true),
        ("apikey", "manager/listApiKeys", true),
        ("solution", "solution/listSolutions", true),
    ] {
        let key = owner.make_key(&[scope]).await;
        assert_eq!(list(&key, method).await.code().is_none(), opens, "{scope}");
        // It is kept as it was written.
        let kept = owner.call("manager/getApiKey", json!({ "id": key.id })).await.result();
        assert_eq!(kept["apiKey"]["scope"], json!([scope]));
    }
    // And the two spellings stand for each other wherever one is asked for.
    let key = owner.make_key(&["apikey"]).await;
    let token = nobody.sign_in(&key, Some(&["apiKey"])).await;
    nobody.bearer(&token.text("accessToken")).call("manager/listApiKeys", json!({})).await.result();
    // Any other word is kept and opens nothing, and so does one with a colon, which is a permission.
    let words =
        ["APIKEY", "Solution", "CONTEXT", "solution ", "no such scope !", "apiKey:*", "solution::", "context:x"];
    let key = owner.make_key(&words).await;
    let kept = owner.call("manager/getApiKey", json!({ "id": key.id })).await.result();
    assert_eq!(kept["apiKey"]["scope"], json!(words));
    for (area, method) in AREAS {
        let told = nobody.basic(&key).call(method, params_of(method)).await;
        assert_eq!(told.refused("INSUFFICIENT_SCOPE"), area);
    }
}

/// Section 2.7, line by line.
#[tokio::test]
async fn solution_scopes_say_whose_contexts() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let (a, b) = (owner.make_solution("a").await, owner.make_solution("b").await);
    let of_a = owner.make_context(&a, "private").await;
    let of_b = owner.make_context(&b, "private").await;
    let shared = owner.make_context(&b, "public").await;
    let share = json!({ "contextId": shared, "solutionId": a });
    owner.call("context/addSolutionToContext", share).await.ok();
    let all = [of_a.as_str(), of_b.as_str(), shared.as_str()];
    let only_a = format!("solution:{a}");

    // `solution`: all solutions, whatever `solution:ID` says, and no context.
    for scope in [vec!["solution"], vec!["solution", &only_a]] {
        let caller = nobody.basic(&owner.make_key(&scope).await);
        let solutions = caller.call("solution/listSolutions", json!({})).await.each("list", "id");
        assert!(solutions.contains(&a) && solutions.contains(&b), "{solutions:?}");
        caller.call("solution/updateSolution", json!({ "id": b, "name": "b" })).await.ok();
        assert_eq!(get(&caller, &of_a).await.refused("INSUFFICIENT_SCOPE"), "context");
    }
    // `solution:ID` alone: nothing.
    let caller = nobody.basic(&owner.make_key(&[&only_a]).await);
    assert_eq!(get(&caller, &of_a).await.refused("INSUFFICIENT_SCOPE"), "context");
    caller.call("solution/listSolutions", json!({})).await.refused("INSUFFICIENT_SCOPE");
    // `context` alone, and with `solution:*`: every context of the tenant; not solutions.
    for scope in [vec!["context"], vec!["context", "solution:*"]] {
        let caller = nobody.basic(&owner.make_key(&scope).await);
        assert_eq!(seen(&caller, &all).await, [0, 1, 2]);
        caller.call("solution/listSolutions", json!({})).await.refused("INSUFFICIENT_SCOPE");
    }
    // `context` and `solution:A`: A's own, and what is shared with A, to change and to delete as well.
    let key = owner.make_key(&["context", &only_a]).await;
    let caller = nobody.basic(&key);
    assert_eq!(seen(&caller, &all).await, [0, 2]);
    let rename = async |context: &str| {
        caller.call("context/updateContext", json!({ "contextId": context, "name": "renamed" })).await
    };
    rename(&of_a).await.ok();
    rename(&shared).await.ok();
    rename(&of_b).await.refused("ACCESS_DENIED");
    let page = |solution: &str| json!({ "limit": 9, "skip": 0, "solutionId": solution, "sortOrder": "asc" });
    let listed = caller.call("context/listContextsOfSolution", page(&a)).await;
    assert_eq!(listed.each("list", "id").len(), 2);
    caller.call("context/listContextsOfSolution", page(&b)).await.refused("ACCESS_DENIED");
    caller.make_context(&a, "private").await;
    let params = json!({ "description": "", "name": "", "scope": "private", "solution": b });
    caller.call("context/createContext", params).await.refused("ACCESS_DENIED");
    let delete = async |context: &str| caller.call("context/deleteContext", json!({ "contextId": context })).await;
    delete(&of_b).await.refused("ACCESS_DENIED");
    delete(&shared).await.ok();
    get(&owner, &of_b).await.result();
    get(&owner, &shared).await.refused("CONTEXT_DOES_NOT_EXIST");
    // A share that is taken back is gone at once.
    let again = owner.make_context(&b, "public").await;
    let pair = json!({ "contextId": again, "solutionId": a });
    owner.call("context/addSolutionToContext", pair.clone()).await.ok();
    get(&caller, &again).await.result();
    owner.call("context/removeSolutionFromContext", pair).await.ok();
    get(&caller, &again).await.refused("ACCESS_DENIED");
}

#[tokio::test]
async fn all_solutions_are_narrowed_to_one_and_one_not_to_another() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let (a, b) = (owner.make_solution("a").await, owner.make_solution("b").await);
    let (of_a, of_b) = (owner.make_context(&a, "private").await, owner.make_context(&b, "private").await);
    let all = [of_a.as_str(), of_b.as_str()];
    let (only_a, only_b) = (format!("solution:{a}"), format!("solution:{b}"));
    let key = owner.make_key(&["context", "solution:*"]).await;
    let told = nobody.sign_in(&key, Some(&["context", &only_a])).await;
    assert_eq!(told.result()["scope"], json!(["context", only_a]));
    assert_eq!(seen(&nobody.bearer(&told.text("accessToken")), &all).await, [0]);

    let limited = owner.make_key(&["context", &only_a]).await;
    for wider in [only_b.as_str(), "solution:*"] {
        nobody.sign_in(&limited, Some(&["context", wider])).await.refused("INSUFFICIENT_SCOPE");
    }
    // Leaving the solution out does not widen it.
    let told = nobody.sign_in(&limited, Some(&["context"])).await;
    assert_eq!(seen(&nobody.bearer(&told.text("accessToken")), &all).await, [0]);
}

#[tokio::test]
async fn a_permission_as_a_scope_is_worth_itself_at_the_decision_doors() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let key = owner.make_key(&["shop:orders:read", "billing:*", "context", "solution:x", "no such scope !"]).await;
    for (permission, allowed) in [
        ("shop:orders:read", true),
        ("billing:invoices:write", true),
        ("privmx:context:getContext", true),
        ("shop:orders:write", false),
        ("shop:orders:read:all", false),
        ("privmx:solution:listSolutions", false),
        ("solution:x", false),
        ("context", false),
        ("wardgate:keys:read", false),
    ] {
        assert_eq!(may(&server, &key, permission).await, allowed, "{permission}");
    }
    // A token has what it asked for, and nothing beside it.
    let told = nobody.sign_in(&key, Some(&["billing:invoices:read"])).await;
    let ask = async |permission: &str| {
        let headers = json!({ "authorization": format!("Bearer {}", told.text("accessToken")) });
        server.check(&json!({ "headers": headers, "permission": permission })).await
    };
    assert_eq!(ask("billing:invoices:read").await["decision"], "allow");
    for other in ["billing:invoices:write", "shop:orders:read", "privmx:context:getContext"] {
        assert_eq!(ask(other).await["code"], "permission_not_granted", "{other}");
    }
    // Without one, a credential that is good may do nothing.
    let nothing = owner.make_key(&[]).await;
    assert!(!may(&server, &nothing, "shop:orders:read").await);
}

/// Who makes keys gives at most what he has: whichever way he proves himself.
#[tokio::test]
async fn nobody_hands_on_what_he_does_not_have() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let a = owner.make_solution("a").await;
    let only_a = format!("solution:{a}");
    let key = owner.make_key(&["apiKey", "context", &only_a, "thread", "shop:orders:*"]).await;
    let spare = owner.make_key(&["thread"]).await;
    let token = nobody.sign_in(&key, None).await.text("accessToken");
    for maker in [nobody.basic(&key), nobody.bearer(&token), nobody.signing(key.signer())] {
        for (scope, lacking) in [
            (vec!["solution"], "Cannot use solution"),
            (vec!["thread", "store"], "Cannot use store"),
            (vec!["*"], "Cannot use *"),
            (vec!["shop:*"], "Cannot use shop:*"),
            (vec!["shop:customers:read"], "Cannot use shop:customers:read"),
            (vec!["privmx:store:read"], "Cannot use privmx:store:read"),
            (vec!["solution:*"], "Cannot use solution=*"),
            (vec!["solution:b"], "Cannot use solution=b"),
            // It would reach every solution.
            (vec!["context"], "Cannot use context"),
        ] {
            let make = json!({ "name": "wider", "scope": scope });
            let told = maker.call("manager/createApiKey", make).await;
            assert_eq!(told.refused("INSUFFICIENT_SCOPE"), lacking, "{scope:?}");
            // Neither to another key, nor to his own.
            for id in [&spare.id, &key.id] {
                let change = json!({ "id": id, "name": "changed", "scope": scope });
                let told = maker.call("manager/updateApiKey", change).await;
                assert_eq!(told.refused("INSUFFICIENT_SCOPE"), lacking, "{scope:?}");
            }
        }
        let less = [
            "apikey",
            "context",
            only_a.as_str(),
            "shop:orders:read",
            "privmx:thread:read",
            "session:x",
            "no such scope !",
        ];
        let made = maker.make_key(&less).await;
        maker.call("manager/updateApiKey", json!({ "id": made.id, "scope": ["thread"] })).await.ok();
        maker.call("manager/deleteApiKey", json!({ "id": made.id })).await.ok();
    }
    let mut kept = owner.call("manager/listApiKeys", json!({})).await.each("list", "name");
    kept.sort();
    assert_eq!(kept, ["first", "k", "k"]);

    // A token gives what it has itself, not what its key has.
    let narrow = nobody.sign_in(&key, Some(&["apiKey"])).await.text("accessToken");
    let told = nobody.bearer(&narrow).call("manager/createApiKey", json!({ "name": "k", "scope": ["thread"] })).await;
    assert_eq!(told.refused("INSUFFICIENT_SCOPE"), "Cannot use thread");
    nobody.bearer(&narrow).make_key(&["apiKey"]).await;
}

/// Who has the secret of a key that is off gets all that it may do from whoever switches it on.
#[tokio::test]
async fn nobody_switches_on_what_he_could_not_hand_on() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let (wide, narrow) = (owner.make_key(&["solution"]).await, owner.make_key(&["apiKey"]).await);
    let narrow = nobody.basic(&narrow);
    let switch = |enabled: bool| json!({ "enabled": enabled, "id": wide.id });
    // Taking away is not giving, and what is on already stays on.
    narrow.call("manager/updateApiKey", switch(true)).await.ok();
    narrow.call("manager/updateApiKey", switch(false)).await.ok();
    let told = narrow.call("manager/updateApiKey", switch(true)).await;
    assert_eq!(told.refused("INSUFFICIENT_SCOPE"), "Cannot use solution");
    assert!(!nobody.basic(&wide).is_known().await);
    owner.call("manager/updateApiKey", switch(true)).await.ok();
    assert!(nobody.basic(&wide).is_known().await);
}

#[tokio::test]
async fn a_key_may_not_say_how_long_its_tokens_live() {
    let server = Server::start();
    let owner = server.owner();
    let make = json!({ "name": "k", "scope": ["context", "expiresIn:1000"] });
    owner.call("manager/createApiKey", make).await.refused("INVALID_PARAMS");
    let change = json!({ "id": server.first_key().id, "scope": ["expiresIn:1000"] });
    owner.call("manager/updateApiKey", change).await.refused("INVALID_PARAMS");
    owner.call("solution/listSolutions", json!({})).await.result();
}

#[tokio::test]
async fn a_key_is_changed_member_by_member_and_at_once() {
    let server = Server::start();
    let (nobody, owner) = (server.privmx(), server.owner());
    let key = owner.make_key(&["solution", "context"]).await;
    let kept = async || {
        let told = owner.call("manager/getApiKey", json!({ "id": key.id })).await.result();
        let kept = &told["apiKey"];
        (kept["name"].clone(), kept["scope"].clone(), kept["enabled"].clone())
    };
    let change = async |more: Value| {
        let mut params = json!({ "id": key.id });
        params.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        owner.call("manager/updateApiKey", params).await.ok();
    };
    let opens = async |method: &str| nobody.basic(&key).call(method, params_of(method)).await;
    opens("solution/listSolutions").await.result();

    change(json!({})).await;
    assert_eq!(kept().await, (json!("k"), json!(["solution", "context"]), json!(true)));
    change(json!({ "name": "renamed" })).await;
    assert_eq!(kept().await, (json!("renamed"), json!(["solution", "context"]), json!(true)));
    change(json!({ "scope": ["context"] })).await;
    assert_eq!(kept().await, (json!("renamed"), json!(["context"]), json!(true)));
    opens("solution/listSolutions").await.refused("INSUFFICIENT_SCOPE");
    opens("context/listContexts").await.result();
    change(json!({ "enabled": false })).await;
    opens("context/listContexts").await.refused("UNAUTHORIZED");
    change(json!({ "enabled": true, "name": "", "scope": [] })).await;
    assert_eq!(kept().await, (json!(""), json!([]), json!(true)));
    opens("context/listContexts").await.refused("INSUFFICIENT_SCOPE");
}

/// Members of every answer that is more than `OK`, as clients look for them.
#[tokio::test]
async fn answers_have_the_members_that_clients_look_for() {
    let server = Server::start();
    let (nobody, owner, pair) = (server.privmx(), server.owner(), Pair::new(3));
    let members = |value: &Value| {
        let mut names: Vec<_> = value.as_object().expect("an object").keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    let key = ["created", "enabled", "id", "name", "publicKey", "scope"].join(" ");
    let new = json!({ "name": "p", "publicKey": pair.public_pem(), "scope": ["context"] });
    let made = owner.call("manager/createApiKey", new).await.result();
    assert_eq!(members(&made), "id secret");
    assert_eq!(made["id"].as_str().map(str::len), Some(32));
    let got = owner.call("manager/getApiKey", json!({ "id": made["id"] })).await.result();
    let expected = json!({
        "created": server.now_ms(), "enabled": true, "id": made["id"], "name": "p", "publicKey": pair.public_pem(),
        "scope": ["context"],
    });
    assert_eq!(got, json!({ "apiKey": expected }));
    let listed = owner.call("manager/listApiKeys", json!({})).await.result();
    assert_eq!((members(&listed), listed["list"].as_array().map(Vec::len)), ("list".to_owned(), Some(2)));
    assert_eq!(members(&listed["list"][0]), key);
    assert_eq!(listed["list"][0]["publicKey"], Value::Null, "there, and null");

    let auth = nobody.sign_in(&server.first_key(), Some(&["context"])).await.result();
    let names = "accessToken accessTokenExpiry refreshToken refreshTokenExpiry scope tokenType";
    assert_eq!((members(&auth).as_str(), &auth["tokenType"]), (names, &json!("Bearer")));

    let solution = owner.make_solution("s").await;
    let got = owner.call("solution/getSolution", json!({ "id": solution })).await.result();
    let expected = json!({ "created": server.now_ms(), "id": solution, "name": "s" });
    assert_eq!(got, json!({ "solution": expected }));
    assert_eq!(owner.call("solution/listSolutions", json!({})).await.result(), json!({ "list": [expected] }));

    let context = owner.make_context(&solution, "public").await;
    let expected = json!({
        "created": server.now_ms(), "description": "d", "id": context, "modified": server.now_ms(), "name": "n",
        "policy": {}, "scope": "public", "shares": [], "solution": solution,
    });
    assert_eq!(get(&owner, &context).await.result(), json!({ "context": expected }));
    let listed = owner.call("context/listContexts", params_of("context/listContexts")).await.result();
    assert_eq!(listed, json!({ "count": 1, "list": [expected] }));

    let pub_key = MEMBER_KEYS[0];
    let add = json!({ "contextId": context, "userId": "u", "userPubKey": pub_key });
    owner.call("context/addUserToContext", add).await.ok();
    let expected = json!({
        "acl": "ALLOW ALL", "contextId": context, "created": server.now_ms(), "pubKey": pub_key, "userId": "u",
    });
    let got = owner.call("context/getUserFromContext", json!({ "contextId": context, "userId": "u" })).await;
    assert_eq!(got.result(), json!({ "user": expected }));
    let page = json!({ "contextId": context, "limit": 1, "skip": 0, "sortOrder": "desc" });
    let listed = owner.call("context/listUsersFromContext", page).await.result();
    assert_eq!(listed, json!({ "count": 1, "users": [expected] }));
}

/// People call, too, with a token of the token endpoint: by their role, and in the tenant that is theirs.
#[tokio::test]
async fn people_call_by_their_roles() {
    let server = Server::start();
    let token = async |tenant: &str| {
        let (username, password) = server.login_of(tenant);
        server.sign_in(&username, &password).await.expect(200).field("access_token")
    };
    let nobody = server.privmx();
    let (admin, stranger) = (nobody.bearer(&token(PREMISE).await), nobody.bearer(&token(SECOND).await));
    let solution = admin.make_solution("s").await;
    let context = admin.make_context(&solution, "private").await;
    let key = admin.make_key(&["context", "solution:*", "shop:*"]).await;
    assert!(nobody.basic(&key).is_known().await);
    stranger.call("solution/getSolution", json!({ "id": solution })).await.refused("SOLUTION_DOES_NOT_EXIST");
    get(&stranger, &context).await.refused("CONTEXT_DOES_NOT_EXIST");

    let viewer = nobody.bearer(&token(WATCHED).await);
    viewer.call("solution/listSolutions", json!({})).await.result();
    viewer.call("manager/listApiKeys", json!({})).await.result();
    viewer.call("solution/createSolution", json!({ "name": "s" })).await.refused("ACCESS_DENIED");
    viewer.call("manager/createApiKey", json!({ "name": "k", "scope": [] })).await.refused("ACCESS_DENIED");

    let client = server.client().form(TOKEN, &[("grant_type", "client_credentials")]).await.expect(200);
    let client = nobody.bearer(&client.field("access_token"));
    for (_, method) in AREAS {
        client.call(method, params_of(method)).await.refused("ACCESS_DENIED");
    }

    // An operator names the tenant that he means.
    let secrets = server.secrets();
    let answer = server.sign_in(secrets.get("gwsAdminName"), secrets.get("gwsAdminPass")).await.expect(200);
    let operator = nobody.bearer(&answer.field("access_token"));
    for (tenant, expected) in [(PREMISE, vec![solution.clone()]), (SECOND, vec![])] {
        let request = operator.request(API, LIST.into()).header("x-ccid", tenant);
        assert_eq!(operator.exchange(request).await.each("list", "id"), expected, "{tenant}");
    }
}
