//! `import_graph_def` and its options.

use std::collections::BTreeMap;
use std::panic::Location;

use crate::graph::{AnyTensor, Graph, OpDef, Operation, Tensor, TensorHandle};
use crate::types::{Element, Error, Result};

use super::GraphDef;
use super::order::InputText;
use super::read::read;

/// The options of [`import_graph_def`].
#[derive(Clone, Debug, Default)]
pub struct Import {
    name: Option<String>,
    pub(super) input_map: BTreeMap<String, AnyTensor>,
    pub(super) ops: Vec<OpDef>,
    pub(super) return_elements: Vec<String>,
}

impl Import {
    /// Under the name scope `import`, as TensorFlow does by default.
    pub fn new() -> Self {
        Import::default()
    }

    /// The name scope that the nodes come to lie in, made unique by a number; with a slash at its
    /// end, the scope as it is. The empty one leaves the names as they are.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The name scope, unless it is the empty one.
    pub(super) fn scope(&self) -> Option<&str> {
        let name = self.name.as_deref().unwrap_or("import");
        Some(name).filter(|name| !name.is_empty())
    }

    /// The tensor that stands for what an input names, if there is one, and the name.
    pub(super) fn mapped(&self, text: InputText<'_>) -> Option<(&str, &AnyTensor)> {
        let InputText::Tensor(name, index) = text else {
            return None;
        };
        let found = match index {
            0 => self.input_map.get_key_value(name),
            _ => self.input_map.get_key_value(&format!("{name}:{index}")),
        };
        found.map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Makes nodes of the op type of `row` by that, as those of an op of your own.
    pub fn op(mut self, row: OpDef) -> Self {
        self.ops.push(row);
        self
    }

    /// Has [`Imported::elements`] list the operations (`train`) and tensors (`loss:0`) that the
    /// file calls so, in this order, as TensorFlow's `return_elements=` does. A tensor that
    /// [`input_map`](Import::input_map) replaces is the one that it gives. A name that the file
    /// does not have is an error, and then nothing is added.
    pub fn return_elements<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.return_elements
            .extend(names.into_iter().map(Into::into));
        self
    }

    /// Has the nodes read `tensor` wherever they read `name` (`x` or `x:0`), which need not be in
    /// the file. A name that no node reads is an error.
    pub fn input_map(mut self, name: impl AsRef<str>, tensor: impl TensorHandle) -> Self {
        let name = name.as_ref();
        let name = name.strip_suffix(":0").unwrap_or(name);
        self.input_map.insert(name.to_string(), tensor.any_tensor());
        self
    }
}

/// An operation or a tensor, as [`Import::return_elements`] names it.
#[derive(Clone, Debug)]
pub enum GraphElement {
    /// What a name such as `train` stands for.
    Operation(Operation),
    /// What a name such as `loss:0` stands for.
    Tensor(AnyTensor),
}

impl GraphElement {
    /// The operation, or that of the tensor.
    pub fn operation(&self) -> Operation {
        match self {
            GraphElement::Operation(operation) => operation.clone(),
            GraphElement::Tensor(tensor) => tensor.op(),
        }
    }

    /// The tensor.
    ///
    /// # Errors
    /// `InvalidArgument` if it is an operation, or the elements are not of type `T`.
    #[track_caller]
    pub fn tensor<T: Element>(&self) -> Result<Tensor<T>> {
        match self {
            GraphElement::Tensor(tensor) => tensor.typed(),
            GraphElement::Operation(operation) => {
                let name = operation.name();
                Err(
                    Error::invalid_argument(format!("'{name}' is an operation, not a tensor"))
                        .with_help(format!("'{name}:0' is its first output"))
                        .at_location(Location::caller()),
                )
            }
        }
    }
}

/// Under this name scope, as [`Import::name`].
impl From<&str> for Import {
    fn from(name: &str) -> Self {
        Import::new().name(name)
    }
}

/// What was imported.
#[derive(Clone, Debug)]
pub struct Imported {
    graph: Graph,
    prefix: String,
    operations: Vec<Operation>,
    elements: Vec<GraphElement>,
}

impl Imported {
    pub(super) fn new(
        graph: &Graph,
        prefix: String,
        operations: Vec<Operation>,
        elements: Vec<GraphElement>,
    ) -> Self {
        Imported {
            graph: graph.clone(),
            prefix,
            operations,
            elements,
        }
    }

    /// What [`Import::return_elements`] named, in its order.
    ///
    /// ```
    /// use tf1::{self as tf, graph_def::Import};
    ///
    /// let trained = tf::Graph::new();
    /// let x = trained.placeholder::<f32>("x", [2]);
    /// tf::square(&x).named("y");
    ///
    /// let graph = tf::Graph::new();
    /// let options = Import::new().return_elements(["x:0", "y:0", "y"]);
    /// let imported = tf::import_graph_def(&graph, &trained.as_graph_def()?, options)?;
    /// let [x, y, square] = imported.elements() else { unreachable!() };
    /// let (x, y) = (x.tensor::<f32>()?, y.tensor::<f32>()?);
    /// assert_eq!(square.operation().name(), "import/y");
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(y.array1(), [x.feed([1.0, 3.0])])?, ndarray::arr1(&[1.0, 9.0]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn elements(&self) -> &[GraphElement] {
        &self.elements
    }

    /// The operations, each after those that it reads.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation that the file calls `name`.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    #[track_caller]
    pub fn operation(&self, name: impl AsRef<str>) -> Result<Operation> {
        let name = format!("{}{}", self.prefix, name.as_ref());
        self.graph.get_operation_by_name(name)
    }

    /// The tensor that the file calls `name`, such as `softmax:0`.
    ///
    /// # Errors
    /// `NotFound` if there is none, `InvalidArgument` if its elements are not of type `T`.
    #[track_caller]
    pub fn tensor<T: Element>(&self, name: impl AsRef<str>) -> Result<Tensor<T>> {
        self.any_tensor(name)?.typed()
    }

    /// As [`tensor`](Imported::tensor), of any type.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    #[track_caller]
    pub fn any_tensor(&self, name: impl AsRef<str>) -> Result<AnyTensor> {
        let name = format!("{}{}", self.prefix, name.as_ref());
        self.graph.get_tensor_by_name(name)
    }
}

/// Adds the nodes of a file to `graph`, all of them or none, as `tf.import_graph_def` does.
///
/// ```
/// use tf1::{self as tf, graph_def::{GraphDef, Import}};
///
/// let trained = tf::Graph::new();
/// let x = trained.placeholder::<f32>("x", [2]);
/// tf::square(&x).named("y");
/// let def = trained.as_graph_def()?;
///
/// let graph = tf::Graph::new();
/// let doubled = graph.constant([1.0f32, 2.0]) * 2.0;
/// let options = Import::new().name("trained").input_map("x", &doubled);
/// let y = tf::import_graph_def(&graph, &def, options)?.tensor::<f32>("y:0")?;
/// assert_eq!(y.name(), "trained/y:0");
/// assert_eq!(tf::Session::new(&graph)?.run(y.array1(), [])?, ndarray::arr1(&[4.0, 16.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// **Functions.** A node that calls a function of the file's library (`PartitionedCall`,
/// `StatefulPartitionedCall`, or a node whose op type is the function's name) becomes the
/// function's nodes, as TensorFlow does it before a run. Those of the call `f` are called `f/...`,
/// by a number made unique if need be; the results still have the names `f:0`, `f:1`, ... Who reads
/// a result, or waits for `f`, waits for all of the function's nodes that change variables or have
/// a state, and for those that the function names as control outputs. The graph keeps the library,
/// to be written back, if it holds a function that is not called; if all are called, they are nodes
/// and nothing else.
///
/// # Errors
/// `Unimplemented` if there are ops that this crate does not have: all of them are listed.
/// `InvalidArgument` if the nodes do not fit together, names are taken, values do not fit, a
/// function does not fit its call or calls itself, or the graph keeps another function of the same
/// name; `ResourceExhausted` if the file claims to be far more than it is worth, as functions that
/// call each other in great numbers do; `NotFound` if a function is called, or an element is to be
/// returned, that the file does not have; `DataLoss` if one is damaged. Then the graph is as it
/// was.
#[track_caller]
pub fn import_graph_def(
    graph: &Graph,
    graph_def: &GraphDef,
    options: impl Into<Import>,
) -> Result<Imported> {
    let options = options.into();
    for (name, tensor) in &options.input_map {
        if tensor.graph() != graph {
            return Err(Error::invalid_argument(format!(
                "input_map gives '{name}' a tensor of another graph, {tensor}"
            )));
        }
    }
    read(graph, graph_def, &options)
}
