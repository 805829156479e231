//! The ops that take a step of an optimizer: for a whole variable, and for some of its rows.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use ndarray::ArrayViewMutD;

use crate::graph::{
    AnyTensor, AttributeList, Effect, FromNode, Fusion, InferContext, Inputs, Kernel, NodeSpec, Op,
    RefSlot, Tensor, TensorInfo, graph_of,
};
use crate::kernels::optimizers::{self, Rows, Step};
use crate::kernels::tile::{Elementwise, Tile};
use crate::ops::state::assign::expect_variables;
use crate::ops::state::scatter::{Stray, out_of_range};
use crate::ops::support::{expect_rank, expect_rank_at_least, merge, unequal_dims};
use crate::types::{Element, Error, Float, Integer, Result, Shape};

/// How an optimizer's op changes a variable and its slots, `N` arrays in all, given `M` numbers and
/// the gradient.
///
/// The inputs of the op are the arrays, then the numbers with the gradient among them, and after
/// the gradient the indices of its rows, if the op is for some rows.
pub(super) trait Rule<T: Float, const N: usize, const M: usize>:
    Debug + Send + Sync + 'static
{
    /// How many of the numbers come before the gradient.
    const GRADIENT: usize = M;

    /// The formula.
    type Step: Step<T, N>;

    /// The formula with these numbers.
    fn step(&self, numbers: [T; M]) -> Self::Step;

    /// The rule of a node.
    ///
    /// # Errors
    /// If an attribute has a value that is not supported.
    fn from_node(node: &NodeSpec<'_>) -> Result<Self>
    where
        Self: Sized;

    /// The attributes, but for TensorFlow's `use_locking`.
    fn attributes(&self) -> AttributeList {
        AttributeList::new()
    }
}

/// Fails unless the attribute `name`, of which only one value is supported, has it.
pub(super) fn expect_attribute(node: &NodeSpec<'_>, name: &str, supported: bool) -> Result<()> {
    if node.attribute::<bool>(name)? == supported {
        return Ok(());
    }
    let op_type = node.op_type();
    let message = format!("{op_type} with {name}={} is not supported", !supported);
    Err(Error::unimplemented(message))
}

/// Builds the op called `op_type` that takes a step by `rule` for a whole variable.
#[track_caller]
pub(super) fn apply<T: Float, R: Rule<T, N, M>, const N: usize, const M: usize>(
    op_type: &'static str,
    rule: R,
    variables: [Tensor<T>; N],
    numbers: [&Tensor<T>; M],
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let op = Apply::<T, R, N, M>::new(op_type, rule);
    build(op, R::GRADIENT, variables, numbers, &[gradient.any()])
}

/// Builds the op called `op_type` that takes a step by `rule` for the rows `indices` of a variable.
#[track_caller]
pub(super) fn sparse_apply<
    T: Float,
    I: Integer,
    R: Rule<T, N, M>,
    const N: usize,
    const M: usize,
>(
    op_type: &'static str,
    rule: R,
    variables: [Tensor<T>; N],
    numbers: [&Tensor<T>; M],
    (gradient, indices): (&Tensor<T>, &Tensor<I>),
) -> Tensor<T> {
    let op = SparseApply(Apply::<T, R, N, M>::new(op_type, rule));
    let gradient = [gradient.any(), indices.any()];
    build(op, R::GRADIENT, variables, numbers, &gradient)
}

#[track_caller]
fn build<T: Float, const N: usize, const M: usize>(
    op: impl Op,
    before: usize,
    variables: [Tensor<T>; N],
    numbers: [&Tensor<T>; M],
    gradient: &[AnyTensor],
) -> Tensor<T> {
    let variables: Vec<AnyTensor> = variables.iter().map(Tensor::any).collect();
    let numbers: Vec<AnyTensor> = numbers.iter().map(|number| number.any()).collect();
    let (before, after) = numbers.split_at(before);
    let inputs = [&variables, before, gradient, after].concat();
    let graphs: Vec<_> = inputs
        .iter()
        .map(|input| Some(input.graph().clone()))
        .collect();
    graph_of(&graphs).op_scope(op.op_type(), |scope| scope.tensor(op, &inputs))
}

/// A step for a whole variable.
#[derive(Debug)]
pub(super) struct Apply<T, R, const N: usize, const M: usize> {
    op_type: &'static str,
    rule: R,
    element: PhantomData<fn() -> T>,
}

impl<T: Float, R: Rule<T, N, M>, const N: usize, const M: usize> FromNode for Apply<T, R, N, M> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(Apply::new(node.op_type(), R::from_node(node)?))
    }
}

impl<T: Float, R: Rule<T, N, M>, const N: usize, const M: usize> FromNode
    for SparseApply<T, R, N, M>
{
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(SparseApply(node.op()?))
    }
}

impl<T: Float, R: Rule<T, N, M>, const N: usize, const M: usize> Apply<T, R, N, M> {
    fn new(op_type: &'static str, rule: R) -> Self {
        Apply {
            op_type,
            rule,
            element: PhantomData,
        }
    }

    /// The formula with the numbers among the inputs, of which `rows` belong to the gradient.
    fn step(&self, inputs: &Inputs<'_, '_>, rows: usize) -> Result<R::Step> {
        let mut numbers = [T::ZERO; M];
        for (k, number) in numbers.iter_mut().enumerate() {
            *number = inputs.scalar(Self::place(k, rows))?;
        }
        Ok(self.rule.step(numbers))
    }

    /// Where number `k` is among the inputs after the variables, of which `rows` belong to the
    /// gradient.
    const fn place(k: usize, rows: usize) -> usize {
        if k < R::GRADIENT { k } else { k + rows }
    }

    /// The common shape of the variables, the numbers being scalars.
    fn shape_of_all(cx: &InferContext<'_>, rows: usize) -> Result<Shape> {
        expect_variables(cx, N)?;
        let mut shape = cx.shape(0).clone();
        for i in 1..N {
            shape = merge(cx, &shape, cx.shape(i))?;
        }
        for k in 0..M {
            expect_rank(cx, cx.shape(N + Self::place(k, rows)), 0)?;
        }
        Ok(shape)
    }
}

impl<T: Float, R: Rule<T, N, M>, const N: usize, const M: usize> Op for Apply<T, R, N, M> {
    fn op_type(&self) -> &'static str {
        self.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = Self::shape_of_all(cx, 1)?;
        let shape = merge(cx, &shape, cx.shape(N + R::GRADIENT))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape).as_ref_type()])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let step = self.step(&cx.inputs, 1)?;
        let gradient = cx.inputs.get::<T>(R::GRADIENT);
        optimizers::take(step, views(cx.variables()?)?, gradient);
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: N,
            reads: true,
            checks: false,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.rule.attributes())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

impl<T: Float, R: Rule<T, N, M>, const N: usize, const M: usize> Elementwise for Apply<T, R, N, M> {
    fn tile(&self, tile: &mut Tile<'_>) {
        let numbers = std::array::from_fn(|k| tile.scalar::<T>(Self::place(k, 1)));
        let gradient = tile.input(R::GRADIENT);
        self.rule
            .step(numbers)
            .change(tile.outputs(), gradient, Rows::All);
    }

    fn reads_scalar(&self, i: usize) -> bool {
        i != R::GRADIENT
    }
}

/// A step for some rows of a variable.
#[derive(Debug)]
pub(super) struct SparseApply<T, R, const N: usize, const M: usize>(Apply<T, R, N, M>);

impl<T: Float, R: Rule<T, N, M>, const N: usize, const M: usize> Op for SparseApply<T, R, N, M> {
    fn op_type(&self) -> &'static str {
        self.0.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = Apply::<T, R, N, M>::shape_of_all(cx, 2)?;
        let gradient = N + R::GRADIENT;
        merge(cx, &shape, &rows(cx, gradient, gradient + 1)?)?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape).as_ref_type()])
    }

    fn check(&self, cx: &InferContext<'_>) -> Result<()> {
        match out_of_range(cx, N + R::GRADIENT + 1) {
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
        let step = self.0.step(&cx.inputs, 2)?;
        let (inputs, gradient) = (cx.inputs, cx.inputs.get::<T>(R::GRADIENT));
        let views = views::<T, N>(cx.variables()?)?;
        optimizers::take_rows(step, views, gradient, inputs.value(R::GRADIENT + 1));
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: N,
            reads: true,
            checks: true,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        self.0.attributes()
    }
}

/// The elements of the variables, to be changed.
fn views<T: Element, const N: usize>(
    variables: &mut [RefSlot; N],
) -> Result<[ArrayViewMutD<'_, T>; N]> {
    let views = variables.each_mut().map(RefSlot::view_mut::<T>);
    if views.iter().all(Result::is_ok) {
        return Ok(views.map(|view| view.expect("all are there")));
    }
    let error = views.into_iter().find_map(Result::err);
    Err(error.expect("one is not there"))
}

/// The shape of the tensor of which input `gradient` holds the rows that the vector `indices`
/// names.
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
