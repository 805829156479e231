//! Minibatches: `random_mini_batches` of the notebook's `tf_utils`.

use ndarray::{Array2, ArrayView2, Axis, s};
use tf1::random::NumpyRandom;

/// Pictures and labels: a row per example. The notebook has a column per example; the network is
/// fed the transposed views, which copies nothing.
pub struct Examples {
    /// [m, 12288], each number between 0 and 1.
    pub x: Array2<f32>,
    /// One-hot, [m, 6].
    pub y: Array2<f32>,
}

/// The notebook's `random_mini_batches`: the examples in a random order, a few at a time. The
/// memory for a minibatch is used again and again.
pub struct Minibatches<'e> {
    examples: &'e Examples,
    size: usize,
    order: Vec<usize>,
    position: usize,
    x: Array2<f32>,
    y: Array2<f32>,
}

impl<'e> Minibatches<'e> {
    pub fn new(examples: &'e Examples, size: usize) -> Self {
        let size = size.min(examples.x.nrows()).max(1);
        let buffer = |columns| Array2::zeros((size, columns));
        Minibatches {
            examples,
            size,
            order: Vec::new(),
            position: 0,
            x: buffer(examples.x.ncols()),
            y: buffer(examples.y.ncols()),
        }
    }

    /// Runs `step` on every minibatch of an epoch, which must give the cost, and returns the cost
    /// of the epoch as the notebook adds it up. Each epoch has an order of its own: its seed is 4
    /// for epoch 0, 5 for epoch 1, and so on.
    pub fn epoch<E: From<tf1::Error>>(
        &mut self,
        epoch: usize,
        mut step: impl FnMut(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> Result<f32, E>,
    ) -> Result<f64, E> {
        let count = (self.examples.x.nrows() / self.size).max(1);
        let mut cost = 0.0;
        self.shuffle(4 + epoch as u32)?;
        while let Some((x, y)) = self.next() {
            cost += f64::from(step(x, y)?) / count as f64;
        }
        Ok(cost)
    }

    /// Starts anew in the order that `np.random.seed(seed); np.random.permutation(m)` gives.
    fn shuffle(&mut self, seed: u32) -> tf1::Result<()> {
        self.order = NumpyRandom::new(seed)
            .permutation(self.examples.x.nrows())?
            .to_vec();
        self.position = 0;
        Ok(())
    }

    /// The next minibatch; the last of an epoch may be short.
    fn next(&mut self) -> Option<(ArrayView2<'_, f32>, ArrayView2<'_, f32>)> {
        let chosen = &self.order[self.position..self.order.len().min(self.position + self.size)];
        if chosen.is_empty() {
            return None;
        }
        for (row, &example) in chosen.iter().enumerate() {
            self.x
                .index_axis_mut(Axis(0), row)
                .assign(&self.examples.x.row(example));
            self.y
                .index_axis_mut(Axis(0), row)
                .assign(&self.examples.y.row(example));
        }
        self.position += chosen.len();
        let rows = s![..chosen.len(), ..];
        Some((self.x.slice(rows), self.y.slice(rows)))
    }
}
