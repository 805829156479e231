//! Convolutions and their gradients, as products of matrices whose operands are read through a map.
//!
//! The left operand of a convolution is the matrix of all patches: a row for each position of the window. It is never made;
//! where a product packs its operands, [`Patches`] packs them from the picture. So
//! a convolution is cut into parts by positions and output channels, and adds in the order, as every [product](super::matmul).
//!
//! - The gradient of the filter is the product of the transposed patches and the gradient; its sums go over all positions.
//! - The gradient of the picture is a convolution of the gradient with the filter turned round ([`Turned`]). With
//!   strides, other elements of the picture have been seen by other taps: each [phase](Phase) of the strides is a convolution of its own.
//!
//! Where each channel is [convolved by itself](depthwise) there is no product of matrices.
//!
//! All arrays are in row-major order, with the channels last.

mod depthwise;
mod filter;
mod patches;
mod shape;
#[cfg(test)]
mod tests;

use std::marker::PhantomData;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::matmul::{Factor, MappedProduct, MatMulElement, Sink, matmul};
use super::pool::Pool;
use crate::types::Result;
pub(crate) use depthwise::{
    convolve_channels, filter_gradient_of_channels, picture_gradient_of_channels,
};
use filter::Turned;
use patches::Patches;
pub(crate) use shape::{AXES, Shape};
use shape::{Phase, Taps};

/// The convolution of `pictures` with `filter`, written to `out`; the slices are as long as `shape` says.
///
/// # Errors
/// `ResourceExhausted` if there is no memory for the workspace, here and below.
pub(crate) fn convolve<T: MatMulElement>(
    pool: &Pool,
    shape: &Shape,
    [pictures, filter]: [&[T]; 2],
    out: &mut [T],
) -> Result<()> {
    let (positions, patch, outputs) = (shape.positions(), shape.patch(), shape.outputs);
    let filter = matrix([patch, outputs], filter);
    let out = matrix_mut([positions, outputs], out);
    if shape.is_product() {
        return matmul(pool, matrix([positions, patch], pictures), filter, out);
    }
    let patches = Patches::new(
        pictures,
        shape.batch,
        shape.axes.map(|axis| Taps::of(&axis)),
        shape.channels,
    );
    let factors = [Factor::Rows(&patches), Factor::Matrix(filter)];
    let product = MappedProduct::new([positions, patch, outputs]);
    product.multiply_here(pool, factors, Some(out), None)
}

/// The gradient with respect to the filter, given `pictures` and the gradient with respect to the result.
///
/// # Errors
/// As [`convolve`].
pub(crate) fn filter_gradient<T: MatMulElement>(
    pool: &Pool,
    shape: &Shape,
    [pictures, gradient]: [&[T]; 2],
    out: &mut [T],
) -> Result<()> {
    let (positions, patch, outputs) = (shape.positions(), shape.patch(), shape.outputs);
    let gradient = matrix([positions, outputs], gradient);
    let out = matrix_mut([patch, outputs], out);
    if shape.is_product() {
        let pictures = matrix([positions, patch], pictures);
        return matmul(pool, pictures.reversed_axes(), gradient, out);
    }
    let patches = Patches::new(
        pictures,
        shape.batch,
        shape.axes.map(|axis| Taps::of(&axis)),
        shape.channels,
    );
    let factors = [
        Factor::Matrix(gradient.reversed_axes()),
        Factor::Rows(&patches),
    ];
    let product = MappedProduct::turned([outputs, positions, patch]);
    product.multiply_here(pool, factors, Some(out), None)
}

/// The gradient with respect to the pictures, given `filter` and the gradient with respect to the result.
///
/// # Errors
/// As [`convolve`].
pub(crate) fn picture_gradient<T: MatMulElement>(
    pool: &Pool,
    shape: &Shape,
    [filter, gradient]: [&[T]; 2],
    out: &mut [T],
) -> Result<()> {
    let (channels, outputs) = (shape.channels, shape.outputs);
    if shape.is_product() {
        let gradient = matrix([shape.positions(), outputs], gradient);
        let filter = matrix([channels, outputs], filter).reversed_axes();
        return matmul(
            pool,
            gradient,
            filter,
            matrix_mut([shape.positions(), channels], out),
        );
    }
    let [depth, height, width] = shape.axes.map(|axis| Phase::of(&axis));
    let is_whole = shape.axes.iter().all(|axis| axis.window.stride == 1);
    let unseen = |phase: &Phase| phase.taps.taps == 0;
    if [&depth, &height, &width]
        .iter()
        .any(|phases| (*phases).clone().any(|phase| unseen(&phase)))
    {
        out.fill(T::ZERO);
    }
    let seen = |phase: &Phase| !unseen(phase);
    for z in depth.filter(seen) {
        for y in height.clone().filter(seen) {
            for x in width.clone().filter(seen) {
                let phases = [z, y, x];
                let [taps, windows] = [
                    phases
                        .iter()
                        .map(|phase| phase.taps.taps)
                        .product::<usize>(),
                    phases.iter().map(|phase| phase.taps.windows).product(),
                ];
                let patches = Patches::new(
                    gradient,
                    shape.batch,
                    phases.map(|phase| phase.taps),
                    outputs,
                );
                let filter = Turned::new(filter, shape.filter(), phases);
                let factors = [Factor::Rows(&patches), Factor::Rows(&filter)];
                let rows = shape.batch * windows;
                let product = MappedProduct::new([rows, taps * outputs, channels]);
                if is_whole {
                    let out = matrix_mut([rows, channels], out);
                    product.multiply_here(pool, factors, Some(out), None)?;
                } else {
                    let spread = Spread::new(out, shape, phases);
                    product.multiply_here(pool, factors, None, Some(&spread))?;
                }
            }
        }
    }
    Ok(())
}

/// Writes the rows of a phase's product to their pixels.
struct Spread<'a, T> {
    start: *mut T,
    phases: [Phase; AXES],
    lengths: [usize; AXES],
    channels: usize,
    pictures: PhantomData<&'a mut [T]>,
}

// SAFETY: each pixel is written by whoever has its row of the product.
unsafe impl<T: Send> Sync for Spread<'_, T> {}

impl<'a, T: MatMulElement> Spread<'a, T> {
    fn new(pictures: &'a mut [T], shape: &Shape, phases: [Phase; AXES]) -> Self {
        assert_eq!(
            pictures.len(),
            shape.picture().iter().product::<usize>(),
            "the pictures"
        );
        Spread {
            start: pictures.as_mut_ptr(),
            phases,
            lengths: shape.axes.map(|axis| axis.input),
            channels: shape.channels,
            pictures: PhantomData,
        }
    }

    /// Where the pixel of a row begins.
    fn pixel(&self, mut row: usize) -> usize {
        let mut place = [0; AXES];
        for (place, phase) in place.iter_mut().zip(&self.phases).rev() {
            *place = phase.start + row % phase.taps.windows * phase.step;
            row /= phase.taps.windows;
        }
        let pixel = place
            .iter()
            .zip(&self.lengths)
            .fold(row, |before, (at, len)| before * len + at);
        pixel * self.channels
    }
}

impl<T: MatMulElement> Sink<T> for Spread<'_, T> {
    fn segment(&self, row: usize, column: usize, part: &mut [T], _: usize) {
        // A piece of one row, or whole rows.
        for (i, part) in part.chunks(self.channels).enumerate() {
            let to = self.pixel(row + i) + column;
            // SAFETY: rows are pixels of the pictures, columns their channels, and each is shown once.
            unsafe {
                let to = self.start.add(to);
                to.copy_from_nonoverlapping(part.as_ptr(), part.len());
            }
        }
    }
}

fn matrix<T>(lengths: [usize; 2], elements: &[T]) -> ArrayView2<'_, T> {
    ArrayView2::from_shape(lengths, elements).expect("as many elements as the convolution has")
}

fn matrix_mut<T>(lengths: [usize; 2], elements: &mut [T]) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape(lengths, elements).expect("as many elements as the convolution has")
}
