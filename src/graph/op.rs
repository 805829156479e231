//! The [`Op`] trait: all that the rest of the crate knows of an operation.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use crate::streams::Seeds;
use crate::types::{Error, Result, Value};

use super::{AttributeList, Fusion, GradientContext, InferContext, Kernel, OpDef, TensorInfo};

/// What an op does besides computing its outputs from its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing: the same inputs always give the same outputs.
    Pure,
    /// The op reads or advances a state of its own, as a random generator does.
    Stateful,
    /// The op is a variable: its output is the variable's memory.
    Variable,
    /// The op changes the variables that its first `refs` inputs are, and passes the first of them
    /// on as output 0, unless it [passes on the old value](Op::passes_on_old).
    Update {
        /// How many of the leading inputs are variables.
        refs: usize,
        /// Whether their old values are read, so that they must be initialized.
        reads: bool,
        /// Whether [`Op::check`] has something to say of the values.
        checks: bool,
    },
}

/// An operation: its type, shape rule, kernel and gradient.
///
/// This is the one place where an op is described, inside this crate and outside of it. The value
/// that implements the trait holds the op's attributes.
///
/// ```
/// use ndarray::{arr1, Zip};
/// use tf1 as tf;
/// use tf1::op::{GradientContext, InferContext, Kernel, Op, TensorInfo};
///
/// /// y = x³, as an op of the user's own.
/// #[derive(Debug)]
/// struct Cube;
///
/// impl Op for Cube {
///     fn op_type(&self) -> &'static str {
///         "Cube"
///     }
///     fn infer(&self, cx: &InferContext<'_>) -> tf::Result<Vec<TensorInfo>> {
///         Ok(vec![TensorInfo::new(tf::DType::Float32, cx.shape(0))])
///     }
///     fn compute(&self, cx: &mut Kernel<'_, '_>) -> tf::Result<()> {
///         let x = cx.inputs.get::<f32>(0);
///         let y = cx.outputs.alloc::<f32>(0, x.shape())?;
///         Zip::from(y).and(x).for_each(|y, &x| *y = x * x * x);
///         Ok(())
///     }
///     fn gradient(&self, cx: &mut GradientContext<'_>) -> tf::Result<()> {
///         let x = cx.input::<f32>(0);
///         let dy = cx.grad::<f32>(0);
///         cx.set(0, dy * 3.0 * tf::square(x));
///         Ok(())
///     }
/// }
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", [2]);
/// let y = graph.add_op(Cube, &[x.any()]).output::<f32>(0);
/// let dx = tf::gradients(&y, &x);
/// let session = tf::Session::new(&graph)?;
/// let (y, dx) = session.run((&y, &dx), [x.feed(&arr1(&[1.0, 2.0]))])?;
/// assert_eq!((y, dx), (arr1(&[1.0, 8.0]).into_dyn(), arr1(&[3.0, 12.0]).into_dyn()));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # What an op may call
/// Every method may ask a graph for anything, print handles, and add nodes: a graph is never locked
/// while an op's code runs. `infer`, `fusion` and all that a plan asks for should do so without
/// adding nodes, as they are called for every plan.
///
/// Sessions are another matter, as a run holds on to some things while it runs an op. A call that
/// asks for one of them never waits: it fails at once, with `FailedPrecondition`.
///
/// | method | may use sessions |
/// | --- | --- |
/// | [`compute`](Op::compute) | as it likes, until its run updates variables |
/// | [`compute`](Op::compute) once its run updates variables, [`check`](Op::check) | to read: runs without updates, [`snapshot`](crate::Session::snapshot). They see the values from before the run. No run with updates and no [`load`](crate::Session::load) of any session |
/// | [`compute`](Op::compute) of an op with a state ([`new_state`](Op::new_state)) | not at all |
/// | [`compute`](Op::compute) once its run updates variables, of an op that cannot fail ([`can_fail`](Op::can_fail)) | not at all |
/// | [`infer`](Op::infer), [`compute`](Op::compute) and all other methods, when a run is planned | not at all |
/// | [`infer`](Op::infer) while the graph is built, [`gradient`](Op::gradient) | as they like |
///
/// A run updates variables from its first update to its end, and from its beginning if it reads
/// some variables before its updates and others after them. [`close`](crate::Session::close) may be
/// called everywhere; within a run, the variables are freed when that ends. An op must not wait for
/// another thread that updates variables of the session that runs the op.
///
/// If an op panics, the panic reaches the caller of the run or of the function that builds.
/// Graph and session can be used afterwards.
pub trait Op: Any + Debug + Send + Sync {
    /// TensorFlow's name of the op: `MatMul`.
    fn op_type(&self) -> &'static str;

    /// The shape rule: type and shape of every output, from what is known of the inputs.
    ///
    /// Called while the graph is built, and again with exact shapes when a run is planned; it must
    /// not run a session then.
    ///
    /// # Errors
    /// If the inputs cannot fit; the message should name the lengths at fault.
    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>>;

    /// The kernel: computes the outputs.
    ///
    /// # Errors
    /// If the values are invalid in a way that shapes cannot show, such as an index out of range.
    /// An op that updates variables must not have changed any when it fails; better, it reports the
    /// mistake in [`check`](Op::check).
    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()>;

    /// The gradient rule: adds nodes that compute the gradients with respect to the inputs from
    /// those with respect to the outputs. An input for which nothing is set has none.
    ///
    /// # Errors
    /// If the op has no gradient, which is the default.
    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let _ = cx;
        Err(no_gradient(self.op_type()))
    }

    /// What the op does besides computing its outputs.
    fn effect(&self) -> Effect {
        Effect::Pure
    }

    /// Whether an op that updates variables passes on the value that the first of them had before,
    /// as a value of its own and not as the variable. Such an op must be one that [can
    /// fail](Op::can_fail), so that the variable is not changed in place.
    fn passes_on_old(&self) -> bool {
        false
    }

    /// Fails if an op that updates variables cannot do so with these values. The session asks
    /// before it changes any variable, with exact shapes and the values of the integer inputs.
    /// Other runs can read meanwhile, but none can update.
    ///
    /// # Errors
    /// If the values are invalid in a way that shapes cannot show, such as an index out of range.
    fn check(&self, cx: &InferContext<'_>) -> Result<()> {
        let _ = cx;
        Ok(())
    }

    /// Whether [`compute`](Op::compute) can fail although [`infer`](Op::infer) accepted the exact
    /// shapes and [`check`](Op::check) the values. A session copies variables before it updates
    /// them in a run in which an op may fail after the first update; otherwise it changes them in
    /// place, while no other run can even read. So an op that cannot fail must not panic or use a
    /// session, and must say if it [needs memory](Op::needs_memory). Memory for the variables that
    /// it updates and for its outputs of known shape has then been allocated.
    fn can_fail(&self) -> bool {
        true
    }

    /// Whether [`compute`](Op::compute) asks, given inputs of these shapes and constants, for
    /// memory besides that of its outputs, and so fails if there is none. Asked only of ops that
    /// cannot fail otherwise.
    fn needs_memory(&self, cx: &InferContext<'_>) -> bool {
        let _ = cx;
        false
    }

    /// A new state for a session, of an op whose effect is [`Effect::Stateful`]. It is asked for
    /// when a run is planned.
    fn new_state(&self) -> Option<Box<dyn Any + Send>> {
        None
    }

    /// What a plan can make of the op other than a step that runs its kernel, given inputs of these
    /// shapes and constants; of an op that updates variables, the inputs after these. Asked once
    /// for each plan, and only of nodes whose inputs' shapes are known then.
    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        let _ = cx;
        Fusion::None
    }

    /// Which input the output equals, if any: `x` in `x · 1`. `numbers[i]` is the value of input
    /// `i` if all its elements are that number. Asked only of ops that are
    /// [element-wise](Fusion::Elementwise).
    fn equal_input(&self, numbers: &[Option<Value<'static>>]) -> Option<usize> {
        let _ = numbers;
        None
    }

    /// The attributes `seed` and `seed2`, of an op that draws random numbers.
    fn seeds(&self) -> Option<Seeds> {
        None
    }

    /// The registration of an op that is not in the crate's [table](crate::op::table), such as one
    /// of your own: it is needed to write graphs that hold the op.
    fn definition(&self) -> Option<OpDef> {
        None
    }

    /// The op's attributes, except those that follow from the types and numbers of its inputs and
    /// outputs by the [registration](super::Signature); `None` if the op does not say, so that it
    /// cannot be written to a file. If two pure ops of one Rust type have the same attributes,
    /// inputs and types of outputs, only one of them is computed. By default, an op that holds
    /// nothing has no attributes, and any other does not say.
    fn attributes(&self) -> Option<AttributeList> {
        (size_of_val(self) == 0).then(AttributeList::new)
    }

    /// Whether a run may feed other values than those that the op passes on, as for a placeholder
    /// with a default: then nothing is concluded from these while the graph is built.
    fn may_be_fed(&self) -> bool {
        false
    }

    /// Whether this op stands for a value that every run must feed; if so, what to say when it was
    /// not fed.
    fn must_be_fed(&self) -> Option<String> {
        None
    }
}

/// The op without its type.
///
/// A function that is never inlined is compiled once for each type: programs link what this crate
/// compiled for the types in the rows of its table, and compile no kernel of their own.
#[inline(never)]
pub(crate) fn erased<O: Op>(op: O) -> Arc<dyn Op> {
    Arc::new(op)
}

/// The mistake of asking for a gradient of an op that has none.
pub(crate) fn no_gradient(op_type: &str) -> Error {
    Error::unimplemented(format!("No gradient defined for op {op_type}."))
        .with_help("stop_gradient on the op's result leaves it out of differentiation")
}
