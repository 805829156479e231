//! What stands behind `with`: scopes of names and of variables, and control dependencies.

use tf1::{ControlInput, Operation, Reuse, VariableScope};

use super::layers::regularizer;
use super::variables::Shared;
use crate::call::{Binding, Call, bind, listed, with};
use crate::object::Object;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

pub const BINDINGS: &[Binding] = &[
    bind("tf.name_scope", "name, default_name, values", |c| {
        let name = c.text("name", "")?;
        c.graph
            .name_scope_as(&name, |scope| c.run_body(Value::Text(scope.to_string())))?;
        Ok(Value::None)
    }),
    bind("tf.control_dependencies", "control_inputs", |c| {
        let inputs = c.required("control_inputs")?;
        let operation = |input: &Value| {
            input
                .as_operation()
                .ok_or_else(|| c.lacks(&format!("of a {}", input.kind())))
        };
        let operations: Vec<Operation> = listed(&inputs)
            .iter()
            .map(operation)
            .collect::<Outcome<_>>()?;
        let inputs: Vec<&dyn ControlInput> = operations
            .iter()
            .map(|operation| operation as &dyn ControlInput)
            .collect();
        c.graph
            .control_dependencies(&inputs, || c.run_body(Value::None))?;
        Ok(Value::None)
    }),
    bind("tf.variable_scope", VARIABLE_SCOPE, |c| {
        super::variables::only_plain(c)?;
        let scope = match (
            c.optional("name_or_scope"),
            c.optional_text("default_name")?,
        ) {
            (Some(Value::Text(name)), _) => VariableScope::new(&name),
            (Some(Value::Object(_)), _) => return Err(c.lacks("of a scope that was entered")),
            (None, Some(name)) => VariableScope::unique(&name),
            (other, _) => return Err(Trouble::fails(format!("a variable scope of {other:?}"))),
        };
        let scope = with(scope, reuse(c)?, VariableScope::reuse);
        let given = regularizer(c, "regularizer")?;
        let scope = with(scope, given, |scope, given| {
            scope.regularizer(Shared(given))
        });
        let entered = Value::Object(Object::new("VariableScope", ()));
        for unknown in ["initializer", "dtype", "auxiliary_name_scope"] {
            if c.peek(unknown).is_some() {
                return Err(c.lacks(&format!("{unknown}=")));
            }
        }
        c.graph.variable_scope(scope, || c.run_body(entered))?;
        Ok(Value::None)
    }),
];

const VARIABLE_SCOPE: &str = "name_or_scope, default_name, values, initializer, regularizer, caching_device, \
                              partitioner, custom_getter, reuse, dtype, use_resource, constraint, \
                              auxiliary_name_scope";

/// Whether variables are shared.
pub fn reuse(c: &Call<'_>) -> Outcome<Option<Reuse>> {
    Ok(match c.optional("reuse") {
        None => None,
        Some(Value::Bool(true)) => Some(Reuse::Always),
        Some(Value::Bool(false)) => Some(Reuse::Inherit),
        Some(Value::Symbol(symbol)) if symbol == "tf.AUTO_REUSE" => Some(Reuse::Auto),
        Some(_) => return Err(c.lacks("reuse= of another kind")),
    })
}
