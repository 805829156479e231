//! The discrete distributions of [`NumpyRandom`].

use ndarray::{Array, ArrayView1, Axis, Dimension, IntoDimension, aview0};

use super::{
    NumpyRandom, binomial::Binomial, filled, kahan_sum, poisson::Poisson, require,
    require_probability,
};
use crate::types::parts::lines_mut;
use crate::types::{Result, memory};

impl NumpyRandom {
    /// Uniform integers in [low, high) (`np.random.randint`).
    ///
    /// Python's `randint(n)` is `randint(0, n, ...)` here. Random words, one at a time or two where
    /// high - low exceeds 2³², are cut to the bits that high - 1 - low needs and dropped when they
    /// are above it.
    ///
    /// ```
    /// let mut rng = tf1::random::NumpyRandom::new(1);
    /// assert_eq!(rng.randint(0, 10, 5)?.to_vec(), [5, 8, 9, 5, 0]);
    /// # Ok::<(), tf1::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `low >= high`.
    pub fn randint<D: IntoDimension>(
        &mut self,
        low: i64,
        high: i64,
        size: D,
    ) -> Result<Array<i64, D::Dim>> {
        require(low < high, || {
            format!("low >= high: there is no integer in [{low}, {high})")
        })?;
        let span = high.wrapping_sub(low).cast_unsigned() - 1;
        self.draw(size, |rng| low.wrapping_add_unsigned(rng.next_up_to(span)))
    }

    /// How many of `n` trials with success probability `p` succeed (`np.random.binomial`).
    ///
    /// By inversion while n · min(p, 1 - p) ≤ 30, else by BTPE (V. Kachitvichyanukul and B.
    /// Schmeiser, "Binomial random variate generation", Communications of the ACM 31, 1988).
    ///
    /// # Errors
    /// If `n` is negative or `p` outside [0, 1].
    pub fn binomial<D: IntoDimension>(
        &mut self,
        n: i64,
        p: f64,
        size: D,
    ) -> Result<Array<i64, D::Dim>> {
        require(n >= 0, || format!("n must not be negative, got {n}"))?;
        require_probability("p", p)?;
        let binomial = Binomial::new(n, p);
        self.draw(size, |rng| binomial.next(rng))
    }

    /// Counts of events with mean `lam` (`np.random.poisson`).
    ///
    /// Below 10 by multiplying uniform values, from 10 up by PTRS (W. Hörmann, "The transformed
    /// rejection method for generating Poisson random variables", Insurance: Mathematics and
    /// Economics 12, 1993).
    ///
    /// # Errors
    /// If `lam` is negative, not a number, or so large that a value might exceed an `i64`.
    pub fn poisson<D: IntoDimension>(&mut self, lam: f64, size: D) -> Result<Array<i64, D::Dim>> {
        require((0.0..=Poisson::MAX_MEAN).contains(&lam), || {
            format!("lam must be between 0 and {}, got {lam}", Poisson::MAX_MEAN)
        })?;
        let poisson = Poisson::new(lam);
        self.draw(size, |rng| poisson.next(rng))
    }

    /// How often each of several outcomes occurs in `n` trials (`np.random.multinomial`).
    ///
    /// The result has one axis more than `size`, with one count for each of `pvals`: a binomial
    /// value for the first outcome, then one for the second among the trials left over, and so on;
    /// the last outcome gets what remains, whatever its probability.
    ///
    /// ```
    /// let mut rng = tf1::random::NumpyRandom::new(1);
    /// let counts = rng.multinomial(20, &[0.25, 0.25, 0.5], 3)?;
    /// assert_eq!(counts.shape(), [3, 3]);
    /// assert!(counts.rows().into_iter().all(|row| row.sum() == 20));
    /// # Ok::<(), tf1::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `n` is negative, `pvals` is empty, one of them lies outside [0, 1], or all but the last
    /// add up to more than 1.
    pub fn multinomial<'a, D: IntoDimension>(
        &mut self,
        n: i64,
        pvals: impl Into<ArrayView1<'a, f64>>,
        size: D,
    ) -> Result<Array<i64, <D::Dim as Dimension>::Larger>> {
        let pvals = pvals.into();
        require(n >= 0, || format!("n must not be negative, got {n}"))?;
        require(!pvals.is_empty(), || "pvals must not be empty".into())?;
        for &p in pvals {
            require_probability("pvals", p)?;
        }
        let all_but_last = kahan_sum(pvals.iter().copied().take(pvals.len() - 1));
        require(all_but_last <= 1.0 + 1e-12, || {
            format!("sum(pvals[:-1]) > 1.0: {all_but_last}")
        })?;
        let size = size.into_dimension();
        memory::room_for::<i64>(size.slice())?;
        let places = aview0(&());
        let places = places.broadcast(size).expect("the lengths do not overflow");
        let last = places.ndim();
        let mut shape = places.insert_axis(Axis(last)).raw_dim();
        shape[last] = pvals.len();
        let mut counts = filled(shape, || 0)?;
        for mut row in lines_mut(&mut counts, Axis(last)) {
            self.split_trials(n, pvals, |outcome, count| row[outcome] = count);
        }
        Ok(counts)
    }

    /// Hands out `n` trials over the outcomes of one multinomial draw.
    fn split_trials(&mut self, n: i64, pvals: ArrayView1<f64>, mut set: impl FnMut(usize, i64)) {
        let mut trials = n;
        let mut probability = 1.0;
        let last = pvals.len() - 1;
        for (outcome, &p) in pvals.iter().take(last).enumerate() {
            // Unlike `binomial`, NumPy draws nothing here when the outcome is known.
            if trials > 0 && p > 0.0 {
                let share = Binomial::new(trials, (p / probability).min(1.0));
                let count = share.next(self);
                set(outcome, count);
                trials -= count;
            }
            probability -= p;
        }
        set(last, trials);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn randint_over_the_whole_type() {
        let mut rng = NumpyRandom::new(1);
        let values = rng.randint(i64::MIN, i64::MAX, 100).unwrap();
        assert!(values.iter().any(|&value| value < i64::MIN / 2));
        assert!(values.iter().any(|&value| value > i64::MAX / 2));
        assert_eq!(rng.randint(7, 8, 2).unwrap().to_vec(), [7, 7]);
    }

    #[test]
    fn multinomial_leaves_certain_outcomes_undrawn() {
        let mut rng = NumpyRandom::new(1);
        let counts = rng.multinomial(5, &[0.0, 0.5, 0.5], ()).unwrap();
        assert_eq!(counts.to_vec(), [0, 2, 3]);
        let mut other = NumpyRandom::new(1);
        other.rand(1).unwrap();
        assert_eq!(rng.rand(1).unwrap(), other.rand(1).unwrap());
    }

    #[test]
    fn multinomial_shapes() {
        let mut rng = NumpyRandom::new(1);
        let p = ndarray::array![0.2, 0.3, 0.5];
        assert_eq!(rng.multinomial(4, &p, (2, 5)).unwrap().shape(), [2, 5, 3]);
        assert_eq!(
            rng.multinomial(4, &p, vec![2, 0]).unwrap().shape(),
            [2, 0, 3]
        );
        assert_eq!(rng.multinomial(4, &[1.0], ()).unwrap().to_vec(), [4]);
        assert_eq!(rng.multinomial(0, &p, ()).unwrap().to_vec(), [0; 3]);
        assert!(rng.multinomial(4, &p, usize::MAX / 8).is_err());
    }

    #[test]
    fn parameters_out_of_range_are_errors() {
        let mut rng = NumpyRandom::new(1);
        assert!(rng.randint(3, 3, 1).is_err());
        assert!(rng.randint(5, -3, 1).is_err());
        assert!(rng.binomial(-1, 0.5, 1).is_err());
        for p in [-0.1, 1.1, f64::NAN] {
            assert!(rng.binomial(3, p, 1).is_err());
            assert!(rng.multinomial(3, &[p, 0.1], 1).is_err());
        }
        for lam in [-1.0, f64::NAN, 1e19, f64::INFINITY] {
            assert!(rng.poisson(lam, 1).is_err());
        }
        assert!(rng.multinomial(-1, &[0.5, 0.5], 1).is_err());
        assert!(rng.multinomial(3, &[0.6, 0.6, 0.1], 1).is_err());
        assert!(rng.multinomial(3, &[0.0; 0], 1).is_err());
        assert_eq!(rng.rand(1).unwrap(), NumpyRandom::new(1).rand(1).unwrap());
    }
}
