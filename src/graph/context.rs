//! What an op is given: [`InferContext`], [`Kernel`] and [`GradientContext`].

use std::any::Any;

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, IxDyn};

use crate::types::{DType, Element, Error, Result, Shape, Value};

use super::{AnyTensor, Gradient, Graph, IndexedSlices, NodeId, Output, Tensor, TensorInfo};

/// What a shape rule knows: the inputs' types and shapes, and their values where these are known already.
#[derive(Debug)]
pub struct InferContext<'a> {
    inputs: &'a [TensorInfo],
}

impl<'a> InferContext<'a> {
    /// A context with these inputs.
    pub fn new(inputs: &'a [TensorInfo]) -> Self {
        InferContext { inputs }
    }

    /// How many inputs there are.
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether there are no inputs.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// All inputs.
    pub fn inputs(&self) -> &'a [TensorInfo] {
        self.inputs
    }

    /// The shape of input `i` as far as it is known.
    pub fn shape(&self, i: usize) -> &'a Shape {
        &self.inputs[i].shape
    }

    /// The element type of input `i`.
    pub fn dtype(&self, i: usize) -> DType {
        self.inputs[i].dtype
    }

    /// The elements of the integer input `i` as far as they are known.
    pub fn elements(&self, i: usize) -> Option<Vec<Option<i64>>> {
        self.inputs[i].elements()
    }

    /// The elements of the integer input `i` if all are known.
    pub fn known_elements(&self, i: usize) -> Option<Vec<i64>> {
        self.elements(i)?.into_iter().collect()
    }

    /// The value of the integer scalar `i` if it is known.
    pub fn scalar(&self, i: usize) -> Option<i64> {
        self.known_elements(i)?.first().copied()
    }

    /// The shape that the integer vector `i` spells, with unknown dimensions where its elements are unknown or -1.
    pub fn shape_from_elements(&self, i: usize) -> Shape {
        match self.elements(i) {
            Some(elements) => {
                let dims = elements
                    .into_iter()
                    .map(|e| e.and_then(|e| usize::try_from(e).ok()));
                Shape::from(dims.collect::<Vec<_>>())
            }
            None => self.inputs[i]
                .shape
                .dim(0)
                .map_or(Shape::unknown(), Shape::of_rank),
        }
    }

    /// What all the inputs' shapes look like in TensorFlow's messages: `[2,3], [4,5]`.
    pub fn shapes_text(&self) -> String {
        self.inputs
            .iter()
            .map(|input| input.shape.bracketed())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// The values of a kernel's inputs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'r, 'v> {
    values: &'r [Value<'v>],
}

impl<'r, 'v> Inputs<'r, 'v> {
    pub(crate) fn new(values: &'r [Value<'v>]) -> Self {
        Inputs { values }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The elements of input `i`, in whatever strides they lie.
    ///
    /// The engine checks types when the graph is built; asking for another type than the input has is a defect of
    /// the op and gives an empty array here and an `Internal` error of the run.
    pub fn get<T: Element>(&self, i: usize) -> ArrayViewD<'r, T> {
        match T::unwrap(&self.values[i]) {
            Some(array) => array.view(),
            None => ArrayViewD::from_shape(IxDyn(&[0]), &[]).expect("an empty view"),
        }
    }

    /// The value of input `i`, to be passed on.
    pub fn value(&self, i: usize) -> &'r Value<'v> {
        &self.values[i]
    }

    /// The shape of input `i`.
    pub fn shape(&self, i: usize) -> &'r [usize] {
        self.values[i].shape()
    }

    /// The only element of the scalar input `i`.
    ///
    /// # Errors
    /// If the input holds not exactly one element.
    pub fn scalar<T: Element>(&self, i: usize) -> Result<T> {
        let view = self.get::<T>(i);
        match (view.len(), view.first()) {
            (1, Some(&only)) => Ok(only),
            _ => Err(Error::invalid_argument(format!(
                "input {i} must be a scalar, but has shape {}",
                Shape::from(self.shape(i)).bracketed()
            ))),
        }
    }

    /// The elements of the integer input `i`.
    ///
    /// # Errors
    /// If its elements are no integers.
    pub fn integers(&self, i: usize) -> Result<Vec<i64>> {
        self.values[i].to_i64_vec().ok_or_else(|| {
            Error::internal(format!(
                "input {i} must be an integer tensor, but is {}",
                self.values[i].dtype()
            ))
        })
    }

    /// The elements of the integer vector `i` as lengths of a shape.
    ///
    /// # Errors
    /// `InvalidArgument` if one is negative, `ResourceExhausted` if such an array could not be held.
    pub fn lengths(&self, i: usize) -> Result<Vec<usize>> {
        checked_lengths(&self.integers(i)?)
    }
}

/// Lengths computed in the graph as lengths of an array.
///
/// # Errors
/// `InvalidArgument` if one is negative, `ResourceExhausted` if such an array could not be held.
pub(crate) fn checked_lengths(lengths: &[i64]) -> Result<Vec<usize>> {
    if let Some(negative) = lengths.iter().find(|length| **length < 0) {
        return Err(Error::invalid_argument(format!(
            "Dimension {negative} must be >= 0"
        )));
    }
    // An empty array has strides too, so its other lengths are limited as well.
    let spanned = lengths
        .iter()
        .try_fold(1i64, |size, &length| size.checked_mul(length.max(1)));
    let empty = lengths.contains(&0);
    if spanned.is_none_or(|spanned| spanned > SIZE_LIMIT && !empty) {
        return Err(Error::resource_exhausted(format!(
            "a tensor of shape {lengths:?} is too large"
        )));
    }
    Ok(lengths.iter().map(|&length| length as usize).collect())
}

/// The most elements that a kernel makes from lengths computed in the graph: 2^40, beyond any machine's memory but far
/// from overflowing a size.
const SIZE_LIMIT: i64 = 1 << 40;

/// Where a kernel puts its results.
#[derive(Debug)]
pub struct Outputs<'v> {
    values: Vec<Option<Value<'v>>>,
}

impl<'v> Outputs<'v> {
    pub(crate) fn new(count: usize) -> Self {
        Outputs {
            values: vec![None; count],
        }
    }

    /// Memory for output `i` with this shape, filled with zeros, to be written.
    pub fn alloc<T: Element>(&mut self, i: usize, shape: &[usize]) -> ArrayViewMutD<'_, T> {
        self.values[i] = Some(T::wrap(ArrayD::<T>::default(IxDyn(shape)).into()));
        view_mut(&mut self.values[i])
    }

    /// Memory for outputs 0 and 1 at once.
    pub fn alloc_two<A: Element, B: Element>(
        &mut self,
        first: &[usize],
        second: &[usize],
    ) -> (ArrayViewMutD<'_, A>, ArrayViewMutD<'_, B>) {
        self.alloc::<A>(0, first);
        self.alloc::<B>(1, second);
        let (a, b) = self.values.split_at_mut(1);
        (view_mut(&mut a[0]), view_mut(&mut b[0]))
    }

    /// Hands over a finished array as output `i`.
    pub fn set<T: Element>(&mut self, i: usize, array: ArrayD<T>) {
        self.values[i] = Some(T::wrap(array.into()));
    }

    /// Passes a value on as output `i` without copying it: an input, or a view of one.
    pub fn forward(&mut self, i: usize, value: Value<'v>) {
        self.values[i] = Some(value);
    }

    /// How many outputs the op has.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the op has no outputs.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn into_values(self) -> Vec<Option<Value<'v>>> {
        self.values
    }
}

/// The elements of a value that was made just now and is shared with nobody.
fn view_mut<'s, T: Element>(slot: &'s mut Option<Value<'_>>) -> ArrayViewMutD<'s, T> {
    slot.as_mut()
        .and_then(T::unwrap_mut)
        .expect("allocated just above with this type")
        .view_mut()
}

/// A variable that an op updates.
#[derive(Debug)]
pub struct RefSlot {
    pub(crate) value: Option<Value<'static>>,
}

impl RefSlot {
    /// Replaces the value.
    pub fn assign(&mut self, value: Value<'static>) {
        self.value = Some(value);
    }

    /// The elements, to be changed in place; copied first only if someone still reads them.
    ///
    /// # Errors
    /// `FailedPrecondition` if the variable is uninitialized.
    pub fn view_mut<T: Element>(&mut self) -> Result<ArrayViewMutD<'_, T>> {
        match self.value.as_mut().map(T::unwrap_mut) {
            Some(Some(array)) => Ok(array.view_mut()),
            Some(None) => Err(Error::internal(format!(
                "a variable was updated as {}",
                T::DTYPE
            ))),
            None => Err(Error::failed_precondition(
                "Attempting to use uninitialized value",
            )),
        }
    }

    /// The current value, if there is one.
    pub fn value(&self) -> Option<&Value<'static>> {
        self.value.as_ref()
    }
}

/// What a kernel works with.
#[derive(Debug)]
pub struct Kernel<'r, 'v> {
    /// The inputs; of an op that updates variables, those after the variables.
    pub inputs: Inputs<'r, 'v>,
    /// The outputs, to be filled.
    pub outputs: Outputs<'v>,
    /// The variables that the op updates.
    pub refs: &'r mut [RefSlot],
    state: Option<&'r mut (dyn Any + Send)>,
}

impl<'r, 'v> Kernel<'r, 'v> {
    pub(crate) fn new(
        inputs: Inputs<'r, 'v>,
        outputs: usize,
        refs: &'r mut [RefSlot],
        state: Option<&'r mut (dyn Any + Send)>,
    ) -> Self {
        Kernel {
            inputs,
            outputs: Outputs::new(outputs),
            refs,
            state,
        }
    }

    /// The variables that the op updates, `N` of them.
    ///
    /// # Errors
    /// If the op updates another number of variables.
    pub fn variables<const N: usize>(&mut self) -> Result<&mut [RefSlot; N]> {
        let found = self.refs.len();
        let message = || format!("the op updates {found} variables but asked for {N}");
        self.refs.try_into().map_err(|_| Error::internal(message()))
    }

    /// The op's own state in this session.
    ///
    /// # Errors
    /// If the op has no state of type `S`.
    pub fn state<S: 'static>(&mut self) -> Result<&mut S> {
        let state = self.state.as_mut().and_then(|state| state.downcast_mut());
        state.ok_or_else(|| Error::internal("the op asked for a state that it does not have"))
    }
}

/// What a gradient rule works with: the node's inputs, outputs and the gradients with respect to its outputs.
#[derive(Debug)]
pub struct GradientContext<'a> {
    graph: &'a Graph,
    node: NodeId,
    inputs: Vec<AnyTensor>,
    grads: &'a [Option<Gradient>],
    results: Vec<Option<Gradient>>,
    /// Makes a dense tensor of some rows, with ops that this layer does not know.
    densify: fn(&IndexedSlices) -> AnyTensor,
}

impl<'a> GradientContext<'a> {
    /// A context for `node`, with the gradients with respect to each of its outputs.
    pub(crate) fn new(
        graph: &'a Graph,
        node: NodeId,
        grads: &'a [Option<Gradient>],
        densify: fn(&IndexedSlices) -> AnyTensor,
    ) -> Self {
        let inputs = graph.node_inputs(node);
        let results = vec![None; inputs.len()];
        GradientContext {
            graph,
            node,
            inputs,
            grads,
            results,
            densify,
        }
    }

    /// The graph, to which the rule adds nodes.
    pub fn graph(&self) -> &Graph {
        self.graph
    }

    /// How many inputs the node has.
    pub fn num_inputs(&self) -> usize {
        self.inputs.len()
    }

    /// How many outputs the node has.
    pub fn num_outputs(&self) -> usize {
        self.grads.len()
    }

    /// Input `i` of the node.
    pub fn input<T: Element>(&self, i: usize) -> Tensor<T> {
        self.inputs[i].assume()
    }

    /// Input `i` of the node, whatever its type.
    pub fn any_input(&self, i: usize) -> &AnyTensor {
        &self.inputs[i]
    }

    /// The static shape of input `i`.
    pub fn input_shape(&self, i: usize) -> Shape {
        self.inputs[i].shape()
    }

    /// Output `i` of the node.
    pub fn output<T: Element>(&self, i: usize) -> Tensor<T> {
        Tensor::new(
            self.graph.clone(),
            Output {
                node: self.node,
                index: i,
            },
        )
    }

    /// Output `i` of the node, whatever its type.
    pub fn any_output(&self, i: usize) -> AnyTensor {
        let output = Output {
            node: self.node,
            index: i,
        };
        let dtype = self
            .graph
            .with_node(self.node, |node| node.outputs.get(i).map(|info| info.dtype));
        AnyTensor::new(self.graph.clone(), output, dtype.unwrap_or(DType::Float32))
    }

    /// The gradient with respect to output `i`, if there is one.
    #[track_caller]
    pub fn grad_if_any<T: Element>(&self, i: usize) -> Option<Tensor<T>> {
        match self.grads[i].as_ref()? {
            Gradient::Dense(tensor) => Some(tensor.assume()),
            Gradient::Sparse(slices) => Some((self.densify)(slices).assume()),
        }
    }

    /// The gradient with respect to output `i`. `gradients` fills in zeros for the outputs that have none, so this
    /// always exists for the outputs of floating type.
    pub fn grad<T: Element>(&self, i: usize) -> Tensor<T> {
        self.grad_if_any(i).unwrap_or_else(|| {
            let message =
                format!("no gradient reached output {i}, whose type is not differentiable");
            self.graph.failed("grad", Error::internal(message))
        })
    }

    /// The gradient with respect to output `i`, whatever its type; see [`grad`](GradientContext::grad).
    #[track_caller]
    pub fn any_grad(&self, i: usize) -> AnyTensor {
        match self.grads[i].as_ref() {
            Some(Gradient::Dense(tensor)) => tensor.clone(),
            Some(Gradient::Sparse(slices)) => (self.densify)(slices),
            None => self.grad::<f32>(i).any(),
        }
    }

    /// The gradient with respect to output `i` as it arrived, dense or as rows.
    pub fn gradient(&self, i: usize) -> Option<&Gradient> {
        self.grads[i].as_ref()
    }

    /// Sets the gradient with respect to input `i`.
    pub fn set<T: Element>(&mut self, i: usize, gradient: Tensor<T>) {
        self.results[i] = Some(Gradient::Dense(gradient.any()));
    }

    /// Passes the gradient with respect to output `output` on as that with respect to input `i`.
    pub fn pass_through(&mut self, i: usize, output: usize) {
        self.results[i] = self.grads[output].clone();
    }

    /// Sets the gradient with respect to input `i`, of any type and dense or sparse.
    pub fn set_gradient(&mut self, i: usize, gradient: Gradient) {
        self.results[i] = Some(gradient);
    }

    pub(crate) fn into_results(self) -> Vec<Option<Gradient>> {
        self.results
    }
}
