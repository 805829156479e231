//! Images: what the golden cases, which have TensorFlow's `cond`, do not reach, and input that
//! makes no sense.

use ndarray::{ArrayD, IxDyn};
use tf1 as tf;
use tf1::image::{self, CropAndResize, NonMaxSuppression, ResizeBilinear};
use tf1::{Graph, Session, Tensor, shape};

/// The message of a run, or of the graph.
fn error_of<T: tf::Element>(graph: &Graph, y: &Tensor<T>) -> String {
    let run = Session::new(graph).and_then(|session| session.run(y, []));
    run.expect_err("this makes no sense").message().to_string()
}

/// 0, 1, 2 ... in this shape, whose lengths only a run knows.
fn counted(graph: &Graph, shape: &[usize]) -> Tensor<f32> {
    let mut next = -1.0;
    let array = ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        next += 1.0;
        next
    });
    graph.placeholder_with_default(array, ..)
}

#[test]
fn images_are_turned() {
    let graph = Graph::new();
    let x = tf::reshape(counted(&graph, &[6]), [2, 3, 1]);
    let session = |y: Tensor<f32>| {
        let y = Session::new(&graph).unwrap().run(&y, []).unwrap();
        (y.shape().to_vec(), y.into_raw_vec_and_offset().0)
    };
    let turned = |k: i32| session(image::rot90_with(&x, k));
    assert_eq!(
        turned(1),
        (vec![3, 2, 1], vec![2.0, 5.0, 1.0, 4.0, 0.0, 3.0])
    );
    assert_eq!(
        turned(2),
        (vec![2, 3, 1], vec![5.0, 4.0, 3.0, 2.0, 1.0, 0.0])
    );
    assert_eq!(
        turned(-1),
        (vec![3, 2, 1], vec![3.0, 0.0, 4.0, 1.0, 5.0, 2.0])
    );
    assert_eq!(turned(4).1, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let flipped = session(image::flip_left_right(&x)).1;
    assert_eq!(flipped, [2.0, 1.0, 0.0, 5.0, 4.0, 3.0]);
    let flipped = session(image::flip_up_down(&x)).1;
    assert_eq!(flipped, [3.0, 4.0, 5.0, 0.0, 1.0, 2.0]);
}

#[test]
fn sizes_are_checked() {
    let graph = Graph::new();
    let size = |size: &[i32]| graph.placeholder_with_default(ndarray::arr1(size), ..);
    let x = counted(&graph, &[1, 2, 3, 1]);
    let huge = i32::MAX;
    for (given, words) in [
        (&[0, 2][..], "output dimensions must be positive"),
        (&[2, -1], "output dimensions must be positive"),
        (&[2, 2, 2], "Dimension must be 2 but is 3"),
        (&[huge, huge], "too large"),
    ] {
        for y in [
            image::resize_bilinear(&x, size(given)),
            image::resize_bicubic(&x, size(given)),
            image::resize_area(&x, size(given)),
            image::resize_nearest_neighbor(&x, size(given)),
        ] {
            let error = error_of(&graph, &y);
            assert!(error.contains(words), "{given:?}: {error}");
        }
        let known = Graph::new();
        let x = known.zeros::<f32>([1, 2, 3, 1]);
        let y = image::resize_bilinear(&x, given);
        assert!(error_of(&known, &y).contains(words) || given == [huge, huge]);
        assert!(
            Session::new(&known)
                .and_then(|session| session.run(&y, []))
                .is_err()
        );
    }
    for shape in [&[1, 0, 3, 1][..], &[1, 2, 3, 0], &[2, 3, 1]] {
        let y = image::resize_bilinear(counted(&graph, shape), size(&[2, 2]));
        error_of(&graph, &y);
    }
    let both = ResizeBilinear::new().align_corners().half_pixel_centers();
    let other = Graph::new();
    let y = image::resize_bilinear_with(counted(&other, &[1, 2, 3, 1]), [2, 2], both);
    assert!(error_of(&other, &y).contains("align_corners must be False"));
    // A batch of no images has no pixels to make.
    let none = image::resize_bicubic(counted(&graph, &[0, 2, 3, 1]), size(&[4, 4]));
    let made = Session::new(&graph).unwrap().run(&none, []).unwrap();
    assert_eq!(made.shape(), [0, 4, 4, 1]);
}

#[test]
fn boxes_are_checked() {
    let graph = Graph::new();
    let x = counted(&graph, &[1, 4, 4, 1]);
    let areas = |areas: &[[f32; 4]]| graph.placeholder_with_default(ndarray::arr2(areas), ..);
    let crop = |areas: &Tensor<f32>, of: &[i32], size: &[i32]| {
        let of = graph.placeholder_with_default(ndarray::arr1(of), ..);
        image::crop_and_resize(&x, areas, of, size)
    };
    let whole = areas(&[[0.0, 0.0, 1.0, 1.0]]);
    let error = error_of(&graph, &crop(&whole, &[1], &[2, 2]));
    assert_eq!(error, "box_index has values outside [0, batch_size)");
    let error = error_of(&graph, &crop(&whole, &[0, 0], &[2, 2]));
    assert!(error.contains("Dimensions must be equal"), "{error}");
    let error = error_of(&graph, &crop(&whole, &[0], &[0, 2]));
    assert_eq!(error, "crop dimensions must be positive");
    let error = error_of(&graph, &crop(&whole, &[0], &[i32::MAX, i32::MAX]));
    assert!(error.contains("too large"), "{error}");
    // What lies nowhere is outside.
    let nowhere = areas(&[[f32::NAN, 0.0, f32::INFINITY, 1.0]]);
    let options = CropAndResize::new().extrapolation_value(7.0);
    let y = image::crop_and_resize_with(&x, &nowhere, [0], [2, 2], options);
    let made = Session::new(&graph).unwrap().run(&y, []).unwrap();
    assert!(made.iter().all(|&x| x == 7.0));
    let scores = graph.placeholder_with_default(ndarray::arr1(&[0.5f32]), ..);
    let suppressed = |threshold: f32, most: i32| {
        let options = NonMaxSuppression::new().iou_threshold(threshold);
        image::non_max_suppression_with(&whole, &scores, most, options)
    };
    let error = error_of(&graph, &suppressed(1.5, 3));
    assert_eq!(error, "iou_threshold must be in [0, 1]");
    // As many as there are, however many are asked for; also of boxes without area, which overlap
    // nothing.
    let flat = areas(&[[0.0, 0.0, 0.0, 1.0]]);
    let many = image::non_max_suppression(&flat, &scores, i32::MAX);
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run(many.array1(), []).unwrap(), ndarray::arr1(&[0]));
    assert_eq!(
        session.run(suppressed(0.5, -1).array1(), []).unwrap(),
        ndarray::arr1(&[0])
    );
}

#[test]
fn crops_outside_are_refused() {
    let message = |build: fn(&Tensor<f32>) -> Tensor<f32>, shape: tf::Shape| {
        let graph = Graph::new();
        let x = graph.placeholder_with_default(ArrayD::zeros(IxDyn(&[4, 5, 1])), shape);
        error_of(&graph, &build(&x))
    };
    let crop = |x: &Tensor<f32>| image::crop_to_bounding_box(x, 2, 0, 3, 2);
    assert_eq!(
        message(crop, shape![4, 5, 1]),
        "height must be >= target + offset."
    );
    message(crop, shape![?, ?, 1]);
    message(crop, tf::Shape::unknown());
    let pad = |x: &Tensor<f32>| image::pad_to_bounding_box(x, 1, 1, 4, 9);
    assert_eq!(
        message(pad, shape![4, 5, 1]),
        "height must be <= target - offset"
    );
    message(pad, shape![?, ?, 1]);
    let middle = |x: &Tensor<f32>| image::central_crop(x, 0.0);
    assert_eq!(
        message(middle, shape![4, 5, 1]),
        "central_fraction must be within (0, 1]"
    );
    let flip = |x: &Tensor<f32>| image::flip_up_down(tf::reshape(x, [20]));
    let words = "'image' must be at least three-dimensional.";
    assert_eq!(message(flip, shape![4, 5, 1]), words);
}

/// The values of TensorFlow 1.15 for these images.
#[test]
fn similarity_of_images() {
    let graph = Graph::new();
    let x = counted(&graph, &[1, 12, 13, 1]) / 156.0;
    let similarity = |a: &Tensor<f32>, b: &Tensor<f32>| {
        let y = image::ssim(a, b, 1.0);
        Session::new(&graph).unwrap().run(y.array1(), []).unwrap()[0]
    };
    assert!((similarity(&x, &x) - 1.0).abs() < 1e-6);
    assert!((similarity(&x, &(&x * &x)) - 0.809_151_6).abs() < 1e-5);
}

/// A picture without a pattern, [height, width, channels] after the number of pictures.
fn picture(shape: [usize; 4], seed: usize) -> ArrayD<f32> {
    let mut i = 0;
    ArrayD::from_shape_simple_fn(IxDyn(&shape), || {
        let value = (i * 7 + seed * 13 + i / 5 * (seed + 1)) % 97;
        i += 1;
        value as f32 / 96.0
    })
}

/// The values of TensorFlow 1.15 for these images, whose lengths are odd, even, and odd again.
#[test]
fn similarity_of_images_at_several_sizes() {
    use tf1::image::SsimMultiscale;

    let (x, y) = (picture([2, 37, 30, 2], 1), picture([2, 37, 30, 2], 2));
    let x = (&x + &y * 0.3) / 1.3;
    let options = SsimMultiscale::new()
        .power_factors([0.3, 0.5, 0.2])
        .filter_size(5)
        .filter_sigma(1.0);
    for shape in [shape![?, 37, 30, 2], tf::Shape::from(..)] {
        let graph = Graph::new();
        let a = graph.placeholder::<f32>("a", shape.clone());
        let b = graph.placeholder::<f32>("b", shape);
        let similarity = image::ssim_multiscale_with(&a, &b, 1.0, options.clone());
        let gradient = tf::gradients(&similarity, &a);
        let session = Session::new(&graph).unwrap();
        let feeds = [a.feed(&x), b.feed(&y)];
        let (found, gradient) = session.run((&similarity, &gradient), feeds).unwrap();
        for (found, known) in found.iter().zip([0.309_307_7, 0.350_086_33]) {
            assert!((found - known).abs() < 1e-5, "{found}");
        }
        let sum = gradient.mapv(f32::abs).sum();
        assert!((sum - 12.075_215).abs() < 1e-3, "{sum}");
        assert!((gradient[[0, 3, 4, 1]] + 0.002_739_135_2).abs() < 1e-6);
        assert!((gradient[[1, 36, 29, 0]] - 0.000_569_434_4).abs() < 1e-6);
        let defaults = image::ssim_multiscale(&a, &b, 1.0);
        let feeds = [a.feed(&x), b.feed(&y)];
        let small = session.run(&defaults, feeds);
        assert!(small.is_err(), "smaller than a window at the last size");
    }

    let graph = Graph::new();
    let bytes = |x: &ArrayD<f32>| graph.constant(x.mapv(|x| (x * 255.0) as u8));
    let options = SsimMultiscale::new().power_factors([0.5, 0.5]);
    let options = options.filter_size(4).k1(0.02).k2(0.05);
    let similarity = image::ssim_multiscale_with(bytes(&x), bytes(&y), 255, options);
    let (a, b) = (picture([1, 163, 161, 1], 1), picture([1, 163, 161, 1], 3));
    let b = (&a * 3.0 + b) / 4.0;
    let usual = image::ssim_multiscale(graph.constant(a), graph.constant(b), 1.0);
    let session = Session::new(&graph).unwrap();
    let (found, usual) = session.run((&similarity, &usual), []).unwrap();
    for (found, known) in found.iter().zip([0.307_889_07, 0.347_476_7]) {
        assert!((found - known).abs() < 1e-5, "{found}");
    }
    assert!((usual[[0]] - 0.739_286_84).abs() < 1e-5, "{usual}");
}

#[test]
fn similarity_at_no_sizes() {
    use tf1::image::SsimMultiscale;

    let graph = Graph::new();
    let x = counted(&graph, &[1, 12, 13, 1]);
    let none = SsimMultiscale::new().power_factors([]);
    let y = image::ssim_multiscale_with(&x, &x, 1.0, none);
    assert_eq!(
        error_of(&graph, &y),
        "there must be 1 to 64 power_factors, not 0"
    );
}

#[test]
fn files_that_begin_as_jpeg_files_do() {
    let graph = Graph::new();
    let files: [&[u8]; 4] = [&[0xff, 0xd8, 0xff], &[0xff, 0xd8], &[], b"\x89PNG"];
    let files = files.map(tf::Bytes::from);
    let found = image::is_jpeg(graph.constant(files));
    let names: Vec<String> = graph.operations().iter().map(|op| op.name()).collect();
    let expected = [
        "Const",
        "is_jpeg/Substr/pos",
        "is_jpeg/Substr/len",
        "is_jpeg/Substr",
        "is_jpeg/Equal/y",
        "is_jpeg/Equal",
    ];
    assert_eq!(names, expected);
    let found = Session::new(&graph).unwrap().run(&found, []).unwrap();
    assert_eq!(
        found.into_raw_vec_and_offset().0,
        [true, false, false, false]
    );
}
