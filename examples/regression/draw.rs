//! Houses that stand in for a table of your own.

use std::f64::consts::PI;

use ndarray::ArrayView1;
use tf1::random::NumpyRandom;

use super::houses::COLUMNS;

/// `count` houses, always the same.
///
/// What a house is worth falls with the distance from the middle of the town, and an old house is
/// worth less unless it is very old. No weighted sum of the columns can say this. One price in
/// twenty is far from what the house is worth, as in life.
pub fn houses(count: usize) -> tf1::Result<Vec<[f32; COLUMNS]>> {
    let drawn = NumpyRandom::new(1).rand((count, 7))?;
    Ok(drawn.outer_iter().map(house).collect())
}

/// The house that seven numbers between 0 and 1 stand for.
fn house(drawn: ArrayView1<f64>) -> [f32; COLUMNS] {
    let between = |number: usize, low: f64, high: f64| low + (high - low) * drawn[number];
    let area = between(0, 45.0, 220.0);
    let rooms = (area / between(1, 22.0, 35.0)).round();
    let age = between(2, 0.0, 120.0).floor();
    let distance = between(3, 0.2, 25.0);
    let garden = between(4, -300.0, 700.0).max(0.0);
    let place = 0.45 + 1.1 * f64::exp(-distance / 8.0);
    let state = 1.0 - 0.4 * f64::sin(age / 120.0 * PI);
    let worth = place * (state * (2600.0 * area + 9000.0 * rooms) + 180.0 * garden);
    let surprise = match drawn[5] {
        rare if rare < 0.05 => between(6, 0.7, 1.3),
        _ => between(6, 0.93, 1.07),
    };
    let price = (worth * surprise / 500.0).round() * 500.0;
    [area, rooms, age, distance, garden, price].map(|number| (number * 10.0).round() as f32 / 10.0)
}
