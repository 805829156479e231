//! [`ReadDataSets`]: how data sets are read.

use std::marker::PhantomData;

use super::{Label, Pixel};
use crate::types::ElementType;

/// Options of [`mnist::read_data_sets_with`](super::mnist::read_data_sets_with) and
/// [`cifar10::read_data_sets_with`](super::cifar10::read_data_sets_with), those of TensorFlow's
/// `read_data_sets`.
///
/// ```
/// use tf1 as tf;
/// use tf::data::ReadDataSets;
///
/// let options = ReadDataSets::new().one_hot().validation_size(0).seed(1);
/// let bytes = ReadDataSets::new().dtype(tf::uint8).reshape(false);
/// # let _ = (options, bytes);
/// ```
#[derive(Debug)]
#[must_use = "options do nothing until they are given to a function"]
pub struct ReadDataSets<T = f32, L = i64> {
    pub(super) reshape: Option<bool>,
    pub(super) validation_size: Option<usize>,
    pub(super) seed: Option<i64>,
    types: PhantomData<fn() -> (T, L)>,
}

impl ReadDataSets {
    /// TensorFlow's defaults: elements `f32` from 0 to 1, labels that are the numbers of classes.
    pub fn new() -> Self {
        ReadDataSets {
            reshape: None,
            validation_size: None,
            seed: None,
            types: PhantomData,
        }
    }
}

impl Default for ReadDataSets {
    fn default() -> Self {
        ReadDataSets::new()
    }
}

impl<T, L> Clone for ReadDataSets<T, L> {
    fn clone(&self) -> Self {
        self.of_types()
    }
}

impl<T, L> ReadDataSets<T, L> {
    /// `one_hot=True`: each label is a row with a 1 at its class and zeros elsewhere.
    ///
    /// They are `f32`, as placeholders for them are. (In TensorFlow they are `float64` and made
    /// `float32` when they are fed.)
    pub fn one_hot(self) -> ReadDataSets<T, f32> {
        self.of_types()
    }

    /// The pictures' element type: `tf::float32`, from 0 to 1, or `tf::uint8`, from 0 to 255.
    pub fn dtype<U: Pixel>(self, _dtype: ElementType<U>) -> ReadDataSets<U, L> {
        self.of_types()
    }

    /// Whether a picture is one row of numbers, `[n, rows * columns]`, and not
    /// `[n, rows, columns, channels]`. By default, digits are rows.
    pub fn reshape(mut self, reshape: bool) -> Self {
        self.reshape = Some(reshape);
        self
    }

    /// How many of the first training pictures make the validation set. By default, 5000 of the
    /// digits, and none elsewhere.
    pub fn validation_size(mut self, validation_size: usize) -> Self {
        self.validation_size = Some(validation_size);
        self
    }

    /// The seed of the shuffles. Without it every program has other shuffles.
    ///
    /// NumPy's generator is seeded with it, modulo 2³¹ − 1, as all seeds of TensorFlow. (Where
    /// TensorFlow's program calls `tf.set_random_seed(n)` before it reads, and gives no seed, `n`
    /// is the seed.)
    pub fn seed(mut self, seed: i64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The same options for other types.
    fn of_types<U, M>(&self) -> ReadDataSets<U, M> {
        ReadDataSets {
            reshape: self.reshape,
            validation_size: self.validation_size,
            seed: self.seed,
            types: PhantomData,
        }
    }
}

/// What a reader takes: the types are those that it can make.
impl<T: Pixel, L: Label> ReadDataSets<T, L> {
    /// These options with a reader's own defaults.
    pub(super) fn or(mut self, reshape: bool, validation_size: usize) -> Self {
        self.reshape.get_or_insert(reshape);
        self.validation_size.get_or_insert(validation_size);
        self
    }
}
