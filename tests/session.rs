//! What a session promises: feeds of any strides, typed fetches in any nesting, reads before
//! updates, one session for many threads, and plans that are made once.

use std::thread;

use ndarray::{Array2, ArrayD, Axis, arr0, arr1, arr2, s};
use tf1 as tf;
use tf1::train::Optimizer;
use tf1::{Graph, Rewrite, Session, SessionOptions, Tensor, Variable, shape};

#[test]
fn feeds_of_any_strides_are_read_where_they_lie() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", shape![?, ?]);
    let y = tf::matmul(&x, graph.constant([[1.0f32], [10.0]]));
    let session = Session::new(&graph)?;
    let data = arr2(&[[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);

    let transposed = session.run(&y, [x.feed(data.t())])?;
    assert_eq!(transposed, arr2(&[[41.0], [52.0], [63.0]]).into_dyn());
    let reversed = session.run(&y, [x.feed(data.slice(s![..;-1, 1..]))])?;
    assert_eq!(reversed, arr2(&[[65.0], [32.0]]).into_dyn());
    let stretched = arr1(&[1.0f32, 2.0]);
    let broadcast = stretched.broadcast((3, 2)).expect("it broadcasts");
    assert_eq!(
        session.run(&y, [x.feed(broadcast)])?,
        arr2(&[[21.0], [21.0], [21.0]]).into_dyn()
    );
    let every_other = session.run(&y, [x.feed(data.slice(s![.., ..;2]))])?;
    assert_eq!(every_other, arr2(&[[31.0], [64.0]]).into_dyn());
    assert_eq!(
        session.run(&y, [x.feed(data.slice(s![..0, ..2]))])?.shape(),
        [0, 1]
    );
    Ok(())
}

#[test]
fn any_tensor_may_be_fed() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant(1.0f32);
    let y = &x + 1.0;
    let session = Session::new(&graph)?;
    assert_eq!(session.run(y.scalar(), [])?, 2.0);
    assert_eq!(session.run(y.scalar(), [x.feed(5.0)])?, 6.0);
    assert_eq!(session.run(y.scalar(), [y.feed(7.0)])?, 7.0);
    Ok(())
}

#[test]
fn what_is_fed_need_not_be_computable() -> tf::Result<()> {
    let graph = Graph::new();
    let unfed = graph.placeholder::<f32>("unfed", []);
    let middle = &unfed * 2.0;
    let end = &middle + 1.0;
    let session = Session::new(&graph)?;
    assert_eq!(session.run(end.scalar(), [middle.feed(3.0)])?, 4.0);
    Ok(())
}

#[test]
fn fetches_nest() -> tf::Result<()> {
    let graph = Graph::new();
    let a = graph.constant(1.0f32);
    let b = graph.constant([2i64, 3]);
    let v = graph.variable(4.0f64);
    let init = graph.global_variables_initializer();
    let session = Session::new(&graph)?;
    session.run(&init, [])?;

    let ((), values) = session.run((&init, (a.scalar(), &b, &v)), [])?;
    assert_eq!(
        values,
        (1.0, arr1(&[2, 3]).into_dyn(), arr0(4.0).into_dyn())
    );
    let array: [ArrayD<f32>; 2] = session.run([&a, &a], [])?;
    assert_eq!(array[1], arr0(1.0).into_dyn());
    let vector: Vec<f32> = session.run(vec![a.scalar(), a.scalar()], [])?;
    assert_eq!(vector, [1.0, 1.0]);
    let any = session.run([a.any(), b.any()], [])?;
    assert_eq!(any[1].view::<i64>().expect("it is int64").sum(), 5);
    session.run((), [])?;
    Ok(())
}

#[test]
fn reads_see_the_value_from_before_the_updates() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(arr1(&[1.0f32, 2.0]));
    let update = v.assign_add(arr1(&[10.0, 10.0]));
    let double = 2.0 * &v;
    let after = graph.control_dependencies([&update], || v.read_value());
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let (fetched, updated, double, after) = session.run((&v, &update, &double, &after), [])?;
    assert_eq!(fetched, arr1(&[1.0, 2.0]).into_dyn());
    assert_eq!(double, arr1(&[2.0, 4.0]).into_dyn());
    assert_eq!(updated, arr1(&[11.0, 12.0]).into_dyn());
    assert_eq!(after, updated);
    Ok(())
}

#[test]
fn updates_in_a_chain_follow_each_other() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(1.0f32);
    let set = v.assign(5.0);
    let add = tf::assign_add(&set, 2.0);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    assert_eq!(session.run(add.scalar(), [])?, 7.0);
    assert_eq!(session.run((&v, &add), [])?.0, arr0(7.0).into_dyn());
    Ok(())
}

#[test]
fn sessions_have_variables_of_their_own() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(1.0f32);
    let add = v.assign_add(1.0);
    let init = graph.global_variables_initializer();
    let (one, other) = (Session::new(&graph)?, Session::new(&graph)?);
    one.run(&init, [])?;
    other.run(&init, [])?;
    one.run(&add, [])?;
    assert_eq!((one.run(&v, [])?[[]], other.run(&v, [])?[[]]), (2.0, 1.0));
    Ok(())
}

#[test]
fn many_threads_share_one_session() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", shape![?]);
    let v = graph.variable(arr1(&[0.0f32; 1000]));
    let add = v.assign_add(graph.ones::<f32>([1000]));
    let sum = tf::add(&x, 1.0);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    thread::scope(|scope| {
        for id in 0..4 {
            let (session, x, sum, add, v) = (&session, &x, &sum, &add, &v);
            scope.spawn(move || {
                for round in 0..50 {
                    let fed = arr1(&[id as f32, round as f32]);
                    let got = session
                        .run(sum, [x.feed(&fed)])
                        .expect("a run of plain arithmetic");
                    assert_eq!(got, (&fed + 1.0).into_dyn());
                    session.run(&add.op(), []).expect("a run of an update");
                    let now = session.run(v, []).expect("a variable is read");
                    // An update is seen whole or not at all.
                    assert!(now.iter().all(|x| *x == now[[0]]));
                }
            });
        }
    });
    assert_eq!(session.run(&v, [])?[[999]], 200.0);
    Ok(())
}

#[test]
fn threads_build_one_graph_each_in_its_own_scope() {
    let graph = Graph::new();
    thread::scope(|scope| {
        for id in 0..4 {
            let graph = &graph;
            scope.spawn(move || {
                let name = format!("part{id}");
                graph.name_scope(&name, || {
                    for _ in 0..50 {
                        let c = graph.constant(1.0f32);
                        assert!((&c + &c).name().starts_with(&format!("{name}/add")));
                    }
                });
            });
        }
    });
    assert!(graph.check().is_ok());
    assert_eq!(graph.len(), 4 * 50 * 2);
}

#[test]
fn handles_and_sessions_can_be_sent_and_shared() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Graph>();
    check::<Tensor<f32>>();
    check::<Variable<i64>>();
    check::<tf::Operation>();
    check::<Session>();
    check::<tf::Prepared<Tensor<f32>>>();
    check::<tf::Error>();
}

#[test]
fn a_struct_can_own_graph_handles_session_and_prepared_step() -> tf::Result<()> {
    struct Doubler {
        x: Tensor,
        step: tf::Prepared<tf::Scalar<f32>>,
        _session: Session,
    }
    fn build() -> tf::Result<Doubler> {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", []);
        let session = Session::new(&graph)?;
        Ok(Doubler {
            step: session.prepare((2.0 * &x).scalar(), [&x])?,
            x,
            _session: session,
        })
    }
    let doubler = build()?;
    assert_eq!(doubler.step.run([doubler.x.feed(21.0)])?, 42.0);
    Ok(())
}

#[test]
fn a_prepared_step_takes_batches_of_any_length_but_no_other_tensors() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", shape![?]);
    let y = graph.placeholder::<f32>("y", []);
    let session = Session::new(&graph)?;
    let step = session.prepare(&x * 2.0, [&x])?;
    for length in [1, 5, 3, 5] {
        let batch = ArrayD::ones(vec![length]);
        assert_eq!(step.run([x.feed(&batch)])?, batch * 2.0);
    }
    let error = step.run([y.feed(1.0)]).unwrap_err();
    assert!(
        error
            .message()
            .contains("prepared to be fed [x:0], but was fed [y:0]"),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_graph_may_grow_between_runs() -> tf::Result<()> {
    let graph = Graph::new();
    let a = graph.constant(1.0f32);
    let session = Session::new(&graph)?;
    assert_eq!(session.run(a.scalar(), [])?, 1.0);
    let b = &a + 1.0;
    assert_eq!(session.run(b.scalar(), [])?, 2.0);
    Ok(())
}

#[test]
fn control_dependencies_run_first() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(0.0f32);
    let add = v.assign_add(1.0);
    let one = graph.constant(1.0f32);
    let after = graph.control_dependencies([&add], || tf::identity(&one));
    let both = tf::group([&add, &after]);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    session.run(&after, [])?;
    session.run(&both, [])?;
    assert_eq!(session.run(&v, [])?, arr0(2.0).into_dyn());
    Ok(())
}

#[test]
fn placeholders_with_defaults() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder_with_default([1.0f32, 2.0], shape![?]);
    let session = Session::new(&graph)?;
    assert_eq!(session.run(&x, [])?, arr1(&[1.0, 2.0]).into_dyn());
    assert_eq!(
        session.run(&x, [x.feed(arr1(&[3.0]))])?,
        arr1(&[3.0]).into_dyn()
    );
    Ok(())
}

#[test]
fn a_long_chain_does_not_overflow_the_stack() -> tf::Result<()> {
    let graph = Graph::new();
    let mut x = graph.constant(arr1(&[0.0f32, 1.0]));
    let one = graph.constant(arr1(&[1.0f32, 1.0]));
    let first = x.clone();
    for _ in 0..20_000 {
        x = &x + &one;
    }
    let slope = tf::gradients(&x, &first);
    let session = Session::new(&graph)?;
    let (end, slope) = session.run((&x, &slope), [])?;
    assert_eq!(end.index_axis(Axis(0), 1)[[]], 20_001.0);
    assert_eq!(slope, arr1(&[1.0, 1.0]).into_dyn());
    Ok(())
}

/// How many numbers it takes for an update that lets go of them to come early.
const MANY: usize = 1 << 19;

/// The place in a plan of the step that has this text.
fn step_of(plan: &str, text: &str) -> usize {
    let step = plan.lines().position(|line| line.contains(text));
    step.unwrap_or_else(|| panic!("{text}: {plan}"))
}

/// An update that lets go of much memory runs early, but not before one that it comes after.
#[test]
fn updates_of_one_variable_keep_their_order() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [MANY]);
    let v = graph.variable(ndarray::Array1::<f32>::zeros(MANY));
    let large = tf::cumsum(&x);
    let first = v.assign(&x);
    let second = graph.control_dependencies([&first], || v.assign_add(&large));
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let mut fed = ndarray::Array1::<f32>::zeros(MANY);
    fed[0] = 1.0;
    session.run(&second, [x.feed(&fed)])?;
    let mut expected = ndarray::Array1::<f32>::ones(MANY);
    expected[0] = 2.0;
    assert_eq!(session.run(&v, [])?, expected.into_dyn());
    Ok(())
}

/// An update that lets go of much memory runs early, but not before what can fail.
#[test]
fn no_update_comes_before_what_can_fail() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [MANY]);
    let place = graph.placeholder::<i32>("place", [1]);
    let v = graph.variable(ndarray::Array1::<f32>::zeros(MANY));
    let large = tf::cumsum(&x);
    let may_fail = tf::gather(tf::cumsum(&x * 2.0), &place);
    let cannot_fail = tf::reduce_max(tf::reshape(&x, [1024, 512]), 1);
    let update = v.assign_add(&large);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let (ones, place_of) = (ndarray::Array1::<f32>::ones(MANY), |i: i32| arr1(&[i]));
    let plan = session.explain(
        (&update, &may_fail, &cannot_fail),
        [x.feed(&ones), place.feed(place_of(0))],
    )?;
    // Before a step that stands before it, but not before the one that can fail.
    let update_step = step_of(&plan, "updates Variable");
    assert!(update_step < step_of(&plan, "Max ="), "{plan}");
    assert!(update_step > step_of(&plan, "GatherV2 ="), "{plan}");
    let fed = place_of(MANY as i32);
    let refused = session.run(
        (&update, &may_fail, &cannot_fail),
        [x.feed(&ones), place.feed(&fed)],
    );
    assert!(refused.is_err_and(|error| error.message().contains("not in [0, 524288)")));
    assert_eq!(session.run(&v, [])?, (ones * 0.0).into_dyn());
    Ok(())
}

/// Where the run checks one update, no other one comes before what is checked.
#[test]
fn no_update_comes_before_what_is_checked_of_another() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [MANY]);
    let choices = graph.placeholder::<i32>("choices", [2, 2]);
    let zeros = ndarray::Array1::<f32>::zeros(MANY);
    let (v, w) = (graph.variable(zeros.clone()), graph.variable(zeros.clone()));
    let large = tf::cumsum(&x);
    let places = tf::reduce_max(&choices, 1);
    let update = v.assign_add(&large);
    let scattered = tf::scatter_update(&w, &places, [1.0f32, 2.0]);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let ones = ndarray::Array1::<f32>::ones(MANY);
    let run = |place: i32| {
        let fed = arr2(&[[3, 0], [1, place]]);
        let feeds = [x.feed(&ones), choices.feed(&fed)];
        session.run((update.op(), scattered.op()), feeds)
    };
    assert!(run(MANY as i32).is_err());
    let nothing = (zeros.clone().into_dyn(), zeros.into_dyn());
    assert_eq!(session.run((&v, &w), [])?, nothing);
    run(7)?;
    let (sums, set) = session.run((&v, &w), [])?;
    assert_eq!((sums[[9]], set[[3]], set[[7]]), (10.0, 1.0, 2.0));
    Ok(())
}

/// Each update passes on the variable's value as it was just after it, whatever updates come later
/// in the run.
#[test]
fn an_update_s_result_is_not_changed_by_a_later_update() -> tf::Result<()> {
    let graph = Graph::new();
    let v = graph.variable(arr1(&[8.0f32, 4.0]));
    let slope = graph.placeholder::<f32>("slope", [2]);
    let loss = tf::reduce_sum(&slope * &v, ..);
    let descend = || tf::train::GradientDescentOptimizer::new(0.5).minimize(&loss);
    let train = descend();
    let again = graph.control_dependencies([&train], descend);
    let third = graph.control_dependencies([&again], || v.assign_add(arr1(&[1.0, 1.0])));
    let update = |scope: &str| {
        let name = format!("{scope}/update_Variable/ApplyGradientDescent");
        graph
            .get_operation_by_name(&name)
            .map(|update| update.output::<f32>(0))
    };
    let (first, second) = (update("GradientDescent")?, update("GradientDescent_1")?);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let steps = session.run((&first, &second, &third), [slope.feed(arr1(&[2.0, 4.0]))])?;
    let expected = [[7.0, 2.0], [6.0, 0.0], [7.0, 1.0]].map(|values| arr1(&values).into_dyn());
    assert_eq!([steps.0, steps.1, steps.2], expected);
    Ok(())
}

/// What a reader of the plan of the SIGNS network's training step hopes to see.
#[test]
fn the_plan_of_a_training_step_is_as_short_as_can_be() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("X", tf::shape![12288, ?]);
    let y = graph.placeholder::<f32>("Y", tf::shape![6, ?]);
    let (mut a, mut z) = (x.clone(), x.clone());
    for (layer, [outputs, inputs]) in [(1, [25, 12288]), (2, [12, 25]), (3, [6, 12])] {
        let w = graph.variable(Array2::<f32>::ones((outputs, inputs)));
        let w = w.named(format!("W{layer}"));
        let b = graph.variable(Array2::<f32>::zeros((outputs, 1)));
        z = tf::matmul(&w, &a) + b.named(format!("b{layer}"));
        a = tf::nn::relu(&z);
    }
    let losses = tf::nn::softmax_cross_entropy_with_logits(
        tf::nn::Labels(tf::transpose(&y)),
        tf::nn::Logits(tf::transpose(&z)),
    );
    let cost = tf::reduce_mean(losses, ..);
    let train = tf::train::AdamOptimizer::new(1e-4).minimize(&cost);
    // All rewrites, whatever the environment says of them.
    let options = Rewrite::ALL
        .into_iter()
        .fold(SessionOptions::new(), SessionOptions::with);
    let session = Session::with_options(&graph, options)?;
    let (xs, ys) = (Array2::zeros((12288, 32)), Array2::zeros((6, 32)));
    let plan = session.explain((&train, cost.scalar()), [x.feed(&xs), y.feed(&ys)])?;
    let lines = |what: &str| plan.lines().filter(|line| line.contains(what)).count();
    let of_x = plan.lines().filter(|line| line.contains("feed 0"));
    // The layer of 12288 inputs is two products: forward with bias and activation, and the gradient
    // that ends in W1's update.
    assert_eq!(of_x.clone().count(), 2, "{plan}");
    assert!(
        of_x.clone()
            .any(|line| line.contains("each part through add + Relu (")),
        "{plan}"
    );
    assert!(
        of_x.clone()
            .any(|line| line.contains("updates W1, W1/Adam, W1/Adam_1")),
        "{plan}"
    );
    assert_eq!(lines("Transpose"), 0, "{plan}");
    for variable in ["W1", "b1", "W2", "b2", "W3", "b3"] {
        assert_eq!(lines(&format!("updates {variable},")), 1, "{plan}");
    }
    assert_eq!(lines("ApplyAdam"), 6, "{plan}");
    Ok(())
}

/// A trace tells every step, within the run and one after the other, in JSON that a reader of
/// traces takes.
#[test]
fn a_traced_run_tells_its_steps() -> Result<(), Box<dyn std::error::Error>> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2, 2]);
    let w = graph.variable([[1.0f32, 2.0], [3.0, 4.0]]).named("w");
    let loss = tf::reduce_sum(tf::square(tf::matmul(&x, &w)), ..);
    let train = tf::train::GradientDescentOptimizer::new(0.01).minimize(&loss);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let feed = arr2(&[[1.0f32, 0.5], [2.0, -1.0]]);
    let (((), traced), metadata) = session.run_traced((&train, &loss), [x.feed(&feed)])?;
    let plan = session.explain((&train, &loss), [x.feed(&feed)])?;
    let steps = metadata.step_stats();
    assert_eq!(traced, arr0(23.25).into_dyn());
    assert_eq!(
        steps.len(),
        plan.lines()
            .filter(|line| line.contains("  ") && !line.starts_with("--"))
            .count()
    );
    assert!(
        steps.iter().all(|step| plan.contains(&step.timeline_label)),
        "{plan}"
    );
    let ends = steps.iter().map(|step| step.start + step.duration);
    let starts = steps
        .iter()
        .skip(1)
        .map(|step| step.start)
        .chain([metadata.total()]);
    assert!(ends.zip(starts).all(|(end, next)| end <= next), "{steps:?}");
    assert!(metadata.planning() <= steps[0].start);

    let trace: serde_json::Value = serde_json::from_str(&metadata.to_chrome_trace())?;
    let events = trace["traceEvents"].as_array().expect("a list of events");
    let complete: Vec<_> = events.iter().filter(|event| event["ph"] == "X").collect();
    assert_eq!(complete.len(), steps.len() + 2);
    for (event, step) in complete[2..].iter().zip(steps) {
        assert_eq!(event["args"]["step"], *step.timeline_label);
        let micros = event["ts"].as_f64().expect("a number");
        assert!((micros - step.start.as_secs_f64() * 1e6).abs() < 1e-3);
    }
    Ok(())
}

/// A placeholder can be a mistake itself, made where something that it waits for is one.
#[test]
fn a_mistake_that_is_fed_is_an_error() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2]);
    let y = &x + 1.0;
    let session = Session::new(&graph)?;
    let wrong = (&x + graph.constant([1.0f32, 2.0, 3.0])).op();
    let late = graph.control_dependencies([&wrong], || graph.placeholder::<f32>("late", [2]));
    let twice = &late * 2.0;
    assert!(
        session.run(&y, [x.feed(arr1(&[1.0, 2.0]))]).is_err(),
        "it is told once"
    );
    let given = arr1(&[3.0f32, 4.0]);
    for _ in 0..2 {
        let error = session.run(&twice, [late.feed(&given)]).unwrap_err();
        assert!(matches!(error, tf::Error::InvalidArgument(_)), "{error}");
        let error = session
            .run(&y, [x.feed(&given), late.feed(&given)])
            .unwrap_err();
        assert!(matches!(error, tf::Error::InvalidArgument(_)), "{error}");
        assert_eq!(
            error.node().map(|node| &*node.name),
            Some("add_1"),
            "{error}"
        );
    }
    // Others go on as before.
    session.run(&y, [x.feed(&given)])?;
    Ok(())
}
