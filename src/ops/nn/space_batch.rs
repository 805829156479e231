//! Windows that skip pixels, as windows over neighbours of pictures whose batch has what was
//! skipped.

use ndarray::{Array1, Array2};

use crate::graph::{Graph, Tensor};
use crate::ops::array::{
    batch_to_space_nd, concat, required_space_to_batch_paddings_with, shape, space_to_batch_nd,
    stack,
};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Error, Numeric, Result, Shape};

/// How windows skip pixels.
#[derive(Clone, Debug)]
pub(super) struct Skipping<'a> {
    /// How far apart the pixels are that a window sees, for each axis that windows move over.
    pub(super) rates: &'a [i64],
    /// The same as a tensor; made as a node of its own if it is not there yet.
    pub(super) rate: Option<&'a Tensor<i32>>,
    /// The first of these axes.
    pub(super) first: usize,
    /// `SAME` or `VALID`.
    pub(super) padding: &'a str,
    /// The shape of the windows; wanted where `padding` is `SAME`.
    pub(super) windows: &'a Shape,
    /// Whether it becomes a node.
    pub(super) shows_windows: bool,
}

/// What `op` makes of `input`, given a padding, with windows that skip pixels, as
/// `tf.nn.with_space_to_batch` has it made.
#[track_caller]
pub(super) fn with_space_to_batch<T: Numeric>(
    graph: &Graph,
    input: &Tensor<T>,
    skipping: &Skipping<'_>,
    op: impl FnOnce(&Tensor<T>, &str) -> Result<Tensor<T>>,
) -> Result<Tensor<T>> {
    let rates = skipping.rates;
    if rates.iter().any(|&rate| rate < 1) {
        return Err(Error::invalid_argument("dilation_rate must be positive"));
    }
    let int32 = |numbers: &[i64]| -> Result<Vec<i32>> {
        let numbers = numbers.iter().map(|&number| i32::try_from(number));
        // Few: one for each axis.
        let numbers: Option<Vec<i32>> = numbers.map(|number| number.ok()).collect();
        numbers.ok_or_else(|| Error::invalid_argument("a dilation_rate is too large"))
    };
    let rate: Tensor<i32> = match skipping.rate {
        Some(rate) => rate.clone(),
        None => graph.constant_named("dilation_rate", Array1::from(int32(rates)?).into_dyn()),
    };
    if rates.iter().all(|&rate| rate == 1) {
        return op(input, skipping.padding);
    }
    let base = match skipping.padding {
        "SAME" => {
            let windows = int32(&lengths(skipping.windows)?)?;
            if skipping.shows_windows {
                graph.constant_named("filter_shape", Array1::from(windows.clone()).into_dyn());
            }
            let rates = int32(rates)?;
            let sides = rates.iter().zip(&windows).map(|(&rate, &window)| {
                let extra = (window - 1).saturating_mul(rate);
                [extra / 2, extra - extra / 2]
            });
            // Few: one for each axis.
            let sides: Vec<[i32; 2]> = sides.collect();
            graph
                .constant_named("stack", Array2::from(sides).into_dyn())
                .into_integers()
        }
        "VALID" => vec![[0, 0]; rates.len()].into_integers(),
        other => {
            let message = format!("Invalid padding method '{other}'");
            return Err(Error::invalid_argument(message));
        }
    };
    let axes = skipping.first..skipping.first + rates.len();
    let lengths = axes.clone().map(|axis| input.shape().dim(axis));
    // Few: one for each axis.
    let lengths = match lengths.collect::<Option<Vec<usize>>>() {
        Some(lengths) => {
            // Few: as above.
            let lengths: Vec<i64> = lengths.iter().map(|&length| length as i64).collect();
            int32(&lengths)?.into_integers()
        }
        None => {
            let all = shape(input);
            let lengths: Vec<Tensor<i32>> = axes.map(|axis| all.index(axis)).collect();
            stack(lengths, 0).into_integers()
        }
    };
    let (paddings, crops) = required_space_to_batch_paddings_with(lengths, &rate, base);
    let before = skipping.first - 1;
    // Few: one for each axis.
    let blocks: Vec<i32> = std::iter::repeat_n(1, before)
        .chain(int32(rates)?)
        .collect();
    let paddings = adjusted(&paddings, before);
    let crops = adjusted(&crops, before);
    let converted = space_to_batch_nd(input, &blocks, paddings);
    let result = op(&converted, "VALID")?;
    Ok(batch_to_space_nd(result, blocks, crops))
}

/// The lengths of a filter.
fn lengths(windows: &Shape) -> Result<Vec<i64>> {
    let lengths = windows.to_known().ok_or_else(|| {
        let message = format!(
            "with padding SAME, a dilated convolution wants a filter of known shape, but its shape is {windows}"
        );
        Error::invalid_argument(message)
    })?;
    // Few: axes.
    Ok(lengths.iter().map(|&length| length as i64).collect())
}

/// `sides`, of no elements for the `before` axes before those that they are for.
#[track_caller]
fn adjusted(sides: &Tensor<i32>, before: usize) -> Integers {
    // Few: two for each axis.
    let all = |elements: Vec<Option<i64>>| elements.into_iter().collect::<Option<Vec<i64>>>();
    let known = sides.info().elements().and_then(all);
    match known {
        Some(known) => {
            let pairs = known.as_chunks::<2>().0.iter();
            let pairs = pairs.map(|pair| pair.map(|number| number as i32));
            // Few: two for each axis.
            let pairs: Vec<[i32; 2]> = std::iter::repeat_n([0, 0], before).chain(pairs).collect();
            pairs.into_integers()
        }
        None => {
            let len = sides.shape().dim(0).unwrap_or(0);
            let rest = sides.index(0..len);
            let all = match before {
                0 => concat([rest], 0),
                _ => concat(([[0, 0]], rest), 0),
            };
            all.into_integers()
        }
    }
}
