//! TensorFlow 1's graph and session in pure Rust: build a graph once, run it many times, with
//! TensorFlow's names, its numbers and its gradients, and no Python and no libtensorflow.
//!
//! ```
//! use ndarray::{arr1, arr2};
//! use tf1 as tf;
//! use tf1::train::Optimizer;
//!
//! let graph = tf::Graph::new();
//! let x = graph.placeholder::<f32>("x", tf::shape![?, 2]);
//! let y = graph.placeholder::<f32>("y", tf::shape![?]);
//! let w = graph.get_variable("w", [2, 1], tf::initializers::zeros());
//! let b = graph.variable(0.0);
//! let prediction = tf::reshape(tf::matmul(&x, &w) + &b, [-1]);
//! let loss = tf::reduce_mean(tf::square(&prediction - &y), ..);
//! let train = tf::train::GradientDescentOptimizer::new(0.1).minimize(&loss);
//! let init = graph.global_variables_initializer();
//!
//! let session = tf::Session::new(&graph)?; // a mistake made above comes out here, with its line
//! session.run(&init, [])?;
//! let points = arr2(&[[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [2.0, 1.0]]);
//! let values = arr1(&[2.0, 4.0, 5.0, 8.0]); // 3·x₁ + x₂ + 1
//! for _ in 0..500 {
//!     session.run(&train, [x.feed(&points), y.feed(&values)])?;
//! }
//! let loss = session.run(loss.scalar(), [x.feed(&points), y.feed(&values)])?; // a number: without `.scalar()`, an array
//! println!("loss: {loss}");
//! let answer = session.run(&prediction, [x.feed([[10.0, 10.0]])])?;
//! assert!((answer[[0]] - 41.0).abs() < 0.01);
//! # Ok::<(), tf::Error>(())
//! ```
//!
//! # What is where
//!
//! Everything has the name that it has in TensorFlow 1.15: `tf.matmul` is [`matmul`], `tf.nn.relu`
//! is [`nn::relu`], `tf.train.AdamOptimizer` is [`train::AdamOptimizer`]. [`from_tensorflow`] lists
//! all names of TensorFlow with their places here.
//!
//! **To search these pages**, type the last part of TensorFlow's name, without `tf.`:
//! `reduce_mean`, `AdamOptimizer`, `get_variable`. Names that differ here are found as well:
//! `where`, `feed_dict`, `eval`, `AUTO_REUSE`.
//!
//! | to ... | see |
//! | --- | --- |
//! | find what has another name in TensorFlow | [`from_tensorflow`] |
//! | make a graph, placeholders, constants, variables | [`Graph`] and its methods |
//! | compute with tensors | the functions of this page, operators on [`Tensor`], [`nn`] |
//! | differentiate | [`gradients`](gradients()), [`custom_gradient`] |
//! | build a network of layers that make their own variables | [`layers`] |
//! | train | [`train`], [`losses`], [`initializers`] |
//! | read MNIST or CIFAR-10 | [`data`] |
//! | save variables and restore them, here or in TensorFlow | `train::Saver`, with the feature `checkpoint` (on by default) |
//! | watch training in TensorBoard | `summary`, with the feature `summary` |
//! | run | [`Session::run`], [`Session::prepare`], [`Fetch`], [`Tensor::feed`] |
//! | search for hyperparameters (feature `tune`) | `tune` |
//! | draw random numbers as NumPy does | [`random::NumpyRandom`] |
//! | define your own op | [`op::Op`] |
//!
//! **Debug builds are slow**, a hundred times as slow as with `--release`, unless `Cargo.toml` says
//! otherwise:
//!
//! ```toml
//! [profile.dev]
//! opt-level = 1
//!
//! [profile.dev.package."*"]
//! opt-level = 3
//! debug-assertions = false
//! ```
//!
//! # What is Rust's
//!
//! - **Types.** [`Tensor<f32>`](Tensor) and `Tensor<i64>` are different types: adding them does not
//!   compile, nor does feeding an `f64` array to an `f32` placeholder, and fetching a `Tensor<f32>`
//!   gives an `ArrayD<f32>`. [`cast`]`(&x, tf::float32)` converts. [`AnyTensor`] is the handle for
//!   types known only at run time. A function without a tensor to take its type from is given the
//!   type: `graph.zeros::<f32>([2])`.
//! - **Element types** are `f32`, `f64`, `i32`, `i64`, `u8` and `bool`. With the feature
//!   `all_types` there are also `i8`, `i16`, `u16`, `u32`, `u64`, `f16`, `bf16` and complex
//!   numbers, whose kernels are written to be small rather than quick.
//! - **Mistakes wait.** The functions that build a graph never fail and never panic, so that
//!   expressions compose. A mistake is recorded with its node and your line, and comes out of
//!   [`Graph::check`], [`Session::new`] or [`Session::run`] as an [`Error`].
//! - **Names.** `.named("sum")` after a call does what the argument `name=` does in Python.
//! - **Optional arguments.** A function has TensorFlow's defaults. The function with `_with` after
//!   its name takes the most common option as it is, [`layers::dense_with`]`(&x, 10, nn::relu)`, or
//!   a builder for all of them, [`matmul_with`]`(&a, &b, `[`MatMul`]`::new().transpose_a())`. A
//!   function with `_as` after its name takes the type of its result.
//! - **Axes, shapes, counts** are numbers of any integer type, alone, in arrays, slices and
//!   vectors, tensors of them, or tuples of numbers and tensors: [`reshape`]`(&x, (-1, n * n))`.
//! - **A variable is a tensor** wherever one is wanted.
//! - **Scopes** take closures: `graph.variable_scope(("layer", true), || ...)`.
//! - **No default graph.** An op belongs to the graph of its operands; an op without operands is a
//!   method of [`Graph`].
//! - **Threads.** Handles and sessions are `Send + Sync`; scopes belong to the thread that opened
//!   them.
//!
//! # What is TensorFlow's
//!
//! Nodes, their names and printed forms, shapes, broadcasting, integer division, gradients at ties,
//! seeds: all as in TensorFlow 1.15, and checked against what it computed. Within one run, every
//! read of a variable sees the value from before that run's updates, unless a control dependency
//! says otherwise (TensorFlow leaves that to chance), and a run that fails changes no variable.

#![deny(
    missing_docs,
    missing_debug_implementations,
    rustdoc::broken_intra_doc_links,
    clippy::missing_errors_doc
)]

pub mod data;
mod files;
#[doc = include_str!("from_tensorflow.md")]
#[doc(alias = "tensorflow")]
pub mod from_tensorflow {}
mod gradients;
mod graph;
#[cfg(any(feature = "summary", feature = "graph_def"))]
pub mod graph_def;
pub mod initializers;
mod kernels;
pub mod layers;
pub mod losses;
pub mod nn;
mod ops;
mod session;
mod streams;
#[cfg(feature = "summary")]
pub mod summary;
pub mod train;
#[cfg(feature = "tune")]
pub mod tune;
mod types;
mod variables;

pub use gradients::*;
pub use graph::{
    AnyTensor, AnyTensors, CollectionRef, ControlInput, ControlInputs, Gradient, GraphKeys,
    IndexedSlices, InitialValue, NameFilter, Operation, OptionalTensor, OptionalTensors, Tensor,
    TensorHandle,
};
#[cfg(feature = "graph_def")]
pub use graph_def::import_graph_def;
#[doc(inline)]
pub use initializers::{
    constant as constant_initializer, glorot_normal as glorot_normal_initializer,
    glorot_uniform as glorot_uniform_initializer, ones as ones_initializer,
    orthogonal as orthogonal_initializer, random_normal as random_normal_initializer,
    random_uniform as random_uniform_initializer, truncated_normal as truncated_normal_initializer,
    uniform_unit_scaling as uniform_unit_scaling_initializer,
    variance_scaling as variance_scaling_initializer, zeros as zeros_initializer,
};
pub use kernels::MatMulElement;
pub use ops::array::*;
pub use ops::control::*;
pub use ops::linalg::*;
pub use ops::math::select::where_v2;
pub use ops::math::*;
pub use ops::nn::pool::patches::{extract_image_patches, extract_volume_patches};
pub use ops::random::*;
pub use ops::reduce::*;
pub use ops::state::*;
pub use ops::strings::*;
pub use ops::{Integers, IntoIntegers, NumberOrTensor};
pub use session::*;
pub use types::{
    AnyArray, AxisNumbers, Bytes, DType, Element, Float, Inexact, Integer, IntoDim, IntoShape,
    NodeRef, Number, Numeric, Plain, Report, ResourceHandle, Result, WholeNumber, bool, float32,
    int32, int64, string, uint8,
};
pub use variables::*;

// What has another name in TensorFlow: rustdoc's search finds it by that name too.
// (The aliases stand at the `pub use` because rustdoc 1.95 forgets
// those of the items themselves: rust-lang/rust#152939.)
#[doc(alias("get_default_graph", "as_default"))]
pub use graph::Graph;
#[doc(alias("convert_to_tensor", "register_tensor_conversion_function"))]
pub use graph::IntoTensor;
#[doc(alias = "tensor_diag")]
pub use ops::array::diag;
#[doc(alias = "tensor_diag_part")]
pub use ops::array::diag_part;
#[doc(alias = "reverse_v2")]
pub use ops::array::reverse;
#[doc(alias = "where")]
pub use ops::math::select::select;
#[doc(alias("InteractiveSession", "as_default", "get_default_session"))]
pub use session::Session;
#[doc(alias = "ConfigProto")]
pub use session::SessionOptions;
#[doc(alias("Dimension", "dimension_value"))]
pub use types::Dim;
#[doc(alias = "as_dtype")]
pub use types::ElementType;
#[doc(alias = "OpError")]
pub use types::Error;
#[doc(alias = "TensorShape")]
pub use types::Shape;
#[doc(alias = "double")]
pub use types::float64;

/// `tf.dtypes`: the element types and conversions between them, all of which are at the crate's
/// root too.
pub mod dtypes {
    #[cfg(feature = "all_types")]
    pub use crate::ops::math::parts::complex;
    pub use crate::ops::math::{cast, saturate_cast};
    pub use crate::types::{
        DType, ElementType, bool, float32, float64, int32, int64, string, uint8,
    };
    #[cfg(feature = "all_types")]
    pub use crate::types::{
        bfloat16, complex64, complex128, float16, int8, int16, uint16, uint32, uint64,
    };
}

// The Rust types of the rarer element types, these as values, and what complex numbers have of
// their own.
#[cfg(feature = "all_types")]
pub use half::{bf16, f16};
#[cfg(feature = "all_types")]
pub use num_complex::{Complex32, Complex64};
#[cfg(feature = "all_types")]
pub use ops::math::angle::angle;
#[cfg(feature = "all_types")]
pub use ops::math::conj::conj;
#[cfg(feature = "all_types")]
pub use ops::math::parts::{complex, imag, real};
#[doc(alias = "half")]
#[cfg(feature = "all_types")]
pub use types::float16;
#[cfg(feature = "all_types")]
pub use types::{Complex, ComplexPart};
#[cfg(feature = "all_types")]
pub use types::{bfloat16, complex64, complex128, int8, int16, uint16, uint32, uint64};

/// `tf.math`: arithmetic and reductions, all of which are at the crate's root too.
pub mod math {
    pub use crate::nn::{
        L2Normalize, LogSoftmax, Softmax, in_top_k, l2_normalize, l2_normalize_with, log_softmax,
        log_softmax_with, softmax, softmax_with, softplus, softsign, top_k,
    };
    pub use crate::ops::array::{
        Bincount, ConfusionMatrix, bincount, bincount_with, confusion_matrix,
        confusion_matrix_with, invert_permutation, segment_max, segment_mean, segment_min,
        segment_prod, segment_sum, unsorted_segment_max, unsorted_segment_min,
        unsorted_segment_prod, unsorted_segment_sum,
    };
    #[cfg(feature = "all_types")]
    pub use crate::ops::math::angle::angle;
    #[cfg(feature = "all_types")]
    pub use crate::ops::math::conj::conj;
    pub use crate::ops::math::div_no_nan as divide_no_nan;
    #[cfg(feature = "all_types")]
    pub use crate::ops::math::parts::{imag, real};
    pub use crate::ops::math::select::select;
    pub use crate::ops::math::*;
    pub use crate::ops::reduce::*;
}

/// `tf.linalg`: products, decompositions, diagonals and norms of matrices, under TensorFlow's
/// names; most are at the crate's root too, under longer names. `tf.linalg.eye` is [`Graph::eye`].
pub mod linalg {
    pub use crate::nn::{L2Normalize, l2_normalize, l2_normalize_with};
    #[doc(alias = "matrix_set_diag")]
    pub use crate::ops::array::matrix_set_diag as set_diag;
    pub use crate::ops::array::{
        MatrixTranspose, diag as tensor_diag, diag_part as tensor_diag_part,
        matrix_band_part as band_part, matrix_diag as diag, matrix_diag_part as diag_part,
        matrix_transpose, matrix_transpose as transpose, matrix_transpose_with as transpose_with,
        matrix_transpose_with, trace,
    };
    pub use crate::ops::linalg::adjoint::adjoint;
    #[doc(alias = "matrix_triangular_solve")]
    pub use crate::ops::linalg::matrix_triangular_solve as triangular_solve;
    #[doc(alias = "matrix_triangular_solve_with")]
    pub use crate::ops::linalg::matrix_triangular_solve_with as triangular_solve_with;
    pub use crate::ops::linalg::{MatrixTriangularSolve, Qr, qr, qr_with};
    pub use crate::ops::math::{MatMul, cross, global_norm, global_norm_as, matmul, matmul_with};
    pub use crate::ops::reduce::{Norm, NormOrd, norm, norm_with};
}

/// `tf.random`: the ops that draw from one tensor or shuffle it, and the random streams of
/// TensorFlow and NumPy. Ops that draw without an input tensor are methods of [`Graph`]:
/// `tf.random.normal` is [`Graph::random_normal`], `tf.random.set_random_seed` is
/// [`Graph::set_random_seed`].
pub mod random {
    pub use crate::ops::random::{
        Multinomial, RandomShuffle, categorical, categorical_with, multinomial, multinomial_with,
        random_shuffle as shuffle, random_shuffle_with as shuffle_with,
    };
    pub use crate::streams::*;
}

/// `tf.image`: images resized, cut out, turned, and their colours changed; boxes in them; measures
/// of their quality.
///
/// An image is [height, width, channels], a batch of images [batch, height, width, channels].
/// Images of floats have values from 0 to 1, images of integers from 0 to the largest number of
/// their type; [`convert_image_dtype`](image::convert_image_dtype) makes one of the other.
pub mod image {
    pub use crate::ops::image::*;
    pub use crate::ops::nn::pool::patches::extract_image_patches;
    pub use crate::ops::nn::pool::patches::extract_image_patches as extract_patches;
    pub use crate::ops::random::{RandomCrop, random_crop, random_crop_with};
}

/// `tf.strings`: ops on texts.
pub mod strings {
    pub use crate::ops::strings::*;
}

/// `tf.manip`: ops on the shapes of tensors, all of which are at the crate's root too.
pub mod manip {
    pub use crate::ops::array::{
        GatherNd, gather_nd, gather_nd_with, reshape, reverse, roll, scatter_nd, tile,
    };
}

/// The parts of `tf.contrib` that exist here.
pub mod contrib {
    /// `tf.contrib.image`: images turned, moved and seen through projective transforms.
    pub mod image {
        pub use crate::ops::image::{
            Transform, rotate, rotate_with, transform, transform_with, translate, translate_with,
        };
    }
    /// `tf.contrib.nn`: what it has besides `tf.nn`.
    pub mod nn {
        pub use crate::ops::array::nth_element::{NthElement, nth_element, nth_element_with};
    }

    /// `tf.contrib.layers`: layers with other names, defaults and collections than those of
    /// [`layers`](crate::layers), initializers and regularizers.
    ///
    /// ```
    /// use tf1 as tf;
    /// use tf::contrib::{framework::arg_scope, layers::{self, Conv2d, Dropout, FullyConnected}};
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.placeholder::<f32>("x", tf::shape![?, 28, 28, 1]);
    /// let training = graph.placeholder::<bool>("training", []);
    /// let decay = || layers::l2_regularizer(0.0005);
    /// let defaults = (Conv2d::<f32>::new().weights_regularizer(decay()), FullyConnected::<f32>::new().weights_regularizer(decay()));
    /// let logits = arg_scope(defaults, || {
    ///     let y = layers::conv2d(&x, 8, 5);
    ///     let y = layers::flatten(layers::max_pool2d(y, 2));
    ///     let y = layers::dropout_with(y, Dropout::new().is_training(&training));
    ///     layers::fully_connected_with(y, 10, FullyConnected::new().no_activation().scope("logits"))
    /// });
    /// assert_eq!(logits.to_string(), r#"Tensor("logits/BiasAdd:0", shape=(?, 10), dtype=float32)"#);
    /// # graph.check()?;
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub mod layers {
        #[doc(inline)]
        pub use crate::initializers::{
            contrib_variance_scaling as variance_scaling_initializer, xavier as xavier_initializer,
            xavier as xavier_initializer_conv2d,
        };
        #[doc(alias("convolution2d", "convolution2d_transpose", "separable_convolution2d"))]
        pub use crate::layers::contrib::*;
        #[doc(inline)]
        pub use crate::layers::{l1_l2_regularizer, l1_regularizer, l2_regularizer};
        #[doc(inline)]
        pub use crate::train::optimize_loss::*;
    }

    /// `tf.contrib.slim`: the layers of [`layers`], and [`arg_scope`](framework::arg_scope).
    pub use self::layers as slim;

    /// `tf.contrib.framework`: other defaults for [`layers`].
    pub mod framework {
        pub use crate::layers::contrib::{ArgScope, arg_scope};
    }
}

/// What most programs use, for `use tf1::prelude::*` beside `use tf1 as tf`.
///
/// ```
/// use tf1 as tf;
/// use tf1::prelude::*;
///
/// let graph = Graph::new();
/// let w = graph.variable(3.0f32);
/// let train = tf::train::GradientDescentOptimizer::new(0.5).minimize(&tf::square(&w));
/// let session = Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// assert_eq!(session.run(w.scalar(), [])?, 0.0);
/// # Ok::<(), tf::Error>(())
/// ```
pub mod prelude {
    pub use crate::nn::{Labels, Logits};
    pub use crate::shape;
    pub use crate::train::Optimizer;
    pub use crate::{
        AnyTensor, AnyVariable, Graph, GraphKeys, Operation, Session, Tensor, Variable,
    };
}

/// Graph, handles and session may be owned by one struct and shared between threads.
const _: () = {
    const fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Graph>();
    shared::<Tensor<f32>>();
    shared::<Variable<f32>>();
    shared::<Operation>();
    shared::<Session>();
};

/// What ops are made of, for defining your own.
pub mod op {
    #[doc(alias(
        "py_func",
        "py_function",
        "numpy_function",
        "load_op_library",
        "load_library"
    ))]
    pub use crate::graph::Op;
    pub use crate::graph::{
        AllowedTypes, Argument, ArgumentType, Differentiable, FromNode, Make, NodeSpec, OpDef,
        Signature,
    };
    pub use crate::graph::{
        Attribute, AttributeDef, AttributeList, AttributeValue, Attributes, Effect, Fusion,
        GradientContext, InferContext, Inputs, Kernel, NodeId, OpScope, Output, Outputs, RefSlot,
        TensorInfo,
    };
    pub use crate::kernels::tile::{Elementwise, Tile};
    #[doc(hidden)]
    pub use crate::ops::COMPILED;
    pub use crate::ops::table;
    pub use crate::types::{Strided, Value};
}

/// What the page on writing ops shows is a test.
#[cfg(all(doctest, feature = "graph_def"))]
#[doc = include_str!("../docs/writing_an_op.md")]
struct WritingAnOp;

/// The README's program is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
