//! [`Block`]: the memory in which a run keeps everything in between. It is zeroed, and costs no
//! more than its address space before it is touched.

use std::alloc::{Layout as Allocation, alloc_zeroed, dealloc};
use std::ptr::NonNull;

/// What every place in the block is aligned to: a cache line, and the widest vector there is.
pub(crate) const ALIGNMENT: usize = 64;

/// One allocation, zeroed when made.
pub(super) struct Block {
    allocated: NonNull<u8>,
    /// How far behind that the first multiple of [`ALIGNMENT`] lies.
    offset: usize,
    bytes: usize,
}

impl Block {
    /// A block without memory.
    pub(super) fn empty() -> Block {
        Block {
            allocated: NonNull::<u128>::dangling().cast(),
            offset: 0,
            bytes: 0,
        }
    }

    /// A block of `bytes` bytes, if there is that much memory.
    pub(super) fn new(bytes: usize) -> Option<Block> {
        if bytes == 0 {
            return Some(Block::empty());
        }
        // SAFETY: the size is not zero.
        let allocated = NonNull::new(unsafe { alloc_zeroed(Block::allocation(bytes)?) })?;
        let address = allocated.addr().get();
        Some(Block {
            allocated,
            offset: address.next_multiple_of(ALIGNMENT) - address,
            bytes,
        })
    }

    /// What to allocate. Allocators take zeroed memory unread from the system if it need not be
    /// aligned specially; so it is aligned here.
    fn allocation(bytes: usize) -> Option<Allocation> {
        Allocation::from_size_align(bytes.checked_add(ALIGNMENT)?, align_of::<u64>()).ok()
    }

    #[inline]
    pub(super) fn start(&self) -> *mut u8 {
        // SAFETY: the offset is less than what was allocated beyond the block's bytes.
        unsafe { self.allocated.as_ptr().add(self.offset) }
    }

    #[inline]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        if let Some(allocation) = Block::allocation(self.bytes) {
            // SAFETY: `new` allocated it so.
            unsafe { dealloc(self.allocated.as_ptr(), allocation) };
        }
    }
}

// SAFETY: the block is plain bytes that it alone owns.
unsafe impl Send for Block {}
