//! `layer_norm`, `instance_norm`, `group_norm`: examples normalized by themselves.

use std::fmt;
use std::sync::Arc;

use super::super::weight::Weight;
use super::arg_scope::{arg_scope_options, default_of};
use super::scope::{
    ContribScope, Function, activated, activation_options, contrib_options, parameter_options,
};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::initializers::{ones, zeros};
use crate::nn::{batch_normalization, moments};
use crate::ops::NumberOrTensor;
use crate::ops::array::{reshape, shape};
use crate::ops::math::rsqrt;
use crate::ops::reduce::keepdims;
use crate::ops::support::resolve_axis;
use crate::types::{Error, Float, Result, Shape, WholeNumber};

/// Each example with mean 0 and variance 1 over all its elements, times γ and plus β, as
/// `tf.contrib.layers.layer_norm` makes it.
///
/// The mean and the variance are those along all axes but the first; γ, `LayerNorm/gamma`, and β,
/// `LayerNorm/beta`, have a number for each element along the last axis, and are 1 and 0 at first.
///
/// Source: J. Ba, R. Kiros and G. Hinton, "Layer normalization", 2016.
///
/// # Errors
/// `InvalidArgument` if the number of axes is not known or less than two, or the length of the last
/// is not known.
///
/// # Options
/// `center`, `scale`, `activation_fn`, `begin_norm_axis`, `begin_params_axis` and more: see
/// [`layer_norm_with`].
#[track_caller]
pub fn layer_norm<T: Float>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    layer_norm_with(inputs, LayerNorm::new())
}

/// As [`layer_norm`], with options.
///
/// # Errors
/// As [`layer_norm`], and if an axis is out of range; and what
/// [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn layer_norm_with<T: Float>(
    inputs: impl IntoTensor<T>,
    options: impl Into<LayerNorm<T>>,
) -> Tensor<T> {
    let options = options.into();
    options.affine.open("LayerNorm", inputs, |graph, x| {
        let rank = known_rank(x)?;
        let axis = |axis: i64| {
            resolve_axis(axis, rank).map_err(|_| {
                Error::invalid_argument(format!(
                    "begin_params_axis ({}) and begin_norm_axis ({}) must be < rank(inputs) ({rank})",
                    options.begin_params_axis, options.begin_norm_axis
                ))
            })
        };
        let (norm, params) = (axis(options.begin_norm_axis)?, axis(options.begin_params_axis)?);
        let shape = x.shape();
        let params_shape = Shape::from(shape.dims().unwrap_or_default()[params..].to_vec());
        let Some(params_shape) = params_shape.to_known() else {
            return Err(Error::invalid_argument(format!(
                "Inputs {}: shape(inputs)[{}:] is not fully defined: {shape}",
                x.name(),
                options.begin_params_axis
            ))
            .with_help("tell it by set_shape"));
        };
        let [beta, gamma] = options.affine.variables(graph, &params_shape);
        let (mean, variance) = moments(x, keepdims(axes(norm..rank)));
        // The smallest that the type can add to a number near zero.
        let epsilon = if T::DTYPE.cpp_name() == "half" { 1e-3 } else { 1e-12 };
        let epsilon = T::from_f64(epsilon);
        let (beta, gamma) = (beta.as_ref(), gamma.as_ref());
        let outputs = batch_normalization(x, mean, variance, beta, gamma, epsilon);
        outputs.set_shape(shape);
        Ok(outputs)
    })
}

/// Each channel of each example with mean 0 and variance 1, times γ and plus β, as
/// `tf.contrib.layers.instance_norm` makes it.
///
/// `inputs` is [batch, .., channels]; γ, `InstanceNorm/gamma`, and β, `InstanceNorm/beta`, have a
/// number for each channel, and are 1 and 0 at first.
///
/// Source: D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance normalization: the missing ingredient
/// for fast stylization", 2016.
///
/// # Errors
/// `InvalidArgument` if the number of axes is not known or less than two, or the number of channels
/// is not known.
///
/// # Options
/// `center`, `scale`, `epsilon`, `activation_fn`, `channels_first` and more: see
/// [`instance_norm_with`].
#[track_caller]
pub fn instance_norm<T: Float>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    instance_norm_with(inputs, InstanceNorm::new())
}

/// As [`instance_norm`], with options.
///
/// # Errors
/// As [`instance_norm`]; and what [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn instance_norm_with<T: Float>(
    inputs: impl IntoTensor<T>,
    options: impl Into<InstanceNorm<T>>,
) -> Tensor<T> {
    let options = options.into();
    options.affine.open("InstanceNorm", inputs, |graph, x| {
        let rank = known_rank(x)?;
        let channel_axis = if options.channels_first { 1 } else { rank - 1 };
        let channels = known_length(x, channel_axis)?;
        let [mut beta, mut gamma] = options.affine.variables(graph, &[channels]);
        if options.channels_first {
            let mut spread = vec![1; rank];
            spread[1] = i32::try_from(channels).unwrap_or(i32::MAX);
            beta = beta.map(|beta| reshape(beta, &spread));
            gamma = gamma.map(|gamma| reshape(gamma, &spread));
        }
        let others = (1..rank).filter(|axis| *axis != channel_axis);
        let (mean, variance) = moments(x, keepdims(axes(others)));
        let epsilon = T::from_f64(options.epsilon);
        let (beta, gamma) = (beta.as_ref(), gamma.as_ref());
        Ok(batch_normalization(x, mean, variance, beta, gamma, epsilon).named("instancenorm"))
    })
}

/// Each of 32 groups of channels of each example with mean 0 and variance 1, times γ and plus β, as
/// `tf.contrib.layers.group_norm` makes it.
///
/// `inputs` is [batch, height, width, channels]; γ, `GroupNorm/gamma`, and β, `GroupNorm/beta`,
/// have a number for each channel, and are 1 and 0 at first.
///
/// Source: Y. Wu and K. He, "Group normalization", ECCV 2018.
///
/// # Errors
/// `InvalidArgument` if the number of axes or the length of one of those that are normalized is not
/// known, or there are not as many channels as make groups of the same size.
///
/// # Options
/// `groups`, `channels_axis`, `reduction_axes`, `epsilon` and more: see [`group_norm_with`].
#[track_caller]
pub fn group_norm<T: Float>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    group_norm_with(inputs, GroupNorm::new())
}

/// As [`group_norm`], with options; a number is that of the groups.
///
/// # Errors
/// As [`group_norm`], and if an axis is out of range or both normalized and that of the channels;
/// and what [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn group_norm_with<T: Float>(
    inputs: impl IntoTensor<T>,
    options: impl Into<GroupNorm<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph()]);
    graph.op_call(|| {
        let x = inputs.into_tensor(&graph, "inputs");
        if x.is_failed() {
            return x;
        }
        match options.groups_of(&x) {
            Ok(groups) => options.build(&x, &groups),
            Err(error) => graph.failed("GroupNorm", error),
        }
    })
}

/// How channels are cut into groups.
struct Groups {
    axis: usize,
    rank: usize,
    /// How many, and of how many channels each.
    count: [i32; 2],
    /// The axes along which moments are computed, once the channels have two axes.
    reduced: Vec<usize>,
}

impl<T: Float> GroupNorm<T> {
    fn groups_of(&self, x: &Tensor<T>) -> Result<Groups> {
        let rank = known_rank(x)?;
        let out_of_bounds = |_| Error::invalid_argument("Axis is out of bounds.");
        let axis = resolve_axis(self.channels_axis, rank).map_err(out_of_bounds)?;
        let channels = known_length(x, axis)?;
        let mut reduced = vec![axis + 1];
        for &reduction in &self.reduction_axes {
            let reduction = resolve_axis(reduction, rank).map_err(out_of_bounds)?;
            known_length(x, reduction)?;
            if reduction == axis {
                return Err(Error::invalid_argument(
                    "reduction_axis must be mutually exclusive with channels_axis",
                ));
            }
            reduced.push(reduction + usize::from(reduction > axis));
        }
        let groups = self.groups.clone()?;
        if groups > channels {
            let message = format!("Invalid groups {groups} for {channels} channels.");
            return Err(Error::invalid_argument(message));
        }
        match channels.checked_rem(groups) {
            Some(0) => Ok(Groups {
                axis,
                rank,
                count: [groups, channels / groups].map(|it| i32::try_from(it).unwrap_or(i32::MAX)),
                reduced,
            }),
            _ => Err(Error::invalid_argument(format!(
                "{channels} channels is not commensurate with {groups} groups."
            ))),
        }
    }

    #[track_caller]
    fn build(&self, x: &Tensor<T>, groups: &Groups) -> Tensor<T> {
        let lengths = shape(x);
        let dims = x.shape();
        let mut whole: Vec<NumberOrTensor<i32>> = Vec::with_capacity(groups.rank);
        for axis in 0..groups.rank {
            let known = dims.dim(axis).and_then(|length| i32::try_from(length).ok());
            whole.push(match known {
                Some(length) => length.into(),
                None => lengths.index(axis as i64).into(),
            });
        }
        let mut grouped = whole.clone();
        let count = groups.count.map(NumberOrTensor::from);
        grouped.splice(groups.axis..=groups.axis, count);
        let mut spread = vec![1; groups.rank + 1];
        spread[groups.axis..groups.axis + 2].copy_from_slice(&groups.count);
        let x = reshape(x, grouped);
        self.affine.open("GroupNorm", &x, |graph, x| {
            let channels = known_length(x, groups.axis)? * known_length(x, groups.axis + 1)?;
            let spread = |variable| reshape(variable, &spread);
            let [beta, gamma] = self.affine.spread_variables(graph, &[channels], spread);
            let reduced = axes(groups.reduced.iter().copied());
            let (mean, variance) = moments(x, keepdims(reduced));
            let mut gain = rsqrt(variance + T::from_f64(self.epsilon));
            let mut offset = -mean * &gain;
            if let Some(gamma) = &gamma {
                gain *= gamma;
                offset *= gamma;
            }
            if let Some(beta) = beta {
                offset += beta;
            }
            Ok(reshape(x * gain + offset, whole.clone()))
        })
    }
}

fn known_rank<T: Float>(x: &Tensor<T>) -> Result<usize> {
    match x.shape().rank() {
        Some(rank) if rank > 1 => Ok(rank),
        Some(rank) => Err(Error::invalid_argument(format!(
            "Inputs {} must have two axes at least, and has {rank}",
            x.name()
        ))),
        None => Err(
            Error::invalid_argument(format!("Inputs {} has undefined rank.", x.name()))
                .with_help("tell the shape by set_shape"),
        ),
    }
}

fn known_length<T: Float>(x: &Tensor<T>, axis: usize) -> Result<usize> {
    x.shape().dim(axis).ok_or_else(|| {
        let (name, shape) = (x.name(), x.shape());
        Error::invalid_argument(format!(
            "Inputs {name} has undefined dimension {axis}: {shape}."
        ))
        .with_help("tell it by set_shape")
    })
}

fn axes(axes: impl Iterator<Item = usize>) -> Vec<isize> {
    axes.map(|axis| isize::try_from(axis).unwrap_or(isize::MAX))
        .collect()
}

/// What the result is multiplied by and what is added to it, and what it goes through.
#[derive(Clone)]
struct Affine<T> {
    center: bool,
    scale: bool,
    beta: Weight<T>,
    gamma: Weight<T>,
    activation: Option<Arc<Function<T>>>,
    common: ContribScope,
}

impl<T: Float> Affine<T> {
    fn new() -> Self {
        Affine {
            center: true,
            scale: true,
            beta: Weight::new(zeros()),
            gamma: Weight::new(ones()),
            activation: None,
            common: ContribScope::default(),
        }
    }

    /// The layer of this kind: what `build` makes of the inputs, activated.
    #[track_caller]
    fn open(
        &self,
        kind: &'static str,
        inputs: impl IntoTensor<T>,
        build: impl FnOnce(&Graph, &Tensor<T>) -> Result<Tensor<T>>,
    ) -> Tensor<T> {
        let graph = graph_of(&[inputs.graph()]);
        self.common.open(&graph, kind, || {
            let x = inputs.into_tensor(&graph, "inputs");
            if x.is_failed() {
                return x;
            }
            match build(&graph, &x) {
                Ok(outputs) => activated(self.activation.as_ref(), outputs),
                Err(error) => graph.failed(kind, error),
            }
        })
    }

    /// β and γ, if they are wanted.
    #[track_caller]
    fn variables(&self, graph: &Graph, shape: &[usize]) -> [Option<Tensor<T>>; 2] {
        self.spread_variables(graph, shape, |variable| variable)
    }

    /// What `spread` makes of β and γ, if they are wanted.
    #[track_caller]
    fn spread_variables(
        &self,
        graph: &Graph,
        shape: &[usize],
        spread: impl Fn(Tensor<T>) -> Tensor<T>,
    ) -> [Option<Tensor<T>>; 2] {
        let variable = |is_wanted: bool, weight: &Weight<T>, name: &str| {
            let trainable = self.common.trainable;
            is_wanted.then(|| spread(weight.variable(graph, name, shape, trainable).value()))
        };
        let beta = variable(self.center, &self.beta, "beta");
        [beta, variable(self.scale, &self.gamma, "gamma")]
    }
}

impl<T> fmt::Debug for Affine<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Affine")
            .field("center", &self.center)
            .field("scale", &self.scale)
            .field("common", &self.common)
            .finish_non_exhaustive()
    }
}

/// Makes the options of such layers.
macro_rules! options {
    ($($options:ident $function:literal { $($field:ident: $type:ty = $value:expr),* })*) => {$(
        #[doc = concat!("The options of [`", $function, "_with`].")]
        #[derive(Clone, Debug)]
        pub struct $options<T> {
            affine: Affine<T>,
            $($field: $type,)*
        }

        arg_scope_options! {
            $options<T>, T;
        }

        impl<T: Float> $options<T> {
            /// With β and γ and no activation; or what an [`arg_scope`](super::arg_scope()) says.
            pub fn new() -> Self {
                default_of().unwrap_or_else(|| $options {
                    affine: Affine::new(),
                    $($field: $value,)*
                })
            }

            activation_options!(affine.activation);
            contrib_options!(affine.common);
            parameter_options!("β" affine.beta: beta_initializer beta_regularizer);
            parameter_options!("γ" affine.gamma: gamma_initializer gamma_regularizer);

            /// Whether β is added.
            pub fn center(mut self, center: bool) -> Self {
                self.affine.center = center;
                self
            }

            /// Whether the result is multiplied by γ.
            pub fn scale(mut self, scale: bool) -> Self {
                self.affine.scale = scale;
                self
            }
        }

        impl<T: Float> Default for $options<T> {
            fn default() -> Self {
                $options::new()
            }
        }
    )*};
}

options! {
    LayerNorm "layer_norm" { begin_norm_axis: i64 = 1, begin_params_axis: i64 = -1 }
    InstanceNorm "instance_norm" { epsilon: f64 = 1e-6, channels_first: bool = false }
    GroupNorm "group_norm" {
        groups: Result<usize> = Ok(32),
        channels_axis: i64 = -1,
        reduction_axes: Vec<i64> = vec![-3, -2],
        epsilon: f64 = 1e-6
    }
}

impl<T: Float> LayerNorm<T> {
    /// The first of the axes along which mean and variance are computed.
    pub fn begin_norm_axis(mut self, axis: impl WholeNumber) -> Self {
        self.begin_norm_axis = axis.to_i64();
        self
    }

    /// The first of the axes along which β and γ have numbers of their own.
    pub fn begin_params_axis(mut self, axis: impl WholeNumber) -> Self {
        self.begin_params_axis = axis.to_i64();
        self
    }
}

impl<T: Float> InstanceNorm<T> {
    /// What is added to the variance.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// The channels are the second axis (`data_format='NCHW'`).
    pub fn channels_first(mut self) -> Self {
        self.channels_first = true;
        self
    }
}

/// Of so many groups, as [`GroupNorm::groups`].
impl<T: Float, N: WholeNumber> From<N> for GroupNorm<T> {
    fn from(groups: N) -> Self {
        GroupNorm::new().groups(groups)
    }
}

impl<T: Float> GroupNorm<T> {
    /// Into how many groups the channels are cut.
    pub fn groups(mut self, groups: impl WholeNumber) -> Self {
        self.groups = groups.to_count("groups");
        self
    }

    /// The axis of the channels.
    pub fn channels_axis(mut self, axis: impl WholeNumber) -> Self {
        self.channels_axis = axis.to_i64();
        self
    }

    /// The axes along which mean and variance are computed, beside that of a group's channels.
    pub fn reduction_axes<N: WholeNumber>(mut self, axes: impl IntoIterator<Item = N>) -> Self {
        self.reduction_axes = axes.into_iter().map(N::to_i64).collect();
        self
    }

    /// What is added to the variance.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }
}
