//! What a graph tells of itself and forbids. As TensorFlow 1.15 does it.

use ndarray::arr0;
use tf1::{Graph, Session};

#[test]
fn names_are_unique() {
    let graph = Graph::new();
    assert_eq!(graph.unique_name("a"), "a");
    assert_eq!(graph.unique_name("a"), "a_1");
    assert_eq!(graph.next_unique_name("a"), "a_2");
    assert_eq!(graph.unique_name(String::from("a")), "a_2");
    assert_eq!(graph.get_name_scope(), "");
    graph.name_scope("s/t", || {
        assert_eq!(graph.get_name_scope(), "s/t");
        let names = ["a", "b/c", "b"].map(|name| graph.unique_name(name));
        assert_eq!(names, ["s/t/a", "s/t/b/c", "s/t/b"]);
        graph.name_scope("", || assert_eq!(graph.get_name_scope(), ""));
    });
    assert_eq!(graph.unique_name("A"), "A_3");
    assert_eq!(graph.constant(1.0f32).named("a").name(), "a_4:0");
}

#[test]
fn a_tensor_knows_who_reads_it() {
    let graph = Graph::new();
    let c = graph.constant(1.0f32);
    let (sum, same) = (&c + &c, tf1::identity(&c));
    graph.control_dependencies([&c], || graph.no_op());
    assert_eq!(c.consumers(), [sum.op(), sum.op(), same.op()]);
    assert_eq!(c.any().consumers().len(), 3);
    assert!(sum.consumers().is_empty());
    let v = graph.variable(1.0f32);
    let readers = v.memory().consumers();
    let names: Vec<String> = readers.iter().map(|reader| reader.name()).collect();
    assert_eq!(names, ["Variable/Assign", "Variable/read"]);
}

#[test]
fn what_is_forbidden_is_refused_also_by_runs_that_were_made_before() -> tf1::Result<()> {
    let graph = Graph::new();
    let c = graph.constant(1.0f32);
    let (sum, e) = (&c + &c, tf1::identity(&c));
    let last = tf1::identity(&e);
    let session = Session::new(&graph)?;
    let prepared = session.prepare(&sum, [&c])?;
    assert_eq!(session.run(&sum, [c.feed(2.0)])?, arr0(4.0).into_dyn());
    assert_eq!(prepared.run([c.feed(2.0)])?, arr0(4.0).into_dyn());
    assert_eq!(session.run(&e, [])?, arr0(1.0).into_dyn());
    assert!(graph.is_feedable(&c) && graph.is_fetchable(&e) && graph.is_fetchable(e.op()));
    graph.prevent_feeding(&c);
    graph.prevent_fetching(&e.op());
    assert!(!graph.is_feedable(&c) && graph.is_fetchable(&c));
    assert!(!graph.is_fetchable(e.op()) && !graph.is_fetchable(&e) && graph.is_feedable(&e));
    let refused = [
        session.run(&sum, [c.feed(2.0)]),
        prepared.run([c.feed(2.0)]),
        session.run_traced(&sum, [c.feed(2.0)]).map(|(sum, _)| sum),
    ];
    for error in refused.map(Result::unwrap_err) {
        assert_eq!(error.message(), "Tensor 'Const:0' may not be fed.");
    }
    let told = "Operation 'Identity' has been marked as not fetchable.";
    assert_eq!(session.run(&e, []).unwrap_err().message(), told);
    assert_eq!(session.run(e.op(), []).unwrap_err().message(), told);
    assert_eq!(session.run((&c, &e), []).unwrap_err().message(), told);
    assert_eq!(session.run(&last, [])?, arr0(1.0).into_dyn());
    assert_eq!(session.run(&sum, [])?, arr0(2.0).into_dyn());
    // Another graph's tensors are others, whatever their places.
    let other = Graph::new();
    let foreign = other.constant(1.0f32);
    assert!(graph.is_feedable(&foreign));
    graph.prevent_feeding(&foreign);
    let error = session.run(&sum, [foreign.feed(1.0)]).unwrap_err();
    assert!(!error.message().contains("may not be fed"), "{error}");
    Ok(())
}
