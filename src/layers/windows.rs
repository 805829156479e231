//! What layers whose windows move over pictures are told: numbers for each axis, and the padding.

use super::scope::as_list;
use crate::ops::Integers;
use crate::ops::nn::Padding;
use crate::types::{Error, Result, Shape};

/// A number for each axis that windows move over, given as one for all or as so many.
///
/// # Errors
/// `InvalidArgument` if there are fewer or more, or they are computed in the graph.
pub(super) fn per_axis(name: &str, axes: usize, given: &Integers) -> Result<Vec<i64>> {
    let known = given.known().filter(|numbers| numbers.ndim() <= 1);
    let received = match known {
        // Few: one for each axis.
        Some(numbers) if numbers.ndim() == 0 || numbers.len() == axes => {
            return Ok(numbers.iter().copied().cycle().take(axes).collect());
        }
        Some(numbers) => format!("{:?}", numbers.iter().collect::<Vec<_>>()),
        None => "a tensor, or numbers of several axes".to_string(),
    };
    Err(Error::invalid_argument(format!(
        "The `{name}` argument must be a tuple of {axes} integers. Received: {received}"
    )))
}

/// The padding of a layer.
///
/// # Errors
/// `InvalidArgument` if layers have no such padding.
pub(super) fn padding(given: &Padding) -> Result<Padding> {
    let received = match given {
        Padding::Same | Padding::Valid => return Ok(given.clone()),
        Padding::Named(name) => name.clone(),
        other => format!("{other:?}"),
    };
    Err(Error::invalid_argument(format!(
        "The `padding` argument must be a list/tuple or one of \"valid\", \"same\" (or \"causal\", only for `Conv1D). \
         Received: {received}"
    ))
    .with_help("of layers, only \"valid\" and \"same\" are there; pad with tf::pad before"))
}

/// # Errors
/// `InvalidArgument` unless `shape` has `rank` axes.
pub(super) fn expect_exact_rank(shape: &Shape, kind: &str, rank: usize) -> Result<()> {
    let problem = match shape.rank() {
        Some(found) if found == rank => return Ok(()),
        Some(found) => format!(
            "expected ndim={rank}, found ndim={found}. Full shape received: {}",
            as_list(shape)
        ),
        None => "its rank is undefined, but the layer requires a defined rank.".to_string(),
    };
    Err(Error::invalid_argument(format!(
        "Input 0 of layer {kind} is incompatible with the layer: {problem}"
    )))
}
