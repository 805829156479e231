//! `NonMaxSuppression` in its versions: of boxes that overlap, those with the highest scores.

use ndarray::Array1;

use super::support::expect_dim;
use crate::graph::{
    Attribute, AttributeList, InferContext, IntoTensor, Kernel, NodeSpec, Op, Operation, Tensor,
    TensorInfo, graph_of,
};
use crate::kernels::boxes::{Suppression, overlap, select};
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, scalar_dim, unequal_dims};
use crate::ops::{Integers, IntoIntegers, NumberOrTensor};
use crate::types::{DType, Error, Float, Numeric as _, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(flat "NonMaxSuppression(boxes: float32, scores: float32, max_output_size: int32) \
     -> (selected_indices: int32); iou_threshold: float = 0.5",
    |node| NonMaxSuppressionOp {
        iou_threshold: node.attribute("iou_threshold")?,
        ..NonMaxSuppressionOp::new(Version::One)
    })
    .superseded_by("NonMaxSuppressionV3"),
    op!(flat "NonMaxSuppressionV2(boxes: T, scores: T, max_output_size: int32, \
         iou_threshold: T_threshold) -> (selected_indices: int32); \
         T: type = float32; T_threshold: type = float32; \
         T in {float16, float32}; T_threshold in {float16, float32}",
        |_| NonMaxSuppressionOp::new(Version::Two))
    .superseded_by("NonMaxSuppressionV3"),
    op!(opaque "NonMaxSuppressionV3(boxes: T, scores: T, max_output_size: int32, \
         iou_threshold: T_threshold, score_threshold: T_threshold) -> (selected_indices: int32); \
         T: type = float32; T_threshold: type = float32; \
         T in {float16, float32}; T_threshold in {float16, float32}",
        |_| NonMaxSuppressionOp::new(Version::Three)),
    op!(opaque "NonMaxSuppressionV4(boxes: T, scores: T, max_output_size: int32, \
         iou_threshold: T_threshold, score_threshold: T_threshold) \
         -> (selected_indices: int32, valid_outputs: int32); \
         T: type = float32; T_threshold: type = float32; pad_to_max_output_size: bool = false; \
         T in {float16, float32}; T_threshold in {float16, float32}",
        |node| NonMaxSuppressionOp::padded(node, Version::Four)?),
    op!(opaque "NonMaxSuppressionV5(boxes: T, scores: T, max_output_size: int32, \
         iou_threshold: T, score_threshold: T, soft_nms_sigma: T) \
         -> (selected_indices: int32, selected_scores: T, valid_outputs: int32); \
         T: type = float32; pad_to_max_output_size: bool = false; \
         T in {float16, float32}",
        |node| NonMaxSuppressionOp::padded(node, Version::Five)?),
    op!(flat "NonMaxSuppressionWithOverlaps(overlaps: float32, scores: float32, \
         max_output_size: int32, overlap_threshold: float32, score_threshold: float32) \
         -> (selected_indices: int32)",
        |_| NonMaxSuppressionWithOverlaps),
];

/// The indices of at most `max_output_size` boxes that hardly overlap, those with the highest
/// scores first, as `tf.image.non_max_suppression` selects them.
///
/// Boxes are taken by their `scores`, \[boxes\], from the highest down. One is left out if it
/// overlaps one that was taken before by half or more: if the area that they have in common is at
/// least half of the area that they cover together. `boxes` is [boxes, 4]: [y₁, x₁, y₂, x₂], two
/// opposite corners.
///
/// ```
/// let graph = tf1::Graph::new();
/// let boxes = graph.constant([[0.0f32, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.1], [0.0, 2.0, 1.0, 3.0]]);
/// let kept = tf1::image::non_max_suppression(&boxes, [0.7, 0.9, 0.5], 3);
/// let kept = tf1::Session::new(&graph)?.run(kept.array1(), [])?;
/// assert_eq!(kept, ndarray::arr1(&[1, 2]));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// As in TensorFlow 1.15, a box without area may be selected more than once; here no more indices
/// are returned than there are boxes.
///
/// # Errors
/// `InvalidArgument` if the shapes are not as said above, or the threshold is not from 0 to 1.
///
/// # Options
/// `iou_threshold`, `score_threshold`: see [`non_max_suppression_with`].
#[track_caller]
pub fn non_max_suppression<T: Float>(
    boxes: impl IntoTensor<T>,
    scores: impl IntoTensor<T>,
    max_output_size: impl IntoIntegers,
) -> Tensor<i32> {
    non_max_suppression_with(boxes, scores, max_output_size, NonMaxSuppression::new())
}

/// As [`non_max_suppression`], with thresholds as `options` say.
///
/// # Errors
/// As [`non_max_suppression`].
#[track_caller]
pub fn non_max_suppression_with<T: Float>(
    boxes: impl IntoTensor<T>,
    scores: impl IntoTensor<T>,
    max_output_size: impl IntoIntegers,
    options: impl Into<NonMaxSuppression>,
) -> Tensor<i32> {
    let op = NonMaxSuppressionOp::new(Version::Three);
    let most = max_output_size.into_integers();
    build(
        "non_max_suppression",
        op,
        (boxes, scores, most),
        options.into(),
    )
    .output(0)
}

/// As [`non_max_suppression_with`], and how many boxes were selected, as
/// `tf.image.non_max_suppression_padded` tells. If `pad_to_max_output_size`, the indices are
/// followed by zeros up to `max_output_size`, so that their shape does not depend on the boxes.
///
/// # Errors
/// As [`non_max_suppression`], and if `max_output_size` is negative and indices are to be padded.
#[track_caller]
pub fn non_max_suppression_padded<T: Float>(
    boxes: impl IntoTensor<T>,
    scores: impl IntoTensor<T>,
    max_output_size: impl IntoIntegers,
    options: impl Into<NonMaxSuppression>,
    pad_to_max_output_size: bool,
) -> (Tensor<i32>, Tensor<i32>) {
    let op = NonMaxSuppressionOp {
        pads: pad_to_max_output_size,
        ..NonMaxSuppressionOp::new(Version::Four)
    };
    let inputs = (boxes, scores, max_output_size.into_integers());
    let selected = build("non_max_suppression_padded", op, inputs, options.into());
    (selected.output(0), selected.output(1))
}

/// As [`non_max_suppression_with`], and the scores that the boxes had when they were selected, as
/// `tf.image.non_max_suppression_with_scores` tells. With a `soft_nms_sigma` in the options, the
/// score of a box is multiplied by exp(-overlap² / (2 · sigma)) for each that was selected before
/// (Soft-NMS), and boxes are taken by these scores.
///
/// # Errors
/// As [`non_max_suppression`].
#[track_caller]
pub fn non_max_suppression_with_scores(
    boxes: impl IntoTensor<f32>,
    scores: impl IntoTensor<f32>,
    max_output_size: impl IntoIntegers,
    options: impl Into<NonMaxSuppression>,
) -> (Tensor<i32>, Tensor<f32>) {
    let op = NonMaxSuppressionOp::new(Version::Five);
    let inputs = (boxes, scores, max_output_size.into_integers());
    let selected = build(
        "non_max_suppression_with_scores",
        op,
        inputs,
        options.into(),
    );
    (selected.output(0), selected.output(1))
}

/// The indices of at most `max_output_size` things that hardly overlap, as [`non_max_suppression`]
/// selects them, where `overlaps`, [n, n], says how much each overlaps each; as
/// `tf.image.non_max_suppression_overlaps` does. What does not overlap itself is selected again and
/// again, as in TensorFlow 1.15.
///
/// # Errors
/// `InvalidArgument` if `overlaps` is not a square matrix, or there are other than as many scores.
///
/// # Options
/// `overlap_threshold`, `score_threshold`: see [`non_max_suppression_overlaps_with`].
#[track_caller]
pub fn non_max_suppression_overlaps(
    overlaps: impl IntoTensor<f32>,
    scores: impl IntoTensor<f32>,
    max_output_size: impl IntoIntegers,
) -> Tensor<i32> {
    let options = NonMaxSuppression::new();
    non_max_suppression_overlaps_with(overlaps, scores, max_output_size, options)
}

/// As [`non_max_suppression_overlaps`], with thresholds as `options` say: `iou_threshold` is that
/// of the overlaps.
///
/// # Errors
/// As [`non_max_suppression_overlaps`].
#[track_caller]
pub fn non_max_suppression_overlaps_with(
    overlaps: impl IntoTensor<f32>,
    scores: impl IntoTensor<f32>,
    max_output_size: impl IntoIntegers,
    options: impl Into<NonMaxSuppression>,
) -> Tensor<i32> {
    let (most, options) = (max_output_size.into_integers(), options.into());
    let graph = graph_of(&[
        overlaps.graph(),
        scores.graph(),
        most.graph(),
        options.iou_threshold.graph(),
        options.score_threshold.graph(),
    ]);
    graph.op_scope("non_max_suppression_overlaps", |_| {
        let threshold = options
            .iou_threshold
            .into_tensor(&graph, "overlap_threshold");
        graph.op_scope("NonMaxSuppressionWithOverlaps", |scope| {
            let inputs = [
                overlaps.into_tensor(&graph, "overlaps").any(),
                scores.into_tensor(&graph, "scores").any(),
                most.into_tensor::<i32>(&graph, "max_output_size").any(),
                threshold.any(),
                options
                    .score_threshold
                    .into_tensor(&graph, "score_threshold")
                    .any(),
            ];
            scope.tensor(NonMaxSuppressionWithOverlaps, &inputs)
        })
    })
}

/// The options of [`non_max_suppression_with`] and its kin.
#[derive(Clone, Debug)]
pub struct NonMaxSuppression {
    iou_threshold: NumberOrTensor<f32>,
    score_threshold: NumberOrTensor<f32>,
    soft_nms_sigma: NumberOrTensor<f32>,
}

/// Left out where boxes overlap as much, as [`NonMaxSuppression::iou_threshold`].
impl From<f32> for NonMaxSuppression {
    fn from(iou_threshold: f32) -> Self {
        NonMaxSuppression::new().iou_threshold(iou_threshold)
    }
}

impl NonMaxSuppression {
    /// Boxes with any score, that overlap by less than half.
    pub fn new() -> Self {
        NonMaxSuppression {
            iou_threshold: 0.5.into(),
            score_threshold: f32::NEG_INFINITY.into(),
            soft_nms_sigma: 0.0.into(),
        }
    }

    /// Boxes that overlap one selected before as much as this are left out.
    pub fn iou_threshold(mut self, threshold: impl Into<NumberOrTensor<f32>>) -> Self {
        self.iou_threshold = threshold.into();
        self
    }

    /// Boxes with no more than this score are left out.
    pub fn score_threshold(mut self, threshold: impl Into<NumberOrTensor<f32>>) -> Self {
        self.score_threshold = threshold.into();
        self
    }

    /// How far overlaps lower the scores of others, for [`non_max_suppression_with_scores`]; 0 for
    /// not at all.
    pub fn soft_nms_sigma(mut self, sigma: impl Into<NumberOrTensor<f32>>) -> Self {
        self.soft_nms_sigma = sigma.into();
        self
    }
}

impl Default for NonMaxSuppression {
    fn default() -> Self {
        NonMaxSuppression::new()
    }
}

#[track_caller]
fn build<T: Float>(
    name: &str,
    op: NonMaxSuppressionOp,
    (boxes, scores, most): (impl IntoTensor<T>, impl IntoTensor<T>, Integers),
    options: NonMaxSuppression,
) -> Operation {
    let graph = graph_of(&[
        boxes.graph(),
        scores.graph(),
        most.graph(),
        options.iou_threshold.graph(),
        options.score_threshold.graph(),
        options.soft_nms_sigma.graph(),
    ]);
    graph.op_scope(name, |_| {
        let iou = options.iou_threshold.into_tensor(&graph, "iou_threshold");
        let score = options
            .score_threshold
            .into_tensor(&graph, "score_threshold");
        let sigma = (op.version == Version::Five)
            .then(|| options.soft_nms_sigma.into_tensor(&graph, "soft_nms_sigma"));
        graph.op_scope(op.op_type(), |scope| {
            let mut inputs = vec![
                boxes.into_tensor(&graph, "boxes").any(),
                scores.into_tensor(&graph, "scores").any(),
                most.into_tensor::<i32>(&graph, "max_output_size").any(),
                iou.any(),
                score.any(),
            ];
            // Few: one more.
            inputs.extend(sigma.map(|sigma| sigma.any()));
            scope.operation(op, &inputs)
        })
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    One,
    Two,
    Three,
    Four,
    Five,
}

#[derive(Clone, Debug)]
struct NonMaxSuppressionOp {
    version: Version,
    /// Of the first version; the others have an input.
    iou_threshold: f32,
    /// Whether the outputs are padded to the largest size.
    pads: bool,
}

impl NonMaxSuppressionOp {
    fn new(version: Version) -> Self {
        NonMaxSuppressionOp {
            version,
            iou_threshold: 0.5,
            pads: false,
        }
    }

    fn padded(node: &NodeSpec<'_>, version: Version) -> Result<Self> {
        Ok(NonMaxSuppressionOp {
            pads: node.attribute("pad_to_max_output_size")?,
            ..NonMaxSuppressionOp::new(version)
        })
    }

    fn select<T: Float>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let count = match *cx.inputs.shape(0) {
            [count, 4] => count,
            [_, _] => return Err(Error::invalid_argument("boxes must have 4 columns")),
            ref shape => return Err(not_of_rank("boxes", 2, shape)),
        };
        let threshold = match self.version {
            Version::One => T::from_f64(f64::from(self.iou_threshold)),
            _ => threshold::<T>(cx, 3, "iou_threshold")?,
        };
        let least = match self.version >= Version::Three {
            true => threshold_of(cx, 4, "score_threshold")?,
            false => f64::NEG_INFINITY,
        };
        let sigma = match self.version {
            Version::Five => threshold_of(cx, 5, "soft_nms_sigma")?,
            _ => 0.0,
        };
        if !(threshold >= T::ZERO && threshold <= T::ONE) {
            return Err(Error::invalid_argument("iou_threshold must be in [0, 1]"));
        }
        if sigma.is_nan() || sigma < 0.0 {
            return Err(Error::invalid_argument(
                "soft_nms_sigma must be non-negative",
            ));
        }
        let size = output_size(cx)?;
        if self.pads && size.is_none() {
            return Err(Error::invalid_argument(
                "max_output_size must be non-negative",
            ));
        }
        let (boxes, scores) = (cx.inputs.get::<T>(0), scores_of::<T>(cx, count)?);
        let boxes = in_order(cx.pool, &boxes)?;
        let (boxes, _) = boxes.as_chunks::<4>();
        let rule = Suppression {
            most: size.unwrap_or(count).min(count),
            overlap: threshold,
            score: T::from_f64(least),
            sigma: T::from_f64(sigma),
        };
        let overlap_of = |i: usize, j: usize| overlap(&boxes[i], &boxes[j]);
        let (selected, mut selected_scores) = select(scores.iter().copied(), rule, overlap_of)?;
        let valid = selected.len();
        let mut indices = narrow(&selected)?;
        if let (true, Some(size)) = (self.pads, size) {
            memory::expect_room(size.saturating_mul(size_of::<i32>() + size_of::<T>()))?;
            indices = padded(indices, size)?;
            selected_scores = padded(selected_scores, size)?;
        }
        cx.outputs.set(0, Array1::from(indices).into_dyn());
        let mut next = 1;
        if self.version == Version::Five {
            cx.outputs.set(1, Array1::from(selected_scores).into_dyn());
            next = 2;
        }
        if self.version >= Version::Four {
            cx.outputs.alloc::<i32>(next, &[])?.fill(valid as i32);
        }
        Ok(())
    }
}

/// The same, followed by zeros up to `len`.
fn padded<T: Clone + Default>(elements: Vec<T>, len: usize) -> Result<Vec<T>> {
    let mut longer = memory::repeated(len, T::default())?;
    longer[..elements.len()].clone_from_slice(&elements);
    Ok(longer)
}

fn narrow(indices: &[usize]) -> Result<Vec<i32>> {
    memory::collected(indices.iter().map(|&index| index as i32))
}

fn not_of_rank(name: &str, rank: usize, shape: &[usize]) -> Error {
    let shape = Shape::from(shape).bracketed();
    Error::invalid_argument(format!("{name} must be {rank}-D{shape}"))
}

/// The number that input `i` is, of either type of floats.
pub(super) fn threshold_of(cx: &Kernel<'_, '_>, i: usize, name: &str) -> Result<f64> {
    let shape = cx.inputs.shape(i);
    if !shape.is_empty() {
        let shape = Shape::from(shape).bracketed();
        let message = format!("{name} must be 0-D, got shape {shape}");
        return Err(Error::invalid_argument(message));
    }
    with_class!(floating, cx.inputs.value(i).dtype(), F => Ok(cx.inputs.scalar::<F>(i)?.to_f64()), Err(Error::internal("a threshold of floats")))
}

fn threshold<T: Float>(cx: &Kernel<'_, '_>, i: usize, name: &str) -> Result<T> {
    threshold_of(cx, i, name).map(T::from_f64)
}

/// How many indices there may be at most; `None`, as many as there are boxes, if the number is
/// negative.
fn output_size(cx: &Kernel<'_, '_>) -> Result<Option<usize>> {
    let shape = cx.inputs.shape(2);
    if !shape.is_empty() {
        let shape = Shape::from(shape).bracketed();
        let message = format!("max_output_size must be 0-D, got shape {shape}");
        return Err(Error::invalid_argument(message));
    }
    Ok(usize::try_from(cx.inputs.scalar_integer(2)?).ok())
}

/// The scores of `count` boxes.
fn scores_of<'k, T: Float>(cx: &Kernel<'k, '_>, count: usize) -> Result<std::borrow::Cow<'k, [T]>> {
    match *cx.inputs.shape(1) {
        [scores] if scores == count => {}
        [_] => return Err(Error::invalid_argument("scores has incompatible shape")),
        ref shape => return Err(not_of_rank("scores", 1, shape)),
    }
    let scores = cx.inputs.get::<T>(1);
    let mut ordered = memory::reserved(count)?;
    // Few: there is room for all.
    ordered.extend(scores.iter().copied());
    Ok(ordered.into())
}

/// Fails unless input 1 may have a score for each row of input 0, and the others may be numbers.
fn expect_scores(cx: &InferContext<'_>) -> Result<()> {
    expect_rank(cx, cx.shape(0), 2)?;
    expect_rank(cx, cx.shape(1), 1)?;
    for i in 2..cx.len() {
        expect_rank(cx, cx.shape(i), 0)?;
    }
    match (cx.shape(0).dim(0), cx.shape(1).dim(0)) {
        (Some(boxes), Some(scores)) if boxes != scores => Err(unequal_dims(cx, boxes, scores)),
        _ => Ok(()),
    }
}

impl Op for NonMaxSuppressionOp {
    fn op_type(&self) -> &'static str {
        match self.version {
            Version::One => "NonMaxSuppression",
            Version::Two => "NonMaxSuppressionV2",
            Version::Three => "NonMaxSuppressionV3",
            Version::Four => "NonMaxSuppressionV4",
            Version::Five => "NonMaxSuppressionV5",
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_scores(cx)?;
        expect_dim(cx, cx.shape(0), 1, 4)?;
        let size = match self.pads {
            true => scalar_dim(cx, 2)?,
            false => None,
        };
        let mut outputs = vec![TensorInfo::new(DType::Int32, vec![size])];
        if self.version == Version::Five {
            // Few: three outputs at most.
            outputs.push(TensorInfo::new(cx.dtype(0), vec![size]));
        }
        if self.version >= Version::Four {
            outputs.push(TensorInfo::new(DType::Int32, []));
        }
        Ok(outputs)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(floating, cx.inputs.value(0).dtype(), T => self.select::<T>(cx), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }

    fn gradient(&self, cx: &mut crate::graph::GradientContext<'_>) -> Result<()> {
        match self.version <= Version::Two {
            true => Ok(()),
            false => {
                let _ = cx;
                Err(crate::graph::no_gradient(self.op_type()))
            }
        }
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(match self.version {
            Version::One => vec![("iou_threshold", Attribute::Float(self.iou_threshold))],
            Version::Two | Version::Three => AttributeList::new(),
            Version::Four | Version::Five => {
                vec![("pad_to_max_output_size", Attribute::Bool(self.pads))]
            }
        })
    }
}

#[derive(Debug)]
struct NonMaxSuppressionWithOverlaps;

impl Op for NonMaxSuppressionWithOverlaps {
    fn op_type(&self) -> &'static str {
        "NonMaxSuppressionWithOverlaps"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_scores(cx)?;
        match (cx.shape(0).dim(0), cx.shape(0).dim(1)) {
            (Some(rows), Some(columns)) if rows != columns => Err(unequal_dims(cx, rows, columns)),
            _ => Ok(vec![TensorInfo::new(DType::Int32, vec![None])]),
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let count = match *cx.inputs.shape(0) {
            [rows, columns] if rows == columns => rows,
            [rows, columns] => {
                let message = format!("overlaps must be square[{rows},{columns}]");
                return Err(Error::invalid_argument(message));
            }
            ref shape => return Err(not_of_rank("overlaps", 2, shape)),
        };
        let rule = Suppression {
            most: output_size(cx)?.unwrap_or(count).min(count),
            overlap: threshold::<f32>(cx, 3, "overlap_threshold")?,
            score: threshold::<f32>(cx, 4, "score_threshold")?,
            sigma: 0.0,
        };
        let scores = scores_of::<f32>(cx, count)?;
        let overlaps = cx.inputs.get::<f32>(0);
        let overlaps = in_order(cx.pool, &overlaps)?;
        let overlap_of = |i: usize, j: usize| overlaps[i * count + j];
        let (selected, _) = select(scores.iter().copied(), rule, overlap_of)?;
        cx.outputs
            .set(0, Array1::from(narrow(&selected)?).into_dyn());
        Ok(())
    }

    fn gradient(&self, _: &mut crate::graph::GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}
