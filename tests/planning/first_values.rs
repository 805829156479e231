//! The first values of very many variables.

use tf1::{Graph, Session, Variable};

use super::timed;

/// Memory for all first values is set aside before the first is given, and each update finds its
/// own at once: it takes about as long as giving the variables values again, for which nothing is
/// set aside.
#[test]
fn first_values_take_no_longer_than_others() {
    let mut told = Vec::new();
    for _ in 0..3 {
        let graph = Graph::new();
        let variables: Vec<Variable<f32>> = (0..20_000).map(|i| graph.variable(i as f32)).collect();
        let session = Session::new(&graph).expect("the graph has no mistake");
        let init = graph.global_variables_initializer();
        let planned = session.peak_memory(&init, []);
        planned.expect("the run can be planned");
        let (outcome, first) = timed(|| session.run(&init, []));
        outcome.expect("variables can be initialized");
        let (outcome, again) = timed(|| session.run(&init, []));
        outcome.expect("variables can be initialized again");
        let last = &variables[variables.len() - 1];
        let value = session.run(last.value().scalar(), []);
        assert_eq!(value.expect("it has a value"), 19_999.0);
        if first <= 4 * again {
            return;
        }
        told.push((first, again));
    }
    panic!("first and again: {told:?}");
}
