//! A table of keys and values that is written once, sorted by key: what TensorFlow keeps a
//! checkpoint's index in.
//!
//! ```text
//! data blocks      pairs of key and value
//! metaindex block  empty here
//! index block      for each data block a key not less than its last and less than the next one's first, and where it lies
//! footer           where these two lie, zeros up to 40 bytes, and a magic number of 8 bytes
//! ```
//!
//! A block is a list of pairs, each as `shared`, `unshared`, `length` (varints), the last
//! `unshared` bytes of a key that begins with the first `shared` of the key before, and a value of
//! `length` bytes. At some places, the restart points, `shared` is 0; their offsets (4 bytes each)
//! and their number end the block. After it, one byte tells how it is compressed (0: not), and four
//! hold the masked CRC-32C of block and byte.
//!
//! Source: LevelDB's `doc/table_format.md`; `tensorflow/core/lib/io/table_builder.cc` and
//! `block_builder.cc`.

mod block;
mod fault;
mod read;
mod write;

pub(crate) use fault::Fault;
pub(crate) use read::read_table;
pub(crate) use write::write_table;

const MAGIC: u64 = 0xdb47_7524_8b80_fb57;
/// Two handles of two varints of at most ten bytes each, and the magic number.
const FOOTER: usize = 48;
/// The byte for compression, and the checksum.
const TRAILER: usize = 5;
