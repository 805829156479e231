//! Data sets that programs of TensorFlow read: [`mnist`] and [`cifar10`], cut into batches as
//! `tensorflow.examples.tutorials.mnist.input_data` cuts them.
//!
//! ```no_run
//! use tf1::data::{ReadDataSets, mnist};
//!
//! let mut digits = mnist::read_data_sets_with("MNIST_data", ReadDataSets::new().one_hot())?;
//! for _ in 0..1000 {
//!     let (images, labels) = digits.train.next_batch(100)?; // [100, 784] and [100, 10]
//!     # let _ = (images, labels);
//! }
//! println!("{} epochs of {}", digits.train.epochs_completed(), digits.train.num_examples());
//! # Ok::<(), tf1::Error>(())
//! ```

pub mod cifar10;
mod data_set;
mod elements;
pub mod mnist;
mod options;
mod source;
mod split;

pub use data_set::{DataSet, NextBatch};
pub use elements::{Label, Pixel};
pub use options::ReadDataSets;
pub use split::DataSets;
