//! The permission matrix: who may do what with whose things, found out by doing it. `snapshots/permissions.txt` is what is
//! found, so a change of anybody's rights is seen in review.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, CHAT, Key, PREMISE, SECOND, Server, TOKEN};

const MATRIX: &str = include_str!("snapshots/permissions.txt");
/// Set, the test writes what it finds where it else compares.
const REGENERATE: &str = "WARDGATE_REGENERATE";
const PASSWORD: &str = "correct horse battery";

const HEAD: &str = "\
# Who may do what with whose things: the status that each call was answered with.
# Written by `WARDGATE_REGENERATE=1 cargo test -p wardgate-tests permissions`, from real calls.
#
# Columns: of the first tenant an admin, a key manager, a viewer, a member without privileges, one who may manage users
# (`hire`), and an admin and a supporter of one App Space of the first tenant's (`space`, `help`); of the cluster the first five (`o-`) and a member who may manage clients (`o-cli`); the token of a signing key of the first tenant with all scopes; an admin's token
# with a narrower scope; a client's own token; nobody.
";

/// The columns.
const CALLERS: [&str; 17] = [
    "admin", "keys", "view", "memb", "hire", "space", "help", "o-adm", "o-key", "o-view", "o-memb", "o-hire", "o-cli",
    "skey", "narrow", "client", "nobody",
];

/// Whose things: a title, and the tenant named by `x-ccid`.
const OWNERS: [(&str, &str); 3] =
    [("the first tenant's", PREMISE), ("another tenant's", SECOND), ("the cluster's", "*")];

/// What is done: a title, a method, a path and a body. `{key}`, `{user}`, `{admin}`, `{policy}`, `{client}`, `{space}`, `{origin}` and `{decision}` are
/// things of the owner that are made for it.
const ACTIONS: [(&str, &str, &str, &str); 56] = [
    ("list keys", "GET", "/nexus/v3/apikeys", ""),
    ("make a key", "POST", "/nexus/v3/apikeys", r#"{"name":"k","permissions":["nexus:consumer:chat"]}"#),
    ("read a key", "GET", "/nexus/v3/apikeys/{key}", ""),
    ("rename a key", "PATCH", "/nexus/v3/apikeys/{key}", r#"{"name":"k"}"#),
    ("widen a key", "PATCH", "/nexus/v3/apikeys/{key}", r#"{"permissions":["nexus:*"]}"#),
    ("put a key", "PUT", "/nexus/v3/apikeys/{key}", r#"{"name":"k","permissions":["nexus:consumer:chat"]}"#),
    ("rotate a key", "POST", "/v1/keys/{key}/rotate", r#"{"overlap":0}"#),
    ("revoke a key", "PATCH", "/nexus/v3/apikeys/{key}", r#"{"revoked":true}"#),
    ("delete a key", "DELETE", "/nexus/v3/apikeys/{key}", ""),
    ("list decisions", "GET", "/v1/decisions", ""),
    ("read a decision", "GET", "/v1/decisions/{decision}", ""),
    ("explain a call", "POST", "/v1/explain", r#"{"headers":{},"permission":"a:b"}"#),
    ("read the usage", "GET", "/v1/usage", ""),
    ("read the log", "GET", "/v1/audit", ""),
    ("check the log", "GET", "/v1/audit/verify", ""),
    ("list users", "GET", "/v1/users", ""),
    ("make a member", "POST", "/v1/users", r#"{"name":"{new}","password":"correct horse battery"}"#),
    ("make an admin", "POST", "/v1/users", r#"{"name":"{new}","password":"correct horse battery","role":"admin"}"#),
    ("read a user", "GET", "/v1/users/{user}", ""),
    ("rename a member", "PATCH", "/v1/users/{user}", r#"{"given_name":"A"}"#),
    ("make him admin", "PUT", "/v1/users/{user}", r#"{"role":"admin"}"#),
    ("rename an admin", "PATCH", "/v1/users/{admin}", r#"{"given_name":"A"}"#),
    ("reset a member", "POST", "/v1/users/{user}/reset-password", r#"{"password":"correct horse battery"}"#),
    ("reset an admin", "POST", "/v1/users/{admin}/reset-password", r#"{"password":"correct horse battery"}"#),
    ("delete a member", "DELETE", "/v1/users/{user}", ""),
    ("delete an admin", "DELETE", "/v1/users/{admin}", ""),
    ("read the tenant", "GET", "/v1/tenants/{owner}", ""),
    ("name the tenant", "PATCH", "/v1/tenants/{owner}", r#"{"name":"renamed"}"#),
    ("limit the tenant", "PATCH", "/v1/tenants/{owner}", r#"{"limits":{"keys":5000}}"#),
    ("list settings", "GET", "/environment/v3/contact-centers/{owner}/settings", ""),
    (
        "set a setting",
        "POST",
        "/environment/v3/contact-centers/{owner}/settings",
        r#"{"data":{"name":"a","value":"b"}}"#,
    ),
    ("list policies", "GET", "/v1/tenants/{owner}/policies", ""),
    (
        "bind a policy",
        "PUT",
        "/v1/tenants/{owner}/policies/{new}",
        r#"{"module":"consumer-chat","permissions":["no:thing"]}"#,
    ),
    ("unbind a policy", "DELETE", "/v1/tenants/{owner}/policies/{policy}", ""),
    ("list clients", "GET", "/auth/v3/ops/clients", ""),
    ("make a client", "POST", "/auth/v3/ops/clients", r#"{"data":{"client_id":"{new}"}}"#),
    ("read a client", "GET", "/auth/v3/ops/clients/{client}", ""),
    ("rename a client", "PUT", "/auth/v3/ops/clients/{client}", r#"{"data":{"name":"c"}}"#),
    (
        "send people to it",
        "PUT",
        "/auth/v3/ops/clients/{client}",
        r#"{"data":{"redirectURIs":["https://mine.example/"]}}"#,
    ),
    ("set its secret", "PUT", "/auth/v3/ops/clients/{client}", r#"{"data":{"client_secret":"a-secret_of-20-chars"}}"#),
    ("list app spaces", "GET", "/v1/app-spaces", ""),
    ("make an app space", "POST", "/v1/app-spaces", r#"{"name":"a"}"#),
    ("read an app space", "GET", "/v1/app-spaces/{space}", ""),
    ("name an app space", "PATCH", "/v1/app-spaces/{space}", r#"{"name":"b"}"#),
    ("list origins", "GET", "/v1/app-spaces/{space}/origins", ""),
    ("make an origin", "POST", "/v1/app-spaces/{space}/origins", r#"{"name":"o"}"#),
    ("trust an origin", "POST", "/v1/app-spaces/{space}/origins", r#"{"name":"o","grants":["nexus:*"]}"#),
    ("read an origin", "GET", "/v1/origins/{origin}", ""),
    ("name an origin", "PATCH", "/v1/origins/{origin}", r#"{"name":"o"}"#),
    ("make a credential", "POST", "/v1/origins/{origin}/credentials", "{}"),
    ("end credentials", "DELETE", "/v1/origins/{origin}/credentials", ""),
    ("delete an origin", "DELETE", "/v1/origins/{origin}", ""),
    ("delete an app space", "DELETE", "/v1/app-spaces/{space}", ""),
    ("delete a client", "DELETE", "/auth/v3/ops/clients/{client}", ""),
    ("look who is let in", "GET", "/v1/communication-key", ""),
    ("say who is let in", "POST", "/v1/communication-key", r#"{"overlap_s":0}"#),
];

/// Where what belongs to the cluster alone is kept.
const CLUSTER_ONLY: [&str; 2] = ["/auth/v3/ops/", "/v1/communication-key"];

/// What an owner has that things can be done with. What was used up is made anew.
struct Things {
    operator: Actor,
    owner: &'static str,
    made: u32,
    decision: String,
    key: Option<String>,
    user: Option<String>,
    admin: Option<String>,
    client: Option<String>,
    policy: Option<String>,
    space: Option<String>,
    origin: Option<String>,
}

impl Things {
    async fn of(server: &Server, owner: &'static str) -> Self {
        let operator = server.operator().await;
        let body = json!({ "name": "asks", "permissions": [CHAT] });
        let key = Key::of(&operator.post(&format!("{APIKEYS}?tenant={owner}"), &body).await.expect(201));
        let decision = server.check_key(&key, CHAT).await["id"].as_str().expect("an id").to_owned();
        Self {
            operator,
            owner,
            made: 0,
            decision,
            key: None,
            user: None,
            admin: None,
            client: None,
            policy: None,
            space: None,
            origin: None,
        }
    }

    async fn make(&mut self, path: &str, body: &Value) -> Answer {
        self.made += 1;
        self.operator.post(&format!("{path}?tenant={}", self.owner), body).await.expect(201)
    }

    async fn make_user(&mut self, role: &str) -> String {
        let name = format!("user{}", self.made);
        self.make("/v1/users", &json!({ "name": name, "role": role, "password": PASSWORD })).await.field("id")
    }

    /// `text` with the names of things in it.
    async fn fill(&mut self, text: &str) -> String {
        let mut text = text.replace("{decision}", &self.decision).replace("{owner}", self.owner);
        if text.contains("{key}") {
            if self.key.is_none() {
                let body = json!({ "name": "k", "permissions": [CHAT] });
                self.key = Some(Key::of(&self.make(APIKEYS, &body).await).handle);
            }
            text = text.replace("{key}", self.key.as_deref().expect("made"));
        }
        if text.contains("{user}") {
            if self.user.is_none() {
                self.user = Some(self.make_user("member").await);
            }
            text = text.replace("{user}", self.user.as_deref().expect("made"));
        }
        if text.contains("{admin}") {
            if self.admin.is_none() {
                self.admin = Some(self.make_user("admin").await);
            }
            text = text.replace("{admin}", self.admin.as_deref().expect("made"));
        }
        if text.contains("{client}") {
            if self.client.is_none() {
                let id = format!("client{}", self.made);
                self.make("/auth/v3/ops/clients", &json!({ "data": { "client_id": id } })).await;
                self.client = Some(id);
            }
            text = text.replace("{client}", self.client.as_deref().expect("made"));
        }
        if text.contains("{space}") || text.contains("{origin}") {
            if self.space.is_none() {
                self.space = Some(self.make("/v1/app-spaces", &json!({ "name": "a" })).await.field("id"));
            }
            text = text.replace("{space}", self.space.as_deref().expect("made"));
        }
        if text.contains("{origin}") {
            if self.origin.is_none() {
                let path = format!("/v1/app-spaces/{}/origins", self.space.as_deref().expect("made"));
                self.origin = Some(self.make(&path, &json!({ "name": "o" })).await.field("id"));
            }
            text = text.replace("{origin}", self.origin.as_deref().expect("made"));
        }
        if text.contains("{policy}") {
            if self.policy.is_none() {
                let body = json!({ "module": "consumer-chat", "permissions": ["no:thing"] });
                let path = format!("/v1/tenants/{}/policies/gone", self.owner);
                self.operator.put(&path, &body).await.expect(201);
                self.policy = Some("gone".to_owned());
            }
            text = text.replace("{policy}", self.policy.as_deref().expect("made"));
        }
        self.made += u32::from(text.contains("{new}"));
        text.replace("{new}", &format!("new{}", self.made))
    }

    /// What `actor` is told who does this.
    async fn status(&mut self, actor: &Actor, method: &str, path: &str, body: &str) -> u16 {
        let (path, body) = (self.fill(path).await, self.fill(body).await);
        let request = actor.request(method, &path).header("x-ccid", self.owner);
        let status = actor.send(if body.is_empty() { request } else { request.body(body) }).await.status;
        // What was let pass may have left nothing, or something else, behind.
        if status < 300 && method != "GET" {
            (self.key, self.user, self.admin, self.client, self.policy) = (None, None, None, None, None);
            (self.space, self.origin) = (None, None);
        }
        status
    }
}

/// Everybody, in the order of the columns.
async fn callers(server: &Server) -> Vec<Actor> {
    let operator = server.operator().await;
    let spaces = format!("/v1/app-spaces?tenant={PREMISE}");
    let space = operator.post(&spaces, &json!({ "name": "given" })).await.expect(201).field("id");
    let mut callers = Vec::new();
    for (owner, prefix) in [(PREMISE, format!("{PREMISE}\\")), ("*", String::new())] {
        let hire = json!(["Wardgate.Users.canManage"]);
        let mut people = vec![
            ("an-admin", "admin", json!([])),
            ("a-key-manager", "key-manager", json!([])),
            ("a-viewer", "viewer", json!([])),
            ("a-member", "member", json!([])),
            ("who-hires", "member", hire),
        ];
        if owner == PREMISE {
            people.push(("who-has-a-space", "app-space-admin", json!([])));
            people.push(("who-helps", "support", json!([])));
        }
        if owner == "*" {
            people.push((
                "who-lists-clients",
                "member",
                json!(["Wardgate.Clients.canRead", "Wardgate.Clients.canManage"]),
            ));
        }
        for (name, role, privileges) in people {
            let body = json!({ "name": name, "role": role, "privileges": privileges, "password": PASSWORD,
                "app_spaces": if matches!(role, "app-space-admin" | "support") { json!([space]) } else { json!([]) } });
            operator.post(&format!("/v1/users?tenant={owner}"), &body).await.expect(201);
            let tokens = server.sign_in(&format!("{prefix}{name}"), PASSWORD).await.expect(200);
            callers.push(server.anonymous().with_token(&tokens.field("access_token")));
        }
    }
    // By its token: where users send their names and passwords, a signing key's would be taken for one.
    let first = server.first_key();
    let params = json!({ "grantType": "api_key_credentials", "apiKeyId": first.id, "apiKeySecret": first.secret });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "manager/auth", "params": params });
    let told = server.anonymous().post("/api", &call).await.expect(200).json();
    callers.push(server.anonymous().with_token(told["result"]["accessToken"].as_str().expect("a token")));
    let username = format!("{PREMISE}\\an-admin");
    let narrow = [("grant_type", "password"), ("username", &*username), ("password", PASSWORD), ("scope", "openid")];
    let own = [("grant_type", "client_credentials")];
    for form in [&narrow[..], &own[..]] {
        let token = server.client().form(TOKEN, form).await.expect(200).field("access_token");
        callers.push(server.anonymous().with_token(&token));
    }
    callers.push(server.anonymous());
    callers
}

#[tokio::test]
async fn everybody_may_do_what_the_matrix_says() {
    let server = Server::start();
    let callers = callers(&server).await;
    assert_eq!(callers.len(), CALLERS.len());
    let mut found = HEAD.to_owned();
    for (title, owner) in OWNERS {
        let mut things = Things::of(&server, owner).await;
        write!(found, "\n{:<20}", format!("{title}:")).expect("written");
        for caller in CALLERS {
            write!(found, " {caller:>6}").expect("written");
        }
        found.push('\n');
        let is_here = |path: &str| owner == "*" || !CLUSTER_ONLY.iter().any(|only| path.starts_with(only));
        for (action, method, path, body) in ACTIONS.into_iter().filter(|(_, _, path, _)| is_here(path)) {
            write!(found, "{action:<20}").expect("written");
            for actor in &callers {
                write!(found, " {:>6}", things.status(actor, method, path, body).await).expect("written");
            }
            found.push('\n');
        }
    }
    if std::env::var_os(REGENERATE).is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/permissions.txt");
        std::fs::write(file, &found).expect("written");
        return;
    }
    assert_eq!(found, MATRIX, "the matrix is now\n{found}");
}
