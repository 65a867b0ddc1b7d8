//! The portal's files: text only ever becomes text, nothing is loaded from elsewhere, and nothing is left out.

use super::{files, none_of, read};

const ASSETS: &str = "host/portal/assets";

/// What makes markup or script of text, keeps the style in the markup, or leads elsewhere.
const FORBIDDEN: [&str; 24] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "DOMParser",
    "createContextualFragment",
    "setHTML",
    "srcdoc",
    "eval(",
    "Function(",
    "setTimeout(\"",
    "javascript:",
    "onclick=",
    "style=\"",
    "<style",
    "setAttribute(\"style",
    "setAttribute(\"on",
    "import(",
    "localStorage",
    "@import",
    "url(",
    "from \"http",
    "fetch(\"http",
    "=\"http",
];

#[test]
fn no_text_of_the_portal_becomes_markup_or_script() {
    let mut faults = Vec::new();
    for path in files(ASSETS, &[".js", ".css", ".html"]) {
        let text = read(&path);
        let found = FORBIDDEN.iter().filter(|forbidden| text.contains(**forbidden));
        faults.extend(found.map(|forbidden| format!("{path} has {forbidden:?}")));
        // The page is the only file that has one.
        let inline =
            text.split("<script").skip(1).any(|tag| !tag.starts_with(" type=\"module\" src=\"/portal/assets/"));
        if inline {
            faults.push(format!("{path} has a script of its own"));
        }
    }
    none_of(&faults);
}

#[test]
fn every_file_of_the_portal_is_served_and_used() {
    let list = read("host/portal/src/lib.rs");
    let all = files(ASSETS, &[""]);
    let texts: Vec<_> = all.iter().map(|path| read(path)).collect();
    let mut faults = Vec::new();
    for path in all.iter().filter_map(|path| path.strip_prefix("host/portal/assets/")) {
        if path == "index.html" {
            continue;
        }
        if !list.contains(&format!("    \"{path}\"\n")) {
            faults.push(format!("host/portal/src/lib.rs does not list {path}"));
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        if !texts.iter().any(|text| text.contains(&format!("/{name}\""))) {
            faults.push(format!("nothing loads {path}"));
        }
    }
    none_of(&faults);
}
