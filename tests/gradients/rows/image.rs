//! Images resized, cut out and seen through transforms.

use tf1 as tf;
use tf1::Tensor;
use tf1::image::{self, CropAndResize, Resize, ResizeBilinear, ResizeMethod, Transform};

use super::{Row, between, first_only, mixed, others, ranked, row, single};

pub fn rows() -> Vec<Row> {
    [resized(), filtered(), cropped(), colours(), transformed()]
        .into_iter()
        .flatten()
        .collect()
}

/// A row of a function of images of f32, [1, 3, 4, 2], without second derivatives, as the gradients
/// are ops without gradients in TensorFlow.
fn of_images(
    name: impl Into<String>,
    ops: &'static [&'static str],
    f: impl Fn(&Tensor<f32>) -> Tensor<f32> + Send + Sync + 'static,
) -> Row {
    const SHAPE: [usize; 4] = [1, 3, 4, 2];
    single(first_only(row(name, ops, vec![mixed(&SHAPE)], move |x| {
        let images = ranked(&x[0], &SHAPE).cast::<f32>();
        tf::square(f(&images)).cast::<f64>()
    })))
}

fn resized() -> Vec<Row> {
    type Resizer = fn(&Tensor<f32>, [i32; 2], ResizeBilinear) -> Tensor<f32>;
    let resizers: [(&str, &'static [&'static str], Resizer); 3] = [
        (
            "resize_bilinear",
            &["ResizeBilinear", "ResizeBilinearGrad"],
            |x, size, options| image::resize_bilinear_with(x, size, options),
        ),
        (
            "resize_nearest_neighbor",
            &["ResizeNearestNeighbor", "ResizeNearestNeighborGrad"],
            |x, size, options| image::resize_nearest_neighbor_with(x, size, options),
        ),
        (
            "resize_bicubic",
            &["ResizeBicubic", "ResizeBicubicGrad"],
            |x, size, options| image::resize_bicubic_with(x, size, options),
        ),
    ];
    let all_options = [
        ("", ResizeBilinear::new()),
        ("align_corners", ResizeBilinear::new().align_corners()),
        (
            "half_pixel_centers",
            ResizeBilinear::new().half_pixel_centers(),
        ),
    ];
    let mut rows = Vec::new();
    for (name, ops, resizer) in resizers {
        for (words, options) in &all_options {
            for size in [[5, 6], [2, 3], [3, 4], [1, 1]] {
                let (name, options) = (format!("{name} {words} to {size:?}"), *options);
                rows.push(of_images(name, ops, move |x| resizer(x, size, options)));
            }
        }
    }
    rows
}

fn filtered() -> Vec<Row> {
    let ops = &["ScaleAndTranslate", "ScaleAndTranslateGrad"];
    let methods = [
        ResizeMethod::Bilinear,
        ResizeMethod::Bicubic,
        ResizeMethod::Lanczos3,
        ResizeMethod::Lanczos5,
        ResizeMethod::Gaussian,
        ResizeMethod::MitchellCubic,
    ];
    let mut rows = Vec::new();
    for method in methods {
        for size in [[2, 3], [5, 6]] {
            let options = Resize::new().method(method).antialias();
            rows.push(of_images(
                format!("{method:?} to {size:?}"),
                ops,
                move |x| image::resize_with(x, size, options),
            ));
        }
    }
    rows.push(of_images("Lanczos3 without antialias", ops, |x| {
        image::resize_with(x, [2, 3], ResizeMethod::Lanczos3)
    }));
    rows
}

fn cropped() -> Vec<Row> {
    let ops: &'static [&'static str] = &[
        "CropAndResize",
        "CropAndResizeGradImage",
        "CropAndResizeGradBoxes",
    ];
    let crops = |size: [i32; 2], options: CropAndResize| {
        // Within the second and within the first image, turned over, and partly outside; no pixel
        // of a crop near one of the image.
        let boxes = [
            [0.13, 0.11, 0.87, 0.85],
            [0.9, 0.05, 0.15, 0.6],
            [-0.21, 0.3, 0.78, 1.28],
        ];
        let inputs = vec![mixed(&[2, 4, 5, 2]), ndarray::arr2(&boxes).into_dyn()];
        single(first_only(row(
            format!("crop_and_resize {size:?}"),
            ops,
            inputs,
            move |x| {
                let images = ranked(&x[0], &[2, 4, 5, 2]).cast::<f32>();
                let boxes = ranked(&x[1], &[3, 4]).cast::<f32>();
                let crops =
                    image::crop_and_resize_with(images, boxes, [1, 0, 1], size, options.clone());
                tf::square(crops).cast::<f64>()
            },
        )))
    };
    let nearest = vec![mixed(&[2, 4, 5, 2])];
    vec![
        crops([2, 3], CropAndResize::new()),
        crops([1, 1], CropAndResize::new()),
        crops([3, 1], CropAndResize::new().extrapolation_value(0.5)),
        // Nearest pixels do not depend on boxes smoothly, whatever TensorFlow's gradient says.
        single(first_only(row(
            "crop_and_resize nearest",
            &ops[..2],
            nearest,
            |x| {
                let images = ranked(&x[0], &[2, 4, 5, 2]).cast::<f32>();
                let boxes = [[0.13f32, 0.11, 0.87, 0.77], [-0.21, 0.3, 0.66, 1.28]];
                let crops = image::crop_and_resize_with(images, boxes, [1, 0], [3, 4], "nearest");
                tf::square(crops).cast::<f64>()
            },
        ))),
    ]
}

fn colours() -> Vec<Row> {
    let rgb = || between(0.1, 0.9, &[7, 3]);
    let mut rows = vec![
        row("rgb_to_hsv", &["RGBToHSV"], vec![rgb()], |x| {
            tf::square(image::rgb_to_hsv(ranked(&x[0], &[7, 3])))
        }),
        row("rgb_to_yiq", &["MatMul"], vec![rgb()], |x| {
            tf::square(image::rgb_to_yiq(ranked(&x[0], &[7, 3])))
        }),
        row(
            "total_variation",
            &["Abs"],
            vec![mixed(&[2, 3, 4, 1])],
            |x| tf::square(image::total_variation(ranked(&x[0], &[2, 3, 4, 1]))),
        ),
    ];
    let pair = vec![mixed(&[2, 3, 3, 1]), others(&[2, 3, 3, 1])];
    rows.push(single(row("psnr", &["SquaredDifference"], pair, |x| {
        let [a, b] = [0, 1].map(|i| ranked(&x[i], &[2, 3, 3, 1]).cast::<f32>());
        image::psnr(a, b, 1.0).cast::<f64>() / 10.0
    })));
    rows
}

/// Images moved by whole pixels: of other transforms, TensorFlow's gradient is not the derivative.
fn transformed() -> Vec<Row> {
    let ops = &["ImageProjectiveTransformV2"];
    ["NEAREST", "BILINEAR"]
        .map(|interpolation| {
            of_images(format!("translate {interpolation}"), ops, move |x| {
                image::translate_with(
                    x,
                    [1.0, -2.0],
                    Transform::new().interpolation(interpolation),
                )
            })
        })
        .into()
}
