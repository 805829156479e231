//! [`Inputs`]: the values that a kernel reads.

use std::fmt;

use ndarray::{ArrayViewD, IxDyn};

use smallvec::SmallVec;

use crate::graph::no_kernel::no_kernel;
use crate::kernels::{bits, rows};
use crate::types::{Element, Error, Plain, Result, Shape, Value};

/// The values of a kernel's inputs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'r, 'v> {
    values: &'r [Value<'v>],
}

impl<'r, 'v> Inputs<'r, 'v> {
    pub(crate) fn new(values: &'r [Value<'v>]) -> Self {
        Inputs { values }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The elements of input `i`, with whatever strides they have.
    ///
    /// The engine checks types when the graph is built; asking for a type that the input does not
    /// have is a bug in the op. It gives an empty array here, and the run fails with an `Internal`
    /// error.
    pub fn get<T: Element>(&self, i: usize) -> ArrayViewD<'r, T> {
        match T::unwrap(&self.values[i]) {
            Some(array) => array.view(),
            None => ArrayViewD::from_shape(IxDyn(&[0]), &[]).expect("an empty view"),
        }
    }

    /// As [`get`](Inputs::get), for an op that moves elements without looking at them. They come as
    /// the type that stands for all types of their size, [`Plain::Bits`].
    pub(crate) fn bits<B: Plain>(&self, i: usize) -> ArrayViewD<'r, B> {
        bits::view(&self.values[i])
    }

    /// As [`scalar`](Inputs::scalar), as [`bits`](Inputs::bits) tells elements.
    ///
    /// # Errors
    /// If the input does not hold exactly one element.
    pub(crate) fn scalar_bits<B: Plain>(&self, i: usize) -> Result<B> {
        self.only(i, self.bits::<B>(i))
    }

    /// The value of input `i`, to be passed on.
    pub fn value(&self, i: usize) -> &'r Value<'v> {
        &self.values[i]
    }

    /// The values of all inputs.
    pub(crate) fn values(&self) -> &'r [Value<'v>] {
        self.values
    }

    /// The mistake of asking an op for a kernel that there is not for the element type of input
    /// `i`, which its attribute `T` is.
    pub(crate) fn has_no_kernel(&self, op_type: &str, i: usize) -> Error {
        let dtype = self.values[i].dtype();
        let error = no_kernel(op_type, "T", dtype);
        match dtype.is_plain() {
            true => error.with_help("cast the elements to float32 or int32 first"),
            false => error,
        }
    }

    /// The shape of input `i`.
    pub fn shape(&self, i: usize) -> &'r [usize] {
        self.values[i].shape()
    }

    /// The only element of the scalar input `i`, of any integer type.
    ///
    /// # Errors
    /// `InvalidArgument` if the input is not a scalar of an integer type.
    pub fn scalar_integer(&self, i: usize) -> Result<i64> {
        match self.few_integers(i)?.as_slice() {
            [only] => Ok(*only),
            _ => Err(self.not_a_scalar(i)),
        }
    }

    fn not_a_scalar(&self, i: usize) -> Error {
        Error::invalid_argument(format!(
            "input {i} must be a scalar, but has shape {}",
            Shape::from(self.shape(i)).bracketed()
        ))
    }

    /// The only element of the scalar input `i`.
    ///
    /// # Errors
    /// If the input does not hold exactly one element.
    pub fn scalar<T: Element>(&self, i: usize) -> Result<T> {
        self.only(i, self.get::<T>(i))
    }

    fn only<T: Element>(&self, i: usize, view: ArrayViewD<'_, T>) -> Result<T> {
        match (view.len(), view.first()) {
            (1, Some(only)) => Ok(only.clone()),
            _ => Err(self.not_a_scalar(i)),
        }
    }

    /// The elements of the integer input `i`.
    ///
    /// # Errors
    /// If its elements are not integers.
    pub fn integers(&self, i: usize) -> Result<Vec<i64>> {
        Ok(self.few_integers(i)?.into_vec())
    }

    /// As [`integers`](Inputs::integers), without an allocation if they are few.
    ///
    /// # Errors
    /// If its elements are not integers.
    pub(crate) fn few_integers(&self, i: usize) -> Result<SmallVec<[i64; 8]>> {
        self.values[i]
            .to_integers()?
            .ok_or_else(|| self.not_integers(i))
    }

    /// Calls `visit` with the elements of the integer input `i` in row-major order, a few hundred
    /// at a time, which needs no memory for a list of them.
    ///
    /// # Errors
    /// If its elements are not integers.
    pub(crate) fn integer_pieces(&self, i: usize, visit: &mut dyn FnMut(&[i64])) -> Result<()> {
        match rows::each_piece(&self.values[i], visit) {
            true => Ok(()),
            false => Err(self.not_integers(i)),
        }
    }

    fn not_integers(&self, i: usize) -> Error {
        Error::of_op(format!(
            "input {i} must be an integer tensor, but is {}",
            self.values[i].dtype()
        ))
    }

    /// The elements of the integer vector `i` as lengths of a shape.
    ///
    /// # Errors
    /// `InvalidArgument` if one is negative, `ResourceExhausted` if such an array could not be
    /// held.
    pub fn lengths(&self, i: usize) -> Result<Vec<usize>> {
        checked_lengths(&self.integers(i)?)
    }
}

/// Lengths computed in the graph as lengths of an array.
///
/// # Errors
/// `InvalidArgument` if one is negative, `ResourceExhausted` if such an array could not be held.
pub(crate) fn checked_lengths(lengths: &[i64]) -> Result<Vec<usize>> {
    if let Some(negative) = lengths.iter().find(|length| **length < 0) {
        return Err(Error::invalid_argument(format!(
            "Dimension {negative} must be >= 0"
        )));
    }
    if is_too_large(lengths.iter().map(|&length| length as usize)) {
        return Err(too_large(lengths));
    }
    Ok(lengths.iter().map(|&length| length as usize).collect())
}

/// The mistake of asking for an array of these lengths, which could not be held.
pub(crate) fn too_large<N: fmt::Debug>(lengths: &[N]) -> Error {
    Error::resource_exhausted(format!("a tensor of shape {lengths:?} is too large"))
}

/// Whether no array of these lengths could be held. An empty array has strides too, so its other
/// lengths are limited as well.
pub(crate) fn is_too_large(lengths: impl Iterator<Item = usize>) -> bool {
    let (mut spanned, mut empty) = (Some(1i64), false);
    for length in lengths {
        empty |= length == 0;
        let length = i64::try_from(length.max(1)).ok();
        spanned = spanned
            .zip(length)
            .and_then(|(spanned, length)| spanned.checked_mul(length));
    }
    spanned.is_none_or(|spanned| spanned > SIZE_LIMIT && !empty)
}

/// The most elements that a kernel makes from lengths computed in the graph: 2^40, beyond any
/// machine's memory but far from overflowing a size.
const SIZE_LIMIT: i64 = 1 << 40;
