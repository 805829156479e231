//! [`Conditions`]: what belongs to nodes besides what they read.
//!
//! TensorFlow writes these as nodes where shapes are not known while the graph is built, or leaves
//! them out. Here they are kept with the nodes that they are about, so that a graph has the same
//! nodes whatever is known of its shapes.

use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::types::{Result, Shape};

use super::{AnyTensor, Graph, InferContext, Kernel, Op, Output, Tensor, TensorInfo};

/// What belongs to all nodes that are made in one block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    /// Which shapes these nodes are right for.
    pub(crate) requirements: Vec<Arc<Requirement>>,
    /// The branch that these nodes are in, if they are in one.
    pub(crate) branch: Option<Branch>,
}

/// Shapes that must fit each other.
#[derive(Debug)]
pub(crate) struct Requirement {
    pub(crate) tensors: SmallVec<[Output; 2]>,
    pub(crate) check: Arc<dyn Op>,
}

/// One of two ways to compute something, both of which are computed: a run takes the result of the
/// one that a scalar names.
///
/// No gradient flows back through the one that is not taken. It is computed all the same and may be
/// NaN, so a factor of 0 would not do: 0 times NaN is NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Branch {
    /// The scalar, a `bool`.
    pub(crate) condition: Output,
    /// What the scalar is where this branch is taken.
    pub(crate) taken_if: bool,
}

impl Graph {
    /// Requires of every run of the nodes that `build` makes, and of their gradients, that `rule`
    /// accepts the shapes of `tensors`.
    ///
    /// A rule is asked when a run is planned, and again while it runs if shapes are not known
    /// before; it accepts what may fit. Where all shapes are known already there is nothing to ask:
    /// a builder refuses these itself.
    #[track_caller]
    pub(crate) fn require_shapes<R>(
        &self,
        tensors: &[AnyTensor],
        rule: impl Fn(&[&Shape]) -> Result<()> + Send + Sync + 'static,
        build: impl FnOnce() -> R,
    ) -> R {
        let is_settled = tensors.iter().all(|tensor| tensor.shape().is_known());
        // A tensor of another graph is a mistake, which the nodes that read it tell.
        if is_settled || tensors.iter().any(|tensor| tensor.graph() != self) {
            return build();
        }
        let requirement = Arc::new(Requirement {
            tensors: tensors.iter().map(AnyTensor::output).collect(),
            check: Arc::new(ShapeCheck(Box::new(rule))),
        });
        self.with_conditions(|all| all.requirements.push(requirement), build)
    }

    /// Puts the nodes that `build` makes in the branch that is taken where `condition`, a scalar,
    /// is `taken_if`.
    #[track_caller]
    pub(crate) fn in_branch<R>(
        &self,
        condition: &Tensor<bool>,
        taken_if: bool,
        build: impl FnOnce() -> R,
    ) -> R {
        let condition = condition.output();
        let branch = Branch {
            condition,
            taken_if,
        };
        self.with_conditions(|all| all.branch = Some(branch), build)
    }

    #[track_caller]
    fn with_conditions<R>(
        &self,
        add: impl FnOnce(&mut Conditions),
        build: impl FnOnce() -> R,
    ) -> R {
        let around = self.state().conditions();
        let mut conditions = around
            .map(|all| Conditions::clone(&all))
            .unwrap_or_default();
        add(&mut conditions);
        self.under(Some(Arc::new(conditions)), build)
    }
}

/// An op without results that fails where shapes do not fit.
struct ShapeCheck(Box<Rule>);

type Rule = dyn Fn(&[&Shape]) -> Result<()> + Send + Sync;

impl fmt::Debug for ShapeCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShapeCheck")
    }
}

impl Op for ShapeCheck {
    fn op_type(&self) -> &'static str {
        "ShapeCheck"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shapes: SmallVec<[&Shape; 2]> = cx.inputs().iter().map(|info| &info.shape).collect();
        (self.0)(&shapes)?;
        Ok(Vec::new())
    }

    fn compute(&self, _: &mut Kernel<'_, '_>) -> Result<()> {
        Ok(())
    }
}
