//! Writing a table.

use prost::encoding::encode_varint;

use super::block::BlockBuilder;
use super::{FOOTER, MAGIC};
use crate::files::crc::masked_crc32c;

/// A block is closed once it is as long as this, as TensorFlow does.
const BLOCK_SIZE: usize = 256 * 1024;
const RESTART_INTERVAL: usize = 16;

/// The file that holds these pairs, which come sorted by key, byte for byte as TensorFlow writes
/// it.
pub(crate) fn write_table<'p>(pairs: impl IntoIterator<Item = (&'p [u8], &'p [u8])>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut index = BlockBuilder::new(1);
    let mut block = BlockBuilder::new(RESTART_INTERVAL);
    // A block that is closed gets its line of the index when the next key is known.
    let mut closed: Option<(Vec<u8>, Handle)> = None;
    for (key, value) in pairs {
        if let Some((last, handle)) = closed.take() {
            index.add(&separator(&last, key), &handle.encoded());
        }
        block.add(key, value);
        if block.len() >= BLOCK_SIZE {
            let full = std::mem::replace(&mut block, BlockBuilder::new(RESTART_INTERVAL));
            closed = Some((full.last_key().to_vec(), append(&mut file, full)));
        }
    }
    if !block.is_empty() {
        closed = Some((block.last_key().to_vec(), append(&mut file, block)));
    }
    let metaindex = append(&mut file, BlockBuilder::new(RESTART_INTERVAL));
    if let Some((last, handle)) = closed {
        index.add(&successor(&last), &handle.encoded());
    }
    let index = append(&mut file, index);
    let mut footer = [metaindex.encoded(), index.encoded()].concat();
    footer.resize(FOOTER - 8, 0);
    file.extend(footer);
    file.extend(MAGIC.to_le_bytes());
    file
}

/// Where a block lies.
struct Handle {
    offset: usize,
    size: usize,
}

impl Handle {
    fn encoded(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode_varint(self.offset as u64, &mut bytes);
        encode_varint(self.size as u64, &mut bytes);
        bytes
    }
}

/// Appends a block with its trailer.
fn append(file: &mut Vec<u8>, block: BlockBuilder) -> Handle {
    let offset = file.len();
    file.extend(block.finish());
    let size = file.len() - offset;
    file.push(0); // not compressed
    let crc = masked_crc32c(&file[offset..]);
    file.extend(crc.to_le_bytes());
    Handle { offset, size }
}

/// A short key that is not less than `last` and less than `next`.
fn separator(last: &[u8], next: &[u8]) -> Vec<u8> {
    let shared = last.iter().zip(next).take_while(|(a, b)| a == b).count();
    match (last.get(shared), next.get(shared)) {
        (Some(&a), Some(&b)) if a < 0xff && a + 1 < b => {
            let mut key = last[..=shared].to_vec();
            key[shared] += 1;
            key
        }
        _ => last.to_vec(),
    }
}

/// A short key that is not less than `last`.
fn successor(last: &[u8]) -> Vec<u8> {
    match last.iter().position(|&byte| byte != 0xff) {
        Some(place) => {
            let mut key = last[..=place].to_vec();
            key[place] += 1;
            key
        }
        None => last.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Fault, read_table};
    use super::*;

    #[test]
    fn keys_between_blocks_are_short_and_in_order() {
        let of = |last: &str, next: &str| separator(last.as_bytes(), next.as_bytes());
        assert_eq!(of("layer1/W", "layer9/b"), b"layer2");
        assert_eq!(of("abc", "abd"), b"abc");
        assert_eq!(of("abc", "abcd"), b"abc");
        assert_eq!(successor(b"global_step"), b"h");
        assert_eq!(successor(&[0xff, b'a']), [0xff, b'b']);
        assert_eq!(successor(&[0xff]), [0xff]);
    }

    #[test]
    fn a_table_of_many_blocks_comes_back() {
        let name = |i: usize| format!("scope{:03}/variable{i:05}", i / 7).into_bytes();
        let pairs: Vec<_> = (0..5000).map(|i| (name(i), vec![i as u8; 300])).collect();
        let file = write_table(pairs.iter().map(|(key, value)| (&key[..], &value[..])));
        let mut read = Vec::new();
        read_table(&file, |key, value| {
            read.push((key.to_vec(), value.to_vec()));
            Ok(())
        })
        .unwrap();
        assert!(file.len() > 5 * BLOCK_SIZE);
        assert!(read == pairs);
    }

    #[test]
    fn a_compressed_block_is_named() {
        let mut file = write_table([(&b"key"[..], &b"value"[..])]);
        let size = BlockBuilder::new(1).finish().len() + 3 + b"keyvalue".len();
        file[size] = 1;
        let crc = masked_crc32c(&file[..=size]);
        file[size + 1..size + 5].copy_from_slice(&crc.to_le_bytes());
        let fault = read_table(&file, |_, _| Ok(())).unwrap_err();
        assert!(
            matches!(&fault, Fault::Unsupported(what) if what.contains("Snappy")),
            "{fault:?}"
        );
    }

    #[test]
    fn an_empty_table_comes_back() {
        let file = write_table([]);
        read_table(&file, |_, _| Err("there is nothing".into())).unwrap();
    }
}
