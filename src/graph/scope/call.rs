//! Calls of op functions: [`OpScope`], and what a call made, so that it can be named afterwards.

use std::ops::Range;
use std::panic::Location;
use std::sync::Arc;

use crate::graph::{AnyTensor, Graph, Op, Operation, State, Tensor, erased};
use crate::types::Element;

use super::Entered;
use super::caller::CallFrom;

/// The scope in which an op function builds: gives the op the function's name, and its operands
/// names below it.
#[derive(Debug)]
pub struct OpScope {
    graph: Graph,
    name: Arc<str>,
}

impl OpScope {
    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The scope's full name, such as `layer1/Mean`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds the op that the scope is named after.
    pub fn operation(&self, op: impl Op, inputs: &[AnyTensor]) -> Operation {
        self.operation_of(erased(op), inputs)
    }

    /// As [`operation`](OpScope::operation) for an op whose type is not known.
    pub(crate) fn operation_of(&self, op: Arc<dyn Op>, inputs: &[AnyTensor]) -> Operation {
        let node = self.graph.add_node(Arc::clone(&self.name), op, inputs);
        Operation::new(self.graph.clone(), node)
    }

    /// Adds the op that the scope is named after and returns its first output.
    pub fn tensor<T: Element>(&self, op: impl Op, inputs: &[AnyTensor]) -> Tensor<T> {
        self.operation(op, inputs).output(0)
    }
}

/// The last call of an op function, which [`named`](Tensor::named) can still name.
#[derive(Debug)]
pub(in crate::graph) struct Call {
    /// The name that the call's nodes stand under, if it opened a scope.
    pub(super) prefix: Option<Arc<str>>,
    pub(super) nodes: Range<usize>,
    /// The changes that the call made to the table of names.
    pub(super) names: Range<usize>,
}

/// Where a call began: the number of nodes and of changes to the table of names.
#[derive(Debug)]
struct CallStart {
    nodes: usize,
    names: usize,
}

/// A call of an op function that is under way; the thread's context is restored when it is dropped,
/// come what may.
#[derive(Debug)]
struct OpenCall<'g> {
    graph: &'g Graph,
    start: CallStart,
    prefix: Option<Arc<str>>,
    entered: Entered,
    _from: CallFrom,
}

/// A call under way that opened a scope.
#[derive(Debug)]
struct OpenScope<'g> {
    scope: OpScope,
    _call: OpenCall<'g>,
}

impl Drop for OpenCall<'_> {
    fn drop(&mut self) {
        let mut state = self.graph.state();
        state.leave(&mut self.entered);
        state.end_call(&self.start, self.prefix.take());
    }
}

impl Graph {
    /// Opens the scope of an op function called `name`: its op will have that name (made unique),
    /// and whatever else the function makes will stand below it. Every op function of this crate
    /// builds through this.
    ///
    /// A name with a slash at its end is taken as it is, from the root, as TensorFlow does.
    #[track_caller]
    pub fn op_scope<R>(&self, name: &str, build: impl FnOnce(&OpScope) -> R) -> R {
        self.op_scope_at(name, Location::caller(), build)
    }

    /// As [`op_scope`](Graph::op_scope) for a call that stands in this line.
    pub(crate) fn op_scope_at<R>(
        &self,
        name: &str,
        location: &'static Location<'static>,
        build: impl FnOnce(&OpScope) -> R,
    ) -> R {
        let call = self.open_scope(name, location);
        build(&call.scope)
    }

    /// As [`op_scope`](Graph::op_scope) for a function that makes several ops without a scope
    /// around them.
    #[track_caller]
    pub fn op_call<R>(&self, build: impl FnOnce() -> R) -> R {
        self.op_call_at(Location::caller(), build)
    }

    /// As [`op_call`](Graph::op_call) for a call that stands in this line.
    pub(crate) fn op_call_at<R>(
        &self,
        location: &'static Location<'static>,
        build: impl FnOnce() -> R,
    ) -> R {
        let _call = self.open_call(location);
        build()
    }

    // The two functions above are compiled for every op; what they share is compiled once.

    #[inline(never)]
    fn open_scope(&self, name: &str, location: &'static Location<'static>) -> OpenScope<'_> {
        let from = CallFrom::begin(location);
        let start = self.begin_call(&from);
        let full = match name.strip_suffix('/') {
            Some(absolute) => self.exact_name(absolute),
            None => self.take_name(name),
        };
        let scope = OpScope {
            graph: self.clone(),
            name: Arc::clone(&full),
        };
        OpenScope {
            scope,
            _call: self.enter_call(start, Some(full), from),
        }
    }

    #[inline(never)]
    fn open_call(&self, location: &'static Location<'static>) -> OpenCall<'_> {
        let from = CallFrom::begin(location);
        self.enter_call(self.begin_call(&from), None, from)
    }

    fn enter_call(
        &self,
        start: CallStart,
        prefix: Option<Arc<str>>,
        from: CallFrom,
    ) -> OpenCall<'_> {
        let entered = self.state().enter(|context| {
            if let Some(scope) = &prefix {
                context.scope = Arc::clone(scope);
            }
        });
        OpenCall {
            graph: self,
            start,
            prefix,
            entered,
            _from: from,
        }
    }

    /// Notes where a call begins.
    fn begin_call(&self, from: &CallFrom) -> CallStart {
        let mut state = self.state();
        if from.is_outermost() {
            state.names.forget();
        }
        CallStart {
            nodes: state.nodes.len(),
            names: state.names.changes(),
        }
    }
}

impl State {
    /// Notes what a call made, so that it can be named.
    fn end_call(&mut self, start: &CallStart, prefix: Option<Arc<str>>) {
        let nodes = start.nodes..self.nodes.len();
        let names = start.names..self.names.changes();
        self.last_call = Some(Call {
            prefix,
            nodes,
            names,
        });
    }
}
