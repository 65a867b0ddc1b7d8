//! The program as an operator meets it: the first run and what it leaves, the second that changes nothing, the audit
//! log's check, the configuration, and every start that is refused.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;

use crate::harness::{Actor, CHAT, PREMISE, Process, SECOND, Secrets, Setup, TOKEN, WATCHED, audit, execute, run};

/// The variables of the seeds' tables, and the client's secret.
const VARIABLES: [&str; 11] = [
    "apiKeyId",
    "apiKeySecret",
    "authURL",
    "ccId",
    "clientSecret",
    "gwsAdminName",
    "gwsAdminPass",
    "nexusURL",
    "tenantName",
    "tenantUser",
    "tenantUserPassword",
];

/// Two of one name, of which the second would take the first one's place.
const TWO_USERS: &str = r#"
ccId = "t"
name = "t"
users = [{ name = "a", role = "admin" }, { name = "A", role = "viewer" }]
"#;
const TWO_POLICIES: &str = r#"
ccId = "t"
name = "t"
[[policies]]
name = "p"
module = "consumer-chat"
permissions = ["*"]
[[policies]]
name = "p"
module = "designer-chat"
permissions = ["*"]
"#;

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// Runs a command of the program on the ground of `setup`.
fn command(setup: &Setup, words: &[&str], variables: &[(&str, &str)]) -> Output {
    let folders = ["--data-dir", text(setup.data_dir()), "--tenants", text(setup.tenants_dir())];
    run(&[words, &folders].concat(), variables)
}

fn serve(setup: &Setup) -> Process {
    Process::start(setup.data_dir(), setup.tenants_dir(), &[])
}

/// Stops a server as an operator does.
fn stop(server: Process) {
    server.terminate();
    assert_eq!(server.wait(), Some(0));
}

#[track_caller]
fn check_refused(output: &Output, code: i32, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said:?}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

/// A token as the first run's file allows to fetch it.
async fn sign_in(server: &Process, secrets: &Secrets) -> Actor {
    let client = server.anonymous().with_basic("nexus_client", secrets.get("clientSecret"));
    let username = format!("{}\\{}", secrets.get("ccId"), secrets.get("tenantUser"));
    let form = [("grant_type", "password"), ("username", &username), ("password", secrets.get("tenantUserPassword"))];
    let token = client.form(TOKEN, &form).await.expect(200).field("access_token");
    server.anonymous().with_token(&token)
}

/// Every file in a folder and in those inside it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[tokio::test]
async fn the_first_run_leaves_every_secret_to_its_owner_alone_and_the_second_changes_nothing() {
    let setup = Setup::new();
    let server = serve(&setup);
    assert!(server.greeting.starts_with("wardgate "), "{}", server.greeting);
    let data = setup.data_dir();
    let secrets = Secrets::read(data, None);
    assert_eq!(secrets.names(), VARIABLES);
    assert_eq!((secrets.get("ccId"), secrets.get("tenantName")), (PREMISE, "premise_tenant"));
    for name in ["clientSecret", "gwsAdminPass", "tenantUserPassword"] {
        assert!(secrets.get(name).len() >= 43, "{name} has 256 bits");
        assert!(secrets.get(name).bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
    }
    assert_eq!(secrets.get("apiKeySecret").len(), 32, "128 bits, as PrivMX clients know them");
    for secret in
        ["first-run.env", "master.key", &format!("first-run.{SECOND}.env"), &format!("first-run.{WATCHED}.env")]
    {
        assert_eq!(mode(&data.join(secret)), 0o600, "{secret}");
    }
    assert_eq!(mode(data), 0o700);
    let admin = sign_in(&server, &secrets).await;
    let key = admin.make_key(CHAT).await;
    stop(server);
    // Neither a secret in the clear nor the key itself is in any other file.
    let files = files(data);
    assert!(files.iter().any(|path| path.ends_with(wardgate::node::DATABASE)), "{files:?}");
    for path in files.iter().filter(|path| path.extension().is_none_or(|extension| extension != "env")) {
        let bytes = std::fs::read(path).expect("read");
        let secrets =
            ["apiKeySecret", "clientSecret", "gwsAdminPass", "tenantUserPassword"].map(|name| secrets.get(name));
        for secret in secrets.into_iter().chain([key.plain.as_str()]) {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a secret is in {}", path.display());
        }
    }
    let log = audit(&setup, PREMISE).await;
    let server = serve(&setup);
    let again = Secrets::read(data, None);
    assert_eq!(again.get("authURL"), format!("http://{}", server.address), "the address follows the server");
    assert_eq!(again.get("nexusURL"), again.get("authURL"));
    assert_eq!(mode(&data.join("first-run.env")), 0o600);
    let same = again.without_addresses() == secrets.without_addresses();
    assert!(same, "the second run makes no new secrets");
    let ask = json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT });
    let answer = server.anonymous().post("/v1/check", &ask).await.expect(200);
    assert_eq!(answer.json()["decision"], "allow");
    stop(server);
    assert_eq!(audit(&setup, PREMISE).await, log, "the second run changes nothing");
    for tenant in ["*", SECOND, WATCHED] {
        assert_eq!(audit(&setup, tenant).await, ["tenant.declared"], "{tenant}");
    }
}

/// The seed's commands, with the file sourced by a real shell and sent by a real curl.
#[tokio::test]
async fn the_file_works_in_a_shell_as_the_seed_s_commands_need_it() {
    let setup = Setup::new();
    let server = serve(&setup);
    let script = r#"set -eu
. "$FILE"
reply=$(curl -sS --fail --user "nexus_client:$clientSecret" --request POST "$authURL/auth/v3/oauth/token" \
  --header 'Content-Type: application/x-www-form-urlencoded' --data-urlencode "username=$ccId\\\\$tenantUser" \
  --data-urlencode 'client_id=nexus_client' --data-urlencode 'grant_type=password' \
  --data-urlencode "password=$tenantUserPassword")
outGWSAccessToken=$(printf %s "$reply" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -sS --fail --request POST "$nexusURL/nexus/v3/apikeys" --header "Authorization: $outGWSAccessToken" \
  --header 'Content-Type: application/json' --data "{
\"enabled\": true,
\"tenant\": \"$ccId\",
\"name\": \"API key for $tenantName\",
\"permissions\": [
\"nexus:consumer:chat\"
]
}""#;
    if !Path::new("/usr/bin/curl").exists() {
        crate::harness::skip("curl is not installed");
        return;
    }
    let output = Command::new("sh")
        .args(["-c", script])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("FILE", setup.data_dir().join("first-run.env"))
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let key: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(key["name"], "API key for premise_tenant");
    stop(server);
}

#[tokio::test]
async fn the_check_of_the_audit_log_finds_a_change_behind_its_back() {
    let setup = Setup::new();
    let server = serve(&setup);
    let admin = sign_in(&server, &Secrets::read(setup.data_dir(), None)).await;
    admin.make_key(CHAT).await;
    stop(server);
    let verify = || command(&setup, &["audit", "verify"], &[]);
    let whole = verify();
    let said = String::from_utf8_lossy(&whole.stdout).into_owned();
    assert_eq!(whole.status.code(), Some(0), "{said}");
    assert!(said.contains(&format!("intact  {PREMISE}  3 entries")) && !said.contains("BROKEN"), "{said}");
    for statement in [
        "UPDATE audit SET actor = 'nobody' WHERE action = 'key.created'",
        "UPDATE audit SET actor = 'nexus' WHERE action = 'key.created'",
        "DELETE FROM audit WHERE action = 'key.created'",
    ] {
        assert_eq!(execute(setup.data_dir(), statement).await, 1);
        let broken = verify();
        let said = String::from_utf8_lossy(&broken.stdout).into_owned();
        assert_eq!(broken.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("BROKEN  {PREMISE}  at entry 3")), "{said}");
        assert!(said.contains(&format!("intact  {SECOND}")), "{said}");
    }
    let nothing = Setup::new();
    check_refused(&command(&nothing, &["audit", "verify"], &[]), 2, &["no database", "--data-dir"]);
    assert!(!nothing.data_dir().exists(), "a check makes no database");
}

#[test]
fn a_tenant_file_that_cannot_be_meant_is_refused_with_its_place() {
    let cases = [
        ("colour = \"red\"\n", &["line 1", "colour"][..]),
        ("ccId = \"t\"\nname = \"t\"\n[limits]\nkyes = 1\n", &["line 4", "kyes"]),
        ("ccId = \"t\"\nname = \"t\"\n[[users]]\nname = \"a\"\nrole = \"king\"\n", &["users[0].role"]),
        (
            "ccId = \"t\"\nname = \"t\"\n[[users]]\nname = \"a\"\nrole = \"admin\"\npassword = \"x\"\n",
            &["line 6", "password"],
        ),
        ("ccId = \"not a tenant\"\nname = \"t\"\n", &["ccId"]),
        ("ccId = \"*\"\nname = \"t\"\n", &["_cluster"]),
        ("ccId = \"t\"\n", &["name"]),
        ("ccId = \"t\"\nname", &["line 2"]),
        ("ccId = \"t\"\nname = \"t\"\n[limits]\nkeys = 0\n", &["limits.keys"]),
        (
            "ccId = \"t\"\nname = \"t\"\n[[routes]]\nmethod = \"GET\"\npath = \"/\"\npermission = \"a b\"\n",
            &["routes[0].permission"],
        ),
        ("ccId = \"578ec98e-f07c-46ad-9675-f36c22f3ba9f\"\nname = \"t\"\n", &["declared twice"]),
        (TWO_USERS, &["users[1].name", "declared twice"]),
        (TWO_POLICIES, &["policies[1].name", "declared twice"]),
    ];
    for (file, words) in cases {
        let setup = Setup::new().tenant("wrong_tenant", file);
        for words_of_command in [&["config", "check"][..], &["serve"]] {
            let output = command(&setup, words_of_command, &[]);
            check_refused(&output, 2, &[&["wrong_tenant"], words].concat());
        }
        assert!(!setup.data_dir().join("first-run.env").exists(), "a refused start makes no secret");
    }
    // What needs the policies to be known is found at the start, and leaves no tenant behind, either.
    for (file, words) in [
        (
            "ccId = \"t\"\nname = \"t\"\n[[policies]]\nname = \"p\"\nmodule = \"nothing\"\npermissions = [\"*\"]\n",
            "nothing",
        ),
        (
            "ccId = \"t\"\nname = \"t\"\n[[policies]]\nname = \"p\"\nmodule = \"consumer-chat\"\npermissions = [\"*\"]\n\
             [policies.settings]\norigins = [\"not an origin\"]\n",
            "/origins/0",
        ),
        (
            "ccId = \"t\"\nname = \"t\"\n[[clients]]\nid = \"c\"\ngrant_types = []\nredirect_uris = [\"http://a.example/\"]\n",
            "redirect_uris",
        ),
        ("ccId = \"t\"\nname = \"t\"\n[[clients]]\nid = \"c\"\ngrant_types = [\"password\"]\n", "clients"),
    ] {
        let setup = Setup::new().tenant("wrong_tenant", file);
        check_refused(&command(&setup, &["serve", "--listen", "127.0.0.1:0"], &[]), 2, &[words]);
        assert!(!setup.data_dir().join("first-run.env").exists());
    }
}

#[test]
fn a_start_that_cannot_succeed_says_what_to_do() {
    let setup = Setup::new();
    let serve_anywhere = ["serve", "--listen", "127.0.0.1:0"];
    let missing = setup.path().join("nowhere");
    let output = run(&["serve", "--data-dir", text(setup.data_dir()), "--tenants", text(&missing)], &[]);
    check_refused(&output, 2, &["nowhere", "--tenants"]);

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    check_refused(&command(&setup, &["serve", "--listen", &address], &[]), 2, &[&address, "--listen"]);

    stop(serve(&setup));
    let key = setup.data_dir().join("master.key");
    let bytes = std::fs::read(&key).expect("the key");
    let chmod = |mode| std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).expect("chmod");
    chmod(0o644);
    check_refused(&command(&setup, &serve_anywhere, &[]), 2, &["master.key", "chmod 600"]);
    chmod(0o600);
    std::fs::remove_file(&key).expect("removed");
    check_refused(&command(&setup, &serve_anywhere, &[]), 2, &["master.key", "missing", "backup"]);
    std::fs::write(&key, [0; 32]).expect("written");
    chmod(0o600);
    check_refused(&command(&setup, &serve_anywhere, &[]), 2, &["master.key", "zero"]);
    std::fs::write(&key, bytes).expect("written");
    stop(serve(&setup));

    for words in [&["fly"][..], &["serve", "--colour", "red"], &["--listen", "nowhere"]] {
        check_refused(&run(words, &[]), 2, &[]);
    }
}

#[test]
fn flags_go_before_variables_and_variables_before_the_file() {
    let setup = Setup::new();
    let file = setup.path().join("wardgate.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:1111\"\n[server]\nconnections = 11\nidle_deadline_ms = 12\n")
        .expect("written");
    let shown = |words: &[&str], variables: &[(&str, &str)]| {
        let output = run(&[&["config", "show"], words].concat(), variables);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").parse::<toml::Table>().expect("TOML")
    };
    let value = |table: &toml::Table| {
        let server = table["server"].as_table().expect("a table").clone();
        (
            table["listen"].as_str().expect("text").to_owned(),
            server["connections"].clone(),
            server["idle_deadline_ms"].clone(),
        )
    };
    let number = |number: i64| toml::Value::Integer(number);
    let by_file = [("WARDGATE_CONFIG", text(&file))];
    assert_eq!(value(&shown(&[], &by_file)), ("127.0.0.1:1111".to_owned(), number(11), number(12)));
    let variables = [by_file[0], ("WARDGATE_LISTEN", "127.0.0.1:2222"), ("WARDGATE_SERVER__CONNECTIONS", "22")];
    assert_eq!(value(&shown(&[], &variables)), ("127.0.0.1:2222".to_owned(), number(22), number(12)));
    let flags = ["--listen", "127.0.0.1:3333"];
    assert_eq!(value(&shown(&flags, &variables)), ("127.0.0.1:3333".to_owned(), number(22), number(12)));
    // What is shown is itself a configuration that shows the same.
    let all = shown(&flags, &variables);
    std::fs::write(&file, toml::to_string(&all).expect("TOML")).expect("written");
    assert_eq!(shown(&["--config", text(&file)], &[]), all);

    std::fs::write(&file, "[server]\nconections = 1\n").expect("written");
    check_refused(
        &run(&["config", "show", "--config", text(&file)], &[]),
        2,
        &["wardgate.toml", "line 2", "conections"],
    );
    check_refused(&run(&["config", "show"], &[("WARDGATE_LISTNE", "x")]), 2, &["listne"]);
    check_refused(&run(&["config", "show"], &[("WARDGATE_LISTEN", "here")]), 2, &["WARDGATE_"]);
    check_refused(&run(&["config", "show", "--config", "/no/such/file"], &[]), 2, &["/no/such/file"]);
}

#[test]
fn a_check_of_the_configuration_touches_nothing() {
    let setup = Setup::new();
    let output = command(&setup, &["config", "check"], &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("5 tenant files are legal"));
    assert!(!setup.data_dir().exists());
}
