//! The allocator of a policy: it hands out ever higher addresses and takes nothing back, because an instance lives for
//! one call. It must never grow the memory while the arena suffices: growing costs more than the whole evaluation.
#![expect(unsafe_code, reason = "an allocator deals in raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::memory_grow;
use core::cell::{Cell, UnsafeCell};
use core::ptr::null_mut;

/// With the stack and the constants this leaves a policy within one page of memory, the least there is: the host resets
/// the pages of every instance, and a second one costs a microsecond and a quarter.
const ARENA_BYTES: usize = 24 * 1024;
const PAGE_BYTES: usize = 64 * 1024;

/// Hands out `[next, end)`, from the bottom.
struct Bump {
    next: Cell<usize>,
    end: Cell<usize>,
    arena: UnsafeCell<[u8; ARENA_BYTES]>,
}

// SAFETY: the module is built without threads, so nothing is ever shared between two of them.
unsafe impl Sync for Bump {}

#[global_allocator]
static BUMP: Bump = Bump {
    // Zeroes, so that the arena costs nothing in the module's initial data; the first request fills them in.
    next: Cell::new(0),
    end: Cell::new(0),
    arena: UnsafeCell::new([0; ARENA_BYTES]),
};

impl Bump {
    fn take(&self, bytes: usize, align: usize) -> *mut u8 {
        if self.end.get() == 0 {
            self.next.set(self.arena.get() as usize);
            self.end.set(self.arena.get() as usize + ARENA_BYTES);
        }
        loop {
            let start = (self.next.get() + align - 1) & !(align - 1);
            match start.checked_add(bytes) {
                Some(next) if next <= self.end.get() => {
                    self.next.set(next);
                    return start as *mut u8;
                }
                Some(_) if self.grow(bytes, align) => {}
                _ => return null_mut(),
            }
        }
    }

    /// Adds pages that surely hold `bytes` at any alignment; what was left of the region before them is forgotten
    /// unless they happen to adjoin it.
    fn grow(&self, bytes: usize, align: usize) -> bool {
        let Some(needed) = bytes.checked_add(align) else {
            return false;
        };
        let pages = needed.div_ceil(PAGE_BYTES);
        let before = memory_grow(0, pages);
        if before == usize::MAX {
            return false;
        }
        // The very last page ends where addresses do; leaving it unused is simpler than counting beyond.
        let Some(end) = (before + pages).checked_mul(PAGE_BYTES) else {
            return false;
        };
        let start = before * PAGE_BYTES;
        if start != self.end.get() {
            self.next.set(start);
        }
        self.end.set(end);
        true
    }
}

// SAFETY: every block lies within the arena or within pages that this allocator grew, is aligned as asked, and is
// handed out once. Both kinds of memory start as zeroes, and no block is handed out twice, so `alloc_zeroed` needs no
// clearing.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size(), layout.align())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size(), layout.align())
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        let start = block as usize;
        let is_last = start + layout.size() == self.next.get();
        if bytes <= layout.size() {
            return block;
        }
        if is_last && bytes <= self.end.get() - start {
            self.next.set(start + bytes);
            return block;
        }
        let moved = self.take(bytes, layout.align());
        if !moved.is_null() {
            // SAFETY: the caller vouches for the old block; the new one is larger and apart from it.
            unsafe { moved.copy_from_nonoverlapping(block, layout.size()) };
        }
        moved
    }
}
