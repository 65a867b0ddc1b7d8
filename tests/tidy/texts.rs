//! What must not stand in any file.

use toml::Value;

use super::{files, none_of, read};

/// Texts that people read or machines parse.
const TEXTS: &[&str] = &[".rs", ".md", ".toml", ".sql", ".wit", ".wat", ".json", ".conf", ".sh", "run", "Dockerfile"];

#[test]
fn every_source_file_says_what_it_is_for() {
    let sources = files("", &[".rs"]).into_iter();
    none_of(&sources.filter(|path| !read(path).starts_with("//! ")).collect::<Vec<_>>());
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    // Cut in two, so that this file does not find itself.
    let places = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
    let mut faults = Vec::new();
    for path in files("", TEXTS) {
        let Ok(text) = std::fs::read_to_string(super::root().join(&path)) else { continue };
        let found = places.iter().find(|place| text.contains(**place));
        faults.extend(found.map(|place| format!("{path} names {place}")));
    }
    none_of(&faults);
}

#[test]
fn no_file_declares_a_secret() {
    let mut faults = Vec::new();
    for path in files("tenants", &[""]) {
        assert!(path.ends_with("/tenant.toml"), "{path} is no declaration");
        let table = Value::Table(read(&path).parse().expect("a tenant file"));
        search(&table, &mut |name| {
            if ["password", "secret", "token"].iter().any(|word| name.to_ascii_lowercase().contains(word)) {
                faults.push(format!("{path} has a member {name}"));
            }
        });
    }
    none_of(&faults);
}

fn search(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::Table(table) => {
            for (name, value) in table {
                each(name);
                search(value, each);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| search(value, each)),
        _ => {}
    }
}
