//! What each part of a decision costs by itself, in nanoseconds on one thread. `benches/README.md` says what the figures
//! mean.

use std::cell::RefCell;
use std::hint::black_box;
use std::io::{Write, stdout};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use ed25519_dalek::Signer as _;
use hmac::Mac;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use tokio::runtime::Runtime;
use wardgate_authorize::{Authorizer, Decision};
use wardgate_benches::figures::{low_decile, median};
use wardgate_benches::signer::{Signer, With, signed};
use wardgate_benches::{Ground, PERMISSION, SHOP, TARGET, Trouble, bodiless_headers, headers};
use wardgate_domain::ask::Ask;
use wardgate_domain::attribute::{CallFacts, SubjectKind};
use wardgate_domain::kept::RecordedAsk;
use wardgate_domain::permission::Grants;
use wardgate_domain::rate::Gcra;
use wardgate_domain::rate::Rate;
use wardgate_domain::record::DecisionRecord;
use wardgate_domain::route::Target;
use wardgate_domain::secret::Purpose;
use wardgate_domain::signature::Wire;
use wardgate_domain::{Clock, KeyId, Permission, Random, TenantId};
use wardgate_policy::{Bounds, Policy};

/// Calls that are timed together.
const CALLS: u16 = 500;
/// Samples of each figure.
const BATCHES: usize = 400;
/// The settings of `tenants/chat`, as the policy sees them.
const SETTINGS: &str = r#"{"origins":["https://shop.example.com","https://*.shop.example.com"],"origin_required":true,
    "methods":["GET","POST"],"max_body_bytes":65536,"time.zone":"Europe/Berlin",
    "hours":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"00:00","to":"24:00"}],
    "holidays":["2020-01-01","2020-12-25","2020-12-26"]}"#;

fn main() -> Result<(), Trouble> {
    let runtime = Runtime::new()?;
    let ground = runtime.block_on(Ground::prepare())?;
    writeln!(stdout(), "{:44} {:>10} {:>10}", "nanoseconds per call", "median", "low decile")?;
    parts(&ground)?;
    signatures(&ground, &runtime)?;
    policy(&ground)?;
    log(&ground, &runtime)?;
    decisions(&ground, &runtime)?;
    signed_decisions(&ground, &runtime)
}

/// Times `call`; `prepare` runs before each batch, untimed, and lends every call what it made.
fn measure<T>(name: &str, mut prepare: impl FnMut() -> T, mut call: impl FnMut(&T, usize)) -> Result<(), Trouble> {
    let mut samples = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let lent = prepare();
        let began = Instant::now();
        for at in 0..usize::from(CALLS) {
            call(&lent, at);
        }
        samples.push(began.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
    }
    let (median, low) = (median(samples.iter().copied()), low_decile(samples));
    Ok(writeln!(stdout(), "{name:44} {median:10.0} {low:10.0}")?)
}

fn parts(ground: &Ground) -> Result<(), Trouble> {
    let grants = Grants::parse(&["nexus:designer:chat", "nexus:monitoring:*", PERMISSION])?;
    let permission = Permission::parse(PERMISSION)?;
    measure(
        "permission match (third of three grants)",
        || (),
        |(), _| {
            black_box(black_box(&grants).cover(black_box(&permission)));
        },
    )?;
    let (gcra, clock) = (Gcra::default(), Clock::system());
    let rate = Rate { capacity: 1_000_000, frequency_s: 1 };
    measure(
        "rate limit taken",
        || clock.now(),
        |now, _| {
            let _ = black_box(gcra.take(rate, *now));
        },
    )?;
    measure(
        "secret hashed (HMAC-SHA-256)",
        || (),
        |(), _| {
            black_box(ground.hasher().hash(Purpose::ApiKey, black_box(&ground.plain_key)));
        },
    )?;
    let random = Random::system();
    measure(
        "decision id",
        || clock.now(),
        |now, _| {
            black_box(random.decision_id(*now));
        },
    )
}

/// What a signature costs by itself, over what a call in `end_to_end` signs.
fn signatures(ground: &Ground, runtime: &Runtime) -> Result<(), Trouble> {
    let now = Clock::system().now();
    let text = signed(now.as_ms(), &format!("{:043}=", 1), TARGET);
    let keyed = With::secret("0123456789abcdef0123456789abcdef");
    if let With::Secret(keyed) = &keyed {
        measure(
            "HMAC-SHA-256 of a call",
            || (),
            |(), _| {
                let mut mac = keyed.clone();
                mac.update(black_box(&text));
                black_box(mac.finalize());
            },
        )?;
    }
    if let (With::Pair(pair), _) = With::pair() {
        let (key, signature) = (pair.verifying_key(), pair.sign(&text));
        measure(
            "Ed25519 of a call, strictly",
            || (),
            |(), _| black_box(key.verify_strict(black_box(&text), &signature)).expect("good"),
        )?;
    }
    // Of a tenant that nothing else is measured with, so that its share is its own.
    let (tenant, key) = (TenantId::parse("nonces")?, KeyId::parse("0123456789abcdef0123456789abcdef")?);
    let mut number = 0;
    let nonces = || {
        runtime.block_on(ground.store().flush()).expect("the disk is there");
        number += u64::from(CALLS);
        (number..number + u64::from(CALLS)).map(|number| format!("{number:043}=")).collect::<Vec<_>>()
    };
    measure("nonce taken, with its line in the journal", nonces, |nonces, at| {
        ground.store().nonces().take(&tenant, &key, &nonces[at], now).expect("a new one");
    })
}

/// The shipped `consumer-chat` with every setting it has, asked about an ordinary call.
fn policy(ground: &Ground) -> Result<(), Trouble> {
    let library = ground.library();
    let module =
        library.named("consumer-chat").and_then(|digest| library.get(digest).ok().flatten()).ok_or("not shipped")?;
    let policy: Policy = module.prepare(SETTINGS, Bounds::default())?;
    let (tenant, permission) = (TenantId::parse("tenant")?, Permission::parse(PERMISSION)?);
    let headers = headers(("x-api-key", &ground.chat_key), SHOP)?;
    let (ask, grants) = (ask(&headers), Grants::parse(&[PERMISSION])?);
    let facts = CallFacts {
        ask: &ask,
        subject: "subject",
        subject_kind: SubjectKind::ApiKey,
        grants: &grants,
        key: None,
        rate_remaining: None,
        now: Clock::system().now(),
    };
    policy.evaluate_fresh(&tenant, &permission, &facts).outcome?;
    measure(
        "consumer-chat, fresh evaluation",
        || (),
        |(), _| {
            black_box(policy.evaluate_fresh(&tenant, &permission, black_box(&facts)));
        },
    )?;
    let memo = library.memo();
    measure(
        "consumer-chat, memo hit",
        || (),
        |(), _| {
            black_box(policy.evaluate(&memo, &tenant, &permission, black_box(&facts)));
        },
    )?;
    if memo.misses() != 1 {
        return Err("a remembered answer was computed again".into());
    }
    Ok(())
}

fn log(ground: &Ground, runtime: &Runtime) -> Result<(), Trouble> {
    let (clock, random, log) = (Clock::system(), Random::system(), ground.store().decisions());
    let record = DecisionRecord {
        id: random.decision_id(clock.now()),
        at: clock.now(),
        tenant: TenantId::parse("tenant")?,
        denial: None,
        permission: Some(Permission::parse(PERMISSION)?),
        subject: Some("subject".into()),
        client_address: Some([127, 0, 0, 1].into()),
        method: Some("POST".into()),
        path: Some("/nexus/v3/chat/sessions".into()),
        opinions: Vec::new(),
        ask: RecordedAsk::Unneeded,
    };
    let flush = || runtime.block_on(log.flush()).expect("the database is there");
    let batch = || {
        flush();
        RefCell::new(vec![record.clone(); CALLS.into()])
    };
    measure("decision recorded", batch, |records, _| {
        let record = records.borrow_mut().pop().expect("one for each call");
        log.record(record).expect("there is room");
    })?;
    let fill = || {
        for _ in 0..CALLS {
            let at = clock.now();
            let again = DecisionRecord { id: random.decision_id(at), at, ..record.clone() };
            log.record(again).expect("there is room");
        }
    };
    measure("decision written to the log, of 500 together", fill, |(), at| {
        if at == 0 {
            flush();
        }
    })
}

fn decisions(ground: &Ground, runtime: &Runtime) -> Result<(), Trouble> {
    let app = ground.authorizer();
    let flush = || runtime.block_on(ground.store().decisions().flush()).expect("the database is there");
    let bearer = format!("Bearer {}", ground.token);
    for (name, headers) in [
        ("decision: x-api-key", headers(("x-api-key", &ground.plain_key), SHOP)?),
        ("decision: bearer token", headers(("authorization", &bearer), SHOP)?),
        ("decision: bare token", headers(("authorization", &ground.token), SHOP)?),
        ("decision: x-api-key + memoised policy", headers(("x-api-key", &ground.chat_key), SHOP)?),
    ] {
        let warm = runtime.block_on(app.decide(&ask(&headers)));
        allowed(&warm)?;
        measure(name, flush, |(), _| {
            black_box(decide(&app, &ask(&headers)));
        })?;
    }
    // Another origin each time, so that nothing is remembered of it.
    let mut number = 0;
    let strangers = || {
        flush();
        let mut stranger = || {
            number += 1;
            headers(("x-api-key", &ground.chat_key), &format!("https://w{number}.shop.example.com"))
        };
        (0..CALLS).map(|_| stranger().expect("legal headers")).collect::<Vec<_>>()
    };
    measure("decision: x-api-key + fresh policy", strangers, |headers, at| {
        black_box(decide(&app, &ask(&headers[at])));
    })
}

/// A signature is good once: those of a batch are made before it.
fn signed_decisions(ground: &Ground, runtime: &Runtime) -> Result<(), Trouble> {
    let (app, clock) = (ground.authorizer(), Clock::system());
    let flush = || runtime.block_on(ground.store().flush()).expect("the database is there");
    let basic = bodiless_headers(&ground.basic)?;
    allowed(&runtime.block_on(app.decide(&bodiless_ask(&basic))))?;
    measure("decision: Basic", flush, |(), _| {
        black_box(decide(&app, &bodiless_ask(&basic)));
    })?;
    for (name, signer) in [("decision: HMAC", &ground.hmac), ("decision: Ed25519", &ground.ed25519)] {
        let mut signer: Signer = signer.clone();
        let mut sign = || signer.authorization(clock.now().as_ms(), TARGET);
        // In a server the headers were written a moment ago: 500 sets of them would be fetched from far away.
        let headers = RefCell::new(bodiless_headers(&sign())?);
        allowed(&runtime.block_on(app.decide(&bodiless_ask(&headers.borrow()))))?;
        let batch = || {
            flush();
            (0..CALLS).map(|_| HeaderValue::try_from(sign()).expect("a legal header")).collect::<Vec<_>>()
        };
        measure(name, batch, |signed, at| {
            let mut headers = headers.borrow_mut();
            headers.insert(AUTHORIZATION, signed[at].clone());
            black_box(decide(&app, &bodiless_ask(&headers)));
        })?;
    }
    Ok(())
}

fn bodiless_ask(headers: &HeaderMap) -> Ask<'_> {
    let wire = Some(Wire { method: "GET", target: TARGET, body: b"" });
    Ask { wire, method: Some("GET"), size: Some(0), ..ask(headers) }
}

fn ask(headers: &HeaderMap) -> Ask<'_> {
    static CHAT: std::sync::LazyLock<Permission> =
        std::sync::LazyLock::new(|| Permission::parse(PERMISSION).expect("a permission"));
    Ask {
        permission: Some(&CHAT),
        method: Some("POST"),
        target: Some(Target::parse(TARGET)),
        client_address: Some([127, 0, 0, 1].into()),
        size: Some(312),
        ..Ask::new(headers)
    }
}

/// A decision out of memory is there when it is first looked at: nothing on its way waits.
fn decide(app: &Authorizer, ask: &Ask<'_>) -> Decision {
    match pin!(app.decide(ask)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(decision) => decision,
        Poll::Pending => panic!("a decision waited"),
    }
}

fn allowed(decision: &Decision) -> Result<(), Trouble> {
    decision.denial.map_or(Ok(()), |denial| Err(format!("refused: {}", denial.code.as_str()).into()))
}
