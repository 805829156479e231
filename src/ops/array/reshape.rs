//! `Reshape`: the same elements under another shape.

use super::shape::shape_of;
use super::unsorted_segment::densify_named;
use crate::graph::{
    AnyTensor, Gradient, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::support::{any_tensor, binary, check_size, expect_rank};
use crate::types::{Dim, Element, Error, Integer, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("Reshape")];

/// The elements of `tensor` in row-major order under another shape, as `tf.reshape` gives them. Nothing is copied unless
/// the strides force it.
///
/// `shape` is an integer vector: an array such as `[2, -1]`, in which one length may be -1 (whatever is left), a tensor
/// computed in the graph, or a tuple of scalars such as `(&n, 3)`.
///
/// # Errors
/// `InvalidArgument` if the shape does not hold as many elements, or has more than one -1.
#[track_caller]
pub fn reshape<T: Element, I: Integer>(
    tensor: impl IntoTensor<T>,
    shape: impl IntoTensor<I>,
) -> Tensor<T> {
    binary("Reshape", Reshape, (tensor, "tensor"), (shape, "shape"))
}

/// As [`reshape`], of tensors of any type.
#[track_caller]
pub(crate) fn reshape_any(tensor: &AnyTensor, shape: &AnyTensor) -> AnyTensor {
    let inputs = [tensor.clone(), shape.clone()];
    tensor.graph().op_scope("Reshape", |scope| {
        any_tensor(scope, Reshape, &inputs, tensor.dtype())
    })
}

/// The gradient of an op that only changes the shape: the gradient with respect to its output in the shape of its input 0.
#[track_caller]
pub(super) fn reshape_to_input(cx: &mut GradientContext<'_>) {
    let shape = shape_of::<i32>(cx.any_input(0)).any();
    let dx = match cx.gradient(0) {
        Some(Gradient::Sparse(rows)) => {
            let (graph, dtype) = (cx.graph(), rows.values.dtype());
            graph.op_scope("Reshape", |scope| {
                let dy = densify_named(graph, "tensor", rows);
                any_tensor(scope, Reshape, &[dy, shape], dtype)
            })
        }
        _ => reshape_any(&cx.any_grad(0), &shape),
    };
    cx.set_gradient(0, dx.into());
}

#[derive(Debug)]
struct Reshape;

impl Op for Reshape {
    fn op_type(&self) -> &'static str {
        "Reshape"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 1)?;
        let shape = match cx.elements(1) {
            Some(wanted) => static_shape(&wanted, cx.shape(0).size())?,
            None => cx.shape_from_elements(1),
        };
        let info = TensorInfo::new(cx.dtype(0), shape);
        Ok(vec![match &cx.inputs()[0].partial {
            Some(elements) if info.shape.size() == Some(elements.len()) => {
                info.with_elements(elements.to_vec())
            }
            _ => info,
        }])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let wanted = cx.inputs.integers(1)?;
        let lengths = resolve(&wanted, cx.inputs.shape(0).iter().product())?;
        check_size(&lengths)?;
        cx.outputs
            .forward(0, cx.inputs.value(0).clone().reshaped(&lengths));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        reshape_to_input(cx);
        Ok(())
    }
}

/// What is known of the shape while some lengths, or the number of elements, may not be.
fn static_shape(wanted: &[Option<i64>], size: Option<usize>) -> Result<Shape> {
    let mut dims: Vec<Dim> = wanted
        .iter()
        .map(|length| length.and_then(|l| usize::try_from(l).ok()))
        .collect();
    let Some(size) = size else {
        return Ok(Shape::from(dims));
    };
    let unknown: Vec<usize> = (0..dims.len())
        .filter(|&axis| dims[axis].is_none())
        .collect();
    match (
        wanted.iter().copied().collect::<Option<Vec<i64>>>(),
        unknown.as_slice(),
    ) {
        (Some(wanted), []) => match resolve(&wanted, size) {
            Ok(_) => Ok(Shape::from(dims)),
            Err(_) => Err(mismatch(size, &wanted)),
        },
        (wanted, &[free]) => {
            let wanted = wanted.unwrap_or_else(|| {
                dims.iter()
                    .map(|dim| dim.map_or(-1, |d| d as i64))
                    .collect()
            });
            dims[free] = Some(resolve(&wanted, size)?[free]);
            Ok(Shape::from(dims))
        }
        // Too many unknown lengths, which TensorFlow leaves to the kernel to complain of.
        _ => Ok(Shape::from(dims)),
    }
}

fn mismatch(size: usize, wanted: &[i64]) -> Error {
    let count = wanted
        .iter()
        .fold(1i64, |product, &length| product.saturating_mul(length));
    let shape = wanted
        .iter()
        .map(i64::to_string)
        .collect::<Vec<_>>()
        .join(",");
    Error::invalid_argument(format!(
        "Cannot reshape a tensor with {size} elements to shape [{shape}] ({count} elements)"
    ))
}

/// The lengths to reshape `size` elements to, with a -1 replaced by what is left.
fn resolve(wanted: &[i64], size: usize) -> Result<Vec<usize>> {
    let free = free_axis(wanted)?;
    let product = wanted
        .iter()
        .filter(|length| **length != -1)
        .fold(1usize, |product, &length| {
            product.saturating_mul(length as usize)
        });
    let mut lengths: Vec<usize> = wanted
        .iter()
        .map(|&length| length.max(0) as usize)
        .collect();
    let message = match free {
        Some(axis) if product > 0 && size.is_multiple_of(product) => {
            lengths[axis] = size / product;
            return Ok(lengths);
        }
        None if product == size => return Ok(lengths),
        Some(_) if product == 0 => {
            "reshape cannot infer the missing input size for an empty tensor unless all specified \
                                    input sizes are non-zero"
                .to_string()
        }
        Some(_) => format!(
            "Input to reshape is a tensor with {size} values, but the requested shape requires a multiple of {product}"
        ),
        None => format!(
            "Input to reshape is a tensor with {size} values, but the requested shape has {product}"
        ),
    };
    Err(Error::invalid_argument(message))
}

/// The axis whose length is given as -1, if there is one.
fn free_axis(wanted: &[i64]) -> Result<Option<usize>> {
    let mut free = None;
    for (axis, &length) in wanted.iter().enumerate() {
        match (length, free) {
            (0.., _) => {}
            (-1, None) => free = Some(axis),
            (-1, Some(first)) => {
                let message = format!("Only one input size may be -1, not both {first} and {axis}");
                return Err(Error::invalid_argument(message));
            }
            (length, _) => {
                return Err(Error::invalid_argument(format!(
                    "Size {axis} must be non-negative, not {length}"
                )));
            }
        }
    }
    Ok(free)
}
