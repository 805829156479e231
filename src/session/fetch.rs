//! [`Fetch`]: what a run shall compute, and the typed results that it gives back.

use ndarray::ArrayD;
use smallvec::SmallVec;

use crate::graph::{AnyTensor, Graph, NodeId, Operation, Output, Tensor};
use crate::types::{AnyArray, Element, Error, Result, Strided, Value};
use crate::variables::{AnyVariable, Variable};

use super::plan::no_scalar;

/// What a run can be asked for: a tensor, variable or operation, and tuples, arrays, vectors and slices of these.
///
/// | asked for | given back |
/// | --- | --- |
/// | `&Tensor<T>`, `&Variable<T>` | `ArrayD<T>` |
/// | `tensor.scalar()` | `T` |
/// | `&AnyTensor` | [`AnyArray`] |
/// | `&Operation` | `()` |
/// | a tuple, array or vector | a tuple, array or vector of results |
///
/// The result has the tensor's element type; asking for another does not compile:
///
/// ```compile_fail,E0308
/// use ndarray::ArrayD;
///
/// fn classes(session: &tf1::Session, logits: &tf1::Tensor<f32>) -> tf1::Result<ArrayD<f32>> {
///     let class: tf1::Tensor<f32> = tf1::argmax(logits, 0); // argmax gives Tensor<i64>
///     session.run(&class, [])
/// }
/// ```
pub trait Fetch {
    /// What a run gives back for this.
    type Output;

    /// Tells the run what to compute.
    fn request(&self, request: &mut Request);

    /// Takes the results, in the order in which they were requested.
    ///
    /// # Errors
    /// If the results are not what was requested, which only a defect can cause.
    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output>;
}

/// One thing that a run shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// Compute a tensor and give it back as an array.
    Output(Output),
    /// Compute a tensor of one element and give it back as a number.
    Scalar(Output),
    /// Run an operation.
    Node(NodeId),
}

impl Target {
    /// The tensor that is given back, if one is.
    pub(super) fn output(self) -> Option<Output> {
        match self {
            Target::Output(output) | Target::Scalar(output) => Some(output),
            Target::Node(_) => None,
        }
    }

    /// The node that must be run.
    pub(super) fn node(self) -> NodeId {
        match self {
            Target::Output(output) | Target::Scalar(output) => output.node,
            Target::Node(node) => node,
        }
    }

    /// Whether what is given back is an array; `None` if nothing is.
    pub(super) fn is_array(self) -> Option<bool> {
        match self {
            Target::Output(_) => Some(true),
            Target::Scalar(_) => Some(false),
            Target::Node(_) => None,
        }
    }
}

/// What a run shall do, in order; short lists need no allocation.
pub(super) type Targets = SmallVec<[Target; 8]>;

/// The list of what a run shall do.
#[derive(Debug, Default)]
pub struct Request {
    pub(super) targets: Targets,
    /// The first thing asked for that belongs to another graph than the session's.
    pub(super) stranger: Option<String>,
    graph: Option<Graph>,
}

impl Request {
    pub(super) fn new(graph: &Graph) -> Self {
        Request {
            graph: Some(graph.clone()),
            ..Default::default()
        }
    }

    /// Asks for a tensor's value.
    pub fn tensor(&mut self, tensor: &AnyTensor) {
        self.note_graph(tensor.graph(), || tensor.to_string());
        self.targets.push(Target::Output(tensor.output()));
    }

    /// Asks for a tensor's value, which must have exactly one element.
    pub fn scalar(&mut self, tensor: &AnyTensor) {
        self.note_graph(tensor.graph(), || tensor.to_string());
        self.targets.push(Target::Scalar(tensor.output()));
    }

    /// Asks for an operation to be run.
    pub fn operation(&mut self, operation: &Operation) {
        self.note_graph(operation.graph(), || operation.to_string());
        self.targets.push(Target::Node(operation.node()));
    }

    fn note_graph(&mut self, graph: &Graph, name: impl FnOnce() -> String) {
        if self.graph.as_ref() != Some(graph) && self.stranger.is_none() {
            self.stranger = Some(name());
        }
    }
}

/// The results of a run.
#[derive(Debug)]
pub struct Results<'v> {
    values: smallvec::IntoIter<[Value<'v>; 4]>,
}

impl<'v> Results<'v> {
    pub(super) fn new(values: SmallVec<[Value<'v>; 4]>) -> Self {
        Results {
            values: values.into_iter(),
        }
    }

    /// The next tensor's value.
    ///
    /// # Errors
    /// If there is none.
    pub fn value(&mut self) -> Result<Value<'v>> {
        self.values
            .next()
            .ok_or_else(|| Error::internal("a run gave fewer results than were fetched"))
    }

    /// The next tensor's value as an array of `T`.
    ///
    /// # Errors
    /// If there is none, or it has another type.
    pub fn array<T: Element>(&mut self) -> Result<ArrayD<T>> {
        let value = self.value()?;
        let array = T::unwrap(&value).cloned();
        drop(value);
        array
            .map(Strided::into_array)
            .ok_or_else(|| Error::internal("a fetched tensor has another type"))
    }
}

impl<T: Element> Fetch for Tensor<T> {
    type Output = ArrayD<T>;

    fn request(&self, request: &mut Request) {
        request.tensor(&self.any());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        results.array()
    }
}

impl<T: Element> Fetch for Variable<T> {
    type Output = ArrayD<T>;

    fn request(&self, request: &mut Request) {
        request.tensor(self.any().memory());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        results.array()
    }
}

impl Fetch for AnyVariable {
    type Output = AnyArray;

    fn request(&self, request: &mut Request) {
        request.tensor(self.memory());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        Ok(AnyArray::from(results.value()?.to_owned_value()))
    }
}

impl Fetch for AnyTensor {
    type Output = AnyArray;

    fn request(&self, request: &mut Request) {
        request.tensor(self);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        Ok(AnyArray::from(results.value()?.to_owned_value()))
    }
}

impl Fetch for Operation {
    type Output = ();

    fn request(&self, request: &mut Request) {
        request.operation(self);
    }

    fn collect(&self, _: &mut Results<'_>) -> Result<()> {
        Ok(())
    }
}

/// The only element of a tensor, as a number; made by [`Tensor::scalar`].
#[derive(Debug, Clone)]
pub struct Scalar<T: Element>(Tensor<T>);

impl<T: Element> Tensor<T> {
    /// Fetches this tensor, which must have exactly one element, as a number rather than an array.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let x = graph.constant([1.0f32, 2.0]);
    /// let sum = tf1::reduce_sum(&x, ..);
    /// let session = tf1::Session::new(&graph)?;
    /// let total: f32 = session.run(sum.scalar(), [])?;
    /// assert_eq!(total, 3.0);
    /// # Ok::<(), tf1::Error>(())
    /// ```
    pub fn scalar(&self) -> Scalar<T> {
        Scalar(self.clone())
    }
}

impl<T: Element> Fetch for Scalar<T> {
    type Output = T;

    fn request(&self, request: &mut Request) {
        request.scalar(&self.0.any());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<T> {
        let value = results.value()?;
        let array = T::unwrap(&value)
            .ok_or_else(|| Error::internal("a fetched tensor has another type"))?;
        let view = array.view();
        match (view.len(), view.first()) {
            (1, Some(&only)) => Ok(only),
            (count, _) => Err(no_scalar(self.0.graph(), self.0.output().node, count)),
        }
    }
}

impl<F: Fetch + ?Sized> Fetch for &F {
    type Output = F::Output;

    fn request(&self, request: &mut Request) {
        (**self).request(request);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        (**self).collect(results)
    }
}

impl<F: Fetch> Fetch for [F] {
    type Output = Vec<F::Output>;

    fn request(&self, request: &mut Request) {
        self.iter().for_each(|fetch| fetch.request(request));
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        self.iter().map(|fetch| fetch.collect(results)).collect()
    }
}

impl<F: Fetch> Fetch for Vec<F> {
    type Output = Vec<F::Output>;

    fn request(&self, request: &mut Request) {
        self.as_slice().request(request);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        self.as_slice().collect(results)
    }
}

impl<F: Fetch, const N: usize> Fetch for [F; N] {
    type Output = [F::Output; N];

    fn request(&self, request: &mut Request) {
        self.as_slice().request(request);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        let collected = self.as_slice().collect(results)?;
        collected
            .try_into()
            .map_err(|_| Error::internal("an array of fetches gave another number of results"))
    }
}

macro_rules! tuple {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Fetch),*> Fetch for ($($name,)*) {
            type Output = ($($name::Output,)*);

            #[allow(unused_variables, reason = "the empty tuple asks for nothing")]
            fn request(&self, request: &mut Request) {
                $(self.$index.request(request);)*
            }

            #[allow(unused_variables, clippy::unused_unit, reason = "the empty tuple asks for nothing")]
            fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
                Ok(($(self.$index.collect(results)?,)*))
            }
        }
    };
}

tuple!();
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
