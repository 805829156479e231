//! [`Producer`]: a product of matrices or a convolution as a step of a run, with operands in a
//! frame, whose result is stored or worked on piece by piece.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use ndarray::{ArrayView2, Ix2};

use super::convolution::{Convolution, PackedFilter, with_all_axes};
use super::group::{Group, Piece, Ready};
use super::matmul::{self, MatMulElement, Sink};
use super::memory::{Frame, Operand};
use super::pool::Pool;
use super::tile::TILE;
use crate::types::{Plain, ValueMut, memory};

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
    /// Whether the filter is the same in all runs, and then that filter packed, if it pays.
    is_constant: bool,
    packed: OnceLock<Option<PackedFilter<T>>>,
}

impl<T: MatMulElement> Convolved<T> {
    pub(crate) fn new(
        convolution: Convolution<T>,
        operands: [usize; 2],
        filter: Option<usize>,
        is_constant: bool,
    ) -> Self {
        Convolved {
            convolution,
            operands,
            filter,
            is_constant,
            packed: OnceLock::new(),
        }
    }
}

impl<T: MatMulElement> Producer for Convolved<T> {
    fn operand(&self, _: usize, operand: Operand) -> Operand {
        operand
    }

    fn workspace(&self, threads: usize) -> usize {
        self.convolution.workspace_len(threads)
    }

    fn kept(&self) -> usize {
        match self.is_constant {
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
            Some(filter) if self.is_constant => {
                let pack = || self.convolution.pack(&arrays[filter]);
                self.packed.get_or_init(pack).as_ref()
            }
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

fn matrix<'v, T: Plain>(value: &'v crate::types::Value<'_>) -> ArrayView2<'v, T> {
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
