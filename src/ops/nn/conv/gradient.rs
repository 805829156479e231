//! The gradients of convolutions and of their gradients, each of which is a convolution or one of
//! its gradients.

use super::geometry::{ConvElement, Role};
use crate::graph::{AnyTensor, GradientContext, Tensor};
use crate::ops::array::{shape, shape_n};

/// Sets the gradients of a convolution or one of its gradients; `make` makes such an op with the
/// same attributes. `together`: whether one node tells the shapes of both operands.
#[track_caller]
pub(super) fn differentiate<T: ConvElement>(
    cx: &mut GradientContext<'_>,
    role: Role,
    together: bool,
    make: impl Fn(Role, &[AnyTensor]) -> Tensor<T>,
) {
    let d = cx.grad::<T>(0).any();
    let [a, b] = [0, 1].map(|i| cx.any_input(i).clone());
    let shape_of = |cx: &GradientContext<'_>, i: usize| shape(cx.input::<T>(i)).any();
    match role {
        Role::Forward => {
            let shapes = together.then(|| shape_n([&a, &b]));
            let shape_of = |i: usize| match &shapes {
                Some(shapes) => shapes[i].any(),
                None => shape_of(cx, i),
            };
            let da = make(Role::Input, &[shape_of(0), b, d.clone()]);
            let db = make(Role::Filter, &[a, shape_of(1), d]);
            cx.set(0, da);
            cx.set(1, db);
        }
        Role::Input => {
            let gradient = cx.any_input(2).clone();
            let d_filter = make(Role::Filter, &[d.clone(), shape_of(cx, 1), gradient]);
            let d_gradient = make(Role::Forward, &[d, b]);
            cx.set(1, d_filter);
            cx.set(2, d_gradient);
        }
        Role::Filter => {
            let gradient = cx.any_input(2).clone();
            let d_picture = make(Role::Input, &[shape_of(cx, 0), d.clone(), gradient]);
            let d_gradient = make(Role::Forward, &[a, d]);
            cx.set(0, d_picture);
            cx.set(2, d_gradient);
        }
    }
}
