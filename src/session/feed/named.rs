//! Feeds by the names of their tensors.

use ndarray::{Array, ArrayBase, ArrayView, Data, Dimension};

use super::{Feed, FeedValue};
use crate::graph::Graph;
use crate::session::fetch::retold;
use crate::types::{AnyArray, Bytes, Element, Result, Value, for_texts};

/// What can be fed to a tensor that is known by its name only: what can be fed to a
/// [`Tensor`](crate::Tensor), taken as the type that its own elements have, or an [`AnyArray`].
/// A literal such as `1.0` is an `f64` here; write `1.0f32`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fed to a tensor",
    label = "not a number or an array",
    note = "give a number, an array of `ndarray`, a vector, a slice or an array of Rust"
)]
pub trait AnyFeedValue<'a> {
    /// The value in the engine's form.
    ///
    /// # Errors
    /// As [`FeedValue::into_value`].
    fn into_any_value(self) -> Result<Value<'a>>;
}

/// The feed of the tensor of `graph` with this name.
///
/// # Errors
/// `NotFound` or `InvalidArgument` if there is none, or if it has another type.
pub(super) fn feed_named<'a>(
    graph: &Graph,
    name: &str,
    value: impl AnyFeedValue<'a>,
) -> Result<Feed<'a>> {
    let target = graph.get_tensor_by_name(name).map_err(|error| {
        let message = format!(
            "Cannot interpret feed_dict key as Tensor: {}",
            error.message()
        );
        retold(&error, message)
    })?;
    let value = value.into_any_value()?;
    target.expect_dtype(value.dtype())?;
    Ok(Feed {
        target,
        value,
        mistake: None,
    })
}

impl<'a> AnyFeedValue<'a> for AnyArray {
    fn into_any_value(self) -> Result<Value<'a>> {
        Ok(self.into_value().reborrow())
    }
}

impl<'a> AnyFeedValue<'a> for &'a AnyArray {
    fn into_any_value(self) -> Result<Value<'a>> {
        Ok(self.value())
    }
}

macro_rules! values {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<'a, T: Element, $($generics)*> AnyFeedValue<'a> for $type {
            fn into_any_value(self) -> Result<Value<'a>> {
                FeedValue::<'a, T>::into_value(self)
            }
        }
    )*};
}

/// Texts, for a tensor of type `string`.
macro_rules! texts {
    ([$($parameters:tt)*] $texts:ty) => {
        impl<'a, $($parameters)*> AnyFeedValue<'a> for $texts {
            fn into_any_value(self) -> Result<Value<'a>> {
                FeedValue::<'a, Bytes>::into_value(self)
            }
        }
    };
}

for_texts!(texts);

values! {
    [] T;
    [S: Data<Elem = T>, D: Dimension] &'a ArrayBase<S, D>;
    [D: Dimension] ArrayView<'a, T, D>;
    [D: Dimension] Array<T, D>;
    [] Vec<T>;
    [] &'a Vec<T>;
    [] &'a [T];
    [const N: usize] [T; N];
    [const N: usize] &'a [T; N];
    [const N: usize, const M: usize] [[T; M]; N];
    [const N: usize, const M: usize] &'a [[T; M]; N];
    [const N: usize, const M: usize, const K: usize] [[[T; K]; M]; N];
    [const N: usize, const M: usize, const K: usize] &'a [[[T; K]; M]; N];
    [const N: usize, const M: usize, const K: usize, const L: usize] [[[[T; L]; K]; M]; N];
    [const N: usize, const M: usize, const K: usize, const L: usize] &'a [[[[T; L]; K]; M]; N];
    [] Vec<Vec<T>>;
    [] &'a Vec<Vec<T>>;
    [const N: usize] Vec<[T; N]>;
    [const N: usize] &'a Vec<[T; N]>;
}
