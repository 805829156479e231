//! The ways in which an array can lie in memory.

use std::fmt::Debug;

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, ShapeBuilder, Slice};
use tf1::{AnyArray, AnyTensor, Bytes, DType, Element, Feed};

/// A way to lie in memory. The last ones show other values than they are given: some of them, or
/// some of them again and again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layout {
    ColumnMajor,
    /// The axes lie in the order 1, 2, ..., 0.
    Rotated,
    /// All axes run backwards.
    Backwards,
    /// The first axis runs backwards.
    FirstBackwards,
    /// Every other element of all axes, from the second.
    Stepped,
    /// Every third, backwards.
    SteppedBackwards,
    /// The inner part of something larger.
    Inner,
    /// As in row-major order, but axes of length 1 have an absurd stride.
    Far,
    /// The first position of the first axis stands for all.
    FirstStretched,
    /// The first position of the last axis stands for all.
    LastStretched,
    /// One number stands for all.
    Stretched,
    /// One position of the first axis, taken from a stepped array.
    One,
    /// No position of the first axis, from a stepped array.
    FirstEmpty,
    /// No position of the last axis, from one that runs backwards.
    LastEmpty,
    /// A single number without axes.
    Single,
    /// No position of the last axis and far too many of the first: nothing that could be walked
    /// along.
    VastFirst,
    /// No position of the first axis and far too many of the last.
    VastLast,
    /// No position of the second axis and far too many of the first.
    VastThenEmpty,
    /// Far too many positions of the first axis and none of all others.
    VastThenEmpties,
}

/// More positions than any loop comes to the end of.
pub const VAST: usize = 1 << 45;

impl Layout {
    pub const ALL: [Layout; 19] = [
        Layout::ColumnMajor,
        Layout::Rotated,
        Layout::Backwards,
        Layout::FirstBackwards,
        Layout::Stepped,
        Layout::SteppedBackwards,
        Layout::Inner,
        Layout::Far,
        Layout::FirstStretched,
        Layout::LastStretched,
        Layout::Stretched,
        Layout::One,
        Layout::FirstEmpty,
        Layout::LastEmpty,
        Layout::Single,
        Layout::VastFirst,
        Layout::VastLast,
        Layout::VastThenEmpty,
        Layout::VastThenEmpties,
    ];

    /// The lengths of an array without elements, of those layouts that have a vast axis. One axis
    /// alone cannot be vast and empty.
    fn vast_lengths(self, shape: &[usize]) -> Option<Vec<usize>> {
        let is_vast = matches!(
            self,
            Layout::VastFirst | Layout::VastLast | Layout::VastThenEmpty | Layout::VastThenEmpties
        );
        if !is_vast {
            return None;
        }
        let mut lengths = shape.to_vec();
        match (self, lengths.as_mut_slice()) {
            (_, []) => return None,
            (_, [only]) => *only = 0,
            (Layout::VastLast, [first, .., last]) => (*first, *last) = (0, VAST),
            (Layout::VastThenEmpty, [first, second, ..]) => (*first, *second) = (VAST, 0),
            (Layout::VastThenEmpties, [first, others @ ..]) => {
                *first = VAST;
                others.fill(0);
            }
            (_, [first, .., last]) => (*first, *last) = (VAST, 0),
        }
        Some(lengths)
    }
}

/// An array that can be fed as it lies, or as a row-major copy of that.
pub trait Laid {
    fn feed(&self, tensor: &AnyTensor) -> Feed<'_>;
    fn feed_row_major(&self, tensor: &AnyTensor) -> Feed<'_>;
    /// Shape and strides.
    fn describe(&self) -> String;
}

struct Array<T> {
    memory: ArrayD<T>,
    layout: Layout,
    shape: Vec<usize>,
    /// What is seen, in row-major order.
    row_major: ArrayD<T>,
}

/// An array with these elements, in a layout.
pub fn lay(value: &AnyArray, layout: Layout) -> Box<dyn Laid> {
    match value.dtype() {
        DType::Float32 => typed::<f32>(value, layout),
        DType::Float64 => typed::<f64>(value, layout),
        DType::Int32 => typed::<i32>(value, layout),
        DType::Int64 => typed::<i64>(value, layout),
        DType::UInt8 => typed::<u8>(value, layout),
        DType::Bool => typed::<bool>(value, layout),
        DType::String => typed::<Bytes>(value, layout),
        #[cfg(feature = "all_types")]
        DType::Complex128 => typed::<tf1::Complex64>(value, layout),
        other => panic!("no arrays of {other}"),
    }
}

fn typed<T: Element>(value: &AnyArray, layout: Layout) -> Box<dyn Laid> {
    let value = value.view::<T>().expect("it has this type");
    let (shape, memory) = match layout.vast_lengths(value.shape()) {
        // The axes lie in another order than in row-major memory.
        Some(lengths) => {
            let lengths: Vec<usize> = lengths.into_iter().rev().collect();
            (lengths.clone(), ArrayD::default(IxDyn(&lengths)))
        }
        None => (value.shape().to_vec(), memory(value, layout)),
    };
    let row_major = copy(view(&memory, layout, &shape));
    Box::new(Array {
        memory,
        layout,
        shape,
        row_major,
    })
}

/// The elements in row-major order in memory of their own.
fn copy<T: Element>(view: ArrayViewD<'_, T>) -> ArrayD<T> {
    let elements = view.iter().cloned().collect();
    ArrayD::from_shape_vec(view.raw_dim(), elements).expect("as many elements")
}

/// What lies in memory for a layout.
fn memory<T: Element>(value: ArrayViewD<'_, T>, layout: Layout) -> ArrayD<T> {
    let larger = |count: usize, add: usize| -> ArrayD<T> {
        let lengths: Vec<usize> = value
            .shape()
            .iter()
            .map(|length| length * count + add)
            .collect();
        ArrayD::default(IxDyn(&lengths))
    };
    let mut memory = match layout {
        Layout::ColumnMajor => return copy(value.reversed_axes()),
        Layout::Rotated => {
            let axes = rotated(value.ndim(), 1);
            return copy(value.permuted_axes(axes));
        }
        Layout::Far
        | Layout::FirstStretched
        | Layout::LastStretched
        | Layout::Stretched
        | Layout::Single
        | Layout::VastFirst
        | Layout::VastLast
        | Layout::VastThenEmpty
        | Layout::VastThenEmpties => {
            return copy(value);
        }
        Layout::Backwards | Layout::FirstBackwards | Layout::LastEmpty => larger(1, 0),
        Layout::Stepped | Layout::One | Layout::FirstEmpty => larger(2, 1),
        Layout::SteppedBackwards => larger(3, 0),
        Layout::Inner => larger(1, 3),
    };
    let mut seen = memory.view_mut();
    for axis in 0..value.ndim() {
        seen.slice_axis_inplace(Axis(axis), positions(layout, axis, value.shape()[axis]));
    }
    seen.assign(&value);
    memory
}

/// The axes from the one at place `by` on, and then those before.
fn rotated(rank: usize, by: usize) -> IxDyn {
    IxDyn(&(0..rank).map(|axis| (axis + by) % rank).collect::<Vec<_>>())
}

/// Which positions of an axis of the memory are seen.
fn positions(layout: Layout, axis: usize, length: usize) -> Slice {
    match layout {
        Layout::Backwards | Layout::LastEmpty => Slice::from(..).step_by(-1),
        Layout::FirstBackwards if axis == 0 => Slice::from(..).step_by(-1),
        Layout::Stepped | Layout::One | Layout::FirstEmpty => Slice::from(1..).step_by(2),
        Layout::SteppedBackwards => Slice::from(..).step_by(-3),
        Layout::Inner => Slice::from(1..1 + length),
        _ => Slice::from(..),
    }
}

/// What is seen of the memory, of which `shape` was to be shown.
fn view<'a, T: Element>(
    memory: &'a ArrayD<T>,
    layout: Layout,
    shape: &[usize],
) -> ArrayViewD<'a, T> {
    let rank = shape.len();
    let mut view = memory.view();
    match layout {
        Layout::ColumnMajor
        | Layout::VastFirst
        | Layout::VastLast
        | Layout::VastThenEmpty
        | Layout::VastThenEmpties => return view.reversed_axes(),
        Layout::Rotated if rank > 0 => return view.permuted_axes(rotated(rank, rank - 1)),
        Layout::Far => {
            return strided(
                memory,
                |axis, stride| if shape[axis] == 1 { 1_000_003 } else { stride },
            );
        }
        Layout::Single => {
            while view.ndim() > 0 && !view.is_empty() {
                let axis = Axis(view.ndim() - 1);
                let last = view.len_of(axis) - 1;
                view = view.index_axis_move(axis, last);
            }
            return view;
        }
        Layout::FirstStretched => {
            return strided(memory, |axis, stride| if axis == 0 { 0 } else { stride });
        }
        Layout::LastStretched => {
            return strided(
                memory,
                |axis, stride| if axis + 1 == rank { 0 } else { stride },
            );
        }
        Layout::Stretched => return strided(memory, |_, _| 0),
        _ => {}
    }
    for (axis, length) in shape.iter().enumerate() {
        view.slice_axis_inplace(Axis(axis), positions(layout, axis, *length));
    }
    match layout {
        Layout::One if rank > 0 => {
            view.slice_axis_inplace(Axis(0), Slice::from(..1.min(shape[0] as isize)))
        }
        Layout::FirstEmpty if rank > 0 => view.slice_axis_inplace(Axis(0), Slice::from(..0)),
        Layout::LastEmpty if rank > 0 => view.slice_axis_inplace(Axis(rank - 1), Slice::from(..0)),
        _ => {}
    }
    view
}

/// Row-major memory with other strides, made of each axis and its own.
fn strided<T: Element>(
    memory: &ArrayD<T>,
    stride: impl Fn(usize, usize) -> usize,
) -> ArrayViewD<'_, T> {
    let strides: Vec<usize> = memory
        .strides()
        .iter()
        .enumerate()
        .map(|(axis, own)| stride(axis, *own as usize))
        .collect();
    let elements = memory.as_slice().expect("it lies in row-major order");
    let shape = IxDyn(memory.shape()).strides(IxDyn(&strides));
    ArrayViewD::from_shape(shape, elements).expect("what is seen lies in the memory")
}

impl<T: Element> Laid for Array<T> {
    fn feed(&self, tensor: &AnyTensor) -> Feed<'_> {
        let tensor = tensor.typed::<T>().expect("it has this type");
        tensor.feed(view(&self.memory, self.layout, &self.shape))
    }

    fn feed_row_major(&self, tensor: &AnyTensor) -> Feed<'_> {
        let tensor = tensor.typed::<T>().expect("it has this type");
        tensor.feed(&self.row_major)
    }

    fn describe(&self) -> String {
        let view = view(&self.memory, self.layout, &self.shape);
        format!("{:?} by {:?}", view.shape(), view.strides())
    }
}
