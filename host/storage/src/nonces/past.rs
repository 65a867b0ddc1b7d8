//! What the journal held before: read at the start, synced behind the writer, deleted when all of it has expired.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wardgate_domain::Timestamp;

use super::entry::Entry;
use super::segment::{self, Boot, DRAFT, JournalError};
use super::{NonceRules, seconds};

/// The segments that are no longer written.
pub(super) struct Past {
    folder: PathBuf,
    segments: Vec<PastSegment>,
    /// Signatures that were made before are refused.
    pub(super) floor: Timestamp,
    /// The disk once failed to take what was written, so the journal is not whole.
    pub(super) is_torn: bool,
}

struct PastSegment {
    number: u64,
    entries: u64,
    ends_s: u32,
    /// Still to be synced.
    file: Option<Arc<File>>,
}

impl Past {
    /// Reads what is in `folder` and hands every entry that is live at `now` to `load`.
    pub(super) fn read(
        folder: &Path,
        rules: NonceRules,
        is_first: bool,
        now: Timestamp,
        mut load: impl FnMut(Entry),
    ) -> Result<Self, JournalError> {
        // A folder that is missing beside a database that is there was lost, with all it knew.
        let is_new = make_folder(folder)? && is_first;
        let numbers = numbers(folder)?;
        let mut floor = if is_new { Timestamp::from_ms(i64::MIN) } else { now };
        let mut segments = Vec::new();
        for number in numbers {
            let mut ends_s = 0;
            let found = segment::read(folder, number, |header, mut entry| {
                // A window that was widened lets signatures in again that the old one had shut out.
                let wider_s = rules.window_ms.saturating_sub(header.window_ms).div_ceil(1_000);
                entry.ends_s = entry.ends_s.saturating_add(u32::try_from(wider_s).unwrap_or(u32::MAX));
                if entry.ends_s > seconds(now) {
                    ends_s = ends_s.max(entry.ends_s);
                    load(entry);
                }
            })?;
            // The last one decides. What it does not know: the unsynced end of what was written before a power cut, and
            // what an older, narrower window had let it forget.
            let is_whole = found.has_end || found.header.boot.is(Boot::current());
            let knows_all = is_whole && found.header.window_ms >= rules.window_ms;
            // A floor in the future was set by a clock that was wrong.
            floor = if knows_all { found.header.floor.min(now) } else { now };
            segments.push(PastSegment { number, entries: found.entries, ends_s, file: None });
        }
        Ok(Self { folder: folder.to_owned(), segments, floor, is_torn: false })
    }

    /// The number of the last segment.
    pub(super) fn last(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.number)
    }

    /// How many entries there are, the expired ones among them.
    pub(super) fn entries(&self) -> u64 {
        self.segments.iter().map(|segment| segment.entries).sum()
    }

    /// Takes a segment that is no longer written.
    pub(super) fn push(&mut self, segment: segment::Segment) {
        let segment::Segment { number, file, entries, ends_s, .. } = segment;
        self.segments.push(PastSegment { number, entries, ends_s, file: Some(file) });
    }

    /// Waits until the disk has all segments. A sync that fails is not tried again: the system has then given up what
    /// it could not write.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        let mut synced = Ok(());
        for file in self.segments.iter_mut().filter_map(|segment| segment.file.take()) {
            synced = synced.and(file.sync_data());
        }
        self.is_torn |= synced.is_err();
        synced
    }

    /// Deletes the segments in which nothing is needed any more.
    pub(super) fn delete_expired(&mut self, now_s: u32) -> io::Result<()> {
        let mut deleted = Ok(());
        self.segments.retain(|segment| {
            if segment.ends_s > now_s {
                return true;
            }
            match fs::remove_file(self.folder.join(segment::name(segment.number))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => deleted = Err(error),
                _ => return false,
            }
            true
        });
        deleted
    }
}

/// Makes the folder if it is not there, so that a power cut does not unmake it. Says whether it did.
fn make_folder(folder: &Path) -> io::Result<bool> {
    if folder.is_dir() {
        return Ok(false);
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()?;
    Ok(true)
}

/// The numbers of the segments in the folder, in their order. A file that is no segment may be one that lost its name.
fn numbers(folder: &Path) -> Result<Vec<u64>, JournalError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        match segment::number(&name) {
            Some(number) => numbers.push(number),
            None if name == DRAFT => fs::remove_file(folder.join(name))?,
            None => return Err(JournalError::Foreign(name)),
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}
