//! Graphs of the ops that the tests of gradients lack, and of more types.

use ndarray::{Array, ArrayD, Dimension, IxDyn, arr0, arr1, arr2};
use tf1 as tf;

use super::rows::older::picked;
use tf1::train::training_ops::*;
use tf1::{Bytes, Element, Float, Graph, Integer, Numeric, Plain, Tensor, Variable};

/// A graph to try the ops of.
pub struct Program {
    pub name: String,
    build: Box<dyn Fn(&Graph) + Send + Sync>,
}

impl Program {
    pub fn new(name: impl Into<String>, build: impl Fn(&Graph) + Send + Sync + 'static) -> Self {
        Program {
            name: name.into(),
            build: Box::new(build),
        }
    }

    /// Adds the ops to a graph.
    pub fn build(&self, graph: &Graph) {
        graph.set_random_seed(1);
        (self.build)(graph);
    }
}

pub fn all() -> Vec<Program> {
    let mut all = of_numbers::<f32>("f32");
    all.extend(of_numbers::<f64>("f64"));
    all.extend(of_numbers::<i32>("i32"));
    all.extend(of_numbers::<i64>("i64"));
    all.extend(of_floats::<f32>("f32"));
    all.extend(of_floats::<f64>("f64"));
    all.extend(of_integers::<i32>("i32"));
    all.extend(of_integers::<i64>("i64"));
    all.extend(of_elements::<f32>("f32", |i| i as f32 - 2.5));
    all.extend(of_elements::<i64>("i64", |i| i as i64 - 2));
    all.extend(of_elements::<u8>("u8", |i| i as u8));
    all.extend(of_elements::<bool>("bool", |i| i % 3 == 0));
    all.push(moves::<Bytes>("texts", |i| "x".repeat(i).into()));
    all.push(Program::new("parts of texts", parts_of_texts));
    all.extend(updates::<f32>("f32"));
    all.extend(updates::<f64>("f64"));
    all.push(Program::new("truth values", truth_values));
    all.push(Program::new("single precision", single_precision));
    all.push(Program::new("averages", averages));
    all.push(Program::new("pooling", pooling));
    all.push(Program::new("images of f32", images::<f32>));
    all.push(Program::new("images of f64", images::<f64>));
    all.push(Program::new("images of i32", images::<i32>));
    all.push(Program::new("images of u8", images::<u8>));
    all.push(Program::new("pictures", pictures));
    all.push(Program::new("boxes", boxes));
    all.push(Program::new("files of pictures", files_of_pictures));
    all
}

/// Pictures made files, and read from files.
fn files_of_pictures(graph: &Graph) {
    let picture = |channels: usize| {
        let size = IxDyn(&[3, 2, channels]);
        let bytes = (0..).map(|byte| byte * 13);
        let bytes = Array::from_iter(bytes.take(6 * channels).map(|byte| byte as u8));
        given(graph, bytes.into_shape_with_order(size).expect("as many"))
    };
    let files = [
        tf::image::encode_png(picture(4)),
        tf::image::encode_jpeg(picture(3)),
        tf::image::encode_jpeg_variable_quality(picture(1), given(graph, arr0(70))),
    ];
    for file in &files {
        tf::image::decode_png(file);
        tf::image::decode_jpeg(file);
        tf::image::decode_and_crop_jpeg(file, given(graph, arr1(&[1, 0, 2, 1])));
        tf::image::extract_jpeg_shape(file);
    }
    let bmp: Vec<u8> = [
        &b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0"[..],
        &[7; 28],
    ]
    .concat();
    tf::image::decode_bmp(given(graph, arr0(Bytes::from(bmp))));
    let gif = b"GIF89a\x03\0\x02\0\x91\0\0\0\0\0\xff\0\0\0\xff\0\0\0\xff,\0\0\0\0\x03\0\x02\0\0\x02\x04\x84\x18\x31\x2b\0;";
    tf::image::decode_gif(given(graph, arr0(Bytes::from(&gif[..]))));
}

fn parts_of_texts(graph: &Graph) {
    let texts = array(|i| Bytes::from("0123456789".repeat(1 + i % 3)), &[3, 4]);
    for shape in [&[3, 4][..], &[3, 1], &[4], &[]] {
        let [pos, len] = [|i| (i % 4) as i64, |i| (i % 3) as i64].map(|f| array(f, shape));
        let texts = given(graph, texts.clone());
        tf::strings::substr(texts, given(graph, pos), given(graph, len));
    }
}

/// A tensor of any shape, which is this array unless it is fed.
fn given<T: Element, D: Dimension>(graph: &Graph, array: Array<T, D>) -> Tensor<T> {
    graph.placeholder_with_default(array.into_dyn(), ..)
}

/// Numbers from -1 on, no two alike.
fn numbers<T: Numeric>(shape: &[usize], scale: f64) -> ArrayD<T> {
    let mut next = -1.0;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        next += 1.0;
        T::from_f64((next * scale) % 11.3 - 1.0)
    })
}

/// What belongs to second derivatives of pooling, and shapes that broadcast.
fn pooling(graph: &Graph) {
    let x = given(graph, numbers::<f64>(&[1, 3, 4, 2], 0.37));
    picked(&x, &given(graph, numbers(&[1, 3, 4, 2], 1.3)));
    let dy = given(graph, numbers::<f64>(&[1, 3, 2, 2], 1.1));
    let slopes = |y: Tensor<f64>| tf::gradients(y * &dy, &x);
    let largest = slopes(tf::nn::max_pool(&x, 2, [1, 2], "SAME"));
    let means = slopes(tf::nn::avg_pool(&x, 2, [1, 2], "SAME"));
    for slope in [largest, means] {
        tf::gradients(&slope, &dy);
    }
    tf::broadcast_dynamic_shape(given(graph, arr1(&[2, 1, 3])), given(graph, arr1(&[4, 1])));
}

fn of_numbers<T: Numeric>(name: &str) -> Vec<Program> {
    let program = |what: &str, build: fn(&Graph)| Program::new(format!("{what} of {name}"), build);
    vec![
        program("arithmetic", |graph| {
            let (x, y) = (
                given(graph, numbers::<T>(&[3, 4], 1.7)),
                given(graph, numbers::<T>(&[4], 2.3)),
            );
            let y = y * T::from_f64(2.0) + T::from_f64(3.0);
            let _ = (
                &x + &y,
                &x - &y,
                &x * &y,
                -&x,
                tf::abs(&x),
                tf::square(&x),
                tf::sign(&x),
            );
            tf::maximum(&x, &y);
            tf::minimum(&x, &y);
            tf::squared_difference(&x, &y);
            tf::floordiv(&x, &y);
            tf::truncatediv(&x, &y);
            tf::add_n(&[x.clone(), x.clone(), x.clone()]);
            tf::accumulate_n(&[x.clone(), x.clone()]);
            tf::select(tf::greater(&x, &y), &x, &x);
            let _ = (
                tf::equal(&x, &y),
                tf::not_equal(&x, &y),
                tf::less(&x, &y),
                tf::less_equal(&x, &y),
                tf::greater_equal(&x, &y),
            );
            tf::clip_by_value(&x, T::ZERO, T::ONE);
            tf::round(&x);
        }),
        program("reductions", |graph| {
            let x = given(graph, numbers::<T>(&[3, 4, 5], 1.7));
            for axes in [vec![0], vec![1], vec![2], vec![0, 2], vec![0, 1, 2]] {
                tf::reduce_sum(&x, axes.clone());
                tf::reduce_mean(&x, axes.clone());
                tf::reduce_max(&x, axes.clone());
                tf::reduce_min(&x, axes.clone());
                tf::reduce_prod(&x, axes);
            }
            for axis in 0..3 {
                tf::argmax(&x, axis);
                tf::argmin(&x, axis);
                tf::cumsum_with(&x, tf::Cumsum::new().axis(axis));
                tf::cumprod_with(&x, tf::Cumprod::new().axis(axis).reverse().exclusive());
            }
        }),
        program("long reductions", |graph| {
            let x = given(graph, numbers::<T>(&[20, 70], 1.7));
            for axes in [vec![0], vec![1], vec![0, 1]] {
                tf::reduce_sum(&x, axes.clone());
                tf::reduce_max(&x, axes);
            }
            tf::cumsum(&x);
        }),
        program("segments", |graph| {
            let x = given(graph, numbers::<T>(&[4, 3], 1.7));
            let ids = given(graph, arr1(&[0, 0, 2, 2]));
            tf::segment_sum(&x, &ids);
            tf::segment_mean(&x, &ids);
            tf::segment_max(&x, &ids);
            tf::segment_min(&x, &ids);
            tf::segment_prod(&x, &ids);
            tf::unsorted_segment_sum(&x, &ids, 4);
            tf::unsorted_segment_max(&x, &ids, 4);
            tf::unsorted_segment_min(&x, &ids, 4);
            tf::unsorted_segment_prod(&x, &ids, 4);
        }),
        program("sets", |graph| {
            let x = given(graph, numbers::<T>(&[6], 4.0));
            tf::unique(&x);
            tf::unique_with_counts(&x);
            tf::setdiff1d(&x, given(graph, numbers::<T>(&[3], 4.0)));
            tf::nn::top_k(given(graph, numbers::<T>(&[3, 6], 1.7)), 2);
            tf::where_(&x);
            tf::range(
                given(graph, arr0(T::ZERO)),
                given(graph, arr0(T::from_f64(5.0))),
                given(graph, arr0(T::ONE)),
            );
            tf::cross(
                given(graph, numbers::<T>(&[2, 3], 1.7)),
                given(graph, numbers::<T>(&[2, 3], 2.3)),
            );
            let x = given(graph, numbers::<T>(&[2, 4, 3, 2], 1.7));
            for paddings in [[[0, 0], [0, 0]], [[1, 1], [0, 3]]] {
                tf::space_to_batch_nd(&x, [2, 3], given(graph, arr2(&paddings)));
            }
            tf::batch_to_space_nd(&x, [1, 2], given(graph, arr2(&[[1, 0], [0, 2]])));
            for layout in ["NHWC", "NCHW"] {
                tf::nn::max_pool_with(&x, [3, 2], 1, "SAME", layout);
            }
            tf::nn::max_pool_with_argmax(&x, 2, [1, 2], "VALID");
            tf::nn::max_pool(&x, [1, 1, 1, 2], [1, 1, 1, 2], "VALID");
            let filter = given(graph, numbers::<T>(&[2, 2, 2], 1.1));
            tf::nn::dilation2d(&x, &filter, [1, 1, 2, 1], [1, 2, 1, 1], "SAME");
            tf::extract_image_patches(&x, [1, 2, 2, 1], [1; 4], [1, 1, 2, 1], "SAME");
            let volumes = given(graph, numbers::<T>(&[1, 3, 2, 2, 2], 1.3));
            tf::extract_volume_patches(&volumes, [1, 2, 1, 2, 1], [1, 1, 2, 1, 1], "SAME");
            tf::contrib::nn::nth_element(&x, 1);
            tf::parallel_stack([
                graph.placeholder_with_default(numbers::<T>(&[3], 1.3), [3]),
                graph.placeholder_with_default(numbers::<T>(&[3], 1.7), [3]),
            ]);
            tf::nn::bias_add(
                given(graph, numbers::<T>(&[2, 3], 1.7)),
                given(graph, numbers::<T>(&[3], 1.3)),
            );
        }),
        program("updates by others", |graph| {
            let value = given(graph, numbers::<T>(&[4, 3], 1.7));
            let rows = given(graph, arr1(&[2, 0]));
            let updates = given(graph, numbers::<T>(&[2, 3], 1.3));
            let variable = || graph.variable(numbers::<T>(&[4, 3], 1.1));
            tf::assign(variable(), &value);
            tf::assign_add(variable(), &value);
            tf::assign_sub(variable(), &value);
            tf::scatter_add(variable(), &rows, &updates);
            tf::scatter_sub(variable(), &rows, &updates);
            tf::scatter_update(variable(), &rows, &updates);
            tf::scatter_mul(variable(), &rows, &updates);
            let rows = given(graph, arr2(&[[2], [0]]));
            tf::scatter_nd_update(variable(), &rows, &updates);
            tf::scatter_nd_add(variable(), &rows, &updates);
            tf::scatter_nd_sub(variable(), &rows, &updates);
        }),
    ]
}

fn of_integers<I: Integer>(name: &str) -> Vec<Program> {
    let program = |what: &str, build: fn(&Graph)| Program::new(format!("{what} of {name}"), build);
    vec![
        program("remainders", |graph| {
            let (x, y) = (
                given(graph, numbers::<I>(&[3, 4], 1.7)),
                given(graph, numbers::<I>(&[4], 2.3)),
            );
            let y = y * I::from_f64(2.0) + I::from_f64(3.0);
            tf::floormod(&x, &y);
            tf::truncatemod(&x, &y);
            tf::pow(&x, tf::abs(&y));
        }),
        program("indices", |graph| {
            tf::invert_permutation(given(graph, arr1(&[2, 0, 1].map(I::from_i64))));
            let rows = given(
                graph,
                arr2(&[[2, 0], [1, 1]].map(|row| row.map(I::from_i64))),
            );
            let x = given(graph, numbers::<f32>(&[3, 2, 2], 1.7));
            for axis in 0..3 {
                let rows = if axis == 0 {
                    rows.clone()
                } else {
                    tf::minimum(&rows, I::ONE)
                };
                tf::gather_with(&x, &rows, tf::Gather::new().axis(axis));
            }
            tf::gather_nd(&x, tf::minimum(&rows, I::ONE));
            let each = tf::minimum(&rows, I::ONE);
            tf::gather_with(x.index(..2), each, tf::Gather::new().batch_dims(1));
            tf::scatter_nd(
                &rows,
                given(graph, numbers::<f32>(&[2, 2], 1.7)),
                given(graph, arr1(&[3, 2, 2].map(I::from_i64))),
            );
            tf::one_hot(&rows, 3);
            tf::sequence_mask(&rows);
            tf::confusion_matrix(
                given(graph, arr1(&[2, 0, 1].map(I::from_i64))),
                given(graph, arr1(&[2, 1, 1].map(I::from_i64))),
            );
            let logits = given(graph, numbers::<f32>(&[2, 3], 1.7));
            let labels = given(graph, arr1(&[2, 0].map(I::from_i64)));
            tf::nn::sparse_softmax_cross_entropy_with_logits(&labels, &logits);
            tf::nn::in_top_k(&logits, &labels, 1);
            tf::fill(
                given(graph, arr1(&[2, 3].map(I::from_i64))),
                given(graph, arr0(1.5f32)),
            );
        }),
    ]
}

type Function<T> = fn(&Tensor<T>) -> Tensor<T>;

fn of_floats<T: Float + tf::MatMulElement>(name: &str) -> Vec<Program> {
    let program = |what: &str, build: fn(&Graph)| Program::new(format!("{what} of {name}"), build);
    vec![
        program("functions", |graph| {
            let x = given(graph, numbers::<T>(&[3, 5], 0.37));
            let functions: [Function<T>; 14] = [
                |x| tf::exp(x),
                |x| tf::tanh(x),
                |x| tf::sigmoid(x),
                |x| tf::sqrt(x),
                |x| tf::rsqrt(x),
                |x| tf::log(x),
                |x| tf::sin(x),
                |x| tf::floor(x),
                |x| tf::ceil(x),
                |x| tf::rint(x),
                |x| tf::nn::relu(x),
                |x| tf::nn::softplus(x),
                |x| tf::nn::elu(x),
                |x| tf::erf(x),
            ];
            functions.iter().for_each(|function| drop(function(&x)));
            let y = given(graph, numbers::<T>(&[5], 0.7));
            let _ = (
                &x / &y,
                tf::div_no_nan(&x, &y),
                tf::atan2(&x, &y),
                tf::truncatemod(&x, &y),
                tf::floormod(&x, &y),
            );
            let _ = (tf::is_nan(&x), tf::is_inf(&x), tf::is_finite(&x));
            tf::cast(&x, tf::int32);
            tf::cast(&x, tf::bool);
            graph.linspace(
                given(graph, arr0(T::ZERO)),
                given(graph, arr0(T::ONE)),
                given(graph, arr0(4)),
            );
        }),
        program("rows", |graph| {
            for shape in [&[5][..], &[3, 5], &[2, 3, 5], &[2, 200]] {
                let x = given(graph, numbers::<T>(shape, 0.37));
                tf::nn::softmax(&x);
                tf::nn::log_softmax(&x);
                tf::nn::l2_loss(&x);
            }
            let (labels, logits) = (
                given(graph, numbers::<T>(&[3, 5], 0.7)),
                given(graph, numbers::<T>(&[3, 5], 0.37)),
            );
            tf::nn::softmax_cross_entropy_with_logits(
                tf::nn::Labels(labels),
                tf::nn::Logits(logits),
            );
        }),
        program("products", |graph| {
            for [rows, inner, columns] in [
                [3, 4, 5],
                [1, 40, 7],
                [40, 1, 3],
                [1, 33, 1],
                [17, 65, 1],
                [33, 70, 35],
            ] {
                let a = given(graph, numbers::<T>(&[rows, inner], 0.37));
                let b = given(graph, numbers::<T>(&[inner, columns], 0.7));
                tf::matmul(&a, &b);
                // Of matrices whose rank is known there is another op.
                let [a, b] = [&a, &b].map(|x| graph.placeholder_with_default(x, tf::shape![?, ?]));
                tf::matmul(&a, &b);
                tf::matmul(
                    given(graph, numbers::<T>(&[2, rows, inner], 0.37)),
                    given(graph, numbers::<T>(&[2, inner, columns], 0.7)),
                );
            }
            tf::qr(given(graph, numbers::<T>(&[2, 4, 3], 0.37)));
            tf::matrix_triangular_solve(
                given(graph, numbers::<T>(&[2, 4, 4], 0.37)),
                given(graph, numbers::<T>(&[2, 4, 3], 0.7)),
            );
        }),
        program("normalizations", |graph| {
            let x = given(graph, numbers::<T>(&[2, 3, 4, 5], 0.37));
            let scale = given(graph, numbers::<T>(&[5], 0.7));
            tf::nn::moments(&x, [0, 1]);
            for layout in ["NHWC", "NCHW"] {
                let mean = tf::nn::avg_pool_with(&x, [2, 3], [1, 2], "SAME", layout);
                let max = tf::nn::max_pool_with(&x, [2, 3], [1, 2], "SAME", layout);
                tf::gradients([&mean, &max], &x);
                let slope = tf::gradients(tf::square(max), &x);
                tf::gradients(&slope, &x);
            }
            let volumes = given(graph, numbers::<T>(&[1, 3, 2, 3, 2], 0.37));
            let mean = tf::nn::avg_pool3d(&volumes, 2, [1, 2, 1], "SAME");
            let max = tf::nn::max_pool3d(&volumes, 2, [1, 2, 1], "SAME");
            tf::gradients([&mean, &max], &volumes);
            let slope = tf::gradients(tf::square(max), &volumes);
            tf::gradients(&slope, &volumes);
            if T::DTYPE == tf::DType::Float32 {
                tf::nn::fused_batch_norm(&x, &scale, &scale);
                tf::nn::local_response_normalization(&x);
            }
        }),
        program("convolutions", |graph| {
            let x = given(graph, numbers::<T>(&[2, 5, 6, 3], 0.37));
            let filter = given(graph, numbers::<T>(&[3, 2, 3, 4], 0.7));
            for padding in ["SAME", "VALID"] {
                for strides in [1, 2] {
                    let y = tf::nn::conv2d(&x, &filter, strides, padding);
                    tf::gradients(tf::square(y), (&x, &filter));
                    let y = tf::nn::depthwise_conv2d(&x, &filter, strides, padding);
                    tf::gradients(tf::square(y), (&x, &filter));
                }
            }
            tf::nn::conv2d_with(
                &x,
                given(graph, numbers::<T>(&[2, 2, 5, 3], 0.7)),
                1,
                "SAME",
                "NCHW",
            );
            tf::nn::conv2d(
                &x,
                given(graph, numbers::<T>(&[1, 1, 3, 9], 0.7)),
                1,
                "VALID",
            );
            let x = given(graph, numbers::<T>(&[1, 3, 4, 3, 2], 0.37));
            let filter = given(graph, numbers::<T>(&[2, 2, 2, 2, 3], 0.7));
            let y = tf::nn::conv3d(&x, &filter, 1, "SAME");
            tf::gradients(tf::square(y), (&x, &filter));
        }),
        program("colours", |graph| {
            let x = given(graph, numbers::<T>(&[2, 3, 4, 3], 0.09));
            tf::image::hsv_to_rgb(tf::image::rgb_to_hsv(&x));
        }),
        program("random numbers", |graph| {
            graph.random_uniform::<T>(&given(graph, arr1(&[2, 3])));
            graph.random_normal::<T>(&given(graph, arr1(&[2, 3])));
            graph.truncated_normal::<T>(&given(graph, arr1(&[2, 3])));
            tf::multinomial(
                given(graph, numbers::<T>(&[2, 3], 0.37)),
                given(graph, arr0(4)),
            );
        }),
    ]
}

/// Ops on images of numbers of any type.
fn images<T: Numeric>(graph: &Graph) {
    use tf::image;
    let x = given(graph, numbers::<T>(&[2, 3, 4, 3], 0.37));
    let size = given(graph, arr1(&[2, 5]));
    image::resize_bilinear(&x, &size);
    image::resize_nearest_neighbor(&x, &size);
    image::resize_bicubic(&x, &size);
    image::resize_area(&x, &size);
    let known = graph.placeholder_with_default(&x, tf::shape![?, ?, ?, ?]);
    let filter = image::ResizeMethod::Lanczos3;
    image::resize_with(&known, &size, filter);
    let areas = given(
        graph,
        arr2(&[[0.1f32, 0.2, 0.7, 0.9], [0.5, -0.3, 0.2, 1.4]]),
    );
    image::crop_and_resize(&x, areas, given(graph, arr1(&[1, 0])), &size);
    let transforms = given(graph, numbers::<f32>(&[2, 8], 0.11));
    let options = image::Transform::new().output_shape(&size);
    let transforms = graph.placeholder_with_default(transforms, tf::shape![?, ?]);
    image::transform_with(&known, transforms, options);
}

/// Ops on images of floats.
fn pictures(graph: &Graph) {
    use tf::image;
    let x = given(graph, numbers::<f32>(&[2, 5, 4, 3], 0.13));
    let amount = given(graph, arr0(0.3f32));
    image::adjust_contrast(&x, &amount);
    image::adjust_hue(&x, &amount);
    image::adjust_saturation(&x, &amount);
    let areas = given(graph, numbers::<f32>(&[2, 3, 4], 0.07));
    image::draw_bounding_boxes(&x, &areas);
    let colours = given(graph, numbers::<f32>(&[2, 4], 0.07));
    image::draw_bounding_boxes_with(&x, &areas, colours);
    let offsets = given(graph, numbers::<f32>(&[2, 2], 0.07));
    image::extract_glimpse(&x, given(graph, arr1(&[3, 2])), &offsets);
    for noise in ["zero", "gaussian"] {
        let options = image::ExtractGlimpse::new().noise(noise).normalized(false);
        image::extract_glimpse_with(&x, given(graph, arr1(&[7, 2])), &offsets, options);
    }
}

/// Ops on boxes.
fn boxes(graph: &Graph) {
    use tf::image::{self, NonMaxSuppression};
    let areas = given(graph, numbers::<f32>(&[5, 4], 0.37));
    let scores = given(graph, numbers::<f32>(&[5], 0.7));
    let most = given(graph, arr0(4));
    let options = || NonMaxSuppression::new().soft_nms_sigma(0.5);
    image::non_max_suppression(&areas, &scores, &most);
    image::non_max_suppression_padded(&areas, &scores, &most, options(), true);
    image::non_max_suppression_with_scores(&areas, &scores, &most, options());
    let overlaps = given(graph, numbers::<f32>(&[5, 5], 0.37));
    image::non_max_suppression_overlaps(overlaps, &scores, &most);
    let (areas, scores) = (
        given(graph, numbers::<f32>(&[2, 5, 1, 4], 0.37)),
        given(graph, numbers::<f32>(&[2, 5, 3], 0.7)),
    );
    image::combined_non_max_suppression(areas, scores, &most, given(graph, arr0(6)));
    let size = given(graph, arr1(&[20, 30, 3]));
    let areas = given(
        graph,
        arr2(&[[0.1f32, 0.2, 0.7, 0.9]]).insert_axis(ndarray::Axis(0)),
    );
    image::sample_distorted_bounding_box_with(size, areas, 3);
}

fn array<T: Element>(element: fn(usize) -> T, shape: &[usize]) -> ArrayD<T> {
    let mut next = 0;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        next += 1;
        element(next)
    })
}

fn of_elements<T: Plain>(name: &str, element: fn(usize) -> T) -> Vec<Program> {
    let plain = move |graph: &Graph| {
        tf::ones_like(given(graph, array(element, &[2, 3, 4])));
        tf::scatter_update(
            graph.variable(array(element, &[2, 3, 4])),
            given(graph, arr1(&[1])),
            given(graph, array(element, &[1, 3, 4])),
        );
    };
    vec![
        moves(name, element),
        Program::new(format!("ones and rows of {name}"), plain),
    ]
}

fn moves<T: Element>(name: &str, element: fn(usize) -> T) -> Program {
    let array = move |shape: &[usize]| array(element, shape);
    let moves = move |graph: &Graph| {
        let x = given(graph, array(&[2, 3, 4]));
        let y = given(graph, array(&[2, 3, 4]));
        for axis in 0..3 {
            tf::concat([&x, &y], axis);
            tf::stack([&x, &y], axis as isize);
            tf::reverse(&x, [axis]);
            tf::roll(&x, 1, axis);
            tf::expand_dims(&x, axis);
        }
        tf::unstack_with(&x, tf::Unstack::new().num(2));
        tf::split(&x, 2, 2);
        tf::split(&x, [1, 3], 2);
        tf::slice(&x, [0, 1, 1], [2, 2, 2]);
        tf::strided_slice(&x, [0, 2, 3], [2, 0, 0], [1, -1, -2]);
        tf::transpose(&x);
        tf::transpose_with(&x, tf::Transpose::new().perm([1, 2, 0]));
        tf::reshape(&x, given(graph, arr1(&[4, -1])));
        tf::tile(&x, given(graph, arr1(&[2, 1, 2])));
        tf::broadcast_to(&x, given(graph, arr1(&[2, 2, 3, 4])));
        tf::identity(&x);
        tf::stop_gradient(&x);
        tf::squeeze(given(graph, array(&[1, 3, 1])));
        tf::random_shuffle_with(&x, tf::RandomShuffle::new().seed(1));
        let _ = (
            tf::shape(&x),
            tf::size(&x),
            tf::rank(&x),
            tf::shape_n(&[x.any(), y.any()]),
        );
        tf::where_(&x);
        tf::boolean_mask(&x, [true, false]);
        tf::select(given(graph, arr1(&[true, false])), &x, &y);
        tf::dynamic_partition(&x, given(graph, arr1(&[1, 0])), 2);
        tf::dynamic_stitch(
            [given(graph, arr1(&[0, 2])), given(graph, arr1(&[1]))],
            [given(graph, array(&[2, 3])), given(graph, array(&[1, 3]))],
        );
        let square = given(graph, array(&[2, 3, 3]));
        tf::matrix_diag_part(&square);
        tf::matrix_set_diag(&square, given(graph, array(&[2, 3])));
        tf::matrix_band_part(&square, 1, 0);
        tf::matrix_diag(given(graph, array(&[2, 3])));
        tf::reverse_sequence(&square, given(graph, arr1(&[2, 3])), 1);
        tf::space_to_depth(given(graph, array(&[1, 4, 2, 2])), 2);
        tf::depth_to_space(given(graph, array(&[1, 2, 2, 4])), 2);
        tf::pad_with(&x, [[1, 0], [0, 2], [1, 1]], tf::Pad::new().symmetric());
        tf::pad_with(
            &x,
            [[1, 0], [0, 2], [1, 1]],
            tf::Pad::new().constant_values(element(7)),
        );
        tf::pad(&x, given(graph, arr2(&[[1, 0], [0, 2], [1, 1]])));
        graph.placeholder_with_default(&x, ..);
        tf::zeros_like(&x);
        tf::assign(graph.variable(array(&[2, 3, 4])), &x);
    };
    Program::new(format!("moves of {name}"), moves)
}

/// The ops that take an optimizer's step.
fn updates<T: Float>(name: &str) -> Vec<Program> {
    let build = |graph: &Graph| {
        let dense = given(graph, numbers::<T>(&[4, 3], 0.37));
        let (sparse, rows) = (
            given(graph, numbers::<T>(&[2, 3], 0.37)),
            given(graph, arr1(&[2, 0])),
        );
        let variable = || -> Variable<T> {
            graph.variable(numbers::<T>(&[4, 3], 0.9).mapv(|x| x + T::from_f64(2.0)))
        };
        tf::scatter_div(variable(), &rows, &sparse);
        tf::scatter_min(variable(), &rows, &sparse);
        tf::scatter_max(variable(), &rows, &sparse);
        let [a, b, c, d, e, f] =
            [0.5, 0.75, 0.25, 0.125, 0.5, 0.25].map(|x| given(graph, arr0(T::from_f64(x))));
        let (v, g, r) = (variable, &dense, (&sparse, &rows));
        apply_gradient_descent(v(), &a, g);
        let momentum = MomentumTerms {
            learning_rate: a.clone(),
            momentum: b.clone(),
            use_nesterov: true,
        };
        apply_momentum(v(), v(), &momentum, g);
        sparse_apply_momentum(v(), v(), &momentum, r.0, r.1);
        apply_adagrad(v(), v(), &a, g);
        sparse_apply_adagrad(v(), v(), &a, r.0, r.1);
        let adadelta = AdadeltaTerms {
            learning_rate: a.clone(),
            rho: b.clone(),
            epsilon: c.clone(),
        };
        apply_adadelta(v(), v(), v(), &adadelta, g);
        sparse_apply_adadelta(v(), v(), v(), &adadelta, r.0, r.1);
        let rms = RmsPropTerms {
            learning_rate: a.clone(),
            rho: b.clone(),
            momentum: c.clone(),
            epsilon: d.clone(),
        };
        apply_rms_prop(v(), v(), v(), &rms, g);
        sparse_apply_rms_prop(v(), v(), v(), &rms, r.0, r.1);
        apply_centered_rms_prop(v(), [&v(), &v(), &v()], &rms, g);
        sparse_apply_centered_rms_prop(v(), [&v(), &v(), &v()], &rms, r.0, r.1);
        let (learning_rate, l1, l2) = (a.clone(), c.clone(), d.clone());
        let ftrl = FtrlTerms {
            learning_rate,
            l1,
            l2,
            learning_rate_power: -&e,
        };
        apply_ftrl(v(), v(), v(), &ftrl, g);
        sparse_apply_ftrl(v(), v(), v(), &ftrl, r.0, r.1);
        apply_ftrl_v2(v(), v(), v(), (&ftrl, &f), g);
        sparse_apply_ftrl_v2(v(), v(), v(), (&ftrl, &f), r.0, r.1);
        let proximal = ProximalTerms {
            learning_rate: a.clone(),
            l1: c.clone(),
            l2: d.clone(),
        };
        apply_proximal_gradient_descent(v(), &proximal, g);
        sparse_apply_proximal_gradient_descent(v(), &proximal, r.0, r.1);
        apply_proximal_adagrad(v(), v(), &proximal, g);
        sparse_apply_proximal_adagrad(v(), v(), &proximal, r.0, r.1);
        let (beta1, beta2, learning_rate) = (b.clone(), c.clone(), a.clone());
        let adam = AdamTerms {
            beta1_power: d,
            beta2_power: e,
            learning_rate,
            beta1,
            beta2,
            epsilon: f,
        };
        apply_adam(v(), v(), v(), &adam, g);
    };
    vec![Program::new(format!("optimizers of {name}"), build)]
}

/// The average of a variable starts with the variable's value, or with the initial one.
fn averages(graph: &Graph) {
    let variable = graph.variable(numbers::<f32>(&[4, 3], 1.1));
    tf::train::ExponentialMovingAverage::new(0.5).apply([&variable]);
}

fn truth_values(graph: &Graph) {
    let (x, y) = (
        given(graph, arr2(&[[true, false], [true, true]])),
        given(graph, arr1(&[true, false])),
    );
    let _ = (
        tf::logical_and(&x, &y),
        tf::logical_or(&x, &y),
        tf::logical_not(&x),
        tf::logical_xor(&x, &y),
    );
    for axes in [vec![0], vec![1], vec![0, 1]] {
        tf::reduce_all(&x, axes.clone());
        tf::reduce_any(&x, axes);
    }
    let _ = (tf::equal(&x, &y), tf::not_equal(&x, &y));
    tf::cast(&x, tf::float32);
}

fn single_precision(graph: &Graph) {
    tf::bincount(given(graph, arr2(&[[1, 0], [3, 1]])));
    let options = tf::RandomUniform::new().maxval(given(graph, arr0(5)));
    graph.random_uniform_with::<i32>(&given(graph, arr1(&[2, 3])), options);
}
