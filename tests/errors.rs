//! Bad input: each an `Err` that names the node, its op, what is at fault and the user's line, with
//! nothing changed in the session.

use std::panic::Location;
use std::sync::Arc;

use ndarray::{ArrayD, IxDyn, arr1, arr2};
use tf1 as tf;
use tf1::{
    AnyArray, AnyTensor, Error, Feed, Gradients, Graph, Reuse, Session, Shape, Variable,
    VariableScope, shape,
};

/// What an error must tell: its node's name and op, the line that built it, words of its message,
/// and what to do.
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
        assert!(error.help().is_some(), "no advice in: {error}");
    }
}

/// Asserts that the error also tells of these nodes (name, op, line), in this order.
#[track_caller]
fn tells_of(error: &Error, nodes: &[(&str, &str, u32)]) {
    let told: Vec<(&str, &str, u32)> = error
        .related()
        .iter()
        .map(|node| {
            assert!(node.location.file().ends_with("errors.rs"), "{error}");
            (node.name.as_str(), node.op.as_str(), node.location.line())
        })
        .collect();
    assert_eq!(told, nodes, "{error}");
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
    let (refused, line) = (session.run(&x, [x.feed(1.0)]), here());
    let error = refused.unwrap_err();
    assert!(error.message().contains("of shape ()"), "{error}");
    assert!(
        error
            .to_string()
            .contains(&format!("in the call at tests/errors.rs:{line}")),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_feed_of_the_wrong_type() {
    let graph = Graph::new();
    let (x, line) = (graph.placeholder::<f32>("x", [2]), here());
    let array = AnyArray::from(arr1(&[1.0f64, 2.0]).into_dyn());
    let error = x.any().feed(&array).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(_)));
    let words = &["float64", r#"Tensor("x:0", shape=(2,), dtype=float32)"#];
    Told {
        node: "x",
        op: "Placeholder",
        line,
        words,
    }
    .check(&error);
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
    Ok(())
}

/// An operand of another graph: both graphs' nodes are told, with their lines.
#[test]
fn an_operand_of_another_graph() {
    let (one, other) = (Graph::new(), Graph::new());
    let (a, a_line) = (one.constant(1.0f32).named("a"), here());
    let (b, b_line) = (other.constant(2.0f32).named("b"), here());
    let (_, line) = (tf::add(&a, &b), here());
    let error = one.check().unwrap_err();
    let words =
        &[r#"Tensor("b:0", shape=(), dtype=float32) must be from the same graph as Tensor("a:0""#];
    Told {
        node: "Add",
        op: "Add",
        line,
        words,
    }
    .check(&error);
    tells_of(&error, &[("b", "Const", b_line), ("a", "Const", a_line)]);
    assert!(other.check().is_ok());
}

/// What waits for something that cannot be fails with it.
#[test]
fn what_waits_for_a_mistake_fails() -> tf::Result<()> {
    let (graph, other) = (Graph::new(), Graph::new());
    let a = graph.constant(1.0f32);
    let session = Session::new(&graph)?;
    let b = other.constant(2.0f32);
    let after = graph.control_dependencies([&b], || tf::square(&a));
    for _ in 0..2 {
        let error = session.run(&after, []).unwrap_err();
        assert!(error.message().contains("same graph"), "{error}");
    }
    Ok(())
}

#[test]
fn a_mistake_that_is_fed() -> tf::Result<()> {
    let graph = Graph::new();
    let session = Session::new(&graph)?;
    let a = graph.placeholder::<f32>("a", [2, 3]);
    let bad = tf::matmul(&a, &a).named("bad");
    let depends = &bad + 1.0;
    for _ in 0..2 {
        let error = session.run(&depends, [bad.feed(arr2(&[[1.0]]))]);
        assert_eq!(error.unwrap_err().node().unwrap().name, "bad");
        // Also where nothing reads it.
        let value = arr2(&[[1.0; 3]; 2]);
        let error = session.run(&a, [a.feed(value), bad.feed(arr2(&[[1.0]]))]);
        assert_eq!(error.unwrap_err().node().unwrap().name, "bad");
    }
    Ok(())
}

/// With TensorFlow's words.
#[test]
fn lengths_that_are_no_i32() -> tf::Result<()> {
    let graph = Graph::new();
    let (matrix, row) = (
        graph.placeholder::<f32>("matrix", tf::shape![?, ?]),
        graph.placeholder::<u8>("row", tf::shape![?]),
    );
    let (lengths, size) = (tf::shape(&matrix), tf::size(&row));
    let (long, count) = (
        tf::shape_as(&matrix, tf::int64),
        tf::size_as(&row, tf::int64),
    );
    let session = Session::new(&graph)?;
    let empty = ArrayD::<f32>::zeros(IxDyn(&[1 << 40, 0]));
    let ones = ArrayD::<u8>::ones(IxDyn(&[1]));
    let many = ones.broadcast(IxDyn(&[1 << 31])).unwrap();
    let error = session.run(&lengths, [matrix.feed(&empty)]).unwrap_err();
    let words = "Shape output type is 32-bit  but dim 0 is 1099511627776";
    assert!(error.message().contains(words), "{error}");
    let error = session.run(&size, [row.feed(many.clone())]).unwrap_err();
    let words = "Number of elements was larger than representable by 32-bit output type";
    assert!(error.message().contains(words), "{error}");
    let long = session.run(&long, [matrix.feed(&empty)])?;
    assert_eq!(long, arr1(&[1 << 40, 0]).into_dyn());
    assert_eq!(session.run(count.scalar(), [row.feed(many)])?, 1 << 31);
    // Known while the graph is built.
    let graph = Graph::new();
    let lengths = tf::shape(graph.placeholder::<f32>("x", [1usize << 40, 0]));
    let error = Session::new(&graph).unwrap_err();
    assert_eq!(error.node().map(|node| node.name.as_str()), Some("Shape"));
    drop(lengths);
    Ok(())
}

/// TensorFlow's gradients compute shapes as numbers of int32. Lengths that are none of these are
/// refused, not wrapped.
#[test]
fn a_gradient_of_lengths_beyond_int32_is_an_error() {
    type Loss = fn(&tf::Tensor<f32>) -> tf::Tensor<f32>;
    let losses: [Loss; 3] = [
        |x| x * 2.0,
        |x| tf::reduce_sum(x, ..),
        |x| tf::reduce_sum(x, 1),
    ];
    for (loss, length) in losses.iter().zip([1i64 << 31, 1 << 32, 1 << 40]) {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [1, length]);
        tf::gradients(loss(&x) * &graph.placeholder::<f32>("row", [1, 1]), &x);
        let error = graph.check().unwrap_err();
        let words = "Shape output type is 32-bit  but dim 1 is";
        assert!(error.message().contains(words), "{error}");
    }
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
    let (missing, line) = (graph.get_operation_by_name("missing"), here());
    let error = missing.unwrap_err();
    let location = error.location().unwrap();
    assert!(location.file().ends_with("errors.rs"), "{error}");
    assert_eq!(location.line(), line);
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
    let (first, first_line) = (get(), here() - 1);
    assert!(graph.check().is_ok());
    let zeros = tf::initializers::zeros();
    let (_, line): (Variable, u32) = (graph.get_variable("W1", [3], zeros), here());
    let error = graph.check().unwrap_err();
    assert!(matches!(error, Error::AlreadyExists(_)));
    Told {
        node: "W1_1",
        op: "VariableV2",
        line,
        words: &["Variable W1 already exists"],
    }
    .check(&error);
    tells_of(&error, &[("W1", "VariableV2", first_line)]);
    assert_eq!(first.name(), "W1:0");
}

#[test]
fn reuse_of_a_missing_or_different_variable() {
    let scope = || VariableScope::new("s").reuse(Reuse::Always);
    let graph = Graph::new();
    let _: Variable = graph.variable_scope(scope(), || {
        graph.get_variable("w", [3], tf::initializers::zeros())
    });
    let line = here() - 2;
    let error = graph.check().unwrap_err();
    assert!(matches!(error, Error::NotFound(_)));
    Told {
        node: "s/w",
        op: "VariableV2",
        line,
        words: &["Variable s/w does not exist"],
    }
    .check(&error);

    let graph = Graph::new();
    let _: Variable = graph.variable_scope("s", || {
        graph.get_variable("w", [3], tf::initializers::zeros())
    });
    let first_line = here() - 2;
    let _: Variable = graph.variable_scope(scope(), || {
        graph.get_variable("w", [4], tf::initializers::zeros())
    });
    let line = here() - 2;
    let error = graph.check().unwrap_err();
    Told {
        node: "s/w_1",
        op: "VariableV2",
        line,
        words: &["specified shape (4,) and found shape (3,)"],
    }
    .check(&error);
    tells_of(&error, &[("s/w", "VariableV2", first_line)]);

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
    let (x, x_line) = (graph.placeholder::<f32>("x", []), here());
    let (y, y_line) = (tf::square(graph.constant(2.0f32)), here());
    let (_, line) = (tf::gradients(&y, &x), here());
    let error = graph.check().unwrap_err();
    let words = &["no gradient path", "\"Square:0\"", "\"x:0\""];
    Told {
        node: "gradients_1",
        op: "gradients",
        line,
        words,
    }
    .check(&error);
    let nodes = [("Square", "Square", y_line), ("x", "Placeholder", x_line)];
    tells_of(&error, &nodes);
}

#[test]
fn an_op_without_a_gradient() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [3, 2]);
    let (rest, line) = (tf::truncatemod(&x, 2.0), here());
    let (_, call) = (tf::gradients(&rest, &x), here());
    let error = graph.check().unwrap_err();
    assert!(matches!(error, Error::Unimplemented(_)));
    let call = format!("in the call at tests/errors.rs:{call}");
    Told {
        node: "TruncateMod",
        op: "TruncateMod",
        line,
        words: &["No gradient defined for op TruncateMod.", &call],
    }
    .check(&error);
}

/// TensorFlow has the gradient of a decomposition where `r` is square, of lengths that are known.
#[test]
fn decompositions_without_a_gradient() {
    let refused = |shape: Shape, options: tf::Qr, words: &str| {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", shape);
        let ((q, _), line) = (tf::qr_with(&x, options), here());
        let (_, call) = (tf::gradients(&q, &x), here());
        let error = graph.check().unwrap_err();
        assert!(matches!(error, Error::Unimplemented(_)));
        let call = format!("in the call at tests/errors.rs:{call}");
        Told {
            node: "Qr",
            op: "Qr",
            line,
            words: &[words, &call],
        }
        .check(&error);
    };
    let shape_of_r =
        "QrGrad not implemented when ncols > nrows or full_matrices is true and ncols != nrows.";
    let unknown = "QrGrad not implemented with dynamic shapes.";
    refused(tf::shape![3, 4], tf::Qr::new(), shape_of_r);
    refused(tf::shape![4, 3], tf::Qr::new().full_matrices(), shape_of_r);
    refused(tf::shape![?, 3], tf::Qr::new(), unknown);
    refused(Shape::unknown(), tf::Qr::new(), unknown);
}

/// What does not fit, and matrices that have no inverse, in TensorFlow's words.
#[test]
fn triangular_equations() -> tf::Result<()> {
    let refused = |matrix: Shape, rhs: Shape, words: &str| {
        let graph = Graph::new();
        let matrix = graph.placeholder::<f32>("matrix", matrix);
        let rhs = graph.placeholder::<f32>("rhs", rhs);
        let (_, line) = (tf::matrix_triangular_solve(&matrix, &rhs), here());
        let error = graph.check().unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)));
        Told {
            node: "MatrixTriangularSolve",
            op: "MatrixTriangularSolve",
            line,
            words: &[words],
        }
        .check(&error);
    };
    let unequal = "Dimensions must be equal, but are 3 and 2";
    refused(tf::shape![3, 2], tf::shape![3, 2], unequal);
    refused(tf::shape![3, 3], tf::shape![2, 2], unequal);
    let flat = "Shape must be at least rank 2 but is rank 1";
    refused(tf::shape![3], tf::shape![2, 2], flat);
    refused(tf::shape![3, 3], tf::shape![3], flat);
    refused(
        tf::shape![2, 3, 3],
        tf::shape![1, 3, 2],
        "Dimension 0 in both shapes must be equal, but are 2 and 1",
    );

    let graph = Graph::new();
    let matrix = graph.placeholder::<f64>("matrix", ..);
    let x = tf::matrix_triangular_solve(&matrix, [[1.0], [2.0]]);
    let session = Session::new(&graph)?;
    for singular in [[[0.0, 5.0], [2.0, 3.0]], [[f64::NAN, 5.0], [2.0, 3.0]]] {
        let error = session.run(&x, [matrix.feed(arr2(&singular))]).unwrap_err();
        assert!(
            error.message().contains("Input matrix is not invertible."),
            "{error}"
        );
    }
    let error = session.run(&x, [matrix.feed(ndarray::Array2::<f64>::ones((3, 3)))]);
    assert!(error.is_err());
    // As TensorFlow 1.15 computes it.
    let found = session.run(
        x.array2(),
        [matrix.feed(arr2(&[[1.0, 5.0], [2.0, f64::NAN]]))],
    )?;
    assert!(found[[0, 0]] == 1.0 && found[[1, 0]].is_nan());
    for (rows, columns) in [(0, 2), (2, 0)] {
        let graph = Graph::new();
        let solved = tf::matrix_triangular_solve(
            graph.zeros::<f64>([rows, rows]),
            graph.zeros::<f64>([rows, columns]),
        );
        let found = Session::new(&graph)?.run(&solved, [])?;
        assert_eq!(found.shape(), [rows as usize, columns as usize]);
    }
    Ok(())
}

/// The gradient of a mistake is not a mistake of its own.
#[test]
fn the_gradient_of_a_mistake_is_silent() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2, 3]);
    let session = Session::new(&graph)?;
    let dx = tf::gradients(tf::matmul(&x, &x), &x);
    for _ in 0..2 {
        let error = session.run(&dx, []).unwrap_err();
        assert_eq!(error.node().unwrap().op, "MatMul", "{error}");
    }
    Ok(())
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
    assert!(error.location().unwrap().file().ends_with("errors.rs"));
    Ok(())
}

/// Bad input that only a run can tell, each together with an update: the variable keeps its value.
#[test]
fn bad_input_changes_no_variable() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(arr1(&[1.0f32, 2.0]));
    let uninitialized = graph.variable(0.0f32);
    let x = graph.placeholder::<f32>("x", shape![?, 2]);
    let i = graph.placeholder::<i32>("i", ..);
    let increment = v.assign_add(arr1(&[1.0, 1.0]));
    // The culprits that may come last do so.
    let after =
        |build: &dyn Fn() -> tf::Tensor| graph.control_dependencies([&increment], || build().any());
    let unfed = after(&|| tf::square(&x));
    let uninitialized = after(&|| tf::square(&uninitialized));
    let gathered = after(&|| tf::gather([1.0, 2.0], &i));
    let axis = after(&|| tf::reduce_sum(&x, tf::reshape(&i, [1])));
    let scattered = tf::scatter_add(&v, &i, 1.0).any();
    let stranger = Graph::new().constant(1.0f32).any();

    let session = Session::new(&graph)?;
    session.run(graph.variables_initializer([v.any()]), [])?;
    let fed = arr2(&[[1.0, 2.0]]);
    let runs: [(&AnyTensor, Vec<Feed<'_>>); 7] = [
        (&unfed, vec![]),
        (&unfed, vec![x.feed(1.0)]),
        (&uninitialized, vec![]),
        (&gathered, vec![i.feed(7)]),
        (&axis, vec![x.feed(&fed), i.feed(2)]),
        (&scattered, vec![i.feed(-1)]),
        (&stranger, vec![]),
    ];
    for (culprit, feeds) in runs {
        let outcome = session.run((&increment, culprit), feeds);
        assert!(outcome.is_err(), "{culprit} could be computed");
        let value = session.run(&v, [])?;
        assert_eq!(value, arr1(&[1.0, 2.0]).into_dyn(), "after {culprit}");
    }
    Ok(())
}

#[test]
fn a_run_that_fails_changes_no_variable() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(arr1(&[1.0f32, 2.0]));
    let x = graph.placeholder::<i32>("x", []);
    let increment = v.assign_add(arr1(&[1.0, 1.0]));
    // Fails, and only after the variable was changed.
    let quotient = graph.control_dependencies([&increment], || tf::floordiv(10, &x));
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

/// A function made of several ops names itself where none of its ops can be made.
#[test]
fn an_axis_out_of_range_of_a_function() {
    let graph = Graph::new();
    let x = graph.zeros::<f32>([2, 3]);
    let options = tf::nn::Softmax::new().axis(2);
    let (_, line) = (tf::nn::softmax_with(&x, options), here());
    let words = &["Dimension (2) must be in the range [-2, 2)"];
    Told {
        node: "Softmax",
        op: "Softmax",
        line,
        words,
    }
    .check(&graph.check().unwrap_err());
}

/// A handle that is asked for what it is not tells the node and the line that asked.
#[test]
fn handles_of_the_wrong_type() {
    let graph = Graph::new();
    let (x, line) = (graph.variable(1.0f32).named("x"), here());
    let (refused, call) = (x.any().typed::<f64>(), here());
    let asked: [(Error, u32); 2] = [
        (refused.unwrap_err(), call),
        (x.any().memory().typed::<f64>().unwrap_err(), here()),
    ];
    for (error, call) in asked {
        assert_eq!(error.node().unwrap().name, "x");
        assert_eq!(error.location().unwrap().line(), line);
        let call = format!("in the call at tests/errors.rs:{call}");
        assert!(error.to_string().contains(&call), "{error}");
    }
    let slope = tf::gradients_with(
        &[tf::square(&x).any()],
        &[x.value().any()],
        Gradients::new(),
    );
    let gradient = slope[0].clone().expect("a square has a slope");
    let (_, call) = (gradient.dense::<f64>(), here());
    let error = graph.check().unwrap_err().to_string();
    let call = format!("in the call at tests/errors.rs:{call}");
    assert!(error.contains(&call), "{error}");
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
    graph.name_scope("a b", || graph.constant(1.0f32));
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

/// An op of the user's whose kernel does not do what its shape rule says.
#[derive(Debug)]
struct Liar {
    /// How many elements the kernel makes where the shape rule says two; `None` for no result at
    /// all.
    makes: Option<usize>,
}

impl tf::op::Op for Liar {
    fn op_type(&self) -> &'static str {
        "Liar"
    }

    fn infer(&self, _: &tf::op::InferContext<'_>) -> tf::Result<Vec<tf::op::TensorInfo>> {
        Ok(vec![tf::op::TensorInfo::new(
            tf::DType::Float32,
            [2].as_slice(),
        )])
    }

    fn compute(&self, cx: &mut tf::op::Kernel<'_, '_>) -> tf::Result<()> {
        if let Some(count) = self.makes {
            cx.outputs.alloc::<f32>(0, &[count])?;
        }
        Ok(())
    }
}

#[test]
fn an_op_that_does_not_keep_its_word() -> tf::Result<()> {
    for (makes, words) in [
        (
            Some(3),
            "made float32[3] where the shape rule said float32[2]",
        ),
        (None, "made nothing"),
    ] {
        let graph = Graph::new();
        let liar = graph.add_op(Liar { makes }, &[]).output::<f32>(0);
        let error = Session::new(&graph)?.run(&liar, []).unwrap_err();
        assert!(error.message().contains(words), "{error}");
        assert_eq!(error.node().map(|node| node.op.as_str()), Some("Liar"));
    }
    Ok(())
}

/// An op that says it is a view of its input with other elements than it has.
#[derive(Debug)]
struct FalseView;

impl tf::op::Op for FalseView {
    fn op_type(&self) -> &'static str {
        "FalseView"
    }

    fn infer(&self, _: &tf::op::InferContext<'_>) -> tf::Result<Vec<tf::op::TensorInfo>> {
        Ok(vec![tf::op::TensorInfo::new(
            tf::DType::Bool,
            [400].as_slice(),
        )])
    }

    fn compute(&self, cx: &mut tf::op::Kernel<'_, '_>) -> tf::Result<()> {
        cx.outputs.forward(0, cx.inputs.value(0).clone());
        Ok(())
    }

    fn fusion(self: Arc<Self>, _: &tf::op::InferContext<'_>) -> tf::op::Fusion {
        tf::op::Fusion::View { of: 0 }
    }
}

#[test]
fn a_view_that_is_none() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2]);
    let view = graph.add_op(FalseView, &[x.any()]).output::<bool>(0);
    let session = Session::new(&graph)?;
    let error = session.run(&view, [x.feed(arr1(&[1.0, 2.0]))]).unwrap_err();
    assert!(
        error
            .message()
            .contains("made float32[2] where the shape rule said bool[400]"),
        "{error}"
    );
    Ok(())
}

/// An update whose kernel panics, or leaves a value of another type.
#[derive(Debug)]
struct Vandal {
    panics: bool,
}

impl tf::op::Op for Vandal {
    fn op_type(&self) -> &'static str {
        "Vandal"
    }

    fn infer(&self, cx: &tf::op::InferContext<'_>) -> tf::Result<Vec<tf::op::TensorInfo>> {
        Ok(vec![
            tf::op::TensorInfo::new(cx.dtype(0), cx.shape(0).clone()).as_ref_type(),
        ])
    }

    fn compute(&self, cx: &mut tf::op::Kernel<'_, '_>) -> tf::Result<()> {
        assert!(!self.panics, "the kernel of the user's op panics");
        let value = AnyArray::from(arr1(&[true, false]));
        cx.refs[0].assign(value.into_value())
    }

    fn effect(&self) -> tf::op::Effect {
        tf::op::Effect::Update {
            refs: 1,
            reads: true,
            checks: false,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }
}

#[test]
fn an_update_that_panics_leaves_the_variable_as_it_was() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(arr1(&[1.0f32, 2.0]));
    let vandal = graph.add_op(Vandal { panics: true }, &[v.memory().any()]);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let run = || session.run(&vandal, []);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    assert_eq!(session.run(&v, [])?, arr1(&[1.0, 2.0]).into_dyn());
    session.run(v.assign_add(arr1(&[1.0, 1.0])), [])?;
    assert_eq!(session.run(&v, [])?, arr1(&[2.0, 3.0]).into_dyn());
    Ok(())
}

#[test]
fn an_update_that_leaves_another_type() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(arr1(&[1.0f32, 2.0]));
    let vandal = graph.add_op(Vandal { panics: false }, &[v.memory().any()]);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    session.run(&vandal, [])?;
    let error = session.run(&v, []).unwrap_err();
    assert!(
        error
            .message()
            .contains("a variable holds bool[2] where float32[2] was said"),
        "{error}"
    );
    Ok(())
}

#[test]
fn an_array_that_no_memory_holds() -> tf::Result<()> {
    let graph = Graph::new();
    let (x, y) = (
        graph.placeholder::<f32>("x", tf::shape![?, 1]),
        graph.placeholder::<f32>("y", tf::shape![1, ?]),
    );
    let sum = tf::reduce_sum(&x + &y, ..);
    let session = Session::new(&graph)?;
    let one = ndarray::arr0(1.0f32);
    let tall = one.broadcast((1 << 33, 1)).expect("one element stretches");
    let wide = one.broadcast((1, 1 << 33)).expect("one element stretches");
    let error = session.run(&sum, [x.feed(tall), y.feed(wide)]).unwrap_err();
    assert!(matches!(error, Error::ResourceExhausted(_)), "{error}");
    assert_eq!(error.node().map(|node| node.op.as_str()), Some("AddV2"));
    Ok(())
}
