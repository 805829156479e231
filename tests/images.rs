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
