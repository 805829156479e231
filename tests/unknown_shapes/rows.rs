//! One row a function, as `make.py` has them.

use tf1 as tf;
use tf1::layers::{BatchNormalization, Dense, Dropout};
use tf1::losses::{self, Loss, Reduction};
use tf1::{
    AnyTensor, Axes, BooleanMask, ClipByNorm, Element, Gather, Squeeze, Tensor, Transpose, layers,
    nn,
};

/// Makes a function of some inputs.
pub type Build = fn(&[AnyTensor]) -> AnyTensor;

fn of<T: Element>(x: &AnyTensor) -> Tensor<T> {
    x.typed().expect("make.py gives an input of this type")
}

pub fn f(x: &AnyTensor) -> Tensor<f32> {
    of(x)
}

pub fn i(x: &AnyTensor) -> Tensor<i32> {
    of(x)
}

fn all(xs: &[AnyTensor]) -> Vec<Tensor<f32>> {
    xs.iter().map(f).collect()
}

fn weighted(reduction: Reduction, x: &[AnyTensor]) -> AnyTensor {
    let options = Loss::new().weights(f(&x[1])).reduction(reduction);
    losses::compute_weighted_loss_with(f(&x[0]), options).any()
}

pub fn rows() -> Vec<(&'static str, Build)> {
    [
        of_losses(),
        of_models(),
        of_pools(),
        of_convolutions(),
        crate::layers::rows(),
        of_arrays(),
        of_numbers(),
    ]
    .concat()
}

fn of_losses() -> Vec<(&'static str, Build)> {
    macro_rules! pairs {
        ($($name:literal $weighted:literal $function:ident $with:ident),* $(,)?) => {
            [$(
                ($name, (|x| losses::$function(f(&x[0]), f(&x[1])).any()) as Build),
                ($weighted, |x| {
                    losses::$with(f(&x[0]), f(&x[1]), Loss::new().weights(f(&x[2]))).any()
                }),
            )*]
        };
    }
    let pairs = pairs![
        "losses::mean_squared_error" "losses::mean_squared_error weights" mean_squared_error mean_squared_error_with,
        "losses::absolute_difference" "losses::absolute_difference weights" absolute_difference absolute_difference_with,
        "losses::huber_loss" "losses::huber_loss weights" huber_loss huber_loss_with,
        "losses::hinge_loss" "losses::hinge_loss weights" hinge_loss hinge_loss_with,
        "losses::log_loss" "losses::log_loss weights" log_loss log_loss_with,
        "losses::sigmoid_cross_entropy" "losses::sigmoid_cross_entropy weights" sigmoid_cross_entropy sigmoid_cross_entropy_with,
        "losses::softmax_cross_entropy" "losses::softmax_cross_entropy weights" softmax_cross_entropy softmax_cross_entropy_with,
    ];
    let mut rows = pairs.to_vec();
    rows.extend::<[(&str, Build); 15]>([
        ("losses::softmax_cross_entropy smoothed", |x| {
            let options = losses::SoftmaxCrossEntropy::new().label_smoothing(0.1);
            losses::softmax_cross_entropy_with(f(&x[0]), f(&x[1]), options).any()
        }),
        ("losses::compute_weighted_loss", |x| {
            weighted(Reduction::default(), x)
        }),
        ("losses::compute_weighted_loss NONE", |x| {
            weighted(Reduction::None, x)
        }),
        ("losses::compute_weighted_loss SUM", |x| {
            weighted(Reduction::Sum, x)
        }),
        ("losses::compute_weighted_loss MEAN", |x| {
            weighted(Reduction::Mean, x)
        }),
        ("losses::compute_weighted_loss SUM_OVER_BATCH_SIZE", |x| {
            weighted(Reduction::SumOverBatchSize, x)
        }),
        (
            "losses::compute_weighted_loss SUM_BY_NONZERO_WEIGHTS",
            |x| weighted(Reduction::SumByNonzeroWeights, x),
        ),
        ("losses::sparse_softmax_cross_entropy", |x| {
            losses::sparse_softmax_cross_entropy(i(&x[0]), f(&x[1])).any()
        }),
        ("losses::sparse_softmax_cross_entropy weights", |x| {
            let options = Loss::new().weights(f(&x[2]));
            losses::sparse_softmax_cross_entropy_with(i(&x[0]), f(&x[1]), options).any()
        }),
        ("nn::sigmoid_cross_entropy_with_logits", |x| {
            nn::sigmoid_cross_entropy_with_logits(nn::Labels(f(&x[0])), nn::Logits(f(&x[1]))).any()
        }),
        ("nn::weighted_cross_entropy_with_logits", |x| {
            nn::weighted_cross_entropy_with_logits(nn::Labels(f(&x[0])), nn::Logits(f(&x[1])), 2.0)
                .any()
        }),
        ("nn::softmax_cross_entropy_with_logits", |x| {
            nn::softmax_cross_entropy_with_logits(nn::Labels(f(&x[0])), nn::Logits(f(&x[1]))).any()
        }),
        ("nn::softmax_cross_entropy_with_logits_v2", |x| {
            nn::softmax_cross_entropy_with_logits_v2(nn::Labels(f(&x[0])), nn::Logits(f(&x[1])))
                .any()
        }),
        ("nn::sparse_softmax_cross_entropy_with_logits", |x| {
            nn::sparse_softmax_cross_entropy_with_logits(i(&x[0]), f(&x[1])).any()
        }),
        ("confusion_matrix", |x| {
            tf::confusion_matrix(i(&x[0]), i(&x[1])).any()
        }),
    ]);
    rows.push(("confusion_matrix weights", |x| {
        let options = tf::ConfusionMatrix::new()
            .num_classes(4)
            .dtype(tf::float32)
            .weights(&f(&x[2]));
        tf::stop_gradient(tf::confusion_matrix_with(i(&x[0]), i(&x[1]), options)).any()
    }));
    rows
}

fn of_models() -> Vec<(&'static str, Build)> {
    let rows: [(&str, Build); 27] = [
        ("nn::dropout rate", |x| {
            let options = nn::Dropout::new().seed(1);
            nn::dropout_with(f(&x[0]), nn::Keep::rate(f(&x[1])), options).any()
        }),
        ("nn::dropout noise_shape", |x| {
            let options = nn::Dropout::new().seed(1).noise_shape([2, 1]);
            nn::dropout_with(f(&x[0]), nn::Keep::rate(0.5), options).any()
        }),
        ("layers::flatten", |x| layers::flatten(f(&x[0])).any()),
        ("layers::dense", |x| {
            let options = Dense::new().kernel_initializer(tf::initializers::ones());
            layers::dense_with(f(&x[0]), 2, options).any()
        }),
        ("layers::batch_normalization", |x| {
            let options = BatchNormalization::new().training(true);
            layers::batch_normalization_with(f(&x[0]), options).any()
        }),
        ("layers::batch_normalization renorm", |x| {
            let options = BatchNormalization::new().training(true).renorm(true);
            layers::batch_normalization_with(f(&x[0]), options).any()
        }),
        ("layers::batch_normalization told", |x| {
            let options = BatchNormalization::new().training(of::<bool>(&x[1]));
            layers::batch_normalization_with(f(&x[0]), options).any()
        }),
        ("layers::dropout told", |x| {
            let options = Dropout::new().seed(1).training(of::<bool>(&x[1]));
            layers::dropout_with(f(&x[0]), options).any()
        }),
        ("nn::softmax", |x| nn::softmax(f(&x[0])).any()),
        ("nn::softmax axis", |x| {
            nn::softmax_with(f(&x[0]), nn::Softmax::new().axis(0)).any()
        }),
        ("nn::log_softmax", |x| nn::log_softmax(f(&x[0])).any()),
        ("nn::l2_normalize", |x| nn::l2_normalize(f(&x[0]), 1).any()),
        ("nn::moments", |x| {
            let (mean, variance) = nn::moments(f(&x[0]), [0]);
            (mean + variance).any()
        }),
        ("nn::weighted_moments", |x| {
            let (mean, variance) = nn::weighted_moments(f(&x[0]), [0], f(&x[1]));
            (mean + variance).any()
        }),
        ("nn::bias_add", |x| nn::bias_add(f(&x[0]), f(&x[1])).any()),
        ("nn::xw_plus_b", |x| {
            nn::xw_plus_b(f(&x[0]), f(&x[1]), f(&x[2])).any()
        }),
        ("nn::relu_layer", |x| {
            nn::relu_layer(f(&x[0]), f(&x[1]), f(&x[2])).any()
        }),
        ("nn::crelu", |x| nn::crelu(f(&x[0])).any()),
        ("nn::batch_normalization", |x| {
            let (mean, variance) = (f(&x[1]), f(&x[2]));
            nn::batch_normalization(f(&x[0]), mean, variance, None, None, 0.1).any()
        }),
        ("nn::embedding_lookup", |x| {
            nn::embedding_lookup(f(&x[0]), i(&x[1])).any()
        }),
        ("nn::embedding_lookup tables", |x| {
            nn::embedding_lookup([f(&x[0]), f(&x[1])], i(&x[2])).any()
        }),
        ("nn::embedding_lookup div", |x| {
            nn::embedding_lookup_with([f(&x[0]), f(&x[1])], i(&x[2]), "div").any()
        }),
        ("nn::local_response_normalization", |x| {
            nn::local_response_normalization(f(&x[0])).any()
        }),
        ("nn::fused_batch_norm", |x| {
            nn::fused_batch_norm(f(&x[0]), f(&x[1]), f(&x[2])).0.any()
        }),
        ("clip_by_value", |x| {
            tf::clip_by_value(f(&x[0]), f(&x[1]), f(&x[2])).any()
        }),
        ("clip_by_norm", |x| {
            tf::clip_by_norm(f(&x[0]), f(&x[1])).any()
        }),
        ("clip_by_norm axes", |x| {
            tf::clip_by_norm_with(f(&x[0]), f(&x[1]), ClipByNorm::new().axes([1])).any()
        }),
    ];
    rows.to_vec()
}

fn of_pools() -> Vec<(&'static str, Build)> {
    macro_rules! pools {
        ($($name:literal $function:ident),* $(,)?) => {
            [$(($name, (|x| nn::$function(f(&x[0]), 2, 2, "SAME").any()) as Build)),*]
        };
    }
    macro_rules! layers {
        ($($name:literal $function:ident),* $(,)?) => {
            [$(($name, (|x| layers::$function(f(&x[0]), 2, 2).any()) as Build)),*]
        };
    }
    let pools = pools![
        "nn::max_pool" max_pool,
        "nn::max_pool1d" max_pool1d,
        "nn::max_pool3d" max_pool3d,
        "nn::avg_pool" avg_pool,
        "nn::avg_pool1d" avg_pool1d,
        "nn::avg_pool3d" avg_pool3d,
    ];
    let layers = layers![
        "layers::max_pooling1d" max_pooling1d,
        "layers::max_pooling2d" max_pooling2d,
        "layers::max_pooling3d" max_pooling3d,
        "layers::average_pooling1d" average_pooling1d,
        "layers::average_pooling2d" average_pooling2d,
        "layers::average_pooling3d" average_pooling3d,
    ];
    let others: [(&str, Build); 8] = [
        ("nn::max_pool_with_argmax", |x| {
            nn::max_pool_with_argmax(f(&x[0]), 2, [1, 2], "SAME")
                .0
                .any()
        }),
        ("nn::pool", |x| {
            let options = nn::Pool::new().strides([1, 2]);
            nn::pool_with(f(&x[0]), [2, 2], "MAX", "VALID", options).any()
        }),
        ("nn::fractional_max_pool", |x| {
            let options = nn::FractionalMaxPool::new().deterministic(true);
            let options = options.seed(1).seed2(2);
            let ratio = [1.0, 1.5, 1.5, 1.0];
            nn::fractional_max_pool_with(f(&x[0]), ratio, options)
                .0
                .any()
        }),
        ("nn::fractional_avg_pool", |x| {
            let options = nn::FractionalAvgPool::new().deterministic(true);
            let options = options.seed(1).seed2(2);
            let ratio = [1.0, 1.5, 1.5, 1.0];
            nn::fractional_avg_pool_with(f(&x[0]), ratio, options)
                .0
                .any()
        }),
        ("nn::dilation2d", |x| {
            nn::dilation2d(f(&x[0]), f(&x[1]), [1, 1, 2, 1], [1; 4], "SAME").any()
        }),
        ("nn::erosion2d", |x| {
            nn::erosion2d(f(&x[0]), f(&x[1]), [1, 1, 2, 1], [1; 4], "SAME").any()
        }),
        ("nn::extract_image_patches", |x| {
            tf::extract_image_patches(f(&x[0]), [1, 2, 2, 1], [1, 1, 2, 1], [1; 4], "SAME").any()
        }),
        ("nn::extract_volume_patches", |x| {
            let strides = [1, 1, 2, 1, 1];
            tf::extract_volume_patches(f(&x[0]), [1, 2, 1, 2, 1], strides, "SAME").any()
        }),
    ];
    [&pools[..], &layers, &others].concat()
}

fn of_convolutions() -> Vec<(&'static str, Build)> {
    let rows: [(&str, Build); 15] = [
        ("nn::conv1d", |x| {
            nn::conv1d(f(&x[0]), f(&x[1]), 2, "SAME").any()
        }),
        ("nn::conv2d", |x| {
            nn::conv2d(f(&x[0]), f(&x[1]), [1, 2], "SAME").any()
        }),
        ("nn::conv3d", |x| {
            nn::conv3d(f(&x[0]), f(&x[1]), [1, 2, 1], "VALID").any()
        }),
        ("nn::conv1d_transpose", |x| {
            nn::conv1d_transpose(f(&x[0]), f(&x[1]), [2, 10, 3], 2, "SAME").any()
        }),
        ("nn::conv2d_transpose", |x| {
            nn::conv2d_transpose(f(&x[0]), f(&x[1]), [1, 3, 8, 3], [1, 2], "SAME").any()
        }),
        ("nn::conv3d_transpose", |x| {
            let shape = [1, 3, 4, 4, 2];
            nn::conv3d_transpose(f(&x[0]), f(&x[1]), shape, [1, 2, 1], "SAME").any()
        }),
        ("nn::conv2d_backprop_input", |x| {
            nn::conv2d_backprop_input([1, 3, 4, 3], f(&x[0]), f(&x[1]), 1, "SAME").any()
        }),
        ("nn::conv2d_backprop_filter", |x| {
            nn::conv2d_backprop_filter(f(&x[0]), [2; 4], f(&x[1]), 1, "SAME").any()
        }),
        ("nn::depthwise_conv2d", |x| {
            nn::depthwise_conv2d(f(&x[0]), f(&x[1]), 1, "SAME").any()
        }),
        ("nn::depthwise_conv2d_backprop_input", |x| {
            let shape = [1, 3, 4, 2];
            nn::depthwise_conv2d_backprop_input(shape, f(&x[0]), f(&x[1]), 1, "SAME").any()
        }),
        ("nn::depthwise_conv2d_backprop_filter", |x| {
            let shape = [2, 2, 2, 1];
            nn::depthwise_conv2d_backprop_filter(f(&x[0]), shape, f(&x[1]), 1, "SAME").any()
        }),
        ("nn::separable_conv2d", |x| {
            nn::separable_conv2d(f(&x[0]), f(&x[1]), f(&x[2]), 1, "SAME").any()
        }),
        ("nn::atrous_conv2d", |x| {
            nn::atrous_conv2d(f(&x[0]), f(&x[1]), 2, "VALID").any()
        }),
        ("nn::atrous_conv2d_transpose", |x| {
            nn::atrous_conv2d_transpose(f(&x[0]), f(&x[1]), [1, 5, 6, 3], 2, "VALID").any()
        }),
        ("nn::convolution", |x| {
            let options = nn::Convolution::new().dilation_rate([2, 1]);
            nn::convolution_with(f(&x[0]), f(&x[1]), "VALID", options).any()
        }),
    ];
    rows.to_vec()
}

fn of_arrays() -> Vec<(&'static str, Build)> {
    let rows: [(&str, Build); 31] = [
        ("boolean_mask", |x| {
            tf::boolean_mask(f(&x[0]), of::<bool>(&x[1])).any()
        }),
        ("boolean_mask axis", |x| {
            tf::boolean_mask_with(f(&x[0]), of::<bool>(&x[1]), BooleanMask::new().axis(1)).any()
        }),
        ("where", |x| {
            tf::select(of::<bool>(&x[0]), f(&x[1]), f(&x[2])).any()
        }),
        ("where_v2", |x| {
            tf::where_v2(of::<bool>(&x[0]), f(&x[1]), f(&x[2])).any()
        }),
        ("transpose", |x| tf::transpose(f(&x[0])).any()),
        ("transpose perm", |x| {
            tf::transpose_with(f(&x[0]), Transpose::new().perm([1, 0])).any()
        }),
        ("matrix_transpose", |x| tf::matrix_transpose(f(&x[0])).any()),
        ("reshape", |x| tf::reshape(f(&x[0]), [-1, 2]).any()),
        ("expand_dims", |x| tf::expand_dims(f(&x[0]), 1).any()),
        ("squeeze", |x| {
            tf::squeeze_with(f(&x[0]), Squeeze::new().axis([1])).any()
        }),
        ("concat", |x| tf::concat(all(x), 1).any()),
        ("stack", |x| tf::stack(all(x), 1).any()),
        ("split", |x| tf::split(f(&x[0]), 3, 1)[1].any()),
        ("unstack", |x| {
            tf::unstack_with(f(&x[0]), tf::Unstack::new().num(2))[1].any()
        }),
        ("tile", |x| tf::tile(f(&x[0]), [2, 1]).any()),
        ("pad", |x| tf::pad(f(&x[0]), [[0, 1], [1, 0]]).any()),
        ("reverse", |x| tf::reverse(f(&x[0]), [1]).any()),
        ("slice", |x| tf::slice(f(&x[0]), [0, 1], [2, 2]).any()),
        ("gather", |x| tf::gather(f(&x[0]), i(&x[1])).any()),
        ("gather axis", |x| {
            tf::gather_with(f(&x[0]), i(&x[1]), Gather::new().axis(1)).any()
        }),
        ("one_hot", |x| tf::one_hot(i(&x[0]), 3).any()),
        ("broadcast_to", |x| tf::broadcast_to(f(&x[0]), [2, 3]).any()),
        ("cumsum", |x| {
            tf::cumsum_with(f(&x[0]), tf::Cumsum::new().axis(1)).any()
        }),
        ("gather batch", |x| {
            let options = Gather::new().batch_dims(1);
            tf::gather_with(f(&x[0]), i(&x[1]), options).any()
        }),
        ("top_k", |x| nn::top_k(f(&x[0]), 2).0.any()),
        ("diag_part", |x| tf::diag_part(f(&x[0])).any()),
        ("matrix_diag_part", |x| tf::matrix_diag_part(f(&x[0])).any()),
        ("matrix_set_diag", |x| {
            tf::matrix_set_diag(f(&x[0]), f(&x[1])).any()
        }),
        ("segment_sum", |x| tf::segment_sum(f(&x[0]), i(&x[1])).any()),
        ("unsorted_segment_sum", |x| {
            tf::unsorted_segment_sum(f(&x[0]), i(&x[1]), 2).any()
        }),
        ("argmax", |x| tf::argmax(f(&x[0]), 1).any()),
    ];
    rows.to_vec()
}

fn of_numbers() -> Vec<(&'static str, Build)> {
    let rows: [(&str, Build); 9] = [
        ("matmul", |x| tf::matmul(f(&x[0]), f(&x[1])).any()),
        ("add", |x| tf::add(f(&x[0]), f(&x[1])).any()),
        ("scalar_mul", |x| tf::scalar_mul(f(&x[0]), f(&x[1])).any()),
        ("add_n", |x| tf::add_n(all(x)).any()),
        ("reduce_sum", |x| tf::reduce_sum(f(&x[0]), 1).any()),
        ("reduce_mean", |x| tf::reduce_mean(f(&x[0]), ..).any()),
        ("reduce_max", |x| {
            tf::reduce_max(f(&x[0]), Axes::from([0, -1]).keepdims()).any()
        }),
        ("norm", |x| {
            tf::norm_with(f(&x[0]), tf::Norm::new().axis(1)).any()
        }),
        ("cross", |x| tf::cross(f(&x[0]), f(&x[1])).any()),
    ];
    rows.to_vec()
}
