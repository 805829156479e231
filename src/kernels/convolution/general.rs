//! The general way: products with the matrix of [patches](Patches), which is packed piece by piece.
//!
//! Where windows see what lies far apart, or lines of windows are long, copies of what whole lines
//! see would take more memory than there is for each thread. Which way is taken depends on the
//! shape alone.

use std::mem::MaybeUninit;

use ndarray::ArrayViewMut2;

use super::Array;
use super::bands::{Bands, LARGEST};
use super::patches::{Patches, Turned};
use super::shape::{AXES, Taps, product};
use super::sliding::{PackedFilter, Sliding};
use crate::kernels::matmul::{Factor, MappedProduct, MatMulElement, Panels, Sink};
use crate::kernels::pool::Pool;

/// A panel has at most so many columns, on any processor.
const WIDEST_PANEL: usize = 32;

/// How windows over pictures are multiplied with a filter, in the way that suits their lines. Made
/// once, used for any arrays of these lengths.
#[derive(Clone, Debug)]
pub(super) enum Windowed<T: MatMulElement> {
    /// Line by line; the filter's panels.
    Sliding(Sliding<T>, Panels<T>),
    General(General<T>),
}

/// A product with a matrix of patches.
#[derive(Clone, Debug)]
pub(super) struct General<T: MatMulElement> {
    axes: [Taps; AXES],
    product: MappedProduct<T>,
    /// The rows and columns of the product.
    result: [usize; 2],
    /// Whether the matrix is transposed: a row for each element that a window sees.
    is_turned: bool,
}

impl<T: MatMulElement> Windowed<T> {
    /// For windows over so many pictures, whose channels all are multiplied with a filter of
    /// `outputs` columns.
    pub(super) fn new(batch: usize, axes: [Taps; AXES], [channels, outputs]: [usize; 2]) -> Self {
        let line = Bands::new(batch, axes, channels, 1);
        let width = line.width();
        // A band, its results, and sums of a panel.
        let elements = line.len().saturating_add(product(&[width, outputs]));
        let sums = product(&[width, outputs.min(WIDEST_PANEL), size_of::<T::Wide>()]);
        let bytes = elements.saturating_mul(size_of::<T>()).saturating_add(sums);
        if bytes > LARGEST && width > 1 {
            let general = General::new(batch, axes, [channels, outputs], false);
            if let Some(general) = general {
                return Windowed::General(general);
            }
        }
        let panels = Panels::new(patch(&axes, channels), outputs);
        Windowed::Sliding(Sliding::new(batch, axes, [channels, outputs]), panels)
    }

    /// How many bytes of workspace a run by `threads` threads needs.
    pub(super) fn workspace_len(&self, threads: usize) -> usize {
        match self {
            Windowed::Sliding(sliding, _) => sliding.workspace_len(threads),
            Windowed::General(general) => general.workspace_len(threads),
        }
    }

    /// Whether a filter can be [packed](Windowed::pack) for runs to come, which saves something.
    pub(super) fn packs(&self, filter: &Factor<'_, T>) -> bool {
        match self {
            Windowed::Sliding(_, panels) => !panels.is_direct(filter),
            Windowed::General(_) => false,
        }
    }

    /// Packs a filter for runs to come; `None` if that saves nothing, or there is no memory.
    pub(super) fn pack(&self, filter: &Factor<'_, T>) -> Option<PackedFilter<T>> {
        match self {
            Windowed::Sliding(sliding, _) => sliding.pack(filter),
            Windowed::General(_) => None,
        }
    }

    /// How many elements a packed filter has.
    pub(super) fn packed_len(&self) -> usize {
        match self {
            Windowed::Sliding(sliding, _) => sliding.packed_len(),
            Windowed::General(_) => 0,
        }
    }

    /// Multiplies. The product has a row for each window and is stored at `out` and shown to
    /// `sink`, if there are such. `packed` is the filter, if it [was packed](Windowed::pack).
    ///
    /// # Safety
    /// There is room for the product at `out`, and nobody else uses it.
    ///
    /// # Panics
    /// If the workspace is too small.
    pub(super) unsafe fn run(
        &self,
        pool: &Pool,
        pictures: Array<'_, T>,
        (filter, packed): (Factor<'_, T>, Option<&PackedFilter<T>>),
        out: Option<*mut T>,
        sink: Option<&dyn Sink<T>>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        let (pictures, filter) = (pictures.view(), filter.view());
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Windowed::Sliding(sliding, _) => {
                    sliding.run(pool, pictures, (filter, packed), out, sink, workspace);
                }
                Windowed::General(general) => {
                    general.run(pool, pictures, filter, out, sink, workspace);
                }
            }
        }
    }
}

impl<T: MatMulElement> General<T> {
    /// For windows over so many pictures, and a right factor of `outputs` columns: a filter, or, if
    /// the matrix of patches is transposed, the gradient. `None` of absurd lengths, and of a single
    /// row or column of patches.
    pub(super) fn new(
        batch: usize,
        axes: [Taps; AXES],
        [channels, outputs]: [usize; 2],
        is_turned: bool,
    ) -> Option<Self> {
        let windows = axes.iter().map(|axis| axis.windows);
        let windows = windows.fold(batch, usize::saturating_mul);
        let patch = patch(&axes, channels);
        let work = product(&[windows, patch, outputs, size_of::<T>()]);
        if work > isize::MAX as usize || windows == 1 || patch == 1 {
            return None;
        }
        let [rows, inner] = match is_turned {
            true => [patch, windows],
            false => [windows, patch],
        };
        Some(General {
            axes,
            product: MappedProduct::new([rows, inner, outputs]),
            result: [rows, outputs],
            is_turned,
        })
    }

    /// How many bytes of workspace a run by `threads` threads needs.
    pub(super) fn workspace_len(&self, threads: usize) -> usize {
        self.product.workspace_len(threads)
    }

    /// Multiplies. The product is stored at `out` and shown to `sink`, if there are such.
    ///
    /// # Safety
    /// There is room for the product at `out`, and nobody else uses it.
    ///
    /// # Panics
    /// If the workspace is too small.
    pub(super) unsafe fn run(
        &self,
        pool: &Pool,
        pictures: Array<'_, T>,
        right: Factor<'_, T>,
        out: Option<*mut T>,
        sink: Option<&dyn Sink<T>>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        let patches = Patches::new(&pictures, self.axes);
        let turned = Turned(&patches);
        let left = match self.is_turned {
            true => Factor::Rows(&turned),
            false => Factor::Rows(&patches),
        };
        // SAFETY: the caller's promise.
        let out = out.map(|out| unsafe { ArrayViewMut2::from_shape_ptr(self.result, out) });
        self.product
            .multiply(pool, [left, right.view()], out, sink, workspace);
    }
}

/// How many elements a window sees.
fn patch(axes: &[Taps; AXES], channels: usize) -> usize {
    let taps = axes.iter().map(|axis| axis.taps);
    taps.fold(channels, usize::saturating_mul)
}
