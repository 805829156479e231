//! [`Producer`]: a product of matrices or a convolution as a step of a run, with operands in a
//! frame, whose result is stored or worked on piece by piece.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use ndarray::{ArrayView2, Ix2};

use super::convolution::{Array, Convolution, PackedFilter, with_all_axes};
use super::group::{Group, Piece, Ready};
use super::matmul::{self, MatMulElement, Sink};
use super::memory::{Frame, Operand};
use super::pool::Pool;
use super::tile::TILE;
use crate::types::{Plain, Value, ValueMut, memory};

/// What makes an array of known lengths from operands of known lengths and can hand it on piece by
/// piece: a product of matrices, a convolution, a pooling.
pub trait Producer: Send + Sync {
    /// Operand `i` as it is read: of a product of matrices, transposed if it is to be.
    #[doc(hidden)]
    fn operand(&self, i: usize, operand: Operand) -> Operand;

    /// Whether all operands must lie in row-major order.
    #[doc(hidden)]
    fn reads_in_order(&self) -> bool {
        false
    }

    /// The operand, if there is one, where the array may come to lie: of the array's type, lengths
    /// and order, of which no element is read once a piece has been handed on or stored that it
    /// would lie in.
    #[doc(hidden)]
    fn may_overwrite(&self) -> Option<usize> {
        None
    }

    /// How many bytes of scratch memory `threads` threads need.
    #[doc(hidden)]
    fn workspace(&self, threads: usize) -> usize;

    /// How many bytes it keeps for runs to come, at most.
    #[doc(hidden)]
    fn kept(&self) -> usize {
        0
    }

    /// Makes the array. It is stored in the run's `out`, or goes to its `group` piece by piece:
    /// every element once, in pieces of neighbours in row-major order.
    #[doc(hidden)]
    fn run(&self, run: ProductRun<'_>);
}

/// What a product is made of in a run.
#[doc(hidden)]
#[allow(
    missing_debug_implementations,
    reason = "the operands of one step, printed by nobody"
)]
pub struct ProductRun<'r> {
    pub(crate) frame: &'r Frame,
    pub(crate) pool: &'r Pool,
    /// As [`Producer::operand`] gives them.
    pub(crate) operands: &'r [Operand],
    pub(crate) out: Option<&'r Operand>,
    pub(crate) group: &'r Group,
    /// Where the scratch memory lies in the arena, and how much it is.
    pub(crate) scratch: (usize, usize),
}

/// A product of matrices of `T`.
pub(crate) struct Typed<T: MatMulElement> {
    product: matmul::Product<T>,
    transposed: [bool; 2],
}

impl<T: MatMulElement> Typed<T> {
    /// Of `rows` by `inner` times `inner` by `columns`, of which the operands are stored transposed
    /// or not.
    pub(crate) fn new(rows: usize, inner: usize, columns: usize, transposed: [bool; 2]) -> Self {
        Typed {
            product: matmul::Product::new(rows, inner, columns),
            transposed,
        }
    }
}

impl<T: MatMulElement> Producer for Typed<T> {
    fn operand(&self, i: usize, operand: Operand) -> Operand {
        if self.transposed[i] {
            operand.transposed()
        } else {
            operand
        }
    }

    fn workspace(&self, threads: usize) -> usize {
        self.product.workspace_len(threads)
    }

    fn run(&self, run: ProductRun<'_>) {
        let [a, b] = [0, 1].map(|i| run.frame.value(&run.operands[i]));
        let (a, b) = (matrix::<T>(&a), matrix::<T>(&b));
        let (start, bytes) = run.scratch;
        let workspace = uninit(run.frame.scratch(start, bytes));
        match run.out {
            Some(out) => {
                let mut out: ValueMut<'_> = run.frame.value_mut(out);
                let out =
                    T::view_mut(&mut out).and_then(|out| out.into_dimensionality::<Ix2>().ok());
                let out = out.expect("a product's result is a matrix of its type");
                self.product.multiply(run.pool, a, b, out, workspace);
            }
            None => {
                let sink = Into {
                    columns: b.ncols(),
                    ready: run.group.ready(run.frame),
                };
                self.product.multiply_to(run.pool, a, b, &sink, workspace);
            }
        }
    }
}

/// A convolution of arrays of `T`, or one of its gradients.
pub(crate) struct Convolved<T: MatMulElement> {
    convolution: Convolution<T>,
    /// Which of the step's operands it is computed of.
    operands: [usize; 2],
    /// Which of these is the filter.
    filter: Option<usize>,
    /// Whether the filter is packed once, for all runs; and then that filter, once there was memory
    /// for it.
    keeps_filter: bool,
    packed: OnceLock<PackedFilter<T>>,
}

impl<T: MatMulElement> Convolved<T> {
    /// Of these operands of a step, of which `filter` says which is the filter, and `constant` what
    /// it is, if that is the same in all runs.
    pub(crate) fn new(
        convolution: Convolution<T>,
        operands: [usize; 2],
        filter: Option<usize>,
        constant: Option<&Value<'_>>,
    ) -> Self {
        let packs = |filter: &Value<'_>| {
            let filter = T::unwrap(filter)?;
            let filter = with_all_axes(filter.view(), true)?;
            Some(convolution.packs(&filter))
        };
        Convolved {
            keeps_filter: constant.and_then(packs).unwrap_or(false),
            convolution,
            operands,
            filter,
            packed: OnceLock::new(),
        }
    }

    /// The filter as it was packed once; `None` if there is no memory, which there may be for the
    /// next run.
    fn packed(&self, filter: &Array<'_, T>) -> Option<&PackedFilter<T>> {
        if let Some(packed) = self.packed.get() {
            return Some(packed);
        }
        let packed = self.convolution.pack(filter)?;
        Some(self.packed.get_or_init(|| packed))
    }
}

impl<T: MatMulElement> Producer for Convolved<T> {
    fn operand(&self, _: usize, operand: Operand) -> Operand {
        operand
    }

    fn reads_in_order(&self) -> bool {
        self.convolution.reads_in_order()
    }

    fn workspace(&self, threads: usize) -> usize {
        self.convolution.workspace_len(threads)
    }

    fn kept(&self) -> usize {
        match self.keeps_filter {
            true => self.convolution.packed_bytes(),
            false => 0,
        }
    }

    fn run(&self, run: ProductRun<'_>) {
        let values = self.operands.map(|i| run.frame.value(&run.operands[i]));
        let array = |i: usize| {
            let array = T::unwrap(&values[i]).map(|array| array.view());
            let array = array.and_then(|array| with_all_axes(array, self.filter == Some(i)));
            array.expect("a convolution's operands are arrays of its type")
        };
        let arrays = [array(0), array(1)];
        let packed = match self.filter {
            Some(filter) if self.keeps_filter => self.packed(&arrays[filter]),
            _ => None,
        };
        let (start, bytes) = run.scratch;
        let workspace = uninit(run.frame.scratch(start, bytes));
        match run.out {
            Some(out) => {
                let mut out: ValueMut<'_> = run.frame.value_mut(out);
                let mut out = T::view_mut(&mut out).expect("a convolution's result is of its type");
                let out = Some(memory::row_major(&mut out));
                let convolution = &self.convolution;
                convolution.run(run.pool, arrays, packed, out, None, workspace);
            }
            None => {
                let [_, columns] = self.convolution.result();
                let ready = run.group.ready(run.frame);
                let sink = Into { columns, ready };
                let sink: Option<&dyn Sink<T>> = Some(&sink);
                self.convolution
                    .run(run.pool, arrays, packed, None, sink, workspace);
            }
        }
    }
}

fn matrix<'v, T: Plain>(value: &'v Value<'_>) -> ArrayView2<'v, T> {
    let view = T::unwrap(value).and_then(|array| array.view().into_dimensionality::<Ix2>().ok());
    view.expect("a product's factors are matrices of its type")
}

fn uninit(bytes: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: the same layout. The bytes are scratch memory, which nobody reads before it is
    // written again.
    unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) }
}

/// Hands a product's pieces to a group.
struct Into<'f> {
    columns: usize,
    ready: Ready<'f>,
}

impl<T: Plain> Sink<T> for Into<'_> {
    fn segment(&self, row: usize, column: usize, part: &mut [T], thread: usize) {
        let first = row * self.columns + column;
        // After parts of rows, far apart, the processor looks ahead well enough by itself, and
        // asking costs more than it saves.
        let look_ahead = part.len() >= self.columns;
        hand_on(&self.ready, first, part, thread, look_ahead);
    }
}

/// Hands elements, the first of which is number `first` in row-major order, to a group.
pub(super) fn hand_on<T: Plain>(
    ready: &Ready<'_>,
    first: usize,
    part: &mut [T],
    thread: usize,
    look_ahead: bool,
) {
    for (i, piece) in part.chunks_mut(TILE).enumerate() {
        let piece = Piece {
            first: first + i * TILE,
            count: piece.len(),
            given: piece.as_mut_ptr().cast(),
            to_next: look_ahead.then_some(TILE),
        };
        ready.tile(thread, &piece);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::ArrayD;

    use super::*;
    use crate::kernels::convolution::{Role, Shape};
    use crate::kernels::window::{Pad, Window};
    use crate::types::memory::Allowance;
    use crate::types::{Element, Strided};

    /// A convolution of 3 by 3 over `channels` channels with a constant filter of as many outputs.
    fn constant(channels: usize) -> (Convolved<f32>, ArrayD<f32>) {
        let axis = |size: usize| {
            Window::new(size, 1, 1)
                .unwrap()
                .along(9, Pad::Same)
                .unwrap()
        };
        let shape = Shape {
            batch: 1,
            axes: [axis(1), axis(3), axis(3)],
            channels,
            outputs: channels,
        };
        let filter = ArrayD::from_elem(vec![3, 3, channels, channels], 0.5);
        let convolution = Convolution::new(Role::Forward, &shape).unwrap();
        let value = f32::wrap(Strided::from(filter.clone()));
        (
            Convolved::new(convolution, [0, 1], Some(1), Some(&value)),
            filter,
        )
    }

    #[test]
    fn filters_that_are_read_where_they_lie_are_not_kept() {
        // No vector of any processor has 16 columns and does not fill them.
        let (convolved, _) = constant(16);
        assert_eq!(convolved.kept(), 0);
        let (convolved, filter) = constant(37);
        assert!(convolved.kept() >= size_of_val(filter.as_slice().unwrap()));
    }

    #[test]
    fn a_filter_for_which_there_was_no_memory_is_packed_later() {
        let (convolved, filter) = constant(37);
        let filter = with_all_axes(filter.view(), true).unwrap();
        {
            let _none = Allowance::new(0);
            assert!(convolved.packed(&filter).is_none());
        }
        assert!(convolved.packed(&filter).is_some());
    }
}
