//! Hands that are drawn, not photographed: a stand-in for the SIGNS pictures, so that the examples
//! run without any download.
//!
//! Every picture shows the palm of a hand with 0 to 5 raised fingers. A [pose] says where the
//! joints are, its [geometry] makes rounded limbs of them, and [mod@paint] shades them on a wall.
//! Fingers, position, size, angle, skin, light, wall and noise differ from picture to picture, all
//! from one seed by arithmetic that every machine does alike: the bytes are the same everywhere.
//!
//! They are easier for the course's three-layer network than the course's own pictures: it learns
//! all of them. A network trained on them has seen drawings only: don't expect it to read
//! photographs.

mod geometry;
mod paint;
mod pose;
mod random;

use std::num::NonZero;
use std::thread;

use ndarray::{Array1, Array4};

use self::geometry::{Turn, point};
use self::paint::{Colour, Scene, paint};
use self::pose::Placement;
use self::random::SplitMix64;
use super::split::{CHANNELS, FEATURES, SIDE, Split};

/// 0 to 5 raised fingers.
pub const CLASSES: usize = 6;
/// The training pictures' seed.
pub const TRAIN_SEED: u64 = 1;
/// The test pictures' seed: other pictures, drawn by the same rules.
pub const TEST_SEED: u64 = 2;

/// Skins, from light to dark, in the light of a room: even the lightest stands out from the walls,
/// as it does in the photographs. Where hand and wall are alike, the network has little to learn
/// from, and may not learn at all.
const SKINS: [Colour; 6] = [
    [0.70, 0.57, 0.49],
    [0.66, 0.51, 0.41],
    [0.60, 0.45, 0.34],
    [0.51, 0.36, 0.26],
    [0.41, 0.28, 0.20],
    [0.32, 0.21, 0.15],
];
/// Walls in the same light: plain and pale, as in the course's pictures.
const WALLS: [Colour; 5] = [
    [0.94, 0.92, 0.88],
    [0.91, 0.91, 0.89],
    [0.88, 0.88, 0.88],
    [0.92, 0.89, 0.83],
    [0.86, 0.87, 0.83],
];

/// Draws `count` pictures, each class equally often (give or take one), in random order.
pub fn draw_split(seed: u64, count: usize) -> Split {
    let mut random = SplitMix64::new(seed);
    let mut labels: Vec<i64> = (0..count).map(|at| (at % CLASSES) as i64).collect();
    random.shuffle(&mut labels);
    let order = |&label: &i64| Order::new(label as usize, random.next_u64());
    let orders: Vec<Order> = labels.iter().map(order).collect();
    Split {
        images: Array4::from_shape_vec((count, SIDE, SIDE, CHANNELS), draw_all(&orders))
            .expect("every picture has 64 * 64 * 3 bytes"),
        labels: Array1::from_vec(labels),
    }
}

/// A picture to be drawn. It has its own seed, so that it does not matter who draws it and when.
struct Order {
    class: usize,
    seed: u64,
}

impl Order {
    fn new(class: usize, seed: u64) -> Self {
        Order { class, seed }
    }
}

/// Draws the pictures one after the other into one buffer; each core takes its share of them.
fn draw_all(orders: &[Order]) -> Vec<u8> {
    let mut pixels = vec![0; orders.len() * FEATURES];
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = orders.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let shares = pixels.chunks_mut(share * FEATURES);
        for (orders, pixels) in orders.chunks(share).zip(shares) {
            scope.spawn(move || {
                for (order, picture) in orders.iter().zip(pixels.chunks_mut(FEATURES)) {
                    picture.copy_from_slice(&draw_picture(order));
                }
            });
        }
    });
    pixels
}

/// One picture as bytes, row by row.
fn draw_picture(order: &Order) -> Vec<u8> {
    let random = &mut SplitMix64::new(order.seed);
    let hand = pose::hand(order.class, random);
    let placement = Placement {
        centre: point(32.0, 40.0) + point(random.around_zero(4.0), random.around_zero(3.0)),
        scale: random.between(25.0, 32.0),
        turn: Turn::degrees(random.around_zero(18.0)),
        width: random.between(0.82, 1.04),
        mirrored: random.chance(25),
    };
    let scene = draw_scene(random);
    paint(&placement.place(hand), &scene, random)
}

fn draw_scene(random: &mut SplitMix64) -> Scene {
    let brightness = random.between(0.92, 0.99);
    let tinted = |colour: Colour, random: &mut SplitMix64| {
        colour.map(|channel| channel * (brightness + random.around_zero(0.04)))
    };
    let skin = random.pick(&SKINS);
    let wall = random.pick(&WALLS);
    let light = point(random.between(-0.6, 0.6), random.between(-0.7, -0.2));
    Scene {
        skin: tinted(skin, random),
        wall: tinted(wall, random),
        wall_slope: point(random.around_zero(0.12), random.around_zero(0.12)),
        light,
        ambient: random.between(0.35, 0.6),
        shadow_length: random.between(3.0, 14.0),
        shadow: random.between(0.05, 0.35),
        noise: random.between(0.01, 0.04),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_balanced_and_mixed() {
        let labels = draw_split(1, 60).labels.to_vec();
        for class in 0..CLASSES as i64 {
            assert_eq!(labels.iter().filter(|&&label| label == class).count(), 10);
        }
        assert!(!labels.is_sorted());
    }

    /// FNV-1a over all bytes: the same on every machine, in every build.
    #[test]
    fn the_pictures_are_always_the_same() {
        let split = draw_split(TRAIN_SEED, 24);
        let hash = split
            .images
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        assert_eq!(format!("{hash:016x}"), "320ca75d2735f9d0");
    }

    #[test]
    fn who_draws_does_not_matter() {
        let orders: Vec<Order> = (0..9)
            .map(|at| Order::new(at % CLASSES, at as u64))
            .collect();
        let one_by_one: Vec<u8> = orders.iter().flat_map(draw_picture).collect();
        assert_eq!(draw_all(&orders), one_by_one);
        assert!(draw_all(&[]).is_empty());
    }

    #[test]
    fn test_pictures_are_not_training_pictures() {
        let (train, test) = (draw_split(TRAIN_SEED, 60), draw_split(TEST_SEED, 60));
        for picture in test.images.outer_iter() {
            assert!(train.images.outer_iter().all(|other| other != picture));
        }
    }
}
