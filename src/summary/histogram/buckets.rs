//! TensorFlow's histogram (`tensorflow/core/lib/histogram`).

use std::sync::OnceLock;

use crate::files::messages::summary::HistogramProto;

/// Numbers counted in buckets.
pub(super) struct Counts {
    min: f64,
    max: f64,
    num: f64,
    sum: f64,
    sum_squares: f64,
    buckets: Vec<f64>,
}

impl Counts {
    pub(super) fn new() -> Self {
        Counts {
            min: f64::MAX,
            max: -f64::MAX,
            num: 0.0,
            sum: 0.0,
            sum_squares: 0.0,
            buckets: vec![0.0; limits().len()],
        }
    }

    /// Counts a finite number.
    pub(super) fn add(&mut self, number: f64) {
        let bucket = limits().partition_point(|limit| *limit <= number);
        // The largest of all numbers is at the last limit and not below it.
        self.buckets[bucket.min(limits().len() - 1)] += 1.0;
        self.min = self.min.min(number);
        self.max = self.max.max(number);
        self.num += 1.0;
        self.sum += number;
        self.sum_squares += number * number;
    }

    /// The message, with one bucket for each stretch of empty ones.
    pub(super) fn into_message(self) -> HistogramProto {
        let mut message = HistogramProto {
            min: self.min,
            max: self.max,
            num: self.num,
            sum: self.sum,
            sum_squares: self.sum_squares,
            ..HistogramProto::default()
        };
        for (limit, count) in limits().iter().zip(self.buckets) {
            if count == 0.0 && message.bucket.last() == Some(&0.0) {
                message.bucket_limit.pop();
                message.bucket.pop();
            }
            message.bucket_limit.push(*limit);
            message.bucket.push(count);
        }
        message
    }
}

/// Where the buckets end: at ±10⁻¹² · 1.1ⁱ below 10²⁰, at 0, and at the largest numbers.
fn limits() -> &'static [f64] {
    static LIMITS: OnceLock<Vec<f64>> = OnceLock::new();
    LIMITS.get_or_init(|| {
        // Each is computed from the one before it, as rounding shows.
        let powers = std::iter::successors(Some(1e-12), |limit| Some(limit * 1.1));
        let mut positive: Vec<f64> = powers.take_while(|limit| *limit < 1e20).collect();
        positive.push(f64::MAX);
        let negative = positive.iter().rev().map(|limit| -limit);
        negative
            .chain([0.0])
            .chain(positive.iter().copied())
            .collect()
    })
}
