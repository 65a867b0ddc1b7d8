//! A server inside the test's process: its time is moved by hand, its chance is seeded, its runtime is its own. When it
//! is dropped it must drain and leave an unbroken audit log, or the test fails.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;
use wardgate::master_key::MasterKey;
use wardgate::node::{DATABASE, Node};
use wardgate_domain::clock::ManualClock;
use wardgate_domain::{Clock, Random};
use wardgate_http::serve::Drained;
use wardgate_storage::{AuditCheck, Store};

use super::{Actor, Answer, ApiKey, PREMISE, Privmx, SECOND, Secrets, Setup, WATCHED};

/// The token endpoint.
pub(crate) const TOKEN: &str = "/auth/v3/oauth/token";

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    setup: Option<Setup>,
    clock: Clock,
    hand: ManualClock,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Drained>>,
    anonymous: Actor,
    client_secret: String,
}

impl Server {
    /// A fresh server with the ordinary tenants.
    pub(crate) fn start() -> Self {
        Setup::new().start()
    }

    pub(super) fn start_on(setup: Setup) -> Self {
        Self::try_start_on(setup).unwrap_or_else(|e| panic!("the server does not start: {e}"))
    }

    fn try_start_on(setup: Setup) -> Result<Self, String> {
        let (clock, hand) = Clock::manual(setup.now);
        let (started, address) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let (config, its_clock, random) = (setup.config.clone(), clock.clone(), Random::seeded(setup.seed));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let opened = async {
                    let node = Node::open(config, its_clock, random).await.map_err(|e| e.to_string())?;
                    Ok::<_, String>(node)
                };
                match opened.await {
                    Ok(node) => {
                        started.send(Ok(node.config().listen)).expect("the test waits");
                        node.serve(async { drop(stopped.await) }).await
                    }
                    Err(e) => {
                        started.send(Err(e)).expect("the test waits");
                        Drained { cut: 0 }
                    }
                }
            })
        });
        let address: SocketAddr = address.recv().map_err(|_| "the server's thread ended".to_owned())??;
        let client_secret = Secrets::read(setup.data_dir(), None).get("clientSecret").to_owned();
        let anonymous = Actor::anonymous(&format!("http://{address}"));
        let (stop, thread) = (Some(stop), Some(thread));
        Ok(Self { address, setup: Some(setup), clock, hand, stop, thread, anonymous, client_secret })
    }

    /// Stops it and gives back the ground that it stood on.
    pub(crate) fn stop(mut self) -> Setup {
        self.finish();
        let setup = self.setup.take().expect("taken only here");
        Setup { now: self.clock.now(), seed: setup.seed + 1, ..setup }
    }

    /// Lets time go by.
    pub(crate) fn advance_s(&self, seconds: u64) {
        self.hand.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn setup(&self) -> &Setup {
        self.setup.as_ref().expect("taken only when it stops")
    }

    /// What the first run wrote for the first tenant.
    pub(crate) fn secrets(&self) -> Secrets {
        Secrets::read(self.setup().data_dir(), None)
    }

    /// Somebody without any credential.
    pub(crate) fn anonymous(&self) -> Actor {
        self.anonymous.clone()
    }

    /// A PrivMX client without any credential.
    pub(crate) fn privmx(&self) -> Privmx {
        Privmx::anonymous(self.anonymous(), self.clock.clone())
    }

    /// A PrivMX client with the first key, which may do everything in the first tenant.
    pub(crate) fn owner(&self) -> Privmx {
        self.privmx().basic(&self.first_key())
    }

    /// The key that the first run made.
    pub(crate) fn first_key(&self) -> ApiKey {
        ApiKey::first(&self.secrets())
    }

    /// The server's time, in Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now().as_ms()
    }

    /// The OAuth client, by Basic.
    pub(crate) fn client(&self) -> Actor {
        self.anonymous.with_basic("nexus_client", &self.client_secret)
    }

    /// The admin of the first tenant.
    pub(crate) async fn admin(&self) -> Actor {
        self.tenant_user(PREMISE).await
    }

    /// The admin of another tenant.
    pub(crate) async fn stranger(&self) -> Actor {
        self.tenant_user(SECOND).await
    }

    /// A user who may look at his tenant's things and change nothing.
    pub(crate) async fn viewer(&self) -> Actor {
        self.tenant_user(WATCHED).await
    }

    /// The ops user.
    pub(crate) async fn operator(&self) -> Actor {
        let secrets = self.secrets();
        let answer = self.sign_in(secrets.get("gwsAdminName"), secrets.get("gwsAdminPass")).await.expect(200);
        self.anonymous.with_token(&answer.field("access_token"))
    }

    /// The first user of a tenant, by ccId.
    pub(crate) async fn tenant_user(&self, tenant: &str) -> Actor {
        let (username, password) = self.login_of(tenant);
        let answer = self.sign_in(&username, &password).await.expect(200);
        self.anonymous.with_token(&answer.field("access_token"))
    }

    /// Name and password of a tenant's first user.
    pub(crate) fn login_of(&self, tenant: &str) -> (String, String) {
        let secrets = Secrets::read(self.setup().data_dir(), (tenant != PREMISE).then_some(tenant));
        (format!("{tenant}\\{}", secrets.get("tenantUser")), secrets.get("tenantUserPassword").to_owned())
    }

    /// The password grant.
    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> Answer {
        let form = [("grant_type", "password"), ("username", username), ("password", password)];
        self.client().form(TOKEN, &form).await
    }

    fn finish(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        // Gone already only if its thread panicked, which joining tells.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let drained = thread.join().expect("the server ends without a panic");
        if std::thread::panicking() {
            return;
        }
        assert_eq!(drained.cut, 0, "connections were still busy when the server was to end");
        check_audit(self.setup());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Every test's changes must be in an unbroken log. On a thread of its own, for a test's runtime may be around.
fn check_audit(setup: &Setup) {
    let (data, clock) = (setup.data_dir().to_owned(), Clock::manual(setup.now).0);
    let check = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let database = data.join(DATABASE);
            let random = Random::seeded(0);
            let key = MasterKey::open(&data, &database, &random).expect("the master key");
            let store = Store::open_to_read(&database, key.store_keys(), clock, random).await.expect("the store");
            for tenant in store.directory().tenants().await.expect("the tenants") {
                let check = store.tenant(&tenant).verify_audit().await.expect("checked");
                assert!(matches!(check, AuditCheck::Intact { .. }), "{tenant}: {check:?}");
            }
            store.close().await;
        });
    };
    std::thread::spawn(check).join().expect("the audit log is whole");
}
