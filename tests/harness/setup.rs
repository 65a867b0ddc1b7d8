//! The ground of a server: its folder, its tenants, its configuration, its time. It outlives the server, so that a test
//! can start it again.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wardgate::config::Config;
use wardgate_domain::Timestamp;

use super::{Server, WARDGATE};

/// ccId of `tenants/premise_tenant`: the admin's.
pub(crate) const PREMISE: &str = "578ec98e-f07c-46ad-9675-f36c22f3ba9f";
/// ccId of `tenants/second_tenant`: the stranger's.
pub(crate) const SECOND: &str = "9b7682b7-cbce-422f-9bbb-ecda85e61695";
/// ccId of a tenant whose first user is a viewer.
pub(crate) const WATCHED: &str = "11111111-2222-4333-8444-555555555555";
/// ccId of a tenant that is suspended from the start.
pub(crate) const SUSPENDED: &str = "66666666-7777-4888-9999-000000000000";

/// A Wednesday, 11 o'clock in Berlin: the second tenant is open.
const START_MS: i64 = 1_772_618_400_000;
/// How long a server may take to drain before the test calls it a leftover, in milliseconds.
const DRAIN_MS: u64 = 3_000;

const WATCHED_FILE: &str = r#"
ccId = "11111111-2222-4333-8444-555555555555"
name = "watched_tenant"

[[users]]
name = "auditor"
role = "viewer"
"#;

const SUSPENDED_FILE: &str = r#"
ccId = "66666666-7777-4888-9999-000000000000"
name = "suspended_tenant"
suspended = true

[[users]]
name = "nexus"
role = "admin"
"#;

/// Everything that a server is started with.
pub(crate) struct Setup {
    pub(super) folder: TempDir,
    pub(super) config: Config,
    pub(super) now: Timestamp,
    /// Another one for every start: the same chance again would make the same secrets again.
    pub(super) seed: u64,
}

impl Setup {
    /// The sample tenants and the tests' own, in a fresh folder.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: folder.path().join("data"),
            tenants: folder.path().join("tenants"),
            ..Config::default()
        };
        config.server.drain_deadline_ms = DRAIN_MS;
        config.policy.instances = 16;
        // A server in this process is not the program that compiles.
        config.policy.compiler = WARDGATE.into();
        let setup = Self { folder, config, now: Timestamp::from_ms(START_MS), seed: 42 };
        for entry in std::fs::read_dir(samples()).expect("the sample tenants") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(path.join("tenant.toml")).expect("a tenant file");
            setup.write_tenant(path.file_name().and_then(|name| name.to_str()).expect("a name"), &text);
        }
        setup.write_tenant("watched_tenant", WATCHED_FILE);
        setup.write_tenant("suspended_tenant", SUSPENDED_FILE);
        setup
    }

    /// With another tenant, or another file for one that is there.
    pub(crate) fn tenant(self, folder: &str, file: &str) -> Self {
        self.write_tenant(folder, file);
        self
    }

    /// With a change in a tenant's file.
    #[track_caller]
    pub(crate) fn edit_tenant(self, folder: &str, from: &str, to: &str) -> Self {
        let path = self.tenant_file(folder);
        let text = std::fs::read_to_string(&path).expect("a tenant file");
        assert!(text.contains(from), "{from:?} is not in {folder}");
        std::fs::write(path, text.replace(from, to)).expect("written");
        self
    }

    /// With a change of the configuration.
    pub(crate) fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// With another time to start at, in Unix milliseconds.
    pub(crate) fn at_ms(self, ms: i64) -> Self {
        Self { now: Timestamp::from_ms(ms), ..self }
    }

    /// The server on this ground.
    pub(crate) fn start(self) -> Server {
        Server::start_on(self)
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.config.data_dir
    }

    pub(crate) fn tenants_dir(&self) -> &Path {
        &self.config.tenants
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn tenant_file(&self, folder: &str) -> PathBuf {
        self.config.tenants.join(folder).join("tenant.toml")
    }

    fn write_tenant(&self, folder: &str, file: &str) {
        let path = self.tenant_file(folder);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, file).expect("written");
    }
}

/// The tenants that documents and demos use.
fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tenants")
}
