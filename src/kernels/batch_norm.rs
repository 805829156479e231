//! Normalization of a batch, channel by channel.

use ndarray::{Array1, ArrayView1, ArrayViewD, Axis};

use super::channels::Lay;
use super::pool::Pool;
use super::slices;
use super::strided::in_order;
use crate::types::{Float, Result, memory};

/// Where the channels lie, and what is added to their variances.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channels {
    pub(crate) axis: usize,
    pub(crate) epsilon: f32,
}

/// Mean and variance of each channel.
#[derive(Clone, Debug)]
pub(crate) struct Moments<T> {
    pub(crate) mean: Array1<T>,
    pub(crate) variance: Array1<T>,
}

impl Channels {
    /// How many elements each channel has.
    pub(crate) fn count<T: Float>(self, x: &ArrayViewD<'_, T>) -> T {
        let channels = x.len_of(Axis(self.axis)).max(1);
        T::from_i64((x.len() / channels) as i64)
    }

    /// The moments of the batch `x`.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for what is in between, here and below.
    pub(crate) fn moments<T: Float>(
        self,
        pool: &Pool,
        x: &ArrayViewD<'_, T>,
    ) -> Result<Moments<T>> {
        let (lay, count) = (Lay::new(x.shape(), self.axis), self.count(x).to_f64());
        let x = in_order(pool, x)?;
        let x = [&*x];
        let mean_of =
            |sums: Vec<f64>| memory::mapped(&Array1::from(sums), |sum| T::from_f64(sum / count));
        let [sums] = lay.sums(
            pool,
            x,
            [],
            #[inline(always)]
            |[x], []| [x],
        )?;
        let mean = mean_of(sums)?;
        let [squares] = lay.sums(
            pool,
            x,
            [mean.view()],
            #[inline(always)]
            |[x], [mean]| {
                let deviation = x - mean;
                [deviation * deviation]
            },
        )?;
        let variance = mean_of(squares)?;
        Ok(Moments { mean, variance })
    }

    /// `(x - mean) / √(variance + epsilon) · scale + offset`, written to `y`, which is in row-major
    /// order.
    pub(crate) fn normalize<T: Float>(
        self,
        pool: &Pool,
        x: &ArrayViewD<'_, T>,
        moments: &Moments<T>,
        [scale, offset]: [ArrayView1<'_, T>; 2],
        y: &mut [T],
    ) -> Result<()> {
        let factor = self.factor(&moments.variance, scale)?;
        let lay = Lay::new(x.shape(), self.axis);
        let x = in_order(pool, x)?;
        lay.map(
            pool,
            [&x],
            [moments.mean.view(), factor.view(), offset],
            y,
            #[inline(always)]
            |[x], [mean, factor, offset]| (x - mean) * factor + offset,
        )
    }

    /// The gradients of [`normalize`](Channels::normalize) with respect to scale and offset, and
    /// the one with respect to `x`, written to `dx`, where `moments` are the batch's own
    /// (`of_batch`) or constants.
    pub(crate) fn slopes<T: Float>(
        self,
        pool: &Pool,
        [dy, x]: [&ArrayViewD<'_, T>; 2],
        moments: &Moments<T>,
        scale: ArrayView1<'_, T>,
        of_batch: bool,
        dx: &mut [T],
    ) -> Result<[Array1<T>; 2]> {
        let (lay, count) = (Lay::new(x.shape(), self.axis), self.count(x).to_f64());
        let (dy, x) = (in_order(pool, dy)?, in_order(pool, x)?);
        let operands = [&*dy, &*x];
        let ones = memory::filled(scale.raw_dim(), T::ONE)?;
        let norm = self.factor(&moments.variance, ones.view())?;
        let [dscale, doffset] = lay.sums(
            pool,
            operands,
            [moments.mean.view(), norm.view()],
            #[inline(always)]
            |[dy, x], [mean, norm]| [(x - mean) * norm * dy, dy],
        )?;
        let factor = self.factor(&moments.variance, scale)?;
        let [dscale, doffset] = [Array1::from(dscale), Array1::from(doffset)];
        // What only moves or stretches a whole channel changes nothing once the channel is
        // normalized by its own moments, and is taken out.
        let share = if of_batch { 1.0 / count } else { 0.0 };
        let stretch = memory::mapped(&dscale, |sum| T::from_f64(sum * share))?;
        let shift = memory::mapped(&doffset, |sum| T::from_f64(sum * share))?;
        let narrow = |sums| memory::mapped(sums, T::from_f64);
        let values = [&moments.mean, &norm, &stretch, &shift, &factor].map(|values| values.view());
        match of_batch {
            true => lay.map(
                pool,
                operands,
                values,
                dx,
                #[inline(always)]
                |[dy, x], [mean, norm, stretch, shift, factor]| {
                    (dy - ((x - mean) * norm * stretch + shift)) * factor
                },
            )?,
            false => lay.map(
                pool,
                [&dy],
                [factor.view()],
                dx,
                #[inline(always)]
                |[dy], [factor]| dy * factor,
            )?,
        }
        Ok([narrow(&dscale)?, narrow(&doffset)?])
    }

    /// `scale / √(variance + epsilon)`.
    fn factor<T: Float>(self, variance: &Array1<T>, scale: ArrayView1<'_, T>) -> Result<Array1<T>> {
        let epsilon = T::from_f64(f64::from(self.epsilon));
        let mut factors = memory::collected(scale.iter().copied())?;
        let variance = variance
            .as_slice()
            .expect("moments are arrays of their own");
        slices::update(
            &mut factors,
            variance,
            #[inline(always)]
            |scale, variance: T| T::ONE / (variance + epsilon).sqrt() * scale,
        );
        Ok(Array1::from(factors))
    }
}
