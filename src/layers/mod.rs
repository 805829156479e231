//! Layers of neural networks that make their own variables, as `tf.layers` has them, and
//! regularizers for these.
//!
//! ```
//! use tf1 as tf;
//! use tf1::layers::{self, BatchNormalization, Dense, Dropout};
//! use tf1::train::Optimizer;
//!
//! let graph = tf::Graph::new();
//! let x = graph.placeholder::<f32>("x", tf::shape![?, 8]);
//! let labels = graph.placeholder::<i64>("labels", tf::shape![?]);
//! let training = graph.placeholder::<bool>("training", []);
//!
//! let regularizer = layers::l2_regularizer(0.001);
//! let z = layers::dense_with(&x, 25, Dense::new().use_bias(false).kernel_regularizer(regularizer));
//! let normal = layers::batch_normalization_with(z, BatchNormalization::new().training(&training));
//! let a = layers::dropout_with(tf::nn::relu(normal), Dropout::new().rate(0.2).training(&training));
//! let logits = layers::dense(a, 3);
//!
//! tf::losses::sparse_softmax_cross_entropy(&labels, &logits);
//! let loss = tf::losses::get_total_loss(&graph); // with what the regularizer makes of the kernel
//! let train = tf::train::AdamOptimizer::new(0.01).minimize(&loss); // runs the batch normalization's updates, too
//!
//! let session = tf::Session::new(&graph)?;
//! session.run(graph.global_variables_initializer(), [])?;
//! let (batch, classes) = (ndarray::Array2::ones((4, 8)), ndarray::arr1(&[0, 1, 2, 1]));
//! session.run(&train, [x.feed(&batch), labels.feed(&classes), training.feed(true)])?;
//! let scores = session.run(&logits, [x.feed(&batch), training.feed(false)])?;
//! assert_eq!(scores.shape(), [4, 3]);
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! # Names and sharing
//! A layer's variables and nodes stand under its kind: `dense/kernel`, `dense_1/kernel`, ..., below
//! the [variable scope](crate::Graph::variable_scope) that it is made in. A layer that is given a
//! name stands under that, and [`reuse`](Dense::reuse) says whether its variables may be, or must
//! be, another layer's of that name.
//!
//! # Training or not
//! Two layers work differently in training and in use. [`Training`] says which it is: `true`,
//! `false` (the default), or a tensor that runs are fed.
//!
//! Layers make TensorFlow's nodes, with one exception: where [`Training`] is a tensor, TensorFlow
//! puts what is done in each case into branches of a `cond`, and here both are computed and one is
//! picked.

mod activity;
mod batch_normalization;
pub(crate) mod contrib;
mod conv;
mod dense;
mod dense_layer;
mod dropout;
mod flatten;
mod moving_moments;
mod pooling;
mod regularizer;
mod scope;
mod training;
mod weight;
mod weighted;
mod windows;

pub use batch_normalization::{
    BatchNormalization, RenormClipping, batch_normalization, batch_normalization_with,
};
pub use conv::{
    Conv, Conv1D, Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose, ConvKind, ConvLayer, Dilates,
    SeparableConv, SeparableConv1D, SeparableConv2D, SeparableConvLayer, SeparableKind, conv1d,
    conv1d_with, conv2d, conv2d_transpose, conv2d_transpose_with, conv2d_with, conv3d,
    conv3d_transpose, conv3d_transpose_with, conv3d_with, separable_conv1d, separable_conv1d_with,
    separable_conv2d, separable_conv2d_with,
};
pub use dense::{Dense, dense, dense_with};
pub use dense_layer::DenseLayer;
pub use dropout::{Dropout, dropout, dropout_with};
pub use flatten::{Flatten, flatten, flatten_with};
pub use pooling::{
    AveragePooling1D, AveragePooling2D, AveragePooling3D, MaxPooling1D, MaxPooling2D, MaxPooling3D,
    Pooling, PoolingKind, PoolingLayer, average_pooling1d, average_pooling1d_with,
    average_pooling2d, average_pooling2d_with, average_pooling3d, average_pooling3d_with,
    max_pooling1d, max_pooling1d_with, max_pooling2d, max_pooling2d_with, max_pooling3d,
    max_pooling3d_with,
};
pub use regularizer::{
    L1L2Regularizer, NoRegularizer, l1_l2_regularizer, l1_regularizer, l2_regularizer,
    no_regularizer,
};
pub use training::Training;
