//! `CombinedNonMaxSuppression`: the boxes with the highest scores of several classes, of each image
//! of a batch.

use super::non_max_suppression::threshold_of;
use super::support::expect_dim;
use crate::graph::{
    AttributeList, Attributes, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
    attributes, graph_of,
};
use crate::kernels::boxes::{Suppression, overlap, select};
use crate::kernels::pieces::each_piece;
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, scalar_dim, unequal_dims};
use crate::ops::{IntoIntegers, NumberOrTensor};
use crate::types::{DType, Error, Result, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "CombinedNonMaxSuppression(boxes: float32, scores: float32, \
     max_output_size_per_class: int32, max_total_size: int32, iou_threshold: float32, \
     score_threshold: float32) -> (nmsed_boxes: float32, nmsed_scores: float32, \
     nmsed_classes: float32, valid_detections: int32); \
     pad_per_class: bool = false; clip_boxes: bool = true",
    |node| CombinedNonMaxSuppressionOp(node.attributes()?)
)];

/// What [`combined_non_max_suppression`] selects of each image, from the highest score down, and
/// zeros after that.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NmsedBoxes {
    /// The boxes: [batch, size, 4].
    pub nmsed_boxes: Tensor<f32>,
    /// Their scores: [batch, size].
    pub nmsed_scores: Tensor<f32>,
    /// Their classes: [batch, size].
    pub nmsed_classes: Tensor<f32>,
    /// How many there are: \[batch\].
    pub valid_detections: Tensor<i32>,
}

/// Boxes of each image with the highest scores: for each class at most `max_output_size_per_class`,
/// selected as [`non_max_suppression`](super::non_max_suppression()) does, and of all classes
/// together the best `max_total_size`; as `tf.image.combined_non_max_suppression` selects them.
///
/// `boxes` is [batch, boxes, q, 4], with q = 1 if all classes have the same boxes, or the number of
/// classes. `scores` is [batch, boxes, classes]. Boxes are cut off at 0 and 1.
///
/// # Errors
/// `InvalidArgument` if the shapes are not as said above, a size is negative, `max_total_size` is
/// 0, or the threshold is not from 0 to 1.
///
/// # Options
/// `iou_threshold`, `score_threshold`, `pad_per_class`, `clip_boxes`: see
/// [`combined_non_max_suppression_with`].
#[track_caller]
pub fn combined_non_max_suppression(
    boxes: impl IntoTensor<f32>,
    scores: impl IntoTensor<f32>,
    max_output_size_per_class: impl IntoIntegers,
    max_total_size: impl IntoIntegers,
) -> NmsedBoxes {
    combined_non_max_suppression_with(
        boxes,
        scores,
        max_output_size_per_class,
        max_total_size,
        CombinedNonMaxSuppression::new(),
    )
}

/// As [`combined_non_max_suppression`], with thresholds and sizes as `options` say.
///
/// # Errors
/// As [`combined_non_max_suppression`].
#[track_caller]
pub fn combined_non_max_suppression_with(
    boxes: impl IntoTensor<f32>,
    scores: impl IntoTensor<f32>,
    max_output_size_per_class: impl IntoIntegers,
    max_total_size: impl IntoIntegers,
    options: impl Into<CombinedNonMaxSuppression>,
) -> NmsedBoxes {
    let (per_class, total) = (
        max_output_size_per_class.into_integers(),
        max_total_size.into_integers(),
    );
    let options = options.into();
    let graph = graph_of(&[
        boxes.graph(),
        scores.graph(),
        per_class.graph(),
        total.graph(),
        options.iou_threshold.graph(),
        options.score_threshold.graph(),
    ]);
    let selected = graph.op_scope("combined_non_max_suppression", |_| {
        let iou = options.iou_threshold.into_tensor(&graph, "iou_threshold");
        let score = options
            .score_threshold
            .into_tensor(&graph, "score_threshold");
        graph.op_scope("CombinedNonMaxSuppression", |scope| {
            let inputs = [
                boxes.into_tensor(&graph, "boxes").any(),
                scores.into_tensor(&graph, "scores").any(),
                per_class
                    .into_tensor::<i32>(&graph, "max_output_size_per_class")
                    .any(),
                total.into_tensor::<i32>(&graph, "max_total_size").any(),
                iou.any(),
                score.any(),
            ];
            scope.operation(CombinedNonMaxSuppressionOp(options.form), &inputs)
        })
    });
    NmsedBoxes {
        nmsed_boxes: selected.output(0),
        nmsed_scores: selected.output(1),
        nmsed_classes: selected.output(2),
        valid_detections: selected.output(3),
    }
}

/// The options of [`combined_non_max_suppression_with`].
#[derive(Clone, Debug)]
pub struct CombinedNonMaxSuppression {
    iou_threshold: NumberOrTensor<f32>,
    score_threshold: NumberOrTensor<f32>,
    form: Form,
}

/// Left out where boxes overlap more, as [`CombinedNonMaxSuppression::iou_threshold`].
impl From<f32> for CombinedNonMaxSuppression {
    fn from(iou_threshold: f32) -> Self {
        CombinedNonMaxSuppression::new().iou_threshold(iou_threshold)
    }
}

impl CombinedNonMaxSuppression {
    /// Boxes with any score, that overlap by no more than half, cut off at 0 and 1.
    pub fn new() -> Self {
        CombinedNonMaxSuppression {
            iou_threshold: 0.5.into(),
            score_threshold: f32::NEG_INFINITY.into(),
            form: Form {
                pad_per_class: false,
                clip_boxes: true,
            },
        }
    }

    /// Boxes that overlap one of their class selected before by more than this are left out.
    pub fn iou_threshold(mut self, threshold: impl Into<NumberOrTensor<f32>>) -> Self {
        self.iou_threshold = threshold.into();
        self
    }

    /// Boxes with no more than this score are left out.
    pub fn score_threshold(mut self, threshold: impl Into<NumberOrTensor<f32>>) -> Self {
        self.score_threshold = threshold.into();
        self
    }

    /// The results are no longer than what all classes may have together.
    pub fn pad_per_class(mut self) -> Self {
        self.form.pad_per_class = true;
        self
    }

    /// Whether boxes are cut off at 0 and 1.
    pub fn clip_boxes(mut self, clip_boxes: bool) -> Self {
        self.form.clip_boxes = clip_boxes;
        self
    }
}

impl Default for CombinedNonMaxSuppression {
    fn default() -> Self {
        CombinedNonMaxSuppression::new()
    }
}

attributes! {
    #[derive(Copy)]
    struct Form {
        pad_per_class: bool,
        clip_boxes: bool,
    }
}

#[derive(Debug)]
struct CombinedNonMaxSuppressionOp(Form);

/// A box that was selected.
#[derive(Clone, Copy, Debug)]
struct Detection {
    area: [f32; 4],
    score: f32,
    class: usize,
}

impl CombinedNonMaxSuppressionOp {
    /// How many boxes an image has in the results.
    fn size(&self, per_class: usize, classes: usize, total: usize) -> usize {
        match self.0.pad_per_class {
            true => per_class.saturating_mul(classes).min(total),
            false => total,
        }
    }
}

impl Op for CombinedNonMaxSuppressionOp {
    fn op_type(&self) -> &'static str {
        "CombinedNonMaxSuppression"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (boxes, scores) = (cx.shape(0), cx.shape(1));
        expect_rank(cx, boxes, 4)?;
        expect_rank(cx, scores, 3)?;
        for i in 2..6 {
            expect_rank(cx, cx.shape(i), 0)?;
        }
        expect_dim(cx, boxes, 3, 4)?;
        for axis in [0, 1] {
            if let (Some(a), Some(b)) = (boxes.dim(axis), scores.dim(axis))
                && a != b
            {
                return Err(unequal_dims(cx, a, b));
            }
        }
        if let (Some(kinds), Some(classes)) = (boxes.dim(2), scores.dim(2))
            && kinds != 1
            && kinds != classes
        {
            let (what, inputs) = (
                "third dimension of boxes must be either 1 or equal to the third dimension of scores",
                cx.shapes_text(),
            );
            return Err(Error::invalid_argument(format!(
                "{what}, with input shapes: {inputs}."
            )));
        }
        let (per_class, total) = (scalar_dim(cx, 2)?, scalar_dim(cx, 3)?);
        if total == Some(0) {
            return Err(Error::invalid_argument("max_total_size should be > 0 "));
        }
        let size = match (self.0.pad_per_class, per_class, scores.dim(2), total) {
            (false, _, _, total) => total,
            (true, Some(per_class), Some(classes), Some(total)) => {
                Some(self.size(per_class, classes, total))
            }
            _ => None,
        };
        let batch = boxes.dim(0).or(scores.dim(0));
        Ok(vec![
            TensorInfo::new(DType::Float32, vec![batch, size, Some(4)]),
            TensorInfo::new(DType::Float32, vec![batch, size]),
            TensorInfo::new(DType::Float32, vec![batch, size]),
            TensorInfo::new(DType::Int32, vec![batch]),
        ])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let invalid = |what: &str| Err(Error::invalid_argument(what.to_string()));
        let (&[batch, count, kinds, columns], &[images, scored, classes]) =
            (cx.inputs.shape(0), cx.inputs.shape(1))
        else {
            return invalid("boxes must be 4-D and scores 3-D");
        };
        if images != batch {
            return invalid("boxes and scores must have same batch size");
        }
        if columns != 4 {
            return invalid("boxes must have 4 columns");
        }
        if kinds != 1 && kinds != classes {
            return invalid("third dimension of boxes must be either 1 or num classes");
        }
        if scored != count {
            return invalid("scores has incompatible shape");
        }
        let [per_class, total] = [2, 3].map(|i| cx.inputs.scalar_integer(i));
        let (Ok(per_class), Ok(total)) = (usize::try_from(per_class?), usize::try_from(total?))
        else {
            return invalid("max_size_per_class and max_total_size must not be negative");
        };
        if total == 0 {
            return invalid("max_total_size must be > 0");
        }
        let [threshold, least] = [
            threshold_of(cx, 4, "iou_threshold")? as f32,
            threshold_of(cx, 5, "score_threshold")? as f32,
        ];
        if !(0.0..=1.0).contains(&threshold) {
            return invalid("iou_threshold must be in [0, 1]");
        }
        let size = self.size(per_class, classes, total);
        let (boxes, scores) = (cx.inputs.get::<f32>(0), cx.inputs.get::<f32>(1));
        let (boxes, scores) = (in_order(cx.pool, &boxes)?, in_order(cx.pool, &scores)?);
        let (boxes, _) = boxes.as_chunks::<4>();
        let rule = Suppression {
            most: per_class.min(count),
            // Boxes that overlap just as much are kept.
            overlap: threshold.next_up(),
            score: least,
            sigma: 0.0,
        };
        let mut of_classes = memory::collected((0..batch * classes).map(|_| Ok((vec![], vec![]))))?;
        each_piece(cx.pool, &mut of_classes, 1, &|place, selected| {
            let (image, class) = (place / classes, place % classes);
            let kind = if kinds == 1 { 0 } else { class };
            let area = |i: usize| &boxes[(image * count + i) * kinds + kind];
            let scores = (0..count).map(|i| scores[(image * count + i) * classes + class]);
            // What was selected never stands for selection again.
            let overlap_of = |i: usize, j: usize| match i == j {
                true => f32::INFINITY,
                false => overlap(area(i), area(j)),
            };
            selected[0] = select(scores, rule, overlap_of);
        });
        let mut found = memory::reserved(batch * classes)?;
        for selected in of_classes {
            found.push(selected?);
        }
        let of_image = |image: usize| {
            let mut all = Vec::new();
            for class in 0..classes {
                let (indices, scores) = &found[image * classes + class];
                let kind = if kinds == 1 { 0 } else { class };
                for (&i, &score) in indices.iter().zip(scores) {
                    let area = boxes[(image * count + i) * kinds + kind];
                    memory::push(&mut all, Detection { area, score, class })?;
                }
            }
            all.sort_by(|a, b| b.score.total_cmp(&a.score));
            all.truncate(size);
            Ok(all)
        };
        let detections = memory::tried((0..batch).map(of_image))?;
        let mut out = cx.outputs.alloc::<f32>(0, &[batch, size, 4])?;
        for (i, detections) in detections.iter().enumerate() {
            let (out, _) = memory::row_major(&mut out).as_chunks_mut::<4>();
            for (out, detection) in out[i * size..].iter_mut().zip(detections) {
                *out = match self.0.clip_boxes {
                    true => detection.area.map(|edge| edge.clamp(0.0, 1.0)),
                    false => detection.area,
                };
            }
        }
        let numbers: [fn(&Detection) -> f32; 2] = [
            |detection| detection.score,
            |detection| detection.class as f32,
        ];
        for (output, number) in numbers.into_iter().enumerate() {
            let mut out = cx.outputs.alloc::<f32>(output + 1, &[batch, size])?;
            let out = memory::row_major(&mut out);
            for (i, detections) in detections.iter().enumerate() {
                for (out, detection) in out[i * size..].iter_mut().zip(detections) {
                    *out = number(detection);
                }
            }
        }
        let mut out = cx.outputs.alloc::<i32>(3, &[batch])?;
        for (out, detections) in memory::row_major(&mut out).iter_mut().zip(&detections) {
            *out = detections.len() as i32;
        }
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}
