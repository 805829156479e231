//! `Assign`, `AssignAdd` and `AssignSub`: giving a variable a new value.

use std::marker::PhantomData;

use ndarray::Zip;

use super::Assignable;
use super::combine::{Combine, Minus, Plus};
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
    OpDef::flat("AssignFrom"),
];

/// Gives the variable `reference` the value `value`, as `tf.assign` does; the result is the new value.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let v = graph.variable([1.0f32, 2.0]);
/// let set = tf::assign(&v, [3.0, 4.0]);
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(&set, [])?, ndarray::arr1(&[3.0, 4.0]).into_dyn());
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `reference` is not a variable or the shapes differ.
#[track_caller]
pub fn assign<T: Element>(reference: impl Assignable<T>, value: impl IntoTensor<T>) -> Tensor<T> {
    update("Assign", Assign::<T>(PhantomData), reference, value)
}

/// Gives the variable `reference` the value of the variable `other`, or `value` while that has none.
#[track_caller]
pub(crate) fn assign_from<T: Element>(
    reference: &Tensor<T>,
    other: &Tensor<T>,
    value: &Tensor<T>,
) -> Tensor<T> {
    let inputs = [reference.any(), other.any(), value.any()];
    let graph = reference.graph();
    graph.op_scope("Assign", |scope| {
        scope.tensor(AssignFrom::<T>(PhantomData), &inputs)
    })
}

/// Adds `value` to the variable `reference`, as `tf.assign_add` does; the result is the new value.
///
/// # Errors
/// As [`assign`]; `FailedPrecondition` when run before the variable has a value.
#[track_caller]
pub fn assign_add<T: Numeric>(
    reference: impl Assignable<T>,
    value: impl IntoTensor<T>,
) -> Tensor<T> {
    let op = AssignBy::<Plus, T>(PhantomData);
    update("AssignAdd", op, reference, value)
}

/// Subtracts `value` from the variable `reference`, as `tf.assign_sub` does; the result is the new value.
///
/// # Errors
/// As [`assign_add`].
#[track_caller]
pub fn assign_sub<T: Numeric>(
    reference: impl Assignable<T>,
    value: impl IntoTensor<T>,
) -> Tensor<T> {
    let op = AssignBy::<Minus, T>(PhantomData);
    update("AssignSub", op, reference, value)
}

/// Builds an op that changes `reference` by `value`.
#[track_caller]
fn update<T: Element>(
    name: &str,
    op: impl Op,
    reference: impl Assignable<T>,
    value: impl IntoTensor<T>,
) -> Tensor<T> {
    let variable = reference.reference();
    binary(name, op, (variable, "ref"), (value, "value"))
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
        let value = cx.inputs.get::<T>(0);
        cx.refs[0].copy_from(value)
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: 1,
            reads: false,
            checks: false,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// Gives variable 0 the value of variable 1, which is left as it is and may be uninitialized: then the input counts.
#[derive(Debug)]
struct AssignFrom<T>(PhantomData<fn() -> T>);

impl<T: Element> Op for AssignFrom<T> {
    fn op_type(&self) -> &'static str {
        "AssignFrom"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_variables(cx, 2)?;
        let shape = merge(cx, cx.shape(0), cx.shape(1))?;
        let shape = merge(cx, &shape, cx.shape(2))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape).as_ref_type()])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let value = cx.inputs.get::<T>(0);
        let [variable, other] = cx.variables()?;
        // Not shared with the other: the next update of either would need memory.
        match other.value().and_then(T::unwrap) {
            Some(other) => variable.copy_from(other.view()),
            None => variable.copy_from(value),
        }
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: 2,
            reads: false,
            checks: false,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// Makes each element of a variable of the old one and the value's.
#[derive(Debug)]
struct AssignBy<C, T>(PhantomData<fn() -> (C, T)>);

impl<C: Combine<T>, T: Numeric> Op for AssignBy<C, T> {
    fn op_type(&self) -> &'static str {
        C::ASSIGN
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        updated::<T>(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let value = cx.inputs.get::<T>(0);
        let variable = cx.refs[0].view_mut::<T>()?;
        Zip::from(variable)
            .and(value)
            .for_each(|old, &given| *old = C::combine(*old, given));
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: 1,
            reads: true,
            checks: false,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// The shape rule of an op that changes the variable that input 0 is by input 1, of the same shape.
fn updated<T: Element>(cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
    expect_variables(cx, 1)?;
    let shape = merge(cx, cx.shape(0), cx.shape(1))?;
    Ok(vec![TensorInfo::new(T::DTYPE, shape).as_ref_type()])
}

/// Fails unless the first `refs` inputs are variables.
///
/// # Errors
/// `InvalidArgument`.
pub(super) fn expect_variables(cx: &InferContext<'_>, refs: usize) -> Result<()> {
    if cx.inputs()[..refs].iter().all(|input| input.is_ref) {
        return Ok(());
    }
    let message = "the tensor to update is not a variable";
    Err(Error::invalid_argument(message).with_help("pass the variable itself, not its value"))
}
