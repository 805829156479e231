//! Random ops, one after the other, of the tensors that there are so far.

use rand::Rng;
use rand::rngs::StdRng;
use tf1 as tf;
use tf1::{AnyTensor, Axes, Plain, Tensor, step};

/// The tensors that ops are made of, by type.
pub struct Tensors {
    pub floats: Vec<Tensor<f32>>,
    pub ints: Vec<Tensor<i32>>,
    pub longs: Vec<Tensor<i64>>,
    pub truths: Vec<Tensor<bool>>,
}

impl Tensors {
    /// The youngest of each type, up to `most`.
    pub fn last(&self, most: usize) -> Vec<AnyTensor> {
        fn some<T: Plain>(tensors: &[Tensor<T>], most: usize) -> Vec<AnyTensor> {
            let last = tensors.iter().rev().take(most);
            last.map(Tensor::any).collect()
        }
        [
            some(&self.floats, most),
            some(&self.ints, most),
            some(&self.longs, most),
            some(&self.truths, most),
        ]
        .concat()
    }

    /// Adds a random op.
    pub fn grow(&mut self, random: &mut StdRng) {
        match random.random_range(0..10) {
            0..6 => self.float_step(random),
            6..8 => self.int_step(random),
            8 => self.long_step(random),
            _ => self.truth_step(random),
        }
    }

    fn float_step(&mut self, random: &mut StdRng) {
        let x = pick(random, &self.floats);
        let y = mate(random, &self.floats, &x);
        let chained = self.chained(random, &x);
        let rank = x.shape().rank().unwrap_or_default();
        let known = lengths(&x).unwrap_or_default();
        let first = known.first().copied().unwrap_or_default();
        let positive = |x: &Tensor| x.greater(0.1);
        if let Some(z) = chained.filter(|_| random.random_bool(0.2)) {
            self.floats.push(tf::matmul(&x, z) * 0.1);
            return;
        }
        self.floats.push(match random.random_range(0..26) {
            0 => &x + &y,
            1 => &x * &y - 0.5,
            2 => tf::maximum(&x, &y),
            3 => tf::select(x.less(&y), &x, &y * 0.25),
            4 if rank > 0 => tf::reduce_sum(&x, Axes::from(0).keepdims()) * 0.1 + &x,
            5 if rank > 0 => tf::reduce_max(&x, Axes::from(-1).keepdims()) - &x,
            6 if rank == 2 => tf::transpose(&x),
            7 if first > 0 => tf::reduce_mean(&x, ..) + &x,
            8 => tf::sigmoid(&x),
            9 => tf::nn::relu(x * 2.0 + 1.0),
            10 => tf::tanh(&x) * tf::tanh(&x),
            11 if rank == 2 => tf::reshape(&x, [-1]),
            12 if rank > 0 => x.index(step(.., -1)),
            13 if rank == 2 => x.index((step(.., 2), step(.., -1))),
            14 if rank == 2 => x.index((.., step(..-1, -3))) * 0.5,
            15 if first > 1 => {
                let cut = random.random_range(1..first);
                let parts = tf::split(&x, vec![cut as i32, (first - cut) as i32], 0);
                tf::concat([&parts[1], &parts[0]], 0)
            }
            16 if rank > 0 => tf::concat([&x, &y, &x], rank as i32 - 1),
            17 => tf::reduce_sum(tf::stack([&x, &y], 0), 0),
            18 if first > 0 && first < 9 => {
                let rows = tf::unstack(&x);
                &rows[0] + &rows[first - 1]
            }
            19 if rank > 0 => tf::boolean_mask(&x, positive(&x)),
            20 if rank > 0 => tf::gather_nd(&x, tf::where_(positive(&x))),
            21 => tf::tanh(tf::to_float(pick(random, &self.ints)) * 0.01),
            22 => tf::tanh(tf::to_float(pick(random, &self.longs)) * 0.01),
            23 => tf::to_float(pick(random, &self.truths)),
            24 => with_truths(random, &self.truths, &x, &y),
            _ => tf::square(&x) * 0.5,
        });
    }

    /// A matrix that can be multiplied by `x` from the left.
    fn chained(&self, random: &mut StdRng, x: &Tensor) -> Option<Tensor> {
        let inner = x.shape().dim(1).filter(|_| x.shape().rank() == Some(2))?;
        let chains = |z: &&Tensor| z.shape().rank() == Some(2) && z.shape().dim(0) == Some(inner);
        let chained: Vec<Tensor> = self.floats.iter().filter(chains).cloned().collect();
        (!chained.is_empty()).then(|| pick(random, &chained))
    }

    fn int_step(&mut self, random: &mut StdRng) {
        let x = pick(random, &self.ints);
        let y = mate(random, &self.ints, &x);
        let rank = x.shape().rank().unwrap_or_default();
        self.ints.push(match random.random_range(0..14) {
            0 => &x + &y,
            1 => &x * &y - 3,
            2 => tf::floordiv(&x, &y * 2 + 1),
            3 => tf::floormod(&x, tf::square(&y) * 2 + 1),
            4 => tf::minimum(&x, &y),
            5 if rank > 0 => tf::reduce_sum(&x, 0),
            6 if rank == 2 => tf::transpose(&x),
            7 if rank > 0 => x.index(step(.., -2)),
            8 => tf::unique(tf::reshape(tf::floormod(&x, 7), [-1])).0,
            9 => tf::unique(tf::reshape(&x, [-1])).1,
            10 => with_truths(random, &self.truths, &x, &y),
            11 => tf::to_int32(pick(random, &self.floats) * 8.0),
            12 => tf::to_int32(pick(random, &self.longs)),
            _ => tf::shape(pick(random, &self.floats)),
        });
    }

    fn long_step(&mut self, random: &mut StdRng) {
        let x = pick(random, &self.longs);
        let y = mate(random, &self.longs, &x);
        let float = pick(random, &self.floats);
        let rank = float.shape().rank();
        let full = lengths(&float).is_some_and(|lengths| lengths.iter().product::<usize>() > 0);
        self.longs.push(match random.random_range(0..8) {
            0 => &x - &y * 2,
            1 => tf::floormod(&x * &y, 1000),
            2 => tf::to_int64(pick(random, &self.ints)) * 1_000_000_007,
            3 if rank > Some(0) && full => tf::argmax(&float, 0),
            4 if rank > Some(0) => tf::where_(float.greater(0.3)),
            5 => tf::count_nonzero(&float, ..),
            6 => tf::select(x.less(&y), &y, &x),
            _ => tf::to_int64(pick(random, &self.truths)),
        });
    }

    fn truth_step(&mut self, random: &mut StdRng) {
        let x = pick(random, &self.truths);
        let y = mate(random, &self.truths, &x);
        let float = pick(random, &self.floats);
        let int = pick(random, &self.ints);
        let long = pick(random, &self.longs);
        let rank = x.shape().rank().unwrap_or_default();
        self.truths.push(match random.random_range(0..10) {
            0 => tf::logical_and(&x, &y),
            1 => tf::logical_or(&x, tf::logical_not(&y)),
            2 => tf::logical_xor(&x, &y),
            3 => float.less(mate(random, &self.floats, &float)),
            4 => int.greater_equal(mate(random, &self.ints, &int)),
            5 => tf::equal(&long, mate(random, &self.longs, &long)),
            6 if rank > 0 => tf::reduce_any(&x, -1),
            7 if rank == 2 => tf::transpose(&x),
            8 => tf::not_equal(&int, 1),
            _ => tf::logical_not(&x),
        });
    }
}

pub fn pick<T: Plain>(random: &mut StdRng, tensors: &[Tensor<T>]) -> Tensor<T> {
    tensors[random.random_range(0..tensors.len())].clone()
}

/// One of the tensors that are known to have the shape of `x`, if that is known.
pub fn fitting<T: Plain, U: Plain>(
    random: &mut StdRng,
    tensors: &[Tensor<T>],
    x: &Tensor<U>,
) -> Option<Tensor<T>> {
    let wanted = lengths(x)?;
    let fits = |tensor: &&Tensor<T>| lengths(tensor).as_ref() == Some(&wanted);
    let fitting: Vec<&Tensor<T>> = tensors.iter().filter(fits).collect();
    let number = (!fitting.is_empty()).then(|| random.random_range(0..fitting.len()))?;
    Some(fitting[number].clone())
}

/// One of the tensors that fits `x`, or `x` itself.
fn mate<T: Plain>(random: &mut StdRng, tensors: &[Tensor<T>], x: &Tensor<T>) -> Tensor<T> {
    fitting(random, tensors, x).unwrap_or_else(|| x.clone())
}

/// The lengths of the axes, if all are known.
pub fn lengths<T: Plain>(x: &Tensor<T>) -> Option<Vec<usize>> {
    x.shape().dims()?.iter().copied().collect()
}

/// A choice between two tensors of one shape, by truth values that are known to have that shape, if
/// there are any.
fn with_truths<T: tf1::Numeric>(
    random: &mut StdRng,
    truths: &[Tensor<bool>],
    x: &Tensor<T>,
    y: &Tensor<T>,
) -> Tensor<T> {
    match fitting(random, truths, x) {
        Some(condition) => tf::select(condition, x, y),
        None => tf::select(tf::equal(x, y), x, y),
    }
}
