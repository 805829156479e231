//! `ApplyGradientDescent`, `ApplyMomentum`, `ApplyAdam` and their sparse forms: one step of an optimizer for one variable.

use crate::kernels::tile::{Elementwise, Tile};
use std::sync::Arc;

use std::marker::PhantomData;

use ndarray::Axis;

use super::Assignable;
use super::assign::expect_variables;
use super::scatter::{Stray, out_of_range};
use crate::graph::{
    AnyTensor, Effect, InferContext, Inputs, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::optimizers::{self, AdamStep, MomentumStep};
use crate::ops::OpDef;
use crate::ops::support::{expect_rank, expect_rank_at_least, merge, unequal_dims};
use crate::types::{Element, Error, Float, Integer, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[
    OpDef::opaque("ApplyGradientDescent"),
    OpDef::opaque("ApplyMomentum"),
    OpDef::opaque("SparseApplyMomentum"),
    OpDef::opaque("ApplyAdam"),
];

/// A step of gradient descent, as TensorFlow's op `ApplyGradientDescent` makes it: `variable -= learning_rate · gradient`.
/// The result is the new value.
///
/// `learning_rate` is a scalar, `gradient` has the variable's shape.
///
/// # Errors
/// `InvalidArgument` if `variable` is no variable or the shapes do not fit; `FailedPrecondition` when run before the
/// variable has a value.
#[track_caller]
pub fn apply_gradient_descent<T: Float>(
    variable: impl Assignable<T>,
    learning_rate: &Tensor<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let variable = variable.reference();
    apply(
        ApplyGradientDescent::<T>(PhantomData),
        &[&variable, learning_rate, gradient],
    )
}

/// The numbers of [`apply_momentum`] and [`sparse_apply_momentum`].
#[derive(Clone, Debug)]
pub struct MomentumTerms<T: Float> {
    /// How far to go, a scalar.
    pub learning_rate: Tensor<T>,
    /// How much of the last step to keep, a scalar.
    pub momentum: Tensor<T>,
    /// Whether to look ahead as Nesterov does.
    pub use_nesterov: bool,
}

/// A step of gradient descent with momentum, as TensorFlow's op `ApplyMomentum` makes it. The result is the variable's
/// new value.
///
/// `accumulation = momentum · accumulation + gradient`, then `variable -= learning_rate · accumulation`; or, after
/// Nesterov, `variable -= learning_rate · (gradient + momentum · accumulation)`.
///
/// # Errors
/// As [`apply_gradient_descent`].
#[track_caller]
pub fn apply_momentum<T: Float>(
    variable: impl Assignable<T>,
    accumulation: impl Assignable<T>,
    terms: &MomentumTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let op = ApplyMomentum::<T> {
        use_nesterov: terms.use_nesterov,
        element: PhantomData,
    };
    let (variable, accumulation) = (variable.reference(), accumulation.reference());
    apply(
        op,
        &[
            &variable,
            &accumulation,
            &terms.learning_rate,
            gradient,
            &terms.momentum,
        ],
    )
}

/// As [`apply_momentum`] for some rows of the variable, as TensorFlow's op `SparseApplyMomentum` makes it: row `i` of
/// `gradient` is that with respect to row `indices[i]`. A row that is not named keeps its accumulation.
///
/// # Errors
/// As [`apply_momentum`]; and `InvalidArgument` if an index is out of range, then no row is changed.
#[track_caller]
pub fn sparse_apply_momentum<T: Float, I: Integer>(
    variable: impl Assignable<T>,
    accumulation: impl Assignable<T>,
    terms: &MomentumTerms<T>,
    gradient: &Tensor<T>,
    indices: &Tensor<I>,
) -> Tensor<T> {
    let op = SparseApplyMomentum::<T> {
        use_nesterov: terms.use_nesterov,
        element: PhantomData,
    };
    let (variable, accumulation) = (variable.reference(), accumulation.reference());
    let graph = graph_of(&[Some(variable.graph().clone())]);
    let floats = [&variable, &accumulation, &terms.learning_rate, gradient].map(Tensor::any);
    let inputs = [floats.as_slice(), &[indices.any(), terms.momentum.any()]].concat();
    graph.op_scope(op.op_type(), |scope| scope.tensor(op, &inputs))
}

/// The numbers of [`apply_adam`], all scalars.
#[derive(Clone, Debug)]
pub struct AdamTerms<T: Float> {
    /// `beta1` to the power of the number of this step.
    pub beta1_power: Tensor<T>,
    /// `beta2` to the power of the number of this step.
    pub beta2_power: Tensor<T>,
    /// How far to go.
    pub learning_rate: Tensor<T>,
    /// How slowly the mean of the gradients fades.
    pub beta1: Tensor<T>,
    /// How slowly the mean of their squares fades.
    pub beta2: Tensor<T>,
    /// Added to the root of the mean square, against division by zero.
    pub epsilon: Tensor<T>,
}

/// A step of Adam, as TensorFlow's op `ApplyAdam` makes it. The result is the variable's new value.
///
/// With α = `learning_rate · √(1 - beta2_power) / (1 - beta1_power)`:
/// `m += (gradient - m) · (1 - beta1)`, `v += (gradient² - v) · (1 - beta2)`, `variable -= α · m / (√v + epsilon)`.
///
/// # Errors
/// As [`apply_gradient_descent`].
#[track_caller]
pub fn apply_adam<T: Float>(
    variable: impl Assignable<T>,
    m: impl Assignable<T>,
    v: impl Assignable<T>,
    terms: &AdamTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let AdamTerms {
        beta1_power,
        beta2_power,
        learning_rate,
        beta1,
        beta2,
        epsilon,
    } = terms;
    let (variable, m, v) = (variable.reference(), m.reference(), v.reference());
    let inputs = [
        &variable,
        &m,
        &v,
        beta1_power,
        beta2_power,
        learning_rate,
        beta1,
        beta2,
        epsilon,
        gradient,
    ];
    apply(ApplyAdam::<T>(PhantomData), &inputs)
}

/// Builds an op of these operands, called as its type.
#[track_caller]
fn apply<T: Element>(op: impl Op, inputs: &[&Tensor<T>]) -> Tensor<T> {
    let graph = graph_of(
        &inputs
            .iter()
            .map(|input| Some(input.graph().clone()))
            .collect::<Vec<_>>(),
    );
    let inputs: Vec<AnyTensor> = inputs.iter().map(|input| input.any()).collect();
    graph.op_scope(op.op_type(), |scope| scope.tensor(op, &inputs))
}

/// An op that changes the variables that its first `refs` inputs are.
const fn update_of(refs: usize) -> Effect {
    Effect::Update {
        refs,
        reads: true,
        checks: false,
    }
}

/// The shape rule of an op whose first `refs` inputs are variables and whose input `gradient` is the gradient, all of the
/// same shape, the other inputs being scalars.
fn updated<T: Element>(
    cx: &InferContext<'_>,
    refs: usize,
    gradient: usize,
) -> Result<Vec<TensorInfo>> {
    expect_variables(cx, refs)?;
    let mut shape = cx.shape(0).clone();
    for i in 1..cx.len() {
        if i < refs || i == gradient {
            shape = merge(cx, &shape, cx.shape(i))?;
        } else {
            expect_rank(cx, cx.shape(i), 0)?;
        }
    }
    Ok(vec![TensorInfo::new(T::DTYPE, shape).as_ref_type()])
}

#[derive(Debug)]
struct ApplyGradientDescent<T>(PhantomData<fn() -> T>);

impl<T: Float> Op for ApplyGradientDescent<T> {
    fn op_type(&self) -> &'static str {
        "ApplyGradientDescent"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        updated::<T>(cx, 1, 2)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let learning_rate = cx.inputs.scalar(0)?;
        optimizers::gradient_descent::<T>(cx.refs[0].view_mut()?, learning_rate, cx.inputs.get(1));
        Ok(())
    }

    fn effect(&self) -> Effect {
        update_of(1)
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn elementwise(self: Arc<Self>, _: &InferContext<'_>) -> Option<Arc<dyn Elementwise>> {
        Some(self)
    }
}

impl<T: Float> Elementwise for ApplyGradientDescent<T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        let (learning_rate, gradient) = (tile.scalar(0), tile.input::<T>(1));
        let [variable] = tile.outputs();
        optimizers::gradient_descent_slices(variable, learning_rate, gradient);
    }

    fn reads_scalar(&self, i: usize) -> bool {
        i != 1
    }
}

#[derive(Debug)]
struct ApplyMomentum<T> {
    use_nesterov: bool,
    element: PhantomData<fn() -> T>,
}

impl<T: Float> Op for ApplyMomentum<T> {
    fn op_type(&self) -> &'static str {
        "ApplyMomentum"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        updated::<T>(cx, 2, 3)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let step = momentum_step(&cx.inputs, 2, self.use_nesterov)?;
        let gradient = cx.inputs.get::<T>(1);
        let [variable, accumulation] = cx.variables()?;
        optimizers::momentum(
            variable.view_mut()?,
            accumulation.view_mut()?,
            step,
            gradient,
        );
        Ok(())
    }

    fn effect(&self) -> Effect {
        update_of(2)
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn elementwise(self: Arc<Self>, _: &InferContext<'_>) -> Option<Arc<dyn Elementwise>> {
        Some(self)
    }
}

impl<T: Float> Elementwise for ApplyMomentum<T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        let step = MomentumStep {
            learning_rate: tile.scalar::<T>(0),
            momentum: tile.scalar(2),
            use_nesterov: self.use_nesterov,
        };
        let gradient = tile.input(1);
        let [variable, accumulation] = tile.outputs();
        optimizers::momentum_slices(variable, accumulation, step, gradient);
    }

    fn reads_scalar(&self, i: usize) -> bool {
        i != 1
    }
}

fn momentum_step<T: Element>(
    inputs: &Inputs<'_, '_>,
    momentum: usize,
    use_nesterov: bool,
) -> Result<MomentumStep<T>> {
    Ok(MomentumStep {
        learning_rate: inputs.scalar(0)?,
        momentum: inputs.scalar(momentum)?,
        use_nesterov,
    })
}

#[derive(Debug)]
struct SparseApplyMomentum<T> {
    use_nesterov: bool,
    element: PhantomData<fn() -> T>,
}

impl<T: Float> Op for SparseApplyMomentum<T> {
    fn op_type(&self) -> &'static str {
        "SparseApplyMomentum"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_variables(cx, 2)?;
        let shape = merge(cx, cx.shape(0), cx.shape(1))?;
        expect_rank(cx, cx.shape(2), 0)?;
        merge(cx, &shape, &rows(cx, 3, 4)?)?;
        expect_rank(cx, cx.shape(5), 0)?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape).as_ref_type()])
    }

    fn check(&self, cx: &InferContext<'_>) -> Result<()> {
        match out_of_range(cx, 4) {
            None => Ok(()),
            Some(Stray {
                position, index, ..
            }) => {
                let message =
                    format!("Index {index} at offset {position} in indices is out of range");
                Err(Error::invalid_argument(message))
            }
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let step = momentum_step(&cx.inputs, 3, self.use_nesterov)?;
        let (gradient, indices) = (cx.inputs.get::<T>(1), cx.inputs.integers(2)?);
        let [variable, accumulation] = cx.variables()?;
        let (mut variable, mut accumulation) =
            (variable.view_mut::<T>()?, accumulation.view_mut::<T>()?);
        for (gradient, index) in gradient.axis_iter(Axis(0)).zip(indices) {
            let row = variable.index_axis_mut(Axis(0), index as usize);
            optimizers::momentum(
                row,
                accumulation.index_axis_mut(Axis(0), index as usize),
                step,
                gradient,
            );
        }
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: 2,
            reads: true,
            checks: true,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// The shape of the tensor of which input `gradient` holds the rows that the vector `indices` names.
fn rows(cx: &InferContext<'_>, gradient: usize, indices: usize) -> Result<Shape> {
    expect_rank(cx, cx.shape(indices), 1)?;
    let Some(dims) = cx.shape(gradient).dims() else {
        return Ok(Shape::unknown());
    };
    expect_rank_at_least(cx, cx.shape(gradient), 1)?;
    let (count, row) = dims.split_first().expect("the rank is 1 or more");
    match (cx.shape(indices).dim(0), *count) {
        (Some(named), Some(given)) if named != given => Err(unequal_dims(cx, named, given)),
        _ => Ok(Shape::from([&[None], row].concat())),
    }
}

#[derive(Debug)]
struct ApplyAdam<T>(PhantomData<fn() -> T>);

impl<T: Float> Op for ApplyAdam<T> {
    fn op_type(&self) -> &'static str {
        "ApplyAdam"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        updated::<T>(cx, 3, 9)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let step = AdamStep {
            beta1_power: cx.inputs.scalar(0)?,
            beta2_power: cx.inputs.scalar(1)?,
            learning_rate: cx.inputs.scalar(2)?,
            beta1: cx.inputs.scalar(3)?,
            beta2: cx.inputs.scalar(4)?,
            epsilon: cx.inputs.scalar(5)?,
        };
        let gradient = cx.inputs.get::<T>(6);
        let [variable, m, v] = cx.variables()?;
        optimizers::adam(
            variable.view_mut()?,
            m.view_mut()?,
            v.view_mut()?,
            step,
            gradient,
        );
        Ok(())
    }

    fn effect(&self) -> Effect {
        update_of(3)
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn elementwise(self: Arc<Self>, _: &InferContext<'_>) -> Option<Arc<dyn Elementwise>> {
        Some(self)
    }
}

impl<T: Float> Elementwise for ApplyAdam<T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        let step = AdamStep {
            beta1_power: tile.scalar::<T>(0),
            beta2_power: tile.scalar(1),
            learning_rate: tile.scalar(2),
            beta1: tile.scalar(3),
            beta2: tile.scalar(4),
            epsilon: tile.scalar(5),
        };
        let gradient = tile.input(6);
        let [variable, m, v] = tile.outputs();
        optimizers::adam_slices(variable, m, v, step, gradient);
    }

    fn reads_scalar(&self, i: usize) -> bool {
        i != 6
    }
}
