//! The losses that a graph keeps under [`GraphKeys::LOSSES`].

use crate::graph::{AnyTensor, Graph, GraphKeys, NameFilter, Tensor, TensorHandle, expect_plain};
use crate::ops::array::identity;
use crate::ops::math::add_n;
use crate::types::{ElementType, Error, Numeric, float32};

/// Adds a loss of the caller's own to those that [`get_losses`] gives, as `tf.losses.add_loss`
/// does: a tensor of any type, typed or not, or a variable, which stands for its value.
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
/// [`get_total_loss`] reports a loss that cannot be added to the others.
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

/// As [`get_losses`], of one scope, `get_losses_with(&graph, "tower_1/")`, or of another
/// collection.
///
/// # Errors
/// `InvalidArgument` if the scope looks like a regular expression; see [`NameFilter`]. The list is
/// empty then.
#[track_caller]
pub fn get_losses_with<F: NameFilter>(
    graph: &Graph,
    options: impl Into<GetLosses<F>>,
) -> Vec<AnyTensor> {
    let options = options.into();
    graph.get_collection_in(&options.loss_collection, options.scope)
}

/// The options of [`get_losses_with`].
#[derive(Clone, Debug)]
pub struct GetLosses<F: NameFilter = &'static str> {
    scope: F,
    loss_collection: String,
}

/// Of this scope, as [`GetLosses::scope`].
impl<F: NameFilter> From<F> for GetLosses<F> {
    fn from(scope: F) -> Self {
        GetLosses::new().scope(scope)
    }
}

impl GetLosses {
    /// All that are in [`GraphKeys::LOSSES`].
    pub fn new() -> Self {
        GetLosses {
            scope: "",
            loss_collection: GraphKeys::LOSSES.to_string(),
        }
    }
}

impl<F: NameFilter> GetLosses<F> {
    /// Only those whose names begin with `scope`, or are accepted by a closure. TensorFlow takes a
    /// regular expression, this crate the text itself; see [`NameFilter`].
    pub fn scope<G: NameFilter>(self, scope: G) -> GetLosses<G> {
        GetLosses {
            scope,
            loss_collection: self.loss_collection,
        }
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

/// The sum of all losses of `graph` and of what its regularizers make of its variables, as
/// `tf.losses.get_total_loss` computes it. All of them must be of type `f32`; for `f64` see
/// [`get_total_loss_as`].
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

/// As [`get_total_loss`], without the losses of regularizers, `get_total_loss_with(&graph, false)`,
/// or of one scope.
///
/// # Errors
/// As [`get_total_loss`].
#[track_caller]
pub fn get_total_loss_with<T: Numeric, F: NameFilter>(
    graph: &Graph,
    options: impl Into<GetTotalLoss<T, F>>,
) -> Tensor<T> {
    let options = options.into();
    let scope = options.scope;
    if let Err(error) = expect_plain(&scope) {
        return graph.failed("total_loss", error);
    }
    let mut losses = get_losses(graph);
    if options.add_regularization_losses {
        losses.extend(get_regularization_losses(graph));
    }
    losses.retain(|loss| scope.wants(&loss.name()));
    if losses.is_empty() {
        let message = match scope.text() {
            Some("") => "the graph has no losses to add up".to_string(),
            Some(text) => format!("no loss has a name that begins with {text:?}"),
            None => "no loss has a name that is wanted".to_string(),
        };
        let help =
            "the functions of losses add what they compute; add_loss adds a loss of your own";
        return graph.failed(
            "total_loss",
            Error::invalid_argument(message).with_help(help),
        );
    }
    sum(graph, &losses, "total_loss", options.dtype)
}

/// The options of [`get_total_loss_with`].
#[derive(Clone, Debug)]
pub struct GetTotalLoss<T: Numeric = f32, F: NameFilter = &'static str> {
    add_regularization_losses: bool,
    scope: F,
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
            scope: "",
            dtype: float32,
        }
    }
}

impl<T: Numeric, F: NameFilter> GetTotalLoss<T, F> {
    /// Whether the losses of regularizers are added too.
    pub fn add_regularization_losses(mut self, add_regularization_losses: bool) -> Self {
        self.add_regularization_losses = add_regularization_losses;
        self
    }

    /// Only the losses whose names begin with `scope`; see [`GetLosses::scope`].
    pub fn scope<G: NameFilter>(self, scope: G) -> GetTotalLoss<T, G> {
        GetTotalLoss {
            add_regularization_losses: self.add_regularization_losses,
            scope,
            dtype: self.dtype,
        }
    }

    /// The type of the losses.
    pub fn dtype<U: Numeric>(self, dtype: ElementType<U>) -> GetTotalLoss<U, F> {
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

/// What the regularizers of `graph` make of its variables, in the order of making, as
/// `tf.losses.get_regularization_losses` gives them; see [`Regularizer`](crate::Regularizer).
///
/// # Options
/// `scope`: see [`get_regularization_losses_with`].
pub fn get_regularization_losses(graph: &Graph) -> Vec<AnyTensor> {
    get_regularization_losses_with(graph, "")
}

/// As [`get_regularization_losses`], of one scope: `get_regularization_losses_with(&graph,
/// "encoder/")`.
///
/// # Errors
/// As [`get_losses_with`].
#[track_caller]
pub fn get_regularization_losses_with<F: NameFilter>(
    graph: &Graph,
    options: impl Into<GetRegularizationLosses<F>>,
) -> Vec<AnyTensor> {
    graph.get_collection_in(GraphKeys::REGULARIZATION_LOSSES, options.into().scope)
}

/// The options of [`get_regularization_losses_with`].
#[derive(Clone, Debug, Default)]
pub struct GetRegularizationLosses<F: NameFilter = &'static str> {
    scope: F,
}

/// Of this scope, as [`GetRegularizationLosses::scope`].
impl<F: NameFilter> From<F> for GetRegularizationLosses<F> {
    fn from(scope: F) -> Self {
        GetRegularizationLosses { scope }
    }
}

impl GetRegularizationLosses {
    /// All of them.
    pub fn new() -> Self {
        GetRegularizationLosses::default()
    }
}

impl<F: NameFilter> GetRegularizationLosses<F> {
    /// Only those whose names begin with `scope`; see [`GetLosses::scope`].
    pub fn scope<G: NameFilter>(self, scope: G) -> GetRegularizationLosses<G> {
        GetRegularizationLosses { scope }
    }
}

/// The sum of what the regularizers of `graph` make of its variables, as
/// `tf.losses.get_regularization_loss` computes it: 0 if there are none. All of it must be of type
/// `f32`; for `f64` see [`get_regularization_loss_as`].
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

/// As [`get_regularization_loss`], of one scope: `get_regularization_loss_with(&graph,
/// "encoder/")`.
///
/// # Errors
/// As [`get_regularization_loss`].
#[track_caller]
pub fn get_regularization_loss_with<T: Numeric, F: NameFilter>(
    graph: &Graph,
    options: impl Into<GetRegularizationLoss<T, F>>,
) -> Tensor<T> {
    let options = options.into();
    if let Err(error) = expect_plain(&options.scope) {
        return graph.failed("total_regularization_loss", error);
    }
    let losses = get_regularization_losses_with(graph, options.scope);
    match losses.is_empty() {
        true => graph.constant(T::ZERO),
        false => sum(graph, &losses, "total_regularization_loss", options.dtype),
    }
}

/// The options of [`get_regularization_loss_with`].
#[derive(Clone, Debug)]
pub struct GetRegularizationLoss<T: Numeric = f32, F: NameFilter = &'static str> {
    scope: F,
    dtype: ElementType<T>,
}

/// Of this scope, as [`GetRegularizationLoss::scope`].
impl<F: NameFilter> From<F> for GetRegularizationLoss<f32, F> {
    fn from(scope: F) -> Self {
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
            scope: "",
            dtype: float32,
        }
    }
}

impl<T: Numeric, F: NameFilter> GetRegularizationLoss<T, F> {
    /// Only the losses whose names begin with `scope`; see [`GetLosses::scope`].
    pub fn scope<G: NameFilter>(self, scope: G) -> GetRegularizationLoss<T, G> {
        GetRegularizationLoss {
            scope,
            dtype: self.dtype,
        }
    }

    /// The type of the variables.
    pub fn dtype<U: Numeric>(self, dtype: ElementType<U>) -> GetRegularizationLoss<U, F> {
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

/// The sum of some losses, under a name of its own: of a single loss another node, not the loss
/// itself by another name.
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
