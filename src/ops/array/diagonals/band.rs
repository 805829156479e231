//! `MatrixBandPart`: matrices with zeros outside of a band around the diagonal.

use super::super::classes::expect_index;
use crate::graph::{
    GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::pieces::each_piece;
use crate::kernels::strided;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{build_any, expect_rank, expect_rank_at_least};
use crate::types::{Element, Error, Result, memory, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "MatrixBandPart(input: T, num_lower: Tindex, num_upper: Tindex) -> (band: T); \
         Tindex: type = int64; \
        Tindex in index",
    |node| {
        expect_index(node, &["Tindex"])?;
        MatrixBandPart
    }
)];

/// About how many elements are one thread's at a time.
const PART: usize = 1 << 16;

/// The matrices in the last two axes of `input` with zeros outside of the band of `num_lower`
/// diagonals below and `num_upper` above the main one, as `tf.matrix_band_part` makes them; a
/// negative number keeps all diagonals on that side.
///
/// # Errors
/// `InvalidArgument` if `input` has fewer than two axes, or a number exceeds the matrix.
#[track_caller]
pub fn matrix_band_part<T: Element>(
    input: impl IntoTensor<T>,
    num_lower: impl IntoIntegers,
    num_upper: impl IntoIntegers,
) -> Tensor<T> {
    let (num_lower, num_upper) = (num_lower.into_integers(), num_upper.into_integers());
    let graph = graph_of(&[input.graph(), num_lower.graph(), num_upper.graph()]);
    graph.op_scope("MatrixBandPart", |scope| {
        let input = input.into_tensor(&graph, "input").any();
        let num_lower = num_lower.into_tensor::<i64>(&graph, "num_lower").any();
        let num_upper = num_upper.into_tensor::<i64>(&graph, "num_upper").any();
        scope.tensor(MatrixBandPart, &[input, num_lower, num_upper])
    })
}

#[derive(Debug)]
struct MatrixBandPart;

impl Op for MatrixBandPart {
    fn op_type(&self) -> &'static str {
        "MatrixBandPart"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 0)?;
        expect_rank(cx, cx.shape(2), 0)?;
        expect_rank_at_least(cx, cx.shape(0), 2)?;
        Ok(vec![TensorInfo::new(cx.dtype(0), cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let (rows, columns) = (shape[shape.len() - 2], shape[shape.len() - 1]);
        let lower = diagonals(cx.inputs.scalar_integer(1)?, rows, "num_lower", "rows")?;
        let upper = diagonals(
            cx.inputs.scalar_integer(2)?,
            columns,
            "num_upper",
            "columns",
        )?;
        let pool = cx.pool;
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let x = cx.inputs.bits::<T>(0);
            let x = strided::in_order(pool, &x)?;
            let mut out = cx.outputs.alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), shape)?;
            let out = memory::row_major(&mut out);
            let block = (PART / columns.max(1)).max(1);
            each_piece(pool, out, block * columns, &|first, out| {
                let first_row = first / columns.max(1);
                let rows_of_x = x[first_row * columns..].chunks_exact(columns.max(1));
                let pairs = rows_of_x.zip(out.chunks_exact_mut(columns.max(1)));
                let mut row = first_row % rows.max(1);
                for (x, out) in pairs {
                    let end = row.saturating_add(upper).saturating_add(1).min(columns);
                    let first = row.saturating_sub(lower).min(end);
                    row = if row + 1 < rows { row + 1 } else { 0 };
                    // Rows are often too short for calls that fill and copy to pay.
                    for (column, (out, x)) in out.iter_mut().zip(x).enumerate() {
                        let is_kept = column.wrapping_sub(first) < end - first;
                        *out = if is_kept { *x } else { T::default() };
                    }
                }
            });
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let inputs = [
            cx.any_grad(0),
            cx.any_input(1).clone(),
            cx.any_input(2).clone(),
        ];
        let dx = build_any("MatrixBandPart", MatrixBandPart, &inputs);
        cx.set_gradient(0, dx.into());
        Ok(())
    }
}

/// How many diagonals to keep on one side.
fn diagonals(count: i64, length: usize, name: &str, of: &str) -> Result<usize> {
    match usize::try_from(count) {
        Err(_) => Ok(usize::MAX),
        Ok(count) if count <= length => Ok(count),
        Ok(count) => {
            let message = format!(
                "{name} must be negative or less or equal to number of {of} ({length}) got: {count}"
            );
            Err(Error::invalid_argument(message))
        }
    }
}
