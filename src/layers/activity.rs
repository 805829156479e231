//! What a layer pays for its outputs.

use crate::graph::{GraphKeys, Tensor};
use crate::ops::array::shape;
use crate::ops::math::{cast_to, truediv};
use crate::types::{Element, Error, with_class};
use crate::variables::Regularizer;

/// Adds what `regularizer` makes of a layer's outputs, divided by the number of examples, to the
/// losses of regularizers, as TensorFlow's `activity_regularizer=` has it. The outputs have at
/// least one axis.
#[track_caller]
pub(super) fn regularize_activity<T: Element>(
    outputs: &Tensor<T>,
    regularizer: Option<&dyn Regularizer>,
) {
    let graph = outputs.graph();
    let Some(regularizer) = regularizer.filter(|_| !outputs.is_failed()) else {
        return;
    };
    let mean = graph.name_scope("ActivityRegularizer", || {
        let penalty = regularizer.penalty(&outputs.any())?;
        let examples = shape(outputs).index(0);
        Some(with_class!(floating, penalty.dtype(), L => {
            truediv(penalty.assume::<L>(), cast_to::<i32, L>(examples)).any()
        }, {
            let message = format!("the price of activities must be a float, not {penalty}");
            graph.failed::<f32>("truediv", Error::invalid_argument(message)).any()
        }))
    });
    if let Some(mean) = mean {
        graph.add_to_collection(GraphKeys::REGULARIZATION_LOSSES, mean);
    }
}
