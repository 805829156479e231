//! `Reshape`: the same elements under another shape.

use std::marker::PhantomData;

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::ops::OpDef;
use crate::ops::array::shape;
use crate::ops::support::binary;
use crate::types::{Dim, Element, Error, Integer, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("Reshape")];

/// The elements of `tensor` in row-major order under another shape, as `tf.reshape` gives them. Nothing is copied unless
/// the strides force it.
///
/// `shape` is an integer vector: an array such as `[2, -1]`, in which one length may be -1 (whatever is left), or a
/// tensor computed in the graph.
///
/// # Errors
/// `InvalidArgument` if the shape does not hold as many elements, or has more than one -1.
#[track_caller]
pub fn reshape<T: Element, I: Integer>(
    tensor: impl IntoTensor<T>,
    shape: impl IntoTensor<I>,
) -> Tensor<T> {
    binary(
        "Reshape",
        Reshape::<T>(PhantomData),
        (tensor, "tensor"),
        (shape, "shape"),
    )
}

#[derive(Debug)]
struct Reshape<T>(PhantomData<fn() -> T>);

impl<T: Element> Op for Reshape<T> {
    fn op_type(&self) -> &'static str {
        "Reshape"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let info = |shape| Ok(vec![TensorInfo::new(cx.dtype(0), shape)]);
        let Some(wanted) = cx.elements(1) else {
            return info(cx.shape_from_elements(1));
        };
        if let (Some(known), Some(size)) = (cx.known_elements(1), cx.shape(0).size()) {
            return match resolve(&known, size) {
                Ok(lengths) => info(Shape::from(lengths)),
                // What TensorFlow leaves to the kernel.
                Err(_) if known.iter().filter(|length| **length == -1).count() > 1 => {
                    info(Shape::of_rank(known.len()))
                }
                Err(_) => Err(mismatch(size, &known)),
            };
        }
        let dims = wanted
            .into_iter()
            .map(|length| length.and_then(|length| usize::try_from(length).ok()));
        info(Shape::from(dims.collect::<Vec<Dim>>()))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let wanted = cx.inputs.integers(1)?;
        let lengths = resolve(&wanted, cx.inputs.shape(0).iter().product())?;
        cx.outputs
            .forward(0, cx.inputs.value(0).clone().reshaped(&lengths));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = reshape(cx.grad::<T>(0), shape(cx.input::<T>(0)));
        cx.set(0, dx);
        Ok(())
    }
}

fn mismatch(size: usize, wanted: &[i64]) -> Error {
    let count: i64 = wanted.iter().product();
    Error::invalid_argument(format!(
        "Cannot reshape a tensor with {size} elements to shape {wanted:?} ({count} elements)"
    ))
}

/// The lengths to reshape `size` elements to, with a -1 replaced by what is left.
fn resolve(wanted: &[i64], size: usize) -> Result<Vec<usize>> {
    let mut free = None;
    let mut product: usize = 1;
    for (axis, &length) in wanted.iter().enumerate() {
        match (usize::try_from(length), free) {
            (Ok(length), _) => product = product.saturating_mul(length),
            (Err(_), None) if length == -1 => free = Some(axis),
            (Err(_), Some(first)) if length == -1 => {
                let message = format!("Only one input size may be -1, not both {first} and {axis}");
                return Err(Error::invalid_argument(message));
            }
            (Err(_), _) => {
                return Err(Error::invalid_argument(format!(
                    "Size {axis} must be non-negative, not {length}"
                )));
            }
        }
    }
    let mut lengths: Vec<usize> = wanted
        .iter()
        .map(|&length| length.max(0) as usize)
        .collect();
    match free {
        Some(axis) if product > 0 && size.is_multiple_of(product) => lengths[axis] = size / product,
        Some(_) if product == 0 => {
            let message = "reshape cannot infer the missing input size for an empty tensor unless all specified input \
                           sizes are non-zero";
            return Err(Error::invalid_argument(message));
        }
        Some(_) => {
            return Err(Error::invalid_argument(format!(
                "Input to reshape is a tensor with {size} values, but the requested shape requires a multiple of {product}"
            )));
        }
        None if product != size => {
            return Err(Error::invalid_argument(format!(
                "Input to reshape is a tensor with {size} values, but the requested shape has {product}"
            )));
        }
        None => {}
    }
    Ok(lengths)
}
