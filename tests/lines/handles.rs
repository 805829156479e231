//! Lines on what is fed and fetched, gradients, variables in place of tensors, and numbers of all
//! integer types.

use super::expected::Fate::{self, Compiles, Refused};

pub const OWN: &[(&str, &str, Fate)] = &[
    (
        "fetch_names",
        "let l = sess.run(\"loss:0\", [])?; let [a, b] = sess.run([\"x:0\", \"y:0\"], [])?; let m = sess.run(&std::collections::HashMap::from([(\"l\", loss.scalar())]), [])?; let l: f32 = m[\"l\"];",
        Compiles,
    ),
    (
        "feed_pairs",
        "let batch = arr2(&[[1.0f32, 2.0, 3.0]]); let v = sess.run(loss.scalar(), ((&x, &batch), (&y, [[1.0, 2.0, 3.0]])))?; let v = sess.run(loss.scalar(), ((\"x:0\", &batch), y.feed(&batch)))?;",
        Compiles,
    ),
    (
        "feed_arrays_of_pairs",
        "let batch = arr2(&[[1.0f32, 2.0, 3.0]]); sess.run(&loss, [(&x, &batch), (&y, &batch)])?; sess.run(&loss, [(\"x:0\", &batch), (\"y:0\", &batch)])?; sess.run(&b, [])?;",
        Compiles,
    ),
    (
        "gradient_that_captures",
        "let z = tf::custom_gradient(&x, |x| { let e = tf::exp(&x); (tf::log(&e), (), move |dy: tf::Tensor, ()| dy * &e) });",
        Refused(&[
            "the trait bound `tf1::Tensor: Copy` is not satisfied",
            "required by this bound in `custom_gradient`",
        ]),
    ),
    (
        "feed_one_pair",
        "let v = sess.run(loss.scalar(), (&x, arr2(&[[1.0f32, 2.0, 3.0]])))?;",
        Refused(&["is not a feed", "a single pair is `[(&x, &batch)]`"]),
    ),
    (
        "gradients_of_variables",
        "let any = graph.trainable_variables(); let g = tf::gradients_with(&loss, &any, tf::Gradients::new().stop_gradients([&w]).grad_ys(&loss)); let g = tf::gradients_with(&loss, &w, &loss); let g = tf::gradients_with(&loss, (&w, &b, &any[0]), tf::Gradients::new().stop_gradients((&x, &any)).grad_ys([Some(&loss)]).aggregation_method(tf::AggregationMethod::AddN)); let values = sess.run(&g, [])?;",
        Compiles,
    ),
    (
        "minimize_variables",
        "let o = tf::train::AdamOptimizer::new(0.1); let all = vec![w.clone(), b.clone()]; let step = tf::train::get_or_create_global_step(&graph); o.minimize_with(&loss, [&w]); o.minimize_with(&loss, &[&w, &b]); o.minimize_with(&loss, &all); o.minimize_with(&loss, graph.trainable_variables()); o.minimize_with(&loss, &step); o.compute_gradients_with(&loss, [&w]); o.compute_gradients_with(&loss, &w);",
        Compiles,
    ),
    (
        "add_collection",
        "let l = tf::add_n(graph.get_collection(\"losses\")) + &loss;",
        Refused(&[
            "`AnyTensor` is not an element type",
            "`graph.get_collection_of::<f32>(key)`",
        ]),
    ),
    (
        "add_typed_collection",
        "let l = tf::add_n(graph.get_collection_of::<f32>(\"losses\")) + &loss;",
        Compiles,
    ),
    (
        "untyped_variable",
        "let l: tf::Tensor = graph.trainable_variables().iter().map(|v| tf::nn::l2_loss(v)).sum();",
        Refused(&[
            "`graph.trainable_variables_of::<f32>()`",
            "`x.typed::<f32>()?`",
        ]),
    ),
    (
        "variables_as_options",
        "let rate = graph.variable(0.5f32); let on = graph.variable(true); tf::nn::dropout(&x, &rate); tf::losses::mean_squared_error_with(&x, &y, &rate); tf::train::MomentumOptimizer::new(&rate, rate.clone()); tf::layers::dropout_with(&x, tf::layers::Dropout::new().training(&on)); graph.random_normal_with([2], tf::RandomNormal::new().mean(&rate)); tf::train::polynomial_decay(&rate, &tf::train::get_or_create_global_step(&graph), &rate);",
        Compiles,
    ),
    (
        "integers_of_all_types",
        "let (n, k) = (3usize, 2u8); let order: Vec<usize> = vec![0, 2]; graph.range(n); graph.range(0..n); tf::gather(&w, &order); tf::gather(&w, order); tf::gather(&w, [0, 2]); tf::nn::top_k(&x, n); tf::one_hot(&labels, n); tf::tile(&x, [1u32, 2]); tf::reduce_sum(&x, k - 1); graph.set_random_seed(n); graph.random_normal_with([n], tf::RandomNormal::<f32>::new().seed(n)); tf::train::cosine_decay(0.1, &tf::train::get_or_create_global_step(&graph), n);",
        Compiles,
    ),
    (
        "shape_of_tensors",
        "let (n, m) = (tf::shape(&x).index(0), tf::shape(&x).index(1)); let a = tf::reshape(&x, [n.clone(), m.clone()]); let b = tf::reshape(&x, [&n, &m]); let c = graph.zeros::<f32>(vec![n, m]);",
        Compiles,
    ),
    (
        "rust_arrays",
        "let v = vec![1.0f32, 2.0, 3.0]; let a = graph.constant(&v); let b = &x + &v; let c = &x + [1.0, 2.0, 3.0]; let d = graph.constant([[[[1.0f32; 2]; 3]; 1]; 2]); let e = graph.get_variable::<f32>(\"e\", [2], [1.0, 2.0]); let f = graph.get_variable(\"f\", [3], &v); let g = graph.get_variable::<f32>(\"g\", [1, 2], [[1.0, 2.0]]); let image = graph.placeholder::<f32>(\"i\", [1, 1, 2, 1]); sess.run(&image, [image.feed([[[[1.0], [2.0]]]])])?;",
        Compiles,
    ),
    (
        "restoring_the_latest",
        "let saver = tf::train::Saver::new(&graph).max_to_keep(3i32).max_to_keep(None).keep_checkpoint_every_n_hours(2); saver.restore(&sess, tf::train::latest_checkpoint(\".\")?)?; let path = std::path::PathBuf::from(\"m\"); saver.restore(&sess, &path)?; saver.restore(&sess, \"m\")?; saver.restore(&sess, &tf::train::latest_checkpoint(\".\")?)?; saver.restore(&sess, format!(\"m-{}\", 1))?; let config = tf::SessionOptions::new().threads(2i32);",
        Compiles,
    ),
    (
        "restoring_a_number",
        "let saver = tf::train::Saver::new(&graph); saver.restore(&sess, 7)?;",
        Refused(&[
            "is not the path of a checkpoint",
            "`tf::train::latest_checkpoint(dir)?`",
        ]),
    ),
    (
        "keeping_a_fraction",
        "let saver = tf::train::Saver::new(&graph).max_to_keep(2.5);",
        Refused(&[
            "does not tell how many checkpoints to keep",
            "`None` to keep them all",
        ]),
    ),
    (
        "summaries_with",
        "let s = tf::summary::scalar(\"loss\", &loss); let m = tf::summary::merge_all_with(&graph, \"train\"); let m = tf::summary::merge_with([&s], [\"train\"]); let f = tf::summary::FileWriter::with_options(\"logs\", &graph)?; let f = tf::summary::FileWriter::with_options(\"logs\", sess.graph())?; let o = tf::summary::FileWriterOptions::new().flush_secs(2i32).max_queue(10);",
        Compiles,
    ),
    (
        "first_options",
        "let g = tf::gather_nd_with(graph.zeros::<f32>([2, 3, 4]), [[[2], [1]], [[0], [2]]], 1); let e = tf::nn::embedding_lookup_with([&x, &y], [2, 1], \"div\"); let e = tf::nn::embedding_lookup_with(&x, [2, 1], tf::nn::EmbeddingLookup::new().max_norm(1).max_norm(0.5f32).max_norm(0.5));",
        Compiles,
    ),
];
