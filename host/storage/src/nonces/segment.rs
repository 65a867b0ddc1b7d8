//! One file of the journal: a header and entries of 20 bytes, appended until another file takes over. What a file says
//! is believed only if its header is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;
use wardgate_domain::Timestamp;

use super::entry::{END, ENTRY_BYTES, Entry};

const MAGIC: [u8; 8] = *b"WGNONCES";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 60;
/// Bytes of a header before its check.
const CHECKED_BYTES: usize = 44;
/// Where a segment is made before it gets its name, so that no segment is ever seen half made.
pub(super) const DRAFT: &str = "draft";
const ENDING: &str = ".nonces";

/// The journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum JournalError {
    #[error("the journal of nonces cannot be read or written: {0}")]
    Io(#[from] io::Error),
    #[error("the folder of nonces has a file {0:?}, which is not part of their journal: move it elsewhere")]
    Foreign(String),
    #[error(
        "the file {0:?} of the journal of nonces is damaged, or of another version: restore it, or empty the folder, \
         and signatures made before the next start will be refused"
    )]
    Damaged(String),
}

/// What a segment begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) boot: Boot,
    /// The window that its entries were taken under.
    pub(super) window_ms: u64,
    /// Signatures that were made before are refused.
    pub(super) floor: Timestamp,
}

/// One run of the system, from its start to its end. What a process wrote outlives the process, but not this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Boot(Uuid);

impl Boot {
    /// The run that this process is in, as the kernel names it.
    pub(super) fn current() -> Self {
        let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self(Uuid::try_parse(id.trim()).unwrap_or_default())
    }

    /// Whether both are known to be the same run.
    pub(super) fn is(self, other: Self) -> bool {
        self == other && !self.0.is_nil()
    }
}

impl Header {
    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.boot.0.into_bytes());
        bytes.extend(self.window_ms.to_le_bytes());
        bytes.extend(self.floor.as_ms().to_le_bytes());
        let check = Sha256::digest(&bytes);
        bytes.extend(&check[..HEADER_BYTES - CHECKED_BYTES]);
        bytes.try_into().expect("the parts are as long as the whole")
    }

    fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let (_, rest) = bytes.split_first_chunk::<12>()?;
        let (boot, rest) = rest.split_first_chunk()?;
        let (window_ms, rest) = rest.split_first_chunk()?;
        let header = Self {
            boot: Boot(Uuid::from_bytes(*boot)),
            window_ms: u64::from_le_bytes(*window_ms),
            floor: Timestamp::from_ms(i64::from_le_bytes(*rest.first_chunk()?)),
        };
        // Magic, version and check are right if writing it gives the same.
        (header.to_bytes() == *bytes).then_some(header)
    }
}

/// The segment that is written.
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) file: Arc<File>,
    pub(super) began_s: u32,
    pub(super) entries: u64,
    /// The first second in which none of its entries is needed.
    pub(super) ends_s: u32,
}

impl Segment {
    /// Makes a segment that outlives a power cut as far as its being there goes.
    pub(super) fn create(folder: &Path, number: u64, header: Header, now_s: u32) -> io::Result<Self> {
        let draft = folder.join(DRAFT);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all_at(&header.to_bytes(), 0)?;
        file.sync_all()?;
        fs::rename(&draft, folder.join(name(number)))?;
        File::open(folder)?.sync_all()?;
        Ok(Self { number, file: Arc::new(file), began_s: now_s, entries: 0, ends_s: 0 })
    }

    /// Appends entries, whose last one to expire does so at `ends_s`. After a failure the next ones go to the same
    /// place, so that there is never half an entry before a whole one.
    pub(super) fn append(&mut self, entries: &[u8], ends_s: u32) -> io::Result<()> {
        let end = HEADER_BYTES as u64 + self.entries * ENTRY_BYTES as u64;
        self.file.write_all_at(entries, end)?;
        self.entries += (entries.len() / ENTRY_BYTES) as u64;
        self.ends_s = self.ends_s.max(ends_s);
        Ok(())
    }
}

/// What was found in a segment, beside its entries.
pub(super) struct Found {
    pub(super) header: Header,
    /// How many entries there are, also expired ones.
    pub(super) entries: u64,
    /// Whether the journal was closed after them.
    pub(super) has_end: bool,
}

/// Reads a segment, header first. An entry that was half written is none: its request was never answered.
pub(super) fn read(folder: &Path, number: u64, mut each: impl FnMut(Header, Entry)) -> Result<Found, JournalError> {
    let name = name(number);
    let file = File::open(folder.join(&name))?;
    let mut file = BufReader::with_capacity(64 * 1024, file);
    let mut header = [0; HEADER_BYTES];
    let header = if fill(&mut file, &mut header)? { Header::from_bytes(&header) } else { None };
    let header = header.ok_or(JournalError::Damaged(name))?;
    let mut found = Found { header, entries: 0, has_end: false };
    let mut bytes = [0; ENTRY_BYTES];
    while fill(&mut file, &mut bytes)? {
        found.has_end = bytes == END;
        if !found.has_end {
            found.entries += 1;
            each(header, Entry::from_bytes(&bytes));
        }
    }
    // Written by a process that was killed, it may still be in memory alone.
    if !found.has_end {
        file.get_ref().sync_data()?;
    }
    Ok(found)
}

/// Fills all of `bytes`, or says that the file ends before.
fn fill(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The name of a segment's file. Numbers only grow.
pub(super) fn name(number: u64) -> String {
    format!("{number:010}{ENDING}")
}

/// The number of the segment whose file has this name, if it is one.
pub(super) fn number(file: &str) -> Option<u64> {
    let number = file.strip_suffix(ENDING)?.parse().ok()?;
    (name(number) == file).then_some(number)
}
