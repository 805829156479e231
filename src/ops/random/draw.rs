//! `RandomUniform`, `RandomStandardNormal` and `TruncatedNormal`: floats from a fixed distribution,
//! in any shape.

use super::seeded::{Drawing, Seeded};
use crate::graph::{AnyTensor, Graph, InferContext, Kernel, NodeSpec, Tensor, TensorInfo};
use crate::kernels::pieces::each_piece;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::expect_rank;
use crate::streams::{Normal, PhiloxDistribution, PhiloxStream, Seeds, TruncatedNormal, Uniform};
use crate::types::{DType, Error, Plain, Result, Shape, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        flat "RandomUniform(shape: T) -> (output: dtype); seed: int = 0; seed2: int = 0; \
            dtype in {float16, bfloat16, float32, float64}; \
            T in index",
        |node| Seeded::from_node(node, Draw::from_node(node, Distribution::Uniform)?)?
    ),
    op!(
        flat "RandomStandardNormal(shape: T) -> (output: dtype); seed: int = 0; seed2: int = 0; \
            dtype in {float16, bfloat16, float32, float64}; \
            T in index",
        |node| Seeded::from_node(node, Draw::from_node(node, Distribution::Normal)?)?
    ),
    op!(
        flat "TruncatedNormal(shape: T) -> (output: dtype); seed: int = 0; seed2: int = 0; \
            dtype in {float16, bfloat16, float32, float64}; \
            T in index",
        |node| Seeded::from_node(node, Draw::from_node(node, Distribution::TruncatedNormal)?)?
    ),
];

/// Which distribution to draw from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Distribution {
    /// Uniform in [0, 1).
    Uniform,
    /// Normal with mean 0 and standard deviation 1.
    Normal,
    /// The same, without the values of magnitude 2 and above.
    TruncatedNormal,
}

impl Distribution {
    fn op_type(self) -> &'static str {
        match self {
            Distribution::Uniform => "RandomUniform",
            Distribution::Normal => "RandomStandardNormal",
            Distribution::TruncatedNormal => "TruncatedNormal",
        }
    }
}

/// Values of `distribution` in the shape that the vector `shape` spells.
#[track_caller]
pub(super) fn draw<T: Plain>(
    graph: &Graph,
    distribution: Distribution,
    shape: AnyTensor,
    seeds: Seeds,
) -> Tensor<T> {
    let drawing = Draw {
        distribution,
        dtype: T::DTYPE,
    };
    let op = Seeded { drawing, seeds };
    graph.op_scope(distribution.op_type(), |scope| scope.tensor(op, &[shape]))
}

#[derive(Debug)]
struct Draw {
    distribution: Distribution,
    dtype: DType,
}

impl Draw {
    fn from_node(node: &NodeSpec<'_>, distribution: Distribution) -> Result<Self> {
        let dtype = node.dtype("dtype")?;
        match dtype.is_floating() {
            true => Ok(Draw {
                distribution,
                dtype,
            }),
            false => Err(node.has_no_kernel("dtype", dtype)),
        }
    }
}

impl Drawing for Draw {
    fn op_type(&self) -> &'static str {
        self.distribution.op_type()
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(self.dtype, drawn_shape(cx)?)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(floating, self.dtype, F => fill_as::<F>(self.distribution, cx), Err(no_float(self.dtype)))
    }
}

fn no_float(dtype: DType) -> Error {
    Error::internal(format!("a continuous distribution of {dtype}"))
}

fn fill_as<T: Plain>(distribution: Distribution, cx: &mut Kernel<'_, '_>) -> Result<()>
where
    Uniform: PhiloxDistribution<T>,
    Normal: PhiloxDistribution<T>,
    TruncatedNormal: PhiloxDistribution<T>,
{
    let lengths = cx.inputs.lengths(0)?;
    match distribution {
        Distribution::Uniform => fill::<T>(cx, &lengths, &Uniform),
        Distribution::Normal => fill::<T>(cx, &lengths, &Normal),
        Distribution::TruncatedNormal => fill::<T>(cx, &lengths, &TruncatedNormal),
    }
}

/// The kernel: the next values of the op's stream, as an output of shape `lengths`.
pub(super) fn fill<T: Plain>(
    cx: &mut Kernel<'_, '_>,
    lengths: &[usize],
    distribution: &(impl PhiloxDistribution<T> + Sync),
) -> Result<()> {
    /// How many values a thread is to make at once: whole groups of each distribution.
    const AT_ONCE: usize = 1 << 13;
    let count = lengths.iter().product();
    let start = cx.state::<PhiloxStream>()?.reserve_outputs(count);
    let pool = cx.pool;
    let mut out = cx.outputs.alloc_unset::<T>(0, lengths)?;
    let values = out
        .as_slice_mut()
        .expect("memory allocated just above is in order");
    each_piece(pool, values, AT_ONCE, &|first, values| {
        distribution.fill(start, first, values);
    });
    Ok(())
}

/// The shape that input 0 spells, of an op that draws so many values.
///
/// # Errors
/// `InvalidArgument` if that is not a vector of lengths.
pub(super) fn drawn_shape(cx: &InferContext<'_>) -> Result<Shape> {
    expect_rank(cx, cx.shape(0), 1)?;
    // Before a run, -1 stands for an unknown length.
    let invalid = |element: &Option<i64>| element.is_some_and(|length| length < -1);
    if let Some(Some(length)) = cx
        .elements(0)
        .and_then(|elements| elements.into_iter().find(invalid))
    {
        return Err(Error::invalid_argument(format!(
            "Invalid value in tensor used for shape: {length}"
        )));
    }
    Ok(cx.shape_from_elements(0))
}
