//! Subnormal numbers are zero in a run, in all its threads, and what they were outside of it.

#![cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]

use std::hint::black_box;

use ndarray::{ArrayD, IxDyn};
use tf1 as tf;
use tf1::{Graph, Session, SessionOptions};

/// Whether this thread computes a product too small for a normal number as a subnormal one, and
/// reads one.
fn has_subnormals() -> bool {
    let product = black_box(1e-30f32) * black_box(1e-10f32);
    product > 0.0 && product < f32::MIN_POSITIVE && product * black_box(1e20) > 0.0
}

fn filled(shape: &[usize], value: f32) -> ArrayD<f32> {
    ArrayD::from_elem(IxDyn(shape), value)
}

/// Enough elements for every thread to get some.
#[test]
fn a_run_takes_subnormals_as_zero_in_all_its_threads() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [400, 1000]);
    let w = graph.placeholder::<f32>("w", [1000, 300]);
    // A subnormal result, and a subnormal operand of which the result would be a normal number.
    let results = &x * 1e-10;
    let operands = (&x * 1e-5) * 1e20;
    let product = tf::matmul(&x, &w);
    assert!(has_subnormals());
    for rewrites in [true, false] {
        let options = match rewrites {
            true => SessionOptions::new(),
            false => SessionOptions::new().without_rewrites(),
        };
        for threads in 1..4 {
            let session = Session::with_options(&graph, options.threads(threads))?;
            let [tiny, subnormal] = [1e-30, 1e-39].map(|value| filled(&[400, 1000], value));
            let small = filled(&[1000, 300], 1e-10);
            let feeds = [x.feed(&tiny), w.feed(&small)];
            let (flushed, sums) = session.run((&results, &product), feeds)?;
            assert!(flushed.iter().all(|x| *x == 0.0), "{threads} threads");
            assert!(sums.iter().all(|x| *x == 0.0), "{threads} threads");
            let large = filled(&[1000, 300], 1e20);
            let feeds = [x.feed(&subnormal), w.feed(&large)];
            let (read, sums) = session.run((&operands, &product), feeds)?;
            assert!(read.iter().all(|x| *x == 0.0), "{threads} threads");
            assert!(sums.iter().all(|x| *x == 0.0), "{threads} threads");
            assert!(has_subnormals(), "the run has left its mode behind");
        }
    }
    Ok(())
}

#[test]
fn a_run_that_fails_gives_the_mode_back_too() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<i32>("x", []);
    let unset = graph.variable(1.0f32);
    let quotient = tf::floordiv(1, &x);
    let session = Session::new(&graph)?;
    assert!(has_subnormals());
    assert!(session.run(&quotient, [x.feed(0)]).is_err());
    assert!(has_subnormals(), "after a kernel's error");
    assert!(session.run(&unset, []).is_err());
    assert!(has_subnormals(), "after a variable without a value");
    assert!(session.run(&quotient, []).is_err());
    assert!(has_subnormals(), "after a placeholder without a value");
    let step = session.prepare(&quotient, [&x])?;
    let mut wrong = filled(&[3], 0.0).mapv(|x| x as i32);
    assert!(step.run_into([x.feed(1)], &mut wrong).is_err());
    assert!(has_subnormals(), "after places that do not fit");
    Ok(())
}

/// What a run computes while it is planned, too: the constant that comes of it is the one that the
/// run would compute.
#[test]
fn a_constant_computed_while_planning_has_no_subnormals() -> tf::Result<()> {
    let graph = Graph::new();
    let tiny = graph.constant([1e-30f32, 2.0]);
    let product = (&tiny * 1e-10) * 1e20;
    for options in [
        SessionOptions::new(),
        SessionOptions::new().without_rewrites(),
    ] {
        let session = Session::with_options(&graph, options)?;
        let found = session.run(&product, [])?;
        assert_eq!(found[[0]], 0.0);
        assert!(found[[1]] > 1e10);
        assert!(has_subnormals());
        session.explain(&product, [])?;
        assert!(has_subnormals());
    }
    Ok(())
}
