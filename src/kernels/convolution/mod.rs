//! Convolutions and their gradients, as products of matrices whose operands are read through a map.
//!
//! The left operand of a convolution is the matrix of all patches: a row for each position of the
//! window. It is never made; where a product packs its operands, [`Patches`] packs them from the
//! picture. So a convolution is cut into parts by positions and output channels, and adds in the
//! order, as every [product](super::matmul).
//!
//! - The gradient of the filter is the product of the transposed patches and the gradient; its sums
//!   go over all positions.
//! - The gradient of the picture is a convolution of the gradient with the filter turned round
//!   ([`Turned`]). With strides, other elements of the picture have been seen by other taps: each
//!   [phase](Phase) of the strides is a convolution of its own.
//!
//! Where each channel is [convolved by itself](depthwise) there is no product of matrices.
//!
//! All arrays are in row-major order, with the channels last.

mod depthwise;
mod filter;
mod patches;
mod shape;
mod strided;
#[cfg(test)]
mod tests;

use std::marker::PhantomData;
use std::mem::MaybeUninit;

use ndarray::{ArrayView5, ArrayViewD, ArrayViewMut2, Axis};

use super::matmul::{Factor, MappedProduct, MatMulElement, Product, Sink, with_workspace};
use super::pool::Pool;
use crate::types::Result;
pub(crate) use depthwise::convolve_channels;
use filter::Turned;
use patches::Patches;
pub(crate) use shape::{AXES, Shape};
use shape::{Phase, Taps};
use strided::{Strided, as_matrix};

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The convolution, of pictures and filter.
    Forward,
    /// The gradient with respect to the pictures, of filter and gradient.
    Input,
    /// The gradient with respect to the filter, of pictures and gradient.
    Filter,
}

/// How a convolution or a gradient is computed as one product. Made once, used for any arrays of
/// these lengths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Convolution<T: MatMulElement> {
    role: Role,
    shape: Shape,
    /// What it is if the operands are matrices.
    product: Option<Product<T>>,
    mapped: MappedProduct<T>,
}

/// An operand: [batch, depth, height, width, channels] or [depth, height, width, channels, output
/// channels], however it lies.
pub(crate) type Array<'a, T> = ArrayView5<'a, T>;

/// Pictures or a filter with axes of length 1 for those that there are not; `None` if there are too
/// few axes or too many.
pub(crate) fn with_all_axes<T>(array: ArrayViewD<'_, T>, is_filter: bool) -> Option<Array<'_, T>> {
    let axes = array.ndim().checked_sub(2).filter(|axes| *axes <= AXES)?;
    let at = Axis(usize::from(!is_filter));
    let array = (axes..AXES).fold(array, |array, _| array.insert_axis(at));
    array.into_dimensionality().ok()
}

impl<T: MatMulElement> Convolution<T> {
    /// None if it is several products: the gradient of pictures, with strides.
    pub(crate) fn new(role: Role, shape: &Shape) -> Option<Self> {
        let (positions, patch, outputs) = (shape.positions(), shape.patch(), shape.outputs);
        let is_whole = shape.axes.iter().all(|axis| axis.window.stride == 1);
        let lengths = match role {
            Role::Forward => [positions, patch, outputs],
            Role::Input if is_whole => {
                let taps = patch.checked_div(shape.channels).unwrap_or(0);
                let pixels = shape.picture()[..4].iter().product();
                [pixels, taps * outputs, shape.channels]
            }
            Role::Input => return None,
            Role::Filter => [outputs, positions, patch],
        };
        let [rows, inner, columns] = lengths;
        // Matrices of several rows and columns are multiplied in the same order, however they lie.
        let is_product = shape.is_product() && role != Role::Filter && (columns > 1 || rows == 1);
        Some(Convolution {
            role,
            shape: *shape,
            product: is_product.then(|| Product::new(rows, inner, columns)),
            mapped: match role {
                Role::Filter => MappedProduct::turned(lengths),
                _ if is_product => MappedProduct::as_of_matrices(lengths),
                _ => MappedProduct::new(lengths),
            },
        })
    }

    /// How many bytes of workspace a run by `threads` threads needs.
    pub(crate) fn workspace_len(&self, threads: usize) -> usize {
        let product = self.product.as_ref();
        let product = product.map_or(0, |product| product.workspace_len(threads));
        product.max(self.mapped.workspace_len(threads))
    }

    /// The rows and columns of the result as a matrix: all axes but the last, and the last.
    pub(crate) fn result(&self) -> [usize; 2] {
        let lengths = match self.role {
            Role::Forward => self.shape.result(),
            Role::Input => self.shape.picture(),
            Role::Filter => self.shape.filter(),
        };
        let [rows @ .., columns] = lengths;
        [rows.iter().product(), columns]
    }

    /// Computes it of the operands `a` and `b`; the result is stored in `out` and shown to `sink`,
    /// if there are such.
    ///
    /// # Panics
    /// If a length is not what it was said to be.
    pub(crate) fn run(
        &self,
        pool: &Pool,
        [a, b]: [Array<'_, T>; 2],
        out: Option<&mut [T]>,
        sink: Option<&dyn Sink<T>>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        let shape = &self.shape;
        let [rows, columns] = self.result();
        match self.role {
            Role::Forward => expect([&a, &b], [shape.picture(), shape.filter()]),
            Role::Input => expect([&a, &b], [shape.filter(), shape.result()]),
            Role::Filter => expect([&a, &b], [shape.picture(), shape.result()]),
        }
        let run = |factors: [Factor<'_, T>; 2]| match self.role {
            // The filter's matrix has a row for each tap and channel.
            Role::Filter => {
                let lengths = [shape.patch(), shape.outputs];
                let out = out.map(|out| matrix_mut(lengths, out));
                self.mapped.multiply(pool, factors, out, sink, workspace);
            }
            _ => {
                let out = out.map(|out| matrix_mut([rows, columns], out));
                match (&self.product, factors) {
                    (Some(product), [Factor::Matrix(a), Factor::Matrix(b)]) => {
                        product.multiply_into(pool, [a, b], out, sink, workspace);
                    }
                    _ => self.mapped.multiply(pool, factors, out, sink, workspace),
                }
            }
        };
        match self.role {
            Role::Forward => {
                let patches = Patches::new(&a, shape.axes.map(|axis| Taps::of(&axis)));
                let filter = Strided::new(&b, 4);
                let left = match as_matrix(&a, 4).filter(|_| shape.is_product()) {
                    Some(pictures) => Factor::Matrix(pictures),
                    None => Factor::Rows(&patches),
                };
                run([
                    left,
                    as_matrix(&b, 4).map_or(Factor::Rows(&filter), Factor::Matrix),
                ]);
            }
            Role::Filter => {
                let patches = Patches::new(&a, shape.axes.map(|axis| Taps::of(&axis)));
                let gradient = Strided::new(&b, 4).transposed();
                let left = match as_matrix(&b, 4) {
                    Some(gradient) => Factor::Matrix(gradient.reversed_axes()),
                    None => Factor::Rows(&gradient),
                };
                run([left, Factor::Rows(&patches)]);
            }
            Role::Input => {
                let Some(phases) = only_phases(shape) else {
                    // There are no pixels.
                    return;
                };
                let patches = Patches::new(&b, phases.map(|phase| phase.taps));
                let filter = Turned::new(&a, phases);
                let matrices = (as_matrix(&b, 4), as_matrix(&a, 4));
                match (matrices, shape.is_product()) {
                    ((Some(gradient), Some(filter)), true) => {
                        let filter = Factor::Matrix(filter.reversed_axes());
                        run([Factor::Matrix(gradient), filter]);
                    }
                    _ => run([Factor::Rows(&patches), Factor::Rows(&filter)]),
                }
            }
        }
    }
}

/// Fails unless arrays have these lengths.
fn expect<T>(arrays: [&Array<'_, T>; 2], lengths: [[usize; 5]; 2]) {
    for (array, lengths) in arrays.iter().zip(lengths) {
        assert_eq!(array.shape(), lengths, "an operand");
    }
}

/// The phases of a picture without strides.
fn only_phases(shape: &Shape) -> Option<[Phase; AXES]> {
    let [z, y, x] = shape.axes.map(|axis| Phase::of(&axis).next());
    Some([z?, y?, x?])
}

/// Computes a convolution or a gradient of the operands `a` and `b`, written to `out`.
///
/// # Errors
/// `ResourceExhausted` if there is no memory for the workspace.
pub(crate) fn convolve<T: MatMulElement>(
    pool: &Pool,
    role: Role,
    shape: &Shape,
    [a, b]: [Array<'_, T>; 2],
    out: &mut [T],
) -> Result<()> {
    match Convolution::new(role, shape) {
        Some(convolution) => {
            with_workspace(convolution.workspace_len(pool.threads()), |workspace| {
                convolution.run(pool, [a, b], Some(out), None, workspace);
            })
        }
        None => picture_gradient(pool, shape, [a, b], out),
    }
}

/// The gradient with respect to the pictures, phase by phase.
fn picture_gradient<T: MatMulElement>(
    pool: &Pool,
    shape: &Shape,
    [filter, gradient]: [Array<'_, T>; 2],
    out: &mut [T],
) -> Result<()> {
    expect([&filter, &gradient], [shape.filter(), shape.result()]);
    let (channels, outputs) = (shape.channels, shape.outputs);
    let [depth, height, width] = shape.axes.map(|axis| Phase::of(&axis));
    let unseen = |phase: &Phase| phase.taps.taps == 0;
    if [&depth, &height, &width]
        .into_iter()
        .any(|phases| phases.clone().any(|phase| unseen(&phase)))
    {
        out.fill(T::ZERO);
    }
    let seen = |phase: &Phase| !unseen(phase);
    for z in depth.filter(seen) {
        for y in height.clone().filter(seen) {
            for x in width.clone().filter(seen) {
                let phases = [z, y, x];
                let taps: usize = phases.iter().map(|phase| phase.taps.taps).product();
                let windows: usize = phases.iter().map(|phase| phase.taps.windows).product();
                let patches = Patches::new(&gradient, phases.map(|phase| phase.taps));
                let filter = Turned::new(&filter, phases);
                let factors = [Factor::Rows(&patches), Factor::Rows(&filter)];
                let product = MappedProduct::new([shape.batch * windows, taps * outputs, channels]);
                let spread = Spread::new(out, shape, phases);
                with_workspace(product.workspace_len(pool.threads()), |workspace| {
                    product.multiply(pool, factors, None, Some(&spread), workspace);
                })?;
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
            // SAFETY: rows are pixels of the pictures, columns their channels, and each is shown
            // once.
            unsafe {
                let to = self.start.add(to);
                to.copy_from_nonoverlapping(part.as_ptr(), part.len());
            }
        }
    }
}

fn matrix_mut<T>(lengths: [usize; 2], elements: &mut [T]) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape(lengths, elements).expect("as many elements as the convolution has")
}
