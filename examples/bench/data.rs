//! The workloads' data: numbers from a hash of a counter, the same in every language.

use ndarray::{Array1, Array2};

/// `count` numbers in [0, 1): the top 24 bits of the counter's hash (Wellons' `lowbias32`), started
/// at a multiple of the golden ratio for each seed.
pub fn unit(seed: u32, count: usize) -> Vec<f32> {
    let start = seed.wrapping_mul(0x9E37_79B9);
    (0..count as u32)
        .map(|i| (hash(start.wrapping_add(i)) >> 8) as f32 / (1 << 24) as f32)
        .collect()
}

fn hash(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7FEB_352D);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846C_A68B);
    x ^ (x >> 16)
}

pub fn matrix(seed: u32, rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_vec((rows, columns), unit(seed, rows * columns))
        .expect("as many as the shape holds")
}

/// Weights as Glorot and Bengio start them: uniform up to √(6 / (fan in + fan out)).
pub fn weights(seed: u32, rows: usize, columns: usize) -> Array2<f32> {
    let limit = (6.0 / (rows + columns) as f64).sqrt() as f32;
    matrix(seed, rows, columns).mapv_into(|u| (2.0 * u - 1.0) * limit)
}

/// One-hot labels, a row for each of `count` samples.
pub fn one_hot(seed: u32, count: usize, classes: usize) -> Array2<f32> {
    let mut rows = Array2::zeros((count, classes));
    for (i, u) in unit(seed, count).into_iter().enumerate() {
        rows[[i, (u * classes as f32) as usize]] = 1.0;
    }
    rows
}

/// Ten million numbers in [-2, 2).
pub fn chain() -> Array1<f32> {
    unit(7, 10_000_000)
        .into_iter()
        .map(|u| 4.0 * u - 2.0)
        .collect()
}
