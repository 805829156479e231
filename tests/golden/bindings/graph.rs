//! The graph itself, tensors and operations as objects, and what is passed on and waited for.

use tf1::{AnyTensor, ControlInput, DType, IntoTensor, Operation, Shape};

use crate::call::{Binding, Call, bind, listed};
use crate::dispatch::any;
use crate::object::Object;
use crate::operand::Operand;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

pub const BINDINGS: &[Binding] = &[
    bind("tf.get_default_graph", "", |c| {
        c.returns(Object::new("Graph", ()))
    }),
    bind("tf.set_random_seed", "seed", |c| {
        c.graph.set_random_seed(c.int("seed", 0)?);
        Ok(Value::None)
    }),
    bind("tf.get_seed", "op_seed", |c| {
        let last = i64::try_from(c.graph.len()).unwrap_or(i64::MAX);
        let seeds = tf1::random::get_seed(c.graph.seed(), c.optional_int("op_seed")?, last);
        Ok(Value::Tuple(vec![
            Value::Int(seeds.seed),
            Value::Int(seeds.seed2),
        ]))
    }),
    bind("tf.placeholder", "dtype, shape", |c| {
        let shape = shape(c, "shape")?;
        let name = c.name().unwrap_or_default();
        any!(c.dtype("dtype", DType::Float32)?, T => c.returns(c.graph.placeholder::<T>(name, shape).any()))
    }),
    bind("tf.placeholder_with_default", "input, shape", |c| {
        let shape = shape(c, "shape")?;
        any!(c.dtype_of(&["input"])?, T => {
            c.returns(c.graph.placeholder_with_default::<T>(c.operand("input")?, shape))
        })
    }),
    bind("tf.convert_to_tensor", "value, dtype", |c| {
        let dtype = c.dtype_of(&["value"])?;
        any!(c.dtype("dtype", dtype)?, T => match c.operand::<T>("value")? {
            Operand::Tensor(tensor) => Ok(Value::Tensor(tensor.any())),
            array => Ok(Value::Tensor(array.into_tensor(c.graph, c.name().unwrap_or("Const")).any())),
        })
    }),
    bind("tf.group", "*inputs", |c| {
        let inputs = c.required("inputs")?;
        let mut operations = Vec::new();
        for input in listed(&inputs) {
            for input in listed(input) {
                operations.push(operation(c, input)?);
            }
        }
        let inputs: Vec<&dyn ControlInput> =
            operations.iter().map(|o| o as &dyn ControlInput).collect();
        c.returns(tf1::group(&inputs))
    }),
    bind("tf.tuple", "tensors, control_inputs", |c| {
        let tensors: Vec<_> = c.any_tensors("tensors")?.into_iter().map(Some).collect();
        let controls = c.optional("control_inputs");
        let controls = controls.iter().flat_map(listed).map(Value::as_operation);
        let controls: Vec<_> = controls.flatten().collect();
        c.returns(tf1::tuple_with(&tensors, &controls))
    }),
    bind("tf.custom_gradient", "f", |c| {
        let function = c.required("f")?;
        c.returns(Object::new("CustomGradient", function))
    }),
    bind("CustomGradient.__call__", "self, x", |c| {
        let x = c.any_tensor("x")?;
        c.object("self", |function: &Value| {
            let made = function.call(c.graph, vec![Value::Tensor(x.clone())])?;
            let [result, gradient] = listed(&made) else {
                return Err(c.wrong("f", &made, "a result and a gradient"));
            };
            let Some(result) = result.as_tensor() else {
                return Err(c.lacks("several results"));
            };
            // A gradient captures no tensors; this one, which may, lives as long as the tests.
            let gradient: &'static Value = Box::leak(Box::new(gradient.clone()));
            c.returns(tf1::custom_gradient(&x, |_| {
                (result, (), move |dy: AnyTensor, ()| {
                    let graph = dy.graph().clone();
                    let answer = gradient.call(&graph, vec![Value::Tensor(dy)]);
                    answer.ok().and_then(|answer| answer.as_tensor())
                })
            }))
        })
    }),
    bind("tf.get_collection", "key, scope", |c| {
        let key = c.text("key", "")?;
        let variables = c.graph.variables_of(&key);
        let tensors = c.graph.get_collection(&key);
        let member = |operation: Operation| {
            let variable = variables.iter().find(|variable| variable.op() == operation);
            let tensor = tensors.iter().find(|tensor| tensor.op() == operation);
            match (variable, tensor) {
                (Some(variable), _) => Value::Variable(variable.clone()),
                (None, Some(tensor)) => Value::Tensor(tensor.clone()),
                (None, None) => Value::Operation(operation),
            }
        };
        let members = c.graph.collected_operations(&key).into_iter().map(member);
        Ok(Value::List(members.collect()))
    }),
    bind("Graph.get_tensor_by_name", "self, name", |c| {
        c.required("self")?;
        let name = c.text("name", "")?;
        Ok(Value::Tensor(c.graph.get_tensor_by_name(&name)?))
    }),
    bind("Graph.get_operation_by_name", "self, name", |c| {
        c.required("self")?;
        let name = c.text("name", "")?;
        Ok(Value::Operation(c.graph.get_operation_by_name(&name)?))
    }),
    bind("Graph.as_graph_element", "self, obj", |c| {
        c.required("self")?;
        let name = c.text("obj", "")?;
        match name.contains(':') {
            true => Ok(Value::Tensor(c.graph.get_tensor_by_name(&name)?)),
            false => Ok(Value::Operation(c.graph.get_operation_by_name(&name)?)),
        }
    }),
    bind("Graph.version", "self", |c| {
        c.required("self")?;
        Ok(Value::Int(c.graph.len() as i64))
    }),
    bind("Graph.unique_name", "self, name", |c| {
        c.required("self")?;
        c.returns(c.graph.unique_name(c.text("name", "")?))
    }),
    bind("Tensor.consumers", "self", |c| {
        let consumers = c.any_tensor("self")?.consumers().into_iter();
        Ok(Value::List(consumers.map(Value::Operation).collect()))
    }),
    bind("Tensor.name", "self", |c| {
        c.returns(c.any_tensor("self")?.name())
    }),
    bind("Tensor.op", "self", |c| {
        c.returns(c.any_tensor("self")?.op())
    }),
    bind("Tensor.shape", "self", |c| {
        c.returns(c.any_tensor("self")?.shape())
    }),
    bind("Tensor.get_shape", "self", |c| {
        c.returns(c.any_tensor("self")?.shape())
    }),
    bind("Tensor.dtype", "self", |c| {
        c.returns(format!("<dtype: '{}'>", c.any_tensor("self")?.dtype()))
    }),
    bind("Operation.name", "self", |c| {
        c.returns(operation(c, &c.required("self")?)?.name())
    }),
    bind("Operation.type", "self", |c| {
        c.returns(operation(c, &c.required("self")?)?.op_type().to_string())
    }),
    bind("Operation.inputs", "self", |c| {
        c.returns(operation(c, &c.required("self")?)?.inputs())
    }),
    bind("Operation.outputs", "self", |c| {
        c.returns(operation(c, &c.required("self")?)?.outputs())
    }),
    bind("IndexedSlices.values", "self", |c| {
        match c.required("self")? {
            Value::Slices(slices) => c.returns(slices.values),
            _ => Err(c.lacks("of another kind")),
        }
    }),
    bind("IndexedSlices.indices", "self", |c| {
        match c.required("self")? {
            Value::Slices(slices) => c.returns(slices.indices),
            _ => Err(c.lacks("of another kind")),
        }
    }),
    bind("IndexedSlices.dense_shape", "self", |c| {
        match c.required("self")? {
            Value::Slices(slices) => c.returns(slices.dense_shape),
            _ => Err(c.lacks("of another kind")),
        }
    }),
    bind("TensorShape.as_list", "self", |c| {
        match c.required("self")? {
            Value::Shape(shape) => {
                let dims = shape.dims().ok_or_else(|| c.lacks("of an unknown shape"))?;
                let dim =
                    |dim: &Option<usize>| dim.map_or(Value::None, |dim| Value::Int(dim as i64));
                Ok(Value::List(dims.iter().map(dim).collect()))
            }
            _ => Err(c.lacks("of another kind")),
        }
    }),
    bind("TensorShape.ndims", "self", |c| {
        match c.required("self")? {
            Value::Shape(shape) => Ok(shape
                .rank()
                .map_or(Value::None, |rank| Value::Int(rank as i64))),
            _ => Err(c.lacks("of another kind")),
        }
    }),
    bind("tf.TensorShape", "dims", |c| c.returns(shape(c, "dims")?)),
];

fn operation(c: &Call<'_>, value: &Value) -> Outcome<Operation> {
    value
        .as_operation()
        .ok_or_else(|| c.lacks(&format!("of a {}", value.kind())))
}

/// A static shape, with None for what is unknown.
fn shape(c: &Call<'_>, name: &str) -> Outcome<Shape> {
    let given = match c.optional(name) {
        None => return Ok(Shape::unknown()),
        Some(Value::Shape(shape)) => return Ok(shape),
        Some(given) => given,
    };
    let dim = |dim: &Value| match dim {
        Value::None => Ok(None),
        Value::Int(length) if *length >= 0 => Ok(Some(*length as usize)),
        other => Err(Trouble::lacks(format!("a shape with {other:?}"))),
    };
    let dims = given.items().unwrap_or_default().iter().map(dim);
    Ok(Shape::from(dims.collect::<Outcome<Vec<_>>>()?))
}
