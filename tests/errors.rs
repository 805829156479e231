//! Bad input: each an `Err` that names the node, its op, what is at fault and the user's line, with nothing changed in the
//! session.

use std::panic::Location;

use ndarray::{ArrayD, IxDyn, arr1, arr2};
use tf1 as tf;
use tf1::{Error, Graph, Reuse, Session, Variable, VariableScope, shape};

/// What an error must tell: its node's name and op, the line that built it, and words of its message.
struct Told<'a> {
    node: &'a str,
    op: &'a str,
    line: u32,
    words: &'a [&'a str],
}

impl Told<'_> {
    #[track_caller]
    fn check(&self, error: &Error) {
        let node = error
            .node()
            .unwrap_or_else(|| panic!("no node in: {error}"));
        assert_eq!(
            (node.name.as_str(), node.op.as_str()),
            (self.node, self.op),
            "{error}"
        );
        assert!(node.location.file().ends_with("errors.rs"), "{error}");
        assert_eq!(node.location.line(), self.line, "{error}");
        let text = error.to_string();
        for word in self.words {
            assert!(text.contains(word), "'{word}' is missing in: {error}");
        }
    }
}

/// The line of the caller.
#[track_caller]
fn here() -> u32 {
    Location::caller().line()
}

#[test]
fn a_placeholder_that_is_not_fed() -> tf::Result<()> {
    let graph = Graph::new();
    let (x, line) = (graph.placeholder::<f32>("X", shape![?, 3]), here());
    let y = &x * 2.0;
    let error = Session::new(&graph)?.run(&y, []).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(_)));
    let words =
        &["You must feed a value for placeholder tensor 'X' with dtype float and shape [?,3]"];
    Told {
        node: "X",
        op: "Placeholder",
        line,
        words,
    }
    .check(&error);
    Ok(())
}

#[test]
fn a_feed_of_the_wrong_shape() -> tf::Result<()> {
    let graph = Graph::new();
    let (x, line) = (graph.placeholder::<f32>("x", shape![?, 3]), here());
    let session = Session::new(&graph)?;
    let error = session
        .run(&x, [x.feed(ArrayD::zeros(IxDyn(&[2, 9])))])
        .unwrap_err();
    let words = &["Cannot feed value of shape (2, 9) for Tensor 'x:0', which has shape '(?, 3)'"];
    Told {
        node: "x",
        op: "Placeholder",
        line,
        words,
    }
    .check(&error);
    assert!(
        session
            .run(&x, [x.feed(1.0)])
            .unwrap_err()
            .message()
            .contains("of shape ()")
    );
    Ok(())
}

#[test]
fn an_uninitialized_variable() -> tf::Result<()> {
    let graph = Graph::new();
    let (w, line) = (graph.variable(arr1(&[1.0f32, 2.0])).named("W1"), here());
    let y = &w + 1.0;
    let session = Session::new(&graph)?;
    let error = session.run(&y, []).unwrap_err();
    assert!(matches!(error, Error::FailedPrecondition(_)));
    let words = &[
        "Attempting to use uninitialized value W1",
        "global_variables_initializer",
    ];
    Told {
        node: "W1",
        op: "VariableV2",
        line,
        words,
    }
    .check(&error);
    let increment = w.assign_add(arr1(&[1.0, 1.0]));
    let error = session.run(&increment, []).unwrap_err();
    assert!(
        error
            .message()
            .contains("Attempting to use uninitialized value W1"),
        "{error}"
    );
    Ok(())
}

#[test]
fn shapes_that_do_not_fit() {
    let graph = Graph::new();
    let a = graph.placeholder::<f32>("a", [2, 3]);
    let b = graph.placeholder::<f32>("b", [4, 5]);
    let (_, line) = (tf::matmul(&a, &b), here());
    let error = graph.check().unwrap_err();
    let words = &["Dimensions must be equal, but are 3 and 4", "[2,3], [4,5]"];
    Told {
        node: "MatMul",
        op: "MatMul",
        line,
        words,
    }
    .check(&error);
    assert!(Session::new(&graph).is_err());
}

#[test]
fn operators_tell_their_line() {
    let graph = Graph::new();
    let a = graph.placeholder::<f32>("a", [3]);
    let b = graph.placeholder::<f32>("b", [4]);
    let (_, line) = (&a + &b, here());
    let words = &["Dimensions must be equal, but are 3 and 4"];
    Told {
        node: "add",
        op: "AddV2",
        line,
        words,
    }
    .check(&graph.check().unwrap_err());
}

#[test]
fn a_mistake_comes_out_once_and_what_depends_on_it_is_silent() -> tf::Result<()> {
    let graph = Graph::new();
    let good = graph.constant(1.0f32);
    let session = Session::new(&graph)?;
    let a = graph.placeholder::<f32>("a", [2, 3]);
    let bad = tf::matmul(&a, &a).named("bad");
    let depends = tf::nn::relu(&bad + 1.0);
    assert_eq!(
        session
            .run(good.scalar(), [])
            .unwrap_err()
            .node()
            .unwrap()
            .name,
        "bad"
    );
    assert_eq!(session.run(good.scalar(), [])?, 1.0);
    let error = session.run(&depends, []).unwrap_err();
    assert_eq!(error.node().unwrap().name, "bad");
    Ok(())
}

#[test]
fn shapes_that_do_not_fit_when_run() -> tf::Result<()> {
    let graph = Graph::new();
    let a = graph.placeholder::<f32>("a", ..);
    let b = graph.placeholder::<f32>("b", ..);
    let (sum, line) = (tf::add(&a, &b).named("sum"), here());
    let session = Session::new(&graph)?;
    let error = session
        .run(&sum, [a.feed(arr1(&[1.0; 3])), b.feed(arr1(&[1.0; 4]))])
        .unwrap_err();
    Told {
        node: "sum",
        op: "Add",
        line,
        words: &["[3]", "[4]"],
    }
    .check(&error);
    Ok(())
}

#[test]
fn a_tensor_of_another_graph() -> tf::Result<()> {
    let (one, other) = (Graph::new(), Graph::new());
    let a = one.constant(1.0f32).named("a");
    let b = other.constant(2.0f32).named("b");
    let session = Session::new(&one)?;
    let error = session.run(&b, []).unwrap_err();
    assert!(
        error
            .message()
            .contains(r#"Tensor("b:0", shape=(), dtype=float32) is not an element"#),
        "{error}"
    );
    assert!(error.location().unwrap().file().ends_with("errors.rs"));
    let error = session.run(&a, [b.feed(1.0)]).unwrap_err();
    assert!(error.message().contains("Feed"), "{error}");
    let (_, line) = (tf::add(&a, &b), here());
    let words = &[r#"Tensor("b:0", shape=(), dtype=float32) must be from the same graph"#];
    Told {
        node: "Add",
        op: "Add",
        line,
        words,
    }
    .check(&one.check().unwrap_err());
    Ok(())
}

#[test]
fn operands_without_a_graph() {
    let sum = tf::add(1.0f32, 2.0);
    let error = sum.graph().check().unwrap_err();
    assert!(
        error
            .message()
            .contains("none of the operands belongs to a graph"),
        "{error}"
    );
    assert!(
        error.location().unwrap().file().ends_with("errors.rs"),
        "{error}"
    );
}

#[test]
fn an_unknown_name() {
    let graph = Graph::new();
    let _ = graph.constant(1.0f32).named("a");
    let error = graph.get_tensor_by_name("missing:0").unwrap_err();
    assert!(matches!(error, Error::NotFound(_)));
    assert!(
        error
            .message()
            .contains("The operation, 'missing', does not exist"),
        "{error}"
    );
    assert!(error.location().unwrap().file().ends_with("errors.rs"));
    assert!(matches!(
        graph.get_tensor_by_name("a").unwrap_err(),
        Error::InvalidArgument(_)
    ));
    assert!(matches!(
        graph.get_tensor_by_name("a:1").unwrap_err(),
        Error::NotFound(_)
    ));
    assert!(matches!(
        graph
            .get_tensor_by_name("a:0")
            .unwrap()
            .typed::<i32>()
            .unwrap_err(),
        Error::InvalidArgument(_)
    ));
    assert!(matches!(
        graph.get_operation_by_name("nope").unwrap_err(),
        Error::NotFound(_)
    ));
}

#[test]
fn a_duplicate_variable() {
    let graph = Graph::new();
    let get = || -> Variable { graph.get_variable("W1", [3], tf::initializers::zeros()) };
    let first = get();
    assert!(graph.check().is_ok());
    let zeros = tf::initializers::zeros();
    let (_, line): (Variable, u32) = (graph.get_variable("W1", [3], zeros), here());
    let error = graph.check().unwrap_err();
    assert!(matches!(error, Error::AlreadyExists(_)));
    assert!(
        error.message().contains("Variable W1 already exists"),
        "{error}"
    );
    assert_eq!(error.location().unwrap().line(), line);
    assert_eq!(first.name(), "W1:0");
}

#[test]
fn reuse_of_a_missing_or_different_variable() {
    let scope = || VariableScope::new("s").reuse(Reuse::Always);
    let graph = Graph::new();
    let _: Variable = graph.variable_scope(scope(), || {
        graph.get_variable("w", [3], tf::initializers::zeros())
    });
    let error = graph.check().unwrap_err();
    assert!(matches!(error, Error::NotFound(_)));
    assert!(
        error.message().contains("Variable s/w does not exist"),
        "{error}"
    );

    let graph = Graph::new();
    let _: Variable = graph.variable_scope("s", || {
        graph.get_variable("w", [3], tf::initializers::zeros())
    });
    let _: Variable = graph.variable_scope(scope(), || {
        graph.get_variable("w", [4], tf::initializers::zeros())
    });
    let message = graph.check().unwrap_err().message().to_string();
    assert!(
        message.contains("specified shape (4,) and found shape (3,)"),
        "{message}"
    );

    let graph = Graph::new();
    let _: Variable = graph.variable_scope("s", || {
        graph.get_variable("w", [3], tf::initializers::zeros())
    });
    let _: Variable<f64> = graph.variable_scope(scope(), || {
        graph.get_variable("w", [3], tf::initializers::zeros())
    });
    let message = graph.check().unwrap_err().message().to_string();
    assert!(
        message.contains("specified dtype float64 and found dtype float32_ref"),
        "{message}"
    );
}

#[test]
fn no_gradient_path() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", []);
    let y = graph.placeholder::<f32>("y", []);
    let (_, line) = (tf::gradients(tf::square(&y), &x), here());
    let error = graph.check().unwrap_err();
    assert!(error.message().contains("no gradient path"), "{error}");
    assert!(error.message().contains("\"x:0\""), "{error}");
    assert_eq!(error.location().unwrap().line(), line);
}

#[test]
fn a_closed_session() -> tf::Result<()> {
    let graph = Graph::new();
    let a = graph.constant(1.0f32);
    let session = Session::new(&graph)?;
    session.run(&a, [])?;
    session.close();
    let error = session.run(&a, []).unwrap_err();
    assert!(matches!(error, Error::FailedPrecondition(_)));
    assert!(
        error
            .message()
            .contains("Attempted to use a closed Session."),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_run_that_fails_changes_no_variable() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(arr1(&[1.0f32, 2.0]));
    let x = graph.placeholder::<i32>("x", []);
    let increment = v.assign_add(arr1(&[1.0, 1.0]));
    // Fails, and only after the variable was changed.
    let quotient = graph.control_dependencies(&[&increment], || tf::floordiv(10, &x));
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let error = session
        .run((&increment, &quotient), [x.feed(0)])
        .unwrap_err();
    assert!(
        error.message().contains("Integer division by zero"),
        "{error}"
    );
    assert_eq!(session.run(&v, [])?, arr1(&[1.0, 2.0]).into_dyn());
    session.run((&increment, &quotient), [x.feed(5)])?;
    assert_eq!(session.run(&v, [])?, arr1(&[2.0, 3.0]).into_dyn());
    Ok(())
}

#[test]
fn values_that_only_a_run_can_refuse() -> tf::Result<()> {
    let graph = Graph::new();
    let params = graph.constant([1.0f32, 2.0, 3.0]);
    let i = graph.placeholder::<i32>("i", ..);
    let (gathered, line) = (tf::gather(&params, &i).named("g"), here());
    let session = Session::new(&graph)?;
    let error = session.run(&gathered, [i.feed(arr1(&[0, 7]))]).unwrap_err();
    Told {
        node: "g",
        op: "GatherV2",
        line,
        words: &["indices[1] = 7 is not in [0, 3)"],
    }
    .check(&error);
    Ok(())
}

#[test]
fn an_axis_out_of_range() {
    let graph = Graph::new();
    let x = graph.zeros::<f32>([2, 3]);
    let (_, line) = (tf::reduce_sum(&x, 2), here());
    let words = &["Invalid reduction dimension 2 for input with 2 dimensions"];
    Told {
        node: "Sum",
        op: "Sum",
        line,
        words,
    }
    .check(&graph.check().unwrap_err());
}

#[test]
fn a_finalized_graph() {
    let graph = Graph::new();
    graph.finalize();
    let _ = graph.constant(1.0f32);
    assert!(
        graph
            .check()
            .unwrap_err()
            .message()
            .contains("Graph is finalized and cannot be modified.")
    );
}

#[test]
fn names_that_tensorflow_refuses() {
    let graph = Graph::new();
    let _ = graph.constant(1.0f32).named("has space");
    assert!(
        graph
            .check()
            .unwrap_err()
            .message()
            .contains("'has space' is not a valid node name")
    );
    let graph = Graph::new();
    graph.name_scope("a b", |_| graph.constant(1.0f32));
    assert!(
        graph
            .check()
            .unwrap_err()
            .message()
            .contains("'a b' is not a valid scope name")
    );
}

#[test]
fn a_tensor_fed_twice() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", []);
    let error = Session::new(&graph)?
        .run(&x, [x.feed(1.0), x.feed(2.0)])
        .unwrap_err();
    assert!(error.message().contains("was fed twice"), "{error}");
    Ok(())
}

#[test]
fn a_scalar_fetched_of_a_matrix() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant(arr2(&[[1.0f32, 2.0]])).named("m");
    let error = Session::new(&graph)?.run(x.scalar(), []).unwrap_err();
    assert!(
        error
            .message()
            .contains("was fetched as a scalar, but has 2 elements"),
        "{error}"
    );
    assert_eq!(error.node().unwrap().name, "m");
    Ok(())
}
