//! A graph that is finalized while nodes are being added: from then on it gets no node that works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use tf1::{Graph, Operation};

use crate::probe::{At, Probe};

/// How many nodes work: one that stands for a mistake has no outputs.
fn right(graph: &Graph) -> usize {
    let works = |operation: &&Operation| !operation.outputs().is_empty();
    graph.operations().iter().filter(works).count()
}

fn expect_refused(graph: &Graph) {
    let error = graph.check().expect_err("a node was added too late");
    let text = error.to_string();
    assert!(text.contains("Graph is finalized"), "{text}");
    crate::probe::expect_failed_precondition(&error);
}

/// The shape rule runs when the graph was seen not to be finalized, and before the node is in it.
#[test]
fn a_node_whose_shape_rule_finalizes_the_graph_comes_too_late() {
    let graph = Graph::new();
    let x = graph.constant(1.0f32);
    let before = right(&graph);
    let probe = Probe::new(At::Infer, {
        let graph = graph.clone();
        Arc::new(move || graph.finalize())
    });
    probe.armed.store(true, SeqCst);
    let late = graph.add_op(probe, &[x.any()]);
    assert!(late.outputs().is_empty());
    assert_eq!(right(&graph), before);
    expect_refused(&graph);
}

#[test]
fn threads_that_add_nodes_come_too_late_once_finalize_has_returned() {
    for _ in 0..50 {
        let graph = Graph::new();
        let x = graph.constant([1.0f32, 2.0]);
        let (begun, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let works = thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    begun.fetch_add(1, SeqCst);
                    while !done.load(SeqCst) {
                        let _ = tf1::square(&x);
                    }
                });
            }
            while begun.load(SeqCst) < 3 || graph.len() < 20 {
                thread::yield_now();
            }
            graph.finalize();
            let works = right(&graph);
            // All of them have tried at least once more.
            let tried = graph.len() + 10;
            while graph.len() < tried {
                thread::yield_now();
            }
            done.store(true, SeqCst);
            works
        });
        assert_eq!(right(&graph), works);
        expect_refused(&graph);
    }
}
