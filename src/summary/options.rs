//! The options of the functions that make summary ops.

use crate::graph::{GraphKeys, NameFilter};
use crate::types::WholeNumber;

/// What all summary ops can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Common {
    pub(super) family: Option<String>,
    collections: Option<Vec<String>>,
}

impl Common {
    /// The collections that the op belongs to.
    pub(super) fn collections(&self) -> Vec<&str> {
        match &self.collections {
            None => vec![GraphKeys::SUMMARIES],
            Some(keys) => keys.iter().map(String::as_str).collect(),
        }
    }
}

/// The builders of what all summary ops can be told.
macro_rules! common {
    ($options:ident) => {
        /// In these collections, as `collections` of the options.
        impl<K: Into<String>, const N: usize> From<[K; N]> for $options {
            fn from(keys: [K; N]) -> Self {
                $options::new().collections(keys)
            }
        }

        impl $options {
            /// TensorFlow's defaults.
            pub fn new() -> Self {
                $options::default()
            }

            /// Puts the summary into this group of TensorBoard's: the op's name becomes
            /// `family/name`, and the tag begins with the family.
            pub fn family(mut self, family: impl Into<String>) -> Self {
                self.common.family = Some(family.into());
                self
            }

            /// The collections that the summary is added to, in place of
            /// [`GraphKeys::SUMMARIES`](crate::GraphKeys::SUMMARIES).
            pub fn collections<K: Into<String>>(
                mut self,
                keys: impl IntoIterator<Item = K>,
            ) -> Self {
                self.common.collections = Some(keys.into_iter().map(Into::into).collect());
                self
            }
        }
    };
}

/// The options of [`scalar_with`](super::scalar_with).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scalar {
    pub(super) common: Common,
}
common!(Scalar);

/// The options of [`histogram_with`](super::histogram_with).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    pub(super) common: Common,
}
common!(Histogram);

/// The options of [`image_with`](super::image_with).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub(super) common: Common,
    pub(super) max_outputs: usize,
}
common!(Image);

impl Default for Image {
    fn default() -> Self {
        Image {
            common: Common::default(),
            max_outputs: 3,
        }
    }
}

/// At most this number of images, as [`Image::max_outputs`].
impl<N: WholeNumber> From<N> for Image {
    fn from(max_outputs: N) -> Self {
        Image::new().max_outputs(max_outputs)
    }
}

impl Image {
    /// How many images of a batch are shown, at most: 3 by default; a negative number asks for
    /// none.
    pub fn max_outputs(mut self, count: impl WholeNumber) -> Self {
        self.max_outputs = usize::try_from(count.to_i64()).unwrap_or(0);
        self
    }
}

/// The options of [`merge_all_with`](super::merge_all_with).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeAll<F: NameFilter = &'static str> {
    pub(super) key: String,
    pub(super) scope: F,
}

impl Default for MergeAll {
    fn default() -> Self {
        MergeAll {
            key: GraphKeys::SUMMARIES.to_string(),
            scope: "",
        }
    }
}

/// The summaries of this collection, as [`MergeAll::key`].
impl From<&str> for MergeAll {
    fn from(key: &str) -> Self {
        MergeAll::new().key(key)
    }
}

/// The summaries of this collection, as [`MergeAll::key`].
impl From<String> for MergeAll {
    fn from(key: String) -> Self {
        MergeAll::new().key(key)
    }
}

impl MergeAll {
    /// The summaries under [`GraphKeys::SUMMARIES`].
    pub fn new() -> Self {
        MergeAll::default()
    }
}

impl<F: NameFilter> MergeAll<F> {
    /// The summaries of this collection.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Only the summaries whose names begin with `scope`, or are accepted by a closure. TensorFlow
    /// takes a regular expression, this crate the text itself; see [`NameFilter`].
    pub fn scope<G: NameFilter>(self, scope: G) -> MergeAll<G> {
        MergeAll {
            key: self.key,
            scope,
        }
    }
}

/// The options of [`merge_with`](super::merge_with).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merge {
    pub(super) collections: Vec<String>,
}

/// In these collections, as [`Merge::collections`].
impl<K: Into<String>, const N: usize> From<[K; N]> for Merge {
    fn from(keys: [K; N]) -> Self {
        Merge::new().collections(keys)
    }
}

impl Merge {
    /// In no collection.
    pub fn new() -> Self {
        Merge::default()
    }

    /// The collections that the merged summary is added to.
    pub fn collections<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.collections = keys.into_iter().map(Into::into).collect();
        self
    }
}
