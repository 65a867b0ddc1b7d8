//! One running node: every part made once and wired here, and nowhere else.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use wardgate_authorize::{Authorizer, SigningRules};
use wardgate_domain::address::AddressRanges;
use wardgate_domain::jwt::JwtSigner;
use wardgate_domain::secret::SharedSecret;
use wardgate_domain::{Clock, Random, Timestamp, limits};
use wardgate_http::metrics::Metrics;
use wardgate_http::serve::{Drained, OwnerListener, ServeLimits, Server};
use wardgate_http::{ApiOptions, App, AppParts, Issuer, PublicUrl, Trust, Visitors};
use wardgate_manage::declared::Declared;
use wardgate_manage::{Manager, ManagerOptions};
use wardgate_openid::Providers;
use wardgate_policy::compile::{CompileBounds, Compiler};
use wardgate_policy::{Artefacts, Engine, EngineOptions, Library, Workshop};
use wardgate_storage::{NonceRules, StorageError, Store};

use crate::args::COMPILE_MODULE;
use crate::claim::Claim;
use crate::config::Config;
use crate::declared;
use crate::first_run;
use crate::master_key::MasterKey;

/// Name of the database inside the data folder.
pub const DATABASE: &str = "wardgate.db";
/// Name of the folder of machine code inside the data folder.
const MODULES: &str = "modules";
/// Name of the control socket inside the data folder.
pub const CONTROL: &str = "control.sock";
/// Connections of the control socket open at a time.
const CONTROL_CONNECTIONS: usize = 64;
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
    control: Option<OwnerListener>,
    config: Config,
    store: Store,
    authorizer: Arc<Authorizer>,
    manager: Arc<Manager>,
    random: Random,
    clock: Clock,
    signer: JwtSigner,
    made_secrets: bool,
}

impl Node {
    /// Takes the address, opens the store, has the modules ready and applies the declared tenants: everything that can be
    /// wrong with them is found before anything of theirs is stored.
    pub async fn open(config: Config, clock: Clock, random: Random) -> Result<Self, StartError> {
        let declared = declared::read(&config.tenants).map_err(|e| StartError(e.to_string()))?;
        let listener = bind(config.listen).await?;
        let config = Config { listen: listener.local_addr().map_err(|e| StartError(e.to_string()))?, ..config };
        let claim = Claim::take(&config.data_dir).map_err(|e| StartError(e.to_string()))?;
        let control = bind_control(&config);
        let (store, key) = open_store(&config, &clock, &random).await?;
        let library = open_library(&config, &key, &store).await?;
        declared.check(&library).map_err(|e| StartError(e.to_string()))?;
        let declared = declared.into_tenants();
        let (hasher, signer) = (key.hasher(), key.signer());
        let providers = Providers::new(&AddressRanges::new(config.openid.allowed_addresses.clone()));
        let options = ManagerOptions { providers: providers.clone(), ..manager_options(&config, &declared) };
        let manager =
            Manager::new(store.clone(), library.clone(), hasher.clone(), clock.clone(), random.clone(), options);
        let secrets = manager
            .apply_tenants(&declared, |secrets| first_run::keep(&config, &declared, secrets))
            .await
            .map_err(|e| trouble(config.tenants.display())(e.into()))?;
        manager.load_communication_keys().await.map_err(|e| StartError(e.to_string()))?;
        first_run::keep_current(&config, &declared).map_err(|e| trouble(config.data_dir.display())(e.into()))?;
        let rules =
            SigningRules { window_ms: config.privmx.clock_window_ms, cx1_window_ms: config.origins.clock_window_ms };
        let authorizer =
            Authorizer::new(store.clone(), library, hasher, clock.clone(), random.clone(), rules, providers);
        let tenants: Vec<_> = declared.into_iter().map(|tenant| tenant.id).collect();
        authorizer.warm(&tenants).await.map_err(|e| StartError(format!("tenants cannot be loaded: {e:?}")))?;
        let (authorizer, manager) = (Arc::new(authorizer), Arc::new(manager));
        let made_secrets = !secrets.is_empty();
        Ok(Self { claim, listener, control, config, store, authorizer, manager, random, clock, signer, made_secrets })
    }

    /// Whether this start made passwords or client secrets: a first run, or new declarations.
    pub fn made_secrets(&self) -> bool {
        self.made_secrets
    }

    /// The configuration in force; its address is the one that was really taken.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What changes things.
    pub fn manager(&self) -> &Manager {
        &self.manager
    }

    /// Serves until `shutdown` is done, drains, writes what waits and closes the store.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Drained {
        self.serve_watched(None, shutdown).await
    }

    /// The same, with an eye on who comes over the network.
    pub async fn serve_watched(self, visitors: Option<Visitors>, shutdown: impl Future<Output = ()>) -> Drained {
        let (stop, stopped) = watch::channel(false);
        let behind = tokio::spawn(write_behind(Arc::clone(&self.authorizer), stopped.clone()));
        let sweeping = tokio::spawn(sweep(self.store.clone(), Arc::clone(&self.manager), self.clock.clone(), stopped));
        let metrics = Arc::new(Metrics::default());
        let limits = ServeLimits::from(&self.config.server);
        let server = Server { limits: limits.clone(), connections: metrics.connections() };
        let limits = ServeLimits { connections: CONTROL_CONNECTIONS, ..limits };
        let owner_s = Server { limits, connections: metrics.connections() };
        let public_url = PublicUrl::parse(&self.config.public_url).expect("the configuration was checked");
        let proxies = AddressRanges::new(self.config.doors.trusted_proxies.clone());
        let keys = self.manager.communication_keys();
        if !self.config.listen.ip().is_loopback() && !self.config.doors.trusted_proxies.is_empty() && !keys.is_set() {
            tracing::warn!(
                "doors.trusted_proxies may ask for decisions by their addresses alone: set a communication key"
            );
        }
        let trust = Trust::new(proxies, keys);
        let app = App::new(AppParts {
            authorizer: self.authorizer,
            manager: self.manager,
            metrics,
            random: self.random.clone(),
            trust,
            issuer: Issuer { public_url, signer: self.signer, clock: self.clock.clone() },
            api: ApiOptions { origins: self.config.privmx.origins.clone() },
            has_portal: self.config.portal.is_served_at(self.config.listen),
        });
        let (drain, mut begun) = watch::channel(false);
        let draining = app.clone();
        let shutdown = async move {
            shutdown.await;
            draining.begin_draining();
            // Nobody listens only if there is no control socket.
            let _ = drain.send(true);
        };
        let (owner, random) = (app.clone(), self.random.clone());
        let for_owner = async move {
            let Some(control) = self.control else { return Drained { cut: 0 } };
            let answer = move |request, peer| owner.clone().answer_owner(request, peer);
            owner_s.serve(control, random, answer, async move { drop(begun.wait_for(|begun| *begun).await) }).await
        };
        let answer = move |request, peer| {
            let (app, visitors) = (app.clone(), visitors.clone());
            async move {
                match visitors {
                    Some(visitors) => visitors.receive(request, |request| app.answer(request, peer)).await,
                    None => app.answer(request, peer).await,
                }
            }
        };
        let (drained, of_owner) = tokio::join!(server.serve(self.listener, self.random, answer, shutdown), for_owner);
        // Nobody listens only if both tasks are gone already.
        let _ = stop.send(true);
        let _ = tokio::join!(behind, sweeping);
        self.store.close().await;
        drop(self.claim);
        Drained { cut: drained.cut + of_owner.cut }
    }
}

/// Without it all is served but what only the owner of the folder may ask for; a path that is too long for a socket is no
/// reason to stand still.
fn bind_control(config: &Config) -> Option<OwnerListener> {
    let path = config.data_dir.join(CONTROL);
    OwnerListener::bind(&path)
        .inspect_err(|error| {
            tracing::warn!(%error, path = %path.display(), "there is no control socket: `wardgate admin` and `cred-gen` \
                            work only while this server is stopped");
        })
        .ok()
}

fn manager_options(config: &Config, declared: &[Declared]) -> ManagerOptions {
    let privmx = &config.privmx;
    ManagerOptions {
        window_ms: privmx.clock_window_ms,
        access_ms: privmx.access_token_ms,
        refresh_ms: privmx.refresh_token_ms,
        make_first_key: privmx.first_key,
        initialization_token: privmx.initialization_token().map(SharedSecret::new),
        communication_key: config.doors.communication_key(),
        first_owner: declared.iter().map(|tenant| &tenant.id).find(|id| !id.is_cluster()).cloned(),
        ..ManagerOptions::default()
    }
}

async fn bind(wanted: SocketAddr) -> Result<TcpListener, StartError> {
    let advice = format!("cannot listen on {wanted} (another program may: choose another with --listen)");
    TcpListener::bind(wanted).await.map_err(|e| trouble(advice)(e.into()))
}

/// Opens the store of `config` with the key that belongs to it.
pub(crate) async fn open_store(
    config: &Config,
    clock: &Clock,
    random: &Random,
) -> Result<(Store, MasterKey), StartError> {
    let database: PathBuf = config.data_dir.join(DATABASE);
    let key = MasterKey::open(&config.data_dir, &database, random).map_err(|e| StartError(e.to_string()))?;
    let window_ms = config.privmx.clock_window_ms.max(config.origins.clock_window_ms);
    let nonces = NonceRules { window_ms, capacity: config.privmx.nonces };
    let store = Store::open(&database, key.store_keys(), clock.clone(), random.clone(), nonces)
        .await
        .map_err(|e| trouble(database.display())(e.into()))?;
    Ok((store, key))
}

/// The control plane alone, for a command that changes something while no server runs. The caller holds the claim.
pub(crate) async fn open_manager(
    config: &Config,
    clock: &Clock,
    random: &Random,
) -> Result<(Store, Manager), StartError> {
    let (store, key) = open_store(config, clock, random).await?;
    let options = manager_options(config, &[]);
    let manager = Manager::new(store.clone(), library(config)?, key.hasher(), clock.clone(), random.clone(), options);
    Ok((store, manager))
}

/// A library that looks at things and keeps nothing.
pub(crate) fn library(config: &Config) -> Result<Library, StartError> {
    engine(config).map(Library::new)
}

/// The library with its workshop, in which the machine code of every module in use lies ready, and of none that is gone:
/// after an upgrade of the engine it is made again before anything is served.
async fn open_library(config: &Config, key: &MasterKey, store: &Store) -> Result<Library, StartError> {
    let folder = config.data_dir.join(MODULES);
    let engine = engine(config)?;
    let artefacts = Artefacts::open(folder.clone(), key.artefact_key(), engine.clone())
        .map_err(|e| trouble(folder.display())(e.into()))?;
    let compiler = Compiler::new(config.policy.compiler.clone(), vec![COMPILE_MODULE.to_owned()]);
    let library = Library::with_workshop(engine, Workshop { compiler, artefacts });
    let unreadable = |e: StorageError| trouble(config.data_dir.display())(e.into());
    // Only here: beside a server that runs, what was just compiled is not in the database yet.
    let kept = store.directory().components().await.map_err(unreadable)?;
    let gone = library.keep_only(&kept).map_err(|e| trouble(folder.display())(e.into()))?;
    tracing::debug!(files = gone, "machine code of modules that are gone was taken away");
    let missing = store.directory().components_in_use().await.map_err(unreadable)?;
    let missing: Vec<_> = missing.into_iter().filter(|digest| !library.is_ready(*digest)).collect();
    for (at, digest) in missing.iter().enumerate() {
        tracing::info!(module = %digest, number = at + 1, of = missing.len(), "compiling for this engine");
        let Some(component) = store.directory().component(*digest).await.map_err(unreadable)? else { continue };
        let bounds = CompileBounds::of(component.len(), u32::MAX);
        let maker = library.clone();
        let made = tokio::task::spawn_blocking(move || maker.make(&component, bounds)).await;
        if let Err(error) = made.map_err(|e| StartError(e.to_string()))? {
            tracing::error!(module = %digest, %error, "a module cannot be made; its policies refuse their calls");
        }
    }
    Ok(library)
}

fn engine(config: &Config) -> Result<Engine, StartError> {
    let options =
        EngineOptions { instances: config.policy.instances, wasi: config.policy.wasi, ..EngineOptions::default() };
    Engine::new(options).map_err(|e| StartError(e.to_string()))
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
        let now = clock.now();
        let before = now.as_ms() - limits::DECISIONS_KEPT_DAYS * 24 * 3_600 * 1_000;
        if let Err(e) = store.decisions().prune(Timestamp::from_ms(before), limits::DECISION_BYTES_PER_TENANT).await {
            tracing::warn!(error = %e, "old decisions could not be taken out and wait for the next sweep");
        }
        if let Err(e) = store.decisions().prune_usage(now).await {
            tracing::warn!(error = %e, "old counts of usage could not be taken out and wait for the next sweep");
        }
        if let Err(e) = manager.sweep_tokens().await {
            tracing::warn!(error = %e, "expired tokens could not be taken out and wait for the next sweep");
        }
        if let Err(e) = manager.sweep_credentials().await {
            tracing::warn!(error = %e, "replaced credentials could not be taken out and wait for the next sweep");
        }
    }
}
