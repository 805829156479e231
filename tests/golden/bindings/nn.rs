//! `tf.nn`.

use tf1::contrib::nn::NthElement;
use tf1::nn::{
    self, BiasAdd, CRelu, Dropout, FusedBatchNorm, Keep, L2Normalize, LeakyRelu,
    LocalResponseNormalization as Lrn, LogSoftmax, MaxPool, MaxPoolWithArgmax, Padding, Softmax,
    SoftmaxCrossEntropyWithLogits, SoftmaxCrossEntropyWithLogitsV2,
};
use tf1::{ClipByNorm, Float, Gradient, Integers};

use super::reduce::{axes, kept};
use super::unary;
use crate::call::{Binding, Call, bind, with};
use crate::dispatch::{any_float, float, integer, number, numeric, real};
use crate::literal::Literal;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// A row for a function of labels and logits.
macro_rules! cross_entropy {
    ($function:literal, $axis:literal, $call:path, $options:ident :: $set:ident) => {
        bind($function, concat!("_sentinel, labels, logits, ", $axis), |c| {
            float!(c, c.dtype_of(&["logits"])?, T => {
                let axis = c.optional_int($axis)?.map(|axis| axis as isize);
                let options = with($options::new(), axis, $options::$set);
                let labels = nn::Labels(c.operand::<T>("labels")?);
                c.returns($call(labels, nn::Logits(c.operand("logits")?), options))
            })
        })
    };
}

/// A row for a function along an axis: `axis|dim`.
macro_rules! along_axis {
    ($function:literal, $call:path, $options:ident) => {
        bind($function, "logits, axis|dim", |c| {
            any_float!(c, c.dtype_of(&["logits"])?, T => {
                let axis = c.optional_int("axis")?.map(|axis| axis as isize);
                c.returns($call(c.operand::<T>("logits")?, with($options::new(), axis, $options::axis)))
            })
        })
    };
}

pub const BINDINGS: &[Binding] = &[
    // Activations.
    unary!("tf.nn.elu"(features): float, nn::elu),
    unary!("tf.nn.relu"(features): real, nn::relu),
    unary!("tf.nn.relu6"(features): numeric, nn::relu6),
    unary!("tf.nn.selu"(features): float, nn::selu),
    unary!("tf.nn.softplus"(features): float, nn::softplus),
    unary!("tf.nn.softsign"(features): float, nn::softsign),
    unary!("tf.nn.swish"(features): float, nn::swish),
    bind("tf.nn.leaky_relu", "features, alpha", |c| {
        float!(c, c.dtype_of(&["features"])?, T => {
            let alpha = c.optional_float("alpha")?.map(|alpha| alpha as f32);
            let options = with(LeakyRelu::new(), alpha, LeakyRelu::alpha);
            c.returns(nn::leaky_relu_with::<T>(c.operand("features")?, options))
        })
    }),
    bind("tf.nn.crelu", "features, axis", |c| {
        numeric!(c, c.dtype_of(&["features"])?, T => {
            let axis = c.optional_int("axis")?.map(|axis| axis as i32);
            c.returns(nn::crelu_with::<T>(c.operand("features")?, with(CRelu::new(), axis, CRelu::axis)))
        })
    }),
    along_axis!("tf.nn.softmax", nn::softmax_with, Softmax),
    along_axis!("tf.nn.log_softmax", nn::log_softmax_with, LogSoftmax),
    // Cross entropies.
    cross_entropy!(
        "tf.nn.softmax_cross_entropy_with_logits",
        "dim",
        nn::softmax_cross_entropy_with_logits_with,
        SoftmaxCrossEntropyWithLogits::dim
    ),
    cross_entropy!(
        "tf.nn.softmax_cross_entropy_with_logits_v2",
        "axis",
        nn::softmax_cross_entropy_with_logits_v2_with,
        SoftmaxCrossEntropyWithLogitsV2::axis
    ),
    bind(
        "tf.nn.sparse_softmax_cross_entropy_with_logits",
        "_sentinel, labels, logits",
        |c| {
            float!(c, c.dtype_of(&["logits"])?, T => integer!(c, c.index_type("labels")?, I => {
                let (labels, logits) = (c.operand::<I>("labels")?, c.operand::<T>("logits")?);
                c.returns(nn::sparse_softmax_cross_entropy_with_logits(labels, logits))
            }))
        },
    ),
    bind(
        "tf.nn.sigmoid_cross_entropy_with_logits",
        "_sentinel, labels, logits",
        |c| {
            float!(c, c.dtype_of(&["logits"])?, T => {
                let (labels, logits) = (c.operand::<T>("labels")?, c.operand("logits")?);
                c.returns(nn::sigmoid_cross_entropy_with_logits(nn::Labels(labels), nn::Logits(logits)))
            })
        },
    ),
    bind(
        "tf.nn.weighted_cross_entropy_with_logits",
        "labels|targets, logits, pos_weight",
        |c| {
            float!(c, c.dtype_of(&["logits"])?, T => {
                let (labels, logits) = (c.operand::<T>("labels")?, c.operand("logits")?);
                c.returns(nn::weighted_cross_entropy_with_logits(nn::Labels(labels), nn::Logits(logits), c.operand("pos_weight")?))
            })
        },
    ),
    // Layers and normalization.
    bind("tf.nn.bias_add", "value, bias, data_format", |c| {
        number!(c, c.dtype_of(&["value"])?, T => {
            let options = match c.text("data_format", "NHWC")?.as_str() {
                "NHWC" => BiasAdd::new(),
                "NCHW" => BiasAdd::new().channels_first(),
                other => return Err(c.lacks(other)),
            };
            c.returns(nn::bias_add_with::<T>(c.operand("value")?, c.operand("bias")?, options))
        })
    }),
    unary!("tf.nn.l2_loss"(t): float, nn::l2_loss),
    bind("tf.nn.l2_normalize", "x, axis|dim, epsilon", |c| {
        float!(c, c.dtype_of(&["x"])?, T => {
            let options = with(L2Normalize::new(), c.optional_float("epsilon")?, L2Normalize::epsilon);
            c.returns(nn::l2_normalize_with::<T>(c.operand("x")?, axes(c, "axis")?, options))
        })
    }),
    bind("tf.nn.moments", "x, axes, keepdims|keep_dims", |c| {
        float!(c, c.dtype_of(&["x"])?, T => {
            let axes = kept(c, axes(c, "axes")?)?;
            c.returns(nn::moments::<T>(c.operand("x")?, axes))
        })
    }),
    bind(
        "tf.nn.weighted_moments",
        "x, axes, frequency_weights, keepdims|keep_dims",
        |c| {
            float!(c, c.dtype_of(&["x"])?, T => {
                let axes = kept(c, axes(c, "axes")?)?;
                let weights = c.operand::<T>("frequency_weights")?;
                c.returns(nn::weighted_moments(c.operand::<T>("x")?, axes, weights))
            })
        },
    ),
    bind(
        "tf.nn.batch_normalization",
        "x, mean, variance, offset, scale, variance_epsilon",
        |c| {
            float!(c, c.dtype_of(&["x"])?, T => {
                let (x, mean) = (c.operand::<T>("x")?, c.operand("mean")?);
                let variance = c.operand("variance")?;
                let optional = |name| c.peek(name).map(|_| c.tensor(name)).transpose();
                let (offset, scale) = (optional("offset")?, optional("scale")?);
                c.optional("offset");
                c.optional("scale");
                let epsilon = c.float("variance_epsilon", 0.0)? as T;
                c.returns(nn::batch_normalization(x, mean, variance, offset.as_ref(), scale.as_ref(), epsilon))
            })
        },
    ),
    bind(
        "tf.nn.max_pool",
        "value, ksize, strides, padding, data_format",
        |c| {
            real!(c, c.dtype_of(&["value"])?, T => {
                let [ksize, strides] = pool_sizes(c)?;
                let options = MaxPool::new().data_format(&c.text("data_format", "NHWC")?);
                c.returns(nn::max_pool_with::<T>(c.operand("value")?, ksize, strides, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.avg_pool",
        "value, ksize, strides, padding, data_format",
        |c| {
            float!(c, c.dtype_of(&["value"])?, T => {
                let [ksize, strides] = pool_sizes(c)?;
                let options = MaxPool::new().data_format(&c.text("data_format", "NHWC")?);
                c.returns(nn::avg_pool_with::<T>(c.operand("value")?, ksize, strides, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.max_pool1d",
        "input, ksize, strides, padding, data_format",
        |c| {
            real!(c, c.dtype_of(&["input"])?, T => {
                let [ksize, strides] = pool_sizes(c)?;
                let options = MaxPool::new().data_format(&c.text("data_format", "NWC")?);
                c.returns(nn::max_pool1d_with::<T>(c.operand("input")?, ksize, strides, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.avg_pool1d",
        "input, ksize, strides, padding, data_format",
        |c| {
            float!(c, c.dtype_of(&["input"])?, T => {
                let [ksize, strides] = pool_sizes(c)?;
                let options = MaxPool::new().data_format(&c.text("data_format", "NWC")?);
                c.returns(nn::avg_pool1d_with::<T>(c.operand("input")?, ksize, strides, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.max_pool3d",
        "input, ksize, strides, padding, data_format",
        |c| {
            float!(c, c.dtype_of(&["input"])?, T => {
                let [ksize, strides] = pool_sizes(c)?;
                let options = MaxPool::new().data_format(&c.text("data_format", "NDHWC")?);
                c.returns(nn::max_pool3d_with::<T>(c.operand("input")?, ksize, strides, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.avg_pool3d",
        "input, ksize, strides, padding, data_format",
        |c| {
            float!(c, c.dtype_of(&["input"])?, T => {
                let [ksize, strides] = pool_sizes(c)?;
                let options = MaxPool::new().data_format(&c.text("data_format", "NDHWC")?);
                c.returns(nn::avg_pool3d_with::<T>(c.operand("input")?, ksize, strides, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.max_pool_with_argmax",
        "input, ksize, strides, padding, include_batch_in_index",
        |c| {
            real!(c, c.dtype_of(&["input"])?, T => {
                let [ksize, strides] = pool_sizes(c)?;
                let included = c.bool("include_batch_in_index", false)?;
                let options = MaxPoolWithArgmax::new().include_batch_in_index(included);
                let input = c.operand("input")?;
                c.returns(nn::max_pool_with_argmax_with::<T>(input, ksize, strides, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.pool",
        "input, window_shape, pooling_type, padding, dilation_rate, strides, data_format",
        |c| {
            float!(c, c.dtype_of(&["input"])?, T => {
                let optional = |name| c.peek(name).map(|_| c.integers(name)).transpose();
                let options = with(nn::Pool::new(), optional("strides")?, nn::Pool::strides);
                let options = with(options, optional("dilation_rate")?, nn::Pool::dilation_rate);
                let options = match c.text("data_format", "")?.as_str() {
                    "" => options,
                    data_format => options.data_format(data_format),
                };
                let (window, kind) = (c.integers("window_shape")?, c.text("pooling_type", "MAX")?);
                c.returns(nn::pool_with::<T>(c.operand("input")?, window, &kind, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.dilation2d",
        "input, filter|filters, strides, rates|dilations, padding",
        |c| {
            real!(c, c.dtype_of(&["input"])?, T => {
                let (strides, rates) = (c.integers("strides")?, c.integers("rates")?);
                let (input, filter) = (c.operand::<T>("input")?, c.operand("filter")?);
                c.returns(nn::dilation2d::<T>(input, filter, strides, rates, padding(c)?))
            })
        },
    ),
    bind(
        "tf.nn.erosion2d",
        "value, kernel, strides, rates, padding",
        |c| {
            real!(c, c.dtype_of(&["value"])?, T => {
                let (strides, rates) = (c.integers("strides")?, c.integers("rates")?);
                let (value, kernel) = (c.operand::<T>("value")?, c.operand("kernel")?);
                c.returns(nn::erosion2d::<T>(value, kernel, strides, rates, padding(c)?))
            })
        },
    ),
    bind(
        "tf.extract_image_patches",
        "images, ksizes|sizes, strides, rates, padding",
        |c| {
            real!(c, c.dtype_of(&["images"])?, T => {
                let (ksizes, strides) = (c.integers("ksizes")?, c.integers("strides")?);
                let (images, rates) = (c.operand::<T>("images")?, c.integers("rates")?);
                c.returns(tf1::extract_image_patches(images, ksizes, strides, rates, padding(c)?))
            })
        },
    ),
    bind(
        "tf.extract_volume_patches",
        "input, ksizes, strides, padding",
        |c| {
            real!(c, c.dtype_of(&["input"])?, T => {
                let (ksizes, strides) = (c.integers("ksizes")?, c.integers("strides")?);
                let input = c.operand::<T>("input")?;
                c.returns(tf1::extract_volume_patches(input, ksizes, strides, padding(c)?))
            })
        },
    ),
    bind("tf.contrib.nn.nth_element", "input, n, reverse", |c| {
        real!(c, c.dtype_of(&["input"])?, T => {
            let options = NthElement::new().reverse(c.bool("reverse", false)?);
            let (input, n) = (c.operand::<T>("input")?, c.integers("n")?);
            c.returns(tf1::contrib::nn::nth_element_with(input, n, options))
        })
    }),
    bind("tf.nn.fractional_max_pool", FRACTIONAL, |c| {
        real!(c, c.dtype_of(&["value"])?, T => {
            let (ratio, options) = fractional(c)?;
            c.returns(nn::fractional_max_pool_with(c.operand::<T>("value")?, ratio, options))
        })
    }),
    bind("tf.nn.fractional_avg_pool", FRACTIONAL, |c| {
        real!(c, c.dtype_of(&["value"])?, T => {
            let (ratio, options) = fractional(c)?;
            c.returns(nn::fractional_avg_pool_with(c.operand::<T>("value")?, ratio, options))
        })
    }),
    bind(
        "tf.nn.local_response_normalization",
        "input, depth_radius, bias, alpha, beta",
        |c| {
            float!(c, c.dtype_of(&["input"])?, T => {
                let number = |name| Ok::<_, Trouble>(c.optional_float(name)?.map(|number| number as f32));
                let radius = c.optional_length("depth_radius")?;
                let options = with(Lrn::new(), radius, Lrn::depth_radius);
                let options = with(options, number("bias")?, Lrn::bias);
                let options = with(options, number("alpha")?, Lrn::alpha);
                let options = with(options, number("beta")?, Lrn::beta);
                c.returns(nn::local_response_normalization_with::<T>(c.operand("input")?, options))
            })
        },
    ),
    bind(
        "tf.nn.fused_batch_norm",
        "x, scale, offset, mean, variance, epsilon, data_format, is_training",
        |c| {
            float!(c, c.dtype_of(&["x"])?, T => {
                let epsilon = c.optional_float("epsilon")?.map(|epsilon| epsilon as f32);
                let options = with(FusedBatchNorm::<T>::new(), epsilon, FusedBatchNorm::epsilon);
                let options = match c.text("data_format", "NHWC")?.as_str() {
                    "NHWC" => options,
                    "NCHW" => options.channels_first(),
                    other => return Err(c.lacks(other)),
                };
                let options = match c.bool("is_training", true)? {
                    true => options,
                    false => options.inference(&c.tensor("mean")?, &c.tensor("variance")?),
                };
                let (x, scale) = (c.operand::<T>("x")?, c.operand("scale")?);
                c.returns(nn::fused_batch_norm_with(x, scale, c.operand("offset")?, options))
            })
        },
    ),
    bind(
        "tf.nn.dropout",
        "x, keep_prob, noise_shape, seed, rate",
        |c| {
            float!(c, c.dtype_of(&["x"])?, T => {
                let x = c.operand::<T>("x")?;
                let keep = match (keep::<T>(c, "keep_prob")?, keep::<T>(c, "rate")?) {
                    (Some(keep), _) => keep,
                    (None, Some(rate)) => Keep::rate(rate),
                    (None, None) => return Err(c.lacks("without keep_prob")),
                };
                let noise_shape = c.peek("noise_shape").map(|_| c.integers("noise_shape")).transpose()?;
                let options = with(Dropout::new(), noise_shape, Dropout::noise_shape);
                let options = with(options, c.optional_int("seed")?, Dropout::seed);
                c.returns(nn::dropout_with(x, keep, options))
            })
        },
    ),
    bind("tf.nn.relu_layer", "x, weights, biases", |c| {
        float!(c, c.dtype_of(&["x"])?, T => {
            let (x, weights) = (c.operand::<T>("x")?, c.operand("weights")?);
            c.returns(nn::relu_layer(x, weights, c.operand("biases")?))
        })
    }),
    bind("tf.nn.xw_plus_b", "x, weights, biases", |c| {
        float!(c, c.dtype_of(&["x"])?, T => {
            let (x, weights) = (c.operand::<T>("x")?, c.operand("weights")?);
            c.returns(nn::xw_plus_b(x, weights, c.operand("biases")?))
        })
    }),
    // Clipping.
    bind(
        "tf.clip_by_value",
        "t, clip_value_min, clip_value_max",
        |c| {
            real!(c, c.dtype_of(&["t"])?, T => {
                let (min, max) = (c.operand::<T>("clip_value_min")?, c.operand::<T>("clip_value_max")?);
                c.returns(tf1::clip_by_value::<T>(c.operand("t")?, min, max))
            })
        },
    ),
    bind(
        "tf.global_norm",
        "t_list",
        |c| float!(c, c.dtype_of(&["t_list"])?, T => c.returns(tf1::global_norm(&c.tensors::<T>("t_list")?))),
    ),
    bind("tf.clip_by_norm", "t, clip_norm, axes", |c| {
        if matches!(c.peek("t"), Some(Value::Slices(_))) {
            return Err(c.lacks("of IndexedSlices"));
        }
        float!(c, c.dtype_of(&["t"])?, T => {
            let options = ClipByNorm::new().axes(axes(c, "axes")?);
            let (t, clip_norm) = (c.operand::<T>("t")?, c.operand::<T>("clip_norm")?);
            c.returns(tf1::clip_by_norm_with(t, clip_norm, options))
        })
    }),
    bind("tf.clip_by_average_norm", "t, clip_norm", |c| {
        c.returns(tf1::clip_by_average_norm(
            c.operand("t")?,
            c.operand("clip_norm")?,
        ))
    }),
    bind("tf.clip_by_global_norm", "t_list, clip_norm", |c| {
        float!(c, c.dtype_of(&["t_list"])?, T => {
            if let Some(gradients) = gradients(&c.peek("t_list")) {
                c.optional("t_list");
                let clip_norm = c.operand::<T>("clip_norm")?;
                let options = tf1::ClipByGlobalNorm::<T>::new();
                return c.returns(tf1::clip_by_global_norm_with(&gradients, clip_norm, options));
            }
            c.returns(tf1::clip_by_global_norm(&c.tensors::<T>("t_list")?, c.operand::<T>("clip_norm")?))
        })
    }),
];

/// The lengths of windows, and their strides.
fn pool_sizes(c: &Call<'_>) -> Outcome<[Integers; 2]> {
    Ok([c.integers("ksize")?, c.integers("strides")?])
}

const FRACTIONAL: &str =
    "value, pooling_ratio, pseudo_random, overlapping, deterministic, seed, seed2, name";

/// By how much lengths are divided, and which windows there are.
fn fractional(c: &Call<'_>) -> Outcome<([f32; 4], nn::FractionalMaxPool)> {
    let ratio = c.required("pooling_ratio")?.to_array::<f32>()?;
    let ratio = ratio.into_iter().collect::<Vec<_>>().try_into();
    let options = nn::FractionalMaxPool::new()
        .pseudo_random(c.bool("pseudo_random", false)?)
        .overlapping(c.bool("overlapping", false)?)
        .deterministic(c.bool("deterministic", false)?)
        .seed(c.optional_int("seed")?.unwrap_or(0))
        .seed2(c.optional_int("seed2")?.unwrap_or(0));
    Ok((ratio.expect("four numbers"), options))
}

/// A padding by exactly this name.
fn padding(c: &Call<'_>) -> Outcome<Padding> {
    Ok(match c.text("padding", "")?.as_str() {
        "SAME" => Padding::Same,
        "VALID" => Padding::Valid,
        other => Padding::Named(other.to_string()),
    })
}

/// A list that holds rows of tensors, or nothing, among its tensors.
fn gradients(list: &Option<Value>) -> Option<Vec<Option<Gradient>>> {
    let items = list.as_ref()?.items()?;
    let is_gradient = |item: &Value| matches!(item, Value::Slices(_) | Value::None);
    if !items.iter().any(is_gradient) {
        return None;
    }
    let gradient = |item: &Value| match item {
        Value::Slices(slices) => Some(Gradient::Sparse(slices.clone())),
        item => item.as_tensor().map(Gradient::Dense),
    };
    Some(items.iter().map(gradient).collect())
}

/// A probability: a number or a tensor.
fn keep<T: Float + Literal>(c: &Call<'_>, name: &str) -> Outcome<Option<Keep<T>>> {
    match c.peek(name) {
        Some(Value::Tensor(_)) => Ok(Some(Keep::from(c.tensor::<T>(name)?))),
        _ => Ok(c.optional_float(name)?.map(Keep::from)),
    }
}
