//! [`Tensor::index`]: Python's brackets.

use std::ops;

use super::super::slicing::Masks;
use super::super::strided_slice::cut;
use crate::graph::{AnyTensor, Graph, Tensor};
use crate::ops::integers::{Whole, vector_of};
use crate::ops::math::cast_to;
use crate::types::{DType, Element, WholeNumber, for_tuples};

/// Stands for as many whole axes as the other indices leave, as Python's `...` does; see
/// [`Tensor::index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ellipsis;

/// Stands for a new axis of length 1, as `tf.newaxis` does; see [`Tensor::index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewAxis;

/// What to take of one axis; see [`Tensor::index`].
#[derive(Clone, Debug)]
pub struct Index(Kind);

#[derive(Clone, Debug)]
enum Kind {
    At(Whole),
    Range {
        start: Option<Whole>,
        stop: Option<Whole>,
        step: i64,
    },
    Ellipsis,
    NewAxis,
}

/// Every `step`-th position of a range, backwards if `step` is negative: `step(1..9, 2)` is
/// Python's `1:9:2`, and `step(.., -1)` is `::-1`.
pub fn step(range: impl IntoIndex, step: isize) -> Index {
    match range.into_index().0 {
        Kind::Range { start, stop, .. } => Index(Kind::Range {
            start,
            stop,
            step: step as i64,
        }),
        other => Index(other),
    }
}

/// What can stand for one axis in [`Tensor::index`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an index",
    label = "not a whole number, a range, a scalar tensor, `tf::NewAxis` or `tf::Ellipsis`",
    note = "write `x.index(0)`, `x.index(1..)`, `x.index((.., -1))` or `x.index((tf::NewAxis, ..))`"
)]
pub trait IntoIndex {
    /// The index.
    fn into_index(self) -> Index;
}

/// What [`Tensor::index`] takes: one [`Index`], or a tuple, array or vector of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an index",
    label = "neither an index nor a tuple, an array or a vector of indices",
    note = "write `x.index(0)`, `x.index(1..)`, `x.index((.., -1))` or `x.index((tf::NewAxis, ..))`"
)]
pub trait IntoIndices {
    /// The indices.
    fn into_indices(self) -> Vec<Index>;
}

impl<T: Element> Tensor<T> {
    /// The part of the tensor that Python's brackets would give. Nothing is copied.
    ///
    /// | Python | Rust |
    /// | --- | --- |
    /// | `x[1]`, `x[-1]` | `x.index(1)`, `x.index(-1)` |
    /// | `x[1:3, 2]` | `x.index((1..3, 2))` |
    /// | `x[:, 1:]` | `x.index((.., 1..))` |
    /// | `x[:-1]` | `x.index(..-1)` |
    /// | `x[::2, ::-1]` | `x.index((step(.., 2), step(.., -1)))` |
    /// | `x[..., 0]` | `x.index((Ellipsis, 0))` |
    /// | `x[:, tf.newaxis]` | `x.index((.., NewAxis))` |
    /// | `x[i]`, `x[i:]` with tensors | `x.index(&i)`, `x.index(Index::range(&i, ..))` |
    ///
    /// Indices count from the end if negative. Ranges are cut to the axis; a single position must
    /// lie in it.
    ///
    /// ```
    /// use tf1::{Ellipsis, Graph, NewAxis, step};
    ///
    /// let graph = Graph::new();
    /// let x = graph.zeros::<f32>([4, 5, 6]);
    /// assert_eq!(x.index((1, 2..4)).shape().to_string(), "(2, 6)");
    /// assert_eq!(x.index((Ellipsis, NewAxis, step(.., -2))).shape().to_string(), "(4, 5, 1, 3)");
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if there are more indices than axes, or a position is out of range.
    #[track_caller]
    pub fn index(&self, indices: impl IntoIndices) -> Tensor<T> {
        let mut spec = Specification::default();
        let graph = self.graph();
        graph.op_call(|| {
            for index in indices.into_indices() {
                spec.add(index.0);
            }
            graph.op_scope("strided_slice", |scope| {
                cut(scope, self, spec.bounds(graph), spec.masks)
            })
        })
    }
}

/// The bounds of all axes, as TensorFlow's op takes them.
#[derive(Debug, Default)]
struct Specification {
    begin: Vec<Whole>,
    end: Vec<Whole>,
    strides: Vec<Whole>,
    masks: Masks,
}

impl Specification {
    #[track_caller]
    fn add(&mut self, index: Kind) {
        let bit = 1i64.checked_shl(self.begin.len() as u32).unwrap_or(0);
        let whole = || (Whole::Number(0), Whole::Number(0), 1);
        let (begin, end, stride) = match index {
            Kind::At(position) => {
                self.masks.shrink_axis_mask |= bit;
                let next = position.next();
                (position, next, 1)
            }
            Kind::Range { start, stop, step } => {
                self.masks.begin_mask |= if start.is_none() { bit } else { 0 };
                self.masks.end_mask |= if stop.is_none() { bit } else { 0 };
                (
                    start.unwrap_or(Whole::Number(0)),
                    stop.unwrap_or(Whole::Number(0)),
                    step,
                )
            }
            Kind::Ellipsis => {
                self.masks.ellipsis_mask |= bit;
                whole()
            }
            Kind::NewAxis => {
                self.masks.new_axis_mask |= bit;
                whole()
            }
        };
        self.begin.push(begin);
        self.end.push(end);
        self.strides.push(Whole::Number(stride));
    }
}

impl Specification {
    /// Begin, end and strides as tensors of the same type.
    #[track_caller]
    fn bounds(&self, graph: &Graph) -> [AnyTensor; 3] {
        if self.begin.is_empty() {
            let none = graph.constant(Vec::<i32>::new()).any();
            return [none.clone(), none.clone(), none];
        }
        let begin = vector_of(graph, "stack", &self.begin);
        let end = vector_of(graph, "stack_1", &self.end);
        let strides = vector_of(graph, "stack_2", &self.strides);
        same_type([begin, end, strides])
    }
}

/// The three vectors with the same type: `i64` if one of them has it.
#[track_caller]
fn same_type(bounds: [AnyTensor; 3]) -> [AnyTensor; 3] {
    if bounds.iter().all(|bound| bound.dtype() == DType::Int32) {
        return bounds;
    }
    bounds.map(|bound| match bound.dtype() {
        DType::Int32 => cast_to::<i32, i64>(bound.assume::<i32>()).any(),
        _ => bound,
    })
}

impl Index {
    /// From `start` to before `stop`, either of which may be a number, a scalar tensor, or `..` for
    /// the end of the axis.
    pub fn range(start: impl IntoBound, stop: impl IntoBound) -> Index {
        Index(Kind::Range {
            start: start.into_bound().0,
            stop: stop.into_bound().0,
            step: 1,
        })
    }
}

/// One end of a range, if it has one there.
#[derive(Clone, Debug)]
pub struct OpenBound(Option<Whole>);

/// What can be one end of [`Index::range`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the end of a range",
    label = "not a whole number, a scalar tensor or `..` for no end"
)]
pub trait IntoBound {
    /// The end.
    fn into_bound(self) -> OpenBound;
}

impl IntoBound for OpenBound {
    fn into_bound(self) -> OpenBound {
        self
    }
}

impl IntoBound for ops::RangeFull {
    fn into_bound(self) -> OpenBound {
        OpenBound(None)
    }
}

/// The bound behind `last`: none if `last` is -1, the last position of all.
fn after(last: i64) -> OpenBound {
    OpenBound((last != -1).then(|| Whole::Number(last.saturating_add(1))))
}

/// Implements what an integer type needs to be an index.
macro_rules! integer_index {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Whole {
            fn from(number: $integer) -> Self {
                Whole::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }

        impl IntoBound for $integer {
            fn into_bound(self) -> OpenBound {
                OpenBound(Some(self.into()))
            }
        }

        impl IntoIndex for $integer {
            fn into_index(self) -> Index {
                Index(Kind::At(self.into()))
            }
        }

        impl IntoIndex for ops::Range<$integer> {
            fn into_index(self) -> Index {
                Index::range(self.start, self.end)
            }
        }

        impl IntoIndex for ops::RangeFrom<$integer> {
            fn into_index(self) -> Index {
                Index::range(self.start, ..)
            }
        }

        impl IntoIndex for ops::RangeTo<$integer> {
            fn into_index(self) -> Index {
                Index::range(.., self.end)
            }
        }

        impl IntoIndex for ops::RangeInclusive<$integer> {
            fn into_index(self) -> Index {
                Index::range(*self.start(), after((*self.end()).to_i64()))
            }
        }

        impl IntoIndex for ops::RangeToInclusive<$integer> {
            fn into_index(self) -> Index {
                Index::range(.., after(self.end.to_i64()))
            }
        }
    )*};
}

integer_index!(i32 i64 isize usize);

/// Implements what a scalar tensor needs to be an index.
macro_rules! tensor_index {
    ($($integer:ty => $bound:ident)*) => {$(
        impl IntoBound for &Tensor<$integer> {
            fn into_bound(self) -> OpenBound {
                OpenBound(Some(Whole::$bound(self.clone())))
            }
        }

        impl IntoIndex for &Tensor<$integer> {
            fn into_index(self) -> Index {
                Index(Kind::At(Whole::$bound(self.clone())))
            }
        }
    )*};
}

tensor_index!(i32 => Int32 i64 => Int64);

impl IntoIndex for ops::RangeFull {
    fn into_index(self) -> Index {
        Index::range(.., ..)
    }
}

impl IntoIndex for Ellipsis {
    fn into_index(self) -> Index {
        Index(Kind::Ellipsis)
    }
}

impl IntoIndex for NewAxis {
    fn into_index(self) -> Index {
        Index(Kind::NewAxis)
    }
}

impl IntoIndex for Index {
    fn into_index(self) -> Index {
        self
    }
}

impl<A: IntoIndex> IntoIndices for A {
    fn into_indices(self) -> Vec<Index> {
        vec![self.into_index()]
    }
}

impl<A: IntoIndex, const N: usize> IntoIndices for [A; N] {
    fn into_indices(self) -> Vec<Index> {
        self.into_iter().map(A::into_index).collect()
    }
}

impl<A: IntoIndex> IntoIndices for Vec<A> {
    fn into_indices(self) -> Vec<Index> {
        self.into_iter().map(A::into_index).collect()
    }
}

/// Implements [`IntoIndices`] for tuples.
macro_rules! tuple {
    ($($index:ident $place:tt),*) => {
        impl<$($index: IntoIndex),*> IntoIndices for ($($index,)*) {
            fn into_indices(self) -> Vec<Index> {
                vec![$(self.$place.into_index()),*]
            }
        }
    };
}

tuple!();
for_tuples!(tuple);
