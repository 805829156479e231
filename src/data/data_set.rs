//! [`DataSet`]: pictures with labels, given out in batches.

use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};

use crate::streams::NumpyRandom;
use crate::types::{Error, Plain, Result, memory};

/// NumPy's generator, which all sets that are read at once share, as TensorFlow's share
/// `np.random`.
pub(super) type SharedRandom = Arc<Mutex<NumpyRandom>>;

/// Pictures with labels, given out in batches (`tf.contrib.learn.datasets.mnist.DataSet`, what
/// `read_data_sets` gives).
///
/// `T` is the pictures' element type, `L` the labels'; see [`ReadDataSets`](super::ReadDataSets).
#[derive(Debug)]
#[doc(alias = "input_data")]
pub struct DataSet<T = f32, L = i64> {
    images: ArrayD<T>,
    labels: ArrayD<L>,
    epochs_completed: usize,
    index_in_epoch: usize,
    random: SharedRandom,
    /// The batch in which one epoch ends and the next begins.
    joined: Option<(ArrayD<T>, ArrayD<L>)>,
}

/// Options of [`DataSet::next_batch_with`]; a `bool` is `shuffle`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "options do nothing until they are given to a function"]
pub struct NextBatch {
    shuffle: bool,
}

impl NextBatch {
    /// TensorFlow's default: each epoch is shuffled.
    pub fn new() -> Self {
        NextBatch { shuffle: true }
    }

    /// Whether the pictures are put into a new order where an epoch begins.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }
}

impl Default for NextBatch {
    fn default() -> Self {
        NextBatch::new()
    }
}

impl From<bool> for NextBatch {
    fn from(shuffle: bool) -> Self {
        NextBatch { shuffle }
    }
}

impl<T: Plain, L: Plain> DataSet<T, L> {
    /// As many labels as pictures, both in row-major order.
    pub(super) fn new(images: ArrayD<T>, labels: ArrayD<L>, random: SharedRandom) -> Self {
        DataSet {
            images,
            labels,
            epochs_completed: 0,
            index_in_epoch: 0,
            random,
            joined: None,
        }
    }

    /// All pictures, in the order of this epoch.
    pub fn images(&self) -> &ArrayD<T> {
        &self.images
    }

    /// All labels, in the order of this epoch.
    pub fn labels(&self) -> &ArrayD<L> {
        &self.labels
    }

    /// How many pictures there are.
    pub fn num_examples(&self) -> usize {
        self.images.len_of(Axis(0))
    }

    /// How many epochs have ended.
    pub fn epochs_completed(&self) -> usize {
        self.epochs_completed
    }

    /// The next `batch_size` pictures and their labels.
    ///
    /// The pictures are shuffled when the first batch is asked for, and again whenever an epoch
    /// ends, as TensorFlow shuffles them. Where fewer than `batch_size` are left, the batch is made
    /// of the rest and of the first of the next epoch.
    ///
    /// The batch is a view: ask for the next one when you are done with it, or keep a copy
    /// (`to_owned`).
    ///
    /// # Errors
    /// `InvalidArgument` if there are fewer pictures than that; `ResourceExhausted` if there is no
    /// memory for the batch or the order.
    ///
    /// # Options
    /// `shuffle`: see [`next_batch_with`](Self::next_batch_with).
    pub fn next_batch(
        &mut self,
        batch_size: usize,
    ) -> Result<(ArrayViewD<'_, T>, ArrayViewD<'_, L>)> {
        self.next_batch_with(batch_size, NextBatch::new())
    }

    /// [`next_batch`](Self::next_batch) with options: `false` leaves the order as it is.
    ///
    /// # Errors
    /// As [`next_batch`](Self::next_batch).
    pub fn next_batch_with(
        &mut self,
        batch_size: usize,
        options: impl Into<NextBatch>,
    ) -> Result<(ArrayViewD<'_, T>, ArrayViewD<'_, L>)> {
        let NextBatch { shuffle } = options.into();
        let count = self.num_examples();
        if batch_size > count {
            return Err(Error::invalid_argument(format!(
                "a batch of {batch_size} is asked for, and there are {count} pictures"
            )));
        }
        self.joined = None;
        let start = self.index_in_epoch;
        if self.epochs_completed == 0 && start == 0 && shuffle {
            self.shuffle()?;
        }
        let left = count - start;
        if batch_size <= left {
            self.index_in_epoch += batch_size;
            return Ok((
                rows(&self.images, start, self.index_in_epoch),
                rows(&self.labels, start, self.index_in_epoch),
            ));
        }
        let mut images = Part::of(&self.images, start, batch_size)?;
        let mut labels = Part::of(&self.labels, start, batch_size)?;
        if shuffle {
            self.shuffle()?;
        }
        self.epochs_completed += 1;
        self.index_in_epoch = batch_size - left;
        images.add(&self.images, self.index_in_epoch);
        labels.add(&self.labels, self.index_in_epoch);
        let (images, labels) = self.joined.insert((images.array(), labels.array()));
        Ok((images.view(), labels.view()))
    }

    /// Puts pictures and labels into the order `np.random.shuffle` gives to their numbers.
    fn shuffle(&mut self) -> Result<()> {
        let count = self.num_examples();
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        // What needs memory comes first, so that a failure leaves all as it was.
        let mut seen = memory::repeated(count, false)?;
        let mut picture = memory::reserved(row_length(&self.images))?;
        let mut label = memory::reserved(row_length(&self.labels))?;
        let order = random.permutation(count)?;
        let order = order.as_slice().unwrap_or_default();
        reorder(&mut self.images, order, &mut seen, &mut picture);
        seen.fill(false);
        reorder(&mut self.labels, order, &mut seen, &mut label);
        Ok(())
    }
}

/// Row `i` becomes what row `order[i]` was. Each circle of rows that change places is gone along
/// once, with one row kept aside in `aside`.
fn reorder<T: Plain>(
    array: &mut ArrayD<T>,
    order: &[usize],
    seen: &mut [bool],
    aside: &mut Vec<T>,
) {
    let length = row_length(array);
    let Some(elements) = array.as_slice_mut() else {
        unreachable!("a data set's arrays are made in row-major order");
    };
    for first in 0..order.len() {
        if seen[first] {
            continue;
        }
        aside.clear();
        aside.extend_from_slice(&elements[first * length..][..length]);
        let mut to = first;
        loop {
            seen[to] = true;
            let from = order[to];
            if from == first {
                elements[to * length..][..length].copy_from_slice(aside);
                break;
            }
            elements.copy_within(from * length..(from + 1) * length, to * length);
            to = from;
        }
    }
}

fn row_length<T>(array: &ArrayD<T>) -> usize {
    array.shape()[1..].iter().product()
}

fn rows<T>(array: &ArrayD<T>, start: usize, end: usize) -> ArrayViewD<'_, T> {
    array.slice_axis(Axis(0), Slice::from(start..end))
}

/// A batch that is put together of two epochs' rows.
struct Part<T> {
    shape: Vec<usize>,
    elements: Vec<T>,
}

impl<T: Plain> Part<T> {
    /// The rows from `start` on, with room for `count` of them.
    fn of(array: &ArrayD<T>, start: usize, count: usize) -> Result<Self> {
        let mut shape = array.shape().to_vec();
        shape[0] = count;
        let mut elements = memory::reserved(count * row_length(array))?;
        elements.extend(rows(array, start, array.len_of(Axis(0))));
        Ok(Part { shape, elements })
    }

    /// The first rows of `array` up to `end` after these.
    fn add(&mut self, array: &ArrayD<T>, end: usize) {
        self.elements.extend(rows(array, 0, end));
    }

    fn array(self) -> ArrayD<T> {
        memory::in_shape(IxDyn(&self.shape), self.elements)
    }
}
