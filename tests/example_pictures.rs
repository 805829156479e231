//! The networks of the examples `digits`, `autoencoder` and `gan`, on a few drawn digits, and the
//! tests that stand in the files these examples share.

#[path = "../examples/common/mod.rs"]
mod common;

#[path = "../examples/mnist/mod.rs"]
mod mnist;

#[path = "../examples/autoencoder/network.rs"]
mod autoencoder;
#[path = "../examples/digits/network.rs"]
mod digits;
#[path = "../examples/gan/network.rs"]
mod gan;

use ndarray::{Array2, s};
use tf1::Result;

/// One-hot labels.
fn one_hot(labels: &[usize]) -> Array2<f32> {
    let hot = |(row, class): (usize, usize)| f32::from(u8::from(labels[row] == class));
    Array2::from_shape_fn((labels.len(), mnist::CLASSES), hot)
}

#[test]
fn digits_are_told_apart() -> Result<()> {
    // Unoptimized, a step takes long: then it is only looked whether the cost goes down.
    let (steps, at_least) = if cfg!(debug_assertions) {
        (4, 0.0)
    } else {
        (150, 0.8)
    };
    let (pictures, labels) = mnist::few(700);
    let network = digits::Network::new(0.003, 1)?;
    let mut costs = Vec::new();
    for step in 0..steps {
        let rows = (step * 20) % 600..(step * 20) % 600 + 20;
        let images = pictures.slice(s![rows.clone(), .., .., ..]);
        let answers = one_hot(&labels[rows]);
        costs.push(network.step(images.into_dyn(), answers.view().into_dyn())?);
    }
    assert!(costs[steps - 1] < costs[0], "{costs:?}");
    let found = network.classify(pictures.slice(s![600.., .., .., ..]))?;
    let right = found
        .iter()
        .zip(&labels[600..])
        .filter(|(found, label)| found == label);
    let share = right.count() as f64 / 100.0;
    assert!(share >= at_least, "only {share} of the digits were read");
    Ok(())
}

#[test]
fn an_autoencoder_approaches_its_pictures() -> Result<()> {
    let (pictures, _) = mnist::few(20);
    let network = autoencoder::Network::new(16, 0.01, 1)?;
    let off = || -> Result<f32> {
        let made = network.reconstruct(pictures.view())?;
        Ok((made - &pictures).mapv(f32::abs).mean().unwrap_or(f32::NAN))
    };
    let before = off()?;
    for _ in 0..5 {
        network.step(pictures.view().into_dyn())?;
    }
    let after = off()?;
    assert!(after < before, "{after} after training, {before} before");
    Ok(())
}

#[test]
fn the_same_noise_makes_the_same_digits_until_something_is_learned() -> Result<()> {
    let (pictures, _) = mnist::few(gan::BATCH);
    let noise = Array2::from_shape_fn((gan::BATCH, gan::NOISE), |(row, column)| {
        ((row * 7 + column * 3) % 11) as f32 / 5.0 - 1.0
    });
    let network = gan::Gan::new(0.001, 1)?;
    let first = network.make(&noise)?;
    assert_eq!(first.shape(), [gan::BATCH, mnist::SIDE, mnist::SIDE, 1]);
    assert_eq!(network.make(&noise)?, first);
    let costs = network.step(pictures.view().into_dyn())?;
    assert!(
        costs.iter().all(|cost| cost.is_finite() && *cost > 0.0),
        "{costs:?}"
    );
    assert_ne!(network.make(&noise)?, first);
    Ok(())
}
