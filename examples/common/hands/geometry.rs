//! Plane geometry for drawing: points, rotations, and rounded limbs given by their signed distance.
//!
//! A signed distance is negative inside a shape, 0 on its outline and positive outside, so that
//! shapes are joined by taking the smaller distance and smooth edges come from the fraction of a
//! pixel that is covered. Only `+ - * /` and `sqrt` are used, which every machine rounds alike;
//! `sin` and `cos` are not among them.

use std::ops::{Add, Mul, Sub};

/// A point, or the step from one point to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// Shorthand for a [`Point`].
pub const fn point(x: f32, y: f32) -> Point {
    Point { x, y }
}

impl Point {
    pub fn dot(self, other: Point) -> f32 {
        self.x * other.x + self.y * other.y
    }

    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// Turned counter-clockwise where y points up.
    pub fn turned(self, turn: Turn) -> Point {
        point(
            self.x * turn.cos - self.y * turn.sin,
            self.x * turn.sin + self.y * turn.cos,
        )
    }
}

impl Add for Point {
    type Output = Point;
    fn add(self, other: Point) -> Point {
        point(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Point;
    fn sub(self, other: Point) -> Point {
        point(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for Point {
    type Output = Point;
    fn mul(self, factor: f32) -> Point {
        point(self.x * factor, self.y * factor)
    }
}

/// From `a` at 0 to `b` at 1.
pub fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// A rotation.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    cos: f32,
    sin: f32,
}

impl Turn {
    /// A turn by an angle of at most 180 degrees either way.
    ///
    /// With `t = tan(angle / 4)`, the half angle has cosine `(1 - t²) / (1 + t²)` and sine `2t /
    /// (1 + t²)`, and doubling gives the angle. Three terms of the tangent's series are exact to
    /// 0.001 degrees at 60 degrees and 1.5 degrees off at 180, and whatever `t` is, the result is a
    /// true rotation.
    pub fn degrees(angle: f32) -> Self {
        let quarter = angle * (std::f32::consts::PI / 720.0);
        let square = quarter * quarter;
        let t = quarter * (1.0 + square * (1.0 / 3.0 + square * (2.0 / 15.0)));
        let (half_cos, half_sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
        Turn {
            cos: half_cos * half_cos - half_sin * half_sin,
            sin: 2.0 * half_cos * half_sin,
        }
    }
}

/// What a shape looks like from one point.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Signed distance to the outline.
    pub distance: f32,
    /// The direction that leads out of the shape, of length 1 or (where shapes blend) less.
    pub outward: Point,
    /// How far from the outline the surface still curves; deeper inside it is flat.
    pub roundness: f32,
}

impl Field {
    /// The union of two shapes: the nearer one counts.
    pub fn or(self, other: Field) -> Field {
        if other.distance < self.distance {
            other
        } else {
            self
        }
    }

    /// The union of two shapes with the corner between them filled, as skin does: within `reach` of
    /// both outlines the two are mixed (the polynomial smooth minimum).
    pub fn blended(self, other: Field, reach: f32) -> Field {
        let t = (0.5 + 0.5 * (self.distance - other.distance) / reach).clamp(0.0, 1.0);
        Field {
            distance: mix(self.distance, other.distance, t) - reach * t * (1.0 - t),
            outward: self.outward * (1.0 - t) + other.outward * t,
            roundness: mix(self.roundness, other.roundness, t),
        }
    }
}

/// A joint of a limb: where it is and how thick the limb is there.
#[derive(Clone, Copy, Debug)]
pub struct Joint {
    pub at: Point,
    pub radius: f32,
}

/// Shorthand for a [`Joint`].
pub const fn joint(at: Point, radius: f32) -> Joint {
    Joint { at, radius }
}

/// A rounded limb: discs at the joints, joined by straight sides.
#[derive(Clone, Debug)]
pub struct Limb {
    joints: Vec<Joint>,
    segments: Vec<Segment>,
    roundness: f32,
    bounds: Bounds,
}

impl Limb {
    /// A limb whose surface curves within `roundness` of its outline and is flat inside.
    pub fn new(joints: Vec<Joint>, roundness: f32) -> Self {
        let bounds = joints.iter().fold(Bounds::EMPTY, Bounds::around);
        let segments = joints.windows(2).map(Segment::between).collect();
        Limb {
            joints,
            segments,
            roundness,
            bounds,
        }
    }

    /// A limb as round as a finger, whose cross-section is a circle.
    pub fn round(joints: Vec<Joint>) -> Self {
        let thickest = joints.iter().map(|joint| joint.radius).fold(0.0, f32::max);
        Limb::new(joints, thickest)
    }

    /// The limb with every joint moved by `map`, and every length `scale` times as long.
    pub fn mapped(&self, scale: f32, map: impl Fn(Point) -> Point) -> Self {
        let joints = self
            .joints
            .iter()
            .map(|j| joint(map(j.at), j.radius * scale));
        Limb::new(joints.collect(), self.roundness * scale)
    }

    /// The box that holds the limb.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The limb as seen from `p`: the nearest of its segments.
    pub fn field(&self, p: Point) -> Field {
        let mut nearest = (f32::MAX, point(0.0, 0.0));
        for segment in &self.segments {
            let (distance, away) = segment.distance(p);
            if distance < nearest.0 {
                nearest = (distance, away);
            }
        }
        let (distance, away) = nearest;
        Field {
            distance,
            outward: away * (1.0 / away.length().max(1e-6)),
            roundness: self.roundness,
        }
    }
}

/// The part of a limb between two joints.
#[derive(Clone, Copy, Debug)]
struct Segment {
    from: Joint,
    axis: Point,
    /// How much thicker the limb is at the other end.
    growth: f32,
    /// 1 / length²
    inverse_square: f32,
}

impl Segment {
    fn between(ends: &[Joint]) -> Self {
        let (from, to) = (ends[0], ends[1]);
        let axis = to.at - from.at;
        Segment {
            from,
            axis,
            growth: to.radius - from.radius,
            inverse_square: 1.0 / axis.dot(axis).max(1e-6),
        }
    }

    /// Signed distance of `p`, and the step to `p` from the nearest point of the axis: project on
    /// the axis, stay between its ends, compare with the thickness there.
    fn distance(&self, p: Point) -> (f32, Point) {
        let step = p - self.from.at;
        let t = (step.dot(self.axis) * self.inverse_square).clamp(0.0, 1.0);
        let away = step - self.axis * t;
        (away.length() - (self.from.radius + self.growth * t), away)
    }
}

/// An upright box, given by its smallest and its largest coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub low: Point,
    pub high: Point,
}

impl Bounds {
    /// The box of nothing.
    pub const EMPTY: Bounds = Bounds {
        low: point(f32::MAX, f32::MAX),
        high: point(f32::MIN, f32::MIN),
    };

    /// The box of both.
    pub fn and(self, other: Bounds) -> Self {
        Bounds {
            low: point(self.low.x.min(other.low.x), self.low.y.min(other.low.y)),
            high: point(self.high.x.max(other.high.x), self.high.y.max(other.high.y)),
        }
    }

    /// The box with a margin on all sides.
    pub fn widened(self, margin: f32) -> Self {
        let step = point(margin, margin);
        Bounds {
            low: self.low - step,
            high: self.high + step,
        }
    }

    pub fn contains(&self, p: Point) -> bool {
        self.low.x <= p.x && p.x <= self.high.x && self.low.y <= p.y && p.y <= self.high.y
    }

    fn around(self, joint: &Joint) -> Self {
        let disc = Bounds {
            low: joint.at,
            high: joint.at,
        };
        self.and(disc.widened(joint.radius))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    fn upright() -> Limb {
        let ends = [joint(point(0.0, 0.0), 2.0), joint(point(0.0, 10.0), 1.0)];
        Limb::round(ends.to_vec())
    }

    #[test]
    fn a_turn_is_the_rotation_by_its_angle() {
        for angle in [-180.0_f32, -95.0, -20.0, 0.0, 1.0, 45.0, 120.0] {
            let turned = point(1.0, 0.0).turned(Turn::degrees(angle));
            assert_abs_diff_eq!(turned.x, angle.to_radians().cos(), epsilon = 0.03);
            assert_abs_diff_eq!(turned.y, angle.to_radians().sin(), epsilon = 0.03);
            assert_abs_diff_eq!(turned.length(), 1.0, epsilon = 1e-6);
        }
    }

    #[test]
    fn distance_is_measured_from_the_outline() {
        let beside = upright().field(point(5.0, 5.0));
        assert_abs_diff_eq!(beside.distance, 3.5);
        assert_abs_diff_eq!(beside.outward.x, 1.0);
        assert_abs_diff_eq!(upright().field(point(0.0, 14.0)).distance, 3.0);
        assert!(upright().field(point(0.0, 5.0)).distance < 0.0);
    }

    #[test]
    fn blending_fills_the_corner_and_changes_nothing_far_away() {
        let (a, b) = (
            upright().field(point(3.0, 1.0)),
            upright().field(point(3.0, 1.0)),
        );
        assert_abs_diff_eq!(a.blended(b, 1.0).distance, a.distance - 0.25);
        let far = Field {
            distance: 99.0,
            ..b
        };
        assert_eq!(a.blended(far, 1.0).distance, a.distance);
        assert_eq!(far.or(a).distance, a.distance);
    }

    #[test]
    fn bounds_hold_the_round_ends() {
        let Bounds { low, high } = upright().bounds();
        assert_eq!((low, high), (point(-2.0, -2.0), point(2.0, 11.0)));
        assert!(upright().bounds().contains(point(1.0, 10.5)));
        assert!(!upright().bounds().contains(point(2.5, 10.5)));
    }
}
