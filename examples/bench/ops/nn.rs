//! Products, normalization, activations, losses.

use tf1 as tf;
use tf1::nn::{self, Labels, Logits};

use super::builder::builders;

builders! {
    "matmul" [f32 f64 i32] |x| {
        let options = (x.flag("transpose_a"), x.flag("transpose_b"));
        tf::matmul_with(x.get::<T>(0), x.get::<T>(1), options)
    };
    "tensordot" [f32] |x| {
        let shape = x.integers("flat");
        let rows = tf::reshape(x.get::<T>(0), [shape[0], shape[1]]);
        tf::reshape(tf::matmul(rows, x.get::<T>(1)), x.integers("shape"))
    };
    "linalg.qr" [f32 f64] |x| tf::qr(x.get::<T>(0));
    "nn.xw_plus_b" [f32] |x| nn::xw_plus_b(x.get::<T>(0), x.get::<T>(1), x.get::<T>(2));
    "nn.relu_layer" [f32] |x| nn::relu_layer(x.get::<T>(0), x.get::<T>(1), x.get::<T>(2));
    "nn.bias_add" [f32 f64] |x| match x.text("data_format") {
        Some(_) => nn::bias_add_with(x.get::<T>(0), x.get::<T>(1), nn::BiasAdd::new().channels_first()),
        None => nn::bias_add(x.get::<T>(0), x.get::<T>(1)),
    };
    "nn.batch_normalization" [f32] |x| {
        let (offset, scale) = (x.get::<T>(3), x.get::<T>(4));
        nn::batch_normalization(x.get::<T>(0), x.get::<T>(1), x.get::<T>(2), offset, scale, 1e-3)
    };
    "nn.fused_batch_norm" [f32] |x| nn::fused_batch_norm(x.get::<T>(0), x.get::<T>(1), x.get::<T>(2));
    "fused_batch_norm_inference" [f32] |x| {
        let (mean, variance) = (x.get::<T>(3), x.get::<T>(4));
        let options = nn::FusedBatchNorm::new().inference(&mean, &variance);
        nn::fused_batch_norm_with(x.get::<T>(0), x.get::<T>(1), x.get::<T>(2), options).0
    };
    "nn.moments" [f32] |x| nn::moments(x.get::<T>(0), x.axes());
    "nn.l2_normalize" [f32] |x| nn::l2_normalize(x.get::<T>(0), x.axes());
    "nn.local_response_normalization" [f32] |x| {
        let options = nn::LocalResponseNormalization::new();
        let options = options.depth_radius(x.integer("depth_radius")).alpha(1e-4).beta(x.number("beta") as f32);
        nn::local_response_normalization_with(x.get::<T>(0), options)
    };
    "nn.l2_loss" [f32 f64] |x| nn::l2_loss(x.get::<T>(0));
    "nn.relu" [f32 f64 i32] |x| nn::relu(x.get::<T>(0));
    "nn.relu6" [f32] |x| nn::relu6(x.get::<T>(0));
    "nn.leaky_relu" [f32] |x| nn::leaky_relu(x.get::<T>(0));
    "nn.elu" [f32] |x| nn::elu(x.get::<T>(0));
    "nn.selu" [f32] |x| nn::selu(x.get::<T>(0));
    "nn.softplus" [f32 f64] |x| nn::softplus(x.get::<T>(0));
    "nn.softsign" [f32] |x| nn::softsign(x.get::<T>(0));
    "nn.swish" [f32] |x| nn::swish(x.get::<T>(0));
    "gelu" [f32] |x| {
        let x = x.get::<T>(0);
        0.5 * &x * (1.0 + tf::erf(&x * std::f32::consts::FRAC_1_SQRT_2))
    };
    "nn.softmax" [f32 f64] |x| nn::softmax_with(x.get::<T>(0), x.integer_or("axis", -1));
    "nn.log_softmax" [f32] |x| nn::log_softmax(x.get::<T>(0));
    "softmax_cross_entropy" [f32 f64] |x| {
        nn::softmax_cross_entropy_with_logits_v2(Labels(x.get::<T>(0)), Logits(x.get::<T>(1)))
    };
    "sparse_softmax_cross_entropy" [i32 i64] |x| {
        nn::sparse_softmax_cross_entropy_with_logits(x.get::<T>(0), x.get::<f32>(1))
    };
    "sigmoid_cross_entropy" [f32] |x| {
        nn::sigmoid_cross_entropy_with_logits(Labels(x.get::<T>(0)), Logits(x.get::<T>(1)))
    };
}
