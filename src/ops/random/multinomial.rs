//! `Multinomial`: classes drawn by their log-probabilities.

use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Ix2, s};

use super::seeded::{Drawing, Seeded};
use super::seeds;
use crate::graph::{
    InferContext, IntoTensor, Kernel, Tensor, TensorInfo, checked_lengths, graph_of,
};
use crate::kernels::pieces::each_piece;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, scalar_dim};
use crate::streams::{self, PhiloxStream};
use crate::types::{
    DType, Element as _, ElementType, Error, Float, Integer, Number, Plain, Result, Shape,
    WholeNumber, memory, with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    flat "Multinomial(logits: T, num_samples: int32) -> (output: output_dtype); \
     seed: int = 0; seed2: int = 0; output_dtype: type = int64; \
        T in real; \
        output_dtype in index",
    output_dtype: index,
    |node| {
        let logits = node.dtype("T")?;
        if !logits.is_floating() {
            return Err(node.has_no_kernel("T", logits));
        }
        Seeded::from_node(node, MultinomialOp { output: output_dtype::DTYPE })?
    }
)];

/// `num_samples` classes for each row of `logits`, class `j` with probability `softmax(row)[j]`,
/// new ones in every run, as `tf.multinomial` draws them.
///
/// `logits` is [batch, classes], unnormalised log-probabilities; `num_samples` a scalar; the result
/// is [batch, num_samples]. A row without a finite logit gives the number of classes.
///
/// # Errors
/// `InvalidArgument` if `logits` is not a matrix or has no columns, or `num_samples` is not a
/// scalar or negative.
///
/// # Options
/// `seed`, `output_type`: see [`multinomial_with`].
#[track_caller]
pub fn multinomial<T: Float>(
    logits: impl IntoTensor<T>,
    num_samples: impl IntoIntegers,
) -> Tensor<i64> {
    multinomial_with(logits, num_samples, Multinomial::new())
}

/// As [`multinomial`], with seed and type of the result as `options` say.
///
/// ```
/// use tf1::{Graph, Multinomial, multinomial_with};
///
/// let graph = Graph::new();
/// let logits = graph.constant([[0.5f32.ln(), 0.5f32.ln()]]);
/// let samples = multinomial_with(&logits, 5, Multinomial::new().output_type(tf1::int32).seed(1));
/// assert_eq!(samples.to_string(), r#"Tensor("multinomial/Multinomial:0", shape=(1, 5), dtype=int32)"#);
/// ```
///
/// # Errors
/// As [`multinomial`].
#[track_caller]
pub fn multinomial_with<T: Float, R: Integer>(
    logits: impl IntoTensor<T>,
    num_samples: impl IntoIntegers,
    options: impl Into<Multinomial<R>>,
) -> Tensor<R> {
    let options = options.into();
    build("multinomial", logits, num_samples, options)
}

/// As [`multinomial`], as `tf.random.categorical` draws them: only the nodes' names differ.
///
/// # Errors
/// As [`multinomial`].
///
/// # Options
/// `seed`, `output_type`: see [`categorical_with`].
#[track_caller]
pub fn categorical<T: Float>(
    logits: impl IntoTensor<T>,
    num_samples: impl IntoIntegers,
) -> Tensor<i64> {
    categorical_with(logits, num_samples, Multinomial::new())
}

/// As [`categorical`], with seed and type of the result as `options` say.
///
/// # Errors
/// As [`multinomial`].
#[track_caller]
pub fn categorical_with<T: Float, R: Integer>(
    logits: impl IntoTensor<T>,
    num_samples: impl IntoIntegers,
    options: impl Into<Multinomial<R>>,
) -> Tensor<R> {
    let options = options.into();
    build("categorical", logits, num_samples, options)
}

#[track_caller]
fn build<T: Float, R: Integer>(
    name: &str,
    logits: impl IntoTensor<T>,
    num_samples: impl IntoIntegers,
    options: Multinomial<R>,
) -> Tensor<R> {
    let num_samples = num_samples.into_integers();
    let graph = graph_of(&[logits.graph(), num_samples.graph()]);
    graph.op_scope(name, |_| {
        let logits = logits.into_tensor(&graph, "logits");
        let seeds = seeds(&graph, options.seed);
        graph.op_scope("Multinomial", |scope| {
            let num_samples = num_samples.into_tensor::<i32>(&graph, "num_samples");
            let drawing = MultinomialOp { output: R::DTYPE };
            let op = Seeded { drawing, seeds };
            scope.tensor(op, &[logits.any(), num_samples.any()])
        })
    })
}

/// The options of [`multinomial_with`] and [`categorical_with`]; `R` is the type of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multinomial<R = i64> {
    seed: Option<i64>,
    output: PhantomData<fn() -> R>,
}

/// With this seed, as [`Multinomial::seed`].
impl<N: WholeNumber> From<N> for Multinomial {
    fn from(seed: N) -> Self {
        Multinomial::new().seed(seed.to_i64())
    }
}

impl Multinomial {
    /// A result of `i64`, and no seed of the op's own.
    pub fn new() -> Self {
        Multinomial {
            seed: None,
            output: PhantomData,
        }
    }
}

impl<R: Integer> Multinomial<R> {
    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }

    /// The type of the result, as the argument `output_dtype` says.
    pub fn output_type<S: Integer>(self, output_type: ElementType<S>) -> Multinomial<S> {
        let _ = output_type;
        Multinomial {
            seed: self.seed,
            output: PhantomData,
        }
    }
}

impl Default for Multinomial {
    fn default() -> Self {
        Multinomial::new()
    }
}

#[derive(Debug)]
struct MultinomialOp {
    output: DType,
}

impl Drawing for MultinomialOp {
    fn op_type(&self) -> &'static str {
        "Multinomial"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 2)?;
        expect_rank(cx, cx.shape(1), 0)?;
        let samples = scalar_dim(cx, 1)?;
        Ok(vec![TensorInfo::new(
            self.output,
            Shape::from(vec![cx.shape(0).dim(0), samples]),
        )])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let dtype = cx.inputs.value(0).dtype();
        let samples = with_class!(floating, dtype, F => sample::<F>(cx)?, return Err(Error::internal("logits are not floats")));
        with_class!(index, self.output, I => {
            let mut out = cx.outputs.alloc::<I>(0, samples.shape())?;
            out.iter_mut().zip(&samples).for_each(|(out, &class)| *out = I::from_i64(class));
        }, return Err(Error::internal("classes are integers")));
        Ok(())
    }
}

/// The kernel: the classes that the next values of the op's stream select.
fn sample<T: Float + Into<f64>>(cx: &mut Kernel<'_, '_>) -> Result<Array2<i64>> {
    let logits = logits::<T>(cx)?;
    let samples = num_samples(cx)?;
    let shape = checked_lengths(&[logits.nrows() as i64, samples])?;
    if logits.ncols() == 0 {
        return Err(Error::invalid_argument(
            "num_classes should be positive, got 0",
        ));
    }
    let start = cx
        .state::<PhiloxStream>()?
        .reserve_samples(shape[0], shape[1]);
    let mut out = memory::filled(Ix2(shape[0], shape[1]), 0)?;
    let count = shape[1];
    // A thread is to take as many rows as have enough to do, an even number: two values come of a
    // block of the stream.
    let at_once = ((1 << 13) / (logits.ncols() + count))
        .max(1)
        .next_multiple_of(2);
    let failure = Mutex::new(None);
    let samples = out.as_slice_mut().expect("new memory lies in order");
    each_piece(cx.pool, samples, at_once * count, &|first, samples| {
        let rows = samples.len() / count;
        let logits = logits.slice(s![first / count.., ..]);
        let logits = logits.slice(s![..rows, ..]);
        let samples = ArrayViewMut2::from_shape((rows, count), samples).expect("whole rows");
        let start = start.skipped(first as u128 / 2);
        if let Err(error) = streams::draw_classes(start, logits, samples) {
            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    });
    let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(out), Err)
}

fn logits<'r, T: Plain>(cx: &Kernel<'r, '_>) -> Result<ArrayView2<'r, T>> {
    cx.inputs
        .get::<T>(0)
        .into_dimensionality::<Ix2>()
        .map_err(|_| {
            let shape = Shape::from(cx.inputs.shape(0)).bracketed();
            Error::invalid_argument(format!("logits should be a matrix, got shape {shape}"))
        })
}

fn num_samples(cx: &Kernel<'_, '_>) -> Result<i64> {
    if !cx.inputs.shape(1).is_empty() {
        let shape = Shape::from(cx.inputs.shape(1)).bracketed();
        return Err(Error::invalid_argument(format!(
            "num_samples should be a scalar, got shape {shape}"
        )));
    }
    let samples = cx.inputs.scalar_integer(1)?;
    if samples < 0 {
        return Err(Error::invalid_argument(format!(
            "num_samples should be nonnegative, got {samples}"
        )));
    }
    Ok(samples)
}
