//! [`Labels`] and [`Logits`]: what a tensor is to a cross entropy.

use crate::graph::{Graph, IntoTensor, Tensor};

/// The labels of a cross entropy: `Labels(&y)` is what `labels=y` is in Python.
///
/// Labels and logits are tensors of the same shape and type. TensorFlow takes them by name only, so
/// that nobody confuses them; here their types prevent that:
///
/// ```
/// use tf1::{self as tf, nn::{Labels, Logits}};
///
/// let graph = tf::Graph::new();
/// let (y, z) = (graph.zeros::<f32>([2, 3]), graph.zeros::<f32>([2, 3]));
/// tf::nn::softmax_cross_entropy_with_logits(Labels(&y), Logits(&z));
/// ```
///
/// ```compile_fail,E0308
/// # use tf1::{self as tf, nn::{Labels, Logits}};
/// # let graph = tf::Graph::new();
/// # let (y, z) = (graph.zeros::<f32>([2, 3]), graph.zeros::<f32>([2, 3]));
/// tf::nn::softmax_cross_entropy_with_logits(Logits(&z), Labels(&y));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Labels<X>(pub X);

/// The logits of a cross entropy: `Logits(&z)` is what `logits=z` is in Python. See [`Labels`].
#[derive(Clone, Copy, Debug)]
pub struct Logits<X>(pub X);

macro_rules! operand {
    ($role:ident) => {
        impl<T, X: IntoTensor<T>> IntoTensor<T> for $role<X> {
            fn graph(&self) -> Option<Graph> {
                self.0.graph()
            }

            fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T> {
                self.0.into_tensor(graph, name)
            }
        }
    };
}

operand!(Labels);
operand!(Logits);
