//! The product of a tensor's last axis with a matrix or a vector, as `tf.tensordot` makes it.

use super::matmul;
use crate::graph::{OpScope, Tensor};
use crate::kernels::MatMulElement;
use crate::ops::array::{Transpose, concat, gather, reshape, shape, stack, transpose_with};
use crate::ops::reduce::reduce_prod;
use crate::ops::support::named_as;
use crate::types::{Dim, Error, Result, Shape};

/// `Σ_k x[.., k] · matrix[k, j]`, the nodes of `tf.tensordot(x, matrix, [[rank - 1], [0]])`. `x`
/// has at least one axis, the last of known length, and `matrix` is of known shape.
#[track_caller]
pub(crate) fn last_axis_product<T: MatMulElement>(
    x: &Tensor<T>,
    matrix: &Tensor<T>,
    [inputs, outputs]: [usize; 2],
) -> Tensor<T> {
    let graph = x.graph();
    graph.op_scope("Tensordot", |scope| {
        product(scope, x, matrix, (inputs, Some(outputs)))
    })
}

/// `Σ_k x[.., k] · weights[k]`, the nodes of `tf.tensordot(x, weights, [-1, -1])`. `x` has at least
/// one axis, the last of as many elements as there are weights.
#[track_caller]
pub(crate) fn last_axis_dot<T: MatMulElement>(x: &Tensor<T>, weights: &[T]) -> Tensor<T> {
    let graph = x.graph();
    graph.op_scope("Tensordot", |scope| {
        let weights = graph.constant(weights).named("b");
        let inputs = weights.shape().dim(0).unwrap_or_default();
        product(scope, x, &weights, (inputs, None))
    })
}

/// The product with a matrix of so many rows and columns, or with a vector.
#[track_caller]
fn product<T: MatMulElement>(
    scope: &OpScope,
    x: &Tensor<T>,
    matrix: &Tensor<T>,
    (inputs, outputs): (usize, Option<usize>),
) -> Tensor<T> {
    let product = match x.shape().to_known() {
        Some(lengths) => of_known_shape(x, matrix, &lengths, outputs),
        None => of_unknown_shape(x, matrix, (inputs, outputs)),
    };
    match product {
        Ok((product, shape)) => reshape(product, shape).named(named_as(scope)),
        Err(error) => scope.failed("Tensordot", error),
    }
}

/// The product as a matrix, and the shape that it is to have.
type Product<T> = (Tensor<T>, Tensor<i32>);

#[track_caller]
fn of_known_shape<T: MatMulElement>(
    x: &Tensor<T>,
    matrix: &Tensor<T>,
    lengths: &[usize],
    outputs: Option<usize>,
) -> Result<Product<T>> {
    let (inputs, free) = lengths.split_last().expect("a layer's input has axes");
    let dims: Vec<Dim> = free.iter().copied().map(Some).collect();
    let rows = Shape::joined(&dims)?.unwrap_or_default();
    // Few: one for each axis.
    let order: Vec<i32> = (0..).take(lengths.len()).collect();
    let left = transpose_with(x, Transpose::new().perm(order));
    let left = reshape(left, narrow(&[rows, *inputs])?);
    let product = matmul(left, flat(matrix, (*inputs, outputs))?);
    let shape = narrow(&[free, outputs.as_slice()].concat())?;
    let shape = x.graph().constant(shape).named("shape");
    Ok((product, shape))
}

#[track_caller]
fn of_unknown_shape<T: MatMulElement>(
    x: &Tensor<T>,
    matrix: &Tensor<T>,
    (inputs, outputs): (usize, Option<usize>),
) -> Result<Product<T>> {
    let graph = x.graph();
    let last = x.shape().rank().unwrap_or(1) - 1;
    let axes = narrow(&[last])?;
    // Few: one for each axis.
    let free: Vec<i32> = (0..).take(last).collect();
    let axes = graph.constant(axes).named("axes");
    let free = graph.constant(free).named("free");
    let lengths = shape(x);
    let free_lengths = gather(&lengths, &free);
    let product_lengths = gather(&lengths, &axes);
    let rows = reduce_prod(&free_lengths, ..);
    let columns = reduce_prod(product_lengths, ..);
    let order = concat([free, axes], 0);
    let matrix_shape = stack([rows, columns], 0);
    let left = transpose_with(x, &order);
    let left = reshape(left, matrix_shape);
    let product = matmul(left, flat(matrix, (inputs, outputs))?);
    let outputs = graph.constant(narrow(outputs.as_slice())?);
    Ok((product, concat([free_lengths, outputs], 0)))
}

/// The matrix as TensorFlow turns it around: not at all.
#[track_caller]
fn flat<T: MatMulElement>(
    matrix: &Tensor<T>,
    (inputs, outputs): (usize, Option<usize>),
) -> Result<Tensor<T>> {
    let order: &[i32] = if outputs.is_some() { &[0, 1] } else { &[0] };
    // Few: one for each axis.
    let same = transpose_with(matrix, Transpose::new().perm(order.to_vec()));
    Ok(reshape(same, narrow(&[inputs, outputs.unwrap_or(1)])?))
}

fn narrow(lengths: &[usize]) -> Result<Vec<i32>> {
    let narrow = lengths.iter().map(|&length| {
        i32::try_from(length).map_err(|_| Error::invalid_argument(format!("{length} is too large")))
    });
    // Few: one for each axis.
    narrow.collect()
}
