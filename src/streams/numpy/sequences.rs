//! [`NumpyRandom`] on sequences: permutations, shuffling, choosing.

use std::mem;

use ndarray::{
    Array, Array1, ArrayBase, ArrayView1, Axis, Data, DataMut, Dimension, IntoDimension,
    RemoveAxis, Zip,
};

use super::{NumpyRandom, kahan_sum, require, shaped};
use crate::types::{Error, Result, memory};

impl NumpyRandom {
    /// The numbers 0..n in random order (`np.random.permutation(n)`).
    ///
    /// ```
    /// let mut rng = tf1::random::NumpyRandom::new(1);
    /// assert_eq!(rng.permutation(10)?.to_vec(), [2, 9, 6, 4, 0, 3, 1, 7, 8, 5]);
    /// # Ok::<(), tf1::Error>(())
    /// ```
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for as many.
    pub fn permutation(&mut self, n: usize) -> Result<Array1<usize>> {
        self.order(n).map(Array1::from)
    }

    fn order(&mut self, n: usize) -> Result<Vec<usize>> {
        let mut numbers = memory::collected(0..n)?;
        self.for_each_swap(n, |i, j| numbers.swap(i, j));
        Ok(numbers)
    }

    /// A copy of an array with its rows (the parts along the first axis) in random order
    /// (`np.random.permutation(array)`).
    ///
    /// # Errors
    /// If the array has no axis; `ResourceExhausted` if there is no memory for a copy.
    pub fn permutation_of<S, D>(&mut self, array: &ArrayBase<S, D>) -> Result<Array<S::Elem, D>>
    where
        S: Data<Elem: Clone>,
        D: RemoveAxis,
    {
        require_rows(array.raw_dim())?;
        let order = self.order(array.len_of(Axis(0)))?;
        let mut elements = memory::reserved(array.len())?;
        for &row in &order {
            // Few: there is room for all rows.
            elements.extend(array.index_axis(Axis(0), row).iter().cloned());
        }
        shaped(array.raw_dim(), elements)
    }

    /// Puts a slice into random order (`np.random.shuffle` of a list).
    ///
    /// Each place from the last to the second changes with a random place up to and including
    /// itself.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        self.for_each_swap(items.len(), |i, j| items.swap(i, j));
    }

    /// Puts the rows of an array (the parts along its first axis) into random order
    /// (`np.random.shuffle` of an array), with the draws of [`shuffle`](Self::shuffle).
    ///
    /// # Errors
    /// If the array has no axis, or more rows without elements than anybody could wait for.
    pub fn shuffle_rows<S, D>(&mut self, array: &mut ArrayBase<S, D>) -> Result<()>
    where
        S: DataMut,
        D: RemoveAxis,
    {
        require_rows(array.raw_dim())?;
        let rows = array.len_of(Axis(0));
        if array.is_empty() && u32::try_from(rows).is_err() {
            let message = format!("{rows} rows are too many to be put in order");
            return Err(Error::resource_exhausted(message));
        }
        self.for_each_swap(rows, |i, j| {
            if i != j {
                let (upper, mut lower) = array.view_mut().split_at(Axis(0), i);
                let row = lower.index_axis_mut(Axis(0), 0);
                let (_, mut rest) = upper.split_at(Axis(0), j);
                Zip::from(row)
                    .and(rest.index_axis_mut(Axis(0), 0))
                    .for_each(mem::swap);
            }
        });
        Ok(())
    }

    /// Chooses from the numbers 0..population (`np.random.choice`); see [`Choice`].
    pub fn choice(&mut self, population: usize) -> Choice<'_> {
        Choice {
            rng: self,
            population,
            replace: true,
            p: None,
        }
    }

    /// The swaps that shuffle `count` things (R. Durstenfeld, "Algorithm 235: random permutation",
    /// 1964).
    fn for_each_swap(&mut self, count: usize, mut swap: impl FnMut(usize, usize)) {
        for i in (1..count).rev() {
            swap(i, self.next_up_to(i as u64) as usize);
        }
    }
}

/// A choice to be made by [`draw`](Self::draw).
///
/// By default all numbers are equally likely and may repeat.
///
/// ```
/// use tf1::random::NumpyRandom;
///
/// let mut rng = NumpyRandom::new(1);
/// // np.random.choice(5, 6), choice(8, 4, replace=False), choice(3, (2, 2), p=[...])
/// let any = rng.choice(5).draw(6)?;
/// let batch = rng.choice(8).without_replacement().draw(4)?;
/// let weighted = rng.choice(3).p(&[0.5, 0.25, 0.25]).draw((2, 2))?;
/// // np.random.choice([10, 20, 30], 3)
/// let items = rng.choice(3).draw(3)?.mapv(|i| [10, 20, 30][i]);
/// # assert_eq!([any.len(), batch.len(), weighted.len(), items.len()], [6, 4, 4, 3]);
/// # Ok::<(), tf1::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is chosen before `draw`"]
pub struct Choice<'a> {
    rng: &'a mut NumpyRandom,
    population: usize,
    replace: bool,
    p: Option<ArrayView1<'a, f64>>,
}

impl<'a> Choice<'a> {
    /// Chooses no number twice.
    pub fn without_replacement(mut self) -> Self {
        self.replace = false;
        self
    }

    /// Chooses each number with its own probability.
    pub fn p(mut self, probabilities: impl Into<ArrayView1<'a, f64>>) -> Self {
        self.p = Some(probabilities.into());
        self
    }

    /// Makes the choice.
    ///
    /// # Errors
    /// If there is nothing to choose from, or, without replacement, less than `size` (numbers of
    /// probability 0 do not count); if there are not as many probabilities as numbers, if one is
    /// negative or not a number, or if they do not add up to 1 within 1.5e-8; `ResourceExhausted`
    /// if there is no memory for the numbers, or, without replacement, for the population.
    pub fn draw<D: IntoDimension>(self, size: D) -> Result<Array<usize, D::Dim>> {
        let size = size.into_dimension();
        memory::room_for::<usize>(size.slice())?;
        self.check(size.size())?;
        if self.replace {
            self.draw_again_and_again(size)
        } else {
            let chosen = self.draw_once_each(size.size())?;
            shaped(size, chosen)
        }
    }

    fn check(&self, count: usize) -> Result<()> {
        let population = self.population;
        require(population > 0 || count == 0, || {
            "cannot choose from an empty population".into()
        })?;
        let available = match self.p {
            None => population,
            Some(p) => {
                check_probabilities(p, population)?;
                p.iter().filter(|&&p| p > 0.0).count()
            }
        };
        require(self.replace || count <= available, || {
            format!("cannot choose {count} of {available} without replacement")
        })
    }

    fn draw_again_and_again<D: Dimension>(self, size: D) -> Result<Array<usize, D>> {
        let Self {
            rng, population, ..
        } = self;
        let Some(p) = self.p else {
            let last = population.saturating_sub(1) as u64;
            return rng.draw(size, |rng| rng.next_up_to(last) as usize);
        };
        let cdf = cumulative(p.iter().copied())?;
        rng.draw(size, |rng| find(&cdf, rng.next_f64()))
    }

    fn draw_once_each(self, count: usize) -> Result<Vec<usize>> {
        let Some(p) = self.p else {
            let order = self.rng.order(self.population)?;
            return memory::collected(order.into_iter().take(count));
        };
        // As many draws as are missing, of which the repeated ones are dropped; the next round
        // leaves out what has been chosen.
        let mut p = memory::collected(p.iter().copied())?;
        let mut chosen = memory::reserved(count)?;
        while chosen.len() < count {
            let cdf = cumulative(p.iter().copied())?;
            for uniform in self.rng.rand(count - chosen.len())? {
                let number = find(&cdf, uniform);
                if p[number] > 0.0 {
                    p[number] = 0.0;
                    chosen.push(number);
                }
            }
        }
        Ok(chosen)
    }
}

/// Refuses what is not one probability for each of the population.
fn check_probabilities(p: ArrayView1<f64>, population: usize) -> Result<()> {
    require(p.len() == population, || {
        format!("{} probabilities for a population of {population}", p.len())
    })?;
    require(p.iter().all(|&p| p >= 0.0), || {
        format!("probabilities are not non-negative: {p}")
    })?;
    let sum = kahan_sum(p.iter().copied());
    require((sum - 1.0).abs() <= f64::EPSILON.sqrt(), || {
        format!("probabilities do not sum to 1 but to {sum}")
    })
}

/// Running sums, scaled so that the last is 1.
fn cumulative(p: impl Iterator<Item = f64>) -> Result<Vec<f64>> {
    let mut sum = 0.0;
    let mut cdf = memory::collected(p.map(|p| {
        sum += p;
        sum
    }))?;
    let total = cdf.last().copied().unwrap_or(1.0);
    for sum in &mut cdf {
        *sum /= total;
    }
    Ok(cdf)
}

/// The number whose share of [0, 1) a uniform value falls into.
fn find(cdf: &[f64], uniform: f64) -> usize {
    cdf.partition_point(|&below| below <= uniform)
}

/// Refuses an array without axes.
fn require_rows(shape: impl Dimension) -> Result<()> {
    require(shape.ndim() > 0, || {
        "an array without axes has no rows to put in order".into()
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{arr0, array};

    use super::*;

    #[test]
    fn rows_move_as_a_whole() {
        let mut rows = array![[1, 2], [3, 4], [5, 6], [7, 8]];
        let copy = NumpyRandom::new(1).permutation_of(&rows).unwrap();
        NumpyRandom::new(1).shuffle_rows(&mut rows).unwrap();
        assert_eq!(rows, copy);
        let mut numbers = [0, 1, 2, 3];
        NumpyRandom::new(1).shuffle(&mut numbers);
        assert_eq!(rows.column(0).to_vec(), numbers.map(|i| 2 * i + 1));
    }

    #[test]
    fn an_array_without_axes_has_no_rows() {
        let mut rng = NumpyRandom::new(1);
        let mut array = arr0(1).into_dyn();
        assert!(rng.permutation_of(&array).is_err());
        assert!(rng.shuffle_rows(&mut array).is_err());
    }

    #[test]
    fn small_things_need_no_draw() {
        let mut rng = NumpyRandom::new(1);
        assert_eq!(
            rng.permutation(0).unwrap().len() + rng.permutation(1).unwrap().len(),
            1
        );
        rng.shuffle::<u8>(&mut []);
        assert_eq!(rng.choice(0).draw(0).unwrap().len(), 0);
        assert!(rng.choice(0).p(&[0.0; 0]).draw(0).is_err());
        assert_eq!(rng.choice(1).draw(3).unwrap().to_vec(), [0; 3]);
        assert_eq!(rng.rand(1).unwrap(), NumpyRandom::new(1).rand(1).unwrap());
    }

    #[test]
    fn choosing_all_without_replacement() {
        let mut rng = NumpyRandom::new(1);
        let p = [0.0, 0.7, 1e-12, 0.3 - 1e-12];
        let mut all = rng.choice(4).p(&p).without_replacement().draw(3).unwrap();
        all.as_slice_mut().unwrap().sort();
        assert_eq!(all.to_vec(), [1, 2, 3]);
        let mut all = rng.choice(6).without_replacement().draw((2, 3)).unwrap();
        all.as_slice_mut().unwrap().sort();
        assert_eq!(all, array![[0, 1, 2], [3, 4, 5]]);
    }

    #[test]
    fn impossible_choices_are_errors() {
        let mut rng = NumpyRandom::new(1);
        assert!(rng.choice(0).draw(1).is_err());
        assert!(rng.choice(3).without_replacement().draw(5).is_err());
        for p in [[0.1, 0.2, 0.3], [-0.1, 0.9, 0.2], [f64::NAN, 0.5, 0.5]] {
            assert!(rng.choice(3).p(&p).draw(1).is_err());
        }
        assert!(rng.choice(3).p(&[0.1, 0.9]).draw(1).is_err());
        let one = rng.choice(3).p(&[0.0, 1.0, 0.0]).without_replacement();
        assert!(one.draw(2).is_err());
        assert_eq!(rng.rand(1).unwrap(), NumpyRandom::new(1).rand(1).unwrap());
    }
}
