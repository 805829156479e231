//! `flatten`: all of an example in one row.

use super::scope::{Scope, expect_rank};
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::array::{Transpose, reshape, shape, transpose_with};
use crate::types::{Element, Result, Shape};

/// The elements of each example in one row, as `tf.layers.flatten` makes it: [n, a, b, ..] becomes
/// [n, a · b · ..].
///
/// ```
/// let graph = tf1::Graph::new();
/// let images = graph.placeholder::<f32>("images", tf1::shape![?, 64, 64, 3]);
/// assert_eq!(tf1::layers::flatten(&images).shape().to_string(), "(?, 12288)");
/// ```
///
/// # Errors
/// `InvalidArgument` if the number of axes is not known, or 0; `ResourceExhausted` if a row would
/// be longer than any array.
///
/// # Options
/// `channels_first`, `name`: see [`flatten_with`].
#[track_caller]
pub fn flatten<T: Element>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    flatten_with(inputs, Flatten::new())
}

/// As [`flatten`], with the order of the axes and the name that `options` says.
///
/// # Errors
/// As [`flatten`].
#[track_caller]
pub fn flatten_with<T: Element>(
    inputs: impl IntoTensor<T>,
    options: impl Into<Flatten>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph()]);
    let name = options.name.as_deref().unwrap_or(KIND);
    Scope::default().open(&graph, name, || {
        let x = inputs.into_tensor(&graph, "inputs");
        if x.is_failed() {
            return x;
        }
        match options.build(&x) {
            Ok(rows) => rows,
            Err(error) => graph.failed(KIND, error),
        }
    })
}

const KIND: &str = "flatten";

/// The options of [`flatten_with`].
#[derive(Clone, Debug, Default)]
pub struct Flatten {
    channels_first: bool,
    name: Option<String>,
}

impl Flatten {
    /// In the order in which the elements lie.
    pub fn new() -> Self {
        Flatten::default()
    }

    /// The channels are the second axis (`data_format='channels_first'`) and are to vary fastest,
    /// as if they were the last.
    pub fn channels_first(mut self) -> Self {
        self.channels_first = true;
        self
    }

    /// The layer's name, which is given a number if another layer has it.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.name = Some(name.as_ref().to_string());
        self
    }

    #[track_caller]
    fn build<T: Element>(&self, x: &Tensor<T>) -> Result<Tensor<T>> {
        let rank = expect_rank(&x.shape(), KIND, 1)?;
        let known = x.shape();
        let dims = known.dims().unwrap_or_default();
        let row = Shape::joined(&dims[1..])?;
        let turned = match self.channels_first && rank > 1 {
            true => &transpose_with(x, Transpose::new().perm(channels_last(rank))),
            false => x,
        };
        let first = turned.shape().dim(0).filter(|length| *length != 0);
        let rows = match first.and_then(|length| i32::try_from(length).ok()) {
            Some(length) => reshape(turned, [length, -1]),
            None => reshape(turned, (shape(turned).index(0), -1)),
        };
        rows.set_shape(vec![dims[0], row.filter(|length| *length != 0)]);
        Ok(rows)
    }
}

/// The axes in order, the second moved to the end.
fn channels_last(rank: usize) -> Vec<i32> {
    let others = (0..).take(rank).filter(|axis| *axis != 1);
    others.chain([1]).collect()
}
