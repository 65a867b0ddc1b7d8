//! The files of a new policy, all of them in this binary, so that `wardgate policy new` needs no network.

use crate::args::Language;

/// What stands for the policy's name.
pub(super) const NAME: &str = "{{name}}";

type File = (&'static str, &'static str);

/// A file at the same place in guest-modules/ and in the policy's folder, or at two.
macro_rules! file {
    ($from:literal, $to:literal) => {
        ($to, include_str!(concat!("../../../../../guest-modules/", $from)))
    };
}

/// The contract, as every kit wants it.
const CONTRACT: &[File] = &[
    ("wit/types.wit", include_str!("../../../../../wit/types.wit")),
    ("wit/log.wit", include_str!("../../../../../wit/log.wit")),
    ("wit/policy.wit", include_str!("../../../../../wit/policy.wit")),
    ("wit/worlds.wit", include_str!("../../../../../wit/worlds.wit")),
];

const SHARED: &[File] = &[
    file!("templates/shared/gitignore", ".gitignore"),
    file!("templates/shared/settings.json", "settings.json"),
    file!("templates/shared/settings.schema.json", "settings.schema.json"),
    file!("templates/shared/cases/allowed.json", "cases/allowed.json"),
    file!("templates/shared/cases/refused.json", "cases/refused.json"),
];

const RUST: &[File] = &[
    file!("templates/rust/README.md", "README.md"),
    file!("templates/rust/Cargo.toml", "Cargo.toml"),
    file!("templates/rust/Cargo.lock", "Cargo.lock"),
    file!("templates/rust/src/lib.rs", "src/lib.rs"),
    file!(".cargo/config.toml", ".cargo/config.toml"),
    file!("sdk/Cargo.toml", "vendor/wardgate-guest/Cargo.toml"),
    file!("sdk/src/address.rs", "vendor/wardgate-guest/src/address.rs"),
    file!("sdk/src/arena.rs", "vendor/wardgate-guest/src/arena.rs"),
    file!("sdk/src/attributes.rs", "vendor/wardgate-guest/src/attributes.rs"),
    file!("sdk/src/bindings.rs", "vendor/wardgate-guest/src/bindings.rs"),
    file!("sdk/src/halt.rs", "vendor/wardgate-guest/src/halt.rs"),
    file!("sdk/src/lib.rs", "vendor/wardgate-guest/src/lib.rs"),
    file!("sdk/src/pattern.rs", "vendor/wardgate-guest/src/pattern.rs"),
    file!("sdk/src/policy.rs", "vendor/wardgate-guest/src/policy.rs"),
    file!("sdk/src/problems.rs", "vendor/wardgate-guest/src/problems.rs"),
    file!("sdk/src/settings.rs", "vendor/wardgate-guest/src/settings.rs"),
    file!("sdk/src/verdict.rs", "vendor/wardgate-guest/src/verdict.rs"),
];

const JAVASCRIPT: &[File] = &[
    file!("templates/javascript/README.md", "README.md"),
    file!("templates/javascript/policy.js", "policy.js"),
    file!("javascript/package.json", "package.json"),
    file!("javascript/package-lock.json", "package-lock.json"),
    file!("javascript/build.mjs", "build.mjs"),
    file!("javascript/wardgate-policy.js", "wardgate-policy.js"),
    file!("javascript/wardgate-policy.d.ts", "wardgate-policy.d.ts"),
];

const PYTHON: &[File] = &[
    file!("templates/python/README.md", "README.md"),
    file!("templates/python/policy.py", "policy.py"),
    file!("templates/python/pyproject.toml", "pyproject.toml"),
    file!("python/requirements.txt", "requirements.txt"),
    file!("python/build.py", "build.py"),
    file!("python/wardgate_policy.py", "wardgate_policy.py"),
    file!("python/wardgate_component.py", "wardgate_component.py"),
];

/// The name that the package of the kit for JavaScript has where it is the package itself.
const KIT: &str = "\"name\": \"wardgate-policies\"";

/// The files of a new policy called `name`: paths from its folder, and texts.
pub(super) fn files(language: Language, name: &str) -> impl Iterator<Item = (&'static str, String)> {
    let own = match language {
        Language::Rust => RUST,
        Language::JavaScript => JAVASCRIPT,
        Language::Python => PYTHON,
    };
    let named = format!("\"name\": \"{name}\"");
    let fill = move |text: &str| text.replace(NAME, name).replace(KIT, &named);
    own.iter().chain(SHARED).chain(CONTRACT).map(move |(path, text)| (*path, fill(text)))
}
