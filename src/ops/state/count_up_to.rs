//! `CountUpTo`: counting with a variable.

use std::marker::PhantomData;

use super::Assignable;
use super::assign::expect_variables;
use crate::graph::{
    Attribute, AttributeList, Effect, InferContext, Kernel, Op, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::expect_rank;
use crate::types::{DType, Error, Integer, Result, WholeNumber};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "CountUpTo(ref: Ref(T)) -> (output: T); limit: int; \
        T in index",
    T: index, |node| CountUpTo::<T>::new(node.attribute("limit")?)
)];

/// The number in the variable `reference`, which is 1 larger afterwards, as `tf.count_up_to`
/// counts: an error once the variable has reached `limit`.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let epoch = graph.variable_with(0i32, tf::VariableOptions::new().local()).named("epoch");
/// let next = tf::count_up_to(&epoch, 2);
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.local_variables_initializer(), [])?;
/// assert_eq!(session.run(next.scalar(), [])?, 0);
/// assert_eq!(session.run(next.scalar(), [])?, 1);
/// assert!(matches!(session.run(next.scalar(), []), Err(tf::Error::OutOfRange(_))));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `OutOfRange` when run while the variable is `limit` or more; the variable keeps its value then.
/// `InvalidArgument` if `reference` is not a variable, is not a scalar, or cannot reach `limit`, as
/// an `int32` variable cannot reach 2³¹; `FailedPrecondition` when run before the variable has a
/// value.
#[track_caller]
pub fn count_up_to<T: Integer>(
    reference: impl Assignable<T>,
    limit: impl WholeNumber,
) -> Tensor<T> {
    let variable = reference.reference();
    let op = CountUpTo::<T>::new(limit.to_i64());
    let graph = variable.graph();
    graph.op_scope("CountUpTo", |scope| scope.tensor(op, &[variable.any()]))
}

#[derive(Debug)]
struct CountUpTo<T> {
    limit: i64,
    element: PhantomData<fn() -> T>,
}

impl<T> CountUpTo<T> {
    fn new(limit: i64) -> Self {
        CountUpTo {
            limit,
            element: PhantomData,
        }
    }
}

impl<T: Integer> Op for CountUpTo<T> {
    fn op_type(&self) -> &'static str {
        "CountUpTo"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_variables(cx, 1)?;
        expect_rank(cx, cx.shape(0), 0)?;
        if T::DTYPE == DType::Int32 && i32::try_from(self.limit).is_err() {
            return Err(Error::invalid_argument(format!(
                "Attr limit has value {} out of range for an int32",
                self.limit
            ))
            .with_help("count with a variable of type int64, or up to a smaller limit"));
        }
        Ok(vec![TensorInfo::new(T::DTYPE, [])])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let mut count = cx.refs[0].view_mut::<T>()?;
        match count.first_mut() {
            Some(count) if count.to_i64() < self.limit => *count = count.plus(T::ONE),
            _ => {
                let message = format!("Reached limit of {}", self.limit);
                return Err(Error::out_of_range(message));
            }
        }
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: 1,
            reads: true,
            checks: false,
        }
    }

    fn passes_on_old(&self) -> bool {
        true
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(vec![("limit", Attribute::Int(self.limit))])
    }
}
