//! [`Fusion`]: what a plan can make of an op other than a step that runs its kernel.

use std::fmt;
use std::sync::Arc;

use crate::kernels::product::Producer;
use crate::kernels::reduce::TileReducer;
use crate::kernels::tile::Elementwise;

/// What a plan can make of an op other than a step that runs its kernel; the answer of
/// [`Op::fusion`](super::Op::fusion).
///
/// An answer that the op's inputs and outputs do not bear out counts as `None`, and so does any but
/// `None` of an op whose effect is [`Stateful`](super::Effect::Stateful).
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Fusion {
    /// Nothing: the op's kernel is run.
    #[default]
    None,
    /// No step is needed: there are as many outputs as inputs, and each output is the input in its
    /// place.
    Identity,
    /// No step is needed: all outputs are merely views of one input. The kernel must not read that
    /// input's elements; it passes views of it on ([`Outputs::forward`](super::Outputs::forward))
    /// where the strides allow that.
    View {
        /// The number of that input.
        of: usize,
    },
    /// The op has one output, whose shape is that of all its inputs broadcast, and computes it
    /// element by element. A plan makes groups of such ops, which run as one pass over memory,
    /// together with the reduction after them or the matrix product before them.
    ///
    /// An op that updates variables may say so too if all its variables have the shape and the type
    /// of its output, their new elements depend on the old ones at their own place only, and it
    /// cannot [fail](super::Op::can_fail).
    Elementwise(Arc<dyn Elementwise>),
    /// The op reduces all elements of input 0 to one, and reads no other input's elements.
    #[doc(hidden)]
    Reduction(Arc<dyn TileReducer>),
    /// The op's output is handed on piece by piece, so that element-wise kernels work on the
    /// pieces.
    #[doc(hidden)]
    Producer(Arc<dyn Producer>),
}

impl fmt::Debug for Fusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fusion::None => f.write_str("None"),
            Fusion::Identity => f.write_str("Identity"),
            Fusion::View { of } => f.debug_struct("View").field("of", of).finish(),
            Fusion::Elementwise(_) => f.write_str("Elementwise(..)"),
            Fusion::Reduction(_) => f.write_str("Reduction(..)"),
            Fusion::Producer(_) => f.write_str("Producer(..)"),
        }
    }
}
