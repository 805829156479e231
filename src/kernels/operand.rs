//! [`Operand`]: an array of a plan, told by where it lies in one of a run's bases.

use crate::types::DType;

/// One array of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Which of the frame's bases it lies in.
    pub(crate) base: usize,
    pub(crate) dtype: DType,
    pub(crate) shape: Box<[usize]>,
    /// In elements.
    pub(crate) strides: Box<[isize]>,
    /// Where its first element lies, in bytes from the base.
    pub(crate) start: isize,
    /// Where the bytes begin and end that it covers, from the base.
    extent: (isize, isize),
}

impl Operand {
    /// An array of these lengths and strides (in elements), of which the first element lies `start`
    /// bytes from the base.
    pub(crate) fn new(
        base: usize,
        dtype: DType,
        shape: &[usize],
        strides: &[isize],
        start: isize,
    ) -> Operand {
        assert_eq!(
            shape.len(),
            strides.len(),
            "an array has a stride for each axis"
        );
        let extent = reach(dtype.size(), shape, strides);
        Operand {
            base,
            dtype,
            shape: shape.into(),
            strides: strides.into(),
            start,
            extent: (start + extent.0, start + extent.1),
        }
    }

    /// An array in row-major order.
    pub(crate) fn row_major(base: usize, dtype: DType, shape: &[usize], start: usize) -> Operand {
        Operand::new(
            base,
            dtype,
            shape,
            &row_major_strides(shape),
            start as isize,
        )
    }

    /// The matrix transposed.
    pub(crate) fn transposed(mut self) -> Operand {
        self.shape.reverse();
        self.strides.reverse();
        self
    }

    /// Where the bytes begin and end that it covers, from the base.
    #[inline]
    pub(super) fn extent(&self) -> (isize, isize) {
        self.extent
    }

    /// Whether it lies in the same base as `other` and reaches as far on both sides, at least.
    pub(crate) fn covers(&self, other: &Operand) -> bool {
        let ((low, high), (other_low, other_high)) = (self.extent, other.extent);
        self.base == other.base && low <= other_low && other_high <= high
    }

    /// How many elements it has.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// How many bytes its elements take.
    pub(crate) fn bytes(&self) -> usize {
        self.len() * self.dtype.size()
    }

    /// How many bytes it takes besides itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.shape) + size_of_val(&*self.strides)
    }

    /// Whether its elements lie one after the other in row-major order.
    pub(crate) fn is_row_major(&self) -> bool {
        let mut expected = 1;
        self.len() == 0
            || self
                .shape
                .iter()
                .zip(&self.strides)
                .rev()
                .all(|(&length, &stride)| {
                    let fits = length == 1 || stride == expected;
                    expected *= length as isize;
                    fits
                })
    }
}

/// How many bytes an array reaches down and up from its first element.
#[inline]
pub(super) fn reach(size: usize, shape: &[usize], strides: &[isize]) -> (isize, isize) {
    if shape.contains(&0) {
        return (0, 0);
    }
    let size = size as isize;
    let (mut low, mut high) = (0, size);
    for (&length, &stride) in shape.iter().zip(strides) {
        let far = (length as isize - 1) * stride * size;
        low += far.min(0);
        high += far.max(0);
    }
    (low, high)
}

/// The strides of an array of these lengths in row-major order.
pub(crate) fn row_major_strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1isize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis].max(1) as isize;
    }
    strides
}
