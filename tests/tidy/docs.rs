//! The documents tell the truth: what they name exists, and what exists is in them.

use std::collections::BTreeMap;

use wardgate::config::Config;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::verdict::Failure;
use wardgate_http::metrics::{METRICS, TENANT_METRICS};
use wardgate_http::respond::nexus::status_code;
use wardgate_http::respond::problem::PROBLEM_CODES;
use wardgate_http::{ROUTES, RPC_ERRORS, RpcCode};

use super::{files, none_of, read, root};

/// Folders of the repository that a path in a document may begin with.
const FOLDERS: [&str; 8] = ["host/", "docs/", "tests/", "wit/", "tenants/", "guest-modules/", "benches/", ".ci/"];

#[test]
fn every_path_in_the_docs_exists() {
    let mut faults = Vec::new();
    for document in documents() {
        let text = read(&document);
        let names = backticked(&text).filter(|name| FOLDERS.iter().any(|folder| name.starts_with(folder)));
        let places = names.map(|name| root().join(name)).collect::<Vec<_>>();
        let folder = root().join(&document).parent().expect("a folder").to_owned();
        let links = links(&text).filter(|link| !link.contains("://"));
        let linked = links.filter_map(|link| link.split('#').next()).filter(|link| !link.is_empty());
        for place in places.into_iter().chain(linked.map(|link| folder.join(link))) {
            if !place.exists() {
                faults.push(format!("{document} names {}", place.display()));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn every_link_to_a_section_finds_it() {
    let mut faults = Vec::new();
    for document in documents() {
        let text = read(&document);
        for link in links(&text).filter(|link| !link.contains("://")) {
            let Some((file, anchor)) = link.split_once('#') else { continue };
            let target = if file.is_empty() {
                text.clone()
            } else {
                let folder = root().join(&document).parent().expect("a folder").to_owned();
                std::fs::read_to_string(folder.join(file)).unwrap_or_default()
            };
            if !headings(&target).any(|heading| anchor_of(heading) == anchor) {
                faults.push(format!("{document} links to {link}"));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn every_code_has_its_section() {
    let page = read("docs/ERRORS.md");
    let denials = DenialCode::ALL.iter().map(|code| code.as_str().to_owned());
    let problems = PROBLEM_CODES.iter().map(|code| code.as_str().to_owned());
    let failures = Failure::CODES.iter().map(|code| (*code).to_owned());
    let codes: Vec<_> = denials.chain(problems).chain(failures).chain(oauth_codes()).collect();
    let has_section = |code: &String| headings(&page).any(|heading| heading == code);
    none_of(
        &codes.iter().filter(|code| !has_section(code)).map(|code| format!("no section {code}")).collect::<Vec<_>>(),
    );
    for code in DenialCode::ALL {
        let section = section(&page, code.as_str());
        assert!(section.contains(&code.status().to_string()), "{}: the status is {}", code.as_str(), code.status());
        let hidden = code.outward() != *code;
        assert_eq!(section.contains("outwards `credential_unknown`"), hidden, "{}: who sees it?", code.as_str());
    }
    for code in PROBLEM_CODES {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", status_code(*code))));
        let row = row.unwrap_or_else(|| panic!("no Nexus word {}", status_code(*code)));
        assert!(row.contains(&format!("[{0}](#{0})", code.as_str())), "{row} does not name {}", code.as_str());
    }
}

#[test]
fn every_rpc_error_has_its_line() {
    let page = read("docs/ERRORS.md");
    let row = |code: &RpcCode| format!("\n| `{}` | {} | {} |", code.as_str(), code.number(), code.message());
    none_of(&RPC_ERRORS.iter().map(row).filter(|row| !page.contains(row.as_str())).collect::<Vec<_>>());
    let table = page.split("\n## RPC errors\n").nth(1).and_then(|rest| rest.split("\n## ").next());
    let listed = table.unwrap_or_default().lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(listed, RPC_ERRORS.len(), "docs/ERRORS.md lists an RPC error that is not there");
}

#[test]
fn every_metric_has_its_line() {
    let page = read("docs/METRICS.md");
    let missing =
        METRICS.iter().chain(TENANT_METRICS).filter(|metric| !page.contains(&format!("\n| `{}` |", metric.name)));
    none_of(&missing.map(|metric| metric.name.to_owned()).collect::<Vec<_>>());
    let listed = page.lines().filter(|line| line.starts_with("| `wardgate_")).count();
    assert_eq!(listed, METRICS.len() + TENANT_METRICS.len(), "docs/METRICS.md lists a metric that is not counted");
}

#[test]
fn every_route_has_its_line() {
    let page = read("docs/API.md");
    let line = |route: &wardgate_http::RouteLine| format!("\n| {} | [`{}`](#", route.methods, route.path);
    none_of(&ROUTES.iter().map(line).filter(|line| !page.contains(line.as_str())).collect::<Vec<_>>());
    let listed = page.lines().filter(|line| line.contains("| [`/")).count();
    assert_eq!(listed, ROUTES.len(), "docs/API.md lists a route that is not there");
    for route in ROUTES {
        for method in route.methods.split(", ").filter(|method| *method != "ANY") {
            let told = headings(&page).any(|heading| {
                let calls = heading.split(", ").filter_map(|call| call.split_once(' '));
                calls.into_iter().any(|call| call == (method, route.path))
            });
            assert!(told, "no section {method} {}", route.path);
        }
    }
}

#[test]
fn docs_configuration_is_the_default() {
    let sample = read("docs/wardgate.toml");
    let config: Config = toml::from_str(&sample).expect("the sample is a configuration");
    assert_eq!(config, Config::default());
    let listed: toml::Table = sample.parse().expect("the sample is TOML");
    assert_eq!(listed, toml::Table::try_from(Config::default()).expect("a table"), "an option is not in the sample");
}

#[test]
fn every_limit_has_its_line() {
    let operating = read("docs/OPERATING.md");
    let policies = read("docs/POLICIES.md");
    let serve: BTreeMap<_, _> = read("host/http/src/serve/limits.rs")
        .lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(": "))
        .filter_map(|(name, value)| Some((name.to_owned(), number(value)?)))
        .collect();
    assert!(serve.len() > 5, "no bounds of the listener found");
    let mut faults = Vec::new();
    for (page, name, limits) in [
        (&operating, "docs/OPERATING.md", constants("host/domain/src/limits.rs")),
        (&policies, "docs/POLICIES.md", constants("host/policy/src/limits.rs")),
        (&operating, "docs/OPERATING.md", serve),
    ] {
        for (limit, value) in limits {
            let row = format!("\n| `{limit}` | {value} |");
            if !page.contains(&row) {
                faults.push(format!("{name} has no line {}", row.trim()));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn every_attribute_has_its_line() {
    let code = read("host/domain/src/attribute.rs");
    let fixed = code.split("static FIXED").nth(1).and_then(|rest| rest.split("];").next()).expect("the table of names");
    let names: Vec<_> = fixed.split("(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() > 10, "no attributes found");
    let page = read("docs/POLICIES.md");
    let listed: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).flat_map(backticked).collect();
    let missing = names.iter().filter(|name| !listed.contains(name));
    none_of(&missing.map(|name| format!("docs/POLICIES.md has no line {name}")).collect::<Vec<_>>());
}

#[test]
fn every_invariant_names_a_test() {
    let page = read("docs/ARCHITECTURE.md");
    let table = page.split("\n## Invariants\n").nth(1).expect("a table of invariants");
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 15, "the table of invariants is gone");
    let mut code = String::new();
    for path in files("host", &[".rs"]).into_iter().chain(files("tests", &[".rs"])) {
        code.push_str(&read(&path));
    }
    let mut faults = Vec::new();
    for row in rows {
        let tests = row.rsplit('|').nth(1).unwrap_or_default();
        if backticked(tests).next().is_none() {
            faults.push(format!("no test for: {row}"));
        }
        let missing = backticked(tests).filter(|test| !code.contains(&format!("fn {test}(")));
        faults.extend(missing.map(|test| format!("there is no test {test}")));
    }
    none_of(&faults);
}

#[test]
fn decisions_are_numbered_without_gaps() {
    let all = files("docs/decisions", &[".md"]);
    for (index, path) in all.iter().enumerate() {
        let number = format!("docs/decisions/{:04}-", index + 1);
        assert!(path.starts_with(&number), "{path} should begin with {number}");
        let text = read(path);
        for part in ["## Context", "## Choice", "## Consequence", "## What would change our mind"] {
            assert!(text.contains(part), "{path} has no {part}");
        }
    }
}

fn documents() -> Vec<String> {
    let mut all = files("docs", &[".md"]);
    all.push("README.md".to_owned());
    all
}

/// What stands between single backticks, outside of blocks of code.
fn backticked(text: &str) -> impl Iterator<Item = &str> {
    prose(text).flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The targets of links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    prose(text).flat_map(|line| line.split("](").skip(1).filter_map(|rest| rest.split(')').next()))
}

fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    })
}

fn headings(text: &str) -> impl Iterator<Item = &str> {
    prose(text).filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim())
}

/// The anchor that a heading has where Markdown is shown.
fn anchor_of(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let rest = page.split(&format!("\n### {heading}\n")).nth(1).unwrap_or_default();
    rest.split("\n### ").next().unwrap_or_default()
}

/// The registered codes that the token endpoint knows.
fn oauth_codes() -> Vec<String> {
    let text = read("host/http/src/respond/oauth.rs");
    let body = text.split("pub fn code(").nth(1).and_then(|rest| rest.split("/// ").next()).expect("fn code");
    body.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// The constants of a file of limits, as documents write their values.
fn constants(path: &str) -> BTreeMap<String, String> {
    let text = read(path);
    let lines = text.lines().filter_map(|line| line.strip_prefix("pub const ")?.strip_suffix(';'));
    let constants: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(" = "))
        .filter_map(|(name, value)| Some((name.split(':').next()?.to_owned(), number(value).or_else(|| rate(value))?)))
        .collect();
    assert!(constants.len() > 20, "no limits found in {path}");
    constants
}

/// A product of whole numbers, with commas between thousands.
fn number(text: &str) -> Option<String> {
    let factor = |factor: &str| factor.replace('_', "").parse::<u64>().ok();
    let value = text.split(" * ").map(factor).product::<Option<u64>>()?.to_string();
    let mut shown = String::new();
    for (at, digit) in value.chars().enumerate() {
        if at > 0 && (value.len() - at) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    Some(shown)
}

/// `Rate { capacity: 300, frequency_s: 60 }` as `300 per 60 s`.
fn rate(text: &str) -> Option<String> {
    let inner = text.strip_prefix("Rate { capacity: ")?.strip_suffix(" }")?;
    let (capacity, frequency) = inner.split_once(", frequency_s: ")?;
    Some(format!("{} per {} s", number(capacity)?, number(frequency)?))
}
