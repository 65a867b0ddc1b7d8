//! The pages for people: nothing but files, which speak the public API. They are in the binary, load nothing from
//! elsewhere (security rule 79), and know no more of the server than any other client does.

use std::sync::LazyLock;

/// One file of the pages.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Where it is below the folder of all, as in `screens/keys.js`.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

macro_rules! assets {
    ($($path:literal)*) => {
        &[$(Asset {
            path: $path,
            content_type: content_type($path),
            bytes: include_bytes!(concat!("../assets/", $path)),
        },)*]
    };
}

/// All files but the page itself.
pub const ASSETS: &[Asset] = assets![
    "api.js"
    "at_provider.js"
    "bars.js"
    "dialog.js"
    "dom.js"
    "form.js"
    "format.js"
    "icon.svg"
    "main.js"
    "router.js"
    "screens.js"
    "screens/app_spaces.js"
    "screens/audit.js"
    "screens/clients.js"
    "screens/communication.js"
    "screens/decisions.js"
    "screens/explain.js"
    "screens/first_steps.js"
    "screens/key_hints.js"
    "screens/keys.js"
    "screens/origin.js"
    "screens/overview.js"
    "screens/password.js"
    "screens/policies.js"
    "screens/policy.js"
    "screens/policy_draft.js"
    "screens/policy_tries.js"
    "screens/provider.js"
    "screens/roles.js"
    "screens/settings.js"
    "screens/sign_in.js"
    "screens/tenants.js"
    "screens/usage.js"
    "screens/usage_limits.js"
    "screens/users.js"
    "session.js"
    "style.css"
    "ui.js"
    "walk.js"
];

/// What stands in the page for [`version`].
const PLACE: &str = "{version}";

static PAGE: LazyLock<String> = LazyLock::new(|| include_str!("../assets/index.html").replace(PLACE, version()));

static VERSION: LazyLock<String> = LazyLock::new(|| {
    // Not against anybody: it tells one build's files from another's (FNV-1a).
    let parts = ASSETS.iter().flat_map(|asset| [asset.path.as_bytes(), asset.bytes]);
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", parts.flatten().fold(0xcbf2_9ce4_8422_2325, step))
});

/// The one page. The rest is loaded by it.
pub fn page() -> &'static str {
    &PAGE
}

/// What all files together are known by: a folder of the address of each, so that browsers may keep them for good.
pub fn version() -> &'static str {
    &VERSION
}

/// The file at `path` of this version.
pub fn asset(version: &str, path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path && version == *VERSION)
}

const fn content_type(path: &str) -> &'static str {
    match path.as_bytes() {
        [.., b'.', b'j', b's'] => "text/javascript; charset=utf-8",
        [.., b'.', b'c', b's', b's'] => "text/css; charset=utf-8",
        [.., b'.', b's', b'v', b'g'] => "image/svg+xml",
        _ => panic!("a kind of file that no browser is told of"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ASSETS, asset, page, version};

    #[test]
    fn every_file_is_found_at_its_version_only() {
        for known in ASSETS {
            assert_eq!(asset(version(), known.path).map(|found| found.bytes), Some(known.bytes));
            assert!(asset("0", known.path).is_none());
        }
        assert!(asset(version(), "index.html").is_none());
    }

    #[test]
    fn the_page_names_files_that_are_there() {
        assert!(!page().contains("{version}"));
        let root = format!("/portal/assets/{}/", version());
        let named: Vec<_> = page().split(&root).skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(named.len() >= 3, "{named:?}");
        for path in named {
            assert!(asset(version(), path).is_some(), "{path}");
        }
    }
}
