//! Reading a table.

use prost::encoding::decode_varint;

use super::block::read_block;
use super::{FOOTER, Fault, MAGIC, TRAILER};
use crate::files::crc::masked_crc32c;

/// Calls `visit` with each pair of the table in `file`, sorted by key. Nothing is taken on trust:
/// every block's checksum is compared, and the blocks must fill the file.
pub(crate) fn read_table(
    file: &[u8],
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let (metaindex, index) = footer(file)?;
    block(file, metaindex)?;
    let mut last_key: Option<Vec<u8>> = None;
    let mut end = 0;
    read_block(block(file, index)?, |_, mut value| {
        let handle = handle(&mut value).ok_or("the index of the table is damaged")?;
        if handle.0 != end {
            return Err("the blocks of the table do not follow each other".into());
        }
        let block = block(file, handle)?;
        end = handle.0 + handle.1 + TRAILER;
        read_block(block, |key, value| {
            if last_key.as_deref().is_some_and(|last| last >= key) {
                return Err("the keys of the table are not sorted".into());
            }
            last_key = Some(key.to_vec());
            visit(key, value)
        })
    })?;
    let after_blocks = [metaindex.0, metaindex.0 + metaindex.1 + TRAILER];
    let whole =
        [end, index.0] == after_blocks && index.0 + index.1 + TRAILER + FOOTER == file.len();
    if whole {
        Ok(())
    } else {
        Err("there is something between the parts of the table".into())
    }
}

/// Offset and size of a block.
type Handle = (usize, usize);

/// Where the metaindex block and the index block lie.
fn footer(file: &[u8]) -> Result<(Handle, Handle), Fault> {
    let Some((_, footer)) = file.split_last_chunk::<FOOTER>() else {
        return Err(format!("it has {} bytes, fewer than any table", file.len()).into());
    };
    if footer[FOOTER - 8..] != MAGIC.to_le_bytes() {
        return Err("it does not end as a table does".into());
    }
    let mut handles = &footer[..FOOTER - 8];
    let both = handle(&mut handles).zip(handle(&mut handles));
    let padded = handles.iter().all(|&byte| byte == 0);
    both.filter(|_| padded)
        .ok_or("its footer is damaged".into())
}

fn handle(bytes: &mut &[u8]) -> Option<Handle> {
    let mut number = || usize::try_from(decode_varint(bytes).ok()?).ok();
    Some((number()?, number()?))
}

/// The block at a place, if its checksum is right.
fn block(file: &[u8], (offset, size): Handle) -> Result<&[u8], Fault> {
    let end = offset
        .checked_add(size)
        .and_then(|end| end.checked_add(TRAILER));
    let whole = end.and_then(|end| file.get(offset..end));
    let whole = whole.ok_or("a block lies outside of the file")?;
    let (with_type, crc) = whole.split_at(size + 1);
    if masked_crc32c(with_type).to_le_bytes() != crc {
        return Err("the checksum of a block is wrong".into());
    }
    match with_type[size] {
        0 => Ok(&with_type[..size]),
        1 => Err(Fault::Unsupported("it is compressed by Snappy".into())),
        other => Err(Fault::Unsupported(format!(
            "it is compressed in an unknown way (number {other})"
        ))),
    }
}
