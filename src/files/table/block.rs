//! One block of a table: pairs of keys and values that share beginnings.

use prost::encoding::{decode_varint, encode_varint};

use super::Fault;

/// Puts a block together; keys come in order.
pub(super) struct BlockBuilder {
    bytes: Vec<u8>,
    restarts: Vec<u32>,
    last_key: Vec<u8>,
    since_restart: usize,
    restart_interval: usize,
}

impl BlockBuilder {
    pub(super) fn new(restart_interval: usize) -> Self {
        BlockBuilder {
            bytes: Vec::new(),
            restarts: vec![0],
            last_key: Vec::new(),
            since_restart: 0,
            restart_interval,
        }
    }

    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        let mut shared = 0;
        if self.since_restart < self.restart_interval {
            let pairs = self.last_key.iter().zip(key);
            shared = pairs.take_while(|(a, b)| a == b).count();
        } else {
            self.restarts.push(offset(self.bytes.len()));
            self.since_restart = 0;
        }
        for length in [shared, key.len() - shared, value.len()] {
            encode_varint(length as u64, &mut self.bytes);
        }
        self.bytes.extend_from_slice(&key[shared..]);
        self.bytes.extend_from_slice(value);
        self.last_key = key.to_vec();
        self.since_restart += 1;
    }

    pub(super) fn last_key(&self) -> &[u8] {
        &self.last_key
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How long the block would be now.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + 4 * self.restarts.len() + 4
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut bytes = self.bytes;
        let count = offset(self.restarts.len());
        for number in self.restarts.into_iter().chain([count]) {
            bytes.extend(number.to_le_bytes());
        }
        bytes
    }
}

fn offset(place: usize) -> u32 {
    u32::try_from(place)
        .expect("a block ends soon after 256 KiB, and a message is shorter than 2 GiB")
}

/// Calls `visit` with each pair of a block, in order.
pub(super) fn read_block(
    block: &[u8],
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut pairs = pairs(block).ok_or("a block ends too early")?;
    let mut key: Vec<u8> = Vec::new();
    while !pairs.is_empty() {
        let mut length = || usize::try_from(decode_varint(&mut pairs).ok()?).ok();
        let lengths = (length(), length(), length());
        let (Some(shared), Some(unshared), Some(value)) = lengths else {
            return Err("a length in a block is damaged".into());
        };
        let whole = unshared
            .checked_add(value)
            .is_some_and(|both| both <= pairs.len());
        if shared > key.len() || !whole {
            return Err("a length in a block is larger than the block".into());
        }
        let (rest, after) = pairs.split_at(unshared);
        let (value, after) = after.split_at(value);
        pairs = after;
        key.truncate(shared);
        key.extend_from_slice(rest);
        visit(&key, value)?;
    }
    Ok(())
}

/// A block without its restart points.
fn pairs(block: &[u8]) -> Option<&[u8]> {
    let (rest, count) = block.split_last_chunk::<4>()?;
    let restarts = usize::try_from(u32::from_le_bytes(*count))
        .ok()?
        .checked_mul(4)?;
    rest.get(..rest.len().checked_sub(restarts)?)
}
