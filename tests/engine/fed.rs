//! Arrays that are fed, in all kinds of layouts.

use ndarray::{ArrayD, ArrayViewD, Axis, Slice};
use rand::Rng;
use rand::rngs::StdRng;
use tf1 as tf;
use tf1::{Feed, Graph, Plain, Tensor};

/// A placeholder with what is fed for it: a matrix as it is seen in some layout.
pub struct Fed<T> {
    pub placeholder: Tensor<T>,
    array: ArrayD<T>,
    layout: Layout,
    rows: usize,
}

/// How a fed matrix lies in memory.
#[derive(Clone, Copy)]
enum Layout {
    RowMajor,
    Transposed,
    /// Both axes run backwards.
    Reversed,
    /// Every other column of a wider one.
    EveryOther,
    /// One row that stands for all.
    Stretched,
}

impl<T: Plain> Fed<T> {
    /// A matrix of this shape, of which the graph may not know all before a run, with elements from
    /// `number`.
    pub fn random(
        graph: &Graph,
        random: &mut StdRng,
        [rows, columns]: [usize; 2],
        number: impl Fn(&mut StdRng) -> T,
    ) -> Self {
        let placeholder = match random.random_range(0..8) {
            0 => graph.placeholder("fed", tf::shape![?, columns]),
            1 => graph.placeholder("fed", tf::shape![?, ?]),
            _ => graph.placeholder("fed", [rows, columns]),
        };
        let (layout, shape) = match random.random_range(0..5) {
            0 => (Layout::RowMajor, [rows, columns]),
            1 => (Layout::Transposed, [columns, rows]),
            2 => (Layout::Reversed, [rows, columns]),
            3 => (Layout::EveryOther, [rows, 2 * columns]),
            _ => (Layout::Stretched, [1, columns]),
        };
        Fed {
            placeholder,
            array: ArrayD::from_shape_simple_fn(&shape[..], || number(random)),
            layout,
            rows,
        }
    }

    /// The matrix in its layout.
    pub fn view(&self) -> ArrayViewD<'_, T> {
        let mut view = self.array.view();
        match self.layout {
            Layout::RowMajor => {}
            Layout::Transposed => view = view.reversed_axes(),
            Layout::Reversed => (0..2).for_each(|axis| view.invert_axis(Axis(axis))),
            Layout::EveryOther => view.slice_axis_inplace(Axis(1), Slice::from(..).step_by(2)),
            Layout::Stretched => {
                let shape = [self.rows, view.shape()[1]];
                let row = self.array.broadcast(&shape[..]);
                view = row.expect("one row can stand for many");
            }
        }
        view
    }

    pub fn feed(&self) -> Feed<'_> {
        self.placeholder.feed(self.view())
    }

    /// The same elements side by side in memory.
    pub fn straight(&mut self) {
        let view = self.view();
        self.array = ArrayD::from_shape_vec(view.shape(), view.iter().copied().collect())
            .expect("as many elements");
        self.layout = Layout::RowMajor;
    }
}
