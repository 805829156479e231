//! `Reshape`: the same elements under another shape.

use std::sync::Arc;

use super::super::classes::expect_index;
use super::super::shape::shape_of;
use super::super::unsorted_segment::densify_named;
use crate::graph::{
    AnyTensor, Fusion, Gradient, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo,
};
use crate::kernels::memory::reshaped;
use crate::kernels::strided;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{any_tensor, build_any, check_size, expect_rank, with_integers};
use crate::types::{Dim, Element, Error, Result, Shape, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Reshape(tensor: T, shape: Tshape) -> (output: T); Tshape: type = int32; \
        Tshape in index",
    |node| {
        expect_index(node, &["Tshape"])?;
        Reshape
    }
)];

/// The elements of `tensor` in row-major order under another shape, as `tf.reshape` gives them.
/// Nothing is copied unless the strides force it.
///
/// `shape` is an integer vector: an array such as `[2, -1]`, in which one length may be -1
/// (whatever is left), a tensor computed in the graph, or a tuple of scalars such as `(&n, 3)`.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([1, 2, 3, 4, 5, 6]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::reshape(&x, [2, -1]).array2(), [])?, arr2(&[[1, 2, 3], [4, 5, 6]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shape does not hold as many elements, or has more than one -1.
#[track_caller]
pub fn reshape<T: Element>(tensor: impl IntoTensor<T>, shape: impl IntoIntegers) -> Tensor<T> {
    with_integers("Reshape", Reshape, (tensor, "tensor"), (shape, "shape"))
}

/// As [`reshape`], of tensors of any type.
#[track_caller]
pub(crate) fn reshape_any(tensor: &AnyTensor, shape: &AnyTensor) -> AnyTensor {
    build_any("Reshape", Reshape, &[tensor.clone(), shape.clone()])
}

/// The gradient of an op that only changes the shape: the gradient with respect to its output in
/// the shape of its input 0.
#[track_caller]
pub(in crate::ops::array) fn reshape_to_input(cx: &mut GradientContext<'_>) {
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
        // Even where no length is known, the size tells one that stands alone.
        let nothing_known = || cx.axes_from_length(1).map(|rank| vec![None; rank]);
        let shape = match cx.elements(1).or_else(nothing_known) {
            Some(wanted) => static_shape(&wanted, cx.shape(0).size())?,
            None => Shape::unknown(),
        };
        let info = TensorInfo::new(cx.dtype(0), shape);
        Ok(vec![match &cx.inputs()[0].partial {
            Some(elements) if info.shape.size() == Some(elements.len()) => {
                // Few: elements that were known before.
                info.with_elements(elements.to_vec())
            }
            _ => info,
        }])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let wanted = cx.inputs.integers(1)?;
        let lengths = resolve(&wanted, cx.inputs.shape(0))?;
        check_size(&lengths)?;
        let value = cx.inputs.value(0);
        if let Some(view) = reshaped(value, &lengths) {
            cx.outputs.forward(0, view);
            return Ok(());
        }
        with_bits!(value.dtype(), T => {
            let x = cx.inputs.bits::<T>(0);
            let out = cx.outputs.alloc_bits_unset::<T>(0, value.dtype(), &lengths)?;
            let out = out.into_shape_with_order(x.raw_dim());
            strided::copy(cx.pool, x, out.expect("fresh memory lies in order"));
        }, cx.move_owned(&|cx| self.compute(cx))?);
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

/// What is known of the shape while some lengths, or the number of elements, may not be.
fn static_shape(wanted: &[Option<i64>], size: Option<usize>) -> Result<Shape> {
    let known = |length: &Option<i64>| length.and_then(|length| usize::try_from(length).ok());
    let mut dims: Vec<Dim> = wanted.iter().map(known).collect();
    if let Some(negative) = wanted.iter().flatten().find(|length| **length < -1) {
        let message = format!("Invalid value in tensor used for shape: {negative}");
        return Err(Error::invalid_argument(message));
    }
    let shape = Shape::from(dims.clone());
    let Some(size) = size else {
        return Ok(shape);
    };
    if shape.size().is_some_and(|count| count != size) {
        return Err(mismatch(size, &shape));
    }
    let mut unknown = (0..dims.len()).filter(|&axis| dims[axis].is_none());
    // Two unknown lengths, of which one is not computed yet, or which the kernel will complain of.
    if let (Some(free), None) = (unknown.next(), unknown.next())
        && !dims.contains(&Some(0))
    {
        let product = dims
            .iter()
            .flatten()
            .fold(1usize, |product, &length| product.saturating_mul(length));
        if !size.is_multiple_of(product) {
            return Err(not_a_multiple(size, product));
        }
        dims[free] = Some(size / product);
    }
    Ok(Shape::from(dims))
}

fn mismatch(size: usize, shape: &Shape) -> Error {
    let (count, shape) = (shape.size().unwrap_or(0), shape.bracketed());
    Error::invalid_argument(format!(
        "Cannot reshape a tensor with {size} elements to shape {shape} ({count} elements)"
    ))
}

fn not_a_multiple(size: usize, product: usize) -> Error {
    Error::invalid_argument(format!(
        "Input to reshape is a tensor with {size} values, but the requested shape requires a multiple of {product}"
    ))
}

/// The lengths to reshape a tensor of shape `shape` to, with a -1 replaced by what is left. Where a
/// 0 is wanted, the lengths that are not 0 tell what is left, as in TensorFlow.
fn resolve(wanted: &[i64], shape: &[usize]) -> Result<Vec<usize>> {
    let free = free_axis(wanted)?;
    // Few: one length for each axis.
    let mut lengths: Vec<usize> = wanted
        .iter()
        .map(|&length| length.max(0) as usize)
        .collect();
    let size: usize = shape.iter().product();
    if let Some(axis) = free {
        let counts = |&length: &usize| {
            if wanted.contains(&0) {
                length.max(1)
            } else {
                length
            }
        };
        let others = lengths
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != axis);
        let product = others.fold(1usize, |product, (_, length)| {
            product.saturating_mul((*length).max(1))
        });
        let left = shape.iter().map(counts).product::<usize>();
        if !left.is_multiple_of(product) {
            return Err(not_a_multiple(left, product));
        }
        lengths[axis] = left / product;
    }
    let count = lengths
        .iter()
        .fold(1usize, |product, &length| product.saturating_mul(length));
    if count != size && !(size == 0 && lengths.contains(&0)) {
        let message = format!(
            "Input to reshape is a tensor with {size} values, but the requested shape has {count}"
        );
        return Err(Error::invalid_argument(message));
    }
    Ok(lengths)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_is_left_open_is_found_among_zeros_too() {
        assert_eq!(resolve(&[-1, 2], &[3, 4]).unwrap(), [6, 2]);
        assert_eq!(resolve(&[-1, 2], &[0, 3]).unwrap(), [0, 2]);
        assert_eq!(resolve(&[-1, 0], &[2, 0, 3]).unwrap(), [6, 0]);
        assert_eq!(resolve(&[0, -1], &[0, 0]).unwrap(), [0, 1]);
        assert_eq!(
            resolve(&[i64::MAX, 0, 2], &[0]).unwrap(),
            [i64::MAX as usize, 0, 2]
        );
    }

    #[test]
    fn what_does_not_fit_is_told_in_tensorflow_s_words() {
        let message = |wanted: &[i64], shape: &[usize]| {
            resolve(wanted, shape).unwrap_err().message().to_string()
        };
        assert!(
            message(&[-1, 2], &[7])
                .ends_with("7 values, but the requested shape requires a multiple of 2")
        );
        assert!(message(&[-1, 0], &[6]).ends_with("6 values, but the requested shape has 0"));
        assert!(
            message(&[-1, -1], &[4]).contains("Only one input size may be -1, not both 0 and 1")
        );
        assert!(message(&[-2, i64::MIN], &[4]).contains("Size 0 must be non-negative, not -2"));
        assert!(
            message(&[i64::MAX, i64::MAX], &[4])
                .contains("Input to reshape is a tensor with 4 values")
        );
    }
}
