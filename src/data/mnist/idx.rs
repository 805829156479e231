//! The IDX format of MNIST's files: a number that tells the kind, the lengths, the bytes; numbers
//! have four bytes, the highest first.

use std::path::Path;

use super::super::source::Source;
use crate::types::Result;

/// Bytes along three axes, and along one.
const IMAGES: u32 = 2051;
const LABELS: u32 = 2049;

/// Shape, with one channel, and bytes.
pub(super) fn read_images(path: &Path) -> Result<([usize; 4], Vec<u8>)> {
    let mut source = Source::open(path)?;
    expect_kind(&mut source, IMAGES, "pictures")?;
    let mut lengths = [0; 3];
    for length in &mut lengths {
        *length = source.number()? as usize;
    }
    let [count, rows, columns] = lengths;
    let size = count
        .checked_mul(rows)
        .and_then(|size| size.checked_mul(columns))
        .filter(|size| *size > 0);
    let Some(size) = size else {
        let is = format!("says that it has {count} pictures of {rows} by {columns}");
        return Err(source.damaged(&is));
    };
    let bytes = source.take(size)?;
    source.expect_end()?;
    Ok(([count, rows, columns, 1], bytes))
}

/// The class of each picture.
pub(super) fn read_labels(path: &Path) -> Result<Vec<u8>> {
    let mut source = Source::open(path)?;
    expect_kind(&mut source, LABELS, "labels")?;
    let count = source.number()? as usize;
    let labels = source.take(count)?;
    source.expect_end()?;
    Ok(labels)
}

fn expect_kind(source: &mut Source, expected: u32, of: &str) -> Result<()> {
    match source.number()? {
        kind if kind == expected => Ok(()),
        kind => Err(source.damaged(&format!(
            "begins with {kind}, and files of {of} begin with {expected}"
        ))),
    }
}
