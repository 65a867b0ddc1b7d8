//! What a decision costs in the whole server, beside a bare axum "hello": both are processes of their own, driven in turn
//! with the same bytes, and compared by their CPU time per request. `benches/README.md` says what the figures mean.

use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use wardgate_benches::figures::median;
use wardgate_benches::load::{Load, NUMBERED, Request};
use wardgate_benches::{Ground, PERMISSION, SHOP, Server, TARGET, Trouble, bodiless_headers, headers};
use wardgate_domain::limits;

/// Requests of one turn.
const REQUESTS: u32 = 32_000;
/// Requests before the first turn, for caches to fill and branches to be learned.
const WARM_UP: u32 = 8_000;
const ROUNDS: usize = 15;
/// The nonces that the server remembers at a time. A tenant may have a quarter of them, and each signed request of a run
/// takes one: as it comes, a server would have room for all but a few of them.
const NONCES: &str = "8000000";
/// After each turn, so that what is written behind it is counted with it and not with the next.
const SETTLE: Duration = Duration::from_millis(limits::DECISION_FLUSH_MS + 100);
/// No round begins after this.
const TIME: Duration = Duration::from_mins(2);

fn main() -> ExitCode {
    let role = std::env::args().nth(1);
    let done = match role.as_deref() {
        Some("serve") => return wardgate::commands::main(),
        Some("hello") => hello(),
        _ => measure(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            let _ = writeln!(std::io::stderr(), "end_to_end: {trouble}");
            ExitCode::FAILURE
        }
    }
}

/// The least that a server can do, on the same runtime.
fn hello() -> Result<(), Trouble> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        writeln!(stdout(), "hello listens on http://{}", listener.local_addr()?)?;
        axum::serve(listener, Router::new().route("/forward/nginx", get(async || "hello"))).await?;
        Ok(())
    })
}

/// One way of being driven, and what each of its turns cost.
struct Lane<'a> {
    name: &'static str,
    server: &'a Server,
    load: Load,
    request: Request,
    cpu_us: Vec<f64>,
    per_second: Vec<f64>,
    refused: u32,
}

impl<'a> Lane<'a> {
    fn new(name: &'static str, server: &'a Server, request: Request) -> Result<Self, Trouble> {
        let load = Load::connect(server.address())?;
        let mut lane = Self { name, server, load, request, cpu_us: Vec::new(), per_second: Vec::new(), refused: 0 };
        lane.request.prepare(WARM_UP);
        match lane.load.drive(&mut lane.request, WARM_UP)?.refused {
            WARM_UP => Err(format!("{name}: every call was refused").into()),
            _ => Ok(lane),
        }
    }

    fn turn(&mut self) -> Result<(), Trouble> {
        self.request.prepare(REQUESTS);
        let before = self.server.cpu()?;
        let driven = self.load.drive(&mut self.request, REQUESTS)?;
        std::thread::sleep(SETTLE);
        let cpu = self.server.cpu()?.since(&before);
        self.cpu_us.push(cpu.as_secs_f64() * 1e6 / f64::from(REQUESTS));
        self.refused += driven.refused;
        self.per_second.push(f64::from(REQUESTS) / driven.took.as_secs_f64());
        Ok(())
    }
}

fn measure() -> Result<(), Trouble> {
    let setting = tokio::runtime::Runtime::new()?;
    let ground = setting.block_on(Ground::prepare())?;
    setting.block_on(ground.store().close());
    let config = ground.config();
    let (data, tenants) = (config.data_dir.display().to_string(), config.tenants.display().to_string());
    let wardgate = Server::start(
        &["serve", "--listen", "127.0.0.1:0", "--data-dir", &data, "--tenants", &tenants],
        &[("WARDGATE_PRIVMX__NONCES", NONCES)],
    )?;
    let hello = Server::start(&["hello"], &[])?;

    let target = format!("/forward/nginx?permission={PERMISSION}");
    let request =
        |key: &str, origin: &str| Ok::<_, Trouble>(Request::new(&target, &headers(("x-api-key", key), origin)?));
    let everywhere = format!("https://w{NUMBERED}.shop.example.com");
    let mut lanes = vec![
        Lane::new("bare axum", &hello, request(&ground.plain_key, SHOP)?)?,
        Lane::new("key only", &wardgate, request(&ground.plain_key, SHOP)?)?,
        Lane::new("key + memoised policy", &wardgate, request(&ground.chat_key, SHOP)?)?,
        Lane::new("key + fresh policy", &wardgate, request(&ground.chat_key, &everywhere)?)?,
        Lane::new("Basic", &wardgate, Request::new(&target, &bodiless_headers(&ground.basic)?))?,
        Lane::new("signed by HMAC", &wardgate, Request::signed(&target, TARGET, ground.hmac.clone())?)?,
        Lane::new("signed by Ed25519", &wardgate, Request::signed(&target, TARGET, ground.ed25519.clone())?)?,
    ];
    // `cargo bench … -- fresh` drives, beside bare axum, only the lanes with that word in their names: to profile one.
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    lanes.retain(|lane| {
        let bare = lane.server.address() == hello.address();
        bare || wanted.is_empty() || wanted.iter().any(|word| lane.name.contains(word))
    });
    let began = Instant::now();
    for round in 0..ROUNDS {
        if began.elapsed() > TIME {
            break;
        }
        // Each round begins with another lane, so that none has a place of its own.
        for turn in 0..lanes.len() {
            let lane = (round + turn) % lanes.len();
            lanes[lane].turn()?;
        }
    }
    report(&lanes)?;
    Ok(())
}

fn report(lanes: &[Lane<'_>]) -> std::io::Result<()> {
    let mut out = stdout();
    let bare = &lanes[0].cpu_us;
    writeln!(out, "CPU microseconds per request in each round")?;
    for lane in lanes {
        let rounds: Vec<_> = lane.cpu_us.iter().map(|cpu| format!("{cpu:5.1}")).collect();
        writeln!(out, "{:24} {}", lane.name, rounds.join(" "))?;
    }
    writeln!(out, "\n{:24} {:>8} {:>8} {:>12} {:>8}", "median", "CPU us", "ratio", "requests/s", "refused")?;
    for lane in lanes {
        let ratio = median(lane.cpu_us.iter().zip(bare).map(|(cpu, bare)| cpu / bare));
        let (cpu, per_second) = (median(lane.cpu_us.iter().copied()), median(lane.per_second.iter().copied()));
        writeln!(out, "{:24} {cpu:8.1} {ratio:8.2} {per_second:12.0} {:8}", lane.name, lane.refused)?;
    }
    Ok(())
}
