//! What the graph says of a shape, and a run finds otherwise. All values and classes of errors are
//! TensorFlow 1.15.5's.

use ndarray::{ArrayD, IxDyn, arr1, arr2};
use tf1 as tf;
use tf1::{Error, Gradients, Graph, Rewrite, Session, SessionOptions, Shape, Tensor, shape};

/// With all rewrites and with none.
fn options() -> [SessionOptions; 2] {
    [
        SessionOptions::new(),
        SessionOptions::new().without_rewrites(),
    ]
}

/// The derivative of `f` at ones of shape [2, 3], weighted by ones of shape `weights`, of whose
/// shape the graph knows `known`.
fn weighted(
    f: fn(&Tensor) -> Tensor,
    known: [Shape; 2],
    weights: &[usize],
) -> Vec<tf::Result<ArrayD<f32>>> {
    let graph = Graph::new();
    let [x_shape, weights_shape] = known;
    let x = graph.placeholder::<f32>("x", x_shape);
    let given = graph.placeholder::<f32>("weights", weights_shape);
    let found = tf::gradients_with(f(&x), &x, Gradients::new().grad_ys([&given]));
    let slope: Tensor = found[0].as_ref().expect("it depends on x").dense();
    let (ones, weights) = (arr2(&[[1.0; 3]; 2]), ArrayD::ones(IxDyn(weights)));
    let run = |options| {
        let session = Session::with_options(&graph, options)?;
        session.run(&slope, [x.feed(&ones), given.feed(&weights)])
    };
    options().into_iter().map(run).collect()
}

#[test]
fn weights_of_a_gradient_that_have_another_shape() {
    let known = || [Shape::from([2, 3]), Shape::unknown()];
    let double = |x: &Tensor| x * 2.0;
    let wrong = [
        weighted(double, known(), &[3]),
        weighted(double, known(), &[4]),
        weighted(double, [Shape::unknown(), Shape::unknown()], &[3]),
        weighted(double, [Shape::unknown(), Shape::from([3])], &[3]),
        weighted(
            |x| tf::nn::relu(x),
            [Shape::unknown(), Shape::unknown()],
            &[4],
        ),
        weighted(|x| tf::nn::relu(x), known(), &[4]),
        weighted(
            |x| tf::matrix_set_diag(x, tf::matrix_diag_part(x)),
            [Shape::unknown(), Shape::from([3])],
            &[3],
        ),
        weighted(double, [Shape::from([2, 3]), Shape::from([3])], &[3]),
        weighted(
            |x| tf::identity(x),
            [Shape::from([2, 3]), Shape::from([4])],
            &[4],
        ),
    ];
    for (number, outcome) in wrong.into_iter().flatten().enumerate() {
        let error = outcome.expect_err("the shapes differ");
        assert!(
            matches!(error, Error::InvalidArgument(_)),
            "{number}: {error}"
        );
    }
    // TensorFlow lets pass what broadcasts.
    for slope in weighted(|x| tf::square(x), known(), &[]) {
        assert_eq!(
            slope.expect("one weight for all"),
            arr2(&[[2.0; 3]; 2]).into_dyn()
        );
    }
}

/// Whatever the weights' shape, the gradient of every element-wise function is a value or
/// `InvalidArgument`.
#[test]
fn weights_of_any_shape() {
    let functions: [fn(&Tensor) -> Tensor; 24] = [
        |x| tf::tanh(x),
        |x| tf::sigmoid(x),
        |x| tf::sqrt(x),
        |x| tf::rsqrt(x),
        |x| tf::reciprocal(x),
        |x| tf::nn::softplus(x),
        |x| tf::nn::softsign(x),
        |x| tf::nn::elu(x),
        |x| tf::nn::selu(x),
        |x| tf::nn::relu6(x),
        |x| tf::nn::leaky_relu(x),
        |x| tf::exp(x),
        |x| tf::log(x),
        |x| tf::abs(x),
        |x| x + 1.0,
        |x| x * x,
        |x| tf::maximum(x, 0.5),
        |x| tf::select(x.less(2.0), x, x),
        |x| tf::add_n([x, x]),
        |x| tf::nn::softmax(x),
        |x| tf::nn::bias_add(x, [1.0, 2.0, 3.0]),
        |x| tf::matmul_with(x, x, tf::MatMul::new().transpose_a()),
        |x| tf::reduce_sum(x, 0),
        |x| tf::concat([x, x], 0),
    ];
    let shapes: [&[usize]; 9] = [
        &[],
        &[1],
        &[3],
        &[4],
        &[2, 3],
        &[2, 1],
        &[3, 2],
        &[1, 2, 3],
        &[5, 2, 3],
    ];
    for (number, function) in functions.into_iter().enumerate() {
        for weights in shapes {
            for known in [
                [Shape::from([2, 3]), Shape::unknown()],
                [Shape::unknown(), Shape::unknown()],
            ] {
                for outcome in weighted(function, known, weights) {
                    let is_right = matches!(outcome, Ok(_) | Err(Error::InvalidArgument(_)));
                    assert!(is_right, "{number} with {weights:?}: {outcome:?}");
                }
            }
        }
    }
}

#[test]
fn one_output_of_several_is_fed() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [4]);
    let (values, places) = tf::unique(&x);
    let shared = values.clone() * 2.0;
    for options in options() {
        let session = Session::with_options(&graph, options)?;
        let fed = [
            x.feed(arr1(&[1.0, 2.0, 1.0, 3.0])),
            values.feed(arr1(&[9.0, 9.0])),
        ];
        let (values, places, doubled) = session.run((&values, &places, &shared), fed)?;
        assert_eq!(values, arr1(&[9.0, 9.0]).into_dyn());
        assert_eq!(places, arr1(&[0, 1, 0, 2]).into_dyn());
        assert_eq!(doubled, arr1(&[18.0, 18.0]).into_dyn());
    }
    Ok(())
}

#[test]
fn a_claim_that_is_not_true() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", shape![4]);
    let fixed = graph.constant([1.0f32, 2.0, 1.0, 3.0]);
    for x in [&x, &fixed] {
        let large = tf::boolean_mask(x, x.greater(1.0));
        large.set_shape([7]);
        let sum = &large + graph.zeros::<f32>([7]);
        for options in options() {
            let session = Session::with_options(&graph, options)?;
            let feeds = || [x.feed(arr1(&[1.0, 2.0, 1.0, 3.0]))];
            assert_eq!(session.run(&large, feeds())?, arr1(&[2.0, 3.0]).into_dyn());
            let error = session.run(&sum, feeds()).unwrap_err();
            assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
        }
    }
    let (different, _) = tf::unique(&fixed);
    different.set_shape([9]);
    for options in options() {
        let session = Session::with_options(&graph, options)?;
        assert_eq!(
            session.run(&different, [])?,
            arr1(&[1.0, 2.0, 3.0]).into_dyn()
        );
    }
    Ok(())
}

/// What is computed while the graph is built takes subnormal numbers for zero, as a run does.
#[test]
fn subnormal_numbers_while_the_graph_is_built() -> tf::Result<()> {
    let graph = Graph::new();
    let limit = graph.placeholder::<f32>("limit", []);
    let fed = graph.range((0.0f32, &limit, 1.0));
    let known = graph.range((0.0f32, 1e-40f32, 1.0));
    let largest = tf::argmax(graph.constant([0.0f32, 1e-40]), 0);
    for options in options() {
        let session = Session::with_options(&graph, options)?;
        let (fed, known, largest) =
            session.run((&fed, &known, largest.scalar()), [limit.feed(1e-40)])?;
        assert_eq!((fed.len(), known.len(), largest), (0, 0, 0));
    }
    Ok(())
}

#[test]
fn the_cross_entropy_of_nothing() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [0, 0]);
    let rows = graph.placeholder::<f32>("rows", [3, 0]);
    let losses =
        tf::nn::softmax_cross_entropy_with_logits_v2(tf::nn::Labels(&x), tf::nn::Logits(&x));
    let loss = tf::losses::softmax_cross_entropy(&x, &x);
    let of_rows =
        tf::nn::softmax_cross_entropy_with_logits_v2(tf::nn::Labels(&rows), tf::nn::Logits(&rows));
    for options in options() {
        let session = Session::with_options(&graph, options)?;
        let (nothing, empty) = (
            ndarray::Array2::<f32>::zeros((0, 0)),
            ndarray::Array2::<f32>::zeros((3, 0)),
        );
        for outcome in [
            session.run(&losses, [x.feed(&nothing)]),
            session.run(&loss, [x.feed(&nothing)]),
        ] {
            let error = outcome.unwrap_err();
            assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
        }
        assert_eq!(
            session.run(&of_rows, [rows.feed(&empty)])?,
            arr1(&[0.0; 3]).into_dyn()
        );
    }
    Ok(())
}

/// The parts of a constant are known while the graph is built, their lengths are not.
#[test]
fn constants_of_lengths_that_the_graph_does_not_know() -> tf::Result<()> {
    let graph = Graph::new();
    let data = graph.constant(arr2(&[[1, 2, 3, 4], [5, 6, 7, 8]]));
    for (which, fits) in [([0, 1], true), ([1, 1], false)] {
        let parts = tf::dynamic_partition(&data, graph.constant(arr1(&which)), 2);
        let sum = tf::accumulate_n([&parts[0], &parts[1]]);
        for options in options() {
            match Session::with_options(&graph, options)?.run(&sum, []) {
                Ok(sum) => assert_eq!(sum, arr2(&[[6, 8, 10, 12]]).into_dyn()),
                Err(error) => assert!(
                    !fits && matches!(error, Error::InvalidArgument(_)),
                    "{error}"
                ),
            }
        }
    }
    Ok(())
}

/// A sum along no axes is what it sums up, with its sign: a negative zero stays one.
#[test]
fn a_sum_of_a_scalar_is_the_scalar() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", []);
    let sum = tf::reduce_sum(&x * 2.0, ..);
    let all = SessionOptions::new;
    for options in [
        all().without_rewrites(),
        all(),
        all().without(Rewrite::Views),
    ] {
        let session = Session::with_options(&graph, options)?;
        let sum: f32 = session.run(sum.scalar(), [x.feed(-0.0)])?;
        assert_eq!(sum.to_bits(), (-0.0f32).to_bits());
    }
    Ok(())
}
