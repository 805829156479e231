//! `Add`, `Sub`, `Mul` and the other arithmetic of two tensors, with broadcasting.

use std::fmt::Debug;
use std::marker::PhantomData;

use super::broadcast_gradient::{Unbroadcast, same_known_shapes};
use super::unary::negative;
use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, OpScope, Tensor, TensorInfo};
use crate::kernels::elementwise;
use crate::ops::OpDef;
use crate::ops::support::{binary, broadcast};
use crate::types::{Numeric, Result};

pub(in crate::ops) const OPS: &[OpDef] =
    &[OpDef::smooth("Add"), OpDef::smooth("AddV2"), OpDef::smooth("Sub"), OpDef::smooth("Mul")];

/// `x + y` element by element, with broadcasting, as `tf.add` computes it. Integers wrap around on overflow.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn add<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    binary("Add", Arithmetic::<AddV1, T>::new(), (x, "x"), (y, "y"))
}

/// `x + y` as the node that `scope` is named after.
pub(crate) fn add_as<T: Numeric>(scope: &OpScope, x: &Tensor<T>, y: &Tensor<T>) -> Tensor<T> {
    scope.tensor(Arithmetic::<AddV1, T>::new(), &[x.any(), y.any()])
}

/// `x - y` element by element, with broadcasting, as `tf.subtract` computes it. Integers wrap around on overflow.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn subtract<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    binary("Sub", Arithmetic::<Subtract, T>::new(), (x, "x"), (y, "y"))
}

/// `x · y` element by element, with broadcasting, as `tf.multiply` computes it. Integers wrap around on overflow.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn multiply<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    binary("Mul", Arithmetic::<Multiply, T>::new(), (x, "x"), (y, "y"))
}

/// The function of two numbers behind an [`Arithmetic`] op.
pub(super) trait Function<T: Numeric>: Debug + Send + Sync + 'static {
    const OP_TYPE: &'static str;

    fn apply(x: T, y: T) -> T;

    /// The gradient with respect to `x`, before broadcasting is undone.
    fn dx(x: &Tensor<T>, y: &Tensor<T>, dz: &Tensor<T>) -> Tensor<T>;

    /// The gradient with respect to `y`, before broadcasting is undone.
    fn dy(x: &Tensor<T>, y: &Tensor<T>, dz: &Tensor<T>) -> Tensor<T>;
}

/// Addition as the function `tf.add` has it.
#[derive(Debug)]
pub(super) struct AddV1;

/// Addition as the operator `+` has it.
#[derive(Debug)]
pub(super) struct AddV2;

/// Subtraction.
#[derive(Debug)]
pub(super) struct Subtract;

/// Multiplication.
#[derive(Debug)]
pub(super) struct Multiply;

macro_rules! addition {
    ($name:ident, $op_type:literal) => {
        impl<T: Numeric> Function<T> for $name {
            const OP_TYPE: &'static str = $op_type;

            fn apply(x: T, y: T) -> T {
                x.plus(y)
            }

            fn dx(_: &Tensor<T>, _: &Tensor<T>, dz: &Tensor<T>) -> Tensor<T> {
                dz.clone()
            }

            fn dy(_: &Tensor<T>, _: &Tensor<T>, dz: &Tensor<T>) -> Tensor<T> {
                dz.clone()
            }
        }
    };
}

addition!(AddV1, "Add");
addition!(AddV2, "AddV2");

impl<T: Numeric> Function<T> for Subtract {
    const OP_TYPE: &'static str = "Sub";

    fn apply(x: T, y: T) -> T {
        x.minus(y)
    }

    fn dx(_: &Tensor<T>, _: &Tensor<T>, dz: &Tensor<T>) -> Tensor<T> {
        dz.clone()
    }

    #[track_caller]
    fn dy(_: &Tensor<T>, _: &Tensor<T>, dz: &Tensor<T>) -> Tensor<T> {
        negative(dz)
    }
}

impl<T: Numeric> Function<T> for Multiply {
    const OP_TYPE: &'static str = "Mul";

    fn apply(x: T, y: T) -> T {
        x.times(y)
    }

    #[track_caller]
    fn dx(_: &Tensor<T>, y: &Tensor<T>, dz: &Tensor<T>) -> Tensor<T> {
        multiply(dz, y)
    }

    #[track_caller]
    fn dy(x: &Tensor<T>, _: &Tensor<T>, dz: &Tensor<T>) -> Tensor<T> {
        multiply(x, dz)
    }
}

/// An element-wise op of two tensors that cannot fail.
pub(super) struct Arithmetic<F, T>(PhantomData<fn() -> (F, T)>);

impl<F, T> Arithmetic<F, T> {
    pub(super) fn new() -> Self {
        Arithmetic(PhantomData)
    }
}

impl<F: Function<T>, T: Numeric> Debug for Arithmetic<F, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(F::OP_TYPE)
    }
}

impl<F: Function<T>, T: Numeric> Op for Arithmetic<F, T> {
    fn op_type(&self) -> &'static str {
        F::OP_TYPE
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        broadcast::<T>(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = elementwise::broadcast(cx.inputs.shape(0), cx.inputs.shape(1))?;
        let out = cx.outputs.alloc::<T>(0, &shape);
        elementwise::zip(cx.inputs.get(0), cx.inputs.get(1), out, F::apply);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (cx.input::<T>(0), cx.input::<T>(1), cx.grad::<T>(0));
        let (dx, dy) = if same_known_shapes(&[&x, &y, &dz]) {
            (F::dx(&x, &y, &dz), F::dy(&x, &y, &dz))
        } else {
            let unbroadcast = Unbroadcast::new(&x, &y, &dz);
            (unbroadcast.x(F::dx(&x, &y, &dz)), unbroadcast.y(F::dy(&x, &y, &dz)))
        };
        cx.set(0, dx);
        cx.set(1, dy);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
