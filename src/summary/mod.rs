//! `tf.summary`: what TensorBoard shows of a training: scalars, histograms, images and the graph.
//!
//! Summary ops turn tensors into [`Summary`] values when a session runs them, and a [`FileWriter`]
//! writes these to an event file, which TensorBoard reads while it grows.
//!
//! ```
//! use tf1 as tf;
//! use tf1::train::Optimizer;
//!
//! # let logs = std::env::temp_dir().join(format!("tf1-summary-{}", std::process::id()));
//! let graph = tf::Graph::new();
//! let w = graph.variable([4.0f32, -2.0]).named("w");
//! let loss = tf::reduce_sum(tf::square(&w), ..);
//! let train = tf::train::GradientDescentOptimizer::new(0.25).minimize(&loss);
//! tf::summary::scalar("loss", &loss);
//! tf::summary::histogram("weights", &w);
//! let merged = tf::summary::merge_all(&graph);
//!
//! let session = tf::Session::new(&graph)?;
//! session.run(graph.global_variables_initializer(), [])?;
//! let writer = tf::summary::FileWriter::new(&logs)?;
//! writer.add_graph(&graph)?;
//! for step in 0..3 {
//!     let ((), summary) = session.run((&train, &merged), [])?;
//!     writer.add_summary(&summary, step)?;
//! }
//! writer.close()?; // then: tensorboard --logdir ...
//! # std::fs::remove_dir_all(&logs).unwrap();
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! The tag under which TensorBoard shows a value is the op's name with its name scopes, as in
//! TensorFlow. What has been written is read back with
//! [`train::summary_iterator`](crate::train::summary_iterator).
//!
//! | in TensorFlow | here |
//! | --- | --- |
//! | the string tensor that `tf.summary.scalar` and its like return | [`SummaryOp`] |
//! | `tf.Summary`, the message that a run serializes | [`Summary`] |
//! | `tf.Summary.Value` | [`Value`], with [`Data`] in it |
//! | `tf.Event` | [`Event`], with [`What`] in it |

mod event;
mod histogram;
mod image;
mod merge;
mod op;
mod options;
mod reader;
mod scalar;
mod tag;
mod value;
mod writer;

pub use event::{Event, What};
pub use histogram::{histogram, histogram_with};
pub use image::{ImageElement, image, image_with};
pub use merge::{merge, merge_all, merge_all_with, merge_with};
pub use op::SummaryOp;
pub use options::{Histogram, Image, Merge, MergeAll, Scalar};
pub use reader::{SummaryIterator, summary_iterator};
pub use scalar::{scalar, scalar_with};
pub use value::{Data, HistogramProto, Picture, Summary, Value};
pub use writer::{FileWriter, FileWriterOptions};
