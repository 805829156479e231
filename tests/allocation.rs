//! What a run allocates: nothing, once it has been made before, but the arrays that it hands out.

use std::sync::atomic::Ordering::SeqCst;

use ndarray::{Array1, Array2, arr1, s};
use tf1 as tf;
use tf1::train::Optimizer;
use tf1::{Graph, Operation, Session, SessionOptions, Tensor};

#[path = "common/allocator.rs"]
#[allow(dead_code, reason = "each test needs some of the counts")]
mod allocator;

use allocator::{ALLOCATIONS, BYTES};

/// How many allocations `work` makes.
fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.load(SeqCst);
    work();
    ALLOCATIONS.load(SeqCst) - before
}

/// One after the other, as all threads are counted together.
#[test]
fn a_run_made_before_allocates_nothing() -> tf::Result<()> {
    a_prepared_training_step_allocates_nothing()?;
    a_step_of_layers_allocates_nothing()?;
    a_run_allocates_what_it_hands_out_and_no_more()?;
    ten_thousand_runs_do_not_grow_memory()?;
    ten_thousand_steps_of_training_do_not_grow_memory()?;
    batches_of_two_lengths_in_turn_allocate_nothing()?;
    runs_that_fail_do_not_grow_memory()?;
    batches_of_ever_other_lengths_do_not_grow_memory_for_ever()?;
    nodes_added_between_runs_change_no_plan()?;
    a_graph_that_nobody_holds_is_freed()
}

/// Three layers as the SIGNS network has them, smaller, with Adam.
struct Network {
    x: Tensor,
    y: Tensor,
    cost: Tensor,
    train: Operation,
}

fn network(graph: &Graph) -> Network {
    let x = graph.placeholder::<f32>("x", tf::shape![400, ?]);
    let y = graph.placeholder::<f32>("y", tf::shape![6, ?]);
    let (mut a, mut z) = (x.clone(), x.clone());
    for (layer, [units, inputs]) in [[25, 400], [12, 25], [6, 12]].into_iter().enumerate() {
        let initializer = tf::initializers::xavier().seed(layer as i64 + 1);
        let w = graph.get_variable(format!("w{layer}"), [units, inputs], initializer);
        let b = graph.get_variable(format!("b{layer}"), [units, 1], tf::initializers::zeros());
        z = tf::matmul(&w, &a) + &b;
        a = tf::nn::relu(&z);
    }
    let losses = tf::nn::softmax_cross_entropy_with_logits(
        tf::nn::Labels(tf::transpose(&y)),
        tf::nn::Logits(tf::transpose(&z)),
    );
    let cost = tf::reduce_mean(losses, ..);
    let train = tf::train::AdamOptimizer::new(1e-3).minimize(&cost);
    Network { x, y, cost, train }
}

fn session(graph: &Graph, threads: usize) -> tf::Result<Session> {
    let session = Session::with_options(graph, SessionOptions::new().threads(threads))?;
    session.run(graph.global_variables_initializer(), [])?;
    Ok(session)
}

fn batch() -> (Array2<f32>, Array2<f32>) {
    let x = Array2::from_shape_fn((400, 32), |(i, j)| ((i * 7 + j * 13) % 29) as f32 / 29.0);
    let y = Array2::from_shape_fn((6, 32), |(i, j)| f32::from(u8::from(j % 6 == i)));
    (x, y)
}

fn a_prepared_training_step_allocates_nothing() -> tf::Result<()> {
    for threads in [1, 2] {
        let graph = Graph::new();
        let Network { x, y, cost, train } = network(&graph);
        let session = session(&graph, threads)?;
        let (xs, ys) = batch();
        let step = session.prepare((&train, cost.scalar()), [&x, &y])?;
        let first = step.run([x.feed(&xs), y.feed(&ys)])?;
        let mut last = step.run([x.feed(&xs), y.feed(&ys)])?;
        let count = allocations(|| {
            for _ in 0..10 {
                step.run_into([x.feed(&xs), y.feed(&ys)], &mut last)
                    .expect("it ran before");
            }
        });
        assert_eq!(count, 0, "with {threads} threads");
        assert!(
            last.1 < first.1,
            "the cost fell from {} to {}",
            first.1,
            last.1
        );
    }
    Ok(())
}

/// Normalized, regularized, averaged.
fn a_step_of_layers_allocates_nothing() -> tf::Result<()> {
    use tf::layers::{self, BatchNormalization, Dense};
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?, 40]);
    let told = graph.placeholder::<bool>("training", []);
    let regularizer = layers::l2_regularizer(0.01);
    let dense = Dense::new().use_bias(false).kernel_regularizer(regularizer);
    let z = layers::dense_with(&x, 25, dense);
    let z = layers::batch_normalization_with(z, BatchNormalization::new().training(&told));
    let cost = tf::reduce_mean(tf::square(layers::dense(tf::nn::relu(z), 3)), ..);
    let cost = cost + tf::losses::get_regularization_loss(&graph);
    let step = tf::train::AdamOptimizer::new(1e-3).minimize(&cost);
    let averages = tf::train::ExponentialMovingAverage::new(0.9);
    let variables = graph.trainable_variables();
    let train = graph.control_dependencies([&step], || averages.apply(&variables));
    let session = session(&graph, 1)?;
    let batch = Array2::from_shape_fn((32, 40), |(i, j)| ((i * 7 + j * 13) % 29) as f32);
    for training in [true, false] {
        let run = || {
            let feeds = [x.feed(&batch), told.feed(training)];
            session.run((&train, cost.scalar()), feeds).map(drop)
        };
        run()?;
        let count = allocations(|| (0..5).for_each(|_| run().expect("it ran before")));
        assert_eq!(count, 0, "training: {training}");
    }
    Ok(())
}

fn a_run_allocates_what_it_hands_out_and_no_more() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [50, 60]);
    let y = tf::exp(&x * 2.0);
    let session = session(&graph, 1)?;
    let values = Array2::<f32>::zeros((50, 60));
    let total = tf::reduce_sum(&x, ..);
    session.run((&y, total.scalar()), [x.feed(&values)])?;
    let count = allocations(|| drop(session.run((&y, total.scalar()), [x.feed(&values)])));
    // The array's elements, and its reference count while it is computed.
    assert!(count <= 2, "{count} allocations");
    Ok(())
}

fn ten_thousand_runs_do_not_grow_memory() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?]);
    let total = graph.variable(0.0f32);
    let update = total.assign_add(tf::reduce_sum(tf::square(&x), ..));
    let session = session(&graph, 1)?;
    let values = arr1(&[1.0f32, 2.0, 3.0]);
    let run = |count: usize| {
        (0..count).try_for_each(|_| session.run(&update, [x.feed(&values)]).map(drop))
    };
    run(10)?;
    let before = BYTES.load(SeqCst);
    run(10_000)?;
    assert_eq!(BYTES.load(SeqCst), before);
    Ok(())
}

/// Asserts that memory is as large after many more calls of `run` as after a few.
fn assert_steady(
    what: &str,
    count: usize,
    mut run: impl FnMut() -> tf::Result<()>,
) -> tf::Result<()> {
    (0..10).try_for_each(|_| run())?;
    let before = BYTES.load(SeqCst);
    (0..count).try_for_each(|_| run())?;
    let more = BYTES.load(SeqCst) - before;
    assert_eq!(more, 0, "bytes more after {count} runs {what}");
    Ok(())
}

/// A layer that an optimizer trains, run in each of the ways that there are.
fn ten_thousand_steps_of_training_do_not_grow_memory() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?, 4]);
    let w = graph.variable(Array2::<f32>::ones((4, 3)));
    let h = tf::sigmoid(tf::matmul(&x, &w));
    let cost = tf::reduce_mean(tf::square(&h), ..);
    let train = tf::train::AdamOptimizer::new(1e-3).minimize(&cost);
    let session = session(&graph, 1)?;
    let xs = Array2::<f32>::ones((5, 4));
    assert_steady("of the session", 3_000, || {
        session.run((&train, &h), [x.feed(&xs)]).map(drop)
    })?;
    let step = session.prepare((&train, &h, cost.scalar()), [&x])?;
    assert_steady("prepared", 3_000, || step.run([x.feed(&xs)]).map(drop))?;
    let mut results = step.run([x.feed(&xs)])?;
    assert_steady("into places", 3_000, || {
        step.run_into([x.feed(&xs)], &mut results)
    })?;
    // Shapes that only the run knows, and a variable that is copied, as a read before its update is
    // fetched.
    let found = tf::boolean_mask(&h, h.greater(0.5));
    let after = graph.control_dependencies([&train], || w.read_value() * 2.0);
    assert_steady("of unknown shapes", 1_000, || {
        session.run((&found, &after, &w), [x.feed(&xs)]).map(drop)
    })
}

/// As the last batch of an epoch, which is shorter.
fn batches_of_two_lengths_in_turn_allocate_nothing() -> tf::Result<()> {
    let graph = Graph::new();
    let Network { x, y, cost, train } = network(&graph);
    let session = session(&graph, 1)?;
    let (xs, ys) = batch();
    let (short_xs, short_ys) = (xs.slice(s![.., ..7]), ys.slice(s![.., ..7]));
    let fetches = (&train, cost.scalar());
    let both = || -> tf::Result<()> {
        session.run(&fetches, [x.feed(&xs), y.feed(&ys)])?;
        session.run(&fetches, [x.feed(short_xs), y.feed(short_ys)])?;
        Ok(())
    };
    both()?;
    let count = allocations(|| (0..5).for_each(|_| both().expect("they ran before")));
    assert_eq!(count, 0);
    let step = session.prepare(&fetches, [&x, &y])?;
    assert_steady("of two lengths in turn", 10, || {
        step.run([x.feed(&xs), y.feed(&ys)])?;
        step.run([x.feed(short_xs), y.feed(short_ys)]).map(drop)
    })
}

fn runs_that_fail_do_not_grow_memory() -> tf::Result<()> {
    let graph = Graph::new();
    let divisor = graph.placeholder::<i32>("divisor", []);
    let v = graph.variable(arr1(&[1.0f32, 2.0]));
    let update = v.assign_add(arr1(&[1.0, 1.0]));
    let quotient = graph.control_dependencies([&update], || tf::floordiv(1, &divisor));
    let session = session(&graph, 1)?;
    assert_steady("that fail", 1_000, || {
        let failed = session.run(&quotient, [divisor.feed(0)]).is_err();
        let unfed = session.run(&quotient, []).is_err();
        assert!(failed && unfed);
        Ok(())
    })?;
    assert_eq!(session.run(&v, [])?, arr1(&[1.0, 2.0]).into_dyn());
    Ok(())
}

/// A session forgets plans when they take more than their share.
fn batches_of_ever_other_lengths_do_not_grow_memory_for_ever() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?]);
    let y = tf::reduce_sum(tf::square(&x), ..);
    let options = SessionOptions::new().threads(1).plan_cache_bytes(1 << 20);
    let session = Session::with_options(&graph, options)?;
    let values = Array1::<f32>::ones(3_000);
    let start = BYTES.load(SeqCst);
    let mut largest = 0;
    for length in 1..3_000 {
        session.run(y.scalar(), [x.feed(values.slice(s![..length]))])?;
        let now = BYTES.load(SeqCst) - start;
        match length {
            ..600 => largest = largest.max(now),
            _ => assert!(
                now <= 2 * largest,
                "{now} bytes after {length} lengths, once {largest}"
            ),
        }
    }
    Ok(())
}

fn nodes_added_between_runs_change_no_plan() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [3]);
    let y = tf::reduce_sum(tf::square(&x), ..);
    let session = session(&graph, 1)?;
    let values = arr1(&[1.0f32, 2.0, 3.0]);
    let run = || session.run(y.scalar(), [x.feed(&values)]);
    run()?;
    for _ in 0..3 {
        let more = tf::exp(&x);
        assert_eq!(allocations(|| assert_eq!(run().ok(), Some(14.0))), 0);
        session.run(&more, [x.feed(&values)])?;
        // What is new is planned once: then its array is all that is allocated, and the count of
        // who holds it.
        let again = allocations(|| drop(session.run(&more, [x.feed(&values)])));
        assert!(again <= 2, "{again} allocations");
    }
    Ok(())
}

/// Collections, the variables that can be got again, slots and plans hold no handles on the graph
/// that would keep it alive.
fn a_graph_that_nobody_holds_is_freed() -> tf::Result<()> {
    let use_one = || -> tf::Result<()> {
        let graph = Graph::new();
        let shared = graph.get_variable::<f32>("shared", [100], tf::initializers::zeros());
        let own = graph.variable(Array1::<f32>::ones(100));
        let cost = tf::reduce_sum(tf::square(&shared - &own), ..);
        graph.add_to_collection("costs", &cost);
        let train = tf::train::AdamOptimizer::new(0.1).minimize(&cost);
        let session = session(&graph, 1)?;
        for _ in 0..3 {
            session.run((&train, cost.scalar()), [])?;
        }
        Ok(())
    };
    // What the process keeps for ever is made by the first.
    use_one()?;
    let before = BYTES.load(SeqCst);
    for _ in 0..10 {
        use_one()?;
    }
    let kept = BYTES.load(SeqCst) - before;
    assert!(
        kept < 1000,
        "ten graphs that were dropped left {kept} bytes"
    );
    Ok(())
}
