//! Arguments and options that may be numbers or tensors, modes as TensorFlow writes them, and short
//! forms, against what TensorFlow 1.15 builds and computes.

use ndarray::{arr1, arr2};
use tf1 as tf;
use tf1::{Bincount, ConfusionMatrix, Graph, Norm, OneHot, Pad, SequenceMask, Session, Tensor};

/// The names of the graph's nodes.
fn names(graph: &Graph) -> Vec<String> {
    graph.operations().iter().map(|op| op.name()).collect()
}

#[test]
fn what_pads_may_be_a_tensor() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant([[1.0f32, 2.0]]).named("x");
    let value = graph.constant(3.0f32).named("v");
    let padded = tf::pad_with(&x, [[0, 1], [1, 0]], Pad::new().constant_values(&value));
    let expected = ["x", "v", "PadV2/paddings", "PadV2"];
    assert_eq!(names(&graph), expected);

    let of_x = tf::gradients(&padded * &padded, &x);
    let session = Session::new(&graph)?;
    let expected = arr2(&[[3.0, 1.0, 2.0], [3.0, 3.0, 3.0]]);
    assert_eq!(session.run(padded.array2(), [])?, expected);
    assert_eq!(session.run(of_x.array2(), [])?, arr2(&[[2.0, 4.0]]));
    Ok(())
}

#[test]
fn the_values_of_one_hot_may_be_tensors() -> tf::Result<()> {
    let graph = Graph::new();
    let value = graph.constant(3.0f32).named("v");
    let i = graph.constant([1, 0]).named("i");
    let both = OneHot::new().on_value(&value).off_value(-1.0);
    let both = tf::one_hot_with(&i, 2, both);
    let off = tf::one_hot_with(&i, 2, OneHot::new().off_value(&value));
    let expected = [
        "v",
        "i",
        "one_hot/Const",
        "one_hot/depth",
        "one_hot/off_value",
        "one_hot",
        "one_hot_1/on_value",
        "one_hot_1/depth",
        "one_hot_1",
    ];
    assert_eq!(names(&graph), expected);

    let session = Session::new(&graph)?;
    let (both, off) = session.run((both.array2(), off.array2()), [])?;
    assert_eq!(both, arr2(&[[-1.0, 3.0], [3.0, -1.0]]));
    assert_eq!(off, arr2(&[[3.0, 1.0], [1.0, 3.0]]));
    Ok(())
}

/// TensorFlow asks whether a shape is small even where only the run can answer, and so do we: the
/// number of nodes is a seed.
#[test]
fn zeros_and_ones_take_lengths_that_the_run_computes() -> tf::Result<()> {
    let graph = Graph::new();
    let n = graph.constant(3).named("n");
    let m = graph.constant(4).named("m");
    let known = graph.operations().len();
    let all = [
        graph.zeros::<f32>((&n, 5)),
        graph.ones::<f32>((2, 3, &n)),
        graph.zeros::<f32>((&n, 2, &m, 3)),
        graph.zeros::<f32>((&n,)),
        graph.ones::<f32>(&n),
        tf::zeros((5, &n)),
        graph.zeros::<f32>(3),
    ];
    let expected = "zeros/mul/y zeros/mul zeros/Less/y zeros/Less zeros/packed/1 zeros/packed zeros/Const zeros
        ones/mul/x ones/mul ones/Less/y ones/Less ones/packed/0 ones/packed/1 ones/packed ones/Const ones
        zeros_1/mul/y zeros_1/mul zeros_1/mul_1 zeros_1/mul_2/y zeros_1/mul_2 zeros_1/Less/y zeros_1/Less
        zeros_1/packed/1 zeros_1/packed/3 zeros_1/packed zeros_1/Const zeros_1
        zeros_2/Less/y zeros_2/Less zeros_2/packed zeros_2/Const zeros_2
        ones_1/Reshape/shape ones_1/Reshape ones_1/Const ones_1
        zeros_3/mul/x zeros_3/mul zeros_3/Less/y zeros_3/Less zeros_3/packed/0 zeros_3/packed zeros_3/Const zeros_3
        zeros_4/shape_as_tensor zeros_4/Const zeros_4";
    let expected: Vec<&str> = expected.split_whitespace().collect();
    assert_eq!(names(&graph)[known..], expected);

    let session = Session::new(&graph)?;
    let shapes = session
        .run(&all[..], [])?
        .into_iter()
        .map(|array| array.shape().to_vec());
    let expected: [&[usize]; 7] = [
        &[3, 5],
        &[2, 3, 3],
        &[3, 2, 4, 3],
        &[3],
        &[3],
        &[5, 3],
        &[3],
    ];
    assert!(shapes.eq(expected));
    Ok(())
}

#[test]
fn vectors_of_vectors_are_fed_as_matrices() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?, 2]);
    let session = Session::new(&graph)?;
    let rows = vec![vec![1.0, 2.0], vec![3.0, 4.0]];
    let matrix = arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(session.run(x.array2(), [x.feed(&rows)])?, matrix);
    assert_eq!(session.run(x.array2(), [x.feed(rows)])?, matrix);
    assert_eq!(
        session.run(x.array2(), [x.feed(vec![[1.0, 2.0], [3.0, 4.0]])])?,
        matrix
    );
    assert_eq!(
        session.run(x.array2(), [x.feed(&[[1.0, 2.0], [3.0, 4.0]][..])])?,
        matrix
    );

    // The shape of the value that is not there fits a plan that exists: it must not be taken for
    // it.
    let scalar = graph.placeholder::<f32>("scalar", tf::shape![]);
    let session = Session::new(&graph)?;
    session.run(&scalar, [scalar.feed(1.0)])?;
    for target in [&x, &scalar] {
        let ragged = vec![vec![1.0, 2.0], vec![3.0]];
        let error = session
            .run(target, [target.feed(ragged)])
            .expect_err("row 1 is too short");
        let told = error.to_string();
        assert!(
            told.contains("row 0 has 2 elements and row 1 has 1"),
            "{told}"
        );
        assert!(told.contains(&target.op().name()), "{told}");
    }
    let constant = Graph::new();
    constant.constant(vec![vec![1.0f32], vec![]]);
    assert!(constant.check().is_err());
    Ok(())
}

#[test]
fn a_bool_says_whether_a_variable_is_trained() {
    let graph = Graph::new();
    let step = graph.variable_with(0i64, false);
    let weight = graph.variable_with(0.5f32, true);
    let trainable = graph.trainable_variables();
    assert_eq!(
        trainable.iter().map(|v| v.name()).collect::<Vec<_>>(),
        [weight.name()]
    );
    assert_ne!(step.name(), weight.name());
}

#[test]
fn the_norm_of_float64_gradients_is_told_its_type() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.variable([3.0f64, 4.0]);
    let loss = tf::reduce_sum(tf::square(&x) * 0.5, ..);
    let gradients = tf::gradients(&loss, graph.trainable_variables());
    let (clipped, norm) = tf::clip_by_global_norm_with(&gradients, 1.0, tf::float64);
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    assert_eq!(session.run(norm.scalar(), [])?, 5.0);
    assert_eq!(
        session.run(clipped[0].typed::<f64>()?.array1(), [])?,
        ndarray::arr1(&[0.6000000000000001, 0.8])
    );

    tf::clip_by_global_norm(&gradients, 1.0);
    let told = graph
        .check()
        .expect_err("the gradients are float64")
        .to_string();
    assert!(told.contains("is not of type float32"), "{told}");
    assert!(
        told.contains("clip_by_global_norm_with(.., tf::float64)"),
        "{told}"
    );
    Ok(())
}

#[test]
fn padding_takes_the_names_of_the_modes() {
    let paddings = [[1, 1]];
    for (mode, options) in [
        ("CONSTANT", Pad::new()),
        ("REFLECT", Pad::new().reflect()),
        ("symmetric", Pad::new().symmetric()),
    ] {
        let graph = Graph::new();
        let x = graph.constant([1.0f32, 2.0, 3.0]);
        let by_name = tf::pad_with(&x, paddings, mode);
        let by_option = tf::pad_with(&x, paddings, options);
        let session = Session::new(&graph).expect("a graph without a mistake");
        let both = session.run((&by_name, &by_option), []);
        let (by_name, by_option) = both.expect("both run");
        assert_eq!(by_name, by_option, "{mode}");
    }
}

#[test]
fn an_unknown_mode_of_padding_is_named() {
    let graph = Graph::new();
    let x = graph.constant([1.0f32, 2.0, 3.0]);
    tf::pad_with(&x, [[1, 1]], "WRAP");
    let error = graph.check().expect_err("there is no such mode");
    let told = error.to_string();
    assert!(told.contains("Unknown padding mode: WRAP"), "{told}");
    assert!(told.contains("\"REFLECT\""), "{told}");
}

#[test]
fn a_product_takes_what_is_transposed_in_tensorflows_order() {
    let graph = Graph::new();
    let (a, b) = (graph.zeros::<f32>([4, 3]), graph.zeros::<f32>([2, 3]));
    let c = tf::matmul_with(&a, &b, (false, true));
    assert_eq!(c.shape().to_string(), "(4, 2)");
    let d = tf::matmul_with(&c, &a, (true, false));
    assert_eq!(d.shape().to_string(), "(2, 3)");
}

/// As NumPy indexes and TensorFlow sums and normalizes; the numbers were worked out by hand.
#[test]
fn the_short_forms_mean_what_the_long_ones_do() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant([[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let sums = tf::reduce_sum(&x, tf::keepdims(1));
    let total = tf::reduce_sum(&x, tf::keepdims(..));
    let firsts = x.index((.., ..=1));
    let one = x.index((1, 1..=1));
    let but_last = x.index((0, ..=-2));
    let last = -1;
    let through_last = x.index((0, 1..=last));
    let normal = tf::nn::l2_normalize_with(&x, 1, 1e-12f32);
    let wide = graph.eye_with::<f32>(2, 3);
    let leaky = tf::nn::leaky_relu_with(-&x, 0.5);
    let (q, _) = tf::qr_with(tf::transpose(&x), true);
    let uniform = graph.random_uniform_with::<f32>([1000], (2.0, 3.0));
    let constant = graph.random_normal_with::<f32>([3], (5.0, 0.0));
    let mut close = tf::less(&x, 4.0);
    close &= tf::greater(&x, 1.0);
    close |= tf::equal(&x, 6.0);
    close ^= true;
    let b = graph.variable([1.0f32, 2.0]);
    let twice: tf::Tensor = [&b, &b].into_iter().sum();

    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), ())?;
    let run = |tensor: &tf::Tensor| session.run(tensor, []);
    assert_eq!(run(&sums)?, arr2(&[[6.0], [15.0]]).into_dyn());
    assert_eq!(run(&total)?, arr2(&[[21.0]]).into_dyn());
    assert_eq!(run(&firsts)?, arr2(&[[1.0, 2.0], [4.0, 5.0]]).into_dyn());
    assert_eq!(run(&one)?, arr1(&[5.0]).into_dyn());
    assert_eq!(run(&but_last)?, arr1(&[1.0, 2.0]).into_dyn());
    assert_eq!(run(&through_last)?, arr1(&[2.0, 3.0]).into_dyn());
    assert!((run(&normal)?[[1, 2]] - 6.0 / 77.0f32.sqrt()).abs() < 1e-6);
    assert_eq!(
        run(&wide)?,
        arr2(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).into_dyn()
    );
    assert_eq!(run(&leaky)?, (session.run(&x, [])? * -0.5));
    assert_eq!(q.shape().to_string(), "(3, 3)");
    assert!(
        run(&uniform)?
            .iter()
            .all(|value| (2.0..3.0).contains(value))
    );
    assert_eq!(run(&constant)?, arr1(&[5.0; 3]).into_dyn());
    let expected = arr2(&[[true, false, false], [true, true, false]]);
    assert_eq!(session.run(close.array2(), [])?, expected);
    assert_eq!(run(&twice)?, arr1(&[2.0, 4.0]).into_dyn());
    Ok(())
}

/// The second argument of `tf.norm` is its order; the numbers are TensorFlow's.
#[test]
fn a_norm_takes_its_order() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.constant([[1.0f32, -2.0], [3.0, 4.0]]);
    let norms = [
        tf::norm_with(&x, 1),
        tf::norm_with(&x, 2),
        tf::norm_with(&x, f64::INFINITY),
        tf::norm_with(&x, "euclidean"),
        tf::norm_with(&x, 3.5),
        tf::norm_with(&x, Norm::new().ord("fro").matrix_axes([0, 1])),
    ];
    let session = Session::new(&graph)?;
    let found = session.run(norms.map(|norm| norm.scalar()), [])?;
    let expected = [10.0, 5.477226, 4.0, 5.477226, 4.458103, 5.477226f32];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    }
    for ord in ["fro", "xx"] {
        let graph = Graph::new();
        tf::norm_with(graph.constant([1.0f32]), ord);
        let words = format!("'ord' must be a supported vector norm, got {ord}");
        assert_eq!(graph.check().unwrap_err().message(), words);
    }
    Ok(())
}

/// Where no type is said, it is TensorFlow's.
#[test]
fn types_that_hold_where_nothing_is_said() {
    let graph = Graph::new();
    let lengths = graph.constant([1, 3, 2]);
    let mask: Tensor<bool> = tf::sequence_mask_with(&lengths, 5);
    assert_eq!(mask.shape().to_string(), "(3, 5)");
    let mask = tf::sequence_mask_with(&lengths, SequenceMask::new().maxlen(5));
    assert_eq!(mask.dtype(), tf::DType::Bool);
    let matrix = tf::confusion_matrix_with(&lengths, &lengths, 4);
    assert_eq!(matrix.dtype(), tf::DType::Int32);
    let weights = graph.constant([0.5f32, 1.5, 2.5]);
    let options = ConfusionMatrix::new().num_classes(4).weights(&weights);
    let weighted = tf::confusion_matrix_with(&lengths, &lengths, options.dtype(tf::float64));
    assert_eq!(weighted.dtype(), tf::DType::Float64);
    let counts = tf::bincount_with(&lengths, Bincount::new().minlength(6));
    assert_eq!(counts.dtype(), tf::DType::Int32);
    let sums = tf::bincount_with(&lengths, Bincount::new().weights(&weights));
    assert_eq!(sums.dtype(), tf::DType::Float32);
    let parts = tf::unstack_with(graph.placeholder::<f32>("x", ..), 2);
    assert_eq!(parts.len(), 2);
    graph.check().unwrap();
}
