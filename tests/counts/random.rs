//! NumPy's random numbers.

use std::sync::atomic::Ordering::SeqCst;

use ndarray::{ArrayView2, ArrayViewMut2, arr0};
use tf1::random::NumpyRandom;

use super::allocator::LARGEST;
use super::{Row, check};

fn row(
    name: &'static str,
    attempt: impl Fn(&mut NumpyRandom, usize) -> tf1::Result<()> + 'static,
) -> Row {
    Row {
        name,
        attempt: Box::new(move |count| attempt(&mut NumpyRandom::new(1), count as usize)),
        skips: |_| false,
        has_node: false,
    }
}

#[test]
fn sizes() {
    // What some machine could hold is refused here, as it is by a smaller one.
    LARGEST.store(1 << 30, SeqCst);
    check(vec![
        row("rand", |rng, n| rng.rand(n).map(drop)),
        row("rand of none", |rng, n| rng.rand([n, 0]).map(drop)),
        row("randn", |rng, n| rng.randn(n).map(drop)),
        row("random_sample", |rng, n| rng.random_sample(n).map(drop)),
        row("standard_normal", |rng, n| rng.standard_normal(n).map(drop)),
        row("permutation", |rng, n| rng.permutation(n).map(drop)),
        row("permutation_of", |rng, n| {
            let rows = arr0(1.0f64);
            match rows.broadcast((n, 1)) {
                Some(rows) => rng.permutation_of(&rows).map(drop),
                None => Ok(()),
            }
        }),
        row("permutation_of none", |rng, n| {
            let rows = ArrayView2::<f64>::from_shape((n, 0), &[]);
            rows.map_or(Ok(()), |rows| rng.permutation_of(&rows).map(drop))
        }),
        row("shuffle_rows of none", |rng, n| {
            // Those that can be gone along in reasonable time.
            let n = if n <= u32::MAX as usize { n % 1000 } else { n };
            let rows = ArrayViewMut2::<f64>::from_shape((n, 0), &mut []);
            rows.map_or(Ok(()), |mut rows| rng.shuffle_rows(&mut rows))
        }),
        row("normal", |rng, n| rng.normal(0.0, 1.0, n).map(drop)),
        row("normal of two", |rng, n| {
            rng.normal(0.0, 1.0, (n, 1 << 41)).map(drop)
        }),
        row("uniform", |rng, n| rng.uniform(0.0, 1.0, (n, 0)).map(drop)),
        row("exponential", |rng, n| rng.exponential(1.0, n).map(drop)),
        row("gamma", |rng, n| rng.gamma(1.0, 1.0, n).map(drop)),
        row("standard_gamma", |rng, n| {
            rng.standard_gamma(1.0, n).map(drop)
        }),
        row("beta", |rng, n| rng.beta(1.0, 1.0, (n, n)).map(drop)),
        row("randint", |rng, n| rng.randint(0, 5, n).map(drop)),
        row("randint up to", |rng, n| {
            rng.randint(0, n as i64, 2).map(drop)
        }),
        row("randint from", |rng, n| {
            rng.randint(n as i64, i64::MAX, 2).map(drop)
        }),
        row("binomial", |rng, n| rng.binomial(3, 0.5, n).map(drop)),
        row("binomial of many", |rng, n| {
            rng.binomial(n as i64, 0.5, 2).map(drop)
        }),
        row("poisson", |rng, n| rng.poisson(1.0, n).map(drop)),
        row("multinomial", |rng, n| {
            rng.multinomial(3, &[0.5, 0.5], n).map(drop)
        }),
        row("multinomial of many", |rng, n| {
            rng.multinomial(n as i64, &[0.5, 0.5], 2).map(drop)
        }),
        row("choice", |rng, n| rng.choice(n).draw(2).map(drop)),
        row("choice of many", |rng, n| rng.choice(5).draw(n).map(drop)),
        row("choice of none twice", |rng, n| {
            rng.choice(n).without_replacement().draw(n).map(drop)
        }),
        row("choice without replacement", |rng, n| {
            rng.choice(n).without_replacement().draw(3).map(drop)
        }),
        row("choice by p of many", |rng, n| {
            rng.choice(2).p(&[0.5, 0.5]).draw(n).map(drop)
        }),
        row("multinomial of none", |rng, n| {
            rng.multinomial(3, &[0.5, 0.5], (n, 0)).map(drop)
        }),
        row("choice by p", |rng, n| {
            rng.choice(n).p(&[0.5, 0.5]).draw(2).map(drop)
        }),
    ]);
}
