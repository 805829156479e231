//! A line of the table.

use tf1 as tf;
use tf1::{AnyArray, DType};

use crate::data;

/// One op with operands and attributes.
#[derive(Clone)]
pub struct Case {
    pub line: String,
    pub op: String,
    pub operands: Vec<Operand>,
    pub attributes: Vec<(String, String)>,
    ways: String,
}

/// What is measured of a case.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    Forward,
    Gradient,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Way::Forward => "f",
            Way::Gradient => "g",
        }
    }

    pub fn of(name: &str) -> Option<Self> {
        [Way::Forward, Way::Gradient]
            .into_iter()
            .find(|way| way.name() == name)
    }
}

/// An operand: `f32[1000,10](-1,1)`, `i32[100]sorted(0,10)`, `i32[100]perm`, `f32[10,1000]turned`,
/// `f32[1000,20]stepped`.
#[derive(Clone)]
pub struct Operand {
    pub dtype: DType,
    pub shape: Vec<usize>,
    fill: Fill,
    low: f64,
    high: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Fill {
    Uniform,
    Sorted,
    Permutation,
    /// At random; the op is given the transpose.
    Turned,
    /// At random; the op is given every second element along the last axis.
    Stepped,
}

impl Case {
    pub fn parse(line: &str) -> tf::Result<Self> {
        let wrong = |what: &str| tf::Error::invalid_argument(format!("{what} in `{line}`"));
        let fields: Vec<_> = line.split('\t').collect();
        let [_family, op, operands, attributes, ways] = fields[..] else {
            return Err(wrong("not five fields"));
        };
        let operands = operands.split_whitespace().map(Operand::parse);
        let operands: Option<Vec<_>> = operands.collect();
        let attributes = outside_of_brackets(attributes);
        let attributes = attributes.iter().filter(|text| !text.is_empty());
        let attributes: Option<Vec<_>> = attributes
            .map(|text| text.split_once('='))
            .map(|pair| pair.map(|(name, value)| (name.trim().to_string(), value.to_string())))
            .collect();
        Ok(Case {
            line: line.to_string(),
            op: op.to_string(),
            operands: operands.ok_or_else(|| wrong("an operand that cannot be read"))?,
            attributes: attributes.ok_or_else(|| wrong("an attribute without a value"))?,
            ways: ways.to_string(),
        })
    }

    pub fn ways(&self) -> impl Iterator<Item = Way> {
        [Way::Forward, Way::Gradient]
            .into_iter()
            .filter(|way| self.ways.contains(way.name()))
    }
}

impl Operand {
    pub fn parse(text: &str) -> Option<Self> {
        let (dtype, rest) = text.split_once('[')?;
        let (shape, rest) = rest.split_once(']')?;
        let dtype = match dtype {
            "f32" => DType::Float32,
            "f64" => DType::Float64,
            "i32" => DType::Int32,
            "i64" => DType::Int64,
            "u8" => DType::UInt8,
            "bool" => DType::Bool,
            _ => return None,
        };
        let lengths = shape.split(',').filter(|text| !text.is_empty());
        let shape: Option<Vec<usize>> = lengths.map(|text| text.parse().ok()).collect();
        let shape = shape?;
        let (fill, range) = rest.split_once('(').unwrap_or((rest, ""));
        let fill = match fill {
            "" => Fill::Uniform,
            "sorted" => Fill::Sorted,
            "perm" => Fill::Permutation,
            "turned" => Fill::Turned,
            "stepped" if !shape.is_empty() => Fill::Stepped,
            _ => return None,
        };
        let (low, high) = match range.trim_end_matches(')').split_once(',') {
            Some((low, high)) => (low.parse().ok()?, high.parse().ok()?),
            None => match dtype {
                DType::Float32 | DType::Float64 => (-1.0, 1.0),
                DType::Bool => (0.0, 2.0),
                _ => (0.0, 100.0),
            },
        };
        Some(Operand {
            dtype,
            shape,
            fill,
            low,
            high,
        })
    }

    /// An operand like this one of other type and shape.
    pub fn gradient(dtype: DType, shape: Vec<usize>) -> Self {
        Operand {
            dtype,
            shape,
            fill: Fill::Uniform,
            low: -1.0,
            high: 1.0,
        }
    }

    /// What the op is given of the operand's value.
    pub fn view<T: tf::Plain>(&self, value: tf::Tensor<T>) -> tf::Tensor<T> {
        let lengths: Vec<i32> = self.shape.iter().map(|&length| length as i32).collect();
        match self.fill {
            Fill::Uniform | Fill::Sorted | Fill::Permutation => value,
            Fill::Turned => tf::transpose(value),
            Fill::Stepped => {
                let mut strides = vec![1; lengths.len()];
                strides[lengths.len() - 1] = 2;
                tf::strided_slice(value, vec![0; lengths.len()], lengths, strides)
            }
        }
    }

    /// Its numbers: the same for the same seed, here and in `ops.py`.
    pub fn values(&self, seed: u32) -> AnyArray {
        let count = self.shape.iter().product();
        let unit = data::unit(seed, count);
        let numbers = unit
            .iter()
            .map(|u| self.low + (self.high - self.low) * f64::from(*u));
        match self.dtype {
            DType::Float32 => self.array(numbers.map(|x| x as f32).collect()),
            DType::Float64 => self.array(numbers.collect()),
            DType::Int32 => self.array(self.integers(&unit).map(|x| x as i32).collect()),
            DType::Int64 => self.array(self.integers(&unit).collect()),
            DType::UInt8 => self.array(self.integers(&unit).map(|x| x as u8).collect()),
            _ => self.array(self.integers(&unit).map(|x| x != 0).collect()),
        }
    }

    fn integers(&self, unit: &[f32]) -> std::vec::IntoIter<i64> {
        let mut integers: Vec<i64> = match self.fill {
            Fill::Permutation => (0..unit.len() as i64).collect(),
            _ => unit
                .iter()
                .map(|u| (self.low + (self.high - self.low) * f64::from(*u)).floor() as i64)
                .collect(),
        };
        match self.fill {
            Fill::Uniform | Fill::Turned | Fill::Stepped => {}
            Fill::Sorted => integers.sort_unstable(),
            Fill::Permutation => {
                integers.sort_by(|a, b| unit[*a as usize].total_cmp(&unit[*b as usize]))
            }
        }
        integers.into_iter()
    }

    fn array<T: tf::Plain>(&self, values: Vec<T>) -> AnyArray {
        let array = ndarray::ArrayD::from_shape_vec(self.shape.clone(), values);
        array.expect("as many as the shape holds").into()
    }
}

/// Parts of a list whose commas inside of brackets do not divide it.
fn outside_of_brackets(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (i, c) in text.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
