//! The way in where nobody has one: `wardgate cred-gen` and `wardgate admin`, before the first start and beside a running
//! server; that what they use is the owner's of the data folder and nobody else's.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Actor, Answer, Process, Secrets, Setup, WARDGATE, exchange, run};

/// What only an admin of the cluster may see.
const CLIENTS: &str = "/auth/v3/ops/clients";
/// How long a process may take over something.
const PATIENCE: Duration = Duration::from_secs(30);

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

pub(crate) fn serve(setup: &Setup) -> Process {
    Process::start(setup.data_dir(), setup.tenants_dir(), &[])
}

pub(crate) fn stop(server: Process) {
    server.terminate();
    assert_eq!(server.wait(), Some(0));
}

pub(crate) fn cred_gen(setup: &Setup) -> Output {
    run(&["cred-gen", "--data-dir", text(setup.data_dir())], &[])
}

/// Name and password, as they are printed.
#[track_caller]
pub(crate) fn credential(output: &Output) -> (String, String) {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[..2], ["Generating new admin credentials...", "Credential generated successfully!"]);
    let name = lines[2].strip_prefix("User Name: ").expect("a name").to_owned();
    let password = lines[3].strip_prefix("Password: ").expect("a password").to_owned();
    assert!(name.starts_with("admin-") && name.len() == 12, "{name}");
    assert!(password.len() >= 22, "128 bits at least");
    assert_eq!(said.matches(&password).count(), 1);
    assert!(said.contains("wardgate admin"), "{said}");
    (name, password)
}

async fn is_admin(caller: &Actor, (name, password): &(String, String)) -> bool {
    let answer = caller.with_basic(name, password).get(CLIENTS).await;
    assert!(matches!(answer.status, 200 | 401), "{}", answer.text());
    answer.status == 200
}

/// A credential manager; killed when dropped.
pub(crate) struct Admin {
    child: Child,
    pub(crate) address: SocketAddr,
    /// The code of its link.
    pub(crate) link: Option<String>,
    greeting: String,
}

impl Admin {
    pub(crate) fn start(setup: &Setup, words: &[&str]) -> Self {
        let log = setup.data_dir().with_extension("admin.log");
        let mut child = Command::new(WARDGATE)
            .env_clear()
            .arg("admin")
            .args(["--data-dir", text(setup.data_dir()), "--tenants", text(setup.tenants_dir())])
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let mut greeting = String::new();
        while !greeting.contains("\n  ends ") {
            let read = lines.read_line(&mut greeting).expect("a line");
            assert_ne!(read, 0, "it ended: {greeting}{}", std::fs::read_to_string(&log).expect("a log"));
        }
        let after = |mark: &str| {
            let rest = greeting.split(mark).nth(1)?;
            Some(rest.split(['/', '\n', ' ']).next().expect("a word").to_owned())
        };
        let address = after("address   http://").expect("an address").parse().expect("an address");
        Self { child, address, link: after("/portal#link="), greeting }
    }

    fn anonymous(&self) -> Actor {
        Actor::anonymous(&format!("http://{}", self.address))
    }

    fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a state").is_none()
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> (Option<i32>, Duration) {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a state") {
                return (status.code(), began.elapsed());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not end");
    }

    pub(crate) fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill");
        assert!(done.success());
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        // Ended already in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_credential_is_made_before_the_first_start() {
    let setup = Setup::new();
    let two = [credential(&cred_gen(&setup)), credential(&cred_gen(&setup))];
    assert_ne!(two[0], two[1]);
    for file in ["master.key", "wardgate.db"] {
        let mode = setup.data_dir().join(file).metadata().expect(file).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} is for its owner alone");
    }
    let server = serve(&setup);
    for made in &two {
        assert!(is_admin(&server.anonymous(), made).await);
    }
    assert!(!is_admin(&server.anonymous(), &(two[0].0.clone(), two[1].1.clone())).await);
    let first = Secrets::read(setup.data_dir(), None);
    let ops = (first.get("gwsAdminName").to_owned(), first.get("gwsAdminPass").to_owned());
    assert!(is_admin(&server.anonymous(), &ops).await, "the first start was one all the same");
    stop(server);
    let verified = run(&["audit", "verify", "--data-dir", text(setup.data_dir())], &[]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[tokio::test]
async fn a_credential_is_made_beside_a_running_server_and_works_at_once() {
    let setup = Setup::new();
    let server = serve(&setup);
    let socket = setup.data_dir().join("control.sock");
    let found = socket.symlink_metadata().expect("a socket");
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
    let made = credential(&cred_gen(&setup));
    assert!(is_admin(&server.anonymous(), &made).await);
    assert!(!server.log().contains(&made.1));
    // What is the owner's alone is nobody's over the network, however near he is.
    for path in ["/control/admins", "/control/links"] {
        for answer in [server.anonymous().post(path, &json!({})).await, server.anonymous().get(path).await] {
            assert_eq!(answer.status, 404, "{path}");
        }
    }
    // As after a power cut: the socket is still there, and nobody answers at it.
    server.kill();
    assert!(socket.exists());
    let later = credential(&cred_gen(&setup));
    let server = serve(&setup);
    for made in [&made, &later, &credential(&cred_gen(&setup))] {
        assert!(is_admin(&server.anonymous(), made).await);
    }
    stop(server);
    assert!(!socket.exists(), "it goes with its server");
}

#[test]
fn a_folder_in_use_without_a_control_socket_is_left_alone() {
    let setup = Setup::new();
    std::fs::create_dir(setup.data_dir()).expect("made");
    let lock = File::create(setup.data_dir().join("lock")).expect("made");
    lock.lock().expect("locked");
    for words in [&["cred-gen"][..], &["admin"]] {
        let output = run(&[words, &["--data-dir", text(setup.data_dir())]].concat(), &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("no control socket"), "{said}");
    }
    assert!(!setup.data_dir().join("master.key").exists());
}

#[test]
fn a_credential_manager_is_on_this_machine_alone() {
    let setup = Setup::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let output = run(&["admin", "--data-dir", text(setup.data_dir()), "--listen", address], &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("this machine alone") && said.contains("ssh -L"), "{said}");
    }
    assert!(!setup.data_dir().exists());
}

/// A request as a browser sends it that calls the listener by another name.
fn called(admin: &Admin, host: &str) -> u16 {
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    exchange(admin.address, request.as_bytes()).expect("an answer").status
}

/// What is to be seen through a credential manager, whether it stands beside a server or alone.
async fn check_manager(admin: &Admin, made: &(String, String)) {
    let caller = admin.anonymous();
    assert!(is_admin(&caller, made).await);
    assert_eq!(caller.get("/healthz").await.expect(200).text(), "alive\n");
    let problem = caller.post("/v1/keys", &json!({})).await.expect(401);
    assert_eq!(problem.field("code"), "unauthorized", "refusals come through as they are");
    assert_eq!(problem.header("x-content-type-options"), Some("nosniff"));
    // More than fits into one piece, both ways.
    let long = "x".repeat(300_000);
    assert_eq!(caller.post("/v1/check", &json!({ "headers": { "x": long } })).await.status, 413);
    assert!(caller.get("/docs/openapi.json").await.expect(200).body.len() > 100_000);
    let port = admin.address.port();
    assert_eq!(called(admin, &admin.address.to_string()), 200);
    assert_eq!(called(admin, &format!("localhost:{port}")), 200);
    for host in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1", &format!("127.0.0.2:{port}")] {
        assert_eq!(called(admin, host), 421, "{host}");
    }
    for path in ["/control/admins", "/control/links", "/control/"] {
        assert_eq!(caller.post(path, &json!({})).await.status, 404, "{path}: a browser does not prove who sits at it");
    }
    let link = admin.link.as_deref().expect("a link");
    assert_eq!(link.len(), 43, "256 bits");
    assert!(admin.greeting.contains("once, within 10 minutes"), "{}", admin.greeting);
}

#[tokio::test]
async fn a_credential_manager_stands_beside_a_running_server() {
    let setup = Setup::new();
    let server = serve(&setup);
    let made = credential(&cred_gen(&setup));
    let admin = Admin::start(&setup, &[]);
    assert!(admin.greeting.contains("the server that is running"), "{}", admin.greeting);
    assert!(admin.greeting.contains(&format!("as {}", made.0)), "the newest: {}", admin.greeting);
    assert_ne!(admin.address, server.address);
    check_manager(&admin, &made).await;
    // The server goes, the credential manager stays and says so.
    let caller = admin.anonymous();
    stop(server);
    assert_eq!(caller.get("/healthz").await.expect(503).field("code"), "unavailable");
    let server = serve(&setup);
    caller.get("/healthz").await.expect(200);
    stop(server);
    admin.signal("-INT");
    assert_eq!(admin.ended().0, Some(0));
}

#[tokio::test]
async fn a_credential_manager_is_the_server_where_there_is_none() {
    let setup = Setup::new();
    let made = credential(&cred_gen(&setup));
    // The first start makes an admin, too: whoever made one up is not taken for that one, whose password he has not seen.
    let admin = Admin::start(&setup, &[]);
    assert!(admin.greeting.contains("no server is running"), "{}", admin.greeting);
    assert!(admin.greeting.contains(&format!("as {}", made.0)), "{}", admin.greeting);
    check_manager(&admin, &made).await;
    // Beside it, too, credentials are made, and a second one hands on to the first.
    let second = Admin::start(&setup, &[]);
    let later = credential(&cred_gen(&setup));
    assert!(is_admin(&second.anonymous(), &later).await);
    second.signal("-TERM");
    assert_eq!(second.ended().0, Some(0));
    admin.signal("-TERM");
    assert_eq!(admin.ended().0, Some(0));
    stop(serve(&setup));
    let output = run(
        &["admin", "--data-dir", text(setup.data_dir()), "--tenants", text(setup.tenants_dir()), "--user", "nobody"],
        &[],
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("cred-gen"), "{said}");
}

#[tokio::test]
async fn a_credential_manager_ends_when_nobody_uses_it() {
    let setup = Setup::new();
    let server = serve(&setup);
    let mut kept = Admin::start(&setup, &["--idle", "1", "--keep"]);
    let admin = Admin::start(&setup, &["--idle", "2"]);
    let caller = admin.anonymous();
    // Used for longer than that, each time before it has ended.
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(600)).await;
        caller.get("/healthz").await.expect(200);
    }
    let (code, after) = admin.ended();
    assert_eq!(code, Some(0));
    assert!(after >= Duration::from_millis(1_900), "{after:?} after its last use");
    assert!(kept.is_running(), "it was to be kept");
    // Alone, and with nobody coming at all.
    stop(server);
    drop(kept);
    let alone = Admin::start(&setup, &["--idle", "1"]);
    assert_eq!(alone.ended().0, Some(0));
    stop(serve(&setup));
}

/// A request as the portal's page sends it.
async fn from_page(caller: &Actor, method: &str, cookie: Option<&str>, body: Option<&Value>) -> Answer {
    let request = caller.request(method, "/portal/session").header("x-wardgate-portal", "1");
    let request = request.header("origin", caller.base()).header("sec-fetch-site", "same-origin");
    let request = cookie.iter().fold(request, |request, cookie| request.header("cookie", *cookie));
    caller.send(if let Some(body) = body { request.json(body) } else { request }).await
}

#[tokio::test]
async fn the_link_of_a_credential_manager_signs_in_once() {
    let setup = Setup::new();
    let made = credential(&cred_gen(&setup));
    for is_beside in [true, false] {
        let server = is_beside.then(|| serve(&setup));
        let admin = Admin::start(&setup, &["--user", &made.0]);
        let caller = admin.anonymous();
        assert!(caller.get("/portal").await.expect(200).text().contains("<html"), "the page is there");
        let link = json!({ "link": admin.link.as_deref().expect("a link") });
        let entered = from_page(&caller, "POST", None, Some(&link)).await.expect(201);
        let cookie = entered.header("set-cookie").and_then(|set| set.split(';').next()).expect("a cookie").to_owned();
        let who = from_page(&caller, "GET", Some(&cookie), None).await.expect(200).json();
        assert_eq!((&who["tenant"], &who["user"]), (&json!("*"), &json!(made.0)));
        let again = from_page(&caller, "POST", None, Some(&link)).await;
        assert!((400..500).contains(&again.status) && again.header("set-cookie").is_none(), "{}", again.text());
        let api = caller.request("GET", "/v1/communication-key").header("x-wardgate-portal", "1");
        let api = api.header("sec-fetch-site", "same-origin").header("cookie", &cookie);
        assert_eq!(caller.send(api).await.expect(200).json()["given"], false, "the API is behind it");
        admin.signal("-TERM");
        assert_eq!(admin.ended().0, Some(0));
        if let Some(server) = server {
            stop(server);
        }
    }
}

#[tokio::test]
async fn a_portal_is_where_the_operator_wants_it() {
    let setup = Setup::new();
    for (listen, variables, status) in [
        ("127.0.0.1:0", &[][..], 200),
        ("127.0.0.1:0", &[("WARDGATE_PORTAL__ENABLED", "false")], 404),
        ("0.0.0.0:0", &[], 404),
        ("0.0.0.0:0", &[("WARDGATE_PORTAL__ENABLED", "true")], 200),
    ] {
        let server = Process::start_at(listen, setup.data_dir(), setup.tenants_dir(), variables);
        let here = Actor::anonymous(&format!("http://127.0.0.1:{}", server.address.port()));
        assert_eq!(here.get("/portal").await.status, status, "{listen} {variables:?}");
        let link = json!({ "link": "made up" });
        let session = from_page(&here, "POST", None, Some(&link)).await.status;
        assert_eq!(session == 404, status == 404, "{listen} {variables:?}: {session}");
        let admin = Admin::start(&setup, &[]);
        admin.anonymous().get("/portal").await.expect(200);
        admin.signal("-TERM");
        assert_eq!(admin.ended().0, Some(0));
        stop(server);
    }
}
