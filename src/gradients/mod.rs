//! Reverse-mode differentiation: [`gradients`] adds nodes that compute derivatives to the graph.
//!
//! The graph is walked backwards from the `ys`. An operation is visited once the gradients with
//! respect to all of its outputs have arrived; what arrived for one output is summed, and the op's
//! own rule ([`Op::gradient`]) turns it into gradients with respect to the inputs. As the rules add
//! ordinary nodes, gradients have gradients.
//!
//! Which nodes are visited in which order, and how all is named, follows TensorFlow 1.15's
//! `gradients_util.py`.
//!
//! [`Op::gradient`]: crate::op::Op::gradient

mod accumulate;
mod branch;
mod custom;
mod endpoints;
mod gate;
mod initial;
mod obstacle;
mod options;
mod reach;
mod walk;

use crate::graph::{AnyTensor, Gradient, Graph, Tensor, graph_of};
use crate::ops::array::{densify, zeros_like};
use crate::types::{DType, Element, Error, Result, with_any_dtype};

pub use custom::{CustomGradients, CustomInputs, CustomTensors, custom_gradient};
pub use endpoints::{GradientSources, GradientTargets};
pub(crate) use gate::tuple_of;
pub(crate) use obstacle::explain_missing;
pub use options::{AggregationMethod, Gradients};

use initial::initial_gradients;
use walk::Walk;

/// The derivatives of `ys`, or of the sum of all their elements, with respect to each of `xs`, as
/// `tf.gradients` makes them.
///
/// `xs` is a tensor or variable, or an array, slice, vector or tuple of them; the result has the
/// same form.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", []);
/// let y = &x * &x * &x;
/// let dy = tf::gradients(&y, &x); // 3x²
/// let d2y = tf::gradients(&dy, &x); // 6x
/// let session = tf::Session::new(&graph)?;
/// let slopes: (f32, f32) = session.run((dy.scalar(), d2y.scalar()), [x.feed(2.0)])?;
/// assert_eq!(slopes, (12.0, 12.0));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// Where there is no path from `ys` back to one of `xs`, the tensor returned for it stands for that
/// mistake; [`gradients_with`] gives `None` for such an `x` instead. `Unimplemented` if an op on
/// the way has no gradient.
#[track_caller]
pub fn gradients<Y: GradientSources, X: GradientTargets>(ys: Y, xs: X) -> X::Output {
    let (ys, targets) = (ys.sources(), xs.targets());
    let found = gradients_of(&ys, &targets, &Gradients::new());
    let graph = graph_of(&[ys.first().map(|y| y.graph().clone())]);
    graph.op_call(|| {
        let tensors = targets
            .iter()
            .zip(found)
            .map(|(x, gradient)| match gradient {
                Some(Gradient::Dense(tensor)) => tensor,
                Some(Gradient::Sparse(slices)) => densify(&slices),
                None => no_path(&graph, &ys, x),
            });
        xs.collect(tensors.collect())
    })
}

/// As [`gradients`], with options, for tensors of any types, several of one type or as
/// [`AnyTensor`]s; `None` for an `x` on which no `y` depends smoothly, and rows instead of a whole
/// tensor where an op such as [`gather`](crate::gather()) gives these.
///
/// # Errors
/// As [`gradients`]; and `InvalidArgument` if the number of `grad_ys` is not that of `ys`, or a
/// tensor is of another graph.
#[track_caller]
pub fn gradients_with(
    ys: impl GradientSources,
    xs: impl GradientTargets,
    options: impl Into<Gradients>,
) -> Vec<Option<Gradient>> {
    let options = options.into();
    gradients_of(&ys.sources(), &xs.targets(), &options)
}

#[track_caller]
fn gradients_of(ys: &[AnyTensor], xs: &[AnyTensor], options: &Gradients) -> Vec<Option<Gradient>> {
    let Some(y) = ys.first() else {
        return vec![None; xs.len()];
    };
    let graph = y.graph();
    let name = options.name.as_deref().unwrap_or("gradients");
    let found = graph.op_scope(name, |scope| {
        let outcome = graph
            .expect_own(ys.iter().chain(xs).chain(options.tensors()), y)
            .and_then(|()| match ys.iter().find(|y| y.is_failed()) {
                Some(failed) => Ok(standing_for(failed, xs)),
                None => differentiate(graph, ys, xs, options),
            });
        match outcome {
            Ok(found) => found,
            Err(error) => standing_for(&scope.failed::<f32>("gradients", error).any(), xs),
        }
    });
    if !options.unconnected_zero {
        return found;
    }
    // Outside of the scope, as in TensorFlow.
    graph.op_call(|| {
        let pairs = xs.iter().zip(found);
        let or_zeros = |(x, found): (&AnyTensor, Option<Gradient>)| {
            found.or_else(|| Some(Gradient::Dense(zeros_of(x))))
        };
        pairs.map(or_zeros).collect()
    })
}

#[track_caller]
fn zeros_of(x: &AnyTensor) -> AnyTensor {
    with_any_dtype!(x.dtype(), T => zeros_like(x.assume::<T>()).any())
}

impl Gradient {
    /// The gradient as a tensor of the whole shape.
    ///
    /// # Errors
    /// A gradient of another type than `T` becomes a tensor that stands for that mistake.
    #[track_caller]
    pub fn dense<T: Element>(&self) -> Tensor<T> {
        match self {
            Gradient::Dense(tensor) => tensor.assume(),
            Gradient::Sparse(slices) => densify(slices).assume(),
        }
    }
}

#[track_caller]
fn no_path(graph: &Graph, ys: &[AnyTensor], x: &AnyTensor) -> AnyTensor {
    let names = ys
        .iter()
        .map(AnyTensor::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let error = Error::invalid_argument(format!(
        "There is no gradient path from {names} back to {x}."
    ))
    .with_help("check that the result depends on it through ops that have gradients");
    let mut error = match ys {
        [y] => explain_missing(error, y, std::slice::from_ref(x)),
        _ => error,
    };
    for tensor in ys.iter().chain([x]) {
        error = error.with_related(tensor.node_ref());
    }
    failed_as(&graph.failed::<f32>("gradients", error).any(), x.dtype())
}

/// Handles on a failed node in place of the gradients with respect to `xs`.
fn standing_for(failed: &AnyTensor, xs: &[AnyTensor]) -> Vec<Option<Gradient>> {
    let gradient = |x: &AnyTensor| Some(Gradient::Dense(failed_as(failed, x.dtype())));
    xs.iter().map(gradient).collect()
}

/// A handle on a failed node with the type that is wanted of it.
fn failed_as(failed: &AnyTensor, dtype: DType) -> AnyTensor {
    failed.op().any_output(failed.output().index, dtype)
}

#[track_caller]
fn differentiate(
    graph: &Graph,
    ys: &[AnyTensor],
    xs: &[AnyTensor],
    options: &Gradients,
) -> Result<Vec<Option<Gradient>>> {
    // TensorFlow takes this name for a mark of its own.
    graph.take_name("uid");
    let mut walk = Walk::new(graph, ys, xs, options);
    for (y, grad_y) in ys
        .iter()
        .zip(initial_gradients(graph, ys, &options.grad_ys)?)
    {
        walk.add(y.output(), Gradient::Dense(grad_y));
    }
    walk.run()?;
    xs.iter().map(|x| walk.total(x.output())).collect()
}
