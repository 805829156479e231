//! `ExtractImagePatches` and `ExtractVolumePatches`: what each window sees, as channels.

use super::lists::{expect_length, expect_spatial, int32, window_size};
use crate::graph::{
    AttributeList, AttributeValue, FromNode, GradientContext, InferContext, IntoTensor, Kernel,
    NodeSpec, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::pooling::{patches, trivial};
use crate::kernels::strided::in_order;
use crate::kernels::window::{Pad, Window};
use crate::ops::array::{
    Transpose, concat, range, reshape, shape_as, transpose_with, unsorted_segment_sum,
};
use crate::ops::def::op;
use crate::ops::nn::padding::Padding;
use crate::ops::reduce::reduce_prod;
use crate::ops::support::{check_size, expect_rank};
use crate::ops::{Integers, IntoIntegers, OpDef};
use crate::types::{Dim, Error, Numeric, Result, Shape, int64, memory, with_bits, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "ExtractImagePatches(images: T) -> (patches: T); ksizes: list(int); \
        strides: list(int); rates: list(int); padding: string; T in real",
        |node| node.op::<ExtractPatches>()?),
    op!(smooth "ExtractVolumePatches(input: T) -> (patches: T); ksizes: list(int); \
        strides: list(int); padding: string; T in real",
        |node| node.op::<ExtractPatches>()?),
];

/// What each window of pictures sees, as the channels of one pixel, as
/// `tf.image.extract_image_patches` gives it.
///
/// `images` has shape [batch, height, width, channels]; `ksizes`, `strides` and `rates` have four
/// numbers, the first and the last of which are 1: the lengths of windows, how far apart they
/// begin, and their elements are. The result has shape [batch, windows, windows, height of a window
/// · its width · channels], with zeros for what is padding.
///
/// # Errors
/// `InvalidArgument` if a number is less than 1, or a window is larger than pictures that are not
/// padded; `ResourceExhausted` if the result would be larger than any array.
#[track_caller]
pub fn extract_image_patches<T: Numeric>(
    images: impl IntoTensor<T>,
    ksizes: impl IntoIntegers,
    strides: impl IntoIntegers,
    rates: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let numbers = [ksizes.into_integers(), strides.into_integers()];
    let rates = Some(rates.into_integers());
    build(images, "images", numbers, rates, padding.into())
}

/// As [`extract_image_patches`], of volumes, as `tf.extract_volume_patches` gives it: `input` has
/// shape [batch, depth, height, width, channels], and `ksizes` and `strides` five numbers.
///
/// # Errors
/// As [`extract_image_patches`].
#[track_caller]
pub fn extract_volume_patches<T: Numeric>(
    input: impl IntoTensor<T>,
    ksizes: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let numbers = [ksizes.into_integers(), strides.into_integers()];
    build(input, "input", numbers, None, padding.into())
}

#[track_caller]
fn build<T: Numeric>(
    x: impl IntoTensor<T>,
    name: &str,
    [ksizes, strides]: [Integers; 2],
    rates: Option<Integers>,
    padding: Padding,
) -> Tensor<T> {
    let graph = graph_of(&[x.graph()]);
    let op_type = op_type(rates.is_some());
    let known = |name: &str, numbers: &Integers| match numbers.known() {
        // Few: one for each axis.
        Some(numbers) => Ok(numbers.iter().copied().collect()),
        None => Err(Error::invalid_argument(format!(
            "{name} must be numbers that are known, not a tensor"
        ))),
    };
    let op = || {
        Ok(ExtractPatches {
            ksizes: known("ksizes", &ksizes)?,
            strides: known("strides", &strides)?,
            rates: rates
                .as_ref()
                .map(|rates| known("rates", rates))
                .transpose()?,
            padding: padding.attributes().0,
        })
    };
    graph.op_scope(op_type, |scope| {
        let x = x.into_tensor(&graph, name);
        match op() {
            Ok(op) => scope.tensor(op, &[x.any()]),
            Err(error) => scope.failed(op_type, error),
        }
    })
}

fn op_type(has_rates: bool) -> &'static str {
    match has_rates {
        true => "ExtractImagePatches",
        false => "ExtractVolumePatches",
    }
}

#[derive(Clone, Debug)]
struct ExtractPatches {
    ksizes: Vec<i64>,
    strides: Vec<i64>,
    /// None for volumes.
    rates: Option<Vec<i64>>,
    padding: String,
}

impl FromNode for ExtractPatches {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        let rates = match node.op_type() {
            "ExtractImagePatches" => Some(node.attribute("rates")?),
            _ => None,
        };
        Ok(ExtractPatches {
            ksizes: node.attribute("ksizes")?,
            strides: node.attribute("strides")?,
            rates,
            padding: node.attribute("padding")?,
        })
    }
}

impl ExtractPatches {
    /// How many axes the operand has.
    fn rank(&self) -> usize {
        if self.rates.is_some() { 4 } else { 5 }
    }

    /// The windows along each spatial axis.
    ///
    /// # Errors
    /// `InvalidArgument` if an attribute has no value that it can have.
    fn windows(&self) -> Result<(Vec<Window>, Pad)> {
        let (op_type, rank) = (self.op_type(), self.rank());
        // Few: one for each axis, here and below.
        let ones = vec![1; rank];
        let rates = self.rates.as_ref().unwrap_or(&ones);
        let lists = [
            ("ksizes", &self.ksizes),
            ("strides", &self.strides),
            ("rates", rates),
        ];
        for (name, numbers) in lists {
            expect_length(op_type, (name, numbers), rank)?;
            expect_spatial(op_type, (name, numbers))?;
        }
        let window = |axis: usize| {
            let size = window_size("ksizes", axis, self.ksizes[axis])?;
            let stride = int32("strides", self.strides[axis])?;
            Window::new(size, stride, int32("rates", rates[axis])?)
        };
        let windows = (1..rank - 1).map(window).collect::<Result<Vec<_>>>()?;
        match self.padding.as_str() {
            "SAME" => Ok((windows, Pad::Same)),
            "VALID" => Ok((windows, Pad::Valid)),
            other => Err(Error::invalid_argument(format!(
                "Attr 'padding' of '{op_type}' Op passed string '{other}' not in: \"SAME\", \"VALID\"."
            ))),
        }
    }

    /// How many elements a window sees of each channel.
    fn patch(windows: &[Window]) -> usize {
        let sizes = windows.iter().map(|window| window.size);
        sizes.fold(1, usize::saturating_mul)
    }

    /// The patches of index tensors, with the same windows.
    #[track_caller]
    fn of_indices(&self, indices: &Tensor<i64>) -> Tensor<i64> {
        let graph = indices.graph();
        graph.op_scope(self.op_type(), |scope| {
            scope.tensor(self.clone(), &[indices.any()])
        })
    }
}

impl Op for ExtractPatches {
    fn op_type(&self) -> &'static str {
        op_type(self.rates.is_some())
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (windows, pad) = self.windows()?;
        let (shape, rank) = (cx.shape(0), self.rank());
        expect_rank(cx, shape, rank)?;
        let patch = Self::patch(&windows);
        // Few: one for each axis.
        let mut dims: Vec<Dim> = vec![shape.dim(0)];
        for (i, window) in windows.iter().enumerate() {
            let axis = shape.dim(1 + i).map(|length| window.along(length, pad));
            dims.push(axis.transpose()?.map(|axis| axis.output));
        }
        dims.push(
            shape
                .dim(rank - 1)
                .map(|channels| channels.saturating_mul(patch)),
        );
        Ok(vec![TensorInfo::new(cx.dtype(0), Shape::from(dims))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (windows, pad) = self.windows()?;
        let (shape, dtype) = (cx.inputs.shape(0), cx.inputs.value(0).dtype());
        if shape.len() != self.rank() || !(dtype.is_integer() || dtype.is_floating()) {
            return Err(cx.inputs.has_no_kernel(self.op_type(), 0));
        }
        let mut axes = [trivial()?; 3];
        let first = 3 - windows.len();
        // Few: one for each axis.
        let mut result = vec![shape[0]];
        for (i, window) in windows.iter().enumerate() {
            axes[first + i] = window.along(shape[1 + i], pad)?;
            result.push(axes[first + i].output);
        }
        let channels = shape[self.rank() - 1];
        result.push(channels.saturating_mul(Self::patch(&windows)));
        check_size(&result)?;
        with_bits!(dtype, T => {
            let x = cx.inputs.bits::<T>(0);
            let x = in_order(cx.pool, &x)?;
            let mut out = cx.outputs.alloc_bits_unset::<T>(0, dtype, &result)?;
            let out = memory::row_major(&mut out);
            patches(cx.pool, &x, (shape[0], axes, channels), out);
        }, ());
        Ok(())
    }

    // As in TensorFlow, the elements' numbers are taken apart in the same way, and tell where the
    // gradients belong.
    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (windows, _) = self.windows()?;
        with_class!(numeric, cx.any_input(0).dtype(), T => {
            let (x, dy) = (cx.input::<T>(0), cx.grad::<T>(0));
            cx.set(0, self.slope(&x, &dy, &windows));
        }, ());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        let mut list = vec![
            ("ksizes", self.ksizes.to_attribute()),
            ("strides", self.strides.to_attribute()),
            ("padding", self.padding.to_attribute()),
        ];
        let rates = self.rates.iter();
        // Few: one at most.
        list.extend(rates.map(|rates| ("rates", rates.to_attribute())));
        Some(list)
    }
}

impl ExtractPatches {
    #[track_caller]
    fn slope<T: Numeric>(&self, x: &Tensor<T>, dy: &Tensor<T>, windows: &[Window]) -> Tensor<T> {
        let spatial = windows.len() as i64;
        let patch = i64::try_from(Self::patch(windows)).unwrap_or(i64::MAX);
        let (lengths, counts) = (shape_as(x, int64), shape_as(dy, int64));
        let (batch, channels) = (lengths.index(0), lengths.index(spatial + 1));
        let of_space = |lengths: &Tensor<i64>| lengths.index(1..spatial + 1);
        let (places, seen) = (
            reduce_prod(of_space(&lengths), 0),
            reduce_prod(of_space(&counts), 0),
        );
        // From 1 on; 0 stands for padding.
        let numbers: Tensor<i64> = range(1i64, &places + 1, 1i64);
        let one = x.graph().constant([1i64]);
        let numbers = reshape(numbers, concat((&one, of_space(&lengths), &one), 0));
        let owners = reshape(self.of_indices(&numbers), [-1]);
        // [batch, windows.., patch · channels] becomes [windows · patch, batch · channels].
        let rows = reshape(dy, (&batch, &seen, patch, &channels));
        let rows = transpose_with(rows, Transpose::new().perm([1, 2, 0, 3]));
        let rows = reshape(rows, (&seen * patch, &batch * &channels));
        let sums = unsorted_segment_sum(rows, owners, places + 1).index(1..);
        let [batch, channels] = [batch, channels].map(|length| reshape(length, [1]));
        let pictures = reshape(sums, concat((of_space(&lengths), batch, channels), 0));
        // Few: one for each axis.
        let order: Vec<i64> = [spatial]
            .into_iter()
            .chain(0..spatial)
            .chain([spatial + 1])
            .collect();
        let dx = transpose_with(pictures, Transpose::new().perm(order));
        dx.set_shape(x.shape());
        dx
    }
}
