//! Moving averages, and the variable that counts steps.

use tf1::train::{self, Averaged, ExponentialMovingAverage};

use super::optimizers::hyper_parameter;
use crate::call::{Binding, Call, bind, listed, with};
use crate::dispatch::float;
use crate::object::Object;
use crate::trouble::Outcome;
use crate::value::Value;

pub const BINDINGS: &[Binding] = &[
    bind(
        "tf.train.ExponentialMovingAverage",
        "decay, num_updates, zero_debias, name",
        |c| {
            let averages = ExponentialMovingAverage::new(hyper_parameter(c, "decay")?);
            let updates = c
                .peek("num_updates")
                .map(|_| averaged(c, "num_updates"))
                .transpose()?;
            let averages = with(averages, updates, ExponentialMovingAverage::num_updates);
            let averages = match c.bool("zero_debias", false)? {
                true => averages.zero_debias(),
                false => averages,
            };
            let name = c.optional_text("name")?;
            let averages = with(averages, name.as_deref(), ExponentialMovingAverage::named);
            c.returns(Object::new("Averages", averages))
        },
    ),
    bind("Averages.apply", "self, var_list", |c| {
        c.object("self", |averages: &ExponentialMovingAverage| {
            let given = match c.optional("var_list") {
                Some(list) => listed(&list).to_vec(),
                None => c
                    .graph
                    .trainable_variables()
                    .into_iter()
                    .map(Value::Variable)
                    .collect(),
            };
            let given = given.iter().map(|value| of_value(c, value));
            c.returns(averages.apply(given.collect::<Outcome<Vec<Averaged>>>()?))
        })
    }),
    bind("Averages.average", "self, var", |c| {
        c.object("self", |averages: &ExponentialMovingAverage| {
            let dtype = c.dtype_of(&["var"])?;
            float!(c, dtype, T => match c.required("var")? {
                Value::Variable(variable) => c.returns(averages.average(&variable.typed::<T>()?)),
                Value::Tensor(tensor) => c.returns(averages.average_of_tensor(&tensor.typed::<T>()?)),
                _ => Err(c.lacks("of another kind")),
            })
        })
    }),
    bind("Averages.average_name", "self, var", |c| {
        c.object("self", |averages: &ExponentialMovingAverage| {
            c.returns(averages.average_name(averaged(c, "var")?))
        })
    }),
    bind("Averages.variables_to_restore", "self", |c| {
        c.object("self", |averages: &ExponentialMovingAverage| {
            let restored = averages.variables_to_restore(c.graph).into_iter();
            Ok(Value::Dict(
                restored
                    .map(|(name, v)| (name, Value::Variable(v)))
                    .collect(),
            ))
        })
    }),
    bind("tf.train.create_global_step", "graph", |c| {
        c.returns(train::create_global_step(c.graph))
    }),
    bind("tf.train.get_global_step", "graph", |c| {
        c.returns(train::get_global_step(c.graph))
    }),
    bind("tf.train.get_or_create_global_step", "graph", |c| {
        c.returns(train::get_or_create_global_step(c.graph))
    }),
];

/// A variable or a tensor.
fn averaged(c: &Call<'_>, name: &str) -> Outcome<Averaged> {
    of_value(c, &c.required(name)?)
}

fn of_value(c: &Call<'_>, value: &Value) -> Outcome<Averaged> {
    match value {
        Value::Variable(variable) => Ok(Averaged::from(variable)),
        Value::Tensor(tensor) => Ok(Averaged::from(tensor)),
        other => Err(c.lacks(&format!("of a {}", other.kind()))),
    }
}
