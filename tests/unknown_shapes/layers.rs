//! The layers with weights, and those of `contrib`.

use tf1::contrib::layers as contrib;
use tf1::initializers::ones;
use tf1::layers;
use tf1::layers::{
    Conv1D, Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose, SeparableConv1D, SeparableConv2D,
};

use crate::rows::{Build, f, i};

pub fn rows() -> Vec<(&'static str, Build)> {
    [of_layers(), of_contrib()].concat()
}

fn of_layers() -> Vec<(&'static str, Build)> {
    let rows: [(&str, Build); 7] = [
        ("layers::conv1d", |x| {
            let options = Conv1D::new().kernel_initializer(ones());
            layers::conv1d_with(f(&x[0]), 2, 2, options).any()
        }),
        ("layers::conv2d", |x| {
            let options = Conv2D::new().kernel_initializer(ones());
            layers::conv2d_with(f(&x[0]), 2, [2, 1], options).any()
        }),
        ("layers::conv3d", |x| {
            let options = Conv3D::new().kernel_initializer(ones());
            layers::conv3d_with(f(&x[0]), 2, 2, options).any()
        }),
        ("layers::conv2d_transpose", |x| {
            let options = Conv2DTranspose::new().strides(2).kernel_initializer(ones());
            layers::conv2d_transpose_with(f(&x[0]), 2, 2, options).any()
        }),
        ("layers::conv3d_transpose", |x| {
            let options = Conv3DTranspose::new().strides(2).kernel_initializer(ones());
            layers::conv3d_transpose_with(f(&x[0]), 2, 2, options).any()
        }),
        ("layers::separable_conv1d", |x| {
            let options = SeparableConv1D::new()
                .depthwise_initializer(ones())
                .pointwise_initializer(ones());
            layers::separable_conv1d_with(f(&x[0]), 2, 2, options).any()
        }),
        ("layers::separable_conv2d", |x| {
            let options = SeparableConv2D::new()
                .depthwise_initializer(ones())
                .pointwise_initializer(ones());
            layers::separable_conv2d_with(f(&x[0]), 2, 2, options).any()
        }),
    ];
    rows.to_vec()
}

fn of_contrib() -> Vec<(&'static str, Build)> {
    let rows: [(&str, Build); 22] = [
        ("contrib::layers::fully_connected", |x| {
            let options = contrib::FullyConnected::new().weights_initializer(ones());
            contrib::fully_connected_with(f(&x[0]), 2, options).any()
        }),
        ("contrib::layers::linear", |x| {
            let options = contrib::FullyConnected::new().weights_initializer(ones());
            contrib::linear_with(f(&x[0]), 2, options).any()
        }),
        ("contrib::layers::conv2d", |x| {
            let options = contrib::Conv2d::new().weights_initializer(ones());
            contrib::conv2d_with(f(&x[0]), 2, 2, options).any()
        }),
        ("contrib::layers::conv2d_transpose", |x| {
            let options = contrib::Conv2dTranspose::new().weights_initializer(ones());
            contrib::conv2d_transpose_with(f(&x[0]), 2, 2, options).any()
        }),
        ("contrib::layers::separable_conv2d", |x| {
            let options = contrib::SeparableConv2d::new().weights_initializer(ones());
            contrib::separable_conv2d_with(f(&x[0]), 2, 2, 1, options).any()
        }),
        ("contrib::layers::max_pool2d", |x| {
            contrib::max_pool2d(f(&x[0]), 2).any()
        }),
        ("contrib::layers::avg_pool2d", |x| {
            contrib::avg_pool2d(f(&x[0]), 2).any()
        }),
        ("contrib::layers::batch_norm", |x| {
            let options = contrib::BatchNorm::new().fused(false);
            contrib::batch_norm_with(f(&x[0]), options).any()
        }),
        ("contrib::layers::batch_norm batch_weights", |x| {
            let options = contrib::BatchNorm::new().batch_weights(f(&x[1]));
            contrib::batch_norm_with(f(&x[0]), options).any()
        }),
        ("contrib::layers::batch_norm zero_debias", |x| {
            let options = contrib::BatchNorm::new().zero_debias_moving_mean(true);
            contrib::batch_norm_with(f(&x[0]), options.fused(false)).any()
        }),
        ("contrib::layers::optimize_loss", |x| {
            let v = x[0].graph().get_variable::<f32>("v", [], ones());
            let options = contrib::OptimizeLoss::new().clip_gradients(0.1);
            contrib::optimize_loss_with(f(&x[0]) * v, None, 0.0, "SGD", options).any()
        }),
        ("contrib::layers::layer_norm", |x| {
            contrib::layer_norm(f(&x[0])).any()
        }),
        ("contrib::layers::instance_norm", |x| {
            contrib::instance_norm(f(&x[0])).any()
        }),
        ("contrib::layers::group_norm", |x| {
            contrib::group_norm_with(f(&x[0]), 2).any()
        }),
        ("contrib::layers::unit_norm", |x| {
            contrib::unit_norm(f(&x[0]), 1).any()
        }),
        ("contrib::layers::maxout", |x| {
            contrib::maxout(f(&x[0]), 2).any()
        }),
        ("contrib::layers::bias_add", |x| {
            contrib::bias_add(f(&x[0])).any()
        }),
        ("contrib::layers::dropout", |x| {
            let options = contrib::Dropout::new().is_training(false);
            contrib::dropout_with(f(&x[0]), options).any()
        }),
        ("contrib::layers::flatten", |x| {
            contrib::flatten(f(&x[0])).any()
        }),
        ("contrib::layers::softmax", |x| {
            contrib::softmax(f(&x[0])).any()
        }),
        ("contrib::layers::one_hot_encoding", |x| {
            contrib::one_hot_encoding(i(&x[0]), 3).any()
        }),
        ("contrib::layers::embed_sequence", |x| {
            let options = contrib::EmbedSequence::<f32>::new().initializer(ones());
            contrib::embed_sequence_with(i(&x[0]), 3, 2, options).any()
        }),
    ];
    rows.to_vec()
}
