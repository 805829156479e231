//! Convolutions and their gradients against loops over all products.

use ndarray::{Array5, Axis, ShapeBuilder, s};

use super::*;
use crate::kernels::window::{Pad, Window};
use crate::types::Numeric;

/// Whole numbers from -4 to 4, so that sums are exact.
fn numbers<T: Numeric>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed;
    let next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        T::from_i64((state >> 33) as i64 % 9 - 4)
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Calls `f` with the places in pictures, filter and result of all products that are added up, in
/// units of elements.
fn each_product(shape: &Shape, mut f: impl FnMut(usize, usize, usize)) {
    let place = |lengths: [usize; 5], at: [usize; 5]| {
        lengths
            .iter()
            .zip(at)
            .fold(0, |before, (len, at)| before * len + at)
    };
    let axes = shape.axes.map(|axis| Taps::of(&axis));
    let pairs = |axis: Taps| {
        (0..axis.windows).flat_map(move |window| {
            (0..axis.taps).filter_map(move |tap| Some((window, tap, axis.at(window, tap)?)))
        })
    };
    for n in 0..shape.batch {
        for (oz, kz, z) in pairs(axes[0]) {
            for (oy, ky, y) in pairs(axes[1]) {
                for (ox, kx, x) in pairs(axes[2]) {
                    for c in 0..shape.channels {
                        for o in 0..shape.outputs {
                            f(
                                place(shape.picture(), [n, z, y, x, c]),
                                place(shape.filter(), [kz, ky, kx, c, o]),
                                place(shape.result(), [n, oz, oy, ox, o]),
                            );
                        }
                    }
                }
            }
        }
    }
}

fn check<T: MatMulElement + Numeric>(pool: &Pool, shape: &Shape) {
    let len = |lengths: [usize; 5]| lengths.iter().product::<usize>();
    let pictures = numbers::<T>(len(shape.picture()), 1);
    let filter = numbers::<T>(len(shape.filter()), 2);
    let gradient = numbers::<T>(len(shape.result()), 3);
    let [mut result, mut of_pictures, mut of_filter] =
        [gradient.len(), pictures.len(), filter.len()].map(|len| vec![T::ZERO; len]);
    each_product(shape, |i, k, o| {
        result[o] = result[o].plus(pictures[i].times(filter[k]));
        of_pictures[i] = of_pictures[i].plus(gradient[o].times(filter[k]));
        of_filter[k] = of_filter[k].plus(gradient[o].times(pictures[i]));
    });
    let unset = |len: usize| vec![T::from_i64(77); len];
    let array =
        |lengths, elements: &[T]| Array5::from_shape_vec(lengths, elements.to_vec()).unwrap();
    let pictures = array(shape.picture(), &pictures);
    let filter = array(shape.filter(), &filter);
    let gradient = array(shape.result(), &gradient);
    for (role, operands, expected) in [
        (Role::Forward, [&pictures, &filter], &result),
        (Role::Input, [&filter, &gradient], &of_pictures),
        (Role::Filter, [&pictures, &gradient], &of_filter),
    ] {
        // In order, by columns, and with something between the rows.
        let by_columns = operands.map(|array| {
            let mut turned = Array5::from_elem(array.dim().f(), T::ZERO);
            turned.assign(array);
            turned
        });
        let wider = operands.map(|array| {
            let mut wider = array.clone();
            wider.append(Axis(3), array.view()).unwrap();
            wider.as_standard_layout().into_owned()
        });
        let views = [
            operands.map(|array| array.view()),
            [by_columns[0].view(), by_columns[1].view()],
            [0, 1].map(|i| wider[i].slice(s![.., .., .., ..operands[i].dim().3, ..])),
        ];
        for operands in views {
            let mut out = unset(expected.len());
            convolve(pool, role, shape, operands, &mut out).unwrap();
            assert!(out == *expected, "{role:?}: {shape:?}");
        }
    }
}

/// A convolution over pictures of these lengths: [depth, height, width].
fn shape(
    batch: usize,
    lengths: [usize; 3],
    windows: [(usize, i64, i64); 3],
    pads: [Pad; 3],
    [channels, outputs]: [usize; 2],
) -> Option<Shape> {
    let axis = |i: usize| {
        let (size, stride, dilation) = windows[i];
        Window::new(size, stride, dilation)
            .ok()?
            .along(lengths[i], pads[i])
            .ok()
    };
    let axes = [axis(0)?, axis(1)?, axis(2)?];
    Some(Shape {
        batch,
        axes,
        channels,
        outputs,
    })
}

/// Convolutions of each channel by itself, with so many results of each.
fn check_channels<T: MatMulElement + Numeric>(pool: &Pool, shape: &Shape, multiplier: usize) {
    let shape = &Shape {
        outputs: shape.channels * multiplier,
        ..*shape
    };
    let [depth, height, width, channels, outputs] = shape.filter();
    let len = |lengths: [usize; 5]| lengths.iter().product::<usize>();
    let pictures = numbers::<T>(len(shape.picture()), 1);
    let filter = numbers::<T>(depth * height * width * outputs, 2);
    let gradient = numbers::<T>(len(shape.result()), 3);
    let [mut result, mut of_pictures, mut of_filter] =
        [gradient.len(), pictures.len(), filter.len()].map(|len| vec![T::ZERO; len]);
    each_product(shape, |i, k, o| {
        // The places in a filter of all channels.
        let (tap, channel, output) = (k / outputs / channels, k / outputs % channels, k % outputs);
        if output / multiplier != channel {
            return;
        }
        let k = tap * outputs + output;
        result[o] = result[o].plus(pictures[i].times(filter[k]));
        of_pictures[i] = of_pictures[i].plus(gradient[o].times(filter[k]));
        of_filter[k] = of_filter[k].plus(gradient[o].times(pictures[i]));
    });
    let unset = |len: usize| vec![T::from_i64(77); len];
    let mut out = unset(result.len());
    convolve_channels(pool, Role::Forward, shape, [&pictures, &filter], &mut out).unwrap();
    assert!(out == result, "forward: {shape:?}");
    let mut out = unset(pictures.len());
    convolve_channels(pool, Role::Input, shape, [&filter, &gradient], &mut out).unwrap();
    assert!(out == of_pictures, "pictures: {shape:?}");
    let mut out = unset(filter.len());
    convolve_channels(pool, Role::Filter, shape, [&pictures, &gradient], &mut out).unwrap();
    assert!(out == of_filter, "filter: {shape:?}");
}

#[test]
fn channels_by_themselves_are_their_sums() {
    let pool = Pool::new(2);
    for channels in [1, 3, 8, 16, 43] {
        for (height, width) in [
            ((3, 1, 1), (3, 1, 1)),
            ((2, 2, 1), (3, 1, 1)),
            ((3, 2, 3), (2, 3, 2)),
            ((1, 2, 1), (1, 3, 1)),
        ] {
            for pad in [Pad::Same, Pad::Valid] {
                for lengths in [[1, 7, 9], [1, 1, 1], [1, 2, 30], [1, 0, 3]] {
                    let pads = [Pad::Valid, pad, pad];
                    let windows = [FLAT, height, width];
                    if let Some(shape) = shape(2, lengths, windows, pads, [channels, 1]) {
                        check_channels::<f32>(&pool, &shape, 1);
                        check_channels::<f64>(&pool, &shape, 2);
                    }
                }
            }
        }
    }
    let windows = [FLAT, (3, 1, 1), (3, 1, 1)];
    let many = shape(2, [1, 30, 40], windows, [Pad::Same; 3], [20, 1]).unwrap();
    check_channels::<f32>(&pool, &many, 1);
    let none = shape(2, [1, 3, 4], windows, [Pad::Same; 3], [0, 1]).unwrap();
    check_channels::<f32>(&pool, &none, 1);
    let none = shape(2, [1, 3, 4], windows, [Pad::Same; 3], [2, 1]).unwrap();
    check_channels::<f32>(&pool, &none, 0);
}

const FLAT: (usize, i64, i64) = (1, 1, 1);

#[test]
fn convolutions_are_their_sums() {
    let pool = Pool::new(2);
    let mut count = 0;
    for channels in [[1, 1], [3, 8], [2, 3], [5, 33], [16, 16], [1, 32]] {
        for (height, width) in [
            (FLAT, FLAT),
            ((3, 1, 1), (3, 1, 1)),
            ((2, 2, 1), (3, 1, 1)),
            ((3, 2, 1), (2, 3, 1)),
            ((2, 1, 2), (3, 1, 3)),
            ((3, 2, 3), (2, 3, 2)),
            ((1, 2, 1), (1, 3, 1)),
            ((5, 1, 1), (1, 1, 1)),
        ] {
            for pad in [Pad::Same, Pad::Valid, Pad::Explicit(1, 3)] {
                for lengths in [[1, 7, 9], [1, 1, 1], [1, 2, 30]] {
                    let pads = [Pad::Valid, pad, pad];
                    let windows = [FLAT, height, width];
                    if let Some(shape) = shape(2, lengths, windows, pads, channels) {
                        check::<f32>(&pool, &shape);
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn volumes_too() {
    let pool = Pool::new(2);
    for windows in [
        [(3, 1, 1), (2, 1, 1), (3, 1, 1)],
        [(2, 2, 1), (3, 1, 2), (2, 3, 1)],
        [(1, 2, 1), (1, 1, 1), (3, 2, 1)],
    ] {
        for pad in [Pad::Same, Pad::Valid] {
            let shape = shape(2, [5, 6, 7], windows, [pad; 3], [3, 4]).unwrap();
            check::<f64>(&pool, &shape);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes long")]
fn larger_ones_too() {
    let pool = Pool::new(2);
    let square = |size, stride| [FLAT, (size, stride, 1), (size, stride, 1)];
    let same = [Pad::Same; 3];
    for (batch, side, windows, channels) in [
        // Sums over positions that are cut, with few and many elements of the filter.
        (3, 40, square(3, 1), [3, 8]),
        (2, 33, square(3, 1), [4, 36]),
        // More panels and tiles than a part has.
        (1, 5, square(3, 1), [8, 600]),
        (1, 15, square(3, 2), [40, 70]),
        // One row of patches, one output.
        (1, 2, square(2, 2), [300, 20]),
        (2, 28, square(5, 1), [12, 1]),
        // Gradients of filters whose sums are many: parts are of rows.
        (2, 9, square(3, 1), [64, 96]),
        (1, 17, square(3, 2), [72, 70]),
    ] {
        let shape = shape(batch, [1, side, side], windows, same, channels).unwrap();
        check::<f32>(&pool, &shape);
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes long")]
fn long_sums_are_as_accurate_as_wide_ones_of_blocks() {
    let pool = Pool::new(2);
    let windows = [FLAT, (5, 1, 1), (5, 1, 1)];
    let shape = shape(16, [1, 14, 14], windows, [Pad::Same; 3], [32, 40]).unwrap();
    let len = |lengths: [usize; 5]| lengths.iter().product::<usize>();
    let fractions = |lengths: [usize; 5], seed: u64| {
        let numbers = numbers::<i64>(7 * len(lengths), seed);
        let spread = numbers.chunks(7).map(|digits| {
            let digits = digits.iter().map(|digit| *digit as f32);
            digits.fold(0.0, |sum, digit| sum / 9.0 + digit)
        });
        Array5::from_shape_vec(lengths, spread.collect()).unwrap()
    };
    let pictures = fractions(shape.picture(), 1);
    let filter = fractions(shape.filter(), 2);
    let gradient = fractions(shape.result(), 3);
    for (role, operands, terms) in [
        (Role::Forward, [&pictures, &filter], 800.0f64),
        (Role::Input, [&filter, &gradient], 1000.0),
        (Role::Filter, [&pictures, &gradient], 3136.0),
    ] {
        let lengths = match role {
            Role::Forward => shape.result(),
            Role::Input => shape.picture(),
            Role::Filter => shape.filter(),
        };
        let mut narrow = vec![0.0f32; len(lengths)];
        convolve(&pool, role, &shape, operands.map(|x| x.view()), &mut narrow).unwrap();
        let wide = operands.map(|x| x.mapv(f64::from));
        let mut exact = vec![0.0f64; len(lengths)];
        convolve(
            &pool,
            role,
            &shape,
            [wide[0].view(), wide[1].view()],
            &mut exact,
        )
        .unwrap();
        let errors = narrow.iter().zip(&exact);
        let squares: f64 = errors.map(|(x, y)| (f64::from(*x) - y).powi(2)).sum();
        let error = (squares / exact.len() as f64).sqrt();
        // Terms are about 7 in size. A sum of n such is off by about a fifth of n roundings of a
        // term, one of b blocks by the root of b times what a block is off by.
        let block = 0.2 * 256.0 * 7.0 * f64::from(f32::EPSILON);
        let unit = block * (terms / 256.0).sqrt();
        assert!(error < unit, "{role:?}: {error:e}, {unit:e}");
    }
}

/// A filter of as many taps as there are windows along a line, which see what lies far apart.
fn far(windows: [usize; 2], taps: [usize; 2], stride: i64, dilation: i64) -> Shape {
    let [height, width] = windows;
    let axes = [FLAT, (taps[0], 1, 1), (taps[1], stride, dilation)];
    let lengths = [1, height, width * stride as usize];
    shape(1, lengths, axes, [Pad::Same; 3], [1, 1]).unwrap()
}

#[test]
#[cfg_attr(miri, ignore = "takes long")]
fn windows_that_see_what_lies_far_apart_are_no_bands() {
    fn is_general<T: MatMulElement>(role: Role, shape: &Shape) -> bool {
        Convolution::<T>::new(role, shape).is_none_or(|convolution| {
            let way = convolution.way;
            matches!(way, Way::General(_) | Way::Windowed(Windowed::General(_)))
        })
    }
    let pool = Pool::new(2);
    let line = far([1, 2100], [1, 2100], 1, 2100);
    // With a stride, the gradient of the pictures has two phases, one of which nothing has seen.
    let strided = far([1, 2100], [1, 2100], 2, 2000);
    for shape in [&line, &strided] {
        assert!(
            [Role::Forward, Role::Input, Role::Filter].map(|r| is_general::<f32>(r, shape))
                == [true; 3]
        );
        check::<f32>(&pool, shape);
    }
    let lines = far([2, 1100], [2, 1100], 1, 1000);
    assert!(is_general::<f64>(Role::Forward, &lines));
    check::<f64>(&pool, &lines);
}

#[test]
fn a_filter_as_long_as_its_picture_needs_little_memory() {
    for shape in [
        far([1, 30_000], [1, 30_000], 1, 30_000),
        far([1, 30_000], [1, 30_000], 1, 1000),
    ] {
        for role in [Role::Forward, Role::Input, Role::Filter] {
            let convolution = Convolution::<f32>::new(role, &shape).unwrap();
            let len = convolution.workspace_len(2);
            assert!(len < 64 << 20, "{role:?}: {len} bytes");
        }
    }
}

#[test]
fn what_gradients_of_filters_read_in_place_has_no_copy() {
    let pool = Pool::new(2);
    let windows = [FLAT, (3, 1, 1), (3, 1, 1)];
    let of = |batch| {
        let shape = shape(batch, [1, 9, 9], windows, [Pad::Valid; 3], [64, 96]).unwrap();
        let gradient = Convolution::<f32>::new(Role::Filter, &shape).unwrap();
        assert!(gradient.reads_in_order());
        (gradient.workspace_len(1), shape)
    };
    // Where lines begin depends on how many pictures there are, and no more.
    let ((len, few), (more, many)) = (of(40), of(80));
    let picture = few.picture().iter().product::<usize>() / 40 * size_of::<f32>();
    let grown = more.saturating_sub(len);
    assert!(grown < 40 * picture / 10, "{grown} bytes for {many:?}");
    check::<f32>(&pool, &of(2).1);
}

#[test]
fn absurd_sizes_need_absurd_workspaces() {
    let far = Pad::Explicit(1 << 58, 1 << 58);
    for (window, pad) in [
        ((1 << 28, 1, 1 << 30), far),
        ((1 << 59, 1, 1), Pad::Same),
        ((2, 1 << 57, 1 << 57), far),
    ] {
        let windows = [FLAT, FLAT, window];
        let pads = [Pad::Same, Pad::Same, pad];
        let shape = shape(1, [1, 1, 1], windows, pads, [1, 1]).unwrap();
        for role in [Role::Forward, Role::Input, Role::Filter] {
            // Made without an overflow; whether it needs memory depends on the shape.
            let convolution = Convolution::<f32>::new(role, &shape);
            let len = convolution.map(|convolution| convolution.workspace_len(1 << 10));
            assert!(
                len.is_none_or(|len| isize::try_from(len).is_ok()),
                "{shape:?}"
            );
        }
    }
}

#[test]
fn nothing_at_all_is_a_convolution_too() {
    let pool = Pool::new(1);
    for (batch, lengths, channels) in [
        (0, [1, 3, 3], [2, 2]),
        (1, [1, 0, 3], [2, 2]),
        (1, [1, 3, 3], [0, 2]),
        (1, [1, 3, 3], [2, 0]),
    ] {
        let windows = [FLAT, (2, 1, 1), (2, 2, 1)];
        let shape = shape(batch, lengths, windows, [Pad::Same; 3], channels).unwrap();
        check::<f32>(&pool, &shape);
    }
    // A window that is longer than the picture by less than a stride.
    let windows = [FLAT, (3, 3, 1), (3, 3, 1)];
    let shape = shape(1, [1, 2, 2], windows, [Pad::Valid; 3], [2, 2]).unwrap();
    assert_eq!(shape.positions(), 0);
    check::<f32>(&pool, &shape);
}

#[test]
fn bits_do_not_depend_on_threads() {
    let square = [FLAT, (3, 1, 1), (3, 1, 1)];
    let shape = shape(2, [1, 30, 30], square, [Pad::Same; 3], [12, 24]).unwrap();
    let len = |lengths: [usize; 5]| lengths.iter().product::<usize>();
    let random = |len: usize, seed| -> Vec<f32> {
        numbers::<f32>(len, seed)
            .iter()
            .zip(1..)
            .map(|(x, i)| x / i as f32)
            .collect()
    };
    let pictures = random(len(shape.picture()), 1);
    let filter = random(len(shape.filter()), 2);
    let gradient = random(len(shape.result()), 3);
    let all = |threads| {
        let pool = Pool::new(threads);
        let mut outs = [gradient.len(), pictures.len(), filter.len()].map(|len| vec![0.0; len]);
        let view = |lengths, elements| ArrayView5::from_shape(lengths, elements).unwrap();
        let pictures = view(shape.picture(), &pictures);
        let filter = view(shape.filter(), &filter);
        let gradient = view(shape.result(), &gradient);
        for (role, operands, out) in [
            (Role::Forward, [pictures, filter], 0),
            (Role::Input, [filter, gradient], 1),
            (Role::Filter, [pictures, gradient], 2),
        ] {
            convolve(&pool, role, &shape, operands, &mut outs[out]).unwrap();
        }
        outs
    };
    assert!(all(1) == all(3));
}
