//! The layers of `contrib` node by node.

use crate::nodes::compare;
use tf1 as tf;
use tf1::contrib::layers::{
    self, AvgPool2d, BatchNorm, BiasAdd, Conv2d, Conv2dTranspose, Dropout, FullyConnected,
    GroupNorm, InstanceNorm, LayerNorm, SeparableConv2d, l2_regularizer,
};
use tf1::layers::RenormClipping;
use tf1::{Graph, Tensor, nn, shape};

fn x(graph: &Graph, shape: tf::Shape) -> Tensor {
    graph.placeholder("x", shape)
}

fn weights(graph: &Graph) -> Tensor {
    graph.placeholder("weights", shape![?])
}

#[test]
fn contrib_batch_norm() {
    compare("contrib_batch_norm", |graph| {
        let x = x(graph, shape![?, 4]);
        layers::batch_norm(&x);
        let options = BatchNorm::new().is_training(false).scale(true);
        layers::batch_norm_with(&x, options.activation_fn(nn::relu));
        let options = BatchNorm::new().zero_debias_moving_mean(true);
        layers::batch_norm_with(&x, options.updates_in_place().decay(0.9));
        let options = BatchNorm::new().batch_weights(weights(graph)).scale(true);
        layers::batch_norm_with(&x, options);
        let options = BatchNorm::new().fused(false).center(false).epsilon(0.01);
        layers::batch_norm_with(&x, options.scope("bn"));
    });
}

#[test]
fn contrib_batch_norm_of_images() {
    compare("contrib_batch_norm_of_images", |graph| {
        let images = x(graph, shape![?, 5, 6, 4]);
        layers::batch_norm(&images);
        let options = BatchNorm::new().channels_first();
        layers::batch_norm_with(&images, options.updates_collections("others"));
        layers::batch_norm_with(&images, BatchNorm::new().zero_debias_moving_mean(true));
        let unfused = || BatchNorm::new().fused(false);
        layers::batch_norm_with(&images, unfused().updates_in_place().scale(true));
        let options = unfused().channels_first().scale(true);
        layers::batch_norm_with(&images, options.zero_debias_moving_mean(true));
        let options = unfused().channels_first();
        layers::batch_norm_with(&images, options.batch_weights(weights(graph)));
        let options = BatchNorm::new().renorm(true).renorm_decay(0.9);
        let clipping = RenormClipping::new().rmax(2.0);
        layers::batch_norm_with(&images, options.renorm_clipping(clipping));
        let options = BatchNorm::new().is_training(false);
        let volumes = x(graph, shape![?, 5, 6, 7, 4]);
        layers::batch_norm_with(volumes, options.zero_debias_moving_mean(true));
    });
}

#[test]
fn contrib_fully_connected() {
    compare("contrib_fully_connected", |graph| {
        let rows = x(graph, shape![?, 4]);
        let options = FullyConnected::new().weights_regularizer(l2_regularizer(0.1));
        let y = layers::fully_connected_with(&rows, 3, options);
        let options = FullyConnected::new().no_activation().no_biases();
        let y = layers::fully_connected_with(y, 4, options.scope("fc"));
        let options = FullyConnected::new().normalizer_fn(layers::layer_norm);
        let y = layers::fully_connected_with(y, 4, options.activation_fn(tf::tanh));
        layers::linear(&y, 2);
        layers::relu(&y, 2);
        layers::fully_connected(x(graph, shape![?, 3, 4]), 2);
        let layer = |x, units, scope: &str| {
            layers::fully_connected_with(x, units, FullyConnected::new().scope(scope))
        };
        layers::stack(&rows, "stacked", [3, 2], layer);
        layers::repeat(&rows, 2, "repeated", |x, scope| layer(x, 4, scope));
    });
}

#[test]
fn contrib_convolutions() {
    compare("contrib_convolutions", |graph| {
        let y = layers::conv2d(x(graph, shape![?, 9, 8, 3]), 4, 3);
        let options = Conv2d::new().stride(2).padding("VALID").no_activation();
        let y = layers::conv2d_with(y, 4, [3, 2], options.normalizer_fn(layers::batch_norm));
        let options = Conv2d::new().rate(2).no_biases().scope("dilated");
        let y = layers::conv2d_with(y, 4, 2, options);
        let y = layers::conv2d_transpose_with(y, 3, 3, Conv2dTranspose::new().stride(2));
        let options = Conv2dTranspose::new().normalizer_fn(layers::batch_norm);
        let y = layers::conv2d_transpose_with(y, 3, 3, options);
        let y = layers::separable_conv2d(y, 5, 3, 1);
        let options = SeparableConv2d::new().stride(2);
        let options = options.weights_regularizer(l2_regularizer(0.1));
        let y = layers::separable_conv2d_with(y, 5, 3, 2, options);
        let y = layers::max_pool2d(y, 2);
        layers::avg_pool2d_with(y, [2, 1], AvgPool2d::new().stride(1).padding("SAME"));
        let images = x(graph, shape![?, 3, 9, 8]);
        layers::conv2d_with(images, 4, 3, Conv2d::new().channels_first());
    });
}

#[test]
fn contrib_normalizations() {
    compare("contrib_normalizations", |graph| {
        let rows = x(graph, shape![?, 4]);
        layers::layer_norm(&rows);
        let options = LayerNorm::new().center(false).scale(false);
        layers::layer_norm_with(&rows, options.activation_fn(nn::relu));
        layers::unit_norm(&rows, 1);
        layers::maxout(&rows, 2);
        layers::bias_add(&rows);
        layers::softmax(&rows);
        layers::dropout_with(&rows, Dropout::new().keep_prob(0.25).seed(7));
        layers::dropout_with(&rows, Dropout::new().is_training(false));
        layers::one_hot_encoding(graph.placeholder::<i64>("labels", shape![?]), 5);
        layers::embed_sequence(graph.placeholder::<i32>("ids", shape![?, 6]), 10, 3);
        let images = x(graph, shape![?, 4, 6, 8]);
        let options = LayerNorm::new().begin_norm_axis(2).begin_params_axis(-1);
        layers::layer_norm_with(&images, options);
        layers::instance_norm(&images);
        let options = InstanceNorm::new().center(false).epsilon(0.01);
        layers::instance_norm_with(&images, options.channels_first());
        layers::group_norm_with(&images, GroupNorm::new().groups(4));
        let options = GroupNorm::new().groups(2).channels_axis(-3);
        let options = options.reduction_axes([-2, -1]).scale(false);
        layers::group_norm_with(&images, options);
        layers::flatten(&images);
        layers::softmax(&images);
        layers::unit_norm(&images, 3);
        layers::maxout_with(&images, 2, 3);
        let options = BiasAdd::new().channels_first().activation_fn(nn::relu);
        layers::bias_add_with(&images, options);
    });
}
