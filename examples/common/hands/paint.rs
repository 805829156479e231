//! Painting layers of limbs on a 64 by 64 canvas: background, cast shadow, shaded skin, and the
//! camera's noise.

use super::super::split::{CHANNELS, SIDE};
use super::geometry::{Bounds, Field, Limb, Point, mix, point};
use super::pose::{Hand, Layer};
use super::random::SplitMix64;

/// Red, green and blue from 0 to 1.
pub type Colour = [f32; CHANNELS];

/// Everything about a picture but the hand's shape.
#[derive(Clone, Debug)]
pub struct Scene {
    pub skin: Colour,
    pub wall: Colour,
    /// How much the wall's brightness changes from the centre to the right edge and to the lower
    /// edge.
    pub wall_slope: Point,
    /// The direction the light comes from, in the picture's plane; shorter for light from the
    /// front.
    pub light: Point,
    /// The share of light that comes from everywhere.
    pub ambient: f32,
    /// How far the hand's shadow on the wall is from the hand, in pixels, for light from the side.
    pub shadow_length: f32,
    /// How dark that shadow is.
    pub shadow: f32,
    /// Spread of the camera's noise.
    pub noise: f32,
}

/// Paints the hand into 64 * 64 * 3 bytes.
pub fn paint(hand: &Hand, scene: &Scene, random: &mut SplitMix64) -> Vec<u8> {
    let mut canvas = Canvas::wall(scene);
    canvas.cast_shadow(&hand[0], scene);
    for layer in hand {
        canvas.paint_layer(layer, scene);
        layer
            .creases
            .iter()
            .for_each(|crease| canvas.paint_crease(crease));
    }
    canvas.develop(scene.noise, random)
}

struct Canvas(Vec<Colour>);

impl Canvas {
    fn wall(scene: &Scene) -> Self {
        let half = SIDE as f32 / 2.0;
        let pixels = (0..SIDE * SIDE).map(|at| {
            let from_centre = (centre(at) - point(half, half)) * (1.0 / half);
            let vignette = 1.0 - 0.06 * from_centre.dot(from_centre);
            let light = (1.0 + scene.wall_slope.dot(from_centre)) * vignette;
            scene.wall.map(|channel| channel * light)
        });
        Canvas(pixels.collect())
    }

    /// Darkens the wall, softly, where the hand stands in the lamp's way.
    fn cast_shadow(&mut self, body: &Layer, scene: &Scene) {
        let offset = scene.light * -scene.shadow_length;
        for (at, pixel) in self.0.iter_mut().enumerate() {
            if let Some(field) = body.field(centre(at) - offset) {
                let depth = (0.5 - field.distance / 5.0).clamp(0.0, 1.0);
                darken(pixel, scene.shadow * depth);
            }
        }
    }

    fn paint_layer(&mut self, layer: &Layer, scene: &Scene) {
        for (at, p) in pixels_in(layer.bounds()) {
            let Some(field) = layer.field(p) else {
                continue;
            };
            let pixel = &mut self.0[at];
            darken(pixel, contact_shadow(&field, scene.light));
            let cover = coverage(field.distance);
            if cover > 0.0 {
                *pixel = blend(*pixel, shade(&field, scene), cover);
            }
        }
    }

    fn paint_crease(&mut self, crease: &Limb) {
        for (at, p) in pixels_in(crease.bounds().widened(1.0)) {
            let cover = (0.8 - crease.field(p).distance).clamp(0.0, 1.0);
            darken(&mut self.0[at], 0.12 * cover);
        }
    }

    /// Adds noise and turns the colours into bytes.
    fn develop(self, noise: f32, random: &mut SplitMix64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SIDE * SIDE * CHANNELS);
        for pixel in self.0 {
            let grain = random.around_zero(noise);
            bytes.extend(pixel.map(|channel| ((channel + grain) * 255.0) as u8));
        }
        bytes
    }
}

/// The pixels in a box: their positions in the picture's rows, and their centres.
fn pixels_in(bounds: Bounds) -> impl Iterator<Item = (usize, Point)> {
    let columns = pixel_range(bounds.low.x, bounds.high.x);
    let rows = pixel_range(bounds.low.y, bounds.high.y);
    rows.flat_map(move |y| columns.clone().map(move |x| y * SIDE + x))
        .map(|at| (at, centre(at)))
}

/// The pixels between two coordinates, as far as they are in the picture.
fn pixel_range(low: f32, high: f32) -> std::ops::Range<usize> {
    // Casting a float to an integer keeps it in the integer's range: what is negative becomes 0.
    (low as usize).min(SIDE)..(high.max(-1.0) + 1.0).min(SIDE as f32) as usize
}

fn centre(at: usize) -> Point {
    point((at % SIDE) as f32 + 0.5, (at / SIDE) as f32 + 0.5)
}

/// The share of a pixel that lies inside an outline at this distance from its centre.
fn coverage(distance: f32) -> f32 {
    (0.5 - distance).clamp(0.0, 1.0)
}

/// The darkening beside a limb that lies on something, deeper on the side away from the light.
fn contact_shadow(field: &Field, light: Point) -> f32 {
    let near = (1.0 - field.distance / 2.5).clamp(0.0, 1.0);
    let away = (0.4 - 0.6 * field.outward.dot(light)).clamp(0.0, 1.0);
    0.40 * near * near * away
}

/// The colour of a surface: round near the outline, flat inside, lit by the lamp and the room.
fn shade(field: &Field, scene: &Scene) -> Colour {
    let steepness = (1.0 + field.distance / field.roundness).clamp(0.0, 1.0);
    let normal = field.outward * steepness;
    let towards_viewer = (1.0 - normal.dot(normal)).max(0.0).sqrt();
    let lamp_height = (1.0 - scene.light.dot(scene.light)).max(0.0).sqrt();
    let lamp = (normal.dot(scene.light) + towards_viewer * lamp_height).max(0.0);
    let bright = mix(lamp, 1.0, scene.ambient);
    // Light that enters skin at its edge comes out redder.
    let edge = 1.0 - towards_viewer;
    let [red, green, blue] = scene.skin.map(|channel| channel * bright);
    [red, green * (1.0 - 0.10 * edge), blue * (1.0 - 0.16 * edge)]
}

fn darken(pixel: &mut Colour, share: f32) {
    *pixel = pixel.map(|channel| channel * (1.0 - share));
}

fn blend(under: Colour, over: Colour, cover: f32) -> Colour {
    std::array::from_fn(|channel| mix(under[channel], over[channel], cover))
}
