//! From Philox blocks to the values of TensorFlow's random ops.
//!
//! TensorFlow's kernels make values in small groups, as many as fit into one block of four words:
//! four values of 32 bits or two of 64. A group depends only on the place where the kernel begins
//! and on its own index, so any range of a result can be filled by itself.
//!
//! Source: `lib/random/random_distributions.h` (the distributions) and `kernels/random_op.cc`
//! (`FillPhiloxRandom`, the grouping) of TensorFlow 1.15. The values are those of its CPU kernels
//! bit for bit; for normal values this supposes a C library whose `logf`, `sinf` and `cosf` (`log`,
//! `sin`, `cos`) round as the one that TensorFlow ran with did: current versions of the GNU C
//! library do.

use std::f64::consts::TAU;

use rand_distr::num_traits::{AsPrimitive, Float};

use super::remainder::Divisor;
use super::{Philox, PhiloxStream};
use crate::kernels::cpu::vectorised;
use crate::types::{Error, Result};

/// A distribution that a TensorFlow kernel draws values of type `T` from.
///
/// ```
/// use tf1::random::{Normal, Philox, PhiloxDistribution};
///
/// let start = Philox::new(87_654_321, 1);
/// let mut whole = [0.0_f64; 100];
/// Normal.fill(start, 0, &mut whole);
///
/// let mut parts = [0.0; 100];
/// let (left, right) = parts.split_at_mut(37);
/// Normal.fill(start, 37, right);
/// Normal.fill(start, 0, left);
/// assert_eq!(parts, whole);
/// ```
pub trait PhiloxDistribution<T: Copy> {
    /// An array of as many values as one group has.
    type Group: AsRef<[T]>;

    /// The group with this index, of a kernel that begins at `start`.
    fn group(&self, start: Philox, index: u128) -> Self::Group;

    /// Writes the values `first..first + values.len()` of a kernel that begins at `start`.
    fn fill(&self, start: Philox, first: usize, values: &mut [T]) {
        let size = size_of::<Self::Group>() / size_of::<T>();
        let from = first % size;
        let (head, body) = values.split_at_mut(values.len().min((size - from) % size));
        if !head.is_empty() {
            let group = self.group(start, (first / size) as u128);
            head.copy_from_slice(&group.as_ref()[from..from + head.len()]);
        }
        let index = first.div_ceil(size) as u128;
        let (whole, tail) = body.split_at_mut(body.len() / size * size);
        self.fill_groups(start, index, whole);
        if !tail.is_empty() {
            let group = self.group(start, index + (whole.len() / size) as u128);
            tail.copy_from_slice(&group.as_ref()[..tail.len()]);
        }
    }

    /// Writes whole groups, from that with the index `first` on.
    fn fill_groups(&self, start: Philox, first: u128, values: &mut [T]) {
        let size = size_of::<Self::Group>() / size_of::<T>();
        for (i, group) in values.chunks_exact_mut(size).enumerate() {
            group.copy_from_slice(self.group(start, first + i as u128).as_ref());
        }
    }
}

/// Writes groups of `size` values, each of which `group` makes of one block, from that of `start`
/// on.
#[inline(always)]
fn fill_from_blocks<T: Copy, G: AsRef<[T]>>(
    start: Philox,
    values: &mut [T],
    group: impl Fn([u32; 4]) -> G,
) {
    let size = size_of::<G>() / size_of::<T>();
    let mut next = start;
    for values in values.chunks_mut(Philox::BLOCKS * size) {
        for (values, block) in values.chunks_exact_mut(size).zip(next.blocks(1)) {
            values.copy_from_slice(group(block).as_ref());
        }
        next.skip(Philox::BLOCKS as u128);
    }
}

/// The floating-point types that Philox makes: `f32` and `f64`.
pub trait PhiloxFloat: Copy + PartialOrd + Into<f64> {
    /// The values that one block yields: `[f32; 4]` or `[f64; 2]`.
    type Group: AsRef<[Self]> + AsMut<[Self]> + Default + IntoIterator<Item = Self>;

    /// Uniform values in [0, 1).
    ///
    /// Random bits fill the mantissa of a number in [1, 2), from which 1 is subtracted: `f32` takes
    /// the lower 23 bits of each word, `f64` the lower 20 bits of one word above the whole next
    /// word.
    fn uniforms(block: [u32; 4]) -> Self::Group;

    /// Two independent standard normal values from two uniform ones (Box and Muller, 1958):
    ///
    /// ```text
    /// r = √(-2 ln max(u, 10⁻⁷)),   (r sin 2πv, r cos 2πv)
    /// ```
    ///
    /// 2πv is computed in `f64` and then rounded, the rest in the type itself.
    fn box_muller(u: Self, v: Self) -> [Self; 2];
}

impl PhiloxFloat for f32 {
    type Group = [Self; 4];

    #[inline(always)]
    fn uniforms(block: [u32; 4]) -> Self::Group {
        block.map(|word| Self::from_bits(1.0_f32.to_bits() | word & 0x007F_FFFF) - 1.0)
    }

    fn box_muller(u: Self, v: Self) -> [Self; 2] {
        box_muller(u, v)
    }
}

impl PhiloxFloat for f64 {
    type Group = [Self; 2];

    #[inline(always)]
    fn uniforms(block: [u32; 4]) -> Self::Group {
        let [high0, low0, high1, low1] = block.map(u64::from);
        [high0 << 32 | low0, high1 << 32 | low1]
            .map(|bits| Self::from_bits(1.0_f64.to_bits() | bits & 0x000F_FFFF_FFFF_FFFF) - 1.0)
    }

    fn box_muller(u: Self, v: Self) -> [Self; 2] {
        box_muller(u, v)
    }
}

/// [`PhiloxFloat::box_muller`] for any type.
fn box_muller<T>(u: T, v: T) -> [T; 2]
where
    T: Float + Into<f64> + 'static,
    f64: AsPrimitive<T>,
{
    let smallest = 1e-7.as_();
    let u = if u < smallest { smallest } else { u };
    let radius = ((-2.0).as_() * u.ln()).sqrt();
    let (sin, cos) = (TAU * v.into()).as_().sin_cos();
    [sin * radius, cos * radius]
}

/// The integer types that Philox makes: `i32` and `i64`.
pub trait PhiloxInt: Copy + PartialOrd + std::fmt::Display {
    /// The values that one block yields: `[i32; 4]` or `[i64; 2]`.
    type Group: AsRef<[Self]>;

    /// Uniform values in [low, high): `low + bits mod (high - low)`.
    ///
    /// The bits are one word for `i32` and two words, the lower one first, for `i64`.
    fn in_range(block: [u32; 4], range: UniformInt<Self>) -> Self::Group;

    /// `high - low`, which may be too large for the type itself.
    #[doc(hidden)]
    fn width(low: Self, high: Self) -> Divisor;
}

impl PhiloxInt for i32 {
    type Group = [Self; 4];

    #[inline(always)]
    fn in_range(block: [u32; 4], UniformInt { low, width }: UniformInt<Self>) -> Self::Group {
        // Sums modulo 2³² come out right.
        block.map(|bits| low.wrapping_add_unsigned(width.remainder32(bits)))
    }

    fn width(low: Self, high: Self) -> Divisor {
        Divisor::of_32_bits(high.wrapping_sub(low).cast_unsigned())
    }
}

impl PhiloxInt for i64 {
    type Group = [Self; 2];

    #[inline(always)]
    fn in_range(block: [u32; 4], UniformInt { low, width }: UniformInt<Self>) -> Self::Group {
        let [low0, high0, low1, high1] = block.map(u64::from);
        [high0 << 32 | low0, high1 << 32 | low1]
            .map(|bits| low.wrapping_add_unsigned(width.remainder64(bits)))
    }

    fn width(low: Self, high: Self) -> Divisor {
        Divisor::of_64_bits(high.wrapping_sub(low).cast_unsigned())
    }
}

/// Uniform in [0, 1): the kernel of `RandomUniform`.
///
/// The values are multiples of 2⁻²³ (`f32`) or 2⁻⁵² (`f64`), see [`PhiloxFloat::uniforms`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uniform;

impl<T: PhiloxFloat> PhiloxDistribution<T> for Uniform {
    type Group = T::Group;

    #[inline]
    fn group(&self, start: Philox, index: u128) -> Self::Group {
        T::uniforms(start.skipped(index).next_block())
    }

    fn fill_groups(&self, start: Philox, first: u128, values: &mut [T]) {
        vectorised(
            #[inline(always)]
            move || fill_from_blocks(start.skipped(first), values, T::uniforms),
        );
    }
}

/// Uniform integers in [low, high): the kernel of `RandomUniformInt`.
///
/// See [`PhiloxInt::in_range`] for the formula. As in TensorFlow, the smaller integers are a little
/// more frequent unless their number divides 2³² (2⁶⁴ for `i64`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniformInt<T> {
    low: T,
    /// `high - low`.
    width: Divisor,
}

impl<T: PhiloxInt> UniformInt<T> {
    /// The integers from `low` to just below `high`.
    ///
    /// # Errors
    /// `InvalidArgument` unless `low < high`. (TensorFlow does not mind when nothing is to be
    /// drawn.)
    pub fn new(low: T, high: T) -> Result<Self> {
        if low < high {
            let width = T::width(low, high);
            Ok(Self { low, width })
        } else {
            let message = format!("Need minval < maxval, got {low} >= {high}");
            Err(Error::invalid_argument(message))
        }
    }
}

impl<T: PhiloxInt> PhiloxDistribution<T> for UniformInt<T> {
    type Group = T::Group;

    #[inline]
    fn group(&self, start: Philox, index: u128) -> Self::Group {
        T::in_range(start.skipped(index).next_block(), *self)
    }

    fn fill_groups(&self, start: Philox, first: u128, values: &mut [T]) {
        vectorised(
            #[inline(always)]
            move || {
                fill_from_blocks(
                    start.skipped(first),
                    values,
                    #[inline(always)]
                    |block| T::in_range(block, *self),
                );
            },
        );
    }
}

/// Normal with mean 0 and standard deviation 1: the kernel of `RandomStandardNormal`.
///
/// Each pair of uniform values of a block makes a pair of normal ones, see
/// [`PhiloxFloat::box_muller`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Normal;

impl<T: PhiloxFloat> PhiloxDistribution<T> for Normal {
    type Group = T::Group;

    #[inline]
    fn group(&self, start: Philox, index: u128) -> Self::Group {
        let mut values = T::uniforms(start.skipped(index).next_block());
        make_normal(values.as_mut());
        values
    }

    fn fill_groups(&self, start: Philox, first: u128, values: &mut [T]) {
        Uniform.fill_groups(start, first, values);
        make_normal(values);
    }
}

/// Makes normal values of pairs of uniform ones.
#[inline]
fn make_normal<T: PhiloxFloat>(values: &mut [T]) {
    for pair in values.chunks_exact_mut(2) {
        pair.copy_from_slice(&T::box_muller(pair[0], pair[1]));
    }
}

/// Standard normal without the values of magnitude 2 and above: the kernel of `TruncatedNormal`.
///
/// Each group has a stretch of the stream to itself, 64 blocks for every value, and takes from it
/// the first normal values that are small enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TruncatedNormal;

impl TruncatedNormal {
    /// The magnitude from which on values are dropped.
    const LIMIT: f64 = 2.0;

    /// A quarter of what is reserved for a value: TensorFlow counts words here and blocks there.
    const BLOCKS_PER_VALUE: usize = PhiloxStream::BLOCKS_PER_OUTPUT / 4;
}

impl<T: PhiloxFloat> PhiloxDistribution<T> for TruncatedNormal {
    type Group = T::Group;

    fn group(&self, start: Philox, index: u128) -> Self::Group {
        let mut group = T::Group::default();
        TruncatedNormal.fill_groups(start, index, group.as_mut());
        group
    }

    fn fill_groups(&self, start: Philox, first: u128, values: &mut [T]) {
        let size = size_of::<T::Group>() / size_of::<T>();
        let step = Self::BLOCKS_PER_VALUE * size;
        let mut index = first;
        for groups in values.chunks_mut(Philox::BLOCKS * size) {
            let stretch = start.skipped(index * step as u128);
            let blocks = vectorised(
                #[inline(always)]
                move || stretch.blocks(step as u64),
            );
            for (group, block) in groups.chunks_exact_mut(size).zip(blocks) {
                accept(group, block, start.skipped(index * step as u128));
                index += 1;
            }
        }
    }
}

/// Fills a group with the first normal values that are small enough, of the blocks from that of
/// `stretch` on, which is `first`.
fn accept<T: PhiloxFloat>(group: &mut [T], first: [u32; 4], mut stretch: Philox) {
    let (mut count, mut block) = (0, first);
    loop {
        let mut normal = T::uniforms(block);
        make_normal(normal.as_mut());
        for value in normal {
            if value.into().abs() < TruncatedNormal::LIMIT && count < group.len() {
                group[count] = value;
                count += 1;
            }
        }
        if count == group.len() {
            return;
        }
        stretch.skip(1);
        block = stretch.block();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Philox = Philox::new(1, 2);

    fn filled<T: Copy + Default>(
        distribution: &impl PhiloxDistribution<T>,
        count: usize,
    ) -> Vec<T> {
        let mut values = vec![T::default(); count];
        distribution.fill(START, 0, &mut values);
        values
    }

    /// Fills `0..n` in every pair of parts and compares with one fill of the whole.
    fn check_parts<T, D>(distribution: &D)
    where
        T: Copy + Default + PartialEq + std::fmt::Debug,
        D: PhiloxDistribution<T>,
    {
        let whole = filled(distribution, 11);
        for n in 0..=whole.len() {
            for cut in 0..=n {
                let mut parts = vec![T::default(); n];
                let (left, right) = parts.split_at_mut(cut);
                distribution.fill(START, cut, right);
                distribution.fill(START, 0, left);
                assert_eq!(parts, whole[..n], "{n} values cut at {cut}");
            }
        }
    }

    #[test]
    fn any_range_can_be_filled_by_itself() {
        check_parts::<f32, _>(&Uniform);
        check_parts::<f64, _>(&Uniform);
        check_parts::<f32, _>(&Normal);
        check_parts::<f64, _>(&Normal);
        check_parts::<f32, _>(&TruncatedNormal);
        check_parts::<f64, _>(&TruncatedNormal);
        check_parts(&UniformInt::new(-3_i32, 12).unwrap());
        check_parts(&UniformInt::new(-3_i64, 12).unwrap());
    }

    /// Compares values that are made many at once with those of the groups one by one.
    fn check_groups<T, D>(distribution: &D)
    where
        T: Copy + Default + PartialEq + std::fmt::Debug,
        D: PhiloxDistribution<T>,
    {
        let (count, first) = if cfg!(miri) { (150, 3) } else { (1003, 5) };
        let mut values = vec![T::default(); count];
        distribution.fill(START, first, &mut values);
        let groups = (0..count as u128).map(|i| distribution.group(START, i));
        let expected = groups.flat_map(|group| group.as_ref().to_vec());
        assert!(expected.skip(first).take(count).eq(values));
    }

    #[test]
    fn values_made_many_at_once_are_those_of_their_groups() {
        check_groups::<f32, _>(&Uniform);
        check_groups::<f64, _>(&Uniform);
        check_groups::<f32, _>(&Normal);
        check_groups::<f64, _>(&Normal);
        check_groups::<f32, _>(&TruncatedNormal);
        check_groups::<f64, _>(&TruncatedNormal);
        check_groups(&UniformInt::new(-3_i32, 997).unwrap());
        check_groups(&UniformInt::new(-3_i64, 1 << 40).unwrap());
    }

    #[test]
    fn uniform_bounds() {
        assert_eq!(f32::uniforms([0; 4]), [0.0; 4]);
        assert_eq!(f64::uniforms([0; 4]), [0.0; 2]);
        assert_eq!(f32::uniforms([u32::MAX; 4]), [1.0 - f32::EPSILON; 4]);
        assert_eq!(f64::uniforms([u32::MAX; 4]), [1.0 - f64::EPSILON; 2]);
    }

    #[test]
    fn normal_of_the_smallest_uniform_is_finite() {
        let radius = (14.0 * std::f64::consts::LN_10).sqrt();
        let [sin, cos] = f64::box_muller(0.0, 0.25);
        assert!((sin - radius).abs() < 1e-14 && cos.abs() < 1e-15);
        let [sin, cos] = f32::box_muller(0.0, 0.0);
        assert_eq!((sin, cos), (0.0, radius as f32));
    }

    #[test]
    fn integers_over_the_whole_type() {
        let all = UniformInt::new(i32::MIN, i32::MAX).unwrap();
        let largest = i32::MAX - 1;
        assert_eq!(i32::in_range([u32::MAX - 1; 4], all), [largest; 4]);
        assert_eq!(i32::in_range([u32::MAX; 4], all), [i32::MIN; 4]);
        let all = UniformInt::new(i64::MIN, i64::MAX).unwrap();
        let block = [u32::MAX - 1, u32::MAX, u32::MAX, u32::MAX];
        assert_eq!(i64::in_range(block, all), [i64::MAX - 1, i64::MIN]);
    }

    #[test]
    fn an_empty_range_is_an_error() {
        let message = |low, high| UniformInt::<i64>::new(low, high).unwrap_err().to_string();
        assert!(message(3, 3).contains("Need minval < maxval, got 3 >= 3"));
        assert!(message(4, -3).contains("Need minval < maxval, got 4 >= -3"));
    }

    #[test]
    fn truncation_keeps_the_shape() {
        let values: Vec<f32> = filled(&TruncatedNormal, 20_000);
        assert!(values.iter().all(|value| value.abs() < 2.0));
        let mean = |f: fn(f32) -> f32| values.iter().map(|&x| f(x)).sum::<f32>() / 20_000.0;
        assert!(mean(|x| x).abs() < 0.02);
        // The variance of a normal variable cut off at two standard deviations.
        assert!((mean(|x| x * x) - 0.773_741_3).abs() < 0.02);
    }
}
