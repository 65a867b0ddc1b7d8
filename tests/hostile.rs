//! Uploads by somebody who wants the server down: whatever is thrown at it is answered, costs nobody else anything, and the
//! next good module is taken.

mod bombs;
mod interrupted;
mod made_up;
mod malformed;
mod noisy;

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Actor, Answer, CHAT, Key, PREMISE, SECOND, Server, Setup, edition};

/// A server, somebody who throws things at it, and somebody who only wants to be served meanwhile.
struct Siege {
    server: Server,
    thrower: Actor,
    bystander: Key,
}

/// How often is looked whether there is room again.
const UNTIL_ROOM: u32 = 200;

/// What became of one upload.
struct Thrown {
    answer: Answer,
    took: Duration,
}

impl Siege {
    async fn start() -> Self {
        Self::on(Setup::new()).await
    }

    async fn on(setup: Setup) -> Self {
        let server = setup.start();
        // Enough for a day of bombs.
        let limits = json!({ "limits": { "policy_compile_s": 86_400 } });
        server.operator().await.patch(&format!("/v1/tenants/{PREMISE}"), &limits).await.expect(200);
        // The server's clock stands, so a rate would never begin anew.
        let limits = json!({ "limits": { "calls": { "limit": 1_000_000, "window_seconds": 60 } } });
        server.operator().await.patch(&format!("/v1/tenants/{SECOND}"), &limits).await.expect(200);
        let thrower = server.admin().await;
        let key = json!({ "name": "key", "permissions": ["a:b"], "capacity": 1_000_000, "frequency": 60 });
        let bystander = server.stranger().await.make_key_with(&key).await;
        Self { server, thrower, bystander }
    }

    /// Uploads `component` to the policy `name`.
    async fn throw(&self, name: &str, component: Vec<u8>) -> Thrown {
        let began = Instant::now();
        let answer = self.thrower.put_component(&versions(PREMISE, name), component).await;
        Thrown { answer, took: began.elapsed() }
    }

    /// The server is ready, and a good module is taken, put into force and asked.
    async fn is_well(&self, mark: &str) {
        self.server.anonymous().get("/readyz").await.expect(200);
        let path = format!("{}?permissions=nexus:consumer:*", versions(PREMISE, "good"));
        let made = self.thrower.put_component(&path, edition("consumer-chat", mark)).await.expect(201).json();
        let activate = format!("{}/{}/activate", versions(PREMISE, "good"), made["version"]);
        self.thrower.post(&activate, &json!({})).await.expect(200);
        let key = self.thrower.make_key(CHAT).await;
        assert_eq!(self.server.check_key(&key, CHAT).await["code"], "allowed");
    }

    /// Waits until the server has seen that those who hung up did: they take its room for uploads until then.
    async fn has_room(&self) {
        for _ in 0..UNTIL_ROOM {
            let thrown = self.throw("nothing", b"no module".to_vec()).await;
            if thrown.answer.status == 422 {
                return;
            }
            assert_eq!(thrown.answer.field("code"), "conflict", "{}", thrown.answer.text());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("there was no room for another upload");
    }

    /// How long calls of somebody take who has nothing to do with it.
    async fn times_of_others(&self, calls: usize) -> Vec<Duration> {
        let mut times = Vec::with_capacity(calls);
        while times.len() < calls {
            times.push(self.serves_others().await);
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        times
    }

    /// One call of somebody who has nothing to do with it.
    async fn serves_others(&self) -> Duration {
        let began = Instant::now();
        assert_eq!(self.server.check_key(&self.bystander, "a:b").await["code"], "allowed");
        began.elapsed()
    }
}

fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

fn versions(tenant: &str, name: &str) -> String {
    format!("/v1/tenants/{tenant}/policies/{name}/versions")
}

/// Refused as a module, in words.
#[track_caller]
fn refused(answer: &Answer, case: &str) -> String {
    assert_eq!(answer.status, 422, "{case}: {}", answer.text());
    assert_eq!(answer.field("code"), "invalid_module", "{case}");
    answer.field("detail")
}

/// `core` in a component of nothing else.
fn component_of(core: &[u8]) -> Vec<u8> {
    component(1, core)
}

/// A component of one section.
fn component(section: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    bytes.push(section);
    bytes.extend(leb128(content.len()));
    bytes.extend(content);
    bytes
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}

/// Chance that is the same in every run (Knuth's MMIX constants).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).expect("31 bits") % bound
    }
}
