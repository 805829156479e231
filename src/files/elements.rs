//! Elements of tensors as bytes of a file: little endian.

use bytemuck::NoUninit;
#[cfg(feature = "all_types")]
use half::{bf16, f16};
#[cfg(feature = "all_types")]
use num_complex::{Complex32, Complex64};

use crate::types::Plain;

/// An element type as a file holds it.
pub(crate) trait Stored: Plain + NoUninit {
    /// From the processor's order of bytes to little endian, or back.
    fn little_endian(self) -> Self;

    /// The element of these bytes, which are as many as it has.
    #[cfg(feature = "graph_def")]
    fn of_bytes(bytes: &[u8]) -> Self;

    /// The memory of elements, to be filled from a file.
    #[cfg(feature = "checkpoint")]
    fn part(memory: &mut [Self]) -> Part<'_>;
}

/// Memory for some elements of a tensor.
#[cfg(feature = "checkpoint")]
pub(crate) enum Part<'m> {
    /// Whatever bytes come are numbers.
    Numbers(&'m mut [u8]),
    /// A byte that is not 0 stands for `true`.
    Bools(&'m mut [bool]),
}

macro_rules! stored {
    ($($number:ty: $little_endian:expr),*) => {
        $(impl Stored for $number {
            fn little_endian(self) -> Self {
                $little_endian(self)
            }

            #[cfg(feature = "graph_def")]
            fn of_bytes(bytes: &[u8]) -> Self {
                bytemuck::pod_read_unaligned::<Self>(bytes).little_endian()
            }

            #[cfg(feature = "checkpoint")]
            fn part(memory: &mut [Self]) -> Part<'_> {
                Part::Numbers(bytemuck::cast_slice_mut(memory))
            }
        })*
    };
}

stored!(
    f32: |x: f32| f32::from_bits(x.to_bits().to_le()),
    f64: |x: f64| f64::from_bits(x.to_bits().to_le()),
    i32: i32::to_le,
    i64: i64::to_le,
    u8: u8::to_le
);

#[cfg(feature = "all_types")]
stored!(
    f16: |x: f16| f16::from_bits(x.to_bits().to_le()),
    bf16: |x: bf16| bf16::from_bits(x.to_bits().to_le()),
    i8: i8::to_le,
    i16: i16::to_le,
    u16: u16::to_le,
    u32: u32::to_le,
    u64: u64::to_le,
    Complex32: |x: Complex32| Complex32::new(x.re.little_endian(), x.im.little_endian()),
    Complex64: |x: Complex64| Complex64::new(x.re.little_endian(), x.im.little_endian())
);

impl Stored for bool {
    fn little_endian(self) -> Self {
        self
    }

    #[cfg(feature = "graph_def")]
    fn of_bytes(bytes: &[u8]) -> Self {
        bytes != [0]
    }

    #[cfg(feature = "checkpoint")]
    fn part(memory: &mut [Self]) -> Part<'_> {
        Part::Bools(memory)
    }
}
