//! What stands behind `with`: scopes of names and of variables, and control dependencies.

use tf1::{ControlInput, Graph, Initializer, Operation, Reuse, Tensor, VariableScope};

use super::initializers::{Made, for_float};
use super::layers::regularizer;
use super::variables::Shared;
use crate::call::{Binding, Call, KeptCall, bind, listed, with};
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
            (Some(Value::Object(object)), _) => match object.get::<VariableScope>() {
                Some(entered) => entered.clone(),
                None => return Err(c.lacks("of an object that is not a scope")),
            },
            (None, Some(name)) => VariableScope::unique(&name),
            (other, _) => return Err(Trouble::fails(format!("a variable scope of {other:?}"))),
        };
        let scope = with(scope, reuse(c)?, VariableScope::reuse);
        let given = regularizer(c, "regularizer")?;
        let scope = with(scope, given, |scope, given| {
            scope.regularizer(Shared(given))
        });
        for unknown in ["dtype", "partitioner", "custom_getter", "constraint"] {
            if c.peek(unknown).is_some() {
                return Err(c.lacks(&format!("{unknown}=")));
            }
        }
        let scope = match c.optional("initializer") {
            None => scope,
            Some(Value::Object(object)) => match object.get::<KeptCall>() {
                Some(kept) => scope.initializer(OfScope::new(c, kept)?),
                None => return Err(c.lacks("initializer= of another kind")),
            },
            Some(_) => return Err(c.lacks("initializer= of another kind")),
        };
        let scope = match c.bool("auxiliary_name_scope", true)? {
            true => scope,
            false => scope.without_name_scope(),
        };
        c.graph.variable_scope(scope, || {
            let entered = c.graph.get_variable_scope();
            c.run_body(Value::Object(Object::new("VariableScope", entered)))
        })?;
        Ok(Value::None)
    }),
    bind("VariableScope.name", "self", |c| {
        c.object("self", |scope: &VariableScope| {
            c.returns(scope.name().to_string())
        })
    }),
    bind("VariableScope.original_name_scope", "self", |c| {
        c.object("self", |scope: &VariableScope| {
            c.returns(scope.original_name_scope().to_string())
        })
    }),
];

/// The initializer of a scope, made anew for each variable.
#[derive(Clone)]
struct OfScope(KeptCall);

impl OfScope {
    /// The initializer that `kept` makes, if it can.
    fn new(c: &Call<'_>, kept: &KeptCall) -> Outcome<OfScope> {
        for_float::<f32>(c.graph, kept)?;
        Ok(OfScope(kept.clone()))
    }
}

impl<T: Made> Initializer<T> for OfScope {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        let made = for_float::<T>(graph, &self.0);
        let made = made
            .unwrap_or_else(|trouble| panic!("an initializer that was made before: {trouble:?}"));
        made.build(graph, shape)
    }
}

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
