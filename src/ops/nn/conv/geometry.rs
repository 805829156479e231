//! [`Geometry`]: where the windows of a convolution stand, by TensorFlow's attributes; and what all
//! convolutions' shape rules and kernels have in common.

use std::sync::Arc;

use ndarray::{ArrayViewD, ArrayViewMutD, IxDyn};

use crate::graph::{Fusion, InferContext, Kernel, TensorInfo};
pub(super) use crate::kernels::convolution::Role;
use crate::kernels::convolution::{self, AXES, Array, Shape as Lengths, with_all_axes};
use crate::kernels::pool::Pool;
use crate::kernels::product::Convolved;
use crate::kernels::unset::unset;
use crate::kernels::window::{Pad, Window, WindowedAxis};
use crate::kernels::{MatMulElement, strided};
use crate::ops::nn::padding::pad_of;
use crate::ops::support::expect_rank;
use crate::types::{DType, Dim, Error, Float, Result, Shape, memory};

/// The element types of convolutions: `f32`, `f64`, `f16` and `bf16`.
#[diagnostic::on_unimplemented(
    message = "arrays of `{Self}` cannot be convolved",
    label = "this is for `f32`, `f64`, `f16` and `bf16`",
    note = "convert first: `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`"
)]
pub trait ConvElement: Float + MatMulElement {}
impl<T: Float + MatMulElement> ConvElement for T {}

/// What becomes of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mixing {
    /// Each result is a sum over all of them.
    All,
    /// Each has results of its own.
    Depthwise,
}

/// TensorFlow's attributes of a convolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry<'a> {
    pub(super) op_type: &'static str,
    pub(super) role: Role,
    pub(super) mixing: Mixing,
    /// How many axes windows move over.
    pub(super) axes: usize,
    pub(super) strides: &'a [i64],
    pub(super) dilations: &'a [i64],
    pub(super) padding: &'a str,
    /// None where the op has no such attribute.
    pub(super) explicit_paddings: Option<&'a [i64]>,
    pub(super) data_format: &'a str,
    /// Whether a gradient is given an array of the shape of what it makes, not that shape.
    pub(super) by_example: bool,
}

/// The axes of a picture: batch, channels, and the first one that windows move over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) channels: usize,
    pub(super) first: usize,
}

impl Layout {
    /// Of pictures with `axes` axes between or behind batch and channels.
    pub(super) fn new(channels_first: bool, axes: usize) -> Self {
        match channels_first {
            true => Layout {
                channels: 1,
                first: 2,
            },
            false => Layout {
                channels: axes + 1,
                first: 1,
            },
        }
    }
}

impl Geometry<'_> {
    fn rank(&self) -> usize {
        self.axes + 2
    }

    /// # Errors
    /// `InvalidArgument` if there is no such layout.
    pub(super) fn layout(&self) -> Result<Layout> {
        let (last, first) = match self.axes {
            3 => ("NDHWC", "NCDHW"),
            _ => ("NHWC", "NCHW"),
        };
        match self.data_format {
            format if format == last => Ok(Layout::new(false, self.axes)),
            format if format == first => Ok(Layout::new(true, self.axes)),
            other => Err(self.not_allowed("data_format", other, &[last, first])),
        }
    }

    /// TensorFlow's words for an attribute that has no such value.
    fn not_allowed(&self, name: &str, value: &str, allowed: &[&str]) -> Error {
        // Few: the values of an attribute.
        let allowed: Vec<String> = allowed.iter().map(|value| format!("{value:?}")).collect();
        let (op_type, allowed) = (self.op_type, allowed.join(", "));
        Error::invalid_argument(format!(
            "Attr '{name}' of '{op_type}' Op passed string '{value}' not in: {allowed}."
        ))
    }

    /// Fails unless the attributes are those of a convolution.
    fn check(&self) -> Result<Layout> {
        let layout = self.layout()?;
        let (op_type, rank) = (self.op_type, self.rank());
        for (name, numbers) in [("strides", self.strides), ("dilations", self.dilations)] {
            if numbers.len() != rank {
                let count = numbers.len();
                return Err(Error::invalid_argument(format!(
                    "{op_type} requires the {name} attribute to contain {rank} values, but got: {count}"
                )));
            }
        }
        match (self.padding, self.explicit_paddings) {
            ("SAME" | "VALID", None | Some([])) => {}
            ("SAME" | "VALID", Some(_)) => {
                let padding = self.padding;
                let message = format!(
                    "explicit_paddings attribute must be empty if the padding attribute is {padding}"
                );
                return Err(Error::invalid_argument(message));
            }
            ("EXPLICIT", Some(paddings)) => {
                if paddings.len() != 2 * rank {
                    let count = paddings.len();
                    return Err(Error::invalid_argument(format!(
                        "explicit_paddings attribute must contain {} values, but got: {count}",
                        2 * rank
                    )));
                }
                let of_axis = |axis: usize| [paddings[2 * axis], paddings[2 * axis + 1]];
                if of_axis(0) != [0, 0] || of_axis(layout.channels) != [0, 0] {
                    return Err(Error::invalid_argument(
                        "Nonzero explicit padding in the batch or depth dimensions is not supported",
                    ));
                }
            }
            (other, None) => {
                return Err(self.not_allowed("padding", other, &["SAME", "VALID"]));
            }
            (other, Some(_)) => {
                return Err(self.not_allowed("padding", other, &["SAME", "VALID", "EXPLICIT"]));
            }
        }
        for axis in 0..self.axes {
            self.window(layout, axis, 1)?;
            self.pad(layout, axis)?;
        }
        Ok(layout)
    }

    fn window(&self, layout: Layout, axis: usize, size: usize) -> Result<Window> {
        let axis = layout.first + axis;
        Window::new(size, self.strides[axis], self.dilations[axis])
    }

    fn pad(&self, layout: Layout, axis: usize) -> Result<Pad> {
        let explicit = self.explicit_paddings.unwrap_or_default();
        pad_of(self.padding, explicit, layout.first + axis)
    }

    /// The shape rule.
    ///
    /// # Errors
    /// `InvalidArgument` if attributes or shapes are not those of a convolution.
    pub(super) fn infer(&self, cx: &InferContext<'_>, dtype: DType) -> Result<Vec<TensorInfo>> {
        let layout = self.check()?;
        let shape = match self.role {
            Role::Forward => self.result(cx, layout)?,
            Role::Input => self.given(cx, 0)?,
            Role::Filter => self.given(cx, 1)?,
        };
        Ok(vec![TensorInfo::new(dtype, shape)])
    }

    /// The shape that input `i` holds.
    fn given(&self, cx: &InferContext<'_>, i: usize) -> Result<Shape> {
        let rank = self.rank();
        if self.by_example {
            expect_rank(cx, cx.shape(i), rank)?;
            return Ok(match cx.shape(i).rank() {
                Some(_) => cx.shape(i).clone(),
                None => Shape::of_rank(rank),
            });
        }
        expect_rank(cx, cx.shape(i), 1)?;
        let shape = cx.shape_from_elements(i);
        expect_rank(cx, &shape, rank)?;
        Ok(match shape.rank() {
            Some(_) => shape,
            None => Shape::of_rank(rank),
        })
    }

    fn result(&self, cx: &InferContext<'_>, layout: Layout) -> Result<Shape> {
        let (picture, filter) = (cx.shape(0), cx.shape(1));
        expect_rank(cx, picture, self.rank())?;
        expect_rank(cx, filter, self.rank())?;
        let channels = picture.dim(layout.channels);
        let (seen, made) = (filter.dim(self.axes), filter.dim(self.axes + 1));
        if let (Some(channels), Some(seen)) = (channels, seen)
            && channels != seen
        {
            let inputs = cx.shapes_text();
            return Err(Error::invalid_argument(match self.mixing {
                Mixing::All => format!(
                    "Depth of input ({channels}) is not a multiple of input depth of filter ({seen}), \
                     with input shapes: {inputs}."
                ),
                Mixing::Depthwise => format!(
                    "Dimensions must be equal, but are {channels} and {seen}, with input shapes: {inputs}."
                ),
            }));
        }
        let mut dims: Vec<Dim> = vec![None; self.rank()];
        dims[0] = picture.dim(0);
        dims[layout.channels] = match self.mixing {
            Mixing::All => made,
            Mixing::Depthwise => match channels.or(seen).zip(made) {
                Some((channels, made)) => Some(product(channels, made)?),
                None => None,
            },
        };
        for axis in 0..self.axes {
            let pad = self.pad(layout, axis)?;
            let input = picture.dim(layout.first + axis);
            // With padding as needed the results do not depend on the filter.
            let size = match pad {
                Pad::Same => filter.dim(axis).or(Some(1)),
                _ => filter.dim(axis),
            };
            if let (Some(input), Some(size)) = (input, size) {
                let window = self.window(layout, axis, size)?;
                dims[layout.first + axis] = Some(windows(cx, window, input, pad)?.output);
            }
        }
        Ok(Shape::from(dims))
    }

    /// The kernel.
    ///
    /// # Errors
    /// `InvalidArgument` if the shapes do not fit, `ResourceExhausted` if there is no memory.
    pub(super) fn compute<T: ConvElement>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let layout = self.check()?;
        let numbers = [self.strides, self.dilations];
        if let [strides, dilations] = numbers.map(|n| n[0] != 1 || n[layout.channels] != 1)
            && (strides || dilations)
        {
            let what = if strides { "strides" } else { "dilations" };
            return Err(Error::invalid_argument(format!(
                "Current implementation does not yet support {what} in the batch and depth dimensions."
            )));
        }
        let shape_of = |i: usize| cx.inputs.shape(i).to_vec();
        let (picture, filter) = match self.role {
            Role::Forward => (shape_of(0), shape_of(1)),
            _ if self.by_example => (shape_of(0), shape_of(1)),
            Role::Input => (cx.inputs.lengths(0)?, shape_of(1)),
            Role::Filter => (shape_of(0), cx.inputs.lengths(1)?),
        };
        let lengths = self.lengths(layout, &picture, &filter)?;
        let result = self.unfolded(layout, &lengths.result());
        if self.role != Role::Forward {
            self.expect_gradient(layout, &lengths, cx.inputs.shape(2), &result)?;
        }
        let out_shape = match self.role {
            Role::Forward => &result,
            Role::Input => &picture,
            Role::Filter => &filter,
        };
        let pool = cx.pool;
        let operand = |i: usize, is_filter: bool| {
            let view = cx.inputs.get::<T>(i);
            match is_filter {
                true => view,
                false => channels_last(view, layout),
            }
        };
        let (a, b) = match self.role {
            Role::Forward => (operand(0, false), operand(1, true)),
            Role::Input => (operand(1, true), operand(2, false)),
            Role::Filter => (operand(0, false), operand(2, false)),
        };
        let operands = (
            with_all_axes(a, self.filter() == Some(0)),
            with_all_axes(b, self.filter() == Some(1)),
        );
        let (Some(a), Some(b)) = operands else {
            let message = "an operand has not as many axes as its convolution";
            return Err(Error::invalid_argument(message));
        };
        let operands = [a, b];
        let mut out = cx.outputs.alloc_unset::<T>(0, out_shape)?;
        let is_in_order = self.role == Role::Filter || layout.channels > layout.first;
        if is_in_order {
            return self.run(pool, &lengths, operands, memory::row_major(&mut out));
        }
        let mut turned = channels_last_mut(out, layout);
        let mut computed = unset::<T>(turned.shape())?;
        self.run(
            pool,
            &lengths,
            operands,
            memory::row_major(&mut computed.view_mut()),
        )?;
        strided::copy(pool, computed.view(), turned.view_mut());
        Ok(())
    }

    fn run<T: ConvElement>(
        &self,
        pool: &Pool,
        lengths: &Lengths,
        operands: [Array<'_, T>; 2],
        out: &mut [T],
    ) -> Result<()> {
        if out.is_empty() || operands.iter().any(|operand| operand.is_empty()) {
            // Sums of nothing, however long the other axes are.
            out.fill(T::ZERO);
            return Ok(());
        }
        if self.mixing == Mixing::All {
            return convolution::convolve(pool, self.role, lengths, operands, out);
        }
        let [a, b] = operands.map(|operand| operand.into_dyn());
        let (a, b) = (strided::in_order(pool, &a)?, strided::in_order(pool, &b)?);
        convolution::convolve_channels(pool, self.role, lengths, [&a, &b], out)
    }

    /// Which operand of the two that are arrays is the filter.
    fn filter(&self) -> Option<usize> {
        match self.role {
            Role::Forward => Some(1),
            Role::Input => Some(0),
            Role::Filter => None,
        }
    }

    /// What a plan can make of the op: one product, whose pieces can be worked on.
    pub(super) fn fusion<T: ConvElement>(&self, cx: &InferContext<'_>) -> Fusion {
        let producer = self.producer::<T>(cx);
        producer.map_or(Fusion::None, |producer| {
            Fusion::Producer(Arc::new(producer))
        })
    }

    fn producer<T: ConvElement>(&self, cx: &InferContext<'_>) -> Option<Convolved<T>> {
        let layout = self.check().ok()?;
        let moves = [self.strides, self.dilations].map(|n| n[0] != 1 || n[layout.channels] != 1);
        let is_plain = !self.by_example && moves == [false; 2];
        // Other layouts are computed in this one.
        if !is_plain || layout.channels < layout.first {
            return None;
        }
        let shape_of = |i: usize| cx.shape(i).to_known();
        let given = |i: usize| {
            let lengths = cx.known_elements(i)?.into_iter();
            // Few: axes.
            let lengths: Option<Vec<usize>> = lengths.map(|len| len.try_into().ok()).collect();
            lengths
        };
        let (picture, filter, operands) = match self.role {
            Role::Forward => (shape_of(0)?, shape_of(1)?, [0, 1]),
            Role::Input => (given(0)?, shape_of(1)?, [1, 2]),
            Role::Filter => (shape_of(0)?, given(1)?, [0, 2]),
        };
        let lengths = self.lengths(layout, &picture, &filter).ok()?;
        let result = self.unfolded(layout, &lengths.result());
        let fits = self.role == Role::Forward || shape_of(2)? == result;
        let is_empty = [picture, filter, result]
            .iter()
            .flatten()
            .any(|len| *len == 0);
        if !fits || is_empty {
            return None;
        }
        let convolution = match (self.mixing, self.role) {
            (Mixing::All, role) => convolution::Convolution::new(role, &lengths)?,
            (Mixing::Depthwise, Role::Forward) => convolution::Convolution::of_channels(&lengths)?,
            (Mixing::Depthwise, _) => return None,
        };
        let filter = self.filter();
        let constant = filter.and_then(|i| cx.inputs()[operands[i]].constant.as_deref());
        Some(Convolved::new(convolution, operands, filter, constant))
    }

    /// The lengths of a convolution of pictures and filter of these shapes.
    fn lengths(&self, layout: Layout, picture: &[usize], filter: &[usize]) -> Result<Lengths> {
        let rank = self.rank();
        for (what, shape) in [("input", picture), ("filter", filter)] {
            if shape.len() != rank {
                let shape = Shape::from(shape).bracketed();
                let message = format!("{what} must be {rank}-dimensional: {shape}");
                return Err(Error::invalid_argument(message));
            }
        }
        let (channels, seen) = (picture[layout.channels], filter[self.axes]);
        if channels != seen {
            return Err(Error::invalid_argument(format!(
                "input depth must be evenly divisible by filter depth: {channels} vs {seen}"
            )));
        }
        let mut axes = [one()?; AXES];
        for axis in 0..self.axes {
            let window = self.window(layout, axis, filter[axis])?;
            let input = picture[layout.first + axis];
            let windows = window.along(input, self.pad(layout, axis)?)?;
            axes[AXES - self.axes + axis] = windows;
        }
        let made = filter[self.axes + 1];
        let lengths = Lengths {
            batch: picture[0],
            axes,
            channels,
            outputs: match self.mixing {
                Mixing::All => made,
                Mixing::Depthwise => product(channels, made)?,
            },
        };
        // All arrays have numbers of elements.
        for shape in [lengths.picture(), lengths.filter(), lengths.result()] {
            shape.into_iter().try_fold(1, product)?;
        }
        Ok(lengths)
    }

    /// A shape as the layout has it, of lengths with all axes and the channels last.
    fn unfolded(&self, layout: Layout, lengths: &[usize; 5]) -> Vec<usize> {
        let mut shape = vec![lengths[0]; self.rank()];
        shape[layout.channels] = lengths[4];
        for axis in 0..self.axes {
            shape[layout.first + axis] = lengths[1 + AXES - self.axes + axis];
        }
        shape
    }

    /// Fails unless the gradient has the shape of the convolution's result.
    fn expect_gradient(
        &self,
        layout: Layout,
        lengths: &Lengths,
        found: &[usize],
        result: &[usize],
    ) -> Result<()> {
        if found == result {
            return Ok(());
        }
        let label = match self.role {
            _ if self.axes == 3 => self.op_type,
            Role::Input => "Conv2DCustomBackpropInput",
            _ => "Conv2DCustomBackpropFilter",
        };
        let differs =
            |axis: &usize| found.get(layout.first + axis) != result.get(layout.first + axis);
        let message = match (0..self.axes).find(differs) {
            _ if found.len() != result.len() => {
                let rank = result.len();
                format!("{label}: out_backprop must be {rank}-dimensional")
            }
            Some(axis) => {
                let windows = lengths.axes[AXES - self.axes + axis];
                let (window, input) = (windows.window, windows.input);
                let (found, computed) = (found[layout.first + axis], windows.output);
                format!(
                    "{label}: Size of out_backprop doesn't match computed: actual = {found}, \
                     computed = {computed} spatial_dim: {} input: {input} filter: {} output: {found} \
                     stride: {} dilation: {}",
                    layout.first + axis,
                    window.size,
                    window.stride,
                    window.dilation
                )
            }
            None if found[0] != result[0] => {
                format!("{label}: input and out_backprop must have the same batch size")
            }
            None => format!("{label}: filter and out_backprop must have the same out_depth"),
        };
        Err(Error::invalid_argument(message))
    }
}

/// The windows along an axis of `input` elements.
///
/// # Errors
/// `InvalidArgument`, in the words of TensorFlow's shape rules, if the axis is too short.
fn windows(cx: &InferContext<'_>, window: Window, input: usize, pad: Pad) -> Result<WindowedAxis> {
    let padded = match pad {
        Pad::Same => None,
        Pad::Valid => Some(input),
        Pad::Explicit(before, after) => Some(input.saturating_add(before).saturating_add(after)),
    };
    let extent = window.extent()?;
    if let Some(padded) = padded.filter(|&padded| padded < extent) {
        return Err(Error::invalid_argument(format!(
            "Negative dimension size caused by subtracting {extent} from {padded}, with input shapes: {}.",
            cx.shapes_text()
        )));
    }
    window.along(input, pad)
}

/// The axis of pictures that have none there.
fn one() -> Result<WindowedAxis> {
    Window::new(1, 1, 1)?.along(1, Pad::Valid)
}

/// # Errors
/// `InvalidArgument` if no array has so many elements.
fn product(a: usize, b: usize) -> Result<usize> {
    let len = a.checked_mul(b).filter(|&len| isize::try_from(len).is_ok());
    len.ok_or_else(|| {
        let message = format!("an array has not {a} times {b} elements");
        Error::invalid_argument(message)
    })
}

/// Pictures with their channels as the last axis.
fn channels_last<T>(pictures: ArrayViewD<'_, T>, layout: Layout) -> ArrayViewD<'_, T> {
    match order(pictures.ndim(), layout) {
        Some(order) => pictures.permuted_axes(order),
        None => pictures,
    }
}

fn channels_last_mut<T>(pictures: ArrayViewMutD<'_, T>, layout: Layout) -> ArrayViewMutD<'_, T> {
    match order(pictures.ndim(), layout) {
        Some(order) => pictures.permuted_axes(order),
        None => pictures,
    }
}

/// The axes in the order that has the channels last, if they are not.
fn order(rank: usize, layout: Layout) -> Option<IxDyn> {
    // Few: axes.
    let order: Vec<usize> = std::iter::once(0).chain(2..rank).chain([1]).collect();
    (layout.channels == 1).then(|| IxDyn(&order))
}
