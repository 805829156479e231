//! Differentiation.

use tf1::{Gradient, Gradients};

use crate::call::{Binding, bind};
use crate::value::Value;

pub const BINDINGS: &[Binding] = &[bind("tf.gradients", "ys, xs, grad_ys", |c| {
    let mut options = Gradients::new();
    if c.peek("grad_ys").is_some() {
        options = options.grad_ys(c.any_tensors("grad_ys")?);
    }
    let (ys, xs) = (c.any_tensors("ys")?, c.any_tensors("xs")?);
    let gradients = tf1::gradients_with(&ys, &xs, options);
    c.returns(Value::List(gradients.into_iter().map(gradient).collect()))
})];

fn gradient(gradient: Option<Gradient>) -> Value {
    match gradient {
        None => Value::None,
        Some(Gradient::Dense(tensor)) => Value::Tensor(tensor),
        Some(Gradient::Sparse(slices)) => Value::Slices(slices),
        Some(other) => unreachable!("the harness does not know the gradient {other:?}"),
    }
}
