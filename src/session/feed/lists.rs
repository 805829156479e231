//! [`Feeds`]: the list of what a run is fed.

use std::collections::{BTreeMap, HashMap};

use smallvec::SmallVec;

use super::named::{AnyFeedValue, feed_named};
use super::{Feed, FeedValue};
use crate::graph::{AnyTensor, Graph, Tensor};
use crate::types::{AnyArray, Element, Result, for_lengths, for_tuples};
use crate::variables::Variable;

/// What a run is fed: an array, vector or slice of [`Feed`]s, or a reference to one of these; `[]`
/// or `()` for nothing; a tuple of feeds and of pairs of a tensor, or its name, and a value; or a
/// map from names to values.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", [2]);
/// let double = 2.0 * &x;
/// let session = tf::Session::new(&graph)?;
/// let feeds = vec![x.feed([1.0, 2.0])];
/// assert_eq!(session.run(&double, &feeds)?, session.run(&double, [x.feed(vec![1.0, 2.0])])?);
/// assert_eq!(session.run(&double, &feeds)?, session.run(&double, [(&x, [1.0, 2.0])])?);
/// assert_eq!(session.run(&double, &feeds)?, session.run(&double, [("x:0", [1.0f32, 2.0])])?);
/// # Ok::<(), tf::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of feeds",
    label = "not an array, vector, slice or tuple of feeds",
    note = "write `[x.feed(&batch), y.feed(&labels)]`, or `[]` to feed nothing; a single pair is `[(&x, &batch)]`; the keys of a map are names"
)]
pub trait Feeds<'a> {
    /// Does something with the list.
    ///
    /// # Errors
    /// What `work` says; `NotFound` or `InvalidArgument` of a name that no tensor of `graph` has.
    #[doc(hidden)]
    fn with<R>(self, graph: &Graph, work: impl FnOnce(&[Feed<'a>]) -> Result<R>) -> Result<R>;
}

impl<'a, const N: usize> Feeds<'a> for [Feed<'a>; N] {
    #[inline]
    fn with<R>(self, _: &Graph, work: impl FnOnce(&[Feed<'a>]) -> Result<R>) -> Result<R> {
        work(&self)
    }
}

impl<'a> Feeds<'a> for Vec<Feed<'a>> {
    fn with<R>(self, _: &Graph, work: impl FnOnce(&[Feed<'a>]) -> Result<R>) -> Result<R> {
        work(&self)
    }
}

impl<'a> Feeds<'a> for &[Feed<'a>] {
    fn with<R>(self, _: &Graph, work: impl FnOnce(&[Feed<'a>]) -> Result<R>) -> Result<R> {
        work(self)
    }
}

impl<'a, const N: usize> Feeds<'a> for &[Feed<'a>; N] {
    fn with<R>(self, _: &Graph, work: impl FnOnce(&[Feed<'a>]) -> Result<R>) -> Result<R> {
        work(self)
    }
}

impl<'a> Feeds<'a> for &Vec<Feed<'a>> {
    fn with<R>(self, _: &Graph, work: impl FnOnce(&[Feed<'a>]) -> Result<R>) -> Result<R> {
        work(self)
    }
}

impl<'a> Feeds<'a> for () {
    fn with<R>(self, _: &Graph, work: impl FnOnce(&[Feed<'a>]) -> Result<R>) -> Result<R> {
        work(&[])
    }
}

/// What can stand in a tuple of feeds: a [`Feed`], or a pair of a tensor, or its name, and a value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a feed",
    label = "neither `x.feed(..)` nor a pair of a tensor and a value for it",
    note = "write `(&x, 1.0f32)`, `(&x, &batch)` or `(\"x:0\", &batch)`; the elements must be of the tensor's type; a single pair is `[(&x, &batch)]`"
)]
pub trait IntoFeed<'a> {
    /// The feed of a tensor of `graph`.
    ///
    /// # Errors
    /// `NotFound` or `InvalidArgument` of a name that no tensor of `graph` has, or if the value is
    /// of another type than the tensor.
    fn into_feed(self, graph: &Graph) -> Result<Feed<'a>>;
}

impl<'a> IntoFeed<'a> for Feed<'a> {
    fn into_feed(self, _: &Graph) -> Result<Feed<'a>> {
        Ok(self)
    }
}

impl<'a, T: Element, V: FeedValue<'a, T>> IntoFeed<'a> for (&Tensor<T>, V) {
    fn into_feed(self, _: &Graph) -> Result<Feed<'a>> {
        Ok(self.0.feed(self.1))
    }
}

impl<'a, T: Element, V: FeedValue<'a, T>> IntoFeed<'a> for (Tensor<T>, V) {
    fn into_feed(self, _: &Graph) -> Result<Feed<'a>> {
        Ok(self.0.feed(self.1))
    }
}

/// The variable itself is fed, as in TensorFlow, and with it all that reads it.
impl<'a, T: Element, V: FeedValue<'a, T>> IntoFeed<'a> for (&Variable<T>, V) {
    fn into_feed(self, _: &Graph) -> Result<Feed<'a>> {
        Ok(self.0.memory().feed(self.1))
    }
}

impl<'a> IntoFeed<'a> for (&AnyTensor, &'a AnyArray) {
    fn into_feed(self, _: &Graph) -> Result<Feed<'a>> {
        self.0.feed(self.1)
    }
}

impl<'a, V: AnyFeedValue<'a>> IntoFeed<'a> for (&str, V) {
    fn into_feed(self, graph: &Graph) -> Result<Feed<'a>> {
        feed_named(graph, self.0, self.1)
    }
}

impl<'a, V: AnyFeedValue<'a>> IntoFeed<'a> for (String, V) {
    fn into_feed(self, graph: &Graph) -> Result<Feed<'a>> {
        feed_named(graph, &self.0, self.1)
    }
}

impl<'a, V: AnyFeedValue<'a>> IntoFeed<'a> for (&String, V) {
    fn into_feed(self, graph: &Graph) -> Result<Feed<'a>> {
        feed_named(graph, self.0, self.1)
    }
}

macro_rules! tuple {
    ($($feed:ident $index:tt),*) => {
        impl<'a, $($feed: IntoFeed<'a>),*> Feeds<'a> for ($($feed,)*) {
            fn with<R>(
                self,
                graph: &Graph,
                work: impl FnOnce(&[Feed<'a>]) -> Result<R>,
            ) -> Result<R> {
                work(&[$(self.$index.into_feed(graph)?),*])
            }
        }
    };
}

for_tuples!(tuple);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

macro_rules! array {
    ($($length:literal)*) => {$(
        impl<'a, K, V> Feeds<'a> for [(K, V); $length]
        where
            (K, V): IntoFeed<'a>,
        {
            fn with<R>(
                self,
                graph: &Graph,
                work: impl FnOnce(&[Feed<'a>]) -> Result<R>,
            ) -> Result<R> {
                let feeds = self.into_iter().map(|pair| pair.into_feed(graph));
                work(&feeds.collect::<Result<SmallVec<[Feed<'a>; 4]>>>()?)
            }
        }
    )*};
}

for_lengths!(array);

impl<'a, K, V> Feeds<'a> for Vec<(K, V)>
where
    (K, V): IntoFeed<'a>,
{
    fn with<R>(self, graph: &Graph, work: impl FnOnce(&[Feed<'a>]) -> Result<R>) -> Result<R> {
        let feeds = self.into_iter().map(|pair| pair.into_feed(graph));
        work(&feeds.collect::<Result<Vec<_>>>()?)
    }
}

/// In the order of the graph and not of the map: a plan is for feeds in one order.
fn in_order(mut feeds: Vec<Feed<'_>>) -> Vec<Feed<'_>> {
    feeds.sort_by_key(|feed| feed.target().output());
    feeds
}

macro_rules! map {
    ($map:ident, [$($hasher:ident)?]) => {
        /// Values by the names of their tensors.
        impl<'a, K: AsRef<str>, V: AnyFeedValue<'a> $(, $hasher)?> Feeds<'a> for $map<K, V $(, $hasher)?> {
            fn with<R>(
                self,
                graph: &Graph,
                work: impl FnOnce(&[Feed<'a>]) -> Result<R>,
            ) -> Result<R> {
                let feeds = self.into_iter().map(|(name, value)| feed_named(graph, name.as_ref(), value));
                work(&in_order(feeds.collect::<Result<_>>()?))
            }
        }

        /// Values by the names of their tensors.
        impl<'a, K: AsRef<str>, V $(, $hasher)?> Feeds<'a> for &'a $map<K, V $(, $hasher)?>
        where
            &'a V: AnyFeedValue<'a>,
        {
            fn with<R>(
                self,
                graph: &Graph,
                work: impl FnOnce(&[Feed<'a>]) -> Result<R>,
            ) -> Result<R> {
                let feeds = self.iter().map(|(name, value)| feed_named(graph, name.as_ref(), value));
                work(&in_order(feeds.collect::<Result<_>>()?))
            }
        }
    };
}

map!(HashMap, [S]);
map!(BTreeMap, []);
