//! Variables, lists and integers of all types where TensorFlow takes them. Names and numbers are
//! those of TensorFlow 1.15.5.

use ndarray::{arr1, arr2};
use tf1 as tf;
use tf1::train::{GradientDescentOptimizer, Optimizer};
use tf1::{AggregationMethod, Gradient, Gradients, Graph, Session};

/// The names of the graph's last nodes.
fn last_names(graph: &Graph, count: usize) -> Vec<String> {
    let operations = graph.operations();
    let last = &operations[operations.len() - count..];
    last.iter().map(|op| op.name()).collect()
}

fn dense(gradient: &Option<Gradient>) -> tf::Tensor {
    gradient.as_ref().expect("there is a gradient").dense()
}

#[test]
fn gradients_are_summed_as_tensorflow_sums_them() -> tf::Result<()> {
    let sum = |method: AggregationMethod, count: usize| {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [2]);
        let mut y = tf::exp(&x) + tf::sin(&x);
        if count == 3 {
            y += tf::cos(&x);
        }
        let options = Gradients::new().aggregation_method(method);
        let slope = dense(&tf::gradients_with(&y, &x, options)[0]);
        let value = Session::new(&graph)?.run(slope.array1(), [x.feed([1.0, 2.0])])?;
        Ok::<_, tf::Error>((last_names(&graph, 2), value))
    };
    for (method, names) in [
        (
            AggregationMethod::AddN,
            ["gradients/Sin_grad/mul", "gradients/AddN"],
        ),
        (
            AggregationMethod::ExperimentalTree,
            [
                "gradients/x_gradient_sum/AddN",
                "gradients/x_gradient_sum/AddN_1",
            ],
        ),
        (
            AggregationMethod::ExperimentalAccumulateN,
            ["gradients/Sin_grad/mul", "gradients/AccumulateNV2"],
        ),
    ] {
        let (made, value) = sum(method, 3)?;
        assert_eq!(made, names);
        let difference = value - arr1(&[2.417_113, 6.063_612]);
        assert!(difference.iter().all(|d| d.abs() < 1e-6), "{difference}");
    }
    let (made, _) = sum(AggregationMethod::ExperimentalAccumulateN, 2)?;
    assert_eq!(made[1], "gradients/x_gradient_sum/AddN");
    Ok(())
}

#[test]
fn a_variable_among_the_stops_stops_nothing_that_reaches_it() -> tf::Result<()> {
    let graph = Graph::new();
    let w = graph.variable(3.0f32);
    let y = &w * &w;
    let stopped = tf::gradients_with(&y, &w, Gradients::new().stop_gradients(&w));
    let z = tf::square(&y);
    let through = tf::gradients_with(&z, (&w, &y), Gradients::new().stop_gradients([&y]));
    let weighted = tf::gradients_with(&y, [&w], Gradients::new().grad_ys(graph.constant(2.0f32)));
    assert!(through[0].is_none());
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let fetches = (
        dense(&stopped[0]).scalar(),
        dense(&through[1]).scalar(),
        dense(&weighted[0]).scalar(),
    );
    assert_eq!(session.run(fetches, [])?, (6.0, 18.0, 12.0));
    Ok(())
}

#[test]
fn lists_of_variables_say_what_to_minimize_over() -> tf::Result<()> {
    let graph = Graph::new();
    let (v, w) = (graph.variable(3.0f32), graph.variable(5.0f32));
    let step = tf::train::get_or_create_global_step(&graph);
    let optimizer = GradientDescentOptimizer::new(1.0);
    let loss = &v * 2.0 + &w;
    let (one, all) = (&[&v], &vec![v.clone()]);
    let lists = [
        optimizer.minimize_with(&loss, [&v]),
        optimizer.minimize_with(&loss, one),
        optimizer.minimize_with(&loss, all),
        optimizer.minimize_with(&loss, vec![v.any()]),
    ];
    let counting = optimizer.minimize_with(&loss, &step);
    let pairs = optimizer.compute_gradients_with(&loss, &w);
    assert_eq!(pairs.len(), 1);
    assert_eq!(optimizer.compute_gradients_with(&loss, [&v, &w]).len(), 2);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    for train in &lists {
        session.run(train, [])?;
    }
    let values = (v.scalar(), w.scalar(), step.scalar());
    assert_eq!(session.run(&values, [])?, (-5.0, 5.0, 0));
    session.run(&counting, [])?;
    assert_eq!(session.run(&values, [])?, (-7.0, 4.0, 1));
    Ok(())
}

#[test]
fn a_gradient_of_another_type_says_how_to_map_it() {
    let graph = Graph::new();
    let w = graph.variable(3.0f64);
    let gradients = GradientDescentOptimizer::new(0.5).compute_gradients(tf::square(&w));
    let (gradient, _) = gradients.into_iter().next().expect("one variable");
    let _ = gradient.expect("a gradient").map(|gradient| gradient * 2.0);
    let error = graph.check().unwrap_err();
    let help = error.help().expect("there is help");
    assert!(help.contains("gradient.map_as(tf1::float64, "), "{error}");
    assert_eq!(error.location().unwrap().file(), file!());
}

#[test]
fn a_variable_is_a_weight_a_probability_and_a_rate() -> tf::Result<()> {
    let graph = Graph::new();
    let half = graph.variable(0.5f32);
    let zero = graph.constant([0.0f32, 0.0]);
    let loss = tf::losses::absolute_difference_with(&zero, [1.0f32, 3.0], &half);
    let kept = tf::nn::dropout(graph.ones::<f32>([100]), &half);
    let normal = tf::RandomNormal::new().mean(&half).stddev(0.0);
    let drawn = graph.random_normal_with([1], normal);
    let w = graph.variable(1.0f32);
    let train = GradientDescentOptimizer::new(&half).minimize_with(&w * 1.0, [&w]);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let fetches = (loss.scalar(), drawn.array1(), kept.array1());
    let (loss, drawn, kept) = session.run(fetches, [])?;
    assert_eq!((loss, drawn), (1.0, arr1(&[0.5])));
    assert!(kept.iter().all(|x| [0.0, 2.0].contains(x)));
    session.run(&train, [])?;
    assert_eq!(session.run(w.scalar(), [])?, 0.5);
    Ok(())
}

#[test]
fn indices_and_shapes_of_rust_s_own() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant([[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let order: Vec<usize> = vec![2, 0];
    let picked = tf::gather(&x, &order);
    // TensorFlow makes the indices of a list of Python's numbers `int32`.
    assert_eq!(
        last_names(&graph, 3),
        ["GatherV2/indices", "GatherV2/axis", "GatherV2"]
    );
    let indices = graph.get_tensor_by_name("GatherV2/indices:0")?;
    assert_eq!(indices.dtype(), tf::DType::Int32);
    let numbers: tf::Tensor<i32> = graph.range(order.len());
    let (n, m) = (graph.constant(2), graph.constant(3));
    let turned = tf::reshape(&x, [&n, &m]);
    assert_eq!(last_names(&graph, 2), ["Reshape/shape", "Reshape"]);
    let shifted = &picked + &vec![10.0, 20.0];
    let (picked, numbers, turned, shifted) = Session::new(&graph)?.run(
        (
            picked.array2(),
            numbers.array1(),
            turned.array2(),
            shifted.array2(),
        ),
        [],
    )?;
    assert_eq!(picked, arr2(&[[5.0, 6.0], [1.0, 2.0]]));
    assert_eq!(numbers, arr1(&[0, 1]));
    assert_eq!(turned, arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
    assert_eq!(shifted, arr2(&[[15.0, 26.0], [11.0, 22.0]]));
    let graph = Graph::new();
    graph.range(usize::MAX);
    assert!(
        graph
            .check()
            .unwrap_err()
            .message()
            .contains("beyond int32")
    );
    let graph = Graph::new();
    tf::gather(graph.constant([1.0f32]), vec![usize::MAX]);
    assert!(
        graph
            .check()
            .unwrap_err()
            .message()
            .contains("out of range")
    );
    Ok(())
}

#[test]
fn arrays_of_rust_are_constants_feeds_and_initial_values() -> tf::Result<()> {
    let graph = Graph::new();
    let image = [[[[1.0f32, 2.0]], [[3.0, 4.0]]]];
    let constant = graph.constant(image);
    let x = graph.placeholder::<f32>("x", [1, 2, 1, 2]);
    let b = graph.get_variable::<f32>("b", [2], [1.0, 2.0]);
    let c = graph.get_variable::<f32>("c", [2, 1], vec![vec![1.0], vec![2.0]]);
    assert!(graph.get_operation_by_name("b/initial_value").is_ok());
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let lent = &image;
    let fetches = (constant.array4(), x.array4(), b.array1(), c.array2());
    let (constant, fed, b, c) = session.run(fetches, [x.feed(lent)])?;
    assert_eq!(constant, fed);
    assert_eq!(fed.shape(), [1, 2, 1, 2]);
    assert_eq!(fed.as_slice(), Some(&[1.0, 2.0, 3.0, 4.0][..]));
    assert_eq!(b, arr1(&[1.0, 2.0]));
    assert_eq!(c, arr2(&[[1.0], [2.0]]));
    assert_eq!(session.run(x.array4(), [x.feed(image)])?, fed);
    let graph = Graph::new();
    graph.get_variable::<f32>("b", [3], [1.0, 2.0]);
    let message = graph.check().unwrap_err().message().to_string();
    assert!(message.contains("has shape (2,), but the variable has shape (3,)"));
    Ok(())
}
