//! `Dilation2D`: the largest sum of elements of a picture and of a filter; and its gradients.

use std::marker::PhantomData;

use super::lists::{expect_length, expect_spatial, int32};
use crate::graph::{
    AttributeList, Attributes, FromNode, GradientContext, InferContext, IntoTensor, Kernel,
    NodeSpec, Op, Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::pooling::Dilation;
use crate::kernels::strided::in_order;
use crate::kernels::window::{Pad, Window, WindowedAxis};
use crate::ops::array::reverse;
use crate::ops::def::op;
use crate::ops::nn::padding::Padding;
use crate::ops::support::{build_any, expect_rank, merge, unequal_dims};
use crate::ops::{IntoIntegers, OpDef};
use crate::types::{Dim, Error, Numeric, Result, Shape, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Dilation2D(input: T, filter: T) -> (output: T); strides: list(int); \
        rates: list(int); padding: string; T in real",
        T: numeric, |node| node.op::<Dilation2D<T>>()?),
    op!(opaque "Dilation2DBackpropInput(input: T, filter: T, out_backprop: T) -> \
        (in_backprop: T); strides: list(int); rates: list(int); padding: string; T in real",
        T: numeric, |node| node.op::<Dilation2DBackprop<T>>()?),
    op!(opaque "Dilation2DBackpropFilter(input: T, filter: T, out_backprop: T) -> \
        (filter_backprop: T); strides: list(int); rates: list(int); padding: string; T in real",
        T: numeric, |node| node.op::<Dilation2DBackprop<T>>()?),
];

/// The grey dilation of pictures by a filter, as `tf.nn.dilation2d` computes it: each result is the
/// largest sum, over the window, of an element and the filter's.
///
/// `input` has shape [batch, height, width, channels] and `filter` [height, width, channels];
/// `strides` and `rates` have four numbers, the first and the last of which are 1: how far apart
/// windows begin, and their elements are. The gradient of each result goes to the first element,
/// and to that of the filter, whose sum is the largest; it has none itself.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, a stride or a rate is less than 1, or the filter is
/// larger than pictures that are not padded.
#[track_caller]
pub fn dilation2d<T: Numeric>(
    input: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    rates: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let moves = moves(strides, rates, padding.into());
    let graph = graph_of(&[input.graph(), filter.graph()]);
    graph.op_scope("Dilation2D", |scope| {
        let input = input.into_tensor(&graph, "input").any();
        let filter = filter.into_tensor(&graph, "filter").any();
        match moves {
            Ok(moves) => scope.tensor(Dilation2D::<T>::new(moves), &[input, filter]),
            Err(error) => scope.failed("Dilation2D", error),
        }
    })
}

/// The grey erosion of pictures by a kernel, as `tf.nn.erosion2d` computes it: each result is the
/// least difference, over the window, of an element and the kernel's. It is −dilation(−`value`,
/// `kernel` turned around).
///
/// # Errors
/// As [`dilation2d`].
#[track_caller]
pub fn erosion2d<T: Numeric>(
    value: impl IntoTensor<T>,
    kernel: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    rates: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let moves = moves(strides, rates, padding.into());
    let graph = graph_of(&[value.graph(), kernel.graph()]);
    graph.op_scope("erosion2d", |scope| {
        let value = value.into_tensor(&graph, "value");
        let kernel = kernel.into_tensor(&graph, "kernel");
        let turned = [(-value).any(), reverse(kernel, [0, 1]).any()];
        let dilated: Tensor<T> = match moves {
            Ok(moves) => scope.tensor(Dilation2D::<T>::new(moves), &turned),
            Err(error) => scope.failed("Dilation2D", error),
        };
        -dilated
    })
}

/// # Errors
/// `InvalidArgument` if these are not numbers.
fn moves(strides: impl IntoIntegers, rates: impl IntoIntegers, padding: Padding) -> Result<Moves> {
    let known = |name: &str, numbers: crate::ops::Integers| match numbers.known() {
        // Few: one for each axis.
        Some(numbers) => Ok(numbers.iter().copied().collect()),
        None => Err(Error::invalid_argument(format!(
            "{name} must be numbers that are known, not a tensor"
        ))),
    };
    Ok(Moves {
        strides: known("strides", strides.into_integers())?,
        rates: known("rates", rates.into_integers())?,
        padding: padding.attributes().0,
    })
}

attributes! {
    /// How the filter moves.
    struct Moves {
        strides: Vec<i64>,
        rates: Vec<i64>,
        padding: String,
    }
}

impl Moves {
    /// The windows along an axis, given the lengths of picture and filter.
    ///
    /// # Errors
    /// `InvalidArgument` if they do not fit.
    fn along(
        &self,
        op_type: &str,
        axis: usize,
        length: usize,
        size: usize,
    ) -> Result<WindowedAxis> {
        let pad = self.check(op_type)?;
        let window = Window::new(size, self.strides[axis], self.rates[axis])?;
        if size == 0 {
            let message = "a filter must have a height and a width of 1 at least";
            return Err(Error::invalid_argument(message));
        }
        window.along(length, pad)
    }

    /// # Errors
    /// `InvalidArgument` if an attribute has no value that it can have.
    fn check(&self, op_type: &str) -> Result<Pad> {
        for (name, numbers) in [("strides", &self.strides), ("rates", &self.rates)] {
            expect_length(op_type, (name, numbers), 4)?;
            expect_spatial(op_type, (name, numbers))?;
            numbers
                .iter()
                .try_for_each(|number| int32(name, *number).map(drop))?;
        }
        (1..3)
            .try_for_each(|axis| Window::new(1, self.strides[axis], self.rates[axis]).map(drop))?;
        match self.padding.as_str() {
            "SAME" => Ok(Pad::Same),
            "VALID" => Ok(Pad::Valid),
            other => Err(Error::invalid_argument(format!(
                "Attr 'padding' of '{op_type}' Op passed string '{other}' not in: \"SAME\", \"VALID\"."
            ))),
        }
    }

    /// The shape of the result.
    fn infer(&self, op_type: &str, cx: &InferContext<'_>) -> Result<Shape> {
        self.check(op_type)?;
        let (input, filter) = (cx.shape(0), cx.shape(1));
        expect_rank(cx, input, 4)?;
        expect_rank(cx, filter, 3)?;
        let channels = match (input.dim(3), filter.dim(2)) {
            (Some(a), Some(b)) if a != b => return Err(unequal_dims(cx, a, b)),
            (a, b) => a.or(b),
        };
        let count = |axis: usize| -> Result<Dim> {
            match (input.dim(axis), filter.dim(axis - 1)) {
                (Some(length), Some(size)) => {
                    Ok(Some(self.along(op_type, axis, length, size)?.output))
                }
                _ => Ok(None),
            }
        };
        Ok(Shape::from(vec![
            input.dim(0),
            count(1)?,
            count(2)?,
            channels,
        ]))
    }

    /// The kernel for inputs of these shapes, and the shape of the result.
    fn kernel(&self, op_type: &str, cx: &Kernel<'_, '_>) -> Result<(Dilation, [usize; 4])> {
        let (input, filter) = (cx.inputs.shape(0), cx.inputs.shape(1));
        let (&[images, height, width, channels], &[rows, columns, depth]) = (input, filter) else {
            let message = "input must have 4 axes and filter 3";
            return Err(Error::invalid_argument(message));
        };
        if channels != depth {
            let message =
                format!("input and filter must have the same depth: {channels} vs {depth}");
            return Err(Error::invalid_argument(message));
        }
        if u32::try_from(rows.saturating_mul(columns)).is_err() {
            let message = format!("a filter of {rows} by {columns} elements is too large");
            return Err(Error::resource_exhausted(message));
        }
        let axes = [
            self.along(op_type, 1, height, rows)?,
            self.along(op_type, 2, width, columns)?,
        ];
        let result = [images, axes[0].output, axes[1].output, channels];
        let kernel = Dilation {
            images,
            axes,
            channels,
        };
        Ok((kernel, result))
    }
}

#[derive(Debug)]
struct Dilation2D<T> {
    moves: Moves,
    element: PhantomData<fn() -> T>,
}

impl<T> Dilation2D<T> {
    fn new(moves: Moves) -> Self {
        Dilation2D {
            moves,
            element: PhantomData,
        }
    }
}

impl<T: Numeric> FromNode for Dilation2D<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(Dilation2D::new(node.attributes()?))
    }
}

impl<T: Numeric> Op for Dilation2D<T> {
    fn op_type(&self) -> &'static str {
        "Dilation2D"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = self.moves.infer(self.op_type(), cx)?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (kernel, shape) = self.moves.kernel(self.op_type(), cx)?;
        let [x, filter] = [0, 1].map(|i| cx.inputs.get::<T>(i));
        let (x, filter) = (in_order(cx.pool, &x)?, in_order(cx.pool, &filter)?);
        let mut out = cx.outputs.alloc_unset::<T>(0, &shape)?;
        kernel.dilate(cx.pool, [&x, &filter], memory::row_major(&mut out));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let inputs = [
            cx.any_input(0).clone(),
            cx.any_input(1).clone(),
            cx.any_grad(0),
        ];
        let types = ["Dilation2DBackpropInput", "Dilation2DBackpropFilter"];
        for (i, op_type) in types.into_iter().enumerate() {
            let op = Dilation2DBackprop::<T> {
                op_type,
                moves: self.moves.clone(),
                element: PhantomData,
            };
            let gradient = build_any(op_type, op, &inputs);
            cx.set_gradient(i, gradient.into());
        }
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.moves.list())
    }
}

/// The gradients of [`Dilation2D`] with respect to the pictures, and to the filter.
#[derive(Debug)]
struct Dilation2DBackprop<T> {
    op_type: &'static str,
    moves: Moves,
    element: PhantomData<fn() -> T>,
}

impl<T> Dilation2DBackprop<T> {
    /// Which input the result is the gradient of.
    fn of(&self) -> usize {
        usize::from(self.op_type == "Dilation2DBackpropFilter")
    }
}

impl<T: Numeric> FromNode for Dilation2DBackprop<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(Dilation2DBackprop {
            op_type: node.op_type(),
            moves: node.attributes()?,
            element: PhantomData,
        })
    }
}

impl<T: Numeric> Op for Dilation2DBackprop<T> {
    fn op_type(&self) -> &'static str {
        self.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let result = self.moves.infer(self.op_type, cx)?;
        merge(cx, &result, cx.shape(2))?;
        let rank = 4 - self.of();
        let shape = merge(cx, cx.shape(self.of()), &Shape::of_rank(rank))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (kernel, result) = self.moves.kernel(self.op_type, cx)?;
        let [x, filter, dy] = [0, 1, 2].map(|i| cx.inputs.get::<T>(i));
        if dy.shape() != &result[..] {
            let [dy, result] = [dy.shape(), &result].map(|shape| Shape::from(shape).bracketed());
            let message = format!("out_backprop must have shape {result}, not {dy}");
            return Err(Error::invalid_argument(message));
        }
        let operands = [
            in_order(cx.pool, &x)?,
            in_order(cx.pool, &filter)?,
            in_order(cx.pool, &dy)?,
        ];
        let operands = operands.each_ref().map(|x| &**x);
        let mut out = cx.outputs.alloc_unset::<T>(0, cx.inputs.shape(self.of()))?;
        let out = memory::row_major(&mut out);
        match self.of() {
            0 => kernel.picture_slope(cx.pool, operands, out),
            _ => kernel.filter_slope(cx.pool, operands, out)?,
        }
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.moves.list())
    }
}
