//! [`Fetch`]: what a run shall compute, and the typed results that it gives back.

use std::fmt::Display;
use std::marker::PhantomData;

use ndarray::{Array, ArrayD, ArrayViewMut, Dimension, IxDyn};
use smallvec::SmallVec;

use crate::graph::{AnyTensor, Graph, NodeId, Operation, Output, Tensor};
use crate::kernels::memory::{Frame, Operand};
use crate::types::{
    AnyArray, Element, Error, NodeRef, Result, Value, ValueMut, for_tuples, memory,
};
use crate::variables::{AnyVariable, Variable};

use super::plan::Form;

/// What a run can be asked for: a tensor, variable or operation, and tuples, arrays, vectors and slices of these.
///
/// | asked for | given back |
/// | --- | --- |
/// | `&Tensor<T>`, `&Variable<T>` | `ArrayD<T>` |
/// | `tensor.scalar()` | `T` |
/// | `tensor.array1()`, `tensor.array2()`, ... up to `array6` | `Array1<T>`, `Array2<T>`, ... |
/// | `&AnyTensor` | [`AnyArray`] |
/// | `&Operation` | `()` |
/// | a tuple, array or vector | a tuple, array or vector of results |
///
/// The result has the tensor's element type; asking for another does not compile:
///
/// ```compile_fail,E0308
/// use ndarray::{ArrayD, ArrayViewMut, IxDyn};
///
/// fn classes(session: &tf1::Session, logits: &tf1::Tensor<f32>) -> tf1::Result<ArrayD<f32>> {
///     let class: tf1::Tensor<f32> = tf1::argmax(logits, 0); // argmax gives Tensor<i64>
///     session.run(&class, [])
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fetched",
    label = "not a tensor, a variable or an operation, nor a tuple, array or vector of these",
    note = "write `&loss` for an array, `loss.scalar()` for a number, `(&train, loss.scalar())` for several"
)]
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

    /// Offers the arrays and numbers in `into` as places for the results, in the order in which they were requested.
    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>);
}

/// Places for the results of a run; see [`Prepared::run_into`](crate::Prepared::run_into).
#[derive(Debug, Default)]
pub struct Places<'o> {
    places: SmallVec<[ValueMut<'o>; 4]>,
    /// Why the results cannot be put there.
    failed: Option<Error>,
}

impl<'o> Places<'o> {
    /// Offers an array.
    pub fn array<T: Element, D: Dimension>(&mut self, array: &'o mut Array<T, D>) {
        self.places.push(T::wrap_mut(array.view_mut().into_dyn()));
    }

    /// Offers a place for a single number.
    pub fn number<T: Element>(&mut self, number: &'o mut T) {
        let number = ArrayViewMut::from_shape(IxDyn(&[]), std::slice::from_mut(number));
        self.places.push(T::wrap_mut(
            number.expect("one number is an array without axes"),
        ));
    }

    /// Offers no place, for a result that has none because only the run tells how long it is. A run into places refuses it.
    pub fn none(&mut self) {
        let nowhere = ArrayViewMut::from_shape(IxDyn(&[0, 0]), &mut []);
        self.places.push(u8::wrap_mut(
            nowhere.expect("no numbers are an array of no length"),
        ));
    }

    /// Offers places to each of `fetches` in what an earlier run gave for it; none if that has another length.
    fn each<F: Fetch>(&mut self, fetches: &[F], into: &'o mut [F::Output]) {
        let (wanted, given) = (fetches.len(), into.len());
        if wanted != given {
            let message = format!(
                "a vector of {given} results was given for the results of {wanted} fetches"
            );
            let error = Error::invalid_argument(message).with_help(
                "give what an earlier run gave, with its vectors as long as they were; or call run, which makes new ones",
            );
            self.failed.get_or_insert(error);
            return;
        }
        let offers = fetches.iter().zip(into);
        offers.for_each(|(fetch, into)| fetch.offer(into, self));
    }

    /// What was offered, for so many results.
    ///
    /// # Errors
    /// Why an array cannot be written to, if that is so; `InvalidArgument` if something of another length was given, or if a fetch offers another
    /// number of places than it asks for tensors.
    pub(super) fn all(self, wanted: usize) -> Result<SmallVec<[ValueMut<'o>; 4]>> {
        let offered = self.places.len();
        match self.failed {
            Some(error) => Err(error),
            None if offered == wanted => Ok(self.places),
            None => Err(Error::invalid_argument(format!(
                "{offered} places were offered for the results of {wanted} tensors"
            ))
            .with_help("Fetch::offer must offer as many as Fetch::request asks for")),
        }
    }

    /// Offers an array of any type.
    pub fn any(&mut self, array: &'o mut AnyArray) {
        match array.value_mut() {
            Ok(place) => self.places.push(place),
            Err(error) => {
                self.failed.get_or_insert(error);
            }
        }
    }
}

/// One thing that a run shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// Compute a tensor and give it back as an array.
    Output(Output),
    /// Compute a tensor of so many axes and give it back as an array.
    Ranked(Output, usize),
    /// Compute a tensor of one element and give it back as a number.
    Scalar(Output),
    /// Run an operation.
    Node(NodeId),
}

impl Target {
    /// The tensor that is given back, if one is.
    pub(super) fn output(self) -> Option<Output> {
        match self {
            Target::Output(output) | Target::Ranked(output, _) | Target::Scalar(output) => {
                Some(output)
            }
            Target::Node(_) => None,
        }
    }

    /// The node that must be run.
    pub(super) fn node(self) -> NodeId {
        match self {
            Target::Output(output) | Target::Ranked(output, _) | Target::Scalar(output) => {
                output.node
            }
            Target::Node(node) => node,
        }
    }

    /// Whether what is given back is an array; `None` if nothing is.
    pub(super) fn is_array(self) -> Option<bool> {
        match self {
            Target::Output(_) | Target::Ranked(..) => Some(true),
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
    pub(super) stranger: Option<Error>,
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
        self.note_graph(tensor.graph(), tensor.output().node, tensor);
        self.targets.push(Target::Output(tensor.output()));
    }

    /// Asks for a tensor's value, which must have `rank` axes.
    pub fn ranked(&mut self, tensor: &AnyTensor, rank: usize) {
        self.note_graph(tensor.graph(), tensor.output().node, tensor);
        self.targets.push(Target::Ranked(tensor.output(), rank));
    }

    /// Asks for a tensor's value, which must have exactly one element.
    pub fn scalar(&mut self, tensor: &AnyTensor) {
        self.note_graph(tensor.graph(), tensor.output().node, tensor);
        self.targets.push(Target::Scalar(tensor.output()));
    }

    /// Asks for an operation to be run.
    pub fn operation(&mut self, operation: &Operation) {
        self.note_graph(operation.graph(), operation.node(), operation);
        self.targets.push(Target::Node(operation.node()));
    }

    fn note_graph(&mut self, graph: &Graph, node: NodeId, asked_for: &dyn Display) {
        if self.graph.as_ref() != Some(graph) && self.stranger.is_none() {
            self.stranger = Some(of_other_graph("Fetch argument", asked_for, graph, node));
        }
    }
}

/// The mistake of fetching or feeding what belongs to another graph than the session's.
pub(super) fn of_other_graph(
    what: &str,
    stranger: &dyn Display,
    graph: &Graph,
    node: NodeId,
) -> Error {
    let error = graph.held_mistake().unwrap_or_else(|| {
        Error::invalid_argument(format!(
            "{what} {stranger} is not an element of this session's graph."
        ))
        .with_help("use a session on the graph that it was built in")
    });
    error.at_node(|| graph.node_ref(node))
}

/// The results of a run.
pub struct Results<'r> {
    source: &'r mut dyn Source,
    next: usize,
}

/// Where results come from.
pub(super) trait Source {
    /// The fetched tensor's value, asked for once.
    fn value(&mut self, number: usize) -> Result<Value<'_>>;

    /// Where the fetched tensor's value lies, if the plan knew its shape.
    fn place(&self, number: usize) -> Option<(&Frame, &Operand)>;

    /// The node of the fetched tensor.
    fn node(&self, number: usize) -> Option<NodeRef>;
}

impl<'r> Results<'r> {
    pub(super) fn new(source: &'r mut dyn Source) -> Self {
        Results { source, next: 0 }
    }

    /// The next tensor's value.
    ///
    /// # Errors
    /// If there is none.
    pub fn value(&mut self) -> Result<Value<'_>> {
        self.next += 1;
        self.source.value(self.next - 1)
    }

    /// The next tensor's only element, if it is at hand without further ado.
    fn number<T: Element>(&mut self) -> Option<T> {
        let (frame, operand) = self.source.place(self.next)?;
        let number = frame.number(operand)?;
        self.next += 1;
        Some(number)
    }

    /// The next tensor's value as an array of `T`.
    ///
    /// # Errors
    /// If there is none, or it has another type.
    pub fn array<T: Element>(&mut self) -> Result<ArrayD<T>> {
        let value = self.value()?;
        let array = T::unwrap(&value).cloned();
        drop(value);
        let array = array.ok_or_else(|| Error::of_op("a fetched tensor has another type"))?;
        if array.is_single_owner() {
            return array.into_array();
        }
        let copy = array.into_array().map_err(|error| self.at_last(error))?;
        memory::take(copy.len() * size_of::<T>());
        Ok(copy)
    }

    /// The next tensor's value, whatever its type, borrowing nothing.
    fn any(&mut self) -> Result<AnyArray> {
        let value = self.value()?;
        let (is_lent, owned) = (value.is_borrowed(), value.to_owned_value());
        drop(value);
        let owned = owned.map_err(|error| self.at_last(error))?;
        if is_lent {
            memory::take(owned.bytes());
        }
        Ok(AnyArray::from(owned))
    }

    /// The error, told of the tensor whose value was asked for last.
    fn at_last(&self, error: Error) -> Error {
        match self.source.node(self.next - 1) {
            Some(node) => error.at_node(|| node),
            None => error,
        }
    }
}

impl std::fmt::Debug for Results<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Results").field("next", &self.next).finish()
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

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.array(into);
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

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.array(into);
    }
}

impl Fetch for AnyVariable {
    type Output = AnyArray;

    fn request(&self, request: &mut Request) {
        request.tensor(self.memory());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        results.any()
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.any(into);
    }
}

impl Fetch for AnyTensor {
    type Output = AnyArray;

    fn request(&self, request: &mut Request) {
        request.tensor(self);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        results.any()
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.any(into);
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

    fn offer<'o>(&self, (): &'o mut (), _: &mut Places<'o>) {}
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
        if let Some(number) = results.number() {
            return Ok(number);
        }
        let value = results.value()?;
        let array =
            T::unwrap(&value).ok_or_else(|| Error::of_op("a fetched tensor has another type"))?;
        let view = array.view();
        Form::Single.expect(view.shape(), self.0.graph(), self.0.output().node)?;
        let only = view.first().copied();
        only.ok_or_else(|| Error::internal("an array of one element has none"))
    }

    fn offer<'o>(&self, into: &'o mut T, places: &mut Places<'o>) {
        places.number(into);
    }
}

/// A tensor fetched as an array whose number of axes is part of its type; made by [`Tensor::array1`] and its like.
#[derive(Clone)]
pub struct Ranked<T: Element, D> {
    tensor: Tensor<T>,
    dimension: PhantomData<fn() -> D>,
}

impl<T: Element, D> std::fmt::Debug for Ranked<T, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Ranked").field(&self.tensor).finish()
    }
}

macro_rules! ranked {
    ($($method:ident $dimension:ident $array:literal $rank:literal;)*) => {
        impl<T: Element> Tensor<T> {$(
            #[doc = concat!("Fetches this tensor, which must have ", $rank, ", as an `", $array, "` of ndarray.")]
            ///
            /// ```
            /// let graph = tf1::Graph::new();
            /// let x = graph.constant([[1.0f32, 2.0], [3.0, 4.0]]);
            /// let session = tf1::Session::new(&graph)?;
            /// let matrix: ndarray::Array2<f32> = session.run(x.array2(), [])?;
            /// assert_eq!(matrix[[1, 0]], 3.0);
            /// # Ok::<(), tf1::Error>(())
            /// ```
            pub fn $method(&self) -> Ranked<T, ndarray::$dimension> {
                Ranked {
                    tensor: self.clone(),
                    dimension: PhantomData,
                }
            }
        )*}
    };
}

ranked! {
    array1 Ix1 "Array1" "one axis";
    array2 Ix2 "Array2" "two axes";
    array3 Ix3 "Array3" "three axes";
    array4 Ix4 "Array4" "four axes";
    array5 Ix5 "Array5" "five axes";
    array6 Ix6 "Array6" "six axes";
}

impl<T: Element, D: Dimension> Fetch for Ranked<T, D> {
    type Output = Array<T, D>;

    fn request(&self, request: &mut Request) {
        request.ranked(&self.tensor.any(), D::NDIM.unwrap_or_default());
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        let array = results.array::<T>()?;
        let rank = D::NDIM.unwrap_or(array.ndim());
        let node = self.tensor.output().node;
        Form::Rank(rank).expect(array.shape(), self.tensor.graph(), node)?;
        let array = array.into_dimensionality();
        array.map_err(|_| Error::internal("an array of a rank is not an array of that rank"))
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.array(into);
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

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        (**self).offer(into, places);
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

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.each(self, into);
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

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        self.as_slice().offer(into, places);
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

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.each(self, into);
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

            #[allow(unused_variables, reason = "the empty tuple asks for nothing")]
            fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
                $(self.$index.offer(&mut into.$index, places);)*
            }
        }
    };
}

tuple!();
for_tuples!(tuple);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
