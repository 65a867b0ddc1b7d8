//! One running node: every part made once and wired here, and nowhere else.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use wardgate_authorize::{Authorizer, SigningRules};
use wardgate_domain::address::AddressRanges;
use wardgate_domain::{Clock, Random, Timestamp, limits};
use wardgate_http::metrics::Metrics;
use wardgate_http::serve::{Drained, Server};
use wardgate_http::{ApiOptions, App, Trust};
use wardgate_manage::declared::Declared;
use wardgate_manage::{Manager, ManagerOptions};
use wardgate_policy::{Engine, EngineOptions, Library};
use wardgate_storage::{NonceRules, Store};

use crate::claim::Claim;
use crate::config::Config;
use crate::declared;
use crate::first_run;
use crate::master_key::MasterKey;

/// Name of the database inside the data folder.
pub const DATABASE: &str = "wardgate.db";
/// How often what is past its keeping is taken out of the store.
const SWEEP: Duration = Duration::from_mins(5);

/// Why a node does not start; each says what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

fn trouble(what: impl std::fmt::Display) -> impl FnOnce(Box<dyn std::error::Error>) -> StartError {
    move |error| StartError(format!("{what}: {error}"))
}

/// The parts of a node before it serves. It holds its address already, so that two never start on one.
pub struct Node {
    claim: Claim,
    listener: TcpListener,
    config: Config,
    store: Store,
    authorizer: Arc<Authorizer>,
    manager: Arc<Manager>,
    random: Random,
    clock: Clock,
    made_secrets: bool,
}

impl Node {
    /// Takes the address, opens the store, loads the shipped policies and applies the declared tenants: everything that
    /// can be wrong is found before anything is stored.
    pub async fn open(config: Config, clock: Clock, random: Random) -> Result<Self, StartError> {
        let declared = declared::read(&config.tenants).map_err(|e| StartError(e.to_string()))?;
        let library = load_library(&config).await?;
        declared.check(&library).map_err(|e| StartError(e.to_string()))?;
        let (declared, listener) = (declared.into_tenants(), bind(config.listen).await?);
        let config = Config { listen: listener.local_addr().map_err(|e| StartError(e.to_string()))?, ..config };
        let claim = Claim::take(&config.data_dir).map_err(|e| StartError(e.to_string()))?;
        let (store, hasher) = open_store(&config, &clock, &random).await?;
        let options = manager_options(&config, &declared);
        let manager =
            Manager::new(store.clone(), library.clone(), hasher.clone(), clock.clone(), random.clone(), options);
        let secrets = manager
            .apply_tenants(&declared, |secrets| first_run::keep(&config, &declared, secrets))
            .await
            .map_err(|e| trouble(config.tenants.display())(e.into()))?;
        first_run::keep_current(&config, &declared).map_err(|e| trouble(config.data_dir.display())(e.into()))?;
        let rules = SigningRules { window_ms: config.privmx.clock_window_ms };
        let authorizer = Authorizer::new(store.clone(), library, hasher, clock.clone(), random.clone(), rules);
        let tenants: Vec<_> = declared.into_iter().map(|tenant| tenant.id).collect();
        authorizer.warm(&tenants).await.map_err(|e| StartError(format!("tenants cannot be loaded: {e:?}")))?;
        let (authorizer, manager) = (Arc::new(authorizer), Arc::new(manager));
        let made_secrets = !secrets.is_empty();
        Ok(Self { claim, listener, config, store, authorizer, manager, random, clock, made_secrets })
    }

    /// Whether this start made passwords or client secrets: a first run, or new declarations.
    pub fn made_secrets(&self) -> bool {
        self.made_secrets
    }

    /// The configuration in force; its address is the one that was really taken.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Serves until `shutdown` is done, drains, writes what waits and closes the store.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Drained {
        let (stop, stopped) = watch::channel(false);
        let behind = tokio::spawn(write_behind(Arc::clone(&self.authorizer), stopped.clone()));
        let sweeping = tokio::spawn(sweep(self.store.clone(), Arc::clone(&self.manager), self.clock, stopped));
        let metrics = Arc::new(Metrics::default());
        let server = Server { limits: (&self.config.server).into(), connections: metrics.connections() };
        let trust = Trust::new(AddressRanges::new(self.config.doors.trusted_proxies.clone()));
        let api = ApiOptions { origins: self.config.privmx.origins.clone() };
        let app = App::new(self.authorizer, self.manager, metrics, self.random.clone(), trust, api);
        let draining = app.clone();
        let shutdown = async move {
            shutdown.await;
            draining.begin_draining();
        };
        let drained = server
            .serve(self.listener, self.random, move |request, peer| app.clone().answer(request, peer), shutdown)
            .await;
        // Nobody listens only if both tasks are gone already.
        let _ = stop.send(true);
        let _ = tokio::join!(behind, sweeping);
        self.store.close().await;
        drop(self.claim);
        drained
    }
}

fn manager_options(config: &Config, declared: &[Declared]) -> ManagerOptions {
    let privmx = &config.privmx;
    ManagerOptions {
        window_ms: privmx.clock_window_ms,
        access_ms: privmx.access_token_ms,
        refresh_ms: privmx.refresh_token_ms,
        make_first_key: privmx.first_key,
        initialization_token: privmx.initialization_token(),
        first_owner: declared.iter().map(|tenant| &tenant.id).find(|id| !id.is_cluster()).cloned(),
    }
}

async fn bind(wanted: SocketAddr) -> Result<TcpListener, StartError> {
    let advice = format!("cannot listen on {wanted} (another program may: choose another with --listen)");
    TcpListener::bind(wanted).await.map_err(|e| trouble(advice)(e.into()))
}

/// Opens the store of `config` with the keys that belong to it.
pub(crate) async fn open_store(
    config: &Config,
    clock: &Clock,
    random: &Random,
) -> Result<(Store, wardgate_domain::secret::SecretHasher), StartError> {
    let database: PathBuf = config.data_dir.join(DATABASE);
    let key = MasterKey::open(&config.data_dir, &database, random).map_err(|e| StartError(e.to_string()))?;
    let nonces = NonceRules { window_ms: config.privmx.clock_window_ms, capacity: config.privmx.nonces };
    let store = Store::open(&database, key.store_keys(), clock.clone(), random.clone(), nonces)
        .await
        .map_err(|e| trouble(database.display())(e.into()))?;
    Ok((store, key.hasher()))
}

pub(crate) async fn load_library(config: &Config) -> Result<Library, StartError> {
    let options = EngineOptions { instances: config.policy.instances, ..EngineOptions::default() };
    let load = move || {
        let engine = Engine::new(options).map_err(|e| StartError(e.to_string()))?;
        Library::with_shipped(engine).map_err(|e| trouble("a shipped policy cannot be loaded")(e.into()))
    };
    tokio::task::spawn_blocking(load).await.map_err(|e| StartError(e.to_string()))?
}

async fn write_behind(authorizer: Arc<Authorizer>, mut stopped: watch::Receiver<bool>) {
    // A sender that is gone means stop, too.
    authorizer.write_behind(async move { drop(stopped.wait_for(|stop| *stop).await) }).await;
}

async fn sweep(store: Store, manager: Arc<Manager>, clock: Clock, mut stopped: watch::Receiver<bool>) {
    let mut every = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _ = every.tick() => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        let before = clock.now().as_ms() - limits::DECISIONS_KEPT_DAYS * 24 * 3_600 * 1_000;
        if let Err(e) = store.decisions().prune(Timestamp::from_ms(before), limits::DECISION_BYTES_PER_TENANT).await {
            tracing::warn!(error = %e, "old decisions could not be taken out and wait for the next sweep");
        }
        if let Err(e) = manager.sweep_tokens().await {
            tracing::warn!(error = %e, "expired tokens could not be taken out and wait for the next sweep");
        }
    }
}
