//! How near a result must come to TensorFlow's, and what to say if it does not.
//!
//! | tolerance | where | float32 | float64 |
//! | --- | --- | --- | --- |
//! | [`Exact`](Tolerance::Exact) | random streams; all integers, bools, shapes and names | the same bits | the same bits |
//! | [`Elementwise`](Tolerance::Elementwise) | functions of single elements | 1e-6 relative + 1e-6 | 1e-12 relative + 1e-12 |
//! | [`Accumulated`](Tolerance::Accumulated) | sums, products, convolutions, gradients | 1e-5 of the largest magnitude | 1e-12 of it |
//! | [`Beside`](Tolerance::Beside) | gradients of a list | 1e-5 of the largest magnitude in the list | 1e-12 of it |
//! | [`Trajectory`](Tolerance::Trajectory) | training steps | 2e-5 of the largest magnitude | 1e-12 of it |

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::Display;

use serde_json::Value as Json;
use tf1::{AnyArray, AnyTensor, DType};

use crate::array::{Content, Elements, Golden, elements_of, sha256};
use crate::json;

thread_local! {
    /// How much the case on this thread has compared.
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

/// Begins to count what is compared.
pub fn begin_count() {
    COMPARED.set(0);
}

/// How much was compared since then.
pub fn count() -> usize {
    COMPARED.get()
}

/// Counts a comparison.
pub fn compared() {
    COMPARED.set(COMPARED.get() + 1);
}

/// How near a result must come; see the table at the head of this file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    Exact,
    Elementwise,
    Accumulated,
    /// As accumulated, of the largest magnitude among several arrays that are differentiated
    /// together.
    Beside(f64),
    Trajectory,
}

/// Ops whose results depend on the order in which many elements are combined.
const ACCUMULATING: &[&str] = &[
    "AddN",
    "AvgPool",
    "BatchMatMul",
    "BatchMatMulV2",
    "BiasAddGrad",
    "Cholesky",
    "Conv2D",
    "Conv2DBackpropInput",
    "Conv3D",
    "Cross",
    "Cumprod",
    "Cumsum",
    "DepthwiseConv2dNative",
    "FusedBatchNorm",
    "FusedBatchNormV3",
    "L2Loss",
    "LRN",
    "LogSoftmax",
    "MatMul",
    "MatrixDeterminant",
    "MatrixInverse",
    "MatrixSolve",
    "MatrixTriangularSolve",
    "Mean",
    "Prod",
    "Qr",
    "ResizeBilinear",
    "SegmentMean",
    "SegmentSum",
    "Softmax",
    "SoftmaxCrossEntropyWithLogits",
    "SparseSoftmaxCrossEntropyWithLogits",
    "Sum",
    "UnsortedSegmentSum",
];

/// Ops that draw random numbers.
const RANDOM: &[&str] = &[
    "Multinomial",
    "ParameterizedTruncatedNormal",
    "RandomShuffle",
    "RandomStandardNormal",
    "RandomUniform",
    "RandomUniformInt",
    "TruncatedNormal",
];

impl Tolerance {
    /// The tolerance for a tensor, by the ops that it is computed with.
    pub fn for_tensor(tensor: &AnyTensor, is_gradient: bool) -> Self {
        let op_types = op_types_behind(tensor);
        let any_of = |ops: &[&str]| op_types.iter().any(|op_type| ops.contains(op_type));
        if is_gradient || any_of(ACCUMULATING) {
            Tolerance::Accumulated
        } else if any_of(RANDOM) {
            Tolerance::Exact
        } else {
            Tolerance::Elementwise
        }
    }

    /// How far from the golden `value` an element may be, in an array whose largest magnitude is
    /// `largest`.
    fn allows(self, dtype: DType, value: f64, largest: f64) -> f64 {
        let [elementwise, accumulated, trajectory] = match dtype {
            DType::Float32 => [1e-6, 1e-5, 2e-5],
            #[cfg(feature = "all_types")]
            DType::Complex64 => [1e-6, 1e-5, 2e-5],
            // One unit in the last place.
            #[cfg(feature = "all_types")]
            DType::Float16 => [1e-3, 1e-3, 2e-3],
            #[cfg(feature = "all_types")]
            DType::BFloat16 => [8e-3, 8e-3, 1.6e-2],
            _ => [1e-12, 1e-12, 1e-12],
        };
        match self {
            Tolerance::Exact => 0.0,
            Tolerance::Elementwise => elementwise * (1.0 + value.abs()),
            Tolerance::Accumulated => (accumulated * largest).max(noise(dtype, largest)),
            Tolerance::Beside(others) => {
                let largest = largest.max(others);
                (accumulated * largest).max(noise(dtype, largest))
            }
            Tolerance::Trajectory => trajectory * largest,
        }
    }
}

/// What may remain of zeros that are sums of numbers around 1: where the largest magnitude is no
/// more than that, all is noise, as in the gradients of normalized values.
fn noise(dtype: DType, largest: f64) -> f64 {
    const NOISE: f64 = 1e-6;
    match dtype {
        DType::Float32 if largest < NOISE => NOISE,
        _ => 0.0,
    }
}

/// The types of all ops that a tensor is computed with.
fn op_types_behind(tensor: &AnyTensor) -> Vec<&'static str> {
    let mut seen = HashSet::new();
    let mut open = vec![tensor.op()];
    let mut op_types = Vec::new();
    while let Some(operation) = open.pop() {
        if seen.insert(operation.node()) {
            op_types.push(operation.op_type());
            open.extend(operation.inputs().iter().map(AnyTensor::op));
        }
    }
    op_types
}

/// Elements about which the versions of TensorFlow disagree on NaN or infinity: there either value
/// will do.
#[derive(Debug, Default)]
pub struct Disputes(Vec<(String, usize, f64)>);

impl Disputes {
    /// The disputes that a case's `agreement` tells of.
    pub fn read(case: &Json) -> Self {
        let versions =
            json::object(case, "agreement").map(|(_, agreement)| json::list(agreement, "elements"));
        let read = |dispute: &Json| {
            let place = dispute.get(0)?.as_str()?.to_string();
            let index = usize::try_from(dispute.get(1)?.as_u64()?).ok()?;
            Some((place, index, json::number(dispute.get(3)?)?))
        };
        Disputes(versions.flatten().filter_map(read).collect())
    }

    /// Whether an element has the value that some version of TensorFlow gives there.
    fn settle(&self, place: &str, index: usize, ours: f64) -> bool {
        self.0.iter().any(|(disputed, at, other)| {
            let allowed = Tolerance::Elementwise.allows(DType::Float32, *other, 0.0);
            disputed == place && *at == index && same(ours, *other, allowed, Tolerance::Elementwise)
        })
    }
}

/// Compares one of the crate's arrays with a golden one. `place` says which, as in
/// `outputs[0].value`.
pub fn compare(
    place: &str,
    ours: &AnyArray,
    golden: &Golden,
    tolerance: Tolerance,
    disputes: &Disputes,
) -> Vec<String> {
    compared();
    if ours.dtype() != golden.dtype {
        return vec![format!(
            "{place}: the dtype is {}, not {}",
            ours.dtype(),
            golden.dtype
        )];
    }
    if ours.shape() != golden.shape {
        return vec![format!(
            "{place}: the shape is {:?}, not {:?}",
            ours.shape(),
            golden.shape
        )];
    }
    match &golden.content {
        Content::Whole(elements) => {
            let settled = |index, value| disputes.settle(place, index, value);
            compare_elements(
                place,
                golden.dtype,
                &elements_of(ours),
                elements,
                tolerance,
                settled,
            )
        }
        Content::Digest {
            first,
            last,
            sum,
            sha256,
        } => compare_digest(place, ours, (first, last, *sum, sha256), tolerance),
    }
}

/// Compares elements one by one.
fn compare_elements(
    place: &str,
    dtype: DType,
    ours: &Elements,
    golden: &Elements,
    tolerance: Tolerance,
    settled: impl Fn(usize, f64) -> bool,
) -> Vec<String> {
    let difference = match (ours, golden) {
        (Elements::Floats(ours), Elements::Floats(golden)) => {
            let largest = largest(golden);
            let fits = |i: usize| {
                let (ours, golden) = (ours[i], golden[i]);
                same(
                    ours,
                    golden,
                    tolerance.allows(dtype, golden, largest),
                    tolerance,
                ) || settled(i, ours)
            };
            let distance = |i: usize| (ours[i] - golden[i]).abs();
            tell(ours, golden, fits, distance)
                .map(|told| format!("{told} ({tolerance:?}, largest {largest:.2e})"))
        }
        (Elements::Integers(ours), Elements::Integers(golden)) => tell(
            ours,
            golden,
            |i| ours[i] == golden[i],
            |i| ours[i].abs_diff(golden[i]) as f64,
        ),
        (Elements::Texts(ours), Elements::Texts(golden)) => {
            tell(ours, golden, |i| ours[i] == golden[i], |_| 0.0)
        }
        _ => Some("elements of different kinds".to_string()),
    };
    difference
        .map(|difference| format!("{place}: {difference}"))
        .into_iter()
        .collect()
}

/// Whether two numbers are within `allowed` of each other; NaN is like NaN, and an infinity like
/// itself only.
fn same(ours: f64, golden: f64, allowed: f64, tolerance: Tolerance) -> bool {
    match tolerance {
        Tolerance::Exact => ours.to_bits() == golden.to_bits() || ours.is_nan() && golden.is_nan(),
        _ => ours == golden || ours.is_nan() && golden.is_nan() || (ours - golden).abs() <= allowed,
    }
}

/// The largest finite magnitude.
fn largest(elements: &[f64]) -> f64 {
    elements
        .iter()
        .map(|x| x.abs())
        .filter(|x| x.is_finite())
        .fold(0.0, f64::max)
}

/// The largest finite magnitude in a golden array of floats.
pub fn largest_of(golden: &Golden) -> f64 {
    match &golden.content {
        Content::Whole(Elements::Floats(elements)) => largest(elements),
        _ => 0.0,
    }
}

/// How many elements do not fit, and the one that is farthest off.
fn tell<E: Display>(
    ours: &[E],
    golden: &[E],
    fits: impl Fn(usize) -> bool,
    distance: impl Fn(usize) -> f64,
) -> Option<String> {
    let wrong: Vec<usize> = (0..golden.len()).filter(|&i| !fits(i)).collect();
    let worst = wrong
        .iter()
        .copied()
        .max_by(|&a, &b| distance(a).total_cmp(&distance(b)))?;
    let (count, all, by) = (wrong.len(), golden.len(), distance(worst));
    Some(format!(
        "{count} of {all} elements differ; [{worst}] is {}, not {}, off by {by:.2e}",
        ours[worst], golden[worst]
    ))
}

/// Compares an array with the digest of a large one.
fn compare_digest(
    place: &str,
    ours: &AnyArray,
    (first, last, sum, hash): (&Elements, &Elements, f64, &str),
    tolerance: Tolerance,
) -> Vec<String> {
    let (dtype, elements) = (ours.dtype(), elements_of(ours));
    let none_settled = |_, _| false;
    let ends = [
        ("first", elements.first(first.len()), first),
        ("last", elements.last(last.len()), last),
    ];
    let mut differences: Vec<String> = ends
        .iter()
        .flat_map(|(end, ours, golden)| {
            compare_elements(
                &format!("{place}.{end}"),
                dtype,
                ours,
                golden,
                tolerance,
                none_settled,
            )
        })
        .collect();
    let must_be_the_same = tolerance == Tolerance::Exact || !dtype.is_floating();
    if must_be_the_same && sha256(ours) != hash {
        differences.push(format!("{place}: the SHA-256 of the elements differs"));
    }
    if let Elements::Floats(elements) = elements {
        let our_sum: f64 = elements.iter().sum();
        let allowed = tolerance.allows(dtype, sum, largest(&elements)) * elements.len() as f64;
        if !must_be_the_same && !same(our_sum, sum, allowed, tolerance) {
            differences.push(format!("{place}: the sum is {our_sum}, not {sum}"));
        }
    }
    differences
}

/// Compares two texts.
pub fn compare_text(place: &str, ours: &str, golden: &str) -> Vec<String> {
    compared();
    if ours == golden {
        Vec::new()
    } else {
        vec![format!("{place}: {ours:?} is not {golden:?}")]
    }
}
