//! Reductions.

use tf1 as tf;
use tf1::{Float, Numeric};

use super::{Row, ops};
use crate::pick::Kind;

pub fn numbers<T: Kind + Numeric>() -> Vec<Row> {
    ops![p;
        tf::reduce_sum(p.x::<T>(), p.axes()), tf::reduce_mean(p.x::<T>(), p.axes()), tf::reduce_max(p.x::<T>(), p.axes()),
        tf::reduce_min(p.x::<T>(), p.axes()), tf::reduce_prod(p.x::<T>(), p.axes()),
        tf::argmax(p.x::<T>(), p.axis() as i32), tf::argmin(p.x::<T>(), p.axis() as i32),
        tf::count_nonzero(p.x::<T>(), p.axes()), tf::count_nonzero_as(p.x::<T>(), p.axes(), tf::int32), tf::cumsum(p.ranked::<T>(1)), tf::cumprod(p.ranked::<T>(1)),
        tf::cumsum_with(p.x::<T>(), tf::Cumsum::new().axis(p.axis() as i32).exclusive()),
        tf::cumprod_with(p.x::<T>(), tf::Cumprod::new().axis(p.axis() as i32).reverse()),
        tf::reduce_sum(p.x::<T>() * p.y::<T>(), p.axes()),
    ]
}

pub fn floats<T: Kind + Float>() -> Vec<Row> {
    ops![p;
        tf::reduce_logsumexp(p.x::<T>(), p.axes()), tf::reduce_variance(p.x::<T>(), p.axes()),
        tf::reduce_std(p.x::<T>(), p.axes()), tf::norm(p.x::<T>()), tf::nn::l2_loss(p.x::<T>()),
        tf::nn::l2_normalize(p.x::<T>(), p.axes()), tf::nn::moments(p.x::<T>(), p.axes()),
    ]
}

pub fn truths() -> Vec<Row> {
    ops![p;
        tf::reduce_all(p.x(), p.axes()), tf::reduce_any(p.x(), p.axes()), tf::count_nonzero(p.x::<bool>(), p.axes()),
    ]
}
