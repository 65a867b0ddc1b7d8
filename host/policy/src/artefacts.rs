//! Compiled modules on disk, so that a restart compiles nothing again. Machine code runs outside of every sandbox: what is
//! loaded was written here, by us, for this very engine, and nobody has changed a bit of it since (security rule 85).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use sha2::Sha256;
use wardgate_domain::policy::ModuleDigest;
use wasmtime::component::Component;
use zeroize::Zeroizing;

use crate::engine::Engine;
use crate::module::LoadError;

/// What artefacts are authenticated with: 256 bits that no tenant and no backup of the folder has.
#[derive(Clone)]
pub struct ArtefactKey(pub Zeroizing<[u8; 32]>);

/// The artefacts of one engine, in a folder.
pub struct Artefacts {
    folder: PathBuf,
    key: ArtefactKey,
    engine: Engine,
    /// What machine code for this engine depends on: wasmtime itself, its settings, this processor.
    depends_on: [u8; 32],
    /// Held by whoever writes: two of the same module would write to one file.
    writing: Mutex<()>,
}

impl Artefacts {
    /// Takes `folder`, or makes it. One that others may write to or read is refused.
    pub fn open(folder: PathBuf, key: ArtefactKey, engine: Engine) -> io::Result<Self> {
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        let found = fs::symlink_metadata(&folder)?;
        if !found.is_dir() || found.permissions().mode() & 0o077 != 0 {
            let why = format!("{}: must be a folder that only its owner may use (chmod 700)", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        let depends_on = engine.code_digest();
        Ok(Self { folder, key, engine, depends_on, writing: Mutex::default() })
    }

    /// Keeps the machine code of a module: whole and on disk, or not at all.
    pub fn put(&self, digest: ModuleDigest, code: &[u8]) -> io::Result<()> {
        let tag = self.tag(digest, &mut &*code)?;
        let _turn = self.writing.lock();
        // The tag last: code without one is not looked at.
        Self::write(&self.code(digest), code)?;
        Self::write(&self.tag_file(digest), &tag)?;
        File::open(&self.folder)?.sync_all()
    }

    /// Whether there is machine code of a module for this engine. Nobody has looked into it.
    pub fn has(&self, digest: ModuleDigest) -> bool {
        self.code(digest).exists() && self.tag_file(digest).exists()
    }

    /// The machine code of a module, if it is here, is ours and is for this engine. Whatever else lies in its place is taken
    /// away, so that it is compiled anew. What is ours and yet refused wants more than the engine has for one instance:
    /// compiling it anew would make the same of it.
    pub(crate) fn get(&self, digest: ModuleDigest) -> Option<Result<Component, LoadError>> {
        let (code, tag) = (self.code(digest), self.tag_file(digest));
        if !code.exists() {
            return None;
        }
        if self.check(digest, &code, &tag).is_err() {
            let _ = fs::remove_file(tag);
            let _ = fs::remove_file(code);
            return None;
        }
        Some(load_code(self.engine.runtime(), &code).map_err(|error| LoadError::Invalid(format!("{error:#}"))))
    }

    /// Takes away a module's machine code for every engine. Whoever has it mapped keeps it.
    pub fn remove(&self, digest: ModuleDigest) -> io::Result<()> {
        let prefix = format!("{digest}.");
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Takes away the machine code of all modules that are not `wanted`, and what writes that were cut off have left. Says
    /// how many files went.
    pub fn keep_only(&self, wanted: impl Fn(ModuleDigest) -> bool) -> io::Result<u32> {
        let mut gone = 0;
        let _turn = self.writing.lock();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            // One that was written to the end has no fourth part.
            let parts: Vec<_> = name.to_str().unwrap_or_default().split('.').collect();
            let digest = parts.first().filter(|_| parts.len() == 3).and_then(|digest| ModuleDigest::parse(digest));
            if !digest.is_some_and(&wanted) {
                fs::remove_file(entry.path())?;
                gone += 1;
            }
        }
        Ok(gone)
    }

    fn check(&self, digest: ModuleDigest, code: &Path, tag: &Path) -> io::Result<()> {
        let mut kept = Vec::with_capacity(32);
        File::open(tag)?.take(33).read_to_end(&mut kept)?;
        self.mac(digest, &mut File::open(code)?)?.verify_slice(&kept).map_err(io::Error::other)
    }

    fn tag(&self, digest: ModuleDigest, code: &mut impl Read) -> io::Result<[u8; 32]> {
        Ok(self.mac(digest, code)?.finalize().into_bytes().into())
    }

    /// Over what it is the code of, what it runs on, and all of the code.
    fn mac(&self, digest: ModuleDigest, code: &mut impl Read) -> io::Result<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.key.0).expect("HMAC takes a key of any length");
        mac.update(&digest.0);
        mac.update(&self.depends_on);
        let mut piece = vec![0; 64 * 1024];
        loop {
            match code.read(&mut piece)? {
                0 => return Ok(mac),
                read => mac.update(&piece[..read]),
            }
        }
    }

    fn code(&self, digest: ModuleDigest) -> PathBuf {
        let [a, b, c, d, ..] = self.depends_on;
        self.folder.join(format!("{digest}.{:08x}.code", u32::from_be_bytes([a, b, c, d])))
    }

    fn tag_file(&self, digest: ModuleDigest) -> PathBuf {
        self.code(digest).with_extension("tag")
    }

    fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        // Left by a start that was cut off.
        let _ = fs::remove_file(&new);
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, path)
        });
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        written
    }
}

/// Maps machine code into this process.
#[expect(unsafe_code, reason = "the caller has just checked that every byte of the file is ours")]
fn load_code(runtime: &wasmtime::Engine, file: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the file was made by `Engine::precompile_component` of this program with these settings, which its tag has
    // just proved, and lies in a folder that only we may write to.
    unsafe { Component::deserialize_file(runtime, file) }
}

impl std::fmt::Debug for Artefacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Artefacts").field(&self.folder).finish()
    }
}
