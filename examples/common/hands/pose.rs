//! Hands as layers of rounded limbs: which fingers are up for a class, and where every joint is.
//!
//! Lengths are in palm heights. The palm faces the viewer, its centre is the origin, y points to
//! the fingertips and x to the thumb. Every hand differs a little: fingers spread, lean, bend and
//! vary in length.

use super::geometry::{Bounds, Field, Limb, Point, Turn, joint, point};
use super::random::SplitMix64;

/// Limbs that are painted together, over the layers before them.
#[derive(Clone, Debug)]
pub struct Layer {
    /// At least one limb. The first is the core, into which the others blend.
    pub limbs: Vec<Limb>,
    /// How softly they blend.
    pub reach: f32,
    /// Dark lines on the skin.
    pub creases: Vec<Limb>,
}

impl Layer {
    /// Farther from a limb than this (in whatever unit the limbs are given) it is not looked at.
    pub const MARGIN: f32 = 3.0;

    /// The joined limbs as seen from `p`, if any is near.
    pub fn field(&self, p: Point) -> Option<Field> {
        let (core, others) = self.limbs.split_first()?;
        let seen = |limb: &Limb| {
            let near = limb.bounds().widened(Self::MARGIN).contains(p);
            near.then(|| limb.field(p))
        };
        let others = others.iter().filter_map(seen).reduce(Field::or);
        match (seen(core), others) {
            (Some(core), Some(others)) => Some(core.blended(others, self.reach)),
            (one, other) => one.or(other),
        }
    }

    /// The box in which [`field`](Self::field) sees something.
    pub fn bounds(&self) -> Bounds {
        let boxes = self.limbs.iter().map(Limb::bounds);
        boxes.fold(Bounds::EMPTY, Bounds::and).widened(Self::MARGIN)
    }
}

/// A hand from back to front: the palm with all that is stretched out, then what lies over the
/// palm.
pub type Hand = Vec<Layer>;

/// The fingers of a hand, thumb first; true for those that are up.
type Raised = [bool; 5];

/// How a finger is made; the four differ little.
struct Finger {
    knuckle: Point,
    /// Degrees towards the thumb when the hand is spread comfortably.
    lean: f32,
    length: f32,
    radius: f32,
}

/// Index finger to little finger.
const FINGERS: [Finger; 4] = [
    Finger {
        knuckle: point(0.29, 0.34),
        lean: 9.0,
        length: 0.80,
        radius: 0.108,
    },
    Finger {
        knuckle: point(0.09, 0.40),
        lean: 1.0,
        length: 0.90,
        radius: 0.112,
    },
    Finger {
        knuckle: point(-0.11, 0.37),
        lean: -7.0,
        length: 0.83,
        radius: 0.105,
    },
    Finger {
        knuckle: point(-0.29, 0.26),
        lean: -17.0,
        length: 0.64,
        radius: 0.092,
    },
];

/// A hand that shows `class` raised fingers.
pub fn hand(class: usize, random: &mut SplitMix64) -> Hand {
    let raised = raised_fingers(class, random);
    let spread = random.between(0.45, 1.35);
    let mut hand = vec![palm(random)];
    let mut folded = Vec::new();
    for (finger, &up) in FINGERS.iter().zip(&raised[1..]) {
        if up {
            let (limb, creases) = stretched_finger(finger, spread, random);
            hand[0].limbs.push(limb);
            hand[0].creases.extend(creases);
        } else {
            folded.push(folded_finger(finger, random));
        }
    }
    hand.extend(folded.into_iter().rev());
    match raised {
        [true, ..] => hand[0].limbs.push(stretched_thumb(random)),
        [false, true, true, true, _] => hand.push(thumb_over_palm(random)),
        _ => hand.push(thumb_over_fist(random)),
    }
    hand
}

/// The usual fingers for a number, and now and then another way to show it.
fn raised_fingers(class: usize, random: &mut SplitMix64) -> Raised {
    const NO: bool = false;
    const UP: bool = true;
    let usual = random.chance(85);
    match (class, usual) {
        (0, _) => [NO; 5],
        (1, true) => [NO, UP, NO, NO, NO],
        (1, false) => [NO, NO, NO, NO, UP],
        (2, true) => [NO, UP, UP, NO, NO],
        (2, false) => [UP, UP, NO, NO, NO],
        (3, true) => [UP, UP, UP, NO, NO],
        (3, false) => [NO, UP, UP, UP, NO],
        (4, _) => [NO, UP, UP, UP, UP],
        _ => [UP; 5],
    }
}

/// Forearm, wrist and palm in one limb, wide where the knuckles are.
fn palm(random: &mut SplitMix64) -> Layer {
    let arm = point(random.around_zero(0.45), -1.9);
    let width = random.between(0.36, 0.42);
    let joints = vec![
        joint(arm, 0.27),
        joint(point(0.0, -0.72), 0.23),
        joint(point(0.0, -0.34), 0.32),
        joint(point(0.0, 0.0), width),
    ];
    let core = Limb::new(joints, 0.24);
    Layer {
        limbs: vec![core],
        reach: 0.10,
        creases: palm_creases(),
    }
}

/// The heart, head and life lines.
fn palm_creases() -> Vec<Limb> {
    vec![
        line(&[point(-0.34, 0.10), point(-0.08, 0.08), point(0.16, 0.24)]),
        line(&[point(0.32, 0.08), point(0.06, 0.0), point(-0.22, -0.12)]),
        line(&[point(0.30, 0.10), point(0.08, -0.14), point(0.08, -0.52)]),
    ]
}

/// A finger that points away from the palm, with a crease at each joint.
fn stretched_finger(finger: &Finger, spread: f32, random: &mut SplitMix64) -> (Limb, Vec<Limb>) {
    let length = finger.length * random.between(0.90, 1.06);
    let mut lean = finger.lean * spread + random.around_zero(6.0);
    let mut at = finger.knuckle;
    let root = at - direction(lean) * 0.22;
    let mut joints = vec![joint(root, finger.radius), joint(at, finger.radius)];
    let mut creases = vec![across(at, lean, finger.radius)];
    for (share, thickness) in [(0.42, 0.97), (0.30, 0.90), (0.22, 0.78)] {
        at = at + direction(lean) * (share * length);
        lean += random.around_zero(6.0);
        joints.push(joint(at, finger.radius * thickness));
        creases.push(across(at, lean, finger.radius * thickness));
    }
    creases.pop();
    (Limb::round(joints), creases)
}

/// A finger bent over the palm: its knuckle at the top, its tip tucked in below.
fn folded_finger(finger: &Finger, random: &mut SplitMix64) -> Layer {
    let radius = finger.radius * 1.12;
    let lean = finger.lean * -0.5 + random.around_zero(8.0);
    let top = finger.knuckle + point(0.0, random.between(0.0, 0.08));
    let tip = top - direction(lean) * random.between(0.34, 0.44);
    let middle = top + (tip - top) * 0.45;
    let joints = vec![
        joint(top, radius),
        joint(middle, radius),
        joint(tip, radius * 0.88),
    ];
    Layer {
        limbs: vec![Limb::round(joints)],
        reach: 0.0,
        creases: vec![across(middle, lean, radius)],
    }
}

/// A thumb held out to the side.
fn stretched_thumb(random: &mut SplitMix64) -> Limb {
    let base = point(0.18, -0.40);
    let turn = Turn::degrees(random.around_zero(18.0));
    let joints = [
        joint(point(0.0, 0.0), 0.19),
        joint(point(0.25, 0.24), 0.145),
        joint(point(0.45, 0.48), 0.115),
        joint(point(0.57, 0.70), 0.088),
    ];
    let placed = joints.map(|j| joint(base + j.at.turned(turn), j.radius));
    Limb::round(placed.to_vec())
}

/// A thumb that holds folded fingers down.
fn thumb_over_fist(random: &mut SplitMix64) -> Layer {
    let tip = point(random.between(-0.08, 0.12), random.between(0.04, 0.16));
    thumb_in_front(point(0.27, 0.13), tip)
}

/// A thumb laid across the palm, below stretched fingers.
fn thumb_over_palm(random: &mut SplitMix64) -> Layer {
    let tip = point(random.between(-0.18, 0.02), random.between(-0.12, 0.06));
    thumb_in_front(point(0.22, 0.04), tip)
}

fn thumb_in_front(middle: Point, tip: Point) -> Layer {
    let joints = vec![
        joint(point(0.12, -0.66), 0.05),
        joint(point(0.28, -0.34), 0.13),
        joint(point(0.36, -0.08), 0.135),
        joint(middle, 0.115),
        joint(tip, 0.10),
    ];
    Layer {
        limbs: vec![Limb::round(joints)],
        reach: 0.0,
        creases: Vec::new(),
    }
}

/// The unit step that leans from straight up towards the thumb.
fn direction(lean: f32) -> Point {
    point(0.0, 1.0).turned(Turn::degrees(-lean))
}

/// A crease across a finger.
fn across(at: Point, lean: f32, radius: f32) -> Limb {
    let half = direction(lean + 90.0) * (radius * 0.7);
    line(&[at - half, at + half])
}

fn line(points: &[Point]) -> Limb {
    Limb::round(points.iter().map(|&at| joint(at, 0.012)).collect())
}

/// Where a hand is on the picture: scaled, turned, perhaps mirrored, and moved.
pub struct Placement {
    pub centre: Point,
    /// Pixels in a palm height.
    pub scale: f32,
    pub turn: Turn,
    /// How wide the hand looks: less than 1 when it is turned away.
    pub width: f32,
    pub mirrored: bool,
}

impl Placement {
    /// The same hand in pixels, y pointing down.
    pub fn place(&self, mut hand: Hand) -> Hand {
        for layer in &mut hand {
            layer.reach *= self.scale;
            for limb in layer.limbs.iter_mut().chain(&mut layer.creases) {
                *limb = limb.mapped(self.scale, |p| self.place_point(p));
            }
        }
        hand
    }

    fn place_point(&self, p: Point) -> Point {
        let seen = point(p.x * self.width, p.y).turned(self.turn) * self.scale;
        let x = if self.mirrored { -seen.x } else { seen.x };
        self.centre + point(x, -seen.y)
    }
}
