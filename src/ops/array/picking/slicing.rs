//! [`Slicing`]: what a strided slice with its masks takes of each axis.

use crate::graph::attributes;
use crate::ops::support::index_error;
use crate::types::{Dim, Error, Result, Shape};

attributes! {
    /// Bit i of each mask speaks of element i of the slice's specification.
    #[derive(Copy, Default, Eq)]
    pub(in crate::ops::array) struct Masks {
        pub(in crate::ops::array) begin_mask: i64,
        pub(in crate::ops::array) end_mask: i64,
        pub(in crate::ops::array) ellipsis_mask: i64,
        pub(in crate::ops::array) new_axis_mask: i64,
        pub(in crate::ops::array) shrink_axis_mask: i64,
    }
}

/// The positions `first`, `first + step`, ... of an axis, `count` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops::array) struct Range {
    pub(in crate::ops::array) first: usize,
    pub(in crate::ops::array) count: usize,
    /// 1 where `count` is less than 2.
    pub(in crate::ops::array) step: isize,
}

impl Range {
    pub(in crate::ops::array) fn positions(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |i| (self.first as isize + i as isize * self.step) as usize)
    }

    /// The smallest position and the one after the largest.
    pub(in crate::ops::array) fn bounds(self) -> (usize, usize) {
        let last = self.first as isize + (self.count as isize - 1).max(0) * self.step;
        let low = self.first.min(last as usize);
        (
            low,
            if self.count == 0 {
                low
            } else {
                self.first.max(last as usize) + 1
            },
        )
    }
}

/// One axis of the result, or of the input without one in the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops::array) enum Part {
    /// This axis of the input.
    Axis(usize),
    /// One position of this axis of the input, which has no axis in the result.
    Shrunk(usize),
    /// A new axis of length 1.
    New,
}

/// What is taken of each axis of an input.
#[derive(Debug)]
pub(in crate::ops::array) struct Slicing {
    /// For each axis of the input what is taken, `None` where that is not known.
    pub(in crate::ops::array) ranges: Vec<Option<Range>>,
    pub(in crate::ops::array) parts: Vec<Part>,
    /// The length of what is taken, which may be known although the range is not.
    lengths: Vec<Dim>,
}

/// The specification of what to take of one axis.
#[derive(Clone, Copy, Debug)]
struct Spec {
    /// `None` if unknown.
    begin: Option<i64>,
    end: Option<i64>,
    stride: i64,
    from_start: bool,
    to_end: bool,
    shrinks: bool,
}

const WHOLE_AXIS: Spec = Spec {
    begin: None,
    end: None,
    stride: 1,
    from_start: true,
    to_end: true,
    shrinks: false,
};

impl Slicing {
    /// Works out what is taken of an input of these lengths.
    ///
    /// # Errors
    /// `InvalidArgument` with TensorFlow's words if the specification does not fit.
    pub(in crate::ops::array) fn new(
        specification: &Specification<'_>,
        dims: &[Dim],
    ) -> Result<Self> {
        let (parts, specs) = specification.dense(dims.len())?;
        let (mut ranges, mut lengths) = (Vec::new(), Vec::new());
        for (axis, (spec, dim)) in specs.iter().zip(dims).enumerate() {
            let range = spec.range(axis, *dim)?;
            lengths.push(range.map(|range| range.count).or(spec.length(*dim)));
            ranges.push(range);
        }
        Ok(Slicing {
            ranges,
            parts,
            lengths,
        })
    }

    /// The shape of the result.
    pub(in crate::ops::array) fn shape(&self) -> Shape {
        let dims = self.parts.iter().filter_map(|part| match part {
            Part::Axis(axis) => Some(self.lengths[*axis]),
            Part::Shrunk(_) => None,
            Part::New => Some(Some(1)),
        });
        Shape::from(dims.collect::<Vec<Dim>>())
    }

    /// What is taken of each axis, of an input whose lengths and bounds are all known.
    pub(in crate::ops::array) fn exact_ranges(&self) -> Vec<Range> {
        self.ranges
            .iter()
            .map(|range| {
                range.unwrap_or(Range {
                    first: 0,
                    count: 0,
                    step: 1,
                })
            })
            .collect()
    }
}

/// What a strided slice is given.
#[derive(Clone, Copy, Debug)]
pub(in crate::ops::array) struct Specification<'a> {
    /// `None` if not known, as `end`.
    pub(in crate::ops::array) begin: Option<&'a [i64]>,
    pub(in crate::ops::array) end: Option<&'a [i64]>,
    pub(in crate::ops::array) strides: &'a [i64],
    pub(in crate::ops::array) masks: Masks,
}

fn has_bit(mask: i64, i: usize) -> bool {
    mask >> i & 1 == 1
}

impl Specification<'_> {
    /// The specification of each axis of an input of rank `rank`, ellipsis and missing axes filled
    /// in, and how the result is made up.
    fn dense(&self, rank: usize) -> Result<(Vec<Part>, Vec<Spec>)> {
        let (ellipsis, axes_after) = self.ellipsis()?;
        let (mut parts, mut specs) = (Vec::new(), Vec::new());
        for i in 0..=self.strides.len() {
            let axis = specs.len();
            if i == ellipsis {
                let whole = axis..rank.saturating_sub(axes_after).max(axis);
                specs.extend(whole.clone().map(|_| WHOLE_AXIS));
                parts.extend(whole.map(Part::Axis));
            } else if has_bit(self.masks.new_axis_mask, i) && i < self.strides.len() {
                parts.push(Part::New);
            } else if let Some(spec) = self.spec(i) {
                if axis == rank {
                    let message = format!(
                        "Index out of range using input dim {axis}; input has only {rank} dims"
                    );
                    return Err(Error::invalid_argument(message));
                }
                parts.push(if spec.shrinks {
                    Part::Shrunk(axis)
                } else {
                    Part::Axis(axis)
                });
                specs.push(spec);
            }
        }
        Ok((parts, specs))
    }

    /// Where the ellipsis stands, after all else if there is none, and for how many axes there are
    /// elements after it.
    fn ellipsis(&self) -> Result<(usize, usize)> {
        let count = self.strides.len();
        if count >= 32 {
            return Err(Error::invalid_argument(
                "a slice can be specified for at most 31 axes",
            ));
        }
        if self.masks.ellipsis_mask.count_ones() > 1 {
            return Err(Error::invalid_argument(
                "Multiple ellipses in slice spec not allowed",
            ));
        }
        let place = (0..count)
            .find(|&i| has_bit(self.masks.ellipsis_mask, i))
            .unwrap_or(count);
        let axes_after = (place + 1..count)
            .filter(|&i| !has_bit(self.masks.new_axis_mask, i))
            .count();
        Ok((place, axes_after))
    }

    /// Element `i`, if there are so many.
    fn spec(&self, i: usize) -> Option<Spec> {
        Some(Spec {
            begin: self.begin.and_then(|begin| begin.get(i).copied()),
            end: self.end.and_then(|end| end.get(i).copied()),
            stride: *self.strides.get(i)?,
            from_start: has_bit(self.masks.begin_mask, i),
            to_end: has_bit(self.masks.end_mask, i),
            shrinks: has_bit(self.masks.shrink_axis_mask, i),
        })
    }
}

impl Spec {
    /// What is taken of an axis of length `dim`; `None` if that is not known.
    fn range(&self, axis: usize, dim: Dim) -> Result<Option<Range>> {
        if self.stride == 0 {
            return Err(Error::invalid_argument(format!(
                "strides[{axis}] must be non-zero"
            )));
        }
        let Some(length) = dim.map(|length| length as i64) else {
            return Ok(None);
        };
        if self.shrinks {
            return self.position(axis, length);
        }
        let begin = if self.from_start {
            Some(if self.stride > 0 { 0 } else { length - 1 })
        } else {
            self.begin
        };
        let end = if self.to_end {
            Some(if self.stride > 0 { length } else { -1 })
        } else {
            self.end
        };
        let (Some(begin), Some(end)) = (begin, end) else {
            return Ok(None);
        };
        let begin = if self.from_start {
            begin
        } else {
            self.clamped(begin, length)
        };
        let end = if self.to_end {
            end
        } else {
            self.clamped(end, length)
        };
        Ok(Some(self.between(begin, end)))
    }

    /// The one position that is taken of an axis that is left out.
    fn position(&self, axis: usize, length: i64) -> Result<Option<Range>> {
        if self.stride < 0 {
            return Err(Error::invalid_argument(
                "only stride 1 allowed on non-range indexing.",
            ));
        }
        let Some(begin) = self.begin else {
            return Ok(None);
        };
        let position = if begin < 0 {
            begin.saturating_add(length)
        } else {
            begin
        };
        if position < 0 || position >= length {
            let message = format!("slice index {position} of dimension {axis} out of bounds.");
            return Err(index_error(message));
        }
        Ok(Some(Range {
            first: position as usize,
            count: 1,
            step: 1,
        }))
    }

    /// An end of the range, counted from the front and brought into the axis.
    fn clamped(&self, x: i64, length: i64) -> i64 {
        let x = if x < 0 { x.saturating_add(length) } else { x };
        if self.stride > 0 {
            x.clamp(0, length)
        } else {
            x.clamp(-1, length - 1)
        }
    }

    fn between(&self, begin: i64, end: i64) -> Range {
        let distance = if self.stride > 0 {
            end - begin
        } else {
            begin - end
        };
        let count = if distance <= 0 {
            0
        } else {
            distance.unsigned_abs().div_ceil(self.stride.unsigned_abs()) as usize
        };
        let step = if count < 2 { 1 } else { self.stride as isize };
        Range {
            first: if count == 0 { 0 } else { begin as usize },
            count,
            step,
        }
    }

    /// How many positions are taken although it is not known which.
    fn length(&self, dim: Dim) -> Dim {
        match self {
            Spec { shrinks: true, .. } => Some(1),
            Spec {
                from_start: true,
                to_end: true,
                stride: 1 | -1,
                ..
            } => dim,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(begin: i64, end: i64, stride: i64, length: usize) -> Vec<usize> {
        let specification = Specification {
            begin: Some(&[begin]),
            end: Some(&[end]),
            strides: &[stride],
            masks: Masks::default(),
        };
        let slicing = Slicing::new(&specification, &[Some(length)]).unwrap();
        slicing.exact_ranges()[0].positions().collect()
    }

    #[test]
    fn ranges_are_cut_as_python_cuts_them() {
        assert_eq!(taken(1, 99, 1, 3), [1, 2]);
        assert_eq!(taken(-2, i64::MAX, 1, 3), [1, 2]);
        assert_eq!(taken(-1, 0, -2, 5), [4, 2]);
        assert_eq!(taken(3, 1, 1, 4), [] as [usize; 0]);
        assert_eq!(taken(i64::MAX, i64::MIN, i64::MIN, 4), [3]);
        assert_eq!(taken(i64::MIN, i64::MAX, i64::MAX, 4), [0]);
        assert_eq!(taken(0, 5, 2, 0), [] as [usize; 0]);
        assert_eq!(taken(-1, -9, -1, 0), [] as [usize; 0]);
    }

    #[test]
    fn an_ellipsis_stands_for_the_axes_that_the_others_leave() {
        let masks = Masks {
            ellipsis_mask: 0b010,
            shrink_axis_mask: 0b101,
            ..Default::default()
        };
        let specification = Specification {
            begin: Some(&[0, 0, -1]),
            end: Some(&[1, 0, 0]),
            strides: &[1, 1, 1],
            masks,
        };
        let slicing = Slicing::new(&specification, &[2, 3, 4, 5].map(Some)).unwrap();
        assert_eq!(slicing.shape(), Shape::from([3, 4]));
        assert_eq!(
            slicing.exact_ranges()[3],
            Range {
                first: 4,
                count: 1,
                step: 1
            }
        );
    }

    #[test]
    fn lengths_are_known_where_the_bounds_are_not() {
        let masks = Masks {
            begin_mask: 0b01,
            end_mask: 0b01,
            shrink_axis_mask: 0b10,
            ..Default::default()
        };
        let specification = Specification {
            begin: None,
            end: None,
            strides: &[1, 1],
            masks,
        };
        let slicing = Slicing::new(&specification, &[Some(2), Some(3), None]).unwrap();
        assert_eq!(slicing.shape(), Shape::from(vec![Some(2), None]));
    }
}
