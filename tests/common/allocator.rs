//! The system's allocator, which counts what it gives, and refuses what is larger than a test says.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How often memory was asked for.
pub static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
/// How many bytes are held.
pub static BYTES: AtomicIsize = AtomicIsize::new(0);
/// The most bytes that were held at once.
pub static PEAK: AtomicIsize = AtomicIsize::new(0);
/// The most bytes that are given at once, once nothing is spared any more.
pub static LARGEST: AtomicUsize = AtomicUsize::new(usize::MAX);
/// How often more than that is given all the same.
pub static SPARED: AtomicUsize = AtomicUsize::new(0);

struct Counting;

impl Counting {
    /// Counts what is about to be given; false if it is refused.
    fn admits(layout: Layout) -> bool {
        let is_large = layout.size() > LARGEST.load(SeqCst);
        let is_spared = || {
            let left = SPARED.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
            left.is_ok()
        };
        if is_large && !is_spared() {
            return false;
        }
        let size = layout.size() as isize;
        ALLOCATIONS.fetch_add(1, SeqCst);
        PEAK.fetch_max(BYTES.fetch_add(size, SeqCst) + size, SeqCst);
        true
    }
}

// SAFETY: what is not refused is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !Counting::admits(layout) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !Counting::admits(layout) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size() as isize, SeqCst);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Held by the test that runs, as all threads share the allocator.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `call` gives while no piece of more than `largest` bytes is given, but for the first
/// `spared`.
pub fn refusing<R>(largest: usize, spared: usize, call: impl FnOnce() -> R) -> R {
    SPARED.store(spared, SeqCst);
    LARGEST.store(largest, SeqCst);
    let outcome = call();
    LARGEST.store(usize::MAX, SeqCst);
    SPARED.store(0, SeqCst);
    outcome
}
