//! Differentiation, and schedules of the learning rate.

use tf1::train::{
    self, CosineDecay, CosineDecayRestarts, Decay, HyperParameter, LinearCosineDecay,
    PolynomialDecay,
};
use tf1::{Gradient, Gradients, Tensor};

use crate::call::{Binding, Call, bind, with};
use crate::trouble::Outcome;
use crate::value::Value;

pub const BINDINGS: &[Binding] = &[
    bind("tf.gradients", "ys, xs, grad_ys", |c| {
        let mut options = Gradients::new();
        if c.peek("grad_ys").is_some() {
            options = options.grad_ys(c.any_tensors("grad_ys")?);
        }
        let (ys, xs) = (c.any_tensors("ys")?, c.any_tensors("xs")?);
        let gradients = tf1::gradients_with(&ys, &xs, options);
        c.returns(Value::List(gradients.into_iter().map(gradient).collect()))
    }),
    bind("tf.train.exponential_decay", DECAY, |c| {
        decay(c, train::exponential_decay_with)
    }),
    bind("tf.train.natural_exp_decay", DECAY, |c| {
        decay(c, train::natural_exp_decay_with)
    }),
    bind("tf.train.inverse_time_decay", DECAY, |c| {
        decay(c, train::inverse_time_decay_with)
    }),
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
            let (rate, step, steps) = rate_and_steps(c, "decay_steps")?;
            c.returns(train::polynomial_decay_with(rate, step, steps, options))
        },
    ),
    bind(
        "tf.train.cosine_decay",
        "learning_rate, global_step, decay_steps, alpha",
        |c| {
            let options = CosineDecay::new().alpha(c.float("alpha", 0.0)?);
            let (rate, step, steps) = rate_and_steps(c, "decay_steps")?;
            c.returns(train::cosine_decay_with(rate, step, steps, options))
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
            let (rate, step, steps) = rate_and_steps(c, "first_decay_steps")?;
            c.returns(train::cosine_decay_restarts_with(
                rate, step, steps, options,
            ))
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
            let (rate, step, steps) = rate_and_steps(c, "decay_steps")?;
            c.returns(train::linear_cosine_decay_with(rate, step, steps, options))
        },
    ),
    bind(
        "tf.train.piecewise_constant",
        "x, boundaries, values",
        |c| {
            let (boundaries, values) = (c.ints("boundaries")?, c.required("values")?);
            let values = values.to_array::<f64>()?;
            c.returns(train::piecewise_constant(
                c.tensor::<i64>("x")?,
                boundaries,
                values,
            ))
        },
    ),
];

const DECAY: &str = "learning_rate, global_step, decay_steps, decay_rate, staircase";

/// A schedule that can be a staircase.
fn decay(
    c: &Call<'_>,
    schedule: fn(f64, Tensor<i64>, i32, HyperParameter, Decay) -> Tensor<f32>,
) -> Outcome<Value> {
    let (rate, step, steps) = rate_and_steps(c, "decay_steps")?;
    let options = match c.bool("staircase", false)? {
        true => Decay::new().staircase(),
        false => Decay::new(),
    };
    let decay_rate = HyperParameter::from(c.float("decay_rate", 0.0)?);
    c.returns(schedule(rate, step, steps, decay_rate, options))
}

/// The learning rate, the variable that counts steps, and how many steps a schedule takes.
fn rate_and_steps(c: &Call<'_>, steps: &str) -> Outcome<(f64, Tensor<i64>, i32)> {
    let rate = c.float("learning_rate", 0.0)?;
    Ok((rate, c.tensor("global_step")?, c.int(steps, 0)? as i32))
}

fn gradient(gradient: Option<Gradient>) -> Value {
    match gradient {
        None => Value::None,
        Some(Gradient::Dense(tensor)) => Value::Tensor(tensor),
        Some(Gradient::Sparse(slices)) => Value::Slices(slices),
        Some(other) => unreachable!("the harness does not know the gradient {other:?}"),
    }
}
