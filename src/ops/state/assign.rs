//! `Assign`, `AssignAdd` and `AssignSub`: giving a variable a new value.

use std::marker::PhantomData;

use super::Assignable;
use super::combine::{CombineAll, Minus, Plus};
use crate::graph::{
    Attribute, AttributeList, Effect, FromNode, GradientContext, InferContext, IntoTensor, Kernel,
    NodeSpec, Op, Tensor, TensorInfo,
};
use crate::kernels::pieces::update_each;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{binary, merge};
use crate::types::{Element, Error, Number, Result, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        flat "Assign(ref: Ref(T), value: T) -> (output_ref: Ref(T)); \
         validate_shape: bool = true; use_locking: bool = true",
        T: any, |node| node.op::<AssignOp<T>>()?
    ),
    op!(
        flat "AssignAdd(ref: Ref(T), value: T) -> (output_ref: Ref(T)); \
         use_locking: bool = false; \
            T in number",
        T: number, |_| AssignBy::<Plus, T>(PhantomData)
    ),
    op!(
        flat "AssignSub(ref: Ref(T), value: T) -> (output_ref: Ref(T)); \
         use_locking: bool = false; \
            T in number",
        T: number, |_| AssignBy::<Minus, T>(PhantomData)
    ),
    op!(
        flat "AssignFrom(ref: Ref(T), other: Ref(T), value: T) -> (output_ref: Ref(T))",
        T: any, |_| AssignFrom::<T>(PhantomData)
    ),
];

/// Gives the variable `reference` the value `value`, as `tf.assign` does; the result is the new
/// value.
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
///
/// # Options
/// `validate_shape`: see [`assign_with`].
#[track_caller]
pub fn assign<T: Element>(reference: impl Assignable<T>, value: impl IntoTensor<T>) -> Tensor<T> {
    assign_with(reference, value, Assign::new())
}

/// As [`assign`], with options.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let v = graph.variable_with([1.0f32], tf::VariableOptions::new().validate_shape(false));
/// let set = tf::assign_with(&v, [2.0, 3.0], tf::Assign::new().validate_shape(false));
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&set, [])?;
/// assert_eq!(session.run(v.array1(), [])?, ndarray::arr1(&[2.0, 3.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`assign`].
#[track_caller]
pub fn assign_with<T: Element>(
    reference: impl Assignable<T>,
    value: impl IntoTensor<T>,
    options: impl Into<Assign>,
) -> Tensor<T> {
    let reference = reference.reference();
    let op = AssignOp::<T> {
        options: options.into(),
        open: !reference.shape().is_known(),
        element: PhantomData,
    };
    update("Assign", op, reference, value)
}

/// How to assign, for [`assign_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assign {
    validate_shape: bool,
    use_locking: bool,
}

impl Assign {
    /// TensorFlow's defaults: the value must have the variable's shape.
    pub fn new() -> Self {
        Assign {
            validate_shape: true,
            use_locking: true,
        }
    }

    /// Whether the value must have the shape that the variable's value has. `false` is for
    /// variables that were made with it
    /// ([`VariableOptions::validate_shape`](crate::VariableOptions::validate_shape)): they may have
    /// another shape afterwards. TensorFlow accepts it for all variables, whose static shapes are
    /// then wrong; here a shape that is known stays what it is.
    pub fn validate_shape(mut self, validate_shape: bool) -> Self {
        self.validate_shape = validate_shape;
        self
    }

    /// TensorFlow's `use_locking`, which is written to files. A run here updates variables as a
    /// whole in any case.
    pub fn use_locking(mut self, use_locking: bool) -> Self {
        self.use_locking = use_locking;
        self
    }
}

impl Default for Assign {
    fn default() -> Self {
        Assign::new()
    }
}

/// As [`Assign::validate_shape`].
impl From<bool> for Assign {
    fn from(validate_shape: bool) -> Self {
        Assign::new().validate_shape(validate_shape)
    }
}

/// Gives the variable `reference` the value of the variable `other`, or `value` while that has
/// none.
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
pub fn assign_add<T: Number>(
    reference: impl Assignable<T>,
    value: impl IntoTensor<T>,
) -> Tensor<T> {
    let op = AssignBy::<Plus, T>(PhantomData);
    update("AssignAdd", op, reference, value)
}

/// Subtracts `value` from the variable `reference`, as `tf.assign_sub` does; the result is the new
/// value.
///
/// # Errors
/// As [`assign_add`].
#[track_caller]
pub fn assign_sub<T: Number>(
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
struct AssignOp<T> {
    options: Assign,
    /// Whether it is not known of the variable which shape its values have.
    open: bool,
    element: PhantomData<fn() -> T>,
}

impl<T> FromNode for AssignOp<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(AssignOp {
            options: Assign {
                validate_shape: node.attribute("validate_shape")?,
                use_locking: node.attribute("use_locking")?,
            },
            open: !node.inputs()[0].shape.is_known(),
            element: PhantomData,
        })
    }
}

impl<T: Element> Op for AssignOp<T> {
    fn op_type(&self) -> &'static str {
        "Assign"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if self.options.validate_shape {
            return updated::<T>(cx);
        }
        if !self.open {
            return updated::<T>(cx).map_err(|error| {
                error.with_help("make the variable with validate_shape(false), so that it may have values of other shapes")
            });
        }
        expect_variables(cx, 1)?;
        Ok(vec![TensorInfo::new(T::DTYPE, cx.shape(1)).as_ref_type()])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let value = cx.inputs.get::<T>(0);
        cx.refs[0].copy_from(cx.pool, value)
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

    fn attributes(&self) -> Option<AttributeList> {
        let Assign {
            validate_shape,
            use_locking,
        } = self.options;
        Some(vec![
            ("validate_shape", Attribute::Bool(validate_shape)),
            ("use_locking", Attribute::Bool(use_locking)),
        ])
    }
}

/// Gives variable 0 the value of variable 1, which is left as it is and may be uninitialized: then
/// the input counts.
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
        let (pool, value) = (cx.pool, cx.inputs.get::<T>(0));
        let [variable, other] = cx.variables()?;
        // Not shared with the other: the next update of either would need memory.
        match other.value().and_then(T::unwrap) {
            Some(other) => variable.copy_from(pool, other.view()),
            None => variable.copy_from(pool, value),
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

impl<C: CombineAll<T>, T: Number> Op for AssignBy<C, T> {
    fn op_type(&self) -> &'static str {
        C::ASSIGN
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        updated::<T>(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let value = cx.inputs.get::<T>(0);
        let mut variable = cx.refs[0].view_mut::<T>()?;
        update_each(
            cx.pool,
            memory::row_major(&mut variable),
            &value,
            C::combine,
        );
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
