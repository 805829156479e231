//! Shapes that broadcast.

use smallvec::SmallVec;

use crate::types::{Error, Result, Shape};

/// The shape that a kernel's two operands broadcast to.
///
/// # Errors
/// `InvalidArgument` if they do not fit.
pub(crate) fn common_shape(x: &[usize], y: &[usize]) -> Result<SmallVec<[usize; 8]>> {
    let (long, short) = if x.len() < y.len() { (y, x) } else { (x, y) };
    let mut shape = SmallVec::from_slice(long);
    for (length, &other) in shape[long.len() - short.len()..].iter_mut().zip(short) {
        match (*length, other) {
            (1, _) => *length = other,
            (a, b) if b == 1 || a == b => {}
            _ => {
                let (x, y) = (Shape::from(x).bracketed(), Shape::from(y).bracketed());
                return Err(Error::invalid_argument(format!(
                    "Incompatible shapes: {x} vs. {y}"
                )));
            }
        }
    }
    Ok(shape)
}

/// Whether an array of shape `shape` can be broadcast to shape `to`.
pub(crate) fn is_broadcast_to(shape: &[usize], to: &[usize]) -> bool {
    let fits = |(own, length): (&usize, &usize)| own == length || *own == 1;
    shape.len() <= to.len() && shape.iter().rev().zip(to.iter().rev()).all(fits)
}
