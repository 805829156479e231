//! NumPy's random numbers.

use tf1::random::NumpyRandom;

use super::{Row, check};

fn row(
    name: &'static str,
    attempt: impl Fn(&mut NumpyRandom, usize) -> tf1::Result<()> + 'static,
) -> Row {
    Row {
        name,
        attempt: Box::new(move |count| attempt(&mut NumpyRandom::new(1), count as usize)),
        // What could be held by some machine is a matter of memory.
        skips: |count| (1 << 21..1 << 40).contains(&count),
        has_node: false,
    }
}

#[test]
fn sizes() {
    check(vec![
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
        row("choice by p", |rng, n| {
            rng.choice(n).p(&[0.5, 0.5]).draw(2).map(drop)
        }),
    ]);
}
