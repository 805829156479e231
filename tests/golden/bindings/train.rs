//! Differentiation, and schedules of the learning rate.

use tf1::train::{
    self, CosineDecay, CosineDecayRestarts, Decay, LinearCosineDecay, PolynomialDecay,
};
use tf1::{DType, Gradient, Gradients};

use super::optimizers::{aggregation_method, hyper_parameter};
use crate::call::{Binding, bind, with};
use crate::dispatch::numeric;
use crate::value::Value;

/// A row for a schedule that can be a staircase.
macro_rules! decay {
    ($function:literal, $schedule:path) => {
        bind(
            $function,
            "learning_rate, global_step, decay_steps, decay_rate, staircase",
            |c| {
                let options = match c.bool("staircase", false)? {
                    true => Decay::new().staircase(),
                    false => Decay::new(),
                };
                let rate = hyper_parameter(c, "decay_rate")?;
                scheduled!(c, "decay_steps", $schedule, rate, options)
            },
        )
    };
}

/// A call of a schedule with the learning rate, the step, which is a number of any type, and how
/// many steps it takes.
macro_rules! scheduled {
    ($c:ident, $steps:literal, $schedule:path, $($more:expr),+) => {{
        let (rate, steps) = (hyper_parameter($c, "learning_rate")?, $c.int($steps, 0)? as i32);
        $c.peek("global_step").ok_or_else(|| $c.refused("without a step"))?;
        numeric!($c, $c.dtype_of(&["global_step"])?, T => {
            $c.returns($schedule(rate, $c.tensor::<T>("global_step")?, steps, $($more),+))
        })
    }};
}

pub const BINDINGS: &[Binding] = &[
    bind("tf.gradients", GRADIENTS, |c| {
        let mut options = Gradients::new();
        if c.peek("stop_gradients").is_some() {
            options = options.stop_gradients(c.any_tensors("stop_gradients")?);
        }
        match c.text("unconnected_gradients", "none")?.as_str() {
            "none" => {}
            "zero" => options = options.unconnected_zero(),
            other => return Err(c.lacks(other)),
        }
        options = options.aggregation_method(aggregation_method(c)?);
        if c.bool("gate_gradients", false)? {
            options = options.gate_gradients();
        }
        options = options.name(c.text("name", "gradients")?);
        if c.peek("grad_ys").is_some() {
            options = options.grad_ys(c.any_tensors("grad_ys")?);
        }
        let (ys, xs) = (c.any_tensors("ys")?, c.any_tensors("xs")?);
        let gradients = tf1::gradients_with(&ys, &xs, options);
        c.returns(Value::List(gradients.into_iter().map(gradient).collect()))
    }),
    decay!("tf.train.exponential_decay", train::exponential_decay_with),
    decay!("tf.train.natural_exp_decay", train::natural_exp_decay_with),
    decay!(
        "tf.train.inverse_time_decay",
        train::inverse_time_decay_with
    ),
    bind(
        "tf.train.polynomial_decay",
        "learning_rate, global_step, decay_steps, end_learning_rate, power, cycle",
        |c| {
            type Options = PolynomialDecay;
            let (end, power) = (
                c.optional_float("end_learning_rate")?,
                c.optional_float("power")?,
            );
            let options = with(Options::new(), end, Options::end_learning_rate);
            let options = with(options, power, Options::power);
            let cycle = c.bool("cycle", false)?.then_some(());
            let options = with(options, cycle, |options, ()| options.cycle());
            scheduled!(c, "decay_steps", train::polynomial_decay_with, options)
        },
    ),
    bind(
        "tf.train.cosine_decay",
        "learning_rate, global_step, decay_steps, alpha",
        |c| {
            let options = CosineDecay::new().alpha(c.float("alpha", 0.0)?);
            scheduled!(c, "decay_steps", train::cosine_decay_with, options)
        },
    ),
    bind(
        "tf.train.cosine_decay_restarts",
        "learning_rate, global_step, first_decay_steps, t_mul, m_mul, alpha",
        |c| {
            type Options = CosineDecayRestarts;
            let options = with(Options::new(), c.optional_float("t_mul")?, Options::t_mul);
            let options = with(options, c.optional_float("m_mul")?, Options::m_mul);
            let options = with(options, c.optional_float("alpha")?, Options::alpha);
            scheduled!(
                c,
                "first_decay_steps",
                train::cosine_decay_restarts_with,
                options
            )
        },
    ),
    bind(
        "tf.train.linear_cosine_decay",
        "learning_rate, global_step, decay_steps, num_periods, alpha, beta",
        |c| {
            type Options = LinearCosineDecay;
            let (periods, alpha) = (c.optional_float("num_periods")?, c.optional_float("alpha")?);
            let options = with(Options::new(), periods, Options::num_periods);
            let options = with(options, alpha, Options::alpha);
            let options = with(options, c.optional_float("beta")?, Options::beta);
            scheduled!(c, "decay_steps", train::linear_cosine_decay_with, options)
        },
    ),
    bind(
        "tf.train.piecewise_constant",
        "x, boundaries, values",
        |c| {
            let values = c.required("values")?;
            if values.literal_dtype() != Some(DType::Float32) {
                return Err(c.lacks("of values that are not float32"));
            }
            let values = values.to_array::<f64>()?;
            numeric!(c, c.dtype_of(&["x"])?, T => {
                let boundaries = c.required("boundaries")?.to_array::<T>()?;
                c.returns(train::piecewise_constant(c.tensor::<T>("x")?, boundaries, values))
            })
        },
    ),
];

const GRADIENTS: &str = "ys, xs, grad_ys, name, colocate_gradients_with_ops, gate_gradients, aggregation_method, \
                         stop_gradients, unconnected_gradients";
fn gradient(gradient: Option<Gradient>) -> Value {
    match gradient {
        None => Value::None,
        Some(Gradient::Dense(tensor)) => Value::Tensor(tensor),
        Some(Gradient::Sparse(slices)) => Value::Slices(slices),
        Some(other) => unreachable!("the harness does not know the gradient {other:?}"),
    }
}
