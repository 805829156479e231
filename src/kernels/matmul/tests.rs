//! Products against sums of `f64` products one by one.

use std::mem::MaybeUninit;
use std::sync::Mutex;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, ShapeBuilder, s};

use super::{MatMulElement, Product, Sink, Tap, TapSums};
use crate::kernels::cpu::{self, Level, levels};
use crate::kernels::pool::Pool;
use crate::types::Numeric;

/// Rows, inner length and columns: nothing, one, both sides of the edges of tiles and panels, long
/// sums cut at either side.
const SHAPES: &[[usize; 3]] = &[
    [0, 3, 4],
    [3, 0, 4],
    [3, 4, 0],
    [1, 1, 1],
    [1, 40, 1],
    [1, 1, 70],
    [1, 1, 66_000],
    [66_000, 1, 1],
    [1, 7, 33],
    [33, 7, 1],
    [1, 300, 9],
    [70, 300, 1],
    [5, 2500, 1],
    [150, 20, 3],
    [6, 12, 32],
    [12, 25, 32],
    [13, 5, 31],
    [12, 257, 17],
    [15, 3, 65],
    [29, 64, 16],
    [14, 513, 20],
    [3, 1100, 3],
    [64, 65, 66],
    [13, 20, 600],
    [300, 25, 10],
    [3, 3100, 33],
];

/// Whole numbers from -8 to 8, so that products and sums of these are exact in all types.
fn numbers<T: MatMulElement + Numeric>(rows: usize, columns: usize, seed: u64) -> Array2<T> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        T::from_i64((state >> 33) as i64 % 17 - 8)
    };
    Array2::from_shape_simple_fn((rows, columns), &mut next)
}

fn expected<T: MatMulElement + Numeric>(a: &ArrayView2<'_, T>, b: &ArrayView2<'_, T>) -> Array2<T> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(row, column)| {
        let terms = (0..a.ncols()).map(|k| a[[row, k]].to_f64() * b[[k, column]].to_f64());
        T::from_f64(terms.sum())
    })
}

fn workspace<T: MatMulElement + Numeric>(
    product: &Product<T>,
    threads: usize,
) -> Vec<MaybeUninit<u8>> {
    // Whatever is in there must not matter.
    vec![MaybeUninit::new(0xff); product.workspace_len(threads)]
}

/// Calls for the same matrix in memory layouts of all kinds; by rows and by columns only if it is
/// large.
fn in_all_layouts<T: MatMulElement + Numeric>(
    matrix: &Array2<T>,
    mut check: impl FnMut(ArrayView2<'_, T>),
) {
    let (rows, columns) = matrix.dim();
    check(matrix.view());
    let mut by_columns = Array2::from_elem((rows, columns).f(), T::ZERO);
    by_columns.assign(matrix);
    check(by_columns.view());
    if matrix.len() <= 4000 {
        in_spread_layouts(matrix, check);
    }
}

/// Calls for the same matrix in memory layouts of all kinds.
fn in_every_layout<T: MatMulElement + Numeric>(
    matrix: &Array2<T>,
    mut check: impl FnMut(ArrayView2<'_, T>),
) {
    check(matrix.view());
    let mut by_columns = Array2::from_elem(matrix.dim().f(), T::ZERO);
    by_columns.assign(matrix);
    check(by_columns.view());
    in_spread_layouts(matrix, check);
}

/// Calls for the same matrix with its elements apart, in reverse order, and within a wider one.
fn in_spread_layouts<T: MatMulElement + Numeric>(
    matrix: &Array2<T>,
    mut check: impl FnMut(ArrayView2<'_, T>),
) {
    let (rows, columns) = matrix.dim();
    let mut spread = Array2::from_elem((2 * rows + 1, 3 * columns + 1), T::LOWEST);
    let mut slice = spread.slice_mut(s![1..;2, 1..;3]);
    slice.assign(matrix);
    check(slice.view());
    let mut turned = matrix.slice(s![..;-1, ..;-1]).to_owned();
    turned.invert_axis(Axis(0));
    turned.invert_axis(Axis(1));
    check(turned.view());
    let mut padded = Array2::from_elem((rows, columns + 5), T::LOWEST);
    padded.slice_mut(s![.., 2..columns + 2]).assign(matrix);
    check(padded.slice(s![.., 2..columns + 2]));
}

#[test]
fn bits_do_not_depend_on_the_cache() {
    let pool = Pool::new(2);
    for lengths @ [rows, inner, columns] in [[300, 1100, 70], [40, 3000, 600], [257, 513, 100]] {
        let fractions = |rows: usize, columns: usize| {
            numbers::<f32>(rows, columns, 3).mapv(|x| (x + 0.1) / 3.7)
        };
        let (a, b) = (fractions(rows, inner), fractions(inner, columns));
        let product = |cache: usize| {
            let product = Product::<f32>::for_machine(cpu::level(), cache, lengths);
            let mut workspace = workspace(&product, 2);
            let mut out = Array2::zeros((rows, columns));
            product.multiply(&pool, a.view(), b.view(), out.view_mut(), &mut workspace);
            out
        };
        let expected = product(1 << 20);
        for cache in [128 << 10, 256 << 10, 512 << 10, 4 << 20] {
            assert!(product(cache) == expected, "{lengths:?} {cache}");
        }
    }
}

fn agrees<T: MatMulElement + Numeric>() {
    let pool = Pool::new(2);
    for level in levels() {
        for &[rows, inner, columns] in SHAPES {
            let (a, b) = (
                numbers::<T>(rows, inner, 1),
                numbers::<T>(inner, columns, 2),
            );
            let expected = expected(&a.view(), &b.view());
            let product = Product::<T>::for_level(level, rows, inner, columns);
            let mut workspace = workspace(&product, 2);
            let mut out = Array2::from_elem((rows, columns), T::HIGHEST);
            let mut check = |a: ArrayView2<'_, T>, b: ArrayView2<'_, T>| {
                out.fill(T::HIGHEST);
                product.multiply(&pool, a, b, out.view_mut(), &mut workspace);
                assert_eq!(out, expected, "{level:?} {rows} {inner} {columns}");
            };
            in_all_layouts(&a, |a| check(a, b.view()));
            in_all_layouts(&b, |b| check(a.view(), b));
        }
    }
}

#[test]
fn f32_products_in_all_layouts() {
    agrees::<f32>();
}

#[test]
fn f64_products_in_all_layouts() {
    agrees::<f64>();
}

#[test]
fn integer_products_in_all_layouts() {
    agrees::<i32>();
    agrees::<i64>();
}

#[test]
fn integers_wrap_around() {
    let a = Array2::from_elem((3, 2), i32::MAX);
    let b = Array2::from_elem((2, 3), 3);
    let mut out = Array2::zeros((3, 3));
    super::matmul(&Pool::new(1), a.view(), b.view(), out.view_mut()).unwrap();
    assert!(out.iter().all(|&x| x == -6));
}

#[test]
fn broadcast_operands_are_read_where_they_lie() {
    for level in levels() {
        let (row, column) = (numbers::<f32>(1, 40, 3), numbers::<f32>(40, 1, 4));
        let (a, b) = (
            row.broadcast((30, 40)).unwrap(),
            column.broadcast((40, 50)).unwrap(),
        );
        let product = Product::for_level(level, 30, 40, 50);
        let mut out = Array2::zeros((30, 50));
        let mut workspace = workspace(&product, 1);
        product.multiply(&Pool::new(1), a, b, out.view_mut(), &mut workspace);
        assert_eq!(out, expected(&a, &b));
    }
}

#[test]
fn the_product_goes_into_any_layout() {
    let pool = Pool::new(2);
    for level in levels() {
        for [rows, inner, columns] in [[15, 9, 37], [40, 65, 140], [5, 2100, 33]] {
            let (a, b) = (numbers::<f32>(rows, inner, 1), numbers(inner, columns, 2));
            let expected = expected(&a.view(), &b.view());
            let product = Product::for_level(level, rows, inner, columns);
            let mut workspace = workspace(&product, 2);
            let mut frame = Array2::from_elem((2 * rows, 2 * columns), -1.5);
            let mut multiply = |out: ArrayViewMut2<'_, f32>| {
                product.multiply(&pool, a.view(), b.view(), out, &mut workspace);
            };
            multiply(frame.slice_mut(s![..;-2, ..;2]));
            assert_eq!(frame.slice(s![..;-2, ..;2]), expected);
            let untouched = frame.slice(s![..;-2, 1..;2]);
            assert!(untouched.iter().all(|&x| x == -1.5));
            frame.fill(-1.5);
            multiply(frame.slice_mut(s![rows.., ..columns]));
            assert_eq!(frame.slice(s![rows.., ..columns]), expected);
            assert!(frame.slice(s![..rows, ..]).iter().all(|&x| x == -1.5));
            assert!(frame.slice(s![.., columns..]).iter().all(|&x| x == -1.5));
            let mut by_columns = Array2::zeros((rows, columns).f());
            multiply(by_columns.view_mut());
            assert_eq!(by_columns, expected);
        }
    }
}

/// Fractions, whose sums depend on the order.
fn fractions(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
    let mut state = seed;
    Array2::from_shape_simple_fn((rows, columns), || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    })
}

#[test]
fn sums_of_taps_are_those_of_their_channels_and_no_others_are_written() {
    fn check<T: MatMulElement + Numeric>() {
        const WINDOWS: usize = 5;
        for (level, channels) in levels().flat_map(|level| (1..36).map(move |n| (level, n))) {
            let (seen, factors) = (
                numbers::<T>(WINDOWS + 2, channels, 1),
                numbers::<T>(3, channels, 2),
            );
            let row = |matrix: &Array2<T>, tap: usize| matrix.row(tap).as_ptr();
            let taps = [0, 1, 2].map(|tap| Tap {
                seen: row(&seen, tap),
                factor: row(&factors, tap),
            });
            let mut out = Array2::from_elem((WINDOWS, channels + 1), T::HIGHEST);
            let job = TapSums {
                taps: &taps,
                channels,
                windows: WINDOWS,
                step: channels as isize,
                to: out.as_mut_ptr(),
                to_step: channels as isize + 1,
            };
            // SAFETY: the processor has the level; windows see as many rows as there are taps.
            unsafe { (T::kernels(level).taps)(&job) };
            for ((window, channel), &sum) in out.indexed_iter() {
                let term = |tap| seen[[window + tap, channel]].times(factors[[tap, channel]]);
                let expected = match channel == channels {
                    true => T::HIGHEST,
                    false => term(0).plus(term(1)).plus(term(2)),
                };
                assert_eq!(sum, expected, "{level:?} {channels}");
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

/// Whether the kernels of `level` fuse products and sums.
fn fuses(level: Level) -> bool {
    cfg!(target_arch = "aarch64") || level > Level::Plain
}

#[test]
fn all_levels_that_fuse_give_the_same_bits() {
    fn check<T: MatMulElement + Numeric>(bits: fn(T) -> u64) {
        let pool = Pool::new(2);
        // One row or column is summed up in as many lanes as a vector has.
        let of_tiles = |shape: &&[usize; 3]| shape[1] > 0 && shape[0].min(shape[2]) > 1;
        for &[rows, inner, columns] in SHAPES.iter().filter(of_tiles) {
            let numbers = |rows, columns, seed| {
                fractions(rows, columns, seed).mapv(|x| T::from_f64(f64::from(x) / 3.0))
            };
            let (a, b) = (numbers(rows, inner, 5), numbers(inner, columns, 6));
            let mut all = levels().filter(|&level| fuses(level)).map(|level| {
                let product = Product::<T>::for_level(level, rows, inner, columns);
                let mut workspace = workspace(&product, 2);
                let mut out = Array2::from_elem((rows, columns), T::HIGHEST);
                product.multiply(&pool, a.view(), b.view(), out.view_mut(), &mut workspace);
                out.mapv(bits)
            });
            let first = all.next();
            for other in all {
                assert!(Some(other) == first, "{rows} {inner} {columns}");
            }
        }
    }
    check::<f32>(|x| x.to_bits().into());
    check::<f64>(f64::to_bits);
}

/// Shapes that may be computed in several ways: of one row, one column, or few columns.
const THIN_SHAPES: &[[usize; 3]] = &[
    [1, 64, 40],
    [1, 65, 40],
    [1, 300, 9],
    [1, 130, 530],
    [1, 700, 600],
    [1, 4101, 21],
    [1, 9000, 30],
    [1, 5000, 1],
    [70, 300, 1],
    [30, 9000, 1],
    [600, 130, 1],
    [60, 2500, 3],
    [20, 2100, 7],
    [20, 600, 5],
];

#[test]
fn the_layout_of_the_operands_changes_no_bit() {
    fn check<T: MatMulElement + Numeric>(bits: fn(T) -> u64) {
        let pool = Pool::new(2);
        let as_bits = |out: &Array2<T>| out.mapv(bits);
        for level in levels() {
            for &[rows, inner, columns] in THIN_SHAPES {
                let numbers = |rows, columns, seed| {
                    fractions(rows, columns, seed).mapv(|x| T::from_f64(f64::from(x) / 3.0))
                };
                let (a, b) = (numbers(rows, inner, 5), numbers(inner, columns, 6));
                let product = Product::<T>::for_level(level, rows, inner, columns);
                let mut workspace = workspace(&product, 2);
                let mut multiply = |a: ArrayView2<'_, T>, b: ArrayView2<'_, T>| {
                    let mut out = Array2::from_elem((rows, columns), T::HIGHEST);
                    product.multiply(&pool, a, b, out.view_mut(), &mut workspace);
                    out
                };
                let expected = multiply(a.view(), b.view());
                in_every_layout(&a, |a| {
                    in_every_layout(&b, |b| {
                        let found = multiply(a, b);
                        let same = as_bits(&found) == as_bits(&expected);
                        assert!(same, "{level:?} {rows} {inner} {columns}");
                    });
                });
            }
        }
    }
    check::<f32>(|x| x.to_bits().into());
    check::<f64>(f64::to_bits);
}

#[test]
fn any_number_of_threads_and_either_order_in_memory_give_the_same_bits() {
    for level in levels() {
        for [rows, inner, columns] in [
            [25, 4100, 32],
            [25, 32, 700],
            [70, 90, 200],
            [100, 70, 40],
            [1, 9000, 40],
            [600, 700, 1],
            [1, 3000, 800],
            [800, 3000, 1],
        ] {
            let (a, b) = (fractions(rows, inner, 5), fractions(inner, columns, 6));
            let mut by_columns = [&a, &b].map(|matrix| Array2::zeros(matrix.raw_dim().f()));
            by_columns[0].assign(&a);
            by_columns[1].assign(&b);
            let product = Product::for_level(level, rows, inner, columns);
            let mut results = [(1, [&a, &b]), (2, [&a, &b]), (3, by_columns.each_ref())].map(
                |(threads, [a, b])| {
                    let mut out = Array2::zeros((rows, columns));
                    let mut workspace = workspace(&product, threads);
                    let pool = Pool::new(threads);
                    product.multiply(&pool, a.view(), b.view(), out.view_mut(), &mut workspace);
                    out
                },
            );
            let first = std::mem::take(&mut results[0]);
            assert!(results[1..].iter().all(|result| *result == first));
            let exact = expected_f64(&a, &b);
            for (&x, exact) in first.iter().zip(exact) {
                let error = (f64::from(x) - exact).abs();
                assert!(error < 3e-6 * (inner as f64).sqrt(), "{x} is not {exact}");
            }
        }
    }
}

fn expected_f64(a: &Array2<f32>, b: &Array2<f32>) -> Array2<f64> {
    a.mapv(f64::from).dot(&b.mapv(f64::from))
}

#[test]
fn long_sums_are_as_accurate_as_short_ones() {
    for level in levels() {
        let inner = 8192;
        let (a, b) = (
            fractions(3, inner, 7).mapv(|x| x + 0.5),
            fractions(inner, 2, 8).mapv(|x| x + 0.5),
        );
        let product = Product::for_level(level, 3, inner, 2);
        let mut out = Array2::zeros((3, 2));
        let mut workspace = workspace(&product, 1);
        product.multiply(
            &Pool::new(1),
            a.view(),
            b.view(),
            out.view_mut(),
            &mut workspace,
        );
        for (&x, exact) in out.iter().zip(expected_f64(&a, &b)) {
            assert!(
                (f64::from(x) / exact - 1.0).abs() < 5e-7,
                "{x} is not {exact}"
            );
        }
    }
}

/// Collects what it is shown, and adds 1 to it.
struct Collector {
    seen: Mutex<Array2<f32>>,
    times: Mutex<Array2<usize>>,
}

impl Collector {
    fn new(rows: usize, columns: usize) -> Self {
        Collector {
            seen: Mutex::new(Array2::zeros((rows, columns))),
            times: Mutex::new(Array2::zeros((rows, columns))),
        }
    }
}

impl Sink<f32> for Collector {
    fn segment(&self, row: usize, column: usize, part: &mut [f32], _: usize) {
        let (mut seen, mut times) = (self.seen.lock().unwrap(), self.times.lock().unwrap());
        let first = row * seen.ncols() + column;
        for (i, x) in part.iter_mut().enumerate() {
            let place = [(first + i) / seen.ncols(), (first + i) % seen.ncols()];
            seen[place] = *x;
            times[place] += 1;
            *x += 1.0;
        }
    }
}

#[test]
fn a_sink_sees_every_element_once() {
    let pool = Pool::new(3);
    for level in levels() {
        for &[rows, inner, columns] in SHAPES {
            let (a, b) = (numbers::<f32>(rows, inner, 1), numbers(inner, columns, 2));
            let expected = expected(&a.view(), &b.view());
            let product = Product::for_level(level, rows, inner, columns);
            let mut workspace = workspace(&product, 3);

            let sink = Collector::new(rows, columns);
            product.multiply_to(&pool, a.view(), b.view(), &sink, &mut workspace);
            assert_eq!(*sink.seen.lock().unwrap(), expected);
            assert!(sink.times.lock().unwrap().iter().all(|&times| times == 1));
        }
    }
}

#[test]
fn what_is_no_number_stays_in_its_row_and_column() {
    for level in levels() {
        for [rows, inner, columns] in [[5, 7, 20], [20, 600, 40], [5, 2100, 33]] {
            let (mut a, mut b) = (
                Array2::<f32>::ones((rows, inner)),
                Array2::ones((inner, columns)),
            );
            a[[3, inner - 2]] = f32::NAN;
            b[[1, columns - 1]] = f32::NEG_INFINITY;
            let product = Product::for_level(level, rows, inner, columns);
            let mut out = Array2::zeros((rows, columns));
            let mut workspace = workspace(&product, 1);
            product.multiply(
                &Pool::new(1),
                a.view(),
                b.view(),
                out.view_mut(),
                &mut workspace,
            );
            for ((row, column), &x) in out.indexed_iter() {
                if row == 3 {
                    assert!(x.is_nan());
                } else if column == columns - 1 {
                    assert_eq!(x, f32::NEG_INFINITY);
                } else {
                    assert_eq!(x, inner as f32);
                }
            }
        }
    }
}
