//! The table of bindings: for each TensorFlow function, how to call the crate's counterpart.
//!
//! One file a family. A row is the function's name, its parameters as in TensorFlow 1.15's Python,
//! and a few lines that take the arguments from a [`Call`](crate::call::Call) and make the call
//! with the right element type:
//!
//! ```text
//! bind("tf.add", "x, y", |c| numeric!(c, c.dtype_of(&["x", "y"])?, T => {
//!     c.returns(tf1::add::<T>(c.operand("x")?, c.operand("y")?))
//! })),
//! ```
//!
//! A function that is not in the table is a lack of the cases that call it; see `exceptions.txt`.

mod array;
mod averages;
mod codec;
mod contrib;
mod conv;
mod conv_layers;
mod graph;
mod image;
mod indexing;
pub mod initializers;
mod layers;
mod losses;
mod math;
mod nn;
mod operators;
pub mod optimizers;
mod random;
mod reduce;
mod scopes;
mod state;
mod strings;
pub mod symbols;
mod train;
mod variables;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::call::Binding;

/// The binding of a TensorFlow function.
pub fn find(function: &str) -> Option<&'static Binding> {
    static TABLE: LazyLock<HashMap<&str, &Binding>> = LazyLock::new(|| {
        let families = [
            array::BINDINGS,
            averages::BINDINGS,
            conv::BINDINGS,
            conv_layers::BINDINGS,
            codec::BINDINGS,
            contrib::BINDINGS,
            graph::BINDINGS,
            image::BINDINGS,
            indexing::BINDINGS,
            layers::BINDINGS,
            losses::BINDINGS,
            math::BINDINGS,
            nn::BINDINGS,
            operators::BINDINGS,
            optimizers::BINDINGS,
            random::BINDINGS,
            reduce::BINDINGS,
            scopes::BINDINGS,
            state::BINDINGS,
            strings::BINDINGS,
            train::BINDINGS,
            variables::BINDINGS,
        ];
        families
            .into_iter()
            .flatten()
            .chain(initializers::ROWS.iter().map(|row| &row.binding))
            .map(|binding| (binding.function, binding))
            .collect()
    });
    let other_name = || TABLE.get(other_name(function)?.as_str()).copied();
    TABLE.get(function).copied().or_else(other_name)
}

/// The name in the table of a function that TensorFlow has under two: `tf.math.add` is `tf.add`.
fn other_name(function: &str) -> Option<String> {
    let renamed = match function {
        "tf.math.softplus" => "tf.nn.softplus",
        "tf.math.top_k" => "tf.nn.top_k",
        "tf.linalg.band_part" => "tf.matrix_band_part",
        "tf.linalg.diag" => "tf.matrix_diag",
        "tf.linalg.diag_part" => "tf.matrix_diag_part",
        "tf.linalg.set_diag" => "tf.matrix_set_diag",
        "tf.linalg.tensor_diag" => "tf.diag",
        "tf.linalg.tensor_diag_part" => "tf.diag_part",
        "tf.random.normal" => "tf.random_normal",
        "tf.random.shuffle" => "tf.random_shuffle",
        "tf.random.uniform" => "tf.random_uniform",
        "tf.contrib.layers.xavier_initializer_conv2d" => "tf.contrib.layers.xavier_initializer",
        "tf.linalg.cross" => "tf.cross",
        "tf.linalg.eye" => "tf.eye",
        "tf.linalg.l2_normalize" => "tf.nn.l2_normalize",
        "tf.linalg.norm" => "tf.norm",
        "tf.linalg.qr" => "tf.qr",
        "tf.linalg.trace" => "tf.trace",
        "tf.linalg.triangular_solve" => "tf.matrix_triangular_solve",
        "tf.nn.sigmoid" => "tf.sigmoid",
        "tf.nn.tanh" => "tf.tanh",
        "tf.linalg.transpose" => "tf.matrix_transpose",
        "tf.image.random_crop" => "tf.random_crop",
        "tf.image.resize" => "tf.image.resize_images",
        "tf.image.resize_with_crop_or_pad" => "tf.image.resize_image_with_crop_or_pad",
        "tf.lin_space" => "tf.linspace",
        "tf.image.extract_image_patches" => "tf.extract_image_patches",
        "tf.substr" => "tf.strings.substr",
        "tf.nn.lrn" => "tf.nn.local_response_normalization",
        "tf.random.truncated_normal" => "tf.truncated_normal",
        _ => {
            let (module, name) = function.strip_prefix("tf.")?.split_once('.')?;
            let is_short = matches!(
                module,
                "dtypes" | "manip" | "math" | "random" | "initializers"
            );
            return is_short.then(|| format!("tf.{name}"));
        }
    };
    Some(renamed.to_string())
}

/// A row for a function of one tensor: `unary!("tf.exp"(x): float, tf1::exp)`.
macro_rules! unary {
    ($function:literal($x:ident): $dtypes:ident, $call:path) => {
        $crate::call::bind($function, stringify!($x), |c| {
            $crate::dispatch::$dtypes!(c, c.dtype_of(&[stringify!($x)])?, T => {
                let x = c.operand::<T>(stringify!($x))?;
                c.returns($call(x))
            })
        })
    };
}

/// A row for a function of two tensors of the same type: `binary!("tf.add"(x, y): numeric,
/// tf1::add)`.
macro_rules! binary {
    ($function:literal($x:ident, $y:ident): $dtypes:ident, $call:path) => {
        $crate::call::bind($function, stringify!($x, $y), |c| {
            $crate::dispatch::$dtypes!(c, c.dtype_of(&[stringify!($x), stringify!($y)])?, T => {
                let (x, y) = (c.operand::<T>(stringify!($x))?, c.operand::<T>(stringify!($y))?);
                c.returns($call(x, y))
            })
        })
    };
}

pub(crate) use {binary, unary};
