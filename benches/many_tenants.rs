//! A thousand tenants, each with a policy of its own bytes: what they cost to make, what the first call of each costs after
//! a restart, and what all of them hold in memory. Each part is a process of its own, so that none inherits the other's.

use std::io::{Write, stdout};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use tokio::runtime::Runtime;
use wardgate::master_key::MasterKey;
use wardgate::node::DATABASE;
use wardgate_authorize::{Authorizer, SigningRules};
use wardgate_benches::figures::median;
use wardgate_benches::{PERMISSION, SHOP, TARGET, Trouble, headers, ops};
use wardgate_domain::ask::Ask;
use wardgate_domain::key::KeyFormat;
use wardgate_domain::rate::Rate;
use wardgate_domain::route::Target;
use wardgate_domain::tenant::{TenantLimits, TenantState};
use wardgate_domain::{Clock, Permission, Random, TenantId, limits};
use wardgate_manage::keys::{NewKey, NewSecret};
use wardgate_manage::policies::{Code, NewVersion};
use wardgate_manage::tenants::WholeTenant;
use wardgate_manage::{Manager, ManagerOptions};
use wardgate_openid::Providers;
use wardgate_policy::compile::Compiler;
use wardgate_policy::{Artefacts, Engine, EngineOptions, Library, SHIPPED, Workshop};
use wardgate_storage::{NonceRules, Store};

const TENANTS: u32 = 1_000;
/// Names of the keys, one on a line, beside the data.
const KEYS: &str = "keys.txt";
const SETTINGS: &str = r#"{"origins":["https://shop.example.com"],"origin_required":true}"#;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().collect();
    let done = match (arguments.get(1).map(String::as_str), arguments.get(2)) {
        (Some("compile-module"), _) => return wardgate_policy::compile::run_child(),
        (Some("make"), Some(folder)) => {
            Runtime::new().map_err(Trouble::from).and_then(|it| it.block_on(make(folder.as_ref())))
        }
        (Some("ask"), Some(folder)) => {
            Runtime::new().map_err(Trouble::from).and_then(|it| it.block_on(ask(folder.as_ref())))
        }
        _ => both(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            let _ = writeln!(std::io::stderr(), "many_tenants: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn both() -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    for part in ["make", "ask"] {
        let status = Command::new("/proc/self/exe").arg(part).arg(folder.path()).status()?;
        if !status.success() {
            return Err(format!("{part} failed").into());
        }
    }
    Ok(())
}

/// The parts of a node on `folder`.
struct Parts {
    store: Store,
    library: Library,
    master: MasterKey,
}

async fn open(folder: &Path) -> Result<Parts, Trouble> {
    let (clock, random, database) = (Clock::system(), Random::system(), folder.join(DATABASE));
    let master = MasterKey::open(folder, &database, &random)?;
    let nonces = NonceRules { window_ms: limits::CLOCK_WINDOW_MS, capacity: limits::NONCES };
    let store = Store::open(&database, master.store_keys(), clock, random, nonces).await?;
    let engine = Engine::new(EngineOptions::default())?;
    let artefacts = Artefacts::open(folder.join("modules"), master.artefact_key(), engine.clone())?;
    let compiler = Compiler::new("/proc/self/exe".into(), vec!["compile-module".to_owned()]);
    Ok(Parts { store, library: Library::with_workshop(engine, Workshop { compiler, artefacts }), master })
}

/// The policy of one tenant: other bytes than any other's.
fn component(number: u32) -> Result<Vec<u8>, Trouble> {
    let (_, bytes) = SHIPPED.iter().find(|(name, _)| *name == "consumer-chat").ok_or("not shipped")?;
    let mark = [b"\x04mark".as_slice(), &number.to_le_bytes()].concat();
    Ok([*bytes, &[0, u8::try_from(mark.len())?], &mark].concat())
}

async fn make(folder: &Path) -> Result<(), Trouble> {
    let Parts { store, library, master } = open(folder).await?;
    let manager = Manager::new(
        store.clone(),
        library,
        master.hasher(),
        Clock::system(),
        Random::system(),
        ManagerOptions::default(),
    );
    let (mut keys, began) = (String::new(), Instant::now());
    cluster(&manager).await?;
    for number in 0..TENANTS {
        let id = TenantId::parse(&format!("tenant-{number}"))?;
        let whole = WholeTenant {
            name: id.to_string(),
            state: TenantState::Active,
            limits: TenantLimits::default(),
            backend: None,
            routes: Vec::new(),
        };
        manager.create_tenant(&ops(), Some(id.clone()), whole).await?;
        let new = NewVersion {
            code: Code::Bytes(component(number)?),
            permissions: Some(vec![PERMISSION.to_owned()]),
            settings: Some(SETTINGS.to_owned()),
        };
        manager.add_policy_version(&ops(), &id, "pages", new).await?;
        manager.activate_policy(&ops(), &id, "pages", 1).await?;
        let new = NewKey {
            secret: NewSecret::Made(KeyFormat::Uuid),
            name: "k".to_owned(),
            permissions: vec![PERMISSION.to_owned()],
            enabled: true,
            expires: None,
            rate: Rate { capacity: 1_000, frequency_s: 1 },
            origins: Vec::new(),
            addresses: Vec::new(),
        };
        let (_, key) = manager.create_key(&ops(), &id, new).await?;
        keys.push_str(key.expose());
        keys.push('\n');
    }
    std::fs::write(folder.join(KEYS), keys)?;
    let took = began.elapsed().as_secs_f64();
    let size = component(0)?.len() / 1024;
    writeln!(stdout(), "made: {TENANTS} tenants, each with a module of {size} KiB of its own, in {took:.0} s")?;
    store.close().await;
    Ok(())
}

/// The cluster itself, without which nothing is decided.
async fn cluster(manager: &Manager) -> Result<(), Trouble> {
    let whole = WholeTenant {
        name: "cluster".to_owned(),
        state: TenantState::Active,
        limits: TenantLimits::default(),
        backend: None,
        routes: Vec::new(),
    };
    manager.put_tenant(&ops(), &TenantId::cluster(), whole).await?;
    Ok(())
}

async fn ask(folder: &Path) -> Result<(), Trouble> {
    let Parts { store, library, master } = open(folder).await?;
    let rules = SigningRules { window_ms: limits::CLOCK_WINDOW_MS, cx1_window_ms: limits::CX1_WINDOW_MS };
    let app = Authorizer::new(
        store,
        library,
        master.hasher(),
        Clock::system(),
        Random::system(),
        rules,
        Providers::default(),
    );
    let (before, permission) = (resident_mib()?, Permission::parse(PERMISSION)?);
    let keys = std::fs::read_to_string(folder.join(KEYS))?;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for key in keys.lines() {
        let headers = headers(("x-api-key", key), SHOP)?;
        let ask = Ask {
            permission: Some(&permission),
            method: Some("POST"),
            target: Some(Target::parse(TARGET)),
            ..Ask::new(&headers)
        };
        for times in [&mut first, &mut second] {
            let began = Instant::now();
            let decision = app.decide(&ask).await;
            times.push(began.elapsed().as_secs_f64() * 1e6);
            if let Some(denial) = decision.denial {
                return Err(format!("a call was refused: {:?}", denial.code).into());
            }
        }
    }
    let p99 = |times: &[f64]| {
        let mut sorted = times.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get(sorted.len() * 99 / 100).copied().unwrap_or_default()
    };
    writeln!(
        stdout(),
        "first call of each after a restart: median {:.0} us, p99 {:.0} us",
        median(first.clone()),
        p99(&first)
    )?;
    writeln!(stdout(), "second call: median {:.1} us, p99 {:.1} us", median(second.clone()), p99(&second))?;
    writeln!(
        stdout(),
        "resident: {before} MiB before the first call, {} MiB after {TENANTS} tenants",
        resident_mib()?
    )?;
    Ok(())
}

/// What the process holds in memory, as the system counts it.
fn resident_mib() -> Result<u64, Trouble> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}
