//! Images of another size: [batch, height, width, channels], row-major.
//!
//! Each axis is resized by itself. What an axis does is worked out once: of the nearest pixel its
//! index, of two neighbours their indices and a weight, else a list of indices and weights
//! ([`Taps`]). Rows are then made one by one, with loops that go through whole rows wherever pixels
//! of several rows are added up.

mod bilinear;
mod nearest;
mod taps;

pub(crate) use bilinear::{Neighbours, interpolate};
pub(crate) use nearest::{add_to_nearest, pick_nearest};
pub(crate) use taps::{Filter, Taps, resample};

use crate::types::{DType, Plain};

/// How many elements are worth a part of their own.
const PIECE: usize = 16 << 10;

/// Lengths of some images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Images {
    pub(crate) batch: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
}

impl Images {
    /// Those of an array.
    ///
    /// # Panics
    /// If the array does not have four axes.
    pub(crate) fn of(shape: &[usize]) -> Images {
        let [batch, height, width, channels] = *shape else {
            panic!("images have four axes");
        };
        Images {
            batch,
            height,
            width,
            channels,
        }
    }

    /// How many elements a row has.
    pub(crate) fn row(self) -> usize {
        self.width * self.channels
    }

    /// How many elements a part of the work has: whole rows.
    fn piece(self) -> usize {
        PIECE.next_multiple_of(self.row().max(1))
    }

    /// The elements of row `y` of image `image`.
    #[inline(always)]
    fn row_of<T>(self, elements: &[T], image: usize, y: usize) -> &[T] {
        let row = self.row();
        &elements[(image * self.height + y) * row..][..row]
    }
}

/// Where the pixels of an axis of a resized image lie in the image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaling {
    /// The distance of neighbours, in pixels of the image.
    scale: f32,
    align_corners: bool,
    half_pixel_centers: bool,
}

impl Scaling {
    /// Of an axis of `from` pixels that is to have `to`.
    pub(crate) fn new(
        from: usize,
        to: usize,
        align_corners: bool,
        half_pixel_centers: bool,
    ) -> Scaling {
        let scale = match align_corners && to > 1 {
            true => (from - 1) as f32 / (to - 1) as f32,
            false => from as f32 / to as f32,
        };
        Scaling {
            scale,
            align_corners,
            half_pixel_centers,
        }
    }

    /// The place of pixel `i`, in pixels of the image.
    fn place(self, i: usize) -> f32 {
        match self.half_pixel_centers {
            true => (i as f32 + 0.5) * self.scale - 0.5,
            false => i as f32 * self.scale,
        }
    }

    /// How far apart neighbours are.
    pub(crate) fn distance(self) -> f32 {
        self.scale
    }

    /// The pixel of the image, of `from`, that is nearest to pixel `i`.
    fn nearest(self, i: usize, from: usize) -> usize {
        // The middle of the pixel, not its place among the middles of others.
        let place = match self.half_pixel_centers {
            true => (i as f32 + 0.5) * self.scale,
            false => i as f32 * self.scale,
        };
        let nearest = match self.align_corners {
            true => place.round(),
            false => place.floor(),
        };
        (nearest as usize).min(from - 1)
    }
}

/// Whether loops over elements of this type are compiled for each level of processor.
const fn is_vectorised<T: Plain>() -> bool {
    matches!(T::DTYPE, DType::Float32 | DType::UInt8)
}
