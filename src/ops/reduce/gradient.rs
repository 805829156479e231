//! Gradients that the reductions share.
//!
//! Names and number of the nodes are TensorFlow's, which leaves out what is known while the graph
//! is built.

use std::collections::HashSet;

use ndarray::Array1;

use crate::graph::{AnyTensor, Graph, Tensor};
use crate::ops::array::{dynamic_stitch, fill, range, reshape, shape, size, tile};
use crate::ops::math::{cast_to, floordiv, maximum};
use crate::ops::support::named_as;
use crate::types::Number;

/// The gradient of a sum: `dy` spread over the reduced axes of `x`.
#[track_caller]
pub(super) fn spread<T: Number>(x: &Tensor<T>, axes: &Tensor<i32>, dy: &Tensor<T>) -> Tensor<T> {
    let x_shape = x.shape();
    if let (Some(rank), Some(known_axes)) = (x_shape.rank(), constant_value(&axes.any())) {
        let every_axis = known_axes.iter().copied().eq(0..rank as i64);
        if every_axis && axes.shape().rank() == Some(1) {
            return spread_scalar(x, rank, dy);
        }
        if let Some(lengths) = x_shape.to_known_i32() {
            let (kept, multiples) = evaluated_shapes(x.graph(), lengths, known_axes);
            return tile(reshape(dy, kept), multiples);
        }
    }
    let input_shape = shape(x);
    let kept = reduced_shape(&input_shape, axes);
    let multiples = safe_shape_div(&input_shape, &kept);
    tile(reshape(dy, kept), multiples)
}

/// The gradient of the sum of all elements.
#[track_caller]
fn spread_scalar<T: Number>(x: &Tensor<T>, rank: usize, dy: &Tensor<T>) -> Tensor<T> {
    let dy = reshape(dy, vec![1; rank]);
    let input_shape = match x.shape().to_known_i32() {
        Some(lengths) => x.graph().constant(lengths),
        None => shape(x),
    };
    tile(dy, input_shape)
}

/// The shape of a reduction's result if it keeps the reduced axes, with length 1.
#[track_caller]
pub(super) fn reduced_shape(input_shape: &Tensor<i32>, axes: &Tensor<i32>) -> Tensor<i32> {
    let rank = size(input_shape);
    let axes = (axes + &rank) % &rank;
    let axes_shape = shape(&axes);
    let every_axis = range(0, rank, 1);
    let ones = fill(axes_shape, 1);
    dynamic_stitch(&[every_axis, axes], &[input_shape.clone(), ones])
}

/// `x / y` of lengths, where 0 / 0 is 0.
#[track_caller]
pub(super) fn safe_shape_div(x: &Tensor<i32>, y: &Tensor<i32>) -> Tensor<i32> {
    floordiv(x, maximum(y, 1))
}

/// The known shapes and axes for which a graph has the nodes of [`evaluate_shapes`].
#[derive(Default)]
struct Evaluated(HashSet<(Vec<i32>, Vec<i64>)>);

/// [`reduced_shape`], and how often the reduced axes repeat, of a known shape and axes.
#[track_caller]
fn evaluated_shapes(graph: &Graph, lengths: Vec<i32>, axes: Vec<i64>) -> (Vec<i32>, Vec<i32>) {
    let rank = lengths.len() as i64;
    let is_reduced = |axis: usize| {
        axes.iter()
            .any(|&named| named.rem_euclid(rank) == axis as i64)
    };
    let kept: Vec<i32> = lengths
        .iter()
        .enumerate()
        .map(|(axis, &length)| if is_reduced(axis) { 1 } else { length })
        .collect();
    let multiples: Vec<i32> = lengths
        .iter()
        .zip(&kept)
        .map(|(&length, &kept)| length / kept.max(1))
        .collect();
    let is_new =
        graph.with_extension(|seen: &mut Evaluated| seen.0.insert((lengths.clone(), axes.clone())));
    if is_new {
        evaluate_shapes(graph, &lengths, &axes, &kept);
    }
    (kept, multiples)
}

/// The nodes that TensorFlow makes to evaluate these shapes, once per graph; they stay in it.
#[track_caller]
fn evaluate_shapes(graph: &Graph, lengths: &[i32], axes: &[i64], kept: &[i32]) {
    let constant = |name: &str, elements: Vec<i32>| {
        graph.constant_named(name, Array1::from(elements).into_dyn())
    };
    let input_shape = graph.op_scope("Cast", |_| constant("x", lengths.to_vec()));
    let axes = graph.op_scope("Cast", |scope| match axes {
        // An empty tuple becomes an array of floats at first.
        [] => {
            let x = graph.constant_named::<f32>("x", Array1::default(0).into_dyn());
            cast_to(x).named(named_as(scope))
        }
        axes => constant("x", axes.iter().map(|&axis| axis as i32).collect()),
    });
    reduced_shape(&input_shape, &axes);
    let divisor = graph.op_scope("Maximum", |scope| {
        let x = constant("x", kept.to_vec());
        maximum(x, 1).named(named_as(scope))
    });
    floordiv(lengths.to_vec(), divisor);
}

/// The elements of an integer tensor, if TensorFlow's Python can tell them while the graph is
/// built.
fn constant_value(tensor: &AnyTensor) -> Option<Vec<i64>> {
    is_constant(tensor).then(|| tensor.info().elements()?.into_iter().collect())?
}

fn is_constant(tensor: &AnyTensor) -> bool {
    let op = tensor.op();
    match op.op_type() {
        "Const" | "Shape" | "Size" | "Rank" => true,
        "Range" | "Cast" | "ConcatV2" | "Pack" => op.inputs().iter().all(is_constant),
        "Fill" => op.inputs().last().is_some_and(is_constant),
        _ => false,
    }
}
