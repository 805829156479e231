//! An op that panics: the panic reaches the caller, no variable is changed (unless the op has said
//! that it cannot fail), and graph and session can be used afterwards.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use ndarray::arr1;
use tf1 as tf;

use crate::probe::{At, Probe, World, within_time};

#[test]
fn after_a_panic_in_any_method_graph_and_session_work() {
    for at in At::ALL {
        let what = format!("{at:?}: panic");
        within_time(&what.clone(), move || {
            let world = World::new();
            let panics = Arc::new(AtomicBool::new(true));
            let now = Arc::clone(&panics);
            let call = move || assert!(!now.load(SeqCst), "the op panics, as it is meant to");
            let probe = Probe::new(at, Arc::new(call));
            let armed = Arc::clone(&probe.armed);
            let outcome = catch_unwind(AssertUnwindSafe(|| world.run_probe(probe)));
            assert!(outcome.is_err(), "{what}: did not panic");
            armed.store(false, SeqCst);
            let run = || -> tf::Result<()> {
                let value = world.session.run(&world.read, [])?;
                // An op that says that it cannot fail has broken its word.
                if at != At::ComputeAfterUpdateInPlace {
                    assert_eq!(value, arr1(&[1.0, 2.0]).into_dyn(), "{what}");
                }
                world.session.run(&world.update, [])?;
                world.session.load([(&world.v, arr1(&[1.0f32, 2.0]))])?;
                panics.store(false, SeqCst);
                world.run_probe(Probe::new(at, Arc::new(|| {})))
            };
            run().unwrap_or_else(|error| panic!("{what}: {error}"));
            // The scopes that were open are closed.
            assert_eq!(world.graph.constant(1.0f32).named("c").name(), "c:0");
        });
    }
}
