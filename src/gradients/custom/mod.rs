//! [`custom_gradient`]: a function of tensors with a gradient of its own.

mod forms;
mod variables;

use crate::graph::{AnyTensor, Gradient, GradientContext, Graph, graph_of};
use crate::ops::array::{identity_any, identity_n_with, zeros_like_at_run};
use crate::types::{Error, Result};

pub use forms::{CustomGradients, CustomInputs, CustomTensors};
use forms::{KeptParts, Parts};

use super::failed_as;

/// The results of `function` for `inputs`, with the gradient that it gives in place of that of its
/// ops, as `tf.custom_gradient` makes them.
///
/// `function` returns three things: its results; the other tensors that its gradient needs, `()`
/// for none; and the gradient. That is a closure: it takes the gradients with respect to the
/// results, and those tensors, and returns the gradients with respect to the inputs, `None` for an
/// input that has none. The graph keeps the closure, so it must not capture tensors, or the graph
/// would never be freed: `G: Copy` sees to that. It may capture numbers, with `move`.
///
/// ```
/// use tf1 as tf;
///
/// /// log(1 + eˣ), whose gradient of large `x` would be infinity divided by infinity.
/// fn log1pexp(x: &tf::Tensor) -> tf::Tensor {
///     tf::custom_gradient(x, |x| {
///         let e = tf::exp(&x);
///         let y = tf::log(1.0 + &e);
///         (y, e, |dy, e| dy * (1.0 - 1.0 / (1.0 + e)))
///     })
/// }
///
/// let graph = tf::Graph::new();
/// let x = graph.constant(100.0);
/// let slope = tf::gradients(log1pexp(&x), &x);
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(slope.scalar(), [])?, 1.0);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// A result whose elements are not floats has no gradient; the closure is given zeros for it.
///
/// The function's ops are made where they are called. Its results and inputs pass through one node,
/// `IdentityN`, which has the gradient; it is not written to a file with the graph.
///
/// A variable on which the results depend must be among the inputs, `custom_gradient((&x, &w), |(x,
/// w)| ...)`, where TensorFlow has the argument `variables=`.
///
/// # Errors
/// `InvalidArgument` if the results depend on trainable variables that are not among the inputs, or
/// on tensors of another graph; and, when [`gradients`](crate::gradients()) goes through it, if
/// there are not as many gradients as inputs, or one has another type than its input, or another
/// shape where both are known.
#[track_caller]
pub fn custom_gradient<X, Y, S, G, R>(
    inputs: X,
    function: impl FnOnce(X::Tensors) -> (Y, S, G),
) -> Y
where
    X: CustomInputs,
    Y: CustomTensors,
    S: CustomTensors,
    G: Fn(Y, S) -> R + Copy + Send + Sync + 'static,
    R: CustomGradients,
{
    let given = inputs.tensors();
    let xs = Parts::of(&given).elements;
    let mut graph = xs.first().map(|x| x.graph().clone());
    let (results, saved, gradient) = function(given);
    let (results, saved) = (Parts::of(&results), Parts::of(&saved));
    let ys = &results.elements;
    graph = graph.or_else(|| ys.first().map(|y| y.graph().clone()));
    let graph = graph_of(&[graph]);
    let kept = saved.elements.iter().map(|tensor| graph.keep(tensor));
    let kept = kept.collect::<Option<Vec<_>>>();
    let outcome = graph.op_call(|| {
        for y in ys {
            graph.op_scope("Identity", |scope| identity_any(scope, y));
        }
        variables::expect_none(&graph, &xs, ys)?;
        kept.ok_or_else(|| {
            Error::invalid_argument("what the gradient needs must be from the graph of the inputs.")
                .with_help("build with one Graph all that is used together")
        })
    });
    let outputs = match outcome {
        Err(error) => {
            let failed = graph.failed::<f32>("custom_gradient", error).any();
            ys.iter().map(|y| failed_as(&failed, y.dtype())).collect()
        }
        Ok(kept) => {
            let (form, kept) = (results.with(vec![(); ys.len()]), saved.with(kept));
            let rule = move |cx: &mut GradientContext<'_>| {
                // A result that is not a float has no gradient; TensorFlow gives None for it.
                let dy = |i| match cx.gradient(i) {
                    Some(_) => cx.any_grad(i),
                    None => zeros_like_at_run(&cx.any_output(i)),
                };
                let dys = (0..form.elements.len()).map(dy).collect();
                let saved = kept_tensors(cx.graph(), &kept);
                let found = gradient(form.with(dys).together(), saved.together());
                set_gradients(cx, form.elements.len(), found.gradients())
            };
            let all: Vec<AnyTensor> = ys.iter().chain(&xs).cloned().collect();
            let outputs = graph.op_scope("IdentityN", |scope| identity_n_with(scope, &all, rule));
            variables::remember(&graph, &outputs, ys.len());
            outputs
        }
    };
    let ours = outputs.into_iter().take(ys.len()).collect();
    results.with(ours).together()
}

fn kept_tensors(graph: &Graph, parts: &KeptParts) -> Parts<AnyTensor> {
    let tensors = parts.elements.iter().map(|kept| graph.kept(*kept));
    parts.with(tensors.collect())
}

/// Hands on the gradients with respect to the inputs, which stand behind so many results.
fn set_gradients(
    cx: &mut GradientContext<'_>,
    results: usize,
    found: Vec<Option<Gradient>>,
) -> Result<()> {
    let (made, wanted) = (found.len(), cx.num_inputs() - results);
    if made != wanted {
        return Err(Error::invalid_argument(format!(
            "Num gradients {made} generated for a function with a gradient of its own do not match num inputs {wanted}"
        ))
        .with_help("give one gradient for each input, or None"));
    }
    for (i, gradient) in found.into_iter().enumerate() {
        let Some(gradient) = gradient else { continue };
        let (input, dtype) = (cx.any_input(results + i), gradient.dtype());
        if input.dtype() != dtype {
            return Err(Error::invalid_argument(format!(
                "the gradient with respect to {input} is of type {dtype}, but must be of type {}",
                input.dtype()
            )));
        }
        cx.set_gradient(results + i, gradient);
    }
    Ok(())
}
