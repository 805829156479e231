//! Everything against a naive walk, element by element, of arrays and views of random shapes and
//! strides.

use ndarray::{Array, ArrayD, ArrayViewD, Axis, IxDyn, Slice};
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::super::pool::Pool;
use super::gather::Rows;
use super::*;

/// How many random views are tried; Miri, which takes its time, is given few.
const TRIES: u64 = if cfg!(miri) { 12 } else { 800 };

fn numbered<T: Plain>(lengths: &[usize], number: impl Fn(usize) -> T) -> ArrayD<T> {
    let count = lengths.iter().product();
    let elements: Vec<T> = (0..count).map(number).collect();
    Array::from_shape_vec(IxDyn(lengths), elements).unwrap()
}

/// A few lengths; now and then one that is long, or 0.
fn lengths(random: &mut StdRng) -> Vec<usize> {
    let rank = random.random_range(0..6);
    let (usual, long) = if cfg!(miri) { (4, 20) } else { (8, 70) };
    let length = |_| match random.random_range(0..12) {
        0 => 0,
        1..4 => 1,
        4 => random.random_range(1..long),
        _ => random.random_range(1..usual),
    };
    (0..rank).map(length).collect()
}

/// Some part of an array of these lengths: cut, stepped through, backwards, its axes in some order.
/// What is done is decided by `seed`, so that a view and a view to be changed are cut alike.
macro_rules! random_part {
    ($view:expr, $seed:expr) => {{
        let (mut view, mut random) = ($view, StdRng::seed_from_u64($seed));
        for axis in 0..view.ndim() {
            let length = view.shape()[axis];
            if length > 1 && random.random_bool(0.3) {
                let start = random.random_range(0..length);
                let end = random.random_range(start + 1..=length);
                let steps = [1isize, 1, 2, 3, 4, -1, -2];
                let step = steps[random.random_range(0..steps.len())];
                view.slice_axis_inplace(
                    Axis(axis),
                    Slice::new(start as isize, Some(end as isize), step),
                );
            } else if random.random_bool(0.2) {
                view.invert_axis(Axis(axis));
            }
        }
        let mut order: Vec<usize> = (0..view.ndim()).collect();
        if random.random_bool(0.6) {
            for i in (1..order.len()).rev() {
                order.swap(i, random.random_range(0..=i));
            }
        }
        view.permuted_axes(order)
    }};
}

fn assert_copies<T: Plain>(number: impl Fn(usize) -> T + Copy, filler: T) {
    for seed in 0..TRIES {
        let mut random = StdRng::seed_from_u64(seed);
        let whole = numbered(&lengths(&mut random), number);
        let part = random_part!(whole.view(), seed);
        // Some axes are repeated, and what it is copied to may have strides of its own.
        let mut shape = part.shape().to_vec();
        shape.iter_mut().for_each(|length| {
            if *length == 1 && random.random_bool(0.3) {
                *length = random.random_range(1..12);
            }
        });
        let part = part.broadcast(IxDyn(&shape)).unwrap();
        let roomy: Vec<usize> = shape.iter().map(|length| length * 2 + 1).collect();
        let is_strided = random.random_bool(0.4) && roomy.iter().product::<usize>() < 1 << 18;
        let mut memory = ArrayD::from_elem(IxDyn(if is_strided { &roomy } else { &shape }), filler);
        let mut expected = memory.clone();
        let pool = Pool::of(1 + seed as usize % 3);
        {
            let (mut to, mut wanted) = (memory.view_mut(), expected.view_mut());
            for (axis, &length) in shape.iter().enumerate().filter(|_| is_strided) {
                let step = if length % 2 == 0 { 2 } else { -1 };
                let end = 1 + length as isize * isize::abs(step);
                let slice = Slice::new(1, Some(end), step);
                to.slice_axis_inplace(Axis(axis), slice);
                wanted.slice_axis_inplace(Axis(axis), slice);
            }
            for (index, &x) in part.indexed_iter() {
                wanted[index] = x;
            }
            copy(&pool, part.view(), to);
        }
        assert_eq!(
            memory,
            expected,
            "{seed}: {:?} {:?}",
            part.shape(),
            part.strides()
        );
    }
}

#[test]
fn copies_are_those_of_a_naive_walk() {
    assert_copies(|i| i as f32, -1.0f32);
    assert_copies(|i| i as i64, -1);
    assert_copies(|i| i as u8, 255);
}

/// More than one thread gets something to do.
#[test]
#[cfg_attr(miri, ignore = "takes too long")]
fn large_copies_too() {
    let pool = Pool::of(3);
    for shape in [
        [3, 700, 301],
        [700, 301, 3],
        [1, 2, 300_000],
        [301, 1, 1500],
    ] {
        let x = numbered(&shape, |i| i as u32 as f32);
        for order in [
            [0, 1, 2],
            [2, 1, 0],
            [1, 0, 2],
            [0, 2, 1],
            [2, 0, 1],
            [1, 2, 0],
        ] {
            let from = x.view().permuted_axes(&order[..]);
            let mut to = ArrayD::from_elem(from.raw_dim(), -1.0);
            copy(&pool, from.view(), to.view_mut());
            assert!(to == from, "{shape:?} {order:?}");
        }
    }
}

#[test]
fn what_is_assembled_are_its_pieces_the_later_above() {
    for seed in 0..TRIES {
        let mut random = StdRng::seed_from_u64(seed);
        let large = !cfg!(miri) && seed % 100 == 0;
        let shape: Vec<usize> = match large {
            true => vec![5, random.random_range(1..400), 300],
            false => lengths(&mut random),
        };
        let filler = -2.0;
        let wholes: Vec<ArrayD<f32>> = (0..random.random_range(0..4))
            .map(|i| numbered(&shape, |k| (i * 100_000 + k) as f32))
            .collect();
        let mut pieces = vec![Piece::filling(&shape, &filler)];
        let mut expected = ArrayD::from_elem(IxDyn(&shape), filler);
        for whole in &wholes {
            let (mut view, mut start): (ArrayViewD<'_, f32>, Vec<usize>) =
                (whole.view(), Vec::new());
            for (axis, &length) in shape.iter().enumerate() {
                let own = random.random_range(0..=length);
                view.slice_axis_inplace(Axis(axis), Slice::from(..own));
                if random.random_bool(0.3) {
                    view.invert_axis(Axis(axis));
                }
                start.push(random.random_range(0..=length - own));
            }
            for (index, &x) in view.indexed_iter() {
                let index: Vec<usize> = start
                    .iter()
                    .enumerate()
                    .map(|(i, s)| s + index[i])
                    .collect();
                expected[&index[..]] = x;
            }
            pieces.push(Piece::new(start, view));
        }
        let mut out = ArrayD::from_elem(IxDyn(&shape), -1.0);
        assemble(&Pool::of(2), out.view_mut(), &pieces);
        assert!(out == expected, "{seed}: {shape:?}");
    }
}

#[test]
fn many_pieces_in_a_row_come_to_their_places() {
    let (shape, count) = if cfg!(miri) {
        ([2, 1, 30], 20)
    } else {
        ([3, 1, 700], 150)
    };
    let parts: Vec<ArrayD<f32>> = (0..count)
        .map(|i| numbered(&[shape[0], i % 4, shape[2]], |k| (i * 10_000 + k) as f32))
        .collect();
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    let expected = ndarray::concatenate(Axis(1), &views).unwrap();
    let mut first = 0;
    let pieces: Vec<_> = parts
        .iter()
        .map(|part| {
            let start = [0, first, 0];
            first += part.shape()[1];
            Piece::new(start, part.view())
        })
        .collect();
    let mut out = ArrayD::from_elem(expected.raw_dim(), -1.0);
    assemble(&Pool::of(2), out.view_mut(), &pieces);
    assert!(out == expected);
}

#[test]
fn rows_are_gathered_from_tables_of_any_strides() {
    for seed in 0..TRIES / 4 {
        let mut random = StdRng::seed_from_u64(seed);
        let whole = numbered(&lengths(&mut random), |i| i as f32);
        let from = random_part!(whole.view(), seed);
        if from.ndim() == 0 {
            continue;
        }
        let outer = random.random_range(0..from.ndim());
        let length = from.shape()[outer];
        if length == 0 {
            continue;
        }
        let tables: usize = from.shape()[..outer].iter().product();
        let same = if random.random_bool(0.5) {
            1
        } else {
            tables.max(1)
        };
        let count = random.random_range(0..if seed % 10 == 0 { 700 } else { 5 });
        let rows = Rows {
            tables,
            same,
            count,
        };
        let row = &from.shape()[outer + 1..];
        let elements: usize = row.iter().product();
        let positions: Vec<usize> = (0..count * tables)
            .map(|_| random.random_range(0..length))
            .collect();
        let flat: Vec<Vec<f32>> = flattened(&from, outer);
        let expected: Vec<f32> = (0..tables * count)
            .flat_map(|i| {
                let (table, i) = (i / count, i % count);
                let position = positions[table / same * count + i];
                flat[table][position * elements..][..elements].to_vec()
            })
            .collect();
        let mut out = vec![-1.0; tables * count * elements];
        let pool = Pool::of(2);
        let listed = |first: usize, list: &mut [usize]| {
            list.copy_from_slice(&positions[first..][..list.len()]);
            Ok(())
        };
        gather(&pool, &from, outer, rows, &listed, &mut out).unwrap();
        assert_eq!(out, expected, "{seed}");
        let strays = |first: usize, _: &mut [usize]| Err(first + 1);
        let found = gather(&pool, &from, outer, rows, &strays, &mut out);
        assert_eq!(found.is_err(), tables * count > 0);
    }
}

/// The elements of each table in row-major order.
fn flattened(from: &ArrayViewD<'_, f32>, outer: usize) -> Vec<Vec<f32>> {
    let elements: Vec<f32> = from.iter().copied().collect();
    let length: usize = from.shape()[outer..].iter().product();
    let tables: usize = from.shape()[..outer].iter().product();
    (0..tables)
        .map(|table| elements[table * length..][..length].to_vec())
        .collect()
}
