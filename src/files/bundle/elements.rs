//! Elements of tensors as bytes.

use ndarray::{ArrayD, IxDyn};

use crate::types::{AnyArray, DType};

/// An element type as a file holds it: little endian.
trait Stored: Copy {
    fn append_to(self, bytes: &mut Vec<u8>);
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! stored {
    ($($number:ty),*) => {
        $(impl Stored for $number {
            fn append_to(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }

            fn read(bytes: &[u8]) -> Self {
                <$number>::from_le_bytes(bytes.try_into().expect("the bytes of one number"))
            }
        })*
    };
}

stored!(f32, f64, i32, i64, u8);

impl Stored for bool {
    fn append_to(self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self));
    }

    fn read(bytes: &[u8]) -> Self {
        bytes[0] != 0
    }
}

/// The bytes of an array in row-major order.
pub(super) fn to_bytes(array: &AnyArray) -> Vec<u8> {
    let value = array.value();
    let count: usize = value.shape().iter().product();
    let mut bytes = Vec::with_capacity(count * value.dtype().size());
    crate::types::with_value!(&value, array => {
        array.view().iter().for_each(|element| element.append_to(&mut bytes));
    });
    bytes
}

/// The array of this type and shape whose elements these bytes are; `None` if they are more or fewer.
pub(super) fn from_bytes(bytes: &[u8], dtype: DType, shape: &[usize]) -> Option<AnyArray> {
    fn array<T: Stored>(bytes: &[u8], shape: &[usize]) -> Option<ArrayD<T>> {
        let chunks = bytes.chunks_exact(size_of::<T>());
        let elements = chunks
            .remainder()
            .is_empty()
            .then(|| chunks.map(T::read).collect())?;
        ArrayD::from_shape_vec(IxDyn(shape), elements).ok()
    }
    crate::types::with_dtype!(dtype, T => array::<T>(bytes, shape).map(AnyArray::from))
}
