//! [`DataSets`]: what is trained on, validated and tested with.

use std::sync::{Arc, Mutex};

use ndarray::{ArrayD, IxDyn};
use rand::{TryRngCore, rngs::OsRng};

use super::data_set::SharedRandom;
use super::{DataSet, Label, Pixel, ReadDataSets};
use crate::streams::{NumpyRandom, get_seed};
use crate::types::{Error, Result, memory};

/// What is trained on, validated and tested with.
///
/// The three are shuffled by one generator, as TensorFlow's are by `np.random`: who asks for
/// batches of two of them in turn has TensorFlow's batches.
#[derive(Debug)]
pub struct DataSets<T = f32, L = i64> {
    /// What is trained on.
    pub train: DataSet<T, L>,
    /// What models are compared by while they are trained: the first training pictures.
    pub validation: DataSet<T, L>,
    /// What the best is tested with.
    pub test: DataSet<T, L>,
    /// Whether the files were not there and the pictures are drawings.
    pub drawn: bool,
}

/// Pictures as they stand in files.
#[derive(Debug)]
pub(super) struct Pictures {
    /// `[n, rows, columns, channels]`
    pub shape: [usize; 4],
    /// Row by row.
    pub bytes: Vec<u8>,
    /// The class of each.
    pub labels: Vec<u8>,
}

impl Pictures {
    /// The first `count` of them, and the others.
    fn split(mut self, count: usize) -> Result<(Pictures, Pictures)> {
        let [all, rest @ ..] = self.shape;
        if count > all {
            return Err(Error::invalid_argument(format!(
                "validation_size should be between 0 and {all}, got {count}"
            )));
        }
        let [rows, columns, channels] = rest;
        let first_bytes = count * rows * columns * channels;
        let first = Pictures {
            shape: [count, rows, columns, channels],
            bytes: memory::collected(self.bytes.drain(..first_bytes))?,
            labels: memory::collected(self.labels.drain(..count))?,
        };
        self.shape[0] = all - count;
        Ok((first, self))
    }

    fn data_set<T: Pixel, L: Label>(
        self,
        reshape: bool,
        classes: usize,
        random: &SharedRandom,
    ) -> Result<DataSet<T, L>> {
        let [count, rows, columns, channels] = self.shape;
        let labels = L::labels(&self.labels, classes)?;
        let pixels = T::pixels(self.bytes)?;
        let images: ArrayD<T> = if reshape {
            memory::in_shape(IxDyn(&[count, rows * columns * channels]), pixels)
        } else {
            memory::in_shape(IxDyn(&self.shape), pixels)
        };
        Ok(DataSet::new(images, labels, Arc::clone(random)))
    }
}

impl<T: Pixel, L: Label> DataSets<T, L> {
    /// The sets of these pictures, which have `classes` classes; the options are complete.
    pub(super) fn new(
        train: Pictures,
        test: Pictures,
        classes: usize,
        options: &ReadDataSets<T, L>,
        drawn: bool,
    ) -> Result<Self> {
        let (validation, train) = train.split(options.validation_size.unwrap_or(0))?;
        let seed = match options.seed {
            // It is less than 2³¹.
            Some(seed) => get_seed(None, Some(seed), 0).seed2 as u32,
            None => OsRng
                .try_next_u32()
                .map_err(|error| Error::unknown(format!("drawing a seed: {error}")))?,
        };
        let random = Arc::new(Mutex::new(NumpyRandom::new(seed)));
        let reshape = options.reshape.unwrap_or(false);
        Ok(DataSets {
            train: train.data_set(reshape, classes, &random)?,
            validation: validation.data_set(reshape, classes, &random)?,
            test: test.data_set(reshape, classes, &random)?,
            drawn,
        })
    }
}
