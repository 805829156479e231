//! The losses that a graph keeps under [`GraphKeys::LOSSES`].

use crate::graph::{AnyTensor, Graph, GraphKeys, Tensor, TensorHandle};
use crate::ops::array::identity;
use crate::ops::math::add_n;
use crate::types::{ElementType, Error, Numeric, float32};

/// Adds a loss of the caller's own to those that [`get_losses`] gives, as `tf.losses.add_loss` does: a tensor of any type, typed or not, or a
/// variable, which stands for its value.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let w = graph.variable([3.0f32, 4.0]);
/// tf::losses::add_loss(0.5 * tf::nn::l2_loss(&w));
/// assert_eq!(tf::losses::get_losses(&graph).len(), 1);
/// ```
///
/// # Errors
/// What cannot be added to the others is told by [`get_total_loss`].
///
/// # Options
/// `loss_collection`: see [`add_loss_with`].
#[track_caller]
pub fn add_loss(loss: impl TensorHandle) {
    add_loss_with(loss, AddLoss::new());
}

/// As [`add_loss`], to another collection, or to none: `add_loss_with(&loss, "mine")`.
///
/// # Errors
/// As [`add_loss`].
#[track_caller]
pub fn add_loss_with(loss: impl TensorHandle, options: impl Into<AddLoss>) {
    let loss = loss.any_tensor();
    if let Some(key) = options.into().loss_collection {
        loss.graph().add_to_collection(&key, &loss);
    }
}

/// The options of [`add_loss_with`].
#[derive(Clone, Debug)]
pub struct AddLoss {
    loss_collection: Option<String>,
}

/// To this collection, as [`AddLoss::loss_collection`].
impl From<&str> for AddLoss {
    fn from(key: &str) -> Self {
        AddLoss::new().loss_collection(Some(key))
    }
}

/// To this collection or to none, as [`AddLoss::loss_collection`].
impl From<Option<&str>> for AddLoss {
    fn from(key: Option<&str>) -> Self {
        AddLoss::new().loss_collection(key)
    }
}

impl AddLoss {
    /// To [`GraphKeys::LOSSES`].
    pub fn new() -> Self {
        AddLoss {
            loss_collection: Some(GraphKeys::LOSSES.to_string()),
        }
    }

    /// The collection that the loss is added to; with `None` it is added to none.
    pub fn loss_collection(mut self, key: Option<&str>) -> Self {
        self.loss_collection = key.map(str::to_string);
        self
    }
}

impl Default for AddLoss {
    fn default() -> Self {
        AddLoss::new()
    }
}

/// All losses of `graph` in the order of making, as `tf.losses.get_losses` gives them.
///
/// # Options
/// `scope`, `loss_collection`: see [`get_losses_with`].
pub fn get_losses(graph: &Graph) -> Vec<AnyTensor> {
    get_losses_with(graph, GetLosses::new())
}

/// As [`get_losses`], of one scope, `get_losses_with(&graph, "tower_1/")`, or of another collection.
pub fn get_losses_with(graph: &Graph, options: impl Into<GetLosses>) -> Vec<AnyTensor> {
    let options = options.into();
    graph.get_collection_in(&options.loss_collection, &options.scope)
}

/// The options of [`get_losses_with`].
#[derive(Clone, Debug)]
pub struct GetLosses {
    scope: String,
    loss_collection: String,
}

/// Of this scope, as [`GetLosses::scope`].
impl From<&str> for GetLosses {
    fn from(scope: &str) -> Self {
        GetLosses::new().scope(scope)
    }
}

impl GetLosses {
    /// All that are in [`GraphKeys::LOSSES`].
    pub fn new() -> Self {
        GetLosses {
            scope: String::new(),
            loss_collection: GraphKeys::LOSSES.to_string(),
        }
    }

    /// Only those whose names begin with `scope`. TensorFlow takes a regular expression, this crate the text itself.
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = scope.to_string();
        self
    }

    /// The collection that the losses were added to.
    pub fn loss_collection(mut self, key: &str) -> Self {
        self.loss_collection = key.to_string();
        self
    }
}

impl Default for GetLosses {
    fn default() -> Self {
        GetLosses::new()
    }
}

/// The sum of all losses of `graph` and of what its regularizers make of its variables, as `tf.losses.get_total_loss` computes it. All
/// of them must be of type `f32`; for `f64` see [`get_total_loss_as`].
///
/// # Errors
/// `InvalidArgument` if there are none, or one of another type.
///
/// # Options
/// `add_regularization_losses`, `scope`: see [`get_total_loss_with`].
#[track_caller]
pub fn get_total_loss(graph: &Graph) -> Tensor {
    get_total_loss_as(graph, float32)
}

/// As [`get_total_loss`], of losses of type `dtype`: `get_total_loss_as(&graph, tf::float64)`.
///
/// # Errors
/// As [`get_total_loss`].
#[track_caller]
pub fn get_total_loss_as<T: Numeric>(graph: &Graph, dtype: ElementType<T>) -> Tensor<T> {
    get_total_loss_with(graph, dtype)
}

/// As [`get_total_loss`], without the losses of regularizers, `get_total_loss_with(&graph, false)`, or of one scope.
///
/// # Errors
/// As [`get_total_loss`].
#[track_caller]
pub fn get_total_loss_with<T: Numeric>(
    graph: &Graph,
    options: impl Into<GetTotalLoss<T>>,
) -> Tensor<T> {
    let options = options.into();
    let scope = options.scope.as_str();
    let mut losses = get_losses_with(graph, scope);
    if options.add_regularization_losses {
        losses.extend(get_regularization_losses_with(graph, scope));
    }
    if losses.is_empty() {
        let error = match scope {
            "" => Error::invalid_argument("the graph has no losses to add up"),
            _ => Error::invalid_argument(format!("no loss has a name that begins with {scope:?}")),
        };
        let help =
            "the functions of losses add what they compute; add_loss adds a loss of your own";
        return graph.failed("total_loss", error.with_help(help));
    }
    sum(graph, &losses, "total_loss", options.dtype)
}

/// The options of [`get_total_loss_with`].
#[derive(Clone, Debug)]
pub struct GetTotalLoss<T: Numeric = f32> {
    add_regularization_losses: bool,
    scope: String,
    dtype: ElementType<T>,
}

/// With or without the losses of regularizers, as [`GetTotalLoss::add_regularization_losses`].
impl From<bool> for GetTotalLoss {
    fn from(add_regularization_losses: bool) -> Self {
        GetTotalLoss::new().add_regularization_losses(add_regularization_losses)
    }
}

/// Of losses of this type, as [`GetTotalLoss::dtype`].
impl<T: Numeric> From<ElementType<T>> for GetTotalLoss<T> {
    fn from(dtype: ElementType<T>) -> Self {
        GetTotalLoss::new().dtype(dtype)
    }
}

impl GetTotalLoss {
    /// All losses, of type `f32`, those of regularizers too.
    pub fn new() -> Self {
        GetTotalLoss {
            add_regularization_losses: true,
            scope: String::new(),
            dtype: float32,
        }
    }
}

impl<T: Numeric> GetTotalLoss<T> {
    /// Whether the losses of regularizers are added too.
    pub fn add_regularization_losses(mut self, add_regularization_losses: bool) -> Self {
        self.add_regularization_losses = add_regularization_losses;
        self
    }

    /// Only the losses whose names begin with `scope`; see [`GetLosses::scope`].
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = scope.to_string();
        self
    }

    /// The type of the losses.
    pub fn dtype<U: Numeric>(self, dtype: ElementType<U>) -> GetTotalLoss<U> {
        GetTotalLoss {
            add_regularization_losses: self.add_regularization_losses,
            scope: self.scope,
            dtype,
        }
    }
}

impl Default for GetTotalLoss {
    fn default() -> Self {
        GetTotalLoss::new()
    }
}

/// What the regularizers of `graph` make of its variables, in the order of making, as `tf.losses.get_regularization_losses` gives
/// them; see [`Regularizer`](crate::Regularizer).
///
/// # Options
/// `scope`: see [`get_regularization_losses_with`].
pub fn get_regularization_losses(graph: &Graph) -> Vec<AnyTensor> {
    get_regularization_losses_with(graph, "")
}

/// As [`get_regularization_losses`], of one scope: `get_regularization_losses_with(&graph, "encoder/")`.
pub fn get_regularization_losses_with(
    graph: &Graph,
    options: impl Into<GetRegularizationLosses>,
) -> Vec<AnyTensor> {
    graph.get_collection_in(GraphKeys::REGULARIZATION_LOSSES, &options.into().scope)
}

/// The options of [`get_regularization_losses_with`].
#[derive(Clone, Debug, Default)]
pub struct GetRegularizationLosses {
    scope: String,
}

/// Of this scope, as [`GetRegularizationLosses::scope`].
impl From<&str> for GetRegularizationLosses {
    fn from(scope: &str) -> Self {
        GetRegularizationLosses::new().scope(scope)
    }
}

impl GetRegularizationLosses {
    /// All of them.
    pub fn new() -> Self {
        GetRegularizationLosses::default()
    }

    /// Only those whose names begin with `scope`; see [`GetLosses::scope`].
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = scope.to_string();
        self
    }
}

/// The sum of what the regularizers of `graph` make of its variables, as `tf.losses.get_regularization_loss` computes it: 0 if there
/// are none. All of it must be of type `f32`; for `f64` see [`get_regularization_loss_as`].
///
/// ```
/// use tf1::{Graph, Session, VariableOptions, initializers, layers, losses};
///
/// let graph = Graph::new();
/// let options = VariableOptions::new().regularizer(layers::l2_regularizer(0.1));
/// let w = graph.get_variable_with::<f32>("w", [2], initializers::constant(2.0), options);
/// let penalty = losses::get_regularization_loss(&graph); // 0.1 · (2² + 2²) / 2
/// let cost = tf1::reduce_sum(&w, ..) + &penalty;
/// let session = Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// assert_eq!(session.run((penalty.scalar(), cost.scalar()), [])?, (0.4, 4.4));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if something of it has another type.
///
/// # Options
/// `scope`: see [`get_regularization_loss_with`].
#[track_caller]
pub fn get_regularization_loss(graph: &Graph) -> Tensor {
    get_regularization_loss_as(graph, float32)
}

/// As [`get_regularization_loss`], of variables of type `dtype`.
///
/// # Errors
/// As [`get_regularization_loss`].
#[track_caller]
pub fn get_regularization_loss_as<T: Numeric>(graph: &Graph, dtype: ElementType<T>) -> Tensor<T> {
    get_regularization_loss_with(graph, dtype)
}

/// As [`get_regularization_loss`], of one scope: `get_regularization_loss_with(&graph, "encoder/")`.
///
/// # Errors
/// As [`get_regularization_loss`].
#[track_caller]
pub fn get_regularization_loss_with<T: Numeric>(
    graph: &Graph,
    options: impl Into<GetRegularizationLoss<T>>,
) -> Tensor<T> {
    let options = options.into();
    let losses = get_regularization_losses_with(graph, options.scope.as_str());
    match losses.is_empty() {
        true => graph.constant(T::ZERO),
        false => sum(graph, &losses, "total_regularization_loss", options.dtype),
    }
}

/// The options of [`get_regularization_loss_with`].
#[derive(Clone, Debug)]
pub struct GetRegularizationLoss<T: Numeric = f32> {
    scope: String,
    dtype: ElementType<T>,
}

/// Of this scope, as [`GetRegularizationLoss::scope`].
impl From<&str> for GetRegularizationLoss {
    fn from(scope: &str) -> Self {
        GetRegularizationLoss::new().scope(scope)
    }
}

/// Of variables of this type, as [`GetRegularizationLoss::dtype`].
impl<T: Numeric> From<ElementType<T>> for GetRegularizationLoss<T> {
    fn from(dtype: ElementType<T>) -> Self {
        GetRegularizationLoss::new().dtype(dtype)
    }
}

impl GetRegularizationLoss {
    /// All of it, of type `f32`.
    pub fn new() -> Self {
        GetRegularizationLoss {
            scope: String::new(),
            dtype: float32,
        }
    }
}

impl<T: Numeric> GetRegularizationLoss<T> {
    /// Only the losses whose names begin with `scope`; see [`GetLosses::scope`].
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = scope.to_string();
        self
    }

    /// The type of the variables.
    pub fn dtype<U: Numeric>(self, dtype: ElementType<U>) -> GetRegularizationLoss<U> {
        GetRegularizationLoss {
            scope: self.scope,
            dtype,
        }
    }
}

impl Default for GetRegularizationLoss {
    fn default() -> Self {
        GetRegularizationLoss::new()
    }
}

/// The sum of some losses, under a name of its own: of a single loss another node, not the loss itself by another name.
#[track_caller]
fn sum<T: Numeric>(
    graph: &Graph,
    losses: &[AnyTensor],
    name: &'static str,
    dtype: ElementType<T>,
) -> Tensor<T> {
    let dtype = dtype.dtype();
    if let Some(other) = losses.iter().find(|loss| loss.dtype() != dtype) {
        let message = format!("{other} cannot be added to losses of type {dtype}");
        let function = match name {
            "total_loss" => "get_total_loss_as",
            _ => "get_regularization_loss_as",
        };
        let help = format!(
            "{function}(&graph, tf::{}) adds up losses of its type; or cast the loss",
            other.dtype()
        );
        return graph.failed(name, Error::invalid_argument(message).with_help(help));
    }
    let losses: Vec<Tensor<T>> = losses.iter().map(AnyTensor::assume).collect();
    match losses.as_slice() {
        [only] => identity(only).named(name),
        several => add_n(several).named(name),
    }
}
