//! One node a data folder: a second process would keep copies that the first one's changes do not reach.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Name of the lock file inside the data folder.
const FILE: &str = "lock";

/// The right to use a data folder, for as long as it is held; the system takes it back when the process ends.
#[derive(Debug)]
pub struct Claim(#[expect(dead_code, reason = "held, not read")] File);

/// The data folder cannot be used; says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct ClaimError {
    path: String,
    why: String,
    is_taken: bool,
}

impl ClaimError {
    /// Whether the folder is as it should be, and another process has it.
    pub fn is_taken(&self) -> bool {
        self.is_taken
    }
}

impl Claim {
    /// Claims `data_dir`, making it if it is not there. A folder that others may write is refused: they could put their
    /// own key or database into it.
    pub fn take(data_dir: &Path) -> Result<Self, ClaimError> {
        let fail = |why: String| ClaimError { path: data_dir.display().to_string(), why, is_taken: false };
        DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(|e| fail(e.to_string()))?;
        let mode = data_dir.metadata().map_err(|e| fail(e.to_string()))?.permissions().mode();
        if mode & 0o022 != 0 {
            return Err(fail(format!("others may write it (mode {:o}): run chmod go-w on it", mode & 0o777)));
        }
        let path = data_dir.join(FILE);
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
        let file = file.map_err(|e| fail(e.to_string()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                let why = "another wardgate is using it: stop that one first, or name another folder with --data-dir";
                Err(ClaimError { is_taken: true, ..fail(why.to_owned()) })
            }
            Err(TryLockError::Error(e)) => Err(fail(e.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::Claim;

    #[test]
    fn a_folder_is_claimed_once_and_only_if_it_is_ours_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let claim = Claim::take(&data).expect("a claim");
        let taken = Claim::take(&data).expect_err("refused");
        assert!(taken.is_taken() && taken.to_string().contains("another wardgate"));
        drop(claim);
        Claim::take(&data).expect("a claim again");
        std::fs::set_permissions(&data, Permissions::from_mode(0o777)).expect("chmod");
        let open = Claim::take(&data).expect_err("refused");
        assert!(!open.is_taken() && open.to_string().contains("chmod go-w"));
    }
}
