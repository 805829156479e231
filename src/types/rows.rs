//! Matrices given as vectors of rows.

use ndarray::Array2;

use super::{Element, Error, Result, memory};

/// The matrix that has these rows.
///
/// # Errors
/// `InvalidArgument` if one row is longer than another; `ResourceExhausted`.
pub(crate) fn matrix<T: Element>(rows: &[Vec<T>]) -> Result<Array2<T>> {
    let columns = rows.first().map_or(0, Vec::len);
    if let Some((i, row)) = rows
        .iter()
        .enumerate()
        .find(|(_, row)| row.len() != columns)
    {
        return Err(Error::invalid_argument(format!(
            "the rows of a matrix must have the same length, but row 0 has {columns} elements and row {i} has {}",
            row.len()
        )));
    }
    let elements = memory::collected(rows.iter().flatten().cloned())?;
    Array2::from_shape_vec((rows.len(), columns), elements)
        .map_err(|_| Error::internal("rows of one length do not fill a matrix"))
}
