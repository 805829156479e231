//! Adding nodes: name scopes, control dependencies, and [`OpScope`], through which every op function builds.
//!
//! Scopes belong to the thread that opened them, so threads may build one graph together.

use std::collections::HashSet;
use std::ops::Range;
use std::panic::Location;
use std::sync::Arc;

use crate::types::{Error, Result, Value};

use super::context::{InferContext, Inputs, Kernel};
use super::names::{is_node_name, is_scope_name};
use super::{
    AnyTensor, Effect, Graph, Node, NodeId, Op, Operation, Output, State, Tensor, TensorInfo,
};

/// Integer tensors of at most this many elements are computed while the graph is built, to know shapes from them.
const FOLD_LIMIT: usize = 256;

/// What a thread is in the midst of building.
#[derive(Debug, Default)]
pub(super) struct BuildContext {
    /// The name scope, without a slash at its end; empty at the root.
    scope: String,
    /// The control dependencies in force, outermost first.
    controls: Vec<ControlFrame>,
    /// The user's line, while one of this crate's functions builds.
    location: Option<&'static Location<'static>>,
}

/// One `control_dependencies` block.
#[derive(Debug, Default)]
struct ControlFrame {
    inputs: Vec<NodeId>,
    /// The nodes made inside, which carry the dependencies already.
    made: HashSet<NodeId>,
    /// Whether this block cancels those around it.
    clears: bool,
}

/// The last call of an op function, which [`named`](Tensor::named) can still name.
#[derive(Debug)]
pub(super) struct Call {
    /// The name that the call's nodes stand under, if it opened a scope.
    prefix: Option<String>,
    nodes: Range<usize>,
    /// The changes that the call made to the table of names.
    names: Range<usize>,
}

/// Where a call began: the number of nodes and of changes to the table of names.
#[derive(Debug)]
struct CallStart {
    nodes: usize,
    names: usize,
}

/// What a thread's context was before a scope was entered.
#[derive(Debug)]
struct Entered {
    scope: String,
    controls: usize,
    location: Option<&'static Location<'static>>,
}

/// A call of an op function that is under way; the thread's context is restored when it is dropped, come what may.
#[derive(Debug)]
struct OpenCall<'g> {
    graph: &'g Graph,
    start: CallStart,
    prefix: Option<String>,
    entered: Entered,
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

/// What can be waited for: an operation, tensor or variable.
pub trait ControlInput {
    /// The operation to wait for.
    fn operation(&self) -> Operation;
}

/// The scope in which an op function builds: gives the op the function's name, and its operands names below it.
#[derive(Debug)]
pub struct OpScope {
    graph: Graph,
    name: String,
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
        let node = self.graph.add_node(self.name.clone(), Arc::new(op), inputs);
        Operation::new(self.graph.clone(), node)
    }

    /// Adds the op that the scope is named after and returns its first output.
    pub fn tensor<T: crate::types::Element>(&self, op: impl Op, inputs: &[AnyTensor]) -> Tensor<T> {
        self.operation(op, inputs).output(0)
    }
}

impl Graph {
    /// Puts what `build` makes under the name scope `name`, as `tf.name_scope` does; `build` is given the scope's full
    /// name with a slash at its end.
    ///
    /// A name with a slash at its end enters that scope again, as it is; the empty name goes to the root.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let c = graph.name_scope("outer", |_| graph.constant(1.0f32).named("c"));
    /// assert_eq!(c.name(), "outer/c:0");
    /// let again = graph.name_scope("outer", |scope| scope.to_string());
    /// assert_eq!(again, "outer_1/");
    /// ```
    #[track_caller]
    pub fn name_scope<R>(&self, name: &str, build: impl FnOnce(&str) -> R) -> R {
        let location = Location::caller();
        let scope = if name.is_empty() {
            String::new()
        } else if let Some(absolute) = name.strip_suffix('/') {
            absolute.to_string()
        } else if self.valid_scope(name) {
            self.unique_name(name)
        } else {
            let message = format!("'{name}' is not a valid scope name");
            self.record_error(Error::invalid_argument(message).at_location(location));
            self.current_scope()
        };
        let shown = if scope.is_empty() {
            String::new()
        } else {
            format!("{scope}/")
        };
        self.within(|context| context.scope = scope, || build(&shown))
    }

    /// Makes the ops that `build` makes run after `inputs`, as `tf.control_dependencies` does.
    pub fn control_dependencies<R>(
        &self,
        inputs: &[&dyn ControlInput],
        build: impl FnOnce() -> R,
    ) -> R {
        let inputs = inputs
            .iter()
            .map(|input| input.operation().node())
            .collect();
        let frame = ControlFrame {
            inputs,
            ..Default::default()
        };
        self.within(|context| context.controls.push(frame), build)
    }

    /// Lifts all control dependencies in force for what `build` makes, as `tf.control_dependencies(None)` does.
    pub fn clear_control_dependencies<R>(&self, build: impl FnOnce() -> R) -> R {
        let frame = ControlFrame {
            clears: true,
            ..Default::default()
        };
        self.within(|context| context.controls.push(frame), build)
    }

    /// Opens the scope of an op function called `name`: its op will have that name (made unique), and what the
    /// function makes besides will stand below it. Every op function of this crate builds through this.
    ///
    /// A name with a slash at its end is taken as it is, from the root, as TensorFlow does.
    #[track_caller]
    pub fn op_scope<R>(&self, name: &str, build: impl FnOnce(&OpScope) -> R) -> R {
        let call = self.open_scope(name, Location::caller());
        build(&call.scope)
    }

    /// As [`op_scope`](Graph::op_scope) for a function that makes several ops without a scope around them.
    #[track_caller]
    pub fn op_call<R>(&self, build: impl FnOnce() -> R) -> R {
        let _call = self.open_call(Location::caller());
        build()
    }

    // The two functions above are compiled for every op; what they share is compiled once.

    #[inline(never)]
    fn open_scope(&self, name: &str, location: &'static Location<'static>) -> OpenScope<'_> {
        let start = self.begin_call();
        let full = match name.strip_suffix('/') {
            Some(absolute) => self.exact_name(absolute),
            None => self.unique_name(name),
        };
        let scope = OpScope {
            graph: self.clone(),
            name: full.clone(),
        };
        OpenScope {
            scope,
            _call: self.enter_call(start, Some(full), location),
        }
    }

    #[inline(never)]
    fn open_call(&self, location: &'static Location<'static>) -> OpenCall<'_> {
        self.enter_call(self.begin_call(), None, location)
    }

    fn enter_call(
        &self,
        start: CallStart,
        prefix: Option<String>,
        location: &'static Location<'static>,
    ) -> OpenCall<'_> {
        let entered = self.state().enter(|context| {
            if let Some(scope) = &prefix {
                context.scope.clone_from(scope);
            }
            context.location.get_or_insert(location);
        });
        OpenCall {
            graph: self,
            start,
            prefix,
            entered,
        }
    }

    /// Runs `build` outside of all name scopes, control dependencies lifted.
    pub(crate) fn at_root<R>(&self, build: impl FnOnce() -> R) -> R {
        let enter = |context: &mut BuildContext| {
            context.scope.clear();
            context.controls.push(ControlFrame {
                clears: true,
                ..Default::default()
            });
        };
        self.within(enter, build)
    }

    /// A name not used before, from `name` under the current scope.
    pub(crate) fn unique_name(&self, name: &str) -> String {
        let mut state = self.state();
        let scope = state.context().map_or("", |context| context.scope.as_str());
        let wanted = if scope.is_empty() {
            name.to_string()
        } else {
            format!("{scope}/{name}")
        };
        state.names.unique(&wanted)
    }

    /// The name `wanted` itself, unless a node has it already.
    fn exact_name(&self, wanted: &str) -> String {
        self.state().exact_name(wanted)
    }

    /// The name scope that this thread builds in, without a slash at its end.
    pub(crate) fn current_scope(&self) -> String {
        self.state()
            .context()
            .map_or_else(String::new, |context| context.scope.clone())
    }

    fn valid_scope(&self, name: &str) -> bool {
        if self.current_scope().is_empty() {
            is_node_name(name)
        } else {
            is_scope_name(name)
        }
    }

    /// Runs `build` in this thread's context as changed by `enter`, and restores it afterwards, come what may.
    fn within<R>(&self, enter: impl FnOnce(&mut BuildContext), build: impl FnOnce() -> R) -> R {
        struct Restore<'g>(&'g Graph, Entered);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.state().leave(&mut self.1);
            }
        }
        let entered = self.state().enter(enter);
        let _restore = Restore(self, entered);
        build()
    }

    /// Notes where a call begins.
    fn begin_call(&self) -> CallStart {
        let mut state = self.state();
        let outermost = state
            .context()
            .is_none_or(|context| context.location.is_none());
        if outermost {
            state.names.forget();
        }
        CallStart {
            nodes: state.nodes.len(),
            names: state.names.changes(),
        }
    }

    /// Adds a node with exactly this name.
    #[track_caller]
    pub(crate) fn add_node(&self, name: String, op: Arc<dyn Op>, inputs: &[AnyTensor]) -> NodeId {
        let caller = Location::caller();
        // Looks at the other graph before this one is locked.
        let stranger = inputs
            .iter()
            .find(|input| input.graph() != self)
            .map(other_graph);
        let inputs: Vec<Output> = match &stranger {
            None => inputs.iter().map(AnyTensor::output).collect(),
            Some(_) => Vec::new(),
        };
        let mut state = self.state();
        let location = state
            .context()
            .and_then(|context| context.location)
            .unwrap_or(caller);
        let cause = inputs
            .iter()
            .find_map(|input| state.nodes[input.node.index()].failure);
        let outcome = match (stranger, cause) {
            _ if !is_node_name(&name) => Err(Error::invalid_argument(format!(
                "'{name}' is not a valid node name"
            ))),
            _ if state.finalized => Err(Error::failed_precondition(
                "Graph is finalized and cannot be modified.",
            )),
            (Some(stranger), _) => Err(stranger),
            (None, Some(_)) => Ok(Vec::new()),
            (None, None) => state.infer(op.as_ref(), &inputs),
        };
        let node = NodeId::from_index(state.nodes.len());
        let (outputs, failure) = match outcome {
            Ok(outputs) => (outputs, cause),
            Err(error) => (Vec::new(), Some(state.record(error, Some(node)))),
        };
        let control_inputs = state.control_inputs(&inputs);
        state.insert(Node {
            name,
            op,
            inputs,
            control_inputs,
            outputs,
            failure,
            location,
        })
    }

    /// Gives the function call that made `node` another name, as if TensorFlow's `name=` argument had been given.
    #[track_caller]
    pub(super) fn rename(&self, node: NodeId, wanted: &str) {
        let location = Location::caller();
        if !is_node_name(wanted) {
            let error = Error::invalid_argument(format!("'{wanted}' is not a valid node name"));
            self.state().record(error.at_location(location), Some(node));
            return;
        }
        self.state().rename(node, wanted);
    }
}

fn other_graph(stranger: &AnyTensor) -> Error {
    Error::invalid_argument(format!(
        "{stranger} must be from the same graph as the other operands."
    ))
    .with_help("build all operands of an expression with one Graph")
}

impl State {
    fn context(&self) -> Option<&BuildContext> {
        self.building.get(&std::thread::current().id())
    }

    fn enter(&mut self, change: impl FnOnce(&mut BuildContext)) -> Entered {
        let context = self
            .building
            .entry(std::thread::current().id())
            .or_default();
        let entered = Entered {
            scope: context.scope.clone(),
            controls: context.controls.len(),
            location: context.location,
        };
        change(context);
        entered
    }

    /// Notes what a call made, so that it can be named.
    fn end_call(&mut self, start: &CallStart, prefix: Option<String>) {
        let nodes = start.nodes..self.nodes.len();
        let names = start.names..self.names.changes();
        self.last_call = Some(Call {
            prefix,
            nodes,
            names,
        });
    }

    fn leave(&mut self, entered: &mut Entered) {
        let thread = std::thread::current().id();
        let Some(context) = self.building.get_mut(&thread) else {
            return;
        };
        context.scope = std::mem::take(&mut entered.scope);
        context.controls.truncate(entered.controls);
        context.location = entered.location;
        let at_root =
            context.scope.is_empty() && context.controls.is_empty() && context.location.is_none();
        if at_root {
            self.building.remove(&thread);
        }
    }

    fn insert(&mut self, node: Node) -> NodeId {
        let id = NodeId::from_index(self.nodes.len());
        self.by_name.insert(node.name.clone(), id);
        self.nodes.push(node);
        if let Some(context) = self.building.get_mut(&std::thread::current().id()) {
            for frame in &mut context.controls {
                frame.made.insert(id);
            }
        }
        id
    }

    /// Runs the shape rule, and the kernel itself where that tells the values of small integer tensors.
    fn infer(&self, op: &dyn Op, inputs: &[Output]) -> Result<Vec<TensorInfo>> {
        let infos: Vec<TensorInfo> = inputs
            .iter()
            .map(|input| self.nodes[input.node.index()].outputs[input.index].clone())
            .collect();
        infer_with_values(op, &infos)
    }

    /// The nodes that a node with these inputs must wait for: those in force that no input waits for already.
    fn control_inputs(&self, inputs: &[Output]) -> Vec<NodeId> {
        let controls = self.context().map_or(&[][..], |context| &context.controls);
        let start = controls.iter().rposition(|frame| frame.clears).unwrap_or(0);
        let mut result: Vec<NodeId> = Vec::new();
        for frame in &controls[start..] {
            let carried = inputs.iter().any(|input| frame.made.contains(&input.node));
            for control in frame.inputs.iter().filter(|_| !carried) {
                let direct = inputs.iter().any(|input| input.node == *control);
                if !direct && !result.contains(control) {
                    result.push(*control);
                }
            }
        }
        result
    }

    fn exact_name(&mut self, wanted: &str) -> String {
        if self.by_name.contains_key(wanted) {
            return self.names.unique(wanted);
        }
        self.names.take(wanted);
        wanted.to_string()
    }

    fn rename(&mut self, node: NodeId, wanted: &str) {
        let own_name = self.nodes[node.index()].name.clone();
        let call = self
            .last_call
            .take()
            .filter(|call| call.nodes.contains(&node.index()));
        let (prefix, nodes) = match call {
            Some(call) => {
                let prefix = call.prefix.unwrap_or(own_name);
                self.names.rewind(call.names, &prefix);
                (prefix, call.nodes)
            }
            None => (own_name, node.index()..node.index() + 1),
        };
        let new_prefix = match wanted.strip_suffix('/') {
            Some(absolute) => absolute.to_string(),
            None => {
                let parent = prefix.rfind('/').map_or("", |slash| &prefix[..=slash]);
                self.names.unique(&format!("{parent}{wanted}"))
            }
        };
        let echo = format!("/{}", own_part(&prefix));
        for index in nodes {
            let name = self.nodes[index].name.clone();
            self.by_name.remove(&name);
            let renamed = match name.strip_prefix(&prefix) {
                Some("") => new_prefix.clone(),
                // An op below the scope that is called the same is one that TensorFlow passes its `name=` on to.
                Some(rest) if rest == echo => format!("{new_prefix}/{wanted}"),
                Some(rest) if rest.starts_with('/') => format!("{new_prefix}{rest}"),
                _ => name,
            };
            let renamed = self.exact_name(&renamed);
            self.by_name
                .insert(renamed.clone(), NodeId::from_index(index));
            self.nodes[index].name = renamed;
        }
    }
}

/// What an op function calls itself, given the name that was made of it: `Add` of `layer1/Add_2`.
fn own_part(name: &str) -> &str {
    let own = name.rsplit('/').next().unwrap_or(name);
    match own.rsplit_once('_') {
        Some((stem, number))
            if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            stem
        }
        _ => own,
    }
}

/// What an op's outputs are, including the values of small integer tensors that its inputs' known values determine.
pub(crate) fn infer_with_values(op: &dyn Op, inputs: &[TensorInfo]) -> Result<Vec<TensorInfo>> {
    let mut outputs = op.infer(&InferContext::new(inputs))?;
    // As in TensorFlow, a value may be known although the shape rule leaves its length open.
    let worth_it = |info: &TensorInfo| {
        info.dtype.is_integer() && info.shape.size().is_none_or(|size| size <= FOLD_LIMIT)
    };
    let is_small = |value: &Value<'_>| value.shape().iter().product::<usize>() <= FOLD_LIMIT;
    let foldable = op.effect() == Effect::Pure
        && !inputs.is_empty()
        && !outputs.is_empty()
        && inputs
            .iter()
            .all(|input| input.constant.as_ref().is_some_and(is_small))
        && outputs.iter().all(worth_it);
    if foldable {
        let values: Vec<_> = inputs
            .iter()
            .flat_map(|input| input.constant.clone())
            .collect();
        let mut kernel = Kernel::new(Inputs::new(&values), outputs.len(), &mut [], None);
        // A kernel that fails on these values will say so when it is run.
        if op.compute(&mut kernel).is_ok() {
            for (info, value) in outputs.iter_mut().zip(kernel.outputs.into_values()) {
                info.constant = value.filter(is_small).map(|value| value.to_owned_value());
            }
        }
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use crate::Graph;

    #[test]
    fn calls_within_a_call_can_be_named() {
        let graph = Graph::new();
        let sum = graph.op_call(|| {
            let variable = graph.variable(1.0f32).named("power");
            assert_eq!(
                variable.any().initial_value().name(),
                "power/initial_value:0"
            );
            variable.value() + 1.0
        });
        assert_eq!(sum.named("total").op().inputs()[1].name(), "total/y:0");
        assert_eq!(graph.variable(1.0f32).name(), "Variable:0");
    }

    #[test]
    fn a_name_with_a_slash_at_its_end_is_taken_as_it_is() {
        let graph = Graph::new();
        let names = graph.name_scope("train", |_| {
            graph.name_scope("Adam", |scope| {
                let one = graph.constant(1.0f32).named("y");
                (one.name(), (one + 2.0).named(scope).op())
            })
        });
        assert_eq!(
            (names.0.as_str(), names.1.name().as_str()),
            ("train/Adam/y:0", "train/Adam")
        );
        assert_eq!(names.1.inputs()[1].name(), "train/Adam/y_1:0");
    }
}
