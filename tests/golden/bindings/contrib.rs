//! `tf.contrib.layers`, and `arg_scope`.

use tf1::contrib::framework::arg_scope;
use tf1::contrib::layers::{
    self, AvgPool2d, BatchNorm, BiasAdd, Conv2d, Conv2dTranspose, Dropout, EmbedSequence,
    FullyConnected, GroupNorm, InstanceNorm, LayerNorm, MaxPool2d, OptimizeLoss, SeparableConv2d,
};
use tf1::layers::Training;
use tf1::{AnyTensor, Regularizer, Tensor};

use super::layers::{activate, calling_back, initializer, keep_trouble, regularizer, shared};
use super::optimizers::{hyper_parameter, optional_variable};
use super::scopes::reuse;
use super::variables::Shared;
use crate::call::{Binding, Call, bind, listed, with};
use crate::dispatch::{any, float, integer};
use crate::object::Object;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// Options with what all layers have.
macro_rules! common {
    ($c:expr, $Options:ident, $options:expr) => {{
        let c: &Call<'_> = $c;
        let mut options = $options;
        options = with(
            options,
            c.optional_text("scope")?.as_deref(),
            $Options::scope,
        );
        options = with(options, reuse(c)?, $Options::reuse);
        options.trainable(c.bool("trainable", true)?)
    }};
}

/// Options with an activation, if one is told.
macro_rules! activated {
    ($c:expr, $options:expr) => {{
        let c: &Call<'_> = $c;
        let options = $options;
        if c.is_none("activation_fn") {
            c.optional("activation_fn");
            options.no_activation()
        } else if let Some(function) = c.optional("activation_fn") {
            let graph = c.graph.clone();
            options.activation_fn(move |x| activate::<f32>(&graph, &function, x))
        } else {
            options
        }
    }};
}

/// Options with what layers with weights have.
macro_rules! weighted {
    ($c:expr, $Options:ident) => {{
        let c: &Call<'_> = $c;
        let mut options = common!(c, $Options, activated!(c, $Options::<f32>::new()));
        options = with(
            options,
            initializer(c, "weights_initializer")?,
            $Options::weights_initializer,
        );
        options = with(
            options,
            shared(c, "weights_regularizer")?,
            $Options::weights_regularizer,
        );
        if c.is_none("biases_initializer") {
            c.optional("biases_initializer");
            options = options.no_biases();
        }
        options = with(
            options,
            initializer(c, "biases_initializer")?,
            $Options::biases_initializer,
        );
        options = with(
            options,
            shared(c, "biases_regularizer")?,
            $Options::biases_regularizer,
        );
        if let Some(Value::Symbol(function)) = c.optional("normalizer_fn") {
            let parameters = match c.optional("normalizer_params") {
                Some(Value::Dict(parameters)) => parameters,
                _ => Vec::new(),
            };
            let graph = c.graph.clone();
            options = options.normalizer_fn(move |x| {
                let x = vec![Value::Tensor(x.any())];
                tensor(&graph, Call::make(&graph, &function, x, parameters.clone()))
            });
        }
        options
    }};
}

/// Options with the windows of a convolution.
macro_rules! windows {
    ($c:expr, $options:expr) => {{
        let c: &Call<'_> = $c;
        let mut options = $options;
        if c.peek("stride").is_some() {
            options = options.stride(c.integers("stride")?);
        }
        if let Some(padding) = c.optional_text("padding")? {
            options = options.padding(padding.as_str());
        }
        options
    }};
}

const WEIGHTED: &str = "inputs, num_outputs, activation_fn, normalizer_fn, normalizer_params, weights_initializer, \
                        weights_regularizer, biases_initializer, biases_regularizer, reuse, trainable, scope";
const SCOPED: &str = "list_ops_or_scope, activation_fn, normalizer_fn, normalizer_params, weights_initializer, \
                      weights_regularizer, biases_initializer, biases_regularizer, reuse, trainable, scope";
const CONVOLUTION: &str = "inputs, num_outputs, kernel_size, stride, padding, rate, activation_fn, normalizer_fn, \
                           normalizer_params, weights_initializer, weights_regularizer, biases_initializer, \
                           biases_regularizer, reuse, trainable, scope";
const TRANSPOSED: &str = "inputs, num_outputs, kernel_size, stride, padding, activation_fn, normalizer_fn, \
                          normalizer_params, weights_initializer, weights_regularizer, biases_initializer, \
                          biases_regularizer, reuse, trainable, scope";
const SEPARABLE: &str = "inputs, num_outputs, kernel_size, depth_multiplier, stride, padding, rate, activation_fn, \
                         normalizer_fn, normalizer_params, weights_initializer, weights_regularizer, \
                         biases_initializer, biases_regularizer, reuse, trainable, scope";
const OPTIMIZE_LOSS: &str = "loss, global_step, learning_rate, optimizer, gradient_noise_scale, gradient_multipliers, \
                             clip_gradients, learning_rate_decay_fn, update_ops, variables, summaries, \
                             colocate_gradients_with_ops, increment_global_step";
const BATCH_NORM: &str = "inputs, decay, center, scale, epsilon, activation_fn, updates_collections, is_training, \
                          reuse, trainable, fused, scope";

pub const BINDINGS: &[Binding] = &[
    bind("tf.contrib.layers.fully_connected", WEIGHTED, |c| {
        let units = units(c)?;
        let options = weighted!(c, FullyConnected);
        let inputs = c.operand::<f32>("inputs")?;
        c.returns(calling_back(|| {
            layers::fully_connected_with(inputs, units, options)
        })?)
    }),
    bind("tf.contrib.layers.linear", WEIGHTED, |c| {
        let units = units(c)?;
        let options = weighted!(c, FullyConnected);
        let inputs = c.operand::<f32>("inputs")?;
        c.returns(calling_back(|| {
            layers::linear_with(inputs, units, options)
        })?)
    }),
    bind("tf.contrib.layers.relu", WEIGHTED, |c| {
        let units = units(c)?;
        let options = weighted!(c, FullyConnected);
        let inputs = c.operand::<f32>("inputs")?;
        c.returns(calling_back(|| layers::relu_with(inputs, units, options))?)
    }),
    bind("tf.contrib.framework.arg_scope", SCOPED, |c| {
        for function in listed(&c.required("list_ops_or_scope")?) {
            if !matches!(function, Value::Symbol(name) if name == "tf.contrib.layers.fully_connected")
            {
                return Err(c.lacks("of other layers"));
            }
        }
        let options = weighted!(c, FullyConnected);
        arg_scope(options, || c.run_body(Value::None))?;
        Ok(Value::None)
    }),
    bind("tf.contrib.layers.conv2d", CONVOLUTION, |c| {
        let mut options = windows!(c, weighted!(c, Conv2d));
        if c.peek("rate").is_some() {
            options = options.rate(c.integers("rate")?);
        }
        let (units, size) = (c.length("num_outputs")?, c.integers("kernel_size")?);
        let inputs = c.operand::<f32>("inputs")?;
        c.returns(calling_back(|| {
            layers::conv2d_with(inputs, units, size, options)
        })?)
    }),
    bind("tf.contrib.layers.conv2d_transpose", TRANSPOSED, |c| {
        let options = windows!(c, weighted!(c, Conv2dTranspose));
        let (units, size) = (c.length("num_outputs")?, c.integers("kernel_size")?);
        let inputs = c.operand::<f32>("inputs")?;
        c.returns(calling_back(|| {
            layers::conv2d_transpose_with(inputs, units, size, options)
        })?)
    }),
    bind("tf.contrib.layers.separable_conv2d", SEPARABLE, |c| {
        let mut options = windows!(c, weighted!(c, SeparableConv2d));
        if c.peek("rate").is_some() {
            options = options.rate(c.integers("rate")?);
        }
        let (units, size) = (c.length("num_outputs")?, c.integers("kernel_size")?);
        let (inputs, multiplier) = (c.operand::<f32>("inputs")?, c.int("depth_multiplier", 1)?);
        c.returns(calling_back(|| {
            layers::separable_conv2d_with(inputs, units, size, multiplier, options)
        })?)
    }),
    bind(
        "tf.contrib.layers.max_pool2d",
        "inputs, kernel_size, stride, padding",
        |c| {
            let options = windows!(c, MaxPool2d::new());
            let inputs = c.operand::<f32>("inputs")?;
            c.returns(layers::max_pool2d_with(
                inputs,
                c.integers("kernel_size")?,
                options,
            ))
        },
    ),
    bind(
        "tf.contrib.layers.avg_pool2d",
        "inputs, kernel_size, stride, padding",
        |c| {
            let options = windows!(c, AvgPool2d::new());
            let inputs = c.operand::<f32>("inputs")?;
            c.returns(layers::avg_pool2d_with(
                inputs,
                c.integers("kernel_size")?,
                options,
            ))
        },
    ),
    bind("tf.contrib.layers.batch_norm", BATCH_NORM, |c| {
        let mut options = common!(c, BatchNorm, activated!(c, BatchNorm::<f32>::new()));
        options = with(options, c.optional_float("decay")?, BatchNorm::decay);
        options = with(options, c.optional_float("epsilon")?, BatchNorm::epsilon);
        options = options
            .center(c.bool("center", true)?)
            .scale(c.bool("scale", false)?)
            .fused(c.bool("fused", true)?)
            .is_training(Training::from(c.bool("is_training", true)?));
        if c.is_none("updates_collections") {
            c.optional("updates_collections");
            options = options.updates_in_place();
        }
        options = with(
            options,
            c.optional_text("updates_collections")?,
            BatchNorm::updates_collections,
        );
        let inputs = c.operand::<f32>("inputs")?;
        c.returns(calling_back(|| layers::batch_norm_with(inputs, options))?)
    }),
    bind("tf.contrib.layers.optimize_loss", OPTIMIZE_LOSS, |c| {
        let mut options = OptimizeLoss::new();
        options = with(
            options,
            c.optional_float("clip_gradients")?,
            OptimizeLoss::clip_gradients,
        );
        options = with(options, c.name(), |options, name| options.name(name));
        let step = optional_variable(c, "global_step")?;
        let rate = hyper_parameter(c, "learning_rate")?;
        let optimizer = c.text("optimizer", "")?;
        float!(c, c.dtype_of(&["loss"])?, T => {
            let loss = c.operand::<T>("loss")?;
            c.returns(layers::optimize_loss_with(loss, step, rate, optimizer.as_str(), options))
        })
    }),
    bind(
        "tf.contrib.layers.layer_norm",
        "inputs, center, scale, activation_fn, reuse, trainable, begin_norm_axis, begin_params_axis, scope",
        |c| {
            let mut options = common!(c, LayerNorm, activated!(c, LayerNorm::<f32>::new()));
            options = options
                .center(c.bool("center", true)?)
                .scale(c.bool("scale", true)?);
            options = with(
                options,
                c.optional_int("begin_norm_axis")?,
                LayerNorm::begin_norm_axis,
            );
            options = with(
                options,
                c.optional_int("begin_params_axis")?,
                LayerNorm::begin_params_axis,
            );
            let inputs = c.operand::<f32>("inputs")?;
            c.returns(calling_back(|| layers::layer_norm_with(inputs, options))?)
        },
    ),
    bind(
        "tf.contrib.layers.instance_norm",
        "inputs, center, scale, epsilon, activation_fn, reuse, trainable, scope",
        |c| {
            let mut options = common!(c, InstanceNorm, activated!(c, InstanceNorm::<f32>::new()));
            options = options
                .center(c.bool("center", true)?)
                .scale(c.bool("scale", true)?);
            options = with(options, c.optional_float("epsilon")?, InstanceNorm::epsilon);
            let inputs = c.operand::<f32>("inputs")?;
            c.returns(calling_back(|| {
                layers::instance_norm_with(inputs, options)
            })?)
        },
    ),
    bind(
        "tf.contrib.layers.group_norm",
        "inputs, groups, channels_axis, reduction_axes, center, scale, epsilon, activation_fn, reuse, trainable, scope",
        |c| {
            let mut options = common!(c, GroupNorm, activated!(c, GroupNorm::<f32>::new()));
            options = options
                .center(c.bool("center", true)?)
                .scale(c.bool("scale", true)?);
            options = with(options, c.optional_float("epsilon")?, GroupNorm::epsilon);
            options = with(options, c.optional_int("groups")?, GroupNorm::groups);
            options = with(
                options,
                c.optional_int("channels_axis")?,
                GroupNorm::channels_axis,
            );
            options = with(
                options,
                c.optional_ints("reduction_axes")?,
                GroupNorm::reduction_axes,
            );
            let inputs = c.operand::<f32>("inputs")?;
            c.returns(calling_back(|| layers::group_norm_with(inputs, options))?)
        },
    ),
    bind(
        "tf.contrib.layers.bias_add",
        "inputs, activation_fn, initializer, regularizer, reuse, trainable, scope",
        |c| {
            let mut options = common!(c, BiasAdd, activated!(c, BiasAdd::<f32>::new()));
            options = with(
                options,
                initializer(c, "initializer")?,
                BiasAdd::initializer,
            );
            options = with(options, shared(c, "regularizer")?, BiasAdd::regularizer);
            let inputs = c.operand::<f32>("inputs")?;
            c.returns(calling_back(|| layers::bias_add_with(inputs, options))?)
        },
    ),
    bind(
        "tf.contrib.layers.dropout",
        "inputs, keep_prob, is_training, seed, scope",
        |c| {
            let mut options = Dropout::<f32>::new();
            options = with(options, c.optional_float("keep_prob")?, Dropout::keep_prob);
            options = with(options, c.optional_int("seed")?, Dropout::seed);
            options = with(
                options,
                c.optional_text("scope")?.as_deref(),
                Dropout::scope,
            );
            options = options.is_training(Training::from(c.bool("is_training", true)?));
            c.returns(layers::dropout_with(c.operand::<f32>("inputs")?, options))
        },
    ),
    bind("tf.contrib.layers.flatten", "inputs", |c| {
        any!(c.dtype_of(&["inputs"])?, T => {
            c.returns(layers::flatten(c.operand::<T>("inputs")?))
        })
    }),
    bind(
        "tf.contrib.layers.one_hot_encoding",
        "labels, num_classes",
        |c| {
            integer!(c, c.dtype_of(&["labels"])?, T => {
                let classes = c.length("num_classes")?;
                c.returns(layers::one_hot_encoding(c.operand::<T>("labels")?, classes))
            })
        },
    ),
    bind("tf.contrib.layers.softmax", "logits", |c| {
        c.returns(layers::softmax(c.operand::<f32>("logits")?))
    }),
    bind("tf.contrib.layers.unit_norm", "inputs, dim", |c| {
        let dim = c.int("dim", 0)?;
        c.returns(layers::unit_norm(c.operand::<f32>("inputs")?, dim))
    }),
    bind("tf.contrib.layers.maxout", "inputs, num_units, axis", |c| {
        let (units, axis) = (c.length("num_units")?, c.int("axis", -1)?);
        c.returns(layers::maxout_with(
            c.operand::<f32>("inputs")?,
            units,
            axis,
        ))
    }),
    bind(
        "tf.contrib.layers.embed_sequence",
        "ids, vocab_size, embed_dim, initializer, regularizer, trainable, scope, reuse",
        |c| {
            let mut options = common!(c, EmbedSequence, EmbedSequence::<f32>::new());
            options = with(
                options,
                initializer(c, "initializer")?,
                EmbedSequence::initializer,
            );
            options = with(
                options,
                shared(c, "regularizer")?,
                EmbedSequence::regularizer,
            );
            let (size, dim) = (c.length("vocab_size")?, c.length("embed_dim")?);
            integer!(c, c.dtype_of(&["ids"])?, T => {
                let ids = c.operand::<T>("ids")?;
                c.returns(layers::embed_sequence_with(ids, size, dim, options))
            })
        },
    ),
    bind(
        "tf.contrib.layers.stack",
        "inputs, layer, stack_args, scope",
        |c| {
            let (layer, arguments) = (c.required("layer")?, c.required("stack_args")?);
            let scope = c.text("scope", "stack")?;
            let inputs = c.operand::<f32>("inputs")?;
            let arguments = listed(&arguments).iter().cloned();
            let made = calling_back(|| {
                layers::stack(inputs, &scope, arguments, |x, argument, scope| {
                    called(c, &layer, vec![Value::Tensor(x.any()), argument], scope)
                })
            });
            c.returns(made?)
        },
    ),
    bind(
        "tf.contrib.layers.repeat",
        "inputs, repetitions, layer, *args, scope",
        |c| {
            let (layer, count) = (c.required("layer")?, c.length("repetitions")?);
            let arguments = c.required("args")?;
            let scope = c.text("scope", "repeat")?;
            let inputs = c.operand::<f32>("inputs")?;
            let made = calling_back(|| {
                layers::repeat(inputs, count, &scope, |x, scope| {
                    let inputs = [Value::Tensor(x.any())].into_iter();
                    let all = inputs.chain(listed(&arguments).iter().cloned());
                    called(c, &layer, all.collect(), scope)
                })
            });
            c.returns(made?)
        },
    ),
    bind(
        "tf.contrib.layers.sum_regularizer",
        "regularizer_list",
        |c| {
            let given = c.required("regularizer_list")?;
            let parts = listed(&given).iter().map(|part| match part {
                Value::Object(object) => match object.get::<std::sync::Arc<dyn Regularizer>>() {
                    Some(part) => Ok(Shared(std::sync::Arc::clone(part))),
                    None => Err(c.lacks("of other objects")),
                },
                _ => Err(c.lacks("of other values")),
            });
            let parts: Vec<Shared> = parts.collect::<Outcome<_>>()?;
            let sum: std::sync::Arc<dyn Regularizer> =
                std::sync::Arc::new(layers::sum_regularizer(parts));
            c.returns(Object::new("Regularizer", sum))
        },
    ),
    bind(
        "tf.contrib.layers.apply_regularization",
        "regularizer, weights_list",
        |c| {
            let Some(given) = regularizer(c, "regularizer")? else {
                return Err(c.lacks("without a regularizer"));
            };
            let weights = c.any_tensors("weights_list")?;
            let graph = c.graph;
            c.returns(layers::apply_regularization::<f32, AnyTensor>(
                graph,
                Shared(given),
                weights,
            ))
        },
    ),
];

/// The number of outputs.
fn units(c: &Call<'_>) -> Outcome<usize> {
    match c.peek("num_outputs") {
        Some(Value::Text(_)) => Err(c.refused("of a text for a number")),
        _ => c.length("num_outputs"),
    }
}

/// What a layer of the program's makes of these arguments in this scope.
fn called(c: &Call<'_>, layer: &Value, arguments: Vec<Value>, scope: &str) -> Tensor<f32> {
    let scope = vec![("scope".to_string(), Value::Text(scope.to_string()))];
    let made = match layer {
        Value::Symbol(name) => Call::make(c.graph, name, arguments, scope),
        other => Err(Trouble::lacks(format!(
            "layers that are a {}",
            other.kind()
        ))),
    };
    tensor(c.graph, made)
}

/// The tensor that was made; trouble is kept for who called the crate.
fn tensor(graph: &tf1::Graph, made: Outcome<Value>) -> Tensor<f32> {
    let made = keep_trouble(made).and_then(|value| value.as_tensor()?.typed().ok());
    made.unwrap_or_else(|| graph.constant(0.0f32))
}
