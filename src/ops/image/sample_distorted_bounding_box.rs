//! `SampleDistortedBoundingBox`: a part of an image, drawn so that it shows something.

use super::support::expect_dim;
use crate::graph::{
    Attribute, AttributeList, InferContext, IntoTensor, Kernel, NodeSpec, Tensor, TensorInfo,
    graph_of,
};
use crate::kernels::strided::in_order;
use crate::ops::NumberOrTensor;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::random::seeded::{Drawing, Seeded};
use crate::ops::support::{expect_rank, expect_registered};
use crate::streams::{Philox, PhiloxStream, Seeds};
use crate::types::{DType, Error, Numeric, Result, Shape, WholeNumber, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(flat "SampleDistortedBoundingBox(image_size: T, bounding_boxes: float32) \
         -> (begin: T, size: T, bboxes: float32); \
         seed: int = 0; seed2: int = 0; min_object_covered: float = 0.1; \
         aspect_ratio_range: list(float) = [0.75, 1.33]; area_range: list(float) = [0.05, 1]; \
         max_attempts: int = 100; use_image_if_no_bounding_boxes: bool = false; \
         T in {uint8, int8, int16, int32, int64}",
        |node| Seeded::from_node(node, SampleDistortedBoundingBoxOp::from_node(node, true)?)?)
    .superseded_by("SampleDistortedBoundingBoxV2"),
    op!(flat "SampleDistortedBoundingBoxV2(image_size: T, bounding_boxes: float32, \
         min_object_covered: float32) -> (begin: T, size: T, bboxes: float32); \
         seed: int = 0; seed2: int = 0; \
         aspect_ratio_range: list(float) = [0.75, 1.33]; area_range: list(float) = [0.05, 1]; \
         max_attempts: int = 100; use_image_if_no_bounding_boxes: bool = false; \
         T in {uint8, int8, int16, int32, int64}",
        |node| Seeded::from_node(node, SampleDistortedBoundingBoxOp::from_node(node, false)?)?),
];

/// What [`sample_distorted_bounding_box`] draws: a part of an image.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SampledBoundingBox<T: Numeric> {
    /// Where it begins, [top, left, 0]: for [`slice`](crate::slice()).
    pub begin: Tensor<T>,
    /// Its [height, width, -1].
    pub size: Tensor<T>,
    /// The same as a box [[[y₁, x₁, y₂, x₂]]], from 0 to 1: for
    /// [`draw_bounding_boxes`](super::draw_bounding_boxes()).
    pub bboxes: Tensor<f32>,
}

/// A part of an image of size `image_size`, [height, width, channels], drawn anew in every run so
/// that it shows a tenth of one of the boxes at least, as `tf.image.sample_distorted_bounding_box`
/// draws it: to cut pictures out of annotated ones for training.
///
/// `bounding_boxes` is [batch, boxes, 4]: [y₁, x₁, y₂, x₂], from 0 to 1. Its ratio of width to
/// height is drawn between 0.75 and 1.33, its area between 5% and all of the image. After a hundred
/// attempts in vain it is the whole image. Neither the graph's seed nor the number of nodes counts
/// here: without a seed of its own, the op draws other numbers in every session.
///
/// # Errors
/// `InvalidArgument` if the shapes are not as said above, or a box is not within 0 and 1, or there
/// are no boxes.
///
/// # Options
/// `seed`, `min_object_covered`, `aspect_ratio_range`, `area_range`, `max_attempts`,
/// `use_image_if_no_bounding_boxes`: see [`sample_distorted_bounding_box_with`].
#[track_caller]
pub fn sample_distorted_bounding_box<T: Numeric>(
    image_size: impl IntoTensor<T>,
    bounding_boxes: impl IntoTensor<f32>,
) -> SampledBoundingBox<T> {
    let options = SampleDistortedBoundingBox::new();
    sample_distorted_bounding_box_with(image_size, bounding_boxes, options)
}

/// As [`sample_distorted_bounding_box`], drawn as `options` say.
///
/// # Errors
/// As [`sample_distorted_bounding_box`], and if a range or a number of the options makes no sense.
#[track_caller]
pub fn sample_distorted_bounding_box_with<T: Numeric>(
    image_size: impl IntoTensor<T>,
    bounding_boxes: impl IntoTensor<f32>,
    options: impl Into<SampleDistortedBoundingBox>,
) -> SampledBoundingBox<T> {
    let SampleDistortedBoundingBox {
        seeds,
        min_object_covered,
        sampling,
    } = options.into();
    let graph = graph_of(&[
        image_size.graph(),
        bounding_boxes.graph(),
        min_object_covered.graph(),
    ]);
    let sampled = graph.op_scope("sample_distorted_bounding_box", |_| {
        graph.op_scope("SampleDistortedBoundingBoxV2", |scope| {
            let inputs = [
                image_size.into_tensor(&graph, "image_size").any(),
                bounding_boxes.into_tensor(&graph, "bounding_boxes").any(),
                min_object_covered
                    .into_tensor(&graph, "min_object_covered")
                    .any(),
            ];
            let drawing = sampling;
            scope.operation(Seeded { drawing, seeds }, &inputs)
        })
    });
    SampledBoundingBox {
        begin: sampled.output(0),
        size: sampled.output(1),
        bboxes: sampled.output(2),
    }
}

/// The options of [`sample_distorted_bounding_box_with`].
#[derive(Clone, Debug)]
pub struct SampleDistortedBoundingBox {
    seeds: Seeds,
    min_object_covered: NumberOrTensor<f32>,
    sampling: SampleDistortedBoundingBoxOp,
}

/// With this seed, as [`SampleDistortedBoundingBox::seed`].
impl<N: WholeNumber> From<N> for SampleDistortedBoundingBox {
    fn from(seed: N) -> Self {
        SampleDistortedBoundingBox::new().seed(seed)
    }
}

impl SampleDistortedBoundingBox {
    /// As [`sample_distorted_bounding_box`] draws.
    pub fn new() -> Self {
        SampleDistortedBoundingBox {
            seeds: Seeds::NONDETERMINISTIC,
            min_object_covered: 0.1.into(),
            sampling: SampleDistortedBoundingBoxOp {
                min_object_covered: None,
                aspect_ratio_range: vec![0.75, 1.33],
                area_range: vec![0.05, 1.0],
                max_attempts: 100,
                use_image_if_no_bounding_boxes: false,
            },
        }
    }

    /// The op's seed. The graph's does not count.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seeds.seed = seed.to_i64();
        self
    }

    /// A second seed, which makes other streams of the first.
    pub fn seed2(mut self, seed2: impl WholeNumber) -> Self {
        self.seeds.seed2 = seed2.to_i64();
        self
    }

    /// How much of one of the boxes the part shows at least.
    pub fn min_object_covered(mut self, covered: impl Into<NumberOrTensor<f32>>) -> Self {
        self.min_object_covered = covered.into();
        self
    }

    /// Between which the ratio of width to height lies.
    pub fn aspect_ratio_range(mut self, least: f32, most: f32) -> Self {
        self.sampling.aspect_ratio_range = vec![least, most];
        self
    }

    /// Between which the area lies, as a part of the image's.
    pub fn area_range(mut self, least: f32, most: f32) -> Self {
        self.sampling.area_range = vec![least, most];
        self
    }

    /// After how many attempts the whole image is taken.
    pub fn max_attempts(mut self, max_attempts: impl WholeNumber) -> Self {
        self.sampling.max_attempts = max_attempts.to_i64();
        self
    }

    /// Where there are no boxes, the whole image is one.
    pub fn use_image_if_no_bounding_boxes(mut self) -> Self {
        self.sampling.use_image_if_no_bounding_boxes = true;
        self
    }
}

impl Default for SampleDistortedBoundingBox {
    fn default() -> Self {
        SampleDistortedBoundingBox::new()
    }
}

#[derive(Clone, Debug)]
struct SampleDistortedBoundingBoxOp {
    /// Of the first version; the second has an input.
    min_object_covered: Option<f32>,
    aspect_ratio_range: Vec<f32>,
    area_range: Vec<f32>,
    max_attempts: i64,
    use_image_if_no_bounding_boxes: bool,
}

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, Default)]
struct Rectangle {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Rectangle {
    fn area(self) -> f32 {
        (self.right - self.left).max(0) as f32 * (self.bottom - self.top).max(0) as f32
    }

    /// What two have in common.
    fn common(self, other: Rectangle) -> Rectangle {
        Rectangle {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }
}

/// The words of a stream one by one, as TensorFlow's `SimplePhilox` takes them.
struct Words {
    stream: Philox,
    block: [u32; 4],
    used: usize,
}

impl Words {
    fn next(&mut self) -> u32 {
        if self.used == 4 {
            (self.block, self.used) = (self.stream.next_block(), 0);
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// Uniform in [0, 1).
    fn float(&mut self) -> f32 {
        f32::from_bits(0x3f80_0000 | (self.next() & 0x7f_ffff)) - 1.0
    }

    /// Uniform below `count`.
    fn below(&mut self, count: u32) -> u32 {
        if count == 0 {
            self.next();
            return 0;
        }
        if count.is_power_of_two() {
            return self.next() & (count - 1);
        }
        // Words below this would make small numbers likelier.
        let rest = u32::MAX % count + 1;
        loop {
            let word = self.next();
            if word >= rest {
                return word % count;
            }
        }
    }
}

fn two_of(range: &[f32], what: &str) -> Result<[f32; 2]> {
    match *range {
        [least, most] => Ok([least, most]),
        _ => Err(Error::invalid_argument(format!(
            "{what} range field must specify 2 dimensions"
        ))),
    }
}

impl SampleDistortedBoundingBoxOp {
    fn from_node(node: &NodeSpec<'_>, is_first: bool) -> Result<Self> {
        Ok(SampleDistortedBoundingBoxOp {
            min_object_covered: match is_first {
                true => Some(node.attribute("min_object_covered")?),
                false => None,
            },
            aspect_ratio_range: node.attribute("aspect_ratio_range")?,
            area_range: node.attribute("area_range")?,
            max_attempts: node.attribute("max_attempts")?,
            use_image_if_no_bounding_boxes: node.attribute("use_image_if_no_bounding_boxes")?,
        })
    }

    /// Fails if the attributes make no sense.
    fn check(&self) -> Result<[[f32; 2]; 2]> {
        let invalid = |message: String| Err(Error::invalid_argument(message));
        let ratios = two_of(&self.aspect_ratio_range, "Aspect ratio")?;
        let areas = two_of(&self.area_range, "Area")?;
        let is_positive = |range: [f32; 2]| range[0] > 0.0 && range[1] > 0.0;
        let [least, most] = ratios;
        if !is_positive(ratios) {
            return invalid(format!(
                "Aspect ratio range must be non-negative: [{least}, {most}]"
            ));
        }
        let [least, most] = areas;
        if !is_positive(areas) {
            return invalid(format!(
                "Area range must be non-negative: [{least}, {most}]"
            ));
        }
        if !(least <= 1.0 && most <= 1.0) {
            return invalid(format!(
                "Area range must be less then or equal to 1.0: [{least}, {most}]"
            ));
        }
        let attempts = self.max_attempts;
        // As many as TensorFlow's 32 bits can count.
        if !(1..=i64::from(i32::MAX)).contains(&attempts) {
            return invalid(format!("Max attempts must be non-negative: {attempts}"));
        }
        if self
            .min_object_covered
            .is_some_and(|covered| covered.is_nan() || covered < 0.0)
        {
            return invalid("Min object covered must be non-negative".to_string());
        }
        Ok([ratios, areas])
    }

    fn sample<T: Numeric>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let [ratios, areas] = self.check()?;
        let invalid = |message: String| Err(Error::invalid_argument(message));
        let shown = |shape: &[usize]| Shape::from(shape).bracketed();
        let size_shape = cx.inputs.shape(0);
        let &[height, width, _] = cx.inputs.integers(0)?.as_slice() else {
            return invalid(format!(
                "image_size must contain 3 elements{}",
                shown(size_shape)
            ));
        };
        for (length, name) in [(height, "height"), (width, "width")] {
            if !(0..i64::from(i32::MAX)).contains(&length) {
                return invalid(format!("image {name} cannot be >= int32 max"));
            }
        }
        let shape = cx.inputs.shape(1);
        let &[_, _, edges] = shape else {
            return invalid(format!(
                "input boxes must be 3-dimensional [batch, num_boxes, coords]: {}",
                shown(shape)
            ));
        };
        if edges != 4 {
            return invalid(format!(
                "bounding boxes must have shape [4] or [*, 4], got {}",
                shown(shape)
            ));
        }
        let covered = match self.min_object_covered {
            Some(covered) => covered,
            None => super::non_max_suppression::threshold_of(cx, 2, "min_object_covered")? as f32,
        };
        if covered.is_nan() || covered < 0.0 {
            return invalid(format!(
                "Min object covered must be non-negative: {covered}"
            ));
        }
        let boxes = cx.inputs.get::<f32>(1);
        let boxes = in_order(cx.pool, &boxes)?;
        if let Some(edge) = boxes.iter().find(|edge| !(0.0..=1.0).contains(*edge)) {
            return invalid(format!(
                "All bounding box coordinates must be in [0.0, 1.0]: {edge}"
            ));
        }
        let (boxes, _) = boxes.as_chunks::<4>();
        let image = Rectangle {
            right: width,
            bottom: height,
            ..Rectangle::default()
        };
        let whole = [[0.0, 0.0, 1.0, 1.0]];
        let boxes = match (boxes, self.use_image_if_no_bounding_boxes) {
            ([], false) => {
                return invalid(
                    "No bounding boxes provided as input. One must enable use_image_if_no_bounding_boxes if you wish to not provide any bounding boxes."
                        .to_string(),
                );
            }
            ([], true) => &whole[..],
            (boxes, _) => boxes,
        };
        let attempts = self.max_attempts as usize;
        let stream = cx.state::<PhiloxStream>()?.reserve_words(4 * attempts);
        let mut words = Words {
            stream,
            block: [0; 4],
            used: 4,
        };
        let part = (0..attempts).find_map(|_| {
            let ratio = words.float() * (ratios[1] - ratios[0]) + ratios[0];
            let part = draw(image, areas, ratio, &mut words)?;
            shows(part, boxes, image, covered).then_some(part)
        });
        let part = part.unwrap_or(image);
        let numbers = [
            [part.top, part.left, 0],
            [part.bottom - part.top, part.right - part.left, -1],
        ];
        for (output, numbers) in numbers.into_iter().enumerate() {
            let mut out = cx.outputs.alloc::<T>(output, &[3])?;
            for (out, number) in out.iter_mut().zip(numbers) {
                *out = T::from_i64(number);
            }
        }
        let edges = [
            part.top as f32 / height as f32,
            part.left as f32 / width as f32,
            part.bottom as f32 / height as f32,
            part.right as f32 / width as f32,
        ];
        let mut out = cx.outputs.alloc::<f32>(2, &[1, 1, 4])?;
        for (out, edge) in out.iter_mut().zip(edges) {
            *out = edge;
        }
        Ok(())
    }
}

/// A part of the image with this ratio of width to height, of an area in this range and at any
/// place, if there is one.
fn draw(image: Rectangle, areas: [f32; 2], ratio: f32, words: &mut Words) -> Option<Rectangle> {
    let (full_width, full_height) = (image.right, image.bottom);
    let [least, most] = areas;
    if !(most > 0.0 && ratio > 0.0) || full_width <= 0 || full_height <= 0 || least > most {
        return None;
    }
    let [least, most] = [least, most].map(|area| area * full_width as f32 * full_height as f32);
    let near = |x: f32| x.round_ties_even() as i64;
    let mut height = near((least / ratio).sqrt());
    let mut tallest = near((most / ratio).sqrt());
    if near(tallest as f32 * ratio) > full_width {
        // The tallest whose width, rounded, is not larger than the image's.
        tallest = ((full_width as f64 + 0.5 - f64::from(0.000_000_1f32)) / f64::from(ratio)) as i64;
    }
    tallest = tallest.min(full_height);
    height = height.min(tallest);
    if height < tallest {
        height += i64::from(words.below((tallest - height + 1) as u32));
    }
    let mut width = near(height as f32 * ratio);
    let area = |height: i64, width: i64| (width * height) as f32;
    // Rounding may have made it a little too small or too large.
    if area(height, width) < least {
        height += 1;
        width = near(height as f32 * ratio);
    }
    if area(height, width) > most {
        height -= 1;
        width = near(height as f32 * ratio);
    }
    let is_within = (least..=most).contains(&area(height, width))
        && (1..=full_width).contains(&width)
        && (1..=full_height).contains(&height);
    if !is_within {
        return None;
    }
    let mut place = |full: i64, length: i64| match length < full {
        true => i64::from(words.below((full - length) as u32)),
        false => 0,
    };
    let top = place(full_height, height);
    let left = place(full_width, width);
    Some(Rectangle {
        left,
        top,
        right: left + width,
        bottom: top + height,
    })
}

/// Whether the part shows this much of one of the boxes.
fn shows(part: Rectangle, boxes: &[[f32; 4]], image: Rectangle, covered: f32) -> bool {
    if part.area() < 1.0 {
        return false;
    }
    boxes.iter().any(|[y1, x1, y2, x2]| {
        let along = |edge: f32, length: i64| (edge * length as f32) as i64;
        let object = Rectangle {
            left: along(*x1, image.right),
            top: along(*y1, image.bottom),
            right: along(*x2, image.right),
            bottom: along(*y2, image.bottom),
        };
        object.area() >= 1.0 && part.common(object).area() / object.area() >= covered
    })
}

impl Drawing for SampleDistortedBoundingBoxOp {
    fn op_type(&self) -> &'static str {
        match self.min_object_covered {
            Some(_) => "SampleDistortedBoundingBox",
            None => "SampleDistortedBoundingBoxV2",
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_registered(self.op_type(), "T", cx.dtype(0))?;
        expect_rank(cx, cx.shape(0), 1)?;
        expect_dim(cx, cx.shape(0), 0, 3)?;
        expect_rank(cx, cx.shape(1), 3)?;
        expect_dim(cx, cx.shape(1), 2, 4)?;
        if self.min_object_covered.is_none() {
            expect_rank(cx, cx.shape(2), 0)?;
        }
        Ok(vec![
            TensorInfo::new(cx.dtype(0), [3]),
            TensorInfo::new(cx.dtype(0), [3]),
            TensorInfo::new(DType::Float32, [1, 1, 4]),
        ])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        with_class!(integer, cx.inputs.value(0).dtype(), T => self.sample::<T>(cx), Err(cx.inputs.has_no_kernel(self.op_type(), 0)))
    }

    fn attributes(&self) -> AttributeList {
        let mut attributes = vec![
            (
                "aspect_ratio_range",
                Attribute::Floats(self.aspect_ratio_range.clone()),
            ),
            ("area_range", Attribute::Floats(self.area_range.clone())),
            ("max_attempts", Attribute::Int(self.max_attempts)),
            (
                "use_image_if_no_bounding_boxes",
                Attribute::Bool(self.use_image_if_no_bounding_boxes),
            ),
        ];
        if let Some(covered) = self.min_object_covered {
            // Few: one more attribute.
            attributes.push(("min_object_covered", Attribute::Float(covered)));
        }
        attributes
    }
}
