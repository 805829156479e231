//! Matrix products as steps of a run: operands in a frame, results stored or worked on part by part.

use std::mem::MaybeUninit;

use ndarray::{ArrayView2, Ix2};

use super::group::{Group, Piece, Ready};
use super::matmul::{self, MatMulElement, Sink};
use super::memory::{Frame, Operand};
use super::pool::Pool;
use super::tile::TILE;
use crate::types::{Element, ValueMut};

/// A product of two matrices of known lengths.
pub trait MatrixProduct: Send + Sync {
    /// Operand `i` as the factor that it is: transposed if it is to be.
    #[doc(hidden)]
    fn factor(&self, i: usize, operand: Operand) -> Operand;

    /// How many bytes of scratch memory `threads` threads need.
    #[doc(hidden)]
    fn workspace(&self, threads: usize) -> usize;

    /// Multiplies the factors `a` and `b`. The product is stored in `out`, or goes to `group` part by part.
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
    pub(crate) a: &'r Operand,
    pub(crate) b: &'r Operand,
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
    /// Of `rows` by `inner` times `inner` by `columns`, of which the operands are stored transposed or not.
    pub(crate) fn new(rows: usize, inner: usize, columns: usize, transposed: [bool; 2]) -> Self {
        Typed {
            product: matmul::Product::new(rows, inner, columns),
            transposed,
        }
    }
}

impl<T: MatMulElement> MatrixProduct for Typed<T> {
    fn factor(&self, i: usize, operand: Operand) -> Operand {
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
        let (a, b) = (run.frame.value(run.a), run.frame.value(run.b));
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

fn matrix<'v, T: Element>(value: &'v crate::types::Value<'_>) -> ArrayView2<'v, T> {
    let view = T::unwrap(value).and_then(|array| array.view().into_dimensionality::<Ix2>().ok());
    view.expect("a product's factors are matrices of its type")
}

fn uninit(bytes: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: the same layout. The bytes are scratch memory, which nobody reads before it is written again.
    unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) }
}

/// Hands a product's parts to a group.
struct Into<'f> {
    columns: usize,
    ready: Ready<'f>,
}

impl<T: Element> Sink<T> for Into<'_> {
    fn segment(&self, row: usize, column: usize, part: &mut [T], thread: usize) {
        let first = row * self.columns + column;
        // After parts of rows, far apart, the processor looks ahead well enough by itself, and asking costs more than it saves.
        let to_next = (part.len() >= self.columns).then_some(TILE);
        for (i, piece) in part.chunks_mut(TILE).enumerate() {
            let piece = Piece {
                first: first + i * TILE,
                count: piece.len(),
                given: piece.as_mut_ptr().cast(),
                to_next,
            };
            self.ready.tile(thread, &piece);
        }
    }
}
