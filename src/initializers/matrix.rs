//! Orthogonal and identity matrices.

use crate::graph::{Graph, Tensor};
use crate::ops::array::{Eye, diag_part, matrix_transpose, reshape};
use crate::ops::linalg::qr;
use crate::ops::math::{product, sign};
use crate::types::{Error, Float, WholeNumber};
use crate::variables::Initializer;

use super::normal;

/// A random matrix with orthogonal columns of length [`gain`](OrthogonalInitializer::gain), or
/// orthogonal rows if it has more columns than rows, as `tf.orthogonal_initializer`. Of more than
/// two axes, all but the last count as rows.
///
/// The matrix is `q` of the [QR decomposition](crate::qr()) of a normal one, its columns turned so
/// that `r` has a positive diagonal. The values are TensorFlow's bit for bit while rows or columns
/// are fewer than 48; else a few units in the last place apart.
///
/// Source: A. Saxe, J. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of
/// learning in deep linear neural networks", ICLR 2014.
///
/// # Errors
/// `InvalidArgument` if the variable has fewer than two axes.
pub fn orthogonal() -> OrthogonalInitializer {
    OrthogonalInitializer {
        gain: 1.0,
        seed: None,
    }
}

/// The identity matrix times [`gain`](IdentityInitializer::gain), with zeros around it where rows
/// and columns differ in number, as `tf.initializers.identity`.
///
/// # Errors
/// `InvalidArgument` if the variable is not a matrix.
pub fn identity() -> IdentityInitializer {
    IdentityInitializer { gain: 1.0 }
}

/// See [`orthogonal`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrthogonalInitializer {
    gain: f64,
    seed: Option<i64>,
}

impl OrthogonalInitializer {
    /// What the orthogonal matrix is multiplied by.
    pub fn gain(mut self, gain: f64) -> Self {
        self.gain = gain;
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

impl<T: Float> Initializer<T> for OrthogonalInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        let &[ref rows @ .., columns] = shape else {
            return graph.failed("orthogonal", too_few_axes());
        };
        if rows.is_empty() {
            return graph.failed("orthogonal", too_few_axes());
        }
        let rows = rows
            .iter()
            .fold(1usize, |product, &length| product.saturating_mul(length));
        let tall = [rows.max(columns), rows.min(columns)];
        let random = graph.random_normal_with::<T>(tall, normal(0.0, 1.0, self.seed));
        let (q, r) = qr(&random);
        let turned = q * sign(diag_part(r));
        let matrix = if rows < columns {
            matrix_transpose(turned)
        } else {
            turned
        };
        // A length that no i32 holds does not fit the matrix either, which reshape then tells.
        let lengths = shape
            .iter()
            .map(|&length| i32::try_from(length).unwrap_or(i32::MAX));
        product(
            T::from_f64(self.gain),
            reshape(matrix, lengths.collect::<Vec<i32>>()),
        )
    }
}

fn too_few_axes() -> Error {
    Error::invalid_argument("The tensor to initialize must be at least two-dimensional")
}

/// See [`identity`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdentityInitializer {
    gain: f64,
}

impl IdentityInitializer {
    /// What the identity matrix is multiplied by.
    pub fn gain(mut self, gain: f64) -> Self {
        self.gain = gain;
        self
    }
}

impl<T: Float> Initializer<T> for IdentityInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        let identity = match *shape {
            [rows, columns] if rows == columns => graph.eye(rows),
            [rows, columns] => graph.eye_with(rows, Eye::new().num_columns(columns)),
            _ => {
                let message = "Identity matrix initializer can only be used for 2D matrices.";
                return graph.failed("eye", Error::invalid_argument(message));
            }
        };
        product(T::from_f64(self.gain), identity)
    }
}
