//! Element-wise functions of one tensor.

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::kernels::elementwise;
use crate::ops::OpDef;
use crate::ops::support::{same_shape, unary};
use crate::types::{Float, Numeric, Result};

/// Defines element-wise functions of one tensor: for each the public function, its op with shape rule and kernel, and a
/// row of the op table.
///
/// The gradient is a function of the input `x`, the output `y` and the gradient `dy` with respect to the output.
macro_rules! unary_ops {
    ($(
        $(#[$doc:meta])*
        $function:ident => $op:ident($op_type:literal, $name:literal, $operand:literal) for $bound:ident:
            |$value:ident| $formula:expr, |$x:ident, $y:ident, $dy:ident| $gradient:expr;
    )*) => {
        pub(in crate::ops) const OPS: &[OpDef] = &[$(OpDef::smooth($op_type)),*];

        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $function<T: $bound>(x: impl IntoTensor<T>) -> Tensor<T> {
                unary($name, $op(std::marker::PhantomData::<fn() -> T>), (x, $operand))
            }

            #[derive(Debug)]
            struct $op<T>(std::marker::PhantomData<fn() -> T>);

            impl<T: $bound> Op for $op<T> {
                fn op_type(&self) -> &'static str {
                    $op_type
                }

                fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
                    same_shape::<T>(cx, 0)
                }

                fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
                    let x = cx.inputs.get::<T>(0);
                    let out = cx.outputs.alloc::<T>(0, x.shape());
                    elementwise::map(x, out, |$value: T| $formula);
                    Ok(())
                }

                fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
                    let ($x, $y, $dy) = (&cx.input::<T>(0), &cx.output::<T>(0), &cx.grad::<T>(0));
                    let dx: Tensor<T> = $gradient;
                    cx.set(0, dx);
                    Ok(())
                }

                fn can_fail(&self) -> bool {
                    false
                }
            }
        )*
    };
}

unary_ops! {
    /// -x element by element, as `tf.negative` computes it.
    negative => Neg("Neg", "Neg", "x") for Numeric: |x| x.negated(), |_x, _y, dy| negative(dy);

    /// eˣ element by element, as `tf.exp` computes it.
    exp => Exp("Exp", "Exp", "x") for Float: |x| x.exp(), |_x, y, dy| dy * y;

    /// The natural logarithm of x element by element, as `tf.log` computes it.
    log => Log("Log", "Log", "x") for Float: |x| x.ln(), |x, _y, dy| super::binary::after(dy, || super::xdivy(dy, x));

    /// x² element by element, as `tf.square` computes it.
    square => Square("Square", "Square", "x") for Numeric: |x| x.times(x),
        |x, _y, dy| {
            let two = x.graph().constant(T::from_i64(2));
            super::multiply(dy, super::multiply(x, two))
        };
}
