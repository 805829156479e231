//! The element types of products, and the kernels of each.

#[cfg(feature = "all_types")]
use half::{bf16, f16};
#[cfg(feature = "all_types")]
use num_complex::{Complex32, Complex64};

#[cfg(target_arch = "aarch64")]
use super::neon;
use super::plain;
use super::row::RowFn;
use super::small::SmallFn;
use super::taps::TapFn;
use super::tile::{TileFn, VECTORS};
#[cfg(target_arch = "x86_64")]
use super::x86;
use crate::kernels::cpu::Level;
use crate::types::Number;

/// The element types that TensorFlow multiplies matrices of: `f32`, `f64`, `f16`, `bf16`, `i32`,
/// `i64`, `Complex32` and `Complex64`.
#[diagnostic::on_unimplemented(
    message = "matrices of `{Self}` cannot be multiplied",
    label = "this is for `f32`, `f64`, `f16`, `bf16`, `i32`, `i64`, `Complex32` and `Complex64`",
    note = "convert first: `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`"
)]
pub trait MatMulElement: Number + Micro {}

impl MatMulElement for f32 {}
impl MatMulElement for f64 {}
impl MatMulElement for i32 {}
impl MatMulElement for i64 {}
#[cfg(feature = "all_types")]
impl MatMulElement for f16 {}
#[cfg(feature = "all_types")]
impl MatMulElement for bf16 {}
#[cfg(feature = "all_types")]
impl MatMulElement for Complex32 {}
#[cfg(feature = "all_types")]
impl MatMulElement for Complex64 {}

/// What the product's cutting needs to know of an element type.
pub trait Micro: Number {
    /// What the parts of long sums are added in.
    type Wide: Number;
    /// The longest sum that is added up in this type itself.
    const DIRECT: usize;
    /// About how many terms of a longer sum are added in this type before the rest is added in
    /// [`Wide`](Micro::Wide).
    const BLOCK: usize;

    /// The kernels for a processor of `level`.
    fn kernels(level: Level) -> &'static Kernels<Self>;
    /// `self · factor + sum`, fused where the target has an instruction for it.
    fn multiply_add(self, factor: Self, sum: Self) -> Self;
    /// Without loss.
    fn widen(self) -> Self::Wide;
    /// The nearest value.
    fn narrow(wide: Self::Wide) -> Self;
}

/// The functions that are compiled for one element type and instruction set.
#[derive(Debug)]
pub struct Kernels<T: Micro> {
    /// How many elements a vector has.
    pub(super) lanes: usize,
    /// The micro-kernels by vectors and rows, less one each.
    pub(super) tiles: [&'static [TileFn<T>]; VECTORS],
    pub(super) copy: CopyFn<T>,
    pub(super) transpose: CopyFn<T>,
    pub(super) narrow: NarrowFn<T>,
    pub(super) dots: RowFn<T>,
    pub(super) sweep: RowFn<T>,
    pub(super) small: SmallFn<T>,
    pub(super) taps: TapFn<T>,
}

/// Copies `lines` lines of `len` neighbouring elements, `from_stride` apart. The copies are
/// `to_stride` apart, and neighbouring elements lie side by side (`copy`); or neighbouring elements
/// are `to_stride` apart, and the lines lie side by side (`transpose`).
///
/// # Safety
/// The processor has the instruction set; the elements can be read and written.
pub(super) type CopyFn<T> = unsafe fn(
    from: *const T,
    from_stride: isize,
    to: *mut T,
    to_stride: usize,
    lines: usize,
    len: usize,
);

/// Copies `len` wide elements.
///
/// # Safety
/// As [`CopyFn`].
pub(super) type NarrowFn<T> = unsafe fn(from: *const <T as Micro>::Wide, to: *mut T, len: usize);

impl<T: Micro> Kernels<T> {
    /// How many rows a tile has at most, however many columns there are.
    pub(super) fn rows(&self) -> usize {
        self.tiles[VECTORS - 1].len()
    }

    /// How many rows a tile of so many columns has at most.
    pub(super) fn rows_of(&self, columns: usize) -> usize {
        self.tiles[self.vectors(columns) - 1].len()
    }

    fn vectors(&self, columns: usize) -> usize {
        columns.div_ceil(self.lanes)
    }

    /// How many columns a tile has at most.
    pub(super) fn columns(&self) -> usize {
        self.lanes * VECTORS
    }

    /// The micro-kernel for `rows` rows and at least `columns` columns.
    pub(super) fn tile(&self, rows: usize, columns: usize) -> TileFn<T> {
        self.tiles[self.vectors(columns) - 1][rows - 1]
    }
}

/// The kernels for a product of so many columns: shorter vectors where they fill no more
/// than those. The order of sums is the same.
pub(super) fn kernels_for<T: MatMulElement>(level: Level, columns: usize) -> &'static Kernels<T> {
    let kernels = T::kernels(level);
    let shorter = T::kernels(level.min(Level::Avx2Fma));
    match columns <= shorter.lanes {
        true => shorter,
        false => kernels,
    }
}

/// How many `f32` products are added in `f32` before the rest of a long sum is added in `f64`.
///
/// TensorFlow's versions agree on a training run of the SIGNS network, whose sums have 12288 terms,
/// for 200 epochs to 1e-6; that takes sums as accurate as theirs.
const BLOCK: usize = 256;

/// How many other products are added before the next are read: what fits into caches.
const LONG_BLOCK: usize = 1024;

/// Sums that are added up in `f64`.
macro_rules! wide {
    () => {
        type Wide = f64;

        #[inline(always)]
        fn widen(self) -> f64 {
            f64::from(self)
        }

        #[inline(always)]
        fn narrow(wide: f64) -> Self {
            wide as Self
        }
    };
}

macro_rules! float {
    (
        $type:ty, $direct:expr, $block:expr,
        $plain:ident, $neon:ident, $avx2:ident, $avx512:ident
    ) => {
        impl Micro for $type {
            const DIRECT: usize = $direct;
            const BLOCK: usize = $block;

            wide!();

            fn kernels(level: Level) -> &'static Kernels<Self> {
                match level {
                    #[cfg(target_arch = "aarch64")]
                    Level::Neon => &neon::$neon,
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2Fma => &x86::$avx2,
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 => &x86::$avx512,
                    _ => &plain::$plain,
                }
            }

            #[inline(always)]
            fn multiply_add(self, factor: Self, sum: Self) -> Self {
                if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
                    self.mul_add(factor, sum)
                } else {
                    self * factor + sum
                }
            }
        }
    };
}

/// Types whose sums are added up in themselves: each product and each sum is rounded.
macro_rules! alone {
    ($type:ty, $plain:ident) => {
        impl Micro for $type {
            const DIRECT: usize = LONG_BLOCK;
            const BLOCK: usize = LONG_BLOCK;

            type Wide = Self;

            fn widen(self) -> Self {
                self
            }

            fn narrow(wide: Self) -> Self {
                wide
            }

            fn kernels(_: Level) -> &'static Kernels<Self> {
                &plain::$plain
            }

            #[inline(always)]
            fn multiply_add(self, factor: Self, sum: Self) -> Self {
                sum.plus(self.times(factor))
            }
        }
    };
}

float!(f32, 2 * BLOCK, BLOCK, F32, F32_NEON, F32_AVX2, F32_AVX512);
float!(
    f64, LONG_BLOCK, LONG_BLOCK, F64, F64_NEON, F64_AVX2, F64_AVX512
);
alone!(i32, I32);
alone!(i64, I64);
#[cfg(feature = "all_types")]
alone!(f16, F16);
#[cfg(feature = "all_types")]
alone!(bf16, BF16);
#[cfg(feature = "all_types")]
alone!(Complex32, COMPLEX32);
#[cfg(feature = "all_types")]
alone!(Complex64, COMPLEX64);
