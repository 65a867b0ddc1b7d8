//! The journal of nonces: what was taken is written here before anybody is told, so that the end of the process forgets
//! nothing. One thread writes at a time, for all that wait.

use std::io;
use std::mem;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use wardgate_domain::Timestamp;

use super::entry::{END, ENTRY_BYTES, Entry};
use super::past::Past;
use super::segment::{Boot, Header, JournalError, Segment};
use super::{NonceRules, seconds};

/// A segment is written for so long, in seconds, and then waits until its last entry expires.
const SEGMENT_S: u32 = 300;
/// A segment holds one in so many of all entries before another one is begun.
const SEGMENTS: u64 = 4;
/// Entries on the disk beyond twice the capacity, because expired ones go with their segment and not at once.
const SPARE_ENTRIES: u64 = 65_536;

/// An entry is not in the journal.
#[derive(Debug)]
pub(super) struct NotWritten;

pub(super) struct Journal {
    folder: Box<Path>,
    header: Header,
    /// Entries of a segment after which another one is begun.
    segment_entries: u64,
    /// Entries in all segments.
    most_entries: u64,
    queue: Mutex<Queue>,
    pub(super) tail: Mutex<Tail>,
    /// Held by whoever waits for the disk, one at a time.
    past: Mutex<Past>,
}

/// Entries that wait while others are written: whoever writes next writes them all.
struct Queue {
    bytes: Vec<u8>,
    ends_s: u32,
    /// The number of the batch that these are.
    batch: u64,
}

/// The segment that is written, and what became of the batches.
pub(super) struct Tail {
    pub(super) segment: Segment,
    /// Entries of the segment that the disk has.
    synced: u64,
    /// Entries in the segments before.
    past_entries: u64,
    /// The last batch that was written, or tried. The next one is the queue.
    settled: u64,
    /// Batches that could not be written, each with how many have yet to be told.
    failed: Vec<(u64, usize)>,
    /// The memory of the last batch, for the next.
    spare: Vec<u8>,
    /// The last batch could not be written, and the log says so.
    is_failing: bool,
    is_closed: bool,
}

impl Journal {
    /// Reads what is in `folder`, hands every entry that is live at `now` to `load`, and begins a segment.
    pub(super) fn open(
        folder: &Path,
        rules: NonceRules,
        is_first: bool,
        now: Timestamp,
        load: impl FnMut(Entry),
    ) -> Result<Self, JournalError> {
        let (now_s, capacity) = (seconds(now), rules.capacity as u64);
        let mut past = Past::read(folder, rules, is_first, now, load)?;
        let header = Header { boot: Boot::current(), window_ms: rules.window_ms, floor: past.floor };
        let segment = Segment::create(folder, past.last() + 1, header, now_s)?;
        // Not before what they say about the floor is in the next one.
        past.delete_expired(now_s)?;
        Ok(Self {
            folder: folder.into(),
            header,
            segment_entries: (capacity / SEGMENTS).max(1),
            most_entries: capacity.saturating_mul(2).saturating_add(SPARE_ENTRIES),
            queue: Mutex::new(Queue { bytes: Vec::new(), ends_s: 0, batch: 1 }),
            tail: Mutex::new(Tail::new(segment, past.entries())),
            past: Mutex::new(past),
        })
    }

    /// Signatures that were made before are refused.
    pub(super) fn floor(&self) -> Timestamp {
        self.header.floor
    }

    /// Writes an entry, together with all that have come to wait meanwhile. When it returns, the system has it.
    pub(super) fn append(&self, entry: Entry) -> Result<(), NotWritten> {
        let batch = {
            let mut queue = self.queue.lock();
            queue.bytes.extend_from_slice(&entry.to_bytes());
            queue.ends_s = queue.ends_s.max(entry.ends_s);
            queue.batch
        };
        let mut tail = self.tail.lock();
        // Unless one of those that were before us here has written ours, too.
        if tail.settled < batch {
            let (bytes, ends_s) = self.take_queue(&mut tail);
            tail.settle(bytes, ends_s, self.most_entries);
        }
        tail.outcome(batch)
    }

    /// Takes all that wait, and leaves the memory of the batch before to those who come.
    fn take_queue(&self, tail: &mut Tail) -> (Vec<u8>, u32) {
        let mut queue = self.queue.lock();
        tail.settled = queue.batch;
        queue.batch += 1;
        let bytes = mem::replace(&mut queue.bytes, mem::take(&mut tail.spare));
        (bytes, mem::take(&mut queue.ends_s))
    }

    /// Sees to it that the disk has what was written so far, begins another segment when it is time, and deletes those
    /// that have expired.
    pub(super) fn sync(&self, now_s: u32) -> io::Result<()> {
        let mut past = self.past.lock();
        let rotated = self.rotate(&mut past, now_s);
        let synced = self.sync_written(&mut past);
        let deleted = past.delete_expired(now_s);
        self.tail.lock().past_entries = past.entries();
        rotated.and(synced).and(deleted)
    }

    /// Puts a new segment in the place of one that is old or long enough.
    fn rotate(&self, past: &mut Past, now_s: u32) -> io::Result<()> {
        let number = {
            let Tail { segment, is_closed, .. } = &*self.tail.lock();
            let is_old = now_s.saturating_sub(segment.began_s) >= SEGMENT_S && segment.entries > 0;
            if *is_closed || !(is_old || segment.entries >= self.segment_entries) {
                return Ok(());
            }
            segment.number
        };
        // Made while others write to the old one.
        let next = Segment::create(&self.folder, number + 1, self.header, now_s)?;
        let mut tail = self.tail.lock();
        tail.past_entries += tail.segment.entries;
        tail.synced = 0;
        past.push(mem::replace(&mut tail.segment, next));
        Ok(())
    }

    fn sync_written(&self, past: &mut Past) -> io::Result<()> {
        let before = past.sync();
        let (file, entries) = {
            let tail = self.tail.lock();
            if tail.synced == tail.segment.entries {
                return before;
            }
            (Arc::clone(&tail.segment.file), tail.segment.entries)
        };
        let synced = file.sync_data();
        past.is_torn |= synced.is_err();
        self.tail.lock().synced = entries;
        before.and(synced)
    }

    /// Says in the journal that it ends here, if it is whole. Nothing can be written afterwards.
    pub(super) fn close(&self) -> io::Result<()> {
        let mut past = self.past.lock();
        if mem::replace(&mut self.tail.lock().is_closed, true) {
            return Ok(());
        }
        self.sync_written(&mut past)?;
        if past.is_torn {
            return Err(io::Error::other("the disk failed earlier to take what was written"));
        }
        // After what it stands for: an end that is on the disk must not be ahead of its entries.
        let mut tail = self.tail.lock();
        tail.segment.append(&END, 0)?;
        tail.segment.file.sync_data()
    }
}

impl Tail {
    fn new(segment: Segment, past_entries: u64) -> Self {
        Self {
            segment,
            synced: 0,
            past_entries,
            settled: 0,
            failed: Vec::new(),
            spare: Vec::new(),
            is_failing: false,
            is_closed: false,
        }
    }

    /// Writes the batch that was taken from the queue, or notes that it could not be.
    fn settle(&mut self, mut batch: Vec<u8>, ends_s: u32, most_entries: u64) {
        let count = batch.len() / ENTRY_BYTES;
        let written = if self.is_closed {
            Err(io::Error::other("the journal is closed"))
        } else if self.past_entries + self.segment.entries + count as u64 > most_entries {
            Err(io::Error::other("the journal is full of what has expired, because it is not synced"))
        } else {
            self.segment.append(&batch, ends_s)
        };
        let was_failing = mem::replace(&mut self.is_failing, written.is_err());
        match written {
            Ok(()) if was_failing => tracing::info!("nonces are written down again"),
            Ok(()) => {}
            Err(error) => {
                if !was_failing {
                    tracing::error!(%error, "nonces cannot be written down: signed requests are refused");
                }
                self.failed.push((self.settled, count));
            }
        }
        batch.clear();
        self.spare = batch;
    }

    /// Tells one of a batch what became of it.
    fn outcome(&mut self, batch: u64) -> Result<(), NotWritten> {
        let Some(at) = self.failed.iter().position(|(failed, _)| *failed == batch) else { return Ok(()) };
        self.failed[at].1 -= 1;
        if self.failed[at].1 == 0 {
            self.failed.swap_remove(at);
        }
        Err(NotWritten)
    }
}
