//! Ops that move elements.

use tf1 as tf;
use tf1::{Integer, Numeric, Tensor};

use super::{Row, ops};
use crate::pick::Kind;
use crate::program::Program;

pub fn all<T: Kind>() -> Vec<Row> {
    ops![p;
        tf::identity(p.x::<T>()), tf::stop_gradient(p.x::<T>()), tf::zeros_like(p.x::<T>()), tf::ones_like(p.x::<T>()),
        tf::shape(p.x::<T>()), tf::size(p.x::<T>()), tf::rank(p.x::<T>()), tf::shape_n([p.x::<T>(), p.x::<T>()]),
        tf::shape_n_as([p.x::<T>(), p.x::<T>()], tf::int64),
        tf::transpose(p.x::<T>()), permuted::<T>(p), tf::matrix_transpose(p.ranked::<T>(2)),
        reshaped::<T>(p), reshaped::<T>(p), tf::expand_dims(p.x::<T>(), p.axis() as i32), tf::squeeze(p.x::<T>()),
        tf::squeeze_with(p.x::<T>(), tf::Squeeze::new().axis([p.axis()])),
        tf::concat([p.ranked::<T>(1), p.y::<T>(), p.y::<T>()], p.axis() as i32), tf::stack([p.x::<T>(), p.y::<T>()], p.axis()),
        tf::unstack_with(p.ranked::<T>(1), tf::Unstack::new().axis(p.axis())),
        split::<T>(p), tf::split(p.ranked::<T>(1), p.count(4), p.axis() as i32),
        tf::gather(p.ranked::<T>(1), p.indices::<i32>(&[3], 3)), gather::<T, i64>(p), gather::<T, i32>(p),
        tf::gather_nd(p.ranked::<T>(2), p.integers::<i32>(&[2, 1], &[0, 1])),
        tf::gather_with(p.ranked::<T>(2), p.integers::<i32>(&[1, 2], &[0, 1]), tf::Gather::new().batch_dims(1)),
        slice::<T, i32>(p), slice::<T, i64>(p), strided::<T>(p), strided::<T>(p),
        index::<T>(p), tile::<T>(p), pad::<T>(p), pad::<T>(p), tf::reverse(p.x::<T>(), p.vector_of_axis()),
        tf::roll(p.x::<T>(), p.count(5) as i32, p.axis() as i32), reverse_sequence::<T>(p), broadcast_to::<T>(p),
        fill::<T>(p), tf::where_(p.x::<T>()), tf::boolean_mask(p.x::<T>(), p.y::<bool>()), mask::<T>(p),
        tf::dynamic_partition(p.ranked::<T>(1), partitions(p), 3), stitch::<T>(p),
        tf::diag(p.x::<T>()), tf::diag_part(square::<T>(p)), tf::matrix_diag(p.ranked::<T>(1)),
        tf::matrix_diag_part(p.ranked::<T>(2)), set_diag::<T>(p),
        tf::matrix_band_part(p.ranked::<T>(2), p.count(3) as i64 - 1, p.count(3) as i64 - 1),
        tf::space_to_depth(spaced::<T>(p), 2), tf::depth_to_space(spaced::<T>(p), 2),
        tf::space_to_depth_with(spaced::<T>(p), 2, "NCHW"), tf::depth_to_space_with(spaced::<T>(p), 2, "NCHW"),
        p.graph.clone().placeholder_with_default(p.x::<T>(), ..), tf::random_shuffle(p.ranked::<T>(1)),
        one_hot::<T>(p), tupled::<T>(p), p.graph.clone().eye::<T>(p.count(4)),
        set_shape::<T>(p),
    ]
}

pub fn numbers<T: Kind + Numeric>() -> Vec<Row> {
    ops![p;
        tf::range(p.scalar::<T>(), p.scalar::<T>(), p.scalar::<T>()), tf::unique(p.ranked::<T>(1)),
        tf::unique(tf::reshape(p.x::<T>(), [-1])), tf::unique_with_counts(tf::reshape(p.x::<T>(), [-1])),
        tf::setdiff1d(tf::reshape(p.x::<T>(), [-1]), tf::reshape(p.x::<T>(), [-1])),
        tf::unique_with_counts_as(p.ranked::<T>(1), tf::int64), tf::setdiff1d_as(p.ranked::<T>(1), p.ranked::<T>(1), tf::int64),
        tf::nn::top_k(p.ranked::<T>(1), p.count(3) as i32), tf::trace(p.ranked::<T>(2)),
        scatter_nd::<T>(p), segment::<T>(p, tf::segment_sum), segment::<T>(p, tf::segment_mean), segment::<T>(p, tf::segment_max),
        segment::<T>(p, tf::segment_min), segment::<T>(p, tf::segment_prod),
        unsorted::<T>(p, tf::unsorted_segment_sum), unsorted::<T>(p, tf::unsorted_segment_max),
        unsorted::<T>(p, tf::unsorted_segment_min), unsorted::<T>(p, tf::unsorted_segment_prod),
    ]
}

pub fn integers() -> Vec<Row> {
    ops![p;
        tf::bincount(p.x::<i32>()), tf::confusion_matrix(p.ranked::<i32>(1), p.y::<i32>()),
        tf::invert_permutation(p.vector::<i32>(&[2, 0, 1])), tf::sequence_mask(p.x::<i32>()),
        p.graph.clone().linspace(p.scalar::<f32>(), p.scalar::<f32>(), p.count(4) as i32),
        tf::zeros::<f32>(p.vector::<i32>(&[2, 3])), tf::ones::<f32>(p.vector::<i32>(&[2, 0])),
        p.graph.clone().random_uniform::<f32>(p.vector::<i32>(&[2, 3])), tf::random_crop(p.ranked::<f32>(2), p.vector::<i32>(&[1, 1])),
        tf::multinomial(p.ranked::<f32>(2), p.count(3) as i32),
    ]
}

fn lengths_of(p: &Program) -> Vec<i64> {
    p.last.iter().map(|&length| length as i64).collect()
}

fn permuted<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.x::<T>();
    let rank = p.last.len() as i64;
    let turn = if rank > 0 {
        p.below(rank as usize) as i64
    } else {
        0
    };
    let perm: Vec<i64> = (0..rank).map(|axis| (axis + turn) % rank).collect();
    let perm = p.vector::<i32>(&perm);
    tf::transpose_with(x, &perm)
}

fn reshaped<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.x::<T>();
    let mut lengths = lengths_of(p);
    match p.below(4) {
        0 => lengths.reverse(),
        1 => lengths = vec![lengths.iter().product()],
        2 if !lengths.is_empty() => {
            let last = lengths.pop().unwrap_or_default();
            lengths.insert(0, 1);
            lengths.insert(0, last);
        }
        _ => lengths.insert(0, 1),
    }
    if !lengths.is_empty() && p.chance(0.4) {
        let place = p.below(lengths.len());
        lengths[place] = -1;
    }
    tf::reshape(x, p.vector::<i32>(&lengths))
}

fn split<T: Kind>(p: &mut Program) -> Vec<Tensor<T>> {
    let x = p.ranked::<T>(1);
    let axis = p.axis();
    let length = lengths_of(p)
        .get(axis.max(0) as usize)
        .copied()
        .unwrap_or(2);
    let sizes = p.vector::<i32>(&[1, length - 1]);
    tf::split(x, &sizes, axis as i32)
}

fn gather<T: Kind, I: Kind + Integer>(p: &mut Program) -> Tensor<T> {
    let x = p.ranked::<T>(1);
    let axis = p.below(p.last.len().max(1));
    let limit = p.last.get(axis).copied().unwrap_or(1);
    let rank = p.below(3);
    let shape = p.lengths(rank);
    let indices = p.indices::<I>(&shape, limit);
    tf::gather_with(x, indices, tf::Gather::new().axis(axis as isize))
}

fn scatter_nd<T: Kind + Numeric>(p: &mut Program) -> Tensor<T> {
    let updates = p.ranked::<T>(1);
    let rows = p.last.first().copied().unwrap_or(1);
    let indices = p.indices::<i32>(&[rows, 1], 5);
    let mut whole = lengths_of(p);
    whole.splice(..whole.len().min(1), [5]);
    tf::scatter_nd(indices, updates, p.vector::<i32>(&whole))
}

fn slice<T: Kind, I: Kind + Integer>(p: &mut Program) -> Tensor<T> {
    let x = p.x::<T>();
    let lengths = lengths_of(p);
    let begin: Vec<i64> = lengths
        .iter()
        .map(|&length| length.min(p.below(2) as i64))
        .collect();
    let size: Vec<i64> = lengths
        .iter()
        .zip(&begin)
        .map(|(length, begin)| length - begin - p.below(2).min((length - begin) as usize) as i64)
        .collect();
    let (begin, size) = (p.vector::<I>(&begin), p.vector::<I>(&size));
    tf::slice(x, begin, size)
}

fn strided<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.x::<T>();
    let count = p.below(p.last.len() + 1);
    let mut some = |low: i64, high: i64| -> Vec<i64> {
        (0..count)
            .map(|_| low + p.below((high - low) as usize) as i64)
            .collect()
    };
    let (begin, end) = (some(-3, 4), some(-4, 5));
    let strides: Vec<i64> = some(-2, 3)
        .into_iter()
        .map(|stride| if stride == 0 { 1 } else { stride })
        .collect();
    let mut options = tf::StridedSlice::new();
    if p.chance(0.5) {
        let mask = |p: &mut Program| (p.below(8) & p.below(8)) as u32;
        options = options
            .begin_mask(mask(p))
            .end_mask(mask(p))
            .new_axis_mask(mask(p))
            .shrink_axis_mask(mask(p))
            .ellipsis_mask(mask(p));
    }
    let (begin, end, strides) = (
        p.vector::<i32>(&begin),
        p.vector::<i32>(&end),
        p.vector::<i32>(&strides),
    );
    tf::strided_slice_with(x, begin, end, strides, options)
}

fn index<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.x::<T>();
    match p.below(5) {
        0 => x.index(tf::step(.., -1)),
        1 => x.index((tf::Ellipsis, tf::step(.., 2))),
        2 => x.index(p.count(2) as i32),
        3 => x.index((.., tf::NewAxis)),
        _ => x.index((1.., tf::step(..-1, -1))),
    }
}

fn tile<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.x::<T>();
    let count = p.last.len();
    let multiples: Vec<i64> = (0..count).map(|_| p.below(3) as i64).collect();
    tf::tile(x, p.vector::<i32>(&multiples))
}

fn pad<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.x::<T>();
    let count = p.last.len();
    let paddings: Vec<i64> = (0..2 * count).map(|_| p.below(3) as i64).collect();
    let paddings = p.integers::<i32>(&[count, 2], &paddings);
    let options = match p.below(4) {
        0 => tf::Pad::new().reflect(),
        1 => tf::Pad::new().symmetric(),
        _ => tf::Pad::new(),
    };
    tf::pad_with(x, paddings, options)
}

fn reverse_sequence<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.ranked::<T>(2);
    let shape = p.last.clone();
    let limit = shape.get(1).map_or(1, |length| length + 1);
    let lengths = p.indices::<i32>(&shape[..shape.len().min(1)], limit);
    tf::reverse_sequence(x, lengths, 1)
}

fn broadcast_to<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.x::<T>();
    let mut wanted: Vec<i64> = p
        .last
        .clone()
        .into_iter()
        .map(|length| if length == 1 { 3 } else { length as i64 })
        .collect();
    if p.chance(0.5) {
        wanted.insert(0, p.below(3) as i64);
    }
    tf::broadcast_to(x, p.vector::<i32>(&wanted))
}

fn fill<T: Kind>(p: &mut Program) -> Tensor<T> {
    let rank = p.below(4);
    let lengths: Vec<i64> = p
        .lengths(rank)
        .into_iter()
        .map(|length| length.min(6) as i64)
        .collect();
    let dims = p.vector::<i32>(&lengths);
    tf::fill(dims, p.scalar::<T>())
}

fn mask<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.ranked::<T>(2);
    let rows = p.rows();
    tf::boolean_mask(x, p.shaped::<bool>(&rows))
}

fn partitions(p: &mut Program) -> Tensor<i32> {
    let rows = p.rows();
    p.indices(&rows, 3)
}

fn stitch<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.ranked::<T>(1);
    let rows = p.rows();
    let y = p.y::<T>();
    let (first, second) = (p.indices::<i32>(&rows, 6), p.indices::<i32>(&rows, 6));
    tf::dynamic_stitch([first, second], [x, y])
}

fn square<T: Kind>(p: &mut Program) -> Tensor<T> {
    let length = p.count(3);
    p.shaped(&[length, length])
}

fn set_diag<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = p.ranked::<T>(2);
    let mut shape = p.last.clone();
    let columns = shape.pop().unwrap_or(1);
    if let Some(rows) = shape.last_mut() {
        *rows = columns.min(*rows);
    }
    tf::matrix_set_diag(x, p.shaped::<T>(&shape))
}

fn spaced<T: Kind>(p: &mut Program) -> Tensor<T> {
    let (rows, channels) = (p.count(2) * 2, p.count(1) * 4);
    p.shaped(&[1, rows, 2, channels])
}

fn one_hot<T: Kind>(p: &mut Program) -> Tensor<T> {
    let indices = p.x::<i32>();
    let depth = p.count(4) as i32;
    tf::one_hot_with(indices, depth, tf::OneHot::new().axis(p.axis()))
}

fn tupled<T: Kind>(p: &mut Program) -> Vec<Tensor<T>> {
    let tensors = tf::tuple([p.x::<T>(), p.x::<T>()]);
    tensors
        .into_iter()
        .flatten()
        .filter_map(|tensor| tensor.typed().ok())
        .collect()
}

/// Something is claimed of a tensor's shape, mostly true.
fn set_shape<T: Kind>(p: &mut Program) -> Tensor<T> {
    let x = tf::identity(p.x::<T>());
    let shape: Vec<Option<usize>> = p
        .last
        .clone()
        .into_iter()
        .map(|length| p.chance(0.5).then_some(length))
        .collect();
    x.set_shape(shape);
    x
}

fn segment<T: Kind>(p: &mut Program, reduce: fn(Tensor<T>, Tensor<i32>) -> Tensor<T>) -> Tensor<T> {
    let x = p.ranked::<T>(1);
    let rows = p.last.first().copied().unwrap_or(1);
    let ids: Vec<i64> = (0..rows).map(|row| row as i64 / 2).collect();
    reduce(x, p.vector::<i32>(&ids))
}

fn unsorted<T: Kind>(
    p: &mut Program,
    reduce: fn(Tensor<T>, Tensor<i32>, Tensor<i32>) -> Tensor<T>,
) -> Tensor<T> {
    let x = p.ranked::<T>(1);
    let rows = p.rows();
    let ids = p.indices::<i32>(&rows, 3);
    reduce(x, ids, p.integers::<i32>(&[], &[3]))
}
