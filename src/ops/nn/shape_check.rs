//! Comparing shapes when run.

use crate::graph::{Operation, Tensor};
use crate::ops::control::{Part, assert_true};
use crate::ops::math::equal;
use crate::ops::reduce::reduce_all;

/// An operation that fails when run unless the integer vectors `x` and `y` are the same, with the
/// nodes of `tf.assert_equal`; wait for it.
#[track_caller]
pub(super) fn assert_equal(x: &Tensor<i32>, y: &Tensor<i32>) -> Operation {
    let graph = x.graph();
    // TensorFlow enters a scope of this name, and another one for the nodes.
    graph.op_scope("assert_equal", |_| ());
    graph.op_scope("assert_equal", |_| {
        let condition = reduce_all(equal(x, y), ..);
        let statement = "Condition x == y did not hold element-wise:".to_string();
        let parts = [
            Part::Text(statement),
            Part::Text(format!("x ({}) = ", x.name())),
            Part::Elements(x),
            Part::Text(format!("y ({}) = ", y.name())),
            Part::Elements(y),
        ];
        assert_true(graph, &condition, &parts)
    })
}
