//! What the messages of common mistakes tell besides TensorFlow's words: the op, the line, and what
//! to do.

use tf1 as tf;
use tf1::prelude::*;

/// The message of a program's mistake, whole.
fn told(graph: &Graph) -> String {
    graph
        .check()
        .expect_err("the program has a mistake")
        .to_string()
}

#[test]
fn a_loss_without_gradients_names_the_op_that_has_none() {
    let graph = Graph::new();
    let w = graph.get_variable::<f32>("w", [3, 2], tf::initializers::ones());
    let x = graph.placeholder::<f32>("x", tf::shape![?, 3]);
    let class = tf::argmax(tf::matmul(&x, &w), 1).named("class");
    let loss = tf::reduce_mean(tf::cast(&class, tf::float32), ..);
    tf::train::AdamOptimizer::new(0.1).minimize(&loss);
    let told = told(&graph);
    let help = "no gradient goes through 'class' (op ArgMax), whose output is int64";
    assert!(told.contains(help), "{told}");
    assert!(
        told.contains("note: node 'class' (op ArgMax), built at tests/messages.rs:"),
        "{told}"
    );
}

#[test]
fn a_loss_of_other_things_says_that_it_does_not_depend_on_the_variables() {
    let graph = Graph::new();
    graph.variable(1.0f32);
    let x = graph.placeholder::<f32>("x", []);
    tf::train::AdamOptimizer::new(0.1).minimize(tf::square(&x));
    let told = told(&graph);
    let help = "Tensor(\"Square:0\", shape=(), dtype=float32) does not depend on Tensor(\"Variable";
    assert!(told.contains(help), "{told}");
}

#[test]
fn of_several_ways_the_nearest_obstacle_is_named_and_a_flat_op_of_floats_is_one() {
    let graph = Graph::new();
    let w = graph.variable(1.5f32);
    let rounded = tf::floor(tf::square(&w)).named("rounded");
    tf::gradients(tf::exp(&rounded), &w);
    let told = told(&graph);
    assert!(
        told.contains("no gradient goes through 'rounded' (op Floor)"),
        "{told}"
    );
}

#[test]
fn an_invalid_name_says_which_letters_are_valid() {
    for name in ["layer 1", "größe", "-a", ""] {
        let graph = Graph::new();
        let _ = graph.constant(1.0f32).named(name);
        let told = told(&graph);
        assert!(
            told.contains("begins with an English letter, a digit or '.'"),
            "{told}"
        );
    }
    let graph = Graph::new();
    graph.name_scope("layer 1", || graph.constant(1.0f32));
    assert!(told(&graph).contains("a name of a scope consists of English letters"));
}

#[test]
fn a_variable_that_was_made_after_the_initializer_says_so() -> tf::Result<()> {
    let graph = Graph::new();
    graph.variable(1.0f32);
    let init = graph.global_variables_initializer();
    let late = graph.variable(2.0f32).named("late");
    let session = Session::new(&graph)?;
    session.run(&init, [])?;
    let told = session
        .run(&late, [])
        .expect_err("it has no value")
        .to_string();
    assert!(
        told.contains("'init' was made before this variable"),
        "{told}"
    );
    assert!(
        told.contains("note: node 'init' (op NoOp), built at tests/messages.rs:"),
        "{told}"
    );
    let told = session
        .snapshot([&late])
        .expect_err("it has no value")
        .to_string();
    assert!(
        told.contains("'init' was made before this variable"),
        "{told}"
    );
    // With an initializer after it, it is that which was not run.
    graph.global_variables_initializer();
    let told = session
        .run(&late, [])
        .expect_err("it has no value")
        .to_string();
    assert!(
        told.contains("run global_variables_initializer() in this session first"),
        "{told}"
    );
    Ok(())
}

/// Which initializer is to be run depends on the collections that the variable is in.
#[test]
fn a_variable_without_a_value_names_the_initializer_that_it_needs() -> tf::Result<()> {
    let graph = Graph::new();
    let variable = |options, name: &str| graph.variable_with(1.0f32, options).named(name);
    let options = tf::VariableOptions::new;
    let told = |variable: &tf::Variable| {
        let session = Session::new(&graph).expect("nothing is wrong");
        let error = session.run(variable, []).expect_err("it has no value");
        error.help().map(str::to_string).unwrap_or_default()
    };
    let local = variable(options().local(), "local");
    let mine = variable(options().collections(["mine"]), "mine");
    graph.global_variables_initializer();
    assert_eq!(
        told(&local),
        "run local_variables_initializer() in this session first"
    );
    assert!(told(&mine).starts_with("run the variable's own initializer()"));
    graph.local_variables_initializer().named("before");
    let late = variable(options().local(), "late");
    assert!(told(&late).starts_with("'before' was made before this variable"));
    // An initializer of other variables does not change that.
    let global = variable(options(), "global");
    graph.variables_initializer([&mine]).named("mine_init");
    graph.local_variables_initializer();
    assert!(told(&global).starts_with("'init' was made before this variable"));
    graph.variables_initializer([&global]);
    assert_eq!(
        told(&global),
        "run global_variables_initializer() in this session first"
    );
    Ok(())
}

/// A sum of nothing belongs to no graph; what uses it tells that.
#[test]
fn what_is_made_of_no_tensors_tells_its_own_mistake_where_it_is_used() {
    let graph = Graph::new();
    let nothing: Tensor = Vec::<Tensor>::new().iter().sum();
    let loss = graph.constant(1.0f32) + nothing;
    let told = told(&graph);
    assert!(
        told.contains("none of the operands belongs to a graph"),
        "{told}"
    );
    drop(loss);
}

/// What is made of plain numbers by a function that finds its graph in its operands says which
/// method of a graph makes it.
#[test]
fn what_is_made_of_plain_numbers_tells_how_to_name_the_graph() -> tf1::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf1::shape![?, 3]);
    let session = tf1::Session::new(&graph)?;
    let fetched = |tensor: &Tensor| session.run(tensor, []).expect_err("it has no graph");
    let cases = [
        (tf::zeros::<f32>([2, 3]), "write `graph.zeros(shape)`"),
        (tf::ones::<f32>([2, 3]) * 2.0, "write `graph.ones(shape)`"),
        (tf::fill([2, 3], 1.0f32), "write `graph.fill(dims, value)`"),
        (
            tf::range(0.0f32, 3.0, 1.0) + &x,
            "write `graph.range(0..10)`",
        ),
        (
            tf::linspace(0.0f32, 1.0, 3),
            "write `graph.linspace(start, stop, num)`",
        ),
        (tf::add(1.0f32, 2.0), "with graph.constant(..)"),
    ];
    for (tensor, help) in &cases {
        let told = fetched(tensor).to_string();
        assert!(
            told.contains("none of the operands belongs to a graph") && told.contains(help),
            "{told}"
        );
    }
    // Used in the graph, it is a mistake of that graph.
    tf::add(&x, tf::zeros::<f32>([3]));
    let used = told(&graph);
    assert!(used.contains("write `graph.zeros(shape)`"), "{used}");
    Ok(())
}

#[test]
fn a_loss_of_another_type_is_named() {
    let graph = Graph::new();
    let x = graph.constant(1.0f64).named("double");
    tf::losses::add_loss(&x);
    tf::losses::get_total_loss(&graph);
    let told = told(&graph);
    assert!(
        told.contains("\"double:0\"") && told.contains("float64"),
        "{told}"
    );
    let advice = "get_total_loss_as(&graph, tf::float64)";
    assert!(told.contains(advice), "{told}");
    let graph = Graph::new();
    tf::losses::get_total_loss(&graph);
    assert!(graph.check().is_err());
}

/// What TensorFlow 1.15.5 refuses too, an axis of `reverse_sequence` and a `depth_radius` only in
/// the run. The numbers are those that were given.
#[test]
fn negative_counts_are_told_by_the_number_that_was_given() {
    type Build = fn(&Graph, &Tensor);
    let cases: [(Build, &str); 10] = [
        (
            |_, x| drop(tf::space_to_depth(x, -2)),
            "Block size should be > 1, but was: -2",
        ),
        (
            |_, x| drop(tf::depth_to_space(x, -3i64)),
            "Block size should be > 1, but was: -3",
        ),
        (
            |_, x| drop(tf::unstack_with(x, -3)),
            "num must not be negative, but is -3",
        ),
        (
            |_, x| drop(tf::dynamic_partition(x, [0], -1)),
            "num_partitions must be at least 1",
        ),
        (
            |_, x| drop(tf::nn::local_response_normalization_with(x, -1)),
            "depth_radius must not be negative, but is -1",
        ),
        (
            |_, x| drop(tf::nn::local_response_normalization_with(x, 1i64 << 31)),
            "depth_radius = 2147483648 larger than int max",
        ),
        (
            |_, x| drop(tf::reverse_sequence(x, [1], -1)),
            "seq_axis must not be negative, but is -1",
        ),
        (
            |_, x| drop(tf::reverse_sequence_with(x, [1], 1, -2)),
            "batch_axis must not be negative, but is -2",
        ),
        (
            |_, x| drop(tf::boolean_mask_with(x, [true], -1)),
            "Shapes () and (1,) are incompatible",
        ),
        (
            |graph, _| {
                drop(tf::reverse_sequence(
                    graph.placeholder::<f32>("p", ..),
                    [1],
                    -1,
                ))
            },
            "seq_axis must not be negative, but is -1",
        ),
    ];
    for (build, message) in cases {
        let graph = Graph::new();
        build(&graph, &graph.zeros([1, 4, 4, 1]));
        let told = told(&graph);
        assert!(told.contains(message), "{message}: {told}");
        assert!(told.contains("built at tests/messages.rs:"), "{told}");
    }
}

/// TensorFlow 1.15.5 refuses these while the graph is built, too.
#[test]
fn masks_of_a_wrong_length_and_tensors_of_two_graphs_are_mistakes() {
    let graph = Graph::new();
    tf::sequence_mask_with(graph.constant([1, 2]), -1);
    assert!(graph.check().is_err());
    let graph = Graph::new();
    tf::sequence_mask_with(graph.constant([1, 2]), graph.constant([1, 2]));
    assert!(graph.check().is_err());
    let (graph, other) = (Graph::new(), Graph::new());
    let x = graph.constant(1.0f32);
    tf::identity_n((&x, other.constant(2.0f32)));
    assert!(graph.check().is_err());
    let graph = Graph::new();
    let x = graph.constant(1.0f32);
    tf::tuple_with([&x], [&other.constant(2.0f32)]);
    assert!(graph.check().is_err());
}
