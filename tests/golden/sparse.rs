//! Rows of an array, as gradients of `tf.gather` are.

use ndarray::{ArrayD, Axis, IxDyn};
use tf1::{AnyArray, DType};

use crate::array::{Elements, elements_of};
use crate::trouble::{Outcome, Trouble};

/// The array of shape `shape` whose row `indices[i]` is `values[i]`; rows named twice add up.
pub fn to_dense(values: &AnyArray, indices: &AnyArray, shape: &[usize]) -> Outcome<AnyArray> {
    let Elements::Integers(rows) = elements_of(indices) else {
        return Err(Trouble::fails("the indices of rows are not integers"));
    };
    match values.dtype() {
        DType::Float32 => scatter::<f32>(values, &rows, shape),
        DType::Float64 => scatter::<f64>(values, &rows, shape),
        other => Err(Trouble::lacks(format!("IndexedSlices of {other}"))),
    }
}

fn scatter<T: tf1::Float + std::ops::AddAssign>(
    values: &AnyArray,
    rows: &[i128],
    shape: &[usize],
) -> Outcome<AnyArray> {
    let values = values.view::<T>().expect("viewed with its own type");
    let mut dense = ArrayD::<T>::default(IxDyn(shape));
    for (value, &row) in values.axis_iter(Axis(0)).zip(rows) {
        let row = usize::try_from(row).ok().filter(|&row| row < shape[0]);
        let row = row.ok_or_else(|| Trouble::fails("a row lies outside of the array"))?;
        dense
            .index_axis_mut(Axis(0), row)
            .zip_mut_with(&value, |sum, &x| *sum += x);
    }
    Ok(dense.into())
}
