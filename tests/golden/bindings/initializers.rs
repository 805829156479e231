//! Initializers. A call of one is kept and made when the variable's element type is known.

use tf1::initializers::{
    self as of, ContribVarianceScalingInitializer, IdentityInitializer, OrthogonalInitializer,
    RandomNormalInitializer, RandomUniformInitializer, TruncatedNormalInitializer,
    UniformUnitScalingInitializer, VarianceScalingInitializer,
};
use tf1::{DType, Element, Float, Graph, Initializer, Tensor};

use crate::array;
use crate::call::{Binding, Call, KeptCall, bind, with};
use crate::literal::Literal;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// A class of initializers, and how to make one for either type of float.
pub struct Row {
    pub binding: Binding,
    single: fn(&Call<'_>) -> Outcome<Boxed<f32>>,
    double: fn(&Call<'_>) -> Outcome<Boxed<f64>>,
}

/// A row: the class, its parameters, and the crate's initializer for the element type `T`.
macro_rules! initializer {
    ($class:literal, $parameters:literal, |$c:ident, $T:ident| $make:expr) => {
        Row {
            binding: bind($class, $parameters, |c| c.kept("Initializer")),
            single: |$c| {
                #[allow(dead_code, reason = "few initializers depend on the element type")]
                type $T = f32;
                Ok(Boxed(Box::new($make)))
            },
            double: |$c| {
                #[allow(dead_code, reason = "as above")]
                type $T = f64;
                Ok(Boxed(Box::new($make)))
            },
        }
    };
}

pub const ROWS: &[Row] = &[
    initializer!("default", "", |_c, T| of::default()),
    initializer!("tf.zeros_initializer", "dtype", |_c, T| of::zeros()),
    initializer!("tf.ones_initializer", "dtype", |_c, T| of::ones()),
    initializer!("tf.constant_initializer", "value, dtype", |c, T| {
        of::constant(c.required("value")?.to_array::<T>()?)
    }),
    initializer!(
        "tf.random_uniform_initializer",
        "minval, maxval, seed, dtype",
        |c, T| {
            let initializer = with(
                of::random_uniform(),
                c.optional_float("minval")?,
                RandomUniformInitializer::minval,
            );
            let initializer = with(
                initializer,
                c.optional_float("maxval")?,
                RandomUniformInitializer::maxval,
            );
            with(initializer, seed(c)?, RandomUniformInitializer::seed)
        }
    ),
    initializer!(
        "tf.random_normal_initializer",
        "mean, stddev, seed, dtype",
        |c, T| {
            let initializer = with(
                of::random_normal(),
                c.optional_float("mean")?,
                RandomNormalInitializer::mean,
            );
            let initializer = with(
                initializer,
                c.optional_float("stddev")?,
                RandomNormalInitializer::stddev,
            );
            with(initializer, seed(c)?, RandomNormalInitializer::seed)
        }
    ),
    initializer!(
        "tf.truncated_normal_initializer",
        "mean, stddev, seed, dtype",
        |c, T| {
            let initializer = with(
                of::truncated_normal(),
                c.optional_float("mean")?,
                TruncatedNormalInitializer::mean,
            );
            let initializer = with(
                initializer,
                c.optional_float("stddev")?,
                TruncatedNormalInitializer::stddev,
            );
            with(initializer, seed(c)?, TruncatedNormalInitializer::seed)
        }
    ),
    initializer!(
        "tf.uniform_unit_scaling_initializer",
        "factor, seed, dtype",
        |c, T| {
            let factor = c.optional_float("factor")?;
            let initializer = with(
                of::uniform_unit_scaling(),
                factor,
                UniformUnitScalingInitializer::factor,
            );
            with(initializer, seed(c)?, UniformUnitScalingInitializer::seed)
        }
    ),
    initializer!(
        "tf.variance_scaling_initializer",
        "scale, mode, distribution, seed, dtype",
        |c, T| variance_scaling(c, of::variance_scaling())?
    ),
    initializer!("tf.glorot_uniform_initializer", "seed, dtype", |c, T| {
        variance_scaling(c, of::glorot_uniform())?
    }),
    initializer!("tf.glorot_normal_initializer", "seed, dtype", |c, T| {
        variance_scaling(c, of::glorot_normal())?
    }),
    initializer!("tf.initializers.he_normal", "seed", |c, T| {
        variance_scaling(c, of::he_normal())?
    }),
    initializer!("tf.initializers.he_uniform", "seed", |c, T| {
        variance_scaling(c, of::he_uniform())?
    }),
    initializer!("tf.initializers.lecun_normal", "seed", |c, T| {
        variance_scaling(c, of::lecun_normal())?
    }),
    initializer!("tf.initializers.lecun_uniform", "seed", |c, T| {
        variance_scaling(c, of::lecun_uniform())?
    }),
    initializer!(
        "tf.contrib.layers.xavier_initializer",
        "uniform, seed, dtype",
        |c, T| contrib(c, of::xavier())?
    ),
    initializer!(
        "tf.contrib.layers.variance_scaling_initializer",
        "factor, mode, uniform, seed, dtype",
        |c, T| contrib(c, of::contrib_variance_scaling())?
    ),
    initializer!("tf.orthogonal_initializer", "gain, seed, dtype", |c, T| {
        let initializer = with(
            of::orthogonal(),
            c.optional_float("gain")?,
            OrthogonalInitializer::gain,
        );
        with(initializer, seed(c)?, OrthogonalInitializer::seed)
    }),
    initializer!("tf.initializers.identity", "gain, dtype", |c, T| {
        with(
            of::identity(),
            c.optional_float("gain")?,
            IdentityInitializer::gain,
        )
    }),
];

/// An initializer of a class that is known when the case is run.
pub struct Boxed<T>(Box<dyn Initializer<T>>);

impl<T: Element> Initializer<T> for Boxed<T> {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        self.0.build(graph, shape)
    }
}

/// The float types, each with its column of the table.
pub trait Made: Float + Literal {
    fn make(row: &Row, call: &Call<'_>) -> Outcome<Boxed<Self>>;
}

impl Made for f32 {
    fn make(row: &Row, call: &Call<'_>) -> Outcome<Boxed<f32>> {
        (row.single)(call)
    }
}

impl Made for f64 {
    fn make(row: &Row, call: &Call<'_>) -> Outcome<Boxed<f64>> {
        (row.double)(call)
    }
}

/// The initializer that a kept call makes, for variables of floats.
pub fn for_float<T: Made>(graph: &Graph, kept: &KeptCall) -> Outcome<Boxed<T>> {
    let row = ROWS
        .iter()
        .find(|row| row.binding.function == kept.function);
    let row = row.ok_or_else(|| Trouble::lacks(kept.function.as_str()))?;
    let call = Call::new(graph, &kept.function, kept.arguments.clone());
    if call.optional("dtype").is_some() {
        return Err(call.lacks("dtype="));
    }
    let initializer = T::make(row, &call)?;
    call.finish()?;
    Ok(initializer)
}

/// The initializer that a kept call makes, for variables of any type.
pub fn for_any<T: Literal>(graph: &Graph, kept: &KeptCall) -> Outcome<Boxed<T>> {
    let call = Call::new(graph, &kept.function, kept.arguments.clone());
    let made = match kept.function.as_str() {
        "default" => Boxed(Box::new(of::default()) as Box<dyn Initializer<T>>),
        "tf.zeros_initializer" => Boxed(Box::new(of::zeros())),
        "tf.constant_initializer" => {
            let value = call.required("value")?.to_array::<T>()?;
            Boxed(Box::new(of::constant(value)))
        }
        _ => return Err(call.lacks_dtype(T::DTYPE)),
    };
    call.finish()?;
    Ok(made)
}

/// The element type that a kept call names, if it does.
pub fn dtype_of(kept: &KeptCall) -> Outcome<Option<DType>> {
    let given = kept.arguments.iter().find(|(name, _)| name == "dtype");
    match given {
        Some((_, Value::Text(name))) => array::dtype(name).map(Some),
        Some((_, Value::Symbol(name))) => array::dtype(name.trim_start_matches("tf.")).map(Some),
        _ => Ok(None),
    }
}

fn seed(c: &Call<'_>) -> Outcome<Option<i64>> {
    c.optional_int("seed")
}

fn variance_scaling(
    c: &Call<'_>,
    initializer: VarianceScalingInitializer,
) -> Outcome<VarianceScalingInitializer> {
    let initializer = with(
        initializer,
        c.optional_float("scale")?,
        VarianceScalingInitializer::scale,
    );
    let initializer = match c.text("mode", "")?.as_str() {
        "" => initializer,
        "fan_in" => initializer.fan_in(),
        "fan_out" => initializer.fan_out(),
        "fan_avg" => initializer.fan_avg(),
        other => return Err(c.lacks(other)),
    };
    let initializer = match c.text("distribution", "")?.as_str() {
        "" => initializer,
        "uniform" => initializer.uniform(),
        "normal" | "truncated_normal" => initializer.truncated_normal(),
        "untruncated_normal" => initializer.untruncated_normal(),
        other => return Err(c.lacks(other)),
    };
    Ok(with(
        initializer,
        seed(c)?,
        VarianceScalingInitializer::seed,
    ))
}

fn contrib(
    c: &Call<'_>,
    initializer: ContribVarianceScalingInitializer,
) -> Outcome<ContribVarianceScalingInitializer> {
    let initializer = with(
        initializer,
        c.optional_float("factor")?,
        ContribVarianceScalingInitializer::factor,
    );
    let initializer = match c.text("mode", "")?.as_str() {
        "" => initializer,
        "FAN_IN" => initializer.fan_in(),
        "FAN_OUT" => initializer.fan_out(),
        "FAN_AVG" => initializer.fan_avg(),
        other => return Err(c.lacks(other)),
    };
    let initializer = match c.optional("uniform") {
        Some(Value::Bool(true)) => initializer.uniform(),
        Some(Value::Bool(false)) => initializer.truncated_normal(),
        _ => initializer,
    };
    Ok(with(
        initializer,
        seed(c)?,
        ContribVarianceScalingInitializer::seed,
    ))
}
