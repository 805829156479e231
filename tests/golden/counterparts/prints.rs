//! `errors/prints.json`: names, scopes, printed forms, shapes and collections.

use tf1::{Graph, Reuse, Session, Variable, VariableOptions, VariableScope, initializers, shape};

use super::python::{array, names};
use super::{Row, does, lacks};

pub const ROWS: &[Row] = &[
    does("uniquify_ops", |out| {
        let g = Graph::new();
        let (a, b) = (g.constant(1), g.constant(2));
        out.print(format!("{} {}", a.name(), b.name()));
        let plain = (tf1::add(&a, &b).name(), tf1::add(&a, &b).name());
        let named = (tf1::add(&a, &b).named("s").name(), tf1::add(&a, &b).named("s").name());
        out.print(format!("{} {} {} {}", plain.0, plain.1, named.0, named.1));
        out.print(format!("{} {} {}", (&a + &b).name(), (&a + &b).name(), (&a * &b).name()));
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
        let (a, b, e) = g.name_scope("outer", |_| {
            let a = g.constant(1.0f32).named("c");
            let b = g.name_scope("inner", |_| &a + 1.0);
            let e = g.name_scope("inner", |_| &a * 2.0);
            (a, b, e)
        });
        let (f, scope) = g.name_scope("outer", |scope| (g.constant(2.0f32), scope.to_string()));
        out.print(format!("{} {} {} {} {scope}", a.name(), b.name(), e.name(), f.name()));
        Ok(())
    }),
    does("name_scope_absolute", |out| {
        let g = Graph::new();
        let (a, scope) = g.name_scope("x", |scope| (g.constant(1), scope.to_string()));
        let b = g.name_scope(&scope, |_| g.constant(1));
        let e = g.name_scope("", |_| g.constant(1));
        out.print(format!("{} {} {}", a.name(), b.name(), e.name()));
        Ok(())
    }),
    does("name_scope_vs_get_variable", |out| {
        let g = Graph::new();
        let (v, u): (Variable, _) = g.name_scope("ns", |_| {
            (g.get_variable("w", [1], initializers::zeros()), g.variable(1.0f32).named("w"))
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
];
