//! Pooling layers: `max_pooling1d` to `max_pooling3d`, and the same with means.

use std::fmt;
use std::marker::PhantomData;

use super::scope::Scope;
use super::weighted::Kept;
use super::windows::{expect_exact_rank, padding, per_axis};
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::array::{Squeeze, Transpose, expand_dims, squeeze_with, transpose_with};
use crate::ops::nn::{Padding, avg_pool_with, avg_pool3d, max_pool_with, max_pool3d};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Float, Result};

/// The largest element of each window of sequences, as `tf.layers.max_pooling1d` computes it.
///
/// `inputs` has shape [batch, length, channels]; `pool_size` is the length of windows, and
/// `strides` how far apart they begin.
///
/// # Errors
/// `InvalidArgument` if `inputs` does not have three axes, a length or a stride is less than 1, or
/// a window is longer than sequences that are not padded.
///
/// # Options
/// `padding`, `channels_first`, `name`: see [`max_pooling1d_with`].
#[track_caller]
pub fn max_pooling1d<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
) -> Tensor<T> {
    max_pooling1d_with(inputs, pool_size, strides, MaxPooling1D::new())
}

/// As [`max_pooling1d`], with padding, layout and name as `options` says.
///
/// # Errors
/// As [`max_pooling1d`].
#[track_caller]
pub fn max_pooling1d_with<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
    options: impl Into<MaxPooling1D>,
) -> Tensor<T> {
    options.into().once(inputs, pool_size, strides)
}

/// The largest element of each window of pictures, as `tf.layers.max_pooling2d` computes it.
///
/// `inputs` has shape [batch, height, width, channels]; `pool_size` is the length of windows and
/// `strides` how far apart they begin, each a number or [height, width].
///
/// ```
/// use tf1::layers::{self, MaxPooling2D};
///
/// let graph = tf1::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf1::shape![?, 28, 28, 8]);
/// assert_eq!(layers::max_pooling2d(&x, 2, 2).shape().to_string(), "(?, 14, 14, 8)");
/// let same = layers::max_pooling2d_with(&x, [3, 3], 3, MaxPooling2D::new().padding("same"));
/// assert_eq!(same.shape().to_string(), "(?, 10, 10, 8)");
/// ```
///
/// # Errors
/// As [`max_pooling1d`], of four axes.
///
/// # Options
/// `padding`, `channels_first`, `name`: see [`max_pooling2d_with`].
#[track_caller]
pub fn max_pooling2d<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
) -> Tensor<T> {
    max_pooling2d_with(inputs, pool_size, strides, MaxPooling2D::new())
}

/// As [`max_pooling2d`], with padding, layout and name as `options` says.
///
/// # Errors
/// As [`max_pooling2d`].
#[track_caller]
pub fn max_pooling2d_with<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
    options: impl Into<MaxPooling2D>,
) -> Tensor<T> {
    options.into().once(inputs, pool_size, strides)
}

/// The largest element of each window of volumes, as `tf.layers.max_pooling3d` computes it.
///
/// `inputs` has shape [batch, depth, height, width, channels].
///
/// # Errors
/// As [`max_pooling1d`], of five axes.
///
/// # Options
/// `padding`, `channels_first`, `name`: see [`max_pooling3d_with`].
#[track_caller]
pub fn max_pooling3d<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
) -> Tensor<T> {
    max_pooling3d_with(inputs, pool_size, strides, MaxPooling3D::new())
}

/// As [`max_pooling3d`], with padding, layout and name as `options` says.
///
/// # Errors
/// As [`max_pooling3d`].
#[track_caller]
pub fn max_pooling3d_with<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
    options: impl Into<MaxPooling3D>,
) -> Tensor<T> {
    options.into().once(inputs, pool_size, strides)
}

/// The mean of each window of sequences, as `tf.layers.average_pooling1d` computes it; see
/// [`max_pooling1d`].
///
/// # Errors
/// As [`max_pooling1d`].
///
/// # Options
/// `padding`, `channels_first`, `name`: see [`average_pooling1d_with`].
#[track_caller]
pub fn average_pooling1d<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
) -> Tensor<T> {
    average_pooling1d_with(inputs, pool_size, strides, AveragePooling1D::new())
}

/// As [`average_pooling1d`], with padding, layout and name as `options` says.
///
/// # Errors
/// As [`average_pooling1d`].
#[track_caller]
pub fn average_pooling1d_with<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
    options: impl Into<AveragePooling1D>,
) -> Tensor<T> {
    options.into().once(inputs, pool_size, strides)
}

/// The mean of each window of pictures, as `tf.layers.average_pooling2d` computes it; see
/// [`max_pooling2d`].
///
/// # Errors
/// As [`max_pooling2d`].
///
/// # Options
/// `padding`, `channels_first`, `name`: see [`average_pooling2d_with`].
#[track_caller]
pub fn average_pooling2d<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
) -> Tensor<T> {
    average_pooling2d_with(inputs, pool_size, strides, AveragePooling2D::new())
}

/// As [`average_pooling2d`], with padding, layout and name as `options` says.
///
/// # Errors
/// As [`average_pooling2d`].
#[track_caller]
pub fn average_pooling2d_with<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
    options: impl Into<AveragePooling2D>,
) -> Tensor<T> {
    options.into().once(inputs, pool_size, strides)
}

/// The mean of each window of volumes, as `tf.layers.average_pooling3d` computes it; see
/// [`max_pooling3d`].
///
/// # Errors
/// As [`max_pooling3d`].
///
/// # Options
/// `padding`, `channels_first`, `name`: see [`average_pooling3d_with`].
#[track_caller]
pub fn average_pooling3d<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
) -> Tensor<T> {
    average_pooling3d_with(inputs, pool_size, strides, AveragePooling3D::new())
}

/// As [`average_pooling3d`], with padding, layout and name as `options` says.
///
/// # Errors
/// As [`average_pooling3d`].
#[track_caller]
pub fn average_pooling3d_with<T: Float>(
    inputs: impl IntoTensor<T>,
    pool_size: impl IntoIntegers,
    strides: impl IntoIntegers,
    options: impl Into<AveragePooling3D>,
) -> Tensor<T> {
    options.into().once(inputs, pool_size, strides)
}

/// What a layer makes of windows, and along how many axes they lie.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of pooling layer",
    note = "name the options by what they are of: `MaxPooling2D::new()`, `AveragePooling1D::new()`"
)]
pub trait PoolingKind: 'static {
    /// What such layers are called.
    const NAME: &'static str;
    /// How many axes there are besides those of batch and channels.
    const AXES: usize;
    /// Whether the largest element is taken, and not the mean.
    const IS_MAX: bool;
}

/// Makes a kind.
macro_rules! kinds {
    ($($kind:ident $name:literal $axes:literal $is_max:literal $options:ident $of:literal;)*) => {$(
        #[doc = concat!("The kind of [`", stringify!($options), "`].")]
        #[derive(Clone, Copy, Debug)]
        pub enum $kind {}

        impl PoolingKind for $kind {
            const NAME: &'static str = $name;
            const AXES: usize = $axes;
            const IS_MAX: bool = $is_max;
        }

        #[doc = concat!("The options of [`", $name, "_with`]; [`layer`](Pooling::layer) makes a layer of ", $of, " with them.")]
        pub type $options = Pooling<$kind>;
    )*};
}

kinds! {
    Max1D "max_pooling1d" 1 true MaxPooling1D "sequences";
    Max2D "max_pooling2d" 2 true MaxPooling2D "pictures";
    Max3D "max_pooling3d" 3 true MaxPooling3D "volumes";
    Average1D "average_pooling1d" 1 false AveragePooling1D "sequences";
    Average2D "average_pooling2d" 2 false AveragePooling2D "pictures";
    Average3D "average_pooling3d" 3 false AveragePooling3D "volumes";
}

/// The options of a pooling layer.
pub struct Pooling<K> {
    padding: Padding,
    channels_first: bool,
    scope: Scope,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for Pooling<K> {
    fn clone(&self) -> Self {
        Pooling {
            padding: self.padding.clone(),
            channels_first: self.channels_first,
            scope: self.scope.clone(),
            kind: PhantomData,
        }
    }
}

impl<K> fmt::Debug for Pooling<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pooling")
            .field("padding", &self.padding)
            .field("channels_first", &self.channels_first)
            .field("scope", &self.scope)
            .finish()
    }
}

impl<K: PoolingKind> Default for Pooling<K> {
    fn default() -> Self {
        Pooling::new()
    }
}

/// With this padding, as [`Pooling::padding`].
impl<K: PoolingKind> From<&str> for Pooling<K> {
    fn from(padding: &str) -> Self {
        Pooling::new().padding(padding)
    }
}

impl<K: PoolingKind> Pooling<K> {
    /// No padding (`padding='valid'`); the channels are the last axis.
    pub fn new() -> Self {
        Pooling::in_scope(Scope::default())
    }

    /// As [`new`](Pooling::new), in this scope.
    pub(super) fn in_scope(scope: Scope) -> Self {
        Pooling {
            padding: Padding::Valid,
            channels_first: false,
            scope,
            kind: PhantomData,
        }
    }

    /// `"same"` or `"valid"`.
    pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
        self.padding = padding.into();
        self
    }

    /// The channels are the second axis (`data_format='channels_first'`).
    pub fn channels_first(mut self) -> Self {
        self.channels_first = true;
        self
    }

    /// The layer's name, under which its nodes stand.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.scope.name = Some(name.as_ref().to_string());
        self
    }

    /// A layer with these options that can be applied to several inputs, as
    /// `tf.layers.MaxPooling2D(pool_size, strides, ...)` and its like make it.
    pub fn layer(
        self,
        pool_size: impl IntoIntegers,
        strides: impl IntoIntegers,
    ) -> PoolingLayer<K> {
        PoolingLayer {
            pool_size: pool_size.into_integers(),
            strides: strides.into_integers(),
            options: self,
            kept: Kept::nothing(),
        }
    }

    /// Applies a layer once.
    #[track_caller]
    fn once<T: Float>(
        self,
        inputs: impl IntoTensor<T>,
        pool_size: impl IntoIntegers,
        strides: impl IntoIntegers,
    ) -> Tensor<T> {
        let graph = graph_of(&[inputs.graph()]);
        let (pool_size, strides) = (pool_size.into_integers(), strides.into_integers());
        self.scope.open(&graph, K::NAME, || {
            let x = inputs.into_tensor(&graph, "inputs");
            let built = self.build(&x, [&pool_size, &strides]);
            built.unwrap_or_else(|error| graph.failed(K::NAME, error))
        })
    }

    /// The nodes.
    ///
    /// # Errors
    /// `InvalidArgument` if this is not what such a layer can be given.
    #[track_caller]
    fn build<T: Float>(
        &self,
        x: &Tensor<T>,
        [pool_size, strides]: [&Integers; 2],
    ) -> Result<Tensor<T>> {
        if x.is_failed() {
            return Ok(x.clone());
        }
        expect_exact_rank(&x.shape(), K::NAME, K::AXES + 2)?;
        let numbers = [
            per_axis("pool_size", K::AXES, pool_size)?,
            per_axis("strides", K::AXES, strides)?,
        ];
        Ok(self.nodes(x, padding(&self.padding)?, numbers))
    }

    #[track_caller]
    fn nodes<T: Float>(
        &self,
        x: &Tensor<T>,
        padding: Padding,
        [size, strides]: [Vec<i64>; 2],
    ) -> Tensor<T> {
        let first = self.channels_first;
        let flat = |x: &Tensor<T>, size: &[i64], strides: &[i64], layout: &str| match K::IS_MAX {
            true => max_pool_with(x, size, strides, padding.clone(), layout),
            false => avg_pool_with(x, size, strides, padding.clone(), layout),
        };
        match K::AXES {
            1 => {
                // A sequence is a picture of width 1.
                let axis = 2 + usize::from(first);
                let [size, strides] = [size, strides].map(|size| [size[0], 1]);
                let pictures = expand_dims(x, axis);
                let pooled = match first {
                    true => turned(&pictures, |x| flat(x, &size, &strides, "NHWC")),
                    false => flat(&pictures, &size, &strides, "NHWC"),
                };
                squeeze_with(pooled, Squeeze::new().axis([axis]))
            }
            2 => flat(x, &size, &strides, if first { "NCHW" } else { "NHWC" }),
            _ => {
                let pool = |x: &Tensor<T>| match K::IS_MAX {
                    true => max_pool3d(x, &size[..], &strides[..], padding.clone()),
                    false => avg_pool3d(x, &size[..], &strides[..], padding.clone()),
                };
                if first { turned(x, pool) } else { pool(x) }
            }
        }
    }
}

/// What `build` makes of the tensor with the channels last, with the channels second again.
#[track_caller]
fn turned<T: Float>(x: &Tensor<T>, build: impl FnOnce(&Tensor<T>) -> Tensor<T>) -> Tensor<T> {
    let rank = x.shape().rank().unwrap_or_default() as i32;
    // Few: one for each axis, here and below.
    let to_last: Vec<i32> = [0].into_iter().chain(2..rank).chain([1]).collect();
    let back: Vec<i32> = [0, rank - 1].into_iter().chain(1..rank - 1).collect();
    let last = transpose_with(x, Transpose::new().perm(to_last));
    transpose_with(build(&last), Transpose::new().perm(back))
}

/// A pooling layer that can be applied to several inputs, as an object of the class
/// `tf.layers.MaxPooling2D` or its like.
///
/// ```
/// use tf1::layers::MaxPooling2D;
///
/// let graph = tf1::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf1::shape![?, 8, 8, 3]);
/// let layer = MaxPooling2D::new().layer(2, 2);
/// let y = layer.apply(layer.apply(&x));
/// assert_eq!(y.name(), "max_pooling2d/MaxPool_1:0");
/// assert_eq!(y.shape().to_string(), "(?, 2, 2, 3)");
/// ```
pub struct PoolingLayer<K> {
    options: Pooling<K>,
    pool_size: Integers,
    strides: Integers,
    kept: Kept<()>,
}

impl<K: PoolingKind> PoolingLayer<K> {
    /// The layer's results for `inputs`, as `layer(inputs)` or `layer.apply(inputs)` gives them in
    /// Python.
    ///
    /// # Errors
    /// As the function of that name, such as [`max_pooling2d`].
    #[track_caller]
    pub fn apply<T: Float>(&self, inputs: impl IntoTensor<T>) -> Tensor<T> {
        let sizes = [&self.pool_size, &self.strides];
        let scope = &self.options.scope;
        self.kept.call(scope, K::NAME, inputs, |_, x, _| {
            Ok((self.options.build(x, sizes)?, Some(())))
        })
    }
}

impl<K> fmt::Debug for PoolingLayer<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolingLayer")
            .field("options", &self.options)
            .field("pool_size", &self.pool_size)
            .field("strides", &self.strides)
            .finish()
    }
}
