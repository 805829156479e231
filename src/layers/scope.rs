//! [`Scope`]: under which name a layer stands, and whether it shares variables.

use crate::graph::Graph;
use crate::types::{Dim, Error, Result, Shape};
use crate::variables::{Reuse, VariableScope};

/// The name that a layer was given and whether it shares variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) name: Option<String>,
    pub(super) reuse: Reuse,
    /// Whether the layer has the scope that is open for its own.
    is_open: bool,
}

impl Scope {
    /// The scope that is open where the layer is made.
    pub(super) fn open_one() -> Scope {
        Scope {
            is_open: true,
            ..Scope::default()
        }
    }

    /// Runs `build` in the scope of a layer of this kind.
    ///
    /// One without a name shares no variables with others, unless it is told to: then it has the
    /// name of its kind.
    #[track_caller]
    pub(super) fn open<R>(&self, graph: &Graph, kind: &str, build: impl FnOnce() -> R) -> R {
        if self.is_open {
            return build();
        }
        let scope = match (&self.name, self.reuse) {
            (Some(name), _) => VariableScope::new(name),
            (None, Reuse::Inherit) => VariableScope::unique(kind),
            (None, _) => VariableScope::new(kind),
        };
        graph.op_call(|| graph.variable_scope(scope.reuse(self.reuse), build))
    }

    /// As [`open`](Scope::open) for a layer that is an object: one of the same name as another is
    /// given a number, unless it is told to share.
    #[track_caller]
    pub(super) fn open_object<R>(&self, graph: &Graph, kind: &str, build: impl FnOnce() -> R) -> R {
        let kind = self.name.as_deref().unwrap_or(kind);
        let unnamed = Scope {
            name: None,
            ..self.clone()
        };
        unnamed.open(graph, kind, build)
    }
}

/// Runs `build` in the scope that a layer's object had in its first call.
#[track_caller]
pub(super) fn reopen<R>(graph: &Graph, first: &VariableScope, build: impl FnOnce() -> R) -> R {
    let again = first.clone().reuse(Reuse::Always).without_name_scope();
    graph.op_call(|| {
        graph.variable_scope(again, || {
            graph.name_scope(first.original_name_scope(), build)
        })
    })
}

/// The rank of what a layer of this kind is given.
///
/// # Errors
/// `InvalidArgument` if it is not known or less than `least`.
pub(super) fn expect_rank(shape: &Shape, kind: &str, least: usize) -> Result<usize> {
    match shape.rank() {
        Some(rank) if rank >= least => Ok(rank),
        Some(rank) => Err(Error::invalid_argument(format!(
            "Input 0 of layer {kind} is incompatible with the layer: : expected min_ndim={least}, found ndim={rank}. \
             Full shape received: {}",
            as_list(shape)
        ))),
        None => Err(Error::invalid_argument(format!(
            "Input 0 of layer {kind} is incompatible with the layer: its rank is undefined, but the layer requires a \
             defined rank."
        ))
        .with_help("tell the shape by set_shape")),
    }
}

/// The lengths as a Python list, as TensorFlow's layers print them: `[2, None]`.
pub(super) fn as_list(shape: &Shape) -> String {
    let length = |dim: &Dim| dim.map_or_else(|| "None".to_string(), |length| length.to_string());
    let lengths: Vec<String> = shape
        .dims()
        .unwrap_or_default()
        .iter()
        .map(length)
        .collect();
    format!("[{}]", lengths.join(", "))
}
