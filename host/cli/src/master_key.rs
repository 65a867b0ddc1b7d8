//! The master key: one file outside the database, from which every key that works on stored data is derived.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use hkdf::Hkdf;
use sha2::Sha256;
use wardgate_domain::Random;
use wardgate_domain::jwt::JwtSigner;
use wardgate_domain::secret::SecretHasher;
use wardgate_policy::ArtefactKey;
use wardgate_storage::StoreKeys;
use zeroize::Zeroizing;

/// Name of the file inside the data folder.
pub const FILE: &str = "master.key";

/// 256 bits that no database backup contains.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// The key cannot be used; security rule 14.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct MasterKeyError {
    path: String,
    why: String,
}

impl MasterKey {
    /// Reads the key in `data_dir`. Where there is neither a key nor a `database`, both are new and the key is made;
    /// a database without its key is refused, for a new key could read nothing in it.
    pub fn open(data_dir: &Path, database: &Path, random: &Random) -> Result<Self, MasterKeyError> {
        let path = data_dir.join(FILE);
        let fail = |why: String| MasterKeyError { path: path.display().to_string(), why };
        match File::open(&path) {
            Ok(file) => Self::read(file).map_err(fail),
            Err(e) if e.kind() == ErrorKind::NotFound && database.exists() => Err(fail(
                "missing, but the database beside it was written with one: restore it from a backup".to_owned(),
            )),
            Err(e) if e.kind() == ErrorKind::NotFound => Self::make(&path, random).map_err(|e| fail(e.to_string())),
            Err(e) => Err(fail(e.to_string())),
        }
    }

    fn read(file: File) -> Result<Self, String> {
        let mode = file.metadata().map_err(|e| e.to_string())?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(format!("others may read it (mode {:o}): run chmod 600 on it", mode & 0o777));
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(33));
        file.take(33).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| "must be exactly 32 bytes".to_owned())?;
        if key == [0; 32] {
            return Err("all zero is no key".to_owned());
        }
        Ok(Self(Zeroizing::new(key)))
    }

    fn make(path: &Path, random: &Random) -> std::io::Result<Self> {
        let key = Zeroizing::new(random.bytes());
        write_private(path, &*key)?;
        Ok(Self(key))
    }

    /// What secrets are recognised with.
    pub fn hasher(&self) -> SecretHasher {
        SecretHasher::new(&self.derive(b"wardgate/secret-hash/1"))
    }

    /// What the store works with.
    pub fn store_keys(&self) -> StoreKeys {
        StoreKeys { audit: *self.derive(b"wardgate/audit-chain/1"), sealing: *self.derive(b"wardgate/seal/1") }
    }

    /// What tokens for others are signed with.
    pub fn signer(&self) -> JwtSigner {
        JwtSigner::new(&self.derive(b"wardgate/jwt-signing/1"))
    }

    /// What machine code on disk is authenticated with.
    pub fn artefact_key(&self) -> ArtefactKey {
        ArtefactKey(self.derive(b"wardgate/modules/1"))
    }

    // One purpose, one key (RFC 5869): what leaks of one says nothing of another.
    fn derive(&self, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &*self.0).expand(purpose, &mut *key).expect("32 bytes are a legal length for HKDF");
        key
    }
}

/// Writes a file that only its owner may read: whole and on disk, or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let _ = std::fs::remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{FILE, MasterKey};
    use wardgate_domain::Random;

    #[test]
    fn a_key_that_is_readable_by_others_short_zero_or_lost_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, database) = (folder.path().join("data"), folder.path().join("data/wardgate.db"));
        std::fs::create_dir(&data).expect("a data folder");
        let open = || MasterKey::open(&data, &database, &Random::seeded(42)).map(|_| ()).map_err(|e| e.to_string());
        open().expect("a new key");
        open().expect("the same key");
        let (key, chmod) = (data.join(FILE), |mode| std::fs::Permissions::from_mode(mode));
        std::fs::set_permissions(&key, chmod(0o644)).expect("chmod");
        assert!(open().expect_err("refused").contains("chmod 600"));
        std::fs::set_permissions(&key, chmod(0o600)).expect("chmod");
        std::fs::write(&key, [0; 32]).expect("write");
        assert!(open().expect_err("refused").contains("zero"));
        std::fs::write(&key, [1; 31]).expect("write");
        assert!(open().expect_err("refused").contains("32 bytes"));
        std::fs::remove_file(&key).expect("remove");
        std::fs::write(&database, b"").expect("write");
        assert!(open().expect_err("refused").contains("missing"));
    }
}
