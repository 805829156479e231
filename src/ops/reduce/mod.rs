//! Reductions: ops that combine the elements along some axes into one.

mod accumulate_n;
mod arg;
mod axes;
mod count_nonzero;
mod cumulative;
mod extremum;
mod gradient;
mod logical;
mod logsumexp;
mod mean;
mod norm;
mod prod;
mod reduction;
mod sum;

pub use accumulate_n::accumulate_n;
pub use arg::{ArgMax, ArgMin, argmax, argmax_with, argmin, argmin_with};
pub use axes::Axes;
pub use count_nonzero::count_nonzero;
pub use cumulative::{Cumprod, Cumsum, cumprod, cumprod_with, cumsum, cumsum_with};
pub use extremum::{reduce_max, reduce_min};
pub use logical::{reduce_all, reduce_any};
pub use logsumexp::reduce_logsumexp;
pub use mean::{reduce_mean, reduce_std, reduce_variance};
pub use norm::{Norm, norm, norm_with};
pub use prod::reduce_prod;
pub use sum::reduce_sum;

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[
    accumulate_n::OPS,
    arg::OPS,
    cumulative::OPS,
    extremum::OPS,
    logical::OPS,
    mean::OPS,
    prod::OPS,
    sum::OPS,
];
