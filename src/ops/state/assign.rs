//! `Assign`, `AssignAdd` and `AssignSub`: giving a variable a new value.

use std::marker::PhantomData;

use ndarray::Zip;

use crate::graph::{
    Effect, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::support::{binary, merge};
use crate::types::{Element, Error, Numeric, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    OpDef::flat("Assign"),
    OpDef::flat("AssignAdd"),
    OpDef::flat("AssignSub"),
];

/// Gives the variable whose memory `reference` is the value `value`, as `tf.assign` does; the result is the new value.
///
/// [`Variable::assign`](crate::Variable::assign) is the usual way to call it.
///
/// # Errors
/// `InvalidArgument` if `reference` is no variable or the shapes differ.
#[track_caller]
pub fn assign<T: Element>(reference: &Tensor<T>, value: impl IntoTensor<T>) -> Tensor<T> {
    binary(
        "Assign",
        Assign::<T>(PhantomData),
        (reference, "ref"),
        (value, "value"),
    )
}

/// Adds `value` to the variable whose memory `reference` is, as `tf.assign_add` does; the result is the new value.
///
/// # Errors
/// As [`assign`]; `FailedPrecondition` when run before the variable has a value.
#[track_caller]
pub fn assign_add<T: Numeric>(reference: &Tensor<T>, value: impl IntoTensor<T>) -> Tensor<T> {
    let op = AssignBy {
        op_type: "AssignAdd",
        update: T::plus,
    };
    binary("AssignAdd", op, (reference, "ref"), (value, "value"))
}

/// Subtracts `value` from the variable whose memory `reference` is, as `tf.assign_sub` does; the result is the new value.
///
/// # Errors
/// As [`assign_add`].
#[track_caller]
pub fn assign_sub<T: Numeric>(reference: &Tensor<T>, value: impl IntoTensor<T>) -> Tensor<T> {
    let op = AssignBy {
        op_type: "AssignSub",
        update: T::minus,
    };
    binary("AssignSub", op, (reference, "ref"), (value, "value"))
}

#[derive(Debug)]
struct Assign<T>(PhantomData<fn() -> T>);

impl<T: Element> Op for Assign<T> {
    fn op_type(&self) -> &'static str {
        "Assign"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        updated::<T>(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        cx.refs[0].assign(cx.inputs.value(0).to_owned_value());
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: 1,
            reads: false,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// `variable = update(variable, value)`, element by element.
#[derive(Debug)]
struct AssignBy<T> {
    op_type: &'static str,
    update: fn(T, T) -> T,
}

impl<T: Numeric> Op for AssignBy<T> {
    fn op_type(&self) -> &'static str {
        self.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        updated::<T>(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let value = cx.inputs.get::<T>(0);
        let variable = cx.refs[0].view_mut::<T>()?;
        Zip::from(variable)
            .and(value)
            .for_each(|variable, &value| *variable = (self.update)(*variable, value));
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: 1,
            reads: true,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// The shape rule of an op that changes the variable that input 0 is by input 1, of the same shape.
fn updated<T: Element>(cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
    if !cx.inputs()[0].is_ref {
        return Err(Error::invalid_argument(
            "the first operand must be a variable",
        ));
    }
    let shape = merge(cx, cx.shape(0), cx.shape(1))?;
    Ok(vec![TensorInfo::new(T::DTYPE, shape).as_ref_type()])
}
