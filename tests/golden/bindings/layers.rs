//! `tf.layers`, and the regularizers.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tf1::layers::{
    self, AveragePooling1D, AveragePooling2D, AveragePooling3D, BatchNormalization, Dense,
    DenseLayer, Dropout, Flatten, MaxPooling1D, MaxPooling2D, MaxPooling3D, RenormClipping,
    Training,
};
use tf1::nn::Keep;
use tf1::{AnyTensor, DType, Element, Graph, MatMulElement, Regularizer, Shape, Tensor};

use super::initializers::{Boxed, Made, for_float};
use super::scopes::reuse;
use super::variables::Shared;
use crate::call::{Binding, Call, KeptCall, bind, with};
use crate::dispatch::{any, any_float};
use crate::object::Object;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// A row for a pooling layer.
macro_rules! pooling {
    ($function:literal, $call:path, $options:ident) => {
        bind(
            $function,
            "inputs, pool_size, strides, padding, data_format, name",
            |c| {
                any_float!(c, c.dtype_of(&["inputs"])?, T => {
                    let padding = c.optional_text("padding")?;
                    let options = with($options::new(), padding.as_deref(), $options::padding);
                    let name = c.optional_text("name")?;
                    let options = with(options, name.as_deref(), $options::name);
                    let options = match c.text("data_format", "channels_last")?.as_str() {
                        "channels_first" => options.channels_first(),
                        _ => options,
                    };
                    let (size, strides) = (c.integers("pool_size")?, c.integers("strides")?);
                    c.returns($call(c.operand::<T>("inputs")?, size, strides, options))
                })
            },
        )
    };
}

/// A row for a class of regularizers.
macro_rules! regularizers {
    ($class:literal, $parameters:literal, |$c:ident| $make:expr) => {
        bind($class, $parameters, |$c| {
            let regularizer: Arc<dyn Regularizer> = Arc::new($make);
            // TensorFlow checks it now, the crate where it is used first.
            let scratch = Graph::new();
            regularizer.penalty(&scratch.constant(1.0f32).any());
            scratch.check()?;
            $c.returns(Object::new("Regularizer", regularizer))
        })
    };
}

pub const BINDINGS: &[Binding] = &[
    bind("tf.layers.dense", DENSE, |c| {
        match c.dtype_of(&["inputs"])? {
            DType::Float32 => dense::<f32>(c),
            DType::Float64 => dense::<f64>(c),
            other => Err(c.lacks_dtype(other)),
        }
    }),
    bind("tf.layers.Dense", OBJECT, |c| {
        let layer = dense_options::<f32>(c)?.layer(c.length("units")?);
        let place = LAYERS.with_borrow_mut(|layers| {
            layers.push(Rc::new(layer));
            layers.len() - 1
        });
        c.returns(Object::new("DenseLayer", place))
    }),
    bind("DenseLayer.__call__", "self, inputs", |c| {
        let layer = layer(c)?;
        let inputs = c.operand("inputs")?;
        c.returns(calling_back(|| layer.apply(inputs))?)
    }),
    bind("DenseLayer.kernel", "self", |c| {
        c.returns(layer(c)?.kernel().expect("it was applied").any())
    }),
    bind("DenseLayer.trainable_weights", "self", |c| {
        let variables = layer(c)?.trainable_variables();
        c.returns(variables.iter().map(|v| v.any()).collect::<Vec<_>>())
    }),
    bind("DenseLayer.count_params", "self", |c| {
        let count = layer(c)?.count_params().expect("it was applied");
        c.returns(Value::Int(count as i64))
    }),
    bind(
        "DenseLayer.compute_output_shape",
        "self, input_shape",
        |c| {
            let layer = layer(c)?;
            let shape = layer.compute_output_shape(c.lengths("input_shape")?)?;
            c.returns(shape)
        },
    ),
    bind(
        "tf.layers.dropout",
        "inputs, rate, noise_shape, seed, training, name",
        |c| {
            any_float!(c, c.dtype_of(&["inputs"])?, T => {
                let rate = c.optional_float("rate")?.map(Keep::<T>::rate);
                let options = with(Dropout::<T>::new(), rate, Dropout::rate);
                let noise = c.peek("noise_shape").map(|_| c.lengths("noise_shape")).transpose()?;
                let noise = noise.map(|lengths| Shape::known(&lengths));
                let options = with(options, noise, Dropout::noise_shape);
                let options = with(options, c.optional_int("seed")?, Dropout::seed);
                let options = with(options, training(c)?, Dropout::training);
                let name = c.optional_text("name")?;
                let options = with(options, name.as_deref(), Dropout::name);
                c.returns(layers::dropout_with(c.operand::<T>("inputs")?, options))
            })
        },
    ),
    pooling!(
        "tf.layers.max_pooling1d",
        layers::max_pooling1d_with,
        MaxPooling1D
    ),
    pooling!(
        "tf.layers.max_pooling2d",
        layers::max_pooling2d_with,
        MaxPooling2D
    ),
    pooling!(
        "tf.layers.max_pooling3d",
        layers::max_pooling3d_with,
        MaxPooling3D
    ),
    pooling!(
        "tf.layers.average_pooling1d",
        layers::average_pooling1d_with,
        AveragePooling1D
    ),
    pooling!(
        "tf.layers.average_pooling2d",
        layers::average_pooling2d_with,
        AveragePooling2D
    ),
    pooling!(
        "tf.layers.average_pooling3d",
        layers::average_pooling3d_with,
        AveragePooling3D
    ),
    bind("tf.layers.flatten", "inputs, name, data_format", |c| {
        any!(c.dtype_of(&["inputs"])?, T => {
            let name = c.optional_text("name")?;
            let options = with(Flatten::new(), name.as_deref(), Flatten::name);
            let options = match c.text("data_format", "channels_last")?.as_str() {
                "channels_first" => options.channels_first(),
                _ => options,
            };
            c.returns(layers::flatten_with(c.operand::<T>("inputs")?, options))
        })
    }),
    bind(
        "tf.layers.batch_normalization",
        BATCH_NORMALIZATION,
        |c| match c.dtype_of(&["inputs"])? {
            DType::Float32 => batch_normalization::<f32>(c),
            DType::Float64 => batch_normalization::<f64>(c),
            other => Err(c.lacks_dtype(other)),
        },
    ),
    regularizers!("tf.contrib.layers.l1_regularizer", "scale, scope", |c| {
        layers::l1_regularizer(scale(c, "scale")?)
    }),
    regularizers!("tf.contrib.layers.l2_regularizer", "scale, scope", |c| {
        layers::l2_regularizer(scale(c, "scale")?)
    }),
    regularizers!(
        "tf.contrib.layers.l1_l2_regularizer",
        "scale_l1, scale_l2, scope",
        |c| layers::l1_l2_regularizer(scale(c, "scale_l1")?, scale(c, "scale_l2")?)
    ),
    bind("Regularizer.__call__", "self, weights", |c| {
        let weights = match c.peek("weights") {
            Some(Value::Variable(_)) => match c.required("weights")? {
                Value::Variable(variable) => variable.value().clone(),
                _ => return Err(c.lacks("of another kind")),
            },
            _ => c.any_tensor("weights")?,
        };
        c.object("self", |regularizer: &Arc<dyn Regularizer>| {
            c.returns(regularizer.penalty(&weights))
        })
    }),
];

const DENSE: &str = "inputs, units, activation, use_bias, kernel_initializer, bias_initializer, \
                     kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, \
                     bias_constraint, trainable, name, reuse";
const OBJECT: &str = "units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, \
                      bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable, name";
const BATCH_NORMALIZATION: &str = "inputs, axis, momentum, epsilon, center, scale, beta_initializer, \
                                   gamma_initializer, moving_mean_initializer, moving_variance_initializer, \
                                   beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint, \
                                   training, trainable, name, reuse, renorm, renorm_clipping, renorm_momentum, \
                                   fused";

fn dense<T: Made + MatMulElement>(c: &Call<'_>) -> Outcome<Value> {
    let options = with(dense_options::<T>(c)?, reuse(c)?, Dense::reuse);
    let (inputs, units) = (c.operand::<T>("inputs")?, c.length("units")?);
    c.returns(calling_back(|| layers::dense_with(inputs, units, options))?)
}

thread_local! {
    /// The layers that programs made, which objects name by their places: an object may go to
    /// another thread, a layer may not.
    static LAYERS: RefCell<Vec<Rc<DenseLayer<f32>>>> = const { RefCell::new(Vec::new()) };
}

fn layer(c: &Call<'_>) -> Outcome<Rc<DenseLayer<f32>>> {
    c.object("self", |place: &usize| {
        Ok(LAYERS.with_borrow(|layers| Rc::clone(&layers[*place])))
    })
}

/// `options` with what a layer with weights was told of its variables, activation and name.
macro_rules! weighted {
    ($c:expr, $T:ty, $Options:ident, [$($weight:literal $initializer:ident $regularizer:ident $constraint:ident),*]) => {{
        let c: &Call<'_> = $c;
        let mut options = $Options::<$T>::new();
        let constraint = |name: &str| {
            let function = c.optional(name)?;
            let graph = c.graph.clone();
            Some(move |w| activate::<$T>(&graph, &function, w))
        };
        $(
            let given = initializer(c, concat!($weight, "_initializer"))?;
            options = with(options, given, $Options::$initializer);
            let given = shared(c, concat!($weight, "_regularizer"))?;
            options = with(options, given, $Options::$regularizer);
            let given = constraint(concat!($weight, "_constraint"));
            options = with(options, given, $Options::$constraint);
        )*
        options = options
            .use_bias(c.bool("use_bias", true)?)
            .trainable(c.bool("trainable", true)?);
        let given = shared(c, "activity_regularizer")?;
        options = with(options, given, $Options::activity_regularizer);
        options = with(options, c.optional_text("name")?.as_deref(), $Options::name);
        if let Some(activation) = c.optional("activation") {
            let graph = c.graph.clone();
            options = options.activation(move |x| activate(&graph, &activation, x));
        }
        options
    }};
}
pub(super) use weighted;

fn dense_options<T: Made + MatMulElement>(c: &Call<'_>) -> Outcome<Dense<T>> {
    Ok(weighted!(
        c,
        T,
        Dense,
        [
            "kernel" kernel_initializer kernel_regularizer kernel_constraint,
            "bias" bias_initializer bias_regularizer bias_constraint
        ]
    ))
}

fn batch_normalization<T: Made>(c: &Call<'_>) -> Outcome<Value> {
    type Layer<T> = BatchNormalization<T>;
    let mut options = Layer::<T>::new();
    options = with(
        options,
        c.optional_int("axis")?.map(|axis| axis as isize),
        Layer::axis,
    );
    options = with(options, c.optional_float("momentum")?, Layer::momentum);
    options = with(options, c.optional_float("epsilon")?, Layer::epsilon);
    options = options
        .center(c.bool("center", true)?)
        .scale(c.bool("scale", true)?);
    options = with(
        options,
        initializer(c, "beta_initializer")?,
        Layer::beta_initializer,
    );
    options = with(
        options,
        initializer(c, "gamma_initializer")?,
        Layer::gamma_initializer,
    );
    options = with(
        options,
        initializer(c, "moving_mean_initializer")?,
        Layer::moving_mean_initializer,
    );
    let variance = initializer(c, "moving_variance_initializer")?;
    options = with(options, variance, Layer::moving_variance_initializer);
    options = with(
        options,
        shared(c, "beta_regularizer")?,
        Layer::beta_regularizer,
    );
    options = with(
        options,
        shared(c, "gamma_regularizer")?,
        Layer::gamma_regularizer,
    );
    options = with(options, training(c)?, Layer::training);
    options = options
        .trainable(c.bool("trainable", true)?)
        .fused(c.bool("fused", true)?);
    options = with(options, c.optional_text("name")?.as_deref(), Layer::name);
    options = with(options, reuse(c)?, Layer::reuse);
    options = options.renorm(c.bool("renorm", false)?);
    options = with(
        options,
        c.optional_float("renorm_momentum")?,
        Layer::renorm_momentum,
    );
    if let Some(Value::Dict(limits)) = c.optional("renorm_clipping") {
        let mut clipping = RenormClipping::new();
        for (name, limit) in &limits {
            let &Value::Float(limit) = limit else {
                return Err(c.lacks("limits of renorm that are tensors"));
            };
            let limit = T::from_f64(limit);
            clipping = match name.as_str() {
                "rmin" => clipping.rmin(limit),
                "rmax" => clipping.rmax(limit),
                "dmax" => clipping.dmax(limit),
                other => return Err(c.lacks(other)),
            };
        }
        options = options.renorm_clipping(clipping);
    }
    let inputs = c.operand::<T>("inputs")?;
    c.returns(calling_back(|| {
        layers::batch_normalization_with(inputs, options)
    })?)
}

/// The initializer that an argument is.
pub(super) fn initializer<T: Made>(c: &Call<'_>, name: &str) -> Outcome<Option<Boxed<T>>> {
    let Some(given) = c.optional(name) else {
        return Ok(None);
    };
    match &given {
        Value::Object(object) => match object.get::<KeptCall>() {
            Some(kept) => for_float(c.graph, kept).map(Some),
            None => Err(c.lacks(&format!("{name}= of another kind"))),
        },
        _ => Err(c.lacks(&format!("{name}= of another kind"))),
    }
}

/// Whether the layer is trained: a truth value or a tensor.
fn training(c: &Call<'_>) -> Outcome<Option<Training>> {
    Ok(match c.peek("training") {
        None => None,
        // TensorFlow makes a `cond` of it.
        Some(Value::Tensor(_)) => {
            return Err(Trouble::lacks(
                "layers that are told by a tensor whether they are trained",
            ));
        }
        Some(_) => Some(Training::from(c.bool("training", false)?)),
    })
}

/// The weight of a regularizer, which is not an integer.
fn scale(c: &Call<'_>, name: &str) -> Outcome<f64> {
    match c.peek(name) {
        Some(Value::Int(_)) => Err(c.refused("of an integer")),
        _ => c.float(name, 1.0),
    }
}

pub(super) fn shared(c: &Call<'_>, name: &str) -> Outcome<Option<Shared>> {
    Ok(regularizer(c, name)?.map(Shared))
}

/// The regularizer that an argument is: an object, or a function of the program.
pub fn regularizer(c: &Call<'_>, name: &str) -> Outcome<Option<Arc<dyn Regularizer>>> {
    Ok(match c.optional(name) {
        None => None,
        Some(Value::Object(object)) => match object.get::<Arc<dyn Regularizer>>() {
            Some(regularizer) => Some(Arc::clone(regularizer)),
            None => return Err(c.lacks(&format!("{name}= of another kind"))),
        },
        Some(function) => Some(Arc::new(OfFunction(function))),
    })
}

/// A regularizer that calls a function of the program.
#[derive(Debug)]
struct OfFunction(Value);

impl Regularizer for OfFunction {
    fn penalty(&self, weights: &AnyTensor) -> Option<AnyTensor> {
        let made = self
            .0
            .call(weights.graph(), vec![Value::Tensor(weights.clone())]);
        keep_trouble(made)?.as_tensor()
    }
}

thread_local! {
    /// What went wrong in a function that the crate called back.
    static TROUBLE: RefCell<Option<Trouble>> = const { RefCell::new(None) };
}

pub(super) fn keep_trouble(made: Outcome<Value>) -> Option<Value> {
    made.map_err(|trouble| TROUBLE.set(Some(trouble))).ok()
}

/// Calls the crate, which may call functions of the program; tells what went wrong in them.
pub fn calling_back<R>(build: impl FnOnce() -> R) -> Outcome<R> {
    TROUBLE.set(None);
    let built = build();
    TROUBLE.take().map_or(Ok(built), Err)
}

/// An activation of the program's.
pub fn activate<T: Element>(graph: &Graph, activation: &Value, x: Tensor<T>) -> Tensor<T> {
    let made = activation.call(graph, vec![Value::Tensor(x.any())]);
    let tensor = keep_trouble(made).and_then(|value| value.as_tensor()?.typed().ok());
    tensor.unwrap_or(x)
}
