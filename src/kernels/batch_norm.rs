//! Normalization of a batch, channel by channel.

use ndarray::{Array1, ArrayD, ArrayView1, ArrayViewD, Axis, Ix1, IxDyn, Zip};

use super::pool::Pool;
use super::reduce::{Adder, reduce};
use crate::types::parts::parts_mut;
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
    pub(crate) fn moments<T: Float>(self, x: ArrayViewD<'_, T>) -> Result<Moments<T>> {
        let count = self.count(&x);
        let mut mean = self.sums(x.view())?;
        mean.mapv_inplace(|sum| quotient(sum, count));
        let mut squares = memory::copied(&x)?;
        self.each(&mut squares, [mean.view()], |x, [mean]| {
            let deviation = x.minus(mean);
            deviation.times(deviation)
        });
        let mut variance = self.sums(squares.view())?;
        variance.mapv_inplace(|sum| quotient(sum, count));
        Ok(Moments { mean, variance })
    }

    /// `(x - mean) / √(variance + epsilon) · scale + offset`.
    pub(crate) fn normalize<T: Float>(
        self,
        x: ArrayViewD<'_, T>,
        moments: &Moments<T>,
        scale: ArrayView1<'_, T>,
        offset: ArrayView1<'_, T>,
    ) -> Result<ArrayD<T>> {
        let factor = self.factor(&moments.variance, scale)?;
        let mut y = memory::copied(&x)?;
        let values = [moments.mean.view(), factor.view(), offset];
        self.each(&mut y, values, |x, [mean, factor, offset]| {
            x.minus(mean).times(factor).plus(offset)
        });
        Ok(y)
    }

    /// The gradients of [`normalize`](Channels::normalize) with respect to scale and offset, and the one with respect to `x`
    /// where `moments` are the batch's own (`of_batch`) or constants.
    pub(crate) fn slopes<T: Float>(
        self,
        dy: ArrayViewD<'_, T>,
        x: ArrayViewD<'_, T>,
        moments: &Moments<T>,
        scale: ArrayView1<'_, T>,
        of_batch: bool,
    ) -> Result<(ArrayD<T>, Array1<T>, Array1<T>)> {
        let ones = memory::filled(Ix1(scale.len()), T::ONE)?;
        let zeros = memory::filled(Ix1(scale.len()), T::ZERO)?;
        let normal = self.normalize(x, moments, ones.view(), zeros.view())?;
        let mut product = memory::copied(&normal)?;
        Zip::from(&mut product)
            .and(&dy)
            .for_each(|product, &dy| *product = product.times(dy));
        let (dscale, doffset) = (self.sums(product.view())?, self.sums(dy.view())?);
        let mut dx = memory::copied(&dy)?;
        if of_batch {
            self.take_out(&mut dx, normal, &dscale, &doffset)?;
        }
        let factor = self.factor(&moments.variance, scale)?;
        self.each(&mut dx, [factor.view()], |dx, [factor]| dx.times(factor));
        Ok((dx, dscale, doffset))
    }

    /// Takes out of `dx` what only moves or stretches a whole channel of `normal`, which changes nothing once the channel is
    /// normalized.
    fn take_out<T: Float>(
        self,
        dx: &mut ArrayD<T>,
        mut normal: ArrayD<T>,
        dscale: &Array1<T>,
        doffset: &Array1<T>,
    ) -> Result<()> {
        let count = self.count(&normal.view());
        let mean_of = |sums: &Array1<T>| memory::mapped(sums, |sum| quotient(sum, count));
        let (stretch, shift) = (mean_of(dscale)?, mean_of(doffset)?);
        self.each(
            &mut normal,
            [stretch.view(), shift.view()],
            |x, [stretch, shift]| x.times(stretch).plus(shift),
        );
        Zip::from(dx)
            .and(&normal)
            .for_each(|dx, &part| *dx = dx.minus(part));
        Ok(())
    }

    /// `scale / √(variance + epsilon)`.
    fn factor<T: Float>(self, variance: &Array1<T>, scale: ArrayView1<'_, T>) -> Result<Array1<T>> {
        let epsilon = T::from_f64(f64::from(self.epsilon));
        let factors = variance
            .iter()
            .zip(scale)
            .map(|(variance, &scale)| quotient(T::ONE, variance.plus(epsilon).sqrt()).times(scale));
        memory::collected(factors).map(Array1::from)
    }

    /// The sums along all axes but that of the channels.
    fn sums<T: Float>(self, x: ArrayViewD<'_, T>) -> Result<Array1<T>> {
        let axes: Vec<usize> = (0..x.ndim()).filter(|axis| *axis != self.axis).collect();
        let mut sums = memory::filled(IxDyn(&[x.len_of(Axis(self.axis))]), T::ZERO)?;
        reduce(Pool::alone(), x, &axes, sums.view_mut(), Adder)?;
        Ok(sums.into_dimensionality::<Ix1>().expect("one axis is left"))
    }

    /// Combines each element with the values of its channel.
    fn each<T: Float, const N: usize>(
        self,
        x: &mut ArrayD<T>,
        values: [ArrayView1<'_, T>; N],
        combine: impl Fn(T, [T; N]) -> T,
    ) {
        for (channel, mut x) in parts_mut(x, Axis(self.axis)).enumerate() {
            let values = values.map(|values| values[channel]);
            x.mapv_inplace(|x| combine(x, values));
        }
    }
}

fn quotient<T: Float>(x: T, y: T) -> T {
    x.over(y).unwrap_or(T::NAN)
}
