//! Stacks of products against products one by one, which take no shortcut.

use super::*;
use crate::kernels::cpu::levels;
use crate::types::Numeric;
use ndarray::{ArrayD, s};

/// Fractions, whose sums depend on the order.
fn fractions<T: MatMulElement + Numeric>(shape: &[usize], seed: usize) -> ArrayD<T> {
    let mut state = seed as u64;
    ArrayD::from_shape_simple_fn(shape, || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        T::from_f64((state >> 40) as f64 / f64::from(1 << 24) * 30.0 - 15.0)
    })
}

/// The same stack in memory layouts of all kinds.
fn layouts<T: MatMulElement + Numeric>(stack: &ArrayD<T>) -> Vec<ArrayD<T>> {
    let rank = stack.ndim();
    let mut order: Vec<usize> = (0..rank).collect();
    order.swap(rank - 2, rank - 1);
    let in_order = |order: &[usize]| {
        let turned = stack
            .view()
            .permuted_axes(order)
            .as_standard_layout()
            .into_owned();
        // Each of these orders undoes itself.
        turned.permuted_axes(order)
    };
    let turned = in_order(&order);
    order.swap(rank - 2, rank - 1);
    order.swap(0, rank - 1);
    let doubled: Vec<usize> = stack.shape().iter().map(|len| 2 * len).collect();
    let mut spread = ArrayD::from_elem(doubled, T::ZERO);
    spread.slice_each_axis_inplace(|_| ndarray::Slice::new(0, None, 2));
    spread.assign(stack);
    vec![stack.clone(), turned, in_order(&order), spread]
}

fn check<T: MatMulElement + Numeric>(bits: fn(T) -> u64) {
    for level in levels() {
        for [rows, inner, columns] in LENGTHS {
            if cfg!(miri) && rows * inner * columns > 1000 {
                continue;
            }
            let product = Product::<T>::for_level(level, rows, inner, columns);
            let mut general = product;
            general.shortcut = Shortcut::None;
            for [a_batch, b_batch, batch] in [[[5, 1], [5, 1], [5, 1]], [[3, 1], [1, 4], [3, 4]]] {
                let a = fractions::<T>(&[&a_batch[..], &[rows, inner]].concat(), 1);
                let b = fractions::<T>(&[&b_batch[..], &[inner, columns]].concat(), 2);
                let lengths = |matrix: [usize; 2]| [&batch[..], &matrix].concat();
                let count: usize = batch.iter().product();
                let multiply = |product: &Product<T>, threads, a: &ArrayD<T>, b: &ArrayD<T>| {
                    let mut out = vec![T::HIGHEST; count * rows * columns];
                    let a = a.broadcast(lengths([rows, inner])).unwrap();
                    let b = b.broadcast(lengths([inner, columns])).unwrap();
                    let (stacks, pool) = (Stacks::new(&a, &b), Pool::new(threads));
                    product.multiply_stacks(&pool, &stacks, &mut out).unwrap();
                    out.into_iter().map(bits).collect::<Vec<_>>()
                };
                let expected = multiply(&general, 1, &a, &b);
                let (a, b) = (layouts(&a), layouts(&b));
                for (i, a) in a.iter().enumerate() {
                    // All of `b` for one of `a`, and two for each other: it is the right matrix
                    // that is copied or not.
                    for b in if i == 0 { &b[..] } else { &b[..2] } {
                        let found = multiply(&product, 2, a, b);
                        assert!(
                            found == expected,
                            "{level:?} {rows} {inner} {columns} {batch:?}"
                        );
                    }
                }
            }
        }
    }
}

const LENGTHS: [[usize; 3]; 16] = [
    [1, 1, 1],
    [2, 2, 2],
    [3, 0, 2],
    [3, 5, 7],
    [1, 64, 1],
    [1, 65, 1],
    [1, 100, 33],
    [2, 100, 1],
    [20, 3, 1],
    [40, 70, 1],
    [17, 16, 9],
    [9, 20, 31],
    [8, 600, 3],
    [10, 30, 47],
    [33, 20, 35],
    [70, 80, 50],
];

#[test]
fn small_ways_add_in_the_order_of_the_large_one() {
    check::<f32>(|x| x.to_bits().into());
    check::<f64>(f64::to_bits);
    if !cfg!(miri) {
        check::<i32>(|x| x as u64);
    }
}

#[test]
fn one_right_matrix_for_all_gives_the_same_bits_however_the_left_ones_lie() {
    for [rows, inner, columns] in [[1, 100, 30], [3, 100, 1], [4, 7, 5], [2, 3000, 6]] {
        let a = fractions::<f32>(&[40, 2, rows, inner], 1);
        let b = fractions::<f32>(&[inner, columns], 2);
        let multiply = |a: &ArrayD<f32>, b: &ArrayD<f32>| {
            let mut out = vec![0.0; 80 * rows * columns];
            let pool = Pool::new(2);
            matmul_stacks(&pool, &a.view(), &b.view(), &[40, 2], &mut out).unwrap();
            out
        };
        let expected = multiply(&a, &b);
        for a in layouts(&a) {
            assert!(multiply(&a, &b) == expected, "{rows} {inner} {columns}");
        }
        let wide = |matrix: ArrayView2<'_, f32>| matrix.mapv(f64::from);
        let left = a.view().into_shape_with_order((80 * rows, inner)).unwrap();
        let exact =
            wide(left.slice(s![35 * rows..36 * rows, ..])).dot(&wide(first_matrix(&b.view())));
        let found = &expected[35 * rows * columns..];
        for (&found, exact) in found.iter().zip(exact) {
            assert!((f64::from(found) - exact).abs() < 1e-3 * (inner as f64).sqrt());
        }
    }
}
