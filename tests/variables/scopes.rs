//! Variable scopes. The names and values are those that TensorFlow 1.15 gives for the same program.

use std::sync::{Arc, Mutex};

use ndarray::arr1;
use tf1::{
    self as tf, AnyTensor, Graph, Reuse, Session, Tensor, Variable, VariableGetter,
    VariableOptions, VariableRequest, VariableScope, initializers, train::Optimizer,
};

#[track_caller]
fn ones(graph: &Graph, name: &str) -> Variable {
    graph.get_variable(name, [2], initializers::ones())
}

fn names(graph: &Graph) -> Vec<String> {
    let variables = graph.global_variables();
    variables.iter().map(|variable| variable.name()).collect()
}

/// A getter that notes that it was asked, and asks for another name.
fn adding(
    suffix: &'static str,
    calls: &Arc<Mutex<Vec<String>>>,
) -> impl Fn(&VariableGetter<'_>, VariableRequest<'_>) -> AnyTensor + Send + Sync + 'static {
    let calls = Arc::clone(calls);
    move |getter, mut request| {
        calls.lock().unwrap().push(request.name.clone());
        request.name += suffix;
        getter.get(request).into()
    }
}

#[test]
fn a_scope_is_given_by_name_by_name_and_reuse_or_as_it_was() {
    let graph = Graph::new();
    let made = graph.variable_scope(format!("layer{}", 1), || ones(&graph, "w").name());
    assert_eq!(made, "layer1/w:0");
    let name = String::from("layer1");
    let scope = graph.variable_scope((&name, tf::AUTO_REUSE), || {
        assert_eq!(ones(&graph, "w").name(), made);
        graph.get_variable_scope()
    });
    let again = [
        graph.variable_scope((&name, true), || ones(&graph, "w").name()),
        graph.variable_scope(&scope, || ones(&graph, "w").name()),
        graph.variable_scope((&scope, Reuse::Always), || ones(&graph, "w").name()),
        graph.variable_scope(VariableScope::new(&name).reuse(true), || {
            ones(&graph, "w").name()
        }),
    ];
    assert_eq!(again, [&made; 4].map(String::clone));
    graph.check().unwrap();
}

/// `reuse=False` inherits, from the scope around or of the scope that is entered again.
#[test]
fn reuse_false_takes_nothing_back() {
    let graph = Graph::new();
    ones(&graph, "a/b/w");
    graph.variable_scope(("a", true), || {
        graph.variable_scope(("b", false), || ones(&graph, "w"));
        let scope = graph.get_variable_scope();
        graph.variable_scope((scope, false), || ones(&graph, "b/w"));
    });
    assert_eq!(names(&graph), ["a/b/w:0"]);
    graph.check().unwrap();
}

#[test]
fn the_inner_getter_is_asked_first_and_asks_the_outer() {
    let graph = Graph::new();
    let calls = Arc::default();
    let inner = adding("_i", &calls);
    let doubled = move |getter: &VariableGetter<'_>, request: VariableRequest<'_>| {
        inner(getter, request).typed::<f32>().unwrap() * 2.0
    };
    let outer = VariableScope::new("a").custom_getter(adding("_o", &calls));
    let [w, u] = graph.variable_scope(outer, || {
        graph.variable_scope(VariableScope::new("b").custom_getter(doubled), || {
            ["w", "u"].map(|name| ones(&graph, name))
        })
    });
    let asked = ["a/b/w", "a/b/w_i", "a/b/u", "a/b/u_i"];
    assert_eq!(*calls.lock().unwrap(), asked);
    assert_eq!(names(&graph), ["a/b/w_i_o:0", "a/b/u_i_o:0"]);
    assert_eq!(
        [w.to_string(), u.to_string()],
        ["mul:0", "mul_1:0"].map(|name| format!("Tensor(\"{name}\", shape=(2,), dtype=float32)"))
    );
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    assert_eq!(session.run(w.array1(), []).unwrap(), arr1(&[2.0, 2.0]));
    assert_eq!(
        session.run(tf::gradients(w.value() * 3.0, &w), []).unwrap(),
        arr1(&[3.0, 3.0]).into_dyn()
    );
}

#[test]
fn a_getter_that_returns_the_variable_returns_the_variable() {
    let graph = Graph::new();
    let scope = VariableScope::new("s").custom_getter(adding("", &Arc::default()));
    let w = graph.variable_scope(scope, || ones(&graph, "w"));
    assert_eq!(
        w.to_string(),
        "<tf.Variable 's/w:0' shape=(2,) dtype=float32_ref>"
    );
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    assert_eq!(
        session.run(w.assign_add([1.0, 2.0]), []).unwrap(),
        arr1(&[2.0, 3.0]).into_dyn()
    );
    let scope = VariableScope::new("t").custom_getter(adding("", &Arc::default()));
    graph.variable_scope(scope, || {
        tf::train::MomentumOptimizer::new(0.1, 0.9).minimize(tf::reduce_sum(&w, ..))
    });
    assert_eq!(names(&graph), ["s/w:0", "t/s/w/Momentum:0"]);
}

/// A getter may keep the variable in another type, and tells of another trainability.
#[test]
fn a_getter_changes_what_is_asked_for() {
    let graph = Graph::new();
    let getter = |getter: &VariableGetter<'_>, mut request: VariableRequest<'_>| {
        assert!(request.options.is_trainable() && request.reuse == Reuse::Inherit);
        request.options = request.options.trainable(false);
        let request = request.initializer::<f64>(initializers::constant(0.5));
        tf::cast(getter.get(request).typed::<f64>().unwrap(), tf::float32)
    };
    let scope = VariableScope::new("s").custom_getter(getter);
    let w = graph.variable_scope(scope, || ones(&graph, "w"));
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    assert_eq!(session.run(w.array1(), []).unwrap(), arr1(&[0.5, 0.5]));
    assert_eq!(graph.global_variables()[0].dtype(), tf::DType::Float64);
    assert!(graph.trainable_variables().is_empty());
}

/// As `tf.layers.dense` under a getter, with the price on what the getter returns.
#[test]
fn layers_ask_the_getter() {
    let graph = Graph::new();
    let doubled = |getter: &VariableGetter<'_>, request: VariableRequest<'_>| {
        getter.get(request).typed::<f32>().unwrap() * 2.0
    };
    graph.variable_scope(VariableScope::new("a").custom_getter(doubled), || {
        let regularizer = tf::layers::l2_regularizer(0.5);
        let layer = tf::layers::Dense::new().kernel_regularizer(regularizer);
        tf::layers::dense_with(graph.ones::<f32>([1, 2]), 3, layer)
    });
    assert_eq!(names(&graph), ["a/dense/kernel:0", "a/dense/bias:0"]);
    assert_eq!(tf::losses::get_regularization_losses(&graph).len(), 1);
    let operations = graph.operations();
    let nodes: Vec<String> = operations
        .iter()
        .map(|operation| operation.name())
        .collect();
    let expected = "a/ones a/dense/kernel/Initializer/random_uniform/shape a/dense/kernel/Initializer/random_uniform/min \
        a/dense/kernel/Initializer/random_uniform/max a/dense/kernel/Initializer/random_uniform/RandomUniform \
        a/dense/kernel/Initializer/random_uniform/sub a/dense/kernel/Initializer/random_uniform/mul \
        a/dense/kernel/Initializer/random_uniform a/dense/kernel a/dense/kernel/Assign a/dense/kernel/read mul/y mul \
        a/dense/kernel/Regularizer/l2_regularizer/scale a/dense/kernel/Regularizer/l2_regularizer/L2Loss \
        a/dense/kernel/Regularizer/l2_regularizer a/dense/bias/Initializer/zeros a/dense/bias a/dense/bias/Assign \
        a/dense/bias/read mul_1/y mul_1 a/dense/MatMul a/dense/BiasAdd";
    assert_eq!(nodes.join(" "), expected);
    graph.check().unwrap();
}

#[test]
fn what_a_getter_does_wrong_is_told_with_the_line_that_asked() {
    let error_of = |getter: fn(&VariableGetter<'_>, VariableRequest<'_>) -> AnyTensor| {
        let graph = Graph::new();
        let scope = VariableScope::new("s").custom_getter(getter);
        let (_, line) = graph.variable_scope(scope, || (ones(&graph, "w"), line!()));
        let error = graph.check().unwrap_err();
        assert_eq!(
            error.location().map(|location| location.line()),
            Some(line),
            "{error}"
        );
        error.to_string()
    };
    let error = error_of(|getter, _| getter.graph().constant([1i32, 2]).into());
    assert!(
        error.contains("returned Tensor(\"Const:0\", shape=(2,), dtype=int32), but float32"),
        "{error}"
    );
    let error = error_of(|_, _| Graph::new().constant(1.0f32).into());
    assert!(error.contains("must be from the same graph"), "{error}");
}

#[test]
fn a_getter_that_asks_for_itself_comes_to_an_end() {
    let graph = Graph::new();
    let getter = |getter: &VariableGetter<'_>, _: VariableRequest<'_>| ones(getter.graph(), "w");
    let scope = VariableScope::new("s").custom_getter(getter);
    graph.variable_scope(scope, || ones(&graph, "w"));
    let error = graph.check().unwrap_err();
    assert_eq!(
        error.message(),
        "custom getters call each other without end to get 's/w'"
    );
}

/// Each call makes two: all but those on the way to the limit are refused at once.
#[test]
fn a_getter_that_asks_for_itself_twice_comes_to_an_end() {
    let graph = Graph::new();
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let getter = move |getter: &VariableGetter<'_>, _: VariableRequest<'_>| {
        *counted.lock().unwrap() += 1;
        ones(getter.graph(), "p");
        ones(getter.graph(), "q")
    };
    let scope = VariableScope::new("s").custom_getter(getter);
    graph.variable_scope(scope, || ones(&graph, "w"));
    assert!(*calls.lock().unwrap() < 100, "{calls:?}");
    let error = graph.check().unwrap_err();
    assert!(
        matches!(error, tf::Error::FailedPrecondition(_)),
        "{error:?}"
    );
    // What is asked for afterwards is given.
    let graph = Graph::new();
    let scope = VariableScope::new("s").custom_getter(adding("_i", &Arc::default()));
    graph.variable_scope(scope, || ones(&graph, "w"));
    graph.check().unwrap();
}

/// Getters that pass on what they are asked, each in a scope within that of the one before.
#[test]
fn getters_may_stand_within_each_other() {
    let nested = |getters: usize| {
        let graph = Graph::new();
        let all = (0..getters).fold(VariableScope::new("s"), |scope, _| {
            scope.custom_getter(adding("", &Arc::default()))
        });
        graph.variable_scope(all, || ones(&graph, "w"));
        graph.check().map(|()| names(&graph))
    };
    assert_eq!(nested(65).unwrap(), ["s/w:0"]);
    assert_eq!(nested(256).unwrap(), ["s/w:0"]);
    let error = nested(100_000).unwrap_err();
    assert!(
        error.message().contains("have 100000 custom getters"),
        "{error}"
    );
}

#[test]
fn a_tensor_that_a_getter_returned_cannot_be_given_a_value() {
    let graph = Graph::new();
    let doubled = |getter: &VariableGetter<'_>, request: VariableRequest<'_>| {
        getter.get(request).typed::<f32>().unwrap() * 2.0
    };
    let scope = VariableScope::new("s").custom_getter(doubled);
    let w = graph.variable_scope(scope, || ones(&graph, "w"));
    let session = Session::new(&graph).unwrap();
    assert!(session.load([(&w, arr1(&[1.0f32, 2.0]))]).is_err());
    w.assign([1.0, 2.0]);
    let error = graph.check().unwrap_err();
    assert_eq!(error.message(), "the tensor to update is not a variable");
}

/// TensorFlow passes a constraint on neither to the scopes within nor where the scope is entered
/// again.
#[test]
fn a_constraint_holds_in_its_own_scope_alone() {
    let graph = Graph::new();
    let scope = VariableScope::new("a").constraint(|w: Tensor| tf::maximum(w, 0.5));
    let ([a, own, b], scope) = graph.variable_scope(scope, || {
        let options = VariableOptions::new().constraint(|w: Tensor| tf::maximum(w, 0.25));
        let own = graph.get_variable_with("own", [2], initializers::ones(), options);
        let b = graph.variable_scope("b", || ones(&graph, "w"));
        ([ones(&graph, "w"), own, b], graph.get_variable_scope())
    });
    let c = graph.variable_scope(scope, || ones(&graph, "w3"));
    let sum = tf::reduce_sum(&a + &own + &b + &c, ..);
    let train = tf::train::GradientDescentOptimizer::new(2.0).minimize(&sum);
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    session.run(&train, []).unwrap();
    let values = session
        .run([a, own, b, c], [])
        .unwrap()
        .map(|value| value[[0]]);
    assert_eq!(values, [0.5, 0.25, -1.0, -1.0]);
}

#[test]
fn a_constraint_on_another_type_is_told_with_its_line() {
    let graph = Graph::new();
    let line = line!() + 1;
    let options = VariableOptions::new().constraint(|w: Tensor<f64>| w);
    let w = graph.variable_with(1.0f32, options).named("w");
    tf::train::GradientDescentOptimizer::new(1.0).minimize(&w);
    let error = graph.check().unwrap_err();
    let place = format!("in the call at {}:{line}:", file!());
    assert!(error.to_string().contains(&place), "{error}");
    assert!(
        error
            .message()
            .starts_with("the constraint is for values of float64"),
        "{error}"
    );
    assert!(
        error.help().unwrap().contains("|value: Tensor<f32>|"),
        "{error}"
    );
}

/// `tf.get_variable('i', [2], tf.int32)` in `tf.variable_scope('s', initializer=...)`.
#[test]
fn the_initializer_of_a_scope_is_for_variables_of_all_types() {
    let graph = Graph::new();
    let scope = VariableScope::new("s").initializer(initializers::ones());
    let (i, b) = graph.variable_scope(scope, || {
        let i = graph.get_variable::<i32>("i", [2], initializers::default());
        (
            i,
            graph.get_variable::<bool>("b", [2], initializers::default()),
        )
    });
    let scope = VariableScope::new("t").initializer(initializers::constant([1, 300]));
    let (f, u) = graph.variable_scope(scope, || {
        let f = graph.get_variable::<f32>("f", [2], initializers::default());
        (
            f,
            graph.get_variable::<u8>("u", [2], initializers::default()),
        )
    });
    let session = Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    assert_eq!(
        session.run((i.array1(), b.array1()), []).unwrap(),
        (arr1(&[1, 1]), arr1(&[true, true]))
    );
    assert_eq!(
        session.run((f.array1(), u.array1()), []).unwrap(),
        (arr1(&[1.0, 300.0]), arr1(&[1, 44]))
    );
}

/// TensorFlow says: "Expected int32, got 2.0 of type 'float' instead."
#[test]
fn an_initializer_of_floats_makes_no_integers() {
    let graph = Graph::new();
    let scope = VariableScope::new("s").initializer(initializers::constant(2.0));
    graph.variable_scope(scope, || {
        graph.get_variable::<i32>("i", [2], initializers::default())
    });
    let error = graph.check().unwrap_err();
    assert!(
        error
            .message()
            .contains("cannot make an initial value of type int32"),
        "{error}"
    );
    // One that asks for itself finds TensorFlow's default.
    let graph = Graph::new();
    let scope = VariableScope::new("s").initializer(initializers::default());
    graph.variable_scope(scope, || {
        graph.get_variable::<f32>("w", [2], initializers::default())
    });
    graph.check().unwrap();
}

/// Where an array or a tensor is the initializer, `tf.get_variable` takes no shape; here it may be
/// left open.
#[test]
fn the_shape_may_be_that_of_the_initial_value() {
    let graph = Graph::new();
    let v: Variable = graph.get_variable("v", .., arr1(&[1.0, 2.0]));
    assert_eq!(v.shape(), tf::Shape::from([2]));
    let _: Variable = graph.get_variable("w", .., initializers::ones());
    let error = graph.check().unwrap_err();
    assert!(
        error
            .message()
            .starts_with("Shape of a new variable (w) must be fully defined"),
        "{error}"
    );
}

/// As TensorFlow 1.15: the `\\-` of its regular expressions is a hyphen.
#[test]
fn names_have_no_backslash() {
    for name in ["a\\b", "a\\", "a b/", "a>b"] {
        let graph = Graph::new();
        graph.constant(1.0f32).named(name);
        assert!(graph.check().is_err(), "{name}");
        let graph = Graph::new();
        graph.name_scope("outer", || graph.name_scope(name, || ()));
        let error = graph.check().unwrap_err();
        assert_eq!(
            error.message(),
            format!("'{name}' is not a valid scope name")
        );
    }
}

#[test]
fn names_may_be_strings() {
    let graph = Graph::new();
    let (i, key) = (3, String::from("mine"));
    let x = graph.placeholder::<f32>(format!("x{i}"), [2]);
    let w = graph.name_scope(format!("scope{i}"), || {
        graph.variable(1.0f32).named(format!("w{i}"))
    });
    let y = (&x + &w).named(format!("y{i}"));
    graph.add_to_collection(&key, &y);
    assert_eq!(graph.get_collection(key)[0].name(), "y3:0");
    assert_eq!(
        graph
            .get_tensor_by_name(format!("scope3/w{i}:0"))
            .unwrap()
            .name(),
        w.name()
    );
    let v: Variable = graph.get_variable(format!("v{i}"), [2], initializers::zeros());
    assert_eq!(v.name(), "v3:0");
}

/// `tf.name_scope(None)` within a scope goes to the root and back.
#[test]
fn the_root_within_a_scope_is_left_again() {
    let graph = Graph::new();
    let names = graph.name_scope("a", || {
        let inner = graph.name_scope("", || graph.name_scope("", || graph.constant(1.0f32)));
        [inner.name(), graph.constant(2.0f32).name()]
    });
    assert_eq!(names, ["Const:0", "a/Const:0"]);
}
