//! `norm`: norms of vectors and matrices.

use std::fmt;

use super::axes::Axes;
use super::extremum::reduce_max;
use super::sum::reduce_sum;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::array::{Squeeze, squeeze_with};
use crate::ops::math::{abs, pow, sqrt};
use crate::types::{Error, Float, Result, WholeNumber};

/// The Euclidean norm of all elements, √Σx², as `tf.norm` computes it.
///
/// # Options
/// `ord`, `axis`, `matrix_axes`, `keepdims`: see [`norm_with`].
#[track_caller]
pub fn norm<T: Float>(tensor: impl IntoTensor<T>) -> Tensor<T> {
    norm_with(tensor, Norm::new())
}

/// As [`norm`], of the kind and along the axes that `options` says.
///
/// ```
/// use tf1::{Graph, Norm, Session, norm_with};
///
/// let graph = Graph::new();
/// let x = graph.constant([[3.0f64, -4.0], [-12.0, 5.0]]);
/// let magnitude = norm_with(&x, 1); // Σ|x|, the order being the option that stands for itself
/// assert_eq!(Session::new(&graph)?.run(magnitude.scalar(), [])?, 24.0);
/// let lengths = norm_with(&x, Norm::new().axis(1));
/// let sums = norm_with(&x, Norm::new().ord(1).axis(1));
/// let values = Session::new(&graph)?.run((&lengths, &sums), [])?;
/// assert_eq!(values, (ndarray::arr1(&[5.0, 13.0]).into_dyn(), ndarray::arr1(&[7.0, 17.0]).into_dyn()));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the order is not positive, or not one that a norm of matrices can have, or
/// an axis is out of range; `Unimplemented` for the largest singular value, which TensorFlow gives
/// as the matrix norm of order 2.
#[track_caller]
pub fn norm_with<T: Float>(tensor: impl IntoTensor<T>, options: impl Into<Norm>) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[tensor.graph()]);
    graph.op_scope("norm", |scope| {
        let tensor = tensor.into_tensor(&graph, "Const");
        if let Err(error) = options.check() {
            return scope.failed("norm", error);
        }
        let result = options.measure(&tensor);
        if options.keepdims {
            result
        } else {
            squeeze_with(result, Squeeze::new().axis(options.axes()))
        }
    })
}

/// The options of [`norm_with`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Norm {
    ord: NormOrd,
    over: Over,
    keepdims: bool,
}

/// The order of a [`norm`]: a number, or `"euclidean"` or, of matrices, `"fro"` for that of
/// Frobenius.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NormOrd(Order);

#[derive(Clone, Debug, Default, PartialEq)]
enum Order {
    #[default]
    Euclidean,
    Frobenius,
    Number(f64),
    /// Words that name none.
    Unknown(String),
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Euclidean => f.write_str("euclidean"),
            Order::Frobenius => f.write_str("fro"),
            Order::Number(number) => number.fmt(f),
            Order::Unknown(words) => f.write_str(words),
        }
    }
}

impl<N: WholeNumber> From<N> for NormOrd {
    fn from(ord: N) -> Self {
        NormOrd(Order::Number(ord.to_i64() as f64))
    }
}

impl From<f64> for NormOrd {
    fn from(ord: f64) -> Self {
        NormOrd(Order::Number(ord))
    }
}

impl From<f32> for NormOrd {
    fn from(ord: f32) -> Self {
        NormOrd(Order::Number(ord.into()))
    }
}

impl From<&str> for NormOrd {
    fn from(ord: &str) -> Self {
        NormOrd(match ord {
            "euclidean" => Order::Euclidean,
            "fro" => Order::Frobenius,
            words => Order::Unknown(words.to_string()),
        })
    }
}

/// What a norm is taken of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Over {
    #[default]
    All,
    Vectors(isize),
    Matrices([isize; 2]),
}

/// Of this order, as [`Norm::ord`]: `norm_with(&x, 1)`, `norm_with(&x, "euclidean")`.
impl<O: Into<NormOrd>> From<O> for Norm {
    fn from(ord: O) -> Self {
        Norm::new().ord(ord)
    }
}

impl Norm {
    /// The Euclidean norm of all elements.
    pub fn new() -> Self {
        Norm::default()
    }

    /// The order p of the norm (Σ|x|ᵖ)¹ᐟᵖ: 1 for the sum of magnitudes, ∞ for the largest
    /// magnitude, ...
    ///
    /// A norm of matrices can have order 1 (the largest sum of a column) or ∞ (the largest sum of a
    /// row). The Euclidean norm, `"euclidean"`, is that of Frobenius of matrices, which may be
    /// called `"fro"`.
    pub fn ord(mut self, ord: impl Into<NormOrd>) -> Self {
        self.ord = ord.into();
        self
    }

    /// Norms of the vectors along this axis.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.over = Over::Vectors(axis.to_isize());
        self
    }

    /// Norms of the matrices whose rows are counted along the first and columns along the second of
    /// these axes.
    pub fn matrix_axes<N: WholeNumber>(mut self, axes: [N; 2]) -> Self {
        self.over = Over::Matrices(axes.map(N::to_isize));
        self
    }

    /// Keeps the axes, with length 1.
    pub fn keepdims(mut self) -> Self {
        self.keepdims = true;
        self
    }

    fn axes(&self) -> Vec<isize> {
        match self.over {
            Over::All => Vec::new(),
            Over::Vectors(axis) => vec![axis],
            Over::Matrices(axes) => axes.to_vec(),
        }
    }

    fn check(&self) -> Result<()> {
        let unsupported = |kind: &str| {
            let message = format!("'ord' must be a supported {kind} norm, got {}", self.ord.0);
            Err(Error::invalid_argument(message))
        };
        match (self.over, &self.ord.0) {
            (Over::Matrices([a, b]), _) if a == b => Err(Error::invalid_argument(
                "'axis' must be None, an integer, or a tuple of 2 unique integers",
            )),
            (Over::Matrices(_), Order::Number(2.0)) => Err(Error::unimplemented(
                "the matrix norm of order 2 needs singular values",
            )),
            (Over::Matrices(_), Order::Number(1.0 | f64::INFINITY)) => Ok(()),
            (Over::Matrices(_), Order::Number(_) | Order::Unknown(_)) => unsupported("matrix"),
            (Over::Matrices(_), Order::Frobenius) | (_, Order::Euclidean) => Ok(()),
            (_, Order::Number(ord)) if *ord > 0.0 => Ok(()),
            _ => unsupported("vector"),
        }
    }

    /// The norm, with the axes kept.
    #[track_caller]
    fn measure<T: Float>(&self, tensor: &Tensor<T>) -> Tensor<T> {
        let all = match self.over {
            Over::All => Axes::all(),
            _ => Axes::from(self.axes()),
        };
        let all = all.keepdims();
        // The axes as single numbers, which is how TensorFlow names them to sums and maxima.
        let (first, last) = match self.over {
            Over::All => (all.clone(), None),
            Over::Vectors(axis) => (Axes::from(axis).keepdims(), None),
            Over::Matrices([a, b]) => (Axes::from(a).keepdims(), Some(Axes::from(b).keepdims())),
        };
        match self.ord.0 {
            Order::Number(1.0) => {
                let sums = reduce_sum(abs(tensor), first);
                last.map_or_else(|| sums.clone(), |last| reduce_max(&sums, last))
            }
            Order::Number(f64::INFINITY) => {
                let magnitudes = abs(tensor);
                let sums =
                    last.map_or_else(|| magnitudes.clone(), |last| reduce_sum(&magnitudes, last));
                reduce_max(sums, first)
            }
            Order::Number(p) if p != 2.0 => {
                let powers = pow(abs(tensor), T::from_f64(p));
                pow(reduce_sum(powers, all), T::from_f64(1.0 / p))
            }
            _ => sqrt(reduce_sum(tensor * tensor, all)),
        }
    }
}
