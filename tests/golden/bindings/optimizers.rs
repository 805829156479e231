//! Optimizers: the classes, and their methods.

use tf1::train::{
    self, ApplyGradients, ComputeGradients, GateGradients, HyperParameter, Minimize, Optimizer,
    RuleOptimizer, UpdateRule,
};
use tf1::{AggregationMethod, AnyVariable, Gradient};

use crate::call::{Binding, Call, bind, with};
use crate::dispatch::any;
use crate::object::Object;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// An optimizer of any rule.
pub trait AnyOptimizer: Optimizer + Send + Sync {
    fn slot_names(&self) -> Vec<String>;
    fn slot(&self, variable: &AnyVariable, name: &str) -> Outcome<Option<AnyVariable>>;
}

impl<R: UpdateRule + Send + Sync> AnyOptimizer for RuleOptimizer<R> {
    fn slot_names(&self) -> Vec<String> {
        self.get_slot_names()
    }

    fn slot(&self, variable: &AnyVariable, name: &str) -> Outcome<Option<AnyVariable>> {
        any!(variable.dtype(), T => {
            Ok(self.get_slot(&variable.typed::<T>()?, name).map(|slot| slot.any()))
        })
    }
}

pub type Boxed = Box<dyn AnyOptimizer>;

/// A step of an optimizer's construction: its argument and what sets it.
macro_rules! set {
    ($c:ident, $optimizer:expr, $($name:literal => $set:path),* $(,)?) => {{
        let optimizer = $optimizer;
        $(let optimizer = with(optimizer, $c.optional_float($name)?, $set);)*
        optimizer
    }};
}

pub const BINDINGS: &[Binding] = &[
    bind(
        "tf.train.GradientDescentOptimizer",
        "learning_rate, use_locking",
        |c| made(c, train::GradientDescentOptimizer::new(rate(c)?)),
    ),
    bind(
        "tf.train.MomentumOptimizer",
        "learning_rate, momentum, use_locking, use_nesterov",
        |c| {
            let optimizer =
                train::MomentumOptimizer::new(rate(c)?, hyper_parameter(c, "momentum")?);
            made(
                c,
                match c.bool("use_nesterov", false)? {
                    true => optimizer.use_nesterov(),
                    false => optimizer,
                },
            )
        },
    ),
    bind(
        "tf.train.AdamOptimizer",
        "learning_rate, beta1, beta2, epsilon, use_locking",
        |c| {
            type Adam = train::AdamOptimizer;
            made(
                c,
                set!(c, Adam::new(rate(c)?),
            "beta1" => Adam::beta1, "beta2" => Adam::beta2, "epsilon" => Adam::epsilon),
            )
        },
    ),
    bind(
        "tf.train.AdagradOptimizer",
        "learning_rate, initial_accumulator_value, use_locking",
        |c| {
            type Adagrad = train::AdagradOptimizer;
            made(
                c,
                set!(c, Adagrad::new(rate(c)?),
            "initial_accumulator_value" => Adagrad::initial_accumulator_value),
            )
        },
    ),
    bind(
        "tf.train.AdadeltaOptimizer",
        "learning_rate, rho, epsilon, use_locking",
        |c| {
            type Adadelta = train::AdadeltaOptimizer;
            made(
                c,
                set!(c, Adadelta::new(rate(c)?), "rho" => Adadelta::rho, "epsilon" => Adadelta::epsilon),
            )
        },
    ),
    bind(
        "tf.train.RMSPropOptimizer",
        "learning_rate, decay, momentum, epsilon, use_locking, centered",
        |c| {
            type RMSProp = train::RMSPropOptimizer;
            let optimizer = set!(c, RMSProp::new(rate(c)?), "decay" => RMSProp::decay,
                "momentum" => RMSProp::momentum, "epsilon" => RMSProp::epsilon);
            made(
                c,
                match c.bool("centered", false)? {
                    true => optimizer.centered(),
                    false => optimizer,
                },
            )
        },
    ),
    bind("tf.train.FtrlOptimizer", FTRL, |c| {
        type Ftrl = train::FtrlOptimizer;
        made(
            c,
            set!(c, Ftrl::new(rate(c)?),
            "learning_rate_power" => Ftrl::learning_rate_power,
            "initial_accumulator_value" => Ftrl::initial_accumulator_value,
            "l1_regularization_strength" => Ftrl::l1_regularization_strength,
            "l2_regularization_strength" => Ftrl::l2_regularization_strength,
            "l2_shrinkage_regularization_strength" => Ftrl::l2_shrinkage_regularization_strength),
        )
    }),
    bind(
        "tf.train.ProximalGradientDescentOptimizer",
        "learning_rate, l1_regularization_strength, l2_regularization_strength, use_locking",
        |c| {
            type Descent = train::ProximalGradientDescentOptimizer;
            made(
                c,
                set!(c, Descent::new(rate(c)?),
                "l1_regularization_strength" => Descent::l1_regularization_strength,
                "l2_regularization_strength" => Descent::l2_regularization_strength),
            )
        },
    ),
    bind(
        "tf.train.ProximalAdagradOptimizer",
        "learning_rate, initial_accumulator_value, l1_regularization_strength, l2_regularization_strength, use_locking",
        |c| {
            type Adagrad = train::ProximalAdagradOptimizer;
            made(
                c,
                set!(c, Adagrad::new(rate(c)?),
                "initial_accumulator_value" => Adagrad::initial_accumulator_value,
                "l1_regularization_strength" => Adagrad::l1_regularization_strength,
                "l2_regularization_strength" => Adagrad::l2_regularization_strength),
            )
        },
    ),
    bind("Optimizer.minimize", MINIMIZE, |c| {
        c.object("self", |optimizer: &Boxed| {
            let step = optional_variable(c, "global_step")?;
            let options = with(Minimize::new(), step, Minimize::global_step);
            let options = with(
                options,
                c.optional_variables("var_list")?,
                Minimize::var_list,
            );
            let options = with(options, gate(c)?, Minimize::gate_gradients);
            let grad_loss = c
                .peek("grad_loss")
                .map(|_| c.any_tensor("grad_loss"))
                .transpose()?;
            let options = with(options, grad_loss, Minimize::grad_loss);
            let options = with(options, c.name(), |options, name| options.name(name));
            let options = options.aggregation_method(aggregation_method(c)?);
            Ok(Value::Operation(
                optimizer.minimize_with(c.any_tensor("loss")?, options),
            ))
        })
    }),
    bind("Optimizer.compute_gradients", COMPUTE, |c| {
        c.object("self", |optimizer: &Boxed| {
            let variables = c.optional_variables("var_list")?;
            let options = with(
                ComputeGradients::new(),
                variables,
                ComputeGradients::var_list,
            );
            let options = with(options, gate(c)?, ComputeGradients::gate_gradients);
            let grad_loss = c
                .peek("grad_loss")
                .map(|_| c.any_tensor("grad_loss"))
                .transpose()?;
            let options = with(options, grad_loss, ComputeGradients::grad_loss);
            let options = options.aggregation_method(aggregation_method(c)?);
            c.returns(optimizer.compute_gradients_with(c.any_tensor("loss")?, options))
        })
    }),
    bind(
        "Optimizer.apply_gradients",
        "self, grads_and_vars, global_step",
        |c| {
            c.object("self", |optimizer: &Boxed| {
                let step = optional_variable(c, "global_step")?;
                let options = with(ApplyGradients::new(), step, ApplyGradients::global_step);
                let options = with(options, c.name(), |options, name| options.name(name));
                let pairs = gradients_and_variables(&c.required("grads_and_vars")?)?;
                Ok(Value::Operation(
                    optimizer.apply_gradients_with(pairs, options),
                ))
            })
        },
    ),
    bind("Optimizer.get_slot_names", "self", |c| {
        c.object("self", |optimizer: &Boxed| {
            c.returns(optimizer.slot_names())
        })
    }),
    bind("Optimizer.get_slot", "self, var, name", |c| {
        let (variable, name) = (c.variable("var")?, c.text("name", "")?);
        c.object("self", |optimizer: &Boxed| {
            c.returns(optimizer.slot(&variable, &name)?)
        })
    }),
    bind("Optimizer.get_name", "self", |c| {
        c.object("self", |optimizer: &Boxed| {
            c.returns(optimizer.name().to_string())
        })
    }),
];

const FTRL: &str = "learning_rate, learning_rate_power, initial_accumulator_value, \
                    l1_regularization_strength, l2_regularization_strength, use_locking, name, \
                    accum_name, linear_name, l2_shrinkage_regularization_strength";
const MINIMIZE: &str = "self, loss, global_step, var_list, gate_gradients, aggregation_method, \
                        colocate_gradients_with_ops, grad_loss";
const COMPUTE: &str = "self, loss, var_list, gate_gradients, aggregation_method, \
                       colocate_gradients_with_ops, grad_loss";

/// The optimizer as an object, with the name that the call gives it.
fn made<R: UpdateRule + Send + Sync>(c: &Call<'_>, optimizer: RuleOptimizer<R>) -> Outcome<Value> {
    let optimizer = with(optimizer, c.name(), RuleOptimizer::named);
    let boxed: Boxed = Box::new(optimizer);
    Ok(Value::Object(Object::new("Optimizer", boxed)))
}

fn rate(c: &Call<'_>) -> Outcome<HyperParameter> {
    hyper_parameter(c, "learning_rate")
}

/// A number or a tensor.
pub fn hyper_parameter(c: &Call<'_>, name: &str) -> Outcome<HyperParameter> {
    Ok(match c.peek(name).as_ref().and_then(Value::as_tensor) {
        Some(_) => HyperParameter::from(c.tensor::<f32>(name)?),
        None => {
            let number = c.optional_float(name)?;
            HyperParameter::from(number.ok_or_else(|| c.lacks(&format!("without {name}=")))?)
        }
    })
}

/// A variable, if it is given.
pub fn optional_variable(c: &Call<'_>, name: &str) -> Outcome<Option<AnyVariable>> {
    c.peek(name).map(|_| c.variable(name)).transpose()
}

fn gate(c: &Call<'_>) -> Outcome<Option<GateGradients>> {
    let gate = c.optional_text("gate_gradients")?;
    Ok(match gate.as_deref() {
        None => None,
        Some("graph") => Some(GateGradients::Graph),
        Some("op") => Some(GateGradients::Op),
        Some("none") => Some(GateGradients::None),
        Some(other) => return Err(c.lacks(other)),
    })
}

/// Takes the arguments that say how gradients are added and where: there is one device.
pub fn aggregation_method(c: &Call<'_>) -> Outcome<AggregationMethod> {
    c.bool("colocate_gradients_with_ops", false)?;
    match c.text("aggregation_method", "add_n")?.as_str() {
        "add_n" => Ok(AggregationMethod::AddN),
        "tree" => Ok(AggregationMethod::ExperimentalTree),
        "accumulate_n" => Ok(AggregationMethod::ExperimentalAccumulateN),
        other => Err(c.lacks(other)),
    }
}

/// A list of pairs of a gradient, or None, and a variable.
fn gradients_and_variables(pairs: &Value) -> Outcome<Vec<(Option<Gradient>, AnyVariable)>> {
    let wrong = || Trouble::lacks(format!("gradients and variables {pairs:?}"));
    let pair = |pair: &Value| match pair.items() {
        Some([gradient, Value::Variable(variable)]) => {
            let gradient = match gradient {
                Value::None => None,
                Value::Slices(slices) => Some(Gradient::Sparse(slices.clone())),
                other => Some(Gradient::Dense(other.as_tensor().ok_or_else(wrong)?)),
            };
            Ok((gradient, variable.clone()))
        }
        _ => Err(wrong()),
    };
    let items = pairs.items().ok_or_else(wrong)?;
    items.iter().map(pair).collect()
}
