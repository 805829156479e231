//! The functions of pooling.

use std::sync::Arc;

use super::argmax::{Indexing, MaxPoolWithArgmaxOp};
use super::average::AvgPoolOp;
use super::geometry::{Layout, PoolSizes, Pooling, Sizes};
use super::largest::MaxPoolOp;
use crate::graph::{IntoTensor, Op, OpScope, Tensor, erased};
use crate::ops::array::{Squeeze, expand_dims, squeeze_with};
use crate::ops::nn::padding::Padding;
use crate::ops::nn::space_batch::{Skipping, with_space_to_batch};
use crate::ops::support::graph;
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Error, Float, Numeric, Result, Shape};

/// The largest element of each window of pictures, channel by channel, as `tf.nn.max_pool` computes
/// it.
///
/// `value` has shape [batch, height, width, channels]. `ksize` is the length of windows and
/// `strides` how far apart they begin: one number, [height, width], or one for each of the four
/// axes. What `padding` adds is never the largest. NaN is passed over. The gradient goes to the
/// first of the largest elements.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[[[1.0], [2.0], [3.0]], [[4.0], [0.0], [1.0]]]]);
/// let y = tf::nn::max_pool(&x, 2, 2, "SAME");
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::reshape(y, [-1]).array1(), [])?, arr1(&[4.0, 3.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// Several channels may be made one: with `ksize` and `strides` of [1, 1, 1, k] the result is the
/// largest of each k neighbouring channels. This has no gradient.
///
/// # Errors
/// `InvalidArgument` if `value` does not have four axes, a length or a stride is less than 1, or a
/// window is longer than pictures that are not padded. `Unimplemented` if the batch is pooled.
///
/// # Options
/// `data_format`, `channels_first`: see [`max_pool_with`].
#[doc(alias = "max_pool2d")]
#[track_caller]
pub fn max_pool<T: Numeric>(
    value: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    max_pool_with(value, ksize, strides, padding, MaxPool::new())
}

/// As [`max_pool`], of pictures of another layout: `"NCHW"` or [`MaxPool`].
///
/// # Errors
/// As [`max_pool`]; and `InvalidArgument` if there is no such layout.
#[track_caller]
pub fn max_pool_with<T: Numeric>(
    value: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<MaxPool>,
) -> Tensor<T> {
    max_of(("MaxPool", 2), value, ksize, strides, padding, options)
}

/// The mean of each window of pictures, channel by channel, as `tf.nn.avg_pool` computes it: as
/// [`max_pool`], with the mean of what a window sees of the picture, without the padding.
///
/// # Errors
/// As [`max_pool`]; and `Unimplemented` if channels are pooled.
///
/// # Options
/// `data_format`, `channels_first`: see [`avg_pool_with`].
#[track_caller]
pub fn avg_pool<T: Float>(
    value: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    avg_pool_with(value, ksize, strides, padding, AvgPool::new())
}

/// As [`avg_pool`], of pictures of another layout.
///
/// # Errors
/// As [`avg_pool`]; and `InvalidArgument` if there is no such layout.
#[track_caller]
pub fn avg_pool_with<T: Float>(
    value: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<AvgPool>,
) -> Tensor<T> {
    mean_of(("AvgPool", 2), value, ksize, strides, padding, options)
}

/// As [`max_pool`] of sequences: `input` of shape [batch, length, channels], as `tf.nn.max_pool1d`
/// computes it.
///
/// # Errors
/// As [`max_pool`].
///
/// # Options
/// `data_format`, `channels_first`: see [`max_pool1d_with`].
#[track_caller]
pub fn max_pool1d<T: Numeric>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    max_pool1d_with(input, ksize, strides, padding, MaxPool1d::new())
}

/// As [`max_pool1d`], of sequences of another layout: `"NCW"`.
///
/// # Errors
/// As [`max_pool1d`]; and `InvalidArgument` if there is no such layout.
#[track_caller]
pub fn max_pool1d_with<T: Numeric>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<MaxPool1d>,
) -> Tensor<T> {
    max_of(("MaxPool1d", 1), input, ksize, strides, padding, options)
}

/// As [`avg_pool`] of sequences: `input` of shape [batch, length, channels], as `tf.nn.avg_pool1d`
/// computes it.
///
/// # Errors
/// As [`avg_pool`].
///
/// # Options
/// `data_format`, `channels_first`: see [`avg_pool1d_with`].
#[track_caller]
pub fn avg_pool1d<T: Float>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    avg_pool1d_with(input, ksize, strides, padding, AvgPool1d::new())
}

/// As [`avg_pool1d`], of sequences of another layout: `"NCW"`.
///
/// # Errors
/// As [`avg_pool1d`]; and `InvalidArgument` if there is no such layout.
#[track_caller]
pub fn avg_pool1d_with<T: Float>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<AvgPool1d>,
) -> Tensor<T> {
    mean_of(("AvgPool1D", 1), input, ksize, strides, padding, options)
}

/// As [`max_pool`] of volumes: `input` of shape [batch, depth, height, width, channels], as
/// `tf.nn.max_pool3d` computes it.
///
/// The gradient goes to all elements of a window that equal the largest. Channels cannot be pooled.
///
/// # Errors
/// As [`max_pool`].
///
/// # Options
/// `data_format`, `channels_first`: see [`max_pool3d_with`].
#[track_caller]
pub fn max_pool3d<T: Float>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    max_pool3d_with(input, ksize, strides, padding, MaxPool3d::new())
}

/// As [`max_pool3d`], of volumes of another layout: `"NCDHW"`.
///
/// # Errors
/// As [`max_pool3d`]; and `InvalidArgument` if there is no such layout.
#[track_caller]
pub fn max_pool3d_with<T: Float>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<MaxPool3d>,
) -> Tensor<T> {
    max_of(("MaxPool3D", 3), input, ksize, strides, padding, options)
}

/// As [`avg_pool`] of volumes: `input` of shape [batch, depth, height, width, channels], as
/// `tf.nn.avg_pool3d` computes it.
///
/// # Errors
/// As [`avg_pool`].
///
/// # Options
/// `data_format`, `channels_first`: see [`avg_pool3d_with`].
#[track_caller]
pub fn avg_pool3d<T: Float>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    avg_pool3d_with(input, ksize, strides, padding, AvgPool3d::new())
}

/// As [`avg_pool3d`], of volumes of another layout: `"NCDHW"`.
///
/// # Errors
/// As [`avg_pool3d`]; and `InvalidArgument` if there is no such layout.
#[track_caller]
pub fn avg_pool3d_with<T: Float>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<AvgPool3d>,
) -> Tensor<T> {
    mean_of(("AvgPool3D", 3), input, ksize, strides, padding, options)
}

/// The largest element of each window as [`max_pool`] tells it, and where it is, as
/// `tf.nn.max_pool_with_argmax` computes them.
///
/// The second result holds indices into each picture as a vector: (row · width + column) · channels
/// + channel. A window that begins with NaN has NaN as its largest element.
///
/// # Errors
/// As [`max_pool`].
///
/// # Options
/// `include_batch_in_index`: see [`max_pool_with_argmax_with`].
#[track_caller]
pub fn max_pool_with_argmax<T: Numeric>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> (Tensor<T>, Tensor<i64>) {
    let options = MaxPoolWithArgmax::new();
    max_pool_with_argmax_with(input, ksize, strides, padding, options)
}

/// As [`max_pool_with_argmax`], with indices as `options` says.
///
/// # Errors
/// As [`max_pool_with_argmax`].
#[track_caller]
pub fn max_pool_with_argmax_with<T: Numeric>(
    input: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<MaxPoolWithArgmax>,
) -> (Tensor<T>, Tensor<i64>) {
    let (padding, options) = (padding.into(), options.into());
    let sizes = [ksize.into_integers(), strides.into_integers()];
    let graph = graph(&input);
    graph.op_scope("MaxPoolWithArgmax", |scope| {
        let input = input.into_tensor(&graph, "input");
        let layout = Layout {
            padding: padding.attributes().0,
            data_format: "NHWC".to_string(),
        };
        match pooling("MaxPoolWithArgmax", 2, false, sizes, layout) {
            Ok(pooling) => {
                let op = MaxPoolWithArgmaxOp::<T, i64>::new(Indexing {
                    pooling,
                    include_batch_in_index: options.include_batch_in_index,
                });
                let operation = scope.operation(op, &[input.any()]);
                (operation.output(0), operation.output(1))
            }
            Err(error) => {
                let largest = scope.failed("MaxPoolWithArgmax", error.clone());
                (largest, scope.failed("MaxPoolWithArgmax", error))
            }
        }
    })
}

/// The options of [`max_pool_with_argmax_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaxPoolWithArgmax {
    include_batch_in_index: bool,
}

impl MaxPoolWithArgmax {
    /// Indices into each picture.
    pub fn new() -> Self {
        MaxPoolWithArgmax::default()
    }

    /// Whether indices are into all pictures as one vector.
    pub fn include_batch_in_index(mut self, include: bool) -> Self {
        self.include_batch_in_index = include;
        self
    }
}

/// Pooling along as many axes as `window_shape` has numbers, one to three, as `tf.nn.pool` computes
/// it.
///
/// `pooling_type` is `"MAX"` or `"AVG"`; `input` has shape [batch, lengths.., channels].
///
/// # Errors
/// As [`max_pool`] and [`avg_pool`]; and `InvalidArgument` if there is no such type, or if strides
/// and dilation rates are both larger than 1, or the latter with padding.
///
/// # Options
/// `strides`, `dilation_rate`, `data_format`: see [`pool_with`].
#[track_caller]
pub fn pool<T: Float>(
    input: impl IntoTensor<T>,
    window_shape: impl IntoIntegers,
    pooling_type: &str,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    pool_with(input, window_shape, pooling_type, padding, Pool::new())
}

/// As [`pool`], with strides, dilation and layout as `options` says.
///
/// # Errors
/// As [`pool`].
#[track_caller]
pub fn pool_with<T: Float>(
    input: impl IntoTensor<T>,
    window_shape: impl IntoIntegers,
    pooling_type: &str,
    padding: impl Into<Padding>,
    options: impl Into<Pool>,
) -> Tensor<T> {
    let (padding, options) = (padding.into(), options.into());
    let window_shape = window_shape.into_integers();
    let graph = graph(&input);
    let (name, make): (_, Make<'_>) = match pooling_type {
        "AVG" => ("avg_pool", &mean::<T>),
        _ => ("max_pool", &largest::<T>),
    };
    graph.op_scope(name, |scope| {
        let input = input.into_tensor(&graph, "input");
        match Moves::new(pooling_type, &window_shape, &padding, options) {
            Ok(moves) => moves.build(scope, &input, make),
            Err(error) => scope.failed("MaxPool", error),
        }
    })
}

/// The options of [`pool_with`].
#[derive(Clone, Debug, Default)]
pub struct Pool {
    strides: Option<Integers>,
    dilation_rate: Option<Integers>,
    data_format: Option<String>,
}

impl Pool {
    /// Windows of neighbouring elements that begin at each element; the channels are the last axis.
    pub fn new() -> Self {
        Pool::default()
    }

    /// How far apart windows begin, along each axis.
    pub fn strides(mut self, strides: impl IntoIntegers) -> Self {
        self.strides = Some(strides.into_integers());
        self
    }

    /// How far apart the elements of a window are, along each axis.
    pub fn dilation_rate(mut self, dilation_rate: impl IntoIntegers) -> Self {
        self.dilation_rate = Some(dilation_rate.into_integers());
        self
    }

    /// `"NWC"`, `"NHWC"`, `"NDHWC"`, or with the channels as the second axis `"NCW"`, `"NCHW"`,
    /// `"NCDHW"`.
    pub fn data_format(mut self, data_format: &str) -> Self {
        self.data_format = Some(data_format.to_string());
        self
    }
}

/// The options of [`max_pool_with`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaxPool {
    data_format: Option<String>,
    channels_first: bool,
}

/// The options of [`avg_pool_with`].
pub type AvgPool = MaxPool;
/// The options of [`max_pool1d_with`].
pub type MaxPool1d = MaxPool;
/// The options of [`avg_pool1d_with`].
pub type AvgPool1d = MaxPool;
/// The options of [`max_pool3d_with`].
pub type MaxPool3d = MaxPool;
/// The options of [`avg_pool3d_with`].
pub type AvgPool3d = MaxPool;

/// Of this layout, as [`MaxPool::data_format`].
impl From<&str> for MaxPool {
    fn from(data_format: &str) -> Self {
        MaxPool::new().data_format(data_format)
    }
}

impl MaxPool {
    /// The channels are the last axis.
    pub fn new() -> Self {
        MaxPool::default()
    }

    /// The layout: `"NHWC"`, in which the channels are the last axis, or `"NCHW"`, in which they
    /// are the second; of sequences `"NWC"` and `"NCW"`, of volumes `"NDHWC"` and `"NCDHW"`.
    /// TensorFlow computes the second of each on GPUs only.
    pub fn data_format(mut self, data_format: &str) -> Self {
        self.data_format = Some(data_format.to_string());
        self
    }

    /// The channels are the second axis.
    pub fn channels_first(mut self) -> Self {
        self.channels_first = true;
        self
    }

    /// The layout's name, for so many spatial axes.
    fn layout(&self, axes: usize) -> String {
        match &self.data_format {
            Some(data_format) => data_format.clone(),
            None => layout(axes, self.channels_first).to_string(),
        }
    }
}

/// The name of a layout with so many spatial axes.
fn layout(axes: usize, channels_first: bool) -> &'static str {
    match (axes, channels_first) {
        (1, false) => "NWC",
        (1, true) => "NCW",
        (2, false) => "NHWC",
        (2, true) => "NCHW",
        (_, false) => "NDHWC",
        (_, true) => "NCDHW",
    }
}

/// Makes the op with these windows.
type Make<'m> = &'m dyn Fn(Pooling) -> Arc<dyn Op>;

fn largest<T: Numeric>(pooling: Pooling) -> Arc<dyn Op> {
    erased(MaxPoolOp::<T>::new(pooling))
}

fn mean<T: Float>(pooling: Pooling) -> Arc<dyn Op> {
    erased(AvgPoolOp::<T>::new(pooling))
}

/// # Errors
/// `InvalidArgument` if there are not as many sizes as axes.
fn pooling(
    op_type: &'static str,
    axes: usize,
    channels_first: bool,
    [ksize, strides]: [Integers; 2],
    layout: Layout,
) -> Result<Pooling> {
    let sizes = PoolSizes {
        axes,
        channels_first,
    };
    let sizes = Sizes {
        ksize: sizes.of("ksize", ksize)?,
        strides: sizes.of("strides", strides)?,
    };
    Ok(Pooling {
        op_type,
        sizes: Some(sizes),
        layout,
    })
}

/// The largest of each window of pictures with so many spatial axes, as an op of this name.
#[track_caller]
fn max_of<T: Numeric>(
    (name, axes): (&str, usize),
    value: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<MaxPool>,
) -> Tensor<T> {
    let op_type = if axes == 3 { "MaxPool3D" } else { "MaxPool" };
    let sizes = [ksize.into_integers(), strides.into_integers()];
    let (padding, options) = (padding.into(), options.into());
    pooled(
        (name, op_type, axes),
        value,
        sizes,
        padding,
        options,
        &largest::<T>,
    )
}

/// As [`max_of`], of the means.
#[track_caller]
fn mean_of<T: Float>(
    (name, axes): (&str, usize),
    value: impl IntoTensor<T>,
    ksize: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<MaxPool>,
) -> Tensor<T> {
    let op_type = if axes == 3 { "AvgPool3D" } else { "AvgPool" };
    let sizes = [ksize.into_integers(), strides.into_integers()];
    let (padding, options) = (padding.into(), options.into());
    pooled(
        (name, op_type, axes),
        value,
        sizes,
        padding,
        options,
        &mean::<T>,
    )
}

/// Builds an op called `name` of pictures with so many spatial axes.
#[track_caller]
fn pooled<T: Numeric>(
    (name, op_type, axes): (&str, &'static str, usize),
    value: impl IntoTensor<T>,
    sizes: [Integers; 2],
    padding: Padding,
    options: MaxPool,
    make: Make<'_>,
) -> Tensor<T> {
    let graph = graph(&value);
    graph.op_scope(name, |scope| {
        let value = value.into_tensor(&graph, "value");
        let layout = options.layout(axes);
        built(
            scope,
            (op_type, axes),
            &value,
            sizes,
            &padding,
            &layout,
            make,
        )
    })
}

/// The op of this scope. Sequences are seen as pictures of height 1.
#[track_caller]
fn built<T: Numeric>(
    scope: &OpScope,
    (op_type, axes): (&'static str, usize),
    value: &Tensor<T>,
    sizes: [Integers; 2],
    padding: &Padding,
    data_format: &str,
    make: Make<'_>,
) -> Tensor<T> {
    let channels_first = data_format.starts_with("NC");
    let layout = |data_format: &str| Layout {
        padding: padding.attributes().0,
        data_format: data_format.to_string(),
    };
    let flat = match data_format {
        "NWC" if axes == 1 => "NHWC",
        "NCW" if axes == 1 => "NCHW",
        other => other,
    };
    let pooling = match pooling(op_type, axes, channels_first, sizes, layout(flat)) {
        Ok(pooling) => pooling,
        Err(error) => return scope.failed(op_type, error),
    };
    if axes > 1 {
        return output(scope, make(pooling), value);
    }
    let axis = 1 + usize::from(channels_first);
    let pooling = Pooling {
        sizes: pooling.sizes.map(|sizes| Sizes {
            ksize: [&[1], &sizes.ksize[..]].concat(),
            strides: [&[1], &sizes.strides[..]].concat(),
        }),
        ..pooling
    };
    let expanded = expand_dims(value, axis);
    let result = output(scope, make(pooling), &expanded);
    squeeze_with(result, Squeeze::new().axis([axis]))
}

/// The output of this op of one tensor.
fn output<T: Numeric>(scope: &OpScope, op: Arc<dyn Op>, value: &Tensor<T>) -> Tensor<T> {
    scope.operation_of(op, &[value.any()]).output(0)
}

/// How the windows of [`pool`] move.
struct Moves {
    op_type: &'static str,
    window: Vec<i64>,
    strides: Vec<i64>,
    dilation: Vec<i64>,
    data_format: String,
    padding: Padding,
}

impl Moves {
    /// # Errors
    /// `InvalidArgument` if TensorFlow has no such pooling.
    fn new(kind: &str, window: &Integers, padding: &Padding, options: Pool) -> Result<Self> {
        fn wrong<R>(message: String) -> Result<R> {
            Err(Error::invalid_argument(message))
        }
        let list = |name: &str, numbers: Option<&Integers>, count: Option<usize>| {
            let known = match numbers {
                // Few: one for each axis.
                None => return Ok(vec![1; count.unwrap_or(1)]),
                Some(numbers) => numbers.known(),
            };
            let Some(known) = known else {
                return wrong(format!(
                    "{name} must be numbers that are known, not a tensor"
                ));
            };
            match count {
                Some(count) if count != known.len() => {
                    wrong(format!("len({name})={} but should be {count}", known.len()))
                }
                // Few: one for each axis.
                _ => Ok(known.iter().copied().collect()),
            }
        };
        let window = list("window_shape", Some(window), None)?;
        let axes = window.len();
        let op_type = match (kind, axes) {
            ("MAX", 1 | 2) => "MaxPool",
            ("MAX", 3) => "MaxPool3D",
            ("AVG", 1 | 2) => "AvgPool",
            ("AVG", 3) => "AvgPool3D",
            _ => return wrong(format!("{axes}-D {kind} pooling is not supported.")),
        };
        let strides = list("strides", options.strides.as_ref(), Some(axes))?;
        let dilation = list("dilation_rate", options.dilation_rate.as_ref(), Some(axes))?;
        let is_dilated = dilation.iter().any(|rate| *rate != 1);
        if let Some(rate) = dilation.iter().find(|rate| **rate < 1) {
            return wrong(format!(
                "all values of dilation_rate must be positive, not {rate}"
            ));
        }
        if is_dilated && strides.iter().any(|stride| *stride != 1) {
            let message = "strides > 1 not supported in conjunction with dilation_rate > 1";
            return wrong(message.to_string());
        }
        if is_dilated && *padding != Padding::Valid {
            let message = "pooling with SAME padding is not implemented for dilation_rate > 1";
            return wrong(message.to_string());
        }
        Ok(Moves {
            op_type,
            window,
            strides,
            dilation,
            data_format: options
                .data_format
                .unwrap_or_else(|| layout(axes, false).to_string()),
            padding: padding.clone(),
        })
    }

    #[track_caller]
    fn build<T: Numeric>(self, scope: &OpScope, input: &Tensor<T>, make: Make<'_>) -> Tensor<T> {
        let axes = self.window.len();
        if let Some(rank) = input.shape().rank().filter(|rank| *rank != axes + 2) {
            let shape = input.shape();
            let message = format!("Shape {shape} must have rank {}, not {rank}", axes + 2);
            return scope.failed(self.op_type, Error::invalid_argument(message));
        }
        let sizes = [&self.window, &self.strides].map(|sizes| sizes.as_slice().into_integers());
        let build = |value: &Tensor<T>| {
            let of = (self.op_type, axes);
            built(
                scope,
                of,
                value,
                sizes,
                &self.padding,
                &self.data_format,
                make,
            )
        };
        // The channels may come before the axes that windows move over.
        let skipping = Skipping {
            rates: &self.dilation,
            rate: None,
            first: 1 + usize::from(self.data_format.starts_with("NC")),
            padding: "VALID",
            windows: &Shape::from(..),
            shows_windows: false,
        };
        let made =
            with_space_to_batch(input.graph(), input, &skipping, |value, _| Ok(build(value)));
        made.unwrap_or_else(|error| scope.failed(self.op_type, error))
    }
}
