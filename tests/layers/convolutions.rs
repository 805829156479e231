//! Convolutions and pooling node by node, of `layers` and of `nn`, with gradients.

use crate::nodes::compare;
use tf1 as tf;
use tf1::initializers::ones;
use tf1::layers::{
    self, AveragePooling1D, AveragePooling2D, AveragePooling3D, Conv1D, Conv2D, Conv2DTranspose,
    Conv3D, Conv3DTranspose, MaxPooling2D, MaxPooling3D, SeparableConv1D, SeparableConv2D,
    l1_regularizer, l2_regularizer,
};
use tf1::{Axes, Graph, Tensor, nn, shape};

fn x(graph: &Graph, shape: tf::Shape) -> Tensor {
    graph.placeholder("x", shape)
}

/// Gradients with respect to the first input and all variables.
fn trained(y: &Tensor) {
    let graph = y.graph();
    let x = graph.tensor::<f32>("x:0").unwrap();
    let variables = graph.trainable_variables_of::<f32>();
    let targets = [x].into_iter().chain(variables.iter().map(|v| v.memory()));
    let _ = tf::gradients(y, &targets.collect::<Vec<_>>());
}

#[test]
fn conv1d() {
    compare("conv1d", |graph| {
        let x = x(graph, shape![?, 9, 4]);
        let y = layers::conv1d(&x, 5, 3);
        let options = Conv1D::new()
            .strides(2)
            .padding("SAME")
            .activation(nn::relu);
        let y = layers::conv1d_with(y, 4, 2, options.use_bias(false));
        let options = Conv1D::new().dilation_rate(2).padding("SAME");
        let options = options
            .name("dilated")
            .kernel_regularizer(l2_regularizer(0.1));
        trained(&layers::conv1d_with(y, 3, 2, options));
    });
}

#[test]
fn conv1d_channels_first() {
    compare("conv1d_channels_first", |graph| {
        let x = x(graph, shape![?, 4, 9]);
        layers::conv1d_with(&x, 5, 3, Conv1D::new().channels_first());
        let options = Conv1D::new().channels_first().use_bias(false);
        layers::conv1d_with(&x, 5, 3, options.padding("SAME"));
    });
}

#[test]
fn conv2d() {
    compare("conv2d", |graph| {
        let images = x(graph, shape![?, 9, 8, 3]);
        let y = layers::conv2d_with(&images, 5, 3, nn::relu);
        let options = Conv2D::new().strides([2, 1]).padding("SAME");
        let y = layers::conv2d_with(y, 4, [2, 3], options.bias_initializer(ones()));
        let options = Conv2D::new().dilation_rate([2, 1]).padding("SAME");
        let options = options
            .use_bias(false)
            .activity_regularizer(l1_regularizer(0.1));
        trained(&layers::conv2d_with(y, 4, 2, options));
        let images = x(graph, shape![?, 3, 9, 8]);
        layers::conv2d_with(&images, 5, 3, Conv2D::new().channels_first());
    });
}

#[test]
fn conv3d() {
    compare("conv3d", |graph| {
        let y = layers::conv3d(x(graph, shape![?, 5, 6, 7, 2]), 3, 2);
        let options = Conv3D::new().strides([2, 1, 1]).padding("SAME");
        let options = options.use_bias(false).activation(tf::tanh);
        trained(&layers::conv3d_with(y, 3, [1, 2, 3], options));
        let volumes = x(graph, shape![?, 2, 5, 6, 7]);
        layers::conv3d_with(volumes, 3, 2, Conv3D::new().channels_first());
    });
}

#[test]
fn conv2d_transpose() {
    compare("conv2d_transpose", |graph| {
        let images = x(graph, shape![?, 4, 5, 3]);
        let options = Conv2DTranspose::new().strides(2);
        let y = layers::conv2d_transpose_with(images, 4, 3, options);
        let options = Conv2DTranspose::new().padding("SAME").use_bias(false);
        trained(&layers::conv2d_transpose_with(
            y,
            2,
            [2, 3],
            options.activation(nn::relu),
        ));
        let images = x(graph, shape![2, 3, 4, 5]);
        let options = Conv2DTranspose::new().strides([2, 1]);
        layers::conv2d_transpose_with(images, 4, 3, options);
    });
}

#[test]
fn conv3d_transpose() {
    compare("conv3d_transpose", |graph| {
        let volumes = x(graph, shape![?, 3, 4, 5, 2]);
        let options = Conv3DTranspose::new().strides(2);
        let y = layers::conv3d_transpose_with(volumes, 3, 2, options);
        let options = Conv3DTranspose::new().padding("SAME").use_bias(false);
        trained(&layers::conv3d_transpose_with(y, 2, [1, 2, 3], options));
    });
}

#[test]
fn separable_convs() {
    compare("separable_convs", |graph| {
        let rows = x(graph, shape![?, 9, 4]);
        let options = SeparableConv1D::new().strides(2).depth_multiplier(2);
        trained(&layers::separable_conv1d_with(rows, 5, 3, options));
        let images = x(graph, shape![?, 9, 8, 3]);
        let y = layers::separable_conv2d_with(images, 5, 3, nn::relu);
        let options = SeparableConv2D::new().padding("SAME").depth_multiplier(2);
        let options = options.use_bias(false).strides(2);
        let y = layers::separable_conv2d_with(y, 4, [2, 3], options);
        layers::separable_conv2d_with(y, 2, 2, SeparableConv2D::new().dilation_rate(2));
    });
}

#[test]
fn poolings() {
    compare("poolings", |graph| {
        let rows = x(graph, shape![?, 9, 4]);
        layers::max_pooling1d(&rows, 2, 2);
        let options = AveragePooling1D::new().padding("SAME").channels_first();
        layers::average_pooling1d_with(&rows, 3, 2, options);
        let y = layers::max_pooling2d(x(graph, shape![?, 9, 8, 3]), 2, 2);
        let options = AveragePooling2D::new().padding("SAME").name("means");
        let y = layers::average_pooling2d_with(y, [2, 3], [2, 1], options);
        layers::max_pooling2d_with(y, 2, 1, MaxPooling2D::new().channels_first());
        let volumes = x(graph, shape![?, 5, 6, 7, 2]);
        layers::max_pooling3d(&volumes, 2, 2);
        let options = AveragePooling3D::new().padding("SAME");
        layers::average_pooling3d_with(&volumes, [1, 2, 3], 1, options);
        layers::max_pooling3d_with(&volumes, 2, 1, MaxPooling3D::new().channels_first());
    });
}

#[test]
fn nn_convolutions() {
    compare("nn_convolutions", |graph| {
        let x = x(graph, shape![?, 9, 4]);
        let k = graph.ones::<f32>([3, 4, 5]).named("k");
        trained(&nn::conv1d(&x, &k, 2, "SAME"));
        let options = nn::Convolution::new().dilation_rate([2]);
        nn::convolution_with(&x, &k, "VALID", options);
        nn::convolution_with(&x, &k, "SAME", nn::Convolution::new().strides([2]));
        let filters = graph.ones::<f32>([3, 5, 4]);
        nn::conv1d_transpose(&x, filters, [2, 18, 5], 2, "SAME");
        let options = nn::Pool::new().dilation_rate([2]);
        nn::pool_with(&x, [2], "MAX", "VALID", options);
        nn::max_pool1d(&x, 2, 2, "VALID");
        nn::avg_pool1d(&x, 2, 1, "SAME");
    });
}

#[test]
fn nn_convolutions_of_images() {
    compare("nn_convolutions_of_images", |graph| {
        let x = x(graph, shape![?, 9, 8, 3]);
        let k = graph.ones::<f32>([3, 2, 3, 4]).named("k");
        trained(&nn::conv2d(&x, &k, 2, "SAME"));
        let options = nn::Convolution::new().dilation_rate([2, 1]);
        trained(&nn::convolution_with(&x, &k, "SAME", options));
        trained(&nn::atrous_conv2d(&x, &k, 2, "SAME"));
        nn::atrous_conv2d(&x, &k, 1, "VALID");
        nn::atrous_conv2d(&x, &k, 2, "VALID");
        let filters = graph.ones::<f32>([3, 3, 4, 3]);
        nn::atrous_conv2d_transpose(&x, filters, [2, 9, 8, 4], 2, "SAME");
        let filters = graph.ones::<f32>([3, 2, 5, 3]);
        nn::conv2d_transpose(&x, filters, [2, 18, 16, 5], 2, "SAME");
        trained(&nn::depthwise_conv2d(&x, &k, [1, 2, 2, 1], "SAME"));
        let rate = || nn::Conv2D::new().dilations([2, 2]);
        nn::depthwise_conv2d_with(&x, &k, [1, 1, 1, 1], "VALID", rate());
        let pointwise = graph.ones::<f32>([1, 1, 12, 5]);
        trained(&nn::separable_conv2d(
            &x,
            &k,
            &pointwise,
            [1, 1, 1, 1],
            "SAME",
        ));
        nn::separable_conv2d_with(&x, &k, &pointwise, [1, 1, 1, 1], "SAME", rate());
        let filter = graph.ones::<f32>([2, 2, 3]);
        trained(&nn::dilation2d(
            &x,
            filter,
            [1, 1, 1, 1],
            [1, 2, 2, 1],
            "SAME",
        ));
        let kernel = graph.ones::<f32>([2, 2, 3]);
        nn::erosion2d(&x, kernel, [1, 1, 1, 1], [1, 1, 1, 1], "VALID");
    });
}

#[test]
fn nn_pools() {
    compare("nn_pools", |graph| {
        let images = x(graph, shape![?, 9, 8, 3]);
        trained(&nn::max_pool(&images, 2, 2, "SAME"));
        trained(&nn::avg_pool(&images, [1, 2, 3, 1], [1, 2, 1, 1], "VALID"));
        let options = nn::Pool::new().dilation_rate([2, 1]);
        trained(&nn::pool_with(&images, [2, 2], "AVG", "VALID", options));
        let options = nn::Pool::new().strides([2, 2]);
        nn::pool_with(&images, [2, 2], "MAX", "SAME", options);
        trained(&nn::max_pool_with_argmax(&images, [1, 2, 2, 1], [1, 2, 2, 1], "SAME").0);
        let ratio = [1.0, 1.44, 1.73, 1.0];
        let options = nn::FractionalMaxPool::new().deterministic(true);
        trained(&nn::fractional_max_pool_with(&images, ratio, options.seed(1).seed2(2)).0);
        let options = nn::FractionalAvgPool::new().overlapping(true);
        let options = options.deterministic(true).seed(1).seed2(2);
        let known = x(graph, shape![2, 9, 8, 3]);
        let y = nn::fractional_avg_pool_with(&known, ratio, options).0;
        let _ = tf::gradients(y, &known);
        nn::weighted_moments(&images, [0, 1], graph.ones::<f32>([8, 1]));
        nn::weighted_moments(&images, Axes::from([3]).keepdims(), &images);
        let volumes = x(graph, shape![?, 5, 6, 7, 2]);
        let k = graph.ones::<f32>([2, 2, 2, 2, 3]).named("volume");
        let y = nn::conv3d(&volumes, &k, [1, 1, 2, 1, 1], "SAME");
        let _ = tf::gradients(&y, [&volumes, &k]);
        nn::conv3d_transpose(&y, &k, [2, 5, 6, 7, 2], [1, 1, 2, 1, 1], "SAME");
        let _ = tf::gradients(nn::max_pool3d(&volumes, 2, 2, "SAME"), &volumes);
        let _ = tf::gradients(nn::avg_pool3d(&volumes, 2, 1, "VALID"), &volumes);
    });
}
