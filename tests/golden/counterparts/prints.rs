//! `errors/prints.json`: names, scopes, printed forms, shapes and collections.

use ndarray::Array1;
use tf1::train::{AdamOptimizer, GradientDescentOptimizer, Optimizer};
use tf1::{
    Graph, Operation, Reuse, Session, Variable, VariableOptions, VariableScope, initializers, shape,
};

use super::python::{array, names};
use super::{Row, does};

pub const ROWS: &[Row] = &[
    does("uniquify_ops", |out| {
        let g = Graph::new();
        let (a, b) = (g.constant(1), g.constant(2));
        out.print(format!("{} {}", a.name(), b.name()));
        let plain = (tf1::add(&a, &b).name(), tf1::add(&a, &b).name());
        let named = (
            tf1::add(&a, &b).named("s").name(),
            tf1::add(&a, &b).named("s").name(),
        );
        out.print(format!("{} {} {} {}", plain.0, plain.1, named.0, named.1));
        out.print(format!(
            "{} {} {}",
            (&a + &b).name(),
            (&a + &b).name(),
            (&a * &b).name()
        ));
        Ok(())
    }),
    does("uniquify_case", |out| {
        let g = Graph::new();
        let made = ["a", "A", "a", "a_1", "a"].map(|name| g.constant(1).named(name).name());
        out.print(made.join(" "));
        Ok(())
    }),
    does("name_scopes", |out| {
        let g = Graph::new();
        let (a, b, e) = g.name_scope("outer", || {
            let a = g.constant(1.0f32).named("c");
            let b = g.name_scope("inner", || &a + 1.0);
            let e = g.name_scope("inner", || &a * 2.0);
            (a, b, e)
        });
        let (f, scope) = g.name_scope_as("outer", |scope| (g.constant(2.0f32), scope.to_string()));
        out.print(format!(
            "{} {} {} {} {scope}",
            a.name(),
            b.name(),
            e.name(),
            f.name()
        ));
        Ok(())
    }),
    does("name_scope_absolute", |out| {
        let g = Graph::new();
        let (a, scope) = g.name_scope_as("x", |scope| (g.constant(1), scope.to_string()));
        let b = g.name_scope(&scope, || g.constant(1));
        let e = g.name_scope("", || g.constant(1));
        out.print(format!("{} {} {}", a.name(), b.name(), e.name()));
        Ok(())
    }),
    does("variable_scopes", |out| {
        let g = Graph::new();
        let layer = || -> (Variable, tf1::Tensor) {
            let v: Variable = g.get_variable("w", [3], initializers::default());
            let o = &v + 1.0;
            (v, o)
        };
        let (v, o, u) = g.variable_scope("layer1", || {
            let (v, o) = layer();
            (v, o, g.variable(1.0f32).named("u"))
        });
        let (v2, o2) = g.variable_scope(VariableScope::new("layer1").reuse(Reuse::Always), layer);
        let same = if v.op() == v2.op() { "True" } else { "False" };
        out.print(format!(
            "{} {} {} {} {} {same}",
            v.name(),
            o.name(),
            u.name(),
            v2.name(),
            o2.name()
        ));
        Ok(())
    }),
    does("variable_scope_auto_reuse", |out| {
        let g = Graph::new();
        let f = |x: f32| {
            g.variable_scope(VariableScope::new("f").reuse(Reuse::Auto), || {
                let w: Variable = g.get_variable("w", [], initializers::default());
                x * &w
            })
        };
        let (a, b) = (f(1.0), f(2.0));
        out.print(format!("{} {} {}", a.name(), b.name(), variable_names(&g)));
        Ok(())
    }),
    does("name_scope_vs_get_variable", |out| {
        let g = Graph::new();
        let (v, u): (Variable, _) = g.name_scope("ns", || {
            (
                g.get_variable("w", [1], initializers::zeros()),
                g.variable(1.0f32).named("w"),
            )
        });
        out.print(format!("{} {}", v.name(), u.name()));
        Ok(())
    }),
    does("variable_uniquify", |out| {
        let g = Graph::new();
        let (a, b) = (g.variable(1.0f32).named("v"), g.variable(1.0f32).named("v"));
        let e = g.variable(1.0f32);
        out.print(format!("{} {} {}", a.name(), b.name(), e.name()));
        out.print(format!("{a:?}"));
        out.print(&a);
        Ok(())
    }),
    does("tensor_reprs", |out| {
        let g = Graph::new();
        out.print(g.constant(5));
        out.print(g.constant([3.0f32, 2.0]));
        out.print(g.placeholder::<f32>("x", shape![?, 2]));
        out.print(g.placeholder::<i64>("", ..));
        out.print(g.placeholder::<bool>("", []));
        out.print(g.zeros::<f64>([2, 0]));
        out.print(g.constant("hi"));
        out.print(g.constant([true]));
        Ok(())
    }),
    does("op_reprs", |out| {
        let g = Graph::new();
        let a = g.constant(1.0f32).named("a");
        out.print(format!(
            "{} {} {:?}",
            a.op().name(),
            a.op().op_type(),
            a.op()
        ));
        // Python prints an operation as its NodeDef, of which this is all.
        let nothing = g.no_op();
        out.print(format!(
            "name: \"{}\"\nop: \"{}\"\n",
            nothing.name(),
            nothing.op_type()
        ));
        out.print(tf1::group([&a]).name());
        out.print(g.global_variables_initializer().name());
        Ok(())
    }),
    does("variable_reprs", |out| {
        let g = Graph::new();
        out.print(g.variable(1.0f32).named("a"));
        out.print(g.variable(ndarray::array![[1, 2]]).named("b"));
        out.print(g.get_variable::<f32>("W1", [2, 3], initializers::default()));
        out.print(g.variable(true).named("f"));
        let untrained = VariableOptions::new().trainable(false);
        out.print(
            g.variable_with(Array1::<f64>::zeros(2), untrained)
                .named("d"),
        );
        out.print(names(g.trainable_variables().iter().map(|v| v.name())));
        Ok(())
    }),
    does("session_values", |out| {
        let g = Graph::new();
        let session = Session::new(&g)?;
        let [one, two, three] = [1, 2, 3].map(|number| g.constant(number));
        let seven = session.run(g.constant(7).scalar(), [])?;
        let list = session.run(g.constant([1.5f32, 2.0]), [])?;
        let text = session.run(g.constant("ab").scalar(), [])?;
        let nested = (one.scalar(), (two.scalar(), three.scalar()));
        let (k, (first, second)) = session.run(nested, [])?;
        out.print(format!(
            "{seven} {} {} b'{text}' {{'k': {k}, 'l': [{first}, ({second},)]}}",
            one.dtype(),
            array(list.view())
        ));
        let () = session.run(g.no_op(), [])?;
        out.print("None");
        Ok(())
    }),
    does("dtype_inference", |out| {
        let g = Graph::new();
        // Literals of Rust have the types that they are written with.
        let nothing: [f32; 0] = [];
        for constant in [
            g.constant(1).any(),
            g.constant(1.0f32).any(),
            g.constant(true).any(),
            g.constant("a").any(),
            g.constant([1.0f32, 2.0]).any(),
            g.constant(Array1::<f64>::zeros(1)).any(),
            g.constant(Array1::<f32>::zeros(1)).any(),
            g.constant(3i64).any(),
            g.constant::<f32>(&nothing).any(),
            g.constant(1i64 << 40).any(),
            g.constant(1u8).any(),
        ] {
            out.print(constant.dtype());
        }
        Ok(())
    }),
    does("shape_api", |out| {
        let g = Graph::new();
        let x = g.placeholder::<f32>("", shape![?, 2]);
        // An unknown length is None in a list, and ? where it is printed by itself.
        let length = |axis| {
            x.shape()
                .dim(axis)
                .map_or("?".to_string(), |length| length.to_string())
        };
        let list: Vec<String> = (0..2)
            .map(|axis| length(axis).replace('?', "None"))
            .collect();
        let rank = x
            .shape()
            .rank()
            .map_or("None".to_string(), |rank| rank.to_string());
        out.print(format!(
            "{} [{}] {rank} {} {}",
            x.shape(),
            list.join(", "),
            length(1),
            length(0)
        ));
        let y = g.placeholder::<f32>("", ..);
        out.print(format!(
            "{} {}",
            y.shape(),
            y.shape()
                .rank()
                .map_or("None".to_string(), |rank| rank.to_string())
        ));
        let z = tf1::matmul(&x, g.zeros([2, 3]));
        let (sum, flat) = (&z + g.zeros([3]), tf1::reshape(&z, [-1]));
        out.print(format!(
            "{} {} {} {}",
            z.shape(),
            sum.shape(),
            flat.shape(),
            tf1::transpose(&z).shape()
        ));
        Ok(())
    }),
    does("collections", |out| {
        let g = Graph::new();
        let v = g.variable(1.0f32).named("a");
        g.variable_with(1.0f32, VariableOptions::new().trainable(false))
            .named("b");
        let trainable = names(g.trainable_variables().iter().map(|v| v.name()));
        out.print(format!("{} {trainable}", variable_names(&g)));
        g.add_to_collection("losses", &(&v * 2.0));
        let tensors = |key| names(g.get_collection(key).iter().map(|tensor| tensor.name()));
        out.print(format!("{} {}", tensors("losses"), tensors("none")));
        out.print(names(g.get_all_collection_keys()));
        Ok(())
    }),
    does("node_names_matmul_net", |out| {
        let g = Graph::new();
        let x = g.placeholder::<f32>("X", shape![2, ?]);
        let w = g.get_variable("W1", [2, 2], initializers::zeros());
        let b = g.get_variable("b1", [2, 1], initializers::zeros());
        let z = tf1::add(tf1::matmul(&w, &x), &b);
        out.print(tf1::nn::relu(&z));
        for operation in g.operations() {
            out.print(format!("{} {}", operation.name(), operation.op_type()));
        }
        Ok(())
    }),
    does("node_names_minimize", |out| {
        let g = Graph::new();
        let v = g.variable(3.0f32).named("v");
        let t = GradientDescentOptimizer::new(0.1).minimize(tf1::square(&v));
        out.print(format!("{} {}", t.name(), t.op_type()));
        out.print(variable_names(&g));
        Ok(())
    }),
    does("node_names_adam", |out| {
        let g = Graph::new();
        let v = g.variable(2.0f32).named("v");
        let t = AdamOptimizer::new(0.1).minimize(&v * &v);
        out.print(t.name());
        out.print(variable_names(&g));
        let shown = |operation: &Operation| {
            ["ApplyAdam", "Assign", "AssignSub", "NoOp"].contains(&operation.op_type())
        };
        out.print(names(
            g.operations()
                .into_iter()
                .filter(shown)
                .map(|operation| operation.name()),
        ));
        Ok(())
    }),
    does("interactive_eval", |out| {
        let g = Graph::new();
        let v = g.variable(4);
        let s = Session::new(&g)?;
        s.run(g.global_variables_initializer(), [])?;
        out.print(format!(
            "{} {}",
            s.run(&v, [])?,
            s.run((&v * 2).scalar(), [])?
        ));
        s.run(v.assign(&v + 1), [])?;
        out.print(s.run(&v, [])?);
        s.close();
        Ok(())
    }),
    does("optimizer_values", |out| {
        let g = Graph::new();
        let v = g.variable(1.0f32);
        let t = GradientDescentOptimizer::new(0.25).minimize(tf1::square(&v));
        let s = Session::new(&g)?;
        s.run(g.global_variables_initializer(), [])?;
        for _ in 0..3 {
            let () = s.run(&t, [])?;
            out.print(format!("None {}", s.run(&v, [])?));
        }
        Ok(())
    }),
    does("graph_keys_and_reset", |out| {
        let g = Graph::new();
        g.constant(1);
        out.print(g.len());
        let g = Graph::new();
        g.zeros::<f32>([2]);
        g.ones::<f32>([2]);
        out.print(names(
            g.operations().iter().map(|operation| operation.name()),
        ));
        Ok(())
    }),
];

fn variable_names(g: &Graph) -> String {
    names(g.global_variables().iter().map(|variable| variable.name()))
}
