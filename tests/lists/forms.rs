//! Every function that takes several operations, tensors or variables takes them as vectors,
//! slices, arrays, and arrays of references, by value and by reference. What does not, does not
//! compile here.

use tf1 as tf;
use tf1::train::{GradientDescentOptimizer, Minimize, Optimizer, Saver};
use tf1::{AnyTensor, AnyVariable, Graph, Operation, Session, Tensor, Variable};

/// Calls `$function` (with arguments before and after the list) with each form of a list of two,
/// and puts what it gives in a vector.
macro_rules! each_form {
    (|$list:ident| $call:expr, $a:expr, $b:expr) => {{
        let (a, b) = (&$a, &$b);
        let (of_values, of_references) = (vec![a.clone(), b.clone()], vec![a, b]);
        let mut made = Vec::new();
        macro_rules! with {
            ($form:expr) => {{
                let $list = $form;
                made.push($call);
            }};
        }
        with!(of_values.clone());
        with!(&of_values);
        with!(&of_values[..]);
        with!(of_references.clone());
        with!(&of_references);
        with!(&of_references[..]);
        with!([a.clone(), b.clone()]);
        with!(&[a.clone(), b.clone()]);
        with!([a, b]);
        with!(&[a, b]);
        made
    }};
}

/// A graph with two tensors and two variables.
fn some() -> (Graph, [Tensor; 2], [Variable; 2]) {
    let graph = Graph::new();
    let tensors = [1.0f32, 2.0].map(|x| graph.constant([x, x]));
    let variables = [3.0f32, 4.0].map(|x| graph.variable(x));
    (graph, tensors, variables)
}

/// The operations wait for `a` and `b`.
#[track_caller]
fn wait_for(operations: &[Operation], a: &Operation, b: &Operation) {
    for operation in operations {
        assert_eq!(operation.control_inputs(), [a.clone(), b.clone()]);
    }
}

#[test]
fn group_and_control_dependencies() {
    let (graph, [x, y], [v, w]) = some();
    let (first, second) = (x.op(), y.op());
    wait_for(
        &each_form!(|list| tf::group(list), first, second),
        &first,
        &second,
    );
    wait_for(&each_form!(|list| tf::group(list), x, y), &first, &second);
    wait_for(
        &each_form!(|list| tf::group(list), x.any(), y.any()),
        &first,
        &second,
    );
    let (v_op, w_op) = (v.op(), w.op());
    wait_for(&each_form!(|list| tf::group(list), v, w), &v_op, &w_op);
    wait_for(
        &each_form!(|list| tf::group(list), v.any(), w.any()),
        &v_op,
        &w_op,
    );
    let after = each_form!(
        |list| graph.control_dependencies(list, || graph.no_op()),
        first,
        second
    );
    wait_for(&after, &first, &second);
    let after = each_form!(
        |list| graph.control_dependencies(list, || graph.no_op()),
        x,
        y
    );
    wait_for(&after, &first, &second);
    assert!(graph.check().is_ok());
}

/// Handles of several kinds make a list as a tuple, or as references to what they have in common.
#[test]
fn operations_tensors_and_variables_mixed() {
    let (graph, [x, _], [v, _]) = some();
    let n = graph.constant(1i32);
    let train = graph.no_op();
    let summary = tf::summary::scalar("n", &n);
    wait_for(&[tf::group((&train, &x))], &train, &x.op());
    wait_for(&[tf::group((&x, &train))], &x.op(), &train);
    wait_for(&[tf::group((&train, &v))], &train, &v.op());
    wait_for(&[tf::group((&train, &summary))], &train, &summary.op());
    let (x_op, n_op) = (x.op(), n.op());
    let both = [tf::group((&x, &n)), tf::group((x.clone(), &n))];
    wait_for(&both, &x_op, &n_op);
    let erased: [&dyn tf::ControlInput; 2] = [&x, &n];
    wait_for(&[tf::group(erased), tf::group(erased)], &x_op, &n_op);
    let three = tf::group((&x, &train, &v));
    assert_eq!(three.control_inputs().len(), 3);
    let after = graph.control_dependencies((&train, &x), || graph.no_op());
    wait_for(&[after], &train, &x_op);
    let one = tf::group([&train]);
    assert_eq!(one.control_inputs(), [train]);
}

/// `cases`: copying one network into another.
#[test]
fn a_vector_of_assignments_is_run_as_one() -> tf::Result<()> {
    let graph = Graph::new();
    let from: Vec<Variable> = (0..3).map(|i| graph.variable(i as f32)).collect();
    let to: Vec<Variable> = (0..3).map(|_| graph.variable(9.0f32)).collect();
    let assigned: Vec<Operation> = to
        .iter()
        .zip(&from)
        .map(|(to, from)| to.assign(from).op())
        .collect();
    let copy = tf::group(&assigned);
    assert_eq!(copy.name(), "group_deps");
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    session.run(&copy, [])?;
    for (i, to) in to.iter().enumerate() {
        assert_eq!(session.run(to.value().scalar(), [])?, i as f32);
    }
    Ok(())
}

#[test]
fn tensors_of_one_type() -> tf::Result<()> {
    let (graph, [x, y], [v, w]) = some();
    let mut sums = each_form!(|list| tf::add_n(list), x, y);
    sums.extend(each_form!(|list| tf::accumulate_n(list), x, y));
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    for sum in session.run(&sums, [])? {
        assert_eq!(sum, ndarray::arr1(&[3.0, 3.0]).into_dyn());
    }
    let mut joined = each_form!(|list| tf::concat(list, 0), x, y);
    joined.extend(each_form!(
        |list| tf::reshape(tf::stack(list, 0), [-1]),
        x,
        y
    ));
    let (index, rest) = (graph.constant([0, 1]), graph.constant([2, 3]));
    joined.extend(each_form!(
        |list| tf::dynamic_stitch([&index, &rest], list),
        x,
        y
    ));
    for joined in session.run(&joined, [])? {
        assert_eq!(joined, ndarray::arr1(&[1.0, 1.0, 2.0, 2.0]).into_dyn());
    }
    let both = each_form!(|list| tf::dynamic_stitch(list, [&x, &y]), index, rest);
    assert_eq!(session.run(&both, [])?.len(), 10);
    let sums = each_form!(|list| tf::add_n(list), v, w);
    for sum in session.run(&sums, [])? {
        assert_eq!(sum, ndarray::arr0(7.0).into_dyn());
    }
    assert_eq!(session.run(tf::add_n((&v, &w, 1.0)).scalar(), [])?, 8.0);
    Ok(())
}

#[test]
fn tensors_of_any_type() {
    let (graph, [x, y], [v, w]) = some();
    let n = graph.constant(1i32);
    let shapes = each_form!(|list| tf::shape_n(list), x, y);
    let more = each_form!(|list| tf::shape_n(list), x.any(), n.any());
    assert!(shapes.iter().chain(&more).all(|shapes| shapes.len() == 2));
    let tuples = each_form!(|list| tf::tuple(list), x, y);
    let more = each_form!(|list| tf::tuple(list), x.any(), n.any());
    let some = tf::tuple([Some(x.any()), None]);
    assert!(
        tuples
            .iter()
            .chain(&more)
            .chain([&some])
            .all(|t| t.len() == 2)
    );

    let norms = each_form!(|list| tf::global_norm(list), x, y);
    let clipped: Vec<(Vec<Tensor>, Tensor)> =
        each_form!(|list| tf::clip_by_global_norm(list, 1.0f32), x, y);
    assert!(norms.len() == clipped.len());
    let some = [Some(x.any()), None];
    let (clipped, _): (Vec<Option<AnyTensor>>, _) = tf::clip_by_global_norm(&some, 1.0f32);
    assert!(clipped[1].is_none());

    let loss = tf::reduce_sum(&x * &v + &y * &w, ..);
    let options = || tf::Gradients::new();
    let mut found = each_form!(|list| tf::gradients_with(&loss, list, options()), x, y);
    found.extend(each_form!(
        |list| tf::gradients_with(&loss, list, options()),
        v,
        w
    ));
    found.extend(each_form!(
        |list| tf::gradients_with(&loss, list, options()),
        v.any(),
        w.any()
    ));
    found.extend(each_form!(
        |list| tf::gradients_with(list, [&v, &w], options()),
        loss,
        loss
    ));
    found.extend(each_form!(
        |list| tf::gradients_with(list, [&v, &w], options()),
        loss.any(),
        loss.any()
    ));
    found.extend(each_form!(
        |list| tf::gradients_with([&loss, &loss], [&v, &w], options().grad_ys(list)),
        loss,
        loss
    ));
    found.extend(each_form!(
        |list| tf::gradients_with(&loss, [&v, &w], options().stop_gradients(list)),
        x,
        y
    ));
    assert!(found.iter().all(|found| found.len() == 2));
    let found = each_form!(|list| tf::gradients(&loss, list).len(), v, w);
    let more = each_form!(|list| tf::gradients(list, &v).name(), loss, loss);
    assert_eq!((found, more.len()), (vec![2; 10], 10));
    assert!(graph.check().is_ok());
}

#[test]
fn variables() -> tf::Result<()> {
    let (graph, [x, _], [v, w]) = some();
    let session = Session::new(&graph)?;
    let mut inits = each_form!(|list| graph.variables_initializer(list), v, w);
    inits.extend(each_form!(
        |list| graph.variables_initializer(list),
        v.any(),
        w.any()
    ));
    wait_for(&inits, v.initializer(), w.initializer());
    session.run(&inits, [])?;
    for values in each_form!(|list| session.snapshot(list)?, v, w) {
        assert_eq!(values.len(), 2);
    }
    let _: Vec<Saver> = each_form!(|list| Saver::new(&graph).variables(list), v, w);
    let loss = tf::reduce_sum(&x * &v * &w, ..);
    let train =
        |options: Minimize| GradientDescentOptimizer::new(0.1).minimize_with(&loss, options);
    each_form!(|list| train(Minimize::new().var_list(list)), v, w);
    each_form!(
        |list| train(Minimize::new().update_ops(list)),
        x.op(),
        loss.op()
    );
    each_form!(|list| train(Minimize::new().update_ops(list)), x, loss);
    each_form!(
        |list| tf::train::ExponentialMovingAverage::new(0.5).apply(list),
        v,
        w
    );
    let feeds = each_form!(|list| session.prepare(&loss, list)?, x, x);
    assert_eq!(feeds.len(), 10);
    let all: Vec<AnyVariable> = graph.global_variables();
    session.run(graph.variables_initializer(&all), [])?;
    Ok(())
}

#[test]
fn summaries() -> tf::Result<()> {
    let (graph, ..) = some();
    let [a, b] = ["a", "b"].map(|name| tf::summary::scalar(name, graph.constant(1.0f32)));
    let merged = each_form!(|list| tf::summary::merge(list), a, b);
    for summary in Session::new(&graph)?.run(&merged, [])? {
        assert_eq!(summary.value.len(), 2);
    }
    Ok(())
}
