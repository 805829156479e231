//! [`ContribScope`]: under which name a layer stands, whether it shares variables, and where these
//! and its outputs are listed.

use crate::graph::{Graph, GraphKeys, Tensor};
use crate::types::Element;
use crate::variables::{AnyVariable, Reuse, VariableGetter, VariableRequest, VariableScope};

/// What the layers of `tf.layers` call their variables, and what these are called here.
const RENAMED: &[(&str, &str)] = &[
    ("bias", "biases"),
    ("kernel", "weights"),
    ("depthwise_kernel", "depthwise_weights"),
    ("pointwise_kernel", "pointwise_weights"),
];

/// The arguments `scope`, `reuse`, `trainable`, `variables_collections` and `outputs_collections`
/// of a layer.
#[derive(Clone, Debug)]
pub(super) struct ContribScope {
    pub(super) scope: Option<String>,
    pub(super) reuse: Reuse,
    pub(super) trainable: bool,
    pub(super) variables_collections: Vec<String>,
    pub(super) outputs_collections: Vec<String>,
}

impl Default for ContribScope {
    fn default() -> Self {
        ContribScope {
            scope: None,
            reuse: Reuse::Inherit,
            trainable: true,
            variables_collections: Vec::new(),
            outputs_collections: Vec::new(),
        }
    }
}

impl ContribScope {
    /// Runs `build` in the scope of a layer of this kind and lists what it makes.
    #[track_caller]
    pub(super) fn open<T: Element>(
        &self,
        graph: &Graph,
        kind: &str,
        build: impl FnOnce() -> Tensor<T>,
    ) -> Tensor<T> {
        let scope = match &self.scope {
            Some(name) => VariableScope::new(name),
            None => VariableScope::unique(kind),
        };
        let collections = self.variables_collections.clone();
        let scope = scope
            .reuse(self.reuse)
            .custom_getter(move |getter, request| model_variable(getter, request, &collections));
        let outputs = graph.op_call(|| graph.variable_scope(scope, build));
        for key in &self.outputs_collections {
            graph.add_to_collection(key, &outputs);
        }
        outputs
    }
}

/// Takes the name that TensorFlow's layers take for a scope within their own, in which they make
/// nothing: what is called so later has a number.
#[track_caller]
pub(super) fn take_name(graph: &Graph) {
    graph.variable_scope(graph.get_variable_scope(), || ());
}

/// The variable that is asked for under TensorFlow's name for it, listed among those of the model.
fn model_variable(
    getter: &VariableGetter<'_>,
    mut request: VariableRequest<'_>,
    collections: &[String],
) -> AnyVariable {
    let (scope, name) = match request.name.rsplit_once('/') {
        Some((scope, name)) => (format!("{scope}/"), name),
        None => (String::new(), request.name.as_str()),
    };
    if let Some((_, renamed)) = RENAMED.iter().find(|(from, _)| *from == name) {
        request.name = scope + renamed;
    }
    for key in collections {
        request.options = request.options.collection(key);
    }
    request.options = request.options.collection(GraphKeys::MODEL_VARIABLES);
    getter.get(request)
}

/// The methods for the options that a type has in this field, a [`ContribScope`].
macro_rules! contrib_options {
    ($($field:ident).+) => {
        /// The layer's scope; another layer of that scope must share its variables.
        pub fn scope(mut self, scope: impl AsRef<str>) -> Self {
            self.$($field).+.scope = Some(scope.as_ref().to_string());
            self
        }

        /// Whether the variables may or must be those of another layer of that scope.
        pub fn reuse(mut self, reuse: impl Into<$crate::variables::Reuse>) -> Self {
            self.$($field).+.reuse = reuse.into();
            self
        }

        /// Whether optimizers train the variables if they are not told what to train.
        pub fn trainable(mut self, trainable: bool) -> Self {
            self.$($field).+.trainable = trainable;
            self
        }

        /// The collections to which the variables are added, beside the usual ones.
        pub fn variables_collections<K: Into<String>>(
            mut self,
            keys: impl IntoIterator<Item = K>,
        ) -> Self {
            self.$($field).+.variables_collections = keys.into_iter().map(Into::into).collect();
            self
        }

        /// The collections to which the result is added.
        pub fn outputs_collections<K: Into<String>>(
            mut self,
            keys: impl IntoIterator<Item = K>,
        ) -> Self {
            self.$($field).+.outputs_collections = keys.into_iter().map(Into::into).collect();
            self
        }
    };
}
pub(super) use contrib_options;

/// The methods for what the result goes through, which a type has in this field.
macro_rules! activation_options {
    ($($field:ident).+) => {
        /// What the result goes through, such as [`nn::relu`](crate::nn::relu) or a closure.
        pub fn activation_fn(
            mut self,
            activation: impl Fn(Tensor<T>) -> Tensor<T> + 'static,
        ) -> Self {
            self.$($field).+ = Some(std::sync::Arc::new(activation));
            self
        }

        /// Leaves the result as it is (`activation_fn=None`).
        pub fn no_activation(mut self) -> Self {
            self.$($field).+ = None;
            self
        }
    };
}
pub(super) use activation_options;

/// The methods for the initial value of a variable and the penalty on it, a
/// [`Weight`](super::super::weight::Weight) in a field.
macro_rules! parameter_options {
    ($what:literal $($field:ident).+: $initializer:ident $regularizer:ident) => {
        #[doc = concat!("The initial value of the ", $what, ".")]
        pub fn $initializer(
            mut self,
            initializer: impl $crate::variables::Initializer<T> + 'static,
        ) -> Self {
            self.$($field).+.initializer = std::sync::Arc::new(initializer);
            self
        }

        #[doc = concat!("A penalty on the values of the ", $what, ".")]
        pub fn $regularizer(mut self, regularizer: impl $crate::variables::Regularizer) -> Self {
            self.$($field).+.regularizer = Some(std::sync::Arc::new(regularizer));
            self
        }
    };
}
pub(super) use parameter_options;

/// What a result goes through.
pub(super) type Function<T> = dyn Fn(Tensor<T>) -> Tensor<T>;

/// The result after its function, if it has one.
#[track_caller]
pub(super) fn activated<T: Element>(
    activation: Option<&std::sync::Arc<Function<T>>>,
    outputs: Tensor<T>,
) -> Tensor<T> {
    match activation {
        Some(activation) => activation(outputs),
        None => outputs,
    }
}
