//! Collections, and names of variables that are wanted. What is listed is what TensorFlow 1.15
//! lists.

use tf1::losses::{self, GetTotalLoss};
use tf1::{AnyVariable, Graph, GraphKeys, Session, Variable, initializers};

fn names(variables: Vec<AnyVariable>) -> Vec<String> {
    variables.iter().map(|variable| variable.name()).collect()
}

/// `gen/w` and `gen_2/w`.
fn two_scopes() -> Graph {
    let graph = Graph::new();
    for scope in ["gen", "gen_2"] {
        let make = || -> Variable { graph.get_variable("w", [1], initializers::zeros()) };
        graph.variable_scope(scope, make);
    }
    graph
}

#[test]
fn names_are_wanted_by_their_beginning_or_by_a_closure() {
    let graph = two_scopes();
    let both = ["gen/w:0", "gen_2/w:0"];
    assert_eq!(names(graph.trainable_variables_in("gen/")), ["gen/w:0"]);
    assert_eq!(
        names(graph.trainable_variables_in(String::from("gen"))),
        both
    );
    assert!(graph.trainable_variables_in("w").is_empty());
    // `tf.global_variables('.*w')`
    let with_w = |name: &str| name.contains('w');
    assert_eq!(names(graph.global_variables_in(with_w)), both);
    // No letter is special.
    assert!(graph.global_variables_in("gen.").is_empty());
    assert!(graph.local_variables_in("gen").is_empty() && graph.model_variables_in("").is_empty());
    let key = GraphKeys::GLOBAL_VARIABLES.to_string();
    assert_eq!(graph.get_collection_in(&key, "gen_2/").len(), 1);
}

/// TensorFlow takes these for expressions, and finds variables by all but the first.
#[test]
fn a_regular_expression_is_told_to_be_none() {
    let asks: [fn(&Graph, &str) -> usize; 7] = [
        |graph, scope| graph.trainable_variables_in(scope).len(),
        |graph, scope| graph.global_variables_in(scope.to_string()).len(),
        |graph, scope| graph.local_variables_in(scope).len(),
        |graph, scope| graph.get_collection_in("losses", scope).len(),
        |graph, scope| losses::get_losses_with(graph, scope).len(),
        |graph, scope| losses::get_regularization_losses_with(graph, scope).len(),
        |graph, scope| {
            losses::get_regularization_loss_with(graph, scope);
            losses::get_total_loss_with(graph, GetTotalLoss::new().scope(scope));
            0
        },
    ];
    for scope in ["hidden[34]|outputs", "gen.*", "^gen", "gen_\\d"] {
        for ask in asks {
            let graph = two_scopes();
            assert_eq!(ask(&graph, scope), 0);
            let error = graph.check().unwrap_err();
            assert!(error.message().contains(&format!("{scope:?}")), "{error}");
            assert!(error.to_string().contains("|name: &str| name.starts_with("));
            assert_eq!(error.location().unwrap().file(), file!());
        }
    }
    let graph = two_scopes();
    assert!(graph.trainable_variables_in("gen/w:0-1.x").is_empty());
    graph.check().unwrap();
}

#[test]
fn losses_are_wanted_by_a_closure_too() {
    let graph = Graph::new();
    for (name, value) in [("a", 1.0f32), ("b", 2.0), ("c", 4.0)] {
        losses::add_loss(graph.constant(value).named(name));
    }
    let either = |name: &str| name.starts_with('a') || name.starts_with('c');
    assert_eq!(losses::get_losses_with(&graph, either).len(), 2);
    assert!(losses::get_regularization_losses_with(&graph, either).is_empty());
    let total = losses::get_total_loss_with(&graph, GetTotalLoss::new().scope(either));
    let none = losses::get_regularization_loss_with(&graph, either);
    let session = Session::new(&graph).unwrap();
    let sums = session.run((total.scalar(), none.scalar()), []).unwrap();
    assert_eq!(sums, (5.0, 0.0));
    losses::get_total_loss_with(&graph, GetTotalLoss::new().scope(|_: &str| false));
    let error = graph.check().unwrap_err();
    assert_eq!(error.message(), "no loss has a name that is wanted");
}

#[test]
fn a_collection_is_changed_in_its_place() {
    let graph = two_scopes();
    let no_op = graph.no_op().named("gen/op");
    let variables = graph.get_collection_ref(GraphKeys::TRAINABLE_VARIABLES);
    variables.push_operation(&no_op);
    assert_eq!((variables.len(), variables.tensors().len()), (3, 2));
    variables.retain(|operation| operation.name().starts_with("gen_2"));
    assert_eq!(names(graph.trainable_variables()), ["gen_2/w:0"]);
    assert_eq!(names(graph.global_variables()).len(), 2);
    variables.push(graph.global_variables()[0].memory());
    assert_eq!(names(graph.trainable_variables()), ["gen_2/w:0", "gen/w:0"]);
    assert_eq!(variables.operations()[1].name(), "gen/w");
    variables.clear();
    assert!(graph.trainable_variables().is_empty() && variables.is_empty());
    graph.check().unwrap();
}

/// To look does not make a collection, to want it for changing does; `clear_collection` ends it.
#[test]
fn a_collection_is_there_once_it_is_wanted_for_changing() {
    let graph = Graph::new();
    assert!(graph.get_collection("x").is_empty());
    assert!(graph.get_all_collection_keys().is_empty());
    graph.get_collection_ref("x");
    assert_eq!(graph.get_all_collection_keys(), ["x"]);
    graph.add_to_collections(["x", "y", "x"], graph.constant(3));
    assert_eq!(graph.get_collection("x").len(), 1);
    assert_eq!(graph.get_all_collection_keys(), ["x", "y"]);
    graph.clear_collection("x");
    assert_eq!(graph.get_all_collection_keys(), ["y"]);
}
