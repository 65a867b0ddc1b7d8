//! The ground that is measured on: the declared tenants of `tenants/` in a data folder of its own, with a key for each.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use tempfile::TempDir;
use wardgate::master_key::MasterKey;
use wardgate::node::DATABASE;
use wardgate::{config::Config, declared};
use wardgate_authorize::{Authorizer, SigningRules};
use wardgate_domain::key::KeyFormat;
use wardgate_domain::public_key::PublicKey;
use wardgate_domain::rate::Rate;
use wardgate_domain::secret::{PlainSecret, SecretHasher};
use wardgate_domain::user::{Role, Standing};
use wardgate_domain::{Clock, Random, Scope, Scopes, TenantId, limits};
use wardgate_manage::declared::{Declared, NewSecrets};
use wardgate_manage::keys::{NewKey, NewSecret};
use wardgate_manage::signing_keys::NewSigningKey;
use wardgate_manage::tokens::{PresentedClient, TokenRequest};
use wardgate_manage::{Caller, Manager, ManagerOptions};
use wardgate_openid::Providers;
use wardgate_policy::{Engine, EngineOptions, Library};
use wardgate_storage::{NonceRules, Store};

use crate::Trouble;
use crate::signer::{Signer, With};

/// What every measured call needs.
pub const PERMISSION: &str = "nexus:consumer:chat";
/// What every measured call is about.
pub const TARGET: &str = "/nexus/v3/chat/sessions";
/// A web origin that the `chat` tenant's policy allows.
pub const SHOP: &str = "https://shop.example.com";

/// What the keys are granted.
const GRANTS: [&str; 2] = [PERMISSION, "nexus:designer:chat"];
/// So wide that no measured call meets it; it is counted all the same.
const RATE: Rate = Rate { capacity: 1_000_000, frequency_s: 1 };

/// Tenants, keys and a token, in a folder that goes with this value.
pub struct Ground {
    folder: TempDir,
    store: Store,
    library: Library,
    hasher: SecretHasher,
    /// A key of the tenant without policies.
    pub plain_key: String,
    /// A key of the tenant with one policy.
    pub chat_key: String,
    /// An access token of the tenant without policies.
    pub token: String,
    /// A signing key of the tenant without policies, with a secret.
    pub hmac: Signer,
    /// The same with a public key.
    pub ed25519: Signer,
    /// The `Authorization` of the key with a secret, where it sends that secret.
    pub basic: String,
}

impl Ground {
    /// Makes everything new.
    pub async fn prepare() -> Result<Self, Trouble> {
        let (clock, random) = (Clock::system(), Random::system());
        let folder = tempfile::tempdir()?;
        let database = folder.path().join(DATABASE);
        let master = MasterKey::open(folder.path(), &database, &random)?;
        let (hasher, nonces) =
            (master.hasher(), NonceRules { window_ms: limits::CLOCK_WINDOW_MS, capacity: limits::NONCES });
        let store = Store::open(&database, master.store_keys(), clock.clone(), random.clone(), nonces).await?;
        let library = Library::new(Engine::new(EngineOptions::default())?);
        let manager =
            Manager::new(store.clone(), library.clone(), hasher.clone(), clock, random, ManagerOptions::default());
        let declared = declared::read(&tenants())?.into_tenants();
        let secrets = manager.apply_tenants(&declared, |_| Ok::<_, std::io::Error>(())).await?;
        let plain_key = make_key(&manager, &declared, "plain").await?;
        let chat_key = make_key(&manager, &declared, "chat").await?;
        let token = sign_in(&manager, secrets).await?;
        let (hmac, basic) = make_secret_key(&manager, &declared).await?;
        let (pair, pem) = With::pair();
        let (id, _) = make_signing_key(&manager, &declared, Some(PublicKey::from_pem(&pem)?)).await?;
        let ed25519 = Signer::new(&id, pair);
        Ok(Self { folder, store, library, hasher, plain_key, chat_key, token, hmac, ed25519, basic })
    }

    /// The configuration of a server on this ground.
    pub fn config(&self) -> Config {
        Config { data_dir: self.folder.path().to_owned(), tenants: tenants(), ..Config::default() }
    }

    /// The data plane on this ground.
    pub fn authorizer(&self) -> Authorizer {
        Authorizer::new(
            self.store.clone(),
            self.library.clone(),
            self.hasher.clone(),
            Clock::system(),
            Random::system(),
            SigningRules { window_ms: limits::CLOCK_WINDOW_MS, cx1_window_ms: limits::CX1_WINDOW_MS },
            Providers::default(),
        )
    }

    /// What keeps the ground.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The shipped policies.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// What recognises secrets.
    pub fn hasher(&self) -> &SecretHasher {
        &self.hasher
    }
}

fn tenants() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tenants"))
}

async fn make_key(manager: &Manager, declared: &[Declared], name: &str) -> Result<String, Trouble> {
    let new = NewKey {
        secret: NewSecret::Made(KeyFormat::Uuid),
        name: name.to_owned(),
        permissions: GRANTS.map(str::to_owned).to_vec(),
        enabled: true,
        expires: None,
        rate: RATE,
        origins: Vec::new(),
        addresses: Vec::new(),
    };
    let (_, key) = manager.create_key(&ops(), tenant(declared, name)?, new).await?;
    Ok(key.expose().to_owned())
}

async fn make_secret_key(manager: &Manager, declared: &[Declared]) -> Result<(Signer, String), Trouble> {
    let (id, secret) = make_signing_key(manager, declared, None).await?;
    let secret = secret.ok_or("a key without a secret")?;
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{}", secret.expose())));
    Ok((Signer::new(&id, With::secret(secret.expose())), basic))
}

async fn make_signing_key(
    manager: &Manager,
    declared: &[Declared],
    public_key: Option<PublicKey>,
) -> Result<(String, Option<PlainSecret>), Trouble> {
    let scopes = Scopes::new(GRANTS.map(Scope::parse).into_iter().collect::<Result<_, _>>()?)?;
    let new = NewSigningKey { name: String::new(), scopes, public_key };
    let (key, secret) = manager.create_signing_key(&ops(), tenant(declared, "plain")?, new).await?;
    Ok((key.id.to_string(), secret))
}

fn tenant<'a>(declared: &'a [Declared], name: &str) -> Result<&'a TenantId, Trouble> {
    Ok(&declared.iter().find(|tenant| tenant.name == name).ok_or("no such tenant")?.id)
}

/// Whoever may do everything.
pub fn ops() -> Caller {
    let standing = Standing::Rights(Role::Admin.rights());
    Caller { tenant: TenantId::cluster(), subject: "ops".into(), key: None, origin: None, standing }
}

async fn sign_in(manager: &Manager, secrets: NewSecrets) -> Result<String, Trouble> {
    let (client, secret) = secrets.clients.into_iter().next().ok_or("no client was made")?;
    let (tenant, user, password) = secrets.users.into_iter().next().ok_or("no user was made")?;
    let client = PresentedClient { readings: vec![(client.to_string(), Some(secret))] };
    let request = TokenRequest::Password { username: format!("{tenant}\\{user}"), password };
    let issued = manager.issue_token(&client, request, None, None).await?;
    Ok(PlainSecret::expose(&issued.access).to_owned())
}

/// The headers of a call as a proxy hands them on, with one credential and one web origin.
pub fn headers(credential: (&'static str, &str), origin: &str) -> Result<HeaderMap, Trouble> {
    let mut headers = HeaderMap::new();
    headers.insert(credential.0, HeaderValue::from_str(credential.1)?);
    headers.insert("origin", HeaderValue::from_str(origin)?);
    for (name, value) in [
        ("host", "127.0.0.1"),
        ("x-original-method", "POST"),
        ("x-original-uri", TARGET),
        ("x-original-length", "312"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ("accept", "application/json"),
        ("accept-language", "en-US,en;q=0.5"),
        ("content-type", "application/json"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(headers)
}

/// The same of a call without a body, the only kind that nginx can ask about when it is signed.
pub fn bodiless_headers(authorization: &str) -> Result<HeaderMap, Trouble> {
    let mut headers = headers(("authorization", authorization), SHOP)?;
    headers.insert("x-original-method", HeaderValue::from_static("GET"));
    headers.remove("x-original-length");
    headers.remove("content-type");
    Ok(headers)
}
