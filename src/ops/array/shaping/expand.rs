//! `ExpandDims` and `Squeeze`: axes of length 1 put in and taken out.

use std::sync::Arc;

use super::super::classes::expect_index;
use super::super::reshape::reshape_to_input;
use crate::graph::{
    AttributeList, Attributes, Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op,
    Tensor, TensorInfo, attributes,
};
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{axis_error, unary, with_integers};
use crate::types::{AxisNumbers, Dim, Element, Error, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "ExpandDims(input: T, dim: Tdim) -> (output: T); Tdim: type = int32; \
        Tdim in index",
    |node| {
        expect_index(node, &["Tdim"])?;
        ExpandDims
    }),
    op!(smooth "Squeeze(input: T) -> (output: T); squeeze_dims: list(int) = []",
        |node| node.attributes::<SqueezeOp>()?),
];

/// `input` with an axis of length 1 inserted as axis `axis`, as `tf.expand_dims` inserts it; -1 is
/// after all others. Nothing is copied.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.zeros::<f32>([2, 3]);
/// assert_eq!(tf1::expand_dims(&x, 0).shape().to_string(), "(1, 2, 3)");
/// assert_eq!(tf1::expand_dims(&x, -1).shape().to_string(), "(2, 3, 1)");
/// ```
///
/// # Errors
/// `InvalidArgument` if `axis` is out of range.
#[track_caller]
pub fn expand_dims<T: Element>(input: impl IntoTensor<T>, axis: impl IntoIntegers) -> Tensor<T> {
    with_integers("ExpandDims", ExpandDims, (input, "input"), (axis, "dim"))
}

/// `input` without its axes of length 1, as `tf.squeeze` gives it. Nothing is copied.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[[1.0], [2.0]]]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::squeeze(&x).array1(), [])?, arr1(&[1.0, 2.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Options
/// `axis`: see [`squeeze_with`].
#[track_caller]
pub fn squeeze<T: Element>(input: impl IntoTensor<T>) -> Tensor<T> {
    squeeze_with(input, Squeeze::new())
}

/// As [`squeeze`], of only some axes: `squeeze_with(&x, 2)`, `squeeze_with(&x, [0, 2])`.
///
/// ```
/// use tf1::{Graph, squeeze, squeeze_with};
///
/// let graph = Graph::new();
/// let x = graph.zeros::<f32>([1, 2, 1, 3]);
/// assert_eq!(squeeze(&x).shape().to_string(), "(2, 3)");
/// assert_eq!(squeeze_with(&x, 2).shape().to_string(), "(1, 2, 3)");
/// ```
///
/// # Errors
/// `InvalidArgument` if an axis is out of range or does not have length 1.
#[track_caller]
pub fn squeeze_with<T: Element>(
    input: impl IntoTensor<T>,
    options: impl Into<Squeeze>,
) -> Tensor<T> {
    let axes = options.into().axes.into_iter();
    // Few: one for each axis.
    let squeeze_dims = axes.map(|axis| axis as i64).collect();
    unary("Squeeze", SqueezeOp { squeeze_dims }, (input, "input"))
}

/// The options of [`squeeze_with`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Squeeze {
    axes: Vec<isize>,
}

/// Only this axis, or these, as [`Squeeze::axis`].
impl<A: AxisNumbers> From<A> for Squeeze {
    fn from(axes: A) -> Self {
        Squeeze::new().axis(axes)
    }
}

impl Squeeze {
    /// All axes of length 1.
    pub fn new() -> Self {
        Squeeze::default()
    }

    /// Only these axes, counted from the end if negative; all of length 1 if there are none.
    pub fn axis(mut self, axes: impl AxisNumbers) -> Self {
        self.axes = axes.numbers();
        self
    }
}

#[derive(Debug)]
struct ExpandDims;

impl Op for ExpandDims {
    fn op_type(&self) -> &'static str {
        "ExpandDims"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let info = |shape| Ok(vec![TensorInfo::new(cx.dtype(0), shape)]);
        match (cx.shape(0).dims(), cx.scalar(1)) {
            (None, _) => info(Shape::unknown()),
            (Some(dims), None) => info(Shape::of_rank(dims.len() + 1)),
            (Some(dims), Some(axis)) => {
                let mut dims = dims.to_vec();
                dims.insert(new_axis(axis, dims.len())?, Some(1));
                info(Shape::from(dims))
            }
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let &[axis] = cx.inputs.integers(1)?.as_slice() else {
            return Err(Error::invalid_argument(
                "'dim' must be a tensor with a single value",
            ));
        };
        let axis = new_axis(axis, cx.inputs.shape(0).len())?;
        cx.outputs
            .forward(0, cx.inputs.value(0).clone().expanded(axis));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        reshape_to_input(cx);
        Ok(())
    }
    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}

/// Where the new axis stands among the `rank` present ones.
fn new_axis(axis: i64, rank: usize) -> Result<usize> {
    let signed_rank = rank as i64;
    if axis < -(signed_rank + 1) || axis > signed_rank {
        let message = format!(
            "dim {axis} not in the interval [{}, {rank}].",
            -(signed_rank + 1)
        );
        return Err(axis_error(message));
    }
    Ok(if axis < 0 {
        axis + signed_rank + 1
    } else {
        axis
    } as usize)
}

attributes! {
    pub(in crate::ops::array) struct SqueezeOp {
        /// All axes of length 1 if there are none.
        pub(in crate::ops::array) squeeze_dims: Vec<i64>,
    }
}

impl Op for SqueezeOp {
    fn op_type(&self) -> &'static str {
        "Squeeze"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let info = |shape| Ok(vec![TensorInfo::new(cx.dtype(0), shape)]);
        let Some(dims) = cx.shape(0).dims() else {
            return info(Shape::unknown());
        };
        if self.squeeze_dims.is_empty() && dims.contains(&None) {
            return info(Shape::unknown());
        }
        let out = self.squeezed(dims)?;
        let kept = dims
            .iter()
            .enumerate()
            .filter(|(axis, _)| !out.contains(axis))
            .map(|(_, dim)| *dim);
        info(Shape::from(kept.collect::<Vec<Dim>>()))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let dims: Vec<Dim> = cx.inputs.shape(0).iter().copied().map(Some).collect();
        let mut value = cx.inputs.value(0).clone();
        for axis in self.squeezed(&dims)?.into_iter().rev() {
            value = value.indexed(axis, 0);
        }
        cx.outputs.forward(0, value);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        reshape_to_input(cx);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}

impl SqueezeOp {
    /// The axes to take out, in order.
    fn squeezed(&self, dims: &[Dim]) -> Result<Vec<usize>> {
        if self.squeeze_dims.is_empty() {
            return Ok((0..dims.len())
                .filter(|&axis| dims[axis] == Some(1))
                .collect());
        }
        let rank = dims.len() as i64;
        let mut axes = Vec::new();
        for (i, &axis) in self.squeeze_dims.iter().enumerate() {
            let resolved = if axis < 0 { axis + rank } else { axis };
            if !(0..rank).contains(&resolved) {
                let message = format!("squeeze_dims[{i}] not in [-{rank},{rank}).");
                return Err(axis_error(message));
            }
            let resolved = resolved as usize;
            if let Some(length) = dims[resolved].filter(|&length| length != 1) {
                return Err(Error::invalid_argument(format!(
                    "Can not squeeze dim[{resolved}], expected a dimension of 1, got {length}"
                )));
            }
            axes.push(resolved);
        }
        axes.sort_unstable();
        axes.dedup();
        Ok(axes)
    }
}
