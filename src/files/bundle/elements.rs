//! The elements of whole tensors, in row-major order, from memory to a file and back.
//!
//! They go without a copy of the tensor, a piece at a time.

use std::io::{self, Read, Write};

use ndarray::{ArrayViewD, ArrayViewMutD};

use super::texts::write_texts;
use crate::files::elements::{Part, Stored};
use crate::types::{AnyArray, Bytes, DType, Result, with_plain_value, with_plain_value_mut};

/// How many bytes are worked on at once: few enough to be still in the processor's cache for the
/// second look at them, one being the checksum's and the other the system's.
const PIECE: usize = 1 << 18;
/// How many bytes of a tensor one thread reads at most before it takes another part.
pub(super) const PART: usize = 1 << 23;

/// Writes an array's elements. Gives their number of bytes and their CRC-32C.
pub(super) fn write_elements(array: &AnyArray, file: &mut dyn Write) -> io::Result<(u64, u32)> {
    let mut written = Written {
        file,
        size: 0,
        crc: 0,
    };
    with_plain_value!(array.value(), array => written.array(array.view())?, {
        return match array.view::<Bytes>() {
            Some(texts) => write_texts(&texts, file),
            None => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("elements of type {} cannot be written", array.dtype()),
            )),
        };
    });
    Ok((written.size, written.crc))
}

/// What has been written so far.
struct Written<'f> {
    file: &'f mut dyn Write,
    size: u64,
    crc: u32,
}

impl Written<'_> {
    fn array<T: Stored>(&mut self, array: ArrayViewD<'_, T>) -> io::Result<()> {
        let length = PIECE / size_of::<T>();
        let is_stored_so = cfg!(target_endian = "little");
        if let Some(elements) = array.as_slice().filter(|_| is_stored_so) {
            let mut pieces = elements.chunks(length);
            return pieces.try_for_each(|piece| self.bytes(bytemuck::cast_slice(piece)));
        }
        let mut piece = Vec::with_capacity(length.min(array.len()));
        for element in array {
            piece.push(element.little_endian());
            if piece.len() == length {
                self.bytes(bytemuck::cast_slice(&piece))?;
                piece.clear();
            }
        }
        self.bytes(bytemuck::cast_slice(&piece))
    }

    fn bytes(&mut self, piece: &[u8]) -> io::Result<()> {
        self.crc = crc32c::crc32c_append(self.crc, piece);
        self.size += piece.len() as u64;
        self.file.write_all(piece)
    }
}

/// How many bytes an array of plain elements has in a file; `None` if there can be no such array.
pub(super) fn size_in_file(dtype: DType, shape: &[usize]) -> Option<u64> {
    let mut lengths = shape.iter().filter(|&&length| length > 0);
    let size = lengths.try_fold(dtype.size(), |size, &length| size.checked_mul(length))?;
    let size = isize::try_from(size).ok()?;
    if shape.contains(&0) {
        return Some(0);
    }
    size.try_into().ok()
}

/// The memory of an array, in the order of its elements, cut into parts of [`PART`] bytes; no parts
/// of an array of texts.
///
/// # Errors
/// `ResourceExhausted`, if the array is somebody else's too.
pub(super) fn parts(array: &mut AnyArray) -> Result<Vec<Part<'_>>> {
    fn cut<T: Stored>(memory: Option<&mut [T]>) -> Vec<Part<'_>> {
        let parts = memory.unwrap_or_default().chunks_mut(PART / size_of::<T>());
        parts.map(T::part).collect()
    }
    Ok(with_plain_value_mut!(array.value_mut()?, array => cut(array.into_slice()), Vec::new()))
}

/// Brings the elements of an array whose bytes were read to the processor's order.
///
/// # Errors
/// As [`parts`].
pub(super) fn to_native_order(array: &mut AnyArray) -> Result<()> {
    fn turn<T: Stored>(mut array: ArrayViewMutD<'_, T>) {
        array.mapv_inplace(T::little_endian);
    }
    if cfg!(target_endian = "big") {
        with_plain_value_mut!(array.value_mut()?, array => turn(array), {});
    }
    Ok(())
}

impl Part<'_> {
    /// How many bytes of a file fill it.
    pub(super) fn size(&self) -> usize {
        match self {
            Part::Numbers(memory) => memory.len(),
            Part::Bools(memory) => memory.len(),
        }
    }

    /// Fills it from a file, and gives the CRC-32C of what was read.
    pub(super) fn read(self, file: &mut impl Read) -> io::Result<u32> {
        let mut crc = 0;
        let mut read = |piece: &mut [u8]| -> io::Result<()> {
            file.read_exact(piece)?;
            crc = crc32c::crc32c_append(crc, piece);
            Ok(())
        };
        match self {
            Part::Numbers(memory) => memory.chunks_mut(PIECE).try_for_each(read)?,
            Part::Bools(memory) => {
                let mut bytes = vec![0; PIECE.min(memory.len())];
                for piece in memory.chunks_mut(PIECE) {
                    let bytes = &mut bytes[..piece.len()];
                    read(bytes)?;
                    piece
                        .iter_mut()
                        .zip(bytes)
                        .for_each(|(to, from)| *to = *from != 0);
                }
            }
        }
        Ok(crc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Value;
    use ndarray::{Array2, arr2, s};

    /// What is written of an array.
    fn written(array: impl Into<AnyArray>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (size, crc) = write_elements(&array.into(), &mut bytes).unwrap();
        assert_eq!(size, bytes.len() as u64);
        assert_eq!(crc, crc32c::crc32c(&bytes));
        bytes
    }

    #[test]
    fn whatever_the_strides_elements_are_written_in_row_major_order() {
        let array = arr2(&[[1i32, 2, 3], [-4, 5, 6]]);
        let [one, minus_four] = [[1, 0, 0, 0], [0xfc, 0xff, 0xff, 0xff]];
        assert_eq!(written(array.clone())[..4], one);
        assert_eq!(written(array.clone().reversed_axes())[4..8], minus_four);
        // Longer than a piece, and not a multiple of one.
        let large = Array2::from_shape_fn((300, 301), |(i, j)| (i * 1000 + j) as f64);
        let in_order = |array: &Array2<f64>| -> Vec<u8> {
            array.iter().flat_map(|x| x.to_le_bytes()).collect()
        };
        for array in [large.clone(), large.clone().reversed_axes()] {
            assert!(written(array.clone()) == in_order(&array));
        }
        let backwards = large.slice_move(s![..;-1, ..]);
        assert!(written(backwards.clone()) == in_order(&backwards));
    }

    #[test]
    fn what_cannot_be_an_array_has_no_size() {
        let size = |shape: &[usize]| size_in_file(DType::Float32, shape);
        assert_eq!(size(&[]), Some(4));
        assert_eq!(size(&[3, 0]), Some(0));
        assert_eq!(size(&[1 << 40, 1 << 22]), None);
        assert_eq!(size(&[1 << 40, 0, 1 << 40]), None);
        assert_eq!(size(&[usize::MAX, usize::MAX]), None);
        assert!(Value::zeros(DType::Float64, &[1 << 50]).is_err());
    }
}
