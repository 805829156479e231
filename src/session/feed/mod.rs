//! [`Feed`]: a value for a tensor, for the length of a run.

mod lists;
mod named;
mod value;

use std::panic::Location;

use crate::graph::{AnyTensor, Tensor, is_too_large, too_large};
use crate::types::{AnyArray, DType, Element, Error, Result, Shape, Strided, Value, with_value};

use super::plan::FeedSpec;

pub use lists::{Feeds, IntoFeed};
pub use named::AnyFeedValue;
pub use value::FeedValue;

/// A tensor with the value that a run is to use for it; made by [`Tensor::feed`].
#[derive(Debug, Clone)]
pub struct Feed<'a> {
    target: AnyTensor,
    value: Value<'a>,
    /// Why there is no such value, if so; `value` means nothing then.
    mistake: Option<Error>,
}

impl<'a> Feed<'a> {
    #[inline]
    pub(super) fn target(&self) -> &AnyTensor {
        &self.target
    }

    #[inline]
    pub(super) fn value(&self) -> &Value<'a> {
        &self.value
    }

    /// The tensor with the layout of the value.
    pub(super) fn spec(&self) -> FeedSpec {
        FeedSpec {
            output: self.target.output(),
            dtype: self.target.dtype(),
            shape: self.value.shape().to_vec(),
            strides: with_value!(&self.value, array => array.strides().to_vec()),
        }
    }

    /// Whether this is a value for the tensor and with the layout of `spec`.
    #[inline]
    pub(super) fn matches(&self, spec: &FeedSpec) -> bool {
        self.target.output() == spec.output
            && self.mistake.is_none()
            && self.value.dtype() == spec.dtype
            && with_value!(&self.value, array => {
                same(array.shape(), &spec.shape) && same(array.strides(), &spec.strides)
            })
    }

    /// Whether the value may stand for the tensor.
    ///
    /// A view that shows one number again and again may be longer than any memory; no kernel could
    /// read it to its end.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        let info = self.target.info();
        if is_too_large(self.value.shape().iter().copied()) {
            return Err(too_large(self.value.shape()));
        }
        if info.shape.admits(self.value.shape()) {
            return Ok(());
        }
        let message = format!(
            "Cannot feed value of shape {} for Tensor '{}', which has shape '{}'",
            Shape::from(self.value.shape()),
            self.target.name(),
            info.shape
        );
        let help = format!("feed an array of shape {}", info.shape);
        Err(Error::invalid_argument(message).with_help(help))
    }
}

/// Whether two short lists are the same, told without a call.
#[inline]
fn same<N: PartialEq>(a: &[N], b: &[N]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

impl<T: Element> Tensor<T> {
    /// Gives this tensor a value for a run: a number, an array, a vector or a slice of its own
    /// element type. Borrowed values are not copied.
    ///
    /// Any tensor may be fed, not only a placeholder. An array of another element type does not
    /// compile:
    ///
    /// ```compile_fail,E0277
    /// let graph = tf1::Graph::new();
    /// let x = graph.placeholder::<f32>("x", [2]);
    /// let values = ndarray::arr1(&[1.0f64, 2.0]);
    /// let feed = x.feed(&values);
    /// ```
    #[doc(alias = "feed_dict")]
    pub fn feed<'a>(&self, value: impl FeedValue<'a, T>) -> Feed<'a> {
        let (value, mistake) = match value.into_value() {
            Ok(value) => (value, None),
            Err(mistake) => (T::wrap(Strided::Single(T::default())), Some(mistake)),
        };
        Feed {
            target: self.any(),
            value,
            mistake,
        }
    }
}

impl AnyTensor {
    /// Gives this tensor a value for a run.
    ///
    /// # Errors
    /// `InvalidArgument` if the array has another element type.
    #[track_caller]
    pub fn feed<'a>(&self, array: &'a AnyArray) -> Result<Feed<'a>> {
        let location = Location::caller();
        self.expect_dtype(array.dtype())
            .map_err(|error| error.at_location(location))?;
        Ok(Feed {
            target: self.clone(),
            value: array.value(),
            mistake: None,
        })
    }

    fn expect_dtype(&self, found: DType) -> Result<()> {
        if found == self.dtype() {
            return Ok(());
        }
        let message = format!("Cannot feed elements of type {found} for {self}");
        let help = format!("feed an array whose elements are of type {}", self.dtype());
        Err(Error::invalid_argument(message)
            .with_help(help)
            .at_node(|| self.node_ref()))
    }
}

/// Whether `feeds` are of the tensors and layouts that `specs` tell, in this order.
pub(super) fn fit(feeds: &[Feed<'_>], specs: &[FeedSpec]) -> bool {
    feeds.len() == specs.len()
        && feeds
            .iter()
            .zip(specs)
            .all(|(feed, spec)| feed.matches(spec))
}
