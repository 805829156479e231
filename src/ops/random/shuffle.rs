//! `RandomShuffle`: a tensor's rows in random order.

use super::seeded::{Drawing, Seeded};
use super::seeds;
use crate::graph::{
    GradientContext, InferContext, IntoTensor, Kernel, Tensor, TensorInfo, graph_of, no_gradient,
};
use crate::kernels::strided::{self, Rows};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::streams::{Philox, PhiloxStream, shuffle_items};
use crate::types::{Element, Error, Plain, Result, WholeNumber, memory, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "RandomShuffle(value: T) -> (output: T); seed: int = 0; seed2: int = 0",
    |node| Seeded::from_node(node, RandomShuffleOp)?
)];

/// The rows of `value`, its parts along the first axis, in random order, another one in every run,
/// as `tf.random_shuffle` gives them. A scalar stays as it is. There is no gradient.
///
/// ```
/// let graph = tf1::Graph::new();
/// let deck = tf1::random_shuffle(&graph.constant([1, 2, 3, 4]));
/// let session = tf1::Session::new(&graph)?;
/// let mut order = session.run(&deck, [])?.into_raw_vec_and_offset().0;
/// order.sort();
/// assert_eq!(order, [1, 2, 3, 4]);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Options
/// `seed`: see [`random_shuffle_with`].
#[track_caller]
pub fn random_shuffle<T: Element>(value: impl IntoTensor<T>) -> Tensor<T> {
    random_shuffle_with(value, RandomShuffle::new())
}

/// As [`random_shuffle`], with a seed as `options` say.
#[track_caller]
pub fn random_shuffle_with<T: Element>(
    value: impl IntoTensor<T>,
    options: impl Into<RandomShuffle>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[value.graph()]);
    // As in TensorFlow, an array that becomes a constant here is not yet counted.
    let seeds = seeds(&graph, options.seed);
    graph.op_scope("RandomShuffle", |scope| {
        let value = value.into_tensor(&graph, "value");
        let op = Seeded {
            drawing: RandomShuffleOp,
            seeds,
        };
        scope.tensor(op, &[value.any()])
    })
}

/// The options of [`random_shuffle_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RandomShuffle {
    seed: Option<i64>,
}

/// With this seed, as [`RandomShuffle::seed`].
impl<N: WholeNumber> From<N> for RandomShuffle {
    fn from(seed: N) -> Self {
        RandomShuffle::new().seed(seed.to_i64())
    }
}

impl RandomShuffle {
    /// No seed of the op's own.
    pub fn new() -> Self {
        RandomShuffle::default()
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

#[derive(Debug)]
struct RandomShuffleOp;

impl Drawing for RandomShuffleOp {
    fn op_type(&self) -> &'static str {
        "RandomShuffle"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(cx.dtype(0), cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let rows = shape.first().copied().unwrap_or(1);
        if rows < 2 || shape.contains(&0) {
            cx.outputs.forward(0, cx.inputs.value(0).clone());
            return Ok(());
        }
        let start = cx.state::<PhiloxStream>()?.reserve_words(rows - 1);
        with_bits!(cx.inputs.value(0).dtype(), T => shuffle::<T>(cx, start)?, cx.move_owned(&|cx| shuffle::<i64>(cx, start))?);
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Err(no_gradient(self.op_type()))
    }
}

/// The rows of input 0 in the order that the stream from `start` on gives.
fn shuffle<T: Plain>(cx: &mut Kernel<'_, '_>, start: Philox) -> Result<()> {
    let value = cx.inputs.bits::<T>(0);
    let (count, width): (_, usize) = (value.shape()[0], value.shape()[1..].iter().product());
    let mut out = cx
        .outputs
        .alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), value.shape())?;
    if width == 1 {
        strided::copy(cx.pool, value, out.view_mut());
        shuffle_items(start, memory::row_major(&mut out));
        return Ok(());
    }
    let mut order = memory::collected(0..count)?;
    shuffle_items(start, &mut order);
    let listed = |first: usize, places: &mut [usize]| {
        places.copy_from_slice(&order[first..][..places.len()]);
        Ok(())
    };
    let rows = Rows {
        tables: 1,
        same: 1,
        count,
    };
    let gathered = strided::gather(
        cx.pool,
        &value,
        0,
        rows,
        &listed,
        memory::row_major(&mut out),
    );
    gathered.map_err(|row| Error::internal(format!("row {row} of a shuffle has no place")))
}
