//! What ops are made of: tensors of all types, numbers and shapes, mostly such that the op is
//! legal.

use ndarray::{ArrayD, IxDyn};
use rand::Rng;
use rand::rngs::StdRng;
use tf1::{Axes, Plain, Tensor};

use crate::feeds::VAST;
use crate::program::Program;

/// An element type that programs have tensors of.
pub trait Kind: Plain {
    fn tensors(program: &mut Program) -> &mut Vec<Tensor<Self>>;

    /// A number such as programs compute with.
    fn number(random: &mut StdRng) -> Self;
}

macro_rules! kinds {
    ($($kind:ty, $field:ident, $number:expr;)*) => {
        $(impl Kind for $kind {
            fn tensors(program: &mut Program) -> &mut Vec<Tensor<Self>> {
                &mut program.tensors.$field
            }

            fn number(random: &mut StdRng) -> Self {
                let number: fn(&mut StdRng) -> Self = $number;
                number(random)
            }
        })*

        /// The tensors of a program by type.
        #[derive(Default)]
        pub struct Tensors {
            $(pub $field: Vec<Tensor<$kind>>,)*
        }
    };
}

kinds! {
    f32, floats, |random| float(random) as f32;
    f64, doubles, float;
    i32, ints, |random| integer(random) as i32;
    i64, longs, integer;
    u8, bytes, |random| random.random_range(0..6);
    bool, truths, |random| random.random_bool(0.5);
}

fn float(random: &mut StdRng) -> f64 {
    const SPECIAL: [f64; 8] = [
        0.0,
        -0.0,
        1.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        1e30,
        -1e-30,
    ];
    match random.random_range(0..24) {
        0 => SPECIAL[random.random_range(0..SPECIAL.len())],
        1..6 => random.random_range(-3i32..4).into(),
        _ => random.random_range(-2.0..2.0),
    }
}

fn integer(random: &mut StdRng) -> i64 {
    random.random_range(-2..5)
}

/// A tensor's lengths, 2 for those that are not known or vast.
pub fn guessed(shape: &tf1::Shape) -> Vec<usize> {
    let dims = shape.dims().unwrap_or_default();
    let small = |dim: &Option<usize>| dim.filter(|&length| length < VAST).unwrap_or(2);
    dims.iter().map(small).collect()
}

impl Program {
    pub fn chance(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability)
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.random.random_range(0..count)
    }

    /// Any tensor of this type, rather a young one; a new one if there is none.
    pub fn x<T: Kind>(&mut self) -> Tensor<T> {
        let count = T::tensors(self).len();
        if count == 0 || self.chance(0.04) {
            return self.new_tensor();
        }
        let first = if self.chance(0.6) {
            count.saturating_sub(4)
        } else {
            0
        };
        let number = self.random.random_range(first..count);
        let x = T::tensors(self)[number].clone();
        self.last = guessed(&x.shape());
        self.note(&x.name());
        x
    }

    /// A tensor that fits the last `x`, mostly: of its shape, or one that broadcasts.
    pub fn y<T: Kind>(&mut self) -> Tensor<T> {
        let wanted = self.last.clone();
        if self.chance(0.1) {
            let y = self.x();
            self.last = wanted;
            return y;
        }
        let fits = |y: &&Tensor<T>| guessed(&y.shape()) == wanted;
        let fitting: Vec<Tensor<T>> = T::tensors(self).iter().filter(fits).cloned().collect();
        if fitting.is_empty() || self.chance(0.3) {
            let mut shape = wanted.clone();
            if self.chance(0.3) {
                for length in &mut shape {
                    if self.random.random_bool(0.5) {
                        *length = 1;
                    }
                }
            }
            let cut = if self.chance(0.2) {
                self.below(shape.len() + 1)
            } else {
                0
            };
            return self.constant(&shape[cut..]);
        }
        let y = fitting[self.below(fitting.len())].clone();
        self.note(&y.name());
        y
    }

    /// A tensor of this shape, mostly.
    pub fn shaped<T: Kind>(&mut self, shape: &[usize]) -> Tensor<T> {
        if self.chance(0.06) {
            return self.x();
        }
        let fits = |y: &&Tensor<T>| guessed(&y.shape()) == shape;
        let fitting: Vec<Tensor<T>> = T::tensors(self).iter().filter(fits).cloned().collect();
        if fitting.is_empty() || self.chance(0.4) {
            return self.constant(shape);
        }
        let y = fitting[self.below(fitting.len())].clone();
        self.note(&y.name());
        y
    }

    /// A tensor of at least this rank, mostly.
    pub fn ranked<T: Kind>(&mut self, rank: usize) -> Tensor<T> {
        for _ in 0..4 {
            let x = self.x();
            if self.last.len() >= rank {
                return x;
            }
        }
        if self.chance(0.1) {
            return self.x();
        }
        let shape = self.lengths(rank);
        self.last = shape.clone();
        self.constant(&shape)
    }

    /// A constant or a placeholder with random elements.
    pub fn constant<T: Kind>(&mut self, shape: &[usize]) -> Tensor<T> {
        let array = self.array(shape);
        self.given(array)
    }

    /// A scalar.
    pub fn scalar<T: Kind>(&mut self) -> Tensor<T> {
        self.shaped(&[])
    }

    /// These elements as a constant, or fed to a placeholder of which not all is known.
    pub fn given<T: Kind>(&mut self, array: ArrayD<T>) -> Tensor<T> {
        match self.chance(0.6) {
            true => {
                let constant = self.graph.constant(array);
                self.note(&constant.name());
                constant
            }
            false => self.fed(array),
        }
    }

    pub fn array<T: Kind>(&mut self, shape: &[usize]) -> ArrayD<T> {
        let random = &mut self.random;
        ArrayD::from_shape_simple_fn(IxDyn(shape), || T::number(random))
    }

    /// Random lengths of this many axes.
    pub fn lengths(&mut self, rank: usize) -> Vec<usize> {
        let length = |random: &mut StdRng| match random.random_range(0..16) {
            0 => 0,
            1..4 => 1,
            15 => random.random_range(5..40),
            _ => random.random_range(2..5),
        };
        (0..rank).map(|_| length(&mut self.random)).collect()
    }

    /// One of the last tensor's axes, mostly.
    pub fn axis(&mut self) -> isize {
        let rank = self.last.len() as isize;
        let axis = match self.chance(0.04) || rank == 0 {
            true => self.random.random_range(-6..6i64) as isize,
            false => self.random.random_range(-rank as i64..rank as i64) as isize,
        };
        self.note(&axis.to_string());
        axis
    }

    /// Some of the last tensor's axes, mostly.
    pub fn axes(&mut self) -> Axes {
        let rank = self.last.len() as isize;
        let axes = match self.below(5) {
            0 | 1 => Axes::from(..),
            2 => Axes::from(self.axis()),
            3 => {
                let some: Vec<isize> = (0..rank).filter(|_| self.random.random_bool(0.5)).collect();
                self.note(&format!("{some:?}"));
                Axes::from(some)
            }
            _ => {
                let axis = self.axis() as i32;
                Axes::from(self.vector::<i32>(&[axis.into()]))
            }
        };
        if self.chance(0.4) {
            axes.keepdims()
        } else {
            axes
        }
    }

    /// The length of the last tensor's first axis, if there is one.
    pub fn rows(&self) -> Vec<usize> {
        self.last.iter().take(1).copied().collect()
    }

    /// A small number that is not negative.
    pub fn count(&mut self, most: usize) -> usize {
        let count = self.random.random_range(0..=most);
        self.note(&count.to_string());
        count
    }

    /// A vector of these integers, mostly.
    pub fn vector<I: Kind + tf1::Integer>(&mut self, right: &[i64]) -> Tensor<I> {
        self.integers(&[right.len()], right)
    }

    /// An array of these integers, mostly.
    pub fn integers<I: Kind + tf1::Integer>(
        &mut self,
        shape: &[usize],
        right: &[i64],
    ) -> Tensor<I> {
        let mut elements = right.to_vec();
        let mut shape = shape.to_vec();
        match self.below(40) {
            0 => return self.x(),
            1 if !elements.is_empty() => {
                let place = self.below(elements.len());
                elements[place] = integer(&mut self.random);
            }
            2 if !elements.is_empty() => {
                let place = self.below(elements.len());
                const ABSURD: [i64; 5] = [-1, i32::MIN as i64, i64::MIN, i64::MAX, 1 << 50];
                elements[place] = ABSURD[self.below(ABSURD.len())];
            }
            3 => {
                elements.push(integer(&mut self.random));
                shape = vec![elements.len()];
            }
            _ => {}
        }
        let elements = elements.into_iter().map(I::from_i64).collect();
        let array = ArrayD::from_shape_vec(IxDyn(&shape), elements).expect("as many elements");
        self.given(array)
    }

    /// `count` indices below `limit`, mostly, as an array of this shape.
    pub fn indices<I: Kind + tf1::Integer>(&mut self, shape: &[usize], limit: usize) -> Tensor<I> {
        let count = shape.iter().product();
        let limit = limit.max(1) as i64;
        let right: Vec<i64> = (0..count)
            .map(|_| self.random.random_range(0..limit))
            .collect();
        self.integers(shape, &right)
    }
}
