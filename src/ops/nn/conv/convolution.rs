//! `convolution` and the dilated convolutions made of it.

use super::geometry::ConvElement;
use super::nodes::Nodes;
use super::options::Conv2D;
use crate::graph::{Graph, IntoTensor, OpScope, Tensor, graph_of};
use crate::ops::array::{batch_to_space, space_to_batch};
use crate::ops::nn::Padding;
use crate::ops::nn::space_batch::{Skipping, with_space_to_batch};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Error, Result, WholeNumber};

/// The convolution of arrays of three to five axes with a filter, as `tf.nn.convolution` computes
/// it: [`conv1d`](super::conv1d()), [`conv2d`](super::conv2d()) or [`conv3d`](super::conv3d()), by
/// the number of axes of `input`.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or the number of axes is not known.
///
/// # Options
/// `strides`, `dilation_rate`, `data_format`, `channels_first`: see [`convolution_with`].
#[track_caller]
pub fn convolution<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    convolution_with(input, filter, padding, Convolution::new())
}

/// As [`convolution`], with strides or dilations, and a layout, as `options` says.
///
/// Windows that skip pixels are windows over neighbours of smaller pictures here, as in TensorFlow:
/// what is skipped goes into the batch ([`space_to_batch_nd`](crate::space_to_batch_nd())), and
/// comes back from there.
///
/// ```
/// use tf1 as tf;
/// use tf::nn::{Convolution, convolution_with};
///
/// let graph = tf::Graph::new();
/// let x = graph.zeros::<f32>([1, 9, 9, 3]);
/// let filter = graph.zeros::<f32>([3, 3, 3, 8]);
/// let y = convolution_with(&x, &filter, "VALID", Convolution::new().dilation_rate([2, 1]));
/// assert_eq!(y.shape().to_string(), "(1, 5, 7, 8)");
/// ```
///
/// # Errors
/// As [`convolution`]; and `InvalidArgument` if both a stride and a dilation are more than 1.
#[track_caller]
pub fn convolution_with<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    padding: impl Into<Padding>,
    options: impl Into<Convolution>,
) -> Tensor<T> {
    let (padding, options) = (padding.into(), options.into());
    let graph = graph_of(&[input.graph(), filter.graph()]);
    graph.op_scope("convolution", |scope| {
        let input = input.into_tensor(&graph, "input");
        let filter = filter.into_tensor(&graph, "filter");
        let made = options.make(scope, &input, &filter, &padding);
        made.unwrap_or_else(|error| scope.failed("convolution", error))
    })
}

/// The options of [`convolution_with`].
#[derive(Clone, Debug)]
pub struct Convolution {
    strides: Integers,
    options: Conv2D,
}

/// Of this layout, as [`Convolution::data_format`].
impl From<&str> for Convolution {
    fn from(data_format: &str) -> Self {
        Convolution::new().data_format(data_format)
    }
}

impl Convolution {
    /// Windows see neighbours, and move by 1; the channels are the last axis.
    pub fn new() -> Self {
        Convolution {
            strides: 1.into_integers(),
            options: Conv2D::new(),
        }
    }

    /// How far the window moves: a number, or one for each axis that it moves over.
    pub fn strides(mut self, strides: impl IntoIntegers) -> Self {
        self.strides = strides.into_integers();
        self
    }

    /// How far apart the pixels are that a window sees: a number, or one for each axis that it
    /// moves over.
    pub fn dilation_rate(mut self, dilation_rate: impl IntoIntegers) -> Self {
        self.options = self.options.dilations(dilation_rate);
        self
    }

    /// The layout, as [`Conv2D::data_format`].
    pub fn data_format(mut self, data_format: &str) -> Self {
        self.options = self.options.data_format(data_format);
        self
    }

    /// The channels are the second axis.
    pub fn channels_first(mut self) -> Self {
        self.options = self.options.channels_first();
        self
    }

    #[track_caller]
    fn make<T: ConvElement>(
        &self,
        scope: &OpScope,
        input: &Tensor<T>,
        filter: &Tensor<T>,
        padding: &Padding,
    ) -> Result<Tensor<T>> {
        let rank = input.shape().rank().or(filter.shape().rank());
        let rank =
            rank.ok_or_else(|| Error::invalid_argument("rank of input or filter must be known"))?;
        let axes = rank.checked_sub(2).filter(|axes| (1..=3).contains(axes));
        let axes = axes.ok_or_else(|| {
            let message = format!("Input tensor must be of rank 3, 4 or 5 but was {rank}.");
            Error::invalid_argument(message)
        })?;
        let nodes = Nodes::new(axes, &self.strides, padding, &self.options)?;
        if nodes.dilations.iter().all(|&rate| rate == 1) {
            return nodes.forward(scope, input, filter);
        }
        dilated(scope.graph(), input, filter, nodes, None, |input, nodes| {
            nodes.forward(scope, input, filter)
        })
    }

    /// The convolution over `axes` axes as TensorFlow's layers make it, whose nodes stand in the
    /// open scope rather than under `convolution`. `rate` is the tensor of dilations that the layer
    /// has made.
    ///
    /// # Errors
    /// As [`convolution_with`].
    #[track_caller]
    pub(crate) fn of_layer<T: ConvElement>(
        &self,
        axes: usize,
        [input, filter]: [&Tensor<T>; 2],
        padding: &Padding,
        rate: Option<&Tensor<i32>>,
    ) -> Result<Tensor<T>> {
        let nodes = Nodes::new(axes, &self.strides, padding, &self.options)?;
        let plain = |input: &Tensor<T>, nodes: Nodes| {
            let layout = nodes.layout();
            let strides = &nodes.strides[layout.first..layout.first + axes];
            let options = Conv2D::from(&*nodes.data_format);
            Ok(match axes {
                1 => super::conv1d_with(input, filter, strides, nodes.padding, options),
                2 => super::conv2d_with(input, filter, strides, nodes.padding, options),
                _ => super::conv3d_with(input, filter, strides, nodes.padding, options),
            })
        };
        match nodes.dilations.iter().all(|&rate| rate == 1) {
            true => plain(input, nodes),
            false => dilated(input.graph(), input, filter, nodes, rate, plain),
        }
    }
}

impl Default for Convolution {
    fn default() -> Self {
        Convolution::new()
    }
}

/// A dilated convolution, made by `plain` of smaller pictures. `rate` is the tensor of dilations if
/// there is one already.
#[track_caller]
fn dilated<T: ConvElement>(
    graph: &Graph,
    input: &Tensor<T>,
    filter: &Tensor<T>,
    nodes: Nodes,
    rate: Option<&Tensor<i32>>,
    plain: impl FnOnce(&Tensor<T>, Nodes) -> Result<Tensor<T>>,
) -> Result<Tensor<T>> {
    let layout = nodes.layout();
    let moved = layout.first..layout.first + nodes.axes;
    if nodes.strides.iter().any(|&stride| stride > 1) {
        return Err(Error::invalid_argument(
            "strides > 1 not supported in conjunction with dilation_rate > 1",
        ));
    }
    let (channels, seen) = (
        input.shape().dim(layout.channels),
        filter.shape().dim(nodes.axes),
    );
    if let (Some(channels), Some(seen)) = (channels, seen)
        && channels != seen
    {
        return Err(Error::invalid_argument(format!(
            "number of input channels does not match corresponding dimension of filter, {channels} != {seen}"
        )));
    }
    let padding = nodes.padding.implicit("convolution")?;
    // Few: one for each axis.
    let rates = nodes.dilations[moved].to_vec();
    let skipping = Skipping {
        rates: &rates,
        rate,
        first: layout.first,
        padding: &padding,
        windows: &filter.shape(),
        shows_windows: true,
    };
    with_space_to_batch(graph, input, &skipping, |input, padding| {
        let nodes = Nodes {
            dilations: vec![1; nodes.axes + 2],
            padding: padding.into(),
            ..nodes
        };
        plain(input, nodes)
    })
}

/// The convolution of pictures with a filter that sees every `rate`-th pixel, as
/// `tf.nn.atrous_conv2d` computes it.
///
/// `value` is [batch, height, width, channels], `filters` is [filter height, filter width,
/// channels, output channels].
///
/// # Errors
/// As [`convolution`]; and `InvalidArgument` if `rate` is not positive.
#[track_caller]
pub fn atrous_conv2d<T: ConvElement>(
    value: impl IntoTensor<T>,
    filters: impl IntoTensor<T>,
    rate: impl WholeNumber,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let rates = [rate.to_i64(); 2];
    let options = Convolution::new().dilation_rate(rates);
    convolution_with(value, filters, padding, options)
}

/// The transpose of [`atrous_conv2d`], as `tf.nn.atrous_conv2d_transpose` computes it.
///
/// `value` is [batch, height, width, channels], `filters` is [filter height, filter width, output
/// channels, channels], and the result has shape `output_shape`, of which batch, height and width
/// must be numbers of the program.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, `rate` is not positive, or `output_shape` is
/// computed in the graph.
#[track_caller]
pub fn atrous_conv2d_transpose<T: ConvElement>(
    value: impl IntoTensor<T>,
    filters: impl IntoTensor<T>,
    output_shape: impl IntoIntegers,
    rate: impl WholeNumber,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let (rate, padding) = (rate.to_i64(), padding.into());
    let output_shape = output_shape.into_integers();
    let graph = graph_of(&[value.graph(), filters.graph(), output_shape.graph()]);
    graph.op_scope("atrous_conv2d_transpose", |scope| {
        let value = value.into_tensor(&graph, "value");
        let filters = filters.into_tensor(&graph, "filters");
        let made = match rate {
            1 => Ok(super::conv2d_transpose(
                &value,
                &filters,
                output_shape,
                1,
                padding,
            )),
            _ => turned(&graph, &value, &filters, (output_shape, rate, padding)),
        };
        made.unwrap_or_else(|error| scope.failed("atrous_conv2d_transpose", error))
    })
}

#[track_caller]
fn turned<T: ConvElement>(
    graph: &Graph,
    value: &Tensor<T>,
    filters: &Tensor<T>,
    (output_shape, rate, padding): (Integers, i64, Padding),
) -> Result<Tensor<T>> {
    if rate < 1 {
        let message = format!("rate {rate} cannot be less than one");
        return Err(Error::invalid_argument(message));
    }
    let rate32 = i32::try_from(rate).map_err(|_| Error::invalid_argument("rate is too large"))?;
    for (name, operand) in [("value", value), ("filters", filters)] {
        if operand.shape().rank().is_none() {
            let message = format!("the rank of {name} must be known where rate is more than 1");
            return Err(Error::invalid_argument(message));
        }
    }
    let (channels, seen) = (value.shape().dim(3), filters.shape().dim(3));
    if let (Some(channels), Some(seen)) = (channels, seen)
        && channels != seen
    {
        return Err(Error::invalid_argument(format!(
            "value's input channels does not match filters' input channels, {channels} != {seen}"
        )));
    }
    let lengths = output_shape.known().and_then(|lengths| lengths.as_slice());
    let Some(&[batch, height, width, made]) = lengths else {
        return Err(Error::invalid_argument(
            "output_shape must have shape (4,), and be numbers of the program",
        ));
    };
    let known = filters.shape().to_known();
    if let Some(outputs) = filters.shape().dim(2)
        && outputs as i64 != made
    {
        return Err(Error::invalid_argument(format!(
            "output_shape does not match filter's output channels, {made} != {outputs}"
        )));
    }
    output_shape
        .clone()
        .into_tensor::<i32>(graph, "output_shape");
    let sides = match (
        padding.implicit("atrous_conv2d_transpose")?.as_str(),
        known.as_deref(),
    ) {
        ("VALID", _) => [[0, 0]; 2],
        ("SAME", Some(&[filter_height, filter_width, _, _])) => {
            [filter_height, filter_width].map(|taps| {
                let extra = (taps as i64 - 1).saturating_mul(rate);
                [extra / 2, extra - extra / 2]
            })
        }
        ("SAME", _) => {
            let shape = filters.shape();
            let message =
                format!("with padding SAME the filter's shape must be known, but is {shape}");
            return Err(Error::invalid_argument(message));
        }
        (other, _) => {
            let message = format!("padding must be either VALID or SAME: {other}");
            return Err(Error::invalid_argument(message));
        }
    };
    let too_large = || Error::invalid_argument("output_shape is too large");
    let int32 = |number: Option<i64>| {
        let number = number.and_then(|number| i32::try_from(number).ok());
        number.ok_or_else(too_large)
    };
    let mut padded = [0; 2];
    let mut missing = [0; 2];
    for (axis, length) in [height, width].into_iter().enumerate() {
        let len = sides[axis]
            .iter()
            .try_fold(length, |len, side| len.checked_add(*side));
        let len = len.ok_or_else(too_large)?;
        let rest = (rate - len.rem_euclid(rate)).rem_euclid(rate);
        padded[axis] = int32(len.checked_add(rest).map(|len| len / rate))?;
        missing[axis] = int32(Some(rest))?;
    }
    let value = space_to_batch(value, missing.map(|missing| [0, missing]), rate32);
    let batches = rate
        .checked_mul(rate)
        .and_then(|blocks| blocks.checked_mul(batch));
    let sizes = [int32(batches)?, padded[0], padded[1], int32(Some(made))?];
    let value = super::conv2d_backprop_input(sizes, filters, value, 1, Padding::Valid);
    let mut crops = [[0; 2]; 2];
    for axis in 0..2 {
        let [before, after] = sides[axis];
        crops[axis] = [
            int32(Some(before))?,
            int32(after.checked_add(i64::from(missing[axis])))?,
        ];
    }
    Ok(batch_to_space(value, crops, rate32))
}
