//! `tf.math` and Python's operators.

use super::{binary, unary};
use crate::call::{Binding, bind};
use crate::dispatch::float;

pub const BINDINGS: &[Binding] = &[
    binary!("tf.add"(x, y): numeric, tf1::add),
    binary!("tf.subtract"(x, y): numeric, tf1::subtract),
    binary!("tf.multiply"(x, y): numeric, tf1::multiply),
    unary!("tf.negative"(x): numeric, tf1::negative),
    unary!("tf.exp"(x): float, tf1::exp),
    unary!("tf.square"(x): numeric, tf1::square),
    bind("tf.matmul", "a, b, transpose_a, transpose_b", |c| {
        float!(c, c.dtype_of(&["a", "b"])?, T => {
            let mut options = tf1::MatMul::new();
            if c.bool("transpose_a", false)? {
                options = options.transpose_a();
            }
            if c.bool("transpose_b", false)? {
                options = options.transpose_b();
            }
            c.returns(tf1::matmul_with::<T>(c.operand("a")?, c.operand("b")?, options))
        })
    }),
];
