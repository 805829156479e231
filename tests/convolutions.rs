//! Convolutions in a session: what rides along with them, layouts, and bad input.

use ndarray::{Array4, ArrayD, s};
use tf1 as tf;
use tf1::nn::{self, Conv2D, Convolution, Padding};
use tf1::train::Optimizer;

/// Numbers of either sign, no two alike.
fn numbers(shape: [usize; 4]) -> Array4<f32> {
    let mut state = 1u32;
    Array4::from_shape_simple_fn(shape, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    })
}

#[test]
fn bias_and_activation_ride_along() {
    for (strides, size, each) in [
        (1, 3, false),
        (2, 3, false),
        (1, 1, false),
        (1, 3, true),
        (2, 3, true),
    ] {
        let graph = tf::Graph::new();
        let x = graph.placeholder::<f32>("x", [2, 9, 8, 5]);
        // Of each channel by itself, or of all together.
        let (outputs, made) = if each { (1, 5) } else { (7, 7) };
        let filter = graph.placeholder::<f32>("filter", [size, size, 5, outputs]);
        let bias = graph.placeholder::<f32>("bias", [made]);
        let z = match each {
            true => nn::depthwise_conv2d(&x, &filter, strides, Padding::Same),
            false => nn::conv2d(&x, &filter, strides, Padding::Same),
        };
        let y = nn::relu(nn::bias_add(&z, &bias));
        let session = tf::Session::new(&graph).unwrap();
        let (fed, factors) = (numbers([2, 9, 8, 5]), numbers([size, size, 5, outputs]));
        let biases: Vec<f32> = (0..made).map(|i| i as f32 / 10.0 - 0.3).collect();
        let feeds = || [x.feed(&fed), filter.feed(&factors), bias.feed(&biases)];
        let plan = session.explain(&y, feeds()).unwrap();
        assert!(plan.contains("each part through BiasAdd + Relu"), "{plan}");
        let alone: ArrayD<f32> = session.run(&z, feeds()).unwrap();
        let together = session.run(&y, feeds()).unwrap();
        let expected =
            ArrayD::from_shape_fn(alone.raw_dim(), |at| (alone[&at] + biases[at[3]]).max(0.0));
        assert_eq!(together, expected);
        // The same bits where the picture lies otherwise.
        let wide = numbers([2, 9, 16, 5]);
        let narrow = wide.slice(s![.., .., ..8, ..]);
        let copy = narrow.to_owned();
        let feeds = [x.feed(narrow), filter.feed(&factors), bias.feed(&biases)];
        let of_view = session.run(&y, feeds).unwrap();
        let feeds = [x.feed(&copy), filter.feed(&factors), bias.feed(&biases)];
        assert_eq!(of_view, session.run(&y, feeds).unwrap());
    }
}

#[test]
fn constant_filters_are_packed_once_with_the_same_bits() {
    for (strides, channels, outputs) in [(1, 5, 7), (1, 70, 40), (2, 3, 20)] {
        let graph = tf::Graph::new();
        let shape = [3, 9, 11, channels];
        let x = graph.placeholder::<f32>("x", shape);
        let factors = numbers([3, 3, channels, outputs]);
        let constant = graph.constant(factors.clone());
        let filter = graph.placeholder::<f32>("filter", [3, 3, channels, outputs]);
        let with = |filter: &tf::Tensor| {
            let y = nn::conv2d(&x, filter, strides, Padding::Same);
            let [slope] = tf::gradients(tf::reduce_sum(tf::square(&y), ..), [&x]);
            (y, slope)
        };
        let ((y, slope), (y_fed, slope_fed)) = (with(&constant), with(&filter));
        let session = tf::Session::new(&graph).unwrap();
        for seed in 0..3 {
            let fed = numbers(shape).mapv(|x| x + seed as f32);
            let given = || [x.feed(&fed), filter.feed(&factors)];
            let of_constant = session.run((&y, &slope), [x.feed(&fed)]).unwrap();
            let of_fed = session.run((&y_fed, &slope_fed), given()).unwrap();
            assert!(bits(&of_constant.0) == bits(&of_fed.0), "{shape:?}");
            assert!(bits(&of_constant.1) == bits(&of_fed.1), "{shape:?}");
        }
    }
}

#[test]
fn gradients_of_pictures_that_nobody_reads_are_not_computed() {
    let graph = tf::Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?, 8, 8, 3]);
    let filter = graph.variable(numbers([3, 3, 3, 4]).into_dyn());
    let y = nn::conv2d(&x, &filter, 1, Padding::Same);
    let train = tf::train::GradientDescentOptimizer::new(0.1).minimize(tf::reduce_sum(&y, ..));
    let session = tf::Session::new(&graph).unwrap();
    session
        .run(graph.global_variables_initializer(), [])
        .unwrap();
    let fed = numbers([2, 8, 8, 3]);
    let plan = session.explain(&train, [x.feed(&fed)]).unwrap();
    assert!(plan.contains("Conv2DBackpropFilter"), "{plan}");
    assert!(!plan.contains("Conv2DBackpropInput"), "{plan}");
}

/// What pools, and a name.
type Pooling = (
    &'static str,
    fn(&tf::Tensor, i64, i64, Padding) -> tf::Tensor,
);

#[test]
fn what_follows_pooling_works_on_its_parts() {
    let poolings: [Pooling; 2] = [
        ("MaxPool", |x, size, stride, padding| {
            nn::max_pool(x, size, stride, padding)
        }),
        ("AvgPool", |x, size, stride, padding| {
            nn::avg_pool(x, size, stride, padding)
        }),
    ];
    for (name, pool) in poolings {
        for (shape, size, stride, padding) in [
            ([3, 28, 28, 32], 2, 2, Padding::Same),
            ([2, 33, 30, 8], 8, 8, Padding::Same),
            ([2, 19, 21, 5], 3, 2, Padding::Valid),
            ([2, 40, 37, 1], 3, 1, Padding::Same),
            ([1, 64, 64, 40], 2, 3, Padding::Valid),
        ] {
            let graph = tf::Graph::new();
            let x = graph.placeholder::<f32>("x", shape);
            let active = nn::relu(&x);
            let pooled = pool(&active, size, stride, padding);
            let y = tf::tanh(&pooled) * 3.0;
            let dx = tf::gradients(&y, &x);
            let fed = numbers(shape);
            let plain = tf::SessionOptions::new().without_rewrites().threads(1);
            let plain = tf::Session::with_options(&graph, plain).unwrap();
            let expected = plain.run((&y, &dx), [x.feed(&fed)]).unwrap();
            for threads in [1, 3] {
                let options = tf::SessionOptions::new().threads(threads);
                let session = tf::Session::with_options(&graph, options).unwrap();
                let plan = session.explain((&y, &dx), [x.feed(&fed)]).unwrap();
                let follows = |name: &str, what: &str| {
                    let mut lines = plan.lines();
                    lines.any(|line| line.contains(name) && line.contains(what))
                };
                let gradient = format!("{name}Grad");
                assert!(follows(&gradient, "each part through"), "{plan}");
                assert!(follows(&gradient, "ReluGrad"), "{plan}");
                let alone = session.explain(&y, [x.feed(&fed)]).unwrap();
                assert!(alone.contains("each part through Tanh + mul"), "{alone}");
                let found = session.run(&y, [x.feed(&fed)]).unwrap();
                assert_eq!(bits(&found), bits(&expected.0), "{name} {shape:?}");
                let found = session.run((&y, &dx), [x.feed(&fed)]).unwrap();
                assert_eq!(bits(&found.0), bits(&expected.0), "{name} {shape:?}");
                assert_eq!(bits(&found.1), bits(&expected.1), "{name} {shape:?}");
            }
            // What the pooling reads is not in order, so its kernel copies it.
            let turned = pool(
                &tf::transpose_with(&x, [0, 2, 1, 3]),
                size,
                stride,
                Padding::Same,
            );
            let turned = tf::tanh(&turned);
            let session = tf::Session::new(&graph).unwrap();
            let expected = plain.run(&turned, [x.feed(&fed)]).unwrap();
            let found = session.run(&turned, [x.feed(&fed)]).unwrap();
            assert_eq!(bits(&found), bits(&expected), "{name} {shape:?}");
        }
    }
}

/// Where no window lies in two of the pieces that pictures are cut into, the gradient of the
/// largest elements takes the place of the picture, else it must not. It is the same, bit for bit,
/// as that of a plan that keeps the picture.
#[test]
fn gradients_of_the_largest_lie_where_the_picture_was() {
    for (size, stride, shape, takes_place) in [
        (2, 2, [2, 240, 62, 8], true),
        (2, 3, [1, 301, 40, 5], true),
        (3, 2, [3, 20, 19, 8], true),
        (3, 3, [2, 65, 64, 3], true),
        (3, 2, [1, 300, 64, 8], false),
        (5, 1, [1, 400, 100, 4], false),
    ] {
        for with_relu in [true, false] {
            let graph = tf::Graph::new();
            let fed = graph.placeholder::<f32>("x", shape);
            let filter = graph.constant(numbers([1, 1, shape[3], shape[3]]));
            // Has a place of its own, since a convolution makes it.
            let picture = nn::conv2d(&fed, &filter, 1, Padding::Same);
            let picture = if with_relu {
                nn::relu(&picture)
            } else {
                picture
            };
            let pooled = nn::max_pool(&picture, size, stride, Padding::Same);
            let loss = tf::reduce_sum(tf::square(&pooled) * 0.5, ..);
            let dx = tf::gradients(&loss, &fed);
            let x = numbers(shape);
            let feeds = || [fed.feed(&x)];
            for threads in [1, 2] {
                let options = tf::SessionOptions::new().threads(threads);
                let session = tf::Session::with_options(&graph, options).unwrap();
                let plan = session.explain(&dx, feeds()).unwrap();
                let line = plan
                    .lines()
                    .find(|line| line.contains("MaxPoolGrad"))
                    .unwrap();
                let mut places = line.split("memory@").skip(1);
                let first = places.next().unwrap().split(' ').next();
                let last = places.last().unwrap().split(' ').next();
                assert_eq!(first == last, takes_place, "{size} {stride}: {line}");
                let found = session.run(&dx, feeds()).unwrap();
                // With the picture read once more in the end.
                let (_, kept) = session.run((&picture, &dx), feeds()).unwrap();
                assert_eq!(bits(&found), bits(&kept), "{size} {stride}");
                let plain = tf::SessionOptions::new().without_rewrites();
                let plain = tf::Session::with_options(&graph, plain).unwrap();
                assert_eq!(bits(&found), bits(&plain.run(&dx, feeds()).unwrap()));
            }
        }
    }
}

fn bits(x: &ArrayD<f32>) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn layouts_and_dilations_agree() {
    let graph = tf::Graph::new();
    let x = graph.constant(numbers([2, 9, 8, 3]));
    let filter = graph.constant(numbers([3, 2, 3, 4]));
    let first = |x: &tf::Tensor| tf::transpose_with(x, [0, 3, 1, 2]);
    let session_of = |y: &tf::Tensor| tf::Session::new(y.graph()).unwrap().run(y, []).unwrap();
    for padding in [Padding::Same, Padding::Valid] {
        let last = nn::conv2d(&x, &filter, [2, 1], padding.clone());
        let options = Conv2D::new().channels_first();
        let other = nn::conv2d_with(first(&x), &filter, [2, 1], padding.clone(), options);
        assert_eq!(session_of(&first(&last)), session_of(&other));
        let dilated = Conv2D::new().dilations([2, 3]);
        let dilated = nn::conv2d_with(&x, &filter, 1, padding.clone(), dilated);
        let by_batches = Convolution::new().dilation_rate([2, 3]);
        let by_batches = nn::convolution_with(&x, &filter, padding, by_batches);
        let (one, other) = (session_of(&dilated), session_of(&by_batches));
        assert_eq!(one.shape(), other.shape());
        let close = one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close, "{one} {other}");
    }
}

/// What a graph says that `build` adds to.
fn error_of(build: impl Fn(&tf::Tensor, &tf::Tensor) -> tf::Tensor) -> String {
    let graph = tf::Graph::new();
    let x = graph.zeros::<f32>([1, 4, 4, 2]);
    let filter = graph.zeros::<f32>([2, 2, 2, 3]);
    let y = build(&x, &filter);
    let run = tf::Session::new(&graph).and_then(|session| session.run(&y, []));
    run.expect_err("this must be refused").to_string()
}

#[test]
fn what_is_no_convolution_is_refused() {
    let conv2d = |strides: [i64; 4], padding: Padding, dilations: i64| {
        error_of(move |x, filter| {
            let options = Conv2D::new().dilations(dilations);
            nn::conv2d_with(x, filter, strides, padding.clone(), options)
        })
    };
    let error = conv2d([1, 0, 1, 1], Padding::Same, 1);
    assert!(error.contains("Stride must be > 0, but got 0"), "{error}");
    let error = conv2d([2, 1, 1, 1], Padding::Same, 1);
    assert!(
        error.contains("does not yet support strides in the batch"),
        "{error}"
    );
    let error = conv2d([1, 1, 1, 1], Padding::Same, -1);
    assert!(error.contains("Dilation rate must be >= 1"), "{error}");
    let error = conv2d([1, 1, 1, 1], Padding::Valid, i64::MAX);
    assert!(error.contains("too long"), "{error}");
    let error = conv2d([1, 1, 1, 1], Padding::Valid, 7);
    assert!(error.contains("Negative dimension size"), "{error}");
    let error = conv2d([1; 4], Padding::Explicit(vec![[0, 0]; 3]), 1);
    assert!(error.contains("must contain 8 values"), "{error}");
    let error = conv2d([1; 4], [[0, 0], [0, 0], [-1, 0], [0, 0]].into(), 1);
    assert!(error.contains("none of them negative"), "{error}");
    let vast = i64::MAX / 2;
    conv2d([1; 4], [[0, 0], [vast, vast], [vast, 0], [0, 0]].into(), 1);
    let error = error_of(|x, filter| nn::conv2d(x, filter, [1, 1, 1], "SAME"));
    assert!(
        error.contains("should be of length 1, 2 or 4 but was 3"),
        "{error}"
    );
    let error = error_of(|x, filter| nn::conv2d_with(x, filter, 1, "SAME", "NHCW"));
    assert!(error.contains("not in: \"NHWC\", \"NCHW\""), "{error}");
    let error = error_of(|x, filter| {
        nn::conv2d_backprop_input([1i64 << 20, 1 << 20, 1 << 20, 2], filter, x, 1, "SAME")
    });
    assert!(!error.is_empty());
    let error = error_of(|x, filter| nn::depthwise_conv2d(x, filter, 1, [[0, 0]; 4]));
    assert!(error.contains("knows no explicit padding"), "{error}");
}
