//! `StridedSlice` and its gradient: Python's `x[begin:end:stride, ...]`.

use std::sync::Arc;

use ndarray::{ArrayViewMutD, Axis, Slice};

use super::super::classes::expect_index;
use super::super::shape::shape_of;
use super::super::slicing::{Masks, Part, Range, Slicing, Specification};
use crate::graph::{
    AnyTensor, AttributeList, Attributes, Fusion, GradientContext, InferContext, IntoTensor,
    Kernel, Op, OpScope, Tensor, TensorInfo, graph_of,
};
use crate::kernels::strided;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{any_tensor, build_any, merge};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Dim, Element, Error, Result, Shape, Value, with_bits, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "StridedSlice(input: T, begin: Index, end: Index, strides: Index) -> (output: T); \
     begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = 0; \
     new_axis_mask: int = 0; shrink_axis_mask: int = 0; \
        Index in index",
    |node| {
        expect_index(node, &["Index"])?;
        StridedSliceOp { masks: node.attributes()? }
    }),
    op!(smooth "StridedSliceGrad(shape: Index, begin: Index, end: Index, strides: Index, \
     dy: T) -> (output: T); begin_mask: int = 0; end_mask: int = 0; \
     ellipsis_mask: int = 0; new_axis_mask: int = 0; shrink_axis_mask: int = 0; \
        Index in index",
    |node| {
        expect_index(node, &["Index"])?;
        StridedSliceGrad { masks: node.attributes()? }
    }),
];

/// The elements of `input` from index `begin[i]` to before `end[i]` in steps of `strides[i]` along
/// each axis i, as `tf.strided_slice` takes them. Nothing is copied. [`Tensor::index`] says the
/// same as Python's brackets do.
///
/// # Errors
/// `InvalidArgument` if the vectors' lengths differ or exceed the rank of `input`, or a stride
/// is 0.
///
/// # Options
/// `begin_mask`, `end_mask`, `ellipsis_mask`, `new_axis_mask`, `shrink_axis_mask`: see
/// [`strided_slice_with`].
#[track_caller]
pub fn strided_slice<T: Element>(
    input: impl IntoTensor<T>,
    begin: impl IntoIntegers,
    end: impl IntoIntegers,
    strides: impl IntoIntegers,
) -> Tensor<T> {
    strided_slice_with(input, begin, end, strides, StridedSlice::new())
}

/// As [`strided_slice`], with the masks that `options` holds.
///
/// # Errors
/// As [`strided_slice`]; and `InvalidArgument` if an index that takes one position is out of range.
#[track_caller]
pub fn strided_slice_with<T: Element>(
    input: impl IntoTensor<T>,
    begin: impl IntoIntegers,
    end: impl IntoIntegers,
    strides: impl IntoIntegers,
    options: impl Into<StridedSlice>,
) -> Tensor<T> {
    let options = options.into();
    let bounds = [
        begin.into_integers(),
        end.into_integers(),
        strides.into_integers(),
    ];
    let [begin, end, strides] = bounds.each_ref().map(Integers::graph);
    let graph = graph_of(&[input.graph(), begin, end, strides]);
    graph.op_scope("StridedSlice", |scope| {
        let input = input.into_tensor(&graph, "input").any();
        let names = ["begin", "end", "strides"];
        let [begin, end, strides] = Integers::of_one_type(bounds, &graph, names);
        scope.tensor(
            StridedSliceOp {
                masks: options.masks,
            },
            &[input, begin, end, strides],
        )
    })
}

/// The options of [`strided_slice_with`]: masks, in which bit i speaks of element i of `begin`,
/// `end` and `strides`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StridedSlice {
    masks: Masks,
}

impl StridedSlice {
    /// No bit of any mask is set.
    pub fn new() -> Self {
        StridedSlice::default()
    }

    /// Where a bit is set, `begin` does not count, and the axis is taken from its first element on.
    pub fn begin_mask(mut self, mask: u32) -> Self {
        self.masks.begin_mask = mask.into();
        self
    }

    /// Where a bit is set, `end` does not count, and the axis is taken up to its last element.
    pub fn end_mask(mut self, mask: u32) -> Self {
        self.masks.end_mask = mask.into();
        self
    }

    /// The bit of the element that stands for as many axes as the others leave.
    pub fn ellipsis_mask(mut self, mask: u32) -> Self {
        self.masks.ellipsis_mask = mask.into();
        self
    }

    /// Where a bit is set, a new axis of length 1 is inserted.
    pub fn new_axis_mask(mut self, mask: u32) -> Self {
        self.masks.new_axis_mask = mask.into();
        self
    }

    /// Where a bit is set, only the position `begin` is taken, and the axis is left out.
    pub fn shrink_axis_mask(mut self, mask: u32) -> Self {
        self.masks.shrink_axis_mask = mask.into();
        self
    }
}

/// Adds the op that `scope` is named after.
pub(in crate::ops::array) fn cut<T: Element>(
    scope: &OpScope,
    input: &Tensor<T>,
    [begin, end, strides]: [AnyTensor; 3],
    masks: Masks,
) -> Tensor<T> {
    scope.tensor(
        StridedSliceOp { masks },
        &[input.any(), begin, end, strides],
    )
}

#[derive(Debug)]
struct StridedSliceOp {
    masks: Masks,
}

impl Op for StridedSliceOp {
    fn op_type(&self) -> &'static str {
        "StridedSlice"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let bounds = Bounds::known(cx, 1)?;
        let (Some(dims), Some(bounds)) = (cx.shape(0).dims(), bounds) else {
            return Ok(vec![TensorInfo::new(cx.dtype(0), ..)]);
        };
        let slicing = bounds.slicing(self.masks, dims)?;
        let info = TensorInfo::new(cx.dtype(0), slicing.shape());
        Ok(vec![match &cx.inputs()[0].partial {
            Some(elements) => with_picked_elements(info, elements, &slicing),
            None => info,
        }])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let slicing =
            Bounds::of_kernel(cx, 1)?.slicing(self.masks, &dims_of(cx.inputs.shape(0)))?;
        let mut value: Value<'_> = cx.inputs.value(0).clone();
        for (axis, Range { first, count, step }) in slicing.exact_ranges().into_iter().enumerate() {
            value = value.sliced(axis, first, count, step);
        }
        let mut axis = 0;
        for part in &slicing.parts {
            match part {
                Part::Axis(_) => axis += 1,
                Part::Shrunk(_) => value = value.indexed(axis, 0),
                Part::New => {
                    value = value.expanded(axis);
                    axis += 1;
                }
            }
        }
        cx.outputs.forward(0, value);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dy = cx.any_grad(0);
        let bounds = [1, 2, 3].map(|i| cx.any_input(i).clone());
        let shape = with_class!(index, bounds[0].dtype(), I => shape_of::<I>(cx.any_input(0)).any(), bounds[0].clone());
        let [begin, end, strides] = bounds;
        let inputs = [shape, begin, end, strides, dy.clone()];
        let dx = cx.graph().op_scope("StridedSliceGrad", |scope| {
            any_tensor(
                scope,
                StridedSliceGrad { masks: self.masks },
                &inputs,
                dy.dtype(),
            )
        });
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.masks.list())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}

fn dims_of(shape: &[usize]) -> Vec<Dim> {
    shape.iter().copied().map(Some).collect()
}

/// The elements that are taken out of an integer vector, as far as they are known.
fn with_picked_elements(
    info: TensorInfo,
    elements: &[Option<i64>],
    slicing: &Slicing,
) -> TensorInfo {
    let ([Some(range)], true) = (slicing.ranges.as_slice(), info.shape.rank() <= Some(1)) else {
        return info;
    };
    let picked = range
        .positions()
        .map(|position| elements.get(position).copied().flatten());
    // Few: no more than are known.
    info.with_elements(picked.collect())
}

/// What `begin`, `end` and `strides` hold, as far as it is known.
#[derive(Debug)]
struct Bounds {
    begin: Option<Vec<i64>>,
    end: Option<Vec<i64>>,
    strides: Vec<i64>,
}

impl Bounds {
    /// Inputs `first`, `first + 1` and `first + 2`; `None` while the strides are not known.
    fn known(cx: &InferContext<'_>, first: usize) -> Result<Option<Self>> {
        let shapes = [0, 1, 2].map(|i| cx.shape(first + i));
        let all = shapes
            .iter()
            .try_fold(Shape::of_rank(1), |all, shape| merge(cx, &all, shape));
        all.map_err(
            |error| match shapes.iter().all(|shape| shape.rank() == Some(1)) {
                true => error,
                false => unequal_vectors(shapes.map(Shape::bracketed)),
            },
        )?;
        let Some(strides) = cx.known_elements(first + 2) else {
            return Ok(None);
        };
        let all = |i| {
            cx.elements_of(i, strides.len())
                .map(|elements| elements.into_iter().collect())
        };
        Ok(Some(Bounds {
            begin: all(first)?,
            end: all(first + 1)?,
            strides,
        }))
    }

    fn of_kernel(cx: &Kernel<'_, '_>, first: usize) -> Result<Self> {
        let shapes = [0, 1, 2].map(|i| cx.inputs.shape(first + i));
        if shapes
            .iter()
            .any(|shape| shape.len() != 1 || *shape != shapes[0])
        {
            return Err(unequal_vectors(
                shapes.map(|shape| Shape::from(shape).bracketed()),
            ));
        }
        let [begin, end, strides] = [0, 1, 2].map(|i| cx.inputs.integers(first + i));
        Ok(Bounds {
            begin: Some(begin?),
            end: Some(end?),
            strides: strides?,
        })
    }

    fn slicing(&self, masks: Masks, dims: &[Dim]) -> Result<Slicing> {
        let (begin, end) = (self.begin.as_deref(), self.end.as_deref());
        let specification = Specification {
            begin,
            end,
            strides: &self.strides,
            masks,
        };
        Slicing::new(&specification, dims)
    }
}

fn unequal_vectors([begin, end, strides]: [String; 3]) -> Error {
    Error::invalid_argument(format!(
        "Expected begin, end, and strides to be 1D equal size tensors, but got shapes {begin}, {end}, and {strides} instead."
    ))
}

/// A tensor of zeros in which the elements that a [`StridedSliceOp`] would take are those of
/// input 4.
#[derive(Debug)]
struct StridedSliceGrad {
    masks: Masks,
}

impl Op for StridedSliceGrad {
    fn op_type(&self) -> &'static str {
        "StridedSliceGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(
            cx.dtype(4),
            cx.shape_from_elements(0),
        )])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let lengths = cx.inputs.lengths(0)?;
        let slicing = Bounds::of_kernel(cx, 1)?.slicing(self.masks, &dims_of(&lengths))?;
        let shape = slicing.shape();
        if !shape.admits(cx.inputs.shape(4)) {
            let (found, wanted) = (
                Shape::from(cx.inputs.shape(4)).bracketed(),
                shape.bracketed(),
            );
            let message = format!("shape of dy was {found} instead of {wanted}");
            return Err(Error::invalid_argument(message));
        }
        with_bits!(cx.inputs.value(4).dtype(), T => {
            let dy = cx.inputs.bits::<T>(4);
            strided::copy(cx.pool, dy, place(cx.outputs.alloc_bits::<T>(0, cx.inputs.value(4).dtype(), &lengths)?, &slicing));
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 4)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (grad, masks) = (cx.any_grad(0), self.masks);
        let [begin, end, strides] = [1, 2, 3].map(|i| cx.any_input(i).clone());
        let ddy = build_any(
            "StridedSlice",
            StridedSliceOp { masks },
            &[grad, begin, end, strides],
        );
        cx.set_gradient(4, ddy.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.masks.list())
    }
}

/// The elements of `out` that `slicing` takes, in the shape in which it gives them.
fn place<'a, T: Element>(mut out: ArrayViewMutD<'a, T>, slicing: &Slicing) -> ArrayViewMutD<'a, T> {
    for (axis, range) in slicing.exact_ranges().into_iter().enumerate() {
        let (low, high) = range.bounds();
        out.slice_axis_inplace(
            Axis(axis),
            Slice::new(low as isize, Some(high as isize), range.step),
        );
    }
    let mut axis = 0;
    for part in &slicing.parts {
        match part {
            Part::Axis(_) => axis += 1,
            Part::Shrunk(_) => out = out.index_axis_move(Axis(axis), 0),
            Part::New => {
                out = out.insert_axis(Axis(axis));
                axis += 1;
            }
        }
    }
    out
}
