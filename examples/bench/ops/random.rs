//! Random numbers, and what is drawn by them. Operands tell their lengths where there would be none
//! else.

use tf1 as tf;
use tf1::nn;

use super::builder::builders;

builders! {
    "random.uniform" [f32 f64 i32] |x| {
        let options = tf::RandomUniform::<T>::from((0 as T, x.number("maxval") as T));
        x.graph.random_uniform_with::<T>(x.integers("shape"), options)
    };
    "random.normal" [f32 f64] |x| x.graph.random_normal::<T>(x.integers("shape"));
    "random.truncated_normal" [f32] |x| x.graph.truncated_normal::<T>(x.integers("shape"));
    "random.shuffle" [f32 i32] |x| tf::random_shuffle(x.get::<T>(0));
    "random.multinomial" [f32] |x| tf::multinomial(x.get::<T>(0), x.integer("num_samples"));
    "random_crop" [f32] |x| tf::random_crop(x.get::<T>(0), x.integers("size"));
    "nn.dropout" [f32 f64] |x| nn::dropout(x.get::<T>(0), nn::Keep::rate(x.number("rate")));
}
