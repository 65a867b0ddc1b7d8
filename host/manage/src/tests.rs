//! The control plane on a store of its own.

mod audit;
mod contexts;
mod first_key;
mod held;
mod links;
mod members;
mod nexus_keys;
mod refresh;
mod sessions;
mod signing_keys;
mod solutions;
mod sweep;
mod users;

use std::sync::{Arc, LazyLock};

use tempfile::TempDir;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::secret::{PlainSecret, Purpose, SecretHasher, SharedSecret};
use wardgate_domain::tenant::{Tenant, TenantLimits, TenantState};
use wardgate_domain::token::{Family, Token};
use wardgate_domain::user::{Role, Standing};
use wardgate_domain::{Authority, Clock, KeyId, ManualClock, Random, Scopes, TenantId, Timestamp, limits};
use wardgate_policy::{Engine, EngineOptions, Library};
use wardgate_storage::{NonceRules, Store, StoreKeys, Visibility};

use crate::signing_keys::NewSigningKey;
use crate::{Caller, ManageError, Manager, ManagerOptions, Refusal};

const TOKEN: &str = "initialization token";
const DAY_MS: u64 = 24 * 3_600 * 1_000;

/// Compiled once: it takes as long as all else.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    Library::new(engine)
});

/// The cluster and the tenants `a` and `b`, at a time that stands still.
struct Bench {
    manager: Arc<Manager>,
    store: Store,
    hasher: SecretHasher,
    hand: ManualClock,
    clock: Clock,
    _home: TempDir,
}

impl Bench {
    async fn new() -> Self {
        Self::with(ManagerOptions {
            initialization_token: Some(SharedSecret::new(PlainSecret::new(TOKEN.to_owned()))),
            first_owner: Some(tenant("a")),
            ..ManagerOptions::default()
        })
        .await
    }

    async fn with(options: ManagerOptions) -> Self {
        let home = TempDir::new().expect("a temporary folder");
        let (clock, hand) = Clock::manual(Timestamp::from_ms(1_700_000_000_000));
        let (random, hasher) = (Random::seeded(7), SecretHasher::new(&[5; 32]));
        let keys = StoreKeys { audit: [8; 32], sealing: [9; 32] };
        let nonces = NonceRules { window_ms: limits::CLOCK_WINDOW_MS, capacity: 10_000 };
        let file = home.path().join("store.db");
        let store = Store::open(&file, keys, clock.clone(), random.clone(), nonces).await.expect("a store");
        let manager =
            Manager::new(store.clone(), LIBRARY.clone(), hasher.clone(), clock.clone(), random.clone(), options);
        let bench = Self { manager: Arc::new(manager), store, hasher, hand, clock, _home: home };
        for id in ["*", "a", "b"] {
            bench.put_tenant(id, TenantState::Active).await;
        }
        bench
    }

    async fn put_tenant(&self, id: &str, state: TenantState) {
        let limits = TenantLimits::default();
        let row = Tenant { id: tenant(id), name: id.to_owned(), state, limits, backend: None };
        let mut change = self.store.tenant(&row.id).change().await.expect("a change");
        change.put_tenant(&row).await.expect("a tenant");
        let (actor, target) = ("system".to_owned(), id.to_owned());
        let event = AuditEvent { actor, action: "tenant.declared", target, detail: String::new() };
        change.commit(event, Visibility::Visible).await.expect("a commit");
    }

    /// A signing key of tenant `a`, made by its admin, and its secret.
    async fn key(&self, words: &[&str]) -> (KeyId, PlainSecret) {
        let new = NewSigningKey { name: "k".to_owned(), scopes: scopes(words), public_key: None };
        let made = self.manager.create_signing_key(&admin("a"), &tenant("a"), new).await.expect("a key");
        (made.0.id, made.1.expect("a secret"))
    }

    /// A token by its plain text, with its family.
    async fn token(&self, plain: &PlainSecret) -> Option<(Token, Family)> {
        let hash = self.hasher.hash(Purpose::Token, plain.expose());
        self.store.tenant(&tenant("a")).token(&hash).await.expect("an answer")
    }

    /// Whether an access token would be let in.
    async fn is_good(&self, plain: &PlainSecret) -> bool {
        let now = self.clock.now();
        self.token(plain).await.is_some_and(|(token, family)| {
            family.revoked.is_none() && token.expires > now && family.ends > now && token.spent.is_none()
        })
    }
}

fn tenant(id: &str) -> TenantId {
    TenantId::parse(id).expect("a legal tenant id")
}

fn scopes(words: &[&str]) -> Scopes {
    Scopes::parse(words).expect("legal scopes")
}

/// A person of `tenant`.
fn person(tenant_id: &str, standing: Standing) -> Caller {
    Caller { tenant: tenant(tenant_id), subject: "p".into(), key: None, origin: None, standing }
}

fn admin(tenant_id: &str) -> Caller {
    person(tenant_id, Standing::Rights(Role::Admin.rights()))
}

/// The signing key `k0` of tenant `a`, with scopes of its own.
fn keyholder(words: &[&str]) -> Caller {
    let key = KeyId::parse("k0").expect("a legal key id");
    let standing = Standing::Scopes(Authority::of_key(&scopes(words)));
    Caller { tenant: tenant("a"), subject: "k0".into(), key: Some(key), origin: None, standing }
}

/// The refusal that an answer is.
#[track_caller]
fn refusal<T>(answer: Result<T, ManageError>) -> Refusal {
    match answer {
        Err(ManageError::Refused(refusal)) => refusal,
        Err(other) => panic!("refused otherwise: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

fn lacks(what: &str) -> Refusal {
    Refusal::LacksScope(what.to_owned())
}
