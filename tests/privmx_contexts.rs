//! Solutions, contexts and their users as PrivMX clients keep them, with the refusals that speak of them (reference
//! privmx.md, sections 1 and 3).

use serde_json::{Value, json};
use wardgate_domain::limits;

use crate::harness::{
    ALL_SCOPES, API, ApiKey, LIST, MEMBER_KEYS, PREMISE, Privmx, SECOND, Server, Setup, Told, import,
};

/// A solution with a context of its own.
async fn ground(owner: &Privmx, scope: &str) -> (String, String) {
    let solution = owner.make_solution("s").await;
    let context = owner.make_context(&solution, scope).await;
    (solution, context)
}

async fn add_user(owner: &Privmx, context: &str, user: &str, key: &str) -> Told {
    owner.call("context/addUserToContext", json!({ "contextId": context, "userId": user, "userPubKey": key })).await
}

async fn users(owner: &Privmx, context: &str) -> Vec<(String, String)> {
    let params = json!({ "contextId": context, "limit": 100, "skip": 0, "sortOrder": "asc" });
    let told = owner.call("context/listUsersFromContext", params).await;
    told.each("users", "userId").into_iter().zip(told.each("users", "pubKey")).collect()
}

#[tokio::test]
async fn context_does_not_exist() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, context) = ground(&owner, "public").await;
    let (key, id) = (MEMBER_KEYS[0], "no-such-context");
    let page = json!({ "contextId": id, "limit": 1, "skip": 0, "sortOrder": "asc" });
    for (method, params) in [
        ("getContext", json!({ "contextId": id })),
        ("updateContext", json!({ "contextId": id, "name": "n" })),
        ("updateContext", json!({ "contextId": id })),
        ("deleteContext", json!({ "contextId": id })),
        ("addSolutionToContext", json!({ "contextId": id, "solutionId": solution })),
        ("removeSolutionFromContext", json!({ "contextId": id, "solutionId": solution })),
        ("addUserToContext", json!({ "contextId": id, "userId": "u", "userPubKey": key })),
        ("removeUserFromContext", json!({ "contextId": id, "userId": "u" })),
        ("removeUserFromContextByPubKey", json!({ "contextId": id, "userPubKey": key })),
        ("getUserFromContext", json!({ "contextId": id, "userId": "u" })),
        ("getUserFromContextByPubKey", json!({ "contextId": id, "pubKey": key })),
        ("listUsersFromContext", page),
        ("setUserAcl", json!({ "acl": "ALLOW ALL", "contextId": id, "userId": "u" })),
    ] {
        owner.call(&format!("context/{method}"), params).await.refused_plainly("CONTEXT_DOES_NOT_EXIST");
    }
    // A deleted one is gone with its users, and its solution can go, too.
    add_user(&owner, &context, "u", key).await.ok();
    owner.call("context/deleteContext", json!({ "contextId": context })).await.ok();
    for method in ["getContext", "deleteContext"] {
        let told = owner.call(&format!("context/{method}"), json!({ "contextId": context })).await;
        told.refused_plainly("CONTEXT_DOES_NOT_EXIST");
    }
    owner.call("solution/deleteSolution", json!({ "id": solution })).await.ok();
}

#[tokio::test]
async fn solution_does_not_exist() {
    let server = Server::start();
    let owner = server.owner();
    let (_, context) = ground(&owner, "public").await;
    for (method, params) in [
        ("solution/getSolution", json!({ "id": "x" })),
        ("solution/updateSolution", json!({ "id": "x", "name": "n" })),
        ("solution/deleteSolution", json!({ "id": "x" })),
        ("context/createContext", json!({ "description": "", "name": "", "scope": "private", "solution": "x" })),
        ("context/addSolutionToContext", json!({ "contextId": context, "solutionId": "x" })),
    ] {
        owner.call(method, params).await.refused_plainly("SOLUTION_DOES_NOT_EXIST");
    }
    let gone = owner.make_solution("gone").await;
    owner.call("solution/deleteSolution", json!({ "id": gone })).await.ok();
    owner.call("solution/getSolution", json!({ "id": gone })).await.refused_plainly("SOLUTION_DOES_NOT_EXIST");
}

#[tokio::test]
async fn solution_has_contexts() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, context) = ground(&owner, "public").await;
    let delete = json!({ "id": solution });
    owner.call("solution/deleteSolution", delete.clone()).await.refused_plainly("SOLUTION_HAS_CONTEXTS");
    owner.call("context/getContext", json!({ "contextId": context })).await.result();
    owner.call("context/deleteContext", json!({ "contextId": context })).await.ok();
    owner.call("solution/deleteSolution", delete).await.ok();
}

#[tokio::test]
async fn the_three_of_sharing() {
    let server = Server::start();
    let owner = server.owner();
    let (parent, context) = ground(&owner, "private").await;
    let other = owner.make_solution("other").await;
    let pair = |solution: &str| json!({ "contextId": context, "solutionId": solution });
    let add = async |solution: &str| owner.call("context/addSolutionToContext", pair(solution)).await;
    let remove = async |solution: &str| owner.call("context/removeSolutionFromContext", pair(solution)).await;
    let become_ =
        async |scope: &str| owner.call("context/updateContext", json!({ "contextId": context, "scope": scope })).await;
    let shares = async || {
        let kept = owner.call("context/getContext", json!({ "contextId": context })).await.result();
        kept["context"]["shares"].clone()
    };

    add(&other).await.refused_plainly("CANNOT_ASSIGN_PRIVATE_CONTEXT");
    assert_eq!(shares().await, json!([]));
    become_("public").await.ok();
    add(&parent).await.ok();
    assert_eq!(shares().await, json!([]), "its own parent is no share");
    add(&other).await.ok();
    add(&other).await.ok();
    assert_eq!(shares().await, json!([other]), "and a share is one");

    remove(&parent).await.refused_plainly("CANNOT_UNASSIGN_CONTEXT_FROM_ITS_PARENT");
    become_("private").await.refused_plainly("CANNOT_SWITCH_CONNECTED_CONTEXT_TO_PRIVATE");
    become_("public").await.ok();
    assert_eq!(shares().await, json!([other]));

    remove(&other).await.ok();
    become_("private").await.ok();
    assert_eq!(shares().await, json!([]));
}

#[tokio::test]
async fn user_doesnt_exist() {
    let server = Server::start();
    let owner = server.owner();
    let (_, context) = ground(&owner, "private").await;
    add_user(&owner, &context, "u", MEMBER_KEYS[0]).await.ok();
    let there = users(&owner, &context).await;
    for (method, params) in [
        ("removeUserFromContext", json!({ "contextId": context, "userId": "nobody" })),
        ("removeUserFromContextByPubKey", json!({ "contextId": context, "userPubKey": MEMBER_KEYS[1] })),
        ("getUserFromContext", json!({ "contextId": context, "userId": "nobody" })),
        ("getUserFromContextByPubKey", json!({ "contextId": context, "pubKey": MEMBER_KEYS[1] })),
        ("setUserAcl", json!({ "acl": "ALLOW ALL", "contextId": context, "userId": "nobody" })),
    ] {
        owner.call(&format!("context/{method}"), params).await.refused_plainly("USER_DOESNT_EXIST");
    }
    assert_eq!(users(&owner, &context).await, there);
}

#[tokio::test]
async fn pub_key_already_in_use() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, context) = ground(&owner, "private").await;
    let [one, two, three] = MEMBER_KEYS;
    add_user(&owner, &context, "u", one).await.ok();
    add_user(&owner, &context, "v", two).await.ok();
    for (user, key) in [("w", one), ("v", one), ("u", two)] {
        add_user(&owner, &context, user, key).await.refused_plainly("PUB_KEY_ALREADY_IN_USE");
    }
    let pair = |user: &str, key: &str| (user.to_owned(), key.to_owned());
    assert_eq!(users(&owner, &context).await, [pair("u", one), pair("v", two)]);
    // The same pair again changes nothing, not even what the user may do; a new key takes the old one's place.
    let acl = async || {
        let user = owner.call("context/getUserFromContext", json!({ "contextId": context, "userId": "u" })).await;
        user.result()["user"]["acl"].clone()
    };
    assert_eq!(acl().await, "ALLOW ALL");
    let again = json!({ "acl": "DENY ALL", "contextId": context, "userId": "u", "userPubKey": one });
    owner.call("context/addUserToContext", again).await.ok();
    assert_eq!(acl().await, "ALLOW ALL");
    add_user(&owner, &context, "u", three).await.ok();
    add_user(&owner, &context, "w", one).await.ok();
    let mut there = users(&owner, &context).await;
    there.sort();
    assert_eq!(there, [pair("u", three), pair("v", two), pair("w", one)]);
    // A key is unique inside its context alone.
    let other = owner.make_context(&solution, "private").await;
    add_user(&owner, &other, "u", one).await.ok();
}

#[tokio::test]
async fn invalid_acl() {
    let server = Server::start();
    let owner = server.owner();
    let (_, context) = ground(&owner, "private").await;
    add_user(&owner, &context, "u", MEMBER_KEYS[0]).await.ok();
    let many = |lines: usize| vec!["ALLOW ALL"; lines].join("\n");
    for bad in ["", "ALLOW", "allow ALL", "ALLOW nothing/at_all", "ALLOW ALL x=1", "GRANT ALL", &many(101)] {
        let set = json!({ "acl": bad, "contextId": context, "userId": "u" });
        owner.call("context/setUserAcl", set).await.refused("INVALID_ACL");
        let add = json!({ "acl": bad, "contextId": context, "userId": "v", "userPubKey": MEMBER_KEYS[1] });
        owner.call("context/addUserToContext", add).await.refused("INVALID_ACL");
    }
    assert_eq!(users(&owner, &context).await.len(), 1);
    for good in ["DENY WRITE\nALLOW thread/READ", &many(100)] {
        let set = json!({ "acl": good, "contextId": context, "userId": "u" });
        owner.call("context/setUserAcl", set).await.ok();
        let user = owner.call("context/getUserFromContext", json!({ "contextId": context, "userId": "u" })).await;
        assert_eq!(user.result()["user"]["acl"], good);
    }
    let long = json!({ "acl": "x".repeat(4_097), "contextId": context, "userId": "u" });
    let told = owner.call("context/setUserAcl", long).await;
    assert_eq!(told.refused("INVALID_PARAMS"), "acl -> Invalid length! Expected max 4096, get 4097");
}

#[tokio::test]
async fn no_match_for_last_id() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, context) = ground(&owner, "private").await;
    server.advance_s(1);
    let second = owner.make_context(&solution, "private").await;
    let page = |last: &str| json!({ "lastId": last, "limit": 10, "skip": 5, "sortOrder": "asc" });
    let with = |mut params: Value, name: &str, value: &str| {
        params[name] = json!(value);
        params
    };
    owner.call("context/listContexts", page("x")).await.refused_plainly("NO_MATCH_FOR_LAST_ID");
    let of_solution = with(page("x"), "solutionId", &solution);
    owner.call("context/listContextsOfSolution", of_solution).await.refused_plainly("NO_MATCH_FOR_LAST_ID");
    let of_context = with(page("x"), "contextId", &context);
    owner.call("context/listUsersFromContext", of_context).await.refused_plainly("NO_MATCH_FOR_LAST_ID");
    // With one that is there, what comes after it, whatever `skip` says.
    let told = owner.call("context/listContexts", page(&context)).await;
    assert_eq!(told.each("list", "id"), [second]);
}

/// Five contexts a second apart, and one of another solution.
async fn five(server: &Server, owner: &Privmx) -> (String, Vec<String>) {
    let (solution, other) = (owner.make_solution("s").await, owner.make_solution("other").await);
    let mut made = Vec::new();
    for name in ["alpha", "beta", "gamma", "delta", "epsilon"] {
        server.advance_s(1);
        let scope = if made.len() < 2 { "public" } else { "private" };
        let params = json!({ "description": "", "name": name, "scope": scope, "solution": solution });
        made.push(owner.call("context/createContext", params).await.text("contextId"));
    }
    owner.make_context(&other, "private").await;
    (solution, made)
}

#[tokio::test]
async fn a_list_is_shown_page_by_page_in_either_order() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, made) = five(&server, &owner).await;
    let page = async |skip: u32, limit: u32, order: &str, last: Option<usize>| {
        let mut params = json!({ "limit": limit, "skip": skip, "solutionId": solution, "sortOrder": order });
        if let Some(last) = last {
            params["lastId"] = json!(made[last]);
        }
        let told = owner.call("context/listContextsOfSolution", params).await;
        assert_eq!(told.result()["count"], 5, "it counts all that there are");
        let shown = told.each("list", "id");
        shown.iter().map(|id| made.iter().position(|made| made == id).expect("one of them")).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 100, "asc", None).await, [0, 1, 2, 3, 4]);
    assert_eq!(page(0, 100, "desc", None).await, [4, 3, 2, 1, 0]);
    assert_eq!(page(1, 2, "asc", None).await, [1, 2]);
    assert_eq!(page(4, 2, "desc", None).await, [0]);
    assert_eq!(page(5, 2, "asc", None).await, [0_usize; 0]);
    assert_eq!(page(0, 2, "asc", Some(1)).await, [2, 3]);
    assert_eq!(page(0, 2, "desc", Some(1)).await, [0]);
    assert_eq!(page(3, 2, "asc", Some(0)).await, [1, 2], "skip counts for nothing beside it");
    assert_eq!(page(0, 2, "asc", Some(4)).await, [0_usize; 0]);
}

#[tokio::test]
async fn a_query_finds_contexts_by_the_members_of_the_answer() {
    let server = Server::start();
    let owner = server.owner();
    let (solution, made) = five(&server, &owner).await;
    let find = async |query: Value| {
        let params = json!({ "limit": 100, "query": query, "skip": 0, "solutionId": solution, "sortOrder": "asc" });
        owner.call("context/listContextsOfSolution", params).await
    };
    let third = owner.call("context/getContext", json!({ "contextId": made[2] })).await.result();
    let created = third["context"]["created"].as_i64().expect("a time");
    for (query, found) in [
        (json!({}), vec!["alpha", "beta", "gamma", "delta", "epsilon"]),
        (json!({ "name": "beta" }), vec!["beta"]),
        (json!({ "name": { "$eq": "beta" } }), vec!["beta"]),
        (json!({ "name": { "$ne": "beta" } }), vec!["alpha", "gamma", "delta", "epsilon"]),
        (json!({ "name": { "$in": ["beta", "nobody", "delta"] } }), vec!["beta", "delta"]),
        (json!({ "name": { "$nin": ["beta", "alpha", "gamma"] } }), vec!["delta", "epsilon"]),
        (json!({ "name": { "$startsWith": "d" } }), vec!["delta"]),
        (json!({ "name": { "$endsWith": "lta" } }), vec!["delta"]),
        (json!({ "name": { "$contains": "et" } }), vec!["beta"]),
        (json!({ "name": { "$contains": "a", "$startsWith": "g" } }), vec!["gamma"]),
        (json!({ "scope": "public", "name": { "$endsWith": "ha" } }), vec!["alpha"]),
        (json!({ "created": { "$gt": created } }), vec!["delta", "epsilon"]),
        (json!({ "created": { "$gte": created } }), vec!["gamma", "delta", "epsilon"]),
        (json!({ "created": { "$lt": created } }), vec!["alpha", "beta"]),
        (json!({ "created": { "$lte": created } }), vec!["alpha", "beta", "gamma"]),
        (json!({ "nothing": { "$exists": true } }), vec![]),
        (json!({ "name": { "$exists": true } }), vec!["alpha", "beta", "gamma", "delta", "epsilon"]),
        (json!({ "$or": [{ "name": "beta" }, { "name": "delta" }] }), vec!["beta", "delta"]),
        (json!({ "$and": [{ "scope": "public" }, { "name": "beta" }] }), vec!["beta"]),
        (json!({ "$nor": [{ "scope": "public" }, { "name": "delta" }] }), vec!["gamma", "epsilon"]),
    ] {
        let told = find(query.clone()).await;
        assert_eq!(told.each("list", "name"), found, "{query}");
        assert_eq!(told.result()["count"], found.len(), "{query}");
    }
    for bad in [
        json!("beta"),
        json!([]),
        json!({ "name": { "$where": "1" } }),
        json!({ "name": { "$regex": ".*" } }),
        json!({ "name": { "$in": "beta" } }),
        json!({ "$or": {} }),
        json!({ "$or": [{ "name": { "$gt": "a" } }] }),
    ] {
        assert_eq!(find(bad.clone()).await.refused("INVALID_PARAMS"), "query -> Value doesn't match any spec", "{bad}");
    }
}

#[tokio::test]
async fn what_a_change_of_a_context_does_not_name_stays_as_it_is() {
    let server = Server::start();
    let owner = server.owner();
    let (_, context) = ground(&owner, "public").await;
    let kept = async || owner.call("context/getContext", json!({ "contextId": context })).await.result();
    let mut expected = kept().await;
    let policy =
        json!({ "kvdb": { "item": { "get": "owner" } }, "thread": { "create": "all", "get": "user&manager,owner" } });
    for (member, value) in [
        ("name", json!("")),
        ("description", json!("żółw")),
        ("scope", json!("private")),
        ("policy", policy),
        ("policy", json!({})),
    ] {
        server.advance_s(1);
        let mut change = json!({ "contextId": context });
        change[member] = value.clone();
        owner.call("context/updateContext", change).await.ok();
        expected["context"][member] = value;
        expected["context"]["modified"] = json!(server.now_ms());
        assert_eq!(kept().await, expected, "{member}");
    }
    for bad in [
        json!({ "thread": { "get": "everybody" } }),
        json!({ "thread": { "fly": "all" } }),
        json!({ "rocket": {} }),
        json!({ "thread": { "get": "x".repeat(33) } }),
    ] {
        let change = json!({ "contextId": context, "policy": bad });
        owner.call("context/updateContext", change).await.refused("INVALID_PARAMS");
    }
    assert_eq!(kept().await, expected);
}

/// Nothing of one tenant is there for another, by whatever id (security rule 73).
#[tokio::test]
async fn another_tenant_s_solutions_and_contexts_do_not_exist() {
    let setup = Setup::new().start().stop();
    let key = json!({ "id": "theirs", "name": "", "scope": ALL_SCOPES, "secret": "s" });
    import(&setup, &json!([{ "id": "owner", "keys": [key], "tenant": SECOND }]));
    let server = setup.start();
    let (owner, theirs) = (server.owner(), server.privmx().basic(&ApiKey::new("theirs", "s")));
    let (solution, context) = ground(&owner, "public").await;
    add_user(&owner, &context, "u", MEMBER_KEYS[0]).await.ok();
    let own = theirs.make_solution("own").await;
    let (key, id) = (MEMBER_KEYS[0], context.as_str());
    for (method, params, name) in [
        ("solution/getSolution", json!({ "id": solution }), "SOLUTION_DOES_NOT_EXIST"),
        ("solution/updateSolution", json!({ "id": solution, "name": "x" }), "SOLUTION_DOES_NOT_EXIST"),
        ("solution/deleteSolution", json!({ "id": solution }), "SOLUTION_DOES_NOT_EXIST"),
        ("context/getContext", json!({ "contextId": id }), "CONTEXT_DOES_NOT_EXIST"),
        ("context/updateContext", json!({ "contextId": id, "name": "x" }), "CONTEXT_DOES_NOT_EXIST"),
        ("context/deleteContext", json!({ "contextId": id }), "CONTEXT_DOES_NOT_EXIST"),
        ("context/addSolutionToContext", json!({ "contextId": id, "solutionId": own }), "CONTEXT_DOES_NOT_EXIST"),
        ("context/getUserFromContext", json!({ "contextId": id, "userId": "u" }), "CONTEXT_DOES_NOT_EXIST"),
        ("context/getUserFromContextByPubKey", json!({ "contextId": id, "pubKey": key }), "CONTEXT_DOES_NOT_EXIST"),
        ("context/removeUserFromContext", json!({ "contextId": id, "userId": "u" }), "CONTEXT_DOES_NOT_EXIST"),
        ("context/setUserAcl", json!({ "acl": "DENY ALL", "contextId": id, "userId": "u" }), "CONTEXT_DOES_NOT_EXIST"),
    ] {
        theirs.call(method, params).await.refused_plainly(name);
    }
    assert_eq!(theirs.call("solution/listSolutions", json!({})).await.each("list", "id"), [own]);
    let page = json!({ "limit": 100, "skip": 0, "sortOrder": "asc" });
    assert_eq!(theirs.call("context/listContexts", page).await.result()["count"], 0);
    // Naming the other tenant makes the credential no good, whatever it is.
    for (caller, tenant) in [(&theirs, PREMISE), (&owner, SECOND)] {
        let request = caller.request(API, LIST.into()).header("x-ccid", tenant);
        caller.exchange(request).await.refused_plainly("UNAUTHORIZED");
        let request = caller.request(API, LIST.into()).header("x-ccid", "no-such-tenant");
        caller.exchange(request).await.refused_plainly("UNAUTHORIZED");
    }
    assert_eq!(users(&owner, &context).await.len(), 1);
}

#[tokio::test]
async fn a_tenant_has_as_many_solutions_as_it_may() {
    let setup = Setup::new().start().stop();
    let solutions: Vec<_> = (0..limits::SOLUTIONS_PER_TENANT).map(|at| json!({ "id": format!("s{at}") })).collect();
    import(&setup, &json!([{ "id": "owner", "solutions": solutions, "tenant": PREMISE }]));
    let server = setup.start();
    let owner = server.owner();
    let make = json!({ "name": "one more" });
    owner.call("solution/createSolution", make.clone()).await.refused("TOO_MANY_REQUESTS");
    owner.call("solution/deleteSolution", json!({ "id": "s0" })).await.ok();
    owner.call("solution/createSolution", make).await.result();
    let listed = owner.call("solution/listSolutions", json!({})).await.each("list", "id");
    assert_eq!(listed.len(), usize::try_from(limits::SOLUTIONS_PER_TENANT).expect("a thousand"));
}
