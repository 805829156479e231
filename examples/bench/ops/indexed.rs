//! What moves elements to or from places that other tensors tell.

use tf1 as tf;
use tf1::{Axes, Plain, nn};

use super::builder::{Made, builders};
use super::operands::Operands;

builders! {
    "gather" [f32 f64 i32 u8] |x| gather::<T>(x);
    "gather_nd" [f32 i32] |x| tf::gather_nd(x.get::<T>(0), x.get::<i32>(1));
    "scatter_nd" [i32] |x| tf::scatter_nd(x.get::<T>(0), x.get::<f32>(1), x.integers("shape"));
    "boolean_mask" [f32 i32] |x| tf::boolean_mask(x.get::<T>(0), x.get::<bool>(1));
    "dynamic_partition" [f32] |x| {
        tf::dynamic_partition(x.get::<T>(0), x.get::<i32>(1), x.integer("num_partitions"))
    };
    "dynamic_stitch" [i32] |x| {
        tf::dynamic_stitch(vec![x.get::<T>(0), x.get::<T>(1)], vec![x.get::<f32>(2), x.get::<f32>(3)])
    };
    "bincount" [i32] |x| tf::bincount(x.get::<T>(0));
    "confusion_matrix" [i32] |x| {
        tf::confusion_matrix_with(x.get::<T>(0), x.get::<T>(1), x.integer("num_classes"))
    };
    "nn.top_k" [f32 f64 i32] |x| nn::top_k(x.get::<T>(0), x.integer("k"));
    "nn.in_top_k" [f32] |x| nn::in_top_k(x.get::<T>(0), x.get::<i32>(1), x.integer("k"));
    "segment_sum" [f32 f64 i32] |x| tf::segment_sum(x.get::<T>(0), x.get::<i32>(1));
    "segment_mean" [f32] |x| tf::segment_mean(x.get::<T>(0), x.get::<i32>(1));
    "segment_max" [f32] |x| tf::segment_max(x.get::<T>(0), x.get::<i32>(1));
    "segment_min" [f32] |x| tf::segment_min(x.get::<T>(0), x.get::<i32>(1));
    "segment_prod" [f32] |x| tf::segment_prod(x.get::<T>(0), x.get::<i32>(1));
    "unsorted_segment_sum" [f32 i32] |x| {
        tf::unsorted_segment_sum(x.get::<T>(0), x.get::<i32>(1), x.integer("num_segments"))
    };
    "unsorted_segment_max" [f32] |x| {
        tf::unsorted_segment_max(x.get::<T>(0), x.get::<i32>(1), x.integer("num_segments"))
    };
    "unsorted_segment_min" [f32] |x| {
        tf::unsorted_segment_min(x.get::<T>(0), x.get::<i32>(1), x.integer("num_segments"))
    };
    "unsorted_segment_prod" [f32] |x| {
        tf::unsorted_segment_prod(x.get::<T>(0), x.get::<i32>(1), x.integer("num_segments"))
    };
    "unique" [f32 i32 i64] |x| tf::unique(x.get::<T>(0));
    "unique_with_counts" [i32] |x| tf::unique_with_counts(x.get::<T>(0));
    "setdiff1d" [i32] |x| tf::setdiff1d(x.get::<T>(0), x.get::<T>(1));
    "nn.embedding_lookup" [f32] |x| nn::embedding_lookup(x.get::<T>(0), x.get::<i32>(1));
    "sharded_lookup" [f32] |x| nn::embedding_lookup([x.get::<T>(0), x.get::<T>(1)], x.get::<i32>(2));
    "embedding_bag" [f32] |x| {
        tf::reduce_mean(tf::gather(x.get::<T>(0), x.get::<i32>(1)), Axes::from(1))
    };
}

fn gather<T: Plain>(x: &Operands<'_>) -> Made {
    let options = tf::Gather::new();
    let options = match x.text("axis") {
        Some(_) => options.axis(x.integer("axis")),
        None => options,
    };
    let options = match x.text("batch_dims") {
        Some(_) => options.batch_dims(x.integer("batch_dims")),
        None => options,
    };
    tf::gather_with(x.get::<T>(0), x.get::<i32>(1), options).into()
}
