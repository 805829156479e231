//! Reverse-mode differentiation: [`gradients`] adds nodes that compute derivatives to the graph.
//!
//! The graph is walked backwards from the `ys`. An operation is visited once the gradients with respect to all of its
//! outputs have arrived; what arrived for one output is summed, and the op's own rule ([`Op::gradient`]) turns it into
//! gradients with respect to the inputs. As the rules add ordinary nodes, gradients have gradients.
//!
//! Which nodes are visited in which order, and how all is named, follows TensorFlow 1.15's `gradients_util.py`.
//!
//! [`Op::gradient`]: crate::op::Op::gradient

use std::collections::{HashMap, HashSet, VecDeque};

use crate::graph::{
    AnyTensor, Gradient, GradientContext, Graph, IndexedSlices, NodeId, Output, Tensor,
};
use crate::ops::array::{
    concat_any, densify, densify_named, fill, identity_any, shape, zeros_like, zeros_like_at_run,
};
use crate::ops::control::tuple;
use crate::ops::math::{add_n, cast};
use crate::types::{DType, Element, Error, Numeric, Result, with_dtype, with_numeric};

/// The derivatives of `ys`, or of the sum of all their elements, with respect to each of `xs`, as `tf.gradients` makes them.
///
/// `xs` is a tensor or variable, or an array, slice or vector of them; the result has the same form.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", []);
/// let y = &x * &x * &x;
/// let dy = tf::gradients(&y, &x); // 3x²
/// let d2y = tf::gradients(&dy, &x); // 6x
/// let session = tf::Session::new(&graph)?;
/// let slopes: (f32, f32) = session.run((dy.scalar(), d2y.scalar()), [x.feed(2.0)])?;
/// assert_eq!(slopes, (12.0, 12.0));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// Where there is no path from `ys` back to one of `xs`, the tensor returned for it stands for that mistake;
/// [`gradients_with`] tells such an `x` by `None` instead. `Unimplemented` if an op on the way has no gradient.
#[track_caller]
pub fn gradients<Y: GradientSources, X: GradientTargets>(ys: Y, xs: X) -> X::Output {
    let (ys, targets) = (ys.sources(), xs.targets());
    let found = gradients_with(&ys, &targets, Gradients::new());
    let graph = crate::graph::graph_of(
        &ys.iter()
            .map(|y| Some(y.graph().clone()))
            .collect::<Vec<_>>(),
    );
    graph.op_call(|| {
        let tensors = targets
            .iter()
            .zip(found)
            .map(|(x, gradient)| match gradient {
                Some(Gradient::Dense(tensor)) => tensor,
                Some(Gradient::Sparse(slices)) => densify(&slices),
                None => no_path(&graph, &ys, x),
            });
        xs.collect(tensors.collect())
    })
}

/// As [`gradients`], with options, for tensors of any types; `None` for an `x` on which no `y` depends smoothly, and rows
/// instead of a whole tensor where an op such as [`gather`](crate::gather()) gives these.
///
/// # Errors
/// As [`gradients`]; and `InvalidArgument` if the number of `grad_ys` is not that of `ys`.
#[track_caller]
pub fn gradients_with(
    ys: &[AnyTensor],
    xs: &[AnyTensor],
    options: Gradients,
) -> Vec<Option<Gradient>> {
    let graph = crate::graph::graph_of(
        &ys.iter()
            .chain(xs)
            .map(|t| Some(t.graph().clone()))
            .collect::<Vec<_>>(),
    );
    graph.op_scope("gradients", |_| {
        match differentiate(&graph, ys, xs, &options) {
            Ok(found) => found,
            Err(error) => {
                let failed = graph.failed::<f32>("gradients", error);
                xs.iter()
                    .map(|x| Some(Gradient::Dense(failed_as(&failed, x.dtype()))))
                    .collect()
            }
        }
    })
}

/// The options of [`gradients_with`].
#[derive(Clone, Debug, Default)]
pub struct Gradients {
    grad_ys: Vec<Option<AnyTensor>>,
    stop_gradients: Vec<AnyTensor>,
    unconnected_zero: bool,
    gated: bool,
}

impl Gradients {
    /// Gradients of the sum of all elements of the `ys`, through everything.
    pub fn new() -> Self {
        Gradients::default()
    }

    /// Weights the elements of the `ys`: one tensor for each of them, of its shape, or `None` for ones.
    pub fn grad_ys<G: Into<Option<AnyTensor>>>(
        mut self,
        grad_ys: impl IntoIterator<Item = G>,
    ) -> Self {
        self.grad_ys = grad_ys.into_iter().map(Into::into).collect();
        self
    }

    /// Takes these tensors as constants.
    pub fn stop_gradients(mut self, tensors: impl IntoIterator<Item = AnyTensor>) -> Self {
        self.stop_gradients = tensors.into_iter().collect();
        self
    }

    /// Gives zeros for an `x` on which no `y` depends.
    pub fn unconnected_zero(mut self) -> Self {
        self.unconnected_zero = true;
        self
    }

    /// Computes all gradients of an op before any of them is used, as TensorFlow's optimizers do (`GATE_OP`).
    pub(crate) fn gated(mut self) -> Self {
        self.gated = true;
        self
    }
}

impl Gradient {
    /// The gradient as a tensor of the whole shape.
    ///
    /// # Errors
    /// A gradient of another type than `T` becomes a tensor that stands for that mistake.
    #[track_caller]
    pub fn dense<T: Element>(&self) -> Tensor<T> {
        match self {
            Gradient::Dense(tensor) => tensor.assume(),
            Gradient::Sparse(slices) => densify(slices).assume(),
        }
    }
}

/// What gradients can be taken of: a tensor, or an array, slice or vector of tensors.
pub trait GradientSources {
    /// The tensors.
    fn sources(&self) -> Vec<AnyTensor>;
}

/// What gradients can be taken with respect to: a tensor or variable, or an array, slice or vector of them.
pub trait GradientTargets {
    /// The gradients.
    type Output;

    /// The tensors.
    fn targets(&self) -> Vec<AnyTensor>;

    /// The typed gradients of each of [`targets`](GradientTargets::targets).
    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output;
}

impl<T: Element> GradientSources for Tensor<T> {
    fn sources(&self) -> Vec<AnyTensor> {
        vec![self.any()]
    }
}

impl<S: GradientSources + ?Sized> GradientSources for &S {
    fn sources(&self) -> Vec<AnyTensor> {
        (**self).sources()
    }
}

impl<S: GradientSources> GradientSources for [S] {
    fn sources(&self) -> Vec<AnyTensor> {
        self.iter().flat_map(S::sources).collect()
    }
}

impl<S: GradientSources, const N: usize> GradientSources for [S; N] {
    fn sources(&self) -> Vec<AnyTensor> {
        self.as_slice().sources()
    }
}

impl<S: GradientSources> GradientSources for Vec<S> {
    fn sources(&self) -> Vec<AnyTensor> {
        self.as_slice().sources()
    }
}

impl<T: Element> GradientTargets for Tensor<T> {
    type Output = Tensor<T>;

    fn targets(&self) -> Vec<AnyTensor> {
        vec![self.any()]
    }

    #[track_caller]
    fn collect(&self, gradients: Vec<AnyTensor>) -> Tensor<T> {
        gradients[0].assume()
    }
}

impl<X: GradientTargets + ?Sized> GradientTargets for &X {
    type Output = X::Output;

    fn targets(&self) -> Vec<AnyTensor> {
        (**self).targets()
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output {
        (**self).collect(gradients)
    }
}

impl<X: GradientTargets> GradientTargets for [X] {
    type Output = Vec<X::Output>;

    fn targets(&self) -> Vec<AnyTensor> {
        self.iter().flat_map(X::targets).collect()
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output {
        let mut gradients = gradients.into_iter();
        self.iter()
            .map(|x| x.collect(gradients.by_ref().take(x.targets().len()).collect()))
            .collect()
    }
}

impl<X: GradientTargets, const N: usize> GradientTargets for [X; N] {
    type Output = [X::Output; N];

    fn targets(&self) -> Vec<AnyTensor> {
        self.as_slice().targets()
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output {
        let mut collected = self.as_slice().collect(gradients).into_iter();
        std::array::from_fn(|_| {
            collected
                .next()
                .expect("a slice gives as many gradients as it has elements")
        })
    }
}

impl<X: GradientTargets> GradientTargets for Vec<X> {
    type Output = Vec<X::Output>;

    fn targets(&self) -> Vec<AnyTensor> {
        self.as_slice().targets()
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> Self::Output {
        self.as_slice().collect(gradients)
    }
}

#[track_caller]
fn no_path(graph: &Graph, ys: &[AnyTensor], x: &AnyTensor) -> AnyTensor {
    let names = ys
        .iter()
        .map(AnyTensor::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let error = Error::invalid_argument(format!(
        "There is no gradient path from {names} back to {x}."
    ))
    .with_help("check that the result depends on it through ops that have gradients");
    failed_as(&graph.failed::<f32>("gradients", error), x.dtype())
}

/// A handle on a failed node with the type that is wanted of it.
fn failed_as(failed: &Tensor<f32>, dtype: DType) -> AnyTensor {
    AnyTensor::new(failed.graph().clone(), failed.output(), dtype)
}

/// Only tensors of floating type have gradients.
fn is_trainable(dtype: DType) -> bool {
    dtype.is_floating()
}

#[track_caller]
fn differentiate(
    graph: &Graph,
    ys: &[AnyTensor],
    xs: &[AnyTensor],
    options: &Gradients,
) -> Result<Vec<Option<Gradient>>> {
    if let Some(stranger) = ys.iter().chain(xs).find(|tensor| tensor.graph() != graph) {
        let message = format!("{stranger} must be from the same graph as {}.", ys[0]);
        return Err(Error::invalid_argument(message));
    }
    // TensorFlow takes this name for a mark of its own.
    graph.unique_name("uid");
    let mut walk = Walk::new(graph, ys, xs, options);
    for (y, grad_y) in ys
        .iter()
        .zip(initial_gradients(graph, ys, &options.grad_ys)?)
    {
        walk.add(y.output(), Gradient::Dense(grad_y));
    }
    walk.run()?;
    xs.iter()
        .map(|x| match walk.result(x.output())? {
            None if options.unconnected_zero => Ok(Some(Gradient::Dense(
                with_dtype!(x.dtype(), T => zeros_like(x.assume::<T>()).any()),
            ))),
            found => Ok(found),
        })
        .collect()
}

/// The gradient with respect to each of `ys` that the walk starts with: what was given, else ones.
#[track_caller]
fn initial_gradients(
    graph: &Graph,
    ys: &[AnyTensor],
    grad_ys: &[Option<AnyTensor>],
) -> Result<Vec<AnyTensor>> {
    if !grad_ys.is_empty() && grad_ys.len() != ys.len() {
        return Err(Error::invalid_argument(format!(
            "Passed {} grad_ys for {} ys",
            grad_ys.len(),
            ys.len()
        )));
    }
    let given = |i: usize| grad_ys.get(i).and_then(Option::as_ref);
    ys.iter()
        .enumerate()
        .map(|(i, y)| initial_gradient(graph, y, given(i), &format!("grad_ys_{i}")))
        .collect()
}

#[track_caller]
fn initial_gradient(
    graph: &Graph,
    y: &AnyTensor,
    given: Option<&AnyTensor>,
    name: &str,
) -> Result<AnyTensor> {
    let is_number = |dtype: DType| dtype.is_floating() || dtype.is_integer();
    match given {
        Some(given) if is_number(y.dtype()) && !is_number(given.dtype()) => {
            Err(Error::invalid_argument(format!(
                "Gradient type {} generated for real or integer-valued tensor {y} with type {} must be real or integer",
                given.dtype(),
                y.dtype()
            )))
        }
        Some(given) => Ok(graph.op_scope(name, |scope| identity_any(scope, given))),
        None => with_numeric!(y.dtype(), T => {
            let dims = shape(y.assume::<T>());
            let one = graph.constant_named(name, ndarray::arr0(<T as Numeric>::ONE).into_dyn());
            Ok(fill(dims, one).any())
        }, Err(Error::invalid_argument(format!(
            "Tensor {y} with type {} must be numeric to obtain a default gradient",
            y.dtype()
        )))),
    }
}

/// What the walk needs of a node.
struct Visited {
    name: String,
    inputs: Vec<Output>,
    dtypes: Vec<DType>,
}

/// The state of the walk backwards.
struct Walk<'g> {
    graph: &'g Graph,
    gated: bool,
    /// The operations of the `ys`.
    roots: Vec<NodeId>,
    /// The nodes that lie on paths from `xs` to `ys` or before, with how many of their consumers have not been visited.
    pending: HashMap<NodeId, usize>,
    /// Nodes whose inputs are not differentiated any further.
    stops: HashSet<NodeId>,
    /// The gradients that have arrived with respect to each output.
    arrived: HashMap<Output, Vec<Gradient>>,
}

impl<'g> Walk<'g> {
    fn new(graph: &'g Graph, ys: &[AnyTensor], xs: &[AnyTensor], options: &Gradients) -> Self {
        let nodes_of = |tensors: &[AnyTensor]| {
            let mut nodes: Vec<NodeId> = Vec::new();
            for tensor in tensors {
                if !nodes.contains(&tensor.output().node) {
                    nodes.push(tensor.output().node);
                }
            }
            nodes
        };
        let (roots, leaves) = (nodes_of(ys), nodes_of(xs));
        let pending = pending_counts(graph, &roots, &leaves);
        let mut stops: HashSet<NodeId> = nodes_of(&options.stop_gradients).into_iter().collect();
        let count = |node: &NodeId| pending.get(node).copied().unwrap_or(0);
        let before_all_others = |leaf: &&NodeId| {
            graph.with_node(**leaf, |node| {
                node.inputs.iter().all(|input| count(&input.node) == 0)
            })
        };
        stops.extend(leaves.iter().filter(before_all_others));
        Walk {
            graph,
            gated: options.gated,
            roots,
            pending,
            stops,
            arrived: HashMap::new(),
        }
    }

    fn add(&mut self, output: Output, gradient: Gradient) {
        self.arrived.entry(output).or_default().push(gradient);
    }

    fn run(&mut self) -> Result<()> {
        // A root that is not pending does not depend on any leaf.
        let is_ready = |node: &NodeId| self.pending.get(node) == Some(&0);
        let mut queue: VecDeque<NodeId> = self.roots.iter().copied().filter(is_ready).collect();
        while let Some(id) = queue.pop_front() {
            let node = self.graph.with_node(id, |node| Visited {
                name: node.name.clone(),
                inputs: node.inputs.clone(),
                dtypes: node.outputs.iter().map(|info| info.dtype).collect(),
            });
            self.visit(id, &node)?;
            for input in &node.inputs {
                if let Some(count) = self.pending.get_mut(&input.node) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        queue.push_back(input.node);
                    }
                }
            }
        }
        Ok(())
    }

    /// Sums what arrived for a node's outputs and hands the gradients with respect to its inputs on.
    fn visit(&mut self, id: NodeId, node: &Visited) -> Result<()> {
        let mut gradients: Vec<Option<Gradient>> = Vec::new();
        for index in 0..node.dtypes.len() {
            gradients.push(self.sum(Output { node: id, index })?);
        }
        let nothing = gradients.iter().all(Option::is_none);
        if nothing || self.stops.contains(&id) {
            return Ok(());
        }
        self.fill_in_zeros(id, node, &mut gradients);
        let scope = format!("{}_grad", node.name);
        let found = self
            .graph
            .name_scope(&scope, |_| self.apply_rule(id, &gradients))?;
        for (index, (input, gradient)) in node.inputs.iter().zip(found).enumerate() {
            if let Some(gradient) = gradient {
                self.check_shape(node, index, &gradient)?;
                self.add(*input, gradient);
            }
        }
        Ok(())
    }

    /// Zeros for the outputs that nothing depended on, so that rules need not care.
    fn fill_in_zeros(&self, id: NodeId, node: &Visited, gradients: &mut [Option<Gradient>]) {
        for (index, gradient) in gradients.iter_mut().enumerate() {
            let dtype = node.dtypes[index];
            if gradient.is_none() && is_trainable(dtype) {
                let output = AnyTensor::new(self.graph.clone(), Output { node: id, index }, dtype);
                *gradient = Some(Gradient::Dense(zeros_like_at_run(&output)));
            }
        }
    }

    fn apply_rule(
        &self,
        id: NodeId,
        gradients: &[Option<Gradient>],
    ) -> Result<Vec<Option<Gradient>>> {
        let op = self
            .graph
            .with_node(id, |node| std::sync::Arc::clone(&node.op));
        let mut context = GradientContext::new(self.graph, id, gradients, densify);
        op.gradient(&mut context)
            .map_err(|error| error.at_node(|| self.graph.node_ref(id)))?;
        let found = context.into_results();
        let count = found.iter().flatten().count();
        Ok(if self.gated && count > 1 {
            tuple_of(self.graph, found)
        } else {
            found
        })
    }

    /// A gradient has its tensor's shape, whether its rule could tell or not.
    fn check_shape(&self, node: &Visited, index: usize, gradient: &Gradient) -> Result<()> {
        let Gradient::Dense(tensor) = gradient else {
            return Ok(());
        };
        let shape = self.graph.info(node.inputs[index], tensor.dtype()).shape;
        self.graph.merge_shape(tensor.output(), &shape).map_err(|_| {
            Error::invalid_argument(format!(
                "Incompatible shapes between op input and calculated input gradient. Forward operation: {}. Input \
                 index: {index}. Original input shape: {shape}. Calculated input gradient shape: {}",
                node.name,
                tensor.shape()
            ))
        })
    }

    /// The sum of what arrived for an output, which takes its place.
    fn sum(&mut self, output: Output) -> Result<Option<Gradient>> {
        let Some(arrived) = self.arrived.get_mut(&output) else {
            return Ok(None);
        };
        if arrived.len() > 1 {
            *arrived = vec![add_gradients(self.graph, arrived)?];
        }
        Ok(arrived.first().cloned())
    }

    fn result(&mut self, x: Output) -> Result<Option<Gradient>> {
        self.sum(x)
    }
}

/// One gradient from several: rows joined if all are rows, else a dense sum.
#[track_caller]
fn add_gradients(graph: &Graph, gradients: &[Gradient]) -> Result<Gradient> {
    let slices = gradients.iter().map(|gradient| match gradient {
        Gradient::Sparse(slices) => Some(slices.clone()),
        Gradient::Dense(_) => None,
    });
    match slices.collect::<Option<Vec<IndexedSlices>>>() {
        Some(slices) => Ok(Gradient::Sparse(join(slices))),
        None => {
            with_numeric!(dtype_of(&gradients[0]), T => Ok(Gradient::Dense(add_dense::<T>(graph, gradients))),
            Err(Error::internal("the gradients of a bool tensor were to be added")))
        }
    }
}

fn dtype_of(gradient: &Gradient) -> DType {
    match gradient {
        Gradient::Dense(tensor) => tensor.dtype(),
        Gradient::Sparse(slices) => slices.values.dtype(),
    }
}

/// All the rows; their places as `i64` if they are of different types.
#[track_caller]
fn join(mut slices: Vec<IndexedSlices>) -> IndexedSlices {
    if slices
        .iter()
        .any(|slice| slice.indices.dtype() != slices[0].indices.dtype())
    {
        for slice in slices
            .iter_mut()
            .filter(|slice| slice.indices.dtype() == DType::Int32)
        {
            slice.indices = cast::<i32, i64>(slice.indices.assume()).any();
        }
    }
    let parts = |part: fn(&IndexedSlices) -> &AnyTensor| {
        slices.iter().map(part).cloned().collect::<Vec<_>>()
    };
    let values = concat_any(&parts(|slices| &slices.values), 0);
    let indices = concat_any(&parts(|slices| &slices.indices), 0);
    IndexedSlices {
        values,
        indices,
        dense_shape: slices[0].dense_shape.clone(),
    }
}

/// The sum as a whole tensor; rows are made whole tensors below the name of the sum.
#[track_caller]
fn add_dense<T: Numeric>(graph: &Graph, gradients: &[Gradient]) -> AnyTensor {
    let dense: Option<Vec<Tensor<T>>> = gradients
        .iter()
        .map(|gradient| match gradient {
            Gradient::Dense(tensor) => Some(tensor.assume()),
            Gradient::Sparse(_) => None,
        })
        .collect();
    if let Some(dense) = dense {
        return add_n(&dense).any();
    }
    graph.name_scope("AddN", |scope| {
        let whole = |(i, gradient): (usize, &Gradient)| match gradient {
            Gradient::Dense(tensor) => tensor.assume::<T>(),
            Gradient::Sparse(slices) => {
                densify_named(graph, &format!("inputs_{i}"), slices).assume()
            }
        };
        let dense: Vec<Tensor<T>> = gradients.iter().enumerate().map(whole).collect();
        add_n(&dense).named(scope).any()
    })
}

/// Passes gradients on once all of them are computed.
#[track_caller]
pub(crate) fn tuple_of(graph: &Graph, gradients: Vec<Option<Gradient>>) -> Vec<Option<Gradient>> {
    let tensors: Vec<Option<AnyTensor>> = gradients
        .iter()
        .map(|gradient| match gradient {
            Some(Gradient::Dense(tensor)) => Some(tensor.clone()),
            Some(Gradient::Sparse(slices)) => Some(slices.values.clone()),
            None => None,
        })
        .collect();
    let gated = tuple(graph, &tensors);
    gradients
        .into_iter()
        .zip(gated)
        .map(|(gradient, tensor)| match (gradient, tensor) {
            (Some(Gradient::Dense(_)), Some(tensor)) => Some(Gradient::Dense(tensor)),
            (Some(Gradient::Sparse(slices)), Some(values)) => {
                Some(Gradient::Sparse(IndexedSlices { values, ..slices }))
            }
            _ => None,
        })
        .collect()
}

/// For every node from which the walk can come, how many of its consumers it has to wait for.
fn pending_counts(graph: &Graph, roots: &[NodeId], leaves: &[NodeId]) -> HashMap<NodeId, usize> {
    graph.with_nodes(|nodes| {
        // The nodes that depend on a leaf through differentiable tensors. Nodes come after their inputs.
        let mut reached: HashSet<NodeId> = leaves.iter().copied().collect();
        let first = leaves
            .iter()
            .map(|leaf| leaf.index())
            .min()
            .unwrap_or(nodes.len());
        for (index, node) in nodes.iter().enumerate().skip(first) {
            let carries = |input: &Output| {
                let info = nodes[input.node.index()].outputs.get(input.index);
                reached.contains(&input.node) && info.is_some_and(|info| is_trainable(info.dtype))
            };
            if node.inputs.iter().any(carries) {
                reached.insert(NodeId::from_index(index));
            }
        }
        // Of these, the ones that a root depends on.
        let mut between: HashSet<NodeId> = HashSet::new();
        let mut open: Vec<NodeId> = roots.to_vec();
        while let Some(id) = open.pop() {
            if reached.contains(&id) && between.insert(id) {
                open.extend(nodes[id.index()].inputs.iter().map(|input| input.node));
            }
        }
        let mut pending: HashMap<NodeId, usize> = between.iter().map(|id| (*id, 0)).collect();
        for id in &between {
            for input in &nodes[id.index()].inputs {
                if let Some(count) = pending.get_mut(&input.node) {
                    *count += 1;
                }
            }
        }
        pending
    })
}
