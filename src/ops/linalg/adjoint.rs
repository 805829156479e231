//! `adjoint`: matrices transposed and conjugated.

use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::array::{MatrixTranspose, matrix_transpose_with};
use crate::types::Element;

/// The adjoint of each matrix in the last two axes, as `tf.linalg.adjoint` makes it: transposed,
/// with conjugate elements.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let a = graph.constant([[1.0, 2.0], [3.0, 4.0]]);
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::linalg::adjoint(&a).array2(), [])?, arr2(&[[1.0, 3.0], [2.0, 4.0]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `matrix` has fewer than two axes.
#[track_caller]
pub fn adjoint<T: Element>(matrix: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[matrix.graph()]);
    graph.op_scope("adjoint", |_| {
        let matrix = matrix.into_tensor(&graph, "matrix");
        matrix_transpose_with(matrix, MatrixTranspose::new().conjugate())
    })
}
