//! `tf.random_crop`: a block cut out of a tensor at a random place.

use super::uniform::RandomUniform;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::IntoIntegers;
use crate::ops::array::{identity, shape, slice};
use crate::ops::control::{Part, assert_true};
use crate::ops::math::greater_equal;
use crate::ops::reduce::reduce_all;
use crate::types::{Element, WholeNumber};

/// A block of shape `size` out of `value`, at a place drawn anew in every run, as `tf.random_crop`
/// cuts it.
///
/// `size` has a length for each axis of `value`; an axis that shall stay whole is given its own.
/// Nothing is copied.
///
/// ```
/// let graph = tf1::Graph::new();
/// let image = graph.placeholder::<f32>("image", [28, 28, 3]);
/// let patch = tf1::random_crop(&image, [24, 24, 3]);
/// assert_eq!(patch.to_string(), r#"Tensor("random_crop:0", shape=(24, 24, 3), dtype=float32)"#);
/// ```
///
/// # Errors
/// `InvalidArgument` if `size` does not have one element for each axis of `value`, or `value` is
/// smaller.
///
/// # Options
/// `seed`: see [`random_crop_with`].
#[track_caller]
pub fn random_crop<T: Element>(value: impl IntoTensor<T>, size: impl IntoIntegers) -> Tensor<T> {
    random_crop_with(value, size, RandomCrop::new())
}

/// As [`random_crop`], with a seed as `options` say.
///
/// # Errors
/// As [`random_crop`].
#[track_caller]
pub fn random_crop_with<T: Element>(
    value: impl IntoTensor<T>,
    size: impl IntoIntegers,
    options: impl Into<RandomCrop>,
) -> Tensor<T> {
    let options = options.into();
    let size = size.into_integers();
    let graph = graph_of(&[value.graph(), size.graph()]);
    graph.op_scope("random_crop", |scope| {
        let value = value.into_tensor(&graph, "value");
        let size = size.into_tensor::<i32>(&graph, "size");
        let offset = offset(&checked_shape(&value, &size), &size, options);
        slice(&value, &offset, &size).named(format!("{}/", scope.name()))
    })
}

/// The shape of `value`, after a check that a block of `size` fits in.
#[track_caller]
fn checked_shape<T: Element>(value: &Tensor<T>, size: &Tensor<i32>) -> Tensor<i32> {
    let graph = value.graph();
    let lengths = shape(value);
    let fits = reduce_all(greater_equal(&lengths, size), ..);
    let message = Part::Text("Need value.shape >= size, got ".to_string());
    let parts = [message, Part::Elements(&lengths), Part::Elements(size)];
    let check = assert_true(graph, &fits, &parts);
    graph.control_dependencies([&check], || identity(lengths).named("control_dependency"))
}

/// Where a block of `size` begins in an array whose lengths `shape` gives: any place that leaves
/// room for it.
#[track_caller]
fn offset(lengths: &Tensor<i32>, size: &Tensor<i32>, options: RandomCrop) -> Tensor<i32> {
    let places = lengths - size + 1;
    let mut uniform = RandomUniform::new().maxval(i32::MAX);
    if let Some(seed) = options.seed {
        uniform = uniform.seed(seed);
    }
    let graph = lengths.graph();
    graph.random_uniform_with(shape(lengths), uniform) % places
}

/// The options of [`random_crop_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RandomCrop {
    seed: Option<i64>,
}

/// With this seed, as [`RandomCrop::seed`].
impl<N: WholeNumber> From<N> for RandomCrop {
    fn from(seed: N) -> Self {
        RandomCrop::new().seed(seed.to_i64())
    }
}

impl RandomCrop {
    /// No seed of the op's own.
    pub fn new() -> Self {
        RandomCrop::default()
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}
