//! How long it takes to see what a changed policy would have done: 100,000 recorded decisions, replayed.

use std::io::{Write, stdout};
use std::time::Instant;

use http::HeaderValue;
use tokio::runtime::Runtime;
use wardgate_authorize::FlipKind;
use wardgate_benches::{Ground, PERMISSION, SHOP, TARGET, Trouble, headers};
use wardgate_domain::Permission;
use wardgate_domain::ask::Ask;
use wardgate_domain::policy::Binding;
use wardgate_domain::route::Target;

/// Decisions that are recorded and replayed.
const DECISIONS: u32 = 100_000;
/// Decisions that are written together.
const FLUSH: u32 = 10_000;
/// Every so many come from a page of its own, so that no answer to it is remembered.
const STRANGER: u32 = 4;
/// The settings of `tenants/chat`, but for the pages below the shop's.
const NARROWED: &str = r#"{"origins":["https://shop.example.com"],"origin_required":true,"methods":["GET","POST"],
    "max_body_bytes":65536,"time.zone":"Europe/Berlin",
    "hours":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"00:00","to":"24:00"}],
    "holidays":["2020-01-01","2020-12-25","2020-12-26"]}"#;
/// What a browser sends beside.
const BROWSER: [(&str, &str); 8] = [
    ("host", "api.example.com"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("accept", "application/json, text/plain, */*"),
    ("accept-language", "de,en-US;q=0.7,en;q=0.3"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("referer", "https://shop.example.com/basket/checkout"),
    ("sec-fetch-mode", "cors"),
    ("x-forwarded-proto", "https"),
];

fn main() -> Result<(), Trouble> {
    Runtime::new()?.block_on(run())
}

async fn run() -> Result<(), Trouble> {
    let ground = Ground::prepare().await?;
    let (app, permission) = (ground.authorizer(), Permission::parse(PERMISSION)?);
    let mut tenant = None;
    for number in 0..DECISIONS {
        let stranger = format!("https://w{number}.shop.example.com");
        let origin = if number % STRANGER == 0 { &stranger } else { SHOP };
        let mut headers = headers(("x-api-key", &ground.chat_key), origin)?;
        for (name, value) in BROWSER {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert("x-request-id", HeaderValue::from_str(&format!("{number:032x}"))?);
        let ask = Ask {
            permission: Some(&permission),
            method: Some("POST"),
            target: Some(Target::parse(TARGET)),
            size: Some(u64::from(number % 100)),
            ..Ask::new(&headers)
        };
        let decision = app.decide(&ask).await;
        tenant = Some(decision.caller.filter(|_| decision.denial.is_none()).ok_or("a call was refused")?.tenant);
        if number % FLUSH == 0 {
            ground.store().decisions().flush().await?;
        }
    }
    let tenant = tenant.ok_or("no decisions")?;
    let bindings = ground.store().tenant(&tenant).bindings().await?;
    let active = bindings.into_iter().next().ok_or("a tenant without a policy")?;
    let narrowed = Binding { version: 0, settings: NARROWED.to_owned(), ..active };
    ground.store().flush().await?;
    for round in 1..=3 {
        let began = Instant::now();
        let replay = app.replay(&narrowed, &tenant, DECISIONS).await?;
        let took = began.elapsed();
        let flipped = replay.flips.all[FlipKind::AllowToDeny as usize];
        writeln!(
            stdout(),
            "replay {round}: {} decisions, {} compared, {flipped} flips, {} evaluations of {} us (p99 {} us): {:.2} s",
            replay.looked_at,
            replay.compared,
            replay.cost_after.evaluations,
            replay.cost_after.mean_us(),
            replay.cost_after.p99_us,
            took.as_secs_f64(),
        )?;
        if (flipped, replay.compared) != (u64::from(DECISIONS / STRANGER), u64::from(DECISIONS)) {
            return Err("not the flips that there are".into());
        }
    }
    Ok(())
}
