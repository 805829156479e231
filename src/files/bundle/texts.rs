//! Texts as bytes of a file: the lengths of all, each as a varint, their checksum, and the texts
//! one after the other.

use std::io::{self, Write};

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use crate::files::crc::masked;
use crate::types::{Bytes, Result, count_elements, memory};

/// Writes texts. Gives their number of bytes and their CRC-32C.
pub(super) fn write_texts(
    texts: &ArrayViewD<'_, Bytes>,
    file: &mut dyn Write,
) -> io::Result<(u64, u32)> {
    // A few bytes for each text.
    let mut lengths = Vec::new();
    let mut crc = 0;
    for text in texts {
        prost::encoding::encode_varint(text.len() as u64, &mut lengths);
        crc = with_length(crc, text.len() as u64);
    }
    let checksum = masked(crc).to_le_bytes();
    crc = crc32c::crc32c_append(crc, &checksum);
    file.write_all(&lengths)?;
    file.write_all(&checksum)?;
    let mut size = (lengths.len() + checksum.len()) as u64;
    for text in texts {
        file.write_all(text)?;
        crc = crc32c::crc32c_append(crc, text);
        size += text.len() as u64;
    }
    Ok((size, crc))
}

/// The texts that these bytes of a file are, with the CRC-32C of all; `None` if they are no texts
/// that fill this shape.
///
/// # Errors
/// `ResourceExhausted`.
pub(super) fn read_texts(
    shape: &[usize],
    mut bytes: &[u8],
) -> Result<Option<(ArrayD<Bytes>, u32)>> {
    // Each has a byte for its length at least.
    let Some(count) = count_elements(shape).filter(|count| *count <= bytes.len()) else {
        return Ok(None);
    };
    let mut lengths = memory::reserved(count)?;
    let mut crc = 0;
    for _ in 0..count {
        let Ok(length) = prost::encoding::decode_varint(&mut bytes) else {
            return Ok(None);
        };
        crc = with_length(crc, length);
        // Few: there is room for all.
        lengths.push(length);
    }
    let Some((checksum, mut bytes)) = bytes.split_first_chunk::<4>() else {
        return Ok(None);
    };
    if u32::from_le_bytes(*checksum) != masked(crc) {
        return Ok(None);
    }
    crc = crc32c::crc32c_append(crc, checksum);
    crc = crc32c::crc32c_append(crc, bytes);
    let mut texts = memory::reserved(count)?;
    for length in lengths {
        let length = usize::try_from(length).ok();
        let Some((text, rest)) = length.and_then(|length| bytes.split_at_checked(length)) else {
            return Ok(None);
        };
        // Few: there is room for all.
        texts.push(Bytes::from(text));
        bytes = rest;
    }
    let is_all = bytes.is_empty();
    let array = ArrayD::from_shape_vec(IxDyn(shape), texts).ok();
    Ok(array.filter(|_| is_all).map(|array| (array, crc)))
}

/// The checksum with one more length, which counts as 4 bytes if it fits into them, and else as 8.
fn with_length(crc: u32, length: u64) -> u32 {
    match u32::try_from(length) {
        Ok(length) => crc32c::crc32c_append(crc, &length.to_le_bytes()),
        Err(_) => crc32c::crc32c_append(crc, &length.to_le_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr1;

    #[test]
    fn texts_come_back_and_damaged_ones_do_not() {
        let long = "x".repeat(300);
        let texts = arr1(&["", "a\0", &long].map(Bytes::from)).into_dyn();
        let mut written = Vec::new();
        let (size, crc) = write_texts(&texts.view(), &mut written).unwrap();
        assert_eq!(size, written.len() as u64);
        let read = |bytes: &[u8], shape: &[usize]| read_texts(shape, bytes).unwrap();
        assert_eq!(read(&written, &[3]), Some((texts, crc)));
        for shape in [&[2][..], &[4], &[usize::MAX, 2], &[]] {
            assert_eq!(read(&written, shape), None, "{shape:?}");
        }
        for length in 0..written.len() {
            assert_eq!(read(&written[..length], &[3]), None, "{length}");
        }
        for place in 0..written.len() {
            let mut damaged = written.clone();
            damaged[place] ^= 1;
            let found = read(&damaged, &[3]);
            assert!(found.is_none_or(|(_, other)| other != crc), "{place}");
        }
        let none = read(&masked(0).to_le_bytes(), &[0]).map(|(array, _)| array.len());
        assert_eq!(none, Some(0));
    }
}
