//! NumPy's broadcasting rules, which TensorFlow follows.

use super::{Dim, Shape};

/// The shape that two shapes broadcast to, as far as it is known; `Err` holds the first pair of
/// lengths, from the left, that do not fit.
pub fn broadcast_shapes(a: &Shape, b: &Shape) -> Result<Shape, (usize, usize)> {
    if a == b {
        return Ok(a.clone());
    }
    let (Some(a), Some(b)) = (a.dims(), b.dims()) else {
        return Ok(Shape::unknown());
    };
    let rank = a.len().max(b.len());
    let dims: Result<Vec<Dim>, _> = (0..rank)
        .map(|axis| broadcast_dim(aligned(a, rank, axis), aligned(b, rank, axis)))
        .collect();
    dims.map(Shape::from)
}

/// The lengths that two known shapes broadcast to, or `None` if they do not fit.
pub fn broadcast_dims(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    broadcast_shapes(&Shape::known(a), &Shape::known(b))
        .ok()?
        .to_known()
}

/// The dimension of `dims` at `axis` of a shape of rank `rank`, to whose end `dims` is aligned; 1
/// where it has none.
fn aligned(dims: &[Dim], rank: usize, axis: usize) -> Dim {
    let missing = rank - dims.len();
    if axis < missing {
        Some(1)
    } else {
        dims[axis - missing]
    }
}

fn broadcast_dim(a: Dim, b: Dim) -> Result<Dim, (usize, usize)> {
    match (a, b) {
        (Some(1), other) | (other, Some(1)) => Ok(other),
        (Some(a), Some(b)) if a != b => Err((a, b)),
        // An unknown length against a known one above 1 must turn out to be 1 or the same.
        (Some(known), _) | (_, Some(known)) => Ok(Some(known)),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_one_stretch() {
        assert_eq!(broadcast_dims(&[2, 1], &[3]), Some(vec![2, 3]));
        assert_eq!(broadcast_dims(&[], &[4, 5]), Some(vec![4, 5]));
        assert_eq!(broadcast_dims(&[0], &[1]), Some(vec![0]));
        assert_eq!(broadcast_dims(&[2], &[3]), None);
    }

    #[test]
    fn unknown_lengths_stay_unknown_only_where_they_must() {
        let column = Shape::from(vec![None, Some(1)]);
        let row = Shape::from(vec![Some(1), None]);
        assert_eq!(broadcast_shapes(&column, &row), Ok(Shape::of_rank(2)));
        assert_eq!(
            broadcast_shapes(&column, &Shape::from([5, 3])),
            Ok(Shape::from([5, 3]))
        );
        assert_eq!(
            broadcast_shapes(&column, &Shape::unknown()),
            Ok(Shape::unknown())
        );
    }
}
