//! Methods about threads, stores and the like, whose data a tenant's backend keeps (reference privmx.md, sections 1, 2.7
//! and 5): who may call them, what the backend is sent, and what of its answers comes back.

mod faults;
mod handed_on;
mod order;
mod policies;
mod reach;
mod sockets;

use serde_json::{Value, json};

use crate::harness::{ApiKey, Backend, CODES, Heard, PREMISE, Privmx, Say, Server, Setup};

/// Every method with params that are good once `%` is an id.
const METHODS: &[(&str, &str)] = &[
    ("thread/getThread", r#"{"threadId":"%"}"#),
    ("thread/listThreads", r#"{"contextId":"%","from":null,"limit":1,"sortOrder":"asc"}"#),
    ("thread/deleteThread", r#"{"threadId":"%"}"#),
    ("thread/deleteManyThreads", r#"{"threadIds":["%"]}"#),
    ("thread/getThreadMessage", r#"{"threadMessageId":"%"}"#),
    ("thread/listThreadMessages", r#"{"threadId":"%","from":"f","limit":100,"sortOrder":"desc"}"#),
    ("thread/deleteThreadMessage", r#"{"threadMessageId":"%"}"#),
    ("thread/deleteManyThreadMessages", r#"{"messageIds":["%"]}"#),
    ("thread/deleteThreadMessagesOlderThan", r#"{"threadId":"%","timestamp":1700000000000}"#),
    ("store/getStore", r#"{"storeId":"%"}"#),
    ("store/listStores", r#"{"contextId":"%","from":null,"limit":1,"sortOrder":"asc"}"#),
    ("store/deleteStore", r#"{"storeId":"%"}"#),
    ("store/deleteManyStores", r#"{"storeIds":["%"]}"#),
    ("store/getStoreFile", r#"{"storeFileId":"%"}"#),
    ("store/listStoreFiles", r#"{"storeId":"%","from":null,"limit":1,"sortOrder":"asc"}"#),
    ("store/deleteStoreFile", r#"{"storeFileId":"%"}"#),
    ("store/deleteManyStoreFiles", r#"{"fileIds":["%"]}"#),
    ("store/deleteStoreFilesOlderThan", r#"{"storeId":"%","timestamp":0}"#),
    ("inbox/getInbox", r#"{"inboxId":"%"}"#),
    ("inbox/listInboxes", r#"{"contextId":"%","from":null,"limit":1,"sortOrder":"asc"}"#),
    ("inbox/deleteInbox", r#"{"inboxId":"%"}"#),
    ("inbox/deleteManyInboxes", r#"{"inboxIds":["%"]}"#),
    ("kvdb/getKvdb", r#"{"kvdbId":"%"}"#),
    ("kvdb/listKvdbs", r#"{"contextId":"%","from":null,"limit":1,"sortOrder":"asc"}"#),
    ("kvdb/deleteKvdb", r#"{"kvdbId":"%"}"#),
    ("kvdb/deleteManyKvdbs", r#"{"kvdbIds":["%"]}"#),
    ("kvdb/getKvdbEntry", r#"{"kvdbId":"%","kvdbEntryKey":"a/b:c_d-1"}"#),
    ("kvdb/deleteKvdbEntry", r#"{"kvdbId":"%","kvdbEntryKey":"k"}"#),
    ("kvdb/deleteManyKvdbEntries", r#"{"kvdbId":"%","kvdbEntryKeys":["k","l"]}"#),
    ("kvdb/listKvdbKeys", r#"{"kvdbId":"%","from":"k","limit":1,"sortOrder":"asc"}"#),
    ("kvdb/listKvdbEntries", r#"{"kvdbId":"%","from":null,"limit":1,"sortOrder":"asc","prefix":"k"}"#),
    ("stream/getStreamRoom", r#"{"streamRoomId":"%"}"#),
    ("stream/listStreamRooms", r#"{"contextId":"%","from":null,"limit":1,"sortOrder":"asc","state":"active"}"#),
    ("stream/deleteStreamRoom", r#"{"streamRoomId":"%"}"#),
    ("stream/deleteManyStreamRooms", r#"{"streamRoomIds":["%"]}"#),
];
/// The scopes that open them.
const AREAS: [&str; 5] = ["thread", "store", "inbox", "stream", "kvdb"];

/// The first tenant with a backend, and a context there.
struct Ground {
    server: Server,
    backend: Backend,
    /// A client with a key that may do everything.
    owner: Privmx,
    solution: String,
    /// Of that solution.
    context: String,
}

impl Ground {
    async fn new() -> Self {
        Self::on(|setup| setup).await
    }

    /// With a change of what the server is started with.
    async fn on(change: impl FnOnce(Setup) -> Setup) -> Self {
        let backend = Backend::start().await;
        let server = change(with_backend(Setup::new(), &backend.url())).start();
        let owner = server.owner();
        let solution = owner.make_solution("s").await;
        let context = owner.make_context(&solution, "private").await;
        Self { server, backend, owner, solution, context }
    }

    /// Params about something: where a context must be named, the one that there is.
    fn params(&self, template: &str) -> String {
        params(template, if is_about_a_context(template) { &self.context } else { "thing" })
    }

    /// A key with the scope of every area, held to the one solution, and a client with it.
    async fn limited(&self) -> (ApiKey, Privmx) {
        let solution = format!("solution:{}", self.solution);
        let key = self.owner.make_key(&[AREAS.as_slice(), &[&solution]].concat()).await;
        let client = self.server.privmx().basic(&key);
        (key, client)
    }

    /// What the backend was sent, which must be one call.
    #[track_caller]
    fn heard_one(&self) -> Heard {
        let heard = self.backend.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard.into_iter().next().expect("one")
    }

    #[track_caller]
    fn heard_nothing(&self) {
        let heard = self.backend.heard();
        assert!(heard.is_empty(), "{heard:?}");
    }

    /// A count of the metrics, by all that stands before it.
    async fn counted(&self, labels: &str) -> u64 {
        let text = self.server.anonymous().get("/metrics").await.expect(200).text();
        let count = text.lines().find_map(|line| line.strip_prefix(labels));
        count.map_or(0, |count| count.trim().parse().expect("a number"))
    }
}

fn with_backend(setup: Setup, address: &str) -> Setup {
    let name = "name = \"premise_tenant\"";
    setup.edit_tenant("premise_tenant", name, &format!("{name}\nbackend = \"{address}\""))
}

/// A client of another tenant, with a key that may do everything there.
async fn client_of(server: &Server, tenant: &str) -> Privmx {
    let (user, password) = server.login_of(tenant);
    let token = server.sign_in(&user, &password).await.expect(200).field("access_token");
    let scopes = [AREAS.as_slice(), &["solution", "context", "solution:*"]].concat();
    let key = server.privmx().bearer(&token).make_key(&scopes).await;
    server.privmx().basic(&key)
}

fn params(template: &str, id: &str) -> String {
    template.replace('%', id)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn is_about_a_context(template: &str) -> bool {
    template.contains("contextId")
}

fn area(method: &str) -> &str {
    method.split('/').next().expect("an area")
}

fn page(context: &str) -> Value {
    json!({ "contextId": context, "from": null, "limit": 10, "sortOrder": "asc" })
}

/// The refusal `name` as a backend says it.
fn refusal(name: &str) -> Say {
    let (_, code, message) = CODES.iter().find(|(known, ..)| *known == name).expect("a name of the table");
    Say::Error(*code, message)
}
