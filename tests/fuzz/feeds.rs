//! What is fed: to placeholders, and to any other tensor of the program, in all kinds of layouts.

use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};
use rand::Rng;
use tf1::{AnyTensor, Feed, Plain, Tensor};

use crate::pick::Kind;
use crate::program::Program;

/// No other axes than vast ones are as long as this.
pub const VAST: usize = 1 << 20;

/// A value for a tensor.
pub struct Fed<T: Plain> {
    tensor: Tensor<T>,
    array: ArrayD<T>,
    layout: Layout,
}

/// How the value lies in memory.
#[derive(Clone, Copy, Debug)]
enum Layout {
    RowMajor,
    /// All axes run backwards.
    Reversed,
    /// The axes are in the opposite order.
    Transposed,
    /// Every other element along each axis.
    Stepped,
    /// One element for all.
    Repeated,
}

/// A value for a tensor of any type.
pub trait AnyFed {
    fn feed(&self) -> Feed<'_>;

    /// The same elements in another order and another layout.
    fn other(&self) -> Box<dyn AnyFed>;

    fn tensor(&self) -> AnyTensor;

    fn told(&self) -> String;
}

impl<T: Kind> Fed<T> {
    fn view(&self) -> ArrayViewD<'_, T> {
        let mut view = self.array.view();
        let axes = 0..view.ndim();
        match self.layout {
            Layout::RowMajor | Layout::Repeated => {}
            Layout::Reversed => axes.for_each(|axis| view.invert_axis(Axis(axis))),
            Layout::Transposed => view = view.reversed_axes(),
            Layout::Stepped => axes.for_each(|axis| {
                if view.len_of(Axis(axis)) < VAST {
                    view.slice_axis_inplace(Axis(axis), Slice::from(..).step_by(2));
                }
            }),
        }
        view
    }
}

impl<T: Kind> AnyFed for Fed<T> {
    fn feed(&self) -> Feed<'_> {
        self.tensor.feed(self.view())
    }

    fn other(&self) -> Box<dyn AnyFed> {
        let view = self.view();
        let mut elements: Vec<T> = view.iter().copied().collect();
        if !elements.is_empty() {
            elements.rotate_left(1);
        }
        let array = ArrayD::from_shape_vec(view.raw_dim(), elements);
        Box::new(Fed {
            tensor: self.tensor.clone(),
            array: array.expect("there are as many elements"),
            layout: Layout::RowMajor,
        })
    }

    fn tensor(&self) -> AnyTensor {
        self.tensor.any()
    }

    fn told(&self) -> String {
        let value = format!("{:?}", self.view()).replace('\n', " ");
        format!("feed {} {:?}: {value}", self.tensor, self.layout)
    }
}

impl Program {
    /// A value of this shape for a tensor.
    fn feed<T: Kind>(&mut self, tensor: &Tensor<T>, shape: &[usize]) {
        let layout = self.layout();
        let lies = match layout {
            Layout::Transposed => shape.iter().rev().copied().collect(),
            Layout::Stepped => shape
                .iter()
                .map(|&length| if length < VAST { length * 2 } else { length })
                .collect(),
            _ => shape.to_vec(),
        };
        let array = match layout {
            Layout::Repeated => ArrayD::from_elem(IxDyn(&lies), T::number(&mut self.random)),
            _ => self.array(&lies),
        };
        self.feeds.push(Box::new(Fed {
            tensor: tensor.clone(),
            array,
            layout,
        }));
    }

    fn layout(&mut self) -> Layout {
        const LAYOUTS: [Layout; 5] = [
            Layout::RowMajor,
            Layout::Reversed,
            Layout::Transposed,
            Layout::Stepped,
            Layout::Repeated,
        ];
        LAYOUTS[self.below(LAYOUTS.len())]
    }

    /// A placeholder that is fed this value; the graph may know less of its shape, or something
    /// else.
    pub fn fed<T: Kind>(&mut self, array: ArrayD<T>) -> Tensor<T> {
        let tensor = self.placeholder(array.shape());
        self.feeds.push(Box::new(Fed {
            tensor: tensor.clone(),
            array,
            layout: Layout::RowMajor,
        }));
        tensor
    }

    /// A new tensor: a placeholder that is fed, or a constant.
    pub fn new_tensor<T: Kind>(&mut self) -> Tensor<T> {
        let rank = [0, 1, 1, 2, 2, 2, 3, 4][self.below(8)];
        let mut shape = self.lengths(rank);
        self.last = shape.clone();
        self.stretch(&mut shape);
        if self.chance(0.3) {
            return self.constant(&shape);
        }
        let tensor = self.placeholder(&shape);
        self.feed(&tensor, &shape);
        tensor
    }

    /// Makes one axis of an empty array vast, now and then. ndarray wants the product of the
    /// lengths that are not 0 to fit into an `isize`.
    fn stretch(&mut self, shape: &mut [usize]) {
        let can_be = shape.contains(&0) && shape.iter().all(|&length| length < VAST);
        let other = shape.iter().position(|&length| length != 0);
        if let Some(axis) = other.filter(|_| can_be && self.chance(0.6)) {
            shape[axis] = [1 << 31, 1 << 40][self.below(2)];
        }
    }

    fn placeholder<T: Kind>(&mut self, shape: &[usize]) -> Tensor<T> {
        let mut dims: Vec<Option<usize>> = shape.iter().copied().map(Some).collect();
        let known = match self.below(8) {
            0 => tf1::Shape::unknown(),
            1..4 => {
                for dim in &mut dims {
                    if self.random.random_bool(0.5) {
                        *dim = None;
                    }
                }
                dims.into()
            }
            _ => dims.into(),
        };
        let tensor = self.graph.placeholder("fed", known);
        self.note(&tensor.name());
        tensor
    }

    /// Feeds some tensor that something else computes: any output of any node.
    pub fn feed_any(&mut self) {
        let operations = self.graph.operations();
        if operations.is_empty() {
            return;
        }
        for _ in 0..3 {
            let outputs = operations[self.below(operations.len())].outputs();
            if outputs.is_empty() {
                continue;
            }
            let tensor = outputs[self.below(outputs.len())].clone();
            let is_fed = self
                .feeds
                .iter()
                .any(|fed| fed.tensor().output() == tensor.output());
            if !is_fed {
                self.feed_this(&tensor);
                return;
            }
        }
    }

    fn feed_this(&mut self, tensor: &AnyTensor) {
        let static_shape = tensor.shape();
        let mut shape: Vec<usize> = match static_shape.dims() {
            Some(dims) => {
                let dims = dims.to_vec();
                let mut length =
                    |dim: Option<usize>| dim.unwrap_or_else(|| self.random.random_range(0..4));
                dims.into_iter().map(&mut length).collect()
            }
            None => {
                let rank = self.below(4);
                self.lengths(rank)
            }
        };
        if self.chance(0.05) {
            let rank = self.below(3);
            shape = self.lengths(rank);
        }
        let elements = shape.iter().map(|&length| length as f64).product::<f64>();
        if elements > 5000.0 {
            return;
        }
        if static_shape.to_known().is_none() {
            self.stretch(&mut shape);
        }
        if shape.iter().filter(|&&length| length >= VAST).count() > 1 {
            return;
        }
        macro_rules! feed {
            ($($kind:ty),*) => {
                $(if let Ok(tensor) = tensor.typed::<$kind>() {
                    self.feed(&tensor, &shape);
                })*
            };
        }
        feed!(f32, f64, i32, i64, u8, bool);
    }
}
